"""The packages for boards, installed in a Debian of this machine's under a real systemd, their
program under an emulator. The tests are stations: each goes on from the one before."""

import gzip
import shutil
import sqlite3

import pytest
from machine import DATA, started
from packages import NATIVE, OLD_DATA, PACKAGES, TARGETS, VERSION, write_newer

pytestmark = pytest.mark.packages

FOREIGN = [name for name in PACKAGES if name != NATIVE]
# What the emulator cannot do without: it writes the instructions that it executes.
DROP_IN = """[Service]
ExecStart=
ExecStart={emulator} /usr/bin/concord serve
MemoryDenyWriteExecute=no
"""


@pytest.fixture(scope="module", params=FOREIGN)
def architecture(request):
    return request.param


@pytest.fixture(scope="module")
def machine(tmp_path_factory, architecture):
    """A Debian that takes packages of that architecture, with an emulator of it."""
    program, *options = TARGETS[architecture].emulator
    with started(tmp_path_factory.mktemp("machine"), PACKAGES[architecture]) as machine:
        shutil.copy(shutil.which(f"{program}-static"), machine.root / "usr/local/bin")
        drop_in = machine.root / "etc/systemd/system/concord.service.d/emulator.conf"
        drop_in.parent.mkdir()
        drop_in.write_text(DROP_IN.format(
            emulator=" ".join([f"/usr/local/bin/{program}-static", *options])))
        machine.run("dpkg", "--add-architecture", architecture)
        yield machine


def test_it_installs_and_is_ready(machine, architecture):
    machine.run("dpkg", "--install", "/root/concord.deb")
    machine.wait_until(machine.is_active)
    assert "connections" in machine.property("StatusText")
    assert machine.run("dpkg-query", "--show", "--showformat=${Architecture} ${Version}",
                       f"concord:{architecture}").stdout == f"{architecture} {VERSION}"
    assert machine.run("dpkg", "--verify", "concord").stdout == ""


def test_it_serves_under_the_unit_s_sandbox(machine):
    machine.say("hello from afar")
    assert machine.said() == ["hello from afar"]
    assert machine.secure_status("/healthz") == "200"
    assert machine.property("User") == "concord"
    assert machine.property("NoNewPrivileges") == "yes"


def test_an_upgrade_keeps_what_was_said(machine, architecture, tmp_path):
    write_newer(architecture, tmp_path, machine.root / "root/newer.deb")
    before = machine.property("MainPID")
    machine.run("dpkg", "--install", "/root/newer.deb")
    machine.wait_until(machine.is_active)
    assert machine.property("MainPID") != before
    assert machine.said() == ["hello from afar"]


def test_older_data_is_carried_over_and_a_copy_kept(machine):
    machine.run("dpkg", "--remove", "concord")
    folder = machine.root / DATA
    for path in folder.glob("concord.db*"):
        path.unlink()
    old = gzip.decompress(OLD_DATA.read_bytes())
    (folder / "concord.db").write_bytes(old)
    machine.run("chown", "concord:concord", f"/{DATA}/concord.db")
    machine.run("dpkg", "--install", "/root/newer.deb")
    machine.wait_until(machine.is_active)
    assert (folder / "concord-schema-1.db").read_bytes() == old
    machine.run("systemctl", "stop", "concord")
    with sqlite3.connect(folder / "concord.db") as database:
        assert database.execute("PRAGMA user_version").fetchone()[0] > 1
    database.close()


def test_removing_keeps_the_data_and_purging_where_told_takes_it(machine):
    machine.run("dpkg", "--remove", "concord")
    assert not (machine.root / "usr/bin/concord").exists()
    assert (machine.root / DATA / "concord.db").exists()
    machine.run("sh", "-c", "echo concord concord/purge-data boolean true | debconf-set-selections")
    machine.run("dpkg", "--purge", "concord")
    assert not (machine.root / DATA).exists()
