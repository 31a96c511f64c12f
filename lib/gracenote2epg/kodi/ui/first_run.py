"""The end of the set-up: the guide, tonight's programmes, the player."""

import contextlib
import os
import threading
from typing import TYPE_CHECKING, List, Optional

from ...errors import GrabError, SourceError, Stopped
from .. import addon_settings, backend, iptv_simple
from ..service import run
from ..service.progress import Throttled
from ..state_file import StateFile
from ..strings import localize
from . import player_setup, tonight
from .dialogs import Dialogs, Report, title

if TYPE_CHECKING:
    from ...downloader.monitor import Statistics


def finish(
    dialogs: Dialogs,
    player: str,
    instance: Optional[iptv_simple.Instance],
    pause: contextlib.ExitStack,
) -> None:
    """Make the guide, connect the player to it, and show tonight.

    pause: of the service; it ends when the guide is there, and the service gets the details.
    """
    settings = addon_settings.read()
    with player_setup.connection(dialogs, instance) as connection:
        connection.prepare()
        has_guide = _make_guide(dialogs, settings)
        pause.close()
        connection.make()
        if player == player_setup.TVHEADEND and not dialogs.kodi_quits:
            player_setup.show_tvheadend_help(dialogs)
        if has_guide:
            evening = backend.tonight(settings.config(), tonight.MAX_STATIONS, dialogs.clock)
            tonight.show(dialogs, title("tonight"), evening)
        connection.check(has_guide)


def _make_guide(dialogs: Dialogs, settings: addon_settings.Settings) -> bool:
    """Return whether there is a guide; the service completes what is left."""
    clock, heading = dialogs.clock, title("action_run_now")
    state_file = StateFile(settings.profile, clock)
    context = run.RunContext(
        backend, state_file, clock, lambda config: None, state_file.save_next_run
    )

    def job(stop: threading.Event, report: Report) -> List[Optional[GrabError]]:
        """In a list, because None means that the user cancelled."""
        throttled = Throttled(report, clock)

        def listen(statistics: "Statistics") -> None:
            if statistics.phase == "details":  # the guide is there, and they take minutes
                stop.set()
            throttled(statistics)

        version = iptv_simple.version()
        if version:
            playlists = iptv_simple.playlists(version)
            with contextlib.suppress(GrabError):  # of which the run tells
                backend.remember_players(settings.config(), playlists, stop, clock, now=True)
        return [run.run_once(context, settings, stop, listen)]

    errors = dialogs.run(heading, localize("phase_lineup"), job)
    is_cancelled = errors is None
    error = errors[0] if errors else None
    has_guide = os.path.isfile(settings.config().output)  # also one that lacks hours
    if is_cancelled or isinstance(error, Stopped):
        state_file.update(last=None)  # so a run is due, even if the settings are the same as before
    if is_cancelled:
        dialogs.message(heading, localize("continues_in_background"))
    elif error is not None and not isinstance(error, Stopped):
        more = localize("all_saved") if isinstance(error, SourceError) else ""
        dialogs.error(heading, error, more)
    return has_guide
