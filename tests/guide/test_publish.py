"""Putting a guide in its place: whole, at once, and never a worse one."""

import contextlib
import gzip
import os
import stat
import subprocess
import sys
import tempfile
import threading
import time

import pytest

from support.machine import root_only
from support.builders import DAY, HOUR
from gracenote2epg.errors import OutputError, Stopped, WorseGuide
from gracenote2epg.publish import covers, ends, publish, published, worse
from gracenote2epg.store import Store
from gracenote2epg.summary import SLOT, Coverage, Summary

GUIDE = '<?xml version="1.0" encoding="UTF-8"?>\n<tv>\n'
THIS_SLOT = int(time.time()) // SLOT * SLOT  # publish() compares from now on


def summary(stations=10, slots=8, hours=60, detailed=100):
    """A guide from now on: hours of programmes and details in each slot of six hours."""
    end = THIS_SLOT + slots * SLOT
    moments = [THIS_SLOT + number * SLOT for number in range(slots)]
    return Summary(
        programmes=500,
        begin=THIS_SLOT,
        days=[THIS_SLOT, THIS_SLOT + 8 * SLOT],
        stations={str(n): Coverage(f"W{n}", end, [end - THIS_SLOT], [0]) for n in range(stations)},
        seconds=dict.fromkeys(moments, hours * HOUR),
        detailed=dict.fromkeys(moments, detailed),
        stale=[],
    )


@pytest.fixture
def store(tmp_path):
    with Store(str(tmp_path / "data")) as opened:
        yield opened


@pytest.fixture
def target(tmp_path):
    return tmp_path / "out" / "guide.xml"


@pytest.fixture
def put(store, target):
    """Publish these texts, or pieces that come one by one, as a guide with this summary."""

    def put(*texts, pieces=None, what=None, asked="all", path=None, stop=None, **more):
        pieces = pieces or texts or (GUIDE, "</tv>\n")
        stop = stop or threading.Event()
        return publish(store, str(path or target), pieces, [what or summary()], asked, stop, **more)

    return put


def beside(path):
    """The names in the target's folder."""
    return sorted(os.listdir(os.path.dirname(str(path))))


# Whole, at once


def test_a_guide_is_published_as_it_is_in_a_folder_that_is_made(put, target):
    what = summary()
    assert put(GUIDE, "é\n", "</tv>\n", what=what) is what
    assert target.read_bytes() == (GUIDE + "é\n</tv>\n").encode()
    assert beside(target) == ["guide.xml"]


def test_a_reader_sees_the_old_guide_or_the_new_one_and_nothing_else(put, target):
    put(GUIDE, "old" * 99999)
    seen = []

    def pieces():
        yield GUIDE
        for _ in range(50):
            seen.append(target.read_text())
            yield "new" * 9999

    put(*pieces())
    assert set(seen) == {GUIDE + "old" * 99999}
    assert target.read_text() == GUIDE + "new" * 9999 * 50


def test_the_new_bytes_are_on_the_disk_before_they_take_the_place(put, target, monkeypatch):
    put()
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
    put(GUIDE, "x" * 1000)
    size = len(GUIDE) + 1000
    assert done == [f"sync file of {size}", f"replace by {size}", "sync folder of -"]


def test_a_link_stays_a_link(put, tmp_path, target):
    put(GUIDE, "old")
    link = tmp_path / "link.xml"
    link.symlink_to(target)
    put(GUIDE, "new", path=link)
    assert link.is_symlink()
    assert target.read_text() == GUIDE + "new"
    assert beside(target) == ["guide.xml"]


def test_a_link_into_nothing_is_filled(put, tmp_path):
    link = tmp_path / "link.xml"
    link.symlink_to(tmp_path / "there.xml")
    put(GUIDE, "new", path=link)
    assert link.is_symlink()
    assert (tmp_path / "there.xml").read_text() == GUIDE + "new"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_the_mode_of_the_old_guide_is_kept(put, target, mode):
    put()
    target.chmod(mode)
    put(GUIDE, "new")
    assert target.read_text() == GUIDE + "new"
    assert stat.S_IMODE(target.stat().st_mode) == mode


