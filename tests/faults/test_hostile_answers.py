"""Answers of somebody who means harm, over real sockets and by the thousand: an Outcome or a model,
in bounded time and memory, and what passes for a guide makes a guide that is one.
"""

import contextlib
import dataclasses
import gzip
import itertools
import json
import os
import random
import re
import socket
import threading
import time
import tracemalloc
import zlib
from contextlib import suppress
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Tuple
from xml.etree import ElementTree

import pytest

from gracenote2epg import plan
from gracenote2epg.config import Config
from gracenote2epg.downloader.tasks import DetailsTask, GuideTask, Outcome, Task, Verdict
from gracenote2epg.fetch import Answer, Reader, Unreachable
from gracenote2epg.gracenote import api, parse, wire
from gracenote2epg.gracenote.api import Client
from gracenote2epg.gracenote.parse import BadAnswer
from gracenote2epg.harmless import http_date, read_json
from gracenote2epg.playlist import parse as playlist
from gracenote2epg.store import Store
from gracenote2epg.xmltv.writer import Style
from support import guides
from support.builders import (
    DAY,
    NOW,
    channel_row,
    details_body,
    event,
    grid_body,
    lineup,
    movie_body,
    providers_body,
)
from support.guides import fetch

from .spoilt_json import DEEP, mutant

MB = bytes(1 << 20)
OK = b"HTTP/1.1 200 OK\r\n"
LAST = OK + b"Connection: close\r\n"  # who asks again shall not find it closing
GZIP = b"Content-Encoding: gzip\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: http://198.51.100.7/\r\n"
WINDOW = GuideTask(lineup(), NOW, 6)
MEMORY = 5 * api.MOST_BYTES  # a body in pieces, whole and unpacked, and what reads it
SECONDS = 20.0  # that any of these may take on a busy machine; alone they take one at most
BAD, LOST, GONE, BUSY = Verdict.BAD, Verdict.UNREACHABLE, Verdict.GONE, Verdict.OVERLOADED


