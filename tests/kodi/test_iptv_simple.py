"""IPTV Simple's settings, as the add-on changes them; what the doctor and the action say of it."""

import os
import threading
import xml.etree.ElementTree as ElementTree

import pytest

from gracenote2epg import errors
from gracenote2epg.xmltv.categories import EIT
from support.clock import touch
from support.fake_iptv_simple import OLD, Iptv
from support.kodi_addon import HERE, SEEN, our_threads, ours

OUR_FOLDER = "special://profile/addon_data/service.gracenote2epg/"
GUIDE = f"{OUR_FOLDER}xmltv.xml"
INSTANCE = "instance-settings-1.xml"
VERSIONS = [
    ("20.6.1", "settings.xml"),
    ("21.0.0", INSTANCE),
]  # of each kind one version, and its file


def connect(iptv):
    iptvsimple, clock = ours("iptv_simple"), iptv.kodi.clock
    target = iptvsimple.instances(iptv.version)[0]
    return iptvsimple.connect(target, GUIDE, f"{OUR_FOLDER}genres.xml", threading.Event(), clock)


# Its files


@pytest.mark.parametrize(
    ("version", "files", "expected"),
    [
        ("20.6.1", [], ["settings.xml"]),
        ("20.7.0", ["instance-settings-1.xml"], ["settings.xml"]),
        ("20.8.0", ["settings.xml"], ["instance-settings-1.xml"]),
        ("20.13.0", ["instance-settings-2.xml"], ["instance-settings-2.xml"]),
        (
            "21.9.3",
            ["instance-settings-10.xml", "instance-settings-2.xml", "instance-settings-2.xml.bak"],
            ["instance-settings-2.xml", "instance-settings-10.xml"],
        ),
        ("22.3.0", [], ["instance-settings-1.xml"]),
    ],
)
def test_each_version_has_its_files(kodi, version, files, expected):
    iptv = Iptv(kodi, version)
    for name in files:
        iptv.write(name)
    targets = ours("iptv_simple").instances(version)
    assert [os.path.basename(target.path) for target in targets] == expected


def test_configurations_are_named_as_the_user_calls_them(kodi):
    iptv = Iptv(kodi, "21.0.0")
    row = '<setting id="kodi_addon_instance_name">Attic</setting>'
    iptv.write("instance-settings-1.xml", "<settings")  # broken, and hides no other
    iptv.write("instance-settings-2.xml", f'<settings version="2">{row}</settings>')
    targets = ours("iptv_simple").instances("21.0.0")
    assert [target.name for target in targets] == ["", "Attic"]


@pytest.mark.parametrize(("version", "name"), VERSIONS)
def test_it_is_told_to_read_the_guide_and_keeps_the_rest(kodi, version, name):
    iptv = Iptv(kodi, version)
    iptv.write(name)
    backup = connect(iptv)
    live = version < "20.8"
    found = iptv.live() if live else iptv.settings(name)
    assert found["epgPathType"] == "0"
    assert found["epgPath"] == GUIDE
    assert (found["m3uRefreshMode"], found["m3uRefreshIntervalMins"]) == ("1", "120")
    assert (found["genresPathType"], found["useEpgGenreText"]) == ("0", "true")
    assert found["genresPath"] == f"{OUR_FOLDER}genres.xml"
    kept = iptv.settings(name)
    assert (kept["m3uPath"], kept["startNum"]) == ("/tv/list.m3u", "1")
    assert kept["epgUrl"] == "http://example.org/old.xml"
    with open(backup) as file:
        assert file.read() == OLD
    assert iptv.story == ([] if live else [False, True])


@pytest.mark.parametrize(("version", "name"), VERSIONS)
def test_a_refresh_that_the_user_chose_stays(kodi, version, name):
    iptv = Iptv(kodi, version)
    row = '<setting id="m3uRefreshMode">2</setting>'
    iptv.write(name, f'<settings version="2">{row}</settings>')
    connect(iptv)
    found = {**iptv.settings(name), **iptv.live()}
    assert found["m3uRefreshMode"] == "2"
    assert "m3uRefreshIntervalMins" not in found


def test_a_second_time_changes_nothing(kodi):
    iptv = Iptv(kodi, "21.0.0")
    iptv.write(INSTANCE)
    connect(iptv)
    before = os.listdir(iptv.folder)
    assert connect(iptv) == ""
    assert os.listdir(iptv.folder) == before
    assert iptv.story == [False, True]


