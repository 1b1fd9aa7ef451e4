"""`concord doctor`: what it finds of certificates, the server's own and the owner's."""

import datetime
import os
import re
import shutil
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from support.machine import Machine, owned_by
from support.process import Server
from support.tls import KEYS, name, pem, tls_port

DAY = datetime.timedelta(days=1)


def certificate(first, last, key, issuer=None, issuer_key=None):
    """Of `key`, valid from so many days from now until so many."""
    now = datetime.datetime.now(datetime.UTC)
    return x509.CertificateBuilder(
        issuer or name("Concord"), name("Concord"), key.public_key(), x509.random_serial_number(),
        now + first * DAY, now + last * DAY + DAY / 2).add_extension(
            x509.BasicConstraints(issuer is None, None), True).sign(
                issuer_key or key, hashes.SHA256())


def written(path, certificate, key=None, mode=0o600):
    """A file with a certificate, and with its key before it if there is one."""
    text = pem(certificate)
    if key:
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption()) + text
    path.write_bytes(text)
    path.chmod(mode)
    return path


@pytest.fixture(scope="module")
def made(template, tmp_path_factory):
    """The data of a server that has made its certificates."""
    data = tmp_path_factory.mktemp("made") / "data"
    shutil.copytree(template, data)
    settings = {"tls": "auto", "listen_tls": "127.0.0.1:0", "password_rounds": 100_000}
    with Server(data.parent, settings, data=data) as server:
        server.terminate()
    return data


class TestLocalCertificates:
    @pytest.fixture
    def board(self, tmp_path, made):
        shutil.copytree(made, tmp_path / "data")
        return Machine(tmp_path / "root", tmp_path / "data")

    def replace(self, board, authority_days=(-1, 3000), days=(-1, 300)):
        """Puts others in the place of both."""
        keys = KEYS["p256"](), KEYS["p256"]()
        authority = certificate(*authority_days, keys[0])
        written(board.data / "tls-ca.pem", authority, keys[0])
        leaf = certificate(*days, keys[1], authority.subject, keys[0])
        written(board.data / "tls-server.pem", leaf, keys[1])

    def test_their_dates_are_told(self, board):
        report = board.doctor()
        assert report.good("tls")
        leaf = x509.load_pem_x509_certificate((board.data / "tls-server.pem").read_bytes())
        told = re.search(r"to (\S+) \((\d+) days left\)", report.findings["tls"][1])
        assert told[1] == f"{leaf.not_valid_after_utc:%Y-%m-%d}"
        # It was made a moment ago, for 365 days of which 30 lay in the past.
        assert int(told[2]) in (334, 335)

    def test_before_the_first_start_there_are_none(self, board):
        for file in ("tls-ca.pem", "tls-server.pem"):
            (board.data / file).unlink()
        assert board.doctor().good("tls", "the first start")

    def test_an_authority_that_is_gone_is_found(self, board):
        (board.data / "tls-ca.pem").unlink()
        assert board.doctor().repairs("tls", "tls-ca.pem is gone", "put a copy", "/trust")

    @pytest.mark.parametrize("file, remedy", [
        ("tls-ca.pem", "put a copy"), ("tls-server.pem", "restart concord makes another")])
    def test_a_damaged_one_is_found(self, board, file, remedy):
        path = board.data / file
        path.write_bytes(path.read_bytes()[:-100])
        assert board.doctor().repairs("tls", f"{file} is damaged", remedy)

    def test_one_of_another_authority_is_found(self, board):
        shutil.copy(board.data / "tls-server.pem", board.data / "kept")
        self.replace(board)
        shutil.copy(board.data / "kept", board.data / "tls-server.pem")
        assert board.doctor().repairs("tls", "of another authority")

    @pytest.mark.parametrize("file", ["tls-ca.pem", "tls-server.pem"])
    def test_one_that_is_open_to_others_is_found(self, board, file):
        (board.data / file).chmod(0o640)
        assert board.doctor().repairs("tls", f"sudo chmod 600 {board.data / file}")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for others")
    def test_one_that_the_server_may_not_read_is_found(self, board):
        """Root may: it is looked at with the rights of the folder's owner."""
        with owned_by(12345, board):
            os.chown(board.data / "tls-ca.pem", 0, 0)
            assert board.doctor().repairs("tls", "cannot be read", "chown")

    @pytest.mark.parametrize("days, verdict", [(-1, "FIX"), (100, "note"), (200, "ok")])
    def test_an_authority_that_ends_is_found_in_good_time(self, board, days, verdict):
        self.replace(board, authority_days=(-10, days))
        report = board.doctor()
        assert report.found(verdict, "tls")
        assert (verdict == "ok") == ("then every device opens /trust" not in report.text)
        assert report.code == (verdict == "FIX")

    @pytest.mark.parametrize("days", [(-100, -1), (2, 300), (-300, 10)])
    def test_what_the_next_start_renews_is_no_fault(self, board, days):
        self.replace(board, days=days)
        assert board.doctor().good("tls", "the next start makes another")

    @pytest.mark.parametrize("days", [(-100, -1), (2, 300), (-300, 10)])
    def test_what_a_running_server_has_not_renewed_is_found(self, board, start_server, days):
        server = start_server(data=board.data, settings={"tls": "auto", "listen_tls": "127.0.0.1:0"})
        port = tls_port(server)
        board.write("proc/net/tcp", board.sockets(server.port, port))
        self.replace(board, days=days)
        report = board.doctor(listen=f"*:{server.port}", listen_tls=f"*:{port}")
        assert report.repairs("tls", "has not renewed it", "systemctl restart concord")

    def test_looking_makes_and_changes_nothing(self, board):
        (board.data / "tls-server.pem").write_text("damaged")
        before = {path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode)
                  for path in board.data.glob("tls-*")}
        board.doctor()
        (board.data / "tls-ca.pem").chmod(0o644)
        board.doctor()
        (board.data / "tls-ca.pem").chmod(0o600)
        assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode)
                          for path in board.data.glob("tls-*")}

    def test_without_tls_they_do_not_matter(self, board):
        (board.data / "tls-ca.pem").write_text("damaged")
        assert board.doctor(tls="off").good("tls", "off")


