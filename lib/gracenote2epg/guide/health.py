"""How good a guide is, from what was counted when it was written; and what would make it better.

Pure. A station's points are the share of the hours from now on in which it has a programme that is
known, times what is there of such a programme: 50 for being there, 20 for its description, 10 each
for details of its series, for an episode's number, and for a picture. A guide's points are the mean
of its stations'. All moments are seconds since the epoch.
"""

from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from ..channels.call_signs import number_sort_key
from ..errors import format_time
from .span import HORIZON
from .summary import StationCoverage, Summary

GRADES = ((90, "A"), (80, "B"), (65, "C"), (50, "D"), (0, "E"))  # from so many points
BASE_POINTS = 50
POINTS = {"description": 20, "details": 10, "number": 10, "picture": 10}
MIN_GAIN = 0.05  # points; less is no advice
MAX_STATIONS_NAMED = 3  # stations in one sentence

# What would raise the grade, and how. Kodi has its own words for these.
ADVICE = {
    "unknown": "An older version made this guide: the next run counts what is in it",
    "over": "The guide ended {at}: run again, and see --doctor when that does not help",
    "old": "The guide reaches to {at}, {hours} h less than it could: run again",
    "missing": "No station has programmes from {at} to {until}: the next run asks for them again",
    "beyond": "The source lists no programmes beyond {at}: they come with the days",
    "holes": "{hours} h have no programme at the source, most of them of {stations}: --channels"
    " can leave a station out",
    "tba": "{hours} h are still to be announced: a daily run asks for them again",
    "details_off": "Series details are off: --details adds cast, genres and dates",
    "details_left": "{count} series have no details yet: the next run asks for those that there"
    " are, a longer --time-budget for more of them at once",
    "description": "{count} programmes have no description, most of them of {stations}: the source"
    " may give one nearer the day",
    "number": "{count} episodes have no number, most of them of {stations}: the source may give one"
    " nearer the day",
    "picture": "{count} programmes have no picture at the source, most of them of {stations}",
    "stale": "{hours} h are from an earlier answer, as the source did not give them anew: the next"
    " run asks again",
}

Stretches = Sequence[Tuple[int, int]]


class Advice(NamedTuple):
    """What would raise the grade. gain: points of the guide; 0.0 = none, but a fresher guide.

    values: to be filled into the sentence; ``at`` and ``until`` are moments.
    """

    name: str
    gain: float
    values: Dict[str, Any]

    @property
    def text(self) -> str:
        values = dict(self.values)
        for name in {"at", "until"} & set(values):
            values[name] = format_time(values[name])
        return ADVICE[self.name].format(**values)

    def as_json(self) -> Dict[str, Any]:
        return {**self._asdict(), "gain": round(self.gain, 1), "text": self.text}


class StationHealth(NamedTuple):
    """What a guide has of one station from now on. Seconds, and shares from 0.0 to 1.0."""

    station_id: str
    name: str
    wanted: int  # seconds that could be there
    covered: int
    holes: Stretches
    tba: int
    stale: int
    lacks: Dict[str, float]  # shares, by the names of WORTH

    @property
    def known(self) -> float:
        """The share of the hours in which a programme is known."""
        return max(0, self.covered - self.tba) / self.wanted if self.wanted > 0 else 0.0

    @property
    def worth(self) -> float:
        """Points of a programme that is there."""
        return BASE_POINTS + sum(most * (1 - self.lacks[name]) for name, most in POINTS.items())

    @property
    def points(self) -> float:
        return self.known * self.worth

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
    """Of a guide. stations: in the order of their numbers; () = they are not known."""

    made: float
    end: int  # of the last programme
    programmes: int
    stations: Tuple[StationHealth, ...]
    advice: Tuple[Advice, ...]  # what gains most comes first

    @property
    def points(self) -> float:
        return _mean([own.points for own in self.stations])

    @property
    def grade(self) -> str:
        """ "?" = it is not known."""
        return letter(self.points) if self.stations else "?"

    def as_json(self) -> Dict[str, Any]:
        return {
            "grade": self.grade,
            "points": round(self.points) if self.stations else None,
            "made": self.made,
            "end": self.end,
            "programmes": self.programmes,
            "advice": [one.as_json() for one in self.advice],
            "stations": [own.as_json() for own in self.stations],
        }


def letter(points: float) -> str:
    return next(letter for least, letter in GRADES if round(points) >= least)


def grade_guide(
    summary: Summary, made: float, now: float, wanted_end: int, details: bool
) -> Health:
    """The health of the guide that was made then.

    wanted_end: of the guide that a run would make now. details: whether it would have them.
    """
    if not all(own.programmes for own in summary.stations.values()):
        unknown = Advice("unknown", 0.0, {})
        return Health(made, summary.end, summary.programmes, (), (unknown,))
    begin, end = max(int(now), summary.days[0]), summary.days[-1]
    wanted = max(end, min(wanted_end, int(now) + HORIZON)) - begin
    found = tuple(
        _station(station_id, own, summary, begin, wanted)
        for station_id, own in sorted(
            summary.stations.items(), key=lambda one: number_sort_key(one[1].name)
        )
    )
    advice = _about_hours(summary, found, begin, begin + wanted)
    advice += _about_programmes(summary, found, details)
    advice = [one for one in advice if one.gain >= MIN_GAIN]
    advice.sort(key=lambda one: -one.gain)
    stale = max((own.stale for own in found), default=0)
    if stale:
        advice.append(Advice("stale", 0.0, {"hours": _whole(stale)}))
    return Health(made, summary.end, summary.programmes, found, tuple(advice))


