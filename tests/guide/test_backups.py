"""Guides of the last days: kept packed, one a day, no more than wanted, and put back whole."""

import gzip
import os
import shutil
import stat
import subprocess
import threading
import time

import pytest

from support.builders import DAY
from gracenote2epg import backups
from gracenote2epg.config import Config
from gracenote2epg.errors import DataError, NoBackup, OutputError, WorseGuide
from gracenote2epg.publish import forget_gone, kept, publish, published, remembered, seen
from gracenote2epg.store import Store
from gracenote2epg.summary import Coverage, Summary

GUIDE = '<?xml version="1.0" encoding="UTF-8"?>\n<tv>\né\n</tv>\n'
GO = threading.Event()


@pytest.fixture(name="store")
def _store(tmp_path):
    with Store(str(tmp_path / "data")) as opened:
        yield opened


class Place:
    """A guide's file and its backups. Days are counted back from today."""

    def __init__(self, store, folder, name="guide.xml"):
        self.store, self.data = store, str(folder / "data")
        self.path = str(folder / "out" / name)

    def publish(self, text=GUIDE, days_ago=0, good=1.0, stations=10, form="f", **more):
        """As if it had been made so many days ago."""
        now = time.time()
        end = int(now) + 5 * DAY
        own = {str(n): Coverage(f"W{n}", end, [DAY], [0], 9) for n in range(stations)}
        what = Summary(9, int(now), [int(now), end], own, {int(now): DAY}, {}, [])
        publish(self.store, self.path, [text], [what], "all", GO, form, good, **more)
        if days_ago:
            name = f"published {self.path}"
            fact = {**self.store.known(name)[0], "made": now - days_ago * DAY}
            self.store.learn(name, fact, now)

    def keep(self, days=7, stop=GO):
        return backups.keep(self.store, self.data, self.path, days, stop)

    def a_day(self, text=GUIDE, days_ago=0, days=7, **more):
        self.publish(text, days_ago, **more)
        assert self.keep(days) == ""

    def dates(self):
        return [one.date for one in backups.found(self.store, self.data, self.path)]

    def texts(self):
        found = backups.found(self.store, self.data, self.path)
        return ["".join(backups.pieces(one.path)) for one in found]

    def restore(self, date=""):
        return backups.restore(self.store, self.data, self.path, date, time.time())

    def read(self):
        return "".join(backups.pieces(self.path))


@pytest.fixture(name="place", params=["guide.xml", "guide.xml.gz"])
def _place(request, store, tmp_path):
    return Place(store, tmp_path, request.param)


def ago(days):
    return time.strftime("%Y-%m-%d", time.localtime(time.time() - days * DAY))


# Keeping


def test_the_published_guide_is_kept_packed_under_its_day(place):
    place.a_day()
    (backup,) = backups.found(place.store, place.data, place.path)
    assert (backup.date, place.texts()) == (ago(0), [GUIDE])
    with gzip.open(backup.path) as file:
        assert file.read() == GUIDE.encode()
    assert os.listdir(os.path.dirname(backup.path)) == [f"{ago(0)}.xml.gz"]
    assert backup.fact == published(place.store, place.path)


def test_of_a_day_the_first_good_guide_is_kept(place):
    place.a_day(GUIDE + "first", good=1.0)
    place.a_day(GUIDE + "second", good=1.0)
    assert place.texts() == [GUIDE + "first"]


def test_a_guide_that_lacked_something_gives_way_to_the_days_first_good_one(place):
    place.a_day(GUIDE + "half", good=0.0)
    place.a_day(GUIDE + "half again", good=0.0)
    assert place.texts() == [GUIDE + "half"]
    place.a_day(GUIDE + "good", good=1.0)
    place.a_day(GUIDE + "later", good=1.0)
    assert place.texts() == [GUIDE + "good"]


def test_no_more_days_are_kept_than_wanted(place):
    for days_ago in (9, 5, 3, 2, 1, 0):
        place.a_day(days_ago=days_ago, days=3)
    assert place.dates() == [ago(0), ago(1), ago(2)]
    assert len(place.store.all_known("backup ")) == 3


def test_those_of_days_to_come_go_first(place):
    """The clock was ahead by a year, then right again."""
    for days_ago in (-400, -401, -402):
        place.a_day(days_ago=days_ago, days=3)
    place.a_day(days_ago=1, days=3)
    assert place.dates() == [ago(1), ago(-402), ago(-401)]
    place.a_day(days=3)
    assert place.dates() == [ago(0), ago(1), ago(-402)]


def test_none_is_kept_where_none_is_wanted(place):
    place.a_day(days_ago=1)
    place.a_day(days=0)
    assert place.dates() == []
    assert place.store.all_known("backup ") == {}


