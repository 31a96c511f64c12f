"""IPTV Simple: its settings and the action."""

import os
import threading
import xml.etree.ElementTree as ElementTree

import pytest

from gracenote2epg import errors
from gracenote2epg.xmltv.categories import EIT
from support.fake_iptv_simple import GENRES, GUIDE, INSTANCE, OLD, Iptv, connect, note
from support.kodi_addon import HERE, SEEN, our_threads, ours

SECOND = "instance-settings-2.xml"
VERSIONS = [("20.6.1", "settings.xml"), ("21.0.0", INSTANCE)]  # one of each kind, and its file


def give_back(iptv, kodi_quits=False):
    stop = threading.Event()
    if kodi_quits:
        stop.set()
    ours("iptv_simple").give_back_refresh(note(iptv), stop, iptv.kodi.clock)


def backups(iptv):
    """What its backups hold, the oldest first."""
    texts = []
    for name in sorted(os.listdir(iptv.folder)):
        if name.endswith(".bak"):
            with open(os.path.join(iptv.folder, name)) as file:
                texts.append(file.read())
    return texts


def refresh(iptv):
    """Its mode and interval."""
    settings = iptv.settings(INSTANCE)
    return settings["m3uRefreshMode"], settings["m3uRefreshIntervalMins"]


# Its settings


@pytest.mark.parametrize(
    ("version", "files", "expected"),
    [
        ("20.6.1", [], ["settings.xml"]),
        ("20.7.0", [INSTANCE], ["settings.xml"]),
        ("20.8.0", ["settings.xml"], [INSTANCE]),
        ("20.13.0", [SECOND], [SECOND]),
        (
            "21.9.3",
            ["instance-settings-10.xml", SECOND, f"{SECOND}.bak"],
            [SECOND, "instance-settings-10.xml"],
        ),
        ("22.3.0", [], [INSTANCE]),
    ],
)
def test_each_version_has_its_files(kodi, version, files, expected):
    iptv = Iptv(kodi, version)
    for name in files:
        iptv.write(name)
    instances = ours("iptv_simple").instances(version)
    assert [os.path.basename(instance.path) for instance in instances] == expected


@pytest.mark.parametrize(("version", "name"), VERSIONS)
def test_connecting_sets_the_guide_and_keeps_the_rest(kodi, version, name):
    iptv = Iptv(kodi, version)
    iptv.write(name)
    connect(iptv)
    live = version < "20.8"
    assert live or refresh(iptv) == ("1", "1")
    give_back(iptv)
    ours_now = {"epgPathType": "0", "epgPath": GUIDE, "genresPathType": "0", "genresPath": GENRES}
    ours_now.update(m3uRefreshMode="1", m3uRefreshIntervalMins="120", useEpgGenreText="true")
    assert ours_now.items() <= (iptv.live() if live else iptv.settings(name)).items()
    kept = {"m3uPath": "/tv/list.m3u", "startNum": "1", "epgUrl": "http://example.org/old.xml"}
    assert kept.items() <= iptv.settings(name).items()
    assert backups(iptv) == [OLD]
    assert iptv.story == ([] if live else [False, True] * 2)
    root = ElementTree.fromstring(kodi.profile_file("genres.xml"))
    assert {row.text: int(row.get("genreId"), 16) for row in root.iter("genre")} == EIT


def users(mode, minutes):
    """Its settings with this refresh."""
    rows = f'<setting id="m3uRefreshMode">{mode}</setting>'
    rows += f'<setting id="m3uRefreshIntervalMins">{minutes}</setting>'
    return OLD.replace('<setting id="m3uRefreshMode" default="true">0</setting>', rows)


def test_a_refresh_chosen_by_the_user_stays(kodi):
    iptv = Iptv(kodi, "20.6.1")
    iptv.write("settings.xml", users(2, 60))
    connect(iptv)
    assert "m3uRefreshMode" not in iptv.live()


@pytest.mark.parametrize("kodi_quits", [False, True])
def test_the_refresh_is_given_back_though_the_set_up_was_broken_off(kodi, kodi_quits):
    iptv = Iptv(kodi, "21.0.0")
    iptv.write(INSTANCE, users(1, 45))
    for _ in range(2):  # the second one does not take the first one's for the user's
        connect(iptv)
        assert refresh(iptv) == ("1", "1")
    del iptv.story[:]
    give_back(iptv, kodi_quits)
    assert refresh(iptv) == ("1", "45")
    assert iptv.story == ([] if kodi_quits else [False, True])
    assert not os.path.exists(note(iptv))


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"path": 7}', '{"path": "x", "refresh": []}', "\0" * 90]
)
def test_a_damaged_note_ends_the_reloads_of_each_minute(kodi, text):
    iptv = Iptv(kodi, "21.0.0")
    iptv.write(INSTANCE)
    connect(iptv)
    kodi.profile_file("refresh.json", text)
    connect(iptv)
    kodi.profile_file("refresh.json", text)
    kodi.script("give_back_refresh")
    assert "ok" not in kodi.kinds()
    assert refresh(iptv) == ("1", "120")
    assert not os.path.exists(note(iptv))


