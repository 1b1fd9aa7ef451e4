"""What Board/targets says of each board, and where its binary and its objects are."""

import os
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOARDS = os.environ.get("BOARDS", "armv6 armv7 arm64").split()


class Target:
    """One board that there are binaries for."""

    def __init__(self, name):
        self.name = name
        lines = (ROOT / "Board" / "targets" / f"{name}.conf").read_text().splitlines()
        values = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
        self.emulator = shlex.split(shlex.split(values["emulator"])[0])
        self.binary = ROOT / "build" / f"concord-{name}"
        self.sysroot = ROOT / "build" / "sysroots" / name
        self.objects = ROOT / ".build" / f"board-{name}" / "release"

    @property
    def program(self):
        """The words that start it here."""
        return [*self.emulator, self.binary]
