"""Plex: what its users and the makers of other grabbers report, as the reference "xmltv" (section
3.7) and the review (findings 4 and 14) collect it; nobody has its source."""

from xml.etree.ElementTree import Element

from . import reading

NAME, PROFILE = "Plex", "plex"
ABOUT = """By reports of its users. A channel is mapped by its number or its name. What has no
number, no day of a first showing and is no series is a movie. What was not shown before is new, and
so is what has its first showing on that day. One title with one number, or on one day, is one
programme. There is no place for live, premieres, ratings and people."""

link = reading.by_any_name


def seen(programme: Element) -> reading.Seen:
    number, words = _number(programme), reading.categories(programme)
    first = reading.numbered(programme, "original-air-date")[:10]
    # iptv4plex 8, locast2dvr 16, zap2xml 91; guide2go 4 for "series".
    is_movie = "movie" in words or not (number or first or "series" in words)
    # xml_tv 1 and owi2plex 1: all is new but what was shown before, on another day.
    is_new = not reading.is_repeat(programme) or first == reading.day(programme)
    return {
        **reading.plain(programme, "title", "description", "year", "picture"),
        "subtitle": "" if is_movie else reading.text(programme, "sub-title"),  # telly 205
        "number": number,
        "kind": "movie" if is_movie else "series",
        "words": reading.words(programme),
        "marks": "new" if is_new and not is_movie else "",
        "aired": "" if is_movie else first or reading.dashed(reading.text(programme, "date")),
    }


def item(programme: Element) -> str:
    """zap2xml_dispatcharr_plugin 2 and xTeVe 9: the title with its number, or with its date."""
    known = _number(programme) or reading.numbered(programme, "original-air-date")
    return f"{reading.text(programme, 'title')} {known}" if known else ""


def best(wanted: reading.Seen) -> reading.Seen:
    is_movie, is_repeat = wanted["kind"] == "movie", "repeat" in wanted["marks"]
    # What is new and has no number gets the day of its showing.
    assumed = "" if is_repeat or "E" in wanted["number"] else wanted["day"]
    return {
        **reading.without(wanted, "colour", "rating", "people", "series"),
        "kind": "movie" if is_movie else "series",
        "words": wanted["categories"],
        "marks": "" if is_movie or is_repeat else "new",
        "aired": "" if is_movie else wanted["aired"] or assumed,
    }


def _number(programme: Element) -> str:
    season, episode = reading.from_zero(programme)
    on_screen = reading.numbered(programme, "onscreen")
    if on_screen and not episode:
        season, _, episode = on_screen.lstrip("S").rpartition("E")
    return reading.shown_number(season, episode)
