"""The changes since the guide before, in the status."""

import gzip
import re
import time

import pytest

from gracenote2epg.guide import diff
from support import guides
from support.kodi_addon import SEEN, our_threads, ours
from support.tables import wrong

COMPARING = "Comparing the guide with the one before"


@pytest.fixture(name="earlier")
def _earlier(published):
    """Yesterday's guide, with other titles."""
    folder, titles = published.profile, (" the Elder</title>", "</title>")
    return guides.yesterday(folder, published.guide, published.clock, *titles)


def changes(kodi):
    kodi.script("status", answers=[SEEN])
    text = kodi.asked[-1].text
    return text[text.index("[B]What changed") : text.index("[B]The last")].splitlines()


def test_the_status_shows_what_changed(published, earlier):
    heading, counts, *shown, more, blank = changes(published)
    before = ours("strings").day_and_time(earlier.fact["made"], published.clock.now())
    assert heading == f"[B]What changed since the guide before ({before})[/B]"
    match = re.fullmatch(r"0 new, 0 moved, (\d+) with another title, 0 removed", counts)
    assert len(shown) == ours("ui.views").MAX_CHANGES
    assert more == f"and {int(match.group(1)) - len(shown)} more"
    assert blank == ""
    for line in shown:
        _, _, change = line.split("  ", 2)  # after the time and the station
        assert re.fullmatch(r"(.*?)((?:: .*)?) \(was: \1 the Elder\2\)", change), line
    assert [dialog.text for dialog in published.asked[:2]] == ["Reading what is stored", COMPARING]


def test_a_new_station_comes_before_the_soonest_changes(published, earlier):
    with gzip.open(earlier.path, "rt", encoding="utf-8") as file:
        text = file.read()
    station = re.escape(re.search(r'<programme [^>]*channel="(.*?)"', text).group(1))
    programmes = rf'  <programme [^>]*channel="{station}".*?</programme>\n'
    with gzip.open(earlier.path, "wt", encoding="utf-8") as file:
        file.write(re.sub(programmes, "", text, flags=re.DOTALL))
    _, _, first, second, *_ = changes(published)
    assert re.fullmatch(r"[\d.]+ \w+: the station is new", first)
    assert "(was: " in second


def test_each_kind_of_change_has_its_text(kodi):
    def at(hour):
        start = time.mktime((2026, 1, 14, hour, 0, 0, 0, 0, -1))
        return {"start": start, "title": "News", "subtitle": "Late"}

    def text(kind, before, after):
        change = {"kind": kind, "before": before, "after": after}
        station = {"name": "2.1 WZZZ", "station": "same", "changes": [change]}
        sums = dict.fromkeys(diff.KINDS, 0)
        document = {"before": {"made": 0.0}, "sums": sums, "stations": [station]}
        return ours("ui.views").changes_text(document, at(12)["start"])[2:]

    nine = at(21)
    assert not wrong(
        text,
        [
            ("new", None, nine, ["21:00  2.1 WZZZ  News: Late is new"]),
            ("gone", nine, None, ["21:00  2.1 WZZZ  News: Late is removed"]),
            ("moved", at(20), nine, ["21:00  2.1 WZZZ  News: Late has moved (was: 20:00)"]),
            ("retitled", nine, nine, ["21:00  2.1 WZZZ  News: Late (was: News: Late)"]),
        ],
    )


def test_an_unreadable_earlier_guide_is_a_line_of_the_status(published, earlier):
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


def test_if_the_user_cancels_the_comparison_the_rest_is_shown(published, endless):
    published.patient, published.canceled = False, lambda: published.asked[-1].text == COMPARING
    published.script("status", answers=[SEEN])
    assert published.asked[-1].text.splitlines()[8] == "[B]The last downloads[/B]"
    assert our_threads() == []


def test_quitting_ends_a_comparison(published, endless):
    published.patient = False
    published.on_progress = lambda: published.asked[-1].text == COMPARING and published.quit()
    published.script("status")
    assert published.kinds() == ["progress", "progress"]
    assert our_threads() == []
