"""The page's code, its settings, and an attacker's page that tries everything, in Chromium."""

import functools
import http.server
import json
import threading

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.clock import SYSTEM
from gracenote2epg.web import app
from gracenote2epg.web.sessions import MAX_WRONG, Sessions
from gracenote2epg.web.status import RunStatus
from support import guides
from support.browser import CHROMIUM, Browser, free_port
from support.clock import VirtualClock

CODE = "K7MPQRST"
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
    """A page with its settings; ``done``: the actions that were done in a session."""

    def __init__(self, server, folder):
        self.clock = VirtualClock(0.0)
        settings = guides.settings(server, folder, monitoring_port=free_port(), tvh_password="pw")
        self.keeper, self.done = guides.keeper(settings, SYSTEM), []
        sessions = Sessions(lambda: CODE, lambda: None, self.clock)
        self.status = RunStatus(settings, SYSTEM)
        self.status.run(threading.Event(), lambda statistics: None)
        controls = app.Controls(self.keeper, sessions, lambda: self.done.append("run"))
        self.web = app.server(self.status, controls)
        self.address = f"http://127.0.0.1:{self.web.port}"


@pytest.fixture(name="home", scope="module")
def _home(tmp_path_factory):
    with FakeGracenote(World(8, 24)) as server:
        home = Home(server, tmp_path_factory.mktemp("data"))
        with home.web:
            yield home


@pytest.fixture(name="browser", scope="module")
def _browser(tmp_path_factory):
    rules = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    with Browser(tmp_path_factory.mktemp("browser"), flags=(rules,)) as browser:
        yield browser


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


def give(browser, code):
    browser.run(f"at('code-input').value = {code!r}; at('code-button').click()")
    browser.wait("!at('code-button').disabled")


def test_wrong_codes_then_the_right_one_then_the_settings(home, browser):
    browser.open(f"{home.address}/#settings", "document.getElementById('code').open")
    for _ in range(MAX_WRONG + 1):
        give(browser, "WRONG234")
    assert browser.run("at('code-error').textContent") == "5 codes were wrong. Wait 60 seconds."
    home.clock.advance(61)
    give(browser, CODE.lower())
    browser.wait("document.querySelector('.setting')")
    assert browser.run("document.cookie") == ""
    change = (
        "for (const [name, value] of Object.entries(%s)) { at('setting-' + name).value = value;"
        " at('setting-' + name).dispatchEvent(new Event('input')) }"
    )
    browser.run(change % json.dumps({"days": "99", "profile": "plex"}))
    browser.run("show()")  # as a poll does
    assert browser.run("at('setting-days').value") == "99"
    browser.run("at('settings-save').click()")
    browser.wait("at('error-days').textContent")
    assert browser.run("document.activeElement.id") == "setting-days"
    assert "profile" not in home.keeper.texts()
    browser.run(change % json.dumps({"days": "3"}))
    browser.run("at('settings-save').click()")
    browser.wait("at('settings-done').textContent.startsWith('Saved')")
    texts = home.keeper.texts()
    assert (texts["days"], texts["profile"], texts["tvh_password"]) == ("3", "plex", "pw")
    assert not browser.run("document.documentElement.outerHTML.includes('\"pw\"')")
    browser.run("document.querySelector('[data-setting=tvh_password] button').click()")
    browser.run("at('settings-save').click()")
    browser.wait("at('settings-done').textContent.startsWith('Saved')")
    assert "tvh_password" not in home.keeper.texts()


def test_the_doctor_and_the_next_run_are_asked_for_on_now(home, browser):
    browser.run("location.hash = 'now'")
    browser.wait("!at('actions').hidden")
    browser.run("at('run-now').click(); at('ask-doctor').click()")
    browser.wait("at('doctor-steps').children.length > 5")
    assert home.done == ["run"]


def test_an_attackers_page_changes_nothing_and_reads_nothing(home, browser, foreign):
    """With the session's cookie in the browser, which another port of this machine gets too."""
    before = dict(home.keeper.texts())
    for site in (f"127.0.0.1:{foreign}", f"localhost:{foreign}", f"evil.example:{foreign}"):
        browser.open(f"http://{site}/")
        for target in (home.address, f"http://evil.example:{home.web.port}"):
            assert (site, target, browser.run(ATTACK % json.dumps(target))) == (site, target, [])
    browser.open(f"http://evil.example:{home.web.port}/")  # which means this machine now
    assert "not this machine" in browser.run("document.body.textContent")
    assert browser.run(ATTACK % "location.origin") == []
    assert (dict(home.keeper.texts()), home.done) == (before, ["run"])
    # The cookie is still good for the page itself.
    browser.open(f"{home.address}/#settings", "document.querySelector('.setting')")
