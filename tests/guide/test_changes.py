"""Changes since the last guide: which backup is compared, and how clients share the result."""

import contextlib
import http.client
import json
import os
import threading
from types import SimpleNamespace

import pytest

from gracenote2epg.cli import guide_reports
from gracenote2epg.cli.options import read_options
from gracenote2epg.config import paths
from gracenote2epg.config import settings as config_settings
from gracenote2epg.errors import BackupNotFound, GuideNotFound, InputFileError, Stopped
from gracenote2epg.guide import backups, changes, diff, guide_file, published
from gracenote2epg.guide.changes import CACHE_TTL, CachedChanges
from gracenote2epg.store.answers import Store
from gracenote2epg.web import app
from gracenote2epg.web.status import RunStatus
from support import guides
from support.browser import free_port
from support.builders import DAY, HOUR
from support.clock import days_before, touch
from support.place import NEVER, Place, document

AT_ONCE = 1.0  # seconds
NO_BACKUP = "There is no earlier guide to compare with yet: one is kept each day."


@pytest.fixture(name="home")
def _home(tmp_path, clock):
    """``home.publish(title, days_ago)`` publishes a guide, saves it and returns the backup."""
    settings = paths.with_paths(config_settings.Config(monitoring_port=free_port()), str(tmp_path))
    now = clock.now()

    def publish(title, days_ago=0):
        starts = range(int(now), int(now) + DAY, HOUR)
        programmes = [(start, start + HOUR, title, str(start), True) for start in starts]
        clock.set(days_before(now, days_ago))
        with Store(settings.data_dir, clock) as store:
            Place(store, settings.output).put(chunks=[document({"1": programmes})])
            assert backups.save_backup(store, settings.data_dir, settings.output, 7, NEVER) == ""
            latest = backups.list_backups(store, settings.data_dir, settings.output)[0]
        clock.set(now)
        return latest.path

    return SimpleNamespace(settings=settings, publish=publish)


@pytest.fixture(name="backup")
def _backup(home):
    """The path of yesterday's guide, which has other titles than today's."""
    backup = home.publish("The Show", 1)
    home.publish("Another Show")
    return f"{backup}.gz"


def get(port, path):
    """Status and body; 0 without an answer."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as client:
        client.request("GET", path)
        try:
            answer = client.getresponse()
        except OSError:
            return 0, b""
        return answer.status, answer.read()


def refusal(text, name, status=404):
    error = {"error": text, "error_said": [[name, {}]]}
    return status, json.dumps(error).encode()


def test_a_guide_is_compared_with_the_latest_backup_that_differs(home, backup, clock):
    result = changes.since_last(home.settings, NEVER, clock)
    assert (result.before.path, result.state) == (backup, changes.AS_PUBLISHED)
    assert result.as_json()["sums"] == {
        "new": 0, "moved": 0, "retitled": 24, "gone": 0, "announced": 0
    }  # fmt: skip
    clock.advance(HOUR)  # a programme is over
    touch(home.settings.output, 0)
    result = changes.since_last(home.settings, NEVER, clock)
    assert (result.as_json()["sums"]["retitled"], result.state) == (23, changes.CHANGED)


def test_a_station_is_called_as_everywhere_else(server, tmp_path, clock):
    settings = guides.settings(server, tmp_path)
    path = guides.grab(settings, clock).path
    guides.yesterday(tmp_path, path, clock, " the Elder</title>", "</title>")
    labels = {row["name"] for row in RunStatus(settings, clock).coverage()}
    assert any(" · " in label for label in labels)

    def names():
        return {row.name for row in changes.since_last(settings, NEVER, clock).stations}

    assert names() == labels
    with Store(settings.data_dir, clock) as store:  # the guide now lacks one, the earlier has it
        fact = published.remembered(store, path)
        fact["summary"]["stations"].popitem()
        store.set_fact(f"{published.PUBLISHED_FACT}{path}", fact, clock.now())
    assert names() == labels


def test_a_call_sign_of_two_stations_names_neither(home, backup, clock):
    with Store(home.settings.data_dir, clock) as store:
        fact = published.remembered(store, home.settings.output)
        for key, label in (("1", "ABC · W1 2.1"), ("2", "NBC · W1 4.1")):
            fact["summary"]["stations"][key][0] = label
            store.set_fact(f"{published.PUBLISHED_FACT}{home.settings.output}", fact, clock.now())
            (station,) = changes.since_last(home.settings, NEVER, clock).stations
            assert station.name == ("ABC · W1 2.1" if key == "1" else "W1")


def test_the_page_gets_the_data_of_diff_without_paths(home, backup, clock):
    with app.PageServer(RunStatus(home.settings, clock)) as web:
        status, body = get(web.port, "/changes")
    command = read_options("gracenote2epg", ["--diff", "--json"])[1]
    data = json.loads(guide_reports.diff(home.settings, command, clock)[0])
    assert data.pop("path") == home.settings.output
    assert data["before"].pop("path") == backup
    assert (status, json.loads(body)) == (200, data)
    assert str(home.settings.data_dir).encode() not in body


def test_guides_are_compared_once_per_guide_and_hour(home, backup, clock):
    cached = CachedChanges(home.settings, clock)
    first = cached.answer()
    assert first[0] == 200
    os.rename(backup, f"{backup}.away")  # another comparison would fail
    clock.advance(CACHE_TTL - 1)
    assert cached.answer() == first
    clock.advance(1)
    assert cached.answer() == refusal(NO_BACKUP, "error_BackupNotFound")
    os.rename(f"{backup}.away", backup)
    assert cached.answer() == refusal(NO_BACKUP, "error_BackupNotFound")
    touch(home.settings.output, 0)  # another guide
    assert cached.answer()[0] == 200


def test_a_second_client_gets_503_and_a_stop_ends_the_comparison(home, backup, clock, monkeypatch):
    begun, answers = threading.Event(), []

    def since_last(settings, stop, clock):
        begun.set()
        stop.wait(20)
        raise Stopped

    monkeypatch.setattr(changes, "since_last", since_last)
    cached = CachedChanges(home.settings, clock)
    first = threading.Thread(target=lambda: answers.append(cached.answer()))
    first.start()
    assert begun.wait(20)
    busy = refusal("The guides are being compared: ask again.", "error_comparing", 503)
    assert (cached.answer(), answers) == (busy, [])
    cached.stop.set()
    first.join()
    assert answers == [busy]


def test_a_comparison_can_be_stopped_anywhere(home, backup, clock):
    stop = threading.Event()
    stop.set()
    for step in (
        lambda: changes.since_last(home.settings, stop, clock),
        lambda: guide_file.digest(backup, stop),
        lambda: diff.compare(backup, home.settings.output, {}, 0.0, stop),
    ):
        with pytest.raises(Stopped):
            step()


def test_the_reason_for_no_comparison_is_a_sentence_without_a_path(home, clock):
    cached = CachedChanges(home.settings, clock)

    def fails(kind):
        with pytest.raises(kind):
            changes.since_last(home.settings, NEVER, clock)
        return cached.answer()

    assert fails(GuideNotFound) == refusal("There is no guide yet.", "error_GuideNotFound")
    backup = home.publish("The Show", 1)
    assert fails(BackupNotFound) == refusal(NO_BACKUP, "error_BackupNotFound")
    home.publish("The Show")
    assert fails(BackupNotFound) == refusal(NO_BACKUP, "error_BackupNotFound")
    with open(backup, "wb") as file:
        file.write(b"no guide")
    touch(home.settings.output, 0)
    other = "The guides cannot be compared; --diff says why."
    assert fails(InputFileError) == refusal(other, "error_changes")
