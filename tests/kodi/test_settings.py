"""The add-on's settings, as a run gets them."""

import os
import sys
import threading

import pytest

from gracenote2epg import errors
from gracenote2epg.config import settings as config_settings
from support import fake_kodi
from support.kodi_addon import ours

# A valid value that is not the default, where the table has no choices or limits.
OTHER_VALUES = {
    "postal_code": "10001",
    "output": "/tv/x.xml",
    "base_url": "https://example.org",
    "image_host": "example.org",
    "monitoring_host": "0.0.0.0",
    "channels_from": "http://192.0.2.1/lineup.json",
    "tvh_url": "http://192.0.2.2:9981",
    "tvh_password": "a #secret",
    "description_template": "{title}",
    "category_map": "/tv/words.txt",
}


def read():
    return ours("addon_settings").read()


def test_settings_become_variables_and_are_read_anew_each_time(kodi):
    assert read().environment() == {}  # defaults do not count as set by the user
    assert "affiliate" not in read().config().origins
    kodi.set(postal_code=" J3B 1M4 ", days=3, utc="true", worker_strategy="aggressive")
    assert read().environment() == {
        "GRACENOTE_POSTAL_CODE": "J3B 1M4",
        "GRACENOTE_DAYS": "3",
        "GRACENOTE_UTC": "true",
        "GRACENOTE_WORKER_STRATEGY": "aggressive",
    }


def test_every_setting_of_the_page_reaches_the_run(kodi):
    rows = {row.name: row for row in config_settings.all_settings()}
    expected, actual = {}, {}
    for name in fake_kodi.settings():
        text = OTHER_VALUES.get(name) or other_value(rows[name])
        kodi.values = fake_kodi.defaults()
        kodi.set(**{name: text})
        config = read().config()
        expected[name] = [name], text
        actual[name] = list(config.origins), config_settings.as_text(getattr(config, name))
    assert actual == expected


def other_value(row):
    if row.kind.name == "boolean":
        return "false" if row.default else "true"
    if row.kind.choices:
        return next(word for word in row.kind.choices if word != row.default)
    if row.kind.name == "path":
        return "/tv/file"
    return str(row.kind.low + 1) if row.kind.low is not None else "http://127.0.0.1:9981"


def test_guide_and_data_are_in_the_profile(kodi):
    config = read().config()
    assert (config.data_dir, config.output) == (kodi.profile, kodi.guide)


@pytest.mark.parametrize("name", ["output", "channels_from"])
def test_special_paths_are_translated(kodi, name):
    kodi.set(**{name: "special://profile/tv/file.m3u"})
    assert getattr(read().config(), name) == os.path.join(kodi.userdata, "tv", "file.m3u")


@pytest.mark.parametrize("folder", ["/tv/", "special://profile/", "smb://nas/tv/"])
def test_the_folder_that_the_page_of_settings_browses_for_gets_the_guide(kodi, folder):
    kodi.set(output=folder)
    settings = read()
    assert settings.texts["output"] == f"{folder}xmltv.xml"
    assert (settings.share_address or settings.config().output).endswith("/xmltv.xml")


@pytest.mark.parametrize("path", ["-", "guide.xml"])
def test_the_guide_needs_an_absolute_path(kodi, path):
    kodi.set(output=path)
    with pytest.raises(errors.SettingError, match=f"output: '{path}' .*add-on's settings"):
        read().config()


def test_a_value_that_kodi_does_not_take_is_an_error(kodi):
    addon_settings = ours("addon_settings")
    addon_settings.write({"days": "3", "details": "false"})
    assert (kodi.values["days"], kodi.values["details"]) == ("3", "false")
    before = dict(kodi.values)
    for name, text in [("days", "15"), ("days", "two"), ("details", "no"), ("hour", "24")]:
        with pytest.raises(errors.SettingError, match=f"{name}: '{text}'"):
            addon_settings.write({"profile": "plex", name: text, "interval": "5"})
        assert kodi.values == before  # none of the others


def test_a_folder_that_becomes_a_file_is_the_same_and_a_refused_secret_stays_hidden(
    kodi, monkeypatch
):
    settings = ours("addon_settings")
    kodi.set(output="/tv/")
    settings.write({"output": "/tv/xmltv.xml", "days": "3"})
    assert (read().texts["output"], read().texts["days"]) == ("/tv/xmltv.xml", "3")
    monkeypatch.setattr(sys.modules["xbmcaddon"].Addon, "setSetting", lambda *arguments: None)
    with pytest.raises(errors.SettingError) as refused:
        settings.write({"tvh_password": "geheim"})
    assert "geheim" not in str(refused.value)


def test_who_reads_while_kodi_writes_reads_again(kodi):
    kodi.set(postal_code="90210", days=3)
    kodi.being_written = 2
    assert (read().texts["postal_code"], read().texts["days"]) == ("90210", "3")
    kodi.profile_file("state.json", "{}")
    kodi.profile_file("next", str(kodi.clock.now() + 7200))
    kodi.being_written = 2
    kodi.serve(1)
    assert kodi.notifications == []  # that the settings are lost


def test_nobody_reads_half_of_a_change(kodi, monkeypatch):
    settings, seen, readers = ours("addon_settings"), [], []
    addon = sys.modules["xbmcaddon"].Addon
    save = addon.setSetting

    def save_while_read(*arguments):
        save(*arguments)
        reader = threading.Thread(target=lambda: seen.append(read().texts["days"]))
        readers.append(reader)
        reader.start()
        reader.join(0.05)

    monkeypatch.setattr(addon, "setSetting", save_while_read)
    settings.write({"postal_code": "90210", "days": "3"})
    for reader in readers:
        reader.join()
    assert seen == ["3", "3"]