def test_all_backups_together_stay_small_but_the_latest_is_kept(place, monkeypatch):
    monkeypatch.setattr(backups, "MOST", 3000)
    noise = [os.urandom(1000).hex() for _ in range(4)]  # of a packed size of 1,100 bytes
    for days_ago, text in zip((3, 2, 1, 0), noise):
        place.a_day(GUIDE + text, days_ago=days_ago)
    assert place.dates() == [ago(0), ago(1), ago(2)]
    place.publish(GUIDE + "x".join(noise), days_ago=-1)
    monkeypatch.setattr(backups, "MOST", 10)
    place.keep()
    assert len(place.dates()) == 1


def test_two_guides_of_one_name_do_not_share_their_backups(store, tmp_path):
    one, other = Place(store, tmp_path), Place(store, tmp_path)
    other.path = str(tmp_path / "elsewhere" / "guide.xml")
    one.a_day(GUIDE + "one")
    other.a_day(GUIDE + "other")
    assert (one.texts(), other.texts()) == ([GUIDE + "one"], [GUIDE + "other"])


def test_what_lies_beside_the_backups_stays(place):
    place.a_day(days_ago=9)
    folder = os.path.dirname(backups.found(place.store, place.data, place.path)[0].path)
    for name in ("notes.txt", "2026-01-01.xml", "x2026-01-01.xml.gz"):
        with open(os.path.join(folder, name), "w") as file:
            file.write("mine")
    place.a_day(days=1)
    assert len(os.listdir(folder)) == 4


@pytest.mark.parametrize("ending", [".new", ".0123abcd.new"])
def test_what_a_killed_run_left_of_a_backup_goes(place, ending):
    place.a_day(days_ago=1)
    (backup,) = backups.found(place.store, place.data, place.path)
    with open(backup.path.replace(ago(1), ago(5)) + ending, "w") as file:
        file.write("half")
    place.a_day()
    assert sorted(os.listdir(os.path.dirname(backup.path))) == [
        f"{ago(1)}.xml.gz",
        f"{ago(0)}.xml.gz",
    ]


def test_the_bytes_are_on_the_disk_before_they_have_their_name(place, monkeypatch):
    place.publish()
    done = []
    real_sync, real_replace = os.fsync, os.replace

    def fsync(number):
        is_folder = stat.S_ISDIR(os.fstat(number).st_mode)
        done.append("sync folder" if is_folder else "sync file")
        real_sync(number)

    def replace(source, target):
        done.append("replace")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    place.keep()
    assert done == ["sync file", "replace", "sync folder"]


def test_a_stop_leaves_no_half_backup(place):
    place.publish()
    stop = threading.Event()
    stop.set()
    assert place.keep(stop=stop) == ""
    assert place.dates() == []
    for folder, _, files in os.walk(os.path.join(place.data, backups.FOLDER)):
        assert files == [], folder


def test_a_backup_that_cannot_be_written_is_said_and_the_guide_is_published(place):
    os.makedirs(place.data, exist_ok=True)
    with open(os.path.join(place.data, backups.FOLDER), "w") as file:
        file.write("in the way")
    place.publish()
    told = place.keep()
    assert told.startswith("The guide is published, but no backup of it is kept: Cannot write")
    assert place.read() == GUIDE


def test_a_full_disk_costs_the_backup_and_nothing_else(store, tmp_path):
    disk = tmp_path / "data" / backups.FOLDER
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no small disk can be mounted")
    try:
        place = Place(store, tmp_path)
        place.a_day(days_ago=1)
        place.publish(GUIDE + os.urandom(3 << 20).decode("latin-1"))  # nothing packs that
        told = place.keep()
        assert "no backup of it is kept: Cannot write" in told
        assert "No space left" in told
        assert place.dates() == [ago(1)]
        assert [names for _, _, names in os.walk(str(disk)) if names] == [[f"{ago(1)}.xml.gz"]]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# Restoring


def test_the_latest_guide_that_is_older_than_the_present_one_comes_back(place):
    for days_ago in (3, 2, 0):
        place.a_day(GUIDE + str(days_ago), days_ago=days_ago)
    assert place.restore().date == ago(2)
    assert place.read() == GUIDE + "2"
    assert place.restore().date == ago(3)
    assert place.read() == GUIDE + "3"
    with pytest.raises(NoBackup, match="no older backup"):
        place.restore()
    assert place.read() == GUIDE + "3"


def test_the_guide_of_a_day_comes_back_also_a_later_one(place):
    place.a_day(GUIDE + "1", days_ago=1)
    place.a_day(GUIDE + "0")
    place.restore(ago(1))
    assert place.read() == GUIDE + "1"
    place.restore(ago(0))
    assert place.read() == GUIDE + "0"


@pytest.mark.parametrize("present", [0, -500])
@pytest.mark.parametrize("harm", [lambda path: None, os.remove])
def test_one_of_a_day_to_come_does_not_come_back_before_one_that_was(place, present, harm):
    for days_ago in (-400, 2, present):
        place.a_day(GUIDE + str(days_ago), days_ago=days_ago)
    harm(place.path)
    place.restore()
    assert place.read() == GUIDE + ("0" if harm is os.remove and not present else "2")


def test_where_all_else_is_gone_one_of_a_day_to_come_comes_back(place):
    place.a_day(GUIDE + "1", days_ago=-400)
    os.remove(place.path)
    place.restore()
    assert place.read() == GUIDE + "1"


