"""The end of the set-up when something fails there: what is told, and what goes on all the same."""

import contextlib
import os

import pytest

from fake_gracenote.responses import no_lineups, refusal
from gracenote2epg.setup import lookups
from gracenote2epg.store.database import RunLock
from support.fake_iptv_simple import OLD, Iptv
from support.kodi_addon import HERE, SEEN, TO_A_FILE, WAY, ours

YES = 1
VERSIONS = ("20.6.1", "21.0.0")
SAVED = {"postal_code": HERE, "profile": "kodi"}


def player(kodi, version, text=OLD):
    iptv = Iptv(kodi, version, 5, 5)
    iptv.write("settings.xml" if version < "20.8" else "instance-settings-1.xml", text)
    return iptv


def set_up(kodi, *answers):
    """For IPTV Simple, to the question whether to save, and these answers to what follows."""
    kodi.set_up(*TO_A_FILE[:WAY], 0, *answers)
    assert kodi.saved() == SAVED
    assert kodi.lines("ERROR") == []
    assert kodi.properties == {}


def refuse_download(kodi, source, answer):
    """The source answers so from the download on."""

    def refuse():
        if kodi.asked[-1].heading == "TV guide: Download now":
            source.faults.answer("grid", answer)

    kodi.on_progress = refuse


@pytest.mark.parametrize("version", VERSIONS)
def test_while_another_program_downloads_the_player_is_set_up(home, monkeypatch, version):
    monkeypatch.setattr(lookups, "LOCK_TIMEOUT", 0)
    iptv = player(home, version)
    with contextlib.ExitStack() as other:

        def save():
            other.enter_context(RunLock(home.profile))
            return YES

        set_up(home, save, SEEN, SEEN)
    failed, done = home.texts("ok")
    assert failed.startswith("Another download is in progress.")
    assert done == "It reads the guide, which is not there yet."
    reads = iptv.live() if version < "20.8" else iptv.settings("instance-settings-1.xml")
    assert reads["epgPath"].endswith("xmltv.xml")


def is_tonight(dialog):
    return (dialog.kind, dialog.heading) == ("select", "TV guide: Tonight")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("is_installed", [True, False])
def test_a_player_that_was_disabled_after_it_was_chosen_stays_so(home, version, is_installed):
    iptv = player(home, version)

    def save():
        iptv.version, iptv.enabled = version if is_installed else "", False
        return YES

    set_up(home, save, SEEN, SEEN)
    assert home.texts("ok")[0].startswith("IPTV Simple is not installed, or not enabled.")
    assert iptv.story == []
    assert sum(map(is_tonight, home.asked)) == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_a_player_that_is_disabled_while_kodi_is_asked_is_told_as_that(home, version):
    iptv = player(home, version)
    iptv.title = "Of another guide"

    def disable():
        if iptv.enabled and any(map(is_tonight, home.asked)):  # the next one looks at its channels
            iptv.enabled = False
            iptv.story.clear()

    home.on_progress = disable
    set_up(home, YES, SEEN, SEEN)
    assert home.texts("ok")[0].startswith("IPTV Simple is not installed, or not enabled.")
    assert iptv.story == []
    assert not os.path.exists(os.path.join(home.profile, "refresh.json"))


@pytest.mark.parametrize("version", VERSIONS)
def test_damaged_settings_of_the_player_leave_the_guide_and_tonight(home, version):
    player(home, version, "<settings")
    set_up(home, YES, SEEN, SEEN)
    (message,) = home.texts("ok")
    assert message.startswith("The settings of IPTV Simple are damaged. Set its playlist again")
    assert sum(map(is_tonight, home.asked)) == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_without_a_guide_the_player_is_told_to_wait_for_it(home, source, version):
    player(home, version)
    os.remove(os.path.join(home.profile, "gracenote2epg.db"))
    refuse_download(home, source, no_lineups())
    home.set_up(*TO_A_FILE[:WAY], 0, YES, SEEN, SEEN)
    assert home.texts("ok")[-1] == "It reads the guide, which is not there yet."


def test_a_source_that_fails_in_the_first_run_is_tried_again_by_itself(new_home, source):
    kodi = new_home
    refuse_download(kodi, source, refusal(500))
    kodi.set_up(*TO_A_FILE, SEEN, SEEN)
    (message,) = kodi.texts("ok")
    assert message.endswith("[CR]All is saved; the next try comes by itself.")
    assert kodi.saved() == {"postal_code": HERE}
    source.faults.clear()
    kodi.in_script = False
    kodi.serve_backend(ours("backend"), 1.5)
    assert kodi.logged("the guide is updated") == 1


@pytest.mark.parametrize("at", ["TV guide: Download now", "TV guide: Tonight"])
@pytest.mark.parametrize("way", [0, 1])
def test_kodi_may_unload_the_add_on_in_the_set_up(home, at, way):
    player(home, "20.6.1")

    def unload():
        if home.asked[-1].heading == at:
            home.disable()

    home.on_progress = unload
    answers = (YES, unload) if way == 0 else ("", YES, SEEN, unload)
    home.script("set_up", answers=(*TO_A_FILE[:WAY], way, *answers))
    assert home.unknown
    assert home.lines("ERROR") == []
