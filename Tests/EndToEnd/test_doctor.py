"""`concord doctor`: every finding, on a machine that is a folder of files (--root). What it finds of
certificates is in test_doctor_certificates.py."""

import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from support.clock import BINARY as DEBUG_BINARY
from support.clock import needs_clock
from support.machine import PORT, PORT_TLS, Report, owned_by
from support.process import ADMIN_PASSWORD, BINARY, ROOT, environment
from support.program import MACHINE, machine_of, program
from support.rest import Member


def test_a_machine_without_a_flaw_is_0_on_one_screen(board):
    report = board.doctor()
    assert report.code == 0
    assert {verdict for verdict, *_ in report.findings.values()} == {"ok"}
    assert report.findings.keys() == {
        "board", "memory", "power", "clock", "wifi", "port", "firewall", "name", "data", "room",
        "sync", "database", "tls"}
    assert len(report.text.splitlines()) <= 24


def test_this_machine_is_examined_too(board):
    """Without --root: whatever is found here, it is a report with a fitting code."""
    result = subprocess.run(
        [BINARY, "doctor", "--config", "/dev/null", "--data", board.data], capture_output=True,
        text=True, timeout=60, env=environment(), check=False)
    report = Report(result)
    assert report.good("board") and report.good("database")
    assert (report.code == 1) == any(f[0] == "FIX" for f in report.findings.values())


class TestBoard:
    def test_the_model_is_named(self, board):
        assert board.doctor().good("board", "Raspberry Pi 4 Model B Rev 1.4", MACHINE)

    def test_a_build_for_another_machine_is_found(self, board):
        other = "aarch64" if MACHINE == "x86_64" else "x86_64"
        board.write("proc/sys/kernel/arch", other)
        report = board.doctor()
        assert report.repairs("board", other)
        build, place = re.fullmatch(
            r"sudo install concord-(\w+) (/.*)", report.findings["board"][2]).groups()
        assert (ROOT / "Board/targets" / f"{build}.conf").exists(), "nothing builds that"
        assert Path(place).samefile(program()), "another program than the one that was asked"

    @pytest.mark.skipif(MACHINE not in ("armv6l", "armv7l"), reason="needs a 32-bit ARM build")
    def test_a_32_bit_build_on_a_64_bit_board_could_be_better(self, board):
        board.write("proc/sys/kernel/arch", "aarch64")
        assert board.doctor().advises("board", "arm64", "faster")

    def test_a_plan_beyond_the_memory_is_found(self, board):
        board.write("proc/meminfo", board.memory(900_000, 15_000))
        assert board.doctor().repairs("memory", "echo 'profile = zero' | sudo tee -a /dev/null")
        assert board.doctor("--profile", "zero").good("memory")

    def test_a_plan_of_more_than_half_the_memory_is_noted(self, board):
        board.write("proc/meminfo", board.memory(45_000, 40_000))
        assert board.doctor().advises("memory", "more than half", "echo 'profile = zero'")


