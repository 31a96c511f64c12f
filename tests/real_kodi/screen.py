"""A virtual screen, and pictures of what is on it."""

import os
import struct
import subprocess
import time
from typing import List, Sequence

from gracenote2epg.util import png

WIDTH, HEIGHT = 1280, 720  # what Kodi's repository wants of a screenshot
COARSE = bytes(level & 252 for level in range(256))  # without it a picture is twice as large
PATIENCE = 3.0  # seconds for a picture to stand still: a long label scrolls for ever

# A child ends with this process, however it ends.
WITH_US = ["setpriv", "--pdeathsig", "KILL"]


class Screen:
    """An X server without a display; ``number`` is what goes into DISPLAY."""

    def __init__(self, folder: str) -> None:
        read, write = os.pipe()
        words = (
            f"Xvfb -displayfd {write} -screen 0 {WIDTH}x{HEIGHT}x24 +extension GLX -nolisten tcp"
        )
        self._frame = os.path.join(folder, "Xvfb_screen0")
        self._process = subprocess.Popen(
            [*WITH_US, *words.split(), "-fbdir", folder],
            pass_fds=[write],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with open(read, encoding="ascii") as file:
            self.number = ":" + file.readline().strip()
        if self.number == ":":
            raise RuntimeError("Xvfb does not start")

    def __enter__(self) -> "Screen":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def picture(self, path: str) -> None:
        """Write what is on the screen as PNG, as soon as it stands still."""
        before: List[bytearray] = []
        rows = self._rows()
        end = time.monotonic() + PATIENCE
        while before != rows and time.monotonic() < end:
            time.sleep(0.4)
            before, rows = rows, self._rows()
        with open(path, "wb") as file:
            file.write(encoded(rows))

    def _rows(self) -> List[bytearray]:
        """The screen's rows of red, green and blue bytes, from the X window dump in memory."""
        with open(self._frame, "rb") as file:
            data = file.read()
        header, colours, stride = (struct.unpack_from(">I", data, at)[0] for at in (0, 76, 48))
        begin = header + 12 * colours
        rows = []
        for row in range(HEIGHT):
            at = begin + row * stride
            pixels = data[at : at + 4 * WIDTH]  # blue, green, red, nothing
            row_of = bytearray(3 * WIDTH)
            row_of[0::3], row_of[1::3], row_of[2::3] = pixels[2::4], pixels[1::4], pixels[0::4]
            rows.append(row_of.translate(COARSE))
        return rows


def encoded(rows: Sequence[bytes]) -> bytes:
    """A picture of the rows; each holds the differences to the one above (filter 2)."""
    lines, above = [], bytes(3 * WIDTH)
    for row in rows:
        lines.append(b"\2" + bytes((a - b) & 255 for a, b in zip(row, above)))
        above = row
    return png.encode(WIDTH, lines, png.RGB)
