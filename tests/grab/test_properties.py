"""For any answers in any order: the guide is what a slow and obviously right way makes of them.

Random data by seed; a failure names it.
"""

import functools
import random
import time
from typing import Dict, List, NamedTuple, Sequence, Set, Tuple
from xml.etree import ElementTree

import pytest

from gracenote2epg import plan
from gracenote2epg.demo import World
from gracenote2epg.gracenote import parse
from gracenote2epg.guide import Guide
from gracenote2epg.models import Lineup
from gracenote2epg.plan import Span
from gracenote2epg.store import Store
from gracenote2epg.summary import Summary
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

    @property
    def stop(self) -> int:
        return self.start + self.hours * HOUR

    def body(self) -> bytes:
        rows = []
        for station, shows in self.shows.items():
            events = [
                event(
                    startTime=guides.utc(own.start), endTime=guides.utc(own.stop), title=own.title
                )
                for own in shows
            ]
            rows.append(channel_row(*events, channelId=station, callSign=f"W{station}"))
        return grid_body(*rows)


def filled(
    random_: random.Random, station: str, begin: int, end: int, mark: str
) -> List[Programme]:
    """A schedule of whole minutes with holes, that may run on past ``end``."""
    found, at = [], begin
    while at < end:
        length = random_.choice(LENGTHS) * MINUTE
        if random_.random() < 0.9:
            found.append(Programme(station, at, at + length, f"{mark} at {at}"))
        at += length
    return found


def changed(
    random_: random.Random, schedule: List[Programme], span: Span, mark: str
) -> List[Programme]:
    """The schedule with another stretch: what touched it is gone, what is new may run into more."""
    begin = random_.randrange(span.begin - 12 * HOUR, span.end + 12 * HOUR, MINUTE)
    new = filled(random_, schedule[0].station, begin, begin + random_.randint(1, 9) * HOUR, mark)
    end = max([begin, *(own.stop for own in new)])
    return sorted(new + [own for own in schedule if own.stop <= begin or own.start >= end])


def answers_of(random_: random.Random, span: Span, step: int) -> List[Answer]:
    """What a source whose schedule changes said to requests of all kinds, in order of time."""
    begin, end = span.begin - 12 * HOUR, span.end + 12 * HOUR
    schedules = {
        station: filled(random_, station, begin, end, "first")
        for station in ("90001", "90002", "90003", "90004")
    }
    found = []
    for at in range(random_.randint(1, 40)):
        asked = random_.choice([HERE, HERE, CABLE])
        hours = random_.randint(1, 6)
        start = random_.randrange(begin, end, step)
        start -= start % step
        shows = {
            station: [
                own
                for own in schedules[station]
                if own.start < start + hours * HOUR and own.stop > start
            ]
            for station in CARRIED[asked]
            if random_.random() < 0.9
        }
        if any(shows.values()):  # one without any programme is no answer
            found.append(Answer(asked, start, hours, at, shows))
        for station in schedules:
            if random_.random() < 0.3:
                schedules[station] = changed(random_, schedules[station], span, f"after {at}")
    return found


def slow_and_right(answers: Sequence[Answer], span: Span) -> Set[Programme]:
    """The latest answer first, whoever finds all its minutes free has them.

    An answer to the very same window takes the place of the earlier one, station by station.
    """
    rows: Dict[Tuple[str, Lineup, int, int], Answer] = {}
    for answer in answers:
        for station, shows in answer.shows.items():
            if shows:
                rows[station, answer.lineup, answer.start, answer.hours] = answer
    found: Set[Programme] = set()
    taken: Set[Tuple[str, int]] = set()
    for (station, *_), answer in sorted(rows.items(), key=lambda row: -row[1].at):
        for show in answer.shows[station]:
            minutes = {(station, minute) for minute in range(show.start, show.stop, MINUTE)}
            if not minutes & taken:
                taken |= minutes
                found.add(show)
    return {own for own in found if own.stop > span.begin and own.start < span.end}


class Case(NamedTuple):
    """Random answers somewhere, and the guides made of them: parsed back from their text."""

    seed: int
    span: Span
    answers: List[Answer]
    found: List[Programme]
    wider: List[Programme]  # of all that any answer holds
    halves: List[Programme]  # of two guides that together make the span, one after the other
    summary: Summary
    days: Dict[str, List[int]]  # seconds of programmes by station and local day, counted slowly


_cases: List[Case] = []


@pytest.fixture(name="cases")
def _made_cases(in_zone, tmp_path_factory):
    """A hundred cases, made once: no test changes them."""
    for seed in range(len(_cases), 100):
        _cases.append(case(seed, in_zone, tmp_path_factory.mktemp("store")))
    return _cases


