"""Who is told what, and how often."""

import json
import threading

import pytest

from gracenote2epg import errors
from gracenote2epg.grab import notify
from gracenote2epg.grab.notify import RunEnd, after_run
from gracenote2epg.guide import published
from gracenote2epg.guide.builder import StationChanges
from gracenote2epg.guide.span import span
from support.builders import HOUR
from support.receivers import WebReceiver

FAILED = errors.SourceUnavailable("The source has an outage", "Wait")


@pytest.fixture(name="web")
def _web():
    with WebReceiver() as web:
        yield web


@pytest.fixture(name="ends")
def _ends(user, web, clock, monkeypatch):
    """Tell how a run ended: its error, the hours until the guide's end, the changes of stations;
    return the events that the receivers were told."""
    here = f"http://127.0.0.1:{web.port}"

    def ends(error=None, hours=100, changes=None, to=("/a",), days=7, **settings):
        monkeypatch.setattr(published, "guide_end", lambda *words: hours and end)
        end = int(clock.now()) + hours * HOUR
        config = user.settings(notify=tuple(f"{here}{path}" for path in to), **settings)
        run = RunEnd("/x.xml", span(clock.now(), days, 0), error, changes)
        before = len(web.posts)
        with user.store() as store:
            after_run(config, store, run, threading.Event())
        return sorted(
            f"{post.path} {json.loads(post.body)['event']}" for post in web.posts[before:]
        )

    return ends


def test_failures_are_told_once_at_the_third_and_so_is_their_end(ends, web):
    waiting = errors.CooldownActive("It refused", 0.0)
    hours = errors.Incomplete("Hours are missing", "Wait")
    told = [ends(error) for error in (FAILED, FAILED, hours, FAILED, FAILED, waiting, FAILED)]
    assert told == [[]] * 6 + [["/a runs_failed"]]
    text = json.loads(web.posts[-1].body)["text"]
    assert text == "3 runs in a row failed. The source has an outage. Wait."
    told = [ends(error) for error in (FAILED, FAILED, errors.Stopped(), None, None)]
    assert told == [[], [], [], ["/a well"], []]


def test_the_guide_that_runs_out_is_told_once(ends, web):
    assert [ends(hours=hours) for hours in (49, 47, 20, 47, 60)] == [
        [], ["/a guide_ends"], [], [], ["/a well"],
    ]  # fmt: skip
    assert ends(FAILED, hours=-3) == ["/a guide_ends"]
    text = json.loads(web.posts[-1].body)["text"]
    assert ("Your guide ended" in text, "outage" in text) == (True, True)


def test_a_short_guide_is_no_trouble_nor_is_a_missing_one(ends, clock):
    """With a day of listings the guide always ends today or tomorrow."""
    for days in (1, 2):
        ahead = int((span(clock.now(), days, 0).end - clock.now()) / HOUR)
        assert ends(hours=max(ahead - 11, 1), days=days) == [], days
    assert ends(hours=0) == []
    assert ends(hours=-1, days=1) == ["/a guide_ends"]


def test_a_station_is_told_once_until_it_is_back(ends, web):
    gone = StationChanges({"1": "2.1 WCBS"}, [], {"2"})
    back = StationChanges({}, ["4.1 WNBC is 4.2 WNBC now."], {"1", "2"})
    moved = StationChanges({}, [], {"2"})  # the guide has lost it by now
    told = [ends(changes=changes) for changes in (gone, gone, moved, None, back, gone)]
    assert [len(row) for row in told] == [1, 0, 0, 0, 1, 1]
    texts = [json.loads(post.body)["text"] for post in web.posts]
    assert "2.1 WCBS" in texts[0]
    assert texts[1:] == ["4.1 WNBC is 4.2 WNBC now.", texts[0]]


def test_what_could_not_be_sent_is_sent_later_to_those_who_lack_it(ends, web):
    lost = StationChanges({"1": "2.1 WCBS"}, [], set())
    assert ends(hours=5) == ["/a guide_ends"]
    web.status = 500
    ends(changes=lost, hours=5, to=("/a", "/b"))
    web.status = 200
    assert ends(hours=5, to=("/a", "/b")) == [
        "/a stations_changed", "/b guide_ends", "/b stations_changed",
    ]  # fmt: skip
    assert ends(hours=5, to=("/a", "/b")) == []
    web.status = 500
    ends(to=("/a", "/b"))
    web.status = 200
    assert ends(to=("/a", "/b")) == ["/a well", "/b well"]
    # Nobody needs to hear of an end of what he was not told.
    web.status = 500
    ends(hours=5)
    web.status = 200
    assert ends() == []


def test_nothing_is_sent_without_the_network_or_what_cannot_be_remembered(ends, monkeypatch):
    assert ends(hours=5, offline=True) == []
    full = errors.OutputError("/x", "no space left")

    def refuse(*words):
        raise full

    with monkeypatch.context() as disk:
        disk.setattr("gracenote2epg.store.answers.Store.set_fact", refuse)
        assert ends(hours=5) == []
    assert ends(hours=5) == ["/a guide_ends"]


def test_a_run_tells_and_no_receiver_makes_it_fail(user, web, server, caplog):
    address = f"http://me:geheim@127.0.0.1:{web.port}/secret-path"
    settings = {"notify": (address, "http://127.0.0.1:1/hidden-path"), "days": 4}
    user.grab(**settings)
    server.faults.refuse(500)
    for _ in range(notify.FAILED_RUNS):
        user.clock.advance(2 * HOUR)
        user.fails(errors.SourceUnavailable, **settings)
    events = [json.loads(post.body)["event"] for post in web.posts]
    assert events == ["runs_failed"]
    assert "90210" not in web.posts[0].body
    assert "notify, 2 (webhook): Connection refused" in caplog.text
    kept = b"".join(file.read_bytes() for file in user.folder.iterdir() if file.is_file())
    for secret in ("geheim", "secret-path", "hidden-path"):
        assert secret not in caplog.text
        assert secret.encode() not in kept
