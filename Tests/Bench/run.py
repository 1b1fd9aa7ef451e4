#!/usr/bin/env python3
"""Measures what the server costs, beside the least that a broadcast over epoll can cost.

Prints Markdown. Needs cc, strace and valgrind; the server is build/concord or
$CONCORD_BINARY. Everything runs on loopback, in folders of its own.
"""

import argparse
import resource
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import measures
import peers
import secure


@dataclass(frozen=True)
class Extent:
    """How long and how often to measure."""

    rounds: int
    seconds: float
    idle_clients: tuple
    messages: int
    callgrind_windows: tuple
    starts: int


FULL = Extent(5, 3, (0, 1, 100, 1000, 5000), 2000, (10, 110), 20)
QUICK = Extent(1, 1, (0, 1, 100, 1000), 300, (5, 35), 5)


def table(headings, rows):
    print("| " + " | ".join(headings) + " |")
    print("|---" * len(headings) + "|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)
    print()


def print_throughput(concord, extent):
    print("## Deliveries per server CPU-second\n")
    floor = measures.floor_like(concord)
    print(f"Payload of a delivery: {floor.payload_bytes} bytes; medians of {extent.rounds} "
          f"interleaved rounds of {extent.seconds} s.\n")
    results = measures.throughput(concord, floor, extent.rounds, extent.seconds)
    table(
        ["clients", "senders", "in flight each", "floor", "concord", "ratio",
         "with the catalogue", "floor p50 / p99, ms", "concord p50 / p99, ms"],
        ([*r["scenario"], f"{r['floor']:,.0f}", f"{r['concord']:,.0f}", f"{r['ratio']:.2f}",
          f"{r['ratio_in_all']:.2f}",
          f"{r['floor_p50'] / 1000:.2f} / {r['floor_p99'] / 1000:.2f}",
          f"{r['p50'] / 1000:.2f} / {r['p99'] / 1000:.2f}"] for r in results))


def print_hidden(concord, extent):
    print("## Deliveries per server CPU-second, with nonces in a channel that is hidden from some\n")
    table(["clients", "senders", "in flight each", "open", "hidden, with nonces", "ratio"],
          ([*scenario, f"{plain:,.0f}", f"{hidden:,.0f}", f"{ratio:.2f}"]
           for scenario, plain, hidden, ratio in
           measures.hidden(concord, extent.rounds, extent.seconds)))


def print_memory(concord, extent):
    print("## Resident memory\n")
    print("The first client brings in the code that serves clients; what each further one adds "
          "is counted from there.\n")
    first = None
    rows = []
    for clients, rss in measures.memory(concord, extent.idle_clients):
        first = rss if clients == 1 else first
        each = f"{(rss - first) / (clients - 1):,.0f}" if clients > 1 else "–"
        rows.append((f"{clients:,}", f"{rss / 1e6:.2f}", each))
    table(["idle clients", "RSS, MB", "bytes per further connection"], rows)


def print_allocations(concord, extent):
    print("## Allocations after the first accept\n")
    count, result = measures.allocations(concord, extent.seconds)
    table(["messages", "deliveries", "allocations"],
          [(f"{result['messages']:,}", f"{result['deliveries']:,}", count)])


def print_storage(concord, extent):
    print("## Storage, per message\n")
    table(["senders", "in flight each", "database growth, bytes", "written, bytes",
           "written to the disk, bytes", "syncs"],
          ([*r["scenario"], f"{r['database']:,.0f}", f"{r['written']:,.0f}",
            f"{r['disk']:,.0f}" if r["disk"] else "–", f"{r['syncs']:.3f}"]
           for r in measures.storage(concord, extent.messages)))


def print_beside_floor(concord, measure, *extent):
    floor = measures.floor_like(concord)
    pairs = zip(measure(floor, *extent), measure(concord, *extent), strict=True)
    table(["in flight", "floor", "concord"],
          ((in_flight, f"{least:.3f}", f"{ours:.3f}") for (in_flight, least), (_, ours) in pairs))


def print_system_calls(concord, extent):
    print("## System calls per delivery, 1,000 clients\n")
    print_beside_floor(concord, measures.system_calls, extent.messages)


def print_instructions(concord, extent):
    print("## User-space instructions per delivery, 1,000 clients\n")
    print_beside_floor(concord, measures.instructions, *extent.callgrind_windows)


def print_start(concord, extent):
    print("## From exec to accepting\n")
    times = list(measures.start_times(concord, extent.messages * 5, extent.starts))
    table(["chats in the database", "median, ms", "slowest, ms"],
          [(f"{extent.messages * 5:,}", f"{statistics.median(times):.1f}", f"{max(times):.1f}")])


def print_tls(concord, extent):
    print("## TLS beside plain connections\n")
    bench = secure.Bench(concord)
    table(["clients", "senders", "in flight each", "plain, deliveries per CPU-second",
           "TLS, deliveries per CPU-second", "ratio", "plain p50 / p99, ms", "TLS p50 / p99, ms"],
          ([*r["scenario"], f"{r['plain']:,.0f}", f"{r['tls']:,.0f}", f"{r['ratio']:.2f}",
            f"{r['plain_p50'] / 1000:.2f} / {r['plain_p99'] / 1000:.2f}",
            f"{r['tls_p50'] / 1000:.2f} / {r['tls_p99'] / 1000:.2f}"]
           for r in bench.throughput(extent.rounds, extent.seconds)))
    table(["key", "full handshakes per CPU-second", "with a ticket"],
          ((kind, f"{full:,.0f}", f"{resumed:,.0f}")
           for kind, full, resumed in bench.handshakes(extent.messages // 4)))
    table(["idle clients", "plain, bytes each", "TLS, bytes each"],
          ((count, f"{plain:,.0f}", f"{tls:,.0f}") for count, plain, tls in bench.memory(200)))
    table(["key", "p50 / p99 without, ms", "p50 / p99 while 50 shake hands, ms",
           "handshakes meanwhile"],
          ((kind, f"{a['p50_us'] / 1000:.2f} / {a['p99_us'] / 1000:.2f}",
            f"{b['p50_us'] / 1000:.2f} / {b['p99_us'] / 1000:.2f}", shaken)
           for kind, a, b, shaken in bench.storm(extent.seconds * 2)))


SECTIONS = {
    "throughput": print_throughput,
    "hidden": print_hidden,
    "memory": print_memory,
    "allocations": print_allocations,
    "storage": print_storage,
    "system-calls": print_system_calls,
    "instructions": print_instructions,
    "start": print_start,
    "tls": print_tls,
}


def raise_file_limit():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = peers.CONNECTIONS + 200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        sys.exit(f"at least {wanted} open files are needed (ulimit -n); {hard} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of everything")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="this section alone")
    options = parser.parse_args()
    raise_file_limit()
    peers.build()
    extent = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory(prefix="concord-bench-") as workplace:
        template = peers.Template(Path(workplace) / "template")
        concord = peers.Peer("concord", workplace, template)
        for name in options.only or SECTIONS:
            SECTIONS[name](concord, extent)


if __name__ == "__main__":
    main()
