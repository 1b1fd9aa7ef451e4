"""Fifty clients that shake hands at once, again and again: storm.py PORT TRUSTED SECONDS"""

import ssl
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "EndToEnd"))

from support.tls import connect  # noqa: E402

CLIENTS = 50


def newcomer(port, context, begin, end):
    begin.wait()
    while time.monotonic() < end:
        connect(port, context).close()


def main():
    port, trusted, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    context = ssl.create_default_context(cafile=trusted)
    begin = threading.Barrier(CLIENTS + 1)
    end = time.monotonic() + seconds
    crowd = [threading.Thread(target=newcomer, args=(port, context, begin, end))
             for _ in range(CLIENTS)]
    for thread in crowd:
        thread.start()
    begin.wait()
    print("ready", flush=True)
    for thread in crowd:
        thread.join()


if __name__ == "__main__":
    main()
