"""State that outlives Kodi: small files in the profile.

Not settings, because each setting that an add-on writes notifies every monitor of the add-on.
Times are seconds since the epoch.
"""

import json
import logging
import os
import secrets
import threading
from typing import Any, NamedTuple, Optional, Tuple

from ..clock import Clock
from ..util.files import write_text
from .ids import NEXT_RUN_FILE, STATE_FILE

log = logging.getLogger(__name__)


class LastRun(NamedTuple):
    """How the last run ended.

    error: "" = it succeeded. fingerprint: Settings.fingerprint. guide_made_at: 0.0 = no guide was
    made; one that was made may still have to be copied to a share.
    """

    ended_at: float
    error: str
    fingerprint: str
    guide_made_at: float = 0.0


class State(NamedTuple):
    """installation_id: a random number. last_notice: the key of the last notification, "" = none.

    page_error: why the page is not served, in the user's language; "" = it is, or is not wanted.
    copied: hash of the address, and modification time of the guide that was last copied to a share.
    """

    installation_id: int
    last: Optional[LastRun] = None
    last_notice: str = ""
    last_notice_at: float = 0.0
    copied: Tuple[str, float] = ("", 0.0)
    page_error: str = ""


class StateFile:
    """The state of a profile; kept in memory only, where the file cannot be written."""

    def __init__(self, profile: str, clock: Clock) -> None:
        self._clock = clock
        self._path = os.path.join(profile, STATE_FILE)
        self._next_run_path = os.path.join(profile, NEXT_RUN_FILE)
        self._state = State(secrets.randbelow(1 << 31))
        self._unsaved = False
        self._lock = threading.RLock()  # the page has a thread of its own, and so has a run

    def read(self) -> State:
        """The state; service and script share the file, so it is read each time."""
        with self._lock:
            if not self._unsaved:
                self._state = _load(self._path, self._state.installation_id) or self._state
            return self._state

    def update(self, **changes: Any) -> None:
        """Replace fields of the state, and save it."""
        with self._lock:
            self._state = self.read()._replace(**changes)
            last = self._state.last
            value = {**self._state._asdict(), "last": last and last._asdict()}
            self._unsaved = not self._write(self._path, json.dumps(value))

    def save_next_run(self, at: float) -> None:
        """Save when a run is due, for the service after Kodi's next start."""
        self._write(self._next_run_path, f"{at:.0f}")

    def _write(self, path: str, text: str) -> bool:
        """Return whether it could be written."""
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write_text(path, text, self._clock.now())
        except OSError as error:
            log.warning("cannot write %s: %s", path, error)
            return False
        return True


def _load(path: str, installation_id: int) -> Optional[State]:
    """The saved state; None = unreadable, so that a run is due. installation_id: if it has none."""
    try:
        with open(path, encoding="utf-8") as file:
            value: Any = json.load(file)
        last = value.get("last")
        address, modified_at = value.get("copied", ("", 0.0))
        if last is not None:
            last = LastRun(
                float(last["ended_at"]),
                str(last["error"]),
                str(last["fingerprint"]),
                float(last["guide_made_at"]),
            )
        return State(
            int(value.get("installation_id", installation_id)),
            last,
            str(value.get("last_notice", "")),
            float(value.get("last_notice_at", 0.0)),
            (str(address), float(modified_at)),
            str(value.get("page_error", "")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None