def test_without_a_file_it_gets_its_first_one(kodi):
    iptv = Iptv(kodi, "21.0.0")
    assert connect(iptv) == ""
    found = iptv.settings(INSTANCE)
    assert found["kodi_addon_instance_enabled"] == "true"
    assert found["epgPath"] == GUIDE


def test_kodis_tv_is_brought_back_when_it_stays_away(kodi):
    iptv = Iptv(kodi, "21.0.0")
    iptv.lost = 1
    connect(iptv)
    assert iptv.story == [False, True, False, True]
    assert iptv.tv


def test_a_tv_that_was_off_is_not_waited_for(kodi):
    iptv = Iptv(kodi, "21.0.0")
    iptv.tv, iptv.lost = False, 5
    connect(iptv)
    assert iptv.story == [False, True]


def test_the_genres_are_the_words_that_the_guide_uses(kodi):
    connect(Iptv(kodi, "20.6.1"))
    root = ElementTree.fromstring(kodi.profile_file("genres.xml"))
    assert root.tag == "genres"
    assert {row.text: int(row.get("genreId"), 16) for row in root.iter("genre")} == EIT


def test_broken_settings_are_left_alone_and_told(kodi):
    iptv = Iptv(kodi, "20.6.1")
    iptv.write("settings.xml", "<settings")
    with pytest.raises(errors.InputFileError):
        connect(iptv)
    assert iptv.story == []
    assert iptv.live() == {}


