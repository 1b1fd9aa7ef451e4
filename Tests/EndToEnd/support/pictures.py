"""Pictures of a given length that are sound, but not worth looking at, and real ones with metadata."""

import io
import random
import struct
import zlib

from PIL import Image

KINDS = ["image/png", "image/jpeg", "image/gif", "image/webp"]


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(data, width=1, height=1):
    """A PNG with these compressed pixels of one bit: 57 bytes more than they are."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", data)
            + png_chunk(b"IEND", b""))


def jpeg(data):
    frame = b"\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0"
    return b"\xff\xd8" + frame + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + data + b"\xff\xd9"


def gif(data, screen=(1, 1), frame=(1, 1), offset=(0, 0)):
    """The data is the frame's sub-blocks, with their lengths."""
    return (b"GIF89a" + struct.pack("<HHBBB", *screen, 0, 0, 0)
            + b"," + struct.pack("<HHHHB", *offset, *frame, 0) + b"\x02" + data + b"\0;")


def webp(data):
    chunk = b"VP8L" + struct.pack("<I", 5 + len(data)) + b"\x2f\0\0\0\0" + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def sub_blocks(count, noise):
    blocks = b""
    while count:
        length = min(256, count if count != 257 else 200)
        blocks += bytes([length - 1]) + noise(length - 1)
        count -= length
    return blocks


def picture(kind="image/png", size=100, seed=1):
    """A sound picture of `size` bytes without metadata; WebP wants an even number."""
    generator = random.Random(seed)
    make = {"image/png": png, "image/jpeg": jpeg, "image/gif": gif, "image/webp": webp}[kind]
    count = size - len(make(b""))
    if kind == "image/gif":
        return gif(sub_blocks(count, generator.randbytes))
    # Within a scan 0xFF begins a marker.
    return make(bytes(byte % 255 for byte in generator.randbytes(count)))


def encoded(image, kind, **options):
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def located_exif(orientation):
    """Exif as a telephone writes it: maker, model, date and where it was."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F], exif[0x0110] = "MakerSecret", "ModelSecret"
    exif[0x0132] = "2026:01:02 03:04:05"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 14.0), 3: "E", 4: (11.0, 34.0, 31.0)})
    exif.get_ifd(0x8769).update({0x9003: "2026:01:02 03:04:05", 0xA430: "OwnerSecret"})
    return exif
