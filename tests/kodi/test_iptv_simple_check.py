"""IPTV Simple: the doctor's finding, and what Kodi shows."""

import os
import re
import threading

import pytest

from support.clock import touch
from support.fake_iptv_simple import GUIDE, INSTANCE, OLD, Iptv, connect
from support.kodi_addon import SEEN, ours

# The doctor's finding


MARKS = {"Info": "ok", "Error": "!!", "Warning": "--"}  # by the row's picture


def doctor(kodi):
    """Its finding after a mark, and the diagnosis; "" = there is none of it."""
    kodi.script("doctor", answers=[lambda: kodi.row("IPTV Simple"), SEEN])
    found = [dialog for dialog in kodi.asked if dialog.kind == "select"][-1]
    labels = [label for label, _ in found.rows]
    if "IPTV Simple" not in labels:
        return "", labels[0]
    picture = found.pictures[labels.index("IPTV Simple")]
    text = " ".join(kodi.texts("textviewer")[-1].split("\n\n"))
    mark = MARKS[picture[len("DefaultIcon") : -len(".png")]]
    return f"{mark}  IPTV Simple     {text}", f"{labels[0]}: {text}"


def reads(guide, name="epgPath"):
    """Its settings when it reads this guide."""
    kind = {"epgPath": "0", "epgUrl": "1"}[name]
    rows = f'<setting id="epgPathType">{kind}</setting><setting id="{name}">{guide}</setting>'
    return OLD.replace("epgUrl", "other").replace(
        '<setting id="epgPathType" default="true">1</setting>', rows
    )


def test_the_doctor_finds_that_it_reads_the_guide(kodi):
    iptv = Iptv(kodi, "21.0.0")
    kodi.set(output="smb://nas/tv/guide.xml", enable_monitoring="true", monitoring_port=9990)
    for text in [
        reads(GUIDE),
        reads("smb://nas/tv/guide.xml"),
        reads("http://192.0.2.7:9990/guide.xml", "epgUrl"),
    ]:
        iptv.write(INSTANCE, text)
        line, _ = doctor(kodi)
        assert line == "ok  IPTV Simple     It reads the guide, which is not there yet.", text
    (tvheadend,) = [row for row in kodi.asked[-1].rows if row[0] == "Tvheadend"]
    assert tvheadend[1] == "Not checked: “Address of Tvheadend” is empty."
    assert [row for row in kodi.asked[-1].rows if "Tvheadend" in row[1]] == [tvheadend]


def test_the_doctor_sees_what_the_viewer_sees(published, tmp_path):
    """Channels of the playlist by the guide's names and ids, and of other names."""
    kodi, iptv = published, Iptv(published, "21.0.0", channels=5)
    with open(kodi.guide) as file:
        text = file.read()
    ids = re.findall(r'<channel id="(.*?)"', text)
    names = re.findall(r"<display-name>(.*?)</display-name>", text)
    listed = ours("backend").listed_channels(kodi.guide, threading.Event(), kodi.clock)
    iptv.title = listed.titles.pop()
    entries = [(names[0].lower(), ""), ("My Own", ids[1].upper())]
    entries += [(f"No {number}", "") for number in (3, 4, 5)]
    iptv.names = [name for name, _ in entries]
    playlist = tmp_path / "list.m3u"
    rows = [f'#EXTINF:-1 tvg-id="{id}",{name}\nhttp://192.0.2.1/1\n' for name, id in entries]
    playlist.write_text("#EXTM3U\n" + "".join(rows))
    iptv.write(INSTANCE, reads(GUIDE).replace("/tv/list.m3u", str(playlist)))
    not_asked = "Kodi has not asked yet for the programmes of"
    not_listed = "Not in the guide under their names: No 3, No 4, No 5"
    first = names[0].lower()
    iptv.version = "20.6.1"  # as if Kodi had asked
    iptv.write("settings.xml", reads(GUIDE).replace("/tv/list.m3u", str(playlist)))
    for with_guide, mark, why in [
        (0, "!!", f" {not_asked} {first}, My Own. {not_listed}."),
        (1, "!!", f" {not_asked} My Own. {not_listed}."),
        (2, "!!", f" {not_listed}."),
        (4, "ok", " Not in the guide under their names: No 5."),
        (5, "ok", ""),
    ]:
        iptv.with_guide = with_guide
        line, diagnosis = doctor(kodi)
        symptom = f"With programmes: {with_guide} of 5 channels.{why}"
        assert line.startswith(f"{mark}  IPTV Simple     {symptom}"), with_guide
        assert ("Set up IPTV Simple" in line + diagnosis) == (with_guide < 2)
        assert ("Set up the guide" in line + diagnosis) == (with_guide < 5)
    iptv.channels, iptv.with_guide = 900, 300
    first = "Only the first 300 of Kodi's 900 channels were looked at."
    assert f"With programmes: 300 of 300 channels. {first}" in doctor(kodi)[0]
    iptv.channels = 0
    assert "It reads the guide, but Kodi shows no TV channels" in doctor(kodi)[0]
    kodi.set(profile="tvheadend")  # then that does not matter
    assert doctor(kodi)[0].startswith("--")


