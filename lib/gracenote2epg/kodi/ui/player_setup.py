"""The players: which stations they have, and how they get the guide."""

import contextlib
import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Callable, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

import xbmcvfs

from ...config.types import SettingType, place, server
from ...errors import GrabError
from ...util.redact import redact_playlist_url
from .. import addon_settings, backend, iptv_simple, iptv_simple_check, vfs
from ..log import redact_secrets
from ..strings import localize
from . import views
from .dialogs import Dialogs, Report, Row, title

if TYPE_CHECKING:
    from ...channels.stations import GuideStation

IPTV_SIMPLE, TVHEADEND, FILE = PLAYERS = ("iptv_simple", "tvheadend", "file")
HDHOMERUN, TVH_URL = "http://hdhomerun.local", "http://127.0.0.1:9981"
ACCOUNT = ("tvh_url", "tvh_username", "tvh_password")
PLAYLIST = "special://temp/gracenote2epg.m3u"  # a copy
SHOW_TIMEOUT = 30.0  # seconds for Kodi to show the guide


class PlayerStations(NamedTuple):
    """The stations of a player, and the settings that name its server."""

    ids: Set[str]
    server: Dict[str, str]


# Finds out a player's stations; None = not possible, and the user was told; or the user went back.
Lookup = Callable[[], Optional[PlayerStations]]


def sources(
    dialogs: Dialogs, settings: addon_settings.Settings, stations: "Sequence[GuideStation]"
) -> List[Tuple[Row, Lookup]]:
    """The players that can tell which stations they have, as rows of a list."""
    lookup = partial(_stations_of_player, dialogs, settings, stations)
    rows: List[Tuple[Row, Lookup]] = []
    version = iptv_simple.version()
    for playlist in iptv_simple.playlists(version) if version else ():
        row = Row(localize("channels_iptv"), redact_playlist_url(playlist))
        rows.append((row, partial(lookup, {}, playlist)))

    def hdhomerun() -> Optional[PlayerStations]:
        before = addon_settings.read().texts["channels_from"] or HDHOMERUN
        address = _ask_address(dialogs, localize("ask_hdhomerun"), before, place)
        return lookup({"channels_from": address}) if address else None

    def tvheadend() -> Optional[PlayerStations]:
        account = ask_tvheadend(dialogs, settings)
        return None if account is None else lookup({"tvh_filter": "true", **account})

    rows.append((Row(localize("channels_hdhomerun")), hdhomerun))
    rows.append((Row(localize("channels_tvheadend"), settings.texts["tvh_url"]), tvheadend))
    return rows


def ask_tvheadend(dialogs: Dialogs, settings: addon_settings.Settings) -> Optional[Dict[str, str]]:
    """The settings that name a Tvheadend server; None = the user went back.

    Kodi returns an empty text for "back", too, so a name or password that is set cannot be removed
    here.
    """
    texts = settings.texts
    url = _ask_address(dialogs, localize("ask_tvh_url"), texts["tvh_url"] or TVH_URL, server)
    if not url:
        return None
    name = dialogs.input(localize("ask_tvh_username"), texts["tvh_username"])
    if not name and texts["tvh_username"]:
        return None
    password = ""
    if name:
        heading = localize("ask_tvh_password")
        password = dialogs.input(heading, texts["tvh_password"], hidden=True)
        if not password:
            return None
    return dict(zip(ACCOUNT, (url, name, password)))


def _ask_address(dialogs: Dialogs, heading: str, text: str, kind: SettingType) -> str:
    """Return a valid address; "" = the user went back, or typed none."""
    text = dialogs.input(heading, text)
    try:
        return str(kind.parse(text)) if text else ""
    except ValueError:
        dialogs.message(heading, localize("bad_address", text=text))
        return ""


