"""Turns Ctrl-C and the other signals to stop into an event, while a command waits for it."""

import contextlib
import signal
import threading
from typing import Any, Iterator

from ..clock import Clock
from ..config.settings import Config
from ..grab import source
from ..grab.source import SourceSession

last_signal = signal.SIGINT  # the exit code is 128 more


@contextlib.contextmanager
def stop_on_signal(*more: threading.Event) -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and SIGHUP set, and with it those in ``more``. The same signal
    once more kills the process.

    A signal that is ignored stays ignored, as nohup wants it.
    """
    stop = threading.Event()

    def on_signal(number: int, frame: Any) -> None:
        global last_signal
        last_signal = signal.Signals(number)
        signal.signal(number, signal.SIG_DFL)
        for event in (stop, *more):
            event.set()

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    handlers = {
        number: signal.signal(number, on_signal)
        for number in numbers
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield stop
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler or signal.SIG_DFL)  # None: not set by Python


@contextlib.contextmanager
def at_source(settings: Config, clock: Clock) -> Iterator[SourceSession]:
    """The source, open and with the data directory locked.

    Raises AlreadyRunning, and Stopped after a signal.
    """
    with stop_on_signal() as stop, source.locked_source(settings, stop, clock) as session:
        yield session
