"""Hostile files and answers of players: refused in one sentence, no control character passes.
Quick tests have a second, so slow parsing would fail.
"""

import json
import logging
import os
import random
import threading
from contextlib import suppress
from typing import Any, Callable, Dict, List

import pytest

from gracenote2epg.channels import tvheadend
from gracenote2epg.channels.matching import Match
from gracenote2epg.channels.player_channels import ChannelList
from gracenote2epg.channels.playlist import parse as parse_playlist
from gracenote2epg.channels.playlist import read as read_playlist
from gracenote2epg.channels.tvheadend import PAGE, Tvheadend, TvhModule
from gracenote2epg.cli import stdio, tables
from gracenote2epg.config import settings, sources
from gracenote2epg.config.xml_files import read_settings, read_xml
from gracenote2epg.errors import GrabError, InputFileError, NotTvheadend
from gracenote2epg.net.client import Response
from gracenote2epg.setup import earlier_grabber
from gracenote2epg.util.redact import RedactingFormatter
from gracenote2epg.xmltv.options import read_categories
from gracenote2epg.xmltv.reader import read_channel_names

from .conftest import slow
from .spoilt_json import DEEP, TEXTS, mutant

SECRET = "what no file may bring in"
PLAIN = "<settings><setting id='zipcode'>90210</setting></settings>"
BODY = PLAIN.replace("90210", "&x;")
OFTEN = BODY.replace("&x;", 9000 * "&x;")
LAUGHS = "".join('<!ENTITY l{} "{}">'.format(n, f"&l{n - 1};" * 10) for n in range(1, 12))


def typed(inside: str, body: str = BODY) -> bytes:
    return f"<?xml version='1.0'?><!DOCTYPE settings [{inside}]>{body}".encode()


# FILE stands for the address of a file with the secret.
XML: Dict[str, bytes] = {
    "a bomb of entities": typed(f'<!ENTITY l0 "ha">{LAUGHS}<!ENTITY x "&l11;">'),
    "a long entity, often": typed(f'<!ENTITY x "{"a" * 90_000}">', OFTEN),
    "an entity from a file": typed('<!ENTITY x SYSTEM "FILE">'),
    "an entity from the network": typed('<!ENTITY x SYSTEM "http://198.51.100.7/x">'),
    "an entity of parameters": typed('<!ENTITY % p SYSTEM "FILE"> %p;', PLAIN),
    "a foreign DTD": f'<!DOCTYPE settings SYSTEM "FILE">{PLAIN}'.encode(),
    "a DTD": typed("<!ELEMENT settings ANY>", PLAIN),
    "an entity that is not there": BODY.encode(),
    "an unknown encoding": b"<?xml version='1.0' encoding='x-none'?>" + PLAIN.encode(),
    "a wrong encoding": "<?xml version='1.0' encoding='utf-8'?><a>é</a>".encode("latin-1"),
    "an encoding of several bytes": b"<?xml version='1.0' encoding='big5-hkscs'?><a>\x88</a>",
    "UTF-16 that is none": b"<?xml version='1.0' encoding='utf-16'?><a/>",
    "megabytes": b"<settings>" + b"<a/>" * 500_000 + b"</settings>",
    "nothing": b"",
    "bytes": bytes(range(256)) * 10,
    "no end": b"<settings><setting id='zipcode'>90210",
    "two documents": PLAIN.encode() * 2,
    "a NUL": b"<settings>\x00</settings>",
    "a control character": b"<settings><setting id='zipcode'>\x1b[2J</setting></settings>",
}  # fmt: skip


def write(folder: Any, name: str, content: bytes) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    secret, path = folder / "secret", folder / name
    secret.write_text(SECRET, encoding="utf-8")
    path.write_bytes(content.replace(b"FILE", secret.as_uri().encode()))
    return str(path)


