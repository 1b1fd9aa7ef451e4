"""The commands of the terminal, on the data of a server that runs or does not."""

import subprocess

from support.process import BINARY, PATIENCE, environment


class Terminal:
    """Runs `concord …` on one data folder, with few rounds of hashing."""

    def __init__(self, data, binary=BINARY, wrapper=(), settings=()):
        self.data = data
        self.prefix = [*wrapper, binary]
        self.options = ["--data", data, "--set", "password_rounds=100000"]
        for setting in settings:
            self.options += ["--set", setting]

    def command(self, *words):
        return [str(part) for part in (*self.prefix, *words[:1], *self.options, *words[1:])]

    def run(self, *words, stdin=""):
        """The finished process, whatever came of it."""
        return subprocess.run(
            self.command(*words), input=stdin, capture_output=True, text=True, timeout=60 * PATIENCE,
            env=environment())

    def ok(self, *words, stdin=""):
        """What it printed; it must have succeeded without a complaint."""
        result = self.run(*words, stdin=stdin)
        assert result.returncode == 0, result
        return result.stdout

    def fails(self, code, *words, stdin=""):
        """The one line in which it says what is wrong."""
        result = self.run(*words, stdin=stdin)
        assert result.returncode == code, result
        lines = result.stderr.strip().splitlines()
        assert len(lines) == 1 and lines[0].startswith("concord: "), result
        return lines[0]

    def rows(self, *words):
        """A table's rows as dicts of its titles; cells must not be empty but at the end."""
        titles, *lines = self.ok(*words).splitlines()
        starts = [i for i, c in enumerate(titles) if c != " " and (i == 0 or titles[i - 2:i] == "  ")]
        ends = starts[1:] + [None]
        cells = [slice(*place) for place in zip(starts, ends)]
        return [{titles[cell].strip(): line[cell].strip() for cell in cells} for line in lines]
