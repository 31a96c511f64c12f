"""What changed from one guide to the next, read from two XMLTV files."""

import gzip
import re
import threading
import time

import pytest

from support import guides
from support.builders import DAY, HOUR, NOW, airing, block, lineup, station
from gracenote2epg import difference
from gracenote2epg.demo import World
from gracenote2epg.difference import GONE, MOVED, NEW, RETITLED, Change, Shown
from gracenote2epg.errors import DataError
from gracenote2epg.plan import Span
from gracenote2epg.store import Store

NEWS, FILM, QUIZ = ("News", ""), ("A Film", ""), ("Quiz", "Round One")


def on(hour, what, length=1.0):
    start = NOW + int(hour * HOUR)
    return Shown(start, start + int(length * HOUR), what)


def stamp(moment):
    return time.strftime("%Y%m%d%H%M%S +0000", time.gmtime(moment))


def written(path, stations, name="2.1 WZZZ"):
    """An XMLTV file with these programmes by station."""
    lines = ['<?xml version="1.0"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n<tv>']
    lines += [
        f'<channel id="{one}"><display-name>W{one}</display-name>'
        f"<display-name>{name}</display-name><display-name>2.1</display-name></channel>"
        for one in stations
    ]
    for one, shown in stations.items():
        for start, stop, (title, subtitle), described in shown:
            lines.append(
                f'<programme start="{stamp(start)}" stop="{stamp(stop)}" channel="{one}">'
                f"<title>{title}</title><sub-title>{subtitle}</sub-title>"
                f"{'<desc>It is told.</desc>' if described else ''}"
                "<credits><actor>Bo</actor></credits></programme>"
            )
    path.write_text("\n".join([*lines, "</tv>\n"]))
    return str(path)


@pytest.fixture(name="compare")
def _compare(tmp_path):
    def compare(before, after, now=NOW):
        old = before if isinstance(before, dict) else {"1": before}
        new = after if isinstance(after, dict) else {"1": after}
        return difference.compare(
            written(tmp_path / "old.xml", old),
            written(tmp_path / "new.xml", new),
            now,
            threading.Event(),
        )

    return compare


def changes(found):
    return found[0].changes if found else []


def test_the_same_guide_has_no_changes(compare):
    assert compare([on(0, NEWS), on(1, FILM)], [on(0, NEWS), on(1, FILM)]) == []


def test_a_programme_more_is_new_and_one_less_is_gone(compare):
    kept = [on(0, NEWS), on(5, QUIZ)]
    assert changes(compare(kept, [*kept, on(2, FILM)])) == [Change(NEW, None, on(2, FILM))]
    assert changes(compare([*kept, on(2, FILM)], kept)) == [Change(GONE, on(2, FILM), None)]


def test_a_programme_at_another_time_has_moved(compare):
    tail = on(9, NEWS)
    assert changes(compare([on(2, FILM), tail], [on(3.5, FILM), tail])) == [
        Change(MOVED, on(2, FILM), on(3.5, FILM))
    ]


def test_of_several_showings_the_nearest_has_moved(compare):
    before = [on(2, FILM), on(8, FILM), on(12, NEWS)]
    after = [on(2.5, FILM), on(8.5, FILM), on(12, NEWS)]
    assert changes(compare(before, after)) == [
        Change(MOVED, on(2, FILM), on(2.5, FILM)),
        Change(MOVED, on(8, FILM), on(8.5, FILM)),
    ]


def test_what_moves_by_more_than_a_day_is_gone_and_new(compare):
    before, after = [on(1, FILM), on(40, NEWS)], [on(26, FILM), on(40, NEWS)]
    assert [one.kind for one in changes(compare(before, after))] == [GONE, NEW]


def test_another_title_at_the_same_time_is_retitled(compare):
    before, after = [on(1, ("TBA", "")), on(2, NEWS)], [on(1, FILM), on(2, NEWS)]
    assert changes(compare(before, after)) == [Change(RETITLED, on(1, ("TBA", "")), on(1, FILM))]


def test_another_episode_at_the_same_time_is_retitled(compare):
    other = ("Quiz", "Round Two")
    assert changes(compare([on(1, QUIZ)], [on(1, other)])) == [
        Change(RETITLED, on(1, QUIZ), on(1, other))
    ]


def test_a_programme_that_only_ends_otherwise_is_the_same(compare):
    assert compare([on(1, FILM, 1.0), on(3, NEWS)], [on(1, FILM, 1.5), on(3, NEWS)]) == []


def test_what_is_over_is_no_change(compare):
    assert compare([on(1, FILM), on(4, NEWS)], [on(1, QUIZ), on(4, NEWS)], NOW + 3 * HOUR) == []


def test_a_day_more_at_the_end_is_no_change_but_a_day_less_is(compare):
    today, tomorrow = [on(0, NEWS), on(23, FILM)], [on(24, NEWS), on(30, FILM)]
    assert compare(today, today + tomorrow) == []
    assert [one.kind for one in changes(compare(today + tomorrow, today))] == [GONE, GONE]


def test_a_station_may_be_new_or_gone_as_a_whole(compare):
    found = compare(
        {"1": [on(0, NEWS)], "2": [on(0, FILM)]}, {"2": [on(0, FILM)], "3": [on(1, NEWS)]}
    )
    assert {(one.id, one.kind) for one in found} == {("1", GONE), ("3", NEW)}


