"""Clock changes: in both directions, with half hours, and where there are none.

The tables here, not the system's zones, say what the clock on the wall shows.
"""

import calendar
import functools
import os
import shutil
import subprocess
import sys
import time
from typing import Dict, List, NamedTuple, Set, Tuple
from xml.etree import ElementTree

import pytest

from gracenote2epg import plan
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.guide import Guide
from gracenote2epg.plan import Span
from gracenote2epg.store import Store
from gracenote2epg.summary import Summary
from support import LIB, guides
from support.awkward_world import Awkward
from support.builders import HOUR, lineup
from support.guides import Programme

HERE = lineup()


def utc(text: str) -> int:
    return calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M"))


class Day(NamedTuple):
    """A local day at which clocks change somewhere.

    change: when they do here, UTC; the offsets are minutes from UTC before and after it.
    """

    zone: str
    date: str
    change: str
    before: int
    after: int

    @property
    def noon(self) -> int:
        """Seconds since the epoch of about noon."""
        return utc(f"{self.date} 12:00") - 60 * self.after

    @property
    def hours(self) -> float:
        return 24 - (self.after - self.before) / 60

    def offset(self, moment: int) -> int:
        """Minutes from UTC on the clock on the wall at a moment."""
        return self.before if moment < utc(self.change) else self.after


DAYS = [
    Day("America/New_York", "2026-11-01", "2026-11-01 06:00", -240, -300),
    Day("America/New_York", "2027-03-14", "2027-03-14 07:00", -300, -240),
    Day("America/St_Johns", "2026-11-01", "2026-11-01 04:30", -150, -210),
    Day("America/St_Johns", "2027-03-14", "2027-03-14 05:30", -210, -150),
    Day("America/Phoenix", "2026-11-01", "2026-11-01 09:00", -420, -420),
    Day("America/Phoenix", "2027-03-14", "2027-03-14 09:00", -420, -420),
    Day("UTC", "2026-11-01", "2026-11-01 02:00", 0, 0),
    Day("UTC", "2027-03-14", "2027-03-14 02:00", 0, 0),
]
IDS = [f"{day.zone.split('/')[-1]}-{day.date}" for day in DAYS]
each_day = pytest.mark.parametrize("day", DAYS, ids=IDS)


class Made(NamedTuple):
    span: Span
    tv: ElementTree.Element
    summary: Summary
    truth: Set[Programme]

    @property
    def found(self) -> List[Programme]:
        return guides.listed(self.tv)


_made: Dict[Tuple[Day, int], Made] = {}


@pytest.fixture(name="make")
def _make(in_zone, tmp_path_factory):
    """The guide of so many local days around noon of that day; each is made once."""

    def make(day: Day, days: int = 1) -> Made:
        in_zone(day.zone)
        if (day, days) not in _made:
            world = World(8, 40, now=day.noon)
            span = plan.span(day.noon, days, -1 if days > 1 else 0)
            with Store(str(tmp_path_factory.mktemp("store"))) as store:
                guides.keep(store, HERE, functools.partial(guides.grid, world, HERE), span)
                summaries: List[Summary] = []
                text = "".join(Guide(store, [HERE], span).text(guides.STYLE, summaries.append))
            tv = ElementTree.fromstring(text)
            _made[day, days] = Made(span, tv, summaries[0], guides.on(world, span))
        return _made[day, days]

    return make


@each_day
def test_a_day_has_23_or_25_hours_and_each_of_them_is_in_the_guide_once(make, day):
    made = make(day)
    local = [moment + 60 * day.offset(moment) for moment in made.span]
    assert [moment % (24 * HOUR) for moment in local] == [0, 0]
    assert made.span.end - made.span.begin == day.hours * HOUR
    assert sorted(made.found) == sorted(made.truth)
    whole = 0
    for station in {one.station for one in made.found}:
        own = [one for one in made.found if one.station == station]
        no_gap = all(before.stop == after.start for before, after in zip(own, own[1:]))
        whole += no_gap and own[0].start <= made.span.begin and own[-1].stop >= made.span.end
    assert whole >= 6


