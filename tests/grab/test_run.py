"""Whole runs over real sockets, compared with the schedule of the fake service."""

import contextlib
import functools
import os
import threading

import pytest

from fake_gracenote import FakeGracenote, World, responses
from gracenote2epg import errors
from gracenote2epg.grab import refresh, run
from gracenote2epg.grab.lineups import resolve_lineups
from gracenote2epg.gracenote.lineup_ids import over_the_air
from gracenote2epg.guide.span import span
from gracenote2epg.guide.summary import NO_DETAILS
from support import builders, guides
from support.builders import DAY, HOUR
from support.guides import User

WINDOW = 6 * HOUR


def requests_of(server, endpoint):
    return [entry.params for entry in server.log if entry.endpoint == endpoint]


def test_the_guide_is_the_schedule_by_channel_and_start(user):
    report = user.grab(days=2)
    shows = guides.programmes(report.path)
    assert shows == user.truth(days=2)
    assert len(shows) == report.summary.programmes > 200
    counted = report.statistics.guide
    assert counted.tasks == counted.good == len(requests_of(user.server, "grid"))
    assert all(
        before.stop <= after.start
        for before, after in zip(shows, shows[1:])
        if before.station == after.station
    )
    assert guides.channels(report.path) == sorted({show.station for show in shows})


def test_connections_never_exceed_the_largest_pool(user, server):
    server.faults.latency = 0.05  # so that several are under way at once
    report = user.grab(days=2, details=True, request_budget=25)
    assert report.statistics.requests == server.counts.requests == 25
    assert 2 <= server.counts.connections <= 6
    assert 2 <= server.counts.max_open <= 6


def test_details_are_downloaded_soonest_first_and_reach_the_guide(user, server):
    first = {}
    for row in server.world.truth(*user.span(days=2)):
        if row["stop"] > user.clock.now() and row["seriesId"] not in NO_DETAILS:
            first[row["seriesId"]] = min(row["start"], first.get(row["seriesId"], row["start"]))
    report = user.grab(days=2, details=True, request_budget=20)
    assert sum(report.summary.detailed.values()) > 0
    assert "left to the next run" in report.notes[0]
    series = {params["programSeriesID"] for params in requests_of(server, "details")}
    soonest = sorted(first, key=lambda series_id: (first[series_id], series_id))
    assert series == {*soonest[: 20 - server.counts.grid - server.counts.providers]}
    assert len(series) > 5


# Refreshing


def test_a_run_right_after_a_successful_one_sends_no_request(user, server):
    first = user.grab()
    server.reset_counts()
    again = user.grab()
    assert again.summary == first.summary
    assert server.counts.requests == 0
    asked = [note for note in again.notes if note.startswith("No request was sent: the run at ")]
    assert (len(asked), [note for note in first.notes if "No request" in note]) == (1, [])


def test_for_more_days_only_the_new_days_are_downloaded(user, server):
    user.grab(days=1)
    server.reset_counts()
    report = user.grab(days=2)
    assert server.counts.grid == 4
    assert guides.programmes(report.path) == user.truth(days=2)


def test_a_bad_first_window_does_not_prevent_a_guide(user, server):
    tomorrow = user.span(1, 1).begin
    first = tomorrow - tomorrow % WINDOW
    server.faults.answer(
        "grid", responses.malformed(), when=lambda query: int(query["time"]) < first + WINDOW
    )
    user.fails(errors.Incomplete, offset=1)
    assert len(guides.programmes(user.guide)) > 100
    server.faults.clear()
    user.grab(offset=1)
    assert guides.programmes(user.guide) == user.truth(1, 1)


def test_a_guide_of_other_settings_is_replaced_before_the_details_come(user):
    """Somebody waits for it, and the details of many series take minutes."""
    user.grab()
    chosen, seen = tuple(sorted(guides.channels(user.guide))[:2]), []

    def listen(statistics):
        if statistics.phase == "details" and not seen:
            seen.append(set(guides.channels(user.guide)))

    settings = user.settings(details=True, channels=chosen)
    guides.grab(settings, user.clock, listen=listen)
    assert seen == [set(chosen)]


def test_a_worse_early_guide_does_not_end_the_run(user, monkeypatch):
    """It lacks details, which come next. Two days, because past hours are not compared."""
    monkeypatch.setattr(run, "MIN_COVERAGE", 14 * 86400)  # no guide reaches so far: always early
    for _ in range(2):
        report = user.grab(days=2, details=True, min_interval=0, request_budget=22)
        assert sum(report.summary.detailed.values()) > 0
        with user.store() as store, store._transaction() as db:
            db.execute("DELETE FROM details")


def test_a_run_that_publishes_twice_tells_its_notes_once(user, server, monkeypatch):
    monkeypatch.setattr(run, "MIN_COVERAGE", 14 * 86400)  # no guide reaches so far: always early
    user.grab(days=2, details=True, request_budget=22)
    positions = server.world._lineups.positions
    monkeypatch.setattr(server.world._lineups, "positions", lambda lineup: positions(lineup)[1:])
    server.world.tba_after = int(user.clock.now()) + 9 * 86400  # or the server has the old answers
    user.clock.advance(3 * HOUR)
    report = user.grab(days=2, details=True, min_interval=0)
    (note,) = report.notes
    assert "lists no more programmes of stations that had some" in note


# The source refuses