def test_hostile_xml_files_are_refused_in_one_sentence(tmp_path):
    """Kodi's are a user error, zap2epg's are ignored."""
    failures = []
    for name, content in XML.items():
        path = write(tmp_path, "settings.xml", content)
        for reader in (read_xml, read_settings):
            with pytest.raises(InputFileError, match="Fix the file") as refused:
                reader(path)
            if SECRET in str(refused.value):
                failures.append(name)
        data = tmp_path / ".kodi" / "userdata" / "addon_data"
        for addon in (settings.ADDON_ID, earlier_grabber.ADDON_ID):
            write(data / addon, "settings.xml", content)
        environ = {"HOME": str(tmp_path)}
        with pytest.raises(InputFileError):
            sources.read({}, environ, None)
        if earlier_grabber.find(environ) is not None:
            failures.append(name)
    assert failures == []


# Files that the page's settings can name, and that are none of what they are for.
FOREIGN = (
    "root:$6$WORD$x:19000:0:99999:7:::\nWORD:!:1:\n", "tvh_password=WORD\nWORD\n", "\0\x7fWORD\0",
    '{"WORD": "WORD", "LineupURL": "http://127.0.0.1:1/WORD"}', '["WORD", {"name": "WORD"}]',
    '["WORD", WORD', '{"a": "WORD\n"', "<a><WORD x='WORD'>WORD</WORD></a>", "<a><WORD>WORD</b></a>",
    "<!DOCTYPE a [<!ENTITY WORD 'WORD'>]><a>&WORD;</a>", "<!DOCTYPE WORD SYSTEM ''><tv>&WORD;</tv>",
    "<?xml version='1.0' encoding='WORD'?><a/>", "<WORD:a/>", "-----BEGIN PRIVATE KEY-----\nWORD\n",
)  # fmt: skip


def test_no_refusal_quotes_the_file(tmp_path):
    told = []
    for content in FOREIGN:
        path = write(tmp_path, "file", content.replace("WORD", "s3cr3t").encode())
        readers = read_xml, read_categories, read_playlist
        for read in (*readers, lambda path: read_channel_names(path, threading.Event())):
            try:
                read(path)
            except GrabError as error:
                told.append(str(error))
    assert len(told) > 3 * len(FOREIGN)
    assert [text for text in told if "s3cr3t" in text] == []


TEXT_FILES: Dict[str, Callable[[str], Any]] = {
    "the config file": lambda path: sources.load([sources.from_file(path)]),
    "the categories": read_categories,
    "the playlist": read_playlist,
}


@pytest.mark.parametrize("name", ["the config file", "the categories", *slow("the playlist")])
def test_hostile_text_files_are_refused_in_one_sentence(tmp_path, record_property, name):
    random_ = random.Random(name)
    contents = [
        b"days=3\n" * 2_000_000,
        b"\xff\xfe" + "days=3".encode("utf-16"),
        b"\x00" * 1000,
        "é=ü".encode("latin-1"),
        bytes(random_.randrange(256) for _ in range(5000)),
        b"#" * (6 << 20),
        b"x" * 900_000,
        b"\x1b]0;owned\x07\x1b[2J\n",
    ]
    for content in contents:
        path = write(tmp_path, "some.file", content)
        with pytest.raises(GrabError) as refused:
            TEXT_FILES[name](path)
        assert "\x1b" not in str(refused.value)
    record_property("cases", len(contents))


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="this system has no endless file")
@pytest.mark.slow
def test_an_endless_file_is_refused_in_one_sentence():
    for reader in (*TEXT_FILES.values(), read_xml):
        with pytest.raises(GrabError, match="more than"):
            reader("/dev/zero")


# Answers of players


class Scripted:
    """A fake connection to Tvheadend: every answer has this body."""

    username = ""

    def __init__(self, body: bytes) -> None:
        self.body, self.requests = body, 0

    def get(self, url: str, params: Any = None) -> Response:
        self.requests += 1
        return Response(200, {}, self.body)


def calls(body: bytes) -> List[Callable[[], Any]]:
    server: Any = Tvheadend("http://tvh.example", Scripted(body))
    module = TvhModule("u", "t", True)
    return [
        server.version, server.channels, server.sources, server.modules, server.first_events,
        lambda: server.module_fields(module), lambda: list(server.grid("x")),
    ]  # fmt: skip


