"""Clock changes: in both directions, by half hours, and in zones without any.

Local times are taken from the table here, not from the system's zones.
"""

import calendar
import functools
import itertools
import time
from typing import List, NamedTuple
from xml.etree import ElementTree

import pytest

from fake_gracenote import World
from gracenote2epg.guide import span as guide_span
from gracenote2epg.guide.builder import Guide
from gracenote2epg.guide.summary import Summary
from gracenote2epg.store.answers import Store
from support import guides
from support.builders import HOUR, lineup

HERE = lineup()


def utc(text: str) -> int:
    return calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M"))


class Day(NamedTuple):
    """A local day. change: when the zone's clocks change, UTC; before, after: minutes from UTC."""

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
        """Minutes from UTC."""
        return self.before if moment < utc(self.change) else self.after


DAYS = [
    Day("America/New_York", "2026-11-01", "2026-11-01 06:00", -240, -300),
    Day("America/New_York", "2027-03-14", "2027-03-14 07:00", -300, -240),
    Day("America/St_Johns", "2026-11-01", "2026-11-01 04:30", -150, -210),
    Day("America/St_Johns", "2027-03-14", "2027-03-14 05:30", -210, -150),
    Day("America/Phoenix", "2026-11-01", "2026-11-01 09:00", -420, -420),
    Day("UTC", "2027-03-14", "2027-03-14 02:00", 0, 0),
]


@pytest.mark.parametrize("day", DAYS, ids=[f"{day.zone}-{day.date}" for day in DAYS])
def test_around_a_change_each_hour_appears_once_with_its_utc_offset(in_zone, tmp_path, day):
    in_zone(day.zone)
    world = World(4, 30, now=day.noon)
    span = guide_span.span(day.noon, 3, -1)
    summaries: List[Summary] = []
    with Store(str(tmp_path)) as store:
        guides.keep(store, HERE, functools.partial(guides.grid, world, HERE), span)
        text = "".join(Guide(store, [HERE], span).text(guides.STYLE, summaries.append))
    tv = ElementTree.fromstring(text)
    shows = guides.listed(tv)
    assert shows == sorted(guides.on(world, span))
    for station, rows in itertools.groupby(shows, key=lambda show: show.station):
        times = [(show.start, show.stop) for show in rows]
        assert times[0][0] <= span.begin < span.end <= times[-1][1], station
        assert [stop for _, stop in times[:-1]] == [start for start, _ in times[1:]], station

    offsets = set()
    for node in tv.iter("programme"):
        for text in (node.get("start"), node.get("stop")):
            moment = guides.moment(text)
            minutes = day.offset(moment)
            sign = "-" if minutes < 0 else "+"
            clock = time.strftime("%Y%m%d%H%M%S", time.gmtime(moment + 60 * minutes))
            assert text == f"{clock} {sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
            offsets.add(minutes)
    assert offsets == {day.before, day.after}

    days, stations = summaries[0].days, summaries[0].stations
    assert [moment + 60 * day.offset(moment) - utc(day.date + " 00:00") for moment in days] == [
        number * 24 * HOUR for number in (-1, 0, 1, 2)
    ]
    assert [(end - begin) / HOUR for begin, end in zip(days, days[1:])] == [24, day.hours, 24]
    assert {own.seconds[1] for own in stations.values()} == {day.hours * HOUR}
