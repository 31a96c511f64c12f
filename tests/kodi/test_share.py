"""The guide at an address that Kodi alone can write to: smb://, nfs://, ..."""

import os
import threading

import pytest

from gracenote2epg import errors
from support.builders import HOUR
from support.kodi_addon import HERE, ours, publish

GUIDE = "smb://nas/tv/guide.xml"


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


def test_the_guide_is_written_here_and_copied_there(kodi):
    kodi.set(output=f"{GUIDE}.gz")
    kodi.shares[f"{GUIDE}.gz"] = b"old"
    kodi.serve_with(lambda config, stop: publish(config, b"new" * 200000))
    assert kodi.shares == {f"{GUIDE}.gz": b"new" * 200000}
    assert os.path.isfile(os.path.join(kodi.profile, "xmltv.xml.gz"))
    assert any("is copied to smb://nas" in line for line in kodi.lines("INFO"))


def test_an_old_guide_is_not_copied_twice(kodi):
    kodi.set(interval=1)
    runs = []

    def grab(config, stop):
        if not runs:
            publish(config)
        runs.append(1)

    kodi.serve_with(grab, hours=3)
    assert len(runs) == 3
    assert kodi.said("is copied to") == 1


@pytest.mark.parametrize("trouble", ["read_only", "no_rename"])
def test_a_share_that_cannot_be_written_is_told_and_tried_again(kodi, trouble):
    setattr(kodi, trouble, True)
    kodi.after(0.5 * HOUR, setattr, kodi, trouble, False)
    serve_guides(kodi, hours=2)
    ((_, told),) = kodi.notifications
    assert f"Cannot write {GUIDE}" in told
    assert kodi.shares == {GUIDE: b"<tv/>"}


def test_a_share_that_is_off_is_tried_each_hour_and_the_source_is_not(kodi):
    kodi.read_only = True
    kodi.after(5.5 * HOUR, kodi.ask, "run_now")
    kodi.after(21.7 * HOUR, setattr, kodi, "read_only", False)
    runs = serve_guides(kodi, hours=24)
    assert [hour for hour, _ in runs] == [0, 5.5, 17.5]  # the first, "run_now", the schedule's
    assert sum("Cannot write" in line for line in kodi.lines("WARNING")) > 20
    assert kodi.shares == {GUIDE: b"<tv/>"}


def test_another_guide_is_grabbed_though_the_share_is_off(kodi):
    kodi.read_only = True
    kodi.after(0.5 * HOUR, kodi.set, days=3)
    assert serve_guides(kodi) == [(0, 7), (0.5, 3)]


def test_a_share_that_cannot_rename_gets_a_copy(kodi, monkeypatch):
    monkeypatch.setattr(ours("vfs").xbmcvfs, "rename", lambda old, new: False)
    serve_guides(kodi)
    assert kodi.shares == {GUIDE: b"<tv/>"}


def test_a_share_that_can_rename_onto_a_file_is_never_without_a_guide(kodi, monkeypatch):
    kodi.renames_onto = True
    kodi.shares[GUIDE] = b"old"
    removed = []
    monkeypatch.setattr(ours("vfs").xbmcvfs, "delete", removed.append)
    serve_guides(kodi)
    assert kodi.shares == {GUIDE: b"<tv/>"}
    assert removed == []


def test_a_share_that_refuses_the_guide_at_last_keeps_the_new_one_beside(kodi):
    kodi.no_rename = True
    kodi.shares[GUIDE] = b"old"
    serve_guides(kodi)
    assert b"<tv/>" in kodi.shares.values()
    ((_, told),) = kodi.notifications
    assert GUIDE in told


def test_a_copy_is_stopped_between_its_pieces(kodi, monkeypatch):
    stop = threading.Event()
    path = os.path.join(kodi.userdata, "guide.xml")
    vfs = ours("vfs")
    with open(path, "wb") as file:
        file.write(b"x" * (3 * vfs.CHUNK_SIZE))
    kodi.shares[GUIDE] = b"old"
    real = vfs.xbmcvfs.File.write
    monkeypatch.setattr(
        vfs.xbmcvfs.File, "write", lambda self, piece: real(self, piece) and not stop.set()
    )
    with pytest.raises(errors.Stopped):
        vfs.upload(path, GUIDE, stop)
    assert kodi.shares == {GUIDE: b"old"}


def test_a_guide_that_vanished_before_it_was_copied_is_told(kodi):
    with pytest.raises(errors.OutputError, match=r"Cannot write .*gone\.xml"):
        ours("vfs").upload("/nowhere/gone.xml", GUIDE, threading.Event())


@pytest.mark.parametrize(
    "failure",
    [
        errors.Incomplete("It lacks hours", "Wait"),
        errors.RequestRefused("example.org", "429"),
        errors.OutputError("/backups", "the disk is full"),
    ],
)
def test_what_a_failed_run_has_published_gets_to_the_share(kodi, failure):
    def grab(config, stop):
        publish(config)
        raise failure

    kodi.serve_with(grab)
    assert kodi.shares == {GUIDE: b"<tv/>"}


def test_a_failed_run_without_a_guide_leaves_the_share_alone(kodi):
    kodi.serve(0.5, errors.RequestRefused("example.org", "429"))
    assert kodi.shares == {}
    assert kodi.lines("ERROR") == []
