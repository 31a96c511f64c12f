"""Runs: how they end, what stops them, and what continues when another Kodi begins."""

import os
import re
import threading
from types import SimpleNamespace

import pytest

from gracenote2epg import errors
from gracenote2epg.store.database import RunLock
from support.browser import free_port
from support.builders import HOUR
from support.fake_kodi import ADDON_ID
from support.kodi_addon import (
    HERE,
    UNDER_WAY,
    Grabs,
    LongRun,
    our_threads,
    ours,
    publish,
)

# How they end


@pytest.mark.parametrize("plays", [False, True])
def test_memory_is_not_returned_while_something_plays(kodi, monkeypatch, plays):
    """The C library stops every thread of Kodi meanwhile."""
    asked = []
    library = SimpleNamespace(malloc_trim=asked.append)
    monkeypatch.setattr("ctypes.CDLL", lambda name: library)
    kodi.set(postal_code=HERE, not_while_playing="false")
    kodi.playing = plays
    assert len(kodi.serve(1).at) == 1
    assert asked == ([] if plays else [0])


def test_a_run_has_ended_while_its_thread_still_frees_memory(kodi):
    """Or else "run_now" is lost there, and a check made there comes to nothing."""
    kodi.set(postal_code=HERE)
    begins, may_end = threading.Event(), threading.Event()
    run = kodi.run(Grabs(kodi), collect=lambda: [begins.set(), may_end.wait(20)])
    assert begins.wait(20)
    was_active = run.active
    may_end.set()
    run.join(20)
    assert not was_active


def test_a_failed_run_is_tried_again_after_an_hour(kodi):
    kodi.set(postal_code=HERE)
    failures = [errors.SourceUnreachable("example.org", "no route"), errors.AlreadyRunning("there")]
    grabs = kodi.serve(15, *failures)
    assert grabs.hours() == [0, 1, 2, 14]
    assert not any(thread.daemon or thread.is_alive() for thread in grabs.threads)
    warning = kodi.lines("WARNING")[0]
    assert "no route" in warning
    assert f"; next try {ours('strings').time_of_day(kodi.began + 30 + HOUR)}. " in warning


def test_a_guide_that_lacks_hours_is_not_tried_again_after_an_hour(kodi):
    kodi.set(postal_code=HERE)
    runs = []

    def grab(config, stop):
        runs.append(kodi.now)
        publish(config)
        raise errors.Incomplete("It lacks hours", "Wait")

    kodi.serve_with(grab, hours=11)
    assert len(runs) == 1


@pytest.mark.parametrize("output", ["", "smb://nas/guide.xml"])
def test_a_first_guide_that_fails_notifies_and_is_tried_again_after_an_hour(kodi, output):
    kodi.set(postal_code=HERE, output=output)
    error = errors.Incomplete("There is no guide yet: the budget", "The next run goes on")
    grabs = Grabs(kodi, error, error)
    grabs.guide_lasts = None
    kodi.serve_backend(grabs, 5)
    assert grabs.hours() == [0, 1, 2]
    ((_, text),) = kodi.notifications
    assert text.startswith("There is no guide. ")
    assert kodi.lines("ERROR") == []


def test_a_bug_is_logged_and_the_service_lives(kodi):
    kodi.set(postal_code=HERE)
    assert kodi.serve(2, ZeroDivisionError("by 0")).hours() == [0, 1]
    (line,) = kodi.lines("ERROR")
    assert "Traceback" in line
    assert "ZeroDivisionError: by 0" in line
    assert kodi.notifications == []


def test_a_missing_package_notifies_and_the_run_is_tried_again(kodi):
    kodi.set(postal_code=HERE)
    missing = ModuleNotFoundError("No module named 'requests'", name="requests")
    assert kodi.serve(1.5, missing, missing).hours() == [0, 1]
    described = ours("strings").describe_error(errors.MissingDependency("requests"))
    assert kodi.notifications == [("TV guide", described)]
    assert kodi.lines("ERROR") == []


# What stops them


def test_changed_settings_restart_a_run_only_if_they_change_the_guide(kodi):
    kodi.set(postal_code=HERE)

    def change():
        kodi.set(max_workers=2)
        kodi.set(postal_code="10001")

    grabs = kodi.serve_long_run(change)
    assert [config.postal_code for config in grabs.configs] == [HERE, "10001"]
    assert grabs.stopped == [True, False]


@pytest.mark.parametrize(
    "interrupt",
    [
        lambda kodi: [kodi.ask("pause"), kodi.ask("resume")],
        lambda kodi: [kodi.play(), kodi.stop()],
    ],
)
def test_a_run_stopped_for_a_moment_continues_at_once(kodi, interrupt):
    kodi.set(postal_code=HERE, not_while_playing="true")
    backend = LongRun(kodi, deaf=True)
    backend.meanwhile(interrupt, kodi)
    kodi.after(UNDER_WAY + 1, backend.end)
    kodi.serve_backend(backend, hours=0.5)
    assert backend.at == [30, UNDER_WAY + 1]
    assert backend.stopped == [True, False]


