"""Changes since the last guide: finds the backup to compare with, and caches the result.

Read-only: works during a run, and without the network.
"""

import json
import threading
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple, Type

from ..clock import Clock
from ..config.settings import Config
from ..errors import BackupNotFound, GrabError, GuideNotFound, OutputError, Sentence, Stopped
from ..store.answers import Store
from . import backups, diff, guide_file, published
from .backups import Backup
from .diff import ChannelChanges
from .summary import StationCoverage, Summary

AS_PUBLISHED, CHANGED, GONE_FILE = "as published", "changed", "gone"  # states of the file
CACHE_TTL = 3600.0  # seconds; programmes that ended since then may still be in the result
_DEFAULT_REASON = Sentence("error_changes", "The guides cannot be compared; --diff says why.")
_IN_PROGRESS = Sentence("error_comparing", "The guides are being compared: ask again.")
_REASONS: Dict[Type[GrabError], Sentence] = {
    GuideNotFound: Sentence("error_GuideNotFound", "There is no guide yet."),
    BackupNotFound: Sentence(
        "error_BackupNotFound",
        "There is no earlier guide to compare with yet: one is kept each day.",
    ),
}


class Changes(NamedTuple):
    """state: of the file at ``path``. before: the guide it was compared with."""

    path: str
    state: str
    before: Backup
    stations: List[ChannelChanges]

    def as_json(self) -> Dict[str, Any]:
        """Without paths, which are private on the network."""
        return {
            "file": self.state,
            "before": {"date": self.before.date, "made": self.before.made},
            "sums": diff.totals(self.stations),
            "stations": [
                station.as_json() for station in self.stations if station.kind or station.changes
            ],
        }


def since_last(settings: Config, stop: threading.Event, clock: Clock) -> Changes:
    """Compare the published guide, from now on, with the latest backup whose text differs.

    Takes seconds. Raises GuideNotFound, BackupNotFound, InputFileError, StoreCorrupted, Stopped.
    """
    now = clock.now()
    with open_store(settings, clock) as store:
        path = published.published_path(settings)
        saved = backups.list_backups(store, settings.data_dir, path)
        fact = published.remembered(store, path)
    if not published.file_stamp(path):
        raise GuideNotFound(path)
    digest = guide_file.digest(path, stop)
    before = next((row for row in saved if guide_file.digest(row.path, stop) != digest), None)
    if before is None:
        raise BackupNotFound(path, "", [])
    stations = diff.compare(before.path, path, _labels(before.fact, fact), now, stop)
    with open_store(settings, clock) as store:  # only now: a run may have published a new guide
        fact = published.remembered(store, path)
    return Changes(path, file_state(path, fact or {}), before, stations)


def _labels(*facts: Optional[Dict[str, Any]]) -> Dict[str, str]:
    """The labels of the stations of guides, the latest last, by their names in the files.

    See writer.own_names: a call sign that several stations have names none of them alone.
    """
    stations: Dict[str, StationCoverage] = {}
    for fact in filter(None, facts):
        stations.update(Summary.from_json(fact["summary"]).stations)
    labels: Dict[str, Set[str]] = {}
    for key, station in stations.items():
        name = station.name.rpartition(" · ")[2]
        sign = name.partition(" ")[0]
        for each in (sign, name, f"{sign} {key}"):
            labels.setdefault(each, set()).add(station.name)
    return {name: found.pop() for name, found in labels.items() if len(found) == 1}


def file_state(path: str, fact: Dict[str, Any]) -> str:
    """AS_PUBLISHED, CHANGED or GONE_FILE. fact: the store's about the guide, {} = none."""
    if published.is_unchanged(path, fact):
        return AS_PUBLISHED
    return CHANGED if published.file_stamp(path) else GONE_FILE


def open_store(settings: Config, clock: Clock) -> Store:
    """Open the store for reading. Raises GuideNotFound if there is none."""
    try:
        return Store.open_read_only(settings.data_dir, clock)
    except OutputError as error:
        raise GuideNotFound(published.published_path(settings)) from error


class CachedChanges:
    """One comparison per guide for all clients, made in the thread of one of them.

    stop: ends a comparison under way, for good.
    """

    def __init__(self, settings: Config, clock: Clock) -> None:
        self.stop = threading.Event()
        self._settings, self._clock = settings, clock
        self._comparing = threading.Lock()
        self._cached: Tuple[List[int], float, int, bytes] = ([], 0.0, 0, b"")

    def answer(self) -> Tuple[int, bytes]:
        """HTTP status and JSON. 503 = another client's comparison is under way: try again.

        Waiting clients would use up the server's few connections.
        """
        path = published.published_path(self._settings)
        answer = self._from_cache(path)
        if answer is None and self._comparing.acquire(timeout=0):
            try:
                answer = self._from_cache(path) or self._compare(path)
            finally:
                self._comparing.release()
        return answer or _error_answer(503, _IN_PROGRESS)

    def _from_cache(self, path: str) -> Optional[Tuple[int, bytes]]:
        stamp, at, status, body = self._cached
        is_fresh = 0 <= self._clock.now() - at < CACHE_TTL
        if status and is_fresh and stamp == published.file_stamp(path):
            return status, body
        return None

    def _compare(self, path: str) -> Optional[Tuple[int, bytes]]:
        """Compare, and cache the answer; None = stopped."""
        stamp, now = published.file_stamp(path), self._clock.now()
        try:
            changes = since_last(self._settings, self.stop, self._clock).as_json()
            status, body = 200, json.dumps(changes, ensure_ascii=False).encode()
        except Stopped:
            return None
        except GrabError as error:
            status, body = _error_answer(404, _REASONS.get(type(error), _DEFAULT_REASON))
        self._cached = (stamp, now, status, body)
        return status, body


def _error_answer(status: int, reason: Sentence) -> Tuple[int, bytes]:
    error = {"error": str(reason), "error_said": [[reason.name, {}]]}
    return status, json.dumps(error).encode()
