"""The guide at an address that only Kodi can write to: smb://, nfs://, ..."""

import os
import threading

import pytest

from gracenote2epg import errors
from support.builders import HOUR
from support.kodi_addon import HERE, ours, publish

GUIDE = "smb://nas/tv/guide.xml"
COPIED = {GUIDE: b"<tv/>"}


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
    [("read_only", True, False), ("no_rename", True, False), ("room", 3, None)],
)
def test_a_failed_copy_notifies_and_is_tried_again(kodi, fault, broken, well):
    setattr(kodi, fault, broken)
    kodi.after(0.5 * HOUR, setattr, kodi, fault, well)
    serve_guides(kodi, hours=2)
    ((_, text),) = kodi.notifications
    assert f"Cannot write {GUIDE}" in text
    assert kodi.shares == COPIED


@pytest.mark.parametrize("address", ["smb://robin:geheim@nas/tv", "dav://robin:geheim@nas/tv"])
def test_a_password_in_the_address_is_in_no_text(kodi, address):
    kodi.set(output=f"{address}/guide.xml")
    for fault in ("read_only", "no_rename", "none"):
        setattr(kodi, fault, True)
        serve_guides(kodi)
        kodi.restart()
        setattr(kodi, fault, False)
        kodi.ask("run_now")
    texts = [*kodi.lines(), *(text for _, text in kodi.notifications)]
    texts.append(kodi.profile_file("state.json"))
    assert [text for text in texts if "geheim" in text] == []
    assert kodi.shares[f"{address}/guide.xml"] == b"<tv/>"


def test_a_share_that_is_off_is_tried_each_hour_without_requests(kodi):
    kodi.read_only = True
    kodi.after(5.5 * HOUR, kodi.ask, "run_now")
    kodi.after(20.7 * HOUR, setattr, kodi, "read_only", False)
    runs = serve_guides(kodi, hours=24)
    assert [hour for hour, _ in runs] == [0, 5.5, 17.5]  # the first, "run_now", the schedule's
    assert sum("Cannot write" in line for line in kodi.lines("WARNING")) > 19
    assert kodi.shares == COPIED


def test_changed_settings_start_a_run_though_the_share_is_off(kodi):
    kodi.read_only = True
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


def test_a_share_that_refuses_the_last_step_keeps_the_temporary_file(kodi):
    kodi.no_rename = True
    kodi.shares[GUIDE] = b"old"
    serve_guides(kodi)
    assert b"<tv/>" in kodi.shares.values()


def test_a_copy_is_stopped_between_chunks(kodi, monkeypatch):
    stop, vfs = threading.Event(), ours("vfs")
    path = kodi.profile_file("guide.xml", "x" * (3 * vfs.CHUNK_SIZE))
    kodi.shares[GUIDE] = b"old"
    write = vfs.xbmcvfs.File.write
    monkeypatch.setattr(
        vfs.xbmcvfs.File, "write", lambda self, chunk: write(self, chunk) and not stop.set()
    )
    with pytest.raises(errors.Stopped):
        vfs.upload(path, GUIDE, stop)
    assert kodi.shares == {GUIDE: b"old"}


def test_a_guide_that_disappears_before_the_copy_is_an_error(kodi):
    with pytest.raises(errors.OutputError, match=r"Cannot write .*gone\.xml"):
        ours("vfs").upload("/nowhere/gone.xml", GUIDE, threading.Event())


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
