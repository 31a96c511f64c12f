"""The page by keyboard, on a phone, in both themes, for a screen reader (axe-core)."""

import os
import threading

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.clock import SYSTEM
from gracenote2epg.web import app
from gracenote2epg.web.sessions import Sessions
from gracenote2epg.web.status import RunStatus
from support import guides
from support.browser import CHROMIUM, Browser, free_port

CODE = "K7MPQRST"
AXE = os.environ.get("AXE", "")
VIEWS = {
    "now": "document.querySelector('#on-now li')",
    "tonight": "document.querySelector('#grid button')",
    "health": "document.querySelector('#map td')",
    "changes": "document.querySelector('#history td')",
    "details": "document.querySelector('#guide_downloads dd')",
    "settings": "document.querySelectorAll('.setting').length > 40"
    " && (document.querySelector('[data-group=Tvheadend]').open = true)",
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian package chromium)"),
]


@pytest.fixture(name="address", scope="module")
def _address(tmp_path_factory):
    """The address of a page with a guide, by the real clock."""
    with FakeGracenote(World(40, 80)) as server:
        folder = tmp_path_factory.mktemp("data")
        settings = guides.settings(server, folder, monitoring_port=free_port(), days=2)
        status = RunStatus(settings, SYSTEM)
        status.run(threading.Event(), lambda statistics: None)
        sessions = Sessions(lambda: CODE, lambda: None, SYSTEM)
        controls = app.Controls(guides.keeper(settings, SYSTEM), sessions, lambda: None)
        with app.server(status, controls) as web:
            yield f"http://127.0.0.1:{web.port}/"


@pytest.fixture(name="browser", scope="module")
def _browser(address, tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser")) as browser:
        browser.open(address)
        browser.run(f"change('/session', {{code: {CODE!r}}})")
        yield browser


def test_nothing_runs_off_a_small_screen(address, browser):
    browser.resize(360, 740)
    too_wide = []
    for view, ready in VIEWS.items():
        browser.open("about:blank")
        browser.open(f"{address}#{view}")
        browser.wait(ready)
        width = browser.run("document.documentElement.scrollWidth")
        too_wide += [(view, width)] if width > 360 else []
    assert too_wide == []


def test_a_programme_opens_and_closes_by_keyboard(address, browser):
    browser.resize(1280, 800)
    browser.open("about:blank")
    browser.open(f"{address}#tonight")
    browser.wait(VIEWS["tonight"])
    for _ in range(30):
        browser.press("Tab")
        if browser.run("document.activeElement.className.startsWith('show')"):
            break
    label = browser.run("document.activeElement.getAttribute('aria-label')")
    browser.press("Enter")
    browser.wait("document.getElementById('programme').open")
    title = browser.run("document.getElementById('programme-title').firstChild.textContent")
    assert label.endswith(f", {title}")
    browser.run("document.querySelector('#programme button').focus()")
    browser.press("Enter")
    browser.wait("!document.getElementById('programme').open")
    assert browser.run("document.activeElement.getAttribute('aria-label')") == label
    for width, what in ((360, ".phone"), (1280, ".show"), (360, ".phone"), (1280, ".show")):
        browser.resize(width, 740)  # as a phone that is turned
        browser.wait(f"document.querySelector('#grid {what}')")


def test_an_address_is_copied_without_https_too(address, browser):
    browser.open("about:blank")
    browser.open(f"{address}#now")
    browser.wait("document.querySelector('#addresses button')")
    browser.run(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined});"
        "document.oncopy = () => document.copied = String(getSelection());"
        "document.querySelector('#addresses button').focus()"
    )
    browser.press("Enter")
    assert browser.run("document.copied") == f"{address}guide.xml"
    assert browser.run("document.querySelector('#addresses button').textContent") == "Copied"


@pytest.mark.skipif(not AXE, reason="AXE is not set: make test-all downloads axe-core")
def test_axe_finds_nothing(address, browser):
    with open(AXE, encoding="utf-8") as file:
        axe = file.read()
    violations = []
    for size, dark in (((1280, 800), False), ((1280, 800), True), ((360, 740), False)):
        browser.resize(*size, dark=dark)
        for view, ready in VIEWS.items():
            browser.open("about:blank")
            browser.open(f"{address}#{view}")
            browser.wait(ready)
            if view == "now":
                browser.run("askDoctor()")
                browser.wait("at('doctor-steps').children.length")
            browser.run(f"{axe};0")
            found = browser.run(
                "axe.run().then(result => result.violations.map("
                "row => [row.impact, row.id, row.nodes[0].html, row.nodes[0].failureSummary]))"
            )
            violations += [(size, dark, view, *row) for row in found]
    assert violations == []
