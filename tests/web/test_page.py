"""The page in a real Chromium."""

import json
import re
import threading

import pytest

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
    """Of a process that has made a guide."""
    status = RunStatus(settings, clock)
    status.run(threading.Event(), lambda seen: None)
    return status


def counted(status, name):
    """A list to which each answer of this route adds something."""
    calls, routes = [], dict(status.routes())
    answer = routes[name]
    routes[name] = lambda: calls.append(name) or answer()
    status.routes = lambda: routes
    return calls


def test_it_shows_what_stats_says_and_updates(status, tmp_path):
    calls = counted(status, "/stats")
    with status.server() as web:
        dom = browse(web.port, tmp_path)
        assert len(calls) >= 3
        stats = json.loads(ask(web.port, "/stats"))
    guide = stats["guide"]
    assert f">{guide['programmes']} programmes<" in dom
    assert f"<dd>{guide['stations']}</dd>" in dom
    health = guide["health"]
    assert f"<dt>grade</dt><dd>{health['grade']}, {health['points']} of 100</dd>" in dom
    assert f"</time>{health['advice'][0]['text']}.</li>" in dom
    grades = [row["health"]["grade"] for row in guide["coverage"]]
    assert re.findall(r'<th class="grade (\w)"', dom) == grades
    requests = stats["guide_downloads"]["requests"]
    assert f"<dt>requests</dt><dd>{requests}</dd>" in dom
    assert dom.count('class="full') >= sum(
        hours == most
        for row in guide["coverage"]
        for hours, most in zip(row["hours"], guide["day_hours"])
    )
    assert 'id="breaker" hidden' in dom


def test_it_shows_what_changed_to_those_who_open_it(status, settings, tmp_path, clock):
    with status.server() as web:
        dom = browse(web.port, tmp_path, "#changed")
    assert "<p>There is no earlier guide to compare with yet: one is kept each day.</p>" in dom
    guides.yesterday(tmp_path, settings.output, clock, "The", "Welcome to")
    status = RunStatus(settings, clock)
    calls = counted(status, "/changes")
    with status.server() as web:
        closed = browse(web.port, tmp_path)
        assert calls == []
        dom = browse(web.port, tmp_path, "#changed")
        told = json.loads(ask(web.port, "/changes"))
    assert len(calls) == 2  # once for all the looks of the page, and once here
    assert '<p></p><div id="changed"></div>' in closed
    counts = "".join(
        f'<b class="{kind}">{count} {kind}</b>' for kind, count in told["sums"].items()
    )
    assert counts in dom
    names = [own["name"] for own in told["stations"]]
    assert re.findall(r"<h3>(.*?)</h3>", dom) == names[:40]
    first = told["stations"][0]
    lines = dom.partition("<h3>")[2].partition("</ol>")[0]
    assert lines.count('<b class="retitled">') == min(len(first["changes"]), 12)
    change = first["changes"][0]
    assert f"<span>{change['after']['title']}" in lines
    assert f"<i> (was {change['before']['title']}" in lines
