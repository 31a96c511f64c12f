"""Guides of the last days, packed, in the data directory: to go back to, and to compare with.

One of each day: the first that a run with nothing left to ask made, or else the first.
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
from .guide_file import in_place_of, read_chunks
from .published import PUBLISHED_FACT, file_stamp, published
from .summary import Summary

log = logging.getLogger(__name__)


FOLDER = "backups"
MAX_TOTAL_BYTES = 64 << 20  # bytes that the backups of one guide may take, beside the latest one
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)\.xml\.gz")
_LEFT = re.compile(_NAME.pattern + TEMP_SUFFIX)
_KNOWN = "backup "  # how the store's names begin for what is known of one, by its path


class Backup(NamedTuple):
    """A kept guide. date: the local day on which it was made; made: seconds since the epoch."""

    path: str
    date: str
    made: float
    fact: Optional[Dict[str, Any]]  # what the store knew of the guide; None = that is lost

    @property
    def label(self) -> str:
        if not self.fact:
            return self.date
        summary = Summary.from_fact(self.fact["summary"])
        return f"{self.date} ({summary.programmes} programmes)"


def list_backups(store: Store, data_dir: str, path: str) -> List[Backup]:
    """The backups of the guide that is published as ``path``, the latest first; last those of days
    to come, when the clock was ahead.
    """
    folder = _folder(data_dir, path)
    backups = []
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            match = _NAME.fullmatch(name)
            if match:
                backup = os.path.join(folder, name)
                fact, _ = store.fact(f"{_KNOWN}{backup}")
                made = fact["made"] if fact else os.path.getmtime(backup)
                backups.append(Backup(backup, match.group(1), made, fact))
    soon = store.clock.now() + DAY
    return sorted(backups, key=lambda one: (one.made <= soon, one.date), reverse=True)


def save_backup(store: Store, data_dir: str, path: str, days: int, stop: threading.Event) -> str:
    """Keep the guide that was just published as ``path``, and of all no more than so many days.

    Returns why that cannot be, as a sentence; "" = it is well, or was stopped. The guide is in its
    place, whatever becomes of its backup.
    """
    fact = published(store, path)
    try:
        if fact and days:
            date = time.strftime("%Y-%m-%d", time.localtime(fact["made"]))
            backup = os.path.join(_folder(data_dir, path), f"{date}.xml.gz")
            if _is_wanted(store, backup, fact):
                _copy(path, backup, store.clock.now(), stop)
                store.set_fact(f"{_KNOWN}{backup}", fact, fact["made"])
        _prune(store, data_dir, path, days)
    except Stopped:
        pass
    except (OutputError, InputFileError) as error:
        return f"The guide is published, but no backup of it is kept: {error.what}."
    except OSError as error:
        return f"The guide is published, but its backups are not in order: {error}."
    return ""


def restore(store: Store, data_dir: str, path: str, date: str, now: float) -> Backup:
    """Put a backup in the place of the published guide: that of a day, or with "" the latest that
    is older than what is there; of all, where our guide is not there any more.

    For the holder of the lock. From then on it is the published guide, to be compared with, and as
    good as new for ``min_interval``. Raises NoBackup, DataError, OutputError; all is then as it
    was.
    """
    backups = list_backups(store, data_dir, path)
    present = published(store, path)
    made = present["made"] if present else math.inf
    chosen = [one for one in backups if (one.date == date if date else one.made < made)]
    if not chosen:
        raise BackupNotFound(path, date, [one.label for one in backups])
    backup = chosen[0]
    _copy(backup.path, path, now, threading.Event())
    with contextlib.suppress(OSError):  # it is as old as it was
        os.utime(path, (now, backup.made))
    if backup.fact:
        store.set_fact(
            f"{PUBLISHED_FACT}{path}", {**backup.fact, "file": file_stamp(path), "good": now}, now
        )
    else:
        store.delete_fact(f"{PUBLISHED_FACT}{path}")
    log.info("the guide of %s is restored as %s", backup.date, path)
    return backup


def _folder(data_dir: str, path: str) -> str:
    """One for each guide: two may have one name, in different places."""
    digest = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()
    name = os.path.basename(path).split(".")[0] or "guide"
    return os.path.join(data_dir, FOLDER, f"{name}-{digest[:8]}")


def _is_wanted(store: Store, backup: str, fact: Dict[str, Any]) -> bool:
    if not os.path.exists(backup):
        return True
    before, _ = store.fact(f"{_KNOWN}{backup}")
    return bool(fact["good"]) and bool(before) and not before["good"]


def _copy(source: str, target: str, now: float, stop: threading.Event) -> None:
    """A guide to another place, packed as that one's name says."""
    with in_place_of(target, now) as file:
        for piece in read_chunks(source):
            if stop.is_set():
                raise Stopped()
            file.write(piece)


def _prune(store: Store, data_dir: str, path: str, days: int) -> None:
    """Remove what is more than so many days', or too much; and forget what is gone."""
    size = 0
    for number, backup in enumerate(list_backups(store, data_dir, path)):
        size += os.path.getsize(backup.path) if number else 0
        if number >= days or size > MAX_TOTAL_BYTES:
            os.remove(backup.path)
    folder = _folder(data_dir, path)
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if _LEFT.fullmatch(name):  # a run was killed while it wrote it
            os.remove(os.path.join(folder, name))
    for name in store.facts(_KNOWN):
        if not os.path.exists(name):
            store.delete_fact(f"{_KNOWN}{name}")
