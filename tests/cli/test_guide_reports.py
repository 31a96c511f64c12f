"""--health, --diff, --restore and --force as a user calls them: child processes, real files."""

import json
import os
import re
import time

import pytest

from support import guides
from support.machine import Box, Tvheadend
from gracenote2epg import backups
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.store import FILE, Lock, Store

HERE = ("--postal", "90210")


@pytest.fixture(name="server")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="box")
def _box(server, tmp_path, in_zone):
    return Box(server, tmp_path)


@pytest.fixture(name="grabbed")
def _grabbed(box, server):
    """A box with a guide; whoever asks the source afterwards is found out."""
    assert box.cli(*HERE).code == 0
    server.reset_counts()
    yield box
    assert server.counts.requests == 0


def yesterday(box):
    """As if the guide's backup had been made a day earlier; its date."""
    return guides.yesterday(box.data, box.guide).date


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
    ended = grabbed.cli("--health")
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
    ended = grabbed.cli("--health", "--json")
    told = json.loads(ended.out)
    assert (ended.code, told["path"], told["file"]) == (0, grabbed.guide, "as published")
    assert len(told["stations"]) > 30
    assert told["advice"][0]["name"] == "details_off"
    shown = grabbed.cli("--health").out
    assert f"Grade  {told['grade']}, {told['points']} of 100" in shown


def test_a_look_changes_nothing_and_needs_no_network(grabbed, server):
    before = files(grabbed.data)
    server.close()
    for word in ("--health", "--diff"):
        grabbed.cli(word, *HERE)
    assert files(grabbed.data) == before


def test_a_look_goes_beside_a_run_at_work(grabbed):
    with Lock(grabbed.data), Store(grabbed.data) as store:
        store.learn("x", 1, time.time())
        assert grabbed.cli("--health").code == 0


@pytest.mark.parametrize("word", ["--health", "--diff"])
def test_of_a_damaged_store_it_says_what_the_next_run_does(grabbed, word):
    path = os.path.join(grabbed.data, FILE)
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(b"Z" * (os.path.getsize(path) - 4096))
    before = files(grabbed.data)
    ended = grabbed.cli(word)
    assert (ended.code, ended.out) == (7, "")
    assert re.search(r"is damaged \(.*\)\. Run again: it begins a new one", ended.err)
    assert files(grabbed.data) == before
    assert grabbed.cli("--offline").code
    assert len([name for name in os.listdir(grabbed.data) if name.startswith(f"{FILE}.")]) == 1


@pytest.mark.parametrize("word", ["--health", "--diff"])
def test_where_there_is_no_guide_it_says_so(box, word):
    ended = box.cli(word)
    assert (ended.code, ended.out) == (6, "")
    assert "that was published from here" in ended.err
    assert not os.path.exists(os.path.join(box.data, FILE))


def test_a_file_that_another_program_wrote_is_not_taken_for_ours(grabbed):
    with open(grabbed.guide, "a") as file:
        file.write("\n")
    ended = grabbed.cli("--health")
    assert ended.code == 1
    assert "Another program has written this file since" in ended.out
    assert json.loads(grabbed.cli("--health", "--json").out)["file"] == "changed"


def test_a_file_that_is_gone_is_said_to_be(grabbed):
    os.remove(grabbed.guide)
    ended = grabbed.cli("--health")
    assert ended.code == 1
    assert "This file is gone" in ended.out
    assert json.loads(grabbed.cli("--health", "--json").out)["file"] == "gone"


def test_a_guide_of_an_older_version_is_reported_as_far_as_it_is_known(grabbed):
    with Store(grabbed.data) as store:
        fact, at = store.known(f"published {grabbed.guide}")
        own = fact["summary"]["stations"]
        fact["summary"]["stations"] = {name: values[:4] for name, values in own.items()}
        for name in ("known", "described", "numbered", "lacking"):
            del fact["summary"][name]
        store.learn(f"published {grabbed.guide}", fact, at)
    ended = grabbed.cli("--health")
    assert (ended.code, ended.err) == (0, "")
    assert "An older version made this guide" in ended.out
    assert "Grade" not in ended.out


def test_the_grabber_reports_the_guide_that_it_sends(box):
    caller = Tvheadend(box)
    assert caller.call().code == 0
    ended = caller.call("--health")
    assert ended.code == 0
    assert "stdout.xml" in ended.out


def test_json_goes_with_what_can_say_it(box):
    ended = box.cli("--json", *HERE)
    assert ended.code == 2
    assert "--json goes with --doctor, --health and --diff" in ended.err


# --diff


