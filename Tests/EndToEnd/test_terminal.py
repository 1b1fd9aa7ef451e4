"""Administration from the terminal, with the server running and without it."""

import fcntl
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from support.keyboard import Keyboard
from support.process import ADMIN_PASSWORD, BINARY, environment
from support.rest import API, MEMBER_PASSWORD, Member
from support.terminal import Terminal

USAGE, FAILURE = 64, 1
SECRET = "a secret to look for"


class Place:
    """A data folder, its terminal, and a way to look at it as a client."""

    def __init__(self, start_server, is_running):
        self.start_server = start_server
        self.server = start_server()
        self.data = self.server.data
        self.is_running = is_running
        self.terminal = Terminal(self.data)
        if not is_running:
            self.server.terminate()

    @property
    def port(self):
        """Of a server, which is started if none runs."""
        if self.server.child.poll() is not None:
            self.server = self.start_server(data=self.data)
        return self.server.port

    def admin(self):
        return Member(self.port, "admin", ADMIN_PASSWORD)


@pytest.fixture(params=["running", "stopped"])
def place(request, start_server):
    return Place(start_server, request.param == "running")


@pytest.fixture
def running(start_server):
    return Place(start_server, True)


class TestUsers:
    def test_an_added_user_can_log_in(self, place):
        assert place.terminal.ok("user", "add", "bob", stdin=SECRET + "\n") == "added bob\n"
        assert API(place.port).log_in("bob", SECRET).status == 200

    def test_a_password_may_come_without_a_line_end(self, place):
        place.terminal.ok("user", "add", "bob", stdin=SECRET)
        assert API(place.port).log_in("bob", SECRET).status == 200

    def test_an_added_administrator_is_one(self, place):
        place.terminal.ok("user", "add", "--admin", "eve", stdin=SECRET)
        eve = Member(place.port, "eve", SECRET)
        assert eve.get(f"/api/users/{eve.id}/rights").ok()["admin"] is True

    def test_users_are_added_although_registration_is_closed(self, start_server):
        server = start_server(settings={"registration": "closed", "rate_registrations_per_hour": 1})
        for name in ("one", "two", "three"):
            Terminal(server.data).ok("user", "add", name, stdin=SECRET)
        assert API(server.port).register("four").status == 403
        assert API(server.port).log_in("three", SECRET).status == 200

    def test_the_list_shows_everyone(self, place):
        place.terminal.ok("user", "add", "Zoë", stdin=SECRET)
        admin, zoe = place.terminal.rows("user", "list")
        assert admin["NAME"] == "admin" and admin["RIGHTS"] == "administrator"
        assert zoe["NAME"] == "Zoë" and zoe["STATUS"] == "OFFLINE" and zoe["RIGHTS"] == ""

    def test_what_is_not_allowed_is_refused_with_the_reason(self, place):
        assert "taken" in place.terminal.fails(FAILURE, "user", "add", "admin", stdin=SECRET)
        assert "password" in place.terminal.fails(FAILURE, "user", "add", "bob", stdin="short")
        assert "password" in place.terminal.fails(USAGE, "user", "add", "bob", stdin="")
        assert "username" in place.terminal.fails(FAILURE, "user", "add", " bob ", stdin=SECRET)
        assert "nobody" in place.terminal.fails(FAILURE, "user", "passwd", "nobody", stdin=SECRET)

    def test_a_new_password_replaces_the_old_one(self, place):
        place.terminal.ok("user", "passwd", "admin", stdin=SECRET)
        api = API(place.port)
        assert api.log_in("admin", ADMIN_PASSWORD).status == 400
        assert api.log_in("admin", SECRET).status == 200

    def test_a_new_password_ends_what_was_open(self, running, connect):
        admin = running.admin()
        socket = connect(admin)
        running.terminal.ok("user", "passwd", "admin", stdin=SECRET)
        assert socket.close_code() == 4001
        assert admin.get("/api/self").status == 401

    def test_with_the_first_password_its_file_goes(self, start_server):
        server = start_server(password=None)
        file = server.data / "initial-admin-password"
        assert file.exists()
        Terminal(server.data).ok("user", "passwd", "admin", stdin=SECRET)
        assert not file.exists()

    def test_a_removed_user_is_gone(self, place):
        place.terminal.ok("user", "add", "bob", stdin=SECRET)
        assert place.terminal.ok("user", "remove", "bob", "--yes") == "removed bob\n"
        assert [row["NAME"] for row in place.terminal.rows("user", "list")] == ["admin"]
        assert API(place.port).log_in("bob", SECRET).status == 400

    def test_a_removed_user_whose_chats_stay_is_shown_as_such(self, place):
        place.terminal.ok("user", "add", "bob", stdin=SECRET)
        place.terminal.ok("say", "general", "I was here", "--as", "bob")
        place.terminal.ok("user", "remove", "bob", "--yes")
        bob = place.terminal.rows("user", "list")[1]
        assert bob["NAME"] == "bob" and bob["RIGHTS"] == "removed"
        assert "no such user" in place.terminal.fails(FAILURE, "token", "revoke", "bob")

    def test_the_last_administrator_stays(self, place):
        place.terminal.fails(FAILURE, "user", "remove", "admin", "--yes")
        place.terminal.fails(FAILURE, "user", "rights", "admin", "no-admin")

    def test_nobody_is_removed_by_a_script_that_does_not_say_yes(self, place):
        place.terminal.ok("user", "add", "bob", stdin=SECRET)
        assert "--yes" in place.terminal.fails(USAGE, "user", "remove", "bob", stdin="yes\n")
        assert len(place.terminal.rows("user", "list")) == 2

    def test_rights_are_given_shown_and_taken(self, place):
        place.terminal.ok("user", "add", "bob", stdin=SECRET)
        place.terminal.ok("user", "rights", "bob", "channel.manage=yes", "chat.send=no")
        given = {row["RIGHT"]: row["GIVEN"] for row in place.terminal.rows("user", "rights", "bob")}
        assert given["channel.manage"] == "yes" and given["chat.send"] == "no"
        assert given["admin"] == given["chat.react"] == "-"
        place.terminal.ok("user", "rights", "bob", "chat.send=default", "admin")
        bob = Member(place.port, "bob", SECRET)
        assert bob.get(f"/api/users/{bob.id}/rights").ok() == {
            "admin": True, "values": {"channel.manage": 1}}

    def test_rights_take_effect_on_open_connections_at_once(self, running, connect):
        bob = Member.new(running.port, "bob")
        socket = connect(bob)
        running.terminal.ok("user", "rights", "bob", "chat.send=no")
        socket.send(type="chat_written", channelId=bob.channel("general"), content="x")
        assert socket.next("error")["code"] == "forbidden"

    def test_revoked_tokens_end_open_connections_with_4001(self, running, connect):
        bob = Member.new(running.port, "bob")
        socket = connect(bob)
        running.terminal.ok("token", "revoke", "bob")
        assert socket.close_code() == 4001
        assert bob.get("/api/self").status == 401

    def test_tokens_are_revoked_without_a_server_too(self, place):
        bob = Member.new(place.port, "bob")
        if not place.is_running:
            place.server.terminate()
        place.terminal.ok("token", "revoke", "bob")
        bob.port = place.port
        assert bob.get("/api/self").status == 401

    def test_a_user_may_be_named_by_id(self, place):
        place.terminal.ok("user", "add", "bob", stdin=SECRET)
        identifier = place.terminal.rows("user", "list")[1]["ID"]
        assert place.terminal.ok("token", "revoke", identifier) == "ended all logins of bob\n"


