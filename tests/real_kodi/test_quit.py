"""Kodi quits while a run is under way: at once, and with a guide that is whole."""

import contextlib
import re
import socket
from typing import Any, Callable, Iterator, Tuple

import pytest

from fake_gracenote import FakeGracenote, World
from support import guides

from .addon import ADDON, ask, change, grab, guide_of, prepare, start, stopping
from .home import MODULES
from .player import Kodi

MORE = 5.0  # seconds that a run may add to Kodi's own
STOP = 4.0  # seconds from Kodi's word to the service's end; after 5 Kodi kills it
STUCK = 90.0  # seconds for a run to come to where it is stuck


@pytest.fixture(name="usual", scope="module")
def _usual(new_kodi: Callable[[], Kodi]) -> float:
    """Seconds that a Kodi without the add-on takes to quit."""
    with new_kodi() as kodi:
        return kodi.start(*MODULES).quit()


@pytest.fixture(name="viewer", scope="module")
def _viewer(new_kodi: Callable[[], Kodi], zip_file: str) -> Iterator[Kodi]:
    """A Kodi that is not running and has a guide of one day."""
    with FakeGracenote(World()) as server, new_kodi() as kodi:
        kodi.home.unpack(zip_file)
        prepare(kodi.home, server, details="false")
        start(kodi)
        grab(kodi)
        kodi.quit()
        yield kodi


@contextlib.contextmanager
def no_answer_to_a_connection(server: FakeGracenote) -> Iterator[Tuple[str, Callable[[], Any]]]:
    """A port whose queue is full: the system drops whatever else would connect."""
    with contextlib.ExitStack() as sockets:
        full = sockets.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            one = sockets.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        port = full.getsockname()[1]
        yield f"http://127.0.0.1:{port}", lambda: connecting(port) > 3


@contextlib.contextmanager
def no_handshake(server: FakeGracenote) -> Iterator[Tuple[str, Callable[[], Any]]]:
    server.faults.mute()
    yield server.url.replace("http:", "https:"), lambda: server.counts.connections


@contextlib.contextmanager
def no_head(server: FakeGracenote) -> Iterator[Tuple[str, Callable[[], Any]]]:
    server.faults.hold("grid")
    yield server.url, lambda: server.faults.held


@contextlib.contextmanager
def half_a_body(server: FakeGracenote) -> Iterator[Tuple[str, Callable[[], Any]]]:
    server.faults.hang_in_body("grid")
    yield server.url, lambda: server.counts.grid


@pytest.mark.parametrize("stuck", [no_answer_to_a_connection, no_handshake, no_head, half_a_body])
def test_quitting_in_a_run_is_quick_and_leaves_the_guide(viewer, usual, stuck):
    before = guides.programmes(guide_of(viewer.home))
    with FakeGracenote(World()) as server, stuck(server) as (url, is_stuck):
        start(viewer)
        change(viewer, base_url=url, postal_code="10001")
        viewer.wait(is_stuck, "request that is stuck", STUCK)
        took = viewer.quit()
    print(f"{stuck.__name__}: {took:.2f} s, without the add-on {usual:.2f} s")
    assert viewer.lines("stopped; the next run goes on from here")
    assert took < usual + MORE
    assert stopping(viewer) < STOP
    assert guides.programmes(guide_of(viewer.home)) == before
    assert viewer.complaints() == []


def test_quitting_while_the_set_up_downloads_is_quick_too(viewer, usual):
    with FakeGracenote(World()) as server:
        server.faults.hold()
        start(viewer)
        viewer.set(ADDON, base_url=server.url)
        ask(viewer, "set_up")
        viewer.see("Country", "United States")
        viewer.press("select")
        viewer.see("ZIP code, 5 digits", "Done")
        viewer.press("enter")
        viewer.wait(lambda: server.faults.held, "request of the set-up", STUCK)
        took = viewer.quit()
    print(f"the set-up: {took:.2f} s, without the add-on {usual:.2f} s")
    assert took < usual + MORE
    assert viewer.complaints() == []


def connecting(port: int) -> int:
    """How many connections to a port of this machine wait for an answer (SYN_SENT = 02)."""
    with open("/proc/net/tcp", encoding="ascii") as file:
        return sum(re.search(rf":{port:04X} 02 ", line) is not None for line in file)
