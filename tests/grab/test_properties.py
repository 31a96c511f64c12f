"""For any answers in any order, the guide equals that of a slow and obviously correct algorithm.

Random data by seed; a failure shows the seed.
"""

import itertools
import random
import time
from typing import Dict, List, NamedTuple, Sequence, Set, Tuple
from xml.etree import ElementTree

import pytest

from gracenote2epg.gracenote import parser
from gracenote2epg.guide import span as guide_span
from gracenote2epg.guide.builder import Guide
from gracenote2epg.guide.span import TimeSpan
from gracenote2epg.guide.summary import Summary
from gracenote2epg.models import Lineup
from gracenote2epg.store.answers import Store
from support import guides
from support.builders import DAY, HOUR, MINUTE, NOW, channel_row, event, grid_body, lineup
from support.guides import Programme

HERE = lineup()
CABLE = lineup(lineup_id="USA-ZZ00001-DEFAULT", headend_id="ZZ00001", device="L")
CARRIED = {HERE: ("90001", "90002", "90003"), CABLE: ("90002", "90003", "90004")}
ZONES = ["America/New_York", "America/St_Johns", "America/Phoenix", "UTC", "Asia/Kathmandu"]
DAYS = [NOW, 1793534400, 1805025600]  # noon of 2026-11-01 and 2027-03-14: the clocks change
LENGTHS = [1, 2, 5, 13, 28, 30, 30, 30, 31, 60, 60, 94, 120, 210, 480]  # minutes


class Answer(NamedTuple):
    """One answer of the source: to which window, when, and what it says of each station."""

    lineup: Lineup
    start: int
    hours: int
    at: int
    shows: Dict[str, List[Programme]]

    def body(self) -> bytes:
        rows = []
        for station, shows in self.shows.items():
            events = [
                event(startTime=guides.utc(start), endTime=guides.utc(stop), title=title)
                for _, start, stop, title in shows
            ]
            rows.append(channel_row(*events, channelId=station, callSign=f"W{station}"))
        return grid_body(*rows)


def filled(chance: random.Random, station: str, begin: int, end: int, mark: str) -> List[Programme]:
    """A schedule of whole minutes with holes, that may run on past ``end``."""
    shows, at = [], begin
    while at < end:
        length = chance.choice(LENGTHS) * MINUTE
        if chance.random() < 0.9:
            shows.append(Programme(station, at, at + length, f"{mark} at {at}"))
        at += length
    return shows


def changed(
    chance: random.Random, schedule: List[Programme], span: TimeSpan, mark: str
) -> List[Programme]:
    """The schedule with another stretch: what touched it is gone, what is new may run into more."""
    begin = chance.randrange(span.begin - 12 * HOUR, span.end + 12 * HOUR, MINUTE)
    new = filled(chance, schedule[0].station, begin, begin + chance.randint(1, 9) * HOUR, mark)
    end = max([begin, *(show.stop for show in new)])
    return sorted(new + [show for show in schedule if show.stop <= begin or show.start >= end])


def answers_of(chance: random.Random, span: TimeSpan, step: int) -> List[Answer]:
    """What a source whose schedule changes said to requests of all kinds, in order of time."""
    begin, end = span.begin - 12 * HOUR, span.end + 12 * HOUR
    schedules = {
        station: filled(chance, station, begin, end, "first")
        for station in ("90001", "90002", "90003", "90004")
    }
    answers = []
    for at in range(chance.randint(1, 40)):
        place = chance.choice([HERE, HERE, CABLE])
        hours = chance.randint(1, 6)
        start = chance.randrange(begin, end, step)
        start -= start % step
        shows = {
            station: within(schedules[station], TimeSpan(start, start + hours * HOUR))
            for station in CARRIED[place]
            if chance.random() < 0.9
        }
        if any(shows.values()):  # one without any programme is no answer
            answers.append(Answer(place, start, hours, at, shows))
        for station in schedules:
            if chance.random() < 0.3:
                schedules[station] = changed(chance, schedules[station], span, f"after {at}")
    return answers


def within(shows: Sequence[Programme], span: TimeSpan) -> List[Programme]:
    return [show for show in shows if show.start < span.end and show.stop > span.begin]


