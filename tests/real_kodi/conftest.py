"""What the tests in a real Kodi share. `make test-kodi` runs them; `make test` does not."""

import contextlib
import os
import shutil
import tempfile
from typing import Any, Callable, Iterator

import pytest

from fake_gracenote import FakeGracenote, World
from support.browser import free_port

from .home import MODULES, ZONE, Home
from .player import Kodi
from .screen import Screen


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--zip", help="the add-on's zip")
    parser.addoption("--root", default="/", help="folder with the system whose Kodi is tested")
    parser.addoption("--modules", help="folder with the packages of each script.module.* add-on")


def pytest_itemcollected(item: pytest.Item) -> None:
    """A real Kodi goes by the real clock."""
    item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _zone(in_zone: Callable[[str], None]) -> None:
    """The test and its Kodi agree when a day begins."""
    in_zone(ZONE)


@pytest.fixture(name="zip_file", scope="session")
def _zip_file(request: Any) -> str:
    return given(request, "--zip")


@pytest.fixture(name="screen", scope="session")
def _screen() -> Iterator[Screen]:
    with tempfile.TemporaryDirectory(prefix="screen-") as folder, Screen(folder) as screen:
        yield screen


@pytest.fixture(name="new_kodi", scope="session")
def _new_kodi(request: Any, screen: Screen) -> Iterator[Callable[[], Kodi]]:
    """Call it for a Kodi that has not started, in a home of its own."""
    with contextlib.ExitStack() as folders:

        def make() -> Kodi:
            folder = folders.enter_context(tempfile.TemporaryDirectory(prefix="kodi-"))
            home = Home(folder, free_port(), request.config.getoption("--root"))
            for addon_id in MODULES:
                home.add_module(addon_id, os.path.join(given(request, "--modules"), addon_id))
            return Kodi(home, screen)

        yield make


@pytest.fixture(name="kodi")
def _kodi(new_kodi: Callable[[], Kodi], zip_file: str) -> Iterator[Kodi]:
    """A Kodi that has not started, with the add-on; in the end it must have no complaint."""
    with new_kodi() as kodi:
        kodi.home.unpack(zip_file)
        yield kodi
        print(
            *kodi.lines(r" (info|warning|error|fatal) <.*\[service"), sep="\n"
        )  # shown when the test has failed
    assert kodi.complaints() == []


@pytest.fixture(name="server")
def _server() -> Iterator[FakeGracenote]:
    with FakeGracenote(World()) as server:
        yield server


@pytest.fixture(name="album", scope="session")
def _album(request: Any) -> str:
    """The folder for pictures, which are looked at before they go into resources/screenshots."""
    root = os.path.basename(request.config.getoption("--root"))
    folder = os.path.join(str(request.config.rootpath), "dist", "screenshots", root)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def given(request: Any, option: str) -> str:
    value = request.config.getoption(option)
    if not value:
        raise pytest.UsageError(f"{option} is missing: `make test-kodi` gives it")
    return os.path.abspath(value)
