"""What the add-on remembers from one Kodi to the next: small files in its profile, no settings,
because each setting that an add-on writes calls everyone who waits for changes."""

import json
import logging
import os
import secrets
from typing import Any, NamedTuple, Optional, Tuple

from ..clock import Clock
from ..util.files import write_text
from .ids import NEXT, STATE
from .timing import LastRun

log = logging.getLogger(__name__)


class State(NamedTuple):
    """own: a random number of this installation. told: what the user was last told of, "" =
    nothing. copied: the guide that was last copied elsewhere, by address and time of change.
    """

    own: int
    last: Optional[LastRun] = None
    told: str = ""
    copied: Tuple[str, float] = ("", 0.0)


class StateFile:
    """The state of a profile. Where the file cannot be written, this Kodi remembers it alone."""

    def __init__(self, profile: str, clock: Clock) -> None:
        self._clock = clock
        self._path, self._plan = os.path.join(profile, STATE), os.path.join(profile, NEXT)
        self._state = State(secrets.randbelow(1 << 31))
        self._lost = False  # what we hold is newer than the file

    def now(self) -> State:
        """The state; the add-on's script may have changed it since."""
        if not self._lost:
            self._state = _load(self._path, self._state.own) or self._state
        return self._state

    def keep(self, **changes: Any) -> None:
        self._state = self.now()._replace(**changes)
        last = self._state.last
        value = {**self._state._asdict(), "last": last and last._asdict()}
        self._lost = not self._write(self._path, json.dumps(value))

    def plan(self, at: float) -> None:
        """Tell the next Kodi's service when a run is due, seconds since the epoch."""
        self._write(self._plan, f"{at:.0f}")

    def _write(self, path: str, text: str) -> bool:
        """Return whether it could be written."""
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write_text(path, text, self._clock.now())
        except OSError as error:
            log.warning("cannot write %s: %s", path, error)
            return False
        return True


def _load(path: str, own: int) -> Optional[State]:
    """None = nothing is known, which costs one run more. own: the number where there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            value: Any = json.load(file)
        last = value.get("last")
        address, changed = value.get("copied", ("", 0.0))
        return State(
            int(value.get("own", own)),
            last
            and LastRun(
                float(last["at"]),
                str(last["error"]),
                str(last["asked"]),
                float(last.get("made", 0.0)),
            ),
            str(value.get("told", "")),
            (str(address), float(changed)),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None
