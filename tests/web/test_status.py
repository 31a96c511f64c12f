"""What /stats, the page and Prometheus show, from real runs."""

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time

import pytest

from support.browser import CHROMIUM, browse, free_port
from support import guides
from gracenote2epg import errors
from gracenote2epg.config import override
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.status import Status
from gracenote2epg.store import Store


@pytest.fixture(name="server")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="settings")
def _settings(server, tmp_path):
    return guides.settings(server, tmp_path, monitoring_port=free_port(), days=2)


def nobody(seen):
    """Looks away."""


def test_before_the_first_run_there_is_nothing_and_it_says_so(settings):
    document = Status(settings).document()
    assert document["guide"] == {}
    assert document["history"] == []
    assert document["run"]["text"] == "Idle"


def test_after_a_run_it_shows_the_guide_and_the_run(settings):
    status = Status(settings)
    report = status.run(threading.Event(), nobody)
    document = status.document()
    guide = document["guide"]
    assert guide["programmes"] == report.summary.programmes
    assert guide["stations"] == len(guide["coverage"]) == len(report.summary.stations)
    assert len(guide["days"]) == len(guide["day_hours"]) == 2
    assert document["run"]["phase"] == ""
    (run,) = document["history"]
    assert (run["error"], run["requests"]) == ("", report.statistics.requests)


def test_the_map_counts_the_hours_of_each_day(settings):
    status = Status(settings)
    status.run(threading.Event(), nobody)
    guide = status.document()["guide"]
    full = [row for row in guide["coverage"] if row["hours"] == guide["day_hours"]]
    assert len(full) > 30
    assert all(
        0 <= hours <= most
        for row in guide["coverage"]
        for hours, most in zip(row["hours"], guide["day_hours"])
    )


def test_the_map_is_in_the_order_of_the_numbers(settings):
    status = Status(settings)
    status.run(threading.Event(), nobody)
    names = [row["name"] for row in status.document()["guide"]["coverage"]]
    numbers = [[int(part) for part in re.match(r"(\d+)\.(\d+) ", name).groups()]
               for name in names if re.match(r"\d+\.\d+ ", name)]  # fmt: skip
    assert len(numbers) > 20
    assert numbers == sorted(numbers)


def test_the_grade_and_what_would_raise_it_are_there(settings):
    status = Status(settings)
    status.run(threading.Event(), nobody)
    guide = status.document()["guide"]
    assert guide["health"]["grade"] in "ABCDE"
    assert guide["health"]["advice"][0]["name"] == "details_off"
    assert all(row["health"]["grade"] in "ABCDE" for row in guide["coverage"])
    holes = sum(row["health"]["hole_hours"] for row in guide["coverage"])
    assert guide["missing"]["hole_hours"] == pytest.approx(holes, abs=0.1)
    metrics = dict(line.split() for line in status.metrics().splitlines() if line[0] != "#")
    assert int(metrics["gracenote2epg_guide_points"]) == guide["health"]["points"]
    assert float(metrics["gracenote2epg_guide_end_seconds"]) == guide["end"]


def test_a_guide_of_an_older_version_is_shown_without_a_grade(settings):
    Status(settings).run(threading.Event(), nobody)
    with Store(settings.data_dir) as store:
        ((path, fact),) = store.all_known("published ").items()
        own = fact["summary"]["stations"]
        fact["summary"]["stations"] = {name: values[:4] for name, values in own.items()}
        store.learn(f"published {path}", fact, fact["made"])
    status = Status(settings)
    guide = status.document()["guide"]
    assert (guide["health"]["grade"], guide["health"]["points"]) == ("?", None)
    assert guide["coverage"][0]["health"] is None
    assert "guide_points" not in status.metrics()


def test_a_new_process_shows_what_the_last_one_left(settings):
    Status(settings).run(threading.Event(), nobody)
    before = Status(settings).document()
    assert before["guide"]["programmes"] > 500
    assert len(before["history"]) == 1


