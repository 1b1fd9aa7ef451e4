"""Machines for `concord doctor`: folders of files, looked at with --root."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.process import BINARY, PATIENCE, Server, environment
from support.program import MACHINE

PORT = 8080
PORT_TLS = 8443


class Machine:
    """A machine without a flaw, as files; the tests change one at a time."""

    def __init__(self, root, data):
        self.root = root
        self.data = data
        self.write("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
        self.write("proc/sys/kernel/arch", MACHINE + "\n")
        self.write("proc/sys/kernel/hostname", "attic\n")
        self.write("proc/meminfo", self.memory(900_000, 500_000))
        self.write("proc/net/tcp", self.sockets())
        self.write("proc/self/mountinfo", self.mounts("ext4"))
        self.write("run/systemd/timesync/synchronized", "")
        self.write("run/avahi-daemon/pid", "1\n")
        self.write("sys/class/net/eth0/address", "")

    def write(self, path, text):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def remove(self, path):
        (self.root / path).unlink()

    @staticmethod
    def memory(total, available):
        return f"MemTotal: {total} kB\nMemFree: 1 kB\nMemAvailable:  {available} kB\n"

    @staticmethod
    def sockets(*ports, state="0A"):
        head = "  sl  local_address rem_address   st tx_queue rx_queue\n"
        return head + "".join(
            f"   {n}: 00000000:{port:04X} 00000000:0000 {state} 00000000:00000000\n"
            for n, port in enumerate(ports))

    def mounts(self, kind, options="rw,relatime"):
        """The root on ext4, and the data folder on a file system of its own."""
        return (f"22 1 179:2 / / rw,noatime shared:1 - ext4 /dev/root rw\n"
                f"36 22 0:31 / {self.data.resolve()} {options} shared:9 - {kind} none rw\n")

    def doctor(self, *arguments, listen=f"*:{PORT}", wrapper=(), binary=BINARY, **settings):
        command = [*wrapper, binary, "doctor", "--root", self.root, "--config", "/dev/null",
                   "--data", self.data, "--listen", listen, *arguments]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=60 * PATIENCE, env=environment(), check=False)
        return Report(result)


class Report:
    RANKS = {"ok": 0, "note": 1, "FIX": 2}

    def __init__(self, result):
        self.code = result.returncode
        self.text = result.stdout + result.stderr
        self.findings = {}
        for match in re.finditer(r"^(ok  |note|FIX ) +(\w+) +(.*)\n(?: +-> (.*)\n)?", self.text, re.M):
            verdict, subject, text, remedy = match.groups()
            found = (verdict.strip(), text, remedy)
            # Of several of a kind, such as two ports, the first that is worst.
            self.findings[subject] = max(
                self.findings.get(subject, found), found, key=lambda each: self.RANKS[each[0]])

    def good(self, subject, *words):
        return self.found("ok", subject, *words)

    def advises(self, subject, *words):
        """It works, so the code is 0, and something is proposed."""
        assert self.code == 0, self.text
        return self.found("note", subject, *words)

    def repairs(self, subject, *words):
        """Only this is wrong, so it is what makes the code 1."""
        wrong = [name for name, finding in self.findings.items() if finding[0] == "FIX"]
        assert (self.code, wrong) == (1, [subject]), self.text
        return self.found("FIX", subject, *words)

    def found(self, verdict, subject, *words):
        finding = self.findings[subject]
        assert finding[0] == verdict, self.text
        assert all(word in " ".join(filter(None, finding)) for word in words), self.text
        assert bool(finding[2]) == (verdict != "ok"), "a remedy where there is something to do"
        return True


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The data of a server that has run."""
    folder = tmp_path_factory.mktemp("template")
    with Server(folder, {"password_rounds": 100_000}) as server:
        server.terminate()
        return server.data


@pytest.fixture
def board(tmp_path, template):
    data = tmp_path / "data"
    shutil.copytree(template, data)
    return Machine(tmp_path / "root", data)


@contextlib.contextmanager
def owned_by(uid, board):
    """The board's data in a folder of that user's: pytest's own let nobody else through."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)
        board.data = Path(shutil.move(board.data, folder))
        for path in [board.data, *board.data.iterdir()]:
            os.chown(path, uid, uid)
        yield board
