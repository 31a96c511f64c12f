"""The end of the set-up: the first run, the player, tonight's programmes."""

import os
from typing import List, Optional

from ...errors import GrabError
from .. import addon_settings, backend
from ..iptv_simple import Instance
from ..service import run
from ..service.progress import Throttled
from ..state_file import StateFile
from ..strings import localize
from . import player_setup, views
from .dialogs import Dialogs, title


def finish(dialogs: Dialogs, player: str, instance: Optional[Instance]) -> None:
    """Run once, and connect the player to the guide. The service completes a cancelled run."""
    settings = addon_settings.read()
    has_guide = _first_run(dialogs, settings)
    if player == player_setup.IPTV_SIMPLE and instance is not None:
        player_setup.connect(dialogs, instance, has_guide)
    elif player == player_setup.TVHEADEND:
        player_setup.show_tvheadend_help(dialogs)
    if has_guide:
        evening = backend.tonight(settings.config(), views.MAX_STATIONS, dialogs.clock)
        dialogs.text(title("tonight"), views.evening_text(evening))


def _first_run(dialogs: Dialogs, settings: addon_settings.Settings) -> bool:
    """Return whether there is a guide now."""
    clock, heading = dialogs.clock, title("action_run_now")
    state_file = StateFile(settings.profile, clock)
    context = run.RunContext(
        backend, state_file, clock, lambda config: None, state_file.save_next_run
    )
    # In a list, because None means that the user cancelled.
    errors: Optional[List[Optional[GrabError]]] = dialogs.run(
        heading,
        localize("phase_lineup"),
        lambda stop, report: [run.run_once(context, settings, stop, Throttled(report, clock))],
    )
    if errors is None:
        state_file.update(last=None)  # so a run is due, even if the settings are the same as before
        dialogs.message(heading, localize("continues_in_background"))
        return False
    if errors[0] is not None:
        dialogs.error(heading, errors[0])
    return os.path.isfile(settings.config().output)  # also one that lacks hours
