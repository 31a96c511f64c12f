"""--health, --diff, --restore and --force, with real files."""

import json
import os
import re
import shutil
import time

import pytest

from gracenote2epg.clock import HOUR
from gracenote2epg.guide import backups
from gracenote2epg.guide.span import tonight
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import FILE, RunLock
from support import guides
from support.machine import Terminal

HERE = ("--postal", "90210", "--days", "2")


@pytest.fixture(name="grabbed")
def _grabbed(server, clock, prepared):
    """A terminal with a published guide; any further request fails the test."""
    home, code = prepared(lambda home: Terminal(server, home, clock).run(*HERE).code)
    assert code == 0
    server.reset_counts()
    yield Terminal(server, home, clock)
    assert server.counts.requests == 0


@pytest.fixture(name="fact")
def _fact(clock):
    """Changes the stored summary of the published guide."""

    def rewrite(terminal, change):
        with Store(terminal.data, clock) as store:
            name = f"published {terminal.guide}"
            fact, at = store.fact(name)
            change(fact["summary"])
            store.set_fact(name, fact, at)

    return rewrite


def read(path):
    with open(path) as file:
        return file.read()


def replace(path, old, new):
    text = read(path)
    assert old in text
    with open(path, "w") as file:
        file.write(text.replace(old, new))


def files(folder):
    return {
        os.path.join(place, name): os.stat(os.path.join(place, name)).st_mtime_ns
        for place, _, names in os.walk(folder)
        for name in names
        if not name.endswith(".log")
    }


# --health


def test_during_a_run_there_is_neither_advice_nor_a_grade(grabbed):
    with RunLock(grabbed.data):
        during = json.loads(grabbed.run("--health", "--json").out)
        assert "None yet: a run is in progress" in grabbed.run("--health").out
    after = json.loads(grabbed.run("--health", "--json").out)
    assert (during["advice"], during["grade"], during["running"]) == ([], "?", True)
    assert (bool(after["advice"]), after["running"]) == (True, False)


def test_the_report_is_a_table_that_fits_a_terminal(grabbed):
    result = grabbed.run("--health")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert re.split(r"\s{2,}", lines[0]) == [
        "STATION", "HOURS", "HOLES", "TBA", "STALE", "NO TEXT", "NO DET", "NO EP", "NO PIC",
        "GRADE",
    ]  # fmt: skip
    assert re.search(r"(?m)^WZAADT 2\.1 .* [ABCDE]$", result.out)
    assert f"Guide  {grabbed.guide}" in lines
    assert "Series details are off: --details adds cast, genres and dates." in result.out
    assert max(len(line) for line in lines if grabbed.home not in line) <= 80
    data = json.loads(grabbed.run("--health", "--json").out)
    assert (data["path"], data["file"]) == (grabbed.guide, "as published")
    assert (len(data["stations"]), data["advice"][0]["name"]) == (8, "details_off")
    assert f"Grade  {data['grade']}, {data['points']} of 100" in lines


def test_reports_change_nothing_and_need_no_network(grabbed, server):
    before = files(grabbed.data)
    server.close()
    for word in ("--health", "--diff", "--tonight"):
        grabbed.run(word, *HERE)
    assert files(grabbed.data) == before


def test_a_corrupted_store_is_reported_and_left_to_the_next_run(grabbed):
    path = os.path.join(grabbed.data, FILE)
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(b"Z" * (os.path.getsize(path) - 4096))
    before = files(grabbed.data)
    for word in ("--health", "--diff"):
        result = grabbed.run(word)
        assert (result.code, result.out) == (7, "")
        assert re.search(r"is damaged \(.*\)\. Run again to start a new one", result.err)
    assert files(grabbed.data) == before


def test_tonight_has_what_is_on_by_channel(grabbed, server, clock):
    evening = tonight(clock.now())
    shown = grabbed.run(*HERE, "--tonight").out.splitlines()
    expected = sorted(guides.on(server.world, evening))
    assert len(shown) == 1 + len(expected)
    for row in expected:
        start = time.strftime("%H:%M", time.localtime(row.start))
        assert any(f"{start}  {row.title}" in line for line in shown), row
    labelled = [re.split("  +", line)[0].split()[-1] for line in shown[1:] if line[0] != " "]
    assert labelled == sorted(labelled, key=float)
    assert len(labelled) == len({row.station for row in expected})


def test_without_a_guide_there_is_no_report(terminal):
    assert "There is no guide at" in terminal.run(*HERE, "--tonight").err
    for word in ("--health", "--diff"):
        result = terminal.run(word)
        assert (result.code, result.out) == (6, "")
        assert "that this installation published" in result.err
    assert not os.path.exists(os.path.join(terminal.data, FILE))
    assert terminal.grab().code == 0
    result = terminal.grab("--health")  # of its own
    assert (result.code, "stdout-" in result.out) == (0, True)


