"""Runs for some stations or lineups only."""

import json
import os
import threading

import pytest

from fake_gracenote import FakeGracenote, World, responses
from gracenote2epg import errors
from gracenote2epg.grab import cooldown, listing
from gracenote2epg.grab.lineups import resolve_lineups
from gracenote2epg.guide import published
from gracenote2epg.store.choices import MATCHED_STATIONS, Choices
from support import guides
from support.builders import DAY, HOUR
from support.guides import User

WINDOW = 6 * HOUR


def window_of(moment):
    return moment - moment % WINDOW


def test_the_guide_has_the_chosen_channels_and_an_unknown_one_is_an_error(user):
    user.grab()
    chosen_ids = guides.channels(user.guide)[:3]
    user.grab(channels=",".join(chosen_ids))
    assert guides.channels(user.guide) == chosen_ids
    before = user.written
    user.fails(errors.ChannelError, "NOSUCH is not a station", channels="NOSUCH")
    assert user.written == before


def test_a_number_of_several_stations_keeps_its_meaning(large_server, tmp_path, clock):
    """In the large world two stations share 2.1."""
    user = User(large_server, tmp_path, clock)
    report = user.grab(channels="2.1")
    assert guides.channels(user.guide) == ["20006"]
    assert [note for note in report.notes if note.startswith("2.1 may be several stations (20006 ")]
    choices = Choices(str(tmp_path), clock)
    ((place, meant),) = choices.get(MATCHED_STATIONS, {}).items()
    assert meant == {"2.1": "20006"}
    choices.put(MATCHED_STATIONS, {place: {"2.1": "20387"}})  # that was the only one before
    user.grab(channels="2.1", worse_below=0)  # whatever the other one has on now
    assert guides.channels(user.guide) == ["20387"]
    choices.put(MATCHED_STATIONS, {"of another lineup": {"2.1": "20387"}})
    user.grab(channels="2.1", worse_below=0)
    assert guides.channels(user.guide) == ["20006"]


def test_chosen_stations_without_a_programme_are_an_error(tmp_path, clock):
    with FakeGracenote(World(9, 24, now=clock.now)) as server:
        user = User(server, tmp_path, clock)
        names = {row["affiliateName"]: row["channelId"] for row in server.world.channels()}
        gone = names["Channel No Longer Available"]
        user.fails(errors.EmptyGuide, channels=gone)
        assert not [name for name in os.listdir(tmp_path) if ".xml" in name]
        (note,) = [note for note in user.grab().notes if "no programmes for them" in note]
        signs = {row["channelId"]: row["callSign"] for row in server.world.channels()}
        assert note.endswith(f": {signs[gone]}.")
        notes = user.grab(channels=f"!{gone}", worse_below=0).notes
        assert not [note for note in notes if "for want" in note]


def test_the_other_channels_survive_one_that_leaves_the_lineup(user):
    path = user.grab().path
    chosen_ids = guides.channels(path)[:2]
    chosen = ",".join((*chosen_ids, "77777"))
    user.fails(errors.ChannelError, "77777 is not a station", channels=chosen)
    with user.store() as store:  # as if the lineup had it when the guide was made
        fact, at = store.fact(f"published {path}")
        fingerprint = json.loads(fact["asked"])
        fingerprint[2] = user.settings(channels=chosen).channels
        fewer = {name: fact["summary"]["stations"][name] for name in chosen_ids}
        counted = ("seconds", "known", "detailed", "described", "numbered")
        summary = {**fact["summary"], "stations": fewer, **{name: {} for name in counted}}
        fact.update(asked=json.dumps(fingerprint), summary=summary)
        store.set_fact(f"published {path}", fact, at)
    report = user.grab(channels=chosen)
    assert guides.channels(path) == chosen_ids
    assert "The lineup no longer has these chosen channels: 77777." in report.notes
    with user.store() as store:  # the page and Kodi have them, too
        shown = listing.chosen_stations(user.settings(channels=chosen), store)
    assert sorted(row.station.station_id for row in shown) == sorted(chosen_ids)


def test_a_duplicate_lineup_is_downloaded_once(user, server, tmp_path):
    requests = []
    for name, lineup in (("once", "OTA"), ("twice", "OTA,USA-lineupId-DEFAULT,OTA")):
        server.reset_counts()
        user._replace(folder=tmp_path / name).grab(lineup=lineup)
        requests.append(server.counts.requests)
    assert requests[0] == requests[1]


def test_an_unknown_lineup_id_is_a_setting_error(user):
    user.fails(errors.SettingError, "lineup: 'nonsense'", lineup="nonsense")


def test_a_window_that_broke_on_the_way_is_asked_for_again_after_the_details(user, server):
    last = window_of(user.span(days=2).end - 1)

    def breaks(query):
        return int(query["time"]) == last and server.counts.details == 0

    server.faults.drop("grid", when=breaks)
    report = user.grab(days=2, details=True)
    assert guides.programmes(report.path) == user.truth(days=2)
    assert server.faults.applied >= 3


def test_a_window_that_stays_broken_is_told_as_that(user, server):
    last = window_of(user.span(days=2).end - 1)
    server.faults.drop("grid", when=lambda query: int(query["time"]) == last)
    error = str(user.fails(errors.Incomplete, days=2))
    assert "asked again and again (" in error
    assert "the source does not give them" not in error


def test_a_status_that_every_request_gets_from_some_moment_on_is_a_refusal(user, server):
    arrived = []

    def is_late(query):
        arrived.append(query)
        return len(arrived) > 5

    server.faults.answer(None, responses.Answer(418, b""), when=is_late)
    error = str(user.fails(errors.RequestRefused, days=7))
    assert "refuses this address (HTTP 418)" in error
    assert guides.programmes(user.guide)
    assert len(arrived) <= 5 + 6 + 1 + 6
    with user.store() as store:
        assert cooldown.active_refusal(store, user.settings(), user.clock.now())


def test_a_run_that_is_stopped_while_it_is_refused_leaves_a_cooldown(user, server):
    stop = threading.Event()
    server.faults.refuse(429)

    def stop_when_open(statistics):
        if statistics.breaker_reason:
            stop.set()

    with pytest.raises(errors.Stopped):
        guides.grab(user.settings(), user.clock, stop, stop_when_open)
    with user.store() as store:
        refusal = cooldown.active_refusal(store, user.settings(), user.clock.now())
    assert "429" in refusal.what


def test_a_run_that_fails_deletes_nothing_however_far_ahead_the_clock_is(user, server):
    """What the guide uses goes when there is something new in its place, not before."""
    user.grab(details=True)

    def stored():
        with user.store() as store:
            (lineup,) = resolve_lineups(user.settings(), store, None)
            return store.windows(lineup), store.details_ages()

    before, now = stored(), user.clock.now()
    server.faults.refuse(500)
    for days in (3, 400):
        user.clock.set(now + days * DAY)
        user.fails(errors.SourceError, details=True)
        assert stored() == before
    user.clock.set(now + 10)
    with user.store() as store:
        assert published.guide_end(store, user.guide) > now
    server.faults.clear()
    already = len(server.log)
    user.grab(details=True)
    assert len(server.log) - already < 10
