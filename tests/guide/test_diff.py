"""Comparing two XMLTV files, and reading them."""

import gzip
import re

import pytest

from gracenote2epg.errors import InputFileError
from gracenote2epg.guide import diff
from gracenote2epg.guide.diff import GONE, MOVED, NEW, RETITLED, Change
from gracenote2epg.xmltv import reader
from gracenote2epg.xmltv.reader import ProgrammeEntry
from support.builders import DAY, HOUR, NOW
from support.place import NEVER, document

NEWS, FILM, QUIZ = ("News", ""), ("A Film", ""), ("Quiz", "Round One")


def on(hour, titles, length=1.0):
    start = NOW + int(hour * HOUR)
    return ProgrammeEntry(start, start + int(length * HOUR), *titles)


@pytest.fixture(name="compare")
def _compare(tmp_path):
    """The changes between two guides, given as programmes by channel or of one channel."""

    def compare(before, after, now=NOW):
        paths = []
        for name, given in (("old.xml", before), ("new.xml", after)):
            channels = given if isinstance(given, dict) else {"1": given}
            (tmp_path / name).write_text(document(channels, ("2.1 WZZZ", "2.1")))
            paths.append(str(tmp_path / name))
        return diff.compare(*paths, {"2.1 WZZZ": "ABC · WZZZ 2.1"}, now, NEVER)

    return compare


def test_the_changes_of_a_station(compare):
    other, tail = ("Quiz", "Round Two"), on(40, NEWS)
    today, tomorrow = [on(0, NEWS), on(23, FILM)], [on(24, NEWS), on(30, FILM)]
    film = [on(2, FILM), tail]
    for before, after, expected in (
        (film, film, []),
        ([tail], film, [Change(NEW, None, on(2, FILM))]),
        (film, [tail], [Change(GONE, on(2, FILM), None)]),
        (film, [on(3.5, FILM), tail], [Change(MOVED, on(2, FILM), on(3.5, FILM))]),
        # Of several showings, each moved to the nearest.
        ([*film, on(8, FILM)], [on(2.5, FILM), on(8.5, FILM), tail],
         [Change(MOVED, on(2, FILM), on(2.5, FILM)), Change(MOVED, on(8, FILM), on(8.5, FILM))]),
        # More than a day is no move.
        (film, [on(27, FILM), tail],
         [Change(GONE, on(2, FILM), None), Change(NEW, None, on(27, FILM))]),
        ([on(2, NEWS), tail], film, [Change(RETITLED, on(2, NEWS), on(2, FILM))]),
        ([on(1, QUIZ), tail], [on(1, other), tail], [Change(RETITLED, on(1, QUIZ), on(1, other))]),
        # Another end is what recordings miss.
        (film, [on(2, FILM, 1.5), tail], [Change(MOVED, on(2, FILM), on(2, FILM, 1.5))]),
        # Neither a day more nor a day less is a change.
        (today, today + tomorrow, []),
        (today + tomorrow, today, []),
    ):  # fmt: skip
        stations = compare(before, after)
        assert (stations[0].changes if stations else []) == expected
        assert sum(diff.totals(stations).values()) == len(expected)


def test_a_station_that_ends_before_its_guide_has_lost_what_followed(compare):
    days, day = [on(hour, NEWS) for hour in range(48)], [on(hour, NEWS) for hour in range(24)]
    (station,) = compare({"1": days, "2": days}, {"1": days, "2": day})
    assert station.changes == [Change(GONE, each, None) for each in days[24:]]
    assert compare({"1": days, "2": days}, {"1": day, "2": day}) == []
    (station,) = compare({"1": days, "2": day}, {"1": days, "2": days})
    assert station.changes == [Change(NEW, None, each) for each in days[24:]]


