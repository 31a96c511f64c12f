"""The code of the page, its sessions, and what changes something through them."""

import json
import os

import pytest

from gracenote2epg.config.keeper import FileKeeper
from gracenote2epg.errors import GrabError, WrongCode
from gracenote2epg.web import app, sessions
from gracenote2epg.web.sessions import ALPHABET, LENGTH, Sessions, kept_code
from gracenote2epg.web.status import RunStatus

CODE = "K7MPQRST"


def test_the_code_is_kept_where_only_its_owner_reads_it(tmp_path, clock):
    folder = str(tmp_path / "data")
    code = kept_code(folder, clock.now())
    assert (len(code), set(code) <= set(ALPHABET)) == (LENGTH, True)
    assert kept_code(folder, clock.now()) == code
    path = os.path.join(folder, sessions.FILE)
    assert os.name == "nt" or os.stat(path).st_mode & 0o077 == 0
    for damaged in ("", "x", "é" * 8, "0" * 8):
        with open(path, "w", encoding="utf-8") as file:
            file.write(damaged)
        assert len(kept_code(folder, clock.now())) == LENGTH
    with open(folder + "2", "w", encoding="utf-8"), pytest.raises(GrabError, match="Cannot write"):
        kept_code(folder + "2", clock.now())


def test_a_session_needs_the_code_and_ends_when_it_changes(clock):
    code, asked = [CODE], []
    held = Sessions(lambda: code[0], lambda: asked.append(1), clock)
    token = held.open(f" {CODE.lower()} ")
    assert (held.is_open(token), asked) == (True, [])
    assert [held.is_open(other) for other in ("", "x", token.upper())] == [False] * 3
    assert len(asked) == 1  # the user is told once
    code[0] = "a fixed code"
    assert not held.is_open(token)
    assert held.is_open(held.open("a fixed code"))


def test_five_wrong_codes_a_minute_then_none_for_a_minute(clock):
    held = Sessions(lambda: CODE, lambda: None, clock)

    def sentence(code):
        with pytest.raises(WrongCode) as wrong:
            held.open(code)
        return str(wrong.value)

    for code in ("", CODE[:-1], CODE + "A", "é"):
        assert "not the code" in sentence(code)
    clock.advance(61)
    for _ in range(5):
        assert "not the code" in sentence("WRONG")
        clock.advance(10)
    assert sentence(CODE) == "5 codes were wrong. Wait 50 seconds."
    clock.advance(51)
    assert held.open(CODE)


@pytest.fixture(name="web")
def _web(server, tmp_path, clock):
    """The page with its controls; asks it as a browser with cookies does."""
    options = {"data_dir": str(tmp_path), "base_url": server.url, "monitoring_port": "9"}
    keeper = FileKeeper(options, {"HOME": str(tmp_path)}, None, {}, clock)
    held = Sessions(lambda: CODE, lambda: None, clock)
    status = RunStatus(keeper.config({"postal_code": "90210"}), clock)
    actions = app.web_actions(status, app.Controls(keeper, held))

    def ask(path, body, cookies=""):
        answer = actions[path](body, dict([cookies.split("=")[:2]]) if cookies else {})
        return answer.status, json.loads(answer.body), answer.cookie

    return ask


def test_a_session_is_a_cookie_that_no_script_reads(web):
    code, answer, cookie = web("/session", {"code": "WRONG"})
    assert (code, cookie) == (400, "")
    assert answer["error"].startswith("That is not the code. It stands in the log")
    code, answer, cookie = web("/session", {"code": CODE})
    assert (code, answer) == (200, {})
    name, token = cookie.split(";")[0].split("=")
    assert (name, len(token)) == ("gracenote2epg_9", 43)
    assert cookie.endswith("; HttpOnly; SameSite=Strict; Path=/")