class TestInvitesAndChannels:
    def test_an_invite_lets_somebody_in(self, start_server):
        server = start_server(settings={"registration": "invite"})
        terminal = Terminal(server.data)
        code = terminal.ok("invite", "create", "--uses", "1", "--for", "1h").strip()
        body = {"username": "bob", "password": SECRET, "invite": code}
        assert API(server.port).post("/api/users/register", body).status == 200
        body["username"] = "eve"
        assert API(server.port).post("/api/users/register", body).status == 403

    def test_invites_are_listed_and_removed(self, place):
        code = place.terminal.ok("invite", "create", "--uses", "5").strip()
        assert [(row["CODE"], row["USES LEFT"]) for row in place.terminal.rows("invite", "list")] == [
            (code, "5")]
        place.terminal.ok("invite", "remove", code)
        assert place.terminal.ok("invite", "list") == "there are no invites\n"
        place.terminal.fails(FAILURE, "invite", "remove", code)

    def test_too_much_is_refused(self, place):
        place.terminal.fails(FAILURE, "invite", "create", "--uses", "1000000")
        place.terminal.fails(USAGE, "invite", "create", "--for", "ever")

    def test_channels_are_added_listed_and_removed(self, place):
        place.terminal.ok("channel", "add", "news", "--description", "what is new")
        place.terminal.ok("channel", "add", "old news", "--parent", "news")
        lines = place.terminal.ok("channel", "list").splitlines()
        assert "general (default)" in lines[1] and "what is new" in lines[2]
        assert "  old news" in lines[3]
        place.terminal.ok("channel", "remove", "#news", "--yes")
        names = [channel["name"] for channel in place.admin().get("/api/channels").ok()]
        assert names == ["general"]

    def test_everyone_connected_hears_of_it(self, running, connect):
        socket = connect(running.admin())
        running.terminal.ok("channel", "add", "news")
        assert socket.next("channel_created")["channel"]["name"] == "news"
        running.terminal.ok("channel", "remove", "news", "--yes")
        socket.next("channel_deleted")

    def test_what_is_ambiguous_is_not_guessed(self, place):
        place.terminal.ok("channel", "add", "twice")
        place.terminal.ok("channel", "add", "twice", "--parent", "general")
        assert "several" in place.terminal.fails(FAILURE, "channel", "remove", "twice", "--yes")
        identifier = place.terminal.rows("channel", "list")[1]["ID"]
        place.terminal.ok("channel", "remove", identifier, "--yes")
        place.terminal.ok("channel", "remove", "twice", "--yes")


