"""The page in Chromium."""

import html
import json
import re
import threading

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.clock import HOUR, SYSTEM
from gracenote2epg.web import app
from gracenote2epg.web.status import RunStatus
from support import guides
from support.browser import CHROMIUM, ask, browse, free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian package chromium)"),
]


@pytest.fixture(name="server")
def _server():
    """By the real clock, as the browser is."""
    with FakeGracenote(World(8, 24)) as server:
        yield server


@pytest.fixture(name="settings")
def _settings(server, tmp_path):
    return guides.settings(server, tmp_path, monitoring_port=free_port(), days=2, profile="plex")


@pytest.fixture(name="status")
def _status(settings):
    """The status of a process after one run."""
    status = RunStatus(settings, SYSTEM)
    status.run(threading.Event(), lambda statistics: None)
    return status


@pytest.fixture(name="calls")
def _calls(monkeypatch):
    """The paths that are requested from now on."""
    calls, routes = [], app.routes

    def counting(path, answer):
        return lambda query: calls.append(path) or answer(query)

    def count(*of):
        return {path: counting(path, answer) for path, answer in routes(*of).items()}

    monkeypatch.setattr(app, "routes", count)
    return calls


def test_now_tells_how_long_all_is_well_and_what_is_on(status, calls, tmp_path):
    status.next_run = SYSTEM.now() + HOUR
    with app.server(status) as web:
        dom = browse(web.port, tmp_path)
        assert calls.count("/stats") in (1, 2)  # nothing happens: each ten seconds
        assert not {"/coverage", "/changes", "/search.json"} & set(calls)
        stats = json.loads(ask(web.port, "/stats"))
    assert stats["state"]["level"] == "good"
    assert re.search(r'<section class="state good" id="state">', dom)
    assert re.search(r'role="status">All is well until \w+, \w+ \d+\.</p>', dom)
    assert "Next run: " in dom
    guide = stats["guide"]
    assert f"<dt>programmes</dt><dd>{guide['programmes']}</dd>" in dom
    assert f"{guide['health']['grade']}, {guide['health']['points']} of 100</dd>" in dom
    first, second, *_ = re.findall(r"<li><span>(.*?)</span><code>http://[^/]*(.*?)</code>", dom)
    assert first == ('Plex<span class="mark">yours</span>', "/guide.xml")
    assert second == ("Any player (XMLTV)", "/guide/any.xml")
    assert 'id="utc" data-text="utc" hidden' in dom


def test_tonight_is_a_grid_of_the_stations(status, in_zone, tmp_path):
    in_zone("UTC")
    with app.server(status) as web:
        dom = browse(web.port, tmp_path, "#tonight")
        stations = json.loads(ask(web.port, "/lineup.json"))["stations"]
    shown = re.findall(
        r'<div class="station".*?<b>(.*?)</b><small>(.*?)</small>', html.unescape(dom)
    )
    assert shown == [
        (row["call_sign"], f"{row['number']} · {row['network']}".rstrip(" ·")) for row in stations
    ]
    assert sum(" · " in numbers for _, numbers in shown) > 2
    assert ">Times are UTC: set the variable TZ to your zone" in dom


def test_without_a_guide_the_channels_say_so(settings, tmp_path):
    with app.server(RunStatus(settings, SYSTEM)) as web:
        dom = browse(web.port, tmp_path, "#channels")
    assert re.search(r'id="channels-none">There is no guide yet\.<', dom)


def test_health_is_worst_first_and_tells_each_day(status, tmp_path):
    with app.server(status) as web:
        dom = browse(web.port, tmp_path, "#health")
        stats = json.loads(ask(web.port, "/stats"))
    assert f"{stats['guide']['health']['advice'][0]['text']}.<" in dom
    points = [int(points) for points in re.findall(r'<td class="grade \w">\w (\d+)</td>', dom)]
    assert points == sorted(row["health"]["points"] for row in status.coverage())
    assert dom.count('<td class="day">') == 2 * len(points)


def test_details_show_the_downloader(status, tmp_path):
    with app.server(status) as web:
        dom = browse(web.port, tmp_path, "#details")
        requests = json.loads(ask(web.port, "/stats"))["guide_downloads"]["requests"]
    assert f"<dt>requests</dt><dd>{requests}</dd>" in dom


def test_the_changes_are_computed_once_they_are_looked_at(status, settings, calls, tmp_path):
    with app.server(status) as web:
        dom = browse(web.port, tmp_path, "#changes")
    assert ">There is no earlier guide to compare with yet: one is kept each day.</p>" in dom
    guides.yesterday(tmp_path, settings.output, SYSTEM, "The", "Welcome to")
    status = RunStatus(settings, SYSTEM)
    calls.clear()
    with app.server(status) as web:
        browse(web.port, tmp_path)
        assert "/changes" not in calls
        dom = browse(web.port, tmp_path, "#changes")
        data = json.loads(ask(web.port, "/changes"))
    assert calls.count("/changes") == 2  # once by the page, and once here
    names = [station["name"] for station in data["stations"]]
    assert re.findall(r"<h3>(.*?)</h3>", dom) == names[:40]
    first = data["stations"][0]
    lines = dom.partition("<h3>")[2].partition("</ol>")[0]
    assert lines.count('<b class="retitled">') == min(len(first["changes"]), 12)
    change = first["changes"][0]
    assert f"<span>{change['after']['title']}" in lines
    assert f"<i> (was {change['before']['title']}" in lines
    assert dom.count("<td>good</td>") == len(status.document()["history"])
