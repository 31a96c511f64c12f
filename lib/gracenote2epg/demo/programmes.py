"""The made-up programmes: which series exist, who shows them, and what an episode is called.

An episode is a number that grows by one with each first showing, so the day of its first showing
follows from it, and it can be described without generating any schedule.
"""

import random
from functools import lru_cache
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from . import programme_kinds as kinds
from . import text_generator
from .stations import Station

GAMES = 40  # a sports series has so many numbers a day
REPERTOIRE = 8  # a station shows at least so many different series, borrowed ones among them
ESCAPED, CONTROL = 5, 37  # every 5th series' texts come with HTML entities, every 37th with \x0b


class Series(NamedTuple):
    """A series, a movie or a special.

    rhythm, phase: a new episode every ``rhythm`` days (1, 7), when day % rhythm == phase.
    season: episodes in a season; 0 = no numbers. variant: tells series of one kind apart.
    """

    place: int
    series_id: str
    kind: str
    language: str
    title: str
    minutes: int
    genres: str
    rating: Optional[str]
    rhythm: int
    phase: int
    season: int
    year: int
    image: int
    variant: int

    def newest(self, day: int) -> int:
        """Return the number of the episode first shown on ``day`` or last before it."""
        return (day - self.phase) // self.rhythm

    def is_new_on(self, day: int) -> bool:
        return day % self.rhythm == self.phase

    def first_shown(self, episode: int) -> int:
        """Return the day (since 1970) of an episode's first showing."""
        if self.kind == kinds.SPORTS:
            return episode // GAMES
        return episode * self.rhythm + self.phase


class Programme(NamedTuple):
    """What is shown, as a person would read it. season, episode: text or None.

    first_shown: day since 1970; means nothing when the episode is not known (generic).
    """

    series: Series
    tms_id: str
    title: str
    episode_title: Optional[str]
    season: Optional[str]
    episode: Optional[str]
    description: Optional[str]
    release_year: Optional[str]
    generic: bool
    thumbnail: Optional[str]
    rating: Optional[str]
    tags: Tuple[str, ...]
    first_shown: int


_TAGS = (("Stereo", "CC"), ("CC",), ("Stereo", "CC", "DVS"), ("CC", "DVS"), ())


def _fixed(index: int, series_id: str, kind: str, title: str) -> Series:
    return Series(index, series_id, kind, "en", title, 30, "", None, 1, 0, 0, 0, 459763 - index, 0)


PAID_PROGRAMMING = _fixed(-1, "SH00000001", kinds.PAID, "Paid Programming")
SIGNED_OFF = _fixed(-2, "SH00019112", kinds.SIGN_OFF, "SIGN OFF")
ANNOUNCED_LATER = _fixed(-3, "SH00000012", kinds.TBA, "To Be Announced")
NOT_YET_KNOWN = _fixed(-4, "SH00000013", kinds.TBA, "TBA")
FIXED = (PAID_PROGRAMMING, SIGNED_OFF, ANNOUNCED_LATER, NOT_YET_KNOWN)


