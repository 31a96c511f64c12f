"""What the user may ask of the add-on, by its menu, its settings, RunScript or NotifyAll.

The service does the runs; all that talks with the user is done by the add-on's script, for which
Kodi starts another Python.
"""

import contextlib
import logging
from typing import Callable, Dict, Iterator, Sequence

import xbmcgui

from ...clock import SYSTEM, Clock
from ...errors import GrabError, MissingDependency
from ..ids import HOME
from ..messages import BY_SCRIPT, GREET, MENU, RUN_NOW, SET_UP, tell_service

log = logging.getLogger(__name__)


DIALOGUE = "gracenote2epg.dialogue"  # property of the home window: one is open


def main(arguments: Sequence[str], clock: Clock = SYSTEM) -> None:
    """The script: one action, from its first dialog to its last. arguments: its word, or none."""
    from ..addon_settings import read
    from ..log import to_kodi

    with to_kodi() as kodis_log:
        kodis_log.obey(read())
        with _alone() as alone:
            word = arguments[0] if arguments else _menu(clock) if alone else ""
            if word == RUN_NOW:
                tell_service(word)
            elif word in BY_SCRIPT and not alone:
                log.info("%s: a dialogue is open already", word)
            elif word in BY_SCRIPT:
                log.info("%s: asked for", word)
                _act(word, clock)
            elif word:
                log.warning("%s is no action", word)


@contextlib.contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other dialogue of ours is open; until the block ends none is begun."""
    home = xbmcgui.Window(HOME)
    alone = not home.getProperty(DIALOGUE)
    if alone:
        home.setProperty(DIALOGUE, "true")
    try:
        yield alone
    finally:
        if alone:
            home.clearProperty(DIALOGUE)


def _menu(clock: Clock) -> str:
    from ..strings import say
    from .dialogs import Dialogs, Row

    chosen = Dialogs(clock).choose(say("title"), [Row(say(f"action_{word}")) for word in MENU])
    return "" if chosen is None else MENU[chosen]


def _act(word: str, clock: Clock) -> None:
    from ..strings import say
    from .dialogs import Dialogs, title

    dialogs = Dialogs(clock)
    try:
        _dialogues()[word](dialogs)
    except GrabError as error:
        dialogs.failed(title(f"action_{word}"), error)
    except ModuleNotFoundError as error:
        dialogs.failed(title(f"action_{word}"), MissingDependency(error.name or ""))
    except Exception:  # an edge: the log has the details, the user a sentence
        log.exception("%s ended by a bug", word)
        dialogs.tell(title(f"action_{word}"), say("bug"))


def _dialogues() -> "Dict[str, Callable[..., None]]":
    from . import player_setup, views, wizard

    return {
        SET_UP: wizard.run,
        GREET: wizard.greet,
        "iptv_simple": player_setup.iptv_simple,
        "status": views.status,
        "doctor": views.doctor,
        "page": views.page,
        "support": views.help_file,
        "reset": views.reset,
        "settings": views.settings_page,
    }
