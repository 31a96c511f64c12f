"""The doctor's checks of stations, listings and the guide's file, and its report."""

import dataclasses
import json
import os
import re
from pathlib import Path

import pytest

from fake_gracenote import responses
from gracenote2epg import errors
from gracenote2epg.clock import DAY, HOUR
from gracenote2epg.config import paths
from gracenote2epg.doctor import failures
from gracenote2epg.doctor import report as doctor_report
from gracenote2epg.guide.span import span
from gracenote2epg.store.answers import Store
from gracenote2epg.util import format as util_format
from support import ROOT, guides
from support.clock import touch
from support.fake_tvheadend import TvhStandIn
from support.tables import wrong


def test_an_empty_lineup_is_reported(server, settings, examine):
    server.faults.answer("grid", responses.empty_guide())
    report = examine(settings)
    assert (report.first, report.exit_code) == (("stations", "no stations"), 24)


def test_chosen_channels_are_counted(grabbed, examine):
    station = guides.channels(grabbed.output)[0]
    assert examine(grabbed, channels=(station,)).of(failures.STATIONS).symptom.startswith("1 of ")
    assert examine(grabbed, channels=("NOSUCH",)).first == ("stations", "ChannelError")


def test_a_useless_list_of_channels_is_reported(settings, examine, tmp_path):
    listed = tmp_path / "list.m3u"
    assert examine(settings, channels_from=str(listed)).first == ("stations", "PlaylistError")
    listed.write_text("#EXTM3U\n#EXTINF:-1,Nobody Knows Me\nhttp://127.0.0.1/1\n")
    assert examine(settings, channels_from=str(listed)).first == ("stations", "NoChannelMatches")
    with TvhStandIn("none") as tvh:
        report = examine(settings, tvh_url=tvh.url, tvh_filter=True)
    assert report.first == ("stations", "PlayerHasNoChannels")


def test_a_list_read_earlier_is_mentioned(grabbed, examine, playlist):
    path = playlist(grabbed)
    assert examine(grabbed, channels_from=path).of(failures.STATIONS).remedy == ""
    os.remove(path)
    finding = examine(grabbed, channels_from=path).of(failures.STATIONS)
    assert (finding.state, "its channels as of" in finding.symptom) == ("ok", True)


def test_missing_hours_are_reported_with_the_last_error(server, settings, examine, clock):
    longer = dataclasses.replace(settings, days=3, block_hours=1)
    with pytest.raises(errors.Incomplete):
        guides.grab(dataclasses.replace(longer, request_budget=12), clock)
    report = examine(longer)
    assert report.first == ("listings", "holes")
    assert re.search(r"\d hours of the next 24 are missing\. The last run", report.broken.symptom)
    assert "lacks hours" in report.broken.symptom

    server.faults.refuse(403)  # no probe stores an hour
    clock.advance(3 * DAY + 1800)  # so that the next 24 hours touch 25
    found = examine(dataclasses.replace(longer, days=14)).of(failures.LISTINGS)
    assert found.symptom.startswith("24 hours of the next 24 are missing")


# The guide's file


def test_a_missing_guide_is_reported(grabbed, examine):
    os.remove(grabbed.output)
    report = examine(grabbed)
    assert (report.first, report.exit_code) == (("file", "no file"), 26)
    assert grabbed.output in report.broken.symptom
    assert report.of(failures.FRESHNESS).state == "skipped"


def test_a_truncated_or_foreign_file_is_reported(grabbed, examine):
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


def test_a_damaged_packed_guide_is_reported(settings, examine, clock, tmp_path):
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


def test_the_guide_for_stdout_is_checked_if_no_output_is_set(settings, examine, clock):
    guides.grab(dataclasses.replace(settings, output="-"), clock)
    report = examine(settings)
    assert report.first is None
    assert "stdout-" in report.of(failures.FILE).symptom
    chosen = examine(settings, origins={**settings.origins, "output": "an option"})
    assert chosen.first == ("file", "no file")


def test_an_impossible_data_directory_is_reported(settings, examine, tmp_path):
    (tmp_path / "file").write_text("")
    report = examine(paths.with_paths(settings, str(tmp_path / "file" / "data")))
    assert report.first == ("file", "OutputError")
    assert report.of(failures.SOURCE).state == "skipped"


def test_a_corrupted_store_is_reported_and_set_aside(settings, examine, clock):
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


def test_a_guide_that_has_ended_is_reported(grabbed, examine, clock):
    clock.advance(3 * DAY)
    report = examine(grabbed)
    assert report.of(failures.LISTINGS).name == "holes"
    assert (report.first, report.exit_code) == (("freshness", "over"), 27)
    assert "made 3 days ago" in report.broken.symptom


def test_a_guide_that_ends_soon_is_reported(grabbed, examine, clock):
    clock.set(max(airing.stop for airing in guides.programmes(grabbed.output)) - 5.5 * HOUR)
    finding = examine(grabbed).of(failures.FRESHNESS)
    assert (finding.name, finding.symptom[:27]) == ("thin", "The guide ends in 5 hours; ")


def test_a_guide_of_one_day_is_not_thin_in_the_evening(settings, examine, clock):
    midnight = span(clock.now(), 1, 0).end
    clock.set(midnight - 2 * HOUR)
    guides.grab(settings, clock)
    touch(settings.output, clock.now())
    clock.set(midnight - HOUR)
    assert examine(settings).of(failures.FRESHNESS).state == "ok"