class TestCertificateFiles:
    @pytest.fixture
    def files(self, tmp_path):
        key = KEYS["p256"]()
        written(tmp_path / "server.pem", certificate(-1, 90, key))
        written(tmp_path / "server.key", certificate(-1, 90, key), key)
        return {"tls": "files", "tls_certificate": tmp_path / "server.pem",
                "tls_key": tmp_path / "server.key", "key": key}

    def doctor(self, board, files):
        return board.doctor(**{key: value for key, value in files.items() if key != "key"})

    def test_their_dates_are_told(self, board, files):
        assert self.doctor(board, files).good("tls", "(90 days left)")

    @pytest.mark.parametrize("days, verdict, words", [
        ((-90, -1), "FIX", "has expired"), ((-90, 29), "note", "29 days left"),
        ((-90, 30), "ok", "30 days left"), ((1, 90), "FIX", "not yet")])
    def test_their_dates_are_judged(self, board, files, days, verdict, words):
        written(files["tls_certificate"], certificate(*days, files["key"]))
        report = self.doctor(board, files)
        assert report.found(verdict, "tls", words)
        assert report.code == (verdict == "FIX")

    def test_a_certificate_in_der_is_read_too(self, board, files):
        der = certificate(-1, 50, files["key"]).public_bytes(serialization.Encoding.DER)
        files["tls_certificate"].write_bytes(der)
        assert self.doctor(board, files).good("tls", "(50 days left)")

    @pytest.mark.parametrize("which", ["tls_certificate", "tls_key"])
    def test_one_that_is_not_there_is_found(self, board, files, which):
        files[which].unlink()
        assert self.doctor(board, files).repairs("tls", which, f"ls -l {files[which]}")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for others")
    def test_one_that_the_server_may_not_read_is_found(self, board, files):
        with owned_by(12345, board):
            for which in ("tls_certificate", "tls_key"):
                files[which] = Path(shutil.copy(files[which], board.data))
            files["tls_certificate"].chmod(0o644)
            assert self.doctor(board, files).repairs(
                "tls", "cannot be read", f"sudo chown concord {files['tls_key']}")

    def test_a_key_that_is_open_to_all_is_found(self, board, files):
        files["tls_key"].chmod(0o644)
        assert self.doctor(board, files).repairs("tls", f"sudo chmod 600 {files['tls_key']}")

    def test_the_key_of_another_is_found(self, board, files):
        other = KEYS["p256"]()
        written(files["tls_key"], certificate(-1, 90, other), other)
        assert self.doctor(board, files).repairs("tls", "is not the key", "openssl pkey -pubout")

    @pytest.mark.parametrize("which", ["tls_certificate", "tls_key"])
    def test_a_damaged_one_is_found(self, board, files, which):
        files[which].write_text("nothing of the kind")
        assert self.doctor(board, files).repairs("tls", which, f"-in {files[which]}")
