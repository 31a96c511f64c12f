"""What changed from one guide to the next, read from two XMLTV files."""

import gzip
import re

import pytest

from fake_gracenote import World
from gracenote2epg.errors import InputFileError
from gracenote2epg.guide import diff
from gracenote2epg.guide.diff import GONE, MOVED, NEW, RETITLED, Change
from gracenote2epg.guide.span import TimeSpan
from gracenote2epg.store.answers import Store
from gracenote2epg.xmltv import reader
from gracenote2epg.xmltv.reader import ProgrammeEntry
from support import guides
from support.builders import DAY, HOUR, NOW, airing, block, lineup, station
from support.place import NEVER, document

NEWS, FILM, QUIZ = ("News", ""), ("A Film", ""), ("Quiz", "Round One")


def on(hour, what, length=1.0):
    start = NOW + int(hour * HOUR)
    return ProgrammeEntry(start, start + int(length * HOUR), *what)


def written(path, stations):
    path.write_text(document(stations, ("2.1 WZZZ", "2.1")))
    return str(path)


@pytest.fixture(name="compare")
def _compare(tmp_path):
    def compare(before, after, now=NOW):
        old = before if isinstance(before, dict) else {"1": before}
        new = after if isinstance(after, dict) else {"1": after}
        return diff.compare(
            written(tmp_path / "old.xml", old),
            written(tmp_path / "new.xml", new),
            now,
            NEVER,
        )

    return compare


def changes(stations):
    return stations[0].changes if stations else []


def test_the_changes_of_a_station(compare):
    tba, other, tail = ("TBA", ""), ("Quiz", "Round Two"), on(40, NEWS)
    today, tomorrow = [on(0, NEWS), on(23, FILM)], [on(24, NEWS), on(30, FILM)]
    film = [on(2, FILM), tail]
    for before, after, expected in (
        (film, film, []),
        ([tail], film, [Change(NEW, None, on(2, FILM))]),
        (film, [tail], [Change(GONE, on(2, FILM), None)]),
        (film, [on(3.5, FILM), tail], [Change(MOVED, on(2, FILM), on(3.5, FILM))]),
        # Of several showings the nearest has moved.
        ([*film, on(8, FILM)], [on(2.5, FILM), on(8.5, FILM), tail],
         [Change(MOVED, on(2, FILM), on(2.5, FILM)), Change(MOVED, on(8, FILM), on(8.5, FILM))]),
        # By more than a day nothing moves.
        (film, [on(27, FILM), tail],
         [Change(GONE, on(2, FILM), None), Change(NEW, None, on(27, FILM))]),
        ([on(2, tba), tail], film, [Change(RETITLED, on(2, tba), on(2, FILM))]),
        ([on(1, QUIZ), tail], [on(1, other), tail], [Change(RETITLED, on(1, QUIZ), on(1, other))]),
        # Another end is no change, nor is a day more; a day less is.
        (film, [on(2, FILM, 1.5), tail], []),
        (today, today + tomorrow, []),
        (today + tomorrow, today, [Change(GONE, each, None) for each in tomorrow]),
    ):  # fmt: skip
        assert changes(compare(before, after)) == expected


def test_what_is_over_is_no_change(compare):
    assert compare([on(1, FILM), on(4, NEWS)], [on(1, QUIZ), on(4, NEWS)], NOW + 3 * HOUR) == []
    assert compare({"1": [on(0, NEWS)], "2": [on(9, FILM)]}, {"2": [on(9, FILM)]}, NOW + DAY) == []


def test_a_station_may_be_new_or_gone_as_a_whole(compare):
    stations = compare(
        {"1": [on(0, NEWS)], "2": [on(0, FILM)]}, {"2": [on(0, FILM)], "3": [on(1, NEWS)]}
    )
    assert {(each.id, each.kind) for each in stations} == {("1", GONE), ("3", NEW)}


def test_the_order_of_the_stations_does_not_matter(compare):
    shown = {str(n): [on(n, NEWS), on(n + 5, FILM)] for n in range(6)}
    assert compare(shown, dict(reversed(list(shown.items())))) == []


def test_the_sums_count_each_change_once(compare):
    stations = compare(
        [on(0, NEWS), on(2, FILM), on(4, QUIZ), on(9, NEWS)],
        [on(0, FILM), on(3, QUIZ), on(6, ("Other", "")), on(9, NEWS)],
    )
    assert sum(diff.totals(stations).values()) == len(changes(stations))


