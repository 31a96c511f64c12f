"""Fixtures of the fault suite. `make test` runs a part of it within minutes, `make torture` all.

Each test notes what it tried and the outcome; `make torture` writes that to dist/reliability.md.
"""

from collections import Counter
from typing import Any, Callable, Iterator, List, Tuple

import pytest

from fake_gracenote import FakeGracenote
from support.clock import VirtualClock

from .machine import Machine, still_world
from .report import document

Tried = Callable[..., None]
_TRIED: "pytest.StashKey[Counter[Tuple[str, str, str]]]" = pytest.StashKey()


def slow(*values: Any) -> List[Any]:
    """Parameters whose cases are not for `make test`."""
    return [pytest.param(*_several(value), marks=pytest.mark.slow) for value in values]


def _several(value: Any) -> Tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--torture", action="store_true", help="all of it: half an hour")
    parser.addoption("--reliability", help="the file to write the table of what was tried to")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TRIED] = Counter()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    path = session.config.getoption("reliability", None)
    if path and exitstatus == 0:  # a table of what failed would promise what is not so
        with open(path, "w", encoding="utf-8") as file:
            file.write(document(session.config.stash[_TRIED]))


@pytest.fixture
def torture(request: pytest.FixtureRequest) -> bool:
    """Whether there is time for all."""
    return bool(request.config.getoption("torture", False))


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> Tried:
    """tried(kind, fault, outcome, times=1): to be called when the outcome has been checked.

    kind: the heading of the table, as "Answers" or "Disk". fault, outcome: a cell each.
    """
    seen = request.config.stash[_TRIED]

    def note(kind: str, fault: str, outcome: str, times: int = 1) -> None:
        seen[kind, fault, outcome] += times

    return note


@pytest.fixture
def server(clock: VirtualClock) -> Iterator[FakeGracenote]:
    """The source, whose world stands still."""
    with FakeGracenote(still_world(clock.now()), clock=clock.monotonic) as server:
        yield server


@pytest.fixture
def machine(server: FakeGracenote, clock: VirtualClock, tmp_path: Any) -> Machine:
    return Machine(server, tmp_path / "machine", clock)
