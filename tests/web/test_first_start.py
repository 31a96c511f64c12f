"""A first start in Chromium: from nothing to a guide, by keyboard, and a channel ticked off.

One server and one browser: each test goes on where the one before has ended.
"""

import contextlib
import os
import re
import sys
import time

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.channels import player_channels
from gracenote2epg.channels.matching import PlayerChannel
from gracenote2epg.clock import SYSTEM
from gracenote2epg.store.answers import Store
from support.browser import CHROMIUM, PHONE, WIDE, Browser, ask, free_port
from support.machine import Box

STATIONS = 400
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian package chromium)"),
]


@pytest.fixture(name="source", scope="module")
def _source():
    with FakeGracenote(World(STATIONS, 80)) as source:
        yield source


@pytest.fixture(name="box", scope="module")
def _box(source, tmp_path_factory):
    """A home without settings; a player's channels are known."""
    box = Box(source, tmp_path_factory.mktemp("home"))
    os.makedirs(box.data)
    with Store(box.data, SYSTEM) as store:
        channels = [PlayerChannel("2.1", "2.1"), PlayerChannel("Home movies", "77")]
        player_channels.remember_player(store, "Kodi", channels)
    return box


@pytest.fixture(name="port", scope="module")
def _port(box):
    port = free_port()
    options = ("--serve", "--quiet", "--monitoring-port", str(port))
    process = box.start([sys.executable, "-m", "gracenote2epg", *options])
    yield port
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.fixture(name="browser", scope="module")
def _browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(name="violations", scope="module")
def _violations(browser):
    """Look at the page, wide and light or small and dark by turns: no flaw is there at the end."""
    found, looks = [], []

    def look(name):
        looks.append(name)
        is_small = len(looks) % 2 == 0
        browser.resize(*(PHONE if is_small else WIDE), dark=is_small)
        found.extend((name, *row) for row in browser.flaws())
        browser.resize(*WIDE)

    yield look
    assert found == []


def tab_to(browser, element):
    """Press Tab until the element with this id has the focus, then Enter."""
    for _ in range(40):
        if browser.run(f"document.activeElement.id === {element!r}"):
            return browser.press("Enter")
        browser.press("Tab")
    raise AssertionError(f"Tab never comes to {element}")


def answer(browser, button="setup-next"):
    """Go on by keyboard; return the next step's name once it is asked."""
    before = browser.run("asked.step")
    tab_to(browser, button)
    browser.wait(f"asked.step !== {before!r} && document.getElementById('setup-waits').hidden")
    return browser.run("asked.step")


def type_text(browser, text):
    for letter in text:
        browser.press(letter, letter)


def wait_for(condition):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if condition():
                return
        time.sleep(0.05)
    raise AssertionError("it never happens")


def in_guide(port):
    return set(re.findall(rb'<channel id="(\d+)', ask(port, "/guide.xml")))


def test_from_nothing_to_a_guide_by_keyboard(box, port, browser, violations):
    wait_for(lambda: ask(port, "/stats"))
    browser.open(f"http://127.0.0.1:{port}/")
    browser.wait("location.hash === '#setup' && document.getElementById('code').open")
    violations("code")
    with open(os.path.join(box.data, "web_code"), encoding="utf-8") as file:
        code = file.read().strip()
    for typed in ("WRONG", code):
        browser.run("document.getElementById('code-input').value = ''")
        type_text(browser, typed)
        browser.press("Enter")
        if typed == "WRONG":
            browser.wait("document.getElementById('code-error').textContent")
    browser.wait("asked && asked.step === 'country'")
    seen = ["country"]
    while seen[-1] != "confirm":
        violations(seen[-1])
        if seen[-1] == "postal_code":
            type_text(browser, "90210")
        seen.append(answer(browser))
        if seen[-1] != "country":  # back, and the answer stands there
            assert answer(browser, "setup-back") == seen[-2]
            assert answer(browser) == seen[-1]
    assert seen == [
        "country", "postal_code", "lineup", "tonight", "channels", "player", "output", "confirm",
    ]  # fmt: skip
    violations("confirm")
    assert not os.path.exists(os.path.join(box.home, ".xmltv"))  # nothing is saved so far
    assert answer(browser) == "saved"
    browser.wait("!document.getElementById('setup-guide').hidden")
    violations("saved")
    address = browser.run("document.querySelector('#setup-address code').textContent")
    assert address == f"http://127.0.0.1:{port}/guide.xml"
    assert len(in_guide(port)) > 0.9 * STATIONS