def test_with_broken_settings_nothing_is_left_to_give_back(kodi):
    iptv = Iptv(kodi, "21.0.0")
    iptv.write(INSTANCE)
    connect(iptv)
    iptv.write(INSTANCE, "<settings")
    kodi.script("give_back_refresh")
    assert "ok" not in kodi.kinds()
    assert not os.path.exists(note(iptv))


def test_a_refresh_changed_meanwhile_is_the_users(kodi):
    iptv = Iptv(kodi, "21.0.0")
    iptv.write(INSTANCE)
    connect(iptv)
    iptv.write(INSTANCE, users(2, 60))
    give_back(iptv)
    assert refresh(iptv) == ("2", "60")


def test_connecting_again_backs_up_nothing_and_two_backups_are_kept(kodi):
    iptv = Iptv(kodi, "21.0.0")
    for number in range(4):
        iptv.write(INSTANCE, OLD.replace("list.m3u", f"list{number}.m3u"))
        for _ in range(2):
            connect(iptv)
            kodi.clock.advance(100)
    assert [text.split("list")[1][0] for text in backups(iptv)] == ["2", "3"]


def test_without_a_file_connecting_writes_the_first_one(kodi):
    iptv = Iptv(kodi, "21.0.0")
    assert connect(iptv) == 0.0
    settings = iptv.settings(INSTANCE)
    assert (settings["kodi_addon_instance_enabled"], settings["epgPath"]) == ("true", GUIDE)
    assert refresh(iptv) == ("1", "120")  # it has no playlist whose channels could be shown


def test_a_tv_that_was_off_is_not_waited_for(kodi):
    iptv = Iptv(kodi, "21.0.0")
    iptv.tv, iptv.lost = False, 5
    connect(iptv)
    assert iptv.story == [False, True]


def test_broken_settings_are_an_error_and_stay(kodi):
    iptv = Iptv(kodi, "20.6.1")
    iptv.write("settings.xml", "<settings")
    with pytest.raises(errors.InputFileError):
        connect(iptv)
    assert (iptv.story, iptv.live()) == ([], {})


