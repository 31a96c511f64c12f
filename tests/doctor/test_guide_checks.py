"""Why the guide is empty: stations, listings, the guide's file and its age; and what is said."""

import dataclasses
import glob
import json
import os
import re

import pytest

from fake_gracenote import responses
from gracenote2epg import errors
from gracenote2epg.config import paths
from gracenote2epg.doctor import failures
from gracenote2epg.doctor import report as doctor_report
from gracenote2epg.guide.span import span
from gracenote2epg.store.answers import Store
from gracenote2epg.util import format as util_format
from support import ROOT, guides
from support.clock import touch
from support.fake_tvheadend import TvhStandIn
from support.machine import Terminal

HOUR, DAY = 3600, 86400


# Stations and listings


def test_a_lineup_without_stations_is_told(server, settings, examine):
    server.faults.answer("grid", responses.empty_guide())
    report = examine(settings)
    assert (report.first, report.exit_code) == (("stations", "no stations"), 24)


def test_chosen_channels_are_counted_and_told_when_they_are_none(grabbed, examine):
    station = guides.channels(grabbed.output)[0]
    assert examine(grabbed, channels=(station,)).of(failures.STATIONS).saw.startswith("1 of ")
    assert examine(grabbed, channels=("NOSUCH",)).first == ("stations", "ChannelError")


def test_a_list_of_channels_that_is_of_no_use_is_told(settings, examine, tmp_path):
    listed = tmp_path / "list.m3u"
    assert examine(settings, channels_from=str(listed)).first == ("stations", "PlaylistError")
    listed.write_text("#EXTM3U\n#EXTINF:-1,Nobody Knows Me\nhttp://127.0.0.1/1\n")
    assert examine(settings, channels_from=str(listed)).first == ("stations", "NoChannelMatches")
    with TvhStandIn("none") as tvh:
        report = examine(settings, tvh_url=tvh.url, tvh_filter=True)
    assert report.first == ("stations", "PlayerHasNoChannels")


def test_a_list_that_is_remembered_is_told(grabbed, examine, playlist):
    path = playlist(grabbed)
    assert examine(grabbed, channels_from=path).of(failures.STATIONS).cure == ""
    os.remove(path)
    seen = examine(grabbed, channels_from=path).of(failures.STATIONS)
    assert (seen.state, "its channels as of" in seen.cure) == ("ok", True)


def test_hours_that_the_last_run_could_not_get_are_told_with_its_reason(settings, examine, clock):
    longer = dataclasses.replace(settings, days=3, block_hours=1)
    with pytest.raises(errors.Incomplete):
        guides.grab(dataclasses.replace(longer, request_budget=12), clock)
    report = examine(longer)
    assert report.first == ("listings", "holes")
    assert re.search(r"\d hours of the next 24 are missing\. The last run", report.broken.saw)
    assert "lacks hours" in report.broken.saw


# The guide's file


def test_a_guide_that_is_gone_is_told(grabbed, examine):
    os.remove(grabbed.output)
    report = examine(grabbed)
    assert (report.first, report.exit_code) == (("file", "no file"), 26)
    assert grabbed.output in report.broken.saw
    assert report.of(failures.FRESHNESS).state == "skipped"


def test_a_file_that_is_cut_or_no_guide_is_told(grabbed, examine):
    size = os.path.getsize(grabbed.output)
    for share in (0.999, 0.5, 0.0):
        os.truncate(grabbed.output, int(size * share))
        assert examine(grabbed).first == ("file", "cut")
    with open(grabbed.output, "w", encoding="utf-8") as file:
        file.write("[a diary]\n" * 1000)
    assert examine(grabbed).first == ("file", "no guide")
    os.remove(grabbed.output)
    os.mkdir(grabbed.output)
    assert examine(grabbed).first == ("file", "unreadable")


