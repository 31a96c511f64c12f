"""The guides of the last days in the data directory, to restore and to compare with.

One of each day: the first complete one, or else the first. Today's is a plain copy, for packing can
take as long as a third of a run; the next one packs it.
"""

import contextlib
import hashlib
import logging
import math
import os
import re
import threading
import time
from typing import Any, Dict, List, NamedTuple, Optional

from ..clock import DAY
from ..errors import BackupNotFound, InputFileError, OutputError, Stopped
from ..store.answers import Store
from ..util.files import TEMP_SUFFIX
from . import guide_file, published
from .summary import Summary

log = logging.getLogger(__name__)

FOLDER = "backups"
MAX_TOTAL_BYTES = 64 << 20  # of the backups of one guide, without the latest
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)\.xml(\.gz)?")
_LEFTOVER = re.compile(_NAME.pattern + TEMP_SUFFIX)
_FACT = "backup "  # the prefix of a backup's fact in the store; its path follows


class Backup(NamedTuple):
    """date: the local day on which the guide was made; made: seconds since the epoch."""

    path: str
    date: str
    made: float
    fact: Optional[Dict[str, Any]]  # as it was published; None = lost

    @property
    def label(self) -> str:
        if not self.fact:
            return self.date
        summary = Summary.from_json(self.fact["summary"])
        return f"{self.date} ({summary.programmes} programmes)"


def list_backups(store: Store, data_dir: str, path: str) -> List[Backup]:
    """The backups of the guide at ``path``, latest first; those of future days, made while the
    clock was ahead, come last.
    """
    folder = _folder(data_dir, path)
    backups = []
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            match = _NAME.fullmatch(name)
            if match:
                backup_path = os.path.join(folder, name)
                fact, _ = store.fact(f"{_FACT}{backup_path}")
                made = fact["made"] if fact else os.path.getmtime(backup_path)
                backups.append(Backup(backup_path, match.group(1), made, fact))
    tomorrow = store.clock.now() + DAY
    return sorted(backups, key=lambda backup: (backup.made <= tomorrow, backup.date), reverse=True)


def save_backup(store: Store, data_dir: str, path: str, days: int, stop: threading.Event) -> str:
    """Back up the guide just published as ``path``, and keep at most so many days.

    Returns what went wrong, as a sentence; "" = nothing, or it was stopped.
    """
    fact = published.published(store, path)
    try:
        if fact and days:
            _save(store, data_dir, path, fact, stop)
        _prune(store, data_dir, path, days)
    except Stopped:
        pass
    except (OutputError, InputFileError) as error:
        return f"The guide is published, but no backup of it is kept: {error.what}."
    except OSError as error:
        return f"The guide is published, but its backups are not in order: {error}."
    return ""


def restore(store: Store, data_dir: str, path: str, date: str, now: float) -> Backup:
    """Replace the published guide by the backup of a day. date: YYYY-MM-DD; "" = the latest that is
    older than the published guide, or the latest of all if that is gone.

    The caller holds the lock. The restored guide counts as published and, for ``min_interval``, as
    new. Raises BackupNotFound, InputFileError, OutputError; then nothing has changed.
    """
    backups = list_backups(store, data_dir, path)
    present = published.published(store, path)
    made = present["made"] if present else math.inf
    candidates = [row for row in backups if (row.date == date if date else row.made < made)]
    if not candidates:
        raise BackupNotFound(path, date, [row.label for row in backups])
    backup, fact_name = candidates[0], f"{published.PUBLISHED_FACT}{path}"
    _copy_guide(backup.path, path, now, threading.Event())
    with contextlib.suppress(OSError):
        os.utime(path, (now, backup.made))
    if backup.fact:
        fact = {**backup.fact, "file": published.file_stamp(path), "good": now}
        store.set_fact(fact_name, fact, now)
    else:
        store.delete_fact(fact_name)
    log.info("the guide of %s is restored as %s", backup.date, path)
    return backup


def _folder(data_dir: str, path: str) -> str:
    """The folder of a guide's backups: guides in different folders may have the same name."""
    digest = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()
    name = os.path.basename(path).split(".")[0] or "guide"
    return os.path.join(data_dir, FOLDER, f"{name}-{digest[:8]}")


def _save(
    store: Store, data_dir: str, path: str, fact: Dict[str, Any], stop: threading.Event
) -> None:
    """Pack the earlier backups, then copy the guide, unless its day has a backup as good.

    Raises as ``_copy`` does.
    """
    date = time.strftime("%Y-%m-%d", time.localtime(fact["made"]))
    same_day = []
    for backup in list_backups(store, data_dir, path):
        if backup.date == date:
            same_day.append(backup)
        elif not backup.path.endswith(".gz"):
            _copy(store, backup.path, f"{backup.path}.gz", backup.fact, stop)
            os.remove(backup.path)
    is_better = fact["good"] and any(old.fact and not old.fact["good"] for old in same_day)
    if is_better or not same_day:
        suffix = ".gz" if path.endswith(".gz") else ""
        target = os.path.join(_folder(data_dir, path), f"{date}.xml{suffix}")
        _copy(store, path, target, fact, stop)
        for old in same_day:
            if old.path != target:
                os.remove(old.path)


def _copy(
    store: Store, source: str, target: str, fact: Optional[Dict[str, Any]], stop: threading.Event
) -> None:
    """Make a backup out of a guide; its name decides whether it is packed. fact: None = lost.

    Raises as ``_copy_guide`` does.
    """
    now = store.clock.now()
    _copy_guide(source, target, now, stop)
    with contextlib.suppress(OSError):
        os.utime(target, (now, os.path.getmtime(source)))  # for when its fact is lost
    if fact:
        store.set_fact(f"{_FACT}{target}", fact, fact["made"])


def _copy_guide(source: str, target: str, now: float, stop: threading.Event) -> None:
    """Copy a guide; the target's name decides whether it is packed.

    Raises InputFileError, OutputError, Stopped.
    """
    with guide_file.in_place_of(target, now) as file:
        for chunk in guide_file.read_chunks(source):
            if stop.is_set():
                raise Stopped()
            file.buffer.write(chunk)


def _prune(store: Store, data_dir: str, path: str, days: int) -> None:
    """Remove old backups, leftovers of killed runs, and the facts of missing backups."""
    size = 0
    for number, backup in enumerate(list_backups(store, data_dir, path)):
        size += os.path.getsize(backup.path) if number else 0
        if number >= days or size > MAX_TOTAL_BYTES:
            os.remove(backup.path)
    folder = _folder(data_dir, path)
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if _LEFTOVER.fullmatch(name):
            os.remove(os.path.join(folder, name))
    for backup_path in store.facts(_FACT):
        if not os.path.exists(backup_path):
            store.delete_fact(f"{_FACT}{backup_path}")
