"""The add-on's script: its actions, called from its menu, its settings, RunScript or NotifyAll.

The service does the runs; all dialogs are the script's, for which Kodi starts another Python.
"""

import contextlib
import logging
import os
from typing import Callable, Dict, Iterator, Sequence

import xbmcgui

from ...clock import SYSTEM, Clock
from ...errors import GrabError, MissingDependency
from ..ids import HOME_WINDOW
from ..messages import GIVE_BACK, GREET, MENU, RUN_NOW, SCRIPT_ACTIONS, SET_UP, tell_service

log = logging.getLogger(__name__)

_TOPICS = {GREET: SET_UP, GIVE_BACK: "iptv_simple"}  # of the actions that are not in the menu
DIALOG_PROPERTY = "gracenote2epg.dialogue"  # of the home window: a dialog of ours is open


def main(arguments: Sequence[str], clock: Clock = SYSTEM) -> None:
    """Run one action, from its first dialog to its last. arguments: its name, or none."""
    from ..addon_settings import read
    from ..log import kodi_log

    with kodi_log() as handler:
        handler.apply(read())
        with _only_dialog() as is_only:
            action = arguments[0] if arguments else _menu(clock) if is_only else ""
            if action == RUN_NOW:
                tell_service(action)
            elif action in SCRIPT_ACTIONS and not is_only:
                log.info("%s: a dialog is open already", action)
            elif action in SCRIPT_ACTIONS:
                log.info("%s: asked for", action)
                _run(action, clock)
            elif action:
                log.warning("%s is not an action", action)


@contextlib.contextmanager
def _only_dialog() -> Iterator[bool]:
    """Whether no other dialog of the add-on is open; until the block ends none can be opened."""
    home = xbmcgui.Window(HOME_WINDOW)
    is_only = not home.getProperty(DIALOG_PROPERTY)
    if is_only:
        home.setProperty(DIALOG_PROPERTY, "true")
    try:
        yield is_only
    finally:
        if is_only:
            home.clearProperty(DIALOG_PROPERTY)


def _menu(clock: Clock) -> str:
    from ..strings import localize
    from .dialogs import Dialogs, Row

    menu: Sequence[str] = MENU
    if not _has_guide():
        menu = (SET_UP, *(action for action in MENU if action not in (SET_UP, "tonight")))
    rows = [Row(localize(f"action_{action}")) for action in menu]
    number = Dialogs(clock).select(localize("title"), rows)
    return "" if number is None else menu[number]


def _has_guide() -> bool:
    from ..addon_settings import read

    with contextlib.suppress(GrabError):  # an invalid setting, of which the action tells
        return os.path.exists(read().config().output)
    return False


def _run(action: str, clock: Clock) -> None:
    from ..strings import localize
    from .dialogs import Dialogs, title

    dialogs = Dialogs(clock)
    heading = title(f"action_{_TOPICS.get(action, action)}")
    try:
        _actions()[action](dialogs)
    except GrabError as error:
        dialogs.error(heading, error)
    except ModuleNotFoundError as error:
        dialogs.error(heading, MissingDependency(error.name or ""))
    except Exception:  # a bug: the log has the traceback, the user a sentence
        log.exception("%s ended by a bug", action)
        dialogs.message(heading, localize("bug"))


def _actions() -> "Dict[str, Callable[..., None]]":
    from . import doctor, page, player_setup, status, tonight, views, wizard

    return {
        SET_UP: wizard.run,
        GREET: wizard.greet,
        GIVE_BACK: player_setup.give_back_refresh,
        "iptv_simple": player_setup.connect_iptv_simple,
        "tonight": tonight.tonight,
        "status": status.status,
        "doctor": doctor.doctor,
        "page": page.page,
        "support": views.support,
        "reset": views.reset,
        "settings": views.settings,
        "choose_playlist": views.choose_playlist,
    }
