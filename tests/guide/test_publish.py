"""Putting a guide in its place: whole, at once, and not over what is no guide."""

import contextlib
import gzip
import os
import stat
import subprocess
import sys
import tempfile
import threading

import pytest

from gracenote2epg.errors import OutputError, Stopped
from gracenote2epg.guide.published import covers, guide_end
from gracenote2epg.guide.summary import SLOT
from gracenote2epg.store.answers import Store
from support.builders import DAY
from support.clock import touch
from support.machine import root_only
from support.place import HEAD, Place, summary

# Whole, at once


def test_a_guide_is_published_as_it_is_in_a_folder_that_is_made(place):
    what = summary(place.slot)
    assert place.put("é\n", "</tv>\n", what=what) is what
    assert place.bytes == (HEAD + "é\n</tv>\n").encode()
    assert place.names == ["guide.xml"]


def test_a_reader_sees_the_old_guide_or_the_new_one_and_nothing_else(place):
    place.put("old" * 9999)
    texts = set()

    def pieces():
        yield HEAD
        for _ in range(50):
            texts.add(place.text)
            yield "new" * 9999

    place.put(pieces=pieces())
    assert texts == {"old" * 9999}
    assert place.text == "new" * 9999 * 50


def test_the_new_bytes_are_on_the_disk_before_they_take_the_place(place, monkeypatch):
    place.put()
    done = []
    real_sync, real_replace = os.fsync, os.replace

    def fsync(descriptor):
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        done.append(f"sync {kind} of {os.fstat(descriptor).st_size if kind == 'file' else '-'}")
        real_sync(descriptor)

    def replace(source, destination):
        done.append(f"replace by {os.path.getsize(source)}")
        assert os.path.dirname(source) == os.path.dirname(destination)
        real_replace(source, destination)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    place.put("x" * 1000)
    size = len(HEAD) + 1000
    assert done == [f"sync file of {size}", f"replace by {size}", "sync folder of -"]


def test_a_link_stays_a_link_also_one_into_nothing(store, place, tmp_path):
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


def test_the_mode_of_the_old_guide_is_kept(place):
    place.put()
    for mode in (0o600, 0o640, 0o664):
        os.chmod(place.path, mode)
        place.put("new" + str(mode))
        assert place.text == "new" + str(mode)
        assert stat.S_IMODE(os.stat(place.path).st_mode) == mode


def test_a_new_guide_may_be_read_by_all_and_written_by_its_owner(place):
    before = os.umask(0o000)
    try:
        place.put()
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(place.path).st_mode) == 0o644


@root_only
def test_the_owner_of_the_old_guide_is_kept(place):
    place.put()
    os.chown(place.path, 1234, 2345)
    place.put("new")
    assert (os.stat(place.path).st_uid, os.stat(place.path).st_gid) == (1234, 2345)


def test_a_name_that_ends_in_gz_is_packed_the_same_way_every_time(store, tmp_path):
    first = Place(store, tmp_path / "a" / "guide.xml.gz")
    other = Place(store, tmp_path / "b" / "other.xml.gz")
    first.put("é\n" * 10000)
    os.utime(first.path, (0, 0))
    other.put("é\n" * 5000, "é\n" * 5000)
    assert first.bytes == other.bytes
    assert gzip.decompress(first.bytes).decode() == HEAD + "é\n" * 10000
    assert len(first.bytes) < 2000
    assert first.bytes[3:8] == bytes(5)  # no name, no time
    first.put("new")
    assert first.text == "new"


def test_what_was_published_is_known_in_the_next_run(store, place):
    place.put()
    end = place.slot + 8 * SLOT
    assert covers(store, place.path, end)
    assert not covers(store, place.path, end + 1)
    assert not covers(store, f"{place.path}.other", 0)
    os.remove(place.path)
    assert not covers(store, place.path, end)


# Stopped or failing in the middle


@pytest.mark.parametrize("size", [10, 100000])
def test_a_stop_in_the_middle_leaves_the_old_guide_and_nothing_beside_it(any_place, size):
    any_place.put("old")
    before, names, stop, served = any_place.bytes, any_place.names, threading.Event(), []

    def pieces():
        for number in range(100):
            if number == 50:
                stop.set()
            served.append(number)
            yield "x" * size

    with pytest.raises(Stopped):
        any_place.put(pieces=pieces(), stop=stop)
    assert served[-1] <= 51
    assert (any_place.bytes, any_place.names) == (before, names)


@pytest.mark.parametrize("size", [10, 100000])
def test_pieces_that_fail_leave_the_old_guide_or_none_and_nothing_beside_it(any_place, size):
    def pieces():
        yield "x" * size
        raise RuntimeError("a bug in the writer")

    with pytest.raises(RuntimeError, match="a bug"):
        any_place.put(pieces=pieces())
    assert any_place.names == []
    any_place.put("old")
    before, names = any_place.bytes, any_place.names
    with pytest.raises(RuntimeError, match="a bug"):
        any_place.put(pieces=pieces())
    assert (any_place.bytes, any_place.names) == (before, names)


def test_of_unfinished_files_only_those_that_a_run_left_days_ago_go(place, clock):
    place.put()
    folder = os.path.dirname(place.path)
    others = ["guide.xml.news", "other.xml.0123abcd.new", "guide.xml.bak.new"]
    left, young = ["guide.xml.new", "guide.xml.0123abcd.new"], ["guide.xml.4567abcd.new"]
    for names, age in ((others, 9 * DAY), (left, DAY + 60), (young, DAY - 60)):
        for name in names:
            with open(os.path.join(folder, name), "w") as file:
                file.write("half a guide")
            touch(file.name, clock.now() - age)
    place.put("new")
    assert place.text == "new"
    assert place.names == sorted(["guide.xml", *others, *young])