@pytest.mark.parametrize(
    "change",
    [
        lambda kodi: kodi.set(days=3),
        lambda kodi: [kodi.values.update(days="3"), kodi.ask("run_now")],  # Kodi has yet to call
    ],
)
def test_only_the_next_run_waits_for_one_that_is_slow_to_stop(kodi, change):
    kodi.set(postal_code=HERE)
    backend = LongRun(kodi, deaf=True)
    backend.meanwhile(change, kodi)  # if this waited, the run would never end
    kodi.after(UNDER_WAY + 1, change, kodi)
    kodi.after(UNDER_WAY + 2, backend.end)
    kodi.serve_backend(backend, hours=0.5)
    assert backend.at == [30, UNDER_WAY + 2]
    assert [config.days for config in backend.configs] == [7, 3]


def test_quitting_waits_for_all_runs_that_are_slow_to_stop(kodi):
    kodi.set(postal_code=HERE)
    backend = LongRun(kodi, deaf=True)

    def change():
        for days in (3, 4, 5):
            kodi.set(days=days)
        kodi.quit()
        threading.Timer(0.1, backend.end).start()  # a system call that cannot be interrupted

    backend.meanwhile(change)
    kodi.serve_backend(backend)
    assert our_threads() == []
    assert [config.days for config in backend.configs] == [7]


# Quitting, and the next Kodi


@pytest.mark.parametrize("seconds", [1, 29, 31, 600])
def test_quitting_at_any_time_leaves_no_thread(kodi, seconds):
    before = set(threading.enumerate())
    kodi.set(postal_code=HERE, enable_monitoring="true", monitoring_port=free_port())
    kodi.after(seconds, kodi.quit)
    kodi.serve(1)
    assert set(threading.enumerate()) == before
    assert kodi.lines("INFO")[-1].endswith("ended")


def test_quitting_ends_a_run_that_waits_for_the_source_at_once(kodi, server):
    before = set(threading.enumerate())
    server.faults.hold()  # no request is answered
    kodi.patient = False
    kodi.set(postal_code=HERE, base_url=server.url, days=1)

    def quit_now():
        assert server.faults.wait_held(1, 10)
        kodi.quit()

    kodi.after(31, quit_now)
    kodi.serve_backend(ours("backend"))
    assert our_threads() == []
    server.close()
    assert set(threading.enumerate()) <= before
    assert "stopped" in kodi.lines("INFO")[-2]
    assert not os.path.exists(os.path.join(kodi.profile, "state.json"))


def test_an_add_on_disabled_during_a_run_continues_when_it_is_enabled(kodi, server):
    kodi.patient = False
    kodi.set(postal_code=HERE, base_url=server.url, days=1, details="false")
    server.faults.hold(when=lambda query: server.counts.grid > 1)

    def disable():
        assert server.faults.wait_held(1, 10)
        kodi.disable()

    kodi.after(31, disable)
    kodi.serve_backend(ours("backend"))
    assert kodi.lines("ERROR") == []
    server.faults.clear()
    kodi.restart()
    kodi.patient = True
    kodi.serve_backend(ours("backend"), 0.5)
    assert kodi.logged("the guide is updated") == 1


def test_a_service_that_kodi_has_unloaded_leaves_no_thread(kodi):
    before = set(threading.enumerate())
    kodi.set(postal_code=HERE)
    backend = LongRun(kodi)
    backend.meanwhile(kodi.unknown.add, ADDON_ID)  # and then a wait ends
    with pytest.raises(RuntimeError):
        kodi.serve_backend(backend, hours=2)
    assert set(threading.enumerate()) == before
    assert backend.stopped == [True]


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), errors.SourceUnreachable("example.org", "reset")]
)
def test_a_stopped_run_is_still_due_whatever_its_error(kodi, error):
    kodi.set(postal_code=HERE)

    def grab(config, stop):
        kodi.quit()
        assert stop.wait(20)
        raise error

    kodi.patient = False
    kodi.serve_with(grab, hours=9)
    assert kodi.state_file().read().last is None


def test_two_kodis_with_one_profile_download_once(kodi, server):
    kodi.set(postal_code=HERE, base_url=server.url, days=1, details="false")
    with RunLock(kodi.profile):  # the other one
        kodi.serve_backend(ours("backend"), 0.5)
    assert server.log == []
    assert kodi.notifications == []


# Against the fake source


def test_a_run_publishes_the_guide_and_only_the_first_has_a_bar(kodi, server):
    kodi.set(postal_code=HERE, base_url=server.url, days=1, details="false", interval=1)
    kodi.after(31, kodi.check_guide, server)
    kodi.serve_backend(ours("backend"), 2)
    updates = [line for line in kodi.lines("INFO") if "the guide is updated" in line]
    assert re.search(r": \d{3} programmes of 8 stations, 6 requests in \d s$", updates[0])
    assert len(updates) == 2
    assert HERE not in "\n".join(kodi.lines())
    ((*steps, end),) = kodi.bars
    assert end == (100, "closed")
    percents = [percent for percent, _ in steps]
    assert percents == sorted(percents)
    assert kodi.properties == {}
