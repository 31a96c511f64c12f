"""A year of daily runs, in which most of what can go wrong does."""

import contextlib
import sqlite3
from types import MappingProxyType
from typing import Any, Callable, Dict, List, Mapping, NamedTuple

import pytest

from fake_gracenote import FakeGracenote, World, responses
from gracenote2epg import errors
from gracenote2epg.store.database import FILE
from support import guides
from support.builders import DAY, HOUR
from support.guides import User


class Changing(World):
    """A source that changes for good. changes: what all its programmes have; renamed: new station
    ids; giant: no series here has details of a megabyte."""

    giant = ""
    changes: Mapping[str, Any] = MappingProxyType({})
    renamed: Mapping[str, str] = MappingProxyType({})

    def grid(self, params: Any) -> Any:
        answer = super().grid(params)
        for row in answer["channels"]:
            row["channelId"] = self.renamed.get(row["channelId"], row["channelId"])
            for event in row["events"]:
                for own in (event, event["program"]):
                    own.update({key: self.changes[key] for key in self.changes if key in own})
        return answer

    def forget(self) -> None:
        """Let the server make its answers anew: they depend on this."""
        self.tba_after = (self.tba_after or 1 << 40) + 1


class Year(NamedTuple):
    """What became of each day. reach: seconds that the guide goes on from the day's run, without a
    hole on any station; store: its bytes."""

    codes: Dict[int, int]
    requests: Dict[int, int]
    reach: Dict[int, float]
    refusals: List[int]
    store: List[int]


def reach_of(path: str, now: float) -> float:
    """Until when each station has programmes, without a hole of more than an hour."""
    ends: Dict[str, float] = {}
    for show in sorted(guides.programmes(path)):
        if show.stop > now and show.start - ends.setdefault(show.station, now) <= HOUR:
            ends[show.station] = max(ends[show.station], show.stop)
    return min(ends.values()) - now


def live(user: User, events: Dict[int, Callable[[], object]], days: int) -> Year:
    """Daily runs. events: what happens before the run of a day."""
    year, began = Year({}, {}, {}, [], []), user.clock.now()
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
        year.store.append((user.folder / FILE).stat().st_size)
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

        def change(**changes: Any) -> None:
            world.changes = {**world.changes, **changes}
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
            35: lambda: change(season=None, episode=None),
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
            200: lambda: change(shortDesc=None),
            220: missing_hour,
            240: faults.clear,
            250: lambda: faults.scatter(0.05),
            262: faults.clear,
            275: lambda: faults.drop(),
            277: faults.clear,
            290: lambda: setattr(faults, "affiliates", frozenset(["chi"])),
            310: new_lineup_ids,
            320: lambda: change(seriesId=None),
            340: lambda: change(title="To Be Announced"),
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
    assert max(year.store[30:]) < 1.5 * max(year.store[:30])
    assert failed == {20: 5, 21: 5, 60: 4, 61: 4, 120: 5, 275: 3, 276: 3}
    assert requests[len(requests) // 2] <= 12
    assert sum(year.refusals) < 60
