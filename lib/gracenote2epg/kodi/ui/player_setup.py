"""The players: which stations they have, and how they get the guide."""

import contextlib
import os
import threading
from functools import partial
from typing import (
    TYPE_CHECKING,
    Callable,
    Dict,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
)

import xbmcvfs

from ...clock import Clock
from ...config.types import SettingType, place, server
from ...errors import GrabError
from ...util.redact import redact_playlist_url
from .. import addon_settings, backend, iptv_simple, iptv_simple_check
from ..log import redact_secrets
from ..strings import localize
from .dialogs import Dialogs, Report, Row, title
from .doctor import doctor

if TYPE_CHECKING:
    from ...channels.stations import GuideStation

IPTV_SIMPLE, TVHEADEND, FILE = PLAYERS = ("iptv_simple", "tvheadend", "file")
HDHOMERUN, TVH_URL = "http://hdhomerun.local", "http://127.0.0.1:9981"
ACCOUNT = ("tvh_url", "tvh_username", "tvh_password")


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
    settings = settings.with_values(
        {"channels": "", "channels_from": "", "tvh_filter": "false", **values}
    )
    redact_secrets(settings.with_values({"channels_from": path}) if path else settings)
    config = settings.config()
    heading = title("action_set_up")
    ids = dialogs.run(
        heading,
        localize("comparing"),
        lambda stop, report: backend.stations_of_player(
            config, stations, path, stop, dialogs.clock
        ),
    )
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
            with connection(dialogs, instance) as made:
                made.prepare()
                made.make()
                made.check(os.path.exists(addon_settings.read().config().output))


def give_back_refresh(dialogs: Dialogs) -> None:
    """End the reloads of each minute. When Kodi quits, only the file of IPTV Simple is written."""
    note, clock = xbmcvfs.translatePath(addon_settings.REFRESH_NOTE), dialogs.clock
    if not os.path.exists(note):
        return
    if dialogs.kodi_quits:
        stop = threading.Event()
        stop.set()
        iptv_simple.give_back_refresh(note, stop, clock)
        return
    dialogs.run(
        title("action_iptv_simple"),
        localize("iptv_changing"),
        lambda stop, report: iptv_simple.give_back_refresh(note, stop, clock),
        cancelable=False,  # a shorter pause could leave Kodi without its TV
    )


@contextlib.contextmanager
def connection(
    dialogs: Dialogs, instance: Optional[iptv_simple.Instance]
) -> "Iterator[Connection]":
    """Connects IPTV Simple to the guide; in the end its refresh is the user's."""
    try:
        yield Connection(dialogs, instance)
    finally:
        give_back_refresh(dialogs)


class Connection:
    """Connects an instance of IPTV Simple to the guide; None = nothing to do.

    All methods raise OutputError and InputFileError, and do nothing once Kodi quits.
    """

    def __init__(self, dialogs: Dialogs, instance: Optional[iptv_simple.Instance]) -> None:
        self._dialogs, self._instance = dialogs, instance
        self._is_made, self._reloaded_at = False, 0.0

    def prepare(self) -> None:
        """Begin before the guide is made: the reload of an instance that is not live takes a
        minute."""
        if self._instance is not None and not self._instance.live:
            self.make()

    def make(self) -> None:
        """Make it read the guide."""
        instance, clock = self._instance, self._dialogs.clock
        if instance is None or self._is_made:
            return
        target = iptv_simple.Target(
            _special_path(addon_settings.read().config().output),
            addon_settings.GENRES,
            xbmcvfs.translatePath(addon_settings.REFRESH_NOTE),
        )
        if (
            not instance.live
            and iptv_simple.reads(instance, target)
            and iptv_simple_check.all_show_programmes()
        ):
            self._is_made = True  # to restart it would only stop Kodi's TV
            return
        reloaded_at = self._dialogs.run(
            title("action_iptv_simple"),
            localize("iptv_changing"),
            lambda stop, report: iptv_simple.connect(instance, target, stop, clock),
            cancelable=False,  # a shorter pause could leave Kodi without its TV
        )
        self._is_made = reloaded_at is not None
        self._reloaded_at = reloaded_at or 0.0  # see shown_channels

    def check(self, has_guide: bool) -> None:
        """Check whether Kodi shows the guide, and show the result."""
        instance, dialogs = self._instance, self._dialogs
        if instance is None or not self._is_made:
            return
        lines = [localize("iptv_done")]
        if not iptv_simple.playlist(iptv_simple.settings(instance.path)):
            lines.append(localize("iptv_no_playlist"))
        elif has_guide:
            lines += self._shown_channels(instance)
        give_back_refresh(dialogs)
        dialogs.message(title("action_iptv_simple"), "[CR]".join(lines))

    def _shown_channels(self, instance: iptv_simple.Instance) -> List[str]:
        config, clock = addon_settings.read().config(), self._dialogs.clock
        text = localize("iptv_looking") if instance.live else localize("iptv_waiting")

        def look(stop: threading.Event, report: Report) -> List[str]:
            titles: Set[str] = set()
            with contextlib.suppress(GrabError):
                titles = backend.titles_now(config, stop, clock)
            shown = iptv_simple_check.shown_channels(
                instance, titles, self._reloaded_at, stop, clock, lambda done: report(done, "")
            )
            return _shown_channels_text(shown, config.output, stop, clock)

        return self._dialogs.run(title("action_iptv_simple"), text, look) or []


def _shown_channels_text(
    shown: iptv_simple_check.ShownChannels, path: str, stop: threading.Event, clock: Clock
) -> List[str]:
    if not shown.total:
        return [localize("iptv_no_channels")]
    count, looked = shown.with_guide, shown.looked_at
    lines = [localize("iptv_shows", channels=shown.total, looked=looked, count=count)]
    if shown.without:
        listed = backend.listed_channels(path, stop, clock)
        version = iptv_simple.version()
        why = iptv_simple_check.why_without(shown, listed, version, stop)
        if why.not_listed:
            names = why.not_listed[: iptv_simple_check.MAX_NAMES]
            more = len(why.not_listed) - len(names)
            text = ", ".join(names) + (" " + localize("more", count=more) if more else "")
            lines.append(localize("iptv_names", names=text))
        if why.not_asked:
            lines.append(localize("iptv_not_asked", count=len(why.not_asked)))
    return lines


def _special_path(output: str) -> str:
    """The guide's path for IPTV Simple: special:// in the profile, because Kodi may move that."""
    default = os.path.normpath(xbmcvfs.translatePath(addon_settings.DEFAULT_GUIDE))
    return addon_settings.DEFAULT_GUIDE if os.path.normpath(output) == default else output


def show_tvheadend_help(dialogs: Dialogs) -> None:
    """Show how Tvheadend fetches the guide; offer to check it."""
    cron = backend.cron_line(addon_settings.read().config(), dialogs.clock)
    dialogs.text(title("player_tvheadend"), localize("tvheadend_help", cron=cron))
    if dialogs.confirm(title("action_doctor"), localize("ask_doctor"), localize("yes")):
        doctor(dialogs)