def test_a_new_guide_may_be_read_by_all_and_written_by_its_owner(put, target):
    before = os.umask(0o000)
    try:
        put()
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


@root_only
def test_the_owner_of_the_old_guide_is_kept(put, target):
    put()
    os.chown(str(target), 1234, 2345)
    put(GUIDE, "new")
    assert (target.stat().st_uid, target.stat().st_gid) == (1234, 2345)


def test_a_name_that_ends_in_gz_is_packed_the_same_way_every_time(put, tmp_path):
    one, two = tmp_path / "a" / "guide.xml.gz", tmp_path / "b" / "other.xml.gz"
    put(GUIDE, "é\n" * 10000, path=one)
    os.utime(str(one), (0, 0))
    put(GUIDE, "é\n" * 5000, "é\n" * 5000, path=two)
    assert one.read_bytes() == two.read_bytes()
    assert gzip.decompress(one.read_bytes()).decode() == GUIDE + "é\n" * 10000
    assert len(one.read_bytes()) < 2000
    head = one.read_bytes()[:10]
    assert head[3:8] == bytes(5)  # no name, no time


def test_a_packed_guide_replaces_a_packed_guide(put, tmp_path):
    path = tmp_path / "guide.xml.gz"
    put(GUIDE, "old", path=path)
    put(GUIDE, "new", path=path)
    assert gzip.decompress(path.read_bytes()).decode() == GUIDE + "new"


# Stopped or failing in the middle


def names(kind):
    return "guide.xml.gz" if kind == "packed" else "guide.xml"


@pytest.mark.parametrize("kind", ["plain", "packed"])
@pytest.mark.parametrize("size", [10, 100000])
def test_a_stop_in_the_middle_leaves_the_old_guide_and_nothing_beside_it(put, tmp_path, kind, size):
    path = tmp_path / "out" / names(kind)
    put(GUIDE, "old", path=path)
    before = path.read_bytes()
    stop = threading.Event()
    served = []

    def pieces():
        for number in range(100):
            if number == 50:
                stop.set()
            served.append(number)
            yield "x" * size

    with pytest.raises(Stopped):
        put(pieces=pieces(), path=path, stop=stop)
    assert served[-1] <= 51
    assert path.read_bytes() == before
    assert beside(path) == [names(kind)]


@pytest.mark.parametrize("kind", ["plain", "packed"])
@pytest.mark.parametrize("size", [10, 100000])
def test_pieces_that_fail_leave_the_old_guide_and_nothing_beside_it(put, tmp_path, kind, size):
    path = tmp_path / "out" / names(kind)
    put(GUIDE, "old", path=path)
    before = path.read_bytes()

    def pieces():
        yield "x" * size
        raise RuntimeError("a bug in the writer")

    with pytest.raises(RuntimeError, match="a bug"):
        put(pieces=pieces(), path=path)
    assert path.read_bytes() == before
    assert beside(path) == [names(kind)]


def test_a_first_guide_that_fails_leaves_nothing(put, target):
    with pytest.raises(RuntimeError):
        put(pieces=failing())
    assert beside(target) == []


def failing():
    yield GUIDE
    raise RuntimeError


LEFT = ("guide.xml.new", "guide.xml.0123abcd.new")


def test_what_a_run_that_was_killed_days_ago_left_beside_goes(put, target):
    put()
    for name in LEFT:
        (target.parent / name).write_text("half a guide")
        os.utime(str(target.parent / name), (0, time.time() - DAY - 60))
    put(GUIDE, "new")
    assert target.read_text() == GUIDE + "new"
    assert beside(target) == ["guide.xml"]


