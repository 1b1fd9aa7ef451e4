"""A Debian in a folder, running under its own systemd, with a network of its own."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from targets import ROOT

DEBIAN = ROOT / "build" / "debian"
BOOT = Path(__file__).with_name("boot")
DATA = Path("var/lib/concord")
# A systemd that does not finish is ended by hand.
BOOT_SECONDS = 60


@contextlib.contextmanager
def started(folder, package):
    """A Debian of the caller's own in `folder`, started, with the package as /root/concord.deb."""
    root = folder / "root"
    subprocess.run(["cp", "--archive", DEBIAN, root], check=True)
    shutil.copy(package, root / "root/concord.deb")
    with Machine(root) as machine:
        yield machine
    shutil.rmtree(root)


class Machine:
    """Boots the Debian in `root` and ends it with the `with` block."""

    def __init__(self, root):
        self.root = Path(root)

    def __enter__(self):
        self.holder = subprocess.Popen(
            [BOOT, self.root], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + BOOT_SECONDS
        # "degraded" is what a container's systemd calls a good start without all devices.
        while self.state() not in ("running", "degraded", "starting"):
            assert self.holder.poll() is None, "systemd did not start"
            assert time.monotonic() < deadline, "systemd did not come up"
            time.sleep(0.2)
        return self

    def __exit__(self, *_):
        # The kernel ends whatever is in the namespace with its first process.
        os.kill(self.init, signal.SIGKILL)
        self.holder.wait(30)

    @property
    def init(self):
        """The process number, seen from here, of what is number 1 in there."""
        children = Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children")
        return int(children.read_text().split()[0])

    def state(self):
        try:
            if Path(f"/proc/{self.init}/comm").read_text() != "systemd\n":
                return ""
        except (OSError, IndexError):
            return ""
        return self.run("systemctl", "is-system-running", check=False).stdout.strip()

    def words(self, *command, frontend="noninteractive"):
        """What to run here for a command to run in there; `frontend` is debconf's."""
        return ["nsenter", f"--target={self.init}", "--pid", "--mount", "--uts", "--ipc", "--net",
                "--cgroup", "--root", "--wd", "env", "--ignore-environment", "HOME=/root",
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin", f"DEBIAN_FRONTEND={frontend}",
                *map(str, command)]

    def run(self, *command, check=True):
        """Runs a command in there to its end."""
        result = subprocess.run(
            self.words(*command), capture_output=True, text=True, timeout=300,
            stdin=subprocess.DEVNULL, check=False)
        if check:
            assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        return result

    @property
    def curl(self):
        """This machine's, in the network in there."""
        return ["nsenter", f"--target={self.init}", "--net", "curl", "--silent", "--show-error",
                "--fail", "--max-time", "30", "--retry", "5", "--retry-connrefused"]

    def secure_status(self, path):
        """The status of an answer over TLS, to a client that trusts the server's own authority."""
        words = [*self.curl, "--cacert", self.root / "var/lib/concord/tls-ca.pem", "--output",
                 "/dev/null", "--write-out", "%{http_code}", f"https://localhost:8443{path}"]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    def request(self, path, body=None, token=None):
        """The answer of the server on port 8080 in there."""
        words = [*self.curl, f"http://127.0.0.1:8080{path}"]
        if body is not None:
            words += ["--data", body]
        if token:
            words += ["--header", f"Authorization: Bearer {token}"]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    def connect(self, other):
        """Joins both by a cable; this one is 10.0.0.1 on it, the other 10.0.0.2."""
        ends = [["nsenter", f"--target={each.init}", "--net", "ip"] for each in (self, other)]
        subprocess.run([*ends[0], "link", "add", "eth0", "type", "veth", "peer", "name", "eth0",
                        "netns", str(other.init)], check=True)
        for number, end in enumerate(ends, 1):
            address = f"10.0.0.{number}/24"
            subprocess.run([*end, "address", "add", address, "dev", "eth0"], check=True)
            subprocess.run([*end, "link", "set", "eth0", "up"], check=True)

    def token(self):
        """A token of the administrator, whose password is the one that was made up."""
        password = (self.root / DATA / "initial-admin-password").read_text().strip()
        body = json.dumps({"username": "admin", "password": password})
        return json.loads(self.request("/api/tokens", body))["token"]

    def say(self, text):
        bearer = self.token()
        channel = json.loads(self.request("/api/channels", token=bearer))[0]["id"]
        self.request(f"/api/channels/{channel}/chats", json.dumps({"content": text}), bearer)

    def said(self):
        chats = json.loads(self.request("/api/chats", token=self.token()))
        return [chat["content"] for chat in chats]

    def is_active(self, unit="concord.service"):
        return self.run("systemctl", "is-active", unit, check=False).stdout.strip() == "active"

    def property(self, name, unit="concord.service"):
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).stdout.strip()

    def wait_until(self, condition, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.run(
                "journalctl", "--unit=concord", "--lines=30", "--no-pager", check=False).stdout
            time.sleep(0.2)