def test_a_rate_limit_in_the_middle_is_waited_out(user, server):
    server.faults.block_after(10, per=3600, closed=20, retry_after="seconds")
    report = user.grab(days=4)
    assert guides.programmes(report.path) == user.truth(days=4)
    assert 1 <= report.statistics.refusals <= 6
    assert user.clock.monotonic() > 20


@pytest.mark.parametrize("page", [False, True])
def test_a_refused_affiliate_is_replaced_and_the_one_that_works_remembered(user, server, page):
    if page:
        server.faults.answer("grid", responses.oops(), when=lambda query: query["aid"] == "orbebb")
    else:
        server.faults.affiliates = frozenset(["chi"])
    user.grab()
    server.reset_counts()
    user.grab(min_interval=0)
    assert {entry.params["aid"] for entry in server.log} == {"chi"}


def test_a_source_without_listings_is_an_error_and_changes_no_file(user, server):
    impossible = builders.channel_row(builders.event(startTime=None), builders.event(title=""))
    nothing = {
        "no station": [],
        "no programme": [builders.channel_row(), builders.channel_row(channelId="90002")],
        "no programme that can be": [impossible],
    }
    for rows in nothing.values():
        server.faults.clear()
        server.faults.answer("grid", responses.json_answer({"channels": rows}))
        assert user.fails().exit_code != 0
        assert not [name for name in os.listdir(user.folder) if ".xml" in name]
    server.faults.clear()
    user.grab()
    before = user.written
    for rows in nothing.values():
        server.faults.clear()
        server.faults.answer("grid", responses.json_answer({"channels": rows}))
        with contextlib.suppress(errors.GrabError):
            user.grab(min_interval=0)
        assert user.written == before


# A stop, offline, without details


def test_a_stop_ends_a_run_at_once_and_the_next_continues(user, server):
    stop = threading.Event()

    def hold_and_stop(statistics):
        if statistics.guide.good == 6:
            server.faults.hold()
        if statistics.guide.good >= 6 and statistics.guide.busy >= 4:
            stop.set()

    settings = user.settings(days=4)
    with pytest.raises(errors.Stopped):
        guides.grab(settings, user.clock, stop, hold_and_stop)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("download")]
    server.faults.clear()
    with user.store() as store:
        (lineup,) = resolve_lineups(settings, store, None)
        stored = store.windows(lineup)
    assert len(stored) >= 5
    server.reset_counts()
    now = user.clock.now()
    report = user.grab(days=4)
    assert guides.programmes(report.path) == user.truth(days=4)
    tasks = refresh.windows(lineup, span(now, 4, 0), 6, now)
    due = refresh.due_windows(tasks, stored, now, rest=1800.0)
    # As a set: what the stopped run had sent may reach the server only now.
    asked = {entry.params["time"] for entry in server.log if entry.endpoint == "grid"}
    assert len(asked) == len(due) < 14


def test_offline_makes_the_same_guide_without_a_request(user, server):
    user.grab()
    before = user.written
    os.remove(user.guide)
    server.reset_counts()
    phases = []
    settings = user.settings(offline=True)
    guides.grab(settings, user.clock, listen=lambda statistics: phases.append(statistics.phase))
    assert user.written == before
    assert server.counts.requests == 0
    assert phases == ["writing", "writing"]


def test_offline_with_an_empty_store_is_an_error(user):
    user.fails(errors.EmptyGuide, offline=True)
    assert not os.path.exists(user.guide)


def test_without_details_the_guide_omits_stored_ones(user):
    user.grab(details=True)
    assert b"<credits>" in user.written
    user.grab(details=False)
    assert b"<credits>" not in user.written


def test_each_run_is_in_the_history(user, server):
    user.grab()
    requests = server.counts.requests
    server.faults.refuse(403)
    user.fails(errors.RequestRefused, min_interval=0)
    with user.store() as store:
        (_, last), (_, first) = store.runs()
    assert (first["error"], first["requests"]) == ("", requests)
    assert "refuses" in last["error"]


# Past days, other places


def test_past_days_come_from_the_store_without_requests(user, server, tmp_path):
    here, yesterday = over_the_air("90210"), user.span(1, -1)
    answer = functools.partial(guides.grid, server.world, here)
    with user.store() as store:
        guides.keep(store, here, answer, yesterday, at=user.clock.now() - DAY)
    begin, now = user.span().begin, user.clock.now()
    user.grab(past_days=1)
    requests = server.counts.requests
    assert guides.programmes(user.guide) == user.truth(days=2, offset=-1)
    user._replace(folder=tmp_path / "plain").grab()
    both = begin % WINDOW > 0 and begin - begin % WINDOW + WINDOW <= now  # one of both days is over
    assert server.counts.requests - requests == requests + both
    again = user.grab(past_days=1, offline=True)
    assert again.summary.begin < yesterday.begin + HOUR


def test_two_antennas_can_have_different_postal_codes(tmp_path, clock):
    with FakeGracenote(World(8, 24, postal_codes=("10001",), now=clock.now)) as server:
        user = User(server, tmp_path, clock)
        user.grab(lineup=("USA-lineupId-DEFAULT", "USA-OTA10001-DEFAULT"))
        shows = guides.programmes(user.guide)
        assert len(shows) == len(set(shows)) > 100
        assert {entry.params.get("postalCode") for entry in server.log} >= {"90210", "10001"}
