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
    """The rows of the list."""
    kodi.script("status", answers=[lambda: kodi.row("What changed"), SEEN, SEEN])
    (shown,) = [dialog for dialog in kodi.asked_for("TV guide: What changed") if dialog.rows]
    return [label for label, _ in shown.rows]


def test_the_status_leads_to_what_changed(published, earlier):
    since, counts, *shown = changes(published)
    before = ours("strings").day_and_time(earlier.fact["made"], published.clock.now())
    assert since == f"Since the guide before ({before})"
    assert re.fullmatch(r"0 new, 0 moved, \d+ renamed, 0 removed", counts)
    for text in shown[:100]:
        assert re.fullmatch(r".*\d  (.*?)((?:: .*)?) \(was: \1 the Elder\2\) · .*", text), text
    assert published.texts("progress") == ["Reading what is stored", COMPARING]


def test_a_new_station_comes_before_the_soonest_changes(published, earlier):
    with gzip.open(earlier.path, "rt", encoding="utf-8") as file:
        text = file.read()
    station = re.escape(re.search(r'<programme [^>]*channel="(.*?)"', text).group(1))
    programmes = rf'  <programme [^>]*channel="{station}".*?</programme>\n'
    with gzip.open(earlier.path, "wt", encoding="utf-8") as file:
        file.write(re.sub(programmes, "", text, flags=re.DOTALL))
    _, _, first, second, *_ = changes(published)
    assert re.fullmatch(r"(.+ · )?\w+ [\d.]+: the station is new", first)
    assert "(was: " in second


def test_each_kind_of_change_has_its_text(kodi):
    def at(hour):
        start = time.mktime((2026, 1, 14, hour, 0, 0, 0, 0, -1))
        return {"start": start, "title": "News", "subtitle": "Late"}

    def text(kind, before, after):
        change = {"kind": kind, "before": before, "after": after}
        station = {"name": "WZZZ 2.1", "station": "same", "changes": [change]}
        sums = dict.fromkeys(diff.KINDS, 0)
        document = {"before": {"made": 0.0}, "sums": sums, "stations": [station]}
        (row,) = ours("ui.changes").changes_rows(document, at(12)["start"])[2:]
        assert row.detail == "WZZZ 2.1"
        return row.label

    nine = at(21)
    assert not wrong(
        text,
        [
            ("new", None, nine, "21:00  News: Late is new"),
            ("gone", nine, None, "21:00  News: Late is removed"),
            ("moved", at(20), nine, "21:00  News: Late has moved (was: 20:00)"),
            ("retitled", nine, nine, "21:00  News: Late (was: News: Late)"),
        ],
    )


def test_more_changes_than_a_list_can_take_are_counted(kodi):
    now = kodi.clock.now()
    new = {"kind": "new", "before": None, "after": {"start": now, "title": "x", "subtitle": ""}}
    station = {"name": "WZZZ 2.1", "station": "same", "changes": 300 * [new]}
    sums = dict.fromkeys(diff.KINDS, 0)
    document = {"before": {"made": 0.0}, "sums": sums, "stations": [station]}
    assert ours("ui.changes").changes_rows(document, now)[-1].label == "and 102 more"


def test_an_unreadable_earlier_guide_is_a_message(published, earlier):
    with open(earlier.path, "w") as file:
        file.write("no guide")
    published.script("status", answers=[lambda: published.row("What changed"), SEEN, SEEN])
    text = f"A file cannot be read: {earlier.path}."
    assert published.texts("ok")[0].replace("[CR]", "").startswith(text)
    assert published.kinds()[-1] == "select"  # the status again


@pytest.fixture(name="endless")
def _endless(earlier):
    """One that takes minutes to read."""
    with open(earlier.path, "wb") as file:
        file.write(gzip.compress(b"<tv>") + 2000 * gzip.compress(b" " * 10_000_000))


def test_after_a_cancelled_comparison_the_status_is_there_again(published, endless):
    published.patient, published.canceled = False, lambda: published.asked[-1].text == COMPARING
    published.script("status", answers=[lambda: published.row("What changed"), SEEN])
    assert published.kinds()[-2:] == ["progress", "select"]
    assert our_threads() == []
