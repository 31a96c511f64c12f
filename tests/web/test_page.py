"""The page in Chromium: its views, by keyboard, on a phone, for a screen reader, and its code.

One server and one browser; what changes the server's state comes last.
"""

import functools
import html
import http.server
import json
import re
import threading
import time

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.clock import HOUR, SYSTEM
from gracenote2epg.config.sources import override
from gracenote2epg.web import app
from gracenote2epg.web.sessions import MAX_WRONG, Sessions
from gracenote2epg.web.status import RunStatus
from support import guides
from support.browser import AXE, CHROMIUM, PHONE, WIDE, Browser, ask, free_port
from support.clock import VirtualClock

VIEWS = {
    "now": "document.querySelector('#on-now li')",
    "tonight": "document.querySelector('#grid button')",
    "health": "document.querySelector('#map td')",
    "changes": "document.querySelector('#history td')",
    "details": "document.querySelector('#guide_downloads dd')",
    "settings": "document.querySelectorAll('.setting').length > 40"
    " && (document.querySelector('[data-group=Tvheadend]').open = true)",
}
ATTACK = """
(async () => {
  const target = %s, body = JSON.stringify({values: {days: "9"}}), results = [];
  const credentials = "include", post = {method: "POST", credentials, body};
  const tries = {
    plain: {...post, mode: "no-cors"},
    json: {...post, headers: {"Content-Type": "application/json"}},
    simple: {...post, headers: {"Content-Type": "text/plain"}},
    read: {credentials},
  };
  for (const path of ["/settings/save", "/settings", "/run", "/session"])
    for (const [name, options] of Object.entries(tries)) {
      if (name === "read" && path !== "/settings") continue;
      const answer = await fetch(target + path, options).catch(() => null);
      if (answer && answer.ok) results.push(name + path);
    }
  const asked = fetch(target + "/stats", {credentials});
  const stats = await asked.then(answer => answer.text()).catch(() => "");
  if (stats.includes("history")) results.push("stats");
  for (const enctype of ["text/plain", "application/x-www-form-urlencoded"]) {
    const make = name => document.createElement(name);
    const frame = make("iframe"), form = make("form"), field = make("input");
    frame.name = enctype;
    field.name = '{"values": {"days": "9"}, "x": "';
    field.value = '"}';
    const action = target + "/settings/save";
    Object.assign(form, {method: "post", action, target: enctype, enctype});
    form.append(field);
    document.body.append(frame, form);
    await new Promise(done => { frame.onload = done; form.submit(); setTimeout(done, 300); });
  }
  return results;
})()
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian package chromium)"),
]


class Home:
    """A page after one run, by the real clock but for its sessions. done: what was begun."""

    def __init__(self, server, folder):
        self.clock, self.code, self.done = VirtualClock(0.0), "K7MPQRST", []
        self.settings = guides.settings(
            server, folder, monitoring_port=free_port(), days=2, profile="plex", tvh_password="pw"
        )
        self.keeper = guides.keeper(self.settings, SYSTEM)
        self.status = RunStatus(self.settings, SYSTEM)
        self.status.run(threading.Event(), lambda statistics: None)
        self.status.next_run = SYSTEM.now() + HOUR
        sessions = Sessions(lambda: self.code, lambda: None, self.clock)
        controls = app.Controls(self.keeper, sessions, lambda: self.done.append("run"))
        self.web = app.PageServer(self.status, controls)
        self.address = f"http://127.0.0.1:{self.web.port}/"

    def stats(self):
        return json.loads(ask(self.web.port, "/stats"))


@pytest.fixture(name="home", scope="module")
def _home(tmp_path_factory):
    with FakeGracenote(World(8, 24)) as server:
        home = Home(server, tmp_path_factory.mktemp("data"))
        with home.web:
            yield home


@pytest.fixture(name="browser", scope="module")
def _browser(home, tmp_path_factory):
    rules = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    with Browser(tmp_path_factory.mktemp("browser"), flags=(rules,)) as browser:
        browser.open(home.address)
        browser.run(f"change('/session', {{code: {home.code!r}}})")
        yield browser


@pytest.fixture(name="look")
def _look(home, browser):
    """Open a view anew; its document once this is there."""

    def look(view, ready="", size=WIDE, dark=False):
        browser.resize(*size, dark=dark)
        browser.open("about:blank")
        browser.open(f"{home.address}#{view}")
        browser.wait(ready or VIEWS[view])
        return html.unescape(browser.run("document.body.innerHTML"))

    return look


def requested(browser):
    """The paths that the page has requested."""
    names = "performance.getEntriesByType('resource').map(row => new URL(row.name).pathname)"
    return browser.run(names)


def test_now_tells_how_long_all_is_well_and_what_is_on(home, look, browser):
    dom, stats = look("now"), home.stats()
    time.sleep(2)  # twice as long as between two requests while a run is under way
    paths = requested(browser)
    assert paths.count("/stats") == 1  # nothing happens: each ten seconds
    assert not {"/coverage", "/changes", "/search.json"} & set(paths)
    assert re.search(r'<section class="state good" id="state">', dom)
    assert re.search(r'role="status">All is well until \w+, \w+ \d+\.</p>', dom)
    assert "Next run: " in dom
    guide = stats["guide"]
    assert f"<dt>programmes</dt><dd>{guide['programmes']}</dd>" in dom
    assert f"{guide['health']['grade']}, {guide['health']['points']} of 100</dd>" in dom
    first, second, *_ = re.findall(r"<li><span>(.*?)</span><code>http://[^/]*(.*?)</code>", dom)
    assert first == ('Plex<span class="mark">yours</span>', "/guide.xml")
    assert second == ("Any player (XMLTV)", "/guide/any.xml")
    assert 'id="utc" data-text="utc" hidden' in dom


def test_tonight_is_a_grid_of_the_stations(home, look, in_zone):
    in_zone("UTC")
    dom = look("tonight")
    stations = json.loads(ask(home.web.port, "/lineup.json"))["stations"]
    shown = re.findall(r'<div class="station".*?<b>(.*?)</b><small>(.*?)</small>', dom)
    assert shown == [
        (row["call_sign"], f"{row['number']} · {row['network']}".rstrip(" ·")) for row in stations
    ]
    assert sum(" · " in numbers for _, numbers in shown) > 2
    assert ">Times are UTC: set the variable TZ to your zone" in dom


def test_health_is_worst_first_and_tells_each_day(home, look):
    dom = look("health")
    assert home.stats()["guide"]["health"]["advice"][0]["name"] == "details_off"
    assert "turn on “Series details” in the settings" in dom
    points = [int(points) for points in re.findall(r'<td class="grade \w">\w (\d+)</td>', dom)]
    assert points == sorted(row["health"]["points"] for row in home.status.coverage())
    assert dom.count('<td class="day">') == 2 * len(points)


def test_details_show_the_downloader(home, look):
    requests = home.stats()["guide_downloads"]["requests"]
    assert f"<dt>requests</dt><dd>{requests}</dd>" in look("details")


def test_a_programme_opens_and_closes_by_keyboard(look, browser):
    look("tonight")
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
    for size, what in ((PHONE, ".phone"), (WIDE, ".show"), (PHONE, ".phone"), (WIDE, ".show")):
        browser.resize(*size)  # as a phone that is turned
        browser.wait(f"document.querySelector('#grid {what}')")


def test_an_address_is_copied_without_https_too(home, look, browser):
    look("now")
    browser.run(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined});"
        "document.oncopy = () => document.copied = String(getSelection());"
        "document.querySelector('#addresses button').focus()"
    )
    browser.press("Enter")
    assert browser.run("document.copied") == f"{home.address}guide.xml"
    assert browser.run("document.querySelector('#addresses button').textContent") == "Copied"


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (WIDE, True), (PHONE, False)])
def test_each_view_fits_and_axe_finds_nothing(look, browser, size, dark):
    """Of axe-core, if ``make test-all`` has downloaded it."""
    found = []
    for view in VIEWS:
        look(view, size=size, dark=dark)
        if view == "now" and AXE:
            browser.run("askDoctor()")
            browser.wait("at('doctor-steps').children.length")
        found += [(view, *row) for row in browser.flaws()]
    assert found == []


def give(browser, code):
    browser.run(f"at('code-input').value = {code!r}; at('code-button').click()")
    browser.wait("!at('code-button').disabled")


def test_wrong_codes_then_the_right_one_then_the_settings(home, look, browser):
    home.code = "N3WC4D3S"
    look("settings", "at('code').open")
    for _ in range(MAX_WRONG + 1):
        give(browser, "WRONG234")
    assert browser.run("at('code-error').textContent") == "5 codes were wrong. Wait 60 seconds."
    home.clock.advance(61)
    give(browser, home.code.lower())
    browser.wait("document.querySelector('.setting')")
    assert browser.run("document.cookie") == ""
    change = (
        "for (const [name, value] of Object.entries(%s)) { at('setting-' + name).value = value;"
        " at('setting-' + name).dispatchEvent(new Event('input')) }"
    )
    browser.run(change % json.dumps({"days": "99", "profile": "kodi"}))
    browser.run("show()")  # as a poll does
    assert browser.run("at('setting-days').value") == "99"
    browser.run("at('settings-save').click()")
    browser.wait("at('error-days').textContent")
    assert browser.run("document.activeElement.id") == "setting-days"
    assert home.keeper.texts()["profile"] == "plex"
    browser.run(change % json.dumps({"days": "3"}))
    browser.run("at('settings-save').click()")
    browser.wait("at('settings-done').textContent.startsWith('Saved')")
    texts = home.keeper.texts()
    assert (texts["days"], texts["profile"], texts["tvh_password"]) == ("3", "kodi", "pw")
    assert not browser.run("document.documentElement.outerHTML.includes('\"pw\"')")
    browser.run("document.querySelector('[data-setting=tvh_password] button').click()")
    browser.run("at('settings-save').click()")
    browser.wait("at('settings-done').textContent.startsWith('Saved')")
    assert "tvh_password" not in home.keeper.texts()


def test_a_probe_is_promised_only_if_it_comes(look, browser):
    look("now")
    show = "stats.circuit_breaker = {reason: 'HTTP 429', probe_in: %s}; sentence(); %s"
    said = "at('sentence-more').textContent"
    assert "HTTP 429. The next probe goes in 7 s." in browser.run(show % (7.1, said))
    assert "probe" not in browser.run(show % (0, said))  # the run ends instead


def test_the_doctor_and_the_next_run_are_asked_for_on_now(home, look, browser):
    look("now", "!at('actions').hidden")
    browser.run("at('run-now').click(); at('ask-doctor').click()")
    browser.wait("at('doctor-steps').children.length > 5")
    assert home.done == ["run"]


@pytest.fixture(name="foreign", scope="module")
def _foreign(tmp_path_factory):
    """The port of an attacker's site on this machine."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<body>", encoding="utf-8")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield site.server_address[1]
        site.shutdown()