def test_what_another_may_still_write_and_what_is_anothers_stays(put, target):
    put()
    old = ["guide.xml.news", "other.xml.0123abcd.new", "guide.xml.bak.new"]
    for name in [*old, *LEFT]:
        (target.parent / name).write_text("mine")
    for name in old:
        os.utime(str(target.parent / name), (0, 0))
    put(GUIDE, "new")
    assert beside(target) == sorted(["guide.xml", *LEFT, *old])


def test_two_that_write_one_guide_at_a_time_leave_a_whole_one(put, target, tmp_path):
    """From two data directories, so that no lock keeps them apart."""

    def slow():
        yield GUIDE + "a" * 99999
        with Store(str(tmp_path / "other")) as other:
            publish(other, str(target), ["b"], [summary()], "all", threading.Event())
        assert target.read_text() == "b"
        yield "a" * 99999

    put(pieces=slow())
    assert target.read_text() == GUIDE + "a" * 2 * 99999
    assert beside(target) == ["guide.xml"]


# Never a worse one


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stations": 8}, "8 stations from now on, and it had 10"),
        ({"hours": 53}, "424 hours from now on, and it had 480"),
        ({"slots": 7}, "420 hours from now on, and it had 480"),
        ({"detailed": 89}, "712 programmes with details from now on, and it had 800"),
        ({"stations": 0, "slots": 0}, "0 stations"),
    ],
)
def test_a_clearly_smaller_guide_is_refused(put, store, target, changes, words):
    put(GUIDE, "old")
    with pytest.raises(WorseGuide, match=words) as caught:
        put(GUIDE, "new", what=summary(**changes))
    assert caught.value.exit_code == 6
    assert target.read_text() == GUIDE + "old"
    assert beside(target) == ["guide.xml"]
    assert published(store, str(target))["summary"]["programmes"] == 500
    with pytest.raises(WorseGuide):  # and it is still compared with the good one
        put(GUIDE, "new", what=summary(**changes))


def test_the_error_names_the_stations_that_are_lost_and_the_way_to_insist(put):
    put(what=summary(stations=20))
    with pytest.raises(WorseGuide) as caught:
        put(what=summary(stations=9))
    told = str(caught.value)
    assert "it lacks W9, W10, W11, W12, W13, W14, W15, W16 and 3 more" in told
    assert "--force" in told


def scored(**changes):
    """A guide with so many of each score in each slot."""
    plain = summary()
    values = {"known": 60 * HOUR, "described": 80, "numbered": 40, **changes}
    return plain._replace(
        **{name: dict.fromkeys(plain.seconds, value) for name, value in values.items()}
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"known": 50 * HOUR}, "400 hours that are not TBA from now on, and it had 480"),
        ({"described": 71}, "568 programmes with a description from now on, and it had 640"),
        ({"numbered": 35}, "280 episodes with a number from now on, and it had 320"),
    ],
)
def test_a_guide_that_says_clearly_less_is_refused(put, target, changes, words):
    put(GUIDE, "old", what=scored())
    with pytest.raises(WorseGuide, match=words):
        put(GUIDE, "new", what=scored(**changes))
    assert target.read_text() == GUIDE + "old"


def test_a_guide_that_says_nearly_as_much_is_published(put, target):
    put(GUIDE, "old", what=scored())
    put(GUIDE, "new", what=scored(known=54 * HOUR, described=72, numbered=36))
    assert target.read_text() == GUIDE + "new"


def test_what_an_older_version_did_not_count_is_not_compared(put, store, target):
    put(GUIDE, "old", what=scored())
    fact, at = store.known(f"published {target}")
    for name in ("known", "described", "numbered", "lacking"):
        del fact["summary"][name]
    fact["summary"]["stations"] = {
        name: own[:4] for name, own in fact["summary"]["stations"].items()
    }
    store.learn(f"published {target}", fact, at)
    put(GUIDE, "new", what=scored(known=0, described=0, numbered=0))
    assert target.read_text() == GUIDE + "new"


