"""Where the grabber finds its settings, where it keeps data, and ``--list-channels``."""

import functools
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from support import guides
from support.machine import root_only, store_addon_settings


def stations(text):
    return len(ElementTree.fromstring(text.encode()).findall("channel"))


@pytest.fixture(name="addon")
def _addon(terminal):
    return functools.partial(store_addon_settings, terminal.home)


def chown(folder):
    for path in (folder, *(os.path.join(folder, name) for name in os.listdir(folder))):
        os.chown(path, 12345, 12345)


def test_the_settings_and_the_profile_of_the_addon_are_used(terminal, addon, tmp_path):
    profile = addon(postal_code="90210", channels="20006", output="/nonexistent/x")
    result = terminal.grab(GRACENOTE_POSTAL_CODE="")
    assert (result.code, result.err, stations(result.out)) == (0, "", 1)
    assert os.path.exists(os.path.join(profile, "gracenote2epg.db"))
    assert not os.path.exists(terminal.data)
    (tmp_path / "my.conf").write_text("channel=20071\nchannel=20122\n")
    result = terminal.grab("--config-file", str(tmp_path / "my.conf"), GRACENOTE_POSTAL_CODE="")
    assert stations(result.out) == 2  # the file overrides them


def test_without_settings_or_with_bad_options_it_ends_with_one_line(terminal):
    for words in ([], ["--list-channels"], ["stray"]):
        result = terminal.grab(*words, GRACENOTE_POSTAL_CODE="")
        assert result.failed(2)
        assert ("Usage: tv_grab_gracenote2epg" in result.err) == (words == ["stray"])


@root_only
def test_the_guide_of_kodis_user_is_read_and_nothing_is_written_there(terminal, server, addon):
    """Tvheadend runs as hts, and Kodi as another user."""
    days = {"GRACENOTE_DAYS": "2", "GRACENOTE_POSTAL_CODE": ""}
    profile = addon(postal_code="90210", days="2")
    first = terminal.grab(**days)  # as Kodi would
    os.remove(os.path.join(profile, "gracenote2epg.log"))
    chown(profile)
    before = sorted(os.listdir(profile))
    server.reset_counts()
    result = terminal.grab(**days, GRACENOTE_MIN_INTERVAL="0")
    assert (result.code, result.out, result.err) == (0, first.out, "")
    assert (server.counts.requests, sorted(os.listdir(profile))) == (0, before)
    assert "another user's: it is read, not written" in terminal.log


@root_only
def test_without_a_fresh_guide_of_kodis_user_it_grabs_its_own(terminal, server, addon):
    profile = addon(postal_code="90210")
    chown(profile)
    result = terminal.grab(GRACENOTE_POSTAL_CODE="")
    assert (result.code, result.err, result.is_guide) == (0, "", True)
    assert server.counts.requests > 0
    assert os.listdir(profile) == ["settings.xml"]
    assert os.path.exists(os.path.join(terminal.data, "gracenote2epg.db"))


def test_cache_names_the_data_directory(terminal, tmp_path):
    folder = str(tmp_path / "cache")
    assert terminal.grab("--cache", folder).is_guide
    assert "gracenote2epg.db" in os.listdir(folder)
    assert not os.path.exists(terminal.data)
    assert terminal.grab("--cache").is_guide
    assert "gracenote2epg.db" in os.listdir(terminal.data)


def test_a_bad_home_is_no_problem_if_the_data_directory_is_given(terminal):
    for home in ("", "/nonexistent", "/"):
        result = terminal.grab(HOME=home, GRACENOTE_DATA_DIR=terminal.data)
        assert (result.code, result.err, result.is_guide) == (0, "", True)


# --list-channels


def test_list_channels_lists_all_channels_whatever_is_chosen(terminal, tmp_path):
    every = terminal.grab("--list-channels")
    assert (every.code, every.err, stations(every.out)) == (0, "", 8)
    assert "<programme" not in every.out
    path = str(tmp_path / "channels.xml")
    words = ("--list-channels", "--output", path)
    assert terminal.grab(*words, GRACENOTE_CHANNELS="20006").out == ""
    with open(path, encoding="utf-8") as file:
        assert file.read() == every.out
    if shutil.which("xmllint") and os.path.exists(guides.DTD):
        command = ["xmllint", "--noout", "--nonet", "--dtdvalid", guides.DTD, path]
        subprocess.run(command, check=True, capture_output=True)
    assert terminal.run("--postal", "90210", "--list-channels").is_guide
    assert not os.path.exists(terminal.guide)  # by hand, too


def test_the_channels_are_those_of_the_guide(terminal):
    def channels(*words):
        tree = ElementTree.fromstring(terminal.grab(*words).out.encode())
        return [ElementTree.tostring(node).strip() for node in tree.iter("channel")]

    assert channels("--list-channels") == channels()
    old = os.path.join(terminal.home, "old.xml")
    with open(old, "w") as file:
        file.write('<tv><channel id="mine.us"><display-name>WZAADT</display-name></channel></tv>')
    relative = os.path.relpath(old)
    assert 'channel id="mine.us"' in terminal.grab("--ids-from", relative).out
    with open(os.path.join(terminal.data, "choices.json")) as choices:
        assert f'"{old}"' in choices.read()
    assert channels("--list-channels") == channels()


def test_list_channels_fails_if_the_source_refuses(terminal, server):
    for endpoint in ("grid", None):
        server.faults.refuse(403, on=endpoint)
        assert terminal.grab("--list-channels").failed(4)
