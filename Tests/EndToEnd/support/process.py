"""Starts, watches and always ends one server process on loopback."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("CONCORD_BINARY", ROOT / "build" / "concord"))
# A script that starts the program under an emulator of its processor (Board/build).
IS_EMULATED = BINARY.is_file() and BINARY.read_bytes()[:2] == b"#!"
# How much longer a test waits there for what must come: an emulator is that much slower.
PATIENCE = 6 if IS_EMULATED else 1
ECHO_BINARY = Path(os.environ.get("CONCORD_ECHO_BINARY", BINARY.with_name("concord-echo")))
ADMIN_PASSWORD = "the first administrator's secret"
LISTENING = re.compile(r"listening on http://127\.0\.0\.1:(\d+)")
NO_RATES = {
    "rate_messages_per_minute": 0,
    "rate_changes_per_minute": 0,
    "rate_marks_per_minute": 0,
    "rate_searches_per_minute": 0,
    "rate_logins_per_minute": 0,
    "rate_registrations_per_hour": 0,
    "rate_connections_per_minute": 0,
    "connections_per_address": 0,
    "connections_per_user": 0,
}


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(**extra):
    """The caller's environment without settings of its own, plus `extra`."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CONCORD_")}
    return clean | extra


class Process:
    """A child process whose output goes to a log file."""

    def __init__(self, command, log_path, env=None, ready=LISTENING, timeout=15,
                 pass_fds=()):
        self.log_path = Path(log_path)
        self.port = None
        with open(self.log_path, "ab") as log:
            start = log.tell()
            self.child = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, env=env, pass_fds=pass_fds)
        if ready:
            try:
                found = self.wait_for_log(ready, timeout, start)
                self.port = int(found[1]) if found.groups() else None
            except BaseException:
                self.kill()
                raise

    @property
    def pid(self):
        return self.child.pid

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_for_log(self, pattern, timeout=5, start=0):
        """The first match of `pattern` in what was logged from byte `start` on."""
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            ended = self.child.poll() is not None
            text = self.log_path.read_bytes()[start:].decode(errors="replace")
            match = re.search(pattern, text)
            if match:
                return match
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"{pattern!r} was not logged; the log:\n{text[-4000:]}")
            time.sleep(0.01)

    def terminate(self, timeout=10 * PATIENCE):
        """Asks it to end (SIGTERM) and returns its exit code."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        return self.wait(timeout)

    def wait(self, timeout=10 * PATIENCE):
        return self.child.wait(timeout)

    def kill(self):
        """Ends it at once (SIGKILL); harmless when it has ended."""
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


class Server(Process):
    """`concord serve` on a port of 127.0.0.1, with no rate limits and without TLS unless `settings`
    say so."""

    def __init__(self, folder, settings=None, port=0, data=None, binary=None, wrapper=(),
                 password=ADMIN_PASSWORD, arguments=(), ready=LISTENING, timeout=15,
                 variables=None, pass_fds=()):
        folder = Path(folder)
        self.data = Path(data) if data else folder / "data"
        command = [*wrapper, binary or BINARY, "serve", "--listen", f"127.0.0.1:{port}",
                   "--data", self.data]
        chosen = NO_RATES | {"tls": "off"} | (settings or {})
        self.speaks_tls = chosen["tls"] != "off"
        for key, value in chosen.items():
            command += ["--set", f"{key}={value}"]
        command += arguments
        env = environment(**variables or {})
        if password:
            env["CONCORD_ADMIN_PASSWORD"] = password
        super().__init__(command, folder / "server.log", env, ready, timeout, pass_fds)

    def stats(self, timeout=5):
        """The figures of the line that SIGUSR1 makes the server log, as numbers."""
        start = self.log_path.stat().st_size
        self.child.send_signal(signal.SIGUSR1)
        line = self.wait_for_log(r"stats (.*\w=.*)\n", timeout, start).group(1)
        return {key: int(value) for key, value in re.findall(r"(\w+)=(-?\d+)", line)}

    def query(self, sql):
        """The rows that its database gives to a reader from outside."""
        with closing(sqlite3.connect(f"file:{self.data}/concord.db?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchall()

    def alter(self, sql, *values):
        """Changes its data from outside, as if they had stood so from before."""
        with closing(sqlite3.connect(f"file:{self.data}/concord.db", uri=True)) as database:
            with database:
                database.execute(sql, values)

    def wait_until_alone(self):
        """Until it has noticed that all who were connected are gone."""
        while self.stats()["connections"] > 0:
            time.sleep(0.05)