@pytest.mark.parametrize(("least", "refused"), [(100, True), (81, True), (80, False), (0, False)])
def test_the_user_says_what_is_worse(least, refused):
    assert bool(worse(summary(stations=10), summary(stations=8), THIS_SLOT, least)) is refused


def test_where_nothing_is_worse_even_an_empty_one_is_not():
    assert worse(summary(), summary(0, 0), THIS_SLOT, 0) == ""


def test_what_the_source_has_no_more_is_accepted_within_some_days():
    """A week of which a fifth lacks a description stands against a week that grows shorter."""
    old, less = scored(), scored(described=64)
    assert worse(old, less, THIS_SLOT)
    later = {slot + 2 * SLOT: value for slot, value in less.described.items()}
    hours = {slot + 2 * SLOT: value for slot, value in less.seconds.items()}
    moved = less._replace(described=later, seconds=hours, known=hours, numbered={}, detailed=hours)
    moved = moved._replace(numbered=later)
    assert worse(old, moved, THIS_SLOT + 2 * SLOT) == ""


@pytest.mark.parametrize(
    "changes", [{}, {"stations": 9}, {"hours": 54}, {"detailed": 90}, {"stations": 99, "slots": 99}]
)
def test_a_guide_that_is_as_good_within_a_tenth_is_published(put, target, changes):
    put(GUIDE, "old")
    put(GUIDE, "new", what=summary(**changes))
    assert target.read_text() == GUIDE + "new"


def test_guides_for_something_else_are_not_compared(put, target):
    put(GUIDE, "old", asked="seven days")
    put(GUIDE, "new", what=summary(stations=1), asked="one day")
    assert target.read_text() == GUIDE + "new"


def test_guides_of_other_files_are_not_compared(put, tmp_path):
    put(GUIDE, "old")
    put(GUIDE, "new", what=summary(stations=1), path=tmp_path / "other.xml")


def test_a_guide_whose_file_was_deleted_is_not_compared(put, store, target):
    put(GUIDE, "old")
    target.unlink()
    assert published(store, str(target)) is None
    put(GUIDE, "new", what=summary(stations=1))
    assert target.read_text() == GUIDE + "new"


# Where nothing is known of the guide that is there


def theirs():
    """A file of ten stations with eight described programmes each, of six hours."""
    lines = [GUIDE]
    for number in range(10):
        lines.append(f'<channel id="{number}.x"><display-name>W{number}</display-name></channel>\n')
    for number in range(10):
        for start in range(THIS_SLOT, THIS_SLOT + 8 * SLOT, SLOT):
            begin, end = (
                time.strftime("%Y%m%d%H%M%S +0000", time.gmtime(at)) for at in (start, start + SLOT)
            )
            lines.append(
                f'<programme start="{begin}" stop="{end}" channel="{number}.x">'
                "<title>A</title><desc>B</desc></programme>\n"
            )
    return "".join([*lines, "</tv>\n"])


@pytest.fixture(name="unknown")
def _unknown(target):
    """A guide of which the store knows nothing."""
    target.parent.mkdir()
    target.write_text(theirs())
    return target


@pytest.mark.parametrize(
    ("changes", "described", "words"),
    [
        ({"stations": 8}, 10, "8 stations from now on, and it had 10; it lacks W8, W9"),
        ({"slots": 7}, 10, "420 hours from now on, and it had 480"),
        ({}, 8, "64 programmes with a description from now on, and it had 80"),
    ],
)
def test_one_that_lacks_something_does_not_replace_a_clearly_better_file(
    put, unknown, changes, described, words
):
    before, what = unknown.read_text(), summary(**changes)
    what = what._replace(described=dict.fromkeys(what.seconds, described))
    with pytest.raises(WorseGuide, match=words):
        put(GUIDE, "new", what=what)
    assert unknown.read_text() == before
    put(GUIDE, "new", what=what, worse_below=0)
    assert unknown.read_text() == GUIDE + "new"


