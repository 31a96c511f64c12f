"""Channels DVR: its users' reports, as the reference "xmltv" (section 3.7: ustvgo-iptv 39, EPlusTV
PR 90) and the review (finding 5) collect them; nobody has its source."""

from xml.etree.ElementTree import Element

from . import reading

NAME, PROFILE = "Channels DVR", "channels"
ABOUT = """By reports of its users. A channel is mapped by its id, number or name. Only the
category `Sports event` makes a game; new is what is marked so. Live needs `--live-element`. There
is no place for repeats, dates, ratings and people, and season 0 has no number."""

link = reading.by_any_name


def seen(programme: Element) -> reading.Seen:
    words = reading.texts(programme, "category")
    return {
        **reading.plain(programme, "title", "subtitle", "description", "number", "picture"),
        "kind": "movie" if "Movie" in words else "game" if "Sports event" in words else "series",
        "words": reading.words(programme),
        "marks": reading.marks(programme, "new", "live"),
    }


def item(programme: Element) -> str:
    """Not known."""
    return ""


def best(wanted: reading.Seen) -> reading.Seen:
    missing = ("colour", "aired", "year", "rating", "people", "series")
    return {
        **reading.without(wanted, *missing),
        "number": "" if wanted["number"].startswith("S0") else wanted["number"],
        "kind": wanted["kind"] if wanted["kind"] in ("movie", "game") else "series",
        "words": wanted["categories"],
        "marks": "new" if "new" in wanted["marks"] else "",
    }
