"""The packages: what they hold, and one life of this machine's under a real systemd: installed,
started, upgraded, removed, purged. The tests of that life are its stations: each goes on from
the one before."""

import gzip
import re
import shutil
import sqlite3
import subprocess
import xml.etree.ElementTree as XML
from pathlib import Path

import pexpect
import pytest
from machine import DATA, started
from packages import NATIVE, OLD_DATA, PACKAGES, TARGETS, VERSION, output, write_newer
from targets import ROOT

pytestmark = pytest.mark.packages

UNIT = ROOT / "Board/debian/concord.service"

each_package = pytest.mark.parametrize("architecture", PACKAGES)


# MARK: - What they hold


def test_lintian_finds_no_fault():
    result = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning", *PACKAGES.values()],
        capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@each_package
def test_it_holds_the_program_of_its_boards(architecture, tmp_path):
    output("dpkg-deb", "--extract", PACKAGES[architecture], tmp_path)
    packed = tmp_path / "usr/bin/concord"
    assert packed.read_bytes() == TARGETS[architecture].binary.read_bytes()
    assert output("dpkg-deb", "--field", PACKAGES[architecture], "Architecture").strip() == architecture
    said = output(*TARGETS[architecture].emulator, packed, "version").strip()
    assert said == VERSION, "Board/debian/changelog and the program do not agree"


def test_the_manual_page_names_every_command(tmp_path):
    help_text = output(ROOT / "build/emulated/concord-amd64", "help")
    commands = set(re.findall(r"^ *(concord [a-z-]+(?: [a-z]+)?)", help_text, re.M))
    assert {"concord serve", "concord version"} <= commands
    output("dpkg-deb", "--extract", PACKAGES["amd64"], tmp_path)
    page = output("man", "--no-hyphenation", tmp_path / "usr/share/man/man1/concord.1.gz")
    assert not {command for command in commands if command not in page}


def test_the_unit_leaves_little_open():
    result = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", UNIT],
        capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr


def test_the_network_is_told_of_the_ports_that_are_the_defaults():
    services = XML.parse(ROOT / "Board/debian/avahi/concord.service").getroot().findall("service")
    settings = output(ROOT / "build/emulated/concord-amd64", "help", "settings")
    plain = re.search(r"^listen = \*:(\d+)", settings, re.M)[1]
    secure = re.search(r"auto: port (\d+)", settings)[1]
    assert {(each.findtext("type"), each.findtext("port")) for each in services} == {
        ("_http._tcp", plain), ("_https._tcp", secure), ("_concord._tcp", plain)}


# MARK: - The life of one


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    with started(tmp_path_factory.mktemp("machine"), PACKAGES[NATIVE]) as machine:
        yield machine


@pytest.fixture(scope="module")
def newer(tmp_path_factory, machine):
    """The same package as a later version, in there."""
    write_newer(NATIVE, tmp_path_factory.mktemp("newer"), machine.root / "root/newer.deb")
    return "/root/newer.deb"


def test_installing_makes_the_user_and_the_private_folder(machine):
    machine.run("dpkg", "--install", "/root/concord.deb")
    user = machine.run("getent", "passwd", "concord").stdout.split(":")
    assert int(user[2]) < 1000 and user[6].strip().endswith("nologin")
    folder = machine.run("stat", "--format=%U %G %a", f"/{DATA}").stdout
    assert folder == "concord concord 700\n"
    assert "/etc/concord/concord.conf" in machine.run(
        "dpkg-query", "--show", "--showformat=${Conffiles}", "concord").stdout
    assert machine.run("dpkg", "--verify", "concord").stdout == ""


def test_the_service_says_that_it_is_ready(machine):
    machine.wait_until(machine.is_active)
    assert machine.property("Type") == "notify"
    assert "connections" in machine.property("StatusText")
    machine.say("hello from a package")
    assert machine.said() == ["hello from a package"]


def test_the_running_server_is_locked_in(machine):
    process = Path(f"/proc/{machine.property('MainPID')}/status")
    status = machine.run("cat", process).stdout
    assert re.search(r"^CapEff:\s+0+$", status, re.M)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M)
    assert re.search(r"^Seccomp:\s+2$", status, re.M)
    assert machine.property("User") == "concord"


