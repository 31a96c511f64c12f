"""A fortnight of daily runs with the real refresh rules and store, without a network."""

import json

import pytest

from fake_gracenote import World
from gracenote2epg.grab import refresh
from gracenote2epg.gracenote import parser
from gracenote2epg.guide.builder import Guide
from gracenote2epg.guide.span import span
from gracenote2epg.store.answers import Store
from support import guides
from support.builders import DAY, NOW, lineup

HERE = lineup()


class Days:
    """Runs of a 7-day guide, one each day."""

    def __init__(self, store: Store, stations: int, series: int) -> None:
        self.now = NOW
        self.world = World(stations, series, now=lambda: self.now)
        self.store = store

    def run(self, day: int):
        """Return how many windows and how many details were asked."""
        self.now = NOW + day * DAY
        self.world.tba_after = self.now + 3 * DAY  # what is further away is not known yet
        tasks = refresh.windows(HERE, span(self.now, 7, 0), 6, self.now)
        windows = refresh.due_windows(tasks, self.store.windows(HERE), self.now)
        for task in windows:
            block = parser.guide(guides.grid(self.world, HERE, task.start, task.hours))
            self.store.save_guide(HERE, task.start, task.hours, block, self.now)
        self.guide = Guide(self.store, [HERE], span(self.now, 7, 0))
        showings = self.guide.showings(self.now)
        details = refresh.due_details(showings, self.store.details_ages(), self.now)
        for series_id in details:
            body = json.dumps(self.world.details(series_id, self.now)).encode()
            self.store.save_details(parser.details(body, series_id), self.now)
        self.store.prune(self.now)
        return len(windows), len(details)

    def stale_unknowns(self):
        """Airings of the next two days that the guide shows as TBA and the source knows."""
        known = {
            (row["channelId"], row["start"])
            for row in self.world.truth(self.now, self.now + 2 * DAY)
            if "TBA" not in row["title"] and row["title"] != "To Be Announced"
        }
        return [
            (station, airing.start)
            for station in {station for station, _ in known}
            for airing in self.guide.airings(station)
            if airing.is_tba and (station, airing.start) in known
        ]


@pytest.mark.parametrize(
    ("stations", "series", "last"), [(2, 40, 9), pytest.param(40, 600, 14, marks=pytest.mark.slow)]
)
def test_daily_runs_send_few_requests_and_replace_every_tba(tmp_path, stations, series, last):
    with Store(str(tmp_path)) as store:
        days = Days(store, stations, series)
        first = sum(days.run(0))
        assert first > series
        for day in range(1, last):
            windows, details = days.run(day)
            assert windows <= 9 + 8, day  # what is near and new, and TBA
            assert windows + details <= max(first / 4, 9 + 8 + refresh.MIN_REFRESHED_SERIES), day
            assert days.stale_unknowns() == [], day
