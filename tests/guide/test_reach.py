"""Ten days of runs while the source gives less for good: the published guide never runs dry."""

import contextlib
import json
import os
import threading

import pytest

from fake_gracenote import World
from gracenote2epg.errors import WorseGuide
from gracenote2epg.grab import refresh
from gracenote2epg.gracenote import parser
from gracenote2epg.guide.builder import Guide
from gracenote2epg.guide.publish import publish
from gracenote2epg.guide.published import guide_end
from gracenote2epg.guide.span import span
from gracenote2epg.store.answers import Store
from support import guides
from support.builders import DAY, HOUR, NOW, lineup
from support.clock import VirtualClock

HERE = lineup()
LOST = {
    "numbers": {"season": "", "episode": ""},
    "details": {"series_id": ""},
    "descriptions": {"description": "", "series_id": ""},
    "titles": {"title": "To Be Announced"},
}


class Runs:
    """Runs of a guide of two stations. change: what the source makes of each airing."""

    def __init__(self, folder, days):
        self.days = days
        self.clock = VirtualClock(NOW + 15 * HOUR)
        self.world = World(2, 40, now=lambda: int(self.clock.now()))
        self.store = Store(folder, self.clock)
        self.path = os.path.join(folder, "guide.xml")
        self.change = lambda airing: airing

    def run(self):
        """Return "" or why the guide was refused, and the days that the published one reaches."""
        now = int(self.clock.now())
        wanted = span(now, self.days, 0)
        tasks = refresh.windows(HERE, wanted, 6, now)
        for task in refresh.due_windows(tasks, self.store.windows(HERE), now):
            block = parser.guide(guides.grid(self.world, HERE, task.start, task.hours))
            rows = [
                (key, tuple(filter(None, map(self.change, airings))))
                for key, airings in block.airings
            ]
            self.store.save_guide(
                HERE, task.start, task.hours, block._replace(airings=tuple(rows)), now
            )
        guide = Guide(self.store, [HERE], wanted)
        for series_id in refresh.due_details(guide.showings(now), self.store.details_ages(), now):
            body = json.dumps(self.world.details(series_id, now)).encode()
            self.store.save_details(parser.details(body, series_id), now)
        summaries, reason = [], ""
        text = guide.text(guides.STYLE, summaries.append)
        try:
            publish(self.store, self.path, text, summaries, "all", threading.Event())
        except WorseGuide as error:
            reason = str(error)
        return reason, (guide_end(self.store, self.path) - now) / DAY

    def ten_days(self, hours):
        for _ in range(0, 240, hours):
            self.clock.advance(hours * HOUR)
            yield self.run()


@pytest.fixture(name="begin")
def _begin(tmp_path):
    """Run once; return the runs."""

    def begin(days):
        runs = Runs(str(tmp_path / str(days)), days)
        closing.callback(runs.store.close)
        assert runs.run()[0] == ""
        return runs

    with contextlib.ExitStack() as closing:
        yield begin


@pytest.mark.slow
@pytest.mark.parametrize("hours", [24, 12])
@pytest.mark.parametrize("lost", LOST)
def test_a_guide_without_an_attribute_is_published_in_time(begin, lost, hours):
    runs = begin(7)
    runs.change = lambda airing: airing._replace(**LOST[lost])
    reach = [days for _, days in runs.ten_days(hours)]
    print(lost, hours, [round(days, 1) for days in reach])
    assert min(reach) > 5


@pytest.mark.slow
def test_hours_that_are_gone_for_good_are_published_in_time(begin):
    """A third of the airings, which is refused as long as half of the good guide is left."""
    runs = begin(7)
    runs.change = lambda airing: None if airing.start % (3 * HOUR) == 0 else airing
    results = list(runs.ten_days(24))
    reach = [days for _, days in results]
    print([round(days, 1) for days in reach])
    assert all("hours" in reason for reason, _ in results[:3])
    assert min(reach) > 2.5


@pytest.mark.parametrize("days", [2, pytest.param(7, marks=pytest.mark.slow)])
@pytest.mark.parametrize("hours", [4, 17])  # the same evening, and the next morning
def test_tonight_is_kept_whatever_is_new_behind_it(begin, days, hours):
    """The source answers the windows of a day with one airing in two hours."""
    runs = begin(days)
    runs.clock.advance(hours * HOUR)
    now = runs.clock.now()
    runs.change = lambda airing: (
        airing if airing.start > now + DAY or airing.start % (2 * HOUR) == 0 else None
    )
    assert "hours from" in runs.run()[0]
