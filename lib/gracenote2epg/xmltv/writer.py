"""The guide as XMLTV text, streamed: channels first, then each channel's programmes by start.

Source of what each element holds and for whom: xmltv reference, section 3.9. The hot path of the
whole program: texts that the airings of a series share are made once, times once per moment.
"""

import re
import time
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Match,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from .. import __version__
from ..models import Airing, Credit, Details, Station
from .vocabulary import CREDITS, credit_element, rating_system, words

MOST_ACTORS = 6
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE tv SYSTEM "xmltv.dtd">\n'
    '<tv source-info-url="https://tvlistings.gracenote.com" source-info-name="Gracenote"'
    f' generator-info-name="tv_grab_gracenote2epg/{__version__}"'
    ' generator-info-url="https://github.com/th0ma7/gracenote2epg">\n'
)
TAIL = "</tv>\n"
# Markup, and what XML forbids or validators refuse; most texts have none of it.
_SPECIAL = re.compile('[&<>"\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd\ufffe\uffff]')
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd\ufffe\uffff]")
_DD_KINDS = ("EP", "SH", "MV", "SP")
DAY = 86400
_AUDIO = (
    (("dd 5.1", "dolby digital"), "dolby digital"),
    (("dd", "dolby"), "dolby"),
    (("surround",), "surround"),
    (("stereo",), "stereo"),
    (("mono",), "mono"),
)


def escape(text: str) -> str:
    """Text for an element or an attribute."""
    if not _SPECIAL.search(text):
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace('"', "&quot;")
    return text if text.isprintable() and "\ufffd" not in text else _ODD.sub(_odd, text)


def _odd(match: Match[str]) -> str:
    return " " if match.group() in "\n\t" else ""


def channel_id(station_id: str) -> str:
    """By the station alone: it stays when the channel is renumbered."""
    return f"{station_id}.gracenote2epg"


class Listing(NamedTuple):
    """A station of the guide and what its text depends on beside its airings."""

    station: Station
    country: str  # of its lineup: says whose ratings
    shared: "frozenset[str]"  # numbers that another station of the guide has too


class Style(NamedTuple):
    """What the user may choose about the text."""

    image_host: str
    utc: bool = False


def channel(listing: Listing) -> str:
    """The ``<channel>`` element.

    Names in this order, which players know by heart: call sign; then "number call sign" and the
    number alone, which is left out when two stations share it; the station's first number comes
    last.
    """
    station = listing.station
    names = [station.call_sign]
    for number in station.numbers[::-1]:
        names.append(f"{number} {station.call_sign}")
        if number not in listing.shared:
            names.append(number)
    lines = [f'  <channel id="{channel_id(station.station_id)}">\n']
    lines += [f"    <display-name>{escape(name)}</display-name>\n" for name in names]
    if station.logo:
        lines.append(f'    <icon src="{escape(station.logo)}"/>\n')
    lines.append("  </channel>\n")
    return "".join(lines)


