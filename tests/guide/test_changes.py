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

from support import guides
from gracenote2epg import aftercare, backups, changes, difference
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.errors import DataError, NoBackup, NoGuide, Stopped
from gracenote2epg.status import Status
from gracenote2epg.web.server import MOST_CLIENTS
from support.browser import free_port

AT_ONCE = 1.0  # seconds


@pytest.fixture(name="server", scope="module")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="home")
def _home(server, tmp_path):
    """A guide, and one of yesterday in which other titles are."""
    settings = guides.settings(server, tmp_path, monitoring_port=free_port())
    status = Status(settings)
    status.run(threading.Event(), lambda seen: None)
    backup = guides.yesterday(tmp_path, settings.output, "The", "Welcome to")
    return SimpleNamespace(settings=settings, status=status, backup=backup.path)


@pytest.fixture(name="endless")
def _endless(home):
    """The same whose earlier guide takes minutes to read."""
    with open(home.backup, "wb") as file:
        file.write(gzip.compress(b"<tv>") + 2000 * gzip.compress(b" " * 10_000_000))
    return home


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


def test_it_is_compared_with_the_latest_backup_that_differs(home):
    found = changes.since_last(home.settings, threading.Event())
    assert (found.before.path, found.state) == (home.backup, changes.AS_PUBLISHED)
    told = found.as_json()["sums"]
    assert told["retitled"] > 5
    assert told["new"] == told["moved"] == told["gone"] == 0


def test_the_page_is_told_what_diff_says_but_where_the_files_are(home):
    with home.status.server() as web:
        status, body = ask(web.port, "/changes")
    said = json.loads(aftercare.diff(home.settings, True))
    assert said.pop("path") == home.settings.output
    assert said["before"].pop("path") == home.backup
    assert (status, json.loads(body)) == (200, said)
    assert str(home.settings.data_dir).encode() not in body


def test_it_is_compared_once_for_a_guide(home):
    with home.status.server() as web:
        first = ask(web.port, "/changes")
        os.remove(home.backup)  # whoever compared again would have nothing to do it with
        assert ask(web.port, "/changes") == first
        os.utime(home.settings.output)  # another guide
        status, body = ask(web.port, "/changes")
    assert (first[0], status) == (200, 404)
    assert "no earlier guide to compare with yet" in json.loads(body)["error"]


def test_while_one_compares_nobody_waits_neither_who_asks_nor_who_ends_it(endless):
    told = queue.Queue()
    with endless.status.server() as web:
        askers = [
            threading.Thread(target=lambda: told.put(ask(web.port, "/changes")[0]))
            for _ in range(MOST_CLIENTS - 1)
        ]
        for one in askers:
            one.start()
        statuses = [told.get(timeout=5) for _ in askers[1:]]  # of all but the one that compares
        assert set(statuses) == {503}
        began = time.monotonic()
        assert ask(web.port, "/stats")[0] == 200
        assert time.monotonic() - began < AT_ONCE
        assert told.empty()
        began = time.monotonic()
    assert time.monotonic() - began < AT_ONCE
    assert told.get(timeout=5) in (0, 503)  # hung up on, or told just before
    for one in askers:
        one.join(5)


def test_a_comparison_stops_wherever_it_is(home):
    stop = threading.Event()
    stop.set()
    for job in (
        lambda: changes.since_last(home.settings, stop),
        lambda: backups.digest(home.backup, stop),
        lambda: difference.compare(home.backup, home.settings.output, 0.0, stop),
    ):
        with pytest.raises(Stopped):
            job()


def test_what_cannot_be_had_is_a_sentence_without_a_path(server, tmp_path):
    settings = guides.settings(server, tmp_path, monitoring_port=free_port())
    status = Status(settings)
    with status.server() as web:
        assert ask(web.port, "/changes") == refusal("There is no guide yet.")
        with pytest.raises(NoGuide):
            changes.since_last(settings, threading.Event())
        status.run(threading.Event(), lambda seen: None)
        with pytest.raises(NoBackup):
            changes.since_last(settings, threading.Event())
        backup = guides.yesterday(tmp_path, settings.output).path
        assert b"no earlier guide" in ask(web.port, "/changes")[1]
        with open(backup, "wb") as file:
            file.write(b"no guide")
        with pytest.raises(DataError):
            changes.since_last(settings, threading.Event())
        os.utime(settings.output)
        text = "The guides cannot be compared; --diff says why."
        assert ask(web.port, "/changes") == refusal(text)


def refusal(text):
    return 404, json.dumps({"error": text}).encode()