def test_systemd_finds_no_fault_in_the_units(machine):
    result = machine.run("systemd-analyze", "verify", "--man=no", "concord.service",
                         "concord.socket", "concord-https.socket")
    assert result.stdout + result.stderr == ""


def test_the_doctor_finds_nothing_to_repair(machine):
    report = machine.run("concord", "doctor").stdout
    assert re.search(r"^ok +data +/var/lib/concord is on", report, re.M)
    assert re.search(r"^ok +database +whole \(a server has it", report, re.M)


def test_it_comes_back_after_a_crash(machine):
    machine.run("systemctl", "kill", "--signal=KILL", "concord")
    machine.wait_until(lambda: machine.property("NRestarts") == "1" and machine.is_active())
    assert machine.said() == ["hello from a package"]


def test_one_that_stands_still_is_ended_by_the_watchdog(machine):
    assert machine.property("WatchdogUSec") == "1min"
    shorter = machine.root / "etc/systemd/system/concord.service.d/shorter.conf"
    shorter.parent.mkdir()
    shorter.write_text("[Service]\nWatchdogSec=2\nTimeoutAbortSec=1\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "concord")
    before = machine.property("MainPID")
    machine.run("systemctl", "kill", "--signal=STOP", "concord")
    machine.wait_until(lambda: machine.property("MainPID") not in (before, "0") and machine.is_active())
    assert machine.said() == ["hello from a package"]
    shutil.rmtree(shorter.parent)
    machine.run("systemctl", "daemon-reload")


def test_a_reload_is_taken(machine):
    before = machine.property("MainPID")
    machine.run("systemctl", "reload", "concord")
    assert machine.is_active() and machine.property("MainPID") == before


def test_with_the_socket_unit_the_first_client_starts_it(machine):
    machine.run("systemctl", "stop", "concord.service")
    machine.run("systemctl", "start", "concord.socket")
    assert not machine.is_active()
    assert machine.said() == ["hello from a package"]
    assert machine.is_active()
    assert machine.secure_status("/healthz") == "200", "the server opens that port by itself"
    machine.run("systemctl", "stop", "concord.socket", "concord.service")
    machine.run("systemctl", "start", "concord.service")


def test_with_both_socket_units_so_does_one_over_tls(machine):
    machine.run("systemctl", "stop", "concord.service")
    machine.run("systemctl", "start", "concord.socket", "concord-https.socket")
    assert not machine.is_active()
    assert machine.secure_status("/healthz") == "200"
    assert machine.is_active()
    assert machine.said() == ["hello from a package"]
    assert "(https)" in machine.run("journalctl", "--unit=concord", "--no-pager").stdout
    machine.run("systemctl", "restart", "concord.service")
    assert machine.secure_status("/healthz") == "200"
    machine.run(
        "systemctl", "stop", "concord.socket", "concord-https.socket", "concord.service")
    machine.run("systemctl", "start", "concord.service")


def test_an_upgrade_keeps_what_was_said_and_set(machine, newer):
    settings = machine.root / "etc/concord/concord.conf"
    settings.write_text(settings.read_text() + "rate_logins_per_minute = 0\n")
    before = machine.property("MainPID")
    machine.run("dpkg", "--install", newer)
    machine.wait_until(machine.is_active)
    assert machine.property("MainPID") != before
    assert machine.said() == ["hello from a package"]
    assert "rate_logins_per_minute = 0" in settings.read_text()
    assert not list((machine.root / DATA).glob("concord-schema-*"))


def test_before_older_data_is_carried_over_a_copy_is_kept(machine, newer):
    machine.run("systemctl", "stop", "concord")
    folder = machine.root / DATA
    kept = folder.with_name("kept")
    shutil.copytree(folder, kept)
    old = gzip.decompress(OLD_DATA.read_bytes())
    for path in folder.glob("concord.db*"):
        path.unlink()
    (folder / "concord.db").write_bytes(old)
    machine.run("chown", "concord:concord", f"/{DATA}/concord.db")
    machine.run("dpkg", "--install", newer)
    machine.wait_until(machine.is_active)
    copy = folder / "concord-schema-1.db"
    assert copy.read_bytes() == old
    assert copy.stat().st_mode & 0o077 == 0 or folder.stat().st_mode & 0o077 == 0
    machine.run("systemctl", "stop", "concord")
    with sqlite3.connect(folder / "concord.db") as database:
        assert database.execute("PRAGMA user_version").fetchone()[0] > 1
    database.close()
    for path in kept.glob("concord.db*"):
        shutil.copy(path, folder)
        machine.run("chown", "concord:concord", f"/{DATA}/{path.name}")


def test_without_room_for_the_copy_nothing_is_carried_over(machine, newer):
    (machine.root / "root/old.db").write_bytes(gzip.decompress(OLD_DATA.read_bytes()))
    machine.run("systemctl", "stop", "concord")
    machine.run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", f"/{DATA}")
    machine.run("cp", "/root/old.db", f"/{DATA}/concord.db")
    machine.run("sh", "-c", f"cat /dev/zero > /{DATA}/filler", check=False)
    result = machine.run("dpkg", "--install", newer, check=False)
    assert result.returncode != 0
    assert "no room" in result.stderr
    assert not machine.is_active()
    machine.run("cmp", "/root/old.db", f"/{DATA}/concord.db")
    machine.run("umount", f"/{DATA}")
    machine.run("dpkg", "--configure", "concord")
    machine.wait_until(machine.is_active)
    assert machine.said() == ["hello from a package"]


def test_removing_stops_it_and_keeps_the_data(machine):
    machine.run("dpkg", "--remove", "concord")
    assert not machine.is_active()
    assert not (machine.root / "usr/bin/concord").exists()
    assert (machine.root / DATA / "concord.db").exists()
    assert (machine.root / "etc/concord/concord.conf").exists()


def purge_with_answer(machine, answer):
    """Purges it in a terminal, where debconf's plainest frontend asks, and returns the question."""
    command, *arguments = machine.words(
        "TERM=dumb", "dpkg", "--purge", "concord", frontend="teletype")
    with pexpect.spawn(command, arguments, encoding="utf-8", timeout=60) as terminal:
        terminal.expect(r"Remove all that was said.*\[yes/no\] ")
        question = terminal.before + terminal.after
        terminal.sendline(answer)
        terminal.expect(pexpect.EOF)
    assert terminal.exitstatus == 0, terminal.before
    return question


def test_purging_asks_and_no_keeps_the_data(machine):
    question = purge_with_answer(machine, "no")
    assert f"/{DATA}" in question and "nothing brings it back" in " ".join(question.split())
    assert not (machine.root / "etc/concord").exists()
    assert (machine.root / DATA / "concord.db").exists()


def test_installed_again_it_goes_on_with_the_data(machine):
    machine.run("dpkg", "--install", "/root/concord.deb")
    machine.wait_until(machine.is_active)
    assert machine.said() == ["hello from a package"]


def test_purging_where_nobody_can_be_asked_keeps_the_data(machine):
    machine.run("dpkg", "--purge", "concord")
    assert not (machine.root / "etc/concord").exists()
    assert (machine.root / DATA / "concord.db").exists()


def test_purging_removes_the_data_where_that_was_answered_before(machine):
    machine.run("cp", "--archive", f"/{DATA}", "/root/kept")
    machine.run("dpkg", "--install", "/root/concord.deb")
    machine.run("sh", "-c", "echo concord concord/purge-data boolean true | debconf-set-selections")
    machine.run("dpkg", "--purge", "concord")
    assert not (machine.root / DATA).exists()


def test_purging_asks_again_and_yes_removes_the_data(machine):
    machine.run("mv", "/root/kept", f"/{DATA}")
    machine.run("dpkg", "--install", "/root/concord.deb")
    machine.wait_until(machine.is_active)
    purge_with_answer(machine, "yes")
    assert not (machine.root / DATA).exists()
