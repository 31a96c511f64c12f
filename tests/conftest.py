"""Every test runs in a world of its own: no user's settings, one time zone, no network.

A test that needs another time zone asks for ``in_zone``.
"""

import gc
import itertools
import logging
import os
import signal
import socket
import sys
import time
from typing import Any, Callable, Iterator, List

import pytest

import fake_kodi
from builders import NOW

HOME_ZONE = "America/New_York"
CAPTURES = "GRACENOTE_TEST_CAPTURES"  # the one variable that tests may read
_OUTSIDE = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "APPDATA")
_homes = itertools.count()


def pytest_sessionstart() -> None:
    """Ctrl-C ends what the tests start, also where a shell started pytest in its background and
    so had it ignored, which children inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Thousands of tests are no garbage: looking through them costs each collection half a second,
    and every run in Kodi ends with one."""
    gc.collect()
    gc.freeze()


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


@pytest.fixture
def kodi(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[fake_kodi.Kodi]:
    """A Kodi that has just started, and no module of ours that knows an earlier one."""

    def ours() -> List[str]:
        return [name for name in sys.modules if name.startswith("gracenote2epg.kodi")]

    for name in ours():
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(logging.getLogger("gracenote2epg"), "propagate", True)
    yield fake_kodi.install(
        str(tmp_path), NOW, into=lambda *item: monkeypatch.setitem(sys.modules, *item)
    )
    for name in ours():
        del sys.modules[name]
