"""The command line in a child process, with shortened waits."""

import os
import sys
import threading
import time
from typing import Mapping, Sequence

from gracenote2epg.cli import main as cli_main
from gracenote2epg.clock import Clock
from gracenote2epg.guide import guide_file

STREAMS = (".out", ".err")
NO_SPARE = "FAULTS_NO_SPARE"  # write until the disk is full, not only nearly full
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
    """Run the command line at the moment of the environment; return its exit code."""
    return cli_main.main(["gracenote2epg", *words], Hurried(float(os.environ[NOW])))


def run(words: Sequence[str], environment: Mapping[str, str], stem: str) -> None:
    """The same with this environment. stem: path of the two output files without their ending."""
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    for descriptor, name in enumerate(STREAMS, 1):
        os.dup2(os.open(stem + name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
    if NO_SPARE in environment:
        guide_file.FREE_SPACE_MARGIN = -1 << 40
    sys.exit(main(words))
