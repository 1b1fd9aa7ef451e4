"""What the server and a service manager tell each other: sd_notify and passed sockets."""

import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import time

import pytest
from support.process import (ADMIN_PASSWORD, BINARY, LISTENING, NO_RATES, PATIENCE, Process,
                             environment, free_port)
from support.raw import Wire
from support.rest import API, Member
from support.tls import tls_port
from support.trust import fetch

# The variables that name a process must name the server, whose number only it knows.
AS_ITSELF = ["bash", "-c", 'export WATCHDOG_PID=$$ LISTEN_PID=$$; exec "$@"', "bash"]


class Manager:
    """The receiving end of NOTIFY_SOCKET: a path, or "@" and an abstract name."""

    def __init__(self, name):
        self.name = str(name)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + self.name[1:] if self.name[0] == "@" else self.name)

    def receive(self, timeout=10 * PATIENCE):
        """The assignments of the next datagram."""
        self.socket.settimeout(timeout)
        lines = self.socket.recv(4096).decode().split("\n")
        return dict(line.split("=", 1) for line in lines)

    def next(self, key, timeout=10 * PATIENCE):
        """The next datagram that assigns to that key."""
        deadline = time.monotonic() + timeout
        while True:
            received = self.receive(max(0.01, deadline - time.monotonic()))
            if key in received:
                return received

    def signs_of_life(self, seconds):
        """When they came, in that time."""
        times, deadline = [], time.monotonic() + seconds
        with contextlib.suppress(TimeoutError):
            while True:
                self.next("WATCHDOG", max(0.01, deadline - time.monotonic()))
                times.append(time.monotonic())
        return times


@pytest.fixture
def manager(tmp_path):
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.socket.close()


def watched(manager, **variables):
    return {"NOTIFY_SOCKET": manager.name} | variables


