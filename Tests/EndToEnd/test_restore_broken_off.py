"""A restore that ends in its midst, and the old data, which stays as it was found."""

import fcntl
import re
import shutil
import sqlite3
import subprocess

import pytest
from support.process import ADMIN_PASSWORD, environment
from support.rest import API, Member
from support.terminal import Terminal

FAILURE = 1
# What changes a folder, as strace's pattern: newer processors only have the calls that end in "at".
CHANGES = "/^((link|rename|unlink|mkdir)(at2?)?|fsync)$"


@pytest.fixture
def old(start_server):
    """Data whose last chat, "old", is in the log beside the database; its server was killed."""
    server = start_server()
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    admin.say(admin.channel("general"), "old")
    server.kill()
    assert (server.data / "concord.db-wal").stat().st_size > 0
    return server.data


class Backup:
    """Of a server with one chat, "new", and the token that its administrator had."""

    def __init__(self, start_server, folder):
        server = start_server()
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        admin.say(admin.channel("general"), "new")
        self.token = admin.token
        self.file = folder / "backup.db"
        Terminal(server.data).ok("backup", self.file)
        self.key = (server.data / "token.key").read_bytes()
        server.terminate()


@pytest.fixture
def backup(start_server, tmp_path):
    return Backup(start_server, tmp_path)


def steps(data, backup):
    """Each call by which a restore changes what is in the folder, as (name, how many of it)."""
    trace = backup.parent / "trace"
    subprocess.run(
        ["strace", "-qq", "-o", trace, "-e", f"trace={CHANGES}",
         *Terminal(data).command("restore", backup, "--yes")],
        env=environment(), check=True, capture_output=True)
    counts = {}
    for name in re.findall(r"^(\w+)\(", trace.read_text(), re.MULTILINE):
        counts[name] = counts.get(name, 0) + 1
        yield name, counts[name]


def restore_killed_at(data, backup, call, number):
    """The restore dies when it has asked for that call, which is not carried out."""
    return subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={number}",
         *Terminal(data).command("restore", backup, "--yes")],
        env=environment(), capture_output=True).returncode


def copied(data, name):
    copy = data.parent / name
    shutil.copytree(data, copy, ignore=shutil.ignore_patterns("control.sock"))
    return copy


def test_wherever_it_ends_the_next_start_has_all_of_the_old_or_all_of_the_new(
        old, backup, tmp_path):
    old_key = (old / "token.key").read_bytes()
    outcomes = set()
    for call, number in steps(copied(old, "whole"), backup.file):
        data = copied(old, f"{call}-{number}")
        assert restore_killed_at(data, backup.file, call, number) != 0
        text = Terminal(data).ok("channel", "list")
        key = (data / "token.key").read_bytes()
        names = {path.name for path in data.iterdir()}
        assert not [name for name in names if "incoming" in name or "decided" in name], names
        assert "before-restore" not in names
        chats = contents_of(data)
        kept = [contents_of(path) for path in data.glob("before-restore-*")]
        assert (chats, key, kept) in (
            (["old"], old_key, []), (["new"], backup.key, [["old"]])), (call, number, text)
        outcomes.add(chats[0])
    assert outcomes == {"old", "new"}


def contents_of(data):
    """What is in a database and the log beside it."""
    file = data.parent / "look.db"
    file.unlink(missing_ok=True)
    Terminal(data).ok("backup", file)
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        return [content for content, in database.execute("SELECT content FROM chats")]


def decided_and_killed(data, backup):
    """The restore dies behind its decision, before anything of the new data is in its place."""
    renames = [(call, number) for call, number in steps(copied(data, "trace"), backup)
               if call.startswith("rename")]
    # The last is the database's; before it the key's, and before that the name of what was kept.
    assert restore_killed_at(data, backup, *renames[-3]) != 0
    assert (data / "concord.db.decided").exists()


def test_a_server_that_starts_ends_what_was_begun_and_everybody_stays_logged_in(
        start_server, old, backup):
    decided_and_killed(old, backup.file)
    server = start_server(data=old)
    assert "finished a restore that was broken off" in server.log
    assert API(server.port, backup.token).get("/api/self").status == 200
    assert len(list(old.glob("before-restore-*"))) == 1


@pytest.mark.parametrize("command", ["restore", "backup"])
def test_another_command_ends_it_too(old, backup, tmp_path, command):
    decided_and_killed(old, backup.file)
    file = backup.file if command == "restore" else tmp_path / "another.db"
    Terminal(old).ok(command, file, *(["--yes"] if command == "restore" else []))
    assert contents_of(old) == ["new"]
    assert not (old / "concord.db.decided").exists()


def test_what_another_restore_prepares_is_left_alone(old, backup):
    """A command that comes by while the data is locked throws nothing away."""
    (old / "concord.db.incoming").write_bytes(b"in the making")
    with open(old / "concord.db-lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        Terminal(old).fails(FAILURE, "restore", backup.file, "--yes")
        assert (old / "concord.db.incoming").read_bytes() == b"in the making"
    Terminal(old).ok("channel", "list")
    assert not (old / "concord.db.incoming").exists()


class TestTheOldData:
    """Whatever state it is in, it is kept as it was found."""

    def kept(self, old, backup):
        Terminal(old).ok("restore", backup.file, "--yes")
        folder, = old.glob("before-restore-*")
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def found(self, old):
        return {path.name: path.read_bytes() for path in old.iterdir()
                if path.name not in ("concord.db-lock", "concord.db-shm", "control.sock")}

    def test_with_its_log(self, old, backup):
        found = self.found(old)
        assert self.kept(old, backup) == found and "concord.db-wal" in found

    def test_where_only_its_log_is_left(self, old, backup):
        (old / "concord.db").unlink()
        found = self.found(old)
        assert self.kept(old, backup) == found and "concord.db-wal" in found

    @pytest.mark.parametrize("damage", [b"", b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 4080])
    def test_where_it_is_damaged_and_the_log_may_be_all_there_is(self, old, backup, damage):
        (old / "concord.db").write_bytes(damage)
        found = self.found(old)
        assert self.kept(old, backup) == found and "concord.db-wal" in found
        assert contents_of(old) == ["new"]
