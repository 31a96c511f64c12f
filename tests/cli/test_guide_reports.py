"""--health, --diff, --restore and --force as a user calls them, with real files."""

import json
import os
import re

import pytest

from gracenote2epg.guide import backups
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import FILE, RunLock
from support import guides

HERE = ("--postal", "90210", "--days", "2")
HOUR = 3600


@pytest.fixture(name="grabbed")
def _grabbed(terminal, server):
    """A terminal of a user with a guide; what asks the source afterwards fails the test."""
    assert terminal.run(*HERE).code == 0
    server.reset_counts()
    yield terminal
    assert server.counts.requests == 0


@pytest.fixture(name="yesterday")
def _yesterday(grabbed, clock):
    """The date of the guide's backup, as if that had been made a day earlier."""
    return guides.yesterday(grabbed.data, grabbed.guide, clock).date


@pytest.fixture(name="fact")
def _fact(clock):
    """What changes what a user's store knows of the published guide; ``change`` takes the fact."""

    def rewrite(terminal, change):
        with Store(terminal.data, clock) as store:
            name = f"published {terminal.guide}"
            fact, at = store.fact(name)
            change(fact["summary"])
            store.set_fact(name, fact, at)

    return rewrite


def change(path, old, new):
    with open(path) as file:
        text = file.read()
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


def test_the_report_is_a_table_that_fits_a_terminal(grabbed):
    ended = grabbed.run("--health")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0].split() == [
        "STATION", "HOURS", "HOLES", "TBA", "STALE", "NO", "TEXT", "NO", "DET", "NO", "NR", "NO",
        "PIC", "GRADE",
    ]  # fmt: skip
    assert re.search(r"(?m)^2\.1 \w+ .* [ABCDE]$", ended.out)
    assert f"Guide  {grabbed.guide}" in lines
    assert re.search(r"(?m)^Grade  [ABCDE], \d+ of 100$", ended.out)
    assert "Series details are off: --details adds cast, genres and dates." in ended.out
    assert max(len(line) for line in lines if grabbed.home not in line) <= 80


def test_the_same_as_data(grabbed):
    ended = grabbed.run("--health", "--json")
    told = json.loads(ended.out)
    assert (ended.code, told["path"], told["file"]) == (0, grabbed.guide, "as published")
    assert len(told["stations"]) == 8
    assert told["advice"][0]["name"] == "details_off"
    shown = grabbed.run("--health").out
    assert f"Grade  {told['grade']}, {told['points']} of 100" in shown


def test_a_look_changes_nothing_and_needs_no_network(grabbed, server):
    before = files(grabbed.data)
    server.close()
    for word in ("--health", "--diff"):
        grabbed.run(word, *HERE)
    assert files(grabbed.data) == before


def test_a_look_goes_beside_a_run_at_work(grabbed, clock):
    with RunLock(grabbed.data), Store(grabbed.data, clock) as store:
        store.set_fact("x", 1, clock.now())
        assert grabbed.run("--health").code == 0


def test_of_a_damaged_store_it_says_what_the_next_run_does(grabbed):
    path = os.path.join(grabbed.data, FILE)
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(b"Z" * (os.path.getsize(path) - 4096))
    before = files(grabbed.data)
    for word in ("--health", "--diff"):
        ended = grabbed.run(word)
        assert (ended.code, ended.out) == (7, "")
        assert re.search(r"is damaged \(.*\)\. Run again to start a new one", ended.err)
    assert files(grabbed.data) == before
    assert grabbed.run("--offline").code
    assert len([name for name in os.listdir(grabbed.data) if name.startswith(f"{FILE}.")]) == 1


def test_where_there_is_no_guide_it_says_so(terminal):
    for word in ("--health", "--diff"):
        ended = terminal.run(word)
        assert (ended.code, ended.out) == (6, "")
        assert "that was published from here" in ended.err
    assert not os.path.exists(os.path.join(terminal.data, FILE))


def test_what_has_become_of_the_file_is_said(grabbed):
    with open(grabbed.guide, "a") as file:
        file.write("\n")
    for state, line in (
        ("changed", "Another program has written this file since"),
        ("gone", "This file is gone"),
    ):
        ended = grabbed.run("--health")
        assert (ended.code, line in ended.out) == (1, True)
        assert json.loads(grabbed.run("--health", "--json").out)["file"] == state
        if state == "changed":
            os.remove(grabbed.guide)


def test_a_guide_of_an_older_version_is_reported_as_far_as_it_is_known(grabbed, fact):
    def age(summary):
        old = {name: values[:4] for name, values in summary["stations"].items()}
        summary["stations"] = old
        for name in ("known", "described", "numbered", "lacking"):
            del summary[name]

    fact(grabbed, age)
    ended = grabbed.run("--health")
    assert (ended.code, ended.err) == (0, "")
    assert "An older version made this guide" in ended.out
    assert "Grade" not in ended.out


