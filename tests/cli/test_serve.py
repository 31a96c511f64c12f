"""--serve: what a run of it ends with, and when the next one begins."""

import errno
import json
import re
import signal
import threading

import pytest

from gracenote2epg.cli import serve, signals
from gracenote2epg.errors import PortInUse, SettingError
from gracenote2epg.grab import run as grab_run
from support import guides
from support.browser import ask, free_port
from support.builders import DAY, HOUR
from support.clock import VirtualClock


class Waits(VirtualClock):
    """Calls the next of ``events`` as each run waits for the next one; SIGTERM comes at last."""

    def __init__(self, now, *events):
        super().__init__(now)
        self.events = list(events)

    def wait(self, event, seconds):
        if seconds >= 1.0:
            if self.events:
                self.events.pop(0)(self)
            else:
                signal.raise_signal(signal.SIGTERM)
        return super().wait(event, seconds)


def later(seconds):
    return lambda clock: clock.advance(seconds)


@pytest.fixture
def served(user, capfd):
    """Serve until the events have happened; return stderr and when each run began."""

    def serve_until(*events, clock=None, **changes):
        settings = user.settings(monitoring_port=free_port(), **{"min_interval": 0, **changes})
        waits = clock or Waits(user.clock.now(), *events)
        waits.port = settings.monitoring_port
        waits.keeper = guides.keeper(settings, waits)
        assert serve.serve(waits.keeper, waits) == 0
        with user.store() as store:
            return capfd.readouterr().err, [at for at, _ in store.runs()][::-1]

    return serve_until


def test_a_signal_at_any_moment_begins_no_run(user):
    class Woken(threading.Event):
        def clear(self):
            signal.raise_signal(signal.SIGTERM)
            super().clear()

    keeper = guides.keeper(user.settings(monitoring_port=free_port()), user.clock)
    service = serve._Service(keeper, user.clock)
    service._wake = Woken()
    assert service.serve() == 0
    with user.store() as store:
        assert store.runs() == []


def test_an_error_says_when_it_tries_again(server, user, served):
    server.faults.refuse(403)
    assert re.search(r"; there is no guide yet; next try \d\d:\d\d\. ", served()[0])
    server.faults.clear()
    user.grab()
    server.faults.refuse(403)
    assert re.search(r"; your guide is kept and ends .*; next try \d\d:\d\d\. ", served()[0])


def test_a_clock_that_was_days_ahead_puts_no_run_off(served, clock):
    now = clock.now()
    ahead = Waits(now + 5 * DAY, lambda clock: clock.set(now), later(12 * HOUR + 60))
    stderr, runs = served(clock=ahead)
    assert stderr == ""
    assert [round((at - now) / HOUR) for at in sorted(runs)[:1] + sorted(runs)[-1:]] == [0, 5 * 24]
    assert len(runs) == 3  # at once, and by the interval


def test_what_is_missing_ends_no_server(served):
    assert "is set. Open http://127.0.0.1:" in served(postal_code="")[0]
    assert served(later(HOUR + 1), channels="NOSUCH")[0].count("NOSUCH is not a station") == 2


def test_a_mistake_in_the_file_ends_no_server_and_is_mended_there(user, served):
    user.grab()
    state = []

    def write(text, mode="a"):
        def event(clock):
            with open(clock.keeper._file, mode, encoding="utf-8") as file:
                file.write(text)
            look(clock)

        return event

    def look(clock):
        assert "</tv>" in ask(clock.port, "/guide.xml").decode()
        state.append(json.loads(ask(clock.port, "/stats"))["state"]["mistakes"])

    stderr, runs = served(
        write("colour=red\ndays=99\n"),
        write("#"),
        lambda clock: clock.keeper.save({"days": "2"}),
        write(f"data_dir={user.folder}\ndays=1\n", "w"),
        lambda clock: clock.keeper.save({"postal_code": "90210", "base_url": user.server.url}),
        look,
    )
    assert [len(mistakes) for mistakes in state] == [0, 2, 1, 0]
    assert state[1][1]["setting"] == "days"
    assert "colour" in stderr
    assert "No postal code and no lineup is set" in stderr
    assert len(runs) >= 3