def _stations_of_player(
    dialogs: Dialogs,
    settings: addon_settings.Settings,
    stations: "Sequence[GuideStation]",
    values: Dict[str, str],
    playlist: str = "",
) -> Optional[PlayerStations]:
    """Match the player's channels with the stations; None as in Lookup.

    values: settings that name the player. playlist: of IPTV Simple; maybe only Kodi can read it.
    """
    path = xbmcvfs.translatePath(playlist)
    remote = "://" in path and not path.startswith("http")
    local_path = xbmcvfs.translatePath(PLAYLIST) if remote else path
    settings = settings.with_values(
        {"channels": "", "channels_from": local_path, "tvh_filter": "false", **values}
    )
    redact_secrets(settings)
    config = settings.config()
    heading = title("action_set_up")

    def compare(stop: threading.Event, report: Report) -> Set[str]:
        if remote:
            vfs.download(path, local_path)
        return backend.stations_of_player(config, stations, stop, dialogs.clock)

    ids = dialogs.run(heading, localize("comparing"), compare)
    if ids is None:
        return None
    if not ids:
        dialogs.message(heading, localize("none_matches"))
        return None
    return PlayerStations(ids, {name: text for name, text in values.items() if name in ACCOUNT})


def choose_instance(dialogs: Dialogs, version: str) -> Optional[iptv_simple.Instance]:
    """The instance of IPTV Simple to change; None = not installed, or the user went back."""
    if not version:
        dialogs.message(title("action_iptv_simple"), localize("iptv_install"))
        return None
    instances = iptv_simple.instances(version)
    if len(instances) == 1:
        return instances[0]
    rows = [Row(instance.name or os.path.basename(instance.path)) for instance in instances]
    number = dialogs.select(localize("ask_configuration"), rows)
    return None if number is None else instances[number]


def connect_iptv_simple(dialogs: Dialogs) -> None:
    """The action: make IPTV Simple read the present guide."""
    instance = choose_instance(dialogs, iptv_simple.version())
    if instance is not None:
        heading = title("action_iptv_simple")
        if dialogs.confirm(heading, localize("ask_iptv"), localize("yes")):
            has_guide = os.path.exists(addon_settings.read().config().output)
            connect(dialogs, instance, has_guide)


def connect(dialogs: Dialogs, instance: iptv_simple.Instance, has_guide: bool) -> None:
    """Change its settings, check whether Kodi shows the guide, and show the result.

    Raises OutputError, InputFileError.
    """
    heading, clock = title("action_iptv_simple"), dialogs.clock
    has_playlist = iptv_simple.playlist(iptv_simple.settings(instance.path))
    config = addon_settings.read().config()
    guide = _special_path(config.output)
    backup = dialogs.run(
        heading,
        localize("iptv_changing"),
        lambda stop, report: iptv_simple.connect(
            instance, guide, addon_settings.GENRES, stop, clock
        ),
        cancelable=False,  # a shorter pause could leave Kodi without its TV
    )
    if backup is None:
        return
    lines = [localize("iptv_done")]
    if backup:
        lines.append(localize("iptv_backup", file=os.path.basename(backup)))
    if not has_playlist:
        lines.append(localize("iptv_no_playlist"))
    elif has_guide:

        def look(stop: threading.Event, report: Report) -> iptv_simple_check.ShownChannels:
            titles: Set[str] = set()
            with contextlib.suppress(GrabError):
                titles = backend.titles_now(config, stop, clock)
            return iptv_simple_check.shown_channels(instance, titles, stop, SHOW_TIMEOUT, clock)

        channels = dialogs.run(heading, localize("iptv_looking"), look)
        if channels:
            lines += _shown_channels_text(channels)
    dialogs.message(heading, "[CR]".join(lines))


def _shown_channels_text(channels: iptv_simple_check.ShownChannels) -> List[str]:
    total, looked_at, with_guide = channels
    if not total:
        return [localize("iptv_no_channels")]
    lines = [localize("iptv_shows", channels=total, looked=looked_at, count=with_guide)]
    return lines + ([localize("iptv_names")] if with_guide < looked_at else [])


def _special_path(output: str) -> str:
    """The guide's path for IPTV Simple: special:// in the profile, because Kodi may move that."""
    default = os.path.normpath(xbmcvfs.translatePath(addon_settings.DEFAULT_GUIDE))
    return addon_settings.DEFAULT_GUIDE if os.path.normpath(output) == default else output


def show_tvheadend_help(dialogs: Dialogs) -> None:
    """Show how Tvheadend fetches the guide; offer to check it."""
    cron = backend.cron_line(addon_settings.read().config(), dialogs.clock)
    dialogs.text(title("player_tvheadend"), localize("tvheadend_help", cron=cron))
    if dialogs.confirm(title("action_doctor"), localize("ask_doctor"), localize("yes")):
        views.doctor(dialogs)