def bomb(levels: int = 1) -> bytes:
    """A gigabyte of zeros, packed into a megabyte; once more into a kilobyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    first, other = (packer.compress(MB) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    packed = first + 1023 * other + packer.flush()
    return packed if levels == 1 else gzip.compress(packed)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def slowly(data: bytes) -> Iterator[bytes]:
    """Byte after byte, for ever."""
    pause = threading.Event()
    for at in itertools.count():
        pause.wait(0.02)
        yield data[at % len(data) : at % len(data) + 1]


class Hostile(NamedTuple):
    """What is sent, piece after piece, and the verdicts that it may get."""

    send: Callable[[], Iterable[bytes]]
    verdicts: Tuple[Verdict, ...]


HOSTILE: Dict[str, Hostile] = {
    "a gzip bomb": Hostile(lambda: [OK + GZIP + b"\r\n", bomb()], (BAD,)),
    "a gzip bomb in chunks": Hostile(
        lambda: [OK + GZIP + CHUNKED + b"\r\n", chunk(bomb()), b"0\r\n\r\n"], (BAD,)
    ),
    "a gzip bomb in a gzip bomb": Hostile(
        lambda: [OK + b"Content-Encoding: gzip, gzip\r\n\r\n", bomb(2)], (BAD,)
    ),
    "a body without end": Hostile(
        lambda: itertools.chain([OK + b"\r\n"], itertools.repeat(MB)), (BAD,)
    ),
    "chunks without end": Hostile(
        lambda: itertools.chain([OK + CHUNKED + b"\r\n"], itertools.repeat(chunk(MB))), (BAD,)
    ),
    "a body of 10^18 bytes": Hostile(
        lambda: itertools.chain(
            [OK + b"Content-Length: 1%018d\r\n\r\n" % 0], itertools.repeat(MB)
        ),
        (BAD,),
    ),
    "a length of 5,000 digits": Hostile(
        lambda: [OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}"], (BAD, LOST)
    ),
    "a length that is no number": Hostile(
        lambda: [OK + b"Content-Length: \xb2\r\n\r\n{}"], (BAD, LOST)
    ),
    "a negative length": Hostile(lambda: [OK + b"Content-Length: -1\r\n\r\n{}"], (BAD, LOST)),
    "a chunk of negative length": Hostile(
        lambda: [OK + CHUNKED + b"\r\n-5\r\nhello\r\n"], (BAD, LOST)
    ),
    "a chunk of negative length without end": Hostile(
        lambda: itertools.chain([OK + CHUNKED + b"\r\n-1\r\n"], itertools.repeat(MB)), (LOST,)
    ),
    "a chunk of 2^64 bytes": Hostile(
        lambda: itertools.chain(
            [OK + CHUNKED + b"\r\n" + b"F" * 16 + b"\r\n"], itertools.repeat(MB)
        ),
        (BAD, LOST),
    ),
    "trailers without end": Hostile(
        lambda: itertools.chain(
            [OK + CHUNKED + b"\r\n0\r\n"], itertools.repeat(b"X: y\r\n" * 10_000)
        ),
        (BAD, LOST, BUSY),
    ),
    "headers without end": Hostile(
        lambda: itertools.chain([OK], itertools.repeat(b"X: y\r\n" * 1000)), (LOST,)
    ),
    "a header without end": Hostile(
        lambda: itertools.chain([OK + b"X: "], itertools.repeat(MB)), (LOST,)
    ),
    "a cookie in every header": Hostile(
        lambda: [OK, b"Set-Cookie: a=%b\r\n" % (b"b" * 9000) * 90, b"\r\n{}"], (BAD,)
    ),
    "interim answers without end": Hostile(
        lambda: itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), (LOST, BUSY)
    ),
    "headers that drip": Hostile(
        lambda: itertools.chain([OK], slowly(b"X: y\r\n")), (LOST, BUSY)
    ),
    "a body that drips": Hostile(
        lambda: itertools.chain([OK + b"\r\n"], slowly(b"[")), (BAD, LOST, BUSY)
    ),
    "a redirection with a body without end": Hostile(
        lambda: itertools.chain([MOVED + b"\r\n"], itertools.repeat(MB)), (BAD,)
    ),
    "a redirection with a gzip bomb": Hostile(
        lambda: [MOVED + GZIP + b"\r\n", bomb()], (BAD, GONE)
    ),
    "a redirection to no address": Hostile(
        lambda: [b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n"],
        (GONE,),
    ),
    "a wait that is no number": Hostile(
        lambda: [b"HTTP/1.1 429 No\r\nRetry-After: \xb2\r\nContent-Length: 0\r\n\r\n"],
        (Verdict.THROTTLED,),
    ),
    "a wait until the end of time": Hostile(
        lambda: [
            b"HTTP/1.1 429 No\r\nRetry-After: Fri, 31 Dec 99999999999 23:59:59 GMT\r\n"
            b"Content-Length: 0\r\n\r\n"
        ],
        (Verdict.THROTTLED,),
    ),
    "no answer but bytes": Hostile(lambda: [bytes(range(256)) * 9], (LOST, BAD)),
    "HTTP/0.9": Hostile(lambda: [b'{"channels": []}'], (LOST, BAD)),
    "a status that is none": Hostile(lambda: [b"HTTP/1.1 99999 Yes\r\n\r\n"], (LOST, BAD)),
    "nothing": Hostile(list, (LOST,)),
}  # fmt: skip


@contextlib.contextmanager
def sending(send: Callable[[], Iterable[bytes]], heard: "List[bytes]") -> Iterator[str]:
    """The address of a server that says this to every request, whatever it is."""
    listener = socket.create_server(("127.0.0.1", 0))
    talking: List[threading.Thread] = []
    open_ones: List[socket.socket] = []

    def talk(client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(SECONDS)
            heard.append(whole(client))
            for piece in send():
                client.sendall(piece)

    def listen() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                open_ones.append(client)
                talking.append(threading.Thread(target=talk, args=(client,)))
                talking[-1].start()

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(SECONDS)
        for client in open_ones:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for one in talking:
            one.join(SECONDS)


def whole(client: socket.socket) -> bytes:
    """A request with its form, which comes in a packet of its own."""
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += client.recv(1 << 16)
    head, _, form = asked.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    while length and len(form) < int(length.group(1)):
        form += client.recv(1 << 16)
    return head + b"\r\n\r\n" + form


def answered(client: Client, task: Task) -> Outcome:
    """What comes of it while a coordinator looks for requests that are overdue."""
    found: List[Outcome] = []
    thread = threading.Thread(target=lambda: found.append(fetch(client, task)))
    thread.start()
    while thread.is_alive():
        thread.join(0.05)
        client.cut_overdue()
    return found[0]


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_the_source_sends_is_an_outcome_in_bounded_time_and_memory(
    monkeypatch, tried, name
):
    monkeypatch.setattr(wire, "LIMIT", 1.0)
    hostile, heard = HOSTILE[name], []
    with sending(hostile.send, heard) as url:
        client = Client(dataclasses.replace(Config(), base_url=url), timeout=2.0)
        tracemalloc.start()
        began = time.monotonic()
        outcome = answered(client, WINDOW)
        took, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
        tracemalloc.stop()
        client.close()
    assert outcome.verdict in hostile.verdicts
    assert outcome.detail.isprintable()
    assert took < SECONDS
    assert peak < MEMORY
    assert heard
    tried("Hostile answers", name, "an outcome, in bounded time and memory")


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_server_of_the_users_own_sends_is_an_answer_or_a_sentence(tried, name):
    said = ""
    with sending(HOSTILE[name].send, []) as url, Reader(timeout=2.0, whole=1.0) as reader:
        tracemalloc.start()
        began = time.monotonic()
        try:
            answer = reader.get(url, most=1 << 20)
        except Unreachable as error:
            said = str(error)
        else:
            assert isinstance(answer, Answer)
            assert len(answer.body) <= 1 << 20
        took, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert said.isprintable()
    assert url.rpartition("/")[2] not in said
    assert took < SECONDS
    assert peak < MEMORY
    tried("Hostile players", name, "an answer or a sentence, in bounded time and memory")


@pytest.mark.parametrize("kind", [b"Basic realm=x", b'Digest realm="x", nonce="y"'])
def test_a_page_for_those_who_must_log_in_is_read_no_further_than_others(kind):
    head = b"HTTP/1.1 401 No\r\nWWW-Authenticate: " + kind + b"\r\n\r\n"
    with sending(lambda: itertools.chain([head], itertools.repeat(MB)), []) as url:
        tracemalloc.start()
        with Reader("user", "password", whole=10.0) as reader, pytest.raises(Unreachable):
            reader.get(url)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < MEMORY


@pytest.mark.parametrize("seed", range(60))
def test_a_head_of_garbage_is_an_outcome(seed):
    random_ = random.Random(seed)
    names = [
        b"Content-Length", b"Content-Encoding", b"Transfer-Encoding", b"Location", b"Retry-After",
        b"Date", b"Connection", b"Set-Cookie", b"Content-Type", b"\xff",
    ]  # fmt: skip
    values = [
        b"", b"0", b"-1", b"5", b"9" * 400, b"gzip", b"chunked", b"\x1b[2J", b"\x00", b"://",
        b"http://[", b"http://a:b@c:99999999/", b"close", b"a=b; Domain=.; Max-Age=x", b"\xb2",
        b"Thu, 99 Foo 0000 99:99:99 GMT", b"  ", b"\xe2\x80\xae", b",", b";",
    ]  # fmt: skip

    def head() -> List[bytes]:
        lines = [b"%b: %b\r\n" % (random_.choice(names), random_.choice(values)) for _ in range(5)]
        status = random_.choice([b"200", b"200", b"302", b"401", b"429", b"503", b"206", b"204"])
        return [b"HTTP/1.1 " + status + b" \x1b\r\n", *lines, b"\r\n", b'5\r\n{"a":\r\n0\r\n\r\n']

    sent = head()
    with sending(lambda: sent, []) as url:
        client = Client(dataclasses.replace(Config(), base_url=url), timeout=2.0)
        outcome = fetch(client, WINDOW)
        client.close()
        assert outcome.verdict is not Verdict.OK
        assert outcome.detail.isprintable()
        with Reader("user", "password", timeout=2.0, whole=4.0) as reader, suppress(Unreachable):
            reader.get(url)


def test_a_cookie_is_not_kept(monkeypatch):
    heard: List[bytes] = []
    send = [LAST + b"Set-Cookie: who=you\r\nContent-Length: 2\r\n\r\n{}"]
    with sending(lambda: send, heard) as url:
        client = Client(dataclasses.replace(Config(), base_url=url))
        fetch(client, WINDOW)
        fetch(client, WINDOW)
        client.close()
    assert len(heard) == 2
    assert b"who=you" not in b"".join(heard)


def test_dates_of_any_kind_are_dates_or_none():
    random_ = random.Random(1)
    parts = ["Fri,", "31", "Dec", "2026", "99999999999", "23:59:59", "GMT", "+99999999", "-", ",",
             "", " ", "\t", "a", "0", "::", "1:2:3:4", "\x00", "+0000", "(", "²"]  # fmt: skip
    for _ in range(5000):
        text = random_.choice(["", " "]).join(random_.choices(parts, k=random_.randrange(9)))
        found = http_date(text)
        assert found is None or isinstance(found, float)


# Their insides


def all_clean(value: Any) -> bool:
    """Every text of a model has one line and nothing that XML, a terminal or a disk chokes on."""
    if isinstance(value, tuple):
        return all(map(all_clean, value))
    if isinstance(value, str):
        return (
            len(value) <= 10_001  # one letter can become two, in a capital
            and value == " ".join(value.split())
            and not any(ord(one) < 32 or 0x7F <= ord(one) < 0xA0 for one in value)
            and value.encode() is not None
        )
    return value is None or isinstance(value, (bool, int))


GRID = json.loads(
    grid_body(
        channel_row(event(), event(startTime="2026-09-13T05:03:00Z", endTime="", duration="60")),
        channel_row(event(tmsId="MV090003000000", seriesId="MV09000300"), channelId="90002"),
    )
)
SERIES, MOVIE = json.loads(details_body()), json.loads(movie_body())
LISTS = json.loads(providers_body())
READERS: List[Tuple[str, Any, Callable[[bytes], Any], int]] = [
    ("the grid", GRID, parse.guide, 5),
    ("a series", SERIES, lambda body: parse.details(body, "SH09000100"), 2),
    ("a movie", MOVIE, lambda body: parse.details(body, "MV09000300"), 1),
    ("the lineups", LISTS, lambda body: parse.providers(body, "USA", "10001"), 2),
]


def test_ten_thousand_mutants_are_models_or_bad_answers_and_what_passes_makes_a_guide(
    torture, tried, tmp_path
):
    for name, original, reader, share in READERS:
        count = share * (1000 if torture else 240)
        models, refused, took = [], set(), 0.0
        for seed in range(count):
            body = mutant(original, random.Random(f"{name} {seed}"))
            began = time.monotonic()
            try:
                models.append(reader(body))
            except BadAnswer as error:
                refused.add(str(error))
            except Exception as error:
                pytest.fail(f"{name}, seed {seed}: {type(error).__name__}: {error}"[:300])
            took = max(took, time.monotonic() - began)
        assert len(models) > count / 3  # else they would be too wild to test anything
        assert all(all_clean(tuple(model)) for model in models)
        if reader is parse.guide:
            shown = [airing for model in models for _, own in model.airings for airing in own]
            assert all(airing.stop > airing.start and airing.title for airing in shown)
        assert all(map(str.isprintable, refused))
        assert took < 5.0
        keep(models, reader, tmp_path)
        tried("Hostile answers", f"a mutant of {name}", "a model or a bad answer", count)


def keep(models: List[Any], reader: Any, folder: Any) -> None:
    """What passed can be stored, read back and, if it is a guide, be written."""
    with Store(str(folder / "data")) as store:
        for number, model in enumerate(models):
            if reader is parse.guide:
                here = lineup(lineup_id=f"USA-ZZ{number:05}-DEFAULT")
                store.keep_guide(here, NOW, 6, model, NOW)
                if number % 10 == 0:
                    check_guide(store, here, folder / f"{number}.xml", strictly=number % 100 == 0)
            elif isinstance(model, parse.Details):
                store.keep_details(model, NOW)
            else:
                store.keep_providers("USA", "10001", model, NOW)
                assert store.providers("USA", "10001")[0] == model


def check_guide(store: Store, here: Any, path: Any, strictly: bool) -> None:
    span = plan.Span(NOW - DAY, NOW + DAY)
    listed = guides.Guide(store, [here], span).listings()
    if not listed:
        return
    style = Style("img.example", images="all", live=False)
    path.write_text(guides.text(store, [here], span, style), encoding="utf-8")
    ElementTree.parse(str(path))
    if strictly and os.path.exists(guides.DTD):
        done = guides.tool("xmllint", "--noout", "--nonet", "--dtdvalid", guides.DTD, str(path))
        assert done.returncode == 0, done.stderr.decode()[:500]


@pytest.mark.parametrize("deep", DEEP, ids=["lists", "objects", "closed lists"])
def test_what_is_nested_too_deeply_is_a_bad_answer(deep):
    for reader in (parse.guide, lambda body: parse.details(body, "SH09000100")):
        with pytest.raises(BadAnswer):
            reader(deep.encode())
    with pytest.raises(ValueError, match=r"nested|JSON|line 1|lists no"):
        playlist(b"[" + deep.encode())


def test_a_number_is_read_in_no_time_however_long_it_is():
    body = b'{"channels": ' + b"9" * (8 << 20) + b"}"
    began = time.monotonic()
    assert len(read_json(body)["channels"]) == 8 << 20
    assert time.monotonic() - began < 5.0


@pytest.mark.parametrize(
    "line", ["a=" * 400_000, 'a="' * 400_000, "a='b\"" * 300_000, ", " * 400_000, "a=b," * 400_000]
)
def test_a_playlist_is_read_in_no_time_however_it_is_written(line):
    began = time.monotonic()
    with suppress(ValueError):
        playlist(f"#EXTM3U\n#EXTINF:-1 {line}\n".encode())
    assert time.monotonic() - began < 5.0


def test_ids_that_lead_elsewhere_are_not_taken():
    bad = ["../../x", "'; drop table", "a\x00/b", "a/b", "a\nb", "a|b", "<x>", "a" * 100, "é"]
    row = LISTS["Providers"][1]
    for key in ("lineupId", "headendId", "device"):
        rows = [{**row, key: text} for text in bad]
        assert parse.providers(providers_body(*rows), "USA", "10001") == ()
    grid = grid_body(*[channel_row(event(), channelId=text) for text in bad], channel_row(event()))
    assert [own.station_id for own in parse.guide(grid).stations] == ["90001"]
    ids = [event(seriesId=text, tmsId=text, id=text) for text in bad]
    assert {own.series_id for _, rows in parse.guide(grid_body(channel_row(*ids))).airings
            for own in rows} == {""}  # fmt: skip


def test_ids_of_tasks_are_quoted_in_addresses():
    heard: List[bytes] = []
    odd = "../../x?a=b&c#d\r\nX: y'\" \x00é"
    with sending(lambda: [LAST + b"Content-Length: 2\r\n\r\n{}"], heard) as url:
        client = Client(dataclasses.replace(Config(), base_url=url))
        fetch(client, GuideTask(lineup(lineup_id=odd, headend_id=odd, device=odd), NOW, 6))
        fetch(client, DetailsTask(odd))
        client.close()
    first, second = heard
    assert first.startswith(b"GET /api/grid?lineupId=..%2F..%2Fx%3Fa%3Db%26c%23d%0D%0AX%3A+y%27")
    assert second.partition(b"\r\n\r\n")[2].startswith(b"programSeriesID=..%2F..%2Fx%3Fa%3Db%26c")
    assert b"\nX: y" not in first + second
