"""Grades a guide by its summary, and advises what would raise the grade. Pure.

A station's points are the share of the hours from now on whose programme is known, times the worth
of such a programme: 50, plus 20 for its description and 10 each for the details of its series, an
episode's number and a picture. A guide's points are the mean of its stations'. Times are seconds
since the epoch.
"""

from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from ..channels.stations import number_sort_key
from ..errors import Sentence
from ..util.format import Moment
from .span import HORIZON
from .summary import StationCoverage, Summary

GRADES = ((90, "A"), (80, "B"), (65, "C"), (50, "D"), (0, "E"))  # with the least points of each
BASE_POINTS = 50
POINTS = {"description": 20, "details": 10, "number": 10, "picture": 10}
MIN_GAIN = 0.05  # points; smaller advice is left out
MAX_STATIONS_NAMED = 3  # in one sentence

# Kodi has its own texts for these.
ADVICE = {
    "unknown": "An older version made this guide: the next run counts what is in it",
    "over": "The guide ended {at}: run again, and see --doctor if that does not help",
    "old": "The guide reaches to {at}, {hours} h less than it could: run again",
    "missing": "No station has programmes from {at} to {until}: the next run asks for them again",
    "beyond": "The source lists no programmes beyond {at} yet",
    "holes": "{hours} h have no programme at the source, most of them of {stations}: --channels"
    " can leave a station out",
    "tba": "{hours} h are still to be announced: a daily run asks for them again",
    "details_off": "Series details are off: --details adds cast, genres and dates",
    "details_left": "{count} series have no details yet: the next run asks for them; a longer"
    " --time-budget gets more of them at once",
    "description": "{count} programmes have no description, most of them of {stations}: the source"
    " may add it closer to the day",
    "number": "{count} episodes have no number, most of them of {stations}: the source may add it"
    " closer to the day",
    "picture": "{count} programmes have no picture at the source, most of them of {stations}",
    "stale": "{hours} h are from an earlier answer, because the source did not answer for them"
    " again: the next run asks again",
}

Stretches = Sequence[Tuple[int, int]]  # of time: in order, without overlaps


class Advice(NamedTuple):
    """gain: points of the guide; 0.0 = none, only a fresher guide.

    values: of the sentence's placeholders; ``at`` and ``until`` are times.
    """

    name: str
    gain: float
    values: Dict[str, Any]

    @property
    def sentence(self) -> Sentence:
        times = {key: Moment(self.values[key]) for key in {"at", "until"} & set(self.values)}
        return Sentence(f"advice_{self.name}", ADVICE[self.name], {**self.values, **times})

    @property
    def text(self) -> str:
        return str(self.sentence)

    def as_json(self) -> Dict[str, Any]:
        return {**self._asdict(), "gain": round(self.gain, 1), "text": self.text}


class StationHealth(NamedTuple):
    """A guide's coverage of one station from now on, in seconds."""

    station_id: str
    name: str
    wanted: int  # as much as a run now could get
    covered: int
    holes: Stretches
    tba: int
    stale: int
    lacks: Dict[str, float]  # the share of programmes, from 0.0 to 1.0, without each of POINTS

    @property
    def known_share(self) -> float:
        """The share of the wanted time whose programme is neither missing nor TBA; 0.0 to 1.0."""
        return max(0, self.covered - self.tba) / self.wanted if self.wanted > 0 else 0.0

    @property
    def worth(self) -> float:
        """The points of a known programme, on average."""
        return BASE_POINTS + sum(most * (1 - self.lacks[name]) for name, most in POINTS.items())

    @property
    def points(self) -> float:
        return self.known_share * self.worth

    def as_json(self) -> Dict[str, Any]:
        return {
            "id": self.station_id,
            "name": self.name,
            "grade": letter(self.points),
            "points": round(self.points),
            "hours": _hours(self.covered),
            "wanted_hours": _hours(self.wanted),
            "holes": [list(hole) for hole in self.holes],
            "hole_hours": _hours(_length(self.holes)),
            "tba_hours": _hours(self.tba),
            "stale_hours": _hours(self.stale),
            **{f"no_{name}": round(share, 3) for name, share in self.lacks.items()},
        }


class Health(NamedTuple):
    """stations: by channel number; () = unknown. advice: the greatest gain first."""

    made: float
    end: int  # of the last programme
    programmes: int
    stations: Tuple[StationHealth, ...]
    advice: Tuple[Advice, ...]

    @property
    def points(self) -> float:
        return _mean([station.points for station in self.stations])

    @property
    def grade(self) -> str:
        """A letter of GRADES; "?" = unknown."""
        return letter(self.points) if self.stations else "?"

    def as_json(self) -> Dict[str, Any]:
        return {
            "grade": self.grade,
            "points": round(self.points) if self.stations else None,
            "made": self.made,
            "end": self.end,
            "programmes": self.programmes,
            "advice": [advice.as_json() for advice in self.advice],
            "stations": [station.as_json() for station in self.stations],
        }


def letter(points: float) -> str:
    """The grade, of 0 to 100 points."""
    return next(grade for least, grade in GRADES if round(points) >= least)


