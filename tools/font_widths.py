"""Writes tests/data/font_widths.json: how wide the letters of Estuary's fonts are.

A test measures the add-on's texts with it. Run it where Kodi is installed, when Kodi has other
fonts: tools/font_widths.py /usr/share/kodi
"""

import json
import os
import struct
import sys
from typing import Dict, Tuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATH = os.path.join(ROOT, "tests", "data", "font_widths.json")
FONTS = {
    "NotoSans": "addons/skin.estuary/fonts/NotoSans-Regular.ttf",
    "Arial": "media/Fonts/arial.ttf",
}
LETTERS = [chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))] + list("ŒœŸ–‘’“”…→")


def widths(font: bytes) -> Dict[str, int]:
    """The advance of each letter, in thousandths of the font's size."""
    tables = {
        font[at : at + 4]: struct.unpack(">LL", font[at + 8 : at + 16])
        for at in range(12, 12 + 16 * _number(font, 4), 16)
    }
    head, hhea = tables[b"head"][0], tables[b"hhea"][0]
    units, count = _number(font, head + 18), _number(font, hhea + 34)
    glyphs, advances = _glyphs(font, tables[b"cmap"][0]), tables[b"hmtx"][0]
    return {
        letter: round(1000 * _number(font, advances + 4 * min(glyph, count - 1)) / units)
        for letter in LETTERS
        for glyph in [glyphs.get(ord(letter), 0)]
        if glyph
    }


def _glyphs(font: bytes, cmap: int) -> Dict[int, int]:
    """The glyph of each code, by a table of format 4: segments of codes."""
    rows = range(cmap + 4, cmap + 4 + 8 * _number(font, cmap + 2), 8)
    found = (cmap + struct.unpack(">L", font[row + 4 : row + 8])[0] for row in rows)
    start = next(at for at in found if _number(font, at) == 4)
    size = _number(font, start + 6)
    ends, glyphs = start + 14, {}
    for at in range(0, size, 2):
        end, first, delta, offset = (
            _number(font, ends + part + at) for part in (0, size + 2, 2 * size + 2, 3 * size + 2)
        )
        for code in range(first, end + 1):
            place = ends + 3 * size + 2 + at + offset + 2 * (code - first)
            glyph = _number(font, place) if offset else code
            glyphs[code] = (glyph + delta) % 0x10000 if glyph else 0
    return glyphs


def _number(font: bytes, at: int) -> int:
    numbers: Tuple[int] = struct.unpack(">H", font[at : at + 2])
    return numbers[0]


def main(folder: str) -> None:
    found = {}
    for name, path in FONTS.items():
        with open(os.path.join(folder, path), "rb") as file:
            found[name] = widths(file.read())
    with open(PATH, "w", encoding="utf-8", newline="\n") as file:
        json.dump(found, file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