class TestPower:
    FILE = "sys/devices/platform/soc/soc:firmware/get_throttled"

    @pytest.mark.parametrize("bits, verdict, words", [
        ("0", "ok", "neither"), ("50005", "FIX", "too low now"), ("10000", "FIX", "since the start"),
        ("4", "FIX", "too hot"), ("60000", "note", "too hot since"), ("0x0", "ok", "neither"),
    ])
    def test_what_the_firmware_tells_is_read(self, board, bits, verdict, words):
        board.write(self.FILE, bits + "\n")
        report = board.doctor()
        assert report.found(verdict, "power", words)
        assert report.code == (verdict == "FIX")

    def test_a_pi_5_tells_it_elsewhere(self, board):
        board.write("sys/devices/platform/soc@107c000000/get_throttled", "1\n")
        assert board.doctor().repairs("power", "power supply")

    @pytest.mark.parametrize("alarm, verdict", [("0", "ok"), ("1", "FIX")])
    def test_the_voltage_sensor_is_read(self, board, alarm, verdict):
        board.write("sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
        board.write("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
        board.write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", alarm + "\n")
        assert board.doctor().found(verdict, "power", "voltage")


class TestClock:
    def test_one_that_nothing_keeps_right_is_noted(self, board):
        board.remove("run/systemd/timesync/synchronized")
        assert board.doctor().advises("clock", "timedatectl set-ntp true")

    @needs_clock
    @pytest.mark.parametrize("date, verdict", [
        ("1970-01-01 00:10:00", "FIX"), ("2026-11-01 00:00:00", "FIX"),
        ("2026-12-01 00:00:00", "ok")])
    def test_one_before_this_version_was_never_set(self, board, clock, date, verdict):
        clock.set(date)
        board.write("proc/sys/kernel/arch", machine_of(DEBUG_BINARY))
        report = board.doctor(wrapper=clock.environment, binary=DEBUG_BINARY)
        assert report.found(verdict, "clock")
        assert report.code == (verdict == "FIX")


class TestNetwork:
    CONF = "etc/NetworkManager/conf.d/default-wifi-powersave-on.conf"

    @pytest.mark.parametrize("value, verdict", [("2", "ok"), ("3", "note")])
    def test_wifi_that_sleeps_is_noted(self, board, value, verdict):
        board.write("sys/class/net/wlan0/phy80211/name", "phy0")
        board.write(self.CONF, f"[connection]\nwifi.powersave = {value}\n")
        assert board.doctor().found(verdict, "wifi", "wlan0")

    def test_wifi_that_does_not_tell_is_noted(self, board):
        board.write("sys/class/net/wlan0/phy80211/name", "phy0")
        assert board.doctor().advises("wifi", "iw dev wlan0 get power_save")

    def test_a_port_that_another_program_has_is_found(self, board):
        board.write("proc/net/tcp", board.sockets(22, PORT))
        assert board.doctor().repairs("port", str(PORT), "ss -ltnp")

    def test_so_it_is_on_ipv6(self, board):
        board.write("proc/net/tcp6", f"head\n 0: {'0' * 32}:{PORT:04X} {'0' * 32}:0000 0A 0\n")
        assert board.doctor().repairs("port", str(PORT))

    def test_a_connection_from_that_port_is_none_that_listens(self, board):
        board.write("proc/net/tcp", board.sockets(PORT, state="01"))
        assert board.doctor().good("port", "free")

    def test_a_port_that_systemd_holds_is_right(self, board):
        board.write("proc/net/tcp", board.sockets(PORT))
        board.write("etc/systemd/system/sockets.target.wants/concord.socket", "")
        assert board.doctor().good("port", "systemd")

    def test_the_port_of_a_running_server_is_right(self, board, start_server):
        server = start_server(data=board.data)
        board.write("proc/net/tcp", board.sockets(server.port))
        assert board.doctor(listen=f"*:{server.port}", tls="off").good("port", "server runs")

    def test_a_running_server_on_another_port_is_found(self, board, start_server):
        start_server(data=board.data)
        assert board.doctor().repairs("port", "other settings")

    def test_the_port_for_tls_is_looked_at_too(self, board):
        board.write("proc/net/tcp", board.sockets(PORT_TLS))
        assert board.doctor().repairs("port", str(PORT_TLS), f"listen_tls = *:{PORT_TLS + 1}")
        assert board.doctor(tls="off").good("port")

    def test_so_it_is_where_systemd_holds_it(self, board):
        board.write("proc/net/tcp", board.sockets(PORT_TLS))
        board.write("etc/systemd/system/sockets.target.wants/concord-https.socket", "")
        report = board.doctor()
        assert report.good("port") and f"port      {PORT_TLS} is systemd's" in report.text

    def test_a_server_for_this_machine_alone_is_noted(self, board):
        report = board.doctor(listen=f"127.0.0.1:{PORT}", tls="off")
        assert report.advises("port", "only this machine", f"listen = *:{PORT}")

    RULE = "### tuple ### allow tcp {} 0.0.0.0/0 any 0.0.0.0/0 in\n"

    @pytest.mark.parametrize("rule, verdict", [
        (RULE.format(22), "FIX"), (RULE.format(22) + RULE.format(PORT), "ok"),
        (RULE.format(PORT).replace("allow", "deny"), "FIX")])
    def test_a_firewall_of_ufw_must_let_the_port_in(self, board, rule, verdict):
        board.write("etc/ufw/ufw.conf", "ENABLED=yes\n")
        board.write("etc/ufw/user.rules", rule)
        report = board.doctor(tls="off")
        assert report.found(verdict, "firewall")
        assert verdict == "ok" or f"sudo ufw allow {PORT}/tcp" in report.text

    def test_it_must_let_the_port_for_tls_in_too(self, board):
        board.write("etc/ufw/ufw.conf", "ENABLED=yes\n")
        board.write("etc/ufw/user.rules", self.RULE.format(PORT))
        report = board.doctor()
        assert report.repairs("firewall", f"port {PORT_TLS}")
        assert report.findings["firewall"][2] == f"sudo ufw allow {PORT_TLS}/tcp"
        board.write("etc/ufw/user.rules", self.RULE.format(PORT) + self.RULE.format(PORT_TLS))
        assert board.doctor().good("firewall")

    def test_ufw_that_is_off_is_no_firewall(self, board):
        board.write("etc/ufw/ufw.conf", "ENABLED=no\n")
        assert board.doctor().good("firewall")

    @pytest.mark.parametrize("port, verdict", [(22, "FIX"), (PORT, "ok")])
    def test_a_firewall_of_nftables_must_name_the_port(self, board, port, verdict):
        board.write("etc/nftables.conf", "chain input { type filter hook input priority 0; "
                    f"policy drop; tcp dport {port} accept }}\n")
        assert board.doctor(tls="off").found(verdict, "firewall")

    def test_it_must_name_the_port_for_tls_too(self, board):
        board.write("etc/nftables.conf", f"policy drop; tcp dport {PORT} accept\n")
        assert board.doctor().repairs(
            "firewall", f"port {PORT_TLS}", f"chain: tcp dport {PORT_TLS} accept; then")

    def test_firewalld_is_noted(self, board):
        board.write("run/firewalld.pid", "1")
        assert board.doctor().advises(
            "firewall", f"firewall-cmd --permanent --add-port={PORT}/tcp --add-port={PORT_TLS}/tcp")

    def test_rules_of_iptables_are_noted(self, board):
        board.write("proc/net/ip_tables_names", "nat\nfilter\n")
        assert board.doctor().advises(
            "firewall", "iptables -L", f"iptables -I INPUT -p tcp --dport {PORT} -j ACCEPT")

    def test_the_name_that_others_find_it_by(self, board):
        assert board.doctor().good("name", "attic.local")
        board.remove("run/avahi-daemon/pid")
        assert board.doctor().advises("name", "avahi-daemon")


class TestData:
    @pytest.mark.parametrize("kind, remedy", [
        ("tmpfs", "/var/lib/concord"), ("ramfs", "/var/lib/concord"), ("overlay", "raspi-config")])
    def test_a_folder_that_the_next_start_empties_is_found(self, board, kind, remedy):
        board.write("proc/self/mountinfo", board.mounts(kind))
        assert board.doctor().repairs("data", kind, remedy)

    def test_the_mount_of_a_neighbour_is_not_the_folders(self, board):
        text = board.mounts("tmpfs").replace(str(board.data.resolve()), f"{board.data.resolve()}2")
        board.write("proc/self/mountinfo", text)
        assert board.doctor().good("data", "ext4")

    def test_a_disk_that_has_become_read_only_is_found(self, board):
        board.write("proc/self/mountinfo", board.mounts("ext4", "ro,noatime"))
        assert board.doctor().repairs("data", "remount,rw")

    def test_a_folder_that_is_not_there_is_found(self, board):
        shutil.rmtree(board.data)
        assert board.doctor().repairs("data", "concord setup")

    @pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
    @pytest.mark.parametrize("size, verdict", [("8m", "FIX"), ("100m", "note"), ("600m", "ok")])
    def test_little_room_is_found(self, board, tmp_path, size, verdict):
        disk = tmp_path / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk]).returncode:
            pytest.skip("nothing can be mounted here")
        try:
            assert board.doctor("--data", disk).found(verdict, "room", "are free")
        finally:
            subprocess.run(["umount", disk], check=True)

    def test_the_disk_is_measured_and_left_as_it_was(self, board):
        before = sorted(path.name for path in board.data.iterdir())
        report = board.doctor()
        assert re.match(r"a message is on the disk after \d+\.\d ms", report.findings["sync"][1])
        assert sorted(path.name for path in board.data.iterdir()) == before

    @pytest.mark.parametrize("delay, verdict", [(150_000, "note"), (1_100_000, "FIX")])
    def test_a_slow_card_is_found(self, board, delay, verdict):
        """strace makes each sync of the measurement take so many microseconds longer."""
        report = board.doctor(wrapper=[
            "strace", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
            f"inject=fdatasync:delay_exit={delay}"])
        assert report.found(verdict, "sync", "durability = relaxed")


