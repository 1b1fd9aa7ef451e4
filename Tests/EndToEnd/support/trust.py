"""Devices that trust a server's own authority, and devices that do not."""

import http.client
import os
import ssl
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
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

    def forged(self, folder, *names):
        """A certificate and its key, by whoever has stolen the authority's."""
        authority_key = serialization.load_pem_private_key(
            (self.server.data / "tls-ca.pem").read_bytes(), None)
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        leaf = (x509.CertificateBuilder(
            self.authority.subject, x509.Name([]), key.public_key(), x509.random_serial_number(),
            now - timedelta(days=1), now + timedelta(days=30))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .sign(authority_key, hashes.SHA256()))
        path = Path(folder) / "forged.pem"
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption())
            + leaf.public_bytes(serialization.Encoding.PEM))
        return path

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
