"""Private keys for token_key, made by an independent library."""

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, PublicFormat)

FORMATS = {"PKCS#8": PrivateFormat.PKCS8, "traditional": PrivateFormat.TraditionalOpenSSL}


def new_rsa(bits=2048):
    return rsa.generate_private_key(65537, bits)


def new_ec(curve=ec.SECP256R1):
    return ec.generate_private_key(curve())


def write(folder, key, encoding=Encoding.PEM, form="PKCS#8", password=None, mode=0o600):
    """The key as a file of its own, which only its owner may read."""
    protection = BestAvailableEncryption(password) if password else NoEncryption()
    path = folder / "private_key"
    path.touch(mode)
    path.write_bytes(key.private_bytes(encoding, FORMATS[form], protection))
    path.chmod(mode)
    return path


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
