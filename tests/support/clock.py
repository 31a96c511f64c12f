"""The time in tests: a made-up moment that only waiting moves.

``make test`` runs at ``DEFAULT``, ``make test NOW=2027-03-14T03:30:00-04:00`` at another one. A
test that makes a run takes the fixture ``clock`` and hands it in. Product code that asks the
system's clock for the date in a test that is not marked ``slow`` fails that test.
"""

import datetime
import os
import random
import threading
import time

from gracenote2epg.clock import Clock

DEFAULT = "2026-09-12T20:00:00-04:00"  # a Saturday evening in New York
SPEED = 1000  # of a wait
OUTSIDE = 10  # of a wait for an answer: what happens on sockets takes its real time


def moment(text: str) -> float:
    """Seconds since the epoch of an ISO date with its offset, or of a random second of
    2026 to 2030: ``random``, or ``random:SEED`` for the same one each time; raises ValueError."""
    name, _, seed = text.partition(":")
    if name == "random":
        return float(random.Random(seed or None).randrange(1767225600, 1924992000))
    parsed = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if parsed.tzinfo is None:
        raise ValueError(f"{text} has no offset from UTC: write 2027-03-14T03:30:00-04:00")
    return parsed.timestamp()


class VirtualClock(Clock):
    """Stands still but for waits, each of which takes a thousandth of its time; one for an answer
    takes a tenth, or moves the clock by ten times what it took.

    Several threads may call it. ``advance`` lets time pass, ``set`` sets the machine's clock.
    """

    def __init__(self, now: float) -> None:
        self._lock = threading.Lock()
        self._now, self._passed = now, 0.0

    def now(self) -> float:
        return self._now + self._passed

    def monotonic(self) -> float:
        return self._passed

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if event.wait(max(0.0, seconds) / SPEED):
            return True
        self.advance(seconds)
        return event.is_set()

    def watch(self, event: threading.Event, seconds: float) -> bool:
        began = time.monotonic()
        event.wait(max(0.0, seconds) / OUTSIDE)
        self.advance(min(seconds, OUTSIDE * (time.monotonic() - began)))
        return event.is_set()

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._passed += max(0.0, seconds)

    def set(self, now: float) -> None:
        """The clock on the wall is set; no wait and no duration notices."""
        self._now = now - self._passed


def touch(path: str, at: float) -> None:
    """The file was changed at that moment: files are written by the system's clock."""
    os.utime(path, (at, at))


def iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def days_before(at: float, days: int) -> float:
    """The same time of day so many days earlier, by the calendar: a day may have 23 hours."""
    if not days:
        return at  # the hour that comes twice has two moments
    year, month, day, *time_of_day = time.localtime(at)[:6]
    return time.mktime((year, month, day - days, *time_of_day, 0, 0, -1))
