"""What the user chose, and what the source does not send again: one small JSON file.

The store is a cache that can be downloaded again; these values cannot. So they survive a damaged
store, an upgrade, a downgrade, and Kodi's *Clear the cache*.
"""

import contextlib
import json
import logging
import os
from typing import Any, Callable, Dict, Mapping, TypeVar

from ..clock import SYSTEM, Clock
from ..errors import OutputError, os_error_text
from ..util import files

log = logging.getLogger(__name__)

FILE = "choices.json"  # in the data directory
_COPY, _DAMAGED = ".bak", ".damaged"  # suffixes: a second copy, and what was no JSON

# The keys
ASSIGNED_STATIONS = "assigned stations"  # station ids by channel
MATCHED_STATIONS = "meant stations"  # by place, station ids by channel and word of ``channels``
FORMER_IDS = "former ids"  # by former station id the one that replaced it
PLAYER_CHANNELS = "player channels"  # by player, of those that no setting names
KEPT_CHANNELS = "kept channels"  # of an earlier guide: its file, and by station id and name
SAVE_OFFERED = "save offered"  # the lines that were offered for the config file
AFFILIATE = "affiliate"  # the id that worked last

Value = TypeVar("Value")


class Choices:
    """JSON values by key. Each is read from the file, and written with all others, at once.

    The keys of another version are kept. folder: "" = in memory only. ``notice`` says, after a
    read, that the file was damaged.
    """

    def __init__(self, folder: str, clock: Clock = SYSTEM, read_only: bool = False) -> None:
        self.notice = ""
        self._path = os.path.join(folder, FILE) if folder else ""
        self._clock, self._read_only = clock, read_only
        self._in_memory: Dict[str, Any] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._values()

    def get(self, key: str, default: Value) -> Value:
        """The value; the default if there is none, or one of another type. Raises OutputError."""
        value = self._values().get(key, default)
        return value if isinstance(value, type(default)) else default

    def put(self, key: str, value: Any) -> None:
        """Store a value, or replace it. Raises OutputError."""
        self._change(key, lambda before: value)

    def merge(self, key: str, rows: Mapping[str, Any]) -> None:
        """Put these rows into the object of a key, and remove those that are None: what others have
        put there since it was read stays. Raises OutputError."""

        def merged(before: Any) -> Dict[str, Any]:
            every = {**(before if isinstance(before, dict) else {}), **rows}
            return {name: row for name, row in every.items() if row is not None}

        self._change(key, merged)

    def _change(self, key: str, change: Callable[[Any], Any]) -> None:
        """Replace one value, under a lock: the page may assign stations while a run, of this
        process or another, remembers others. Raises OutputError."""
        with files.locked(self._path) if self._path else contextlib.nullcontext():
            values = self._values()
            self._write({**values, key: change(values.get(key))})

    def _values(self) -> Dict[str, Any]:
        if not self._path:
            return self._in_memory
        try:
            return _read(self._path)
        except FileNotFoundError:
            reason = "is missing"
            if not os.path.exists(self._path + _COPY):
                return {}
        except ValueError as error:
            reason = f"is damaged ({error})"
        except OSError as error:
            if not self._read_only:
                raise OutputError(self._path, os_error_text(error)) from error
            log.info("Continuing without %s: %s", self._path, os_error_text(error))
            return {}
        return self._repair(reason)

    def _repair(self, reason: str) -> Dict[str, Any]:
        """The copy's values, which replace the damaged file; it is set aside."""
        try:
            values, used = _read(self._path + _COPY), "its copy of the last change is used"
        except (OSError, ValueError):
            values, used = {}, "assign the channels again that --assign had assigned"
        if not self._read_only:
            try:
                if os.path.exists(self._path):
                    os.replace(self._path, self._path + _DAMAGED)
            except OSError as error:
                raise OutputError(self._path, os_error_text(error)) from error
            self._write(values)
            self.notice = f"The file {self._path} {reason}: {used}."
            log.warning(self.notice)
        return values

    def _write(self, values: Dict[str, Any]) -> None:
        if not self._path:
            self._in_memory = json.loads(json.dumps(values))
            return
        text = json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        try:
            if self._read_only:
                raise PermissionError("it is open for reading only")
            files.make_private_folder(os.path.dirname(self._path))
            for path in (self._path, self._path + _COPY):
                files.write_text(path, text, self._clock.now(), 0o600)
        except OSError as error:
            raise OutputError(self._path, os_error_text(error)) from error


def _read(path: str) -> Dict[str, Any]:
    """Raises OSError, and ValueError if the content is no JSON object."""
    values = json.loads(files.read_limited(path).decode("utf-8"))
    if not isinstance(values, dict):
        raise ValueError("not a JSON object")
    return values
