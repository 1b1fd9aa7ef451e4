"""A binary needs no more than its board has: what readelf, objdump and nm see in it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.process import ADMIN_PASSWORD, Server
from support.rest import Member
from targets import BOARDS, ROOT, Target

MIB = 1 << 20
SIZE_MAX = {"armv6": 3.25 * MIB, "armv7": 2.65 * MIB, "arm64": 3.25 * MIB}
# Beside the compiler: this one knows every processor, the system's own only this machine's.
TOOLS = Path(shutil.which("swift") or "/").resolve().parent

each_board = pytest.mark.parametrize("target", [Target(name) for name in BOARDS], ids=BOARDS)
boards_of_32_bits = pytest.mark.parametrize(
    "target", [Target(name) for name in BOARDS if name in ("armv6", "armv7")],
    ids=lambda target: target.name)


def output(*command):
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=True).stdout


def program_headers(binary):
    """The type and the flags of each."""
    rows = re.findall(r"^  ([A-Z_]+) +0x.* ([R ][W ][E ]) ", output("readelf", "-lW", binary), re.M)
    assert rows
    return rows


@each_board
def test_it_stands_alone(target):
    kinds = {kind for kind, _ in program_headers(target.binary)}
    assert "LOAD" in kinds and "INTERP" not in kinds
    assert "NEEDED" not in output("readelf", "-dW", target.binary)


@pytest.mark.skipif("arm64" not in BOARDS, reason="not asked for")
def test_the_arm64_binary_is_loaded_at_another_address_each_time():
    header = output("readelf", "-hW", Target("arm64").binary)
    assert "DYN" in re.search(r"^  Type: +(.*)$", header, re.M)[1]


@boards_of_32_bits
def test_no_c_library_of_32_bits_can_start_such_a_program(target):
    """When one can, the board's toolset should ask for it: see arm64.json."""
    assert not list(target.sysroot.glob("usr/lib/*/rcrt1.o"))


@each_board
def test_our_code_checks_its_stack(target):
    for module in ("ServerCore", "Storage", "CLinux", "CSQLite"):
        objects = list(target.objects.glob(f"{module}.build/**/*.o"))
        assert "__stack_chk_fail" in output(TOOLS / "llvm-nm", *objects), module


@pytest.mark.skipif("arm64" not in BOARDS, reason="not asked for")
def test_indirect_branches_land_where_they_may_on_arm64():
    for module in ("ServerCore", "CLinux"):
        objects = list(Target("arm64").objects.glob(f"{module}.build/**/*.o"))
        assert re.search(r"\b(bti|paciasp)\b", output(TOOLS / "llvm-objdump", "-d", *objects)), module


@each_board
def test_nothing_is_both_written_and_executed(target):
    headers = program_headers(target.binary)
    assert ("GNU_STACK", "RW ") in headers
    assert not [row for row in headers if "W" in row[1] and "E" in row[1]]


@each_board
def test_what_is_settled_at_the_start_is_read_only_afterwards(target):
    number = [kind for kind, _ in program_headers(target.binary)].index("GNU_RELRO")
    (sections,) = re.findall(
        rf"^   {number:02} +(.*)$", output("readelf", "-lW", target.binary), re.M)
    assert {".data.rel.ro", ".got", ".init_array"} <= set(sections.split())


@each_board
def test_it_is_stripped(target):
    assert ".symtab" not in output("readelf", "-SW", target.binary)


@each_board
def test_it_keeps_to_its_size(target):
    size = target.binary.stat().st_size
    assert size <= SIZE_MAX.get(target.name, 3.25 * MIB), f"{size} bytes"


@each_board
def test_its_size_is_the_one_that_is_told(target):
    text = (ROOT / "Board/README.md").read_text()
    boards = re.search(r"^\| \| (armv6 .*) \|$", text, re.M)[1].split(" | ")
    sizes = re.search(r"^\| MiB \| (.*) \|$", text, re.M)[1].split(" | ")
    told = dict(zip(boards, sizes, strict=True)).get(target.name)
    assert told is None or abs(target.binary.stat().st_size / MIB - float(told)) < 0.05


@each_board
def test_the_origin_of_its_libraries_is_written_down(target):
    lines = (target.sysroot / "ORIGIN").read_text().splitlines()[1:]
    assert {"libc6-dev", "libmbedtls-dev", "libsqlite3-dev", "libutf8proc-dev"} <= {line.split()[0] for line in lines}
    assert all(re.fullmatch(r"\S+ \S+ [0-9a-f]{64}", line) for line in lines)


# MARK: - No instruction beyond ARMv6

# Words that look like later instructions, and why they harm no ARMv6 board.
HARMLESS = {
    "f3bcc908": "half of SHA-512's first initial value (FIPS 180-4 section 5.3.5), data",
    "ecd00b20": "libgcc's unwinder restores D16 to D31, if somebody throws who had saved them",
    "ecc00b20": "libgcc's unwinder saves them",
}


def instructions(binary, triple, processor, features=""):
    """Address -> word, mnemonic; "<unknown>" where the processor has no such instruction."""
    text = output(TOOLS / "llvm-objdump", "-d", f"--triple={triple}", f"--mcpu={processor}",
                  f"--mattr={features}", binary)
    rows = re.findall(r"^ *([0-9a-f]+): ([0-9a-f]{8}) +\t?(\S+)", text, re.M)
    return {int(address, 16): (word, name) for address, word, name in rows}


