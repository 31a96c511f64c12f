"""IPTV Simple's settings, as the add-on changes them; its way through the set-up's end."""

import os
import threading
import time
import xml.etree.ElementTree as ElementTree
from time import monotonic

import pytest

from support.fake_iptv_simple import OLD, Iptv
from support.kodi_addon import HERE, ours, script
from support.builders import NOW
from gracenote2epg import errors, grab
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.xmltv.categories import EIT

OWN = "special://profile/addon_data/service.gracenote2epg/"
SEEN = None


@pytest.fixture(name="server", scope="module")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="home")
def _home(kodi, server):
    """A Kodi that asks the stand-in."""
    kodi.sleep(time.time() - NOW)
    kodi.set(postal_code=HERE, days=1, details="false", base_url=server.url)
    return kodi


@pytest.fixture(autouse=True)
def _no_rest(kodi, monkeypatch):
    monkeypatch.setattr(ours("iptvsimple"), "RESTS", (0.0, 0.0))
    monkeypatch.setattr(ours("iptvsimple"), "PATIENCE", 0.3)
    monkeypatch.setattr(ours("iptvcheck"), "QUIET", 0.0)


def connect(iptv, stop=None):
    iptvsimple = ours("iptvsimple")
    target = iptvsimple.targets(iptv.version)[0]
    stop = stop or threading.Event()
    return iptvsimple.connect(target, f"{OWN}xmltv.xml", f"{OWN}genres.xml", stop)


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
    found = ours("iptvsimple").targets(version)
    assert [os.path.basename(target.path) for target in found] == expected


def test_configurations_are_named_as_the_user_calls_them(kodi):
    iptv = Iptv(kodi, "21.0.0")
    row = '<setting id="kodi_addon_instance_name">Attic</setting>'
    iptv.write("instance-settings-1.xml", f'<settings version="2">{row}</settings>')
    assert [target.name for target in ours("iptvsimple").targets("21.0.0")] == ["Attic"]


def test_a_configuration_whose_file_is_broken_hides_no_other(kodi):
    iptv = Iptv(kodi, "21.0.0")
    iptv.write("instance-settings-1.xml", "<settings")
    iptv.write("instance-settings-2.xml")
    found = ours("iptvsimple").targets("21.0.0")
    assert [os.path.basename(target.path)[18] for target in found] == ["1", "2"]


INSTANCE = "instance-settings-1.xml"


@pytest.mark.parametrize(("version", "name"), [("20.6.1", "settings.xml"), ("21.0.0", INSTANCE)])
def test_it_is_told_to_read_the_guide_and_keeps_the_rest(kodi, version, name):
    iptv = Iptv(kodi, version)
    iptv.write(name)
    backup = connect(iptv)
    live = version < "20.8"
    found = iptv.live() if live else iptv.settings(name)
    assert found["epgPathType"] == "0"
    assert found["epgPath"] == f"{OWN}xmltv.xml"
    assert (found["m3uRefreshMode"], found["m3uRefreshIntervalMins"]) == ("1", "120")
    assert (found["genresPathType"], found["useEpgGenreText"]) == ("0", "true")
    assert found["genresPath"] == f"{OWN}genres.xml"
    kept = iptv.settings(name)
    assert (kept["m3uPath"], kept["startNum"]) == ("/tv/list.m3u", "1")
    assert kept["epgUrl"] == "http://example.org/old.xml"
    with open(backup) as file:
        assert file.read() == OLD
    assert iptv.story == ([] if live else [False, True])


@pytest.mark.parametrize(("version", "name"), [("20.6.1", "settings.xml"), ("21.0.0", INSTANCE)])
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


def test_one_that_was_never_set_up_gets_its_first_file(kodi):
    iptv = Iptv(kodi, "21.0.0")
    assert connect(iptv) == ""
    found = iptv.settings(INSTANCE)
    assert found["kodi_addon_instance_enabled"] == "true"
    assert found["epgPath"] == f"{OWN}xmltv.xml"


def test_kodis_tv_is_brought_back_when_it_stays_away(kodi):
    iptv = Iptv(kodi, "21.0.0")
    iptv.lost = 1
    connect(iptv)
    assert iptv.story == [False, True, False, True]
    assert iptv.tv