class TestNotifying:
    def test_ready_comes_when_it_accepts(self, start_server, manager):
        server = start_server(variables=watched(manager))
        ready = manager.next("READY")
        assert ready["READY"] == "1"
        assert "0 of 256 connections" in ready["STATUS"]
        assert API(server.port).get("/healthz").status == 200

    def test_an_abstract_socket_is_told_too(self, start_server):
        manager = Manager(f"@concord-test-{os.getpid()}")
        start_server(variables=watched(manager))
        assert manager.next("READY")
        manager.socket.close()

    def test_stopping_is_told(self, start_server, manager):
        server = start_server(variables=watched(manager))
        server.terminate()
        assert manager.next("STOPPING")["STOPPING"] == "1"

    def test_a_reload_is_told_with_its_time(self, start_server, manager):
        server = start_server(variables=watched(manager))
        manager.next("READY")
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        server.child.send_signal(1)
        reloading = manager.next("RELOADING")
        assert before <= int(reloading["MONOTONIC_USEC"]) <= before + 10_000_000
        assert manager.next("READY")["READY"] == "1"

    @pytest.mark.parametrize("name", ["/no/such/socket", "nonsense", "", "@", "/" + "x" * 200])
    def test_nobody_there_is_no_error(self, start_server, name):
        server = start_server(variables={"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "100000"})
        assert API(server.port).get("/healthz").status == 200

    def test_news_are_not_allocated(self, start_server, manager):
        server = start_server(variables=watched(manager, WATCHDOG_USEC="20000"))
        assert len(manager.signs_of_life(1)) > 20
        server.child.send_signal(1)
        manager.next("RELOADING")
        assert server.stats()["allocations"] == 0


class TestWatchdog:
    def test_it_is_fed_twice_as_often_as_asked(self, start_server, manager):
        start_server(variables=watched(manager, WATCHDOG_USEC="1000000"))
        times = manager.signs_of_life(3)
        assert 5 <= len(times) <= 8
        assert max(b - a for a, b in zip(times, times[1:])) < 1

    def test_it_says_how_things_are(self, start_server, manager):
        server = start_server(variables=watched(manager, WATCHDOG_USEC="200000"))
        with Wire(server.port):
            deadline = time.monotonic() + 5
            while "1 of 256 connections" not in manager.next("WATCHDOG")["STATUS"]:
                assert time.monotonic() < deadline

    def test_it_is_for_the_process_that_is_named(self, start_server, manager):
        start_server(variables=watched(manager, WATCHDOG_USEC="100000", WATCHDOG_PID="1"))
        assert manager.signs_of_life(1) == []

    def test_the_server_finds_itself_named(self, start_server, manager):
        start_server(
            variables=watched(manager, WATCHDOG_USEC="100000"), wrapper=AS_ITSELF)
        assert len(manager.signs_of_life(1)) > 5

    def test_without_an_interval_nothing_is_fed(self, start_server, manager):
        start_server(variables=watched(manager))
        assert manager.signs_of_life(1) == []

    def test_a_loop_that_stands_still_feeds_nothing(self, start_server, manager):
        server = start_server(variables=watched(manager, WATCHDOG_USEC="200000"))
        manager.next("WATCHDOG")
        server.child.send_signal(19)
        time.sleep(0.2)
        with contextlib.suppress(TimeoutError):
            while True:
                manager.receive(0.01)
        assert manager.signs_of_life(1) == []
        server.child.send_signal(18)
        assert manager.next("WATCHDOG")

    @pytest.mark.alone
    @pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
    def test_a_full_disk_starves_it_until_there_is_room(self, start_server, manager, tmp_path):
        disk = tmp_path / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", disk]).returncode:
            pytest.skip("nothing can be mounted here")
        try:
            server = start_server(
                data=disk / "data", variables=watched(manager, WATCHDOG_USEC="400000"))
            admin = Member(server.port, "admin", ADMIN_PASSWORD)
            general = admin.channel("general")
            ballast = disk / "ballast"
            with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * 4096)
            while admin.post(f"/api/channels/{general}/chats", {"content": "x" * 4000}).status == 200:
                pass
            deadline = time.monotonic() + 5
            while "nothing can be stored" not in manager.next("STATUS")["STATUS"]:
                assert time.monotonic() < deadline, "it is still fed"
            assert manager.signs_of_life(1) == []
            ballast.unlink()
            assert manager.next("WATCHDOG", 5)
            server.terminate()
        finally:
            subprocess.run(["umount", "-l", disk], check=True)


@contextlib.contextmanager
def listening(family=socket.AF_INET, kind=socket.SOCK_STREAM, address=("127.0.0.1", 0)):
    with socket.socket(family, kind) as listener:
        listener.bind(address)
        if kind == socket.SOCK_STREAM:
            listener.listen()
        yield listener


def passing(listeners):
    """What makes start_server hand these sockets over as a service manager does: from 3 on."""
    moves = " ".join(f"{3 + place}<&{each.fileno() + 50}" for place, each in enumerate(listeners))
    copies = [os.dup2(each.fileno(), each.fileno() + 50) for each in listeners]
    return {
        "pass_fds": copies,
        "wrapper": ["bash", "-c", f'exec {moves}; export LISTEN_PID=$$; exec "$@"', "bash"],
    }


class TestPassedSockets:
    def test_they_take_the_place_of_listen(self, start_server):
        with listening() as first, listening() as second:
            unused = free_port()
            start_server(
                arguments=["--listen", f"127.0.0.1:{unused}"], **passing([first, second]),
                variables={"LISTEN_FDS": "2", "LISTEN_FDNAMES": "web:other"})
            for each in (first, second):
                assert API(each.getsockname()[1]).get("/healthz").status == 200
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", unused), 1)

    SECURE = {"tls": "auto", "listen_tls": "127.0.0.1:0"}

    def test_one_called_https_is_for_tls_and_listen_stays(self, start_server):
        with listening() as secure:
            server = start_server(
                settings=self.SECURE, **passing([secure]),
                variables={"LISTEN_FDS": "1", "LISTEN_FDNAMES": "https"})
            assert tls_port(server) == secure.getsockname()[1]
            assert ssl.get_server_certificate(secure.getsockname())
            assert API(server.port).get("/healthz").status == 200

    def test_where_none_is_for_tls_listen_tls_stays(self, start_server):
        with listening() as plain:
            server = start_server(
                settings=self.SECURE, **passing([plain]), variables={"LISTEN_FDS": "1"})
            assert ssl.get_server_certificate(("127.0.0.1", tls_port(server)))
            assert API(plain.getsockname()[1]).get("/healthz").status == 200

    def test_http_is_redirected_from_one_to_listen_tls(self, start_server):
        with listening() as plain:
            server = start_server(
                settings=self.SECURE | {"redirect_to_tls": "true"}, **passing([plain]),
                variables={"LISTEN_FDS": "1"})
            status, fields, _ = fetch(plain.getsockname()[1], "/api/self")
            assert status == 308
            assert fields["location"] == f"https://127.0.0.1:{tls_port(server)}/api/self"

    @pytest.mark.parametrize("without", ["tls=off", "listen_tls="])
    def test_where_there_is_no_https_nothing_is_redirected_to_it(self, tmp_path, without):
        with listening() as plain:
            passed = passing([plain])
            result = subprocess.run(
                [*passed["wrapper"], BINARY, "serve", "--data", tmp_path / "data",
                 "--set", "redirect_to_tls=true", "--set", without],
                pass_fds=passed["pass_fds"], capture_output=True, text=True, timeout=20,
                env=environment(LISTEN_FDS="1"), check=False)
        assert result.returncode == 78
        assert "redirect_to_tls = true needs tls, and an address in listen_tls" in result.stderr

    def test_one_for_tls_without_tls_is_refused_with_a_way_out(self, tmp_path):
        with listening() as secure:
            passed = passing([secure])
            result = subprocess.run(
                [*passed["wrapper"], BINARY, "serve", "--data", tmp_path / "data", "--set", "tls=off"],
                pass_fds=passed["pass_fds"], capture_output=True, text=True, timeout=20,
                env=environment(LISTEN_FDS="1", LISTEN_FDNAMES="https"), check=False)
        assert result.returncode == 78
        assert "disable --now concord-https.socket" in result.stderr

    def test_their_names_and_addresses_are_said(self, start_server):
        with listening() as first, listening() as second:
            server = start_server(
                **passing([first, second]),
                variables={"LISTEN_FDS": "2", "LISTEN_FDNAMES": "web:other"})
            for each, name in ((first, "web"), (second, "other")):
                port = each.getsockname()[1]
                assert f"has passed a socket on port {port} ({name})" in server.log
                assert server.wait_for_log(rf"listening on http://127\.0\.0\.1:{port}\n")

    def test_those_of_another_process_are_left_alone(self, start_server):
        server = start_server(variables={"LISTEN_FDS": "1", "LISTEN_PID": "1"})
        assert "passed" not in server.log
        assert API(server.port).get("/healthz").status == 200

    @pytest.mark.parametrize("kind, family, address", [
        (socket.SOCK_DGRAM, socket.AF_INET, ("127.0.0.1", 0)),
        (socket.SOCK_STREAM, socket.AF_UNIX, f"\0concord-{os.getpid()}"),
    ], ids=["datagrams", "no network"])
    def test_one_that_is_not_for_tcp_is_refused_by_name(self, tmp_path, kind, family, address):
        with listening(family, kind, address) as wrong:
            passed = passing([wrong])
            result = subprocess.run(
                [*passed["wrapper"], BINARY, "serve", "--data", tmp_path / "data"],
                pass_fds=passed["pass_fds"], capture_output=True, text=True, timeout=20,
                env=environment(LISTEN_FDS="1", LISTEN_FDNAMES="odd"), check=False)
        assert result.returncode == 78
        assert '"odd"' in result.stderr and "ListenStream" in result.stderr

    def test_the_socket_outlives_the_server(self, start_server):
        """Between two servers nobody is refused: who comes then waits for the second."""
        with listening() as listener:
            variables = {"LISTEN_FDS": "1"}
            first = start_server(**passing([listener]), variables=variables)
            first.terminate()
            with Wire(listener.getsockname()[1], timeout=10) as waiting:
                waiting.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                start_server(data=first.data, **passing([listener]), variables=variables)
                assert waiting.response().status == 200

    @pytest.mark.skipif(
        not shutil.which("systemd-socket-activate"), reason="needs Debian's systemd")
    def test_systemd_starts_it_with_the_first_connection(self, tmp_path):
        port = free_port()
        command = ["systemd-socket-activate", "--fdname=web", "-E", "CONCORD_ADMIN_PASSWORD",
                   f"--listen=127.0.0.1:{port}", BINARY, "serve", "--data", tmp_path / "data"]
        for key, value in NO_RATES.items():
            command += ["--set", f"{key}={value}"]
        env = environment(CONCORD_ADMIN_PASSWORD=ADMIN_PASSWORD)
        with Process(command, tmp_path / "log", env, ready="Listening on", timeout=10) as activator:
            assert API(port).get("/healthz", timeout=15 * PATIENCE).status == 200
            assert re.search(LISTENING, activator.log)[1] == str(port)
            assert activator.terminate() == 0
