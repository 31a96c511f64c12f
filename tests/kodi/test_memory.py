"""What the add-on adds to a Kodi that has nothing to do."""

import statistics
import time

from .addon import ADDON, grab, prepare
from .home import MODULES
from .player import Kodi

IDLE, RUN = 5.0, 30.0  # MiB that are promised: before the first run, and after runs


def test_memory(kodi, server):
    prepare(kodi.home, server, days=7, min_interval=0)
    kodi.start(*MODULES)
    kodi.python("result = 1")  # as in every Kodi with another add-on: Python is there
    without = settled(kodi)
    kodi.enable(ADDON)
    kodi.wait(lambda: kodi.lines("is ready"), "service")
    used = {"idle": settled(kodi) - without}
    for number, days in enumerate((7, 6, 7, 6, 7), 1):
        grab(kodi, days=days)
        used[f"after run {number}"] = settled(kodi) - without
    print({name: f"{added:+.1f} MiB" for name, added in used.items()})
    assert used["idle"] < IDLE
    assert max(used.values()) < RUN


def settled(kodi: Kodi) -> float:
    """MiB when nothing happens any more."""
    samples = []
    for _ in range(5):
        time.sleep(0.5)
        samples.append(kodi.memory)
    return statistics.median(samples)
