"""The command line: what each command prints, and the exit code of each mistake."""

import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import time

import pytest
from support.process import ADMIN_PASSWORD, BINARY, environment, free_port
from support.rest import API, Member
from websockets.exceptions import ConnectionClosed

USAGE, CONFIGURATION, FAILURE = 64, 78, 1


def run(*arguments, **variables):
    """Runs the binary to its end, which must not take long."""
    return subprocess.run(
        [BINARY, *arguments], capture_output=True, text=True, timeout=20,
        stdin=subprocess.DEVNULL, env=environment(**variables))


def refused(result, code, *words):
    """It ended with that code and one clear line that holds those words."""
    lines = result.stderr.strip().splitlines()
    assert result.returncode == code, result
    assert len(lines) == 1, result.stderr
    for word in words:
        assert word in lines[0]
    return True


def serve(folder, *arguments, **variables):
    """Serves in a folder, where it is expected to fail."""
    return run("serve", "--listen", "127.0.0.1:0", "--data", folder, *arguments,
               **{"CONCORD_ADMIN_PASSWORD": ADMIN_PASSWORD} | variables)


class TestCommands:
    def test_version_is_one_line(self):
        result = run("version")
        assert result.returncode == 0
        assert re.fullmatch(r"(concord )?\d\S*\n", result.stdout)

    def test_version_names_the_libraries_inside_when_asked(self):
        result = run("version", "--verbose")
        assert result.returncode == 0
        assert re.search(r"^SQLite 3\.\d+", result.stdout, re.M)
        assert re.search(r"^mbed TLS [23]\.\d+", result.stdout, re.M | re.I)

    def test_help_names_every_command(self):
        result = run("help")
        assert result.returncode == 0
        assert all(command in result.stdout for command in (
            "serve", "setup", "doctor", "check-config", "plan", "version"))

    def test_check_config_accepts_good_settings(self):
        assert run("check-config", "--set", "connections=64").returncode == 0

    def test_check_config_starts_and_writes_nothing(self, tmp_path):
        run("check-config", "--data", tmp_path / "data")
        assert not (tmp_path / "data").exists()


