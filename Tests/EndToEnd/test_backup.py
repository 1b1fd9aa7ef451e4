"""Backup while chats flow, and what a restored copy has in it."""

import gzip
import os
import shutil
import sqlite3
import stat
import subprocess
import time
from pathlib import Path

import pytest
from support.keys import new_ec, write
from support.process import ADMIN_PASSWORD, environment
from support.rest import API, Member
from support.terminal import Terminal
from support.traffic import Traffic, assert_kept, stored_chats
from support.websocket import Client

USAGE, FAILURE = 64, 1


@pytest.fixture
def server(start_server):
    return start_server()


@pytest.fixture
def admin(server):
    return Member(server.port, "admin", ADMIN_PASSWORD)


@pytest.fixture
def backup(terminal, admin, tmp_path):
    """A backup of a server with one chat, "before", that still runs."""
    admin.say(admin.channel("general"), "before")
    terminal.ok("backup", tmp_path / "backup.db")
    return tmp_path / "backup.db"


def contents(member):
    chats = member.get(f"/api/channels/{member.channel('general')}/chats/latest").ok()
    return [chat["content"] for chat in reversed(chats)]


class TestBackup:
    def test_it_is_one_file_that_only_its_owner_may_read(self, backup):
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600
        assert [path.name for path in backup.parent.glob("backup*")] == ["backup.db"]

    def test_it_is_a_whole_database_for_other_programs_too(self, backup):
        with sqlite3.connect(f"file:{backup}?mode=ro&immutable=1", uri=True) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("SELECT content FROM chats").fetchall() == [("before",)]

    def test_it_says_what_is_in_it(self, terminal, admin, tmp_path):
        admin.say(admin.channel("general"), "one")
        said = terminal.ok("backup", tmp_path / "b")
        assert "1 user, 1 channel and 1 chat," in said and "verified" in said

    def test_it_needs_no_server(self, server, terminal, admin, tmp_path):
        admin.say(admin.channel("general"), "before")
        server.kill()
        terminal.ok("backup", tmp_path / "b")
        with sqlite3.connect(tmp_path / "b") as database:
            assert database.execute("SELECT content FROM chats").fetchall() == [("before",)]

    def test_it_never_replaces_a_file(self, terminal, backup):
        before = backup.read_bytes()
        assert "already" in terminal.fails(FAILURE, "backup", backup)
        assert backup.read_bytes() == before

    def test_a_place_that_is_not_there_is_refused(self, terminal, tmp_path):
        terminal.fails(FAILURE, "backup", tmp_path / "nowhere" / "backup.db")

    def test_one_that_does_not_fit_leaves_nothing_behind(self, terminal, tmp_path):
        small = tmp_path / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", small]).returncode:
            pytest.skip("nothing can be mounted here")
        try:
            assert "full" in terminal.fails(FAILURE, "backup", small / "backup.db")
            assert list(small.iterdir()) == []
        finally:
            subprocess.run(["umount", small], check=True)

    def test_damaged_data_is_not_called_a_backup(self, server, terminal, admin, tmp_path):
        for number in range(200):
            admin.say(admin.channel("general"), f"number {number} " + "x" * 500)
        server.terminate()
        damage(server.data / "concord.db")
        assert "damaged" in terminal.fails(FAILURE, "backup", tmp_path / "b")
        assert not list(tmp_path.glob("b*"))

    def test_the_smallest_damage_is_found(self, server, terminal, tmp_path):
        server.terminate()
        damage_index(server.data / "concord.db")
        assert "damaged" in terminal.fails(FAILURE, "backup", tmp_path / "b")

    def test_a_key_of_ones_own_is_left_to_its_owner(self, start_server, tmp_path):
        key = write(tmp_path, new_ec())
        server = start_server(settings={"token_key": key})
        terminal = Terminal(server.data, settings=[f"token_key={key}"])
        assert str(key) in terminal.ok("backup", tmp_path / "b")
        with sqlite3.connect(tmp_path / "b") as database:
            assert not database.execute(
                "SELECT name FROM sqlite_schema WHERE name = 'kept_files'").fetchall()

    def test_chats_flow_meanwhile_and_all_that_was_acknowledged_before_is_in_it(
            self, start_server, server, terminal, admin, tmp_path):
        general = admin.channel("general")
        for number in range(600):
            admin.say(general, f"filling {number} " + "x" * 3_000)
        traffic = Traffic(admin, general, "flowing")
        while len(traffic.seen) < 200:
            time.sleep(0.01)
        for number in range(3):
            before, start = list(traffic.seen), len(traffic.seen)
            command = subprocess.Popen(
                terminal.command("backup", tmp_path / f"b{number}"), env=environment())
            assert command.wait(30) == 0
            assert len(traffic.seen) > start, "nobody could chat meanwhile"
            copy = start_server(data=restored(tmp_path / f"b{number}", tmp_path / f"data{number}"))
            member = Member(copy.port, "admin", ADMIN_PASSWORD)
            assert_kept(before, stored_chats(member, general))
            copy.terminate()
        seen = traffic.stop()
        assert_kept(seen, stored_chats(admin, general))