def slow_and_correct(answers: Sequence[Answer], span: TimeSpan) -> List[Programme]:
    """The latest answer first; a programme has those of its minutes that are free, unless less than
    five in a row are left of it.

    An answer to the very same window takes the place of the earlier one, station by station.
    """
    standing: Dict[Tuple[str, Lineup, int, int], Answer] = {}
    for answer in answers:
        for station, shows in answer.shows.items():
            if shows:
                standing[station, answer.lineup, answer.start, answer.hours] = answer
    chosen: List[Programme] = []
    taken: Set[Tuple[str, int]] = set()
    for (station, *_), answer in sorted(standing.items(), key=lambda row: -row[1].at):
        for show in answer.shows[station]:
            minutes = [(station, at) for at in range(show.start, show.stop, MINUTE)]
            for is_taken, group in itertools.groupby(minutes, taken.__contains__):
                free = [] if is_taken else [at for _, at in group]
                if free == [at for _, at in minutes] or len(free) >= 5:
                    chosen.append(show._replace(start=free[0], stop=free[-1] + MINUTE))
                    taken.update((station, at) for at in free)
    return sorted(within(chosen, span))


class Case(NamedTuple):
    """Random answers somewhere, and the guides made of them: parsed back from their text."""

    seed: int
    span: TimeSpan
    answers: List[Answer]
    guide: List[Programme]
    wider: List[Programme]  # of all that any answer holds
    summary: Summary
    days: Dict[str, List[int]]  # seconds of programmes by station and local day, counted slowly


def make_case(seed: int, in_zone, folder) -> Case:
    chance = random.Random(seed)
    in_zone(chance.choice(ZONES))
    span = guide_span.span(chance.choice(DAYS), chance.randint(1, 2), 0)
    step = chance.choice([6 * HOUR, HOUR, 30 * MINUTE, 7 * MINUTE])
    answers = answers_of(chance, span, step)
    summaries: List[Summary] = []
    with Store(str(folder)) as store:
        for answer in answers:
            block = parser.guide(answer.body())
            store.save_guide(answer.lineup, answer.start, answer.hours, block, answer.at)

        def written(begin: int, end: int) -> List[Programme]:
            guide = Guide(store, [HERE, CABLE], TimeSpan(begin, end))
            if not guide.listings():
                return []
            text = "".join(guide.text(guides.STYLE, summaries.append))
            return guides.listed(ElementTree.fromstring(text))

        wider = written(span.begin - 2 * DAY, span.end + 2 * DAY)
        shows = written(*span)
    return Case(seed, span, answers, shows, wider, summaries[-1], by_local_day(shows, span))


def by_local_day(shows: Sequence[Programme], span: TimeSpan) -> Dict[str, List[int]]:
    """Minute by minute, by the clock on the wall."""
    dates = {minute: time.localtime(minute)[:3] for minute in range(span.begin, span.end, MINUTE)}
    order = sorted({*dates.values()})
    days = {show.station: [0] * len(order) for show in shows}
    for show in shows:
        for minute in range(max(show.start, span.begin), min(show.stop, span.end), MINUTE):
            days[show.station][order.index(dates[minute])] += MINUTE
    return days


_cases: List[Case] = []


@pytest.fixture(
    params=[
        pytest.param(10, id="some seeds"),
        pytest.param(100, id="many seeds", marks=pytest.mark.slow),
    ]
)
def cases(request, in_zone, tmp_path_factory):
    """So many cases, each made once: no test changes them."""
    for seed in range(len(_cases), request.param):
        _cases.append(make_case(seed, in_zone, tmp_path_factory.mktemp("store")))
    return _cases[: request.param]


def test_the_guide_equals_that_of_the_slow_algorithm(cases):
    for case in cases:
        everywhere = TimeSpan(case.span.begin - 2 * DAY, case.span.end + 2 * DAY)
        assert case.guide == slow_and_correct(case.answers, case.span), f"seed {case.seed}"
        assert case.wider == slow_and_correct(case.answers, everywhere), f"seed {case.seed}"
    assert sum(len(case.guide) for case in cases) > 40 * len(cases)


def test_the_summary_counts_the_programmes_of_the_text(cases):
    for case in cases:
        if not case.guide:
            continue  # an empty guide is an error, elsewhere
        summary = case.summary
        days = {name: row.seconds for name, row in summary.stations.items()}
        ends = {show.station: show.stop for show in case.guide}
        assert (summary.programmes, days) == (len(case.guide), case.days), f"seed {case.seed}"
        assert {name: row.end for name, row in summary.stations.items()} == ends
        assert sum(summary.seconds.values()) == sum(show.stop - show.start for show in case.guide)
        assert summary.begin == min(show.start for show in case.guide)
