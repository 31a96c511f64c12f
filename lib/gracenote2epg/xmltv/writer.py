"""The guide as XMLTV text, streamed: channels first, then each channel's programmes by start.

Source of what each element holds and for whom: xmltv reference, section 3.9. The hot path of the
whole program: texts that the airings of a series share are made once, times once per moment.
"""

import re
import time
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from .. import __version__
from ..models import Airing, Credit, Details, Episode, Station
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
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": " ", "\t": " "}
_DD_PROGID = re.compile(r"(?:EP|SH|MV|SP)\d{12}")
_AUDIO = (
    (("dd 5.1", "dolby digital"), "dolby digital"),
    (("dd", "dolby"), "dolby"),
    (("surround",), "surround"),
    (("stereo",), "stereo"),
    (("mono",), "mono"),
)


def escape(text: str) -> str:
    """Text for an element or an attribute."""
    if _SPECIAL.search(text):
        return _SPECIAL.sub(lambda match: _ENTITIES.get(match.group(), ""), text)
    return text


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

    details: the details of a series by its id, None when there are none.
    """

    def __init__(self, details: Callable[[str], Optional[Details]], style: Style) -> None:
        self._details = details
        self._images = f"https://{style.image_host}/assets/"
        self._utc = style.utc
        self._series: Dict[str, Series] = {}
        self._times: Dict[int, str] = {}
        self._cached: Dict[Any, str] = {}

    def series(self, series_id: str) -> "Series":
        """What is known of a series, made once."""
        series = self._series.get(series_id)
        if series is None:
            series = self._series[series_id] = Series.of(self._details(series_id))
        return series

    def text(self, listing: Listing, airings: Iterable[Airing]) -> str:
        name = channel_id(listing.station.station_id)
        return "".join(
            part for airing in airings for part in self._programme(name, listing.country, airing)
        )

    def _programme(self, name: str, country: str, airing: Airing) -> List[str]:
        series = self.series(airing.series_id)
        episode = series.episodes.get(airing.tms_id)
        is_movie = airing.tms_id[:2] == "MV"
        flags = _flags(airing, episode)
        title = escape(airing.title)
        parts = [
            f'  <programme start="{self._time(airing.start)}" stop="{self._time(airing.stop)}"'
            f' channel="{name}">\n    <title>{title}</title>\n'
        ]
        if airing.subtitle and not is_movie and airing.subtitle != airing.title:
            parts.append(f"    <sub-title>{escape(airing.subtitle)}</sub-title>\n")
        description = _description(airing, episode, series)
        if description:
            parts.append(f"    <desc>{escape(description)}</desc>\n")
        parts.append(series.credits)
        date = _date(airing, episode, series, is_movie)
        if date:
            parts.append(f"    <date>{date}</date>\n")
        parts.append(self._words(airing, episode, series, is_movie, flags))
        image = airing.image or series.image
        if image:
            parts.append(f'    <icon src="{self._images}{image}.jpg"/>\n')
        parts.append(self._numbers(airing, episode, is_movie))
        parts.append(self._tagged(airing.tags, _sound_and_vision))
        parts.append(_newness(airing, episode, is_movie, flags))
        parts.append(self._tagged(airing.tags, _subtitles))
        rating = airing.rating or (episode.rating if episode else "")
        if rating:
            parts.append(self._rating(rating, country))
        parts.append("  </programme>\n")
        return parts

    def _time(self, moment: int) -> str:
        text = self._times.get(moment)
        if text is None:
            text = self._times[moment] = xmltv_time(moment, self._utc)
        return text

    def _words(
        self,
        airing: Airing,
        episode: Optional[Episode],
        series: "Series",
        is_movie: bool,
        flags: Sequence[str],
    ) -> str:
        genres = series.genres or (episode.genres if episode else ())
        is_event = "sports" in airing.filters and ("Live" in flags or airing.tms_id[:2] == "SP")
        key = (genres, airing.filters, is_movie, is_event)
        text = self._cached.get(key)
        if text is None:
            found = words(is_movie, is_event, airing.filters, genres)
            text = self._cached[key] = "".join(
                [f"    <category>{escape(word)}</category>\n" for word in found.categories]
                + [f"    <keyword>{escape(word)}</keyword>\n" for word in found.keywords]
            )
        return text

    def _numbers(self, airing: Airing, episode: Optional[Episode], is_movie: bool) -> str:
        """dd_progid comes first: Tvheadend takes an episode number from it until another
        follows.
        """
        lines = []
        tms_id = airing.tms_id
        if _DD_PROGID.fullmatch(tms_id):
            lines.append(_number("dd_progid", f"{tms_id[:10]}.{tms_id[10:]}"))
        if is_movie:
            return "".join(lines)
        season, number = airing.season, airing.episode
        if number:
            on_screen = f"S{season:0>2}E{number:0>2}" if season else f"E{number:0>2}"
            lines.append(_number("onscreen", on_screen))
        if (season or number) and season != "0" and number != "0":
            zero_based = [str(int(text) - 1) if text else "" for text in (season, number)]
            lines.append(_number("xmltv_ns", f"{zero_based[0]}.{zero_based[1]}."))
        if not number:
            lines.append(_number("original-air-date", self._first_shown(airing, episode)))
        return "".join(lines)

    def _first_shown(self, airing: Airing, episode: Optional[Episode]) -> str:
        """For Plex, which takes what has neither numbers nor this for a movie; unique per event."""
        if episode and episode.air_date:
            date = episode.air_date
            return f"{date[:4]}-{date[4:6]}-{date[6:]}"
        text = self._time(airing.start)
        return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}:{text[12:14]}"

    def _tagged(self, tags: Tuple[str, ...], make: Callable[[Tuple[str, ...]], str]) -> str:
        key = (make, tags)
        text = self._cached.get(key)
        if text is None:
            text = self._cached[key] = make(tuple(tag.lower() for tag in tags))
        return text

    def _rating(self, rating: str, country: str) -> str:
        key = (rating, country)
        text = self._cached.get(key)
        if text is None:
            system = rating_system(rating, country)
            value = f"      <value>{escape(rating)}</value>\n"
            text = f'    <rating system="{system}">\n{value}    </rating>\n' if system else ""
            self._cached[key] = text
        return text


class Series(NamedTuple):
    """What the airings of a series share."""

    known: bool
    description: str
    credits: str
    genres: Tuple[str, ...]
    image: str
    year: str
    episodes: Dict[str, Episode]

    @classmethod
    def of(cls, details: Optional[Details]) -> "Series":
        if details is None:
            return cls(False, "", "", (), "", "", {})
        return cls(
            True,
            details.description,
            _credits((*details.cast, *details.crew)),
            details.genres,
            details.image or details.backdrop,
            details.year,
            {episode.tms_id: episode for episode in details.episodes},
        )


def xmltv_time(moment: int, utc: bool = False) -> str:
    """Local time with the offset of that instant, which is not the offset of now."""
    if utc:
        return time.strftime("%Y%m%d%H%M%S +0000", time.gmtime(moment))
    local = time.localtime(moment)
    offset = local.tm_gmtoff // 60
    sign, offset = ("-", -offset) if offset < 0 else ("+", offset)
    return f"{time.strftime('%Y%m%d%H%M%S', local)} {sign}{offset // 60:02d}{offset % 60:02d}"


def _flags(airing: Airing, episode: Optional[Episode]) -> Sequence[str]:
    """The grid's flags; to a first showing the details may add what it is the first or last of.

    Not to a repeat: the details' flags are the episode's, and a repeat has the same id.
    """
    if episode and ("New" in airing.flags or "Live" in airing.flags):
        return (*airing.flags, *(flag for flag in episode.flags if flag in ("Premiere", "Finale")))
    return airing.flags


def _description(airing: Airing, episode: Optional[Episode], series: Series) -> str:
    if airing.generic and series.description:
        return series.description
    synopsis = episode.synopsis if episode else ""
    return synopsis or airing.description or series.description


def _date(airing: Airing, episode: Optional[Episode], series: Series, is_movie: bool) -> str:
    if not is_movie and airing.tms_id[:2] == "EP" and episode and episode.air_date:
        return episode.air_date
    return airing.year or series.year


def _newness(
    airing: Airing, episode: Optional[Episode], is_movie: bool, flags: Sequence[str]
) -> str:
    """previously-shown, premiere, last-chance and new, in the DTD's order."""
    if not flags:
        return _repeat(airing, episode)
    lines = []
    if "Premiere" in flags:
        text = _premiere(airing, is_movie)
        lines.append(f"    <premiere>{text}</premiere>\n" if text else "    <premiere/>\n")
    if "Finale" in flags:
        text = "Season Finale" if airing.season else "Finale"
        lines.append(f"    <last-chance>{text}</last-chance>\n")
    if "New" in flags or "Live" in flags or "Premiere" in flags:
        lines.append("    <new/>\n")
    return "".join(lines)