@each_day
def test_each_programme_has_the_offset_of_its_moment(make, day):
    made = make(day, 3)
    seen = set()
    for own in made.tv.iter("programme"):
        for text in (own.get("start"), own.get("stop")):
            moment = guides.moment(text)
            minutes = day.offset(moment)
            sign = "-" if minutes < 0 else "+"
            clock = time.strftime("%Y%m%d%H%M%S", time.gmtime(moment + 60 * minutes))
            assert text == f"{clock} {sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
            seen.add(minutes)
    assert seen == {day.before, day.after}


@each_day
def test_around_the_change_there_is_no_gap_and_no_overlap(make, day):
    made = make(day, 3)
    assert made.found == sorted(made.truth)
    for before, after in zip(made.found, made.found[1:]):
        assert before.station != after.station or before.stop <= after.start


@pytest.mark.parametrize("date", ["2026-11-01", "2027-03-14"])
def test_the_moments_are_the_same_in_every_zone(in_zone, tmp_path, date):
    world = World(8, 40, now=utc(f"{date} 12:00"))
    span = Span(utc(f"{date} 00:00") - 6 * HOUR, utc(f"{date} 00:00") + 30 * HOUR)
    found = []
    with Store(str(tmp_path)) as store:
        guides.keep(store, HERE, functools.partial(guides.grid, world, HERE), span)
        for day in DAYS:
            in_zone(day.zone)
            for style in (guides.STYLE, guides.STYLE._replace(utc=True)):
                found.append(ElementTree.fromstring(guides.text(store, [HERE], span, style)))
    assert all(guides.listed(tv) == guides.listed(found[0]) for tv in found)
    assert len(guides.listed(found[0])) > 250
    texts = {tuple(own.get("start") for own in tv.iter("programme")) for tv in found}
    assert len(texts) == 4  # as many as there are clocks


@each_day
def test_the_summary_counts_the_hours_of_such_a_day(make, day):
    made = make(day, 3)
    days = made.summary.days
    assert [(end - begin) / HOUR for begin, end in zip(days, days[1:])] == [24, day.hours, 24]
    assert max(own.seconds[1] for own in made.summary.stations.values()) == day.hours * HOUR


@each_day
def test_two_days_around_the_change_are_one_and_the_next(make, in_zone, tmp_path, day):
    in_zone(day.zone)
    world = World(8, 40, now=day.noon)
    whole, first, second = (plan.span(day.noon, *own) for own in ((2, -1), (1, -1), (1, 0)))
    with Store(str(tmp_path)) as store:
        guides.keep(store, HERE, functools.partial(guides.grid, world, HERE), whole)

        def written(span: Span) -> Set[str]:
            tv = ElementTree.fromstring(guides.text(store, [HERE], span))
            return {ElementTree.tostring(own, "unicode").strip() for own in tv.iter("programme")}

        assert written(first) | written(second) == written(whole)


@pytest.mark.parametrize("day", DAYS[:4], ids=IDS[:4])
def test_an_awkward_source_is_read_right_on_such_a_night(in_zone, tmp_path, day):
    in_zone(day.zone)
    world = Awkward(plan.span(day.noon, 2, 0))
    with Store(str(tmp_path)) as store:
        world.keep(store, HERE)
        found = guides.listed(ElementTree.fromstring(guides.text(store, [HERE], world.span)))
    assert found == sorted(world.on(world.span))


@pytest.mark.parametrize("day", DAYS[:4], ids=IDS[:4])
def test_a_run_on_such_a_day_makes_the_whole_day(tmp_path, day):
    """With the clock of the process set to that day."""
    if not shutil.which("faketime"):
        pytest.skip("faketime is not installed (Debian: faketime)")
    world = World(8, 40, now=day.noon)
    output = str(tmp_path / "guide.xml")
    with DemoServer(world) as server:
        command = ["faketime", "-f", f"@{day.date} 12:00:00", sys.executable, "-m", "gracenote2epg"]
        command += ["--postal", "90210", "--days", "1", "--no-details", "--strategy", "auto"]
        command += ["--data-dir", str(tmp_path), "--base-url", server.url, "--output", output]
        done = subprocess.run(
            command,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": LIB, "TZ": day.zone,
                 "PYTHONDONTWRITEBYTECODE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"},
            capture_output=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    begin = utc(f"{day.date} 00:00") - 60 * day.before
    span = Span(begin, begin + int(day.hours * HOUR))
    assert guides.programmes(output) == sorted(guides.on(world, span))
