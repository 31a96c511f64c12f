"""The data of /stats, the page and Prometheus, from real runs."""

import datetime
import os
import re
import threading
import time

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg import errors
from gracenote2epg.clock import DAY, HOUR, SYSTEM
from gracenote2epg.config.sources import override
from gracenote2epg.guide.span import span
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import FILE, RunLock
from gracenote2epg.web import app
from gracenote2epg.web.status import RunStatus, zone_offsets
from support import guides
from support.browser import ask, free_port


@pytest.fixture(name="settings")
def _settings(server, tmp_path):
    return guides.settings(server, tmp_path, monitoring_port=free_port(), days=2)


@pytest.fixture(name="status")
def _status(settings, clock):
    return RunStatus(settings, clock)


def run(status):
    return status.run(threading.Event(), lambda statistics: None)


@pytest.fixture(name="report")
def _report(status):
    """The report of a run of the status."""
    return run(status)


def test_before_the_first_run_there_is_no_guide(status):
    document = status.document()
    assert document["guide"] == {}
    assert document["history"] == []
    assert document["run"]["text"] == "Idle"


def test_after_a_run_there_are_a_guide_and_a_history(status, report, settings, clock):
    document = status.document()
    guide = document["guide"]
    assert guide["programmes"] == report.summary.programmes
    assert guide["stations"] == len(status.coverage()) == len(report.summary.stations)
    assert len(guide["days"]) == len(guide["day_hours"]) == 2
    assert document["run"]["phase"] == ""
    (past,) = document["history"]
    assert (past["error"], past["requests"]) == ("", report.statistics.requests)
    again = RunStatus(settings, clock).document()  # of a new process
    assert (again["guide"], again["history"]) == (guide, [past])


def test_coverage_counts_the_hours_of_each_day_by_channel_number(status, report):
    guide = status.document()["guide"]
    rows, most = status.coverage(), guide["day_hours"]
    assert sum(row["hours"] == most for row in rows) > 5
    assert all(0 <= hours <= day for row in rows for hours, day in zip(row["hours"], most))
    numbers = ["2.1", "2.2", "2.3", "4.1", "4.2", "4.3", "5.1", "5.2"]
    assert [row["name"].split()[-1] for row in rows] == numbers


def test_health_and_metrics_agree(status, report):
    guide = status.document()["guide"]
    assert guide["health"]["grade"] in "ABCDE"
    assert "details_off" in [advice["name"] for advice in guide["health"]["advice"]]
    assert all(row["health"]["grade"] in "ABCDE" for row in status.coverage())
    holes = sum(row["health"]["hole_hours"] for row in status.coverage())
    assert guide["missing"]["hole_hours"] == pytest.approx(holes, abs=0.1)
    metrics = dict(line.split() for line in status.metrics().splitlines() if line[0] != "#")
    assert int(metrics["gracenote2epg_guide_points"]) == guide["health"]["points"]
    assert float(metrics["gracenote2epg_guide_end_seconds"]) == guide["end"]


def test_during_a_run_there_is_no_advice(status, report):
    """What the next run would do may be what this one is about to do."""
    seen = []

    def listen(statistics):
        if statistics.phase:
            seen.append(status.document()["guide"]["health"]["advice"])

    status.run(threading.Event(), listen)
    assert seen
    assert not any(seen)
    assert status.document()["guide"]["health"]["advice"]


def test_a_guide_of_an_older_version_has_no_grade(report, settings, clock):
    with Store(settings.data_dir, clock) as store:
        ((path, fact),) = store.facts("published ").items()
        stations = fact["summary"]["stations"]
        old = {name: values[:4] for name, values in stations.items()}
        fact["summary"]["stations"] = old
        store.set_fact(f"published {path}", fact, fact["made"])
    status = RunStatus(settings, clock)
    guide = status.document()["guide"]
    assert (guide["health"]["grade"], guide["health"]["points"]) == ("?", None)
    assert status.coverage()[0]["health"] is None
    assert "guide_points" not in status.metrics()


def test_a_failed_run_is_in_the_history_and_the_guide_stays(report, settings, server, clock):
    server.faults.refuse(403)
    status = RunStatus(override(settings, {"min_interval": 0}), clock)
    with pytest.raises(errors.RequestRefused):
        run(status)
    document = status.document()
    assert "refuses" in document["history"][0]["error"]
    assert document["guide"]["programmes"] == report.summary.programmes


