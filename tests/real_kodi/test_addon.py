"""The add-on in a real Kodi: installed, set, disabled, updated, and what it makes meanwhile."""

import glob
import json
import os
import socket
import time
import urllib.request

from gracenote2epg.clock import SYSTEM
from support import guides
from support.browser import free_port

from .addon import ADDON, RUN, ask, change, grab, guide_of, prepare, start, stopping, with_version
from .home import MODULES
from .player import FOCUS
from .share import Share

STOP = 4.0  # seconds for the service's end; after 5 Kodi kills it
CATEGORIES = ["Guide", "Output", "Tvheadend", "Downloads", "Web page", "Troubleshooting"]


def test_the_zip_is_installed_by_hand_and_the_service_starts(new_kodi, zip_file, album):
    with new_kodi() as kodi:
        kodi.home.offer(zip_file, "gracenote2epg.zip")
        kodi.start(*MODULES)
        kodi.install("gracenote2epg.zip")
        kodi.wait(lambda: kodi.enabled(ADDON), "add-on")
        kodi.wait(lambda: kodi.lines("is ready"), "service")
        assert kodi.complaints() == []


def test_kodis_python_has_nothing_but_what_the_addon_declares(kodi):
    kodi.start()
    code = "import importlib.util as u; result = [str(u.find_spec(n)) for n in {!r}]"
    names = ["requests", "urllib3", "xmltodict", "defusedxml", "PIL"]
    assert kodi.python(code.format(names)) == ["None"] * len(names)


def test_settings_changed_in_kodi_reach_the_run(kodi, server):
    prepare(kodi.home, server)
    start(kodi)
    grab(kodi, affiliate="chi", details="false", output="special://profile/tv/guide.xml.gz")
    assert {entry.params["aid"] for entry in server.log if entry.endpoint == "grid"} == {"chi"}
    assert server.counts.details == 0
    guide = os.path.join(kodi.home.userdata, "tv", "guide.xml.gz")
    assert set(guides.programmes(guide)) == guides.truth(server, 1, SYSTEM)
    assert not os.path.exists(guide_of(kodi.home))


def test_what_is_changed_on_the_page_of_settings_is_grabbed_at_once(kodi, server, album):
    prepare(kodi.home, server, postal_code="90210")
    start(kodi)
    kodi.builtin(f"Addon.OpenSettings({ADDON})")
    kodi.wait(lambda: kodi.visible("addonsettings"), "page of settings")
    kodi.screen.picture(os.path.join(album, "settings.png"))
    kodi.press("left")
    for category in CATEGORIES:
        kodi.wait(lambda name=category: kodi.label(FOCUS) == name, category)
        kodi.press("down")
    kodi.choose("Guide", "up")
    kodi.press("right")
    kodi.choose("Fetch details (*)")
    kodi.press("right")
    kodi.choose("OK")
    kodi.wait(lambda: kodi.lines("the guide is updated"), "guide", RUN)
    assert kodi.setting(ADDON, "details") == "false"
    assert server.counts.details == 0


def test_a_guide_for_a_network_share_is_copied_by_kodi(kodi, server):
    prepare(kodi.home, server, details="false")
    start(kodi)
    with Share() as share:
        address = share.address.replace("://", "://alice:Geheim77@")
        grab(kodi, output=f"{address}/tv/guide.xml")
        kodi.wait(lambda: kodi.lines("the guide is copied to"), "copy")
        first = dict(share.files)
        grab(kodi, days=2)
        kodi.wait(lambda: share.files != first and len(share.files) == 1, "copy in its place")
        with open(guide_of(kodi.home), "rb") as file:
            assert share.files == {"/tv/guide.xml": file.read()}
    change(kodi, days=3)  # when the share is off
    kodi.wait(lambda: kodi.lines("Cannot write dav://127"), "failure", RUN)
    assert kodi.lines("Geheim77") == []  # neither ours, nor Kodi's because of us


