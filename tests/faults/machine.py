"""A machine that makes its guide from the fake source, and the checks after every run."""

import contextlib
import functools
import gzip
import json
import multiprocessing
import os
import tempfile
import threading
from typing import Any, Dict, List, Optional, Set, Tuple
from xml.etree import ElementTree

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.clock import Clock
from gracenote2epg.config import settings as config_settings
from gracenote2epg.downloader.strategies import STRATEGIES
from gracenote2epg.errors import GrabError
from gracenote2epg.grab import details, windows
from gracenote2epg.gracenote import parser
from gracenote2epg.guide.span import TimeSpan, span
from gracenote2epg.models import Details, GuideBlock, Lineup
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import FILE
from support import guides
from support.clock import VirtualClock
from support.machine import Result

from . import child

_ANSWERS = (
    "SELECT lineup, start, hours, stations FROM windows ORDER BY 1, 2, 3",
    "SELECT station, lineup, start, hours, body FROM airings ORDER BY 1, 2, 3, 4",
    "SELECT series, body FROM details ORDER BY 1",
    "SELECT name, value FROM facts WHERE name LIKE 'providers %' ORDER BY 1",
)
HANGS = 120.0  # seconds of the real clock; a run by a test's clock takes one at most


@functools.lru_cache(maxsize=8)
def still_world(now: float) -> World:
    """Eight stations whose answers do not change as time passes."""
    return World(8, 12, now=now)


class Machine:
    """Runs in a folder of its own, against one server, each of them checked.

    fixed: whether the server's answers never change, so that the stored ones can be compared.
    """

    def __init__(
        self, server: FakeGracenote, folder: Any, clock: Clock, fixed: bool = True, **changes: Any
    ) -> None:
        os.makedirs(folder, exist_ok=True)
        self._fixed = fixed
        self.server, self.folder, self.clock = server, os.fspath(folder), clock
        self.began = clock.now()  # of the last run
        self._changes = {"details": True, "min_interval": 0, "time_budget": 86_400, **changes}

    @property
    def path(self) -> str:
        return self.settings().output

    def settings(self, **changes: Any) -> config_settings.Config:
        return guides.settings(self.server, self.folder, **{**self._changes, **changes})

    @property
    def guide(self) -> Optional[bytes]:
        """The published guide, unpacked; None = there is none yet."""
        return read(self.path)

    def run(self, timeout: float = 0.0, **changes: Any) -> Optional[GrabError]:
        """One run; return its failure. It ends, and leaves no thread, socket or file behind.

        timeout: seconds without a byte after which a request is given up; 0.0 = the strategy's.
        """
        before, beside = set(threading.enumerate()), self._beside()
        with pytest.MonkeyPatch.context() as patch:
            if timeout:
                hasty = {
                    kind: profile._replace(timeout=timeout)
                    for kind, profile in STRATEGIES["aggressive"].items()
                }
                patch.setitem(STRATEGIES, "aggressive", hasty)
            failure = self.within(**changes)
        after_all(before)
        assert self._beside() <= beside
        if failure:
            text = str(failure)
            assert "\n" not in text
            assert text.endswith(".")
            assert failure.exit_code
        if self._fixed:
            self.holds_nothing_foreign()
        return failure

    def within(self, **changes: Any) -> Optional[GrabError]:
        """A run's failure; any other exception, or a hanging run, fails the test."""
        ended: List[BaseException] = []
        stop, settings = threading.Event(), self.settings(**changes)
        self.began = self.clock.now()

        def work() -> None:
            try:
                guides.grab(settings, self.clock, stop)
            except BaseException as error:
                ended.append(error)

        run = threading.Thread(target=work, name="run")
        run.start()
        run.join(HANGS)
        if run.is_alive():
            stop.set()
            run.join(HANGS)
            raise AssertionError(f"the run hangs: it was stopped after {HANGS} s")
        error = ended[0] if ended else None
        if error is None or isinstance(error, GrabError):
            return error
        raise error

    def _beside(self) -> Set[str]:
        """The unfinished files; those of a killed run stay for a day."""
        return {name for name in os.listdir(self.folder) if name.endswith(".new")}

    def recover(self, **changes: Any) -> None:
        """The guide is whole after one run more, or one the day after."""
        for _ in range(2):
            failure = self.run(**changes)
            if failure is None and self.shown() == self.truth(**changes):
                return
            self.forget_what_was_in_vain()
        raise AssertionError(f"no whole guide after two runs: {failure}")

    def truth(self, **changes: Any) -> Set[guides.Programme]:
        """What the guide of the last run should show."""
        return guides.on(self.server.world, self._span(**changes))

    def shown(self) -> Set[guides.Programme]:
        """The programmes of the guide; each is in it once."""
        guide = self.guide
        assert guide is not None
        listed = guides.listed(ElementTree.fromstring(guide))
        assert len(listed) == len(set(listed))
        return set(listed)

    def calm(self) -> bytes:
        """Return the guide of an undisturbed machine at the start of the last run."""
        key = (self.server.world, self._span())
        if key not in _CALM:
            with tempfile.TemporaryDirectory() as folder:
                clock = VirtualClock(self.began)
                machine = Machine(self.server, folder, clock, **self._changes)
                assert machine.run() is None
                _CALM[key] = machine.guide or b""
        return _CALM[key]

    def _span(self, **changes: Any) -> TimeSpan:
        settings = self.settings(**changes)
        return span(self.began, settings.days, settings.offset)

    def forget_what_was_in_vain(self) -> None:
        """As if a day had passed: what the source seemed not to have is requested again."""
        with Store(self.folder, self.clock) as store:
            for name in (details.DETAILS_NOT_FOUND, windows.HOURS):
                store.set_fact(name, {}, self.clock.now())

    def holds_nothing_foreign(self) -> None:
        """Each stored answer equals the world's answer to the same request."""
        if not os.path.exists(os.path.join(self.folder, FILE)):
            return
        with Store(self.folder, self.clock) as store, tempfile.TemporaryDirectory() as folder:
            assert store.notice == ""
            with Store(folder, self.clock) as true:
                self._answer_truly(store, true)
                for query in _ANSWERS:
                    assert _rows(store, query) == _rows(true, query)

    def _answer_truly(self, store: Store, true: Store) -> None:
        """Fill ``true`` with the world's answers to the requests stored in ``store``."""
        world = self.server.world
        for key, start, hours in _rows(store, "SELECT lineup, start, hours FROM windows"):
            lineup = Lineup(*key.split("|"))
            true.save_guide(lineup, start, hours, _block(world, lineup, start, hours), 1.0)
        for (series_id,) in _rows(store, "SELECT series FROM details"):
            true.save_details(_details(world, series_id), 1.0)
        for name in store.facts("providers "):
            country, postal_code = name.split()
            body = json.dumps({"Providers": world.lineups(postal_code)}).encode()
            found = parser.providers(body, country, postal_code)
            true.save_providers(country, postal_code, found, 1.0)