def test_a_packed_guide_that_is_damaged_or_cut_is_told(settings, examine, clock, tmp_path):
    packed = dataclasses.replace(settings, output=str(tmp_path / "guide.xml.gz"))
    guides.grab(packed, clock)
    assert examine(packed).first is None
    with open(packed.output, "r+b") as file:
        file.seek(-8, os.SEEK_END)
        file.write(b"\0\0\0\0")  # the check sum
    assert examine(packed).first == ("file", "cut")
    size = os.path.getsize(packed.output)
    for share in (0.999, 0.5):
        os.truncate(packed.output, int(size * share))
        assert examine(packed).first == ("file", "cut")


def test_the_guide_for_stdout_counts_where_no_file_is_chosen(settings, examine, clock):
    guides.grab(dataclasses.replace(settings, output="-"), clock)
    report = examine(settings)
    assert report.first is None
    assert "stdout.xml" in report.of(failures.FILE).saw
    chosen = examine(settings, origins={**settings.origins, "output": "an option"})
    assert chosen.first == ("file", "no file")


def test_a_data_directory_that_cannot_be_is_told(settings, examine, tmp_path):
    (tmp_path / "file").write_text("")
    report = examine(paths.with_paths(settings, str(tmp_path / "file" / "data")))
    assert report.first == ("file", "OutputError")
    assert report.of(failures.SOURCE).state == "skipped"


