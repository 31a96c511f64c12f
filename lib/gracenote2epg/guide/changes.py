"""What changed since the last guide: with which earlier one it is compared, and what came of that.

It only reads: beside a run that is at work, and without the network.
"""

import json
import threading
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Type

from ..clock import Clock
from ..config.settings import Config
from ..errors import BackupNotFound, GrabError, GuideNotFound, OutputError, Stopped
from ..store.answers import Store
from . import backups, diff, guide_file, published
from .backups import Backup
from .diff import ChannelChanges

# What has become of the file since we wrote it.
AS_PUBLISHED, CHANGED, GONE_FILE = "as published", "changed", "gone"
CACHE_TTL = 3600.0  # seconds for which a comparison holds: what is over by then may still be in it
_OTHERWISE = "The guides cannot be compared; --diff says why."
_WHY: Dict[Type[GrabError], str] = {
    GuideNotFound: "There is no guide yet.",
    BackupNotFound: "There is no earlier guide to compare with yet: one is kept each day.",
}


class Changes(NamedTuple):
    """state: of the file at ``path``. before: the guide that it was compared with."""

    path: str
    state: str
    before: Backup
    stations: List[ChannelChanges]

    def as_json(self) -> Dict[str, Any]:
        """Without paths: whoever looks over the network has no use for them."""
        return {
            "file": self.state,
            "before": {"date": self.before.date, "made": self.before.made},
            "sums": diff.totals(self.stations),
            "stations": diff.as_json(self.stations),
        }


def since_last(settings: Config, stop: threading.Event, clock: Clock) -> Changes:
    """What the published guide has, from now on, that the latest backup of another text had not;
    and the reverse. It reads both, which takes seconds.

    Raises NoGuide, NoBackup, DataError, StoreDamaged, Stopped.
    """
    now = clock.now()
    with open_store(settings, clock) as store:
        path = published.published_path(settings)
        found = backups.list_backups(store, settings.data_dir, path)
    if not published.file_stamp(path):
        raise GuideNotFound(path)
    digest = guide_file.digest(path, stop)
    before = next((one for one in found if guide_file.digest(one.path, stop) != digest), None)
    if before is None:
        raise BackupNotFound(path, "", [])
    changed = diff.compare(before.path, path, now, stop)
    with open_store(settings, clock) as store:  # only now: a new guide may have taken its place
        fact = published.remembered(store, path)
    return Changes(path, file_state(path, fact or {}), before, changed)


def file_state(path: str, fact: Dict[str, Any]) -> str:
    """What has become of the file."""
    is_now = published.file_stamp(path)
    return AS_PUBLISHED if is_now == fact.get("file") else CHANGED if is_now else GONE_FILE


def open_store(settings: Config, clock: Clock) -> Store:
    """The store, to be read. Raises NoGuide where there is none."""
    try:
        return Store.open_read_only(settings.data_dir, clock)
    except OutputError as error:
        raise GuideNotFound(published.published_path(settings)) from error


class CachedChanges:
    """The same for all who look on: compared once for a guide, by one of their threads.

    stop: ends a comparison that is under way, for good.
    """

    def __init__(self, settings: Config, clock: Clock) -> None:
        self.stop = threading.Event()
        self._settings, self._clock = settings, clock
        self._comparing = threading.Lock()
        self._kept: Tuple[List[int], float, int, bytes] = ([], 0.0, 0, b"")

    def answer(self) -> Tuple[int, bytes]:
        """JSON, and its HTTP status. 503 = somebody else has it made just now: ask again.

        Nobody waits for it: with a few who do, no client would be left for anything else.
        """
        path = published.published_path(self._settings)
        found = self._known(path)
        if found is None and self._comparing.acquire(timeout=0):
            try:
                found = self._known(path) or self._make(path)
            finally:
                self._comparing.release()
        return found or _refusal(503, "The guides are being compared: ask again.")

    def _known(self, path: str) -> Optional[Tuple[int, bytes]]:
        seen, at, status, body = self._kept
        well = (
            status
            and seen == published.file_stamp(path)
            and 0 <= self._clock.now() - at < CACHE_TTL
        )
        return (status, body) if well else None

    def _make(self, path: str) -> Optional[Tuple[int, bytes]]:
        seen, now = published.file_stamp(path), self._clock.now()
        try:
            told = since_last(self._settings, self.stop, self._clock).as_json()
            status, body = 200, json.dumps(told, ensure_ascii=False).encode()
        except Stopped:
            return None
        except GrabError as error:
            status, body = _refusal(404, _WHY.get(type(error), _OTHERWISE))
        self._kept = (seen, now, status, body)
        return status, body


def _refusal(status: int, text: str) -> Tuple[int, bytes]:
    return status, json.dumps({"error": text}).encode()
