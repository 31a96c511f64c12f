"""The guide as XMLTV text, a station at a time.

docs/xmltv.md explains each element. This is the hot path of the whole program: text that the
airings of a series share is made once, and so is each time stamp.
"""

import re
import time
from typing import Any, Callable, Iterable, List, NamedTuple, Optional, Set, Tuple

from .. import __version__
from ..clock import DAY
from ..models import NO_DETAILS, Airing, Details, Station
from ..util.language import detect
from ..util.template import fill
from .categories import SERIES, mythtv_type, unique, words
from .images import Pictures
from .markup import Memo, escape, escape_lines, local_day, xmltv_time
from .numbers import Numbers, dashed
from .options import Style, file_safe
from .series import Series, series_of
from .vocabulary import is_rating, rating_system

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE tv SYSTEM "xmltv.dtd">\n'
    '<tv source-info-url="https://tvlistings.gracenote.com" source-info-name="Gracenote"'
    f' generator-info-name="tv_grab_gracenote2epg/{__version__}">\n'
)
TAIL = "</tv>\n"
# Who plays whom, in a sub-title: "Air Force at Navy", "Leeds vs. York", "Lyon c. Nice".
_MATCH_UP = re.compile(r" (at|@|vs?|c\.|contre|contra|à)\.? ", re.IGNORECASE)
_BOUT = re.compile(r" vs?\.? ", re.IGNORECASE)  # in a title: "UFC 332: Silva vs. Wang"
_ABOUT_SPORTS = frozenset(("sports talk", "documentary"))  # genres of programmes about a sport
LONG_AGO = 30 * DAY  # a programme may be new here weeks after its first showing
_WITH_TITLES = ("EP", "SP")  # kinds of ids that mean one programme
_WITHOUT_EPISODES = ("MV", "SH")  # whose long description is their own, not that of a series
_AUDIO = (
    (("dd 5.1", "dolby digital"), "dolby digital"),
    (("dd", "dolby"), "dolby"),
    (("surround",), "surround"),
    (("stereo",), "stereo"),
    (("mono",), "mono"),
)


class Listing(NamedTuple):
    """What the text of a station depends on, beside its airings.

    player_names, player_id: how players call it. kept_names, kept_id: how an earlier guide did.
    """

    station: Station
    country: str  # of its lineup; it decides whose ratings apply
    shared_numbers: "frozenset[str]"  # numbers that several stations of the guide have
    shares_call_sign: bool = False
    player_names: Tuple[str, ...] = ()
    player_id: str = ""  # "" = none
    kept_names: Tuple[str, ...] = ()
    kept_id: str = ""  # "" = none


def channel(listing: Listing, style: Style) -> str:
    """The ``<channel>`` element: an earlier guide's names, ours, then the players'. MythTV takes
    the second name for the call sign and the third for the number.
    """
    station = listing.station
    call_sign = station.call_sign
    names = [*listing.kept_names, *own_names(listing), *listing.player_names]
    names = list(dict.fromkeys(names))
    if style.profile.by_position:
        names = [call_sign, call_sign, *station.numbers[:1]]
        names = [*listing.kept_names[:1], *names[1:]] if listing.kept_names else names
    lines = [f'  <channel id="{escape(channel_id(listing, style))}">\n']
    lines += [f"    <display-name>{escape(name)}</display-name>\n" for name in names]
    if station.logo and "channel icon" in style.elements:
        lines.append(f'    <icon src="{escape(station.logo)}"/>\n')
    lines.append("  </channel>\n")
    return "".join(lines)


def channel_id(listing: Listing, style: Style) -> str:
    """The station's id in the guide: an earlier guide's; the player's own, if the user wants that
    and there is one."""
    if listing.kept_id:
        return listing.kept_id
    is_players = style.channel_ids == "player" and listing.player_id
    return listing.player_id if is_players else style.channel_id(listing.station)