def test_a_kodi_whose_tv_was_off_is_not_waited_for(kodi):
    iptv = Iptv(kodi, "21.0.0")
    iptv.tv, iptv.lost = False, 5
    connect(iptv)
    assert iptv.story == [False, True]


def test_the_genres_are_the_words_that_the_guide_uses(kodi):
    connect(Iptv(kodi, "20.6.1"))
    root = ElementTree.parse(os.path.join(kodi.profile, "genres.xml")).getroot()
    assert root.tag == "genres"
    found = {row.text: int(row.get("genreId"), 16) for row in root.iter("genre")}
    assert found == EIT


def test_broken_settings_are_left_alone_and_told(kodi):
    iptv = Iptv(kodi, "20.6.1")
    iptv.write("settings.xml", "<settings")
    with pytest.raises(errors.DataError):
        connect(iptv)
    assert iptv.story == []
    assert iptv.live() == {}


def test_what_cannot_be_written_is_told_and_it_is_started_again(kodi, monkeypatch):
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
    script(kodi, "doctor", answers=[SEEN])
    *lines, _, diagnosis = kodi.asked[-1].text.splitlines()
    return "".join(line for line in lines if "IPTV Simple" in line), diagnosis


def reads(guide, kind="epgPath"):
    where = {"epgPath": "0", "epgUrl": "1"}[kind]
    rows = f'<setting id="epgPathType">{where}</setting><setting id="{kind}">{guide}</setting>'
    return OLD.replace("epgUrl", "other").replace(
        '<setting id="epgPathType" default="true">1</setting>', rows
    )


@pytest.mark.parametrize(
    "text",
    [
        reads(f"{OWN}xmltv.xml"),
        reads("smb://nas/tv/guide.xml"),
        reads("http://192.0.2.7:9990/guide.xml", "epgUrl"),
    ],
)
def test_the_doctor_sees_that_it_reads_the_guide(kodi, text):
    Iptv(kodi, "21.0.0").write(INSTANCE, text)
    kodi.set(output="smb://nas/tv/guide.xml", enable_monitoring="true", monitoring_port=9990)
    assert doctor(kodi)[0] == "ok  IPTV Simple     It reads the guide."


@pytest.mark.parametrize("text", [OLD, reads("/tv/other.xml"), reads(f"{OWN}xmltv.xml")])
def test_the_doctor_sees_that_it_reads_another_guide(home, text):
    Iptv(home, "20.6.1").write("settings.xml", text)
    home.set(output=os.path.join(home.profile, "mine.xml"))  # after it was wired
    grab.run(ours("settings").read().config())
    line, diagnosis = doctor(home)
    assert line.startswith("!!  IPTV Simple     It reads another guide: ")
    assert diagnosis.startswith("IPTV Simple: It reads another guide: ")
    assert diagnosis.endswith(" Choose 'Set up IPTV Simple' in the menu.")


def test_another_guide_breaks_nothing_where_tvheadend_is_the_player(kodi):
    Iptv(kodi, "20.6.1").write("settings.xml")
    kodi.set(profile="tvheadend")
    assert doctor(kodi)[0].startswith("--  IPTV Simple     It reads another guide: ")


def test_the_doctor_sees_what_it_lacks(kodi):
    iptv = Iptv(kodi, "20.6.1")
    iptv.write("settings.xml", reads(f"{OWN}xmltv.xml").replace("/tv/list.m3u", ""))
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


@pytest.mark.parametrize(
    ("channels", "with_guide", "expected"),
    [(50, 3, (50, 30, 3)), (2, 0, (2, 2, 0)), (0, 0, (0, 0, 0))],
)
@pytest.mark.parametrize("titles", [{"The News", "A Film"}, {"the news!"}, set()])
def test_it_is_counted_what_kodi_shows(kodi, channels, with_guide, expected, titles):
    iptv = Iptv(kodi, "20.6.1", channels, with_guide)
    assert shown(iptv, threading.Event(), titles=titles) == expected


def test_programmes_of_another_guide_do_not_count(kodi):
    iptv = Iptv(kodi, "20.6.1", 5, 5)
    assert shown(iptv, threading.Event(), titles={"A Film"}) == (5, 5, 0)


