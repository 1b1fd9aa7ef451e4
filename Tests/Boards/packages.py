"""The packages that `make packages` has built."""

import re
import subprocess

from targets import ROOT, Target


def output(*command):
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=True).stdout


# Each architecture's program.
TARGETS = {"armhf": Target("armv6"), "arm64": Target("arm64"), "amd64": Target("amd64")}
# The one that this machine can start by itself.
NATIVE = output("dpkg", "--print-architecture").strip()
VERSION = re.search(r"\((.*)\)", (ROOT / "Board/debian/changelog").read_text()).group(1)
PACKAGES = {name: ROOT / f"build/concord_{VERSION}_{name}.deb" for name in TARGETS}
# What a server of the first schema has stored.
OLD_DATA = ROOT / "Tests/EndToEnd/fixtures/version1.db.gz"


def write_newer(architecture, folder, path):
    """Writes the same package as a later version."""
    tree = folder / "tree"
    output("dpkg-deb", "--raw-extract", PACKAGES[architecture], tree)
    control = tree / "DEBIAN/control"
    control.write_text(control.read_text().replace(f"Version: {VERSION}", f"Version: {VERSION}+1"))
    output("dpkg-deb", "--root-owner-group", "--build", tree, path)