def test_the_difference_is_between_the_guide_and_the_latest_other_backup(grabbed):
    date = yesterday(grabbed)
    title = re.search(r"<title>(.*)</title>", last_programme(grabbed.guide)).group(1)
    assert grabbed.cli("--diff").code == 6  # nothing differs yet
    change(grabbed.guide, f"<title>{title}</title>", "<title>Something Else</title>")
    ended = grabbed.cli("--diff")
    assert (ended.code, ended.err) == (0, "")
    assert f"Something Else (was {title}" in ended.out
    assert re.search(
        r"Since the guide of .*: 0 new, 0 moved, [1-9]\d* retitled, 0 gone\.", ended.out
    )
    assert "another program has written it since" in ended.out
    told = json.loads(grabbed.cli("--diff", "--json").out)
    assert (told["before"]["date"], told["file"]) == (date, "changed")
    assert told["sums"]["retitled"] == sum(len(own["changes"]) for own in told["stations"]) > 0


def last_programme(path):
    with open(path) as file:
        return file.read().rpartition("<programme")[2]


def test_without_an_earlier_guide_there_is_nothing_to_compare(grabbed):
    ended = grabbed.cli("--diff")
    assert ended.code == 6
    assert "There is no older backup" in ended.err


# --restore


def test_the_guide_of_the_day_before_comes_back_and_stays_for_a_grabber(grabbed):
    date = yesterday(grabbed)
    with open(grabbed.guide) as file:
        before = file.read()
    change(grabbed.guide, "<title>", "<title>The ")
    ended = grabbed.cli("--restore")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith(f"is back as {grabbed.guide}.\n")
    with open(grabbed.guide) as file:
        assert file.read() == before
    assert grabbed.cli("--health").code == 0
    assert date in grabbed.cli("--restore", "2020-02-02").err


def test_a_restore_waits_for_no_run(grabbed):
    yesterday(grabbed)
    with Lock(grabbed.data):
        ended = grabbed.cli("--restore")
    assert ended.code == 8
    assert "Another run is at work" in ended.err


def test_a_restored_guide_is_handed_out_within_the_interval(box, server):
    caller = Tvheadend(box)
    first = caller.call().out
    path = os.path.join(box.data, "stdout.xml")
    with Store(box.data) as store:
        (backup,) = backups.found(store, box.data, path)
        at = time.time() - 86400
        date = time.strftime("%Y-%m-%d", time.localtime(at))
        earlier = backup.path.replace(backup.date, date)
        os.replace(backup.path, earlier)
        store.learn(f"backup {earlier}", {**backup.fact, "made": at, "good": at}, at)
    change(path, "<title>", "<title>The ")
    assert caller.call("--restore").code == 0
    server.reset_counts()
    assert caller.call().out == first
    assert server.counts.requests == 0


# --force


def test_a_worse_guide_is_published_when_the_user_insists(box):
    assert box.cli(*HERE).code == 0
    with Store(box.data) as store:  # as if it had had twice the stations
        fact, at = store.known(f"published {box.guide}")
        own = fact["summary"]["stations"]
        own.update({f"x{name}": values for name, values in list(own.items())})
        store.learn(f"published {box.guide}", fact, at)
    refused = box.cli(*HERE)
    assert refused.code == 6
    assert "it lacks" in refused.err
    assert "--force" in refused.err
    assert box.cli(*HERE, "--force").code == 0
    assert box.cli(*HERE).code == 0


def test_whoever_wants_no_comparison_says_so_in_the_settings(box):
    assert box.cli(*HERE).code == 0
    with Store(box.data) as store:
        fact, at = store.known(f"published {box.guide}")
        fact["summary"]["seconds"] = {slot: 9 * v for slot, v in fact["summary"]["seconds"].items()}
        store.learn(f"published {box.guide}", fact, at)
    assert box.cli(*HERE).code == 6
    assert box.cli(*HERE, GRACENOTE_WORSE_BELOW="10").code == 0


def test_a_run_keeps_a_backup_and_none_where_none_is_wanted(box):
    assert box.cli(*HERE).code == 0
    with Store(box.data) as store:
        assert len(backups.found(store, box.data, box.guide)) == 1
    assert box.cli(*HERE, "--backups", "0").code == 0
    with Store(box.data) as store:
        assert backups.found(store, box.data, box.guide) == []


def test_a_backup_that_fails_is_said_and_the_guide_is_good(box):
    os.makedirs(box.data)
    with open(os.path.join(box.data, "backups"), "w") as file:
        file.write("in the way")
    ended = box.cli(*HERE)
    assert (ended.code, ended.err) == (0, "")
    assert "no backup of it is kept" in ended.out
    assert os.path.getsize(box.guide) > 1000