def own_names(listing: Listing) -> List[str]:
    """The names of our own, in the order that players expect: the call sign; then "number call
    sign" and the number alone; the station's first number comes last.

    Tvheadend may take the first word of a name for a number, and the rest for a name. So what other
    stations have, too, never stands first or alone: it is "call sign number" then. Else the first
    name never changes, since Tvheadend may rename a channel by it.
    """
    station, sign = listing.station, listing.station.call_sign
    numbers = station.numbers[::-1]
    if listing.shares_call_sign:
        own = [number for number in numbers if number not in listing.shared_numbers]
        names = [name for number in own for name in (f"{sign} {number}", number)]
        return names or [f"{sign} {station.station_id}"]
    names = [sign]
    for number in numbers:
        is_shared = number in listing.shared_numbers
        names += [f"{sign} {number}"] if is_shared else [f"{number} {sign}", number]
    return names


class ProgrammeWriter:
    """Writes the programmes of station after station.

    details: the details of a series by its id, or None. detailed: the ids of the series written so
    far that have details. Of the station written last: ``undescribed`` are the starts of
    programmes without a description; ``pictureless`` counts programmes without a picture.
    """

    def __init__(self, details: Callable[[str], Optional[Details]], style: Style) -> None:
        self.detailed: Set[str] = set()
        self.undescribed: List[int] = []
        self.pictureless = 0
        self._details, self._style = details, style
        self._elements = style.elements
        self._pictures = Pictures(style)
        self._times = Memo(lambda moment: xmltv_time(moment, style.utc))
        self._utc_days = Memo(lambda day: time.strftime("%Y%m%d", time.gmtime(day * DAY)))
        self._days = Memo(local_day)
        self._numbers = Numbers(style)
        self._is_about_sports = Memo(
            lambda genres: not _ABOUT_SPORTS.isdisjoint(map(str.lower, genres))
        )
        self._titles = Memo(self._new_title)
        self._series = Memo(self._new_series)
        self._categories = Memo(self._new_categories)
        self._video_audio = Memo(self._new_video_audio)
        self._first_marks = Memo(self._new_first_marks)
        self._ends = Memo(self._new_end)

    def text(self, listing: Listing, airings: Iterable[Airing]) -> str:
        """The ``<programme>`` elements of one station."""
        self.undescribed, self.pictureless = [], 0
        escaped_id = escape(channel_id(listing, self._style))
        country, language = listing.country, listing.station.language
        if language in ("", "en"):
            return "".join([self._programme(escaped_id, country, "", airing) for airing in airings])
        pairs = [(_language(airing, language), airing) for airing in airings]
        return "".join([self._programme(escaped_id, country, *pair) for pair in pairs])

    def _new_series(self, series_id: str) -> Series:
        details = self._details(series_id)
        if details:
            self.detailed.add(series_id)
        pictures = self._pictures if "credits" in self._elements else None
        return series_of(details, series_id, pictures, bool(self._style.template))

    def _programme(self, channel_id: str, country: str, language: str, airing: Airing) -> str:
        (
            start, stop, title, tms_id, series_id, subtitle, description, season, number, year,
            rating, image, filters, flags, tags, generic,
        ) = airing  # fmt: skip
        series = self._series[series_id]
        kind = tms_id[:2]
        is_movie, is_episode = kind == "MV", kind == "EP"
        is_first = bool(flags) and ("New" in flags or "Live" in flags or "Premiere" in flags)
        air_date, genres = "", series.genres
        episode = series.episodes.get(tms_id)
        if episode:
            if is_episode:  # other ids are those of all editions
                air_date = episode.air_date
            if not generic and kind in _WITH_TITLES:
                subtitle = subtitle or episode.title
                if episode.number and not number:
                    season, number = episode.season, episode.number
            rating = rating or episode.rating
            genres = genres or episode.genres
            description = episode.synopsis or description
            if episode.flags and ("New" in flags or "Live" in flags):
                # Not for a repeat, which has the same id: the flags are those of the first airing.
                more = (flag for flag in episode.flags if flag in ("Premiere", "Finale"))
                flags += tuple(flag for flag in more if flag not in flags)
        is_event = not is_movie and (kind == "SP" or "sports" in filters)
        if is_event:
            is_event = (
                kind == "SP"
                or "Live" in flags
                or bool(_MATCH_UP.search(subtitle) or _BOUT.search(title))
            )
            own = episode.genres if episode else ()
            if is_event and (self._is_about_sports[genres] or self._is_about_sports[own]):
                is_event = False
            elif is_event and own:
                genres = own  # a series of several sports has them all
        if kind in _WITHOUT_EPISODES:
            if len(series.description) > len(description):
                description = series.description
        elif not description or (generic and series.description):
            description = series.description
        if not description:
            self.undescribed.append(start)
        date = air_date or year or series.year
        if air_date and is_first and not number and air_date < self._days[start - LONG_AGO]:
            # An id that is used each day has the date of its first use, for all its editions.
            air_date = date = ""
            tms_id = f"SH{tms_id[2:10]}0000"
        if not is_first and self._style.profile.new_by_date and date == self._days[start]:
            date = date[:4]
        if is_movie:
            subtitle = season = number = ""
        elif kind == "SP":
            season = number = ""
        is_repeat = is_episode and not (generic or is_first)
        marks = _marks(flags, is_movie, season, number) if flags else ()
        if is_movie:
            numbers = self._numbers.dd_progid(tms_id)
        else:
            numbers = self._numbers.text(
                tms_id, season, number, subtitle not in ("", title), start, air_date, is_first,
                is_repeat,
                is_event or (not number and (series_id in NO_DETAILS or airing.is_tba)),
            )  # fmt: skip
        icon = self._pictures.icon(image, series.art, is_movie)
        if not icon and "icon" in self._elements:
            self.pictureless += 1
        if self._style.template:
            description = fill(
                self._style.template,
                {
                    "title": title,
                    "subtitle": subtitle,
                    "description": description,
                    "season": season,
                    "episode": number,
                    "number": f"S{season:0>2}E{number:0>2}" if season and number else "",
                    "year": date[:4],
                    "date": dashed(air_date),
                    "rating": rating,
                    "flags": ", ".join(flags),
                    "genres": ", ".join(genres),
                    "cast": series.cast,
                    "director": series.directors,
                },
            )
        of_date = f"    <date>{date}</date>\n" if date and "date" in self._elements else ""
        # Plex takes for a movie what has neither a number nor a date, unless it is a series.
        is_dateless = is_repeat and not number and "original-air-date" not in numbers
        return (
            f'  <programme start="{self._times[start]}" stop="{self._times[stop]}"'
            f' channel="{channel_id}">\n{self._texts(title, subtitle, description, language)}'
            f"{series.credits}{of_date}"
            f"{self._categories[genres, filters, is_movie, is_event, marks, language, is_dateless]}"
            f"{icon}{numbers}{self._video_audio[tags]}"
            f"{self._repeat(start, air_date) if is_repeat else ''}"
            f"{self._first_marks[marks, is_first]}{self._ends[tags, rating, country]}"
            f"{self._pictures.images(image, series.art)}  </programme>\n"
        )

    def _texts(self, title: str, subtitle: str, description: str, language: str) -> str:
        lang = f' lang="{language}"' if language else ""
        title = self._titles[title]
        text = f"    <title{lang}>{title}</title>\n"
        if subtitle:
            subtitle = self._new_title(subtitle)
            if subtitle != title:
                text += f"    <sub-title{lang}>{subtitle}</sub-title>\n"
        if description:
            text += f"    <desc{lang}>{escape_lines(description)}</desc>\n"
        return text

    def _new_title(self, title: str) -> str:
        return escape(file_safe(title) if self._style.safe_titles else title)

    def _new_categories(self, key: Any) -> str:
        genres, filters, is_movie, is_event, marks, language, is_dateless = key
        profile = self._style.profile
        chosen, keywords = words(
            is_movie, is_event, filters, genres, self._style.genre_style, profile.exact_classes,
            profile.max_categories,
        )  # fmt: skip
        categories = [self._style.categories.get(word.lower(), word) for word in chosen]
        if profile.typed:
            categories.insert(0, mythtv_type(is_movie, is_event, filters))
        is_series = profile.sports_as_series or (profile.dateless_as_series and is_dateless)
        if is_series and not is_movie and self._style.genre_style != "eit":
            categories.append(self._style.categories.get("series", SERIES))
        # Kodi would split a category at a comma.
        categories = [word.replace(",", "") for word in categories if word]
        text = "".join(f"    <category>{escape(word)}</category>\n" for word in unique(categories))
        if "keyword" in self._elements:
            keywords = (*keywords, *(mark.lower().replace(" ", "-") for mark in marks))
            text += "".join(f"    <keyword>{escape(word)}</keyword>\n" for word in keywords)
        if language and "language" in self._elements:
            text += f"    <language>{language}</language>\n"
        return text

    def _new_video_audio(self, tags: Tuple[str, ...]) -> str:
        tags = tuple(tag.lower() for tag in tags)
        text = ""
        if "video" in self._elements and any(tag.startswith(("hd", "uhd", "4k")) for tag in tags):
            text = (
                "    <video>\n      <aspect>16:9</aspect>\n      <quality>HDTV</quality>\n"
                "    </video>\n"
            )
        sound = next((value for names, value in _AUDIO if any(name in tags for name in names)), "")
        if sound and "audio" in self._elements:
            text += f"    <audio>\n      <stereo>{sound}</stereo>\n    </audio>\n"
        return text

    def _repeat(self, start: int, air_date: str) -> str:
        if "previously-shown" not in self._elements:
            return ""
        if air_date and air_date < self._utc_days[start // DAY]:
            # Noon: Tvheadend shows it in local time, and midnight UTC is the day before in America.
            return f'    <previously-shown start="{air_date}120000 +0000"/>\n'
        return "    <previously-shown/>\n"

    def _new_first_marks(self, key: Tuple[Tuple[str, ...], bool]) -> str:
        """premiere, last-chance, new and live, in the DTD's order."""
        marks, is_first = key
        lines = []
        for mark in marks:
            if mark.endswith("Premiere") and "premiere" in self._elements:
                rest = f">{mark}</premiere>" if " " in mark else "/>"
                lines.append(f"    <premiere{rest}\n")
            elif mark.endswith("Finale") and "last-chance" in self._elements:
                lines.append(f"    <last-chance>{mark}</last-chance>\n")
        if is_first and "new" in self._elements:
            lines.append("    <new/>\n")
        if "Live" in marks and "live" in self._elements:
            lines.append("    <live/>\n")
        return "".join(lines)

    def _new_end(self, key: Tuple[Tuple[str, ...], str, str]) -> str:
        """Subtitles and rating."""
        tags, rating, country = key
        text = ""
        if "subtitles" in self._elements and "cc" in (tag.lower() for tag in tags):
            text += '    <subtitles type="teletext"/>\n'
        if is_rating(rating) and "rating" in self._elements:
            system = rating_system(rating, country) if self._style.profile.rating_systems else ""
            of_system = f' system="{system}"' if system else ""
            value = f"      <value>{escape(rating)}</value>\n"
            text += f"    <rating{of_system}>\n{value}    </rating>\n"
        return text


def _language(airing: Airing, station_language: str) -> str:
    """The language of the programme, where that is certain, or of its station; "" = English."""
    language = detect(f"{airing.title} {airing.subtitle} {airing.description}")
    return "" if language == "en" else language or station_language


def _marks(flags: Tuple[str, ...], is_movie: bool, season: str, number: str) -> Tuple[str, ...]:
    """Live, Series Premiere, Season Finale …"""
    marks = ["Live"] if "Live" in flags else []
    if "Premiere" in flags:
        first = "Series " if season == "1" else "Season "
        kind = "Movie " if is_movie else first if number == "1" else ""
        marks.append(f"{kind}Premiere")
    if "Finale" in flags:
        marks.append("Season Finale" if season else "Finale")
    return tuple(marks)
