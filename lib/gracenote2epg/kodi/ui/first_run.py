"""What follows the set-up's last question: the first run, the player, tonight's programmes."""

import os
from typing import List, Optional

from ...errors import GrabError
from .. import addon_settings, backend
from ..iptv_simple import Target
from ..service import run
from ..service.progress import Throttled
from ..state_file import StateFile
from ..strings import say
from . import player_setup, views
from .dialogs import Dialogs, title


def finish(dialogs: Dialogs, way: str, target: Optional[Target]) -> None:
    """Run once, and wire the guide into the player. What the user does not wait for, the service
    does afterwards."""
    chosen = addon_settings.read()
    ready = _first_run(dialogs, chosen)
    if way == player_setup.IPTV_SIMPLE and target is not None:
        player_setup.connect(dialogs, target, ready)
    elif way == player_setup.TVHEADEND:
        player_setup.tvheadend(dialogs)
    if ready:
        evening = backend.tonight(chosen.config(), views.SHOWN, dialogs.clock)
        dialogs.show(title("tonight"), views.evening(evening))


def _first_run(dialogs: Dialogs, chosen: addon_settings.Settings) -> bool:
    """Return whether there is a guide now."""
    memory, clock = StateFile(chosen.profile, dialogs.clock), dialogs.clock
    around = run.RunContext(backend, memory, clock, lambda config: None, memory.plan)
    # In a list, because None means that the user did not wait.
    ended: Optional[List[Optional[GrabError]]] = dialogs.work(
        title("action_run_now"),
        say("phase_lineup"),
        lambda stop, tell: [run.once(around, chosen, stop, Throttled(tell, clock))],
    )
    if ended is None:
        memory.keep(last=None)  # so that a run is due, also when the same was there before
        dialogs.tell(title("action_run_now"), say("goes_on"))
        return False
    if ended[0] is not None:
        dialogs.failed(title("action_run_now"), ended[0])
    return os.path.isfile(chosen.config().output)  # a guide that lacks hours is one