def test_an_attackers_page_changes_nothing_and_reads_nothing(home, browser, foreign):
    """With the session's cookie in the browser, which another port of this machine gets too."""
    before = dict(home.keeper.texts())
    for site in (f"127.0.0.1:{foreign}", f"localhost:{foreign}", f"evil.example:{foreign}"):
        browser.open(f"http://{site}/")
        for target in (home.address[:-1], f"http://evil.example:{home.web.port}"):
            assert (site, target, browser.run(ATTACK % json.dumps(target))) == (site, target, [])
    browser.open(f"http://evil.example:{home.web.port}/")  # which means this machine now
    assert "not this machine" in browser.run("document.body.textContent")
    assert browser.run(ATTACK % "location.origin") == []
    assert (dict(home.keeper.texts()), home.done) == (before, ["run"])
    # The cookie is still good for the page itself.
    browser.open(f"{home.address}#settings", "document.querySelector('.setting')")


def test_the_changes_are_computed_once_they_are_looked_at(home, look, browser):
    nothing = ">There is no earlier guide to compare with yet: one is kept each day.</p>"
    ready = "!at('changes-about').textContent.startsWith('Comparing')"
    assert nothing in look("changes", f"at('changes-about').textContent && {ready}")
    guides.yesterday(home.settings.data_dir, home.settings.output, SYSTEM, "The", "Welcome to")
    home.web.show(RunStatus(home.settings, SYSTEM))
    dom = look("changes", "document.querySelector('#changed h3')")
    assert requested(browser).count("/changes") == 1
    data = browser.run("ask('changes')")
    names = [station["name"] for station in data["stations"]]
    assert re.findall(r"<h3>(.*?)</h3>", dom) == names[:40]
    first = data["stations"][0]
    lines = dom.partition("<h3>")[2].partition("</ol>")[0]
    assert lines.count('<b class="retitled">') == min(len(first["changes"]), 12)
    change = first["changes"][0]
    assert f"<span>{change['after']['title']}" in lines
    assert f"<i> (was {change['before']['title']}" in lines
    assert dom.count("<td>good</td>") == len(home.stats()["history"])


def test_changes_that_cannot_be_fetched_are_told_in_the_pages_words(look, browser):
    look("now")
    browser.run("window.fetch = () => Promise.reject(new TypeError('Failed to fetch'))")
    said = browser.run("compare().catch(error => error.message)")
    assert said == browser.run("text('no_connection')")


def test_without_a_guide_the_channels_say_so(home, look, tmp_path):
    nowhere = {"data_dir": str(tmp_path), "output": str(tmp_path / "xmltv.xml")}
    home.web.show(RunStatus(override(home.settings, nowhere), SYSTEM))
    dom = look("channels", "at('channels-none').textContent")
    assert 'id="channels-none">There is no guide yet.<' in dom
