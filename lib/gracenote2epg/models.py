"""The values that travel between modules: immutable, typed, with their units.

Airing and its kin are NamedTuples because 100,000 of them pass through a run (a frozen dataclass
costs a tenth of it); what they promise is checked once, where ``gracenote.parse`` builds them.
"""

import re
from typing import NamedTuple, Tuple

_TBA = re.compile(r"\bTBA\b")  # and not FOOTBALL


class Lineup(NamedTuple):
    """What the source needs to know to answer with one set of stations.

    All its values together key the stored answers: the antenna's lineup id is the same for every
    ZIP.
    """

    country: str  # USA, CAN, MEX, …
    lineup_id: str  # "" for the lineups by time zone
    headend_id: str
    device: str  # "-" for over the air and streaming, else X, L or D
    postal_code: str  # "-" where the source does not ask for one, "" in Mexico

    @property
    def key(self) -> str:
        return "|".join(self)


class Provider(NamedTuple):
    """One row of a postal code's list of lineups, as a person reads it."""

    lineup: Lineup
    kind: str  # OTA, CABLE, SATELLITE
    name: str
    place: str  # "" for over the air


class Station(NamedTuple):
    """A station as its lineup shows it."""

    station_id: str  # digits; Gracenote's prgsvcid, the one stable key
    call_sign: str
    name: str  # the network's, upper case; "" = none
    numbers: Tuple[str, ...]  # as "5.1" or "392", in the lineup's order; () = none
    logo: str  # https address without a query; "" = none
    language: str = ""  # en, fr or es, by its texts; "" = not sure


class Airing(NamedTuple):
    """One programme, once, on one station.

    start, stop: seconds since the epoch, UTC; stop > start. Texts are clean: one line, entities
    decoded, nothing that XML forbids; "" = not given.
    """

    start: int
    stop: int
    title: str
    tms_id: str  # 14 characters, EP/SH/MV/SP + 8 + 4 digits; "" = none
    series_id: str  # SH or MV + 8 digits; "" = none, so no details to fetch
    subtitle: str
    description: str
    season: str  # digits, "" = unknown
    episode: str
    year: str  # of release; movies mostly
    rating: str  # TV-14, PG-13, 14+, …
    image: str  # asset id, without host and ending
    filters: Tuple[str, ...]  # news, sports, movie, family, talk
    flags: Tuple[str, ...]  # New, Live, Premiere, Finale
    tags: Tuple[str, ...]  # CC, Stereo, DVS, HDTV, …
    generic: bool  # the episode is not known

    @property
    def is_tba(self) -> bool:
        """Whether the source does not know yet what this will be."""
        title = self.title
        return ("TBA" in title and bool(_TBA.search(title))) or title.lower() == "to be announced"


class GuideBlock(NamedTuple):
    """One answered guide window: every airing that overlaps it, with its full times."""

    stations: Tuple[Station, ...]
    airings: Tuple[Tuple[str, Tuple[Airing, ...]], ...]  # (station id, its airings by start)


class Credit(NamedTuple):
    """A person of a programme, in billing order."""

    role: str  # lower case: actor, host, executive producer, …
    name: str
    character: str  # "" = none
    image: str  # asset id, "" = none


class Episode(NamedTuple):
    """What the details say of one coming airing's episode."""

    tms_id: str  # upper case
    air_date: str  # first aired, YYYYMMDD; "" = unknown
    synopsis: str
    rating: str
    genres: Tuple[str, ...]
    flags: Tuple[str, ...]  # New, Live, Premiere, Finale


class Details(NamedTuple):
    """One series or movie, distilled to the fields that the guide uses."""

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