def test_when_nothing_can_be_written_it_is_told_and_started_again(kodi, monkeypatch):
    iptv = Iptv(kodi, "21.0.0")
    iptv.write(INSTANCE)
    place = os.replace

    def replace(source, target):
        if target.endswith(INSTANCE):
            raise OSError(28, "No space left on device")
        place(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(errors.OutputError):
        connect(iptv)
    assert iptv.story == [False, True]
    assert iptv.settings(INSTANCE)["startNum"] == "1"


# What the doctor says of it


def doctor(kodi):
    """Its line, and what the doctor makes of all."""
    kodi.script("doctor", answers=[SEEN])
    *lines, _, diagnosis = kodi.asked[-1].text.splitlines()
    return "".join(line for line in lines if "IPTV Simple" in line), diagnosis


def reads(guide, kind="epgPath"):
    """Its settings when it reads this guide."""
    where = {"epgPath": "0", "epgUrl": "1"}[kind]
    rows = f'<setting id="epgPathType">{where}</setting><setting id="{kind}">{guide}</setting>'
    return OLD.replace("epgUrl", "other").replace(
        '<setting id="epgPathType" default="true">1</setting>', rows
    )


def test_the_doctor_sees_that_it_reads_the_guide(kodi):
    iptv = Iptv(kodi, "21.0.0")
    kodi.set(output="smb://nas/tv/guide.xml", enable_monitoring="true", monitoring_port=9990)
    for text in [
        reads(GUIDE),
        reads("smb://nas/tv/guide.xml"),
        reads("http://192.0.2.7:9990/guide.xml", "epgUrl"),
    ]:
        iptv.write(INSTANCE, text)
        assert doctor(kodi)[0] == "ok  IPTV Simple     It reads the guide.", text


def test_the_doctor_sees_that_it_reads_another_guide(published):
    iptv = Iptv(published, "20.6.1")
    published.set(output=os.path.join(published.profile, "mine.xml"))  # after it was wired
    os.rename(published.guide, published.values["output"])
    touch(published.values["output"], published.clock.now())
    for text in [OLD, reads("/tv/other.xml"), reads(GUIDE)]:
        iptv.write("settings.xml", text)
        line, diagnosis = doctor(published)
        assert line.startswith("!!  IPTV Simple     It reads another guide: ")
        assert diagnosis.startswith("IPTV Simple: It reads another guide: ")
        assert diagnosis.endswith(" Choose 'Set up IPTV Simple' in the menu.")
    published.set(profile="tvheadend")  # then that breaks nothing
    assert doctor(published)[0].startswith("--  IPTV Simple     It reads another guide: ")


def test_the_doctor_sees_what_it_lacks(kodi):
    iptv = Iptv(kodi, "20.6.1")
    iptv.write("settings.xml", reads(GUIDE).replace("/tv/list.m3u", ""))
    assert "!!  IPTV Simple     It has no playlist" in doctor(kodi)[0]
    iptv.write("settings.xml", "<settings version='2'/>")
    assert "!!  IPTV Simple     It reads no guide" in doctor(kodi)[0]
    iptv.write("settings.xml", "<settings")
    assert "!!  IPTV Simple     Cannot read " in doctor(kodi)[0]
    iptv.enabled = False
    assert doctor(kodi)[0] == "--  IPTV Simple     It is installed, but not enabled."


def test_the_doctor_says_nothing_of_one_that_is_not_there(kodi):
    assert doctor(kodi)[0] == ""


# What it shows


def shown(iptv, patience=0.0, titles=(), stop=None):
    instance = ours("iptv_simple").instances(iptv.version)[0]
    stop = stop or threading.Event()
    return ours("iptv_simple_check").shown_channels(
        instance, set(titles), stop, patience, iptv.kodi.clock
    )


def test_what_kodi_shows_is_counted(kodi):
    iptv = Iptv(kodi, "20.6.1")
    for iptv.channels, iptv.with_guide, expected in [
        (50, 3, (50, 30, 3)),
        (2, 0, (2, 2, 0)),
        (0, 0, (0, 0, 0)),
    ]:
        for titles in (["The News", "A Film"], ["the news!"], []):
            assert shown(iptv, titles=titles) == expected, titles


def test_programmes_of_another_guide_do_not_count(kodi):
    assert shown(Iptv(kodi, "20.6.1", 5, 5), titles=["A Film"]) == (5, 5, 0)


def test_channels_that_get_the_guide_one_by_one_are_waited_for(kodi, monkeypatch):
    iptv, wait = Iptv(kodi, "21.0.0", 9, 0), kodi.clock.wait

    def fill(stop, seconds):
        iptv.with_guide = min(6, iptv.with_guide + 1)
        return wait(stop, seconds)

    monkeypatch.setattr(kodi.clock, "wait", fill)
    assert shown(iptv, 60.0) == (9, 9, 6)
    assert (
        kodi.clock.monotonic() == 6 + ours("iptv_simple_check").SETTLED_AFTER + 1
    )  # and no longer


@pytest.mark.parametrize(("nudged", "expected"), [(True, 5), (False, 0)])
def test_one_that_does_not_hear_is_told_again(kodi, nudged, expected):
    iptv = Iptv(kodi, "20.6.1", 5, 0)
    kodi.others[iptv.NAME] = Heard(iptv, epgPath="x")
    patience = ours("iptv_simple_check").NUDGE_AFTER + (2.0 if nudged else -2.0)
    assert shown(iptv, patience) == (5, 5, expected)


class Heard(dict):
    """Settings that are heard when they are written."""

    def __init__(self, iptv, **values):
        super().__init__(values)
        self.iptv = iptv

    def update(self, values):
        self.iptv.with_guide = 5


def test_a_kodi_without_tv_shows_nothing(kodi):
    target = ours("iptv_simple").Instance("/nowhere", "", False)
    check = ours("iptv_simple_check").shown_channels
    assert check(target, set(), threading.Event(), 0.0, kodi.clock) == (0, 0, 0)


def test_looking_ends_when_it_is_told_to(kodi):
    stop = threading.Event()
    stop.set()
    assert shown(Iptv(kodi, "20.6.1", 5, 0), 60.0, stop=stop) == (5, 5, 0)
    assert kodi.clock.monotonic() == 0


# The action


def ready(kodi, iptv, name="settings.xml"):
    """There is a guide, and a playlist."""
    iptv.write(name)
    kodi.profile_file("xmltv.xml", "<tv/>")
    kodi.set(postal_code=HERE)
    return iptv


def said(kodi):
    """What the action tells in the end."""
    kodi.script("iptv_simple", answers=[True, SEEN])
    return kodi.asked[-1].text.split("[CR]")


def test_the_action_wires_the_guide_in_and_looks_at_it(kodi):
    iptv = ready(kodi, Iptv(kodi, "20.6.1", 40, 38))
    done, backup, count = said(kodi)
    assert kodi.kinds() == ["yesno", "progress", "progress", "ok"]
    assert done == "IPTV Simple reads this guide."
    assert backup.startswith("Its earlier settings: ")
    assert count == "TV channels in Kodi: 40; with this guide: 30 of the first 30."
    assert iptv.live()["epgPath"] == GUIDE
    assert iptv.live()["genresPath"] == f"{OUR_FOLDER}genres.xml"
    assert os.path.isfile(os.path.join(kodi.profile, "genres.xml"))


def test_the_action_tells_how_many_channels_find_their_programmes(kodi):
    iptv = ready(kodi, Iptv(kodi, "20.6.1", 40))
    for iptv.with_guide in (0, 2):
        count, advice = said(kodi)[-2:]
        assert count == (
            f"TV channels in Kodi: 40; with this guide: {iptv.with_guide} of the first 30."
        )
        assert advice.startswith("A channel without it needs a name of the guide's")
    iptv.channels = 0
    assert said(kodi)[-1] == "Kodi shows no TV channels: the playlist is empty, or cannot be read."


def test_the_action_tells_when_there_is_no_playlist(kodi):
    iptv = ready(kodi, Iptv(kodi, "20.6.1"))
    iptv.write("settings.xml", '<settings version="2"></settings>')
    assert said(kodi)[-1].startswith("It has no playlist yet")


def test_a_guide_elsewhere_is_read_there(kodi, tmp_path):
    iptv = ready(kodi, Iptv(kodi, "20.6.1", 1, 1))
    kodi.set(output=str(tmp_path / "mine.xml"))
    said(kodi)
    assert iptv.live()["epgPath"] == str(tmp_path / "mine.xml")


def test_among_several_configurations_the_user_chooses(kodi):
    iptv = ready(kodi, Iptv(kodi, "21.0.0", 1, 1), INSTANCE)
    iptv.write("instance-settings-2.xml")
    for answers in ([-1], [0, False]):  # left without a trace
        kodi.script("iptv_simple", answers=answers)
        assert iptv.story == []
        assert sorted(os.listdir(iptv.folder)) == [INSTANCE, "instance-settings-2.xml"]
    kodi.script("iptv_simple", answers=[1, True, SEEN])
    assert iptv.settings("instance-settings-2.xml")["epgPath"] == GUIDE
    assert "epgPath" not in iptv.settings(INSTANCE)


def switched(kodi):
    """When it was switched on or off: filled from now on."""
    times, enable = [], kodi.rpc["Addons.SetAddonEnabled"]

    def noted(**what):
        times.append(kodi.clock.monotonic())
        return enable(**what)

    kodi.rpc["Addons.SetAddonEnabled"] = noted
    return times


def test_a_change_is_whole_though_the_user_wants_to_leave(kodi):
    iptv = ready(kodi, Iptv(kodi, "21.0.0"), INSTANCE)
    iptv.lost = 1
    times = switched(kodi)
    kodi.canceled, kodi.patient = True, False
    kodi.script("iptv_simple", answers=[True, SEEN])
    assert kodi.asked[-1].text.startswith("IPTV Simple reads this guide.[CR]Its earlier settings")
    assert iptv.story == [False, True, False, True]
    rests = times[1] - times[0], times[3] - times[2]
    assert rests == pytest.approx(ours("iptv_simple").RESTART_PAUSES)
    assert times[2] - times[1] >= ours("iptv_simple").TV_TIMEOUT
    assert iptv.tv


@pytest.mark.parametrize("off", [1, 2])
def test_when_kodi_quits_while_it_is_off_it_is_on_again_at_once(kodi, monkeypatch, off):
    rests = (1e9 if off == 1 else 0.0, 1e9)  # seconds: the test would not live to see their end
    monkeypatch.setattr(ours("iptv_simple"), "RESTART_PAUSES", rests)
    iptv = ready(kodi, Iptv(kodi, "21.0.0"), INSTANCE)
    iptv.lost = 9
    enable = kodi.rpc["Addons.SetAddonEnabled"]

    def quit_while_off(addonid, enabled):
        if iptv.story.count(False) == off - 1 and not enabled:
            kodi.quit()
        return enable(addonid, enabled)

    kodi.rpc["Addons.SetAddonEnabled"] = quit_while_off
    kodi.patient = False
    kodi.script("iptv_simple", answers=[True])
    assert kodi.kinds() == ["yesno", "progress"]
    assert iptv.story == [False, True] * off
    assert iptv.settings(INSTANCE)["epgPath"] == GUIDE
    assert our_threads() == []


def test_the_action_without_iptv_simple_says_how_to_get_it(kodi):
    kodi.script("iptv_simple", answers=[SEEN])
    assert kodi.asked[0].text.startswith("IPTV Simple is not installed")
    Iptv(kodi, "20.6.1").enabled = False
    assert ours("iptv_simple").version() == ""
