"""What changed since the last guide: what it is compared with, and that many ask at little cost."""

import contextlib
import gzip
import http.client
import json
import os
import queue
import threading
import time
from types import SimpleNamespace

import pytest

from gracenote2epg.cli import guide_reports
from gracenote2epg.config import paths
from gracenote2epg.config import settings as config_settings
from gracenote2epg.errors import BackupNotFound, GuideNotFound, InputFileError, Stopped
from gracenote2epg.guide import backups, changes, diff, guide_file
from gracenote2epg.guide.changes import CACHE_TTL, CachedChanges
from gracenote2epg.net.server import MAX_CLIENTS
from gracenote2epg.store.answers import Store
from gracenote2epg.web.status import RunStatus
from support.browser import free_port
from support.builders import DAY, HOUR
from support.clock import days_before, touch
from support.place import NEVER, Place, document

AT_ONCE = 1.0  # seconds


@pytest.fixture(name="home")
def _home(tmp_path, clock):
    """Where guides are published and kept: ``home.publish(title, days_ago)`` does that."""
    settings = paths.with_paths(config_settings.Config(monitoring_port=free_port()), str(tmp_path))
    now = clock.now()

    def publish(title, days_ago=0):
        starts = range(int(now), int(now) + DAY, HOUR)
        shown = [(start, start + HOUR, title, str(start), True) for start in starts]
        clock.set(days_before(now, days_ago))
        with Store(settings.data_dir, clock) as store:
            Place(store, settings.output).put(pieces=[document({"1": shown})])
            assert backups.save_backup(store, settings.data_dir, settings.output, 7, NEVER) == ""
            latest = backups.list_backups(store, settings.data_dir, settings.output)[0]
        clock.set(now)
        return latest.path

    return SimpleNamespace(settings=settings, publish=publish)


@pytest.fixture(name="backup")
def _backup(home):
    """The path of yesterday's guide, in which the titles are others than in today's."""
    backup = home.publish("The Show", 1)
    home.publish("Another Show")
    return backup


def ask(port, path):
    """Status and body; 0 when there was no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(connection):
        connection.request("GET", path)
        try:
            answer = connection.getresponse()
        except OSError:
            return 0, b""
        return answer.status, answer.read()


def test_a_guide_is_compared_with_the_latest_backup_that_differs(home, backup, clock):
    found = changes.since_last(home.settings, NEVER, clock)
    assert (found.before.path, found.state) == (backup, changes.AS_PUBLISHED)
    assert found.as_json()["sums"] == {"new": 0, "moved": 0, "retitled": 24, "gone": 0}
    clock.advance(HOUR)  # a programme is over
    assert changes.since_last(home.settings, NEVER, clock).as_json()["sums"]["retitled"] == 23


def test_what_became_of_the_file_is_told(home, backup, clock):
    touch(home.settings.output, 0)
    assert changes.since_last(home.settings, NEVER, clock).state == changes.CHANGED


def test_the_page_is_told_what_diff_says_without_paths(home, backup, clock):
    with RunStatus(home.settings, clock).server() as web:
        status, body = ask(web.port, "/changes")
    said = json.loads(guide_reports.diff(home.settings, True, clock))
    assert said.pop("path") == home.settings.output
    assert said["before"].pop("path") == backup
    assert (status, json.loads(body)) == (200, said)
    assert str(home.settings.data_dir).encode() not in body


def test_guides_are_compared_once_for_a_guide_and_an_hour(home, backup, clock):
    shared = CachedChanges(home.settings, clock)
    first = shared.answer()
    assert first[0] == 200
    os.rename(backup, f"{backup}.away")  # another comparison would have nothing to compare with
    clock.advance(CACHE_TTL - 1)
    assert shared.answer() == first
    clock.advance(1)
    none = refusal("There is no earlier guide to compare with yet: one is kept each day.")
    assert shared.answer() == none
    os.rename(f"{backup}.away", backup)
    assert shared.answer() == none
    touch(home.settings.output, 0)  # another guide
    assert shared.answer()[0] == 200


def test_a_second_who_asks_is_sent_away_and_a_stop_ends_the_first(home, backup, clock, monkeypatch):
    begun, answers = threading.Event(), []

    def since_last(settings, stop, clock):
        begun.set()
        stop.wait(20)
        raise Stopped

    monkeypatch.setattr(changes, "since_last", since_last)
    shared = CachedChanges(home.settings, clock)
    first = threading.Thread(target=lambda: answers.append(shared.answer()))
    first.start()
    assert begun.wait(20)
    busy = (503, b'{"error": "The guides are being compared: ask again."}')
    assert (shared.answer(), answers) == (busy, [])
    shared.stop.set()
    first.join()
    assert answers == [busy]


@pytest.mark.slow
def test_a_comparison_of_minutes_keeps_nobody_waiting(home, backup, clock):
    with open(backup, "wb") as file:
        file.write(gzip.compress(b"<tv>") + 2000 * gzip.compress(b" " * 10_000_000))
    told = queue.Queue()
    with RunStatus(home.settings, clock).server() as web:
        askers = [
            threading.Thread(target=lambda: told.put(ask(web.port, "/changes")[0]))
            for _ in range(MAX_CLIENTS - 1)
        ]
        for asker in askers:
            asker.start()
        statuses = [told.get(timeout=5) for _ in askers[1:]]  # of all but the one that compares
        assert set(statuses) == {503}
        began = time.monotonic()
        assert ask(web.port, "/stats")[0] == 200
        assert time.monotonic() - began < AT_ONCE
        assert told.empty()
        began = time.monotonic()
    assert time.monotonic() - began < AT_ONCE
    assert told.get(timeout=5) in (0, 503)  # hung up on, or told just before
    for asker in askers:
        asker.join(5)


def test_a_comparison_stops_wherever_it_is(home, backup, clock):
    stop = threading.Event()
    stop.set()
    for job in (
        lambda: changes.since_last(home.settings, stop, clock),
        lambda: guide_file.digest(backup, stop),
        lambda: diff.compare(backup, home.settings.output, 0.0, stop),
    ):
        with pytest.raises(Stopped):
            job()


def refusal(text):
    return 404, json.dumps({"error": text}).encode()


def test_why_guides_cannot_be_compared_is_a_sentence_without_a_path(home, clock):
    shared = CachedChanges(home.settings, clock)

    def fails(kind):
        with pytest.raises(kind):
            changes.since_last(home.settings, NEVER, clock)
        return shared.answer()

    none = refusal("There is no earlier guide to compare with yet: one is kept each day.")
    assert fails(GuideNotFound) == refusal("There is no guide yet.")
    backup = home.publish("The Show", 1)
    assert fails(BackupNotFound) == none
    home.publish("The Show")
    assert fails(BackupNotFound) == none
    with open(backup, "wb") as file:
        file.write(b"no guide")
    touch(home.settings.output, 0)
    assert fails(InputFileError) == refusal("The guides cannot be compared; --diff says why.")