def grade_guide(
    summary: Summary, made: float, now: float, wanted_end: int, details: bool
) -> Health:
    """Grade the guide from now on.

    wanted_end: when a guide would end that a run made now. details: whether it would have the
    details of series.
    """
    if not all(station.programmes for station in summary.stations.values()):
        unknown = Advice("unknown", 0.0, {})
        return Health(made, summary.end, summary.programmes, (), (unknown,))
    begin = max(int(now), summary.days[0])
    end = max(summary.days[-1], min(wanted_end, int(now) + HORIZON))
    rows = sorted(summary.stations.items(), key=lambda row: number_sort_key(row[1].name))
    stations = tuple(_station(key, station, summary, begin, end) for key, station in rows)
    advice = _about_hours(summary, stations, begin, end)
    advice += _about_programmes(summary, stations, details)
    advice = sorted((row for row in advice if row.gain >= MIN_GAIN), key=lambda row: -row.gain)
    stale = max((station.stale for station in stations), default=0)
    if stale:
        advice.append(Advice("stale", 0.0, {"hours": _whole_hours(stale)}))
    return Health(made, summary.end, summary.programmes, stations, tuple(advice))


def _station(
    station_id: str, station: StationCoverage, summary: Summary, begin: int, wanted_end: int
) -> StationHealth:
    days = summary.days
    holes = _within(station.holes, begin, days[-1])
    covered = max(0, days[-1] - begin) - _length(holes)
    stale = _union(_within(summary.stale, begin, days[-1]))  # two lineups may share a window
    tba = sum(
        # Of the day that has begun, the share that is left.
        seconds * (next_day - max(day, begin)) // (next_day - day)
        for day, next_day, seconds in zip(days, days[1:], station.tba)
        if next_day > begin
    )
    lacks = {name: count / station.programmes for name, count in station.lacking.items()}
    lacks["number"] = station.unnumbered / max(1, station.episodes)
    return StationHealth(
        station_id,
        station.name,
        wanted_end - begin,
        covered,
        holes,
        min(covered, tba),
        _length(stale) - _length(_common(stale, holes)),
        lacks,
    )


def _about_hours(
    summary: Summary, stations: Sequence[StationHealth], begin: int, end: int
) -> List[Advice]:
    """Advice about missing hours; each costs the worth of a programme in it."""
    reach, wanted = summary.days[-1], max(1, end - begin)
    if summary.end <= begin:
        return [Advice("over", 100.0, {"at": summary.end})]
    worth = _mean([station.worth for station in stations]) / wanted  # of a second on all stations
    everywhere: Stretches = ()
    if len(stations) > 1:  # the holes of a single station may be its own or the source's
        everywhere = stations[0].holes
        for station in stations[1:]:
            everywhere = _common(everywhere, station.holes)
    advice = []
    if end > reach:
        short = end - max(reach, begin)
        advice.append(Advice("old", worth * short, {"at": reach, "hours": _whole_hours(short)}))
    for at, until in everywhere:
        gain = worth * (until - at)
        if until == reach:
            advice.append(Advice("beyond", gain, {"at": at}))
        else:
            advice.append(Advice("missing", gain, {"at": at, "until": until}))
    holes = [_length(station.holes) - _length(everywhere) for station in stations]
    for name, seconds in (("holes", holes), ("tba", [station.tba for station in stations])):
        gain = _mean([lost * station.worth / wanted for lost, station in zip(seconds, stations)])
        values = {"hours": _whole_hours(sum(seconds)), "stations": _worst(stations, seconds)}
        advice.append(Advice(name, gain, values))
    return advice


def _about_programmes(
    summary: Summary, stations: Sequence[StationHealth], details: bool
) -> List[Advice]:
    """Advice about known programmes that lack something; each costs the points of that."""
    counts = [summary.stations[station.station_id].lacking for station in stations]
    advice = []
    for name in POINTS:
        lacking = [count[name] for count in counts]
        gain = _mean([row.known_share * POINTS[name] * row.lacks[name] for row in stations])
        values = {"count": sum(lacking), "stations": _worst(stations, lacking)}
        if name == "details":
            name = "details_left" if details else "details_off"
            values["count"] = summary.lacking
        advice.append(Advice(name, gain, values))
    return advice


def _worst(stations: Sequence[StationHealth], amounts: Sequence[int]) -> str:
    """The names of the stations with the greatest amounts."""
    rows = sorted(zip(amounts, stations), key=lambda row: -row[0])[:MAX_STATIONS_NAMED]
    return ", ".join(station.name for amount, station in rows if amount)


def _within(stretches: Stretches, begin: int, end: int) -> List[Tuple[int, int]]:
    """The parts of the stretches between begin and end."""
    clipped = [(max(at, begin), min(until, end)) for at, until in stretches]
    return [(at, until) for at, until in clipped if at < until]


def _common(first: Stretches, second: Stretches) -> List[Tuple[int, int]]:
    """The time that is in both."""
    return sorted(part for at, until in first for part in _within(second, at, until))


def _union(stretches: Stretches) -> List[Tuple[int, int]]:
    """Overlapping stretches become one."""
    union: List[Tuple[int, int]] = []
    for at, until in sorted(stretches):
        if union and at <= union[-1][1]:
            at, until = union[-1][0], max(until, union.pop()[1])
        union.append((at, until))
    return union


def _length(stretches: Stretches) -> int:
    return sum(until - at for at, until in stretches)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _hours(seconds: int) -> float:
    return round(seconds / 3600, 1)


def _whole_hours(seconds: int) -> int:
    """Rounded, but at least one."""
    return max(1, round(seconds / 3600))