class TestDatabase:
    def damage(self, board):
        """Overwrites pages in the middle of a file that has some."""
        path = board.data / "concord.db"
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA journal_mode = DELETE")
            database.execute("CREATE TABLE ballast (text)")
            database.executemany("INSERT INTO ballast VALUES (?)", [("x" * 1000,)] * 500)
            database.execute("CREATE INDEX heavy ON ballast (text)")
        database.close()
        with open(path, "r+b") as file:
            size = file.seek(0, 2)
            file.seek(size // 2 // 2048 * 2048)
            file.write(os.urandom(8192))

    def test_a_damaged_one_is_found(self, board):
        self.damage(board)
        assert board.doctor().repairs("database", ".recover", "backup")

    def test_a_file_that_is_none_is_found(self, board):
        (board.data / "concord.db").write_bytes(b"no database" * 1000)
        assert board.doctor().repairs("database", "not a database")

    def test_one_that_a_server_uses_is_looked_through_beside_it(self, board, start_server):
        server = start_server(data=board.data)
        board.write("proc/net/tcp", board.sockets(server.port))
        report = board.doctor(listen=f"*:{server.port}", tls="off")
        assert report.good("database", "whole", "a server has it")
        assert Member(server.port, "admin", ADMIN_PASSWORD)

    def test_looking_changes_nothing(self, board):
        path = board.data / "concord.db"
        before = (path.read_bytes(), path.stat().st_mtime_ns, sorted(os.listdir(board.data)))
        board.doctor()
        assert (path.read_bytes(), path.stat().st_mtime_ns, sorted(os.listdir(board.data))) == before

    def test_a_folder_with_odd_letters_is_looked_through_too(self, board):
        odd = board.data.with_name("50% of #1?")
        board.data.rename(odd)
        board.data = odd
        assert board.doctor().good("database", "whole")

    def test_a_new_folder_has_none_yet(self, board):
        shutil.rmtree(board.data)
        board.data.mkdir()
        assert board.doctor().good("database", "first start")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for others")
    def test_root_leaves_no_file_of_its_own_in_the_folder(self, board):
        with owned_by(12345, board):
            assert board.doctor().good("database", "whole")
            assert {path.stat().st_uid for path in board.data.iterdir()} == {12345}
