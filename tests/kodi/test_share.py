"""The guide at an address that only Kodi can write to: smb://, nfs://, ..."""

import os
import threading

import pytest

from gracenote2epg import errors
from support.builders import HOUR
from support.kodi_addon import HERE, UNDER_WAY, ours, publish

GUIDE = "smb://nas/tv/guide.xml"
OWNER = 7
COPIED = {GUIDE: b"<tv/>"}
# Which calls fail.
READ_ONLY = {"open", "mkdirs"}.__contains__
NO_RENAME = {"rename", "copy"}.__contains__
WELL = frozenset().__contains__


@pytest.fixture(name="kodi")
def _kodi(kodi):
    """Its guide goes to a share."""
    kodi.set(postal_code=HERE, output=GUIDE)
    return kodi


def serve_guides(kodi, hours=1):
    """Serve with runs that publish; return when they began, in hours, and for how many days."""
    runs = []

    def grab(config, stop):
        runs.append((round(kodi.now / HOUR, 1), config.days))
        publish(config)

    kodi.serve_with(grab, hours)
    return runs


def test_the_guide_is_written_locally_and_copied_to_the_share(kodi):
    kodi.set(output=f"{GUIDE}.gz")
    kodi.shares[f"{GUIDE}.gz"] = b"old"
    kodi.serve_with(lambda config, stop: publish(config, b"new" * 200000))
    assert kodi.shares == {f"{GUIDE}.gz": b"new" * 200000}
    assert os.path.isfile(os.path.join(kodi.profile, "xmltv.xml.gz"))
    assert kodi.logged("is copied to smb://nas") == 1


def test_an_unchanged_guide_is_not_copied_again(kodi):
    kodi.set(interval=1)
    runs = []

    def grab(config, stop):
        if not runs:
            publish(config)
        runs.append(1)

    kodi.serve_with(grab, hours=3)
    assert len(runs) == 3
    assert kodi.logged("is copied to") == 1


@pytest.mark.parametrize(
    ("fault", "broken", "well"),
    [("fails", READ_ONLY, WELL), ("fails", NO_RENAME, WELL), ("room", 3, None)],
)
def test_a_failed_copy_notifies_and_is_tried_again(kodi, fault, broken, well):
    setattr(kodi, fault, broken)
    kodi.after(0.5 * HOUR, setattr, kodi, fault, well)
    serve_guides(kodi, hours=2)
    ((heading, text),) = kodi.notifications
    assert heading == "TV guide"
    assert text.startswith(f"The guide cannot be written: {GUIDE[: -len('xml')]}")
    assert kodi.shares == COPIED


@pytest.mark.parametrize("address", ["smb://robin:geheim@nas/tv", "dav://robin:geheim@nas/tv"])
def test_a_password_in_the_address_is_in_no_text(kodi, address):
    kodi.set(output=f"{address}/guide.xml")
    for kodi.fails in (READ_ONLY, NO_RENAME, WELL):
        serve_guides(kodi)
        kodi.restart()
        kodi.ask("run_now")
    texts = [*kodi.lines(), *(text for _, text in kodi.notifications)]
    texts.append(kodi.profile_file("state.json"))
    assert [text for text in texts if "geheim" in text] == []
    assert kodi.shares[f"{address}/guide.xml"] == b"<tv/>"


def test_a_share_that_is_off_is_tried_each_hour_without_requests(kodi):
    kodi.fails = READ_ONLY
    kodi.after(5.5 * HOUR, kodi.ask, "run_now")
    kodi.after(20.7 * HOUR, setattr, kodi, "fails", WELL)
    runs = serve_guides(kodi, hours=24)
    assert [hour for hour, _ in runs] == [0, 5.5, 17.5]  # the first, "run_now", the schedule's
    assert sum("Cannot write" in line for line in kodi.lines("WARNING")) > 19
    assert kodi.shares == COPIED


def test_changed_settings_start_a_run_though_the_share_is_off(kodi):
    kodi.fails = READ_ONLY
    kodi.after(0.5 * HOUR, kodi.set, days=3)
    assert serve_guides(kodi) == [(0, 7), (0.5, 3)]


def test_a_share_that_cannot_rename_gets_a_copy(kodi, monkeypatch):
    monkeypatch.setattr(ours("vfs").xbmcvfs, "rename", lambda old, new: False)
    serve_guides(kodi)
    assert kodi.shares == COPIED


def test_a_share_that_can_rename_onto_a_file_always_has_a_guide(kodi, monkeypatch):
    kodi.renames_onto = True
    kodi.shares[GUIDE] = b"old"
    monkeypatch.setattr(ours("vfs").xbmcvfs, "delete", pytest.fail)
    serve_guides(kodi)
    assert kodi.shares == COPIED


