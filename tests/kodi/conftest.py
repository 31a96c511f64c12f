"""Kodis: one that has just started, and some in whose profile the source's answers are already."""

import os
import shutil
import sys
import threading
from importlib.machinery import SourceFileLoader

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.grab import listing
from gracenote2epg.grab import source as grab_source
from gracenote2epg.store.database import FILE
from support import guides
from support.clock import VirtualClock, moment
from support.kodi_addon import HERE, Kodi, ours

CODE = {}  # of the add-on's modules, which each test imports anew


def add_on_modules():
    return [name for name in sys.modules if name.startswith("gracenote2epg.kodi")]


@pytest.fixture(name="kodi")
def _kodi(monkeypatch, tmp_path, clock):
    """A Kodi that has just started, and no module of ours that knows an earlier one."""
    get_code = SourceFileLoader.get_code

    def get_code_once(loader, name):
        if name not in CODE:
            CODE[name] = get_code(loader, name)
        return CODE[name]

    for name in add_on_modules():
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(SourceFileLoader, "get_code", get_code_once)
    kodi = Kodi(str(tmp_path), clock)
    kodi.install(into=lambda *item: monkeypatch.setitem(sys.modules, *item))
    yield kodi
    for name in add_on_modules():
        del sys.modules[name]


@pytest.fixture(name="source", scope="session")
def _source(pytestconfig):
    """The made-up source, one for all of these tests."""
    clock = VirtualClock(moment(pytestconfig.getoption("--now")))
    with FakeGracenote(World(8, 24, now=clock.now), clock=clock.monotonic) as server:
        yield server


@pytest.fixture(name="stock", scope="session")
def _stock(tmp_path_factory):
    """Where the first test that wants it leaves a store; it is in the time zone of the tests."""
    return str(tmp_path_factory.mktemp("stock") / FILE)


@pytest.fixture(name="new_home")
def _new_home(kodi, source):
    """A Kodi where nothing is chosen yet."""
    kodi.set(base_url=source.url, days=1, details="false")
    yield kodi
    source.faults.clear()


@pytest.fixture(name="home")
def _home(new_home, source, stock):
    """The same with the lineups and a day of the guide in its store."""
    if not os.path.exists(stock):
        clock = VirtualClock(new_home.began - 30)
        settings = guides.settings(source, os.path.dirname(stock), postal_code=HERE)
        guides.grab(settings, clock)
        with grab_source.locked_source(settings, threading.Event(), clock) as way:
            listing.find_lineups(way)
    os.makedirs(new_home.profile)
    shutil.copy(stock, new_home.profile)
    return new_home


@pytest.fixture(name="published")
def _published(home):
    """The same with a guide of today and tomorrow."""
    home.set(postal_code=HERE, days=2)
    guides.grab(ours("addon_settings").read().config(), home.clock)
    return home


@pytest.fixture(name="messages")
def _messages(kodi):
    """The messages of the script to the service."""
    words = []

    def notify_all(sender, message):
        words.append(message if sender == "service.gracenote2epg" else (sender, message))

    kodi.rpc["JSONRPC.NotifyAll"] = notify_all
    return words