def test_after_a_failed_write_it_is_started_again(kodi, monkeypatch):
    iptv = Iptv(kodi, "21.0.0")
    iptv.write(INSTANCE)
    os_replace = os.replace

    def replace(source, target):
        if target.endswith(INSTANCE):
            raise OSError(28, "No space left on device")
        os_replace(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(errors.OutputError):
        connect(iptv)
    assert iptv.story == [False, True]
    assert iptv.settings(INSTANCE)["startNum"] == "1"


# The action


def with_guide(kodi, iptv, name="settings.xml"):
    """There is a guide, and a playlist."""
    iptv.write(name)
    kodi.profile_file("xmltv.xml", "<tv/>")
    kodi.set(postal_code=HERE)
    return iptv


def result(kodi):
    """What the action shows in the end."""
    kodi.script("iptv_simple", answers=[True, SEEN])
    return kodi.asked[-1].text.split("[CR]")


def test_the_action_connects_it_and_counts_channels(kodi):
    iptv = with_guide(kodi, Iptv(kodi, "20.6.1", 40, 38))
    connected, count, names = result(kodi)
    assert kodi.kinds() == ["yesno", "progress", "progress", "ok"]
    assert connected == "IPTV Simple reads this guide."
    assert count == "With programmes: 38 of 40 channels."
    assert names.startswith("Not in the guide by name: Channel 38, Channel 39. Start the")
    assert (iptv.live()["epgPath"], iptv.live()["genresPath"]) == (GUIDE, GENRES)
    iptv.with_guide = 2
    count, names = result(kodi)[-2:]
    assert count == "With programmes: 2 of 40 channels."
    assert ": Channel 2, Channel 3, Channel 4 and 35 more. Start" in names
    iptv.channels, iptv.with_guide = 900, 300
    first = "Only the first 300 of Kodi's 900 channels were looked at."
    assert result(kodi)[-2:] == ["With programmes: 300 of 300 channels.", first]
    iptv.channels = 0
    assert result(kodi)[-1].startswith("Kodi shows no TV channels: the playlist is empty")


@pytest.mark.parametrize("meanwhile", ["wait", "cancel", "quit"])
def test_from_20_8_on_kodi_is_made_to_ask_and_the_refresh_is_the_users_again(kodi, meanwhile):
    iptv = with_guide(kodi, Iptv(kodi, "21.0.0", 9, 9), INSTANCE)

    def is_looking():
        return kodi.kinds().count("progress") == 2

    kodi.canceled = lambda: meanwhile == "cancel" and is_looking()
    kodi.on_progress = lambda: meanwhile == "quit" and is_looking() and kodi.quit()
    kodi.script("iptv_simple", answers=[True, SEEN])
    assert refresh(iptv) == ("1", "120")
    assert not os.path.exists(note(iptv))
    assert iptv.story == [False, True] * (1 if meanwhile == "quit" else 2)
    texts = ["IPTV Simple reads this guide."]
    if meanwhile == "wait":
        texts.append("With programmes: 9 of 9 channels.")
        del iptv.story[:]
        assert result(kodi) == texts  # and again, without a restart
        assert iptv.story == []
    assert kodi.texts("ok")[-1:] == ([] if meanwhile == "quit" else ["[CR]".join(texts)])


def test_the_action_reports_a_missing_playlist(kodi):
    iptv = with_guide(kodi, Iptv(kodi, "20.6.1"))
    iptv.write("settings.xml", '<settings version="2"></settings>')
    assert result(kodi)[-1].startswith("It has no playlist yet")


def test_a_guide_outside_the_profile_is_read_there(kodi, tmp_path):
    iptv = with_guide(kodi, Iptv(kodi, "20.6.1", 1, 1))
    kodi.set(output=str(tmp_path / "mine.xml"))
    result(kodi)
    assert iptv.live()["epgPath"] == str(tmp_path / "mine.xml")


def test_the_user_chooses_among_several_instances(kodi):
    iptv = with_guide(kodi, Iptv(kodi, "21.0.0", 1, 1), INSTANCE)
    name = '<setting id="kodi_addon_instance_name">Attic</setting></settings>'
    iptv.write(SECOND, OLD.replace("</settings>", name))
    for answers in ([-1], [0, False]):  # back
        kodi.script("iptv_simple", answers=answers)
        assert kodi.asked[0].rows == ((INSTANCE, ""), ("Attic", ""))
        assert iptv.story == []
        assert sorted(os.listdir(iptv.folder)) == [INSTANCE, SECOND]
    kodi.script("iptv_simple", answers=[1, True, SEEN])
    assert iptv.settings(SECOND)["epgPath"] == GUIDE
    assert "epgPath" not in iptv.settings(INSTANCE)


def test_a_change_cannot_be_cancelled_and_brings_the_tv_back(kodi):
    iptv = with_guide(kodi, Iptv(kodi, "21.0.0"), INSTANCE)
    iptv.lost = 1
    times, enable = [], kodi.rpc["Addons.SetAddonEnabled"]

    def timed_enable(**params):
        times.append(kodi.clock.monotonic())
        return enable(**params)

    kodi.rpc["Addons.SetAddonEnabled"] = timed_enable
    kodi.canceled, kodi.patient = True, False
    kodi.script("iptv_simple", answers=[True, SEEN])
    assert kodi.asked[-1].text == "IPTV Simple reads this guide."
    assert iptv.story == [False, True, False, True, False, True]  # at last with its own refresh
    pauses = times[1] - times[0], times[3] - times[2]
    assert pauses == pytest.approx(ours("iptv_simple").RESTART_PAUSES)
    assert times[2] - times[1] >= ours("iptv_simple").TV_TIMEOUT
    assert iptv.tv


@pytest.mark.parametrize("stop", [1, 2])
def test_if_kodi_quits_while_it_is_stopped_it_is_started_at_once(kodi, monkeypatch, stop):
    pauses = (1e9 if stop == 1 else 0.0, 1e9)  # seconds: the test would not live to see their end
    monkeypatch.setattr(ours("iptv_simple"), "RESTART_PAUSES", pauses)
    iptv = with_guide(kodi, Iptv(kodi, "21.0.0"), INSTANCE)
    iptv.lost = 9
    enable = kodi.rpc["Addons.SetAddonEnabled"]

    def quit_while_stopped(addonid, enabled):
        if iptv.story.count(False) == stop - 1 and not enabled:
            kodi.quit()
        return enable(addonid, enabled)

    kodi.rpc["Addons.SetAddonEnabled"] = quit_while_stopped
    kodi.patient = False
    kodi.script("iptv_simple", answers=[True])
    assert kodi.kinds() == ["yesno", "progress"]
    assert iptv.story == [False, True] * stop
    assert iptv.settings(INSTANCE)["epgPath"] == GUIDE
    assert our_threads() == []


def test_without_iptv_simple_the_action_explains_how_to_install_it(kodi):
    kodi.script("iptv_simple", answers=[SEEN])
    assert kodi.asked[0].text.startswith("IPTV Simple is not installed")
    Iptv(kodi, "20.6.1").enabled = False
    assert ours("iptv_simple").version() == ""