def test_the_last_error_is_told_once_without_its_advice(server, settings, examine, clock):
    server.faults.refuse(403)
    with pytest.raises(errors.RequestRefused) as refused:
        guides.grab(settings, clock)
    for _ in range(2):
        report = examine(settings)
        rows = " ".join(finding.symptom for finding in report.findings)
        assert report.text().count(refused.value.advice) <= 1
        assert rows.count("The last run") <= 1
        server.faults.clear()
        clock.advance(HOUR)
    assert rows.count(f"failed: {refused.value.what}") == 1


def test_an_old_guide_is_reported_before_it_ends(server, settings, examine, clock):
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
    assert "The last run, 2 days ago, failed: 127.0.0.1" in report.broken.symptom


def test_a_file_of_another_program_is_judged_by_its_age(grabbed, examine, clock):
    clock.advance(HOUR)
    touch(grabbed.output, clock.now())
    assert "lasts another" not in examine(grabbed).of(failures.FRESHNESS).symptom
    touch(grabbed.output, clock.now() - 3 * DAY)
    with Store(grabbed.data_dir) as store:
        store.set_fact(f"published {grabbed.output}", None, 0)
    assert examine(grabbed).of(failures.FRESHNESS).name == "old"


# The report


def test_every_diagnosis_is_tested():
    tests = Path(ROOT, "tests", "doctor").glob("test_*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in tests)
    names = set(failures.FAILURES)
    names |= {kind.__name__ for kinds in failures.ERRORS_BY_CHECK.values() for kind in kinds}
    assert {name for name in names if f'"{name}"' not in text} == set()


def test_every_diagnosis_is_ascii_and_is_filled_in():
    for row in failures.FAILURES.values():
        assert (row.symptom + row.remedy).isascii()
        fields = re.findall(r"{(\w+)}", row.symptom + row.remedy)
        shown = doctor_report.failed(row.name, **dict.fromkeys(fields, "x")).sentences
        assert "{" not in shown
        assert ".." not in shown


def test_json_holds_neither_password_nor_postal_code(settings, examine):
    secret = {"tvh_url": "http://127.0.0.1:9", "tvh_username": "me", "tvh_password": "geheim"}
    for postal_code, lineup, said, hidden in (
        ("99999", (), "", "9999"),
        ("99999", ("USA-OTA99998-DEFAULT",), "", "9999"),
        ("", ("can-otak9z9z9",), "OTAK9Z9Z9", "K9Z9Z9"),
        ("", ("luUSA-OTA99998",), "OTA99998", "99998"),
    ):
        report = examine(settings, postal_code=postal_code, lineup=lineup, **secret)
        sent = json.dumps(report.as_json())
        assert (report.broken.check.name, said in report.text()) == ("lineup", True), lineup
        assert (hidden in sent, "geheim" in report.text() + sent) == (False, False), lineup


def test_the_report_as_json(server, settings, examine):
    server.faults.refuse(503)
    data = examine(settings).as_json()
    head = [data[key] for key in ("ok", "code", "step", "failure")]
    assert head == [False, 21, "source", "outage"]
    assert [row["number"] for row in data["steps"]] == list(range(1, 12))
    assert set(data["steps"][0]) == {
        "number", "step", "title", "state", "failure", "saw", "cure",
    }  # fmt: skip


def test_lines_are_wrapped_for_a_terminal(settings, examine):
    report = examine(settings)
    lines = report.text(72).splitlines()
    assert all(len(line) <= 72 or settings.output in line for line in lines)
    assert len(lines) > len(report.text().splitlines())
    assert report.text(72).split() == report.text().split()


def test_durations_are_in_their_largest_unit():
    assert wrong(util_format.format_duration, [
        (0, "a moment"), (59, "a moment"), (60, "1 minute"), (3599, "59 minutes"),
        (3600, "1 hour"), (2 * DAY + 5, "2 days"), (-5, "a moment"),
    ]) == []  # fmt: skip


# On the command line


def test_the_command_prints_the_checks_and_returns_the_first_broken_one(terminal):
    result = terminal.run("--doctor", "--postal", "90210")
    assert (result.code, result.err) == (25, "")
    lines = result.out.splitlines()
    assert lines[0].startswith("ok  Source          127.0.0.1")
    assert lines[4] == "!!  Listings        No run has fetched the guide yet."
    diagnosis = "\n\nListings: No run has fetched the guide yet. To fetch it, run gracenote2epg, or"
    assert diagnosis in result.out
    result = terminal.run("--doctor", "--json")
    assert (result.code, result.err) == (23, "")
    assert json.loads(result.out)["failure"] == "NotConfigured"


def test_as_a_grabber_the_command_checks_the_grabbers_guide(terminal):
    days = {"GRACENOTE_DAYS": "2"}
    said = "To fetch it, run tv_grab_gracenote2epg > /dev/null, or"
    assert said in terminal.grab("--doctor", **days).out
    assert terminal.grab(**days).code == 0
    result = terminal.grab("--doctor", **days)
    assert (result.code, result.err) == (0, "")
    assert "stdout-" in "".join(result.out.split())
