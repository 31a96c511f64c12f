"""Draws resources/icon.png and resources/fanart.png: draw_pictures.py, after a change here."""

import math
import os
import sys
from typing import Callable, List, Sequence, Tuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "lib"))

from gracenote2epg.util import png  # noqa: E402

RESOURCES = os.path.join(ROOT, "resources")
Colour = Tuple[int, int, int]
TOP, BOTTOM = (24, 44, 84), (9, 16, 32)  # of the background
WHITE, SCREEN, CHANNEL = (240, 244, 250), (12, 22, 42), (150, 170, 205)
BLUE, PALE, GREEN, ORANGE, RED = (
    (66, 118, 214),
    (92, 112, 150),
    (62, 160, 128),
    (255, 170, 51),
    (255, 84, 84),
)
# Each row of the guide: the width of each programme, of 100, and its colour.
GUIDE = (
    ((58, BLUE), (42, PALE)),
    ((30, PALE), (70, ORANGE)),
    ((44, GREEN), (56, BLUE)),
)
NOW = 0.52  # where the line of the present is


class Picture:
    """rows: of red, green and blue bytes."""

    def __init__(self, width: int, height: int, top: Colour = TOP, bottom: Colour = BOTTOM) -> None:
        self.width, self.height = width, height
        self.rows: List[bytearray] = []
        for y in range(height):
            share = y / height
            colour = bytes(round(a + (b - a) * share) for a, b in zip(top, bottom))
            self.rows.append(bytearray(colour * width))

    def box(
        self, x: float, y: float, width: float, height: float, radius: float, colour: Colour
    ) -> None:
        """A rectangle with round corners."""
        middle_x, middle_y = x + width / 2, y + height / 2

        def distance(px: float, py: float) -> float:
            right = abs(px - middle_x) - width / 2 + radius
            down = abs(py - middle_y) - height / 2 + radius
            outside = math.hypot(max(right, 0.0), max(down, 0.0))
            return outside + min(max(right, down), 0.0) - radius

        self._fill((x, y, x + width, y + height), distance, colour)

    def line(
        self, x: float, y: float, to_x: float, to_y: float, width: float, colour: Colour
    ) -> None:
        along_x, along_y, half = to_x - x, to_y - y, width / 2

        def distance(px: float, py: float) -> float:
            share = ((px - x) * along_x + (py - y) * along_y) / (along_x**2 + along_y**2)
            share = min(1.0, max(0.0, share))
            return math.hypot(px - x - share * along_x, py - y - share * along_y) - half

        xs, ys = sorted((x, to_x)), sorted((y, to_y))
        self._fill((xs[0] - half, ys[0] - half, xs[1] + half, ys[1] + half), distance, colour)

    def _fill(
        self,
        bounds: Sequence[float],
        distance: Callable[[float, float], float],
        colour: Colour,
    ) -> None:
        """Paint what is inside. distance: of a point from the edge, negative = inside."""
        left, top, right, bottom = bounds
        for y in range(max(0, int(top) - 1), min(self.height, int(bottom) + 2)):
            row = self.rows[y]
            for x in range(max(0, int(left) - 1), min(self.width, int(right) + 2)):
                cover = min(1.0, max(0.0, 0.5 - distance(x + 0.5, y + 0.5)))
                if cover:
                    pixel = slice(3 * x, 3 * x + 3)
                    row[pixel] = bytes(
                        round(old + (new - old) * cover) for old, new in zip(row[pixel], colour)
                    )

    def guide(self, x: float, y: float, width: float, height: float, gap: float) -> None:
        """Channels, their programmes, and the line of the present."""
        high = (height - gap * (len(GUIDE) - 1)) / len(GUIDE)
        radius, channel = high / 6, high * 0.9
        begin, wide = x + channel + gap, width - channel - gap
        for number, programmes in enumerate(GUIDE):
            top, left = y + number * (high + gap), begin
            self.box(x, top, channel, high, radius, CHANNEL)
            for share, colour in programmes:
                length = wide * share / 100
                last = left + length >= x + width - 1
                self.box(left, top, length - (0 if last else gap), high, radius, colour)
                left += length
        now = begin + NOW * wide
        self.line(now, y - gap, now, y + height + gap, gap * 0.8, RED)

    def television(self, x: float, y: float, width: float) -> None:
        """With its ears, and a guide on its screen. y: of the screen's frame."""
        unit = width / 100
        height, middle = 70 * unit, x + width / 2
        for to in (-22, 22):
            self.line(middle, y, middle + to * unit, y - 19 * unit, 4.5 * unit, WHITE)
        for side in (-24, 24):
            hip, foot = middle + side * unit, middle + side * 1.25 * unit
            self.line(hip, y + height, foot, y + height + 8 * unit, 5 * unit, WHITE)
        self.box(x, y, width, height, 9 * unit, WHITE)
        self.box(x + 5 * unit, y + 5 * unit, 90 * unit, height - 10 * unit, 5 * unit, SCREEN)
        edge = 11 * unit
        self.guide(x + edge, y + edge, width - 2 * edge, height - 2 * edge, 3.5 * unit)

    def save(self, path: str) -> None:
        rows = [b"\0" + bytes(row) for row in self.rows]
        with open(path, "wb") as file:
            file.write(png.encode(self.width, rows, png.RGB))


def main() -> None:
    icon = Picture(512, 512)
    icon.television(36, 122, 440)
    icon.save(os.path.join(RESOURCES, "icon.png"))
    fanart = Picture(1920, 1080)
    fanart.television(1000, 330, 760)
    fanart.save(os.path.join(RESOURCES, "fanart.png"))


if __name__ == "__main__":
    main()
