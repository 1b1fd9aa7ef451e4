"""What the commands say when something is wrong, in words of the terminal."""

import os
import signal
import subprocess
import time

import pytest
from support.keyboard import Keyboard
from support.process import BINARY, environment
from support.rest import Member

USAGE, FAILURE = 64, 1
BROKEN = b"\xff\xfe\xfdabcdefgh\n"


@pytest.fixture
def server(start_server):
    return start_server()


def said(terminal, *words, given=b""):
    result = subprocess.run(
        terminal.command(*words), input=given, capture_output=True, timeout=60, env=environment())
    assert result.returncode != 0, result
    return result.stderr.decode()


class TestText:
    def test_a_password_that_is_not_utf_8_is_refused(self, server, terminal):
        assert "UTF-8" in said(terminal, "user", "passwd", "admin", given=BROKEN)
        Member(server.port, "admin", "the first administrator's secret")

    def test_so_is_what_would_be_said(self, server, terminal):
        assert "UTF-8" in said(terminal, "say", "general", given=BROKEN)

    @pytest.mark.parametrize("words", [
        ["say", "general", b"\xff"], ["user", "add", b"bob\xff"], ["channel", "add", b"\xc3"],
        ["channel", "add", "x", "--description", b"\xed\xa0\x80"], ["say", "general", "x", "--as", b"\xff"]])
    def test_so_are_words(self, terminal, words):
        command = [os.fsencode(part) for part in terminal.command(*words[:1])]
        result = subprocess.run(
            command + [os.fsencode(word) for word in words[1:]], capture_output=True,
            env=environment(), input=b"a password")
        assert result.returncode == USAGE and b"UTF-8" in result.stderr

    def test_a_path_may_be_any_bytes(self, terminal, tmp_path):
        file = os.fsencode(tmp_path) + b"/b\xff"
        command = [os.fsencode(part) for part in terminal.command("backup")]
        assert subprocess.run([*command, file], env=environment()).returncode == 0
        assert os.path.exists(file)


class TestLengths:
    def test_of_a_password(self, terminal):
        for secret in ("short", "x" * 257):
            line = terminal.fails(FAILURE, "user", "passwd", "admin", stdin=secret)
            assert "the password is too" in line and "8 to 256 bytes" in line

    def test_of_a_password_longer_than_any(self, terminal):
        assert "too long" in terminal.fails(
            FAILURE, "user", "passwd", "admin", stdin="x" * 5_000)

    def test_of_a_text(self, terminal):
        assert "the text" in terminal.fails(FAILURE, "say", "general", "x" * 4001)
        assert "too long" in terminal.fails(FAILURE, "say", "general", stdin="x" * 5_000_000)

    def test_of_an_invites_life(self, terminal):
        assert "--for" in terminal.fails(FAILURE, "invite", "create", "--for", "99999d")
        assert "--uses" in terminal.fails(FAILURE, "invite", "create", "--uses", "99999")


def test_yes_is_no_option_where_nothing_is_asked(terminal):
    assert "--yes" in terminal.fails(USAGE, "user", "list", "--yes")


def test_a_second_channel_of_a_name_is_pointed_out(terminal):
    assert terminal.run("channel", "add", "news").stderr == ""
    result = terminal.run("channel", "add", "news")
    assert result.returncode == 0 and "another channel" in result.stderr


def test_after_an_interrupted_prompt_the_shells_has_a_line_of_its_own(terminal):
    keyboard = Keyboard(terminal.command("user", "passwd", "admin"))
    keyboard.wait_for(b"new password for admin: ")
    keyboard.type(b"\x03")
    keyboard.code()
    assert keyboard.shown.endswith(b"\n")


class TestHelp:
    def shown(self, *words):
        return subprocess.run(
            [BINARY, "help", *words], capture_output=True, text=True, check=True).stdout

    def test_of_a_command_is_of_that_alone(self):
        text = self.shown("backup")
        assert "concord backup FILE" in text and "all data in one new file" in text
        assert "restore" not in text and "serve" not in text
        text = self.shown("user")
        assert text.count("concord user ") == 5 and "invite" not in text

    def test_of_what_is_no_command_there_is_none(self):
        result = subprocess.run([BINARY, "help", "nonsense"], capture_output=True, text=True)
        assert result.returncode == USAGE and result.stdout == ""
        assert "no help about \"nonsense\"" in result.stderr


class TestBackup:
    def test_a_place_that_cannot_be_is_named(self, terminal, tmp_path):
        assert "No such file or directory" in terminal.fails(
            FAILURE, "backup", tmp_path / "nowhere" / "b")
        assert "name too long" in terminal.fails(FAILURE, "backup", tmp_path / ("x" * 300))

    def test_a_dash_is_no_file(self, terminal):
        assert "file" in terminal.fails(USAGE, "backup", "-")

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_one_that_is_ended_leaves_nothing_behind(self, terminal, tmp_path, number):
        # Held up where it makes its copy durable.
        slow = ["strace", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e",
                "inject=fsync:delay_enter=3000000"]
        command = subprocess.Popen(
            [*slow, *terminal.command("backup", tmp_path / "b")], env=environment())
        deadline = time.monotonic() + 10
        while not (tmp_path / "b.unfinished").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        child, = open(f"/proc/{command.pid}/task/{command.pid}/children").read().split()
        time.sleep(0.2)
        os.kill(int(child), number)
        assert command.wait(20) != 0
        assert not list(tmp_path.glob("b*"))
