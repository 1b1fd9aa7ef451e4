"""`concord doctor`: every finding, on a machine that is a folder of files (--root)."""

import contextlib
import datetime
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import tempfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from support.clock import BINARY as DEBUG_BINARY
from support.clock import needs_clock
from support.process import ADMIN_PASSWORD, BINARY, Server, environment
from support.rest import Member
from support.tls import KEYS, name, pem, tls_port

PORT = 8080
PORT_TLS = 8443
# e_machine of the ELF header: what the program under test was built for.
ARCHITECTURES = {62: "x86_64", 183: "aarch64", 40: "armv6l", 243: "riscv64"}


def machine():
    # A script where the program runs under an emulator: it lies a folder further up.
    is_script = BINARY.read_bytes()[:2] == b"#!"
    with open(BINARY.parents[1] / BINARY.name if is_script else BINARY, "rb") as file:
        return ARCHITECTURES[struct.unpack("<18xH", file.read(20))[0]]


class Machine:
    """A machine without a flaw, as files; the tests change one at a time."""

    def __init__(self, root, data):
        self.root = root
        self.data = data
        self.write("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
        self.write("proc/sys/kernel/arch", machine() + "\n")
        self.write("proc/sys/kernel/hostname", "attic\n")
        self.write("proc/meminfo", self.memory(900_000, 500_000))
        self.write("proc/net/tcp", self.sockets())
        self.write("proc/self/mountinfo", self.mounts("ext4"))
        self.write("run/systemd/timesync/synchronized", "")
        self.write("run/avahi-daemon/pid", "1\n")
        self.write("sys/class/net/eth0/address", "")

    def write(self, path, text):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def remove(self, path):
        (self.root / path).unlink()

    @staticmethod
    def memory(total, available):
        return f"MemTotal: {total} kB\nMemFree: 1 kB\nMemAvailable:  {available} kB\n"

    @staticmethod
    def sockets(*ports, state="0A"):
        head = "  sl  local_address rem_address   st tx_queue rx_queue\n"
        return head + "".join(
            f"   {n}: 00000000:{port:04X} 00000000:0000 {state} 00000000:00000000\n"
            for n, port in enumerate(ports))

    def mounts(self, kind, options="rw,relatime"):
        """The root on ext4, and the data folder on a file system of its own."""
        return (f"22 1 179:2 / / rw,noatime shared:1 - ext4 /dev/root rw\n"
                f"36 22 0:31 / {self.data.resolve()} {options} shared:9 - {kind} none rw\n")

    def doctor(self, *arguments, listen=f"*:{PORT}", wrapper=(), binary=BINARY, **settings):
        command = [*wrapper, binary, "doctor", "--root", self.root, "--config", "/dev/null",
                   "--data", self.data, "--listen", listen, *arguments]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=60, env=environment(), check=False)
        return Report(result)


class Report:
    RANKS = {"ok": 0, "note": 1, "FIX": 2}

    def __init__(self, result):
        self.code = result.returncode
        self.text = result.stdout + result.stderr
        self.findings = {}
        for match in re.finditer(r"^(ok  |note|FIX ) +(\w+) +(.*)\n(?: +-> (.*)\n)?", self.text, re.M):
            verdict, subject, text, remedy = match.groups()
            found = (verdict.strip(), text, remedy)
            # Of several of a kind, such as two ports, the first that is worst.
            self.findings[subject] = max(
                self.findings.get(subject, found), found, key=lambda each: self.RANKS[each[0]])

    def good(self, subject, *words):
        return self.found("ok", subject, *words)

    def advises(self, subject, *words):
        """It works, so the code is 0, and something is proposed."""
        assert self.code == 0, self.text
        return self.found("note", subject, *words)

    def repairs(self, subject, *words):
        """Only this is wrong, so it is what makes the code 1."""
        wrong = [name for name, finding in self.findings.items() if finding[0] == "FIX"]
        assert (self.code, wrong) == (1, [subject]), self.text
        return self.found("FIX", subject, *words)

    def found(self, verdict, subject, *words):
        finding = self.findings[subject]
        assert finding[0] == verdict, self.text
        assert all(word in " ".join(filter(None, finding)) for word in words), self.text
        assert bool(finding[2]) == (verdict != "ok"), "a remedy where there is something to do"
        return True


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The data of a server that has run."""
    folder = tmp_path_factory.mktemp("template")
    with Server(folder, {"password_rounds": 100_000}) as server:
        server.terminate()
        return server.data


@pytest.fixture
def board(tmp_path, template):
    data = tmp_path / "data"
    shutil.copytree(template, data)
    return Machine(tmp_path / "root", data)


@contextlib.contextmanager
def owned_by(uid, board):
    """The board's data in a folder of that user's: pytest's own let nobody else through."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)
        board.data = Path(shutil.move(board.data, folder))
        for path in [board.data, *board.data.iterdir()]:
            os.chown(path, uid, uid)
        yield board


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
        assert board.doctor().good("board", "Raspberry Pi 4 Model B Rev 1.4", machine())

    def test_a_build_for_another_machine_is_found(self, board):
        other = "aarch64" if machine() == "x86_64" else "x86_64"
        board.write("proc/sys/kernel/arch", other)
        assert board.doctor().repairs("board", other, "sudo install concord-")

    @pytest.mark.skipif(machine() != "armv6l", reason="needs a 32-bit ARM build")
    def test_a_32_bit_build_on_a_64_bit_board_could_be_better(self, board):
        board.write("proc/sys/kernel/arch", "aarch64")
        assert board.doctor().advises("board", "arm64", "faster")

    def test_a_plan_beyond_the_memory_is_found(self, board):
        board.write("proc/meminfo", board.memory(900_000, 15_000))
        assert board.doctor().repairs("memory", "profile = zero")
        assert board.doctor("--profile", "zero").good("memory")

    def test_a_plan_of_more_than_half_the_memory_is_noted(self, board):
        board.write("proc/meminfo", board.memory(45_000, 40_000))
        assert board.doctor().advises("memory", "more than half")


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
        assert board.doctor().advises("firewall", "iptables -L")

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


