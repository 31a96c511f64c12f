"""Backups: packed, one a day, at most as many as wanted, restored whole."""

import gzip
import os
import threading
import time

import pytest

from gracenote2epg.config.settings import Config
from gracenote2epg.errors import BackupNotFound, InputFileError, WorseGuide
from gracenote2epg.guide import backups as guide_backups
from gracenote2epg.guide import guide_file
from gracenote2epg.guide.published import (
    file_stamp,
    forget_over,
    published,
    published_guides,
    remembered,
)
from gracenote2epg.store.answers import Store
from support.builders import DAY
from support.clock import days_before, touch
from support.place import HEAD, NEVER, Place


class Guide(Place):
    """A guide and its backups. Days are counted back from today."""

    def __init__(self, store, folder, name="guide.xml"):
        super().__init__(store, folder / "out" / name)
        self.data, self.clock = str(folder / "data"), store.clock

    def at(self, days_ago):
        return days_before(self.clock.now(), days_ago)

    def date(self, days_ago=0):
        return time.strftime("%Y-%m-%d", time.localtime(self.at(days_ago)))

    def publish(self, text="", days_ago=0, **more):
        now = self.clock.now()
        self.clock.set(self.at(days_ago))
        self.put(text, **more)
        self.clock.set(now)

    def save(self, days=7, stop=NEVER):
        return guide_backups.save_backup(self.store, self.data, self.path, days, stop)

    def a_day(self, text="", days_ago=0, days=7, **more):
        self.publish(text, days_ago, **more)
        assert self.save(days) == ""

    @property
    def backups(self):
        return guide_backups.list_backups(self.store, self.data, self.path)

    @property
    def todays_file(self):
        return f"{self.date()}.xml{'.gz' * self.path.endswith('.gz')}"

    @property
    def dates(self):
        return [backup.date for backup in self.backups]

    @property
    def texts(self):
        read = (b"".join(guide_file.read_chunks(each.path)) for each in self.backups)
        return [text.decode()[len(HEAD) :] for text in read]

    def restore(self, date=""):
        return guide_backups.restore(self.store, self.data, self.path, date, self.clock.now())


@pytest.fixture(name="guide", params=["guide.xml", "guide.xml.gz"])
def _guide(request, store, tmp_path):
    return Guide(store, tmp_path, request.param)


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


# Saving


def test_the_published_guide_is_saved_under_its_day_and_packed_by_the_next_one(guide):
    guide.a_day("é\n", days_ago=1)
    (backup,) = guide.backups
    assert (backup.date, backup.made) == (guide.date(1), guide.at(1))
    assert backup.fact == published(guide.store, guide.path)
    with open(guide.path, "rb") as source, open(backup.path, "rb") as copy:
        assert copy.read() == source.read()  # packing takes too long while somebody waits
    guide.a_day("later")
    packed = guide.backups[1]
    with gzip.open(packed.path) as file:
        assert file.read() == (HEAD + "é\n").encode()
    assert (packed.date, packed.made, packed.fact) == (backup.date, backup.made, backup.fact)
    folder = os.path.dirname(packed.path)
    assert sorted(os.listdir(folder)) == [f"{guide.date(1)}.xml.gz", guide.todays_file]


def test_the_first_complete_guide_of_a_day_is_kept_or_else_the_first(guide):
    for text, completed, expected in (
        ("half", 0.0, "half"),
        ("half again", 0.0, "half"),
        ("complete", 1.0, "complete"),
        ("later", 1.0, "complete"),
        ("half later", 0.0, "complete"),
    ):
        guide.a_day(text, completed=completed)
        assert guide.texts == [expected]


def test_no_more_days_are_kept_than_wanted(guide):
    assert Config().backups == 7
    for days_ago in (9, 5, 3, 2, 1, 0):
        guide.a_day(days_ago=days_ago, days=3)
    assert guide.dates == [guide.date(0), guide.date(1), guide.date(2)]
    assert len(guide.store.facts("backup ")) == 3
    guide.a_day(days=0)
    assert guide.dates == []
    assert guide.store.facts("backup ") == {}


