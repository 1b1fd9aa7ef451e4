"""A certificate authority of the tests' own, and clients that trust it."""

import datetime
import ipaddress
import socket
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from support.process import PATIENCE

NOW = datetime.datetime.now(datetime.UTC)
KEYS = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "rsa4096": lambda: rsa.generate_private_key(65537, 4096),
}


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, public_key, issuer, issuer_key, *extensions, days=(-1, 90)):
    """Valid from so many days from now until so many."""
    first, last = (NOW + datetime.timedelta(days=each, minutes=5) for each in days)
    builder = x509.CertificateBuilder(
        name(issuer), name(subject), public_key, x509.random_serial_number(), first, last)
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, is_critical)
    return builder.sign(issuer_key, hashes.SHA256())


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Authority:
    """A root and an intermediate, and chains of certificates for localhost."""

    def __init__(self, folder):
        self.folder = folder
        root_key, self.key = KEYS["p256"](), KEYS["p256"]()
        is_authority = (x509.BasicConstraints(ca=True, path_length=None), True)
        signs = (x509.KeyUsage(
            key_cert_sign=True, crl_sign=True, digital_signature=False, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False,
            encipher_only=False, decipher_only=False), True)
        root = certificate(
            "Test Root", root_key.public_key(), "Test Root", root_key, is_authority, signs)
        self.intermediate = certificate(
            "Test Intermediate", self.key.public_key(), "Test Root", root_key, is_authority, signs)
        self.trusted = folder / "root.pem"
        self.trusted.write_bytes(pem(root))

    def issue(self, kind="p256", label="server", days=(-1, 90)):
        """Paths of a new chain and its key."""
        key = KEYS[kind]()
        names = x509.SubjectAlternativeName([
            x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        own = certificate(
            label, key.public_key(), "Test Intermediate", self.key, (names, False), days=days)
        chain_path, key_path = self.folder / f"{label}.pem", self.folder / f"{label}.key"
        chain_path.write_bytes(pem(own) + pem(self.intermediate))
        key_path.write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        key_path.chmod(0o600)
        return chain_path, key_path

    def settings(self, kind="p256", label="server", days=(-1, 90)):
        """What has a server show a new chain."""
        chain, key = self.issue(kind, label, days)
        return {"tls": "files", "listen_tls": "127.0.0.1:0", "tls_certificate": chain,
                "tls_key": key}

    def context(self):
        """What a client of Python's needs to trust us."""
        return ssl.create_default_context(cafile=self.trusted)


def tls_port(server):
    return int(server.wait_for_log(r"listening on https://127\.0\.0\.1:(\d+)").group(1))


def connect(port, context, timeout=10 * PATIENCE, session=None):
    """A TLS connection to the server."""
    connection = socket.create_connection(("127.0.0.1", port), timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(connection, server_hostname="localhost", session=session)
