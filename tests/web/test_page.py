"""The page in Chromium."""

import json
import re
import threading

import pytest

from gracenote2epg.web import app
from gracenote2epg.web.status import RunStatus
from support import guides
from support.browser import CHROMIUM, ask, browse, free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian package chromium)"),
]


@pytest.fixture(name="settings")
def _settings(server, tmp_path):
    return guides.settings(server, tmp_path, monitoring_port=free_port(), days=2)


@pytest.fixture(name="status")
def _status(settings, clock):
    """The status of a process after one run."""
    status = RunStatus(settings, clock)
    status.run(threading.Event(), lambda statistics: None)
    return status


@pytest.fixture(name="calls")
def _calls(monkeypatch):
    """The paths that are requested from now on."""
    calls, routes = [], app.routes

    def counting(path, answer):
        return lambda: calls.append(path) or answer()

    def count(status):
        return {path: counting(path, answer) for path, answer in routes(status).items()}

    monkeypatch.setattr(app, "routes", count)
    return calls


def test_the_page_shows_the_stats_and_polls(status, calls, tmp_path):
    with app.server(status) as web:
        dom = browse(web.port, tmp_path)
        assert calls.count("/stats") in (1, 2)  # nothing happens: each ten seconds
        stats = json.loads(ask(web.port, "/stats"))
    guide = stats["guide"]
    assert f">{guide['programmes']} programmes<" in dom
    assert f"<dd>{guide['stations']}</dd>" in dom
    health = guide["health"]
    assert f"<dt>grade</dt><dd>{health['grade']}, {health['points']} of 100</dd>" in dom
    assert f"</time>{health['advice'][0]['text']}.</li>" in dom
    grades = [row["health"]["grade"] for row in status.coverage()]
    assert re.findall(r'<th class="grade (\w)"', dom) == grades
    requests = stats["guide_downloads"]["requests"]
    assert f"<dt>requests</dt><dd>{requests}</dd>" in dom
    assert dom.count('class="full') >= sum(
        hours == most
        for row in status.coverage()
        for hours, most in zip(row["hours"], guide["day_hours"])
    )
    assert 'id="breaker" hidden' in dom


def test_the_page_shows_the_changes_once_they_are_opened(status, settings, calls, tmp_path, clock):
    with app.server(status) as web:
        dom = browse(web.port, tmp_path, "#changed")
    assert "<p>There is no earlier guide to compare with yet: one is kept each day.</p>" in dom
    guides.yesterday(tmp_path, settings.output, clock, "The", "Welcome to")
    status = RunStatus(settings, clock)
    calls.clear()
    with app.server(status) as web:
        closed = browse(web.port, tmp_path)
        assert "/changes" not in calls
        dom = browse(web.port, tmp_path, "#changed")
        data = json.loads(ask(web.port, "/changes"))
    assert calls.count("/changes") == 2  # once by the page, and once here
    assert '<p></p><div id="changed"></div>' in closed
    counts = "".join(
        f'<b class="{kind}">{count} {kind}</b>' for kind, count in data["sums"].items()
    )
    assert counts in dom
    names = [station["name"] for station in data["stations"]]
    assert re.findall(r"<h3>(.*?)</h3>", dom) == names[:40]
    first = data["stations"][0]
    lines = dom.partition("<h3>")[2].partition("</ol>")[0]
    assert lines.count('<b class="retitled">') == min(len(first["changes"]), 12)
    change = first["changes"][0]
    assert f"<span>{change['after']['title']}" in lines
    assert f"<i> (was {change['before']['title']}" in lines
