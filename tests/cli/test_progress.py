"""What a run shows while it works, and the offer at its end."""

import io
import os
import re
import sys

from gracenote2epg.cli import progress, stdio
from gracenote2epg.config.settings import Config
from gracenote2epg.downloader.events import BreakerTripped, Phase, Published
from gracenote2epg.downloader.monitor import Statistics, TypeStatistics, apply

HERE = ("--postal", "90210")


class Console(io.StringIO):
    """A console of some system; its bytes would be in another code page."""

    def isatty(self):
        return True


def show(clock, stream, *events, **settings):
    """Show a run's statistics after each event; return what the stream has then."""
    statistics = Statistics(guide=TypeStatistics(tasks=9, settled=9))
    with progress.progress_display(Config(**settings), stream, clock) as listener:
        for event in events:
            statistics = apply(statistics, event)
            listener(statistics)
    return stream.getvalue()


def test_only_a_terminal_with_cursor_movements_is_drawn_over(clock, monkeypatch):
    phases = Phase(0.0, "guide"), Published(6.0, 1.0, None), Phase(6.0, "details")
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" in show(clock, Console(), *phases)
    for name, value in (("TERM", "dumb"), ("PLATFORM", "win32")):
        with monkeypatch.context() as patch:
            patch.setenv("TERM", value if name == "TERM" else "xterm")
            patch.setattr(stdio, "PLATFORM", value if name == "PLATFORM" else "linux")
            text = show(clock, Console(), *phases)
        assert "\x1b" not in text
        assert text.splitlines()[-1].endswith("9/9 the guide is usable now"), name
    assert show(clock, Console(), *phases, quiet=True) == ""


def test_a_console_of_windows_gets_text_not_bytes(monkeypatch):
    console = Console()
    monkeypatch.setattr(sys, "stderr", console)
    monkeypatch.setattr(stdio, "PLATFORM", "win32")
    stdio.print_err("Señal …")
    assert console.getvalue() == "gracenote2epg: Señal …\n"


def test_a_refusal_is_told_at_once_with_the_next_try(terminal, server):
    server.faults.refuse(429)
    result = terminal.run(*HERE)
    first, *_, last = result.err.splitlines()
    assert "gracenote2epg: The source refuses (HTTP 429" in first
    assert (": next try at " in first, "next try at" in last) == (True, False)
    assert (result.code, "429" in last) == (4, True)
    assert len(re.findall("next try at", result.err)) == server.counts.requests - 1  # it ends then
    lists = terminal.run("--find-lineups", "--postal", "J3B1M4")
    assert lists.err.count("next try at") == result.err.count("next try at") > 0
    grabber = terminal.grab("--data-dir", os.path.join(terminal.home, "other"))
    assert grabber.err.count("\n") == 1  # Tvheadend logs it


def test_each_try_is_told_once(clock, monkeypatch):
    told = []
    monkeypatch.setattr(progress, "print_err", told.append)
    trips = [BreakerTripped(0.0, "HTTP 429", at) for at in (10.0, 10.0, 40.0)]
    assert show(clock, io.StringIO(), *trips) == ""
    assert len(told) == 2


def test_the_place_that_options_named_is_offered_to_be_saved_once(terminal, file):
    line = f"To run without options, write into {file}: postal_code=90210"
    for words, variables, told in (
        (HERE, {}, True),
        (HERE, {}, False),
        ((*HERE, "--quiet"), {}, False),
        ((), {"GRACENOTE_POSTAL_CODE": "90210"}, False),
    ):
        result = terminal.run(*words, **variables)
        assert (result.code, line in result.out, result.err) == (0, told, ""), words
    # other commands know it all the same
    for word in ("--tonight", "--list-stations"):
        assert "WZAADT" in terminal.run(word).out, word
    doctor = terminal.run("--doctor").out
    assert ("--configure saves it" in doctor, "No postal code" in doctor) == (True, False)
    assert terminal.run("--configure").code == 0
    with open(file) as saved:
        assert "postal_code=90210\n" in saved.read()


def test_on_a_terminal_the_place_is_saved_on_request(terminal, file, monkeypatch):
    monkeypatch.setattr("gracenote2epg.cli.save_offer.on_terminal", lambda: True)
    for answer, code, exists in (("no\n", "90210", False), ("\n", "J3B1M4", True)):
        words = ("--postal", code, "--channels", "2.1")
        result = terminal.run(*words, stdin=answer)
        assert (result.code, os.path.exists(file)) == (0, exists), answer
    with open(file) as saved:
        assert {"postal_code=J3B1M4\n", "channels=2.1\n"} <= set(saved)
