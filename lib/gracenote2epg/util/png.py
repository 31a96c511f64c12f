"""PNG pictures without transparency, with 8 bits for each sample."""

import struct
import zlib
from typing import Sequence

GREY, RGB = 0, 2  # PNG's colour types


def encode(width: int, rows: Sequence[bytes], colour: int = GREY) -> bytes:
    """rows: from the top, each the number of its filter and its samples; 0 = not filtered."""
    header = struct.pack(">IIBBBBB", width, len(rows), 8, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(rows), 9)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
