"""What TLS costs, each beside the same without it in the same run."""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import measures
import peers
from support.tls import Authority, connect, tls_port

# Clients, senders, in flight each.
SCENARIOS = [(100, 1, 1), (100, 10, 16), (500, 10, 16)]
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
STORM = Path(__file__).with_name("storm.py")


class Bench:
    """Servers with certificates of an authority of their own."""

    def __init__(self, concord):
        self.concord = concord
        self.authority = Authority(Path(tempfile.mkdtemp(prefix="tls-", dir=concord.workplace)))

    def start(self, kind="p256"):
        return self.concord.start(
            settings=self.authority.settings(kind) | {"tls_connections": 600})

    def run(self, scenario, seconds, trusted):
        """Deliveries per CPU-second of the server, and the load generator's report."""
        with self.start() as server, self.concord.load(server, *scenario, trusted=trusted) as load:
            load.run(measures.UNBOUNDED, 0.3)
            before = peers.cpu_seconds(server.pid)
            result = load.run(measures.UNBOUNDED, seconds)
            return result["deliveries"] / (peers.cpu_seconds(server.pid) - before), result

    def throughput(self, rounds, seconds):
        """For each scenario the medians over interleaved rounds."""
        median = statistics.median
        for scenario in SCENARIOS:
            runs = [(self.run(scenario, seconds, None),
                     self.run(scenario, seconds, self.authority.trusted)) for _ in range(rounds)]
            yield {
                "scenario": scenario,
                "plain": median(p[0] for p, _ in runs),
                "tls": median(t[0] for _, t in runs),
                "ratio": median(t[0] / p[0] for p, t in runs),
                "plain_p50": median(p[1]["p50_us"] for p, _ in runs),
                "plain_p99": median(p[1]["p99_us"] for p, _ in runs),
                "tls_p50": median(t[1]["p50_us"] for _, t in runs),
                "tls_p99": median(t[1]["p99_us"] for _, t in runs),
            }

    def handshakes(self, count):
        """Of each kind of key: per CPU-second of the server, in full and with a ticket."""
        context = self.authority.context()
        for kind in ("p256", "rsa"):
            with self.start(kind) as server:
                port = tls_port(server)
                session = shake_hands(port, context)
                before = peers.cpu_seconds(server.pid)
                for _ in range(count):
                    shake_hands(port, context)
                middle = peers.cpu_seconds(server.pid)
                for _ in range(count):
                    shake_hands(port, context, session)
                after = peers.cpu_seconds(server.pid)
                assert server.stats()["tls_resumed"] == count
            yield kind, count / (middle - before), count / (after - middle)

    def memory(self, count):
        """Resident bytes of each idle client."""
        with self.start() as server:
            base = peers.rss_bytes(server.pid)
            with self.concord.load(server, count):
                plain = peers.rss_bytes(server.pid) - base
        with self.start() as server:
            base = peers.rss_bytes(server.pid)
            with self.concord.load(server, count, trusted=self.authority.trusted):
                tls = peers.rss_bytes(server.pid) - base
        yield count, plain / count, tls / count

    def storm(self, seconds):
        """A message between two clients over TLS, without and with fifty who shake hands."""
        trusted = self.authority.trusted
        for kind in ("p256", "rsa"):
            with self.start(kind) as server, \
                    self.concord.load(server, 2, 1, 1, trusted=trusted) as load:
                calm = load.run(measures.UNBOUNDED, seconds)
                before = server.stats()["tls_handshakes"]
                crowd = subprocess.Popen(
                    [sys.executable, STORM, str(tls_port(server)), trusted, str(seconds + 1)],
                    stdout=subprocess.PIPE, text=True)
                peers.pin(crowd.pid, 1)
                assert crowd.stdout.readline() == "ready\n"
                stormy = load.run(measures.UNBOUNDED, seconds)
                shaken = server.stats()["tls_handshakes"] - before
                crowd.wait(30)
            yield kind, calm, stormy, shaken


def shake_hands(port, context, session=None):
    """One connection with a request; the session that it may come back with."""
    with connect(port, context, session=session) as connection:
        connection.sendall(REQUEST)
        while connection.recv(65536):
            pass
        return connection.session
