"""Every test runs in a world of its own: no user's settings, one moment, one zone, no network.

A test that needs another time zone asks for ``in_zone``; one that makes a run takes ``clock`` and,
from the made-up source, ``server``.
"""

import contextlib
import gc
import itertools
import logging
import os
import shutil
import signal
import socket
import time
from typing import Any, Callable, Dict, Iterator, List

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.clock import SYSTEM
from gracenote2epg.util import redact
from support import clock as clocks
from support.fake_tvheadend import TvhStandIn
from support.guides import User
from support.machine import Terminal

HOME_ZONE = "America/New_York"
CAPTURES = "GRACENOTE_TEST_CAPTURES"  # the one variable that tests may read
LIMIT = 1.0  # seconds of a test that is not marked slow
TOLERANCE = 2.5  # what processes beside it take, by chance: a test of 0.6 s took 1.4 s once
REFERENCE = 0.16  # seconds of ``_effort`` where that limit was set
_OUTSIDE = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "APPDATA")
_NOW: "pytest.StashKey[float]" = pytest.StashKey()
_WORKED: "pytest.StashKey[float]" = pytest.StashKey()
_homes = itertools.count()


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--now", default=clocks.DEFAULT, help="the moment of the tests, or random")
    parser.addoption("--clocked", action="store_true", help="only the tests that have a clock")
    parser.addoption("--limit", type=float, default=LIMIT, help="seconds of a quick test; 0 = any")


def pytest_configure(config: pytest.Config) -> None:
    """The folders of the tests are in memory where there is room: half of a test is the disk's."""
    with contextlib.suppress(OSError, AttributeError):
        memory = os.statvfs("/dev/shm")
        if memory.f_bavail * memory.f_frsize > 2 << 30:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")
    try:
        config.stash[_NOW] = clocks.moment(config.getoption("--now"))
        config.option.now = clocks.iso(config.stash[_NOW])  # a random one is drawn once
    except ValueError as error:
        raise pytest.UsageError(f"--now: {error}") from error


def _effort() -> float:
    """Processor seconds of a fixed piece of work: how slow this machine is now."""
    began = time.process_time()
    words = [str(number) for number in range(100_000)]
    sorted({word: word[::-1] for word in words}.items(), key=lambda item: item[1])
    return time.process_time() - began


def pytest_collection_modifyitems(config: pytest.Config, items: List[Any]) -> None:
    """The moment is nothing to a test without a clock: ``_no_real_date`` sees to that."""
    if config.getoption("--clocked"):
        items[:] = [item for item in items if "clock" in item.fixturenames]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    terminalreporter.write_line(f"at {clocks.iso(config.stash[_NOW])}")


def pytest_sessionstart() -> None:
    """Ctrl-C ends what the tests start, also where a shell started pytest in its background and
    so had it ignored, which children inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Thousands of tests are no garbage: do not let each collection walk through them."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Iterator[None]:
    """A quick test that takes over a second fails: mark it slow, or make it quick.

    Processor time counts, that of its child processes too, and on a slow machine as much more as a
    fixed piece of work takes there. Of the clock on the wall, which a busy machine stretches, only
    ten times the limit is too long.
    """
    outcome: Any = yield
    report, limit = outcome.get_result(), item.config.getoption("--limit")
    if report.when == "call" and report.passed and limit and not item.get_closest_marker("slow"):
        worked = item.stash[_WORKED]
        is_over = worked > limit
        if is_over:
            slowness = max(_effort() for _ in range(5)) / REFERENCE
            is_over = worked > TOLERANCE * limit * slowness
        if is_over or report.duration > 10 * limit:
            report.outcome = "failed"
            report.longrepr = (
                f"{item.nodeid} took {worked:.1f} s of processor time, {report.duration:.1f} s in"
                f" all; over {limit:.0f} s it must be marked slow"
            )


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    before = sum(os.times()[:4])
    yield
    item.stash[_WORKED] = sum(os.times()[:4]) - before


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any) -> None:
    home = (
        tmp_path_factory.getbasetemp() / f"home-{next(_homes)}"
    )  # mktemp() grows slower and slower
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    for name in list(os.environ):
        if (name.startswith("GRACENOTE_") and name != CAPTURES) or name.upper() in _OUTSIDE:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _own_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line keeps its log to itself; caplog wants to see it. It hides no secret of an
    earlier test."""
    monkeypatch.setattr(redact, "_hidden", ())
    monkeypatch.setattr(logging.getLogger("gracenote2epg"), "propagate", True)