def test_a_station_whose_programmes_are_all_over_is_not_gone(compare):
    assert compare({"1": [on(0, NEWS)], "2": [on(9, FILM)]}, {"2": [on(9, FILM)]}, NOW + DAY) == []


def test_the_order_of_the_stations_does_not_matter(compare):
    own = {str(n): [on(n, NEWS), on(n + 5, FILM)] for n in range(6)}
    assert compare(own, dict(reversed(list(own.items())))) == []


def test_the_sums_count_each_change_once(compare):
    found = compare(
        [on(0, NEWS), on(2, FILM), on(4, QUIZ), on(9, NEWS)],
        [on(0, FILM), on(3, QUIZ), on(6, ("Other", "")), on(9, NEWS)],
    )
    assert sum(difference.sums(found).values()) == len(changes(found))


def test_a_station_is_called_by_its_number_and_call_sign(compare):
    (found,) = compare([on(1, NEWS)], [on(1, FILM)])
    assert found.name == "2.1 WZZZ"


def test_data_is_what_json_can_say(compare):
    found = difference.as_json(compare([on(1, NEWS), on(5, NEWS)], [on(1, FILM), on(5, NEWS)]))
    (own,) = found
    assert own["changes"] == [
        {
            "kind": "retitled",
            "before": {
                "start": NOW + HOUR, "stop": NOW + 2 * HOUR, "title": "News", "subtitle": ""
            },
            "after": {
                "start": NOW + HOUR, "stop": NOW + 2 * HOUR, "title": "A Film", "subtitle": ""
            },
        }
    ]  # fmt: skip


# Reading


def test_our_own_guide_is_read_as_it_was_written(tmp_path):
    span = Span(NOW, NOW + DAY)
    world = World(now=NOW)
    here = lineup()
    with Store(str(tmp_path)) as store:
        guides.keep(store, here, lambda start, hours: guides.grid(world, here, start, hours), span)
        text = guides.text(store, [here], span)
    path = tmp_path / "guide.xml.gz"
    with gzip.open(str(path), "wt", encoding="utf-8") as file:
        file.write(text)
    found = {
        guides.Programme(own.id.split(".")[0], one.start, one.stop, one.what[0])
        for own in difference.stations(str(path), threading.Event())
        for one in own.shown
    }
    assert found == set(guides.programmes(str(path)))
    assert len(found) > 500


def test_a_title_that_the_source_changes_is_the_one_change(tmp_path):
    rows = [airing(NOW + n * HOUR, NOW + (n + 1) * HOUR, title=f"T{n}") for n in range(20)]
    other = [*rows[:7], rows[7]._replace(title="Else"), *rows[8:]]
    paths = []
    for number, own in enumerate((rows, other)):
        with Store(str(tmp_path / str(number))) as store:
            store.keep_guide(lineup(), NOW, 6, block({"1": own}, [station("1")]), 1.0)
            text = guides.text(store, [lineup()], Span(NOW, NOW + DAY))
        path = tmp_path / f"{number}.xml"
        path.write_text(text)
        paths.append(str(path))
    (found,) = difference.compare(*paths, NOW, threading.Event())
    assert [(one.kind, one.before.what[0], one.after.what[0]) for one in found.changes] == [
        (RETITLED, "T7", "Else")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        "<tv><programme",
        '<tv><programme start="x" stop="y" channel="1"><title>a</title></programme></tv>',
        '<!DOCTYPE tv [<!ENTITY a "aaaa">]><tv><channel id="&a;"/></tv>',
        '<!DOCTYPE tv [<!ENTITY a SYSTEM "file:///etc/hostname">]><tv>&a;</tv>',
        "<?xml version='1.0' encoding='no-such'?><tv></tv>",
    ],
)
def test_what_is_no_guide_is_an_error_with_a_name(tmp_path, text):
    path = tmp_path / "guide.xml"
    path.write_text(text)
    with pytest.raises(DataError, match=re.escape(str(path))):
        list(difference.stations(str(path), threading.Event()))


def test_a_cut_archive_is_an_error_with_a_name(tmp_path):
    written(tmp_path / "a.xml", {"1": [on(0, NEWS)]})
    whole = gzip.compress((tmp_path / "a.xml").read_bytes())
    (tmp_path / "b.xml.gz").write_bytes(whole[:-12])
    with pytest.raises(DataError):
        list(difference.stations(str(tmp_path / "b.xml.gz"), threading.Event()))


def test_a_guide_by_time_rather_than_by_station_is_refused(tmp_path):
    path = written(tmp_path / "a.xml", {"1": [on(0, NEWS)], "2": [on(0, NEWS)]})
    with open(path) as file:
        text = file.read()
    more = re.findall("<programme.*</programme>", text)[0]
    (tmp_path / "a.xml").write_text(text.replace("</tv>", f"{more}</tv>"))
    with pytest.raises(DataError, match="in several places"):
        list(difference.stations(path, threading.Event()))


@pytest.mark.parametrize(
    "text",
    ["20260913000000 +0000", "20260912200000 -0400", "20260913033000 +0330", "20260913000000"],
)
def test_a_moment_is_the_same_in_every_zone(text):
    assert difference.seconds_of(text) == NOW