def test_the_grabber_reports_the_guide_that_it_sends(terminal):
    assert terminal.grab().code == 0
    ended = terminal.grab("--health")
    assert (ended.code, "stdout.xml" in ended.out) == (0, True)


# --diff


def test_the_difference_is_between_the_guide_and_the_latest_other_backup(grabbed, yesterday):
    with open(grabbed.guide) as file:
        title = re.findall(r"<title.*?>(.*)</title>", file.read())[-1]
    assert grabbed.run("--diff").code == 6  # nothing differs yet
    change(grabbed.guide, f">{title}</title>", ">Something Else</title>")
    ended = grabbed.run("--diff")
    assert (ended.code, ended.err) == (0, "")
    assert re.search(rf"Something Else.* \(was {re.escape(title)}", ended.out)
    assert re.search(
        r"Since the guide of .*: 0 new, 0 moved, [1-9]\d* retitled, 0 gone\.", ended.out
    )
    assert "another program has written it since" in ended.out
    told = json.loads(grabbed.run("--diff", "--json").out)
    assert (told["before"]["date"], told["file"]) == (yesterday, "changed")
    assert told["sums"]["retitled"] == sum(len(own["changes"]) for own in told["stations"]) > 0


def test_without_an_earlier_guide_there_is_nothing_to_compare(grabbed):
    ended = grabbed.run("--diff")
    assert ended.code == 6
    assert "There is no older backup" in ended.err


# --restore


def test_the_guide_of_the_day_before_comes_back_and_stays(grabbed, yesterday):
    with open(grabbed.guide) as file:
        before = file.read()
    change(grabbed.guide, "<title>", "<title>The ")
    ended = grabbed.run("--restore")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith(f"is back as {grabbed.guide}.\n")
    with open(grabbed.guide) as file:
        assert file.read() == before
    assert grabbed.run("--health").code == 0
    assert yesterday in grabbed.run("--restore", "2020-02-02").err


def test_a_restore_waits_for_no_run(grabbed, yesterday):
    with RunLock(grabbed.data):
        ended = grabbed.run("--restore")
    assert ended.code == 8
    assert "Another run is in progress" in ended.err


def test_a_restored_guide_is_handed_out_within_the_interval(terminal, server, clock):
    now = clock.now()
    clock.set(now - 26 * HOUR)  # the day before, also where that has 25 hours
    first = terminal.grab(GRACENOTE_DAYS="3").out
    clock.set(now)
    assert terminal.grab(GRACENOTE_DAYS="3").out != first
    assert terminal.grab("--restore").code == 0
    server.reset_counts()
    assert terminal.grab(GRACENOTE_DAYS="3").out == first
    assert server.counts.requests == 0


# --force


def test_a_worse_guide_is_published_when_the_user_insists(terminal, fact):
    def double(summary):  # as if it had had twice the stations
        stations = summary["stations"]
        stations.update({f"x{name}": values for name, values in list(stations.items())})

    assert terminal.run(*HERE).code == 0
    fact(terminal, double)
    refused = terminal.run(*HERE)
    assert refused.code == 6
    assert "it lacks" in refused.err
    assert "--force" in refused.err
    assert terminal.run(*HERE, "--force").code == 0
    assert terminal.run(*HERE).code == 0


def test_a_user_who_wants_no_comparison_says_so_in_the_settings(terminal, fact):
    def lengthen(summary):
        summary["seconds"] = {slot: 9 * seconds for slot, seconds in summary["seconds"].items()}

    assert terminal.run(*HERE).code == 0
    fact(terminal, lengthen)
    assert terminal.run(*HERE).code == 6
    assert terminal.run(*HERE, GRACENOTE_WORSE_BELOW="10").code == 0


def test_a_run_keeps_a_backup_and_none_where_none_is_wanted(terminal, clock):
    assert terminal.run(*HERE).code == 0
    with Store(terminal.data, clock) as store:
        assert len(backups.list_backups(store, terminal.data, terminal.guide)) == 1
    assert terminal.run(*HERE, "--backups", "0").code == 0
    with Store(terminal.data, clock) as store:
        assert backups.list_backups(store, terminal.data, terminal.guide) == []


def test_a_backup_that_fails_is_said_and_the_guide_is_good(terminal):
    os.makedirs(terminal.data)
    with open(os.path.join(terminal.data, "backups"), "w") as file:
        file.write("in the way")
    ended = terminal.run(*HERE)
    assert (ended.code, ended.err) == (0, "")
    assert "no backup of it is kept" in ended.out
    assert os.path.getsize(terminal.guide) > 1000
