"""The public WebSocket conformance suite, against the server's own WebSocket module."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.process import ECHO_BINARY, Process

pytestmark = [pytest.mark.autobahn, pytest.mark.slow]

# Where the suite only looks at what a server does, and no behaviour is wrong.
INFORMATIONAL = {"7.1.6", "7.13.1", "7.13.2"}
CASES = 301


@pytest.fixture
def behaviours(tmp_path):
    """Runs the suite against an echo server with that limit; returns what it says of each case."""
    if not ECHO_BINARY.exists():
        pytest.skip(f"{ECHO_BINARY} is not built")

    def run(message_bytes, *selection):
        command = [ECHO_BINARY, "--listen", "127.0.0.1:0", "--message-bytes", message_bytes]
        with Process(command, tmp_path / "echo.log") as echo:
            subprocess.run(
                [Path(sys.executable).with_name("kosoku"), "-m", "fuzzingclient",
                 f"ws://127.0.0.1:{echo.port}", *selection, "-x", "12.*", "-x", "13.*",
                 "-o", tmp_path / "report"],
                check=False, timeout=300, stdout=subprocess.DEVNULL)
        (cases,) = json.loads((tmp_path / "report" / "index.json").read_text()).values()
        return cases

    return run


def test_every_case_passes(behaviours):
    cases = behaviours(16 * 1024 * 1024)
    assert len(cases) == CASES
    wrong = {case: found["behavior"] for case, found in cases.items()
             if found["behavior"] != ("INFORMATIONAL" if case in INFORMATIONAL else "OK")}
    assert wrong == {}


def test_every_close_is_clean(behaviours):
    cases = behaviours(16 * 1024 * 1024, "-i", "7.*")
    wrong = {case: found["behaviorClose"] for case, found in cases.items()
             if found["behaviorClose"] not in ("OK", "INFORMATIONAL")}
    assert wrong == {}


def test_exactly_the_cases_beyond_the_limit_are_closed_with_1009(behaviours):
    cases = behaviours(64 * 1024, "-i", "9.*")
    too_big = [case for case, found in cases.items() if found.get("remoteCloseCode") == 1009]
    passed = [case for case, found in cases.items() if found["behavior"] == "OK"]
    assert len(too_big) == 40
    assert set(too_big) | set(passed) == set(cases)
