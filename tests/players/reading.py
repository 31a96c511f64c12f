"""What the models have in common: reading a <channel> and a <programme>."""

from typing import Dict, List, Mapping, Tuple
from xml.etree.ElementTree import Element

from gracenote2epg.channels.matching import PlayerChannel

Seen = Dict[str, str]
Names = Mapping[str, Tuple[str, ...]]  # the display names of the guide's channels, by id

# words: the genres as they are shown. series: whether the series can be recorded.
FIELDS = (
    "title", "subtitle", "description", "number", "kind", "colour", "words", "marks", "aired",
    "year", "rating", "picture", "people", "series",
)  # fmt: skip


def names(tv: Element) -> Names:
    return {node.get("id") or "": tuple(texts(node, "display-name")) for node in tv.iter("channel")}


def by_any_name(names: Names, channel: PlayerChannel) -> Tuple[str, ...]:
    """The id; else the channels of which the number, or else the name, is one of the names."""
    for wanted in (channel.tvg_id, channel.number, channel.name):
        found = tuple(key for key, own in names.items() if wanted and wanted in (key, *own))
        if found:
            return found
    return ()


def plain(programme: Element, *fields: str) -> Seen:
    """Fields that the player shows as the guide has them."""
    values = {
        "title": text(programme, "title"),
        "subtitle": text(programme, "sub-title"),
        "description": text(programme, "desc"),
        "number": shown_number(*from_zero(programme)),
        "year": text(programme, "date")[:4],
        "rating": text(programme, "rating/value"),
        "picture": picture(programme),
        "people": people(programme, "director", "actor", "writer", "presenter", "guest"),
    }
    return {field: values[field] for field in fields}


def without(wanted: Seen, *fields: str) -> Seen:
    """What is wanted, without the fields that the player has no place for."""
    return {field: value for field, value in wanted.items() if field not in fields}


def text(programme: Element, path: str) -> str:
    return programme.findtext(path) or ""


def texts(programme: Element, path: str) -> List[str]:
    return [node.text or "" for node in programme.findall(path)]


def categories(programme: Element) -> List[str]:
    """In lower case."""
    return [word.lower() for word in texts(programme, "category")]


def words(programme: Element) -> str:
    """All categories but the one that says no more than the kind."""
    return ", ".join(word for word in texts(programme, "category") if word != "Series")


def marks(programme: Element, *elements: str) -> str:
    """Those that are there."""
    return " ".join(element for element in elements if programme.find(element) is not None)


def is_repeat(programme: Element) -> bool:
    return programme.find("previously-shown") is not None


def first_shown(programme: Element) -> str:
    """The day that <previously-shown> tells."""
    return dashed(
        next((node.get("start") or "" for node in programme.iter("previously-shown")), "")
    )


def numbered(programme: Element, system: str) -> str:
    """The text of the first <episode-num> of this system."""
    return text(programme, f"episode-num[@system='{system}']")


def from_zero(programme: Element) -> Tuple[str, str]:
    """Season and episode of xmltv_ns, counted from one; "" = none."""
    fields = [field.split("/")[0].strip() for field in numbered(programme, "xmltv_ns").split(".")]
    season, episode = (str(int(field) + 1) if field else "" for field in [*fields, ""][:2])
    return season, episode


def shown_number(season: str, episode: str) -> str:
    return (f"S{int(season)}" if season else "") + (f"E{int(episode)}" if episode else "")


def people(programme: Element, *roles: str) -> str:
    """The names: the text up to the first element in them."""
    return ", ".join(name for role in roles for name in texts(programme, f"credits/{role}"))


def dashed(date: str) -> str:
    """The day of YYYYMMDD…; "" = it is shorter."""
    return "-".join((date[:4], date[4:6], date[6:8])) if len(date) >= 8 else ""


def day(programme: Element) -> str:
    """Of the showing, where the viewer is."""
    return dashed(programme.get("start") or "")


def picture(programme: Element) -> str:
    """The shape of the first icon, which the asset's id tells."""
    address = next((node.get("src") or "" for node in programme.iter("icon")), "")
    return ("portrait" if "_v" in address else "landscape") if address else ""


def yes(is_true: bool) -> str:
    return "yes" if is_true else ""
