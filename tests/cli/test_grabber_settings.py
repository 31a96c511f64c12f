"""Where the grabber finds its settings, where it keeps things, and ``--list-channels``."""

import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from gracenote2epg.config.paths import home_dirs
from gracenote2epg.config.settings import ADDON_ID
from support import guides
from support.machine import root_only


def stations(text):
    return len(ElementTree.fromstring(text.encode()).findall("channel"))


# Where the settings are


@pytest.fixture(name="kodis")
def _kodis(terminal):
    """What writes the add-on's settings as Kodi stores them; returns its profile."""

    def store(**values):
        profile = os.path.join(terminal.home, ".kodi/userdata/addon_data", ADDON_ID)
        os.makedirs(profile, exist_ok=True)
        rows = [f'<setting id="{name}">{value}</setting>' for name, value in values.items()]
        with open(os.path.join(profile, "settings.xml"), "w", encoding="utf-8") as file:
            file.write(f'<settings version="2">{"".join(rows)}</settings>')
        return profile

    return store


def give_away(folder):
    """All in the folder is another user's from now on."""
    for path in (folder, *(os.path.join(folder, name) for name in os.listdir(folder))):
        os.chown(path, 12345, 12345)


def test_the_addons_settings_are_found_and_its_profile_is_used(terminal, kodis):
    profile = kodis(postal_code="90210", channels="20006", output="/nonexistent/x")
    ended = terminal.grab(GRACENOTE_POSTAL_CODE="")
    assert (ended.code, ended.err, stations(ended.out)) == (0, "", 1)
    assert os.path.exists(os.path.join(profile, "gracenote2epg.db"))
    assert not os.path.exists(terminal.data)


def test_the_config_file_comes_before_the_addons(terminal, kodis, tmp_path):
    kodis(postal_code="99999", channels="20006")
    (tmp_path / "my.conf").write_text("postal_code=90210\nchannel=20071\nchannel=20122\n")
    ended = terminal.grab("--config-file", str(tmp_path / "my.conf"), GRACENOTE_POSTAL_CODE="")
    assert stations(ended.out) == 2


def test_nothing_configured_is_a_line(terminal):
    for words in ([], ["--list-channels"]):
        assert terminal.grab(*words, GRACENOTE_POSTAL_CODE="").told(2)


@root_only
def test_the_guide_of_another_users_kodi_is_read_and_nothing_is_written_there(
    terminal, server, kodis
):
    """Tvheadend runs as hts, and Kodi as whoever sits before it."""
    days = {"GRACENOTE_DAYS": "2", "GRACENOTE_POSTAL_CODE": ""}
    profile = kodis(postal_code="90210", days="2")
    first = terminal.grab(**days)  # stands for Kodi
    os.remove(os.path.join(profile, "gracenote2epg.log"))
    give_away(profile)
    before = sorted(os.listdir(profile))
    server.reset_counts()
    ended = terminal.grab(**days, GRACENOTE_MIN_INTERVAL="0")
    assert (ended.code, ended.out, ended.err) == (0, first.out, "")
    assert server.counts.requests == 0
    assert sorted(os.listdir(profile)) == before
    assert "another user's: it is read, not written" in terminal.log


@root_only
def test_without_a_fresh_guide_of_the_other_user_it_grabs_for_itself(terminal, server, kodis):
    profile = kodis(postal_code="90210")
    give_away(profile)
    ended = terminal.grab(GRACENOTE_POSTAL_CODE="")
    assert (ended.code, ended.err, ended.whole) == (0, "", True)
    assert server.counts.requests > 0
    assert os.listdir(profile) == ["settings.xml"]
    assert os.path.exists(os.path.join(terminal.data, "gracenote2epg.db"))


def test_cache_says_where_downloads_are_kept(terminal, tmp_path):
    folder = str(tmp_path / "cache")
    assert terminal.grab("--cache", folder).whole
    assert "gracenote2epg.db" in os.listdir(folder)
    assert not os.path.exists(terminal.data)
    assert terminal.grab("--cache").whole
    assert "gracenote2epg.db" in os.listdir(terminal.data)


# Channels


def test_list_channels_lists_all_whatever_is_chosen(terminal, tmp_path):
    every = terminal.grab("--list-channels")
    assert (every.code, every.err, stations(every.out)) == (0, "", 8)
    assert "<programme" not in every.out
    assert terminal.grab("--list-channels", GRACENOTE_CHANNELS="20006").out == every.out
    path = str(tmp_path / "channels.xml")
    assert terminal.grab("--list-channels", "--output", path).out == ""
    with open(path, encoding="utf-8") as file:
        assert file.read() == every.out
    if shutil.which("xmllint") and os.path.exists(guides.DTD):
        command = ["xmllint", "--noout", "--nonet", "--dtdvalid", guides.DTD, path]
        subprocess.run(command, check=True, capture_output=True)


def test_the_channels_are_those_of_the_guide(terminal):
    def channels(*words):
        tree = ElementTree.fromstring(terminal.grab(*words).out.encode())
        return [ElementTree.tostring(node).strip() for node in tree.iter("channel")]

    assert channels("--list-channels") == channels()


def test_list_channels_by_hand_leaves_the_guide_alone(terminal):
    terminal.run("--postal", "90210")
    before = os.stat(terminal.guide).st_mtime_ns
    assert terminal.run("--postal", "90210", "--list-channels").whole
    assert os.stat(terminal.guide).st_mtime_ns == before


@pytest.mark.parametrize("endpoint", [None, "grid"])
def test_list_channels_of_a_source_that_refuses_is_an_error(terminal, server, endpoint):
    server.faults.refuse(403, on=endpoint)
    assert terminal.grab("--list-channels").told(4)


def test_an_odd_home_is_no_hindrance_where_the_folder_is_named(terminal):
    for home in ("", "/nonexistent", "/"):
        ended = terminal.grab(HOME=home, GRACENOTE_DATA_DIR=terminal.data)
        assert (ended.code, ended.err, ended.whole) == (0, "", True)


def test_the_home_that_the_system_knows_stands_in_for_an_odd_one():
    known = os.path.expanduser(f"~{os.environ.get('USER', 'root')}")
    assert home_dirs({}) == home_dirs({"HOME": "/nonexistent"}) == [known]
    assert home_dirs({"HOME": os.environ["HOME"]}) == [os.environ["HOME"]]