def test_a_whole_one_replaces_any_file(put, unknown):
    """The user may have chosen other channels, or come from another grabber."""
    put(GUIDE, "new", what=summary(stations=1), whole=True)
    assert unknown.read_text() == GUIDE + "new"


def test_one_that_lacks_something_but_is_as_good_replaces_it(put, unknown):
    put(GUIDE, "new", what=summary()._replace(described=dict.fromkeys(summary().seconds, 9)))
    assert unknown.read_text() == GUIDE + "new"


@pytest.mark.parametrize("harm", [lambda text: text[:-20], lambda text: "<tv></tv>", lambda _: ""])
def test_a_file_that_cannot_be_read_is_replaced(put, unknown, harm):
    unknown.write_text(harm(unknown.read_text()))
    put(GUIDE, "new", what=summary(stations=1))
    assert unknown.read_text() == GUIDE + "new"


def test_a_stop_ends_the_reading_of_a_file(put, unknown):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        put(pieces=iter(()), stop=stop)


def test_where_the_guide_ends_the_file_tells(store, unknown):
    assert ends(store, str(unknown)) == THIS_SLOT + 8 * SLOT
    unknown.write_text("")
    assert ends(store, str(unknown)) == 0


@pytest.mark.parametrize("text", ["", GUIDE + "theirs"])
def test_a_guide_whose_file_another_program_wrote_is_not_compared(put, store, target, text):
    put(GUIDE, "old and long")
    target.write_text(text)
    assert published(store, str(target)) is None
    assert not covers(store, str(target), 0)
    put(GUIDE, "new", what=summary(stations=1))
    assert target.read_text() == GUIDE + "new"


def test_a_guide_whose_file_was_only_touched_is_compared(put, target):
    put(GUIDE, "old")
    os.utime(str(target), (0, 0))
    with pytest.raises(WorseGuide):
        put(GUIDE, "new", what=summary(stations=1))


def test_what_was_published_is_known_in_the_next_run(put, store, target):
    put()
    end = THIS_SLOT + 8 * SLOT
    assert covers(store, str(target), end)
    assert not covers(store, str(target), end + 1)
    assert not covers(store, str(target.parent / "other.xml"), 0)
    target.unlink()
    assert not covers(store, str(target), end)


def test_a_guide_of_a_clock_that_was_a_day_ahead_is_replaced():
    """It had hours that the right day's guide does not have."""
    day = 4 * SLOT
    ahead = {slot + day: value for slot, value in summary().seconds.items()}
    old = summary()._replace(seconds=ahead, days=[THIS_SLOT + day, THIS_SLOT + day + 8 * SLOT])
    assert worse(old, summary(hours=54), THIS_SLOT) == ""
    assert "hours" in worse(old, summary(slots=3), THIS_SLOT)


def test_only_what_is_still_to_come_is_compared():
    old, new = summary(slots=8), summary(slots=7)
    new = new._replace(stations=old.stations)
    later = {slot + SLOT: value for slot, value in new.seconds.items()}
    details = {slot + SLOT: value for slot, value in new.detailed.items()}
    new = new._replace(seconds=later, detailed=details)  # it lacks the first slot
    assert worse(old, new, THIS_SLOT + SLOT) == ""
    assert "hours" in worse(old, new, THIS_SLOT)
    assert worse(old, summary(0, 0), THIS_SLOT + 9 * SLOT) == ""


def test_stations_that_have_ended_do_not_count():
    old = summary(stations=10)
    ended = {n: old.stations[n]._replace(end=THIS_SLOT + DAY) for n in list(old.stations)[:2]}
    new = old._replace(stations={**old.stations, **ended})
    assert worse(old, new, THIS_SLOT + HOUR) == ""
    told = "8 stations from now on, and it had 10; it lacks W0, W1"
    assert worse(old, new, THIS_SLOT + DAY) == told


# Where it cannot go


