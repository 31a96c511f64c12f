"""The add-on in a fake Kodi: what its tests share."""

import importlib
import threading
from types import SimpleNamespace

from support.builders import HOUR

HERE = "90210"
SEEN = None  # an answer: a text was read, or a message acknowledged
TO_A_FILE = (0, HERE, 0, SEEN, 1, 0, 2, 0, 1)  # the set-up's answers for a guide in a file
DAY = 24 * HOUR


def ours(name):
    """A module of the add-on, which knows the fake Kodi of this test."""
    return importlib.import_module(f"gracenote2epg.kodi.{name}")


class Grabs:
    """Stands for the engine: writes down what it is asked, and ends as it is told.

    guide_lasts: seconds from now to the end of the published guide; None = there is none.
    """

    def __init__(self, kodi, *ends):
        self.kodi, self.ends = kodi, list(ends)
        self.at, self.configs, self.threads, self.statuses = [], [], [], []
        self.guide_lasts = 5 * DAY

    def grab(self, config, stop, listen, status, clock):
        self.at.append(self.kodi.now)
        self.configs.append(config)
        self.threads.append(threading.current_thread())
        self.statuses.append(status)
        if self.ends:
            end = self.ends.pop(0)
            if end is not None:
                raise end
        return "all of it"

    def guide_end(self, config, clock):
        return 0.0 if self.guide_lasts is None else self.kodi.now + self.guide_lasts

    def hours(self):
        return [round((at - self.at[0]) / HOUR, 2) for at in self.at]


def serve(kodi, hours, *ends):
    """Run the service for so many hours of Kodi's time; return the grabs."""
    grabs = Grabs(kodi, *ends)
    serve_engine(kodi, grabs, hours)
    return grabs


def serve_with(kodi, grab, hours=1):
    """The same with an engine whose grab is a function of the configuration and the stop."""
    engine = SimpleNamespace(
        grab=lambda config, stop, listen, status, clock: grab(config, stop),
        guide_end=lambda config, clock: kodi.now + 5 * DAY,
    )
    serve_engine(kodi, engine, hours)


def serve_engine(kodi, engine, hours=1):
    kodi.after(hours * HOUR, kodi.quit)
    ours("service").Service(clock=kodi.system, engine=engine, collect=lambda: None).run()


def script(kodi, *words, answers=()):
    """Run the add-on's script with these words as its arguments, and the user's answers."""
    kodi.script = True
    kodi.answers = list(answers)
    ours("actions").main(words, kodi.system)
