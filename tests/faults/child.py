"""The command line in a process of its own, in a hurry."""

import os
import sys
import threading
import time
from typing import Mapping, Sequence

from gracenote2epg.cli import main as cli_main
from gracenote2epg.clock import Clock
from gracenote2epg.guide import guide_file, publish
from gracenote2epg.guide.summary import Summary
from gracenote2epg.store.answers import Store

STREAMS = (".out", ".err")
NO_SPARE = "FAULTS_NO_SPARE"  # write until the disk is really full, not until it is nearly so
NOW = "FAULTS_NOW"  # seconds since the epoch
HURRY = 100


class Hurried(Clock):
    """A date that stands still, and waits that take a hundredth of their time."""

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return HURRY * super().monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return super().wait(event, seconds / HURRY)


def main(words: Sequence[str]) -> int:
    """The command line with these words, at the moment of the environment; its exit code."""
    return cli_main.main(["gracenote2epg", *words], Hurried(float(os.environ[NOW])))


def run(words: Sequence[str], environment: Mapping[str, str], said: str) -> None:
    """The same with this environment. said: the beginning of the names of two files for what it
    says.
    """
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    for descriptor, name in enumerate(STREAMS, 1):
        os.dup2(os.open(said + name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
    if NO_SPARE in environment:
        guide_file.FREE_SPACE_MARGIN = -1 << 40
    sys.exit(main(words))


def publish_often(data_dir: str, path: str, letter: str, times: int) -> None:
    """Publish guides that are full of this letter, from the data directory."""
    pieces = ["<tv>\n", *[letter * 9999] * 50, "</tv>\n"]
    with Store(data_dir) as store:
        for _ in range(times):
            what = Summary(1, 0, [0, 1], {}, {}, {}, [])
            publish.publish(store, path, pieces, [what], "", threading.Event())
