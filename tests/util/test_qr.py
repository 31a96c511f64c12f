"""QR codes, compared with those of another encoder."""

import struct
import zlib

import pytest

from gracenote2epg.util import qr
from support.tables import wrong

TEXT = "http://192.168.1.20:9989/guide.xml?" * 6


def drawn(text):
    return "".join("".join(".#"[dark] for dark in row) + "\n" for row in qr.encode(text))


def checked(length):
    """The modules of a side, and a checksum of the code of so many bytes."""
    code = drawn(TEXT[:length])
    return code.index("\n"), zlib.crc32(code.replace(".", " ").rstrip("\n").encode())


def test_each_version_as_qrencode_4_1_1_draws_it():
    """By `qrencode -8 -l M -t ASCII -m 0`."""
    assert not wrong(
        checked,
        [
            (14, (21, 2097599404)),
            (15, (25, 239578273)),
            (41, (29, 1536170580)),
            (43, (33, 590245742)),
            (84, (37, 4277166371)),
            (105, (41, 3431663973)),
            (120, (45, 3639937505)),
            (152, (49, 1895156856)),
            (180, (53, 4062627445)),
        ],
    )


def test_a_text_that_is_too_long():
    with pytest.raises(ValueError, match="181 bytes"):
        qr.encode(181 * "x")


def test_the_picture_has_a_quiet_zone_of_four_modules():
    picture = qr.picture(TEXT[:14], 2)
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", picture[16:24]) == (58, 58)
    size = struct.unpack(">I", picture[33:37])[0]
    pixels = zlib.decompress(picture[41 : 41 + size])
    rows = [pixels[start + 1 : start + 59] for start in range(0, len(pixels), 59)]
    modules = ["".join(".#"[pixel == 0] for pixel in row[::2]) for row in rows[::2]]
    margin = 4 * ["." * 29]
    assert modules == margin + [f"....{row}...." for row in drawn(TEXT[:14]).split()] + margin
