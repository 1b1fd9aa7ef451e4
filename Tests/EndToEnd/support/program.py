"""What the program under test was built for, read off its ELF header."""

import re
import struct
from pathlib import Path

from support.process import BINARY, IS_EMULATED

# e_machine; a 32-bit ARM is told by EF_ARM_ABI_FLOAT_HARD, which only the ARMv7 build has.
ARCHITECTURES = {62: "x86_64", 183: "aarch64", 40: "armv6l", 243: "riscv64"}
FLOAT_HARD = 0x400


def program():
    """The program itself, where $CONCORD_BINARY is a script that starts it under an emulator."""
    if not IS_EMULATED:
        return BINARY
    return Path(re.search(r"^exec .* (/\S+) ", BINARY.read_text(), re.M)[1])


def machine_of(path):
    """What the kernel calls the oldest machine that the program in this file is for."""
    with open(path, "rb") as file:
        header = file.read(64)
    name = ARCHITECTURES[struct.unpack("<18xH", header[:20])[0]]
    is_newer = name == "armv6l" and struct.unpack("<36xI", header[:40])[0] & FLOAT_HARD
    return "armv7l" if is_newer else name


MACHINE = machine_of(program())
IS_64_BIT = MACHINE in ("x86_64", "aarch64", "riscv64")
