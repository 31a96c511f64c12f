"""Kodi's IPTV Simple 20 to 22: src/iptvsimple/Epg.cpp, Channels.cpp and data/EpgEntry.cpp, as the
reference "kodi" (section 7) tells them; nearly all of it was seen in a running Kodi."""

import re
from typing import Tuple
from xml.etree.ElementTree import Element

from gracenote2epg.channels.matching import PlayerChannel
from gracenote2epg.xmltv.categories import EIT

from . import reading

NAME, PROFILE = "Kodi's IPTV Simple", "kodi"
ABOUT = """A channel shows the guide's channel with its tvg-id, else the first with its tvg-name,
else with its name. There is no mark for repeats and for live, and nothing can be recorded as a
series. The guide window shows the categories in a row; the colour is that of the first one in the
genres file that the add-on writes. The year is shown where there is no number. A date of today
would mean new, so a repeat on that day has no date."""

_CODED = {name.lower(): name for name in EIT}


def link(names: reading.Names, channel: PlayerChannel) -> Tuple[str, ...]:
    """Section 7: the id, whatever the case; then the tvg-name, in which a blank may be an
    underscore; then the name. The first that fits wins."""
    for key in names:
        if channel.tvg_id and key.lower() == channel.tvg_id.lower():
            return (key,)
    for wanted in (*channel.names, channel.name):
        for key, own in names.items():
            forms = {form.lower() for name in own for form in (name, name.replace(" ", "_"))}
            if wanted.lower() in forms:
                return (key,)
    return ()


def seen(programme: Element) -> reading.Seen:
    words = ",".join(reading.texts(programme, "category")).split(",")  # a comma splits
    date, number = reading.text(programme, "date"), _number(programme)
    aired = reading.dashed(date)
    marks = reading.marks(programme, "new", "premiere")
    if aired == reading.day(programme) and "new" not in marks:
        marks = f"new {marks}".strip()
    rating = [node.get("system") or "" for node in programme.findall("rating[@system]")][:1]
    return {
        **reading.plain(programme, "title", "subtitle", "description", "picture"),
        "number": number,
        "colour": next((_CODED[word.lower()] for word in words if word.lower() in _CODED), ""),
        "words": ", ".join(words),
        "marks": marks,
        "aired": aired,
        "year": "" if number else date[:4],
        "rating": "-".join([*rating, reading.text(programme, "rating/value")]),
        "people": reading.people(programme, "director", "actor", "writer"),
    }


def item(programme: Element) -> str:
    """It has no ids of programmes."""
    return ""


def best(wanted: reading.Seen) -> reading.Seen:
    is_hidden = "repeat" in wanted["marks"] and wanted["aired"] == wanted["day"]
    return {
        **reading.without(wanted, "kind", "series"),
        "marks": wanted["marks"].replace("repeat", "").replace(" live", ""),
        "aired": "" if is_hidden else wanted["aired"],
        "year": "" if wanted["number"] else wanted["year"],
        "people": wanted["people"].rpartition(", ")[0],  # no presenters
    }


def _number(programme: Element) -> str:
    """xmltv_ns, else the text on screen; to Kodi 22 a part, the third field, is the episode."""
    season, episode = reading.from_zero(programme)
    part = reading.numbered(programme, "xmltv_ns").split(".")[2:3]
    if part and part[0]:
        episode = part[0].split("/")[0]
    found = re.fullmatch(r"(?:S(\d+))?E(\d+)", reading.numbered(programme, "onscreen"))
    if found and not (season or episode):
        season, episode = found[1] or "", found[2]
    return reading.shown_number(season, episode)
