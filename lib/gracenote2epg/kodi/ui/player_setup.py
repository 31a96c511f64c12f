"""The players: which stations they have, and how they get the guide."""

import contextlib
import logging
import os
import threading
from typing import TYPE_CHECKING, Callable, Iterator, List, Mapping, Optional, Set

import xbmcvfs

from ...clock import Clock
from ...config.settings import Config
from ...errors import GrabError, InputFileError
from ...util.format import Names
from ...util.redact import hide, strip_credentials
from .. import addon_settings, backend, iptv_simple, iptv_simple_check
from ..strings import localize
from .dialogs import Dialogs, Report, Row, title

if TYPE_CHECKING:
    from ...channels.playlist import Playlist
    from ...setup.engine import Setup

log = logging.getLogger(__name__)

# Profiles: of the players in Kodi, and of a file for others, unless one of those is set.
IPTV_SIMPLE, TVHEADEND, FILE = "kodi", "tvheadend", "any"
PVR_OF_TVHEADEND = "pvr.hts"


def new_setup(clock: Clock) -> "Setup":
    """The questions of the set-up, for this Kodi."""
    version, texts = iptv_simple.version(), addon_settings.read().texts
    playlists = iptv_simple.playlists(version) if version else []
    has_tvheadend = iptv_simple.installed(PVR_OF_TVHEADEND)[1]
    file = FILE if texts["profile"] in (IPTV_SIMPLE, TVHEADEND) else texts["profile"]
    return backend.new_setup(
        texts,
        clock,
        _config,
        playlists=tuple(map(xbmcvfs.translatePath, playlists)),
        read_playlist=_read_playlist,
        players=(IPTV_SIMPLE, TVHEADEND, file),
        player=IPTV_SIMPLE if version else TVHEADEND if has_tvheadend else file,
    )


def _config(values: Mapping[str, str]) -> Config:
    """The settings of a run; from now on the log hides the secrets in these values."""
    settings = addon_settings.read().with_values(values)
    hide(settings.secrets)
    return settings.config()


def _read_playlist(address: str, stop: Optional[threading.Event]) -> "Playlist":
    hide(addon_settings.read().with_values({"channels_from": address}).secrets)
    return backend.read_playlist(address, stop or threading.Event())


def player_row(player: str) -> Row:
    """A player as a row of a list."""
    if player == TVHEADEND:
        return Row(localize("player_tvheadend"), localize("player_tvheadend_more"))
    if player != IPTV_SIMPLE:
        return Row(localize("player_file"), localize("player_file_more"))
    version = iptv_simple.version()
    detail = localize("iptv_version", version=version) if version else localize("iptv_missing")
    return Row(localize("player_iptv_simple"), detail)


def ask_output(dialogs: Dialogs, before: str) -> Optional[str]:
    """The setting ``output``; None = the user went back."""
    rows = [Row(localize("file_own"), addon_settings.DEFAULT_GUIDE), Row(localize("file_folder"))]
    if before:
        rows.append(Row(localize("file_same"), strip_credentials(before)))
    number = dialogs.select(localize("player_file"), rows, len(rows) - 1 if before else 0)
    if number != 1:
        return {0: "", 2: before}.get(number) if number is not None else None
    folder = dialogs.folder(localize("file_folder"))
    return os.path.join(folder, "xmltv.xml") if folder else None


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

    All methods do nothing once Kodi quits. What fails is told, and ends the connection alone.
    """

    def __init__(self, dialogs: Dialogs, instance: Optional[iptv_simple.Instance]) -> None:
        self._dialogs, self._instance = dialogs, instance
        self._is_made, self._reloaded_at = False, 0.0
        self._heading = title("action_iptv_simple")

    def prepare(self) -> None:
        """Begin before the guide is made: the reload of an instance that is not live takes a
        minute."""
        if self._instance is not None and not self._instance.live:
            self.make()

    def make(self) -> None:
        """Make it read the guide."""
        if not self._is_made:
            self._tell_failure(self._make)

    def check(self, has_guide: bool) -> None:
        """Check whether Kodi shows the guide, and show the result."""
        if self._is_made:
            self._tell_failure(lambda instance: self._check(instance, has_guide))

    def _tell_failure(self, action: Callable[[iptv_simple.Instance], None]) -> None:
        instance, dialogs = self._instance, self._dialogs
        if instance is None or dialogs.kodi_quits:
            return
        try:
            if iptv_simple.version():  # it may have been disabled since it was chosen
                return action(instance)
            dialogs.message(self._heading, localize("iptv_install"))
        except InputFileError as error:
            log.warning("%s", error)
            dialogs.message(self._heading, localize("iptv_damaged"))
        except GrabError as error:
            dialogs.error(self._heading, error)
        self._instance = None

    def _make(self, instance: iptv_simple.Instance) -> None:
        clock = self._dialogs.clock
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
            self._heading,
            localize("iptv_changing"),
            lambda stop, report: iptv_simple.connect(instance, target, stop, clock),
            cancelable=False,  # a shorter pause could leave Kodi without its TV
        )
        self._is_made = reloaded_at is not None
        self._reloaded_at = reloaded_at or 0.0  # see shown_channels

    def _check(self, instance: iptv_simple.Instance, has_guide: bool) -> None:
        lines = [localize("iptv_done")] if has_guide else [f"{localize('seen_iptv_too_early')}."]
        if not iptv_simple.playlist(iptv_simple.settings(instance.path)):
            lines.append(localize("iptv_no_playlist"))
        elif has_guide:
            lines += self._shown_channels(instance)
        give_back_refresh(self._dialogs)
        if not iptv_simple.version():
            lines = [localize("iptv_install")]
        self._dialogs.message(self._heading, "[CR]".join(lines))

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

        return self._dialogs.run(self._heading, text, look) or []


def _shown_channels_text(
    shown: iptv_simple_check.ShownChannels, path: str, stop: threading.Event, clock: Clock
) -> List[str]:
    if not shown.total:
        return [localize("iptv_no_channels")]
    count = localize("seen_iptv_shows", count=shown.with_guide, all=shown.looked_at)
    lines = [f"{count}."]
    if shown.total > shown.looked_at:
        lines.append(localize("seen_iptv_first", count=shown.looked_at, all=shown.total) + ".")
    if shown.without:
        listed = backend.listed_channels(path, stop, clock)
        version = iptv_simple.version()
        why = iptv_simple_check.why_without(shown, listed, version, stop)
        if why.not_listed:
            names = Names(why.not_listed, iptv_simple_check.MAX_NAMES)
            lines.append(localize("iptv_names", names=names))
        if why.not_asked:
            lines.append(localize("iptv_not_asked", count=len(why.not_asked)))
    return lines


def _special_path(output: str) -> str:
    """The guide's path for IPTV Simple: special:// in the profile, because Kodi may move that."""
    default = os.path.normpath(xbmcvfs.translatePath(addon_settings.DEFAULT_GUIDE))
    return addon_settings.DEFAULT_GUIDE if os.path.normpath(output) == default else output


def show_tvheadend_help(dialogs: Dialogs) -> None:
    """Show how Tvheadend fetches the guide."""
    cron = backend.cron_line(addon_settings.read().config(), dialogs.clock)
    dialogs.text(title("player_tvheadend"), localize("tvheadend_help", cron=cron))