class Programmes:
    """Writes the programmes of station after station; remembers what they have in common.

    details: the details of a series by its id, None when there are none. known: the ids of the
    series written so far whose details there are.
    """

    def __init__(self, details: Callable[[str], Optional[Details]], style: Style) -> None:
        self.known: Set[str] = set()
        self._details = details
        self._images = f"https://{style.image_host}/assets/"
        self._times = _Made(lambda moment: xmltv_time(moment, style.utc))
        self._days = _Made(lambda day: time.strftime("%Y%m%d", time.gmtime(day * DAY)))
        self._series = _Made(self._new_series)
        self._words = _Made(_words)
        self._numbers = _Made(_numbers)
        self._sounds = _Made(_sound_and_vision)
        self._ends = _Made(_end)

    def text(self, listing: Listing, airings: Iterable[Airing]) -> str:
        name = channel_id(listing.station.station_id)
        country = listing.country
        return "".join([self._programme(name, country, airing) for airing in airings])

    def _new_series(self, series_id: str) -> "Series":
        details = self._details(series_id)
        if details:
            self.known.add(series_id)
        return Series.of(details)

    def _programme(self, name: str, country: str, airing: Airing) -> str:
        (
            start, stop, title, tms_id, series_id, subtitle, description, season, number, year,
            rating, image, filters, flags, tags, generic,
        ) = airing  # fmt: skip
        series = self._series[series_id]
        kind = tms_id[:2]
        is_movie = kind == "MV"
        air_date, genres = "", series.genres
        episode = series.episodes.get(tms_id)
        if episode:
            air_date, synopsis, its_rating, its_genres, its_flags = episode
            rating = rating or its_rating
            genres = genres or its_genres
            description = synopsis or description
            if its_flags and ("New" in flags or "Live" in flags):
                # Not to a repeat: these are the episode's, and a repeat has the same id.
                flags += tuple(flag for flag in its_flags if flag in ("Premiere", "Finale"))
        if not description or (generic and series.description):
            description = series.description
        date = air_date if air_date and kind == "EP" else year or series.year
        image = image or series.image
        is_event = "sports" in filters and ("Live" in flags or kind == "SP")
        if is_movie:
            subtitle = numbers = ""
        elif number:
            numbers = self._numbers[season, number]
        else:
            numbers = self._numbers[season, ""] + self._first_shown(start, air_date)
        newness = _newness(flags, is_movie, season, number) if flags else ""
        if kind == "EP" and not generic and not (flags and _is_first(flags)):
            newness = self._repeat(start, air_date) + newness
        date_line = f"    <date>{date}</date>\n" if date else ""
        icon = f'    <icon src="{self._images}{image}.jpg"/>\n' if image else ""
        return (
            f'  <programme start="{self._times[start]}" stop="{self._times[stop]}"'
            f' channel="{name}">\n{_texts(title, subtitle, description)}{series.credits}{date_line}'
            f"{self._words[genres, filters, is_movie, is_event]}{icon}"
            f"{_dd_progid(tms_id)}{numbers}{self._sounds[tags]}"
            f"{newness}{self._ends[tags, rating, country]}"
        )

    def _repeat(self, start: int, air_date: str) -> str:
        if air_date and air_date < self._days[start // DAY]:
            # Noon: Tvheadend shows it in local time, and midnight UTC is the day before in America.
            return f'    <previously-shown start="{air_date}120000 +0000"/>\n'
        return "    <previously-shown/>\n"

    def _first_shown(self, start: int, air_date: str) -> str:
        """For Plex, which takes what has neither numbers nor this for a movie; unique per event."""
        if air_date:
            shown = f"{air_date[:4]}-{air_date[4:6]}-{air_date[6:]}"
        else:
            text = self._times[start]
            day, hour = f"{text[:4]}-{text[4:6]}-{text[6:8]}", f"{text[8:10]}:{text[10:12]}"
            shown = f"{day} {hour}:{text[12:14]}"
        return _number("original-air-date", shown)


class _Made(Dict[Any, Any]):
    """A dictionary that makes what it does not have yet, once."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make = make

    def __missing__(self, key: Any) -> Any:
        value = self[key] = self._make(key)
        return value


def _texts(title: str, subtitle: str, description: str) -> str:
    text = f"    <title>{escape(title)}</title>\n"
    if subtitle and subtitle != title:
        text += f"    <sub-title>{escape(subtitle)}</sub-title>\n"
    if description:
        text += f"    <desc>{escape(description)}</desc>\n"
    return text


def _dd_progid(tms_id: str) -> str:
    """Comes first of the numbers: Tvheadend takes one from it until another follows."""
    if len(tms_id) != 14 or tms_id[:2] not in _DD_KINDS:
        return ""
    return _number("dd_progid", f"{tms_id[:10]}.{tms_id[10:]}")


def _words(key: Any) -> str:
    genres, filters, is_movie, is_event = key
    found = words(is_movie, is_event, filters, genres)
    return "".join(
        [f"    <category>{escape(word)}</category>\n" for word in found.categories]
        + [f"    <keyword>{escape(word)}</keyword>\n" for word in found.keywords]
    )


def _numbers(key: Tuple[str, str]) -> str:
    season, number = key
    lines = []
    if number:
        on_screen = f"S{season:0>2}E{number:0>2}" if season else f"E{number:0>2}"
        lines.append(_number("onscreen", on_screen))
    if (season or number) and season != "0" and number != "0":
        zero_based = [str(int(text) - 1) if text else "" for text in (season, number)]
        lines.append(_number("xmltv_ns", f"{zero_based[0]}.{zero_based[1]}."))
    return "".join(lines)


def _end(key: Tuple[Tuple[str, ...], str, str]) -> str:
    """Subtitles and rating: the last of a programme."""
    tags, rating, country = key
    text = _subtitles(tags)
    system = rating_system(rating, country) if rating else ""
    if system:
        text += (
            f'    <rating system="{system}">\n      <value>{escape(rating)}</value>\n'
            "    </rating>\n"
        )
    return f"{text}  </programme>\n"


class Series(NamedTuple):
    """What the airings of a series share."""

    description: str
    credits: str
    genres: Tuple[str, ...]
    image: str
    year: str
    episodes: Dict[str, Tuple[Any, ...]]  # by tms_id, the rest of an Episode

    @classmethod
    def of(cls, details: Optional[Details]) -> "Series":
        if details is None:
            return cls("", "", (), "", "", {})
        return cls(
            details.description,
            _credits((*details.cast, *details.crew)),
            details.genres,
            details.image or details.backdrop,
            details.year,
            {episode.tms_id: episode[1:] for episode in details.episodes},
        )


def xmltv_time(moment: int, utc: bool = False) -> str:
    """Local time with the offset of that instant, which is not the offset of now."""
    if utc:
        return time.strftime("%Y%m%d%H%M%S +0000", time.gmtime(moment))
    local = time.localtime(moment)
    offset = local.tm_gmtoff // 60
    sign, offset = ("-", -offset) if offset < 0 else ("+", offset)
    return f"{time.strftime('%Y%m%d%H%M%S', local)} {sign}{offset // 60:02d}{offset % 60:02d}"


def _newness(flags: Sequence[str], is_movie: bool, season: str, number: str) -> str:
    """premiere, last-chance and new, in the DTD's order."""
    lines = []
    if "Premiere" in flags:
        text = _premiere(is_movie, season, number)
        lines.append(f"    <premiere>{text}</premiere>\n" if text else "    <premiere/>\n")
    if "Finale" in flags:
        text = "Season Finale" if season else "Finale"
        lines.append(f"    <last-chance>{text}</last-chance>\n")
    if _is_first(flags):
        lines.append("    <new/>\n")
    return "".join(lines)


def _is_first(flags: Sequence[str]) -> bool:
    return "New" in flags or "Live" in flags or "Premiere" in flags


def _premiere(is_movie: bool, season: str, number: str) -> str:
    if is_movie:
        return "Movie Premiere"
    if number != "1":
        return ""
    return "Series Premiere" if season == "1" else "Season Premiere"


def _credits(people: Iterable[Credit]) -> str:
    found: Dict[str, List[str]] = {element: [] for element in CREDITS}
    for person in people:
        element = credit_element(person.role)
        if element and (element != "actor" or len(found["actor"]) < MOST_ACTORS):
            attributes = ""
            if element == "actor" and person.character:
                attributes = f' role="{escape(person.character)}"'
            if person.role == "guest star":
                attributes += ' guest="yes"'
            line = f"      <{element}{attributes}>{escape(person.name)}</{element}>\n"
            if line not in found[element]:
                found[element].append(line)
    lines = [line for element in CREDITS for line in found[element]]
    return f"    <credits>\n{''.join(lines)}    </credits>\n" if lines else ""


def _number(system: str, text: str) -> str:
    return f'    <episode-num system="{system}">{text}</episode-num>\n'


def _sound_and_vision(tags: Tuple[str, ...]) -> str:
    tags = tuple(tag.lower() for tag in tags)
    lines = []
    if any(tag.startswith(("hd", "uhd", "4k")) for tag in tags):
        seen = "      <aspect>16:9</aspect>\n      <quality>HDTV</quality>\n"
        lines.append(f"    <video>\n{seen}    </video>\n")
    sound = next((value for names, value in _AUDIO if any(name in tags for name in names)), "")
    if sound:
        lines.append(f"    <audio>\n      <stereo>{sound}</stereo>\n    </audio>\n")
    return "".join(lines)


def _subtitles(tags: Tuple[str, ...]) -> str:
    return '    <subtitles type="teletext"/>\n' if "cc" in (tag.lower() for tag in tags) else ""