def test_a_copy_is_stopped_between_chunks(kodi, monkeypatch):
    stop, vfs = threading.Event(), ours("vfs")
    path = kodi.profile_file("guide.xml", "x" * (3 * vfs.CHUNK_SIZE))
    kodi.shares[GUIDE] = b"old"
    write = vfs.xbmcvfs.File.write
    monkeypatch.setattr(
        vfs.xbmcvfs.File, "write", lambda self, chunk: write(self, chunk) and not stop.set()
    )
    with pytest.raises(errors.Stopped):
        vfs.upload(path, GUIDE, stop, OWNER)
    assert kodi.shares == {GUIDE: b"old"}


def test_a_guide_that_disappears_before_the_copy_is_an_error(kodi):
    with pytest.raises(errors.OutputError, match=r"Cannot write .*gone\.xml"):
        ours("vfs").upload("/nowhere/gone.xml", GUIDE, threading.Event(), OWNER)


@pytest.mark.parametrize("renames_onto", [False, True])
def test_two_kodis_at_one_address_leave_one_whole_guide_there(kodi, monkeypatch, renames_onto):
    vfs, kodi.renames_onto = ours("vfs"), renames_onto
    write, never = vfs.xbmcvfs.File.write, threading.Event()
    paths = [kodi.profile_file(name, name * vfs.CHUNK_SIZE * 2) for name in "ab"]

    def write_while_the_other_does(file, chunk):
        monkeypatch.setattr(vfs.xbmcvfs.File, "write", write)
        vfs.upload(paths[1], GUIDE, never, OWNER + 1)
        return write(file, chunk)

    monkeypatch.setattr(vfs.xbmcvfs.File, "write", write_while_the_other_does)
    vfs.upload(paths[0], GUIDE, never, OWNER)
    assert list(kodi.shares) == [GUIDE]
    assert set(kodi.shares[GUIDE]) == {ord("a")}


@pytest.mark.parametrize("renames_onto", [False, True])
def test_a_share_that_vanishes_or_stumbles_at_any_call_has_a_guide(kodi, renames_onto):
    vfs, never = ours("vfs"), threading.Event()
    path, kodi.renames_onto = kodi.profile_file("guide.xml", "x" * 3 * vfs.CHUNK_SIZE), renames_onto
    with open(path, "rb") as file:
        new = file.read()
    wrong = []
    for last in (False, True):  # it is gone from this call on, or fails once
        for at in range(20):
            kodi.shares, calls = {GUIDE: b"old"}, []
            kodi.fails = lambda call, last=last, at=at, calls=calls: (
                calls.append(call) or (len(calls) == at + 1 if last else len(calls) > at)
            )
            try:
                vfs.upload(path, GUIDE, never, OWNER)
                whole = kodi.shares[GUIDE] == new
            except errors.OutputError:
                found = kodi.shares.get(GUIDE)
                whole = found == b"old" or new in (found, *kodi.shares.values())
            kodi.fails = WELL
            vfs.upload(path, GUIDE, never, OWNER)  # when it is back
            if not whole or kodi.shares != {GUIDE: new}:
                wrong.append((last, at, calls, list(kodi.shares)))
    assert wrong == []


def test_a_call_that_blocks_does_not_keep_kodi_from_quitting(kodi, monkeypatch):
    blocked, may_go = threading.Event(), threading.Event()
    monkeypatch.setattr(ours("service.scheduler"), "JOIN_TIMEOUT", 0.05)
    kodi.shares[GUIDE] = b"old"
    kodi.fails = lambda call: call == "write" and [blocked.set(), may_go.wait(20)] == []
    kodi.patient, kodi.under_way = False, blocked
    kodi.after(UNDER_WAY, kodi.quit)
    long = b"x" * 3 * ours("vfs").CHUNK_SIZE
    kodi.serve_with(lambda config, stop: publish(config, long), hours=0.5)
    assert kodi.logged("ended") == 1
    may_go.set()
    for thread in threading.enumerate():
        if thread.name == "grab":
            thread.join()
    assert kodi.shares == {GUIDE: b"old"}


def test_the_guide_of_a_run_that_failed_later_is_copied(kodi):
    def grab(config, stop):
        publish(config)
        raise errors.Incomplete("It lacks hours", "Wait")

    kodi.serve_with(grab)
    assert kodi.shares == COPIED


def test_a_failed_run_without_a_guide_copies_nothing(kodi):
    kodi.serve(0.5, errors.RequestRefused("example.org", "429"))
    assert kodi.shares == {}
    assert kodi.lines("ERROR") == []
