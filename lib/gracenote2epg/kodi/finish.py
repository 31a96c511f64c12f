"""What follows the set-up's last question: the first run, the player, tonight's programmes."""

import os
from typing import List, Optional

from ..errors import GrabError
from . import engine, looks, player, runs, settings
from .dialogs import Dialogs, title
from .iptvsimple import Target
from .notify import Steady
from .state import Memory
from .words import say


def finish(dialogs: Dialogs, way: str, target: Optional[Target]) -> None:
    """Run once, and wire the guide into the player. What the user does not wait for, the service
    does afterwards."""
    chosen = settings.read()
    ready = _first_run(dialogs, chosen)
    if way == player.IPTV_SIMPLE and target is not None:
        player.connect(dialogs, target, ready)
    elif way == player.TVHEADEND:
        player.tvheadend(dialogs)
    if ready:
        evening = engine.tonight(chosen.config(), looks.SHOWN, dialogs.clock)
        dialogs.show(title("tonight"), looks.evening(evening))


def _first_run(dialogs: Dialogs, chosen: settings.Settings) -> bool:
    """Return whether there is a guide now."""
    memory, clock = Memory(chosen.profile, dialogs.clock), dialogs.clock
    around = runs.Around(engine, memory, clock, lambda config: None, memory.plan)
    # In a list, because None means that the user did not wait.
    ended: Optional[List[Optional[GrabError]]] = dialogs.work(
        title("action_run_now"),
        say("phase_lineup"),
        lambda stop, tell: [runs.once(around, chosen, stop, Steady(tell, clock))],
    )
    if ended is None:
        memory.keep(last=None)  # so that a run is due, also when the same was there before
        dialogs.tell(title("action_run_now"), say("goes_on"))
        return False
    if ended[0] is not None:
        dialogs.failed(title("action_run_now"), ended[0])
    return os.path.isfile(chosen.config().output)  # a guide that lacks hours is one
