"""What the status says of the changes since the guide before."""

import gzip
import re
import time

import pytest

from gracenote2epg.guide import diff
from support import guides
from support.kodi_addon import SEEN, our_threads, ours

COMPARING = "Comparing the guide with the one before"


@pytest.fixture(name="earlier")
def _earlier(published):
    """The guide of yesterday, in which all titles were older."""
    folder, titles = published.profile, (" the Elder</title>", "</title>")
    return guides.yesterday(folder, published.guide, published.clock, *titles)


def changed(kodi):
    kodi.script("status", answers=[SEEN])
    text = kodi.asked[-1].text
    return text[text.index("[B]What changed") : text.index("[B]The last")].splitlines()


def test_the_status_says_what_changed(published, earlier):
    heading, counts, *shown, more, blank = changed(published)
    before = ours("strings").day_and_time(earlier.fact["made"], published.clock.now())
    assert heading == f"[B]What changed since the guide before ({before})[/B]"
    found = re.fullmatch(r"0 new, 0 moved, (\d+) with another title, 0 gone", counts)
    assert len(shown) == ours("ui.views").MAX_CHANGES
    assert more == f"and {int(found.group(1)) - len(shown)} more"
    assert blank == ""
    for line in shown:
        _, _, change = line.split("  ", 2)  # after the time and the station
        assert re.fullmatch(r"(.*?)((?:: .*)?) \(was: \1 the Elder\2\)", change), line
    assert [dialog.text for dialog in published.asked[:2]] == ["Reading what is stored", COMPARING]


def test_a_new_station_comes_before_the_soonest_changes(published, earlier):
    with gzip.open(earlier.path, "rt", encoding="utf-8") as file:
        text = file.read()
    station = re.search(r'<programme [^>]*channel="(.*?)"', text).group(1)
    of_it = rf'  <programme [^>]*channel="{re.escape(station)}".*?</programme>\n'
    with gzip.open(earlier.path, "wt", encoding="utf-8") as file:
        file.write(re.sub(of_it, "", text, flags=re.DOTALL))
    _, _, first, second, *_ = changed(published)
    assert re.fullmatch(r"[\d.]+ \w+: the station is new", first)
    assert "(was: " in second


def test_a_change_is_told_by_its_kind(kodi):
    def at(hour):
        start = time.mktime((2026, 1, 14, hour, 0, 0, 0, 0, -1))
        return {"start": start, "title": "News", "subtitle": "Late"}

    failures, nine = [], at(21)
    for kind, before, after, expected in [
        ("new", None, nine, "21:00  2.1 WZZZ  News: Late is new"),
        ("gone", nine, None, "21:00  2.1 WZZZ  News: Late is gone"),
        ("moved", at(20), nine, "21:00  2.1 WZZZ  News: Late is moved (was: 20:00)"),
        ("retitled", nine, nine, "21:00  2.1 WZZZ  News: Late (was: News: Late)"),
    ]:
        changes = [{"kind": kind, "before": before, "after": after}]
        station = {"name": "2.1 WZZZ", "station": "same", "changes": changes}
        found = {"before": {"made": 0.0}, "sums": dict.fromkeys(diff.KINDS, 0)}
        lines = ours("ui.views").changes_text({**found, "stations": [station]}, at(12)["start"])
        if lines[2:] != [expected]:
            failures.append((kind, lines))
    assert failures == []


def test_an_earlier_guide_that_cannot_be_read_is_a_line_of_the_status(published, earlier):
    with open(earlier.path, "w") as file:
        file.write("no guide")
    published.script("status", answers=[SEEN])
    lines = published.asked[-1].text.splitlines()
    assert lines[8].startswith(f"A file cannot be read: Cannot read {earlier.path} (")
    assert lines[10] == "[B]The last downloads[/B]"


@pytest.fixture(name="endless")
def _endless(earlier):
    """One that takes minutes to read."""
    with open(earlier.path, "wb") as file:
        file.write(gzip.compress(b"<tv>") + 2000 * gzip.compress(b" " * 10_000_000))


def test_a_user_who_does_not_wait_for_the_comparison_sees_the_rest(published, endless):
    published.patient, published.canceled = False, lambda: published.asked[-1].text == COMPARING
    published.script("status", answers=[SEEN])
    assert published.asked[-1].text.splitlines()[8] == "[B]The last downloads[/B]"
    assert our_threads() == []


def test_kodi_need_not_wait_for_a_comparison_when_it_quits(published, endless):
    published.patient = False
    published.on_progress = lambda: published.asked[-1].text == COMPARING and published.quit()
    published.script("status")
    assert published.kinds() == ["progress", "progress"]
    assert our_threads() == []
