"""A backup brings the server's certificate authority along: devices trust the restored server."""

import os
import sqlite3
import ssl

import pytest
from support.process import ADMIN_PASSWORD
from support.rest import Member
from support.terminal import Terminal
from support.trust import Trusting

AUTO = {"tls": "auto", "listen_tls": "127.0.0.1:0"}


class Device:
    """Trusts the authority of the server that it first met."""

    def __init__(self, server, folder):
        self.context = Trusting(server, folder).context

    def trusts(self, server, folder):
        token = Member(server.port, "admin", ADMIN_PASSWORD).token
        try:
            with Trusting(server, folder).open(token, self.context) as socket:
                return "hello" in socket.recv(timeout=5)
        except ssl.SSLCertVerificationError:
            return False


@pytest.fixture
def server(start_server):
    return start_server(settings=AUTO)


@pytest.fixture
def device(server, tmp_path):
    device = Device(server, tmp_path)
    assert device.trusts(server, tmp_path)
    return device


@pytest.fixture
def backup(server, device, tmp_path):
    """Made while the server ran, which has ended since."""
    Terminal(server.data).ok("backup", tmp_path / "backup.db")
    server.terminate()
    return tmp_path / "backup.db"


def authority(data):
    return (data / "tls-ca.pem").read_bytes()


def test_on_a_new_card_devices_trust_the_server_as_before(
        start_server, server, device, backup, tmp_path):
    fresh = tmp_path / "fresh"
    Terminal(fresh).ok("restore", backup, "--yes")
    assert authority(fresh) == authority(server.data)
    assert (fresh / "tls-ca.pem").stat().st_mode & 0o777 == 0o600
    assert device.trusts(start_server(data=fresh, settings=AUTO), tmp_path)


def test_so_they_do_where_a_server_has_run_before_it_was_restored(
        start_server, server, device, backup, tmp_path):
    """As a package's does at once: its own authority is kept, and nobody trusts that yet."""
    other = start_server(settings=AUTO)
    own = authority(other.data)
    assert not device.trusts(other, tmp_path)
    other.terminate()
    said = Terminal(other.data).ok("restore", backup, "--yes")
    assert "the certificate authority is the backup's now" in said
    again = start_server(data=other.data, settings=AUTO)
    assert device.trusts(again, tmp_path)
    assert "set aside" not in again.log
    (kept,) = other.data.glob("before-restore-*")
    assert authority(kept) == own and (kept / "tls-server.pem").exists()


def test_where_it_is_the_same_nothing_is_said_and_the_certificate_stays(
        start_server, server, device, backup, tmp_path):
    before = authority(server.data), (server.data / "tls-server.pem").read_bytes()
    assert "authority" not in Terminal(server.data).ok("restore", backup, "--yes")
    assert (authority(server.data), (server.data / "tls-server.pem").read_bytes()) == before


def test_a_backup_without_one_leaves_what_is_there(start_server, tmp_path):
    plain = start_server()
    Terminal(plain.data).ok("backup", tmp_path / "plain.db")
    secure = start_server(settings=AUTO)
    before = authority(secure.data)
    secure.terminate()
    Terminal(secure.data).ok("restore", tmp_path / "plain.db", "--yes")
    assert authority(secure.data) == before


def test_a_damaged_one_is_left_out_and_holds_nothing_up(server, tmp_path):
    server.terminate()
    (server.data / "tls-ca.pem").write_text("damaged")
    result = Terminal(server.data).run("backup", tmp_path / "b")
    assert result.returncode == 0 and "tls-ca.pem is damaged, and left out" in result.stderr
    with sqlite3.connect(tmp_path / "b") as database:
        names = database.execute("SELECT name FROM kept_files").fetchall()
    assert names == [("token.key",)]


def test_one_that_a_backup_was_given_by_hand_is_not_taken_over(server, backup, tmp_path):
    with sqlite3.connect(backup) as database:
        database.execute("UPDATE kept_files SET bytes = 'damaged' WHERE name = 'tls-ca.pem'")
    os.truncate(backup, backup.stat().st_size // 512 * 512)  # without the checksum at its end
    before = authority(server.data)
    Terminal(server.data).ok("restore", backup, "--yes")
    assert authority(server.data) == before


def test_the_restored_data_itself_holds_no_key(server, backup, tmp_path):
    fresh = tmp_path / "fresh"
    Terminal(fresh).ok("restore", backup, "--yes")
    assert b"PRIVATE KEY" in backup.read_bytes()
    assert b"PRIVATE KEY" not in (fresh / "concord.db").read_bytes()
