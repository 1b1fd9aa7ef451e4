"""What the machine does to a server: logs that nobody reads, no descriptors left, signals at
the worst moment. None of it stops the chat."""

import os
import resource
import signal
import subprocess
import time

import pytest
from support.process import ADMIN_PASSWORD, BINARY, environment, free_port
from support.rest import API, Member


def cpu_seconds(pid):
    """CPU time of a process so far (clock_getcpuclockid(3))."""
    return time.clock_gettime(~pid << 3 | 2)


class TestALogThatNobodyReads:
    PIPE_BYTES = 64 << 10

    @pytest.fixture
    def unread(self, tmp_path):
        """A server whose log goes into a pipe from which nobody reads."""
        port = free_port()
        child = subprocess.Popen(
            [BINARY, "serve", "--listen", f"127.0.0.1:{port}", "--data", tmp_path / "data",
             "--set", "rate_connections_per_minute=0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(CONCORD_ADMIN_PASSWORD=ADMIN_PASSWORD))
        while b"listening" not in child.stdout.readline():
            assert child.poll() is None
        yield child, port
        child.kill()
        child.wait()

    def test_holds_up_nothing(self, unread):
        child, port = unread
        for _ in range(self.PIPE_BYTES // 100):
            child.send_signal(signal.SIGUSR1)
            # Signals of one kind do not queue: an answer in between has each one taken.
            assert API(port).get("/healthz").status == 200
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
        # The pipe was full: otherwise this test has shown nothing.
        assert len(child.stderr.read()) > self.PIPE_BYTES * 3 / 4


class TestNotEnoughMemory:
    def test_it_runs_or_ends_with_a_line_that_says_so(self, tmp_path):
        """Whatever the system gives: nothing is found out at the first message, by a crash."""
        refusals = 0
        for megabytes in (6, 9, 12, 15, 18, 64):
            limit = megabytes << 20
            child = subprocess.Popen(
                ["prlimit", f"--as={limit}:{limit}", BINARY, "serve", "--listen", "127.0.0.1:0",
                 "--data", tmp_path / f"data{megabytes}"], text=True, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment())
            lines = []
            for line in child.stdout:
                lines.append(line)
                if line.startswith("  SHA-256"):
                    child.send_signal(signal.SIGTERM)
            if child.wait(10) == 0:
                continue
            assert child.returncode == 1, lines
            assert "memory" in lines[-1], lines
            refusals += 1
        assert 2 <= refusals <= 5


class TestFilesThatMayNotGrow:
    def test_are_like_a_full_disk(self, start_server):
        server = start_server(wrapper=["prlimit", f"--fsize={1 << 20}"])
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        path = f"/api/channels/{admin.channel('general')}/chats"
        codes = {admin.post(path, {"content": "x" * 4000}).status for _ in range(300)}
        assert codes == {200, 503}
        assert server.terminate() == 0


class TestADataFolderThatIsOpen:
    @pytest.mark.parametrize("mode, is_told", [(0o777, True), (0o770, True), (0o755, False)])
    def test_is_told_at_the_start(self, start_server, tmp_path, mode, is_told):
        data = tmp_path / "open"
        data.mkdir()
        data.chmod(mode)
        server = start_server(data=data)
        assert (f"chmod 700 {data}" in server.log) == is_told


class TestNoDescriptorsLeft:
    SPARE = 10

    @pytest.fixture
    def exhausted(self, start_server):
        """A server that may open only a few descriptors more than it has; and who waits."""
        server = start_server()
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        server.wait_until_alone()
        limit = len(os.listdir(f"/proc/{server.pid}/fd")) + self.SPARE
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (limit, limit))
        return server, admin

    def test_newcomers_wait_and_everybody_else_chats(self, exhausted, connect):
        server, admin = exhausted
        general = admin.channel("general")
        sockets = [connect(admin) for _ in range(self.SPARE)]
        late = API(server.port)
        with pytest.raises(TimeoutError):
            late.get("/healthz", timeout=1.5)
        began = cpu_seconds(server.pid)
        time.sleep(1)
        assert cpu_seconds(server.pid) - began < 0.2
        assert "accept paused for 1 s: Too many open files" in server.log

        sockets[0].send(type="chat_written", channelId=general, content="still here")
        assert sockets[-1].next_chat("still here")
        sockets.pop().close()
        assert late.get("/healthz", timeout=5).status == 200


class TestASignalWhileItStarts:
    @pytest.mark.parametrize("after", [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3])
    def test_ends_it_in_order_or_before_it_began(self, start_server, tmp_path, after):
        data = tmp_path / "data"
        child = subprocess.Popen(
            [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", data],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=environment(CONCORD_ADMIN_PASSWORD=ADMIN_PASSWORD))
        time.sleep(after)
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) in (0, -signal.SIGTERM)
        server = start_server(data=data)
        assert API(server.port).log_in("admin", ADMIN_PASSWORD).status == 200


@pytest.mark.alone
def test_a_failed_login_costs_the_same_whoever_is_asked_for(start_server):
    """Also for one whose hash is older and weaker than the setting."""
    weak = start_server(settings={"password_rounds": 100_000})
    Member.new(weak.port, "known")
    assert weak.terminate() == 0
    strong = start_server(data=weak.data, settings={"password_rounds": 600_000})

    def cost(name):
        began = cpu_seconds(strong.pid)
        assert API(strong.port).log_in(name, "a wrong password").status == 400
        return cpu_seconds(strong.pid) - began

    known = min(cost("known") for _ in range(3))
    unknown = min(cost("nobody") for _ in range(3))
    assert 0.8 < known / unknown < 1.25
