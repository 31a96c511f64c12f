"""Tells the addresses of the setting ``notify`` what needs the user: four events, each once.

What a guide's addresses have been told is a fact in the store, so that a later run sends what could
not be sent, and none sends it twice.
"""

import hashlib
import logging
import threading
from typing import Dict, List, NamedTuple, Optional, Tuple

from .. import errors
from ..clock import HOUR
from ..config import secrets
from ..config.settings import Config
from ..guide import published
from ..guide.builder import StationChanges, lost_stations
from ..guide.span import TimeSpan
from ..store.answers import Store
from ..util import notify_address, redact

log = logging.getLogger(__name__)

ENDS_WITHIN = 48 * HOUR
MISSING = 12 * HOUR  # that it may lack at its end: a guide of two days always ends within 48 hours
FAILED_RUNS = 3  # in a row
MAX_SENTENCES = 20  # about stations that wait to be told
# The events
GUIDE_ENDS, RUNS_FAILED, STATIONS, WELL = "guide_ends", "runs_failed", "stations_changed", "well"


class RunEnd(NamedTuple):
    """How a run ended. wanted: the span that its guide should have. changes: None = it published
    nothing that can be compared."""

    path: str
    wanted: TimeSpan
    error: Optional[errors.GrabError]
    changes: Optional[StationChanges]


def after_run(config: Config, store: Store, end: RunEnd, stop: threading.Event) -> None:
    """Send the messages that are due after this run. It takes seconds, and never fails."""
    if not config.notify or config.offline or stop.is_set():
        return
    try:
        _Notifier(config, store, end).tell(stop)
    except errors.GrabError as error:
        log.warning("Nobody is told how the run ended: %s", error)


class _Notifier:
    """What is known about one guide and its addresses, before and after a run."""

    def __init__(self, config: Config, store: Store, end: RunEnd) -> None:
        self._config, self._store, self._end = config, store, end
        self._keys = {text: _key(text) for text in config.notify}
        fact, _ = store.fact(f"{published.TOLD_FACT}{end.path}")
        fact = fact if isinstance(fact, dict) else {}
        self._failed: int = fact.get("failed", 0)  # runs in a row
        self._lost: List[str] = fact.get("lost", [])  # ids of stations
        # By the key of an address: the troubles that it was told, and sentences that it was not.
        self._told: Dict[str, List[str]] = {}
        self._news: Dict[str, List[str]] = {}
        for key in self._keys.values():
            self._told[key] = fact.get("told", {}).get(key, [])
            self._news[key] = fact.get("news", {}).get(key, [])

    def tell(self, stop: threading.Event) -> None:
        from ..net import notifier  # few runs have anything to send

        self._count()
        self._keep()  # before anything is sent: what cannot be remembered would be sent each time
        troubles = self._troubles()
        due: Dict[str, List[notifier.Message]] = {}
        for text, key in self._keys.items():
            rows = [row for row in troubles if row[0] not in self._told[key]]
            if self._told[key] and not troubles:
                end = errors.format_time(published.guide_end(self._store, self._end.path))
                rows.append((WELL, "The TV guide is well again", f"It reaches {end}."))
            if self._news[key]:
                lines = "\n".join(self._news[key])
                rows.append((STATIONS, "Stations of the TV guide changed", lines))
            if rows:
                due[text] = [notifier.Message(*row) for row in rows]
        if not due:
            return
        for text, sent in notifier.send(due, stop, self._store.clock).items():
            for message in due[text][: sent.messages]:
                self._remember(self._keys[text], message.event)
            if sent.failure:
                log.warning("notify, %s: %s", label(self._config, text), sent.failure)
        self._keep()

    def _count(self) -> None:
        """Add what this run has found out."""
        error, changes = self._end.error, self._end.changes
        if error is None or isinstance(error, errors.Incomplete):  # it has published a guide
            self._failed = 0
        elif not isinstance(error, errors.CooldownActive):  # then there was no run
            self._failed += 1
        if changes:
            new = {key: name for key, name in changes.lost.items() if key not in self._lost}
            self._lost = sorted({*self._lost, *changes.lost} - changes.present)
            sentences = [*changes.changed, *lost_stations(new.values())]
            for key, waiting in self._news.items():
                self._news[key] = [*waiting, *sentences][-MAX_SENTENCES:]

    def _troubles(self) -> List[Tuple[str, str, str]]:
        """The event, a title and a text of each trouble that there is."""
        error, now = self._end.error, self._store.clock.now()
        cause = redact.redact(str(error or ""), secrets.secrets_of(self._config))
        end = published.guide_end(self._store, self._end.path)
        troubles: List[Tuple[str, str, str]] = []
        soon = min(now + ENDS_WITHIN, self._end.wanted.end - MISSING)
        if end and end < max(now, soon):
            verb = "ends" if end > now else "ended"
            text = f"Your guide {verb} {errors.format_time(end)}."
            cause_of_end = cause or "The source lists nothing later."
            troubles.append((GUIDE_ENDS, "The TV guide runs out", f"{text} {cause_of_end}"))
        if self._failed >= FAILED_RUNS:
            text = f"{self._failed} runs in a row failed. {cause}"
            troubles.append((RUNS_FAILED, "The TV guide is not updated", text))
        return troubles

    def _remember(self, key: str, event: str) -> None:
        """This address has been told of it."""
        if event == WELL:
            self._told[key] = []
        elif event == STATIONS:
            self._news[key] = []
        else:
            self._told[key] = [*self._told[key], event]

    def _keep(self) -> None:
        fact = {
            "failed": self._failed,
            "lost": self._lost,
            "told": {key: events for key, events in self._told.items() if events},
            "news": {key: sentences for key, sentences in self._news.items() if sentences},
        }
        name = f"{published.TOLD_FACT}{self._end.path}"
        self._store.set_fact(name, fact, self._store.clock.now())


def _key(text: str) -> str:
    """Stands for an address, which is secret, in the store."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def label(config: Config, text: str) -> str:
    """An address by its number and kind: the rest of it is secret."""
    return f"{config.notify.index(text) + 1} ({notify_address.parse(text).kind})"
