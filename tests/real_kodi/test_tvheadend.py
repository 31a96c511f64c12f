"""A Tvheadend beside Kodi: the set-up for it, and what the doctor then says of it."""

from support.diagnosis import OURS, TITLE
from support.fake_tvheadend import TvhStandIn

from .addon import RUN, ask, guide_of, prepare, start
from .player import Kodi

DOCTOR = "TV guide: Why is my guide empty?"
SET_UP = "TV guide: Set up the guide"
DIALOG = "gracenote2epg.dialogue"


def type_in(kodi: Kodi, text: str) -> None:
    kodi.wait(lambda: kodi.visible("virtualkeyboard"), "keyboard")
    kodi.rpc("Input.SendText", {"text": text, "done": True})
    kodi.wait(lambda: not kodi.visible("virtualkeyboard"), "end of the keyboard")


def set_up(kodi: Kodi, address: str) -> None:
    """The set-up until the guide is there; at first Tvheadend is looked for in a wrong place."""
    ask(kodi, "set_up")
    kodi.see("Country", "United States")
    kodi.press("select")
    kodi.see("ZIP code, 5 digits", "Done")
    kodi.press(*(f"number{digit}" for digit in "90210"), "enter")
    for heading, focus in (
        ("Antenna, cable or satellite?", "Local Over the Air Broadcast"),
        ("Local Over the Air Broadcast", "Yes, these are my channels"),
        ("Channels of the guide", "All stations (40)"),
    ):
        kodi.see(heading, focus, RUN)
        kodi.press("select")
    kodi.see("Which player?", "A file")
    kodi.choose("Tvheadend · It fetches the guide by itself", "up")
    type_in(kodi, "http://127.0.0.1:9")
    kodi.see(SET_UP, "OK", RUN)
    kodi.press("select")
    for text in (address, "viewer", "pass:word"):
        type_in(kodi, text)
    kodi.see(SET_UP, "Save", RUN)
    kodi.press("select")
    kodi.wait(lambda: kodi.visible("textviewer"), "help", RUN)
    kodi.press("back")
    kodi.see("TV guide: Tonight", "", RUN)
    kodi.press("back")


def see_first(kodi: Kodi, row: str) -> None:
    """The first row of the doctor's list is this one."""
    wait_for_end(kodi)
    ask(kodi, "doctor")
    kodi.see(DOCTOR, row, RUN)
    kodi.press("back")


def wait_for_end(kodi: Kodi) -> None:
    """Of the add-on's dialogs: only one of them is open at a time."""
    kodi.wait(lambda: not kodi.label(f"Window(home).Property({DIALOG})"), "end of the dialogs")


def test_each_step_to_a_guide_in_tvheadend_is_named(kodi, server):
    prepare(kodi.home, server, details="false")
    start(kodi)
    with TvhStandIn() as tvheadend:
        tvheadend.channel("WZAADT")
        set_up(kodi, tvheadend.url)
        see_first(kodi, "Grabber module")  # unknown
        module = tvheadend.module(TITLE, enabled=False, path=OURS, guide=lambda: read(kodi))
        see_first(kodi, "Grabber module")  # off
        tvheadend.enable(module)
        see_first(kodi, "Channel links")
        tvheadend.grab()
        see_first(kodi, "Programmes there")
        tvheadend.grab()
        see_first(kodi, "Nothing is broken")
        wait_for_end(kodi)


def read(kodi: Kodi) -> str:
    with open(guide_of(kodi.home), encoding="utf-8") as file:
        return file.read()