def test_a_window_that_fails_is_marked_as_stale(report, settings, server, clock):
    now = int(clock.now())
    window = now - now % 21_600
    server.faults.refuse(500, on="grid", when=lambda q: window <= int(q["time"]) < window + 21_600)
    status = RunStatus(override(settings, {"min_interval": 0}), clock)
    run(status)
    assert True in status.document()["guide"]["stale_days"]


def test_the_installation_id_is_permanent_and_unique(status, settings, tmp_path, server, clock):
    assert RunStatus(settings, clock).installation == status.installation
    other = guides.settings(server, tmp_path / "other")
    assert RunStatus(other, clock).installation != status.installation


def test_healthz_tells_a_guide_that_ends_soon_and_one_that_never_came(status, clock):
    healthz = app.routes(status)["/healthz"]
    assert (healthz({}).status, healthz({}).body) == (200, b"ok\n")
    clock.advance(HOUR + 1)
    assert (healthz({}).status, healthz({}).body) == (503, b"There is no guide.\n")
    run(status)
    assert healthz({}).status == 200
    end = status.document()["guide"]["end"]
    for seconds, word in ((DAY - 60, b"ends"), (-60, b"ended")):
        clock.set(end - seconds)
        assert healthz({}).status == 503
        assert healthz({}).body.startswith(b"The guide %b " % word)


def test_the_metrics_are_prometheus_text(status, report):
    text = status.metrics()
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) \w+ .+|\w+(\{\w+=\"\w+\"\})? -?[\d.e+]+", line), line
    requests = report.statistics.guide.requests
    assert (
        f"gracenote2epg_last_good_run_seconds {status.document()['history'][0]['at']:.15g}" in text
    )
    assert f'gracenote2epg_requests_total{{type="guide"}} {requests}' in text


@pytest.mark.slow
def test_stats_answers_quickly_during_a_run(tmp_path):
    seconds = []
    with FakeGracenote(World()) as server:
        server.faults.latency = 0.05
        settings = guides.settings(server, tmp_path, monitoring_port=free_port(), days=7)
        status = RunStatus(settings, SYSTEM)
        with app.server(status) as web:
            work = threading.Thread(target=run, args=(status,))
            work.start()
            while work.is_alive():
                began = time.perf_counter()
                ask(web.port, "/stats")
                seconds.append(time.perf_counter() - began)
                work.join(0.02)
    # A wide bound: benchmarks measure, this finds what blocks.
    assert sorted(seconds)[len(seconds) // 2] < 0.25


def test_the_page_runs_only_this_servers_scripts(status):
    page = app.routes(status)["/"]({})
    assert "script-src 'self'; style-src 'self'" in page.policy
    assert (
        re.findall(rb'<script(?! src="\w+\.js" defer></script>)|<style| style=| on\w+=', page.body)
        == []
    )
    files = re.findall(rb'(?:src|href)="(\w+\.\w+)"', page.body)
    assert {f"/{name.decode()}" for name in files} | {"/"} == set(app.PAGES)


def test_the_state_says_how_well_it_is(status, settings, server, clock):
    def level():
        return status.document()["state"]["level"]

    assert level() == "busy"
    run(status)
    assert level() == "good"
    assert status.document()["state"]["end"] == span(clock.now(), 2, 0).end
    server.faults.refuse(500)
    failing = RunStatus(override(settings, {"min_interval": 0}), clock)
    clock.advance(HOUR)
    with pytest.raises(errors.GrabError):
        run(failing)
    state = failing.document()["state"]
    assert (state["level"], state["error"] != "") == ("warn", True)
    clock.set(state["end"] - DAY + 60)
    assert failing.document()["state"]["level"] == "bad"


def test_the_zone_is_told_with_its_changes(in_zone):
    in_zone("America/New_York")
    fall = datetime.datetime(2026, 11, 1, 6, tzinfo=datetime.timezone.utc).timestamp()
    offsets = zone_offsets(fall - 3 * DAY, fall + 3 * DAY)
    assert offsets == [(fall - 3 * DAY, -4 * HOUR), (fall, -5 * HOUR)]


def test_the_store_of_a_run_at_work_is_only_read(status, report, settings, clock):
    """Another process has it: a damaged file is its business."""
    folder = settings.data_dir
    path = os.path.join(folder, FILE)
    with RunLock(folder):
        assert RunStatus(settings, clock).document()["history"] != []
        with open(path, "r+b") as file:
            file.write(b"Z" * 5000)
        before = sorted(os.listdir(folder))
        assert RunStatus(settings, clock).document()["guide"] == {}
        assert sorted(os.listdir(folder)) == before