class TestSaying:
    def test_it_appears_live_for_everyone(self, running, connect):
        sockets = [connect(Member.new(running.port, name)) for name in ("alice", "bob")]
        running.terminal.ok("say", "general", "the", "server", "restarts")
        for listener in sockets:
            assert listener.next_chat("the server restarts")["authorId"] == running.admin().id

    def test_whoever_comes_later_finds_it(self, place):
        place.terminal.ok("say", "general", "--", "--said")
        admin = place.admin()
        chats = admin.get(f"/api/channels/{admin.channel('general')}/chats/latest").ok()
        assert [chat["content"] for chat in chats] == ["--said"]

    def test_what_was_said_without_a_server_is_replayed(self, start_server, connect):
        place = Place(start_server, True)
        start = connect(place.admin()).hello["eventId"]
        place.server.terminate()
        place.terminal.ok("say", "general", "meanwhile")
        assert connect(place.admin(), f"&after={start}").next_chat("meanwhile")

    def test_somebody_else_may_be_its_author(self, place):
        place.terminal.ok("user", "add", "bob", stdin=SECRET)
        place.terminal.ok("say", "general", "by bob", "--as", "bob")
        bob = Member(place.port, "bob", SECRET)
        chat = bob.get(f"/api/channels/{bob.channel('general')}/chats/latest").ok()[0]
        assert (chat["content"], chat["authorId"]) == ("by bob", bob.id)

    def test_a_text_may_come_on_standard_input(self, place):
        place.terminal.ok("say", "general", stdin="two\nlines \"quoted\"\n")
        admin = place.admin()
        chat = admin.get(f"/api/channels/{admin.channel('general')}/chats/latest").ok()[0]
        assert chat["content"] == "two\nlines \"quoted\""

    def test_what_cannot_be_said_is_refused(self, place):
        assert "nowhere" in place.terminal.fails(FAILURE, "say", "nowhere", "x")
        assert "the text" in place.terminal.fails(FAILURE, "say", "general", "x" * 4001)
        assert "the text" in place.terminal.fails(FAILURE, "say", "general", stdin="\n")
        assert "nobody" in place.terminal.fails(FAILURE, "say", "general", "x", "--as", "nobody")