def test_a_store_that_is_damaged_is_told_and_set_aside(settings, examine, clock):
    longer = dataclasses.replace(settings, days=3)
    guides.grab(longer, clock)
    with Store(settings.data_dir) as store:
        path = store.path
    with open(path, "r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * (os.path.getsize(path) - 4096 * 3))
    names = {finding.name for finding in examine(longer).findings}
    assert "StoreCorrupted" in names
    assert examine(longer).first == ("listings", "no run")


# Freshness


def test_a_guide_that_is_over_is_told(grabbed, examine, clock):
    clock.advance(3 * DAY)
    seen = examine(grabbed).of(failures.FRESHNESS)
    assert (seen.state, seen.name) == ("broken", "over")
    assert "made 3 days ago" in seen.saw


def test_a_guide_that_ends_soon_is_told(grabbed, examine, clock):
    clock.set(max(one.stop for one in guides.programmes(grabbed.output)) - 5.5 * HOUR)
    seen = examine(grabbed).of(failures.FRESHNESS)
    assert (seen.name, seen.saw[:27]) == ("thin", "The guide ends in 5 hours; ")


def test_a_guide_of_today_alone_is_not_called_thin_in_the_evening(settings, examine, clock):
    midnight = span(clock.now(), 1, 0).end
    clock.set(midnight - 2 * HOUR)
    guides.grab(settings, clock)
    touch(settings.output, clock.now())
    clock.set(midnight - HOUR)
    assert examine(settings).of(failures.FRESHNESS).state == "ok"


def test_a_guide_that_nobody_makes_any_more_is_told_before_it_ends(
    server, settings, examine, clock
):
    longer = dataclasses.replace(settings, days=5)
    guides.grab(longer, clock)
    server.faults.refuse(403)
    with pytest.raises(errors.RequestRefused):
        guides.grab(dataclasses.replace(longer, min_interval=0), clock)
    touch(longer.output, clock.now())
    server.faults.clear()
    clock.advance(2.5 * DAY)
    report = examine(longer)
    assert (report.first, report.exit_code) == (("freshness", "old"), 27)
    assert "The last run, 2 days ago, ended so: 127.0.0.1" in report.broken.saw


def test_a_guide_that_somebody_wrote_since_is_judged_by_its_age_alone(grabbed, examine, clock):
    clock.advance(HOUR)
    touch(grabbed.output, clock.now())
    assert "lasts another" not in examine(grabbed).of(failures.FRESHNESS).saw
    touch(grabbed.output, clock.now() - 3 * DAY)
    with Store(grabbed.data_dir) as store:
        store.set_fact(f"published {grabbed.output}", None, 0)
    assert examine(grabbed).of(failures.FRESHNESS).name == "old"


# What is said


def test_every_failure_is_met_in_a_test():
    text = ""
    for path in glob.glob(os.path.join(ROOT, "tests/doctor/test_*.py")):
        with open(path, encoding="utf-8") as file:
            text += file.read()
    names = set(failures.FAILURES)
    names |= {kind.__name__ for kinds in failures.ERRORS_BY_CHECK.values() for kind in kinds}
    assert {name for name in names if f'"{name}"' not in text} == set()


def test_every_failure_can_be_shown_by_any_terminal_and_is_filled_in():
    for row in failures.FAILURES.values():
        assert (row.saw + row.cure).isascii()
        fields = re.findall(r"{(\w+)}", row.saw + row.cure)
        shown = doctor_report.failed(row.name, **dict.fromkeys(fields, "x")).sentences
        assert "{" not in shown
        assert ".." not in shown


def test_neither_password_nor_postal_code_goes_to_others(settings, examine):
    secret = dataclasses.replace(
        settings,
        postal_code="99999",
        tvh_url="http://127.0.0.1:9",
        tvh_username="viewer",
        tvh_password="geheim",
    )
    for lineup in (("USA-OTA99998-DEFAULT",), ()):
        report = examine(secret, lineup=lineup)
        sent = json.dumps(report.as_json())
        assert "9999" not in sent
        assert "geheim" not in report.text() + sent


def test_the_names_of_antenna_lineups_hold_a_postal_code_too(settings, examine):
    for name, code in (
        ("USA-OTA99998-DEFAULT", "99998"),
        ("can-otak9z9z9", "K9Z9Z9"),
        ("luUSA-OTA99998", "99998"),
    ):
        report = examine(settings, postal_code="", lineup=(name,), min_interval=0)
        assert report.first == ("lineup", "lineup")
        assert f"OTA{code}" in report.text()
        assert code not in json.dumps(report.as_json())


def test_a_report_is_data_for_programs(server, settings, examine):
    server.faults.refuse(503)
    told = examine(settings).as_json()
    assert (told["ok"], told["code"], told["step"]) == (False, 21, "source")
    assert told["failure"] == "outage"
    assert [row["number"] for row in told["steps"]] == list(range(1, 12))
    keys = {"number", "step", "title", "state", "failure", "saw", "cure"}
    assert set(told["steps"][0]) == keys
    assert {row["state"] for row in told["steps"]} <= {"ok", "broken", "skipped"}


def test_lines_are_wrapped_for_a_terminal(settings, examine):
    report = examine(settings)
    lines = report.text(72).splitlines()
    assert all(len(line) <= 72 or settings.output in line for line in lines)
    assert len(lines) > len(report.text().splitlines())
    assert report.text(72).split() == report.text().split()


def test_a_length_of_time_is_told_in_its_largest_unit():
    lengths = [0, 59, 60, 3599, 3600, 2 * DAY + 5, -5]
    assert [util_format.format_duration(seconds) for seconds in lengths] == [
        "a moment", "a moment", "1 minute", "59 minutes", "1 hour", "2 days", "a moment",
    ]  # fmt: skip


# On the command line


@pytest.fixture(name="terminal")
def _terminal(server, tmp_path, clock):
    return Terminal(server, tmp_path, clock)


def test_the_command_shows_the_list_and_ends_with_the_first_broken_step(terminal):
    ended = terminal.run("--doctor", "--postal", "90210")
    assert (ended.code, ended.err) == (25, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("ok  Source          127.0.0.1")
    assert lines[4] == "!!  Listings        No run has fetched the guide yet."
    assert "\n\nListings: No run has fetched the guide yet. Run gracenote2epg" in ended.out


def test_json_is_all_that_goes_to_stdout(terminal):
    ended = terminal.run("--doctor", "--json")
    assert (ended.code, ended.err) == (23, "")
    assert json.loads(ended.out)["failure"] == "NotConfigured"


def test_it_ends_well_when_all_is_well_and_as_a_grabber_looks_at_its_guide(terminal):
    days = {"GRACENOTE_DAYS": "2"}
    assert terminal.grab(**days).code == 0
    ended = terminal.grab("--doctor", **days)
    assert (ended.code, ended.err) == (0, "")
    assert "stdout.xml" in "".join(ended.out.split())