def test_where_there_is_none_of_that_day_those_that_there_are_are_listed(place):
    place.a_day(days_ago=2)
    place.a_day()
    with pytest.raises(NoBackup) as caught:
        place.restore("2020-01-01")
    assert "no backup of 2020-01-01" in str(caught.value)
    assert f"There are: {ago(0)} (9 programmes), {ago(2)} (9 programmes)" in str(caught.value)
    assert caught.value.exit_code == 6


@pytest.mark.parametrize("date", [ago(0), ""])
@pytest.mark.parametrize("harm", [os.remove, lambda path: os.truncate(path, 0)])
def test_a_guide_whose_file_is_gone_or_was_emptied_comes_back(place, harm, date):
    place.a_day(GUIDE + "1", days_ago=1)
    place.a_day(GUIDE + "0")
    harm(place.path)
    place.restore(date)
    assert place.read() == GUIDE + "0"


def test_the_restored_guide_is_the_published_one(place):
    place.a_day(GUIDE + "1", days_ago=1, stations=20)
    place.a_day(GUIDE + "0", stations=20)
    place.restore()
    fact = published(place.store, place.path)
    assert (len(fact["summary"]["stations"]), fact["file"]) == (20, seen(place.path))
    assert fact["made"] == pytest.approx(time.time() - DAY, abs=60)
    with pytest.raises(WorseGuide, match="10 stations from now on, and it had 20"):
        place.publish(GUIDE + "new", stations=10)
    assert place.read() == GUIDE + "1"


def test_the_restored_guide_is_what_a_grabber_hands_out_for_a_while(store, tmp_path):
    place, other = Place(store, tmp_path), Place(store, tmp_path)
    other.path = str(tmp_path / "other.xml")
    place.a_day(days_ago=1)
    place.a_day()
    other.a_day(good=time.time())
    assert kept(store, "f")[0].path == other.path
    place.restore()
    first = kept(store, "f")[0]
    assert first.path == place.path
    assert first.good == pytest.approx(time.time(), abs=60)


def test_the_restored_file_is_as_old_as_it_was(place):
    place.a_day(days_ago=1)
    place.a_day()
    place.restore()
    assert os.path.getmtime(place.path) == pytest.approx(time.time() - DAY, abs=60)


def test_mode_and_link_of_the_present_guide_stay(place):
    real = place.path.replace("guide", "real")
    os.makedirs(os.path.dirname(real))
    os.symlink(real, place.path)
    place.a_day(GUIDE + "1", days_ago=1)
    place.a_day(GUIDE + "0")
    os.chmod(real, 0o640)
    place.restore()
    assert os.path.islink(place.path)
    assert stat.S_IMODE(os.stat(real).st_mode) == 0o640
    assert place.read() == GUIDE + "1"


@pytest.mark.parametrize("harm", ["cut", "flipped", "no archive"])
def test_a_damaged_backup_is_named_and_the_present_guide_stays(place, harm):
    place.a_day(GUIDE + "1" * 999, days_ago=1)
    place.a_day(GUIDE + "0")
    path = backups.found(place.store, place.data, place.path)[1].path
    with open(path, "rb") as file:
        body = file.read()
    bad = {"cut": body[:-20], "flipped": body[:-8] + b"\0\0\0\0" + body[-4:], "no archive": b"?"}
    with open(path, "wb") as file:
        file.write(bad[harm])
    before = published(place.store, place.path)
    with pytest.raises(DataError, match=r"Cannot read .*\.xml\.gz"):
        place.restore()
    assert place.read() == GUIDE + "0"
    assert published(place.store, place.path) == before
    assert os.listdir(os.path.dirname(place.path)) == [os.path.basename(place.path)]


def test_a_guide_comes_back_though_the_store_was_forgotten(place, tmp_path):
    place.a_day(GUIDE + "1", days_ago=1)
    place.a_day(GUIDE + "0")
    with Store(str(tmp_path / "new")) as store:
        place.store = store
        assert [one.label for one in backups.found(store, place.data, place.path)] == place.dates()
        place.restore(ago(1))
        assert place.read() == GUIDE + "1"
        assert published(store, place.path) is None


def test_a_file_that_is_no_guide_is_not_replaced(place):
    place.a_day(days_ago=1)
    with open(place.path, "w") as file:
        file.write("Dear diary")
    with pytest.raises(OutputError, match="no guide"):
        place.restore(ago(1))


# What is known of guides that are gone


def test_what_is_known_of_a_guide_goes_when_it_is_over_and_its_file_is_gone(place):
    place.publish()
    now = time.time()
    forget_gone(place.store, now + 6 * DAY)
    assert remembered(place.store, place.path)  # the file is there
    os.remove(place.path)
    forget_gone(place.store, now)
    assert remembered(place.store, place.path)  # a share may come back
    forget_gone(place.store, now + 6 * DAY)
    assert remembered(place.store, place.path) is None


def test_the_defaults_keep_a_week():
    assert Config().backups == 7