def test_the_doctor_finds_that_it_reads_another_guide(published):
    iptv = Iptv(published, "20.6.1")
    published.set(output=os.path.join(published.profile, "mine.xml"))  # after it was connected
    os.rename(published.guide, published.values["output"])
    touch(published.values["output"], published.clock.now())
    for text in [OLD, reads("/tv/other.xml"), reads(GUIDE)]:
        iptv.write("settings.xml", text)
        line, diagnosis = doctor(published)
        assert line.startswith("!!  IPTV Simple     It reads another guide: ")
        assert diagnosis.startswith("IPTV Simple: It reads another guide: ")
        assert diagnosis.endswith(" Choose “Set up IPTV Simple” in the menu.")
    published.set(profile="tvheadend")  # then that does not matter
    assert doctor(published)[0].startswith("--  IPTV Simple     It reads another guide: ")


def test_the_doctor_finds_what_it_lacks(kodi):
    assert doctor(kodi)[0] == ""  # not installed
    iptv = Iptv(kodi, "20.6.1")
    for text, line in [
        (reads(GUIDE).replace("/tv/list.m3u", ""), "!!  IPTV Simple     It has no playlist"),
        ("<settings version='2'/>", "!!  IPTV Simple     It reads no guide"),
        ("<settings", "!!  IPTV Simple     A file cannot be read: "),
    ]:
        iptv.write("settings.xml", text)
        assert line in doctor(kodi)[0]
    iptv.enabled = False
    assert doctor(kodi)[0] == "--  IPTV Simple     It is installed, but not enabled."
    kodi.set(profile="tvheadend")
    assert doctor(kodi)[0] == ""


# What Kodi shows


def shown(iptv, titles=(), reloaded_at=0.0, stop=None):
    """How many channels there are, were looked at, and have the guide."""
    check, instance = ours("iptv_simple_check"), ours("iptv_simple").instances(iptv.version)[0]
    counts = check.shown_channels(
        instance, set(titles), reloaded_at, stop or threading.Event(), iptv.kodi.clock, bool
    )
    return counts.total, counts.looked_at, counts.with_guide


def test_channels_with_a_title_of_the_guide_are_counted(kodi):
    iptv = Iptv(kodi, "20.6.1")
    for iptv.channels, iptv.with_guide, expected in [
        (500, 3, (500, 300, 3)),
        (2, 0, (2, 2, 0)),
        (0, 0, (0, 0, 0)),
    ]:
        for titles in (["The News", "A Film"], ["the news!"], []):
            assert shown(iptv, titles) == expected, titles
    iptv.channels = iptv.with_guide = 5
    assert shown(iptv, ["A Film"]) == (5, 5, 0)  # programmes of another guide


def test_it_waits_while_more_channels_get_the_guide(kodi, monkeypatch):
    iptv, wait = Iptv(kodi, "20.6.1", 9, 0), kodi.clock.wait

    def fill(stop, seconds):
        iptv.with_guide = min(6, iptv.with_guide + 1)
        return wait(stop, seconds)

    monkeypatch.setattr(kodi.clock, "wait", fill)
    assert shown(iptv) == (9, 9, 6)
    settled_after = ours("iptv_simple_check").SETTLED_AFTER
    assert kodi.clock.monotonic() == 6 + settled_after + 1  # and no longer


@pytest.mark.parametrize("with_guide", [9, 6])
def test_it_waits_for_the_reload_of_an_instance(kodi, with_guide):
    iptv = Iptv(kodi, "21.0.0", 9, with_guide)
    iptv.write(INSTANCE)
    began = kodi.clock.monotonic()
    reloaded_at = connect(iptv)
    assert shown(iptv, reloaded_at=reloaded_at) == (9, 9, with_guide)
    took = kodi.clock.monotonic() - began
    assert 60 < took < (66 if with_guide == 9 else 75)


@pytest.mark.parametrize(("timeout", "expected"), [(12.0, 5), (8.0, 0)])
def test_a_change_that_it_missed_is_repeated(kodi, monkeypatch, timeout, expected):
    iptv = Iptv(kodi, "20.6.1", 5, 0)

    class NoticedSettings(dict):
        def update(self, values):
            iptv.with_guide = 5

    kodi.others[iptv.NAME] = NoticedSettings(epgPath="x")
    monkeypatch.setattr(ours("iptv_simple_check"), "SHOW_TIMEOUT", timeout)
    assert shown(iptv) == (5, 5, expected)


def test_a_kodi_without_tv_shows_nothing_and_a_stop_ends_the_wait(kodi):
    instance = ours("iptv_simple").Instance("/nowhere", "", False)
    check, stop = ours("iptv_simple_check").shown_channels, threading.Event()
    assert check(instance, set(), 0.0, stop, kodi.clock, bool) == (0, 0, ())
    stop.set()
    before = kodi.clock.monotonic()
    assert shown(Iptv(kodi, "20.6.1", 5, 0), stop=stop) == (5, 5, 0)
    assert kodi.clock.monotonic() == before