def test_programmes_that_were_to_be_announced_are_counted_only(compare):
    tba = ("To Be Announced", "")
    before = [on(hour, tba) for hour in range(70)] + [on(70, NEWS), on(71, QUIZ)]
    after = [on(hour, ("A Film", str(hour))) for hour in range(70)] + [on(70, FILM), on(71, QUIZ)]
    stations = compare(before, after)
    assert [station.changes for station in stations] == [
        [Change(RETITLED, on(70, NEWS), on(70, FILM))]
    ]
    sums = {"new": 0, "moved": 0, "retitled": 1, "gone": 0, "announced": 70}
    assert diff.totals(stations) == sums
    (station,) = compare(before[:70], after[:70])
    assert (station.changes, station.announced) == ([], 70)


def test_the_past_is_no_change(compare):
    assert compare([on(1, FILM), on(4, NEWS)], [on(1, QUIZ), on(4, NEWS)], NOW + 3 * HOUR) == []
    assert compare({"1": [on(0, NEWS)], "2": [on(9, FILM)]}, {"2": [on(9, FILM)]}, NOW + DAY) == []


def test_a_station_may_be_new_or_gone_as_a_whole(compare):
    stations = compare(
        {"1": [on(0, NEWS)], "2": [on(0, FILM)]}, {"2": [on(0, FILM)], "3": [on(1, NEWS)]}
    )
    assert {(each.id, each.kind) for each in stations} == {("1", GONE), ("3", NEW)}


def test_the_order_of_the_stations_does_not_matter(compare):
    channels = {str(n): [on(n, NEWS), on(n + 5, FILM)] for n in range(6)}
    assert compare(channels, dict(reversed(list(channels.items())))) == []


def test_changes_as_json(compare):
    (station,) = compare([on(1, NEWS), on(5, NEWS)], [on(1, FILM), on(5, NEWS)])
    hour = {"start": NOW + HOUR, "stop": NOW + 2 * HOUR, "subtitle": ""}
    before, after = {**hour, "title": "News"}, {**hour, "title": "A Film"}
    change = {"kind": "retitled", "before": before, "after": after}
    assert station.as_json() == {
        "id": "1", "name": "ABC · WZZZ 2.1", "station": "same", "changes": [change]
    }  # fmt: skip


# Reading


def test_a_file_that_is_not_a_guide_is_an_error_with_its_path(tmp_path):
    path = tmp_path / "guide.xml"
    whole = document({"1": [on(0, NEWS)], "2": [on(0, NEWS)]})
    programme = re.findall("<programme.*</programme>", whole)[0]
    for text, words in (
        ("", ""),
        ("no xml", ""),
        ("<tv><programme", ""),
        ('<tv><programme start="x" stop="y" channel="1"><title>a</title></programme></tv>', ""),
        ('<!DOCTYPE tv [<!ENTITY a "aaaa">]><tv><channel id="&a;"/></tv>', ""),
        ('<!DOCTYPE tv [<!ENTITY a SYSTEM "file:///etc/hostname">]><tv>&a;</tv>', ""),
        ("<?xml version='1.0' encoding='no-such'?><tv></tv>", ""),
        # By time rather than by station.
        (whole.replace("</tv>", f"{programme}</tv>"), "in several places"),
    ):
        path.write_text(text)
        with pytest.raises(InputFileError, match=re.escape(str(path))) as caught:
            list(reader.read_channels(str(path), NEVER))
        assert words in str(caught.value)


def test_a_truncated_archive_is_an_error(tmp_path):
    whole = gzip.compress(document({"1": [on(0, NEWS)]}).encode())
    (tmp_path / "guide.xml.gz").write_bytes(whole[:-12])
    with pytest.raises(InputFileError):
        list(reader.read_channels(str(tmp_path / "guide.xml.gz"), NEVER))


def test_a_time_is_the_same_in_every_zone():
    zones = ("20260913000000 +0000", "20260912200000 -0400", "20260913033000 +0330")
    for text in (*zones, "20260913000000"):
        assert reader.parse_xmltv_time(text) == NOW, text


def test_the_ids_of_a_guide_are_as_a_player_reads_them(tmp_path):
    path = tmp_path / "guide.xml"
    path.write_text('<tv>\n<channel id="A&amp;E.us">\n<channel id="1">\n<programme>')
    assert reader.read_channel_ids(str(path)) == {"A&E.us", "1"}
    assert reader.read_channel_ids(str(tmp_path / "none.xml")) == set()