def literals(words):
    """The addresses that instructions load from: data between the functions."""
    for address, (text, _) in words.items():
        word = int(text, 16)
        if word & 0x0F7F0000 == 0x051F0000:  # ldr rt, [pc, #n]
            offset, bytes_loaded = word & 0xFFF, 4
        elif word & 0x0E5F00F0 == 0x004F00D0:  # ldrd rt, [pc, #n]
            offset, bytes_loaded = word >> 4 & 0xF0 | word & 0xF, 8
        elif word & 0x0F3F0F00 == 0x0D1F0B00:  # vldr dt, [pc, #n]
            offset, bytes_loaded = (word & 0xFF) * 4, 8
        else:
            continue
        first = address + 8 + (offset if word >> 23 & 1 else -offset) & ~3
        yield from range(first, first + bytes_loaded, 4)


def beyond_armv6(binary):
    """What a Cortex-A15 would execute and an ARM1176 (Pi 1, Zero) does not know."""
    old = instructions(binary, "armv6-linux-gnueabi", "arm1176jzf-s")
    new = instructions(binary, "armv7-linux-gnueabi", "cortex-a15", "+neon,+hwdiv-arm")
    assert len(old) == len(new) > 100_000
    data = set(literals(new))
    return {f"{address:x}: {word} {name}" for address, (word, name) in new.items()
            if old[address][1] == "<unknown>" != name
            and address not in data and word not in HARMLESS}


@pytest.mark.skipif("armv6" not in BOARDS, reason="not asked for")
def test_the_armv6_binary_has_no_later_instruction():
    assert not beyond_armv6(Target("armv6").binary)


@pytest.mark.skipif("armv7" not in BOARDS, reason="not asked for")
def test_one_that_has_them_is_found_out():
    found = beyond_armv6(Target("armv7").binary)
    assert {"movw", "movt", "ubfx", "bfi"} <= {row.split()[-1] for row in found}


@pytest.mark.skipif("armv6" not in BOARDS, reason="not asked for")
def test_what_the_armv6_binary_is_made_of_was_compiled_for_no_later_processor():
    target = Target("armv6")
    archives = [path for name in ("c", "m", "gcc", "gcc_eh", "mbedcrypto", "sqlite3")
                for path in target.sysroot.glob(f"usr/lib/**/lib{name}.a")]
    assert len(archives) >= 6
    objects = list(target.objects.glob("*.build/*.o"))
    assert len(objects) > 50
    for path in [*archives, *objects]:
        # Some archives are a linker's text.
        if path.suffix == ".a" and not path.read_bytes().startswith(b"!<arch>"):
            continue
        attributes = output("readelf", "-A", path)
        built_for = set(re.findall(r"Tag_CPU_arch: (\S+)", attributes))
        assert built_for and built_for <= {"v4T", "v5T", "v5TE", "v5TEJ", "v6", "v6K", "v6KZ"}, path
        assert "Thumb-2" not in attributes and "NEON" not in attributes, path


# MARK: - 64-bit time

# Of a C library with a 32-bit time_t: each has a twin with 64 in its name.
SHORT_TIME = set(
    "clock_gettime clock_getres clock_nanosleep difftime fstat fstat64 fstatat fstatat64 ftime "
    "futimens getitimer getrusage gettimeofday gmtime gmtime_r localtime localtime_r lstat lstat64 "
    "mktime nanosleep ppoll pselect recvmmsg select setitimer stat stat64 timegm time timerfd_gettime "
    "timerfd_settime utime utimensat utimes".split())


@boards_of_32_bits
def test_our_code_asks_for_no_time_of_32_bits(target):
    objects = list(target.objects.glob("*.build/*.o"))
    undefined = set(output(TOOLS / "llvm-nm", "--undefined-only", "--just-symbol-name", *objects)
                    .split())
    assert "__clock_gettime64" in undefined, "not the objects of a 32-bit board"
    assert not undefined & SHORT_TIME


def chat_of_2040(target, folder):
    """Starts a server in February 2040, has something said, and stops it."""
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
    # The emulator is a dynamic program: its clock is the board's.
    clock = ["env", "TZ=UTC", f"LD_PRELOAD={library}", "FAKETIME=@2040-02-03 00:00:00",
             "FAKETIME_DONT_FAKE_MONOTONIC=1", *target.emulator]
    with Server(folder, {"password_rounds": 100_000}, data=folder / "data",
                binary=target.binary, wrapper=clock, timeout=60) as server:
        admin = Member(server.port, "admin", ADMIN_PASSWORD)
        assert "Feb 2040" in admin.get("/api/self").headers["date"]
        chat = admin.say(admin.channel("general"), "long after")
        assert server.terminate(30) == 0
    return chat


@boards_of_32_bits
def test_it_serves_after_2038(target, tmp_path):
    first, second = chat_of_2040(target, tmp_path), chat_of_2040(target, tmp_path)
    assert first["createdAt"] > 2**31 * 1000
    assert second["id"] > first["id"]


@boards_of_32_bits
def test_it_opens_files_that_were_written_after_2038(target, tmp_path):
    chat_of_2040(target, tmp_path)
    for path in (tmp_path / "data").iterdir():
        os.utime(path, (2_222_222_222, 2_222_222_222))
    chat_of_2040(target, tmp_path)
