"""No secret of the settings is in any answer of the page's server."""

import contextlib
import dataclasses
import json
import threading

import pytest

from gracenote2epg.clock import DAY
from gracenote2epg.config.keeper import FileKeeper
from gracenote2epg.errors import SourceError
from gracenote2epg.net.http_handler import BadQuery, File
from gracenote2epg.web import app
from gracenote2epg.web.sessions import Sessions
from gracenote2epg.web.status import RunStatus
from support.receivers import FileServer

SECRET = "zsecret"  # it is in each secret
LIST = "/live/zsecret-path/get.php?username=zsecret-user&password=zsecret-list"
RIGHT = """\
channels_from={list}
notify=https://bo:zsecret-hook@tv.example/zsecret-topic
notify=mailto:me@tv.example?server=mx.example&user=zsecret-me&password=zsecret-mail
"""
WRONG = """\
channels_from=ht{list}
notify=ntfy://bo:zsecret-hook@tv.example/,mailto:zsecret
output=dav://bo:zsecret-share@nas/tv.xml
category_map=dav://bo:zsecret-share@nas/map
ids_from=dav://bo:zsecret-share@nas/old.xml
tvh_url=http://bo:zsecret-tvh@127.0.0.1:1/
zsecret as a line
"""
QUERIES = ({}, {"q": "a"}, {"from": "x"}, {"station": "1", "start": "1"}, {"days": "99"})
BODIES = {
    "/settings/save": {"values": {"tvh_password": "zsecret-new", "days": "99"}},
    "/channels": {"stations": ["1"]},
}


class Server:
    """The page's server over a config file, with a session; ``said`` is all that it answered."""

    def __init__(self, folder, text, environ, clock):
        file = folder / "conf"
        shared = "postal_code=90210\ndays=1\ntvh_password=zsecret-tvh\nweb_code=zsecret-code\n"
        file.write_text(shared + text)
        self.keeper = FileKeeper({}, environ, str(file), {}, clock)
        sessions = Sessions(lambda: "zsecret-code", lambda: None, clock)
        controls = app.Controls(self.keeper, sessions, lambda: None)
        reading = self.keeper.read()
        self.status = RunStatus(reading.config, clock, reading.mistakes)
        self.status.config = dataclasses.replace(self.status.config, monitoring_port=0)
        self.page = app.PageServer(self.status, controls)
        self.routes, self.actions = app.routes(self.status, controls), self.page._actions()
        cookie = self.actions["/session"]({"code": "zsecret-code"}, {}, "").cookie
        self.cookies = dict([cookie.split(";")[0].split("=", 1)])
        self.said = {}

    def ask(self, path, query):
        with contextlib.suppress(BadQuery):
            answer = self.routes[path](query)
            if not isinstance(answer, File):
                self._hear(path, answer.body)

    def do(self, path, **body):
        with contextlib.suppress(BadQuery):
            answer = self.actions[path](body, self.cookies, "")
            self._hear(path, answer.body)
            return json.loads(answer.body)

    def _hear(self, path, body):
        self.said[path] = self.said.get(path, "") + body.decode()

    def walk(self, **answers):
        """Go through the set-up with these answers, else those that it proposes; to its last
        question or the first error; return the questions."""
        asked = [self.do("/setup")]
        while asked[-1]["step"] != "confirm" and "error" not in asked[-1]:
            question = asked[-1]
            values = question["default"]
            if question["step"] == "stations":
                values = [row["id"] for row in question["options"] if row["chosen"]]
            if question.get("is_set"):
                values = [""]
            given = {"values": answers.get(question["step"], values), "unchanged": True}
            asked.append(self.do("/setup/answer", id=question["id"], **given))
        return asked

    def all(self):
        for path in self.routes:
            for query in QUERIES:
                self.ask(path, query)
        for _ in range(1000):
            if self.do("/doctor"):
                break
            threading.Event().wait(0.01)
        else:
            pytest.fail("the doctor has not answered within 10 seconds")
        for path in self.actions:
            self.do(path, **BODIES.get(path, {}))

    @property
    def leaks(self):
        """Where a secret was said, and what stood before it."""
        return {
            path: text[max(0, text.index(SECRET) - 60) :][:90]
            for path, text in self.said.items()
            if SECRET in text
        }


@pytest.fixture(name="made")
def _made(server, tmp_path, clock):
    """Makes a server of these lines in the config file, and of a playlist's address."""
    variables = {
        "HOME": str(tmp_path),
        "GRACENOTE_BASE_URL": server.url,
        "GRACENOTE_DATA_DIR": str(tmp_path),
        "GRACENOTE_DETAILS": "no",
    }
    with contextlib.ExitStack() as stack:
        files = stack.enter_context(FileServer())
        files.bodies[LIST] = b'#EXTM3U\n#EXTINF:-1 tvg-chno="2.1",Two\nhttp://tv/2\n'
        address = f"http://bo:zsecret-login@127.0.0.1:{files.port}{LIST}"

        def make(lines):
            page = Server(tmp_path, lines.format(list=address), variables, clock)
            stack.enter_context(page.page)
            return page

        yield make


def test_no_answer_holds_a_secret(made, clock, monkeypatch):
    page = made(RIGHT)
    page.status.run(threading.Event(), lambda statistics: None)
    page.all()
    before = page.keeper.texts()["channels_from"]
    *_, question = page.walk(channels=["playlist"], player=["plex"])
    assert page.do("/setup/answer", id=question["id"], values=[])["step"] == "saved"
    assert page.keeper.texts()["channels_from"] == before  # kept, though not shown
    *_, question = page.walk(channels=["tvheadend"], tvh_url=["http://127.0.0.1:1"])
    assert question["step"] == "tvh_url"
    clock.advance(DAY)
    monkeypatch.setenv("HTTP_PROXY", "http://bo:zsecret-proxy@127.0.0.1:1")
    with pytest.raises(SourceError):
        page.status.run(threading.Event(), lambda statistics: None)
    page.all()
    assert page.leaks == {}


def test_no_answer_holds_a_secret_of_a_mistake(made):
    page = made(WRONG)
    page.all()
    assert len(page.status.document()["state"]["mistakes"]) == WRONG.count("\n")
    assert page.leaks == {}