def _station(
    station_id: str, own: StationCoverage, summary: Summary, begin: int, wanted: int
) -> StationHealth:
    end = summary.days[-1]
    holes = _within(own.holes, begin, end)
    covered = max(0, end - begin) - _length(holes)
    stale = _joined(_within(summary.stale, begin, end))  # two lineups may lack the same window
    lacks = {
        "description": own.undescribed / own.programmes,
        "details": own.undetailed / own.programmes,
        "number": own.unnumbered / own.episodes if own.episodes else 0.0,
        "picture": own.pictureless / own.programmes,
    }
    return StationHealth(
        station_id,
        own.name,
        wanted,
        covered,
        holes,
        min(covered, _tba(own, summary.days, begin)),
        _length(stale) - _length(_common(stale, holes)),
        lacks,
    )


def _tba(own: StationCoverage, days: Sequence[int], begin: int) -> int:
    """Seconds from then on; of a day that has begun its share."""
    seconds = 0
    for day, after, tba in zip(days, days[1:], own.tba):
        if after > begin:
            seconds += tba * (after - max(day, begin)) // (after - day)
    return seconds


# What would raise the grade


def _about_hours(
    summary: Summary, found: Sequence[StationHealth], begin: int, end: int
) -> List[Advice]:
    """Each hour that is not there costs what a programme in it would be worth."""
    reach = summary.days[-1]
    if summary.end <= begin:
        return [Advice("over", 100.0, {"at": summary.end})]
    worth = _mean([own.worth for own in found]) / max(1, end - begin)  # of a second, everywhere
    everywhere: Stretches = ()
    if len(found) > 1:  # of one alone it cannot be told whose fault it is
        everywhere = found[0].holes
        for own in found[1:]:
            everywhere = _common(everywhere, own.holes)
    advice = []
    if end > reach:
        late = end - max(reach, begin)
        advice.append(Advice("old", worth * late, {"at": reach, "hours": _whole(late)}))
    if everywhere and everywhere[-1][1] == reach:
        at, until = everywhere[-1]
        advice.append(Advice("beyond", worth * (until - at), {"at": at}))
    for at, until in everywhere:
        if until < reach:
            advice.append(Advice("missing", worth * (until - at), {"at": at, "until": until}))
    alone = [_length(own.holes) - _length(everywhere) for own in found]
    for name, seconds in (("holes", alone), ("tba", [own.tba for own in found])):
        gain = _mean([lost * own.worth / max(1, end - begin) for lost, own in zip(seconds, found)])
        values = {"hours": _whole(sum(seconds)), "stations": _most(found, seconds)}
        advice.append(Advice(name, gain, values))
    return advice


def _about_programmes(
    summary: Summary, found: Sequence[StationHealth], details: bool
) -> List[Advice]:
    """Each programme that lacks something costs what that is worth."""
    stations = [summary.stations[own.station_id] for own in found]
    lacking = {
        "description": [own.undescribed for own in stations],
        "details": [own.undetailed for own in stations],
        "number": [own.unnumbered for own in stations],
        "picture": [own.pictureless for own in stations],
    }
    advice = []
    for name, counts in lacking.items():
        gain = _mean([own.known * POINTS[name] * own.lacks[name] for own in found])
        values = {"count": sum(counts), "stations": _most(found, counts)}
        if name == "details":
            name = "details_left" if details else "details_off"
            values["count"] = summary.lacking
        advice.append(Advice(name, gain, values))
    return advice


def _most(found: Sequence[StationHealth], amounts: Sequence[int]) -> str:
    """The names of those that have most of something."""
    ordered = sorted(zip(amounts, found), key=lambda one: -one[0])
    return ", ".join(own.name for amount, own in ordered[:MAX_STATIONS_NAMED] if amount)


# Stretches of time: in order, and apart from each other


def _within(stretches: Stretches, begin: int, end: int) -> List[Tuple[int, int]]:
    clipped = [(max(at, begin), min(until, end)) for at, until in stretches]
    return [(at, until) for at, until in clipped if at < until]


def _common(one: Stretches, other: Stretches) -> List[Tuple[int, int]]:
    """What is in both."""
    both = [part for at, until in one for part in _within(other, at, until)]
    return sorted(both)


def _joined(stretches: Stretches) -> List[Tuple[int, int]]:
    """Those that overlap made one."""
    found: List[Tuple[int, int]] = []
    for at, until in sorted(stretches):
        if found and at <= found[-1][1]:
            at, until = found[-1][0], max(until, found.pop()[1])
        found.append((at, until))
    return found


def _length(stretches: Stretches) -> int:
    return sum(until - at for at, until in stretches)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _hours(seconds: int) -> float:
    return round(seconds / 3600, 1)


def _whole(seconds: int) -> int:
    """In hours; what there is of them is not nothing."""
    return max(1, round(seconds / 3600))
