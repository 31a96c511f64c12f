"""What fits the dialogs of Estuary, Kodi's skin, whose drawings are 1920 wide."""

import json
import os
import re

from support import ROOT

# By font and letter, in thousandths of the size; tools/font_widths.py makes it.
WIDTHS = {}
with open(os.path.join(ROOT, "tests", "data", "font_widths.json"), encoding="utf-8") as _file:
    WIDTHS.update(json.load(_file))
SIZES = {"NotoSans": 1.0, "Arial": 0.9}  # of the same text, in a skin with this font
WIDE = 600  # of any other letter
BOLD = 1.08  # as wide as the regular ones
BUTTON, TEXT, CORNER = 300 - 2 * 20, 855, 450  # without the borders; corner: of notifications


def width(text: str, size: float) -> float:
    """Of a line in a font of this size, in the wider one."""
    return max(
        size * SIZES[font] / 1000 * sum(widths.get(letter, WIDE) for letter in text)
        for font, widths in WIDTHS.items()
    )


def lines(text: str, room: float, size: float) -> int:
    """How many lines a text takes where its words are wrapped."""
    count = 0
    for paragraph in text.split("[CR]"):
        line, count = "", count + 1
        for word in paragraph.split(" "):
            if width(f"{line} {word}".strip(), size) > room:
                line, count = "", count + 1
            line = f"{line} {word}".strip()
    return count


def cut(text: str, *buttons: str) -> str:
    """The first part of a dialog that is cut; "" = all of it can be read."""
    for button in buttons:
        if width(button, 25) * BOLD > BUTTON:
            return button
    words = re.split(r"\[CR\]|\s", re.sub(r"\[/?B\]", "", text))
    return next((word for word in words if width(word, 30) > TEXT), "")