def test_a_channel_that_is_ticked_off_is_gone_at_once(source, port, browser, violations):
    browser.run("document.querySelector('#setup-guide a[href=\"#tonight\"]').focus()")
    browser.press("Enter")
    browser.wait("document.querySelector('#grid button')")
    browser.run("goTo(stats.guide.days[0] + 10.5 * HOUR)")
    browser.wait("at('time').selectedOptions[0].textContent === '10:30 AM'")
    browser.run("at('time').value = '11.5', at('time').dispatchEvent(new Event('change'))")
    browser.wait("document.querySelector('.hours span').textContent === '11:30 AM'")
    browser.run("at('search').value = 'a', search()")
    browser.wait("document.querySelector('#found li')")
    browser.run("listedFor = '', tonight()")  # as when there is another guide
    assert browser.run("!at('tonight-none').hidden && at('grid').hidden")
    browser.run("at('to-now').click()")
    browser.wait("!at('grid').hidden && at('tonight-none').hidden && !at('search').value")
    wait_for(lambda: b'"phase":""' in ask(port, "/stats"))
    browser.resize(*WIDE, slower=4)
    drawn = browser.run(
        "(async () => { const begin = performance.now(); location.hash = 'channels';"
        f" while (document.querySelectorAll('.ticks li').length < {STATIONS})"
        " await new Promise(requestAnimationFrame);"
        " await new Promise(requestAnimationFrame); return performance.now() - begin })()"
    )
    browser.resize(*WIDE)
    assert drawn < 6000, drawn  # 700 on a machine that does nothing else
    browser.run("chooser.search.value = '2.'; chooser.filter()")
    violations("channels")
    browser.run("chooser.search.value = ''; chooser.filter()")
    browser.run("chooser.buttons.lastElementChild.click(); at('channels-save').click()")
    browser.wait("at('channels-done').textContent.includes('No station is ticked')")
    browser.run("at('channels-undo').click()")
    before, requests = in_guide(port), len(source.log)
    browser.run("chooser.rows[0].box.focus()")
    browser.press("ArrowDown")
    browser.press(" ", " ")
    gone = browser.run("chooser.rows[1].station.id").encode()
    tab_to(browser, "channels-save")
    saved_at = time.monotonic()
    wait_for(lambda: gone not in in_guide(port))
    seconds = time.monotonic() - saved_at
    assert (in_guide(port), len(source.log)) == (before - {gone}, requests)
    assert seconds < 15, seconds  # 1 on a machine that does nothing else
    browser.wait("document.getElementById('channels-done').textContent")
    browser.run("document.getElementById('tab-players').click()")
    browser.wait("document.querySelector('.matches li')")
    violations("players")


def test_a_players_channel_is_assigned(port, browser, violations):
    assert b"Home movies" not in ask(port, "/guide.xml")
    browser.run("document.querySelector('[aria-label$=\"Home movies\"]').focus()")
    browser.press("Enter")
    browser.wait("document.getElementById('assign').open")
    type_text(browser, "2.2")
    violations("assign")
    browser.run("document.querySelector('#assign-list li:not([hidden]) button').focus()")
    browser.press("Enter")
    browser.wait("!document.getElementById('assign').open")
    browser.wait("[...document.querySelectorAll('.sure')].at(-1).textContent === 'your choice'")
    wait_for(lambda: b"Home movies" in ask(port, "/guide.xml"))


def test_leaving_changes_nothing(box, port, browser):
    with open(os.path.join(box.home, ".xmltv/tv_grab_gracenote2epg.conf"), "rb") as file:
        before = file.read()
    browser.run("location.hash = 'setup'")
    browser.wait("asked && asked.step === 'country'")
    assert answer(browser) == "postal_code"
    browser.run("change('/setup')")  # as another tab does
    tab_to(browser, "setup-next")
    browser.wait("document.getElementById('setup-error').textContent.startsWith('Another browser')")
    tab_to(browser, "setup-again")
    browser.wait("asked.step === 'country'")
    assert answer(browser) == "postal_code"
    tab_to(browser, "setup-leave")
    browser.wait("location.hash === '#now'")
    with open(os.path.join(box.home, ".xmltv/tv_grab_gracenote2epg.conf"), "rb") as file:
        assert file.read() == before
