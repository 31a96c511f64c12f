"""The one clock: what time it is, how much time passes, and waiting.

Nothing else in this package asks the system for the time. The entry points (``__main__``, the
add-on's service and script) pass ``SYSTEM`` in; tests pass a clock of their own.
"""

from __future__ import annotations

import time

HOUR, DAY = 3600, 86400  # seconds
TWO_RUNS = 36 * HOUR  # seconds; long enough for a second run where one runs daily

TYPE_CHECKING = False
if TYPE_CHECKING:  # Kodi's idle service imports this module: typing alone would cost it 1 MB
    import threading


class Clock:
    """The system's clock."""

    def now(self) -> float:
        """Seconds since the epoch, in UTC; may jump when somebody sets the machine's clock."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never jumps."""
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until the event is set, at most so many seconds; return whether it is set."""
        return event.wait(seconds)

    def watch(self, event: threading.Event, seconds: float) -> bool:
        """Like ``wait``, for an event that depends on the outside world, such as a response.

        A simulated clock may skip the time of ``wait``, but has to let real time pass here.
        """
        return event.wait(seconds)


SYSTEM = Clock()