def test_settings_that_cannot_be_read_end_no_server(user, served):
    user.grab()
    seen = []

    def read():
        raise SettingError("data_dir", "", "the default", "a folder")

    def lose(clock):
        clock.keeper.read = read
        clock.keeper.changed()

    def mend(clock):
        assert "</tv>" in ask(clock.port, "/guide.xml").decode()
        seen.append(json.loads(ask(clock.port, "/stats"))["state"]["mistakes"])
        del clock.keeper.read
        clock.keeper.changed()

    stderr, runs = served(lose, mend)
    assert ([row["setting"] for row in seen[0]], len(runs)) == (["data_dir"], 3)
    assert "data_dir is not set" in stderr


def test_saved_settings_are_served_at_once_from_the_stored_answers(user, served):
    seen = []

    def look(clock):
        seen.append(ask(clock.port, "/guide.xml").decode().count("<channel "))

    def choose(clock):
        first = re.findall(r'<channel id="(\d+)', ask(clock.port, "/guide.xml").decode())[0]
        user.server.faults.refuse(429)  # it is not asked for that
        clock.keeper.save({"channels": first})

    stderr, _ = served(look, choose, look)
    assert (seen[0] > 1, seen[1]) == (True, 1)
    assert "429" in stderr  # the next run began at once, too


def test_without_a_network_the_first_guide_is_tried_for_again_within_minutes(served):
    minutes = [1, 2, 5, 10, 10]
    events = [later(60 * minute) for minute in minutes]
    stderr, runs = served(*events, base_url="http://127.0.0.1:9")
    assert [round((at - runs[0]) / 60) for at in runs] == [0, 1, 3, 8, 18, 28]
    assert stderr.count("there is no guide yet; next try") == 6


def test_a_clock_in_utc_is_told(served, in_zone):
    in_zone("UTC")
    assert "set TZ, for example to America/New_York" in served()[0]
    in_zone("America/Los_Angeles")
    assert "set TZ" not in served()[0]


def test_a_bug_in_a_run_ends_no_server(served, monkeypatch):
    bugs = [ValueError("oops"), KeyError("oops")]
    real = grab_run.run

    def run(*arguments):
        if bugs:
            raise bugs.pop()
        return real(*arguments)

    monkeypatch.setattr(grab_run, "run", run)
    stderr, runs = served(later(HOUR + 1), later(HOUR + 1))
    assert stderr.count("by a bug. Your guide is unchanged") == 2
    assert len(runs) == 1


def test_the_address_is_a_link_and_no_other_program_is_blamed_for_a_right_that_is_missing():
    hosts = {"::": "HOST", "0.0.0.0": "HOST", "::1": "[::1]", "nas": "nas"}
    assert {host: serve._address(host, 1) for host in hosts} == {
        host: f"http://{shown}:1/" for host, shown in hosts.items()
    }
    denied = str(PortInUse(80, PermissionError(errno.EACCES, "Permission denied")))
    assert ("(Permission denied)" in denied, "Another program" in denied) == (True, False)
    assert "Another program" in str(PortInUse(80, OSError(errno.EADDRINUSE, "in use")))


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGTERM"])
def test_an_ignored_signal_stays_ignored(name):
    number = getattr(signal, name)
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with signals.stop_on_signal() as stop:
            signal.raise_signal(number)
            assert not stop.is_set()
        assert signal.getsignal(number) is signal.SIG_IGN
        signal.signal(number, signal.default_int_handler)
        with signals.stop_on_signal() as stop:
            signal.raise_signal(number)
            assert stop.is_set()
    finally:
        signal.signal(number, before)