def _repeat(airing: Airing, episode: Optional[Episode]) -> str:
    if airing.tms_id[:2] != "EP" or airing.generic:
        return ""
    date = episode.air_date if episode else ""
    if date and date < time.strftime("%Y%m%d", time.gmtime(airing.start)):
        # Noon: Tvheadend shows it in local time, and midnight UTC is the day before in America.
        return f'    <previously-shown start="{date}120000 +0000"/>\n'
    return "    <previously-shown/>\n"


def _premiere(airing: Airing, is_movie: bool) -> str:
    if is_movie:
        return "Movie Premiere"
    if airing.episode != "1":
        return ""
    return "Series Premiere" if airing.season == "1" else "Season Premiere"


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
    lines = []
    if any(tag.startswith(("hd", "uhd", "4k")) for tag in tags):
        seen = "      <aspect>16:9</aspect>\n      <quality>HDTV</quality>\n"
        lines.append(f"    <video>\n{seen}    </video>\n")
    sound = next((value for names, value in _AUDIO if any(name in tags for name in names)), "")
    if sound:
        lines.append(f"    <audio>\n      <stereo>{sound}</stereo>\n    </audio>\n")
    return "".join(lines)


def _subtitles(tags: Tuple[str, ...]) -> str:
    return '    <subtitles type="teletext"/>\n' if "cc" in tags else ""
