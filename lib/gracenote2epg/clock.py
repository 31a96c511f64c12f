"""The one clock: what time it is, how much time passes, and waiting.

Nothing else in this package asks the system for the time. The doorbells (``__main__``, the
add-on's service and script) hand ``SYSTEM`` in; tests hand in a clock of their own.
"""

from __future__ import annotations

import time

HOUR, DAY = 3600, 86400  # seconds

TYPE_CHECKING = False
if TYPE_CHECKING:  # Kodi's idle service imports this module: typing alone would cost it 1 MB
    import threading


class Clock:
    """The system's clock."""

    def now(self) -> float:
        """Seconds since the epoch, in UTC; may jump when somebody sets the machine's clock."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment; never jumps."""
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Let so many seconds pass, unless the event is set before; return whether it is set."""
        return event.wait(seconds)

    def watch(self, event: threading.Event, seconds: float) -> bool:
        """The same for an event of the outside world, such as an answer: it takes what it takes."""
        return event.wait(seconds)


SYSTEM = Clock()