def refused(put, path, words):
    with pytest.raises(OutputError) as caught:
        put(GUIDE, "new", path=path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)
    assert caught.value.exit_code == 7


@pytest.mark.parametrize("content", ["Dear diary", "<html><body>a page</body></html>", "\x00\x01"])
def test_a_file_that_is_no_guide_is_not_overwritten(put, tmp_path, content):
    path = tmp_path / "mine.txt"
    path.write_text(content)
    refused(put, path, "no guide")
    assert path.read_text() == content
    assert beside(path) == ["data", "mine.txt"]


def test_an_empty_file_may_be_filled(put, target):
    target.parent.mkdir()
    target.write_text("")
    put(GUIDE, "new")
    assert target.read_text() == GUIDE + "new"


def test_a_guide_of_another_program_may_be_replaced(put, target):
    target.parent.mkdir()
    target.write_text('<?xml version="1.0"?><!-- theirs --><tv generator-info-name="x"></tv>')
    put(GUIDE, "new")
    assert target.read_text() == GUIDE + "new"


def test_a_folder_is_no_target(put, tmp_path):
    (tmp_path / "folder").mkdir()
    refused(put, tmp_path / "folder", "it is no file")
    assert list((tmp_path / "folder").iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_no_target_and_is_not_waited_for(put, store, tmp_path):
    os.mkfifo(str(tmp_path / "pipe"))
    assert ends(store, str(tmp_path / "pipe")) == 0
    refused(put, tmp_path / "pipe", "it is no file")


def test_a_folder_that_is_a_file_is_an_error(put, tmp_path):
    (tmp_path / "file").write_text("x")
    refused(put, tmp_path / "file" / "guide.xml", "is a file, not a folder")


@contextlib.contextmanager
def without_rights():
    """As somebody who owns nothing, where we are root."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        yield


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_folder_that_is_not_ours_to_write_is_an_error(put):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "guide.xml")
        with open(path, "w") as file:
            file.write(GUIDE)
        os.chmod(folder, 0o555)
        with without_rights():
            refused(put, path, "Permission denied")
        assert os.listdir(folder) == ["guide.xml"]
        with open(path) as file:
            assert file.read() == GUIDE
        os.chmod(folder, 0o755)


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


@pytest.mark.parametrize("kind", ["plain", "packed"])
def test_a_disk_that_fills_up_keeps_the_old_guide(put, small_disk, kind):
    path = small_disk / names(kind)
    put(GUIDE, "old", path=path)
    before = path.read_bytes()
    noise = os.urandom(1 << 20).decode("latin-1")  # nothing packs that
    with pytest.raises(OutputError, match="No space left"):
        put(GUIDE, *[noise] * 12, path=path)
    assert path.read_bytes() == before
    assert os.listdir(str(small_disk)) == [names(kind)]


def test_a_disk_that_is_nearly_full_is_refused_at_once(put, small_disk):
    put(GUIDE, "old", path=small_disk / "guide.xml")
    with open(str(small_disk / "hog"), "wb") as hog:
        hog.write(b"x" * (9500 << 10))
    asked = []

    def pieces():
        asked.append(1)
        yield GUIDE

    with pytest.raises(OutputError, match="the disk is full"):
        put(pieces=pieces(), path=small_disk / "guide.xml")
    assert asked == []
    assert (small_disk / "guide.xml").read_text() == GUIDE + "old"


def test_a_disk_without_modes_gets_the_guide_too(put, target, monkeypatch):
    """FAT refuses chmod."""

    def refuse(*args, **kwargs):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", refuse)
    put()
    put()
    assert os.path.getsize(target)


def test_a_share_that_cannot_sync_a_folder_gets_the_guide_too(put, target, monkeypatch):
    real = os.fsync

    def sync(number):
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise OSError(22, "Invalid argument")
        real(number)

    monkeypatch.setattr(os, "fsync", sync)
    put()
    assert os.path.getsize(target)
