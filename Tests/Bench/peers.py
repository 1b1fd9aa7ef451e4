"""The three programs of the benchmark: concord, the floor, and the load generator."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "bench"
sys.path.insert(0, str(HERE.parent / "EndToEnd"))

from support.process import ADMIN_PASSWORD, Process, Server, free_port  # noqa: E402
from support.rest import API, Member  # noqa: E402
from support.tls import tls_port  # noqa: E402

USERS = 50
CONNECTIONS = 5100
SETTINGS = {"connections": CONNECTIONS, "durability": "full"}


def build():
    """Compiles the floor and the load generator."""
    BUILD.mkdir(parents=True, exist_ok=True)
    tls = HERE.parent / "TLSClient"
    compile_c("floor", HERE / "floor.c")
    compile_c("load", HERE / "load.c", tls / "TLSClient.c", "-I", tls / "include",
              "-lmbedtls", "-lmbedx509", "-lmbedcrypto")


def compile_c(name, *arguments):
    subprocess.run(["cc", "-O2", "-std=gnu11", "-Wall", "-Wextra", *arguments,
                    "-o", BUILD / name], check=True)


def pin(pid, core):
    """Keeps a process on one core, so that server and load do not share one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(pid, {cores[core % len(cores)]})


def cpu_seconds(pid):
    """CPU time of all threads of a process, to the nanosecond (clock_getcpuclockid(3))."""
    return time.clock_gettime_ns(~pid << 3 | 2) / 1e9


def settled_cpu_seconds(pid):
    """The same, once the process has nothing left to do: half a second adds next to nothing."""
    used = cpu_seconds(pid)
    while True:
        time.sleep(0.5)
        before, used = used, cpu_seconds(pid)
        if used - before < 0.002:
            return used


def rss_bytes(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no VmRSS")


def storage_bytes(pid):
    """Bytes that a process caused to be written to a disk, counted in whole pages."""
    for line in Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    raise RuntimeError("no write_bytes")


def device_bytes(folder):
    """Bytes that all together had written to the disk that a folder is on; None if it is on none."""
    device = os.stat(folder).st_dev
    statistics = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")
    return int(statistics.read_text().split()[6]) * 512 if statistics.exists() else None


class Template:
    """A data folder with users in it, made once and copied for every run."""

    def __init__(self, folder, settings=SETTINGS):
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.tokens = self.folder / "tokens"
        self.folder.mkdir()
        with Server(self.folder, settings) as server:
            api = API(server.port)
            names = [f"member{i}" for i in range(USERS)]
            for name in names:
                api.register(name).ok()
            members = [Member(server.port, name) for name in names]
            self.tokens.write_text("".join(member.token + "\n" for member in members))
            self.channel = members[0].channel("general")
            self.hidden = self.hide_a_channel(Member(server.port, "admin", ADMIN_PASSWORD), api)
            server.terminate()

    @staticmethod
    def hide_a_channel(admin, api):
        """A channel that all but one member see, who is not there."""
        outsider = api.register("outsider").ok()["id"]
        channel = admin.post("/api/channels", {"name": "hidden"}).ok()["id"]
        denied = {"admin": False, "values": {"channel.view": -1}}
        answer = admin.request("PUT", f"/api/channels/{channel}/rights",
                               {"users": {str(outsider): denied}, "roles": {}})
        assert answer.status == 200
        return channel

    def copy(self, folder):
        shutil.copytree(self.data, folder / "data")


class Peer:
    """A way to start one of the two servers, freshly, as often as is needed."""

    def __init__(self, name, workplace, template=None, payload_bytes=0):
        self.name = name
        self.workplace = workplace
        self.template = template
        self.payload_bytes = payload_bytes

    def start(self, wrapper=(), settings=None, timeout=30):
        folder = Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=self.workplace))
        if self.template:
            self.template.copy(folder)
            server = Server(
                folder, SETTINGS | (settings or {}), wrapper=wrapper, timeout=timeout)
        else:
            server = Process(
                [*wrapper, BUILD / "floor", 0, self.payload_bytes], folder / "server.log",
                timeout=timeout)
        pin(server.pid, 0)
        return server

    def load(self, server, clients, senders=0, in_flight=1, trusted=None, hidden=False):
        """Clients of the port of TLS if they are to trust an authority; with nonces, and where one
        member may not look, if they are to be hidden."""
        port = tls_port(server) if trusted else server.port
        return Load(port, clients, senders, in_flight, self.template, trusted, hidden)


class Load:
    """The load generator with all its clients connected."""

    def __init__(
            self, port, clients, senders, in_flight, template, trusted=None, hidden=False):
        command = [BUILD / "load", "-p", port, "-n", clients, "-s", senders, "-k", in_flight]
        if template:
            channel = template.hidden if hidden else template.channel
            command += ["-c", channel, "-t", template.tokens]
        if hidden:
            command += ["-u"]
        if trusted:
            command += ["-a", trusted]
        self.child = subprocess.Popen(
            ["timeout", str(3600), *map(str, command)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        pin(self.child.pid, 1)
        if self.child.stdout.readline() != "ready\n":
            raise RuntimeError(f"{clients} clients could not connect")

    def run(self, messages, seconds):
        """Writes up to so many messages, for up to so long; returns what came of it."""
        self.child.stdin.write(f"run {messages} {seconds}\n")
        self.child.stdin.flush()
        result = json.loads(self.child.stdout.readline())
        if not result["complete"]:
            raise RuntimeError(f"deliveries are missing: {result}")
        return result

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.terminate()
            self.child.wait()