def test_a_changed_or_missing_file_is_reported(grabbed):
    with open(grabbed.guide, "a") as file:
        file.write("\n")
    for state, line in (
        ("changed", "Another program has written this file since"),
        ("gone", "This file is gone"),
    ):
        result = grabbed.run("--health")
        assert (result.code, line in result.out) == (1, True)
        assert json.loads(grabbed.run("--health", "--json").out)["file"] == state
        if state == "changed":
            os.remove(grabbed.guide)


def test_a_guide_of_an_older_version_is_reported_without_a_grade(grabbed, fact):
    def age(summary):
        stations = summary["stations"]
        summary["stations"] = {name: values[:4] for name, values in stations.items()}
        for name in ("known", "described", "numbered", "lacking"):
            del summary[name]

    fact(grabbed, age)
    result = grabbed.run("--health")
    assert (result.code, result.err) == (0, "")
    assert "An older version made this guide" in result.out
    assert "Grade" not in result.out


# --diff


def test_the_diff_compares_the_guide_with_the_latest_other_backup(grabbed, clock):
    assert "There is no older backup" in grabbed.run("--diff").err
    yesterday = guides.yesterday(grabbed.data, grabbed.guide, clock).date
    title = re.findall(r"<title.*?>(.*)</title>", read(grabbed.guide))[-1]
    assert grabbed.run("--diff").code == 6  # nothing differs yet
    replace(grabbed.guide, f">{title}</title>", ">Something Else</title>")
    result = grabbed.run("--diff")
    assert (result.code, result.err) == (0, "")
    assert re.search(rf"Something Else.* \(was {re.escape(title)}", result.out)
    assert re.search(
        r"Since the guide of .*: 0 new, 0 moved, [1-9]\d* retitled, 0 gone, 0 announced\.",
        result.out,
    )
    assert "another program has written this file since" in result.out
    data = json.loads(grabbed.run("--diff", "--json").out)
    assert (data["before"]["date"], data["file"]) == (yesterday, "changed")
    assert data["sums"]["retitled"] == sum(len(row["changes"]) for row in data["stations"]) > 0


# --restore


def test_the_guide_of_the_day_before_is_restored(grabbed, clock):
    yesterday = guides.yesterday(grabbed.data, grabbed.guide, clock).date
    before = read(grabbed.guide)
    replace(grabbed.guide, "<title>", "<title>The ")
    with RunLock(grabbed.data):
        result = grabbed.run("--restore")
    assert (result.code, "Another run is in progress" in result.err) == (8, True)
    result = grabbed.run("--restore")
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith(f"is back as {grabbed.guide}.\n")
    assert read(grabbed.guide) == before
    assert grabbed.run("--health").code == 0
    assert yesterday in grabbed.run("--restore", "2020-02-02").err


def test_a_restored_guide_is_sent_within_the_interval(terminal, server, clock):
    now = clock.now()
    clock.set(now - 26 * HOUR)  # the day before, also if that has 25 hours
    first = terminal.grab(GRACENOTE_DAYS="3").out
    clock.set(now)
    assert terminal.grab(GRACENOTE_DAYS="3").out != first
    assert terminal.grab("--restore").code == 0
    server.reset_counts()
    assert terminal.grab(GRACENOTE_DAYS="3").out == first
    assert server.counts.requests == 0


# Worse guides, and backups


def test_a_worse_guide_is_published_with_force(terminal, fact):
    def double(summary):  # as if the last guide had had twice the stations
        stations = summary["stations"]
        gone = {f"x{key}": [f"X{name}", *rest] for key, (name, *rest) in stations.items()}
        stations.update(gone)

    assert terminal.run(*HERE).code == 0
    fact(terminal, double)
    refused = terminal.run(*HERE)
    assert (refused.code, "it lacks X" in refused.err, "--force" in refused.err) == (6, True, True)
    for words in (("--force",), ()):
        assert terminal.run(*HERE, *words).code == 0


def test_a_run_keeps_a_backup_unless_backups_is_0_and_tells_if_it_cannot(terminal, clock):
    for words, count in (((), 1), (("--backups", "0"), 0)):
        assert terminal.run(*HERE, *words).code == 0
        with Store(terminal.data, clock) as store:
            assert len(backups.list_backups(store, terminal.data, terminal.guide)) == count
    folder = os.path.join(terminal.data, "backups")
    shutil.rmtree(folder)
    with open(folder, "w") as file:
        file.write("in the way")
    result = terminal.run(*HERE, GRACENOTE_MIN_INTERVAL="0")
    assert (result.code, result.err) == (0, "")
    assert "no backup of it is kept" in result.out
