"""MythTV: programs/mythfilldatabase/xmltvparser.cpp at d1a3da1, as the reference "xmltv" (sections
2.3 and 3.5) and the review's table of the players tell it."""

from typing import Sequence, Tuple
from xml.etree.ElementTree import Element

from gracenote2epg.channels.matching import PlayerChannel

from . import reading

NAME, PROFILE = "MythTV", "mythtv"
ABOUT = """A channel has its XMLTV id; the guide's names are its name, call sign and number, by
position. A programme is a movie, a series or sports; what is no repeat is new. Any title can be
recorded as a series. There is no place for live, premieres, programmes' pictures, and season 0."""

_TYPES = ("movie", "series", "sports", "tvshow")


def link(names: reading.Names, channel: PlayerChannel) -> Tuple[str, ...]:
    """The id, else the call sign and the number, which are the second and the third name."""
    wanted = (channel.name, channel.number)
    return tuple(key for key, own in names.items() if key == channel.tvg_id or own[1:3] == wanted)


def seen(programme: Element) -> reading.Seen:
    # The type is the exact word in lower case; but any number makes a series.
    exact = [word for word in reading.texts(programme, "category") if word in _TYPES]
    kind = exact[0] if exact else "movie" if "movie" in reading.categories(programme) else ""
    on_screen = reading.numbered(programme, "onscreen")
    if on_screen or reading.numbered(programme, "xmltv_ns"):
        kind = "series"
    first = reading.numbered(programme, "schedulesdirect.org").partition("/")[2]
    return {
        **reading.plain(programme, "title", "description", "number", "year", "rating", "people"),
        "subtitle": reading.text(programme, "sub-title") or on_screen,
        "kind": kind,
        "words": _category(reading.texts(programme, "category")),
        "marks": "repeat" if reading.is_repeat(programme) else "",
        "aired": reading.first_shown(programme) or reading.dashed(first),
        "series": reading.yes(kind != "movie"),
    }


def item(programme: Element) -> str:
    """The programid; a series whose id ends in 0000 is generic, never a duplicate."""
    progid = reading.numbered(programme, "dd_progid")
    return "" if progid.startswith("SH") and progid.endswith("0000") else progid


def best(wanted: reading.Seen) -> reading.Seen:
    kind = wanted["kind"].replace("game", "sports")
    return {
        **reading.without(wanted, "colour", "picture"),
        "number": "" if wanted["number"].startswith("S0") else wanted["number"],
        "kind": kind if kind in _TYPES else "series",
        "words": _category(wanted["categories"].split(", ")),
        "marks": "repeat" if "repeat" in wanted["marks"] else "",
        "series": reading.yes(kind != "movie"),
    }


def _category(words: Sequence[str]) -> str:
    """The first that is no type is shown."""
    return next((word for word in words if word.lower() not in _TYPES), "")