DAY = datetime.timedelta(days=1)


def certificate(first, last, key, issuer=None, issuer_key=None):
    """Of `key`, valid from so many days from now until so many."""
    now = datetime.datetime.now(datetime.UTC)
    return x509.CertificateBuilder(
        issuer or name("Concord"), name("Concord"), key.public_key(), x509.random_serial_number(),
        now + first * DAY, now + last * DAY + DAY / 2).add_extension(
            x509.BasicConstraints(issuer is None, None), True).sign(
                issuer_key or key, hashes.SHA256())


def written(path, certificate, key=None, mode=0o600):
    """A file with a certificate, and with its key before it if there is one."""
    text = pem(certificate)
    if key:
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption()) + text
    path.write_bytes(text)
    path.chmod(mode)
    return path


@pytest.fixture(scope="module")
def made(template, tmp_path_factory):
    """The data of a server that has made its certificates."""
    data = tmp_path_factory.mktemp("made") / "data"
    shutil.copytree(template, data)
    settings = {"tls": "auto", "listen_tls": "127.0.0.1:0", "password_rounds": 100_000}
    with Server(data.parent, settings, data=data) as server:
        server.terminate()
    return data


class TestLocalCertificates:
    @pytest.fixture
    def board(self, tmp_path, made):
        shutil.copytree(made, tmp_path / "data")
        return Machine(tmp_path / "root", tmp_path / "data")

    def replace(self, board, authority_days=(-1, 3000), days=(-1, 300)):
        """Puts others in the place of both."""
        keys = KEYS["p256"](), KEYS["p256"]()
        authority = certificate(*authority_days, keys[0])
        written(board.data / "tls-ca.pem", authority, keys[0])
        leaf = certificate(*days, keys[1], authority.subject, keys[0])
        written(board.data / "tls-server.pem", leaf, keys[1])

    def test_their_dates_are_told(self, board):
        report = board.doctor()
        assert report.good("tls")
        leaf = x509.load_pem_x509_certificate((board.data / "tls-server.pem").read_bytes())
        told = re.search(r"to (\S+) \((\d+) days left\)", report.findings["tls"][1])
        assert told[1] == f"{leaf.not_valid_after_utc:%Y-%m-%d}"
        # It was made a moment ago, for 365 days of which 30 lay in the past.
        assert int(told[2]) in (334, 335)

    def test_before_the_first_start_there_are_none(self, board):
        for file in ("tls-ca.pem", "tls-server.pem"):
            (board.data / file).unlink()
        assert board.doctor().good("tls", "the first start")

    def test_an_authority_that_is_gone_is_found(self, board):
        (board.data / "tls-ca.pem").unlink()
        assert board.doctor().repairs("tls", "tls-ca.pem is gone", "put a copy", "/trust")

    @pytest.mark.parametrize("file, remedy", [
        ("tls-ca.pem", "put a copy"), ("tls-server.pem", "restart concord makes another")])
    def test_a_damaged_one_is_found(self, board, file, remedy):
        path = board.data / file
        path.write_bytes(path.read_bytes()[:-100])
        assert board.doctor().repairs("tls", f"{file} is damaged", remedy)

    def test_one_of_another_authority_is_found(self, board):
        shutil.copy(board.data / "tls-server.pem", board.data / "kept")
        self.replace(board)
        shutil.copy(board.data / "kept", board.data / "tls-server.pem")
        assert board.doctor().repairs("tls", "of another authority")

    @pytest.mark.parametrize("file", ["tls-ca.pem", "tls-server.pem"])
    def test_one_that_is_open_to_others_is_found(self, board, file):
        (board.data / file).chmod(0o640)
        assert board.doctor().repairs("tls", f"sudo chmod 600 {board.data / file}")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for others")
    def test_one_that_the_server_may_not_read_is_found(self, board):
        """Root may: it is looked at with the rights of the folder's owner."""
        with owned_by(12345, board):
            os.chown(board.data / "tls-ca.pem", 0, 0)
            assert board.doctor().repairs("tls", "cannot be read", "chown")

    @pytest.mark.parametrize("days, verdict", [(-1, "FIX"), (100, "note"), (200, "ok")])
    def test_an_authority_that_ends_is_found_in_good_time(self, board, days, verdict):
        self.replace(board, authority_days=(-10, days))
        report = board.doctor()
        assert report.found(verdict, "tls")
        assert (verdict == "ok") == ("then every device opens /trust" not in report.text)
        assert report.code == (verdict == "FIX")

    @pytest.mark.parametrize("days", [(-100, -1), (2, 300), (-300, 10)])
    def test_what_the_next_start_renews_is_no_fault(self, board, days):
        self.replace(board, days=days)
        assert board.doctor().good("tls", "the next start makes another")

    @pytest.mark.parametrize("days", [(-100, -1), (2, 300), (-300, 10)])
    def test_what_a_running_server_has_not_renewed_is_found(self, board, start_server, days):
        server = start_server(data=board.data, settings={"tls": "auto", "listen_tls": "127.0.0.1:0"})
        port = tls_port(server)
        board.write("proc/net/tcp", board.sockets(server.port, port))
        self.replace(board, days=days)
        report = board.doctor(listen=f"*:{server.port}", listen_tls=f"*:{port}")
        assert report.repairs("tls", "has not renewed it", "systemctl restart concord")

    def test_looking_makes_and_changes_nothing(self, board):
        (board.data / "tls-server.pem").write_text("damaged")
        before = {path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode)
                  for path in board.data.glob("tls-*")}
        board.doctor()
        (board.data / "tls-ca.pem").chmod(0o644)
        board.doctor()
        (board.data / "tls-ca.pem").chmod(0o600)
        assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode)
                          for path in board.data.glob("tls-*")}

    def test_without_tls_they_do_not_matter(self, board):
        (board.data / "tls-ca.pem").write_text("damaged")
        assert board.doctor(tls="off").good("tls", "off")