def test_disabled_in_a_run_it_stops_and_enabled_it_goes_on_from_there(kodi, server):
    prepare(kodi.home, server, days=4, details="false")
    start(kodi)
    server.faults.hold("grid", when=lambda query: server.counts.grid > 8)
    change(kodi, postal_code="90210")
    assert server.faults.wait_held(1, RUN)
    kodi.enable(ADDON, False)
    kodi.wait(lambda: kodi.lines("script termination took"), "end of the service")
    assert stopping(kodi) < STOP
    kept = sum(entry.status == 200 for entry in server.log if entry.endpoint == "grid")
    server.faults.clear()
    server.reset_counts()
    kodi.enable(ADDON)
    kodi.wait(lambda: len(kodi.lines("is ready")) == 2, "service")
    grab(kodi)
    assert set(guides.programmes(guide_of(kodi.home))) == guides.truth(server, 4, SYSTEM)
    assert server.counts.grid <= 17 - kept + 5  # those of the next 24 hours are asked again


def test_a_zip_over_a_running_one_takes_its_place_and_settings_stay(kodi, server, zip_file):
    newer = "9.9.9"
    kodi.home.offer(with_version(zip_file, newer, kodi.home.folder), "newer.zip")
    prepare(kodi.home, server, details="false")
    start(kodi)
    server.faults.hold()
    change(kodi, postal_code="90210")
    assert server.faults.wait_held(1, RUN)
    kodi.install("newer.zip")
    kodi.wait(lambda: len(kodi.lines("is ready")) == 2, "new service")
    server.faults.clear()
    assert kodi.version(ADDON) == newer
    grab(kodi)
    assert set(guides.programmes(guide_of(kodi.home))) == guides.truth(server, 1, SYSTEM)


def test_a_change_of_profile_in_a_run_stops_it_and_it_goes_on_when_its_user_is_back(kodi, server):
    kodi.home.add_profile("Second")
    prepare(kodi.home, server, details="false")
    start(kodi)
    server.faults.hold("grid")
    change(kodi, postal_code="90210")
    assert server.faults.wait_held(1, RUN)
    kodi.change_profile("Second")
    assert stopping(kodi) < STOP
    kodi.wait(lambda: len(kodi.lines("is ready")) == 2, "service of the second profile")
    assert kodi.setting(ADDON, "postal_code") == ""
    kodi.change_profile("Master user")
    kodi.wait(lambda: len(kodi.lines("is ready")) == 3, "service of the first profile")
    server.faults.clear()
    grab(kodi)
    assert set(guides.programmes(guide_of(kodi.home))) == guides.truth(server, 1, SYSTEM)


def test_the_page_has_the_run_and_the_support_file(kodi, server, album):
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    page = {"enable_monitoring": "true", "monitoring_port": port, "monitoring_host": "0.0.0.0"}
    prepare(kodi.home, server, details="false", **page)
    start(kodi)
    grab(kodi)
    with urllib.request.urlopen(f"{address}/stats", timeout=5) as answer:
        assert json.load(answer)["guide"]["programmes"] == len(guides.truth(server, 1, SYSTEM))
    ask(kodi, "support")
    kodi.see("TV guide: Write a support file", "QR code")
    kodi.press("select")
    profile = kodi.home.profile(ADDON)
    kodi.wait(lambda: glob.glob(os.path.join(profile, "*", "background.png")), "code")
    with open(os.path.join(profile, "support_key"), encoding="ascii") as file:
        key = file.read().split()[0]
    time.sleep(2)  # until it is on the screen
    kodi.screen.picture(os.path.join(album, "support.png"))
    with urllib.request.urlopen(f"{address}/support.txt?key={key}", timeout=5) as answer:
        assert b"monitoring_host = (address)" in answer.read()
    assert kodi.lines(key) == []
    kodi.press("back")
    kodi.wait(
        lambda: not glob.glob(os.path.join(profile, "*", "background.png")), "end of the code"
    )
    kodi.set(ADDON, enable_monitoring="false")
    kodi.wait(lambda: not listening(port), "end of the page")


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
