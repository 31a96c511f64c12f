"""Jellyfin: Jellyfin.XmlTv 77aa542 (XmlTvReader.cs) and the server's XmlTvListingsProvider.cs and
DefaultLiveTvService.cs at c3ed1407, as the review (findings 1 and 8, the table of the players) and
the reference "xmltv" (section 3.3) tell them."""

import re
from typing import Tuple
from xml.etree.ElementTree import Element

from gracenote2epg.channels.matching import PlayerChannel

from . import reading

NAME, PROFILE = "Jellyfin, Emby", "jellyfin"
ABOUT = """A channel shows the guide's channel with its id, else with its number, else with its
name, which is the first of the guide's. Only what has an episode number can be recorded as a
series, so what has none gets one from the date. A movie has no sub-title. Live needs
`--live-element`. It keeps no day of the first showing, only the year."""

# The words of the default settings.
_KINDS = {
    "movie": ("movie",),
    "news": ("news", "journalism", "documentary", "current affairs"),
    "sports": ("sports", "basketball", "baseball", "football"),
    "children": ("kids", "family", "children", "childrens", "disney"),
}


def link(names: reading.Names, channel: PlayerChannel) -> Tuple[str, ...]:
    """The id, the number, the name. The guide's number is the last display name that is one."""
    numbers = {
        key: [name for name in own if re.fullmatch(r"\d+([._-]\d+)?", name)][-1:]
        for key, own in names.items()
    }
    return (
        tuple(key for key in names if key == channel.tvg_id)
        or tuple(key for key, own in numbers.items() if own == [channel.number])
        or tuple(key for key, own in names.items() if own[0].lower() == channel.name.lower())
    )


def seen(programme: Element) -> reading.Seen:
    words = set(reading.categories(programme))
    kinds = [kind for kind, own in _KINDS.items() if words & set(own)]
    season, episode = _number(programme)
    marks = reading.marks(programme, "new", "premiere", "live")
    if reading.is_repeat(programme) and "new" not in marks:
        marks = f"repeat {marks}".strip()
    # A backdrop and a still become the programme's second and third picture (finding 8c).
    images = [node.get("type") or "" for node in programme.findall("image")]
    return {
        **reading.plain(programme, "title", "description", "year", "rating", "people"),
        "subtitle": "" if "movie" in kinds else reading.text(programme, "sub-title"),
        "number": reading.shown_number(season, episode),
        "kind": " ".join(kinds) or "series",
        "marks": marks,
        "picture": " ".join([reading.picture(programme), *images]).strip(),
        "series": reading.yes(bool(episode)),
    }


def item(programme: Element) -> str:
    """The id is the ShowId; one that ends in 0000 is no reason to skip a recording."""
    progid = reading.numbered(programme, "dd_progid")
    return "" if progid.endswith("0000") else progid


def best(wanted: reading.Seen) -> reading.Seen:
    is_single = wanted["kind"] in ("movie", "game") or wanted["unknown"] == "yes"
    number = wanted["number"]
    if "E" not in number and not is_single:
        year, month, day = (wanted["aired"] or wanted["day"]).split("-")
        number = f"S{int(year)}E{int(month)}{day}"
    return {
        **reading.without(wanted, "colour", "words", "aired"),
        "number": number,
        "kind": wanted["kind"].replace("game", "sports"),
        "marks": wanted["marks"].replace(" live", ""),
        "picture": wanted["pictures"],
        "series": reading.yes("E" in number),
    }


def _number(programme: Element) -> Tuple[str, str]:
    """xmltv_ns, else SxxExx (ParseSxxExxSystem)."""
    season, episode = reading.from_zero(programme)
    found = re.fullmatch(r"S(\d+)E(\d+)", reading.numbered(programme, "SxxExx"))
    return (found[1], found[2]) if found and not (season or episode) else (season, episode)
