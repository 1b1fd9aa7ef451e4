"""WebSockets over TLS, for a program that knows it: standard library, one thread."""

import base64
import datetime
import os
import re
import socket
import ssl
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from support.process import BINARY

SETTINGS = subprocess.run([BINARY, "help", "settings"], capture_output=True, text=True).stdout


def knows_tls():
    return re.search(r"^tls_certificate ", SETTINGS, re.M) is not None


def tls_settings(folder):
    """Settings for a server with a certificate of its own for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30)).sign(key, hashes.SHA256()))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    path = folder / "key.pem"
    path.touch(0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {"tls": "files", "tls_certificate": folder / "certificate.pem", "tls_key": path,
            "listen_tls": "127.0.0.1:0"}


class TLSClients:
    """Silent clients on the server's TLS port, as many as are asked for."""

    def __init__(self, server, template):
        self.port = int(server.wait_for_log(r"listening on https://127\.0\.0\.1:(\d+)")[1])
        self.tokens = template.tokens.read_text().split()
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE
        self.sockets = []
        self.places = int(re.search(r"TLS sessions +(\d+) x", server.log)[1])

    def connect_until(self, count):
        while len(self.sockets) < count:
            self.sockets.append(self.connect(self.tokens[len(self.sockets) % len(self.tokens)]))

    def connect(self, token):
        plain = socket.create_connection(("127.0.0.1", self.port), 30)
        secure = self.context.wrap_socket(plain)
        key = base64.b64encode(os.urandom(16)).decode()
        secure.sendall(
            f"GET /client?token={token} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
            .encode())
        head = b""
        while b"\r\n\r\n" not in head:
            more = secure.recv(4096)
            if not more:
                raise RuntimeError(f"refused: {head!r}")
            head += more
        if b" 101 " not in head:
            raise RuntimeError(f"refused: {head!r}")
        return secure

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in self.sockets:
            each.close()
