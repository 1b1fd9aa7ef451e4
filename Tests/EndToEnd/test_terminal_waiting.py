"""A command that waits for a person, or for input, keeps nobody from the data."""

import subprocess
import time

import pytest
from support.keyboard import Keyboard
from support.process import ADMIN_PASSWORD, environment
from support.rest import API, Member
from support.terminal import Terminal

SECRET = "a secret to look for"


@pytest.fixture
def stopped(start_server):
    """The terminal of data with a member bob, that no server runs on."""
    server = start_server()
    Member.new(server.port, "bob")
    server.terminate()
    return Terminal(server.data)


def test_a_server_starts_while_a_password_is_asked_for(start_server, stopped):
    keyboard = Keyboard(stopped.command("user", "passwd", "admin"))
    keyboard.wait_for(b"new password")
    server = start_server(data=stopped.data)
    for question in (b"new password for admin: ", b"again for admin: "):
        keyboard.wait_for(question)
        keyboard.type(SECRET.encode() + b"\n")
    assert keyboard.code() == 0
    assert API(server.port).log_in("admin", SECRET).status == 200


def test_a_server_starts_while_a_text_is_read(start_server, stopped):
    command = subprocess.Popen(
        stopped.command("say", "general", "--as", "bob"), stdin=subprocess.PIPE, env=environment())
    command.stdin.write(b"half a")
    command.stdin.flush()
    time.sleep(0.3)
    server = start_server(data=stopped.data)
    command.communicate(b" text\n", timeout=20)
    assert command.returncode == 0
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    chats = admin.get(f"/api/channels/{admin.channel('general')}/chats/latest").ok()
    assert [chat["content"] for chat in chats] == ["half a text"]


@pytest.mark.parametrize("command", [["user", "remove", "bob"], ["channel", "remove", "spare"]])
def test_another_command_works_while_one_asks_whether_to_go_on(stopped, command):
    stopped.ok("channel", "add", "spare")
    keyboard = Keyboard(stopped.command(*command))
    keyboard.wait_for(b"(yes or no) ")
    start = time.monotonic()
    stopped.ok("user", "list")
    assert time.monotonic() - start < 4
    keyboard.type(b"yes\n")
    assert keyboard.code() == 0


def test_a_server_starts_while_a_restore_asks(start_server, stopped, tmp_path):
    stopped.ok("backup", tmp_path / "b")
    keyboard = Keyboard(stopped.command("restore", tmp_path / "b"))
    keyboard.wait_for(b"(yes or no) ")
    server = start_server(data=stopped.data)
    keyboard.type(b"yes\n")
    assert keyboard.code() == 1
    assert b"stop it first" in keyboard.shown
    assert API(server.port).log_in("admin", ADMIN_PASSWORD).status == 200


def test_a_name_that_is_taken_is_said_before_a_password_is_asked_for(stopped):
    keyboard = Keyboard(stopped.command("user", "add", "bob"))
    assert keyboard.code() == 1
    assert b"taken" in keyboard.shown and b"password" not in keyboard.shown