def test_backups_of_future_days_go_first(guide):
    """The clock was ahead by a year, then right again."""
    for days_ago in (-400, -401, -402):
        guide.a_day(days_ago=days_ago, days=3)
    guide.a_day(days_ago=1, days=3)
    assert guide.dates == [guide.date(1), guide.date(-402), guide.date(-401)]
    guide.a_day(days=3)
    assert guide.dates == [guide.date(0), guide.date(1), guide.date(-402)]


def test_the_total_size_is_limited_but_the_latest_backup_stays(guide, monkeypatch):
    noise = [os.urandom(1000).hex() for _ in range(4)]  # 1,100 bytes each when packed
    monkeypatch.setattr(guide_backups, "MAX_TOTAL_BYTES", 3000)
    for days_ago, text in zip((3, 2, 1, 0), noise):
        guide.a_day(text, days_ago)
    assert guide.dates == [guide.date(0), guide.date(1), guide.date(2)]
    monkeypatch.setattr(guide_backups, "MAX_TOTAL_BYTES", 10)
    guide.save()
    assert guide.dates == [guide.date()]


def test_two_guides_of_one_name_do_not_share_their_backups(store, tmp_path):
    first, other = Guide(store, tmp_path), Guide(store, tmp_path)
    other.path = str(tmp_path / "elsewhere" / "guide.xml")
    first.a_day("first")
    other.a_day("other")
    assert (first.texts, other.texts) == (["first"], ["other"])


def test_foreign_files_beside_the_backups_stay_and_leftovers_of_killed_runs_go(guide):
    guide.a_day(days_ago=9)
    folder = os.path.dirname(guide.backups[0].path)
    foreign = ["notes.txt", "2026-01-01.xmltv", "x2026-01-01.xml.gz"]
    for name in (*foreign, "2026-01-02.xml.gz.new", "2026-01-02.xml.gz.0123abcd.new"):
        write(os.path.join(folder, name), b"mine")
    guide.a_day(days=1)
    assert sorted(os.listdir(folder)) == sorted([*foreign, guide.todays_file])


def test_a_stop_leaves_no_partial_backup(guide):
    guide.publish()
    stop = threading.Event()
    stop.set()
    assert guide.save(stop=stop) == ""
    assert guide.dates == []
    for folder, _, files in os.walk(os.path.join(guide.data, guide_backups.FOLDER)):
        assert files == [], folder


def test_a_backup_that_cannot_be_written_costs_the_guide_nothing(guide, monkeypatch):
    guide.a_day(days_ago=1)
    guide.publish("new")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    files = os.listdir(os.path.dirname(guide.backups[0].path))
    monkeypatch.setattr(os, "fsync", full)
    text = guide.save()
    assert text.startswith("The guide is published, but no backup of it is kept: Cannot write")
    assert "the disk is full: " in text
    assert (guide.dates, guide.text) == ([guide.date(1)], "new")
    assert os.listdir(os.path.dirname(guide.backups[0].path)) == files


# Restoring


def test_the_latest_backup_older_than_the_present_guide_is_restored(guide):
    for days_ago in (3, 2, 0):
        guide.a_day(str(days_ago), days_ago)
    for days_ago in (2, 3):
        assert guide.restore().date == guide.date(days_ago)
        assert guide.text == str(days_ago)
    with pytest.raises(BackupNotFound, match="no older backup"):
        guide.restore()
    guide.restore(guide.date())  # a chosen day may be later
    assert guide.text == "0"


@pytest.mark.parametrize("present", [0, -500])
@pytest.mark.parametrize("harm", [lambda path: None, os.remove])
def test_a_backup_of_a_future_day_is_restored_after_all_others(guide, present, harm):
    for days_ago in (-400, 2, present):
        guide.a_day(str(days_ago), days_ago)
    harm(guide.path)
    guide.restore()
    assert guide.text == ("0" if harm is os.remove and not present else "2")


def test_a_day_without_a_backup_is_an_error_that_lists_the_days_with_one(guide):
    guide.a_day(days_ago=2)
    guide.a_day()
    with pytest.raises(BackupNotFound) as caught:
        guide.restore("2020-01-01")
    assert "no backup of 2020-01-01" in str(caught.value)
    dates = f"Available: {guide.date()} (500 programmes), {guide.date(2)} (500 programmes)"
    assert dates in str(caught.value)
    assert caught.value.exit_code == 6


