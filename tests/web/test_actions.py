"""What changes something on the page: sessions, settings, a run, the doctor."""

import dataclasses
import functools
import json
import threading

import pytest

from gracenote2epg.config.settings import all_settings
from gracenote2epg.errors import RequestRefused
from gracenote2epg.net.http_handler import BadQuery
from gracenote2epg.web import app, checkup
from gracenote2epg.web.checkup import Checkup
from gracenote2epg.web.sessions import Sessions
from gracenote2epg.web.status import RunStatus
from support import guides

CODE = "K7MPQRST"
NEEDS = {"error": app.NEEDS_CODE, "needs_code": True}


class Page:
    """The actions of a page, as the web server calls them."""

    def __init__(self, settings, clock):
        self.keeper, self.tried, self.clock = guides.keeper(settings, clock), [], clock
        sessions = Sessions(lambda: CODE, lambda: None, clock)
        self.controls = app.Controls(self.keeper, sessions, lambda: self.tried.append(1))
        self.cookies = {}
        self.show()

    def show(self):
        reading = self.keeper.read()
        self.status = RunStatus(reading.config, self.clock, reading.mistakes)
        made = Checkup(reading.config, self.clock)
        doctor = {"/doctor": lambda body: made.answer()}
        self.actions = app.web_actions(self.status, self.controls, doctor)

    def do(self, path, **body):
        answer = self.actions[path](body, self.cookies, "")
        return answer.status, json.loads(answer.body)

    def enter(self):
        cookie = self.actions["/session"]({"code": CODE}, {}, "").cookie
        name, token = cookie.split(";")[0].split("=")
        self.cookies = {"other": "1", name: token}
        return cookie

    def settings(self):
        return {row["name"]: row for row in self.do("/settings")[1]["settings"]}


@pytest.fixture(name="page")
def _page(server, tmp_path, clock):
    page = Page(guides.settings(server, tmp_path, tvh_password="geheim"), clock)
    page.enter()
    return page


def test_a_session_is_a_cookie_that_no_script_reads_and_all_actions_need_it(page):
    page.cookies = {}
    assert page.actions["/session"]({"code": "WRONG"}, {}, "").cookie == ""
    assert page.do("/session", code="WRONG")[0] == 400
    everything = set(page.actions) - {"/session"}
    assert {path: page.do(path) for path in everything} == dict.fromkeys(everything, (401, NEEDS))
    assert page.tried == []
    cookie = page.enter()
    assert cookie.startswith("gracenote2epg_9989=")
    assert cookie.endswith("; HttpOnly; SameSite=Strict; Path=/")
    page.cookies = {name: token.swapcase() for name, token in page.cookies.items()}
    assert page.do("/run")[0] == 401


def test_the_settings_are_all_there_without_secrets(page):
    page.do("/settings/save", values={"channels_from": "http://me:pw@tv/list?token=abc"})
    answer = page.actions["/settings"]({}, page.cookies, "").body.decode()
    assert [text for text in ("geheim", "me:pw", "abc") if text in answer] == []
    rows = page.settings()
    assert [*rows] == [row.name for row in all_settings()]
    assert (rows["tvh_password"]["value"], rows["tvh_password"]["is_hidden"]) == ("(hidden)", True)
    assert (rows["channels_from"]["value"], rows["channels_from"]["is_hidden"]) == (
        "http://tv/list?...",
        True,
    )
    days = {name: rows["days"][name] for name in ("value", "default", "low", "high", "kind")}
    assert days == {"value": "1", "default": "7", "low": 1, "high": 14, "kind": "integer"}
    assert rows["days"]["origin"].endswith("my.conf")
    assert (rows["web_code"]["value"], rows["web_code"]["origin"]) == ("", "")
    assert [name for name in rows if rows[name]["needs_restart"]] == [
        "monitoring_port",
        "monitoring_host",
        "monitoring_names",
    ]


def test_settings_are_saved_all_or_none(page):
    wrong = {"days": "99", "profile": "plex", "tvh_url": "ftp://x", "nosuch": "1"}
    code, answer = page.do("/settings/save", values=wrong)
    assert (code, sorted(answer["errors"])) == (200, ["", "days", "tvh_url"])
    assert "a whole number from 1 to 14" in answer["errors"]["days"]
    assert page.settings()["profile"]["value"] == ""
    right = {"days": "3", "profile": "plex", "tvh_password": ""}
    assert page.do("/settings/save", values=right) == (200, {"errors": {}, "errors_said": {}})
    rows = page.settings()
    assert [rows[name]["value"] for name in right] == ["3", "plex", ""]
    assert page.keeper.read().config.days == 3
    for values in ("x", {"days": 5}, {"days": None}, {"days": ["5"]}):
        with pytest.raises(BadQuery):
            page.do("/settings/save", values=values)


def test_a_browser_keeps_a_list_and_reads_no_other_file(page, tmp_path):
    (tmp_path / "mine.txt").write_text("2.1")
    page.keeper.save({"channels": f"@{tmp_path}/mine.txt"})
    secret = tmp_path / "secret"
    secret.write_text("geheim")
    for added, is_saved in (("4.1", True), (f"@{secret}", False), (f"!@{secret}", False)):
        values = {"channels": f"@{tmp_path}/mine.txt,{added}"}
        errors = page.do("/settings/save", values=values)[1]["errors"]
        assert (errors == {}, "geheim" in str(errors)) == (is_saved, False)
    assert "write @FILE in the config file" in errors["channels"]


def test_try_again_starts_a_run_but_not_during_a_cooldown_nor_with_a_mistake(page, server):
    assert (page.do("/run"), page.tried) == ((200, {}), [1])
    server.faults.refuse(403)
    with pytest.raises(RequestRefused):
        page.status.run(threading.Event(), lambda statistics: None)
    code, answer = page.do("/run")
    assert (code, page.tried) == (400, [1])
    assert "no requests before" in answer["error"]
    page.do("/settings/save", values={"days": "3"})
    with open(page.keeper._file, "a", encoding="utf-8") as file:
        file.write("colour=red\n")
    page.show()
    assert "the key 'colour'" in page.do("/run")[1]["error"]
    state = page.status.document()["state"]
    assert state["mistakes"][0]["text"].startswith("the key 'colour' (from ")


def doctors_report(page):
    while True:
        code, answer = page.do("/doctor")
        assert code == 200
        if answer:
            return answer
        threading.Event().wait(0.01)


def test_the_doctor_is_asked_once_a_minute(page, clock):
    page.status.run(threading.Event(), lambda statistics: None)
    report = functools.partial(doctors_report, page)
    first = report()
    assert [row["state"] for row in first["steps"]].count("ok") > 3
    assert first["diagnosis"]
    assert report() == first
    clock.advance(3 * 86400)
    assert report() != first


def test_a_bug_in_the_doctors_checks_is_told_once_a_minute(page, monkeypatch):
    calls = []
    monkeypatch.setattr(checkup, "run_checks", lambda *given: calls.append(given) or 1 / 0)
    assert "by a bug" in doctors_report(page)["diagnosis"]
    assert (doctors_report(page)["ok"], len(calls)) == (False, 1)


def test_no_check_outlives_the_page(page, server):
    server.faults.mute()
    page.status.config = dataclasses.replace(page.status.config, monitoring_port=0)
    with app.PageServer(page.status, page.controls) as web:
        assert web._checkup.answer() == {}
    assert [thread for thread in threading.enumerate() if thread.name == "doctor"] == []
