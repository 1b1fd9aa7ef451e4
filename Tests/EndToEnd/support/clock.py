"""A clock that a test sets: libfaketime's, which needs a dynamic program, the debug build."""

import contextlib
import os
from pathlib import Path

import pytest

from support.process import ROOT, Server

BINARY = Path(os.environ.get("CONCORD_DEBUG_BINARY", ROOT / ".build" / "debug" / "concord"))
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

needs_clock = pytest.mark.skipif(
    not (LIBRARY and BINARY.exists()), reason="needs libfaketime and the debug build")


class Clock:
    """The clock that the servers of a test go by; the monotonic one is the machine's."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "clock"
        self.environment = [
            "env", "TZ=UTC", f"LD_PRELOAD={LIBRARY}", f"FAKETIME_TIMESTAMP_FILE={self.file}",
            "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"]
        self.set("2026-01-01 00:00:00")

    def set(self, date):
        """From now on it is that time, and goes on."""
        new = self.file.with_suffix(".new")
        new.write_text(f"@{date}\n")
        os.utime(new)
        new.replace(self.file)

    @contextlib.contextmanager
    def servers(self, **settings):
        """Gives what starts a server that goes by this clock, each time on the same data."""
        started = []

        def start():
            server = Server(
                self.folder, {"password_rounds": 100_000} | settings, data=self.folder / "data",
                binary=BINARY, wrapper=self.environment, timeout=30)
            started.append(server)
            return server

        try:
            yield start
        finally:
            for server in started:
                server.kill()
