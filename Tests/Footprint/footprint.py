"""What the server takes of a board, profile by profile: measured, kept, and compared.

Each profile has one server of its own: it is started, filled with clients, made to chat, and left by
all of them at once. Needs cc and strace; the server is build/concord or $CONCORD_BINARY.
"""

import json
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Bench"))

import measures  # noqa: E402
import peers  # noqa: E402
from support.process import BINARY, Server  # noqa: E402
from tls_clients import TLSClients, knows_tls, tls_settings  # noqa: E402

FIGURES = HERE / "figures.json"
CLIENTS = {"zero": 64, "small": 256, "large": 4096}
# Written while a profile is full: enough to have every client and buffer at work.
CHATTED = 250
DAY = 86_400


class Workplace:
    """A folder with the data of members who can log in, copied for each server."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="concord-footprint-"))
        peers.build()
        self.template = peers.Template(
            self.folder / "template", {"password_rounds": 100_000})
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def start(self, profile, settings=None):
        folder = Path(tempfile.mkdtemp(prefix=f"{profile}-", dir=self.folder))
        self.template.copy(folder)
        return Server(folder, {"profile": profile} | (settings or {}), timeout=30)

    def load(self, server, clients, senders=0):
        return peers.Load(server.port, clients, senders, 1, self.template)


def settled_rss(server, connections):
    """Resident bytes once so many are connected and nothing moves any more."""
    deadline = time.monotonic() + 30
    while server.stats()["connections"] != connections:
        if time.monotonic() > deadline:
            raise RuntimeError(f"not {connections} connections: {server.stats()}")
        time.sleep(0.05)
    time.sleep(0.5)
    return peers.rss_bytes(server.pid)


def memory(workplace, profile):
    """Resident bytes of a server without TLS, from its start to after the storm."""
    clients = CLIENTS[profile]
    with workplace.start(profile) as server:
        # It says where it listens before it lets go of what only its start needed.
        time.sleep(1)
        figures = {"at start": peers.rss_bytes(server.pid)}
        with workplace.load(server, 1):
            pass
        figures["0 %"] = settled_rss(server, 0)
        with ExitStack() as stack:
            stack.enter_context(workplace.load(server, clients // 2))
            figures["50 %"] = settled_rss(server, clients // 2)
            full = stack.enter_context(workplace.load(server, clients // 2, senders=1))
            figures["100 %"] = settled_rss(server, clients)
            full.run(CHATTED, 120)
            figures["100 %, chatting"] = settled_rss(server, clients)
        figures["after the storm"] = storm(workplace, server, clients)
        return figures


def storm(workplace, server, clients):
    """All come back and are cut off at once, three times."""
    for _ in range(3):
        with workplace.load(server, clients) as load:
            load.child.kill()
        settled_rss(server, 0)
    return settled_rss(server, 0)


def secure_memory(workplace, profile):
    """The same over TLS, as far as there are places for it."""
    with ExitStack() as stack:
        server = stack.enter_context(
            workplace.start(profile, tls_settings(workplace.folder)))
        clients = stack.enter_context(TLSClients(server, workplace.template))
        figures = {"TLS, 0 %": settled_rss(server, 0)}
        for share in (50, 100):
            clients.connect_until(clients.places * share // 100)
            figures[f"TLS, {share} %"] = settled_rss(server, clients.places * share // 100)
        return figures


def storage(workplace, profile):
    """Bytes written to the disk and syncs per thousand messages, each sent after the other."""
    with workplace.start(profile) as server, workplace.load(server, 10, senders=1) as load:
        load.run(100, 30)
        before = peers.storage_bytes(server.pid)
        load.run(1000, 120)
        written = peers.storage_bytes(server.pid) - before
        with measures.SystemCalls(server.pid, server.data.parent, "fsync,fdatasync") as trace:
            load.run(250, 120)
    return {"bytes written": written, "syncs": 4 * sum(trace.calls.values())}


def idleness(workplace, profile, seconds):
    """The same for a day of silence with half the clients there, from so many seconds of it.

    They are pinged every few seconds. Nothing else recurs that a longer span would show: how long
    the server has run is kept when a token is shown, which ClockTests see over 24 hours.
    """
    settings = {"ping_interval": 5}
    clients = CLIENTS[profile] // 2
    with workplace.start(profile, settings) as server, workplace.load(server, clients):
        time.sleep(2)
        before = peers.storage_bytes(server.pid)
        with measures.SystemCalls(
                server.pid, server.data.parent, "fsync,fdatasync,write,pwrite64") as trace:
            time.sleep(seconds)
        written = peers.storage_bytes(server.pid) - before
        calls = sum(trace.calls.values())
        if server.stats()["connections"] != clients:
            raise RuntimeError("the silent clients did not stay")
    return {"bytes written, idle day": written * DAY // int(seconds),
            "writes and syncs, idle day": calls * DAY // int(seconds)}


def measure(idle_seconds):
    """All figures: {profile: {name: number}}, and "binary" for what is no profile's."""
    figures = {"binary": {"bytes": BINARY.stat().st_size}}
    with Workplace() as workplace:
        for profile in CLIENTS:
            figures[profile] = memory(workplace, profile)
            if knows_tls():
                figures[profile] |= secure_memory(workplace, profile)
            figures[profile] |= storage(workplace, profile)
        with ThreadPoolExecutor() as pool:
            silent = {profile: pool.submit(idleness, workplace, profile, idle_seconds)
                      for profile in CLIENTS}
        for profile, result in silent.items():
            figures[profile] |= result.result()
    return figures


def kept():
    return json.loads(FIGURES.read_text())


def grown(old, new):
    """The figures that are more than a tenth above what was kept, as sentences."""
    for profile, figures in old.items():
        for name, figure in figures.items():
            now = new[profile][name]
            if now > figure * 1.1:
                yield f"{profile}, {name}: {now:,} where {figure:,} was kept"

