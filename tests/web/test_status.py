"""The data of /stats, the page and Prometheus, from real runs."""

import datetime
import os
import re
import threading

import pytest

from gracenote2epg import errors
from gracenote2epg.clock import DAY, HOUR
from gracenote2epg.config.sources import override
from gracenote2epg.guide.span import span
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import FILE, RunLock
from gracenote2epg.web import app
from gracenote2epg.web.status import RunStatus, zone_offsets
from support import guides


@pytest.fixture(name="settings")
def _settings(server, tmp_path):
    return guides.settings(server, tmp_path, days=3)  # a day more than what counts as ending soon


@pytest.fixture(name="status")
def _status(settings, clock):
    return RunStatus(settings, clock)


def run(status, **more):
    return status.run(threading.Event(), lambda statistics: None, **more)


@pytest.fixture(name="report")
def _report(status):
    """The report of a run of the status."""
    return run(status)


def test_after_a_run_there_are_a_guide_and_a_history(status, report, settings, clock):
    document = status.document()
    guide = document["guide"]
    assert guide["programmes"] == report.summary.programmes
    assert guide["stations"] == len(report.summary.stations)
    rows, most = status.coverage(), guide["day_hours"]
    assert len(guide["days"]) == len(most) == 3
    assert sum(row["hours"] == most for row in rows) > 5
    assert all(0 <= hours <= day for row in rows for hours, day in zip(row["hours"], most))
    numbers = ["2.1", "2.2", "2.3", "4.1", "4.2", "4.3", "5.1", "5.2"]
    assert [row["name"].split()[-1] for row in rows] == numbers
    assert document["run"]["phase"] == ""
    (past,) = document["history"]
    assert (past["error"], past["requests"]) == ("", report.statistics.requests)
    again = RunStatus(settings, clock).document()  # of a new process
    assert (again["guide"], again["history"]) == (guide, [past])


def test_health_and_metrics_agree(status, report):
    guide = status.document()["guide"]
    assert guide["health"]["grade"] in "ABCDE"
    assert "details_off" in [advice["name"] for advice in guide["health"]["advice"]]
    assert all(row["health"]["grade"] in "ABCDE" for row in status.coverage())
    holes = sum(row["health"]["hole_hours"] for row in status.coverage())
    assert guide["missing"]["hole_hours"] == pytest.approx(holes, abs=0.1)
    lines = status.metrics().splitlines()
    form = r"# (HELP|TYPE) \w+ .+|\w+(\{\w+=\"\w+\"\})? -?[\d.e+]+"
    assert [line for line in lines if not re.fullmatch(form, line)] == []
    metrics = dict(line.split() for line in lines if line[0] != "#")
    (run,) = status.document()["history"]
    expected = {
        "guide_points": guide["health"]["points"],
        "guide_end_seconds": guide["end"],
        "last_good_run_seconds": run["at"],
        'requests_total{type="guide"}': run["requests"],
    }
    assert {name: float(metrics[f"gracenote2epg_{name}"]) for name in expected} == expected


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
    new = status.document()
    assert (new["state"]["level"], new["guide"], new["history"]) == ("busy", {}, [])
    assert new["run"]["text"] == "Idle"
    run(status)
    good = status.document()
    assert (good["state"]["level"], good["state"]["end"]) == ("good", span(clock.now(), 3, 0).end)
    server.faults.refuse(403)
    failing = RunStatus(override(settings, {"min_interval": 0}), clock)
    clock.advance(HOUR)
    with pytest.raises(errors.RequestRefused):
        run(failing)
    document = failing.document()
    state = document["state"]
    assert (state["level"], state["error"]) == ("warn", document["history"][0]["error"])
    assert "refuses" in state["error"]
    run(failing, offline=True)  # what the page saves hides no failed run
    assert failing.document()["history"] == document["history"]
    nothing = RunStatus(override(settings, {"days": 1, "offset": 9}), clock)
    with pytest.raises(errors.GrabError):
        run(nothing, offline=True)
    assert len(nothing.document()["history"]) == len(document["history"]) + 1
    run(failing, offline=True)
    assert failing.document()["history"] == document["history"]
    assert 0 < document["guide"]["programmes"] <= good["guide"]["programmes"]
    clock.set(state["end"] - DAY + 60)
    assert failing.document()["state"]["level"] == "bad"


@pytest.mark.parametrize("is_new", [True, False])
def test_a_first_guide_that_grows_is_not_one_that_ends(server, tmp_path, clock, is_new):
    clock.set(span(clock.now(), 1, 0).begin + 18 * HOUR)  # the first one ends within a day
    run(RunStatus(guides.settings(server, tmp_path), clock))
    clock.advance(HOUR)
    status = RunStatus(guides.settings(server, tmp_path, days=3, min_interval=0), clock)
    if is_new:  # of what the set-up stored, as --serve does when the settings have changed
        run(status, offline=True)
    levels = [status.document()["state"]["level"]]
    listen = levels.append
    status.run(threading.Event(), lambda statistics: listen(status.document()["state"]["level"]))
    assert list(dict.fromkeys(levels)) == ["bad", *["busy"] * is_new, "good"]


def test_a_guide_that_is_over_is_bad_until_the_next_is_there(status, settings, clock, tmp_path):
    run(status)
    clock.advance(4 * DAY)
    with pytest.raises(errors.GrabError):  # before any request
        run(RunStatus(override(settings, {"channels_from": str(tmp_path / "none.m3u")}), clock))
    status, levels = RunStatus(settings, clock), []
    status.run(threading.Event(), lambda _: levels.append(status.document()["state"]["level"]))
    assert (levels[0], status.document()["state"]["level"]) == ("bad", "good")


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