@pytest.fixture(autouse=True)
def in_zone() -> Iterator[Callable[[str], None]]:
    """The time zone is New York's; call this with another one's name to move."""
    before = os.environ.get("TZ")

    def move(zone: str) -> None:
        os.environ["TZ"] = zone
        time.tzset()

    move(HOME_ZONE)
    yield move
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture
def clock(pytestconfig: pytest.Config) -> clocks.VirtualClock:
    """The test's clock: stands at the moment of ``--now`` and moves by what is waited."""
    return clocks.VirtualClock(pytestconfig.stash[_NOW])


@pytest.fixture(scope="session")
def _prepared_folders() -> Dict[Any, Any]:
    """Of each kind: the folder, what made it returned, and how long that took."""
    return {}


@pytest.fixture
def prepared(
    clock: clocks.VirtualClock, tmp_path_factory: Any, _prepared_folders: Dict[Any, Any]
) -> Callable[..., Any]:
    """Call it with a function that fills a folder, given its path, by the clock, and what it
    depends on beside the time. The function runs for the first test that wants this; later ones
    get the folder as it was then, at the same path, which the store knows. Returns that path and
    what the function returned."""

    def folder(make: Callable[[str], Any], *key: Any) -> Any:
        key = (make.__module__, make.__qualname__, clock.now(), os.environ["TZ"], *key)
        if key in _prepared_folders:
            path, made, seconds = _prepared_folders[key]
            shutil.rmtree(path)
            shutil.copytree(path + ".kept", path, symlinks=True)
            clock.advance(seconds)
        else:
            path = str(tmp_path_factory.mktemp("prepared"))
            began = clock.monotonic()
            made = make(path)
            _prepared_folders[key] = path, made, clock.monotonic() - began
            shutil.copytree(path, path + ".kept", symlinks=True)
        return path, made

    return folder


@pytest.fixture(autouse=True)
def _no_real_date(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks the system for the date in a quick test has not been handed the clock."""
    if request.node.get_closest_marker("slow"):
        return

    def refuse() -> float:
        pytest.fail("the product asked the system for the date: hand the test's clock in")

    monkeypatch.setattr(SYSTEM, "now", refuse)


@pytest.fixture
def server(clock: clocks.VirtualClock) -> Iterator[FakeGracenote]:
    """The made-up source with eight stations, by the test's clock."""
    with FakeGracenote(World(8, 24, now=clock.now), clock=clock.monotonic) as server:
        yield server


@pytest.fixture
def large_server(clock: clocks.VirtualClock) -> Iterator[FakeGracenote]:
    """The made-up source with all its stations and oddities: slower, so only where they count."""
    with FakeGracenote(World(now=clock.now), clock=clock.monotonic) as server:
        yield server


@pytest.fixture
def user(server: FakeGracenote, tmp_path: Any, clock: clocks.VirtualClock) -> User:
    return User(server, tmp_path, clock)


@pytest.fixture
def terminal(server: FakeGracenote, tmp_path: Any, clock: clocks.VirtualClock) -> Terminal:
    return Terminal(server, tmp_path, clock)


@pytest.fixture
def tvh() -> Iterator[TvhStandIn]:
    with TvhStandIn() as tvh:
        yield tvh


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A connection to anything but this machine is refused, and fails the test."""
    strangers: List[Any] = []

    def guarded(name: str) -> Callable[[socket.socket, Any], Any]:
        real = getattr(socket.socket, name)

        def connect(self: socket.socket, address: Any) -> Any:
            if isinstance(address, tuple) and not _is_loopback(address[0]):
                strangers.append(address)
                raise ConnectionRefusedError(f"a test may not connect to {address}")
            return real(self, address)

        return connect

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, guarded(name))
    yield
    assert not strangers, f"the test tried to reach {strangers}"


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith(("127.", "::ffff:127."))