def test_a_run_that_fails_is_in_the_history_and_the_guide_stays(settings, server):
    Status(settings).run(threading.Event(), nobody)
    server.faults.refuse(403)
    status = Status(override(settings, {"min_interval": 0}))
    with pytest.raises(errors.Refused):
        status.run(threading.Event(), nobody)
    document = status.document()
    assert "refuses" in document["history"][0]["error"]
    assert document["guide"]["programmes"] > 500


def test_a_window_that_is_not_given_again_is_marked_as_stale(settings, server):
    Status(settings).run(threading.Event(), nobody)
    now = int(time.time())
    window = now - now % 21_600
    server.faults.refuse(500, on="grid", when=lambda q: window <= int(q["time"]) < window + 21_600)
    status = Status(override(settings, {"min_interval": 0}))
    status.run(threading.Event(), nobody)
    assert True in status.document()["guide"]["stale_days"]


def test_every_installation_has_a_number_of_its_own_and_keeps_it(settings, tmp_path, server):
    first = Status(settings).installation
    assert Status(settings).installation == first
    other = guides.settings(server, tmp_path / "other")
    assert Status(other).installation != first


def test_the_metrics_are_prometheus_text(settings):
    status = Status(settings)
    report = status.run(threading.Event(), nobody)
    text = status.metrics()
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) \w+ .+|\w+(\{\w+=\"\w+\"\})? -?[\d.e+]+", line), line
    requests = report.statistics.guide.requests
    assert f'gracenote2epg_requests_total{{type="guide"}} {requests}' in text


def test_stats_answers_quickly_while_downloads_and_writing_go_on(settings, server):
    status = Status(override(settings, {"days": 7}))
    taken = []
    server.faults.latency = 0.05
    with status.server() as web:
        work = threading.Thread(target=status.run, args=(threading.Event(), nobody))
        work.start()
        while work.is_alive():
            began = time.perf_counter()
            ask(web.port, "/stats")
            taken.append(time.perf_counter() - began)
            work.join(0.02)
    # A wide bound: the figure is the bench's, this only finds what blocks.
    assert sorted(taken)[len(taken) // 2] < 0.25


def test_the_page_runs_nothing_but_its_own_script(settings):
    page = Status(settings).routes()["/"]()
    assert b"http://" not in page.body
    assert b"https://" not in page.body
    assert re.search(r"script-src 'sha256-[\w+/=]+'; style-src 'sha256-", page.policy)


@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian package chromium)")
def test_the_page_in_a_real_browser_shows_what_stats_says(settings, server, tmp_path):
    status = Status(settings)
    status.run(threading.Event(), nobody)
    with status.server() as web:
        dom = browse(web.port, tmp_path)
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
    assert 'id="wall" hidden' in dom


@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian package chromium)")
def test_the_page_in_a_real_browser_updates(settings, tmp_path):
    asked = []
    status = Status(settings)
    routes = dict(status.routes())
    real = routes["/stats"]

    def stats():
        asked.append(time.monotonic())
        return real()

    routes["/stats"] = stats
    status.routes = lambda: routes
    with status.server() as web:
        browse(web.port, tmp_path)
    assert len(asked) >= 3


@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian package chromium)")
def test_the_page_shows_what_changed_to_those_who_open_it(settings, tmp_path):
    asked = []
    status = Status(settings)
    status.run(threading.Event(), nobody)
    guides.yesterday(tmp_path, settings.output, "The", "Welcome to")
    routes = dict(status.routes())
    real = routes["/changes"]
    routes["/changes"] = lambda: asked.append(time.monotonic()) or real()
    status.routes = lambda: routes
    with status.server() as web:
        closed = browse(web.port, tmp_path)
        assert asked == []
        dom = browse(web.port, tmp_path, "#changed")
        told = json.loads(ask(web.port, "/changes"))
    assert len(asked) == 2  # once for all the looks of the page, and once here
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


@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian package chromium)")
def test_the_page_says_when_there_is_nothing_to_compare_with(settings, tmp_path):
    status = Status(settings)
    status.run(threading.Event(), nobody)
    with status.server() as web:
        dom = browse(web.port, tmp_path, "#changed")
    assert "<p>There is no earlier guide to compare with yet: one is kept each day.</p>" in dom



def ask(port, path):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    body = connection.getresponse().read()
    connection.close()
    return body
