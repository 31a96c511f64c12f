"""The support file: what is in it, and what is redacted."""

import os

import pytest

from gracenote2epg.util import qr
from gracenote2epg.web import app
from gracenote2epg.web.status import RunStatus
from support.kodi_addon import SEEN, ours

LOG = """\
2026-01-01 10:00:00.000 T:1    info <general>: [service.gracenote2epg] monitor: 1.0.0 is ready
2026-01-01 10:00:01.000 T:1    info <general>: VideoPlayer: somebody's film
2026-01-01 10:00:02.000 T:1   error <general>: [service.gracenote2epg] run: a bug
                                                Traceback (most recent call last):
                                                  File "/home/robin/.kodi/addons/x.py", line 1
2026-01-01 10:00:03.000 T:1    info <general>: another add-on
                                                with a traceback of its own

an unmarked line of that add-on
2026-01-01 10:00:04.000 T:1   error <general>: EXCEPTION Thrown (PythonToCppException) : -->
                                                Error Type: <class 'ImportError'>

                                                Traceback (most recent call last):
                                                  File "/x/service.gracenote2epg/lib/script.py"
                                                ImportError: cannot import name 'missing'
                                                -->End of Python script error report<--
"""
LINE = "2026-01-01 10:00:04.000 T:1    info <general>: [service.gracenote2epg] x: "


@pytest.fixture(name="support")
def _support(kodi):
    """Returns the support file of a Kodi whose log has these lines, too."""
    kodi.set(postal_code="j3b 1m4", channels="2.1", output="smb://robin:pw@nas.lan/tv/x.xml")
    os.makedirs(os.path.join(kodi.userdata, "temp"))

    def write(*lines):
        with open(os.path.join(kodi.userdata, "temp", "kodi.log"), "w") as file:
            file.write(LOG + "".join(f"{LINE}{line}\n" for line in lines))
        kodi.script("support", answers=[SEEN, SEEN])
        return kodi.profile_file("support.txt")

    return write


def test_it_has_versions_settings_and_the_add_ons_log_lines(kodi, support):
    text = support()
    for part in [
        "gracenote2epg 3.",
        "Kodi (System.BuildVersion)",
        "channels = 2.1",
        "monitor: 1.0.0 is ready",
        'File "/home/(user)/.kodi',
        "EXCEPTION Thrown",
        "Error Type: <class 'ImportError'>",
        "cannot import name 'missing'",
        "kodi.old.log:",  # though there is none
    ]:
        assert part in text
    for part in ["\nworker_strategy", "film", "another add-on", "of its own", "that add-on"]:
        assert part not in text  # the first is the default
    assert kodi.kinds() == ["ok", "textviewer"]
    assert kodi.asked[1].text == text


def test_its_path_is_on_lines_that_a_dialog_can_show(kodi, support):
    support()
    path, folder = os.path.join(kodi.profile, "support.txt"), "service.gracenote2epg/"
    lines = kodi.asked[0].text.split(": ", 1)[1].split("[CR]")[:-1]
    assert "".join(lines) == path
    assert lines[-1].startswith(folder)
    assert max(map(len, lines)) <= 50
    on_lines = ours("ui.dialogs").on_lines
    assert on_lines("C:\\" + "a" * 46 + "\\b.txt") == "C:\\" + "a" * 46 + "\\[CR]b.txt"
    assert on_lines("a" * 60) == "a" * 60


def test_addresses_and_names_are_redacted(support):
    lines = {
        "asks /grid?postalCode=J3B1M4&x=1": "asks /grid?postalCode=(postal code)&x=1",
        "asks /grid?postalCode=10001&x=1": "asks /grid?postalCode=(postal code)&x=1",
        "typed J3B 1M4 there": "typed (postal code) there",
        "lineup CAN-OTAj3b1m4-DEFAULT": "lineup CAN-OTA(postal code)-DEFAULT",
        "at 192.168.1.20:9981": "at (address):9981",
        "at 127.0.0.1:9981": "at 127.0.0.1:9981",
        "at fe80::1ff:fe23:4567:890a": "at (address)",
        "at [2001:db8::1]:80": "at [(address)]:80",
        "mac 00:1A:2b:3c:4d:5e": "mac (address)",
        "http://robin:pw@tvh.lan/x": "http://(user)@(address)/x",
        "at http://tv.example.org:9981 (refused)": "at http://(address):9981 (refused)",
        "at https://[2001:db8::1]:80/x": "at https://(address):80/x",
        "asks https://tvlistings.gracenote.com/x": "asks https://tvlistings.gracenote.com/x",
        "page http://localhost:9989/": "page http://localhost:9989/",
        "smb://nas.lan/tv": "smb://(address)/tv",
        "nfs://10.0.0.3/tv": "nfs://(address)/tv",
        "mail robin.b@example.org": "mail (mail)",
        "in /home/robin/.kodi": "in /home/(user)/.kodi",
        "in /Users/robin/Library": "in /Users/(user)/Library",
        r"in C:\Users\robin\AppData": r"in C:\Users\(user)\AppData",
        "CAddonMgr::FindAddons at 10:20:30": "CAddonMgr::FindAddons at 10:20:30",
        "urllib3 1.26.16, Kodi 20.1 (20.1.0)": "urllib3 1.26.16, Kodi 20.1 (20.1.0)",
    }
    shown = [line.partition(" x: ")[2] for line in support(*lines).splitlines() if " x: " in line]
    assert dict(zip(lines, shown)) == lines


def test_it_holds_no_secret_of_the_settings(support):
    text = support()
    assert "output = smb://(address)/tv/x.xml" in text or "smb://(user)@" in text
    for secret in ("j3b 1m4", "J3B1M4", "robin", "pw@", "nas.lan"):
        assert secret not in text


@pytest.mark.parametrize("answer", [True, False])
def test_a_phone_can_fetch_it_where_phones_can_open_the_page(kodi, answer):
    kodi.set(enable_monitoring="true", monitoring_host="0.0.0.0", monitoring_port=9990)
    kodi.script("support", answers=[answer, SEEN])
    assert kodi.kinds() == ["yesno", *(["window", "closed"] if answer else ["textviewer"])]
    if answer:
        window = kodi.asked[1]
        address = window.text.splitlines()[0]
        assert qr.picture(address, 10) in window.marked
        host, key = address.split("/support.txt?key=")
        assert host == "http://192.0.2.7:9990"
        routes = app.routes(RunStatus(ours("addon_settings").read().config(), kodi.clock))
        fetched = routes["/support.txt"]({"key": key})
        assert fetched.body.decode() == kodi.profile_file("support.txt")
        assert key not in "".join(kodi.lines())


@pytest.mark.parametrize(
    "why", [{"monitoring_host": "127.0.0.1"}, {"enable_monitoring": "false"}, {}]
)
def test_nothing_is_shared_while_phones_cannot_open_the_page(kodi, why):
    kodi.set(**{"enable_monitoring": "true", "monitoring_host": "0.0.0.0", **why})
    if not why:
        kodi.state_file().update(page_error="its port is taken")
    kodi.script("support", answers=[SEEN, SEEN])
    assert kodi.kinds() == ["ok", "textviewer"]
    assert "support_key" not in os.listdir(kodi.profile)


def test_a_file_that_cannot_be_written_is_an_error_message(kodi, tmp_path):
    (tmp_path / "addon_data").write_text("a file where the folder should be")
    kodi.script("support", answers=[SEEN])
    assert kodi.kinds() == ["ok"]
    assert "support.txt" in kodi.asked[0].text
