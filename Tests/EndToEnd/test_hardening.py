"""What makes an attack on the process harder: how it is linked, compiled and started."""

import platform
import re
import subprocess
from pathlib import Path

import pytest
from support.process import ADMIN_PASSWORD, BINARY, IS_EMULATED, ROOT

pytestmark = pytest.mark.skipif(IS_EMULATED, reason="Tests/Boards looks at the boards' binaries")


def output(*command):
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=True).stdout


def load_address(server):
    return Path(f"/proc/{server.pid}/maps").read_text().split("-", 1)[0]


def test_it_is_position_independent_and_needs_no_interpreter():
    assert "DYN" in re.search(r"^  Type: +(.*)$", output("readelf", "-hW", BINARY), re.M)[1]
    headers = output("readelf", "-lW", BINARY)
    assert "INTERP" not in headers and "NEEDED" not in output("readelf", "-dW", BINARY)
    assert "GNU_RELRO" in headers
    assert not re.search(r" RWE ", headers)


def test_each_start_is_at_another_address(start_server):
    assert len({load_address(start_server()) for _ in range(3)}) > 1


def objects(module):
    return list((ROOT / ".build" / "release" / f"{module}.build").glob("**/*.o"))


@pytest.mark.parametrize("module", ["ServerCore", "Storage", "HTTP", "CLinux", "CSQLite"])
def test_our_code_checks_its_stack(module):
    assert "__stack_chk_fail" in output("nm", *objects(module))


def test_the_shims_check_the_bounds_of_what_they_copy():
    assert re.search(r" U __\w+_chk$", output("nm", *objects("CLinux")), re.M)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="another processor")
@pytest.mark.parametrize("module", ["ServerCore", "CLinux"])
def test_indirect_calls_land_where_they_may(module):
    assert "endbr64" in output("objdump", "-d", *objects(module))


def test_a_crash_leaves_no_memory_on_the_disk(server):
    limits = Path(f"/proc/{server.pid}/limits").read_text()
    assert re.search(r"^Max core file size +0 +0 ", limits, re.M)


def test_the_first_password_leaves_the_environment(start_server):
    server = start_server()
    environment = Path(f"/proc/{server.pid}/environ").read_text()
    assert "CONCORD_ADMIN_PASSWORD" in environment and ADMIN_PASSWORD not in environment
