"""The code of the page, and the sessions that it opens."""

import os

import pytest

from gracenote2epg.errors import GrabError, WrongCode
from gracenote2epg.web import sessions
from gracenote2epg.web.sessions import ALPHABET, LENGTH, MAX_WRONG_ALL, Sessions, kept_code

CODE = "K7MPQRST"


def test_the_code_is_kept_where_only_its_owner_reads_it(tmp_path, clock):
    folder = str(tmp_path / "data")
    code = kept_code(folder, clock.now())
    assert (len(code), set(code) <= set(ALPHABET)) == (LENGTH, True)
    assert kept_code(folder, clock.now()) == code
    path = os.path.join(folder, sessions.FILE)
    assert os.name == "nt" or os.stat(path).st_mode & 0o077 == 0
    if os.name != "nt" and os.geteuid() == 0:  # as docker exec is, where the server is not
        os.remove(path)
        os.chown(folder, 4321, 4321)
        victim = tmp_path / "victim"
        victim.write_text("root's")
        os.symlink(victim, path)  # by the folder's owner
        kept_code(folder, clock.now())
        assert (os.lstat(path).st_uid, os.stat(victim).st_uid) == (4321, 0)
        assert victim.read_text() == "root's"
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
    code[0] = "a-fixed-code"
    assert not held.is_open(token)
    assert held.is_open(held.open("a-fixed-code "))


def test_five_wrong_codes_a_minute_then_none_from_that_address(clock):
    held = Sessions(lambda: CODE, lambda: None, clock)

    def sentence(code, address="192.168.1.7"):
        with pytest.raises(WrongCode) as wrong:
            held.open(code, address)
        return str(wrong.value)

    for code in ("", CODE[:-1], "\ud800", "é", "WRONG"):
        assert "not the code" in sentence(code)
        clock.advance(10)
    assert sentence(CODE) == "5 codes were wrong. Wait 10 seconds."
    assert held.open(CODE, "192.168.1.8")
    clock.advance(11)
    assert held.open(CODE, "192.168.1.7")
    clock.advance(60)
    for number in range(MAX_WRONG_ALL):
        assert "not the code" in sentence("WRONG", f"fd00::{number:x}")
    assert sentence(CODE, "fd01::1") == "50 codes were wrong. Wait 60 seconds."
    clock.advance(61)
    assert held.open(CODE, "fd01::1")
