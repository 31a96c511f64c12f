"""The product in a hurry: the same machinery, with all its waits a hundredth of what they are."""

from typing import Any

from gracenote2epg.downloader import parallel, rate_limiter, wall
from gracenote2epg.downloader.strategies import STRATEGIES

PATIENT = 15.0  # seconds without a byte: the strategy's own


def hurry(patch: Any, timeout: float = PATIENT) -> None:
    """From now on a hundred requests a second, and short waits when the source refuses.

    patch: pytest's MonkeyPatch, or what sets as it does. timeout: seconds without a byte after
    which a request is given up; short only where something hangs on purpose, for on a busy machine
    a good answer can take a second too.
    """
    fast = {
        kind: own._replace(slow_rate=60.0, fast_rate=100.0, first_rate=100.0, timeout=timeout)
        for kind, own in STRATEGIES["aggressive"].items()
    }
    patch.setitem(STRATEGIES, "aggressive", fast)
    patch.setattr(wall, "FIRST_WAIT", 0.05)
    patch.setattr(wall, "OUTAGE_PATIENCE", 0.3)
    patch.setattr(wall, "USUAL_WINDOW", 0.5)
    patch.setattr(parallel, "PATIENCE", 0.6)
    patch.setattr(rate_limiter, "LONGEST_HOLD", 0.15)
