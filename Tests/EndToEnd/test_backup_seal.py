"""The checksum at the end of a backup."""

import hashlib
import random
import sqlite3

import pytest
from support.process import ADMIN_PASSWORD, Server
from support.rest import Member
from support.terminal import Terminal

FAILURE = 1
SEAL = 40


@pytest.fixture(scope="module")
def backup(tmp_path_factory):
    """A backup of some size, made once for all tests here."""
    folder = tmp_path_factory.mktemp("seal")
    server = Server(folder, {"password_rounds": 100_000})
    try:
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        for number in range(100):
            admin.say(admin.channel("general"), f"number {number} " + "x" * 500)
        Terminal(server.data).ok("backup", folder / "backup.db")
    finally:
        server.kill()
    return folder / "backup.db"


def altered(backup, folder, content):
    file = folder / "altered.db"
    file.write_bytes(content)
    return file


def refused(file, folder):
    said = Terminal(folder / "new").fails(FAILURE, "restore", file, "--yes")
    assert not (folder / "new" / "concord.db").exists()
    return said


def test_it_is_the_sha_256_of_all_before_it(backup):
    content = backup.read_bytes()
    assert content[-SEAL:-SEAL + 8] == b"CncdSeal"
    assert content[-32:] == hashlib.sha256(content[:-SEAL]).digest()


@pytest.mark.parametrize("count", [1, 14, 512])
def test_damage_of_any_size_anywhere_is_found(backup, tmp_path, count):
    good, chance = backup.read_bytes(), random.Random(count)
    for _ in range(12):
        content = bytearray(good)
        start = chance.randrange(100, len(content) - count)
        for index in range(start, start + count):
            content[index] ^= chance.randrange(1, 256)
        assert "damaged" in refused(altered(backup, tmp_path, content), tmp_path), start


def test_so_it_is_in_the_checksum_itself(backup, tmp_path):
    good = backup.read_bytes()
    for place in range(1, SEAL + 1):
        content = bytearray(good)
        content[-place] ^= 1
        assert "damaged" in refused(altered(backup, tmp_path, content), tmp_path), place


def test_a_copy_that_broke_off_is_found(backup, tmp_path):
    good = backup.read_bytes()
    for missing in (1, SEAL - 1, SEAL + 1, 512, len(good) // 2):
        assert "damaged" in refused(altered(backup, tmp_path, good[:-missing]), tmp_path), missing


def test_a_backup_of_before_there_were_any_is_restored_with_a_note(backup, tmp_path):
    older = altered(backup, tmp_path, backup.read_bytes()[:-SEAL])
    result = Terminal(tmp_path / "new").run("restore", older, "--yes")
    assert result.returncode == 0 and "has no checksum" in result.stderr


def test_with_it_nothing_is_said(backup, tmp_path):
    result = Terminal(tmp_path / "new").run("restore", backup, "--yes")
    assert result.returncode == 0 and result.stderr == ""


def test_a_backup_without_users_is_refused(backup, tmp_path):
    file = altered(backup, tmp_path, backup.read_bytes()[:-SEAL])
    with sqlite3.connect(file) as database:
        database.execute("DELETE FROM users")
    result = Terminal(tmp_path / "new").run("restore", file, "--yes")
    assert result.returncode == FAILURE and "no users" in result.stderr