def test_data_is_what_json_can_say(compare):
    (station,) = compare([on(1, NEWS), on(5, NEWS)], [on(1, FILM), on(5, NEWS)])
    assert station.name == "2.1 WZZZ"
    hour = {"start": NOW + HOUR, "stop": NOW + 2 * HOUR, "subtitle": ""}
    data = station.as_json()
    assert data["changes"] == [
        {
            "kind": "retitled",
            "before": {**hour, "title": "News"},
            "after": {**hour, "title": "A Film"},
        }
    ]


# Reading


def test_our_own_guide_is_read_as_it_was_written(tmp_path):
    span = TimeSpan(NOW, NOW + DAY)
    world = World(8, 24, now=NOW)
    here = lineup()
    with Store(str(tmp_path)) as store:
        guides.keep(store, here, lambda start, hours: guides.grid(world, here, start, hours), span)
        text = guides.text(store, [here], span)
    path = tmp_path / "guide.xml.gz"
    with gzip.open(str(path), "wt", encoding="utf-8") as file:
        file.write(text)
    programmes = {
        guides.Programme(each.id.split(".")[0], shown.start, shown.stop, shown.title)
        for each in reader.read_channels(str(path), NEVER)
        for shown in each.programmes
    }
    assert programmes == set(guides.programmes(str(path)))
    assert len(programmes) > 150


def test_a_title_that_the_source_changes_is_the_one_change(tmp_path):
    rows = [airing(NOW + n * HOUR, NOW + (n + 1) * HOUR, title=f"T{n}") for n in range(20)]
    other = [*rows[:7], rows[7]._replace(title="Else"), *rows[8:]]
    paths = []
    for number, airings in enumerate((rows, other)):
        with Store(str(tmp_path / str(number))) as store:
            store.save_guide(lineup(), NOW, 6, block({"1": airings}, [station("1")]), 1.0)
            text = guides.text(store, [lineup()], TimeSpan(NOW, NOW + DAY))
        path = tmp_path / f"{number}.xml"
        path.write_text(text)
        paths.append(str(path))
    (change,) = changes(diff.compare(*paths, NOW, NEVER))
    assert (change.kind, change.before.title, change.after.title) == (RETITLED, "T7", "Else")


def test_a_file_that_is_no_guide_is_an_error_with_its_name(tmp_path):
    path = tmp_path / "guide.xml"
    for text in (
        "",
        "no xml",
        "<tv><programme",
        '<tv><programme start="x" stop="y" channel="1"><title>a</title></programme></tv>',
        '<!DOCTYPE tv [<!ENTITY a "aaaa">]><tv><channel id="&a;"/></tv>',
        '<!DOCTYPE tv [<!ENTITY a SYSTEM "file:///etc/hostname">]><tv>&a;</tv>',
        "<?xml version='1.0' encoding='no-such'?><tv></tv>",
    ):
        path.write_text(text)
        with pytest.raises(InputFileError, match=re.escape(str(path))):
            list(reader.read_channels(str(path), NEVER))


def test_a_cut_archive_is_an_error(tmp_path):
    whole = gzip.compress(document({"1": [on(0, NEWS)]}).encode())
    (tmp_path / "guide.xml.gz").write_bytes(whole[:-12])
    with pytest.raises(InputFileError):
        list(reader.read_channels(str(tmp_path / "guide.xml.gz"), NEVER))


def test_a_guide_by_time_rather_than_by_station_is_refused(tmp_path):
    path = written(tmp_path / "a.xml", {"1": [on(0, NEWS)], "2": [on(0, NEWS)]})
    with open(path) as file:
        text = file.read()
    more = re.findall("<programme.*</programme>", text)[0]
    (tmp_path / "a.xml").write_text(text.replace("</tv>", f"{more}</tv>"))
    with pytest.raises(InputFileError, match="in several places"):
        list(reader.read_channels(path, NEVER))


def test_a_moment_is_the_same_in_every_zone():
    zones = ("20260913000000 +0000", "20260912200000 -0400", "20260913033000 +0330")
    for text in (*zones, "20260913000000"):
        assert reader.parse_xmltv_time(text) == NOW, text
