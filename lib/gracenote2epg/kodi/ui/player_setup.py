"""The players: which stations they have, and how the guide gets to them."""

import contextlib
import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Callable, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

import xbmcvfs

from ...config.types import SettingType, place, server
from ...errors import GrabError
from ...util.redact import redact_playlist_url
from .. import addon_settings, backend, iptv_simple_check, vfs
from .. import iptv_simple as kodi_iptv_simple
from ..iptv_simple import Target
from ..log import hide
from ..strings import say
from . import views
from .dialogs import Dialogs, Row, Say, title

if TYPE_CHECKING:
    from ...channels.stations import GuideStation


IPTV_SIMPLE, TVHEADEND, FILE = WAYS = ("iptv_simple", "tvheadend", "file")
HDHOMERUN, TVH_URL = "http://hdhomerun.local", "http://127.0.0.1:9981"
ACCOUNT = ("tvh_url", "tvh_username", "tvh_password")
PLAYLIST = "special://temp/gracenote2epg.m3u"  # a copy
SHOWS = 30.0  # seconds that IPTV Simple may take to show a guide


class PlayerStations(NamedTuple):
    """The stations that a player has, and the settings that were needed to ask it."""

    ids: Set[str]
    needed: Dict[str, str]


# Asks a player; None = the user was told why it cannot, or went back.
Ask = Callable[[], Optional[PlayerStations]]


def sources(
    dialogs: Dialogs, chosen: addon_settings.Settings, known: "Sequence[GuideStation]"
) -> List[Tuple[Row, Ask]]:
    """The players that can say which of the stations they have, as rows of a list."""
    found: List[Tuple[Row, Ask]] = []
    version = kodi_iptv_simple.version()
    for playlist in kodi_iptv_simple.playlists(version) if version else ():
        row = Row(say("channels_iptv"), redact_playlist_url(playlist))
        found.append((row, partial(_carried, dialogs, chosen, known, {}, playlist)))

    def hdhomerun() -> Optional[PlayerStations]:
        before = addon_settings.read().texts["channels_from"] or HDHOMERUN
        address = _address(dialogs, say("ask_hdhomerun"), before, place)
        if not address:
            return None
        return _carried(dialogs, chosen, known, {"channels_from": address})

    def tvheadend() -> Optional[PlayerStations]:
        needed = ask_tvheadend(dialogs, chosen)
        if needed is None:
            return None
        return _carried(dialogs, chosen, known, {"tvh_filter": "true", **needed})

    found.append((Row(say("channels_hdhomerun")), hdhomerun))
    found.append((Row(say("channels_tvheadend"), chosen.texts["tvh_url"]), tvheadend))
    return found


def ask_tvheadend(dialogs: Dialogs, chosen: addon_settings.Settings) -> Optional[Dict[str, str]]:
    """The settings that name a Tvheadend server; None = the user went back.

    An empty text is how Kodi says so, too: a name or a password that is set is never taken away
    here.
    """
    texts = chosen.texts
    url = _address(dialogs, say("ask_tvh_url"), texts["tvh_url"] or TVH_URL, server)
    if not url:
        return None
    name = dialogs.ask(say("ask_tvh_username"), texts["tvh_username"])
    if not name and texts["tvh_username"]:
        return None
    password = ""
    if name:
        password = dialogs.ask(say("ask_tvh_password"), texts["tvh_password"], hidden=True)
        if not password:
            return None
    return dict(zip(ACCOUNT, (url, name, password)))


def _address(dialogs: Dialogs, heading: str, text: str, kind: SettingType) -> str:
    """What the user types, when the kind allows it; "" = not."""
    text = dialogs.ask(heading, text)
    try:
        return str(kind.parse(text)) if text else ""
    except ValueError:
        dialogs.tell(heading, say("bad_address", text=text))
        return ""


