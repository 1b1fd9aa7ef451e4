"""Devices that trust a server's own authority, and devices that do not."""

import http.client
import os
import ssl
import subprocess
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from playwright.sync_api import sync_playwright
from support.tls import tls_port
from websockets.sync.client import connect

CHROMIUM = "/usr/bin/chromium"


def fetch(port, path, method="GET"):
    """Status, header fields and body of an answer without TLS."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return response.status, fields, response.read()
    finally:
        connection.close()


class Trusting:
    """What is known of one server by who trusts the certificate that it hands out."""

    def __init__(self, server, folder):
        self.server = server
        self.port = tls_port(server)
        self.ca = Path(folder) / f"ca-{server.port}.pem"
        self.ca.write_bytes(fetch(server.port, "/trust/concord-ca.pem")[2])

    @property
    def authority(self):
        return x509.load_pem_x509_certificate(self.ca.read_bytes())

    @property
    def context(self):
        return ssl.create_default_context(cafile=self.ca)

    def leaf(self):
        """The certificate that the server shows now."""
        return x509.load_pem_x509_certificate(
            ssl.get_server_certificate(("127.0.0.1", self.port)).encode())

    def open(self, token, context=None, host="localhost"):
        """A member's WebSocket over TLS."""
        return connect(
            f"wss://{host}:{self.port}/client?token={token}", ssl=context or self.context,
            compression=None, proxy=None, open_timeout=10)

    @contextmanager
    def browser(self, folder, is_trusted, *arguments):
        """Chromium with a home of its own, in which the authority is installed or not."""
        database = Path(folder) / "home" / ".pki" / "nssdb"
        database.mkdir(parents=True)
        store = ["-d", f"sql:{database}"]
        subprocess.run(["certutil", "-N", "--empty-password", *store], check=True)
        if is_trusted:
            subprocess.run(["certutil", "-A", *store, "-n", "Concord", "-t", "C,,", "-i", self.ca],
                           check=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", *arguments],
                env=os.environ | {"HOME": str(Path(folder) / "home")})
            yield browser
            browser.close()
