"""Made-up pictures in Kodi's cache: it can load none, because it has no way off this machine."""

import colorsys
import contextlib
import glob
import os
import re
import sqlite3
import sys
import zlib
from typing import Iterable
from urllib.parse import quote

from fake_gracenote import World
from support import ROOT

from .player import Kodi

sys.path.insert(0, os.path.join(ROOT, "tools"))

from draw_pictures import Colour, Picture

# Under which Kodi keeps a picture's address: none, a channel, the programmes of each channel.
OWNERS = ("", "pvrchannel_tv", *(f"epgtag_{number}" for number in range(1, 61)))
KINDS = 12  # of pictures; to draw one takes a tenth of a second


def fill(kodi: Kodi, addresses: Iterable[str]) -> None:
    """Put a picture for each address, before Kodi looks for the first of them."""
    (file,) = glob.glob(os.path.join(kodi.home.userdata, "Database", "Textures*.db"))
    folder = os.path.join(kodi.home.userdata, "Thumbnails", "0")
    os.makedirs(folder, exist_ok=True)
    with contextlib.closing(sqlite3.connect(file, timeout=10)) as database, database:
        for address in sorted(set(addresses)):
            kind = zlib.crc32(address.encode()) % KINDS
            name = f"{'programme' if '/assets/' in address else 'station'}-{kind}.png"
            if not os.path.exists(os.path.join(folder, name)):
                draw = _programme if "/assets/" in address else _station
                draw(kind).save(os.path.join(folder, name))
            for owner in OWNERS:
                key = f"image://{owner}@{_encoded(address)}/" if owner else address
                found = database.execute(
                    "INSERT INTO texture (url, cachedurl, imagehash, lasthashcheck)"
                    " VALUES (?, ?, 'made up', '')",
                    (key, f"0/{name}"),
                )
                database.execute(
                    "INSERT INTO sizes (idtexture, size, width, height, usecount, lastusetime)"
                    " VALUES (?, 1, 160, 90, 1, CURRENT_TIMESTAMP)",
                    (found.lastrowid,),
                )


def logos(world: World) -> Iterable[str]:
    """The addresses of the stations' logos, as the add-on writes them."""
    thumbnails = filter(None, (row["thumbnail"] for row in world.channels()))
    return [f"https:{address.split('?')[0]}" for address in thumbnails]


def _encoded(address: str) -> str:
    """As Kodi writes an address within another one: with small letters in the codes."""
    return re.sub("%..", lambda code: code.group().lower(), quote(address, safe="-_.!()"))


def _colour(kind: int, turn: float, light: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb((kind / KINDS + turn) % 1, light, 0.55)
    return round(255 * red), round(255 * green), round(255 * blue)


def _station(kind: int) -> Picture:
    """A mark of three bars."""
    mark = Picture(96, 72, _colour(kind, 0, 0.35), _colour(kind, 0, 0.25))
    for bar in range(3):
        high = 16 + 9 * ((kind + 5 * bar) % 4)
        mark.box(18 + 22 * bar, 62 - high, 16, high, 4, _colour(kind, 0.5, 0.85))
    return mark


def _programme(kind: int) -> Picture:
    """A landscape."""
    picture = Picture(160, 90, _colour(kind, 0, 0.55), _colour(kind, 0.1, 0.8))
    picture.box(30 + 37 * kind % 100, 12, 22, 22, 11, (255, 240, 200))
    for hill, light in ((0, 0.4), (1, 0.3), (2, 0.2)):
        left = 29 * kind * (hill + 1) % 120 - 60
        picture.box(left, 44 + 12 * hill, 150, 150, 75, _colour(kind, 0.3, light))
    return picture