def _carried(
    dialogs: Dialogs,
    chosen: addon_settings.Settings,
    known: "Sequence[GuideStation]",
    needed: Dict[str, str],
    playlist: str = "",
) -> Optional[PlayerStations]:
    """playlist: one of Kodi's, which may be at an address that Kodi alone can read."""
    path = xbmcvfs.translatePath(playlist)
    away = "://" in path and not path.startswith("http")
    here = xbmcvfs.translatePath(PLAYLIST) if away else path
    asked = chosen.but({"channels": "", "channels_from": here, "tvh_filter": "false", **needed})
    hide(asked)
    config = asked.config()
    heading = title("action_set_up")

    def compare(stop: threading.Event, tell: Say) -> Set[str]:
        if away:
            vfs.fetch(path, here)
        return backend.carried(config, known, stop, dialogs.clock)

    ids = dialogs.work(heading, say("comparing"), compare)
    if ids is None:
        return None
    if not ids:
        dialogs.tell(heading, say("none_matches"))
        return None
    return PlayerStations(ids, {name: text for name, text in needed.items() if name in ACCOUNT})


def target(dialogs: Dialogs, version: str) -> Optional[Target]:
    """The configuration of IPTV Simple to change; None = there is none, or the user went back."""
    heading = title("action_iptv_simple")
    if not version:
        dialogs.tell(heading, say("iptv_install"))
        return None
    found = kodi_iptv_simple.targets(version)
    if len(found) == 1:
        return found[0]
    rows = [Row(one.name or os.path.basename(one.path)) for one in found]
    chosen = dialogs.choose(say("ask_target"), rows)
    return None if chosen is None else found[chosen]


def iptv_simple(dialogs: Dialogs) -> None:
    """The action: wire the guide that there is into IPTV Simple."""
    chosen = target(dialogs, kodi_iptv_simple.version())
    if chosen is not None:
        heading = title("action_iptv_simple")
        if dialogs.agree(heading, say("ask_iptv"), say("yes")):
            connect(dialogs, chosen, os.path.exists(addon_settings.read().config().output))


def connect(dialogs: Dialogs, chosen: Target, ready: bool) -> None:
    """Change its settings, look whether it shows the guide, and say what came of it.

    ready: there is a guide that it can show. Raises OutputError, DataError.
    """
    heading = title("action_iptv_simple")
    clock = dialogs.clock
    has_playlist = kodi_iptv_simple.playlist(kodi_iptv_simple.settings(chosen.path))
    config = addon_settings.read().config()
    guide = _guide(config.output)
    done = dialogs.work(
        heading,
        say("iptv_changing"),
        lambda stop, tell: [
            kodi_iptv_simple.connect(chosen, guide, addon_settings.GENRES, stop, clock)
        ],
        whole=True,  # a rest cut short can leave Kodi without its TV
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

        def look(stop: threading.Event, tell: Say) -> iptv_simple_check.Shown:
            titles: Set[str] = set()
            with contextlib.suppress(GrabError):
                titles = backend.titles_now(config, stop, clock)
            return iptv_simple_check.shown(chosen, titles, stop, SHOWS, clock)

        seen = dialogs.work(heading, say("iptv_looking"), look)
        if seen:
            lines += _what_it_shows(seen)
    dialogs.tell(heading, "[CR]".join(lines))


def _what_it_shows(seen: iptv_simple_check.Shown) -> List[str]:
    if not seen.channels:
        return [say("iptv_no_channels")]
    channels, looked, count = seen
    lines = [say("iptv_shows", channels=channels, looked=looked, count=count)]
    if count < looked:
        lines.append(say("iptv_names"))
    return lines


def _guide(output: str) -> str:
    """The guide's file, as IPTV Simple is to read it: Kodi may move its own folders."""
    own = os.path.normpath(xbmcvfs.translatePath(addon_settings.OWN_GUIDE))
    return addon_settings.OWN_GUIDE if os.path.normpath(output) == own else output


def tvheadend(dialogs: Dialogs) -> None:
    """How Tvheadend fetches the guide by itself, and whether it does."""
    cron = backend.cron(addon_settings.read().config(), dialogs.clock)
    dialogs.show(title("way_tvheadend"), say("tvheadend_help", cron=cron))
    if dialogs.agree(title("action_doctor"), say("ask_doctor"), say("yes")):
        views.doctor(dialogs)