class TestCertificateFiles:
    @pytest.fixture
    def files(self, tmp_path):
        key = KEYS["p256"]()
        written(tmp_path / "server.pem", certificate(-1, 90, key))
        written(tmp_path / "server.key", certificate(-1, 90, key), key)
        return {"tls": "files", "tls_certificate": tmp_path / "server.pem",
                "tls_key": tmp_path / "server.key", "key": key}

    def doctor(self, board, files):
        return board.doctor(**{key: value for key, value in files.items() if key != "key"})

    def test_their_dates_are_told(self, board, files):
        assert self.doctor(board, files).good("tls", "(90 days left)")

    @pytest.mark.parametrize("days, verdict, words", [
        ((-90, -1), "FIX", "has expired"), ((-90, 29), "note", "29 days left"),
        ((-90, 30), "ok", "30 days left"), ((1, 90), "FIX", "not yet")])
    def test_their_dates_are_judged(self, board, files, days, verdict, words):
        written(files["tls_certificate"], certificate(*days, files["key"]))
        report = self.doctor(board, files)
        assert report.found(verdict, "tls", words)
        assert report.code == (verdict == "FIX")

    def test_a_certificate_in_der_is_read_too(self, board, files):
        der = certificate(-1, 50, files["key"]).public_bytes(serialization.Encoding.DER)
        files["tls_certificate"].write_bytes(der)
        assert self.doctor(board, files).good("tls", "(50 days left)")

    @pytest.mark.parametrize("which", ["tls_certificate", "tls_key"])
    def test_one_that_is_not_there_is_found(self, board, files, which):
        files[which].unlink()
        assert self.doctor(board, files).repairs("tls", which, f"ls -l {files[which]}")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for others")
    def test_one_that_the_server_may_not_read_is_found(self, board, files):
        with owned_by(12345, board):
            for which in ("tls_certificate", "tls_key"):
                files[which] = Path(shutil.copy(files[which], board.data))
            files["tls_certificate"].chmod(0o644)
            assert self.doctor(board, files).repairs(
                "tls", "cannot be read", f"sudo chown concord {files['tls_key']}")

    def test_a_key_that_is_open_to_all_is_found(self, board, files):
        files["tls_key"].chmod(0o644)
        assert self.doctor(board, files).repairs("tls", f"sudo chmod 600 {files['tls_key']}")

    def test_the_key_of_another_is_found(self, board, files):
        other = KEYS["p256"]()
        written(files["tls_key"], certificate(-1, 90, other), other)
        assert self.doctor(board, files).repairs("tls", "is not the key", "openssl pkey -pubout")

    @pytest.mark.parametrize("which", ["tls_certificate", "tls_key"])
    def test_a_damaged_one_is_found(self, board, files, which):
        files[which].write_text("nothing of the kind")
        assert self.doctor(board, files).repairs("tls", which, f"-in {files[which]}")
