"""What the program under test was built for, read off its ELF header. Where it runs under an emulator,
$CONCORD_BINARY is a script that starts it; the program itself is what that names."""

import re
import struct
from pathlib import Path

from support.process import BINARY

# e_machine; a 32-bit ARM is told by EF_ARM_ABI_FLOAT_HARD, which only the ARMv7 build has.
ARCHITECTURES = {62: "x86_64", 183: "aarch64", 40: "armv6l", 243: "riscv64"}
FLOAT_HARD = 0x400

IS_EMULATED = BINARY.read_bytes()[:2] == b"#!"


def program():
    if not IS_EMULATED:
        return BINARY
    return Path(re.search(r"^exec .* (/\S+) ", BINARY.read_text(), re.M)[1])


HEADER = program().open("rb").read(64)
IS_64_BIT = HEADER[4] == 2
# As the kernel of its board names it.
MACHINE = ARCHITECTURES[struct.unpack("<18xH", HEADER[:20])[0]]
if MACHINE == "armv6l" and struct.unpack("<36xI", HEADER[:40])[0] & FLOAT_HARD:
    MACHINE = "armv7l"
