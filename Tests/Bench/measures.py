"""What is measured. Each function starts its own servers, ends them, and returns numbers."""

import os
import re
import signal
import socket
import statistics
import subprocess
import time
from pathlib import Path

import peers

UNBOUNDED = 10**9
SCENARIOS = [
    (clients, senders, in_flight)
    for clients in (100, 1000) for senders in (1, 10) for in_flight in (1, 16)
]


def floor_like(concord):
    """The floor, broadcasting frames of the size of this server's chat_sent."""
    with concord.start() as server, concord.load(server, 1, 1) as load:
        size = load.run(10, 10)["payload_bytes"]
    return peers.Peer("floor", concord.workplace, payload_bytes=size)


def throughput_once(peer, clients, senders, in_flight, seconds, hidden=False):
    """Deliveries per CPU-second of the server, and the load generator's own report.

    The second figure has the work in it that was put off until there was time.
    """
    with peer.start() as server, peer.load(
            server, clients, senders, in_flight, hidden=hidden) as load:
        load.run(UNBOUNDED, 0.3)
        before = peers.cpu_seconds(server.pid)
        result = load.run(UNBOUNDED, seconds)
        at_once = peers.cpu_seconds(server.pid) - before
        in_all = peers.settled_cpu_seconds(server.pid) - before
        return result["deliveries"] / at_once, result["deliveries"] / in_all, result


def throughput(concord, floor, rounds, seconds):
    """For each scenario the medians over interleaved rounds."""
    for scenario in SCENARIOS:
        runs = [(throughput_once(floor, *scenario, seconds),
                 throughput_once(concord, *scenario, seconds)) for _ in range(rounds)]
        median = statistics.median
        yield {
            "scenario": scenario,
            "floor": median(f[0] for f, _ in runs),
            "concord": median(c[0] for _, c in runs),
            "ratio": median(c[0] / f[0] for f, c in runs),
            "ratio_in_all": median(c[1] / f[1] for f, c in runs),
            "floor_p50": median(f[2]["p50_us"] for f, _ in runs),
            "floor_p99": median(f[2]["p99_us"] for f, _ in runs),
            "p50": median(c[2]["p50_us"] for _, c in runs),
            "p99": median(c[2]["p99_us"] for _, c in runs),
        }


def hidden(concord, rounds, seconds):
    """The same with a nonce in each message and in a channel that not everyone may see, beside
    the same without, in interleaved rounds."""
    for scenario in SCENARIOS:
        runs = [(throughput_once(concord, *scenario, seconds)[0],
                 throughput_once(concord, *scenario, seconds, hidden=True)[0])
                for _ in range(rounds)]
        median = statistics.median
        yield (scenario, median(o for o, _ in runs), median(h for _, h in runs),
               median(h / o for o, h in runs))


def memory(concord, counts):
    """Resident bytes with so many idle clients, each count on a fresh server."""
    for clients in counts:
        with concord.start() as server:
            if clients == 0:
                time.sleep(0.5)
                yield clients, peers.rss_bytes(server.pid)
            else:
                with concord.load(server, clients):
                    yield clients, peers.rss_bytes(server.pid)


def allocations(concord, seconds):
    """The server's own allocations since its first accept, after a load."""
    with concord.start() as server, concord.load(server, 100, 10, 16) as load:
        result = load.run(UNBOUNDED, seconds)
        return server.stats()["allocations"], result


class SystemCalls:
    """Counts the system calls of a process while the block runs (strace -c)."""

    def __init__(self, pid, folder, only=None):
        self.output = Path(folder) / "strace"
        command = ["strace", "-f", "-c", "-o", self.output, "-p", str(pid)]
        self.command = command + (["-e", "trace=" + only] if only else [])
        self.calls = {}

    def __enter__(self):
        self.child = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)
        line = self.child.stderr.readline()
        if "attached" not in line:
            self.child.wait(10)
            raise RuntimeError(line)
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGINT)
        self.child.wait(10)
        for line in self.output.read_text().splitlines():
            match = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
            if match and match[2] != "total":
                self.calls[match[2]] = int(match[1])


def storage(concord, messages):
    """Per message: growth of the database, bytes written, bytes that reached the disk with what the
    file system adds (and others write meanwhile), and syncs."""
    for senders, in_flight in ((1, 1), (10, 16)):
        with concord.start() as server, concord.load(server, 10, senders, in_flight) as load:
            load.run(100, 10)
            os.sync()
            size, written = folder_bytes(server.data), peers.storage_bytes(server.pid)
            disk = peers.device_bytes(server.data)
            load.run(messages, 60)
            size = folder_bytes(server.data) - size
            written = peers.storage_bytes(server.pid) - written
            disk = disk and peers.device_bytes(server.data) - disk
            with SystemCalls(server.pid, server.data.parent, "fsync,fdatasync") as trace:
                sent = load.run(messages, 60)["messages"]
            yield {
                "scenario": (senders, in_flight),
                "database": size / messages,
                "written": written / messages,
                "disk": disk and disk / messages,
                "syncs": sum(trace.calls.values()) / sent,
            }


def folder_bytes(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


def system_calls(peer, messages):
    """System calls per delivery with 1,000 clients: one in flight, ten, 160."""
    for senders, in_flight in ((1, 1), (10, 1), (10, 16)):
        with peer.start() as server, peer.load(server, 1000, senders, in_flight) as load:
            load.run(20, 10)
            with SystemCalls(server.pid, server.log_path.parent) as trace:
                result = load.run(messages, 60)
            yield senders * in_flight, sum(trace.calls.values()) / result["deliveries"]


def instructions(peer, few, many):
    """User-space instructions per delivery with 1,000 clients, by callgrind.

    A run in which every slot in flight is used `many` times less one with `few`: so that
    starting and connecting do not count.
    """
    for senders, in_flight in ((1, 1), (10, 16)):
        small = instructions_once(peer, senders, in_flight, senders * in_flight * few)
        large = instructions_once(peer, senders, in_flight, senders * in_flight * many)
        yield senders * in_flight, (large[0] - small[0]) / (large[1] - small[1])


def instructions_once(peer, senders, in_flight, messages):
    callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    patient = {"request_timeout": 120, "ping_interval": 600, "ping_timeout": 600}
    with peer.start(callgrind, patient, timeout=120) as server:
        with peer.load(server, 1000, senders, in_flight) as load:
            deliveries = load.run(messages, 300)["deliveries"]
        server.terminate(60)
        return int(re.search(r"Collected : (\d+)", server.log)[1]), deliveries


def start_times(concord, chats, repetitions):
    """Milliseconds from exec to an accepted connection, on a database with so many chats."""
    with concord.start() as server:
        with concord.load(server, 10, 10, 16) as load:
            load.run(chats, 60)
        server.terminate()
        folder = server.log_path.parent
    port = peers.free_port()
    for _ in range(repetitions):
        began = time.perf_counter()
        with peers.Server(folder, peers.SETTINGS, port=port, ready=None) as server:
            wait_for_accept(port)
            yield (time.perf_counter() - began) * 1000
            server.terminate()


def wait_for_accept(port, timeout=30):
    deadline = time.perf_counter() + timeout
    while time.perf_counter() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.0002)
    raise RuntimeError("the server does not accept")
