"""SIGHUP: what a running server takes over from its settings, and what it says of the rest."""

import os
import pty
import re
import signal
import subprocess
from pathlib import Path

import pytest
from support.process import ADMIN_PASSWORD, BINARY, Process, environment
from support.raw import Wire
from support.rest import API, Member


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "concord.conf"
    path.write_text("registration = open\n")
    return path


@pytest.fixture
def server(start_server, file):
    return start_server(arguments=["--config", file])


def reload(server, file, text, last="reload: .*\n"):
    """Gives the file a new text; what the server logs of it."""
    file.write_text(text)
    start = server.log_path.stat().st_size
    server.child.send_signal(signal.SIGHUP)
    server.wait_for_log(last, start=start)
    return server.log_path.read_text()[start:]


def test_registration_is_closed_and_opened_while_it_runs(server, file):
    api = API(server.port)
    assert api.register("first").status == 200
    log = reload(server, file, "registration = closed\n")
    assert "registration = closed is taken; it was open" in log
    assert api.register("second").status == 403
    reload(server, file, "registration = open\n")
    assert api.register("second").status == 200


def test_the_command_line_still_goes_before_the_file(server, file):
    assert "no setting has changed" in reload(server, file, "rate_logins_per_minute = 2\n")


def test_rates_of_the_file_are_taken(tmp_path, file):
    with plain_server(tmp_path, file) as server:
        api = API(server.port)
        reload(server, file, "rate_logins_per_minute = 2\nrate_connections_per_minute = 0\n",
               "rate_connections.*\n")
        codes = [api.log_in("admin", "wrong password").status for _ in range(3)]
        assert codes == [400, 400, 429]


def plain_server(folder, file):
    """A server whose settings are the file's alone."""
    return Process(
        [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", folder / "data", "--config", file,
         "--set", "password_rounds=100000"],
        folder / "log", environment(CONCORD_ADMIN_PASSWORD=ADMIN_PASSWORD))


def test_metrics_are_hidden_while_it_runs(server, file):
    assert API(server.port).get("/metrics").status == 200
    reload(server, file, "metrics = off\n", "metrics.*\n")
    assert API(server.port).get("/metrics").status == 404


def test_a_timeout_counts_for_those_who_wait_already(server, file):
    with Wire(server.port) as silent:
        assert not silent.closes(0.3)
        reload(server, file, "idle_timeout = 1\n")
        assert silent.closes(3)


def test_what_needs_a_restart_is_said_and_left(server, file):
    log = reload(server, file, "connections = 100\nmetrics = open\n", "metrics.*\n")
    assert "connections = 100 needs a restart; until then it is 256" in log
    assert "metrics = open is taken; it was local" in log
    assert b"concord_connections_max 256" in API(server.port).get("/metrics").body


def test_a_profile_needs_a_restart_with_all_that_it_sets(server, file):
    log = reload(server, file, "profile = zero\n", "database_cache.*\n|addresses.*\n")
    assert "profile = zero needs a restart" in log
    assert "input_buffers = 16 needs a restart; until then it is 64" in log


@pytest.mark.parametrize("text, words", [
    ("registration = closed\nmetrics = perhaps\n", ["metrics", "line 2", "off, local or open"]),
    ("registration = closed\ncolour = blue\n", ["colour", "line 2"]),
    ("registration = closed\nnonsense\n", ["nonsense", "line 2"]),
    ("registration = closed\npassword_bytes_min = 200\npassword_bytes_max = 20\n",
     ["password_bytes_min"]),
])
def test_of_a_file_with_a_mistake_nothing_is_taken(server, file, text, words):
    log = reload(server, file, text)
    assert "nothing is taken" in log
    assert all(word in log for word in words)
    assert API(server.port).register("somebody").status == 200


def test_a_file_that_is_gone_changes_nothing(server, file):
    file.unlink()
    start = server.log_path.stat().st_size
    server.child.send_signal(signal.SIGHUP)
    server.wait_for_log("nothing is taken: cannot read", start=start)
    assert API(server.port).register("somebody").status == 200


def own_memory(server):
    """KiB that are in use, without the pages of the program itself."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1])


def test_nobody_is_cut_off_and_nothing_is_kept(server, file, connect):
    """Two hundred reloads leave a client where it is and the memory as it was."""
    admin = Member(server.port, "admin", ADMIN_PASSWORD)
    client = connect(admin)
    # Until the program's pages that a reload needs are all back, which are given up at the start.
    for number in range(200):
        reload(server, file, f"idle_timeout = {number + 50}\n")
    before = own_memory(server)
    for number in range(200):
        reload(server, file, f"idle_timeout = {number + 100}\n")
    assert own_memory(server) - before < 16
    assert server.stats()["allocations"] == 0
    client.send(type="chat_written", channelId=admin.channel("general"), content="still here")
    assert client.next_chat("still here")


def test_on_a_terminal_it_ends_the_server(tmp_path):
    """There SIGHUP says that the terminal is gone."""
    primary, secondary = pty.openpty()
    child = subprocess.Popen(
        [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", tmp_path / "data"],
        stdin=secondary, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=environment(CONCORD_ADMIN_PASSWORD=ADMIN_PASSWORD))
    os.close(secondary)
    while "listening" not in child.stdout.readline():
        assert child.poll() is None
    child.send_signal(signal.SIGHUP)
    assert child.wait(10) == 0
    os.close(primary)
