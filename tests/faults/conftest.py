"""What the fault suite shares. `make test` runs a share of it within minutes, `make torture` all.

Each test says what it tried and what came of it; `make torture` writes that to
docs/reliability.md, so that the table there is what was done and not what somebody remembers.
"""

import time
from collections import Counter
from typing import Any, Callable, Tuple

import pytest

from .report import document

Tried = Callable[..., None]
_WEST = time.gmtime().tm_hour - 6  # hours, of a place where it is six now
_TRIED: "pytest.StashKey[Counter[Tuple[str, str, str]]]" = pytest.StashKey()


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
def morning(in_zone: Callable[[str], None]) -> None:
    """It was six here when these tests began: no day ends while guides are compared."""
    in_zone(f"<here>{_WEST:+d}")
