"""The players: which stations they have, and how the guide gets to them."""

import os
from typing import TYPE_CHECKING, Callable, List, Optional, Sequence, Set, Tuple

import xbmcvfs

from ..errors import DataError, GrabError
from ..kinds import place, without_secrets
from . import engine, iptvsimple, looks, settings
from .dialogs import Dialogs, Row, title
from .iptvsimple import Target
from .state import Memory
from .words import say

if TYPE_CHECKING:
    from ..models import Station

IPTV_SIMPLE, TVHEADEND, FILE = WAYS = ("iptv_simple", "tvheadend", "file")
SHOWS = 30.0  # seconds that IPTV Simple may take to show a guide


def sources(
    dialogs: Dialogs, stations: "Sequence[Station]"
) -> List[Tuple[Row, Callable[[], Optional[Set[str]]]]]:
    """The players that can say which of the stations they have: their rows in a list, and what
    asks them; that returns station ids, or None when it told the user why not."""
    found: List[Tuple[Row, Callable[[], Optional[Set[str]]]]] = []
    own = settings.read()
    listed = _playlist()
    if listed:
        row = Row(say("channels_iptv"), without_secrets(listed))
        found.append((row, lambda: _matched(dialogs, stations, own, listed)))
    found.append((Row(say("channels_hdhomerun")), lambda: _hdhomerun(dialogs, stations, own)))
    address = own.texts["tvh_url"]
    if address:
        row = Row(say("channels_tvheadend"), address)
        found.append((row, lambda: _matched(dialogs, stations, own, "")))
    return found


def _playlist() -> str:
    """Where IPTV Simple's playlist is; "" = nowhere that is known."""
    version = iptvsimple.version()
    for one in iptvsimple.targets(version) if version else ():
        try:
            listed = iptvsimple.playlist(iptvsimple.settings(one.path))
        except DataError:  # its settings are broken: the step that writes them will say so
            continue
        if listed:
            return str(xbmcvfs.translatePath(listed))
    return ""


def _hdhomerun(
    dialogs: Dialogs, stations: "Sequence[Station]", own: settings.Settings
) -> Optional[Set[str]]:
    text = dialogs.ask(say("ask_hdhomerun"), "")
    if not text:
        return None
    try:
        return _matched(dialogs, stations, own, place.parse(text))
    except ValueError:
        dialogs.tell(title("action_set_up"), say("bad_address", address=text))
        return None


def _matched(
    dialogs: Dialogs, stations: "Sequence[Station]", own: settings.Settings, where: str
) -> Optional[Set[str]]:
    """The stations of a playlist or an HDHomeRun, or of Tvheadend; None = the user was told why
    not. where: the list's path or address, "" = Tvheadend.
    """
    heading = title("action_set_up")
    try:
        config = own.config()
        found = dialogs.work(
            heading,
            say("asking_player"),
            lambda stop, tell: engine.matched(config, where, stations, stop),
        )
    except GrabError as error:
        dialogs.failed(heading, error)
        return None
    if found is None:
        return None
    if not found.ids:
        dialogs.tell(heading, say("no_match", count=found.asked))
        return None
    return found.ids


def target(dialogs: Dialogs, version: str) -> Optional[Target]:
    """The configuration of IPTV Simple to change; None = there is none, or the user went back."""
    heading = title("action_iptv_simple")
    if not version:
        dialogs.tell(heading, say("iptv_install"))
        return None
    found = iptvsimple.targets(version)
    if len(found) == 1:
        return found[0]
    rows = [Row(one.name or os.path.basename(one.path)) for one in found]
    chosen = dialogs.choose(say("ask_target"), rows)
    return None if chosen is None else found[chosen]


def iptv_simple(dialogs: Dialogs) -> None:
    """The action: wire the guide that there is into IPTV Simple."""
    chosen = target(dialogs, iptvsimple.version())
    if chosen is not None:
        heading = title("action_iptv_simple")
        if dialogs.agree(heading, say("ask_iptv"), say("yes")):
            connect(dialogs, chosen, os.path.exists(settings.read().config().output))


def connect(dialogs: Dialogs, chosen: Target, ready: bool) -> None:
    """Change its settings, look whether it shows the guide, and say what came of it.

    ready: there is a guide that it can show. Raises OutputError, DataError.
    """
    heading = title("action_iptv_simple")
    has_playlist = iptvsimple.playlist(iptvsimple.settings(chosen.path))
    guide = _guide()
    done = dialogs.work(
        heading,
        say("iptv_changing"),
        lambda stop, tell: [iptvsimple.connect(chosen, guide, settings.GENRES, stop)],
    )
    if done is None:
        return
    (backup,) = done
    lines = [say("iptv_done")]
    if backup:
        lines.append(say("iptv_backup", file=os.path.basename(backup)))
    if not has_playlist:
        lines.append(say("iptv_no_playlist"))
    elif ready:
        seen = dialogs.work(
            heading, say("iptv_looking"), lambda stop, tell: iptvsimple.shown(chosen, stop, SHOWS)
        )
        if seen:
            name = "iptv_shows" if seen[1] else "iptv_shows_nothing"
            lines.append(say(name, channels=seen[0], count=seen[1]))
    dialogs.tell(heading, "[CR]".join(lines))


def _guide() -> str:
    """The guide's file, as IPTV Simple is to read it: Kodi may move its own folders."""
    output = settings.read().config().output
    own = os.path.normpath(xbmcvfs.translatePath(settings.OWN_GUIDE))
    return settings.OWN_GUIDE if os.path.normpath(output) == own else output


def tvheadend(dialogs: Dialogs) -> None:
    """How Tvheadend fetches the guide by itself, and whether it does."""
    own = Memory(settings.read().profile).now().own
    minute = f"{own % 60} {1 + own // 60 % 6} * * *"  # each installation at its own
    dialogs.show(title("way_tvheadend"), say("tvheadend_help", cron=minute))
    if dialogs.agree(title("action_doctor"), say("ask_doctor"), say("yes")):
        looks.doctor(dialogs)
