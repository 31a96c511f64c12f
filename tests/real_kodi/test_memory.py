"""What the add-on adds to a Kodi that has nothing to do."""

import statistics
import time

from .addon import ADDON, RUN, ask, prepare
from .home import MODULES
from .player import Kodi

IDLE, WORN = 5.0, 30.0  # MiB that are promised: before the first run, and after runs


def test_memory(kodi, server):
    """No script of the test's own runs in between, for each one costs Kodi some for ever."""
    prepare(kodi.home, server, days=7, postal_code="90210")
    kodi.start(*MODULES)
    kodi.python("result = 1")  # as in every Kodi with another add-on: Python is there
    without = settled(kodi)
    kodi.enable(ADDON)
    kodi.wait(lambda: kodi.lines("is ready"), "service")
    used = {"idle": settled(kodi) - without}
    for number in range(1, 6):
        ask(kodi, "run_now")
        kodi.wait(lambda n=number: len(kodi.lines("the guide is updated")) == n, "guide", RUN)
        used[f"after run {number}"] = settled(kodi) - without
    print({name: f"{added:+.1f} MiB" for name, added in used.items()})
    assert used["idle"] < IDLE
    assert max(used.values()) < WORN


def settled(kodi: Kodi) -> float:
    """MiB when nothing happens any more."""
    samples = []
    for _ in range(5):
        time.sleep(0.5)
        samples.append(kodi.memory)
    return statistics.median(samples)
