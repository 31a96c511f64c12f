"""The add-on in a fake Kodi: what its tests share."""

import importlib
import inspect
import os
import threading
import time

from gracenote2epg import errors
from gracenote2epg.errors import Stopped
from gracenote2epg.guide.span import span
from support import fake_kodi, guides
from support.builders import DAY, HOUR

HERE = "90210"
SEEN = None  # an answer: a text was read, or a message acknowledged
TO_A_FILE = (0, HERE, 0, 0, 0, 2, 0, 1)  # the set-up's answers for a guide in a file
COUNTRY, CODE, LINEUP, TONIGHT, CHANNELS, WAY, FILE, SAVE = range(8)  # what these answer
UNDER_WAY = 40  # seconds after Kodi's start, when its first run is


def ours(name):
    """A module of the add-on, which knows the fake Kodi of this test."""
    return importlib.import_module(f"gracenote2epg.kodi.{name}")


def our_threads():
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name in ("job", "grab", "page")]


def classes():
    found = [row for row in vars(errors).values() if inspect.isclass(row)]
    roots = (errors.GrabError, errors.SourceError, errors.PlayerError, errors.Stopped)
    unseen = (errors.UsageError, errors.WrongCode)  # of the command line, and of a browser
    return [
        row for row in found if issubclass(row, errors.GrabError) and row not in (*roots, *unseen)
    ]


def error_of_kind(kind, word="1"):
    needed = inspect.signature(kind).parameters.values()
    given = [row for row in needed if row.default is row.empty and row.kind is not row.VAR_KEYWORD]
    return kind(*[word] * len(given))


class Kodi(fake_kodi.Kodi):
    """A Kodi, and the add-on in it."""

    # The service

    def serve(self, hours, *ends):
        """Run the service for so many hours of Kodi's time; return its runs, which end so."""
        return self.serve_backend(Grabs(self, *ends), hours)

    def serve_with(self, grab, hours=1):
        """The same with runs that call a function of the configuration and the stop."""
        backend = Grabs(self)
        backend.grab = lambda config, stop, *more: grab(config, stop)
        return self.serve_backend(backend, hours)

    def serve_long_run(self, meanwhile, hours=1, at=UNDER_WAY):
        """The same with a first run in which ``meanwhile()`` happens, and that ends afterwards."""
        backend = LongRun(self)
        backend.meanwhile(lambda: [meanwhile(), backend.end()], at=at)
        return self.serve_backend(backend, hours)

    def serve_backend(self, backend, hours=1):
        self.after(hours * HOUR, self.quit)
        self.service(backend).run()
        return backend

    def service(self, backend):
        """The service; the garbage of its runs is left to Python."""
        return ours("service.monitor").Service(clock=self.clock, backend=backend, collect=bool)

    def run(self, backend, collect=bool, delay=0.0):
        """Begin a run without a service."""
        run, state_file = ours("service.run"), self.state_file()
        context = run.RunContext(
            backend, state_file, self.clock, lambda config: None, print, collect
        )
        settings = ours("addon_settings").read()
        return run.Run(context, settings, "it is due", by_user=False, delay=delay)

    def state_file(self, profile=""):
        return ours("state_file").StateFile(profile or self.profile, self.clock)

    def keep_last(self, at, error=""):
        """Remember a run of the settings as they are, which ended then."""
        fingerprint = ours("addon_settings").read().fingerprint
        last = ours("state_file").LastRun(at, error, fingerprint)
        self.state_file().update(last=last)

    # The script

    def script(self, *words, answers=()):
        """Run the script with these words as its arguments, and the user's answers."""
        self.in_script = True
        self.answers = list(answers)
        ours("ui.script").main(words, self.clock)

    def set_up(self, *answers):
        self.script("set_up", answers=answers)
        assert self.answers == []  # every answer had its question

    def saved(self):
        """The settings that are not the default, without those that the tests' source needs."""
        given, defaults = ("base_url", "days", "details"), fake_kodi.defaults()
        changed = {name: text for name, text in self.values.items() if text != defaults[name]}
        return {name: text for name, text in changed.items() if name not in given}

    # The profile

    @property
    def guide(self):
        return os.path.join(self.profile, "xmltv.xml")

    def profile_file(self, name, text=None):
        """Write a file of the profile and return its path, or return what it holds."""
        path = os.path.join(self.profile, name)
        if text is None:
            with open(path) as file:
                return file.read()
        os.makedirs(self.profile, exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def check_guide(self, server):
        """The guide is what the source shows on the day of the run."""
        days = {time.localtime(at)[:3]: at for at in (self.began, self.clock.now())}
        shown = [guides.on(server.world, span(at, 1, 0)) for at in days.values()]
        assert set(guides.programmes(self.guide)) in shown


class Grabs:
    """Stands for the backend: writes down what it is asked, and ends as it is told.

    at: when each run began, in seconds after Kodi's start. guide_lasts: seconds from now to the
    end of the published guide; None = there is none.
    """

    def __init__(self, kodi, *ends):
        self.kodi, self.ends = kodi, list(ends)
        self.at, self.configs, self.threads = [], [], []
        self.guide_lasts = 5 * DAY

    def grab(self, config, stop, listen, status, clock):
        self.at.append(self.kodi.now)
        self.configs.append(config)
        self.threads.append(threading.current_thread())
        end = self.ends.pop(0) if self.ends else None
        if end is not None:
            raise end
        return "all of it"

    def remember_players(self, config, playlists, stop, clock):
        pass

    def guide_end(self, config, clock):
        return 0.0 if self.guide_lasts is None else clock.now() + self.guide_lasts

    def hours(self):
        """When they began, in hours after the first one."""
        return [round((at - self.at[0]) / HOUR, 2) for at in self.at]


class LongRun(Grabs):
    """An backend whose first run goes on until it is told to stop, or the test says ``end``.

    deaf: it hears a stop, and ends by ``end`` alone, as in a name lookup. stopped: for each run
    whether it was told to stop.
    """

    def __init__(self, kodi, deaf=False):
        super().__init__(kodi)
        self.deaf, self.stopped, self.statuses = deaf, [], []
        self.began, self._may_end = threading.Event(), threading.Event()
        kodi.patient, kodi.under_way = False, self.began

    def grab(self, config, stop, listen, status, clock):
        super().grab(config, stop, listen, status, clock)
        self.statuses.append(status)
        if not self.began.is_set():
            self.began.set()
            tries = 0
            while not self._may_end.wait(0.001) and (self.deaf or not stop.is_set()):
                tries += 1
                assert tries < 10_000, "nothing ends this run"
        self.stopped.append(stop.is_set())
        if stop.is_set():
            raise Stopped()

    def meanwhile(self, do, *words, at=UNDER_WAY):
        """Do something when it is under way."""
        self.kodi.after(at, do, *words)

    def end(self):
        self._may_end.set()
        self.kodi.patient = True


def publish(config, content=b"<tv/>"):
    """Write a guide, as a run does."""
    os.makedirs(os.path.dirname(config.output), exist_ok=True)
    with open(config.output, "wb") as file:
        file.write(content)