class TestUsage:
    @pytest.mark.parametrize("arguments, word", [
        (["dance"], "dance"), (["serve", "--dance"], "--dance"), (["serve", "--data"], "--data"),
        (["serve", "--set"], "--set"), (["serve", "stray"], "stray"),
    ])
    def test_a_mistake_is_64_and_named(self, arguments, word):
        assert refused(run(*arguments), USAGE, word)

    @pytest.mark.parametrize("arguments, word", [
        (["help", "nonsense"], "nonsense"), (["version", "x"], "x"),
    ])
    def test_so_are_words_that_a_command_does_not_know(self, arguments, word):
        assert refused(run(*arguments), USAGE, f'"{word}"')

    def test_an_option_that_nobody_knows_is_said_to_be_none(self):
        assert refused(run("serve", "--nonsense"), USAGE, "--nonsense is no option here")

    @pytest.mark.parametrize("arguments", [["help"], ["version"], ["check-config"], ["plan"]])
    def test_output_that_is_lost_is_1(self, arguments):
        with open("/dev/full", "w") as full:
            result = subprocess.run(
                [BINARY, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, timeout=20,
                env=environment(), check=False)
        assert refused(result, FAILURE, "standard output")

    def test_no_command_is_64(self):
        assert run().returncode == USAGE


class TestWhatIsNoFile:
    """A pipe, which nobody writes to, holds nobody up."""

    @pytest.fixture
    def pipe(self, tmp_path):
        os.mkfifo(tmp_path / "pipe", 0o600)
        return tmp_path / "pipe"

    def test_settings(self, pipe):
        assert refused(run("check-config", "--config", pipe), CONFIGURATION, "no regular file")

    @pytest.mark.parametrize("setting", ["tls_certificate", "token_key"])
    def test_a_key_or_a_certificate(self, pipe, setting):
        tls = ["--set", "tls=files", "--set", f"tls_key={pipe}"] if "tls" in setting else []
        result = run("check-config", "--set", f"{setting}={pipe}", *tls)
        assert refused(result, CONFIGURATION, setting, "no regular file")

    def test_answers(self, pipe):
        assert refused(run("setup", "--answers", pipe), CONFIGURATION, "no regular file")

    def test_what_a_shell_passes_is_read_all_the_same(self):
        result = subprocess.run(
            ["bash", "-c", '"$0" check-config --config <(sleep 0.2; echo connections = 1)', BINARY],
            capture_output=True, text=True, timeout=10, env=environment(), check=False)
        assert refused(result, CONFIGURATION, "connections")
        result = subprocess.run(
            [BINARY, "check-config", "--config", "/dev/stdin"], input="connections = 1",
            capture_output=True, text=True, timeout=10, env=environment(), check=False)
        assert refused(result, CONFIGURATION, "connections")


BAD_SETTINGS = [
    ("colour", "blue"), ("connections", "many"), ("connections", "-1"), ("connections", ""),
    ("connections", "10x"), ("connections", "99999999999999999999"), ("durability", "maybe"),
    ("password_rounds", "1000"), ("listen", "nowhere"), ("listen", "127.0.0.1:99999"),
    ("rate_messages_per_minute", "1.5"),
]


class TestConfiguration:
    @pytest.mark.parametrize("key, value", BAD_SETTINGS)
    def test_a_bad_setting_is_78_and_named(self, key, value):
        assert refused(run("check-config", "--set", f"{key}={value}"), CONFIGURATION, key)

    @pytest.mark.parametrize("key, value", [("connections", "many"), ("durability", "maybe")])
    def test_so_it_is_in_the_environment(self, key, value):
        result = run("check-config", **{f"CONCORD_{key.upper()}": value})
        assert refused(result, CONFIGURATION)
        assert key in result.stderr.lower()

    def test_an_unknown_key_of_a_file_is_78_and_named(self, tmp_path):
        file = tmp_path / "concord.conf"
        file.write_text("# a comment\n\nconnections = 64\ncolour = blue\n")
        assert refused(run("check-config", "--config", file), CONFIGURATION, "colour")

    def test_a_file_may_begin_with_a_byte_order_mark(self, tmp_path):
        file = tmp_path / "concord.conf"
        file.write_bytes(b"\xef\xbb\xbfconnections = 1\n")
        assert refused(run("check-config", "--config", file), CONFIGURATION, "connections = \"1\"")

    def test_what_a_terminal_would_obey_is_not_repeated(self, tmp_path):
        file = tmp_path / "concord.conf"
        for key, shown in ((b"\x1b[31mred\xc3\xa9", "?[31mredé"), (b"\xff\x07", "??")):
            file.write_bytes(key + b" = 1\n")
            assert refused(run("check-config", "--config", file), CONFIGURATION, f'"{shown}"')

    def test_a_missing_file_is_78_and_named(self, tmp_path):
        result = run("check-config", "--config", tmp_path / "absent.conf")
        assert refused(result, CONFIGURATION, "absent.conf")

    def test_serve_refuses_what_check_config_refuses(self, tmp_path):
        result = serve(tmp_path / "data", "--set", "colour=blue")
        assert refused(result, CONFIGURATION, "colour")
        assert not (tmp_path / "data").exists()

    def largest_message(self, server, connect):
        """The setting ws_message_bytes, as a client finds it out: 4 or 8 KiB."""
        socket = connect(Member(server.port, "admin", ADMIN_PASSWORD))
        socket.send("x" * 6000)
        try:
            return 8192 if socket.next("error") else None
        except ConnectionClosed:
            return 4096

    def test_a_file_sets_what_it_says(self, tmp_path, start_server, connect):
        file = tmp_path / "concord.conf"
        file.write_text("ws_message_bytes = 4096\n")
        server = start_server(arguments=["--config", file])
        assert self.largest_message(server, connect) == 4096

    def test_the_command_line_goes_before_the_file(self, tmp_path, start_server, connect):
        file = tmp_path / "concord.conf"
        file.write_text("ws_message_bytes = 4096\n")
        server = start_server(settings={"ws_message_bytes": 8192}, arguments=["--config", file])
        assert self.largest_message(server, connect) == 8192


class TestFailures:
    def test_a_taken_port_is_1_and_named(self, tmp_path):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            result = run("serve", "--listen", f"127.0.0.1:{port}", "--data", tmp_path / "data",
                         CONCORD_ADMIN_PASSWORD=ADMIN_PASSWORD)
        assert result.returncode == FAILURE
        assert str(port) in result.stderr.strip().splitlines()[-1]

    def test_a_folder_that_cannot_be_made_is_1_and_named(self, tmp_path):
        (tmp_path / "file").write_text("")
        result = serve(tmp_path / "file" / "data")
        assert result.returncode == FAILURE
        assert "data" in result.stderr.strip().splitlines()[-1]

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_read_only_folder_is_1(self, tmp_path):
        tmp_path.chmod(0o500)
        assert serve(tmp_path / "data").returncode == FAILURE

    def test_a_folder_on_a_read_only_file_system_is_1(self):
        assert serve("/proc/concord").returncode == FAILURE

    def databases(self, folder):
        return [path for path in folder.rglob("*")
                if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3"]

    @pytest.fixture
    def stopped(self, start_server):
        """The data folder of a server that has run."""
        server = start_server()
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        admin.say(admin.channel("general"), "x")
        assert server.terminate() == 0
        return server.data

    @pytest.mark.parametrize("damage", ["garbage", "cut", "foreign"])
    def test_a_damaged_database_is_1_and_left_alone(self, stopped, damage):
        (path,) = self.databases(stopped)
        if damage == "garbage":
            path.write_bytes(b"this is no database at all " * 1000)
        elif damage == "cut":
            path.write_bytes(path.read_bytes()[:5000])
        else:
            path.unlink()
            with sqlite3.connect(path) as other:
                other.execute("create table something (else_entirely)")
            other.close()
        before = path.read_bytes()
        result = serve(stopped)
        assert result.returncode == FAILURE
        assert result.stderr.strip()
        assert path.read_bytes() == before

    def test_two_servers_never_share_a_folder(self, start_server):
        server = start_server()
        assert serve(server.data).returncode == FAILURE
        assert API(server.port).log_in("admin", ADMIN_PASSWORD).status == 200


class TestSignals:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_closes_with_1001_and_ends_with_0(self, start_server, connect, number):
        server = start_server()
        sockets = [connect(Member(server.port, "admin", ADMIN_PASSWORD)) for _ in range(3)]
        server.child.send_signal(number)
        assert [socket.close_code() for socket in sockets] == [1001] * 3
        assert server.wait() == 0

    def test_nobody_can_hold_up_the_end(self, start_server):
        server = start_server()
        with socket.create_connection(("127.0.0.1", server.port)) as stubborn:
            stubborn.sendall(b"GET / HTTP/1.1\r\n")
            began = time.monotonic()
            assert server.terminate(20) == 0
            assert time.monotonic() - began < 10

    def test_sighup_and_sigpipe_do_not_end_it(self, start_server):
        server = start_server()
        server.child.send_signal(signal.SIGPIPE)
        assert API(server.port).get("/api/self").status == 401

    def test_sigusr1_logs_the_figures(self, start_server):
        stats = start_server().stats()
        assert {"allocations", "connections", "rss_bytes"} <= stats.keys()
        assert stats["rss_bytes"] > 100_000

    def test_the_connections_are_counted(self, start_server, connect):
        server = start_server()
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        server.wait_until_alone()
        for _ in range(5):
            connect(admin)
        assert server.stats()["connections"] == 5


class TestServing:
    def test_it_says_where_it_listens(self, start_server):
        server = start_server()
        assert server.log.count("listening on http://127.0.0.1:") == 1

    def test_it_listens_on_every_address(self, start_server):
        port = free_port()
        server = start_server(arguments=["--listen", f"127.0.0.1:{port}"])
        assert {server.port, port} == {
            int(found) for found in re.findall(r"http://127\.0\.0\.1:(\d+)", server.log)}
        for each in (server.port, port):
            assert API(each).get("/api/self").status == 401

    def test_the_data_folder_is_private(self, start_server):
        server = start_server()
        assert stat.S_IMODE(server.data.stat().st_mode) & 0o077 == 0

    def test_the_initial_password_is_shown_once(self, start_server):
        first = start_server(password=None)
        path = first.data / "initial-admin-password"
        password = path.read_text().strip()
        assert len(password) >= 12
        assert password not in first.log
        first.terminate()
        second = start_server(data=first.data, password=None)
        assert path.read_text().strip() == password
        assert password not in second.log
        assert API(second.port).log_in("admin", password).status == 200

    def test_two_first_starts_have_two_passwords(self, start_server):
        passwords = {(start_server(password=None).data / "initial-admin-password").read_text()
                     for _ in range(2)}
        assert len(passwords) == 2

    def test_a_short_first_password_is_refused(self, tmp_path):
        result = serve(tmp_path / "data", CONCORD_ADMIN_PASSWORD="short")
        assert result.returncode == CONFIGURATION
        assert "short" not in result.stderr.replace("too short", "")