class Catalogue:
    """All series. Each has one home among the antenna's stations; others borrow it."""

    def __init__(self, count: int, seed: int, stations: Sequence[Station], antenna: int) -> None:
        self._seed = seed
        homes = [s for s in stations[:antenna] if s.role not in ("gone", "parttime")]
        homes = homes or list(stations[:1])
        self.home: List[Station] = [homes[i % len(homes)] for i in range(count)]
        self.all: Tuple[Series, ...] = self._make(count)
        self.by_id: Dict[str, Series] = {s.series_id: s for s in self.all + FIXED}
        self.repertoires = self._share_out(stations)
        self.programme = lru_cache(maxsize=1 << 16)(self._programme)

    def shown_on(self, stations: Sequence[int]) -> Dict[int, List[int]]:
        """Return, by index of a series, which of ``stations`` show it."""
        shown: Dict[int, List[int]] = {}
        for station in stations:
            for series in self.repertoires[station]:
                shown.setdefault(series.place, []).append(station)
        return shown

    def _make(self, count: int) -> Tuple[Series, ...]:
        taken: Dict[str, int] = {}
        next_kind: Dict[str, int] = {}
        catalogue: List[Series] = []
        for index in range(count):
            home = self.home[index]
            cycle = kinds.CYCLES.get(home.role, kinds.GENERAL)
            kind = cycle[next_kind.setdefault(home.role, 0) % len(cycle)]
            next_kind[home.role] += 1
            series = self._series(index, kind, home)
            while series.title in taken:
                series = series._replace(title=f"{series.title} {taken[series.title] + 2}")
            taken[series.title] = taken.get(series.title, -1) + 1
            catalogue.append(series)
        return tuple(catalogue)

    def _series(self, index: int, kind: str, home: Station) -> Series:
        rng = random.Random(f"{self._seed}/series/{index}")
        language = home.language
        number = 9000000 + index * 11 + rng.randrange(11)
        title = text_generator.title(rng, language)
        if kind in (kinds.NEWS, kinds.DAILY):
            hour = rng.choice(("at 11", "at Six", "Sunrise", "Tonight", "Weekend", "at 10:00pm"))
            title = f"{home.call_sign[:4]} News {text_generator.place(rng)} {hour}"
        elif kind == kinds.SPORTS:
            title = text_generator.league(rng, language)
        weekly = (
            kind not in (kinds.NEWS, kinds.DAILY, kinds.SPORTS, kinds.SHOPPING)
            and rng.random() < 0.7
        )
        return Series(
            index,
            f"{'MV' if kind == kinds.MOVIE else 'SH'}{number:08d}",
            kind,
            language,
            title,
            rng.choice(kinds.MINUTES[kind]),
            rng.choice(kinds.GENRES[kind]),
            rng.choice(kinds.RATINGS.get(kind, (None,))),
            7 if weekly else 1,
            rng.randrange(7) if weekly else 0,
            rng.randrange(8, 25) if weekly else 260,
            rng.randrange(1948, 2027),
            900000 + index * 3,
            rng.randrange(1000),
        )

    def _share_out(self, stations: Sequence[Station]) -> Tuple[Tuple[Series, ...], ...]:
        """Return, by station, what it shows: its own series, and others to make the day varied."""
        by_home: List[List[Series]] = [[] for _ in stations]
        loans: Dict[Tuple[str, str], List[Series]] = {}
        for series, home in zip(self.all, self.home):
            by_home[home.place].append(series)
            loans.setdefault((series.kind, series.language), []).append(series)
        shares: List[Tuple[Series, ...]] = []
        for station in stations:
            borrowed = kinds.BORROWS.get(station.role, kinds.GENERAL_BORROWS)
            pool = [s for kind in borrowed for s in loans.get((kind, station.language), ())]
            rng = random.Random(f"{self._seed}/loans/{station.place}")
            share = by_home[station.place]
            wanted = max(REPERTOIRE, len(share) + 2) - len(share)
            share = share + rng.sample(pool, min(wanted, len(pool)))
            rng.shuffle(share)
            shares.append(tuple(dict.fromkeys(share)) or (PAID_PROGRAMMING,))
        return tuple(shares)

    def _programme(self, series: Series, episode: int, generic: bool) -> Programme:
        """Return one episode; ``generic``: the airing's episode is not known (yet)."""
        if series.place < 0:
            return _nothing_in_particular(series)
        rng = random.Random(f"{self._seed}/{series.place}/{'generic' if generic else episode}")
        kind, language = series.kind, series.language
        season, number = self._numbers(series, episode)
        tms_id = f"{series.series_id}0000"
        if not (
            generic
            or kind in (kinds.MOVIE, kinds.SPECIAL)
            or (kind == kinds.NEWS and series.variant % 3)
        ):
            # News has either no episodes or always the same one.
            counter = 1 if kind == kinds.NEWS else 1 + (episode * 7 + series.variant) % 9973
            tms_id = f"EP{series.series_id[2:]}{counter:04d}"
        title: Optional[str] = None
        if kind in (kinds.SERIAL, kinds.TITLED, kinds.SEGMENTS):
            title = text_generator.episode_title(rng, language)
            if kind == kinds.SEGMENTS:
                title += "; " + text_generator.episode_title(rng, language)
        elif kind == kinds.SPORTS:
            title = text_generator.fixture(rng, language)
        text: Optional[str] = text_generator.description(rng, language)
        if kind == kinds.SPORTS:
            text = f"From {text_generator.place(rng)} Arena in {text_generator.place(rng)}, Calif."
        if rng.random() < (0.3 if kind in (kinds.NEWS, kinds.SHOPPING) else 0.04):
            text = None
        art = {kinds.MOVIE: "p", kinds.SPORTS: "tb2", kinds.SPECIAL: "st"}.get(
            kind, "be"[rng.random() < 0.4]
        )
        image: Optional[str] = f"p{series.image}_{art}_v13_a{'abc'[series.place % 3]}"
        if rng.random() < 0.03:
            image = None
        return Programme(
            series,
            tms_id,
            series.title,
            None if generic else title,
            None if generic else season,
            None if generic else number,
            text,
            str(series.year) if kind == kinds.MOVIE else None,
            generic,
            image,
            series.rating,
            _TAGS[series.variant % 5] if kind not in (kinds.NEWS, kinds.SPORTS) else ("CC",),
            series.first_shown(episode),
        )

    @staticmethod
    def _numbers(series: Series, episode: int) -> Tuple[Optional[str], Optional[str]]:
        """Return season and episode; news: only where they count up day by day (variant 1 of 3)."""
        counted = series.kind in (kinds.SERIAL, kinds.NUMBERED, kinds.SEGMENTS, kinds.DAILY)
        if not (counted or (series.kind == kinds.NEWS and series.variant % 3 == 1)):
            return None, None
        season = str(1 + episode // series.season % 19)
        if series.kind == kinds.NUMBERED and series.variant % 10 == 0:
            season = ""  # an episode without a season does occur
        return season or None, str(1 + episode % series.season)


def _nothing_in_particular(series: Series) -> Programme:
    text = {
        kinds.PAID: "Paid programming.", kinds.TBA: "Programming information is not available."
    }.get(series.kind)  # fmt: skip
    image = f"p{series.image}_b_v13_ba" if series.kind == kinds.PAID else None
    generic = series.kind == kinds.TBA
    return Programme(
        series, f"{series.series_id}0000", series.title, None, None, None, text, None, generic,
        image, None, (), 0,
    )  # fmt: skip


class Airing(NamedTuple):
    """One programme, once, on one station. start, stop: seconds since the epoch, UTC."""

    station_id: str
    start: int
    stop: int
    programme: Programme
    flags: Tuple[str, ...]
