#!/usr/bin/env python3
"""Measures the footprint of each profile, keeps the figures, and writes the README's table."""

import argparse
import json
import re

import footprint

README = footprint.HERE.parents[1] / "README.md"
MIB = 1 << 20
NAMES = {"zero": "`zero`, 64 clients", "small": "`small`, 256", "large": "`large`, 4,096"}


def shown(name, figure):
    """Memory in MiB, what is written in KiB, the rest as it is."""
    if "sync" in name:
        return f"{figure:,}"
    if "written" in name:
        return "0" if figure == 0 else f"{figure / 1024:,.0f} KiB"
    return f"{figure / MIB:.1f} MiB"


def heading(name):
    if "idle" in name:
        return name
    if name in ("bytes written", "syncs"):
        return f"{name} per 1,000 messages"
    return f"memory (RSS) {name}" if name == "at start" else f"memory, {name}"


def table(figures):
    yield "| | " + " | ".join(NAMES.values()) + " |"
    yield "|---" * (len(NAMES) + 1) + "|"
    for name in figures["zero"]:
        cells = [shown(name, figures[profile][name]) for profile in NAMES]
        yield f"| {heading(name)} | " + " | ".join(cells) + " |"
    size = shown("binary", figures["binary"]["bytes"])
    yield f"| size of the program | {size} | {size} | {size} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle-seconds", type=int, default=60, help="how long to watch silence")
    options = parser.parse_args()
    figures = footprint.measure(options.idle_seconds)
    for sentence in footprint.grown(footprint.kept(), figures) if footprint.FIGURES.exists() else ():
        print("grown:", sentence)
    footprint.FIGURES.write_text(json.dumps(figures, indent=2) + "\n")
    text = "\n".join(table(figures))
    print(text)
    readme = re.sub(
        r"(<!-- footprint -->\n).*?(<!-- /footprint -->)",
        lambda match: match[1] + text + "\n" + match[2], README.read_text(), flags=re.DOTALL)
    README.write_text(readme)


if __name__ == "__main__":
    main()