def test_channels_that_get_the_guide_one_by_one_are_waited_for(kodi, monkeypatch):
    monkeypatch.setattr(ours("iptvcheck"), "QUIET", 60.0)
    iptv = Iptv(kodi, "21.0.0", 3, 0)
    stop = threading.Event()
    stop.wait = lambda seconds: setattr(iptv, "with_guide", iptv.with_guide + 1)
    assert shown(iptv, stop, 60.0) == (3, 3, 3)


def shown(iptv, stop, patience=0.0, titles=frozenset()):
    iptvsimple = ours("iptvsimple")
    target = iptvsimple.targets(iptv.version)[0]
    return ours("iptvcheck").shown(target, titles, stop, patience)


def test_one_that_does_not_hear_is_told_again(kodi, monkeypatch):
    iptv = Iptv(kodi, "20.6.1", 5, 0)
    monkeypatch.setattr(ours("iptvcheck"), "NUDGE", 0.0)
    kodi.others[iptv.NAME] = Heard(iptv, epgPath="x")
    assert shown(iptv, threading.Event(), 10.0) == (5, 5, 5)


class Heard(dict):
    """Settings that are heard when they are written."""

    def __init__(self, iptv, **values):
        super().__init__(values)
        self.iptv = iptv

    def update(self, values):
        self.iptv.with_guide = 5


def test_a_kodi_without_tv_shows_nothing(kodi):
    target = ours("iptvsimple").Target("/nowhere", "", False)
    assert ours("iptvcheck").shown(target, set(), threading.Event(), 0.0) == (0, 0, 0)


def test_looking_ends_when_it_is_told_to(kodi):
    stop = threading.Event()
    stop.set()
    assert shown(Iptv(kodi, "20.6.1", 5, 0), stop, 60.0) == (5, 5, 0)


# The action


def ready(kodi, iptv, name="settings.xml"):
    """There is a guide, and a playlist."""
    iptv.write(name)
    os.makedirs(kodi.profile)
    with open(os.path.join(kodi.profile, "xmltv.xml"), "w") as file:
        file.write("<tv/>")
    kodi.set(postal_code=HERE)


def test_the_action_wires_the_guide_in_and_looks_at_it(kodi):
    iptv = Iptv(kodi, "20.6.1", 40, 38)
    ready(kodi, iptv)
    script(kodi, "iptv_simple", answers=[True, SEEN])
    assert kodi.kinds() == ["yesno", "progress", "progress", "ok"]
    said = kodi.asked[-1].text.split("[CR]")
    assert said[0] == "IPTV Simple reads this guide."
    assert said[1].startswith("Its earlier settings: ")
    assert said[2] == "TV channels in Kodi: 40; with this guide: 30 of the first 30."
    assert len(said) == 3
    assert iptv.live()["epgPath"] == f"{OWN}xmltv.xml"
    assert iptv.live()["genresPath"] == f"{OWN}genres.xml"
    assert os.path.isfile(os.path.join(kodi.profile, "genres.xml"))


@pytest.mark.parametrize("count", [0, 2])
def test_the_action_tells_how_many_channels_find_their_programmes(kodi, monkeypatch, count):
    monkeypatch.setattr(ours("player"), "SHOWS", 0.0)
    ready(kodi, Iptv(kodi, "20.6.1", 40, count))
    script(kodi, "iptv_simple", answers=[True, SEEN])
    said = kodi.asked[-1].text.split("[CR]")
    assert said[2] == f"TV channels in Kodi: 40; with this guide: {count} of the first 30."
    assert said[3].startswith("A channel without it needs a name of the guide's")


def test_the_action_tells_when_kodi_shows_no_channel(kodi, monkeypatch):
    monkeypatch.setattr(ours("player"), "SHOWS", 0.0)
    ready(kodi, Iptv(kodi, "20.6.1"))
    script(kodi, "iptv_simple", answers=[True, SEEN])
    assert kodi.asked[-1].text.endswith(
        "[CR]Kodi shows no TV channels: the playlist is empty, or cannot be read."
    )


