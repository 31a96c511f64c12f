"""Publishing replaces a guide as a whole and at once, and destroys no foreign file."""

import contextlib
import errno
import gzip
import os
import shutil
import stat
import threading

import pytest

from gracenote2epg.errors import OutputError, Stopped
from gracenote2epg.guide.changes import AS_PUBLISHED, file_state
from gracenote2epg.guide.published import guide_end, published_guides, remembered
from gracenote2epg.store.answers import Store
from support.builders import DAY
from support.clock import touch
from support.machine import root_only
from support.place import HEAD, Place

# Whole, at once


def test_a_guide_is_published_unchanged_in_a_new_folder(place):
    place.put("é\n", "</tv>\n")
    assert place.bytes == (HEAD + "é\n</tv>\n").encode()
    assert place.names == ["guide.xml"]


def test_a_link_stays_a_link_even_if_it_is_dangling(store, place, tmp_path):
    link = Place(store, tmp_path / "link.xml")
    for target in (place, Place(store, tmp_path / "there.xml")):
        with contextlib.suppress(FileNotFoundError):
            os.remove(link.path)
        os.symlink(target.path, link.path)
        if target is place:
            target.put("old")
        link.put("new")
        assert os.path.islink(link.path)
        assert target.text == "new"
    assert place.names == ["guide.xml"]


def test_a_new_guide_has_mode_644_and_an_old_ones_mode_is_kept(place):
    before = os.umask(0o000)
    try:
        place.put()
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(place.path).st_mode) == 0o644
    for mode in (0o600, 0o640, 0o664):
        os.chmod(place.path, mode)
        place.put(str(mode))
        assert (place.text, stat.S_IMODE(os.stat(place.path).st_mode)) == (str(mode), mode)


@root_only
def test_the_owner_of_the_old_guide_is_kept(place):
    place.put()
    os.chown(place.path, 1234, 2345)
    place.put("new")
    assert (os.stat(place.path).st_uid, os.stat(place.path).st_gid) == (1234, 2345)


