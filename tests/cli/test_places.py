"""Where files are made, who may read them, and what is said when that is not possible."""

import errno
import os
import shutil
import stat
import time

from gracenote2epg.cli import grabber
from gracenote2epg.clock import HOUR
from gracenote2epg.config import paths
from gracenote2epg.grab import schedule
from gracenote2epg.guide import guide_file
from gracenote2epg.store.answers import INSTALLATION, Store

HERE = ("--postal", "90210")


def test_only_the_guides_own_folder_is_made(terminal, server, tmp_path):
    share = tmp_path / "share"
    result = terminal.run(*HERE, "--output", str(share / "tv" / "guide.xml"))
    assert result.failed(7)
    assert f"there is no folder {share}). If {share} is on another disk or a share, mount" in (
        result.err
    )
    assert (os.path.exists(share), server.log) == (False, [])
    share.mkdir()
    assert terminal.run(*HERE, "--output", str(share / "tv" / "guide.xml")).code == 0


def test_what_may_hold_the_postal_code_is_the_users_own(terminal):
    assert terminal.run(*HERE).code == 0
    modes = {
        name: stat.S_IMODE(os.stat(os.path.join(terminal.data, name)).st_mode)
        for name in (".", "gracenote2epg.db", "gracenote2epg.log", "choices.json", "xmltv.xml")
    }
    assert list(modes.values()) == [0o700, 0o600, 0o600, 0o600, 0o644], modes
    before = os.stat(terminal.home).st_mode
    assert terminal.run(*HERE, "--data-dir", terminal.home).code == 0
    assert os.stat(terminal.home).st_mode == before  # one that was there is not ours to close


def test_a_full_disk_is_told_with_what_it_takes(terminal, monkeypatch):
    assert terminal.run(*HERE).code == 0
    usage = shutil.disk_usage(terminal.home)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=300 << 10))
        result = terminal.run(*HERE, "--days", "2")
    needed = (os.path.getsize(terminal.guide) + guide_file.FREE_SPACE_MARGIN) >> 10
    text = f"(the disk is full: 300 KiB free, about {needed} KiB needed). Free some room there"
    assert (result.failed(7), text in result.err) == (True, True), result.err

    def full(*words):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "mkdir", full)
        result = terminal.run(*HERE, "--data-dir", os.path.join(terminal.home, "other"))
    assert "(the disk is full: " in result.err
    assert " KiB free, about 16384 KiB needed). Free some room there" in result.err


def test_the_add_ons_guide_is_sent_where_the_own_folder_cannot_be_written(
    terminal, clock, monkeypatch, tmp_path
):
    """Tvheadend runs as another user than Kodi."""
    own = terminal.data
    terminal.environment["GRACENOTE_DAYS"] = "2"
    assert terminal.grab().code == 0
    profile = str(tmp_path / "service.gracenote2epg")
    shutil.copytree(own, profile)
    os.remove(os.path.join(own, "gracenote2epg.db"))  # its facts name the guide by its path
    monkeypatch.setattr(paths, "addon_profile", lambda environ: profile)
    monkeypatch.setattr(paths, "_is_ours", lambda folder: False)
    (tmp_path / "file").write_text("")
    kodis = tmp_path / "service.gracenote2epg" / "settings.xml"
    clock.advance(9 * HOUR)
    words = ("--config-file", os.devnull)
    environment = {"XDG_DATA_HOME": str(tmp_path / "file")}
    for text, said in (("<settings version='2'></settings>", 0), ("<settings vers", 1)):
        kodis.write_text(text)  # the second is cut, as by a full disk
        result = terminal.grab(*words, **environment)
        assert (result.code, result.is_guide) == (7, True), result.err
        assert result.err.count(str(kodis)) == said, result.err
    clock.advance(52 * HOUR)  # it is over, its last programme too
    assert terminal.grab(*words, **environment).out == ""


def test_at_tvheadends_default_minute_each_installation_waits_for_its_own_second(terminal, clock):
    while time.localtime(clock.now()).tm_hour != 17:
        clock.advance(HOUR)
    assert terminal.grab(GRACENOTE_DAYS="3").code == 0
    with Store(terminal.data, clock) as store:
        store.set_fact(INSTALLATION, 5 * grabber.DEFAULT_CRON_SPREAD + 421, clock.now())
    seconds = []
    for _ in range(48):
        now = clock.now() - clock.now() % HOUR + HOUR + 240
        clock.set(now)
        if schedule.is_default_cron_minute(now):
            seconds.append(round(terminal.grab(GRACENOTE_DAYS="3").seconds))
    assert [second >= 421 for second in seconds] == [False, True, False, True], seconds
    assert max(seconds) < grabber.DEFAULT_CRON_SPREAD + 60
