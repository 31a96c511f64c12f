"""Whole runs over real sockets against the stand-in of the service, compared with its own truth."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time

import pytest

from gracenote2epg import config, errors, grab, lookup, plan
from gracenote2epg.demo import DemoServer, World, answers
from gracenote2epg.store import Lock, Store
from support import LIB, builders, guides


@pytest.fixture(name="server")
def _server():
    with DemoServer(World()) as server:
        yield server


def test_the_guide_is_the_truth(server, tmp_path):
    report = grab.run(guides.settings(server, tmp_path, days=2))
    found = guides.programmes(report.path)
    assert set(found) == guides.truth(server, days=2)
    assert len(found) == len(set(found)) == report.summary.programmes > 1000


@pytest.mark.parametrize("hours", [1, 3, 5])
def test_the_guide_is_the_same_whatever_the_windows_are(server, tmp_path, hours):
    report = grab.run(guides.settings(server, tmp_path, block_hours=hours, offset=1))
    found = guides.programmes(report.path)
    assert sorted(found) == sorted(guides.truth(server, days=1, offset=1))


def test_programmes_are_contiguous_by_channel_and_in_order(server, tmp_path):
    found = guides.programmes(grab.run(guides.settings(server, tmp_path)).path)
    assert found == sorted(found)
    assert all(
        one.stop <= next_.start
        for one, next_ in zip(found, found[1:])
        if one.station == next_.station
    )


def test_every_channel_has_programmes_and_every_programme_a_channel(server, tmp_path):
    path = grab.run(guides.settings(server, tmp_path)).path
    assert guides.channels(path) == sorted({found.station for found in guides.programmes(path)})


def test_connections_never_exceed_the_largest_pool(server, tmp_path):
    server.faults.latency = 0.05
    report = grab.run(guides.settings(server, tmp_path, days=3, details=True, request_budget=60))
    assert report.statistics.requests == server.counts.requests == 60
    assert server.counts.connections <= 6
    assert server.counts.max_open <= 6


def test_details_come_soonest_first_and_reach_the_guide(server, tmp_path):
    settings = guides.settings(server, tmp_path, details=True, request_budget=26)
    report = grab.run(settings)
    assert sum(report.summary.detailed.values()) > 0
    assert "left to the next run" in report.notes[0]
    asked = [e.params["programSeriesID"] for e in server.log if e.endpoint == "details"]
    assert len(asked) == 20
    first = {}
    for row in sorted(
        server.world.truth(int(time.time()), int(time.time()) + 86400), key=lambda row: row["start"]
    ):
        first.setdefault(row["seriesId"], row["start"])
    latest_asked = max(first[series] for series in asked if series in first)
    assert sum(start < latest_asked for start in first.values()) <= len(asked) + 5


def test_a_run_right_after_a_good_one_asks_nothing(server, tmp_path):
    first = grab.run(guides.settings(server, tmp_path))
    server.reset_counts()
    second = grab.run(guides.settings(server, tmp_path))
    assert server.counts.requests == 0
    assert second.summary == first.summary


def test_with_the_interval_off_only_the_next_day_is_asked_again(server, tmp_path):
    grab.run(guides.settings(server, tmp_path, days=7))
    server.reset_counts()
    grab.run(guides.settings(server, tmp_path, days=7, min_interval=0))
    assert server.counts.requests == server.counts.grid <= 9


def test_more_days_ask_for_the_new_days_only(server, tmp_path):
    grab.run(guides.settings(server, tmp_path, days=1))
    server.reset_counts()
    report = grab.run(guides.settings(server, tmp_path, days=2))
    assert 4 <= server.counts.grid <= 9
    assert set(guides.programmes(report.path)) == guides.truth(server, days=2)


def test_one_bad_hour_costs_one_part_of_a_window(server, tmp_path):
    span = plan.span(time.time(), 1, 1)
    hour = span.begin - span.begin % 21_600 + 3 * 21_600 + 3600

    def bad(query):
        start = int(query["time"])
        return start <= hour < start + 3600 * int(query["timespan"])

    server.faults.answer("grid", answers.refusal(500), when=bad)
    with pytest.raises(errors.Incomplete, match="lacks hours"):
        grab.run(guides.settings(server, tmp_path, days=1, offset=1))
    found = set(guides.programmes(str(tmp_path / "xmltv.xml")))
    assert len(found) > 0.8 * len(guides.truth(server, 1, 1))
    assert found < guides.truth(server, 1, 1)


def test_a_run_right_after_an_incomplete_one_asks_for_nothing_but_what_is_missing(server, tmp_path):
    span = plan.span(time.time(), 2, 1)
    bad = span.begin - span.begin % 21_600 + 2 * 21_600

    def inside(query):
        return bad <= int(query["time"]) < bad + 21_600

    server.faults.answer("grid", answers.refusal(500), when=inside)
    for _ in range(2):
        with pytest.raises(errors.Incomplete, match="the source does not give them"):
            grab.run(guides.settings(server, tmp_path, days=2, offset=1))
        asked = [entry for entry in server.log if entry.endpoint == "grid"]
        server.reset_counts()
    assert len(asked) == 3
    assert all(inside(entry.params) for entry in asked)


def test_only_the_first_window_bad_is_still_a_guide(server, tmp_path):
    span = plan.span(time.time(), 2, 1)
    first = span.begin - span.begin % 21_600
    server.faults.answer(
        "grid", answers.malformed(), when=lambda q: first <= int(q["time"]) < first + 21_600
    )
    with pytest.raises(errors.Incomplete):
        grab.run(guides.settings(server, tmp_path, days=2, offset=1))
    assert len(guides.programmes(str(tmp_path / "xmltv.xml"))) > 500
    server.faults.clear()
    report = grab.run(guides.settings(server, tmp_path, days=2, offset=1))
    assert set(guides.programmes(report.path)) == guides.truth(server, 2, 1)


@pytest.mark.parametrize("status", [403, 405, 202])
def test_a_source_that_refuses_everything_leaves_the_good_guide(server, tmp_path, status):
    path = grab.run(guides.settings(server, tmp_path)).path
    before = set(guides.programmes(path))
    server.faults.refuse(status)
    with pytest.raises(errors.Refused):
        grab.run(guides.settings(server, tmp_path, min_interval=0))
    assert set(guides.programmes(path)) == before


def test_a_source_that_refuses_from_the_beginning_makes_no_file(server, tmp_path):
    server.faults.refuse(403)
    with pytest.raises(errors.Refused):
        grab.run(guides.settings(server, tmp_path))
    assert not os.path.exists(tmp_path / "xmltv.xml")
    assert server.counts.requests == 1


def test_a_wall_in_the_middle_is_waited_out(server, tmp_path):
    server.faults.wall(10, per=60, closed=1, retry_after="seconds")
    report = grab.run(guides.settings(server, tmp_path, days=4))
    assert set(guides.programmes(report.path)) == guides.truth(server, days=4)
    assert 1 <= report.statistics.refusals <= 6


def test_a_dead_affiliate_is_replaced_and_the_one_that_works_remembered(server, tmp_path):
    server.faults.affiliates = frozenset(["chi"])
    grab.run(guides.settings(server, tmp_path))
    server.reset_counts()
    grab.run(guides.settings(server, tmp_path, min_interval=0))
    assert {entry.params["aid"] for entry in server.log} == {"chi"}


def test_the_oops_page_of_a_dead_affiliate_counts_as_one(server, tmp_path):
    page = answers.oops()
    server.faults.answer("grid", page, when=lambda q: q["aid"] == "orbebb")
    grab.run(guides.settings(server, tmp_path))
    assert server.log[-1].params["aid"] == "chi"


def test_no_affiliate_at_all_is_an_error_that_names_it(server, tmp_path):
    server.faults.affiliates = frozenset()
    with pytest.raises(errors.AffiliateRefused, match="GRACENOTE_AFFILIATE"):
        grab.run(guides.settings(server, tmp_path))
    assert server.counts.grid == 3


def test_an_unknown_postal_code_is_one_clear_error(server, tmp_path):
    with pytest.raises(errors.NoLineup, match="this postal code"):
        grab.run(guides.settings(server, tmp_path, postal_code="99999"))
    assert server.counts.requests == 1


def test_a_stop_ends_a_run_within_a_second_and_the_next_goes_on_from_there(server, tmp_path):
    stop = threading.Event()
    settings = guides.settings(server, tmp_path, days=4)

    def hold_and_stop(seen):
        if seen.guide.good == 6:
            server.faults.hold()
        if seen.guide.good >= 6 and seen.guide.busy >= 4:
            stop.set()

    began = time.monotonic()
    with pytest.raises(errors.Stopped):
        grab.run(settings, stop, hold_and_stop)
    assert time.monotonic() - began < 4
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("download")]
    server.faults.clear()
    with Store(settings.data_dir) as store:
        (lineup,) = lookup.lineups(settings, store, None)
        kept = store.windows(lineup)
    assert len(kept) >= 5
    server.reset_counts()
    report = grab.run(settings)
    assert set(guides.programmes(report.path)) == guides.truth(server, days=4)
    now = time.time()
    tasks = plan.windows(lineup, plan.span(now, 4, 0), 6, now)
    due = plan.due_windows(tasks, kept, now, rest=1800.0)
    assert server.counts.grid == len(due) < 14


def test_everything_answered_is_in_the_store_before_the_run_ends(server, tmp_path):
    server.faults.answer("grid", answers.malformed(), when=lambda q: int(q["time"]) % 43_200 == 0)
    settings = guides.settings(server, tmp_path, days=2)
    with pytest.raises(errors.Incomplete):
        grab.run(settings)
    with Store(settings.data_dir) as store:
        (lineup,) = lookup.lineups(settings, store, None)
        assert len(store.windows(lineup)) >= 4


def test_offline_makes_the_same_guide_without_a_request(server, tmp_path):
    path = grab.run(guides.settings(server, tmp_path)).path
    before = open_bytes(path)
    os.remove(path)
    server.reset_counts()
    grab.run(guides.settings(server, tmp_path, offline=True))
    assert open_bytes(path) == before
    assert server.counts.requests == 0


def test_without_details_the_guide_shows_none_that_are_stored(server, tmp_path):
    path = grab.run(guides.settings(server, tmp_path, details=True)).path
    assert b"<credits>" in open_bytes(path)
    grab.run(guides.settings(server, tmp_path, details=False))
    assert b"<credits>" not in open_bytes(path)


def test_an_offline_run_is_watched_too(server, tmp_path):
    grab.run(guides.settings(server, tmp_path))
    phases = []
    settings = guides.settings(server, tmp_path, offline=True)
    grab.run(settings, None, lambda seen: phases.append(seen.phase))
    assert phases == ["writing", "writing"]


def test_offline_with_an_empty_store_is_an_error_and_no_file(server, tmp_path):
    with pytest.raises(errors.EmptyGuide):
        grab.run(guides.settings(server, tmp_path, offline=True))
    assert not os.path.exists(tmp_path / "xmltv.xml")


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (builders.channel_row(), builders.channel_row(channelId="90002")),
        (builders.channel_row(builders.event(startTime=None), builders.event(title="")),),
    ],
    ids=["no station", "no programme", "no programme that can be"],
)
def test_a_source_with_nothing_to_list_is_an_error_and_no_file_nor_a_new_one(
    server, tmp_path, rows
):
    answer = answers.json_answer({"channels": list(rows)})
    server.faults.answer("grid", answer)
    with pytest.raises(errors.GrabError) as nothing:
        grab.run(guides.settings(server, tmp_path))
    assert nothing.value.exit_code != 0
    assert not [name for name in os.listdir(tmp_path) if ".xml" in name]
    server.faults.clear()
    path = grab.run(guides.settings(server, tmp_path)).path
    before = open_bytes(path)
    server.faults.answer("grid", answer)
    with contextlib.suppress(errors.GrabError):
        grab.run(guides.settings(server, tmp_path, min_interval=0))
    assert open_bytes(path) == before


def test_chosen_stations_without_a_programme_are_an_error_and_no_file(server, tmp_path):
    rows = server.world.channels()
    gone = [
        row["channelId"] for row in rows if row["affiliateName"] == "Channel No Longer Available"
    ]
    with pytest.raises(errors.EmptyGuide):
        grab.run(guides.settings(server, tmp_path, channels=gone[0]))
    assert not [name for name in os.listdir(tmp_path) if ".xml" in name]


def test_the_guide_is_the_same_to_the_byte_under_every_hash_seed(server, tmp_path):
    grab.run(guides.settings(server, tmp_path, details=True, request_budget=30))
    command = [sys.executable, "-m", "gracenote2epg", "--offline", "--days", "1", "--output", "-"]
    command += ["--postal", "90210", "--data-dir", str(tmp_path)]
    found = {
        subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": LIB, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert len(found) == 1


def test_chosen_channels_are_the_only_ones(server, tmp_path):
    report = grab.run(guides.settings(server, tmp_path))
    some = guides.channels(report.path)[:3]
    grab.run(guides.settings(server, tmp_path, channels=",".join(some)))
    assert guides.channels(report.path) == some


def test_an_unknown_channel_is_an_error_and_the_guide_stays(server, tmp_path):
    path = grab.run(guides.settings(server, tmp_path)).path
    before = open_bytes(path)
    with pytest.raises(errors.ChannelError, match="NOSUCH is no station"):
        grab.run(guides.settings(server, tmp_path, channels="NOSUCH"))
    assert open_bytes(path) == before


def test_a_chosen_channel_that_leaves_the_lineup_does_not_end_the_others_guide(server, tmp_path):
    report = grab.run(guides.settings(server, tmp_path))
    some = guides.channels(report.path)[:2]
    chosen = guides.settings(server, tmp_path, channels=",".join((*some, "77777")))
    with pytest.raises(errors.ChannelError, match="77777 is no station"):
        grab.run(chosen)
    with Store(str(tmp_path)) as store:  # as if the lineup had had it when the guide was made
        fact, at = store.known(f"published {report.path}")
        asked = json.loads(fact["asked"])
        asked[2] = chosen.channels
        fewer = {name: fact["summary"]["stations"][name] for name in some}
        counted = ("seconds", "known", "detailed", "described", "numbered")
        summary = {**fact["summary"], "stations": fewer, **{name: {} for name in counted}}
        fact.update(asked=json.dumps(asked), summary=summary)
        store.learn(f"published {report.path}", fact, at)
    again = grab.run(chosen)
    assert guides.channels(report.path) == some
    assert "The lineup has these chosen channels no more: 77777." in again.notes


def test_two_lineups_make_one_guide_with_each_station_once(server, tmp_path):
    cable = server.world.lineups()[1]["lineupId"]
    grab.run(guides.settings(server, tmp_path, lineup=f"OTA,{cable}"))
    path = str(tmp_path / "xmltv.xml")
    found = guides.channels(path)
    assert len(found) == len(set(found)) > 40
    listed = guides.programmes(path)
    assert len(listed) == len(set(listed))


def test_a_lineup_that_is_named_twice_is_asked_for_once(server, tmp_path):
    asked = []
    for name, lineup in (("once", "OTA"), ("twice", "OTA,USA-lineupId-DEFAULT,OTA")):
        before = server.counts.requests
        grab.run(guides.settings(server, tmp_path / name, lineup=lineup))
        asked.append(server.counts.requests - before)
    assert asked[0] == asked[1]


def test_a_lineup_id_that_nobody_uses_is_a_setting_error(server, tmp_path):
    with pytest.raises(errors.SettingError, match="lineup: 'nonsense'"):
        grab.run(guides.settings(server, tmp_path, lineup="nonsense"))


def test_a_second_run_at_the_same_time_is_told_so(server, tmp_path):
    settings = guides.settings(server, tmp_path)
    with Lock(settings.data_dir), pytest.raises(errors.Busy):
        grab.run(settings)


def test_without_a_network_the_error_names_the_host(tmp_path):
    with DemoServer(World()) as server:
        settings = guides.settings(server, tmp_path)
    with pytest.raises(errors.NoNetwork, match=r"127\.0\.0\.1:\d+ refuses the connection"):
        grab.run(settings)


def test_each_run_is_in_the_history(server, tmp_path):
    settings = guides.settings(server, tmp_path)
    grab.run(settings)
    server.faults.refuse(403)
    with pytest.raises(errors.Refused):
        grab.run(config.override(settings, {"min_interval": 0}))
    with Store(settings.data_dir) as store:
        (_, last), (_, first) = store.runs()
    assert first["error"] == ""
    assert first["requests"] == 6
    assert "refuses" in last["error"]


def test_a_failing_details_answer_costs_that_series_only(server, tmp_path):
    bad = server.world.truth(int(time.time()), int(time.time()) + 3600)[0]["seriesId"]
    server.faults.answer(
        "details", answers.malformed(), when=lambda query: query["programSeriesID"] == bad
    )
    report = grab.run(guides.settings(server, tmp_path, details=True, request_budget=30))
    assert sum(entry.params.get("programSeriesID") == bad for entry in server.log) <= 2
    assert sum(report.summary.detailed.values()) > 0


def open_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def test_a_series_without_details_is_not_asked_for_again_the_same_day(server, tmp_path):
    bad = server.world.truth(int(time.time()), int(time.time()) + 3600)[0]["seriesId"]
    server.faults.answer(
        "details", answers.malformed(), when=lambda query: query["programSeriesID"] == bad
    )
    for _ in range(2):
        grab.run(guides.settings(server, tmp_path, details=True, request_budget=30, min_interval=0))
    assert sum(entry.params.get("programSeriesID") == bad for entry in server.log) == 1


def test_an_early_guide_that_is_worse_does_not_end_the_run(server, tmp_path, monkeypatch):
    """The details that it lacks are what comes next."""
    monkeypatch.setattr(grab, "SOON", 14 * 86400)  # no guide reaches so far: always early
    settings = guides.settings(server, tmp_path, details=True, min_interval=0, request_budget=40)
    first = grab.run(settings)
    assert sum(first.summary.detailed.values()) > 0
    with Store(settings.data_dir) as store, store._writing() as db:
        db.execute("DELETE FROM details")
    assert sum(grab.run(settings).summary.detailed.values()) > 0
