"""The domain's values: immutable, typed, with units.

They are NamedTuples because a run handles 100,000 airings (frozen dataclasses would cost a tenth of
its time); ``gracenote.parser`` validates them once, where it builds them.
"""

import functools
import itertools
import operator
import re
from typing import NamedTuple, Sequence, Set, Tuple

# Series without details: advertising and the test card (gracenote-api reference, section 3.4).
PAID_PROGRAMMING, TEST_CARD = "SH00000001", "SH00019112"
NO_DETAILS = frozenset((PAID_PROGRAMMING, TEST_CARD))
_TITLE, _DAY = operator.attrgetter("title"), 86400

# What the source writes for a programme that it does not know. Its French and Spanish words were
# not seen yet: these are broadcasters' own.
_TBA = re.compile(r"\bTB[AD]\b")  # not FOOTBALL
_PLACEHOLDER = re.compile(
    r"\bto be (announced|determined|confirmed)\b|\bchannel (is )?no longer available\b"
    r"|\b(program|schedule|listing|information|data)[\w ]* (not available|unavailable)"
    r"|^(not |un)available$|^no data available$"
    r"|^no (scheduled )?(programm?(e|ing)?|schedule|listing|info(rmation)?)s?"
    r"( (data|info(rmation)?|available|scheduled|listed|found|today|at this time))*$"
    r"|^([\w ]* )?[àa] (communiquer|confirmer|déterminer|annoncer)$"
    r"|\b(programm(ation|e)|horaire|information|cha[iî]ne)[\w ]* (non|pas|plus|in) ?disponible"
    r"|^([\w ]* )?(por|a) (anunciar|confirmar|determinar|definir)(se)?$"
    r"|\b(programa|programación|información|canal|señal)[\w ]* no (está )?disponible"
    r"|^(sin|aucune|no hay) (programación|programmation|información|information)\b"
)
# One of these is in each placeholder. Looking for them is ten times quicker.
_STEMS = (
    "ailable", "onible", "nounced", "noncer", "nunciar", "termin", "onfirm", "muniquer", "definir",
    "no ", "sin ", "aucune ",
)  # fmt: skip


class Lineup(NamedTuple):
    """The request parameters that select one set of stations.

    Only all of them together identify stored answers: the antenna's lineup id is the same for every
    ZIP.
    """

    country: str  # USA, CAN, MEX, …
    lineup_id: str  # "" for the lineups by time zone
    headend_id: str
    device: str  # "-" for over the air and streaming, else X, L or D
    postal_code: str  # "-" where the source needs none, "" in Mexico

    @property
    def key(self) -> str:
        return "|".join(self)

    @property
    def name(self) -> str:
        """For messages."""
        return self.lineup_id or self.headend_id


class Provider(NamedTuple):
    """One row of a postal code's list of lineups."""

    lineup: Lineup
    kind: str  # OTA, CABLE, SATELLITE
    name: str
    place: str  # "" for over the air


class Station(NamedTuple):
    """A station of a lineup."""

    station_id: str  # digits; Gracenote's prgsvcid, the only stable key
    call_sign: str
    name: str  # the network's, upper case; "" = none
    numbers: Tuple[str, ...]  # as "5.1" or "392", in the lineup's order; () = none
    logo: str  # https address without a query; "" = none
    language: str = ""  # en, fr or es, detected from its texts; "" = unknown

    @property
    def number(self) -> str:
        """The first one; "" = none."""
        return self.numbers[0] if self.numbers else ""


@functools.lru_cache(maxsize=1 << 14)
def is_tba(text: str) -> bool:
    """Whether a title or sub-title says only that the source does not know."""
    if "TB" in text and _TBA.search(text):
        return True
    lower = text.lower()
    for stem in _STEMS:  # no generator: each airing comes here
        if stem in lower:
            return bool(_PLACEHOLDER.search(lower))
    return False


class Airing(NamedTuple):
    """One showing of a programme on one station.

    start, stop: seconds since the epoch, UTC; stop > start. Texts are one line, with entities
    decoded and without characters that XML forbids; "" = not given.
    """

    start: int
    stop: int
    title: str
    tms_id: str  # 14 characters, EP/SH/MV/SP + 8 + 4 digits; "" = none
    series_id: str  # SH or MV + 8 digits; "" = none, so no details to fetch
    subtitle: str
    description: str
    season: str  # digits; "" = unknown
    episode: str  # the same
    year: str  # of release, YYYY; "" = unknown; mostly for movies
    rating: str  # TV-14, PG-13, 14+, …; "" = none
    image: str  # asset id, without host and file name extension; "" = none
    filters: Tuple[str, ...]  # news, sports, movie, family, talk
    flags: Tuple[str, ...]  # New, Live, Premiere, Finale
    tags: Tuple[str, ...]  # CC, Stereo, DVS, HDTV, …
    generic: bool  # the episode is unknown

    @property
    def is_tba(self) -> bool:
        """Whether the source does not know what it is."""
        return is_tba(self.title) or (self.subtitle != "" and is_tba(self.subtitle))


def placeholder_starts(airings: Sequence[Airing]) -> Set[int]:
    """The starts of a station's airings, in order, whose one generic title fills a day or more.

    Such as "Comedy Hub Programming" around the clock, which tells nothing.
    """
    title, begin = "", 0
    starts: Set[int] = set()
    for airing in airings:
        if airing.title != title:
            title, begin = airing.title, airing.start
        if airing.stop - begin >= _DAY:
            break
    else:  # nearly all stations
        return starts
    for _, group in itertools.groupby(airings, _TITLE):
        own = list(group)
        length = sum(airing.stop - airing.start for airing in own)
        if length >= _DAY and all(map(_is_generic, own)):
            starts.update(airing.start for airing in own)
    return starts


def _is_generic(airing: Airing) -> bool:
    """Whether it is any edition of a show; advertising is what it says."""
    is_show = airing.generic or (airing.tms_id[:2] == "SH" and not airing.subtitle)
    return is_show and airing.series_id not in NO_DETAILS


class GuideBlock(NamedTuple):
    """The answer for one guide window: every airing that overlaps it, with its full times."""

    stations: Tuple[Station, ...]
    airings: Tuple[Tuple[str, Tuple[Airing, ...]], ...]  # (station id, its airings by start)


class Credit(NamedTuple):
    """A person in a programme, in billing order."""

    role: str  # lower case: actor, host, executive producer, …
    name: str
    character: str  # "" = none
    image: str  # asset id, "" = none


class Episode(NamedTuple):
    """The episode of one future airing, from the series details."""

    tms_id: str  # upper case
    air_date: str  # first aired, YYYYMMDD; "" = unknown
    synopsis: str
    rating: str
    genres: Tuple[str, ...]
    flags: Tuple[str, ...]  # New, Live, Premiere, Finale
    title: str = ""
    season: str = ""  # digits; "" = unknown
    number: str = ""  # the same


class Details(NamedTuple):
    """The details of one series or movie that the guide uses."""

    series_id: str
    title: str
    description: str
    image: str  # asset id, "" = none
    backdrop: str
    year: str  # "" = unknown (the source says "0")
    genres: Tuple[str, ...]
    cast: Tuple[Credit, ...]
    crew: Tuple[Credit, ...]
    episodes: Tuple[Episode, ...]