class TestFindingTheData:
    def test_a_folder_without_data_stays_as_it_is(self, tmp_path):
        for folder in (tmp_path, tmp_path / "nothing"):
            assert "--data" in Terminal(folder).fails(FAILURE, "user", "list")
        assert list(tmp_path.iterdir()) == []

    def test_a_socket_that_a_killed_server_left_confuses_nobody(self, start_server):
        server = start_server()
        server.kill()
        assert (server.data / "control.sock").exists()
        terminal = Terminal(server.data)
        assert len(terminal.rows("user", "list")) == 1
        again = start_server(data=server.data)
        assert len(terminal.rows("user", "list")) == 1
        assert again.terminate() == 0
        assert not (server.data / "control.sock").exists()

    def test_a_command_waits_for_a_server_that_starts(self, start_server):
        server = start_server()
        server.terminate()
        with open(server.data / "concord.db-lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            terminal = Terminal(server.data)
            command = subprocess.Popen(
                terminal.command("user", "list"), stdout=subprocess.PIPE, env=environment())
            time.sleep(0.5)
            assert command.poll() is None
        assert b"admin" in command.communicate(timeout=10)[0]

    def test_data_that_somebody_else_has_is_said_to_be_in_use(self, start_server):
        server = start_server()
        server.terminate()
        with open(server.data / "concord.db-lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            assert "in use" in Terminal(server.data).fails(FAILURE, "user", "list")

    def test_a_path_longer_than_a_sockets_is_served(self, start_server, tmp_path):
        data = tmp_path / ("long" * 30) / "data"
        data.parent.mkdir()
        server = start_server(data=data)
        Terminal(data).ok("say", "general", "hello")
        assert server.child.poll() is None
        assert (data / "control.sock").exists()

    def test_commands_find_a_place_when_all_are_taken(self, start_server):
        server = start_server(settings={"connections": 8})
        holders = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(30)]
        time.sleep(0.2)
        assert len(Terminal(server.data).rows("user", "list")) == 1
        for holder in holders:
            holder.close()

    def test_many_commands_at_once_do_not_disturb_each_other(self, running):
        commands = [
            subprocess.Popen(
                running.terminal.command("say", "general", f"number {number}"), env=environment())
            for number in range(20)]
        assert [command.wait(20) for command in commands] == [0] * 20
        admin = running.admin()
        chats = admin.get(f"/api/channels/{admin.channel('general')}/chats/latest").ok()
        assert {chat["content"] for chat in chats} == {f"number {n}" for n in range(20)}


class TestWhoMay:
    def test_only_the_owner_may_open_the_socket(self, running):
        mode = (running.data / "control.sock").stat().st_mode
        assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600

    def test_by_the_network_there_is_nothing_to_control(self, running):
        admin = running.admin()
        general = admin.channel("general")
        for method, path in (("PUT", f"/control/users/{admin.id}/password"),
                             ("POST", f"/control/channels/{general}/chats"), ("GET", "/control")):
            assert admin.request(method, path, {"newPassword": SECRET}).status == 404
        assert API(running.port).get("/api/users").status == 401

    @pytest.mark.skipif(os.geteuid() != 0, reason="needs another user to be")
    def test_another_user_is_refused_even_where_the_socket_is_open_to_all(self, shared_folder):
        place = Place(shared_folder.start, True)
        path = place.data / "control.sock"
        place.data.chmod(0o755)
        path.chmod(0o666)
        ask = ("import socket,sys\ns = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
               "try:\n s.sendall(b'GET /api/users HTTP/1.0\\r\\n\\r\\n')\n print(s.recv(99))\n"
               "except OSError: print(b'')\n")
        python = ["/usr/bin/python3", "-c", ask, str(path)]
        mine = subprocess.run(python, capture_output=True, text=True, timeout=10).stdout
        theirs = subprocess.run(
            [*AS_NOBODY, *python], capture_output=True, text=True, timeout=10).stdout
        assert "401" not in mine and "200" in mine and theirs == "b''\n"
        place.server.wait_for_log("another user tried the control socket")

    @pytest.mark.skipif(os.geteuid() != 0, reason="needs another user to be")
    def test_another_user_is_told_what_to_do(self, shared_folder):
        place = Place(shared_folder.start, True)
        terminal = Terminal(place.data, shared_folder.binary, AS_NOBODY)
        assert "sudo" in terminal.fails(FAILURE, "user", "list")
        assert "sudo" in terminal.fails(FAILURE, "backup", "/tmp/never")

    @pytest.mark.skipif(os.geteuid() != 0, reason="needs another user to be")
    def test_root_leaves_everything_the_servers_own(self, shared_folder):
        """`sudo concord …` on the data of a service, whether that runs or not."""
        os.chown(shared_folder.path, 65534, 65534)
        server = shared_folder.start(wrapper=AS_NOBODY)
        terminal = Terminal(server.data, shared_folder.binary)
        backup = shared_folder.path / "backup"
        terminal.ok("say", "general", "by root")
        terminal.ok("backup", backup)
        assert backup.stat().st_uid == 0
        server.terminate()
        # As in a folder that was copied here by hand: the lock is made anew.
        (server.data / "concord.db-lock").unlink()
        terminal.ok("say", "general", "by root")
        terminal.ok("backup", f"{backup} without a server")

        def owners():
            return {path.stat().st_uid for path in [server.data, *server.data.rglob("*")]}

        assert owners() == {65534}
        terminal.ok("restore", backup, "--yes")
        assert owners() == {65534}
        server = shared_folder.start(data=server.data, wrapper=AS_NOBODY)
        assert Member(server.port, "admin", ADMIN_PASSWORD).get("/api/self").status == 200


AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture
def shared_folder(start_server):
    """A folder that other users reach, with the program in it."""

    class Shared:
        path = Path(tempfile.mkdtemp(prefix="concord-"))
        binary = path / "concord"

        def start(self, data=None, **options):
            data = data or self.path / "data"
            return start_server(data=data, binary=self.binary, **options)

    shared = Shared()
    shared.path.chmod(0o755)
    shutil.copy(BINARY, shared.binary)
    shared.binary.chmod(0o755)
    yield shared
    shutil.rmtree(shared.path)


class TestSecrets:
    def test_a_password_is_no_argument(self, place):
        assert "too many" in place.terminal.fails(USAGE, "user", "passwd", "admin", SECRET)

    def test_a_password_is_neither_in_the_process_list_nor_in_the_log(self, start_server):
        server = start_server(settings={"password_rounds": 2_000_000})
        command = subprocess.Popen(
            Terminal(server.data).command("user", "passwd", "admin"), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        command.stdin.write(SECRET.encode())
        command.stdin.close()
        seen = b""
        while command.poll() is None:
            for process in Path("/proc").glob("[0-9]*"):
                for file in ("cmdline", "environ"):
                    try:
                        content = (process / file).read_bytes()
                    except OSError:
                        continue
                    seen += content if SECRET.encode() in content else b""
            time.sleep(0.05)
        assert command.wait() == 0 and seen == b""
        assert SECRET.encode() not in command.stdout.read() + command.stderr.read()
        server.terminate()
        assert SECRET not in server.log
        assert API(start_server(data=server.data).port).log_in("admin", SECRET).status == 200


class TestAtATerminal:
    def test_a_password_is_asked_for_twice_and_not_shown(self, running):
        keyboard = Keyboard(running.terminal.command("user", "passwd", "admin"))
        for question in (b"new password for admin: ", b"again for admin: "):
            keyboard.wait_for(question)
            keyboard.type(SECRET.encode() + b"\n")
        assert keyboard.code() == 0
        assert SECRET.encode() not in keyboard.shown
        assert API(running.port).log_in("admin", SECRET).status == 200

    def test_two_different_passwords_change_nothing(self, running):
        keyboard = Keyboard(running.terminal.command("user", "passwd", "admin"))
        keyboard.wait_for(b"new password")
        keyboard.type(b"one of them\n")
        keyboard.wait_for(b"again")
        keyboard.type(b"another one\n")
        assert keyboard.code() == FAILURE
        assert API(running.port).log_in("admin", ADMIN_PASSWORD).status == 200

    def test_an_interrupted_prompt_leaves_the_terminal_as_it_was(self, running):
        import termios
        keyboard = Keyboard(running.terminal.command("user", "passwd", "admin"))
        keyboard.wait_for(b"new password")
        assert not termios.tcgetattr(keyboard.terminal)[3] & termios.ECHO
        keyboard.type(b"\x03")
        keyboard.wait_for(b"\n")
        assert termios.tcgetattr(keyboard.terminal)[3] & termios.ECHO
        assert keyboard.code() == -signal.SIGINT

    @pytest.mark.parametrize("answer, users", [(b"yes\n", 1), (b"no\n", 2), (b"y\n", 2)])
    def test_a_removal_is_asked_for(self, running, answer, users):
        Member.new(running.port, "bob", MEMBER_PASSWORD)
        keyboard = Keyboard(running.terminal.command("user", "remove", "bob"))
        keyboard.wait_for(b"(yes or no) ")
        keyboard.type(answer)
        assert keyboard.code() == (0 if users == 1 else FAILURE)
        assert len(running.terminal.rows("user", "list")) == users