@pytest.mark.parametrize("code", [errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_that_refuses_modes_and_owners_gets_its_guide(place, monkeypatch, code):
    def refuse(*given):
        raise OSError(code, os.strerror(code))

    place.put()
    for name in ("fchmod", "fchown"):
        monkeypatch.setattr(os, name, refuse)
    for name in ("chmod", "chown"):  # by path: of whatever the folder's owner has put there
        monkeypatch.setattr(os, name, lambda *given: pytest.fail("by its path"))
    place.put("new")
    assert place.text == "new"


@pytest.mark.parametrize("code", [errno.EBUSY, errno.EXDEV])
def test_a_guide_that_is_a_mount_of_its_own_is_overwritten(place, monkeypatch, caplog, code):
    def refuse(*given):
        raise OSError(code, os.strerror(code))

    place.put("old" * 9999)
    before = os.stat(place.path).st_ino
    monkeypatch.setattr(os, "replace", refuse)
    place.put("new")
    assert (place.text, os.stat(place.path).st_ino, place.names) == ("new", before, ["guide.xml"])
    assert caplog.text.count("is a mount of its own") == 1
    real, calls = shutil.copyfileobj, []

    def half(source, target):
        calls.append(target.name)
        if len(calls) == 1:
            target.write(b"half")
            refuse()
        real(source, target)

    monkeypatch.setattr(shutil, "copyfileobj", half)
    with pytest.raises(OutputError):
        place.put("newest")
    assert (place.text, place.names) == ("new", ["guide.xml"])


def test_a_name_that_ends_in_gz_is_packed_to_the_same_bytes_every_time(store, tmp_path):
    first = Place(store, tmp_path / "a" / "guide.xml.gz")
    other = Place(store, tmp_path / "b" / "other.xml.gz")
    first.put("é\n" * 10000)
    os.utime(first.path, (0, 0))
    other.put("é\n" * 5000, "é\n" * 5000)
    assert first.bytes == other.bytes
    assert gzip.decompress(first.bytes).decode() == HEAD + "é\n" * 10000
    assert len(first.bytes) < 2000
    assert first.bytes[3:8] == bytes(5)  # no name, no time


def test_a_disk_that_rounds_times_does_not_change_the_guide(store, place):
    place.put()
    fact, at = remembered(store, place.path), os.stat(place.path).st_mtime_ns
    for seconds, unchanged in ((-2, True), (1.9, True), (-3, False), (3600, False)):
        os.utime(place.path, ns=(at, at + int(seconds * 10**9)))
        states = [bool(published_guides(store, "f")), file_state(place.path, fact) == AS_PUBLISHED]
        assert states == [unchanged] * 2, seconds


# Interrupted


@pytest.mark.parametrize("size", [10, 100000])  # within a buffer, and beyond
def test_a_stop_or_a_bug_halfway_leaves_the_old_guide_and_no_other_file(any_place, size):
    stop, served = threading.Event(), []

    def stopped():
        for number in range(100):
            if number == 50:
                stop.set()
            served.append(number)
            yield "x" * size

    def failing():
        yield "x" * size
        raise RuntimeError("a bug in the writer")

    with pytest.raises(RuntimeError, match="a bug"):
        any_place.put(chunks=failing())
    assert any_place.names == []
    any_place.put("old")
    before, names = any_place.bytes, any_place.names
    for chunks, error in ((failing, RuntimeError), (stopped, Stopped)):
        with pytest.raises(error):
            any_place.put(chunks=chunks(), stop=stop)
        assert (any_place.bytes, any_place.names) == (before, names)
    assert served[-1] <= 51


def test_leftovers_of_runs_killed_days_ago_are_removed(place, clock):
    place.put()
    folder = os.path.dirname(place.path)
    foreign = ["guide.xml.news", "other.xml.0123abcd.new", "guide.xml.bak.new"]
    old, young = ["guide.xml.new", "guide.xml.0123abcd.new"], ["guide.xml.4567abcd.new"]
    for names, age in ((foreign, 9 * DAY), (old, DAY + 60), (young, DAY - 60)):
        for name in names:
            path = os.path.join(folder, name)
            Place(place.store, path).write("half a guide")
            touch(path, clock.now() - age)
    place.put("new")
    assert place.text == "new"
    assert place.names == sorted(["guide.xml", *foreign, *young])


def test_two_simultaneous_writers_leave_a_whole_guide(place, tmp_path, clock):
    """With two data directories, so that no lock separates them."""

    def chunks():
        yield HEAD + "a" * 99999
        for name in place.names:
            touch(os.path.join(os.path.dirname(place.path), name), clock.now())
        with Store(str(tmp_path / "other"), clock) as other:
            Place(other, place.path).put("b")
        assert place.text == "b"
        yield "a" * 99999

    place.put(chunks=chunks())
    assert place.text == "a" * 2 * 99999
    assert place.names == ["guide.xml"]


# Refused


def refused(place, words):
    with pytest.raises(OutputError) as caught:
        place.put("new")
    assert place.path in str(caught.value)
    assert words in str(caught.value)
    assert caught.value.exit_code == 7


def test_only_guides_and_empty_files_are_overwritten(place):
    for content in ("Dear diary", "<html><body>a page</body></html>", "\x00\x01"):
        place.write(content)
        refused(place, "is not a guide")
        assert (place.bytes, place.names) == (content.encode(), ["guide.xml"])
    for content in ("", '<?xml version="1.0"?><!-- theirs --><tv generator-info-name="x"></tv>'):
        place.write(content)
        place.put("new")
        assert place.text == "new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_folders_and_pipes_are_no_targets(store, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    os.mkfifo(str(tmp_path / "pipe"))
    assert guide_end(store, str(tmp_path / "pipe")) == 0  # without waiting for a writer
    for name, words in (
        ("folder", "it is not a file"),
        ("pipe", "it is not a file"),
        (os.path.join("file", "guide.xml"), "is a file, not a folder"),
    ):
        refused(Place(store, tmp_path / name), words)
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_disk_that_is_nearly_full_is_refused_before_writing(place, monkeypatch):
    place.put("old" * 999)
    size = os.path.getsize(place.path)
    usage = type("Usage", (), {"total": 9 << 30, "free": size + (1 << 20) - 1})
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    chunks = iter([HEAD, "new"])
    with pytest.raises(OutputError, match="the disk is full: 1026 KiB free, about 1026 KiB needed"):
        place.put(chunks=chunks)
    assert next(chunks) == HEAD  # nothing was written
    assert place.text == "old" * 999
    for usage.total, usage.free in ((9 << 30, size + (1 << 20)), (0, 0)):  # 0 = unknown
        place.put("new")
        size = os.path.getsize(place.path)
