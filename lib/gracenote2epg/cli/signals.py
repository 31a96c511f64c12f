"""Ctrl-C and its kin become an event, for as long as something listens to it."""

import contextlib
import signal
import threading
from typing import Any, Iterator

from ..clock import Clock
from ..config.settings import Config
from ..grab import source
from ..grab.source import SourceSession

last_signal = signal.SIGINT  # the last one; 128 more is the exit code


@contextlib.contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; the second of a kind ends the process the hard way."""
    stop = threading.Event()

    def on_signal(number: int, frame: Any) -> None:
        global last_signal
        last_signal = signal.Signals(number)
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)  # None: it was not Python's


@contextlib.contextmanager
def at_source(settings: Config, clock: Clock) -> Iterator[SourceSession]:
    """The open source; raises Stopped after Ctrl-C or SIGTERM."""
    with stop_on_signal() as stop, source.locked_source(settings, stop, clock) as session:
        yield session
