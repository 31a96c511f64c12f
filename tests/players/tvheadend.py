"""Tvheadend 4.3: src/epggrab/module/xmltv.c, src/epggrab/channel.c and src/epg.c, as the reference
"tvheadend" (sections 4 and 5) tells them; most of it was seen in a running server."""

import re
from typing import Tuple
from xml.etree.ElementTree import Element

from gracenote2epg.channels.matching import PlayerChannel
from gracenote2epg.xmltv.categories import EIT

from . import reading

NAME, PROFILE = "Tvheadend", "tvheadend"
ABOUT = """A channel is linked to the guide's channel with its tvg-id or one of its names. New and
premiere are one mark; there is none for live. The day of the first showing is kept of repeats only.
A rating is an age: TV-PG, G, PG and R have none. The lowest EIT string gives the colour. People
need *Scrape credits and extra information*."""

_CODES = {name.lower().replace(" ", ""): code for name, code in EIT.items()}
_AGES = {"TV-G": "3", "TV-Y7": "7", "TV-14": "14", "TV-MA": "17"}


def link(names: reading.Names, channel: PlayerChannel) -> Tuple[str, ...]:
    """Section 4: an IPTV channel's tvg-id is the id; else the name is one of the display names,
    whatever the case. Numbers count only with a setting that is off."""
    if channel.tvg_id in names:
        return (channel.tvg_id,)
    wanted = channel.name.lower()
    return tuple(key for key, own in names.items() if wanted in [name.lower() for name in own])


def seen(programme: Element) -> reading.Seen:
    # Section 5: the lowest code among the categories that are EIT strings, whatever the case and
    # blanks; that of a whole group (0x40, Sports) gives way to a more exact one of the group.
    words = [word.replace(" ", "") for word in reading.categories(programme)]
    codes = sorted(_CODES[word] for word in words if word in _CODES)
    groups = {code & 0xF0 for code in codes if code & 0xF}
    code = next((code for code in codes if code not in groups), 0)
    is_new = bool(reading.marks(programme, "new", "premiere"))
    return {
        **reading.plain(programme, "title", "subtitle", "description", "year", "picture", "people"),
        "number": _number(programme),
        "colour": next((name for name, own in EIT.items() if own == code), ""),
        "marks": _marks(is_new, reading.is_repeat(programme)),
        "aired": reading.first_shown(programme),
        "rating": _age(reading.text(programme, "rating/value")),
        "series": reading.yes(reading.numbered(programme, "dd_progid")[:2] in ("EP", "SH")),
    }


def item(programme: Element) -> str:
    """Section 5: EP, MV and SP have an episode link; SH has a series link alone."""
    progid = reading.numbered(programme, "dd_progid")
    return "" if progid.startswith("SH") else progid


def best(wanted: reading.Seen) -> reading.Seen:
    is_repeat = "repeat" in wanted["marks"]
    return {
        **reading.without(wanted, "kind", "words"),
        "marks": _marks("new" in wanted["marks"], is_repeat),
        "aired": wanted["aired"] if is_repeat else "",
        "rating": _age(wanted["rating"]),
    }


def _marks(is_new: bool, is_repeat: bool) -> str:
    return " ".join(word for word, on in (("new", is_new), ("repeat", is_repeat)) if on)


def _number(programme: Element) -> str:
    """Section 5: in the document's order, the last one counts; the four digits of an EP id are an
    episode. Numbers have 16 bits: the one after 65535 is none (review, finding 6, tried live).
    Without numbers the text on screen is shown."""
    season = episode = 0
    shown = ""
    for node in programme.findall("episode-num"):
        system, value = node.get("system"), node.text or ""
        if system == "dd_progid" and value.startswith("EP"):
            episode = int(value.rpartition(".")[2])
        elif system == "xmltv_ns":
            parts = [part.split("/")[0] for part in value.split(".")]
            season = int(parts[0]) + 1 if parts[0] else season
            episode = (int(parts[1]) + 1) % (1 << 16) if parts[1] else episode
        elif system == "onscreen":
            shown = re.sub(r"([SE])0*(\d)", r"\1\2", value)
    return reading.shown_number(str(season or ""), str(episode or "")) or shown


def _age(rating: str) -> str:
    return _AGES.get(rating) or re.split(r"\D", rating)[0]