def restored(backup, data):
    Terminal(data).ok("restore", backup, "--yes")
    return data


def damage(database):
    """Overwrites the middle of a file's pages."""
    content = bytearray(database.read_bytes())
    for page in range(len(content) // 2048 // 3, len(content) // 2048):
        content[page * 2048:page * 2048 + 256] = b"\xff" * 256
    database.write_bytes(content)


def damage_index(database):
    """Overwrites the root of an index that no summary needs."""
    with sqlite3.connect(database) as opened:
        root, = opened.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'rights_by_subject'").fetchone()
        size, = opened.execute("PRAGMA page_size").fetchone()
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    opened.close()
    with open(database, "r+b") as file:
        file.seek((root - 1) * size + size - 16)
        file.write(b"\x07" * 16)


class TestRestore:
    def test_everything_is_back_on_a_new_machine(
            self, start_server, server, backup, tmp_path, admin):
        server.terminate()
        shutil.rmtree(server.data)
        again = start_server(data=restored(backup, tmp_path / "new"))
        api = API(again.port, admin.token)
        assert api.get("/api/self").status == 200, "the key of the tokens came back too"
        assert contents(api) == ["before"]
        assert API(again.port).log_in("admin", ADMIN_PASSWORD).status == 200

    def test_the_key_is_in_its_own_file_alone(self, backup, tmp_path):
        data = restored(backup, tmp_path / "new")
        key = (data / "token.key").read_bytes()
        assert len(key) == 32 and stat.S_IMODE((data / "token.key").stat().st_mode) == 0o600
        assert key in backup.read_bytes() and key not in (data / "concord.db").read_bytes()

    def test_what_was_there_is_kept_beside(self, start_server, server, terminal, admin, backup):
        admin.say(admin.channel("general"), "after")
        server.kill()
        said = terminal.ok("restore", backup, "--yes")
        kept, = server.data.glob("before-restore-*")
        assert kept.name in said
        again = start_server(data=server.data)
        assert contents(Member(again.port, "admin", ADMIN_PASSWORD)) == ["before"]
        old = start_server(data=kept)
        assert contents(API(old.port, admin.token)) == ["before", "after"]

    def test_it_refuses_while_the_server_runs(self, server, terminal, admin, backup):
        assert "stop it first" in terminal.fails(FAILURE, "restore", backup, "--yes")
        assert contents(admin) == ["before"]
        assert not list(server.data.glob("before-restore-*"))

    def test_nothing_is_replaced_by_a_script_that_does_not_say_yes(self, server, terminal, backup):
        server.terminate()
        assert "--yes" in terminal.fails(USAGE, "restore", backup, stdin="yes\n")
        assert not list(server.data.glob("before-restore-*"))

    def test_what_is_no_backup_is_refused_and_nothing_is_touched(
            self, server, terminal, admin, backup, tmp_path):
        server.terminate()
        good = backup.read_bytes()
        with sqlite3.connect(tmp_path / "foreign") as foreign:
            foreign.execute("CREATE TABLE x (y)")
        shutil.copy(backup, tmp_path / "newer")
        with sqlite3.connect(tmp_path / "newer") as newer:
            newer.execute("PRAGMA user_version = 99")
        (tmp_path / "empty").touch()
        (tmp_path / "text").write_text("no database at all\n" * 100)
        (tmp_path / "cut").write_bytes(good[:len(good) // 2])
        (tmp_path / "folder").mkdir()
        os.mkfifo(tmp_path / "pipe")
        shutil.copy(backup, tmp_path / "damaged")
        damage(tmp_path / "damaged")
        shutil.copy(backup, tmp_path / "index")
        damage_index(tmp_path / "index")
        before = {path: path.read_bytes() for path in server.data.iterdir()}
        for name, word in (("missing", "no such file"), ("foreign", "another program"),
                           ("newer", "newer version"), ("empty", "is empty"),
                           ("folder", "a folder"), ("pipe", "no file"),
                           ("text", "not a database"), ("cut", "damaged"),
                           ("damaged", "damaged"), ("index", "damaged")):
            assert word in terminal.fails(FAILURE, "restore", tmp_path / name, "--yes"), name
        assert {path: path.read_bytes() for path in server.data.iterdir()} == before

    def test_data_too_damaged_to_read_can_be_replaced(self, start_server, server, terminal, backup):
        server.kill()
        (server.data / "concord.db").write_bytes(b"\0" * 8192)
        terminal.ok("restore", backup, "--yes")
        again = start_server(data=server.data)
        assert contents(Member(again.port, "admin", ADMIN_PASSWORD)) == ["before"]

    def test_a_client_from_after_the_backup_reads_all_afresh(
            self, start_server, server, terminal, admin, backup, tmp_path):
        general = admin.channel("general")
        for number in range(20):
            last = admin.say(general, f"after {number}")["id"]
        with Client(server.port, admin.token) as socket:
            newest = socket.hello["eventId"]
        server.terminate()
        terminal.ok("restore", backup, "--yes")
        for data in (server.data, restored(backup, tmp_path / "new machine")):
            again = start_server(data=data)
            member = API(again.port, admin.token)
            new = [member.post(f"/api/channels/{general}/chats", {"content": f"new {n}"}).ok()
                   for n in range(30)]
            assert new[0]["id"] > last
            for after in (newest - 15, newest - 1, newest):
                with Client(again.port, admin.token, f"&after={after}") as socket:
                    assert socket.hello["eventId"] > newest + 30
                    assert socket.receive()["type"] == "resync_required"
                    while (message := socket.receive())["type"] == "chat_sent":
                        if message["chat"]["content"] == "new 29":
                            break
                    else:
                        assert message["type"] == "user_status_updated"
            again.terminate()

    def test_a_backup_of_the_first_schema_is_carried_over(self, start_server, tmp_path):
        packed = Path(__file__).parent / "fixtures" / "version1.db.gz"
        (tmp_path / "old").write_bytes(gzip.decompress(packed.read_bytes()))
        again = start_server(data=restored(tmp_path / "old", tmp_path / "new"))
        assert Member(again.port, "anna", "anna-password").get("/api/channels").status == 200

    @pytest.mark.slow
    def test_a_restore_that_is_killed_leaves_the_old_or_the_new(
            self, start_server, server, terminal, admin, backup, tmp_path):
        general = admin.channel("general")
        for number in range(300):
            admin.say(general, "x" * 3_000)
        server.terminate()
        whole = tmp_path / "whole"
        shutil.copytree(server.data, whole)
        start = time.monotonic()
        terminal.ok("restore", backup, "--yes")
        takes = time.monotonic() - start
        outcomes = set()
        for step in range(40):
            data = tmp_path / f"try{step}"
            shutil.copytree(whole, data)
            command = subprocess.Popen(
                Terminal(data).command("restore", backup, "--yes"), env=environment(),
                stdout=subprocess.DEVNULL)
            # From at once to well after its end.
            time.sleep(2 * takes * step / 39)
            command.kill()
            command.wait()
            again = start_server(data=data)
            member = Member(again.port, "admin", ADMIN_PASSWORD)
            outcomes.add(len(stored_chats(member, general)))
            again.kill()
        assert outcomes <= {1, 301} and len(outcomes) == 2


def test_a_backup_of_a_server_that_is_killed_in_the_midst_is_whole_or_not_there(
        start_server, tmp_path):
    server = start_server()
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    for _ in range(300):
        admin.say(admin.channel("general"), "x" * 3_000)
    for step in range(5):
        backup = tmp_path / f"b{step}"
        command = subprocess.Popen(Terminal(server.data).command("backup", backup), env=environment())
        time.sleep(step / 100)
        command.kill()
        command.wait()
        if backup.exists():
            restored(backup, tmp_path / f"data{step}")
    backup = tmp_path / "after all"
    assert "verified" in Terminal(server.data).ok("backup", backup)
    assert os.listdir(tmp_path).count("after all.unfinished") == 0