def case(seed: int, in_zone, folder) -> Case:
    random_ = random.Random(seed)
    in_zone(random_.choice(ZONES))
    span = plan.span(random_.choice(DAYS), random_.randint(1, 2), 0)
    step = random_.choice([6 * HOUR, HOUR, 30 * MINUTE, 7 * MINUTE])
    answers = answers_of(random_, span, step)
    middle = random_.randrange(span.begin, span.end, 10 * MINUTE)
    summaries: List[Summary] = []
    with Store(str(folder)) as store:
        for one in answers:
            store.keep_guide(one.lineup, one.start, one.hours, parse.guide(one.body()), one.at)

        def written(begin: int, end: int) -> List[Programme]:
            guide = Guide(store, [HERE, CABLE], Span(begin, end))
            if not guide.listings():
                return []
            text = "".join(guide.text(guides.STYLE, summaries.append))
            return guides.listed(ElementTree.fromstring(text))

        wider = written(span.begin - 2 * DAY, span.end + 2 * DAY)
        halves = written(span.begin, middle) + written(middle, span.end)
        found = written(*span)
    return Case(seed, span, answers, found, wider, halves, summaries[-1], by_local_day(found, span))


def by_local_day(found: Sequence[Programme], span: Span) -> Dict[str, List[int]]:
    """Minute by minute, by the clock on the wall."""
    dates = []
    for minute in range(span.begin, span.end, MINUTE):
        date = time.localtime(minute)[:3]
        if date not in dates:
            dates.append(date)
    days = {own.station: [0] * len(dates) for own in found}
    for own in found:
        for minute in range(max(own.start, span.begin), min(own.stop, span.end), MINUTE):
            days[own.station][dates.index(time.localtime(minute)[:3])] += MINUTE
    return days


def test_the_guide_is_what_a_slow_and_obviously_right_way_makes_of_the_answers(cases):
    for one in cases:
        assert set(one.found) == slow_and_right(one.answers, one.span), f"seed {one.seed}"
        assert one.found == sorted(set(one.found)), f"seed {one.seed}"
    assert sum(len(one.found) for one in cases) > 4000


def test_no_two_programmes_of_a_station_overlap_whatever_the_answers_said(cases):
    for one in cases:
        for before, after in zip(one.wider, one.wider[1:]):
            apart = before.station != after.station or before.stop <= after.start
            assert apart, f"seed {one.seed}: {before} and {after}"


def test_all_that_the_latest_answer_says_of_a_station_is_in_the_guide(cases):
    for one in cases:
        latest = {name: shows for own in one.answers for name, shows in own.shows.items() if shows}
        told = {show for shows in latest.values() for show in shows}
        assert told <= {*one.wider}, f"seed {one.seed}"


def test_what_is_lost_was_contradicted_by_what_is_there_or_asked_again(cases):
    for one in cases:
        replaced = {}
        for own in one.answers:
            for name, shows in own.shows.items():
                if shows:
                    replaced[name, own.lineup, own.start, own.hours] = shows
        for lost in {show for shows in replaced.values() for show in shows} - {*one.wider}:
            rivals = [
                own
                for own in one.wider
                if own.station == lost.station and own.start < lost.stop and own.stop > lost.start
            ]
            assert rivals, f"seed {one.seed}: {lost} is lost"


def test_two_guides_of_a_part_each_are_together_the_guide_of_the_whole(cases):
    for one in cases:
        assert sorted({*one.halves}) == one.found, f"seed {one.seed}"


def test_the_summary_counts_what_the_text_holds(cases):
    for one in cases:
        if not one.found:
            continue  # an empty guide is an error, elsewhere
        summary = one.summary
        days = {name: own.seconds for name, own in summary.stations.items()}
        ends = {own.station: own.stop for own in one.found}
        assert (summary.programmes, days) == (len(one.found), one.days), f"seed {one.seed}"
        assert {name: own.end for name, own in summary.stations.items()} == ends
        assert sum(summary.seconds.values()) == sum(own.stop - own.start for own in one.found)
        assert summary.begin == min(own.start for own in one.found)


# One answer after the other, of a source that does not change


OFFSETS = range(-12 * 60, 14 * 60 + 1, 30)  # minutes from UTC to local time


@pytest.mark.parametrize("hours", [1, 2, 3, 4, 5, 6])
def test_each_programme_is_there_once_wherever_the_edges_of_the_windows_are(
    in_zone, tmp_path, hours
):
    """Windows are aligned to UTC: days that begin at each full and half hour meet each edge."""
    world = World(4, 30, now=NOW)
    answers = functools.lru_cache(maxsize=None)(functools.partial(guides.grid, world, HERE))
    with Store(str(tmp_path)) as store:
        for offset in OFFSETS:
            sign = "-" if offset >= 0 else "+"  # POSIX counts westwards
            in_zone(f"HERE{sign}{abs(offset) // 60}:{abs(offset) % 60:02}")
            span = plan.span(NOW, 1, 0)
            assert (span.begin + offset * MINUTE) % DAY == 0
            guides.keep(store, HERE, answers, span, hours)
            found = guides.listed(ElementTree.fromstring(guides.text(store, [HERE], span)))
            assert found == sorted(guides.on(world, span)), f"{offset} minutes from UTC"
            store.prune(NOW + 30 * DAY)