def test_the_action_tells_when_there_is_no_playlist(kodi):
    iptv = Iptv(kodi, "20.6.1")
    ready(kodi, iptv)
    iptv.write("settings.xml", '<settings version="2"></settings>')
    script(kodi, "iptv_simple", answers=[True, SEEN])
    assert "It has no playlist yet" in kodi.asked[-1].text


def test_a_guide_elsewhere_is_read_there(kodi, tmp_path):
    iptv = Iptv(kodi, "20.6.1", 1, 1)
    ready(kodi, iptv)
    kodi.set(output=str(tmp_path / "mine.xml"))
    script(kodi, "iptv_simple", answers=[True, SEEN])
    assert iptv.live()["epgPath"] == str(tmp_path / "mine.xml")


def test_among_several_configurations_the_user_chooses(kodi):
    iptv = Iptv(kodi, "21.0.0", 1, 1)
    ready(kodi, iptv, "instance-settings-1.xml")
    iptv.write("instance-settings-2.xml")
    script(kodi, "iptv_simple", answers=[1, True, SEEN])
    assert iptv.settings("instance-settings-2.xml")["epgPath"] == f"{OWN}xmltv.xml"
    assert "epgPath" not in iptv.settings("instance-settings-1.xml")


@pytest.mark.parametrize("answers", [[-1], [0, False]])
def test_the_action_can_be_left_without_a_trace(kodi, answers):
    iptv = Iptv(kodi, "21.0.0")
    ready(kodi, iptv, "instance-settings-1.xml")
    iptv.write("instance-settings-2.xml")
    script(kodi, "iptv_simple", answers=answers)
    assert iptv.story == []
    assert sorted(os.listdir(iptv.folder)) == ["instance-settings-1.xml", "instance-settings-2.xml"]


def test_who_wants_to_leave_during_the_change_gets_it_whole_and_is_told(kodi, monkeypatch):
    monkeypatch.setattr(ours("iptvsimple"), "RESTS", (0.3, 0.3))
    iptv = Iptv(kodi, "21.0.0")
    iptv.lost = 1
    ready(kodi, iptv, INSTANCE)
    times, enable = [], kodi.rpc["Addons.SetAddonEnabled"]
    kodi.rpc["Addons.SetAddonEnabled"] = lambda **what: times.append(monotonic()) or enable(**what)
    kodi.canceled, kodi.patient = True, False
    script(kodi, "iptv_simple", answers=[True, SEEN])
    assert kodi.asked[-1].text.startswith("IPTV Simple reads this guide.[CR]Its earlier settings")
    assert iptv.story == [False, True, False, True]
    assert times[1] - times[0] > 0.29
    assert times[3] - times[2] > 0.29
    assert iptv.tv


@pytest.mark.parametrize("off", [1, 2])
def test_when_kodi_quits_while_it_is_off_it_is_on_again_at_once(kodi, monkeypatch, off):
    monkeypatch.setattr(ours("iptvsimple"), "RESTS", (60.0 if off == 1 else 0.0, 60.0))
    iptv = Iptv(kodi, "21.0.0")
    iptv.lost = 9
    ready(kodi, iptv, INSTANCE)
    enable, began = kodi.rpc["Addons.SetAddonEnabled"], []

    def quit_while_off(addonid, enabled):
        if iptv.story.count(False) == off - 1 and not enabled:
            kodi.quit()
            began.append(monotonic())
        return enable(addonid, enabled)

    kodi.rpc["Addons.SetAddonEnabled"] = quit_while_off
    kodi.patient = False
    script(kodi, "iptv_simple", answers=[True])
    assert monotonic() - began[0] < 1
    assert kodi.kinds() == ["yesno", "progress"]
    assert iptv.story == [False, True] * off
    assert iptv.settings(INSTANCE)["epgPath"] == f"{OWN}xmltv.xml"
    assert "job" not in [thread.name for thread in threading.enumerate()]


def test_the_action_without_iptv_simple_says_how_to_get_it(kodi):
    script(kodi, "iptv_simple", answers=[SEEN])
    assert kodi.asked[0].text.startswith("IPTV Simple is not installed")


def test_a_disabled_one_is_as_good_as_none(kodi):
    Iptv(kodi, "20.6.1").enabled = False
    assert ours("iptvsimple").version() == ""