ROW = {
    "uuid": "a1", "id": "i", "name": "N", "names": "a,b", "number": 5.1, "enabled": True,
    "epgauto": True, "epggrab": ["b2"], "modid": "m", "channels": ["c"], "updated": 1789257600,
    "module": "M", "title": "T", "status": "epggrabmodEnabled", "channelUuid": "a1",
    "params": [{"id": "path", "value": "/usr/bin/x"}],
}  # fmt: skip
GRID = {"entries": [ROW, ROW], "total": 2, "sw_version": "4.3"}
LINEUP = [{"GuideNumber": "2.1", "GuideName": "WZAA", "HD": 1, "URL": "http://x/"}] * 2


def test_mutants_of_tvheadends_answers_are_accepted_or_refused(torture, record_property):
    assert all(call() for call in calls(json.dumps(GRID).encode()))
    count = 1000 if torture else 150
    for seed in range(count):
        body = mutant(GRID, random.Random(f"tvheadend {seed}"))
        for number, call in enumerate(calls(body)):
            try:
                call()
            except NotTvheadend:
                continue
            except Exception as error:
                pytest.fail(f"seed {seed}, call {number}: {type(error).__name__}: {error}"[:300])
    record_property("cases", count)


def test_mutants_of_an_hdhomeruns_lineup_are_accepted_or_refused(torture, record_property):
    assert len(parse_playlist([json.dumps(LINEUP).encode()]).channels) == 2
    count = 1000 if torture else 200
    for seed in range(count):
        body = mutant(LINEUP, random.Random(f"hdhomerun {seed}"))
        with suppress(ValueError):
            parse_playlist([body])
    record_property("cases", count)


def test_deep_nesting_is_no_tvheadend():
    for call in [call for deep in DEEP for call in calls(deep.encode())]:
        with pytest.raises(NotTvheadend):
            call()


def test_an_endless_grid_is_refused(monkeypatch):
    monkeypatch.setattr(tvheadend, "MAX_ENTRIES", 2 * PAGE)
    connection = Scripted(json.dumps({**GRID, "entries": [ROW] * PAGE, "total": 10**12}).encode())
    with pytest.raises(NotTvheadend, match="more than"):
        Tvheadend("http://tvh.example", connection).channels()
    assert connection.requests <= 3


# Control characters on the terminal and in the log

EVIL = [text for text in TEXTS if not text.isprintable()]


def control_letters(text: str) -> List[str]:
    return [letter for letter in text if not letter.isprintable() and letter not in " \n"]


def test_no_control_character_reaches_the_terminal(capfd):
    for text in EVIL:
        stdio.print_out(f"before {text} after")
        stdio.print_err(f"before {text} after")
    for output in capfd.readouterr():
        assert "before \\x1b[2J\\x1b]0;owned\\x07 after" in output
        assert not control_letters(output)


def test_control_characters_in_channel_names_are_escaped(capfd):
    playlist = parse_playlist([b"#EXTM3U\n#EXTINF:-1,\x1b[2J\x9bEvil\x07\nhttp://x\n"]).channels
    player = ChannelList("a list", playlist)
    stdio.print_out(tables.format_matches(player, [Match(playlist[0], "", 0, "")], []))
    output = capfd.readouterr().out
    assert "\\x1b[2J\\x9bEvil\\x07" in output
    assert not control_letters(output)


def test_a_log_record_cannot_forge_another(tmp_path):
    path = tmp_path / "log"
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(RedactingFormatter("%(levelname)s: %(message)s"))
    logger = logging.getLogger("hostile")
    logger.addHandler(handler)
    try:
        logger.error("a title: %s", "x\nERROR: forged\r\n\x1b[2J\u2028\ud800")
        try:
            raise ValueError("x\nERROR: forged\n\x1b[2J")
        except ValueError:
            logger.exception("a bug")
    finally:
        logger.removeHandler(handler)
        handler.close()
    lines = path.read_text(encoding="utf-8").split("\n")
    assert lines[0] == "ERROR: a title: x\\nERROR: forged\\x0d\\n\\x1b[2J\\u2028\\ud800"
    assert [line for line in lines if line.startswith("ERROR")] == [lines[0], "ERROR: a bug"]
    assert not control_letters("".join(lines))