def test_two_that_write_one_guide_at_a_time_leave_a_whole_one(place, tmp_path, clock):
    """From two data directories, so that no lock keeps them apart."""

    def pieces():
        yield HEAD + "a" * 99999
        for name in place.names:
            touch(os.path.join(os.path.dirname(place.path), name), clock.now())
        with Store(str(tmp_path / "other"), clock) as other:
            Place(other, place.path).put("b")
        assert place.text == "b"
        yield "a" * 99999

    place.put(pieces=pieces())
    assert place.text == "a" * 2 * 99999
    assert place.names == ["guide.xml"]


# Where it cannot go


def refused(place, words):
    with pytest.raises(OutputError) as caught:
        place.put("new")
    assert place.path in str(caught.value)
    assert words in str(caught.value)
    assert caught.value.exit_code == 7


def write(place, content):
    os.makedirs(os.path.dirname(place.path), exist_ok=True)
    with open(place.path, "w") as file:
        file.write(content)


def test_a_file_that_is_no_guide_is_not_overwritten(place):
    for content in ("Dear diary", "<html><body>a page</body></html>", "\x00\x01"):
        write(place, content)
        refused(place, "is not a guide")
        assert place.bytes == content.encode()
        assert place.names == ["guide.xml"]


def test_an_empty_file_and_a_guide_of_another_program_may_be_replaced(place):
    theirs = '<?xml version="1.0"?><!-- theirs --><tv generator-info-name="x"></tv>'
    for content in ("", theirs):
        write(place, content)
        place.put("new")
        assert place.text == "new"


def test_a_folder_is_no_target(store, tmp_path):
    (tmp_path / "folder").mkdir()
    refused(Place(store, tmp_path / "folder"), "it is no file")
    assert list((tmp_path / "folder").iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_no_target_and_is_not_waited_for(store, tmp_path):
    os.mkfifo(str(tmp_path / "pipe"))
    assert guide_end(store, str(tmp_path / "pipe")) == 0
    refused(Place(store, tmp_path / "pipe"), "it is no file")


def test_a_folder_that_is_a_file_is_an_error(store, tmp_path):
    (tmp_path / "file").write_text("x")
    refused(Place(store, tmp_path / "file" / "guide.xml"), "is a file, not a folder")


@contextlib.contextmanager
def without_rights():
    """As a user who owns nothing, where we are root."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        yield


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_folder_that_is_not_ours_to_write_is_an_error(store):
    with tempfile.TemporaryDirectory() as folder:
        place = Place(store, os.path.join(folder, "guide.xml"))
        write(place, HEAD)
        os.chmod(folder, 0o555)
        with without_rights():
            refused(place, "Permission denied")
        assert (place.names, place.text) == (["guide.xml"], "")
        os.chmod(folder, 0o755)


def test_a_disk_that_fills_up_keeps_the_old_guide(any_place, monkeypatch):
    any_place.put("old")
    before, names = any_place.bytes, any_place.names

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        any_place.put("new")
    assert (any_place.bytes, any_place.names) == (before, names)


def test_a_disk_that_is_nearly_full_is_refused_at_once(place, monkeypatch):
    place.put("old" * 999)
    size = os.path.getsize(place.path)
    usage = type("Usage", (), {"total": 9 << 30})
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    pieces = iter([HEAD, "new"])
    usage.free = size + (1 << 20) - 1
    with pytest.raises(OutputError, match="the disk is full: 1026 KiB free, 1026 KiB needed"):
        place.put(pieces=pieces)
    assert next(pieces) == HEAD  # nothing was written
    assert place.text == "old" * 999
    for usage.total, usage.free in ((9 << 30, size + (1 << 20)), (0, 0)):  # 0 = it does not tell
        place.put("new")
        size = os.path.getsize(place.path)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of ten MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=10m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no small disk can be mounted: {error}")
    if done.returncode:
        pytest.skip(f"no small disk can be mounted: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["guide.xml", "guide.xml.gz"])
def test_a_real_disk_that_fills_up_keeps_the_old_guide(store, small_disk, name):
    place = Place(store, small_disk / name)
    place.put("old")
    before = place.bytes
    noise = os.urandom(1 << 20).decode("latin-1")  # nothing packs that
    with pytest.raises(OutputError, match="No space left"):
        place.put(*[noise] * 12)
    assert (place.bytes, place.names) == (before, [name])
    with open(str(small_disk / "hog"), "wb") as hog:
        hog.write(b"x" * (9500 << 10))
    refused(place, "the disk is full")
    assert place.bytes == before


def test_a_disk_without_modes_and_a_share_that_cannot_sync_get_the_guide_too(place, monkeypatch):
    """FAT refuses chmod, and some shares to sync a folder."""
    real = os.fsync

    def chmod(*args, **kwargs):
        raise PermissionError(1, "Operation not permitted")

    def fsync(number):
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise OSError(22, "Invalid argument")
        real(number)

    monkeypatch.setattr(os, "chmod", chmod)
    monkeypatch.setattr(os, "fsync", fsync)
    for text in ("old", "new"):
        place.put(text)
        assert place.text == text
