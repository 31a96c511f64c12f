"""A fortnight of daily runs with the real refresh rules and store, without a network; and a year of
whole runs, in which most of what can go wrong does."""

import contextlib
import json
import sqlite3
from types import MappingProxyType
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Sequence

import pytest

from fake_gracenote import FakeGracenote, World, responses
from gracenote2epg import errors
from gracenote2epg.grab import refresh
from gracenote2epg.gracenote import parser
from gracenote2epg.guide.builder import Guide
from gracenote2epg.guide.span import span
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import FILE
from support import guides
from support.builders import DAY, HOUR, NOW, lineup
from support.guides import User

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


# A year


class Changing(World):
    """A source that changes for good. without: what its events lack; renamed: new station ids;
    giant: no series here has details of a megabyte."""

    giant = ""
    without: Sequence[str] = ()
    renamed: Mapping[str, str] = MappingProxyType({})

    def grid(self, params: Any) -> Any:
        answer = super().grid(params)
        for row in answer["channels"]:
            row["channelId"] = self.renamed.get(row["channelId"], row["channelId"])
            for event in row["events"]:
                event["program"].update(dict.fromkeys(self.without))
        return answer

    def forget(self) -> None:
        """Let the server make its answers anew: they depend on this."""
        self.tba_after = (self.tba_after or 1 << 40) + 1


class Year(NamedTuple):
    """What became of each day. reach: seconds that the guide goes on from the day's run, without a
    hole on any station."""

    codes: Dict[int, int]
    requests: Dict[int, int]
    reach: Dict[int, float]
    refusals: List[int]


def reach_of(path: str, now: float) -> float:
    """Until when each station has programmes, without a hole of more than an hour."""
    ends: Dict[str, float] = {}
    for show in sorted(guides.programmes(path)):
        if show.stop > now and show.start - ends.setdefault(show.station, now) <= HOUR:
            ends[show.station] = max(ends[show.station], show.stop)
    return min(ends.values()) - now


def live(user: User, events: Dict[int, Callable[[], object]], days: int) -> Year:
    """Daily runs. events: what happens before the run of a day."""
    year, began = Year({}, {}, {}, []), user.clock.now()
    for day in range(days):
        user.clock.set(began + day * DAY + day % 7)
        events.get(day, lambda: None)()
        user.server.reset_counts()
        year.codes[day] = 0
        try:
            user.grab(days=4, details=True, time_budget=900, backups=0)
        except errors.GrabError as error:
            year.codes[day] = error.exit_code
        year.requests[day] = user.server.counts.requests
        year.refusals.append(user.server.counts.refusals)
        user.clock.set(began + day * DAY + HOUR)  # the right time
        year.reach[day] = reach_of(user.guide, user.clock.now())
    return year


@pytest.mark.slow
def test_a_year_of_daily_runs_has_a_whole_guide_on_each_of_its_days(tmp_path, clock):
    wrong_by = [0.0]  # the machine's clock, seconds
    world = Changing(2, 12, now=lambda: clock.now() - wrong_by[0])
    with FakeGracenote(world, clock=clock.monotonic) as server:
        user = User(server, tmp_path, clock)
        faults = server.faults

        def lose(*names: str) -> None:
            world.without = [*world.without, *names]
            world.forget()

        def rename() -> None:
            old = world.channels()[1]["channelId"]
            world.renamed = {old: "99001"}
            world.forget()

        def new_lineup_ids() -> None:
            rows = [{**row, "lineupId": f"{row['lineupId']}-2"} for row in world.lineups()]
            faults.answer("providers", responses.json_answer({"Providers": rows}))
            faults.answer(
                "grid", responses.no_lineups(), when=lambda query: "-2" not in query["lineupId"]
            )

        def missing_hour() -> None:
            """The same hour of each day."""
            faults.answer(
                "grid",
                responses.bad_request(),
                when=lambda query: any(
                    (int(query["time"]) // HOUR + hour) % 24 == 9
                    for hour in range(int(query["timespan"]))
                ),
            )

        def version(number: int) -> None:
            with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as db:
                db.execute(f"PRAGMA user_version={number}")
                db.commit()

        def jump(days: float) -> None:
            """The clock of the machine is wrong for one run."""
            wrong_by[0] = days * DAY
            clock.set(clock.now() + wrong_by[0])

        events: Dict[int, Callable[[], object]] = {
            20: lambda: faults.refuse(503),
            22: faults.clear,
            35: lambda: lose("season", "episode"),
            60: lambda: faults.refuse(403),
            62: faults.clear,
            75: lambda: faults.block_after(12, per=300, closed=60),
            90: faults.clear,
            100: rename,
            120: lambda: jump(400),
            121: lambda: jump(0),
            130: lambda: jump(-1),
            131: lambda: jump(0),
            140: lambda: version(0),
            150: lambda: version(99),
            165: lambda: faults.answer("details", responses.not_found()),
            185: faults.clear,
            200: lambda: lose("shortDesc"),
            220: missing_hour,
            240: faults.clear,
            250: lambda: faults.scatter(0.05),
            262: faults.clear,
            275: lambda: faults.drop(),
            277: faults.clear,
            290: lambda: setattr(faults, "affiliates", frozenset(["chi"])),
            310: new_lineup_ids,
        }
        year = live(user, events, 365)
    failed = {day: code for day, code in year.codes.items() if code}
    requests = sorted(year.requests.values())
    print(
        f"{sum(year.refusals)} refusals; {requests[len(requests) // 2]} requests on most days, at"
        f" most {requests[-2]} after the first; the guide reached at least"
        f" {min(year.reach.values()) / HOUR:.0f} hours ahead; failed: {failed}"
    )
    assert min(year.reach.values()) > DAY
    assert failed == {20: 5, 21: 5, 60: 4, 61: 4, 120: 5, 275: 3, 276: 3}
    assert requests[len(requests) // 2] <= 12
    assert sum(year.refusals) < 60