_CALM: Dict[Tuple[World, TimeSpan], bytes] = {}


@functools.lru_cache(maxsize=1000)
def _block(world: World, lineup: Lineup, start: int, hours: int) -> GuideBlock:
    return parser.guide(guides.grid(world, lineup, start, hours))


@functools.lru_cache(maxsize=1000)
def _details(world: World, series_id: str) -> Details:
    body = json.dumps(world.details(series_id, world.now // 3600 * 3600)).encode()
    return parser.details(body, series_id)


def after_all(before: Set[threading.Thread]) -> None:
    """Check that no thread is left, nor a socket, which would keep a server's thread alive."""
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
    left = set(threading.enumerate()) - before
    assert not left, f"left over: {left}"


def read(path: str) -> Optional[bytes]:
    """A file's bytes, unpacked; None = there is none."""
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        data = file.read()
        return gzip.decompress(data) if path.endswith(".gz") else data
    return None


def _rows(store: Store, query: str) -> List[Any]:
    return store._db.execute(query).fetchall()


FORKS: Any = multiprocessing.get_context("forkserver") if hasattr(os, "fork") else None


class Process:
    """The same machine's command line, in a forked process with everything imported.

    The date stands still in it, at the moment of the machine's clock when this is made.
    """

    def __init__(self, machine: Machine, name: str = "process", **environment: str) -> None:
        machine.began = machine.clock.now()
        self._stem = os.path.join(os.environ["HOME"], name)  # not where the disk may be full
        self._environment = {
            "HOME": os.environ["HOME"],
            "TZ": os.environ["TZ"],
            child.NOW: str(machine.clock.now()),
            "GRACENOTE_BASE_URL": machine.server.url,
            "GRACENOTE_DATA_DIR": machine.folder,
            "GRACENOTE_POSTAL_CODE": "90210",
            "GRACENOTE_WORKER_STRATEGY": "aggressive",
            "GRACENOTE_DAYS": "1",
            "GRACENOTE_TIME_BUDGET": "86400",
            **environment,
        }

    def start(self, *words: str) -> Any:
        """Start it; see multiprocessing.Process."""
        if FORKS is None:
            pytest.skip("this system cannot fork")
        FORKS.set_forkserver_preload(["pytest", child.__name__])
        process = FORKS.Process(target=child.run, args=(words, self._environment, self._stem))
        process.start()
        return process

    def ended(self, process: Any) -> Result:
        """Wait for its end; return exit code and output."""
        process.join(HANGS)
        assert process.exitcode is not None, "it hangs"
        out, err = (read(self._stem + name) or b"" for name in child.STREAMS)
        return Result(process.exitcode, out, err)

    def run(self, *words: str) -> Result:
        return self.ended(self.start(*words))