@pytest.mark.parametrize("harm", [os.remove, lambda path: os.truncate(path, 0)])
def test_a_deleted_or_emptied_guide_is_restored(guide, harm):
    guide.a_day("1", days_ago=1)
    guide.a_day("0")
    for date in (guide.date(), ""):
        harm(guide.path)
        guide.restore(date)
        assert guide.text == "0"


def test_the_restored_guide_counts_as_published_and_keeps_its_age(guide):
    guide.a_day("1", days_ago=1, stations=20)
    guide.a_day("0", stations=20)
    made = guide.at(1)
    guide.restore()
    fact = published(guide.store, guide.path)
    assert (len(fact["summary"]["stations"]), fact["file"]) == (20, file_stamp(guide.path))
    assert (fact["made"], fact["good"]) == (made, guide.clock.now())
    assert os.path.getmtime(guide.path) == pytest.approx(made, abs=0.01)
    with pytest.raises(WorseGuide, match="10 stations from now on, and it had 20"):
        guide.publish("new", stations=10)
    assert guide.text == "1"


def test_a_grabber_delivers_the_restored_guide_for_a_while(store, tmp_path):
    guide, other = Guide(store, tmp_path), Guide(store, tmp_path)
    other.path = str(tmp_path / "other.xml")
    guide.a_day(days_ago=1)
    guide.a_day()
    store.clock.advance(1)
    other.a_day()
    assert published_guides(store, "f")[0].path == other.path
    store.clock.advance(1)
    guide.restore()
    first = published_guides(store, "f")[0]
    assert (first.path, first.completed) == (guide.path, store.clock.now())


def test_a_damaged_backup_is_an_error_with_its_path_and_the_guide_stays(guide):
    guide.a_day("1" * 999, days_ago=1)
    guide.a_day("0")
    path = guide.backups[1].path
    with open(path, "rb") as file:
        body = file.read()
    before = published(guide.store, guide.path)
    for damaged in (body[:-20], body[:-8] + b"\0\0\0\0" + body[-4:], b"?"):
        write(path, damaged)
        with pytest.raises(InputFileError, match=r"Cannot read .*\.xml\.gz"):
            guide.restore()
        assert (guide.text, published(guide.store, guide.path)) == ("0", before)
        assert guide.names == [os.path.basename(guide.path)]


def test_backups_survive_the_loss_of_the_store(guide, tmp_path):
    for days_ago in (1, 0):
        guide.a_day(str(days_ago), days_ago)
        touch(guide.backups[0].path, guide.at(days_ago))
    with Store(str(tmp_path / "new"), guide.clock) as store:
        guide.store = store
        assert [backup.label for backup in guide.backups] == guide.dates
        assert [backup.made for backup in guide.backups] == [
            pytest.approx(guide.at(days_ago), abs=0.01) for days_ago in (0, 1)
        ]
        guide.restore(guide.date(1))
        assert guide.text == "1"
        assert published(store, guide.path) is None


def test_the_fact_of_a_missing_guide_is_kept_until_the_guide_is_over(guide):
    guide.publish()
    over = guide.clock.now() + 6 * DAY
    forget_over(guide.store, over)
    assert remembered(guide.store, guide.path)  # the file exists
    os.remove(guide.path)
    forget_over(guide.store, guide.clock.now())
    assert remembered(guide.store, guide.path)  # a share may come back
    forget_over(guide.store, over)
    assert remembered(guide.store, guide.path) is None


def test_a_guide_for_stdout_is_deleted_when_it_is_over(store, tmp_path, clock):
    names = ("stdout.xml", "stdout-0123abcd.xml", "stdout-mine.xml")
    places = [Place(store, tmp_path / name) for name in names]
    for place in places:
        place.put("old")
    forget_over(store, clock.now() + DAY)
    assert [os.path.exists(place.path) for place in places] == [True] * 3
    forget_over(store, clock.now() + 6 * DAY)
    assert [os.path.exists(place.path) for place in places] == [False, False, True]
    assert [remembered(store, place.path) is None for place in places] == [True, True, False]
