"""Hostile bytes on the socket: an Outcome or one sentence, in bounded time and memory."""

import contextlib
import gzip
import itertools
import random
import threading
import tracemalloc
import zlib
from contextlib import suppress
from typing import Callable, Dict, Iterable, Iterator, List, NamedTuple, Tuple

import pytest

from gracenote2epg.gracenote import responses
from gracenote2epg.gracenote.client import Client
from gracenote2epg.gracenote.tasks import DetailsTask, GuideTask, Outcome, Task, Verdict
from gracenote2epg.net import sockets
from gracenote2epg.net.client import MAX_BYTES, HttpClient, RequestFailed, Response
from gracenote2epg.util.sanitize import parse_http_date
from support.builders import NOW, lineup
from support.guides import fetch

from .hostile import client_at, sending

MB = bytes(1 << 20)
OK = b"HTTP/1.1 200 OK\r\n"
LAST = OK + b"Connection: close\r\n"  # the next request must not meet a closing connection
GZIP = b"Content-Encoding: gzip\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: http://198.51.100.7/\r\n"
NO = b"HTTP/1.1 429 No\r\nContent-Length: 0\r\nRetry-After: %b\r\n\r\n"
WINDOW = GuideTask(lineup(), NOW, 6)
MEMORY = 5 * responses.MAX_BYTES  # a body in pieces, whole and unpacked, and what reads it
BAD, LOST, GONE, BUSY = Verdict.BAD, Verdict.UNREACHABLE, Verdict.GONE, Verdict.OVERLOADED
Send = Callable[[], Iterable[bytes]]


def bomb(levels: int = 1) -> bytes:
    """A gigabyte of zeros, packed into a megabyte; once more into a kilobyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    first, other = (packer.compress(MB) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    packed = first + 1023 * other + packer.flush()
    return packed if levels == 1 else gzip.compress(packed)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def pieces(*data: bytes) -> Send:
    return lambda: data


def bombs(head: bytes, levels: int = 1) -> Send:
    return lambda: [head, bomb(levels)]


def endless(head: bytes, piece: bytes = MB) -> Send:
    return lambda: itertools.chain([head], itertools.repeat(piece))


def dripping(head: bytes, data: bytes) -> Send:
    """Byte after byte, endlessly."""

    def slowly() -> Iterator[bytes]:
        pause = threading.Event()
        for at in itertools.count():
            pause.wait(0.02)
            yield data[at % len(data) : at % len(data) + 1]

    return lambda: itertools.chain([head], slowly())


class Hostile(NamedTuple):
    """What is sent, piece after piece, and the verdicts that it may get."""

    send: Send
    verdicts: Tuple[Verdict, ...]


HOSTILE: Dict[str, Hostile] = {
    "a gzip bomb": Hostile(bombs(OK + GZIP + b"\r\n"), (BAD,)),
    "a gzip bomb in chunks": Hostile(
        lambda: [OK + GZIP + CHUNKED[len(OK) :], chunk(bomb()), b"0\r\n\r\n"], (BAD,)
    ),
    "a gzip bomb in a gzip bomb": Hostile(
        bombs(OK + b"Content-Encoding: gzip, gzip\r\n\r\n", 2), (BAD,)
    ),
    "a body without end": Hostile(endless(OK + b"\r\n"), (BAD,)),
    "chunks without end": Hostile(endless(CHUNKED, chunk(MB)), (BAD,)),
    "a body of 10^18 bytes": Hostile(endless(OK + b"Content-Length: 1%018d\r\n\r\n" % 0), (BAD,)),
    "a length of 5,000 digits": Hostile(
        pieces(OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}"), (BAD, LOST)
    ),
    "a length that is no number": Hostile(
        pieces(OK + b"Content-Length: \xb2\r\n\r\n{}"), (BAD, LOST)
    ),
    "a negative length": Hostile(pieces(OK + b"Content-Length: -1\r\n\r\n{}"), (BAD, LOST)),
    "a chunk of negative length": Hostile(pieces(CHUNKED + b"-5\r\nhello\r\n"), (BAD, LOST)),
    "a chunk of negative length without end": Hostile(endless(CHUNKED + b"-1\r\n"), (LOST,)),
    "a chunk of 2^64 bytes": Hostile(endless(CHUNKED + b"F" * 16 + b"\r\n"), (BAD, LOST)),
    "trailers without end": Hostile(
        endless(CHUNKED + b"0\r\n", b"X: y\r\n" * 10_000), (BAD, LOST, BUSY)
    ),
    "headers without end": Hostile(endless(OK, b"X: y\r\n" * 1000), (LOST,)),
    "a header without end": Hostile(endless(OK + b"X: "), (LOST,)),
    "a cookie in every header": Hostile(
        pieces(OK, b"Set-Cookie: a=%b\r\n" % (b"b" * 9000) * 90, b"\r\n{}"), (BAD,)
    ),
    "interim answers without end": Hostile(
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), (LOST, BUSY)
    ),
    "headers that drip": Hostile(dripping(OK, b"X: y\r\n"), (LOST, BUSY)),
    "a body that drips": Hostile(dripping(OK + b"\r\n", b"["), (BAD, LOST, BUSY)),
    "a redirection with a body without end": Hostile(endless(MOVED + b"\r\n"), (BAD,)),
    "a redirection with a gzip bomb": Hostile(bombs(MOVED + GZIP + b"\r\n"), (BAD, GONE)),
    "a redirection to no address": Hostile(
        pieces(b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n"),
        (GONE,),
    ),
    "a wait that is no number": Hostile(pieces(NO % b"\xb2"), (Verdict.RATE_LIMITED,)),
    "a wait until the end of time": Hostile(
        pieces(NO % b"Fri, 31 Dec 99999999999 23:59:59 GMT"), (Verdict.RATE_LIMITED,)
    ),
    "no answer but bytes": Hostile(pieces(bytes(range(256)) * 9), (LOST, BAD)),
    "HTTP/0.9": Hostile(pieces(b'{"channels": []}'), (LOST, BAD)),
    "a status that is none": Hostile(pieces(b"HTTP/1.1 99999 Yes\r\n\r\n"), (LOST, BAD)),
    "nothing": Hostile(pieces(), (LOST,)),
}


def patience(hostile: Hostile) -> float:
    """Seconds for a whole answer; of what never ends otherwise one need not wait long."""
    return 0.3 if BUSY in hostile.verdicts else 10.0


@contextlib.contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def outcome_of(client: Client, task: Task) -> Outcome:
    """What comes of it while a coordinator looks for requests that are overdue."""
    found: List[Outcome] = []
    thread = threading.Thread(target=lambda: found.append(fetch(client, task)))
    thread.start()
    while thread.is_alive():
        thread.join(0.05)
        client.cut_overdue()
    return found[0]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_of_the_source_are_an_outcome(monkeypatch, name):
    hostile = HOSTILE[name]
    requests: List[bytes] = []
    monkeypatch.setattr(sockets, "REQUEST_LIMIT", patience(hostile))
    with sending(hostile.send, requests) as url, client_at(url, 2.0) as client, little_memory():
        outcome = outcome_of(client, WINDOW)
    assert outcome.verdict in hostile.verdicts
    assert outcome.detail.isprintable()
    assert requests


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_of_a_players_server_are_a_response_or_one_sentence(name):
    hostile, message = HOSTILE[name], ""
    reader = HttpClient(timeout=2.0, total_timeout=patience(hostile))
    with sending(hostile.send, []) as url, reader, little_memory():
        try:
            answer = reader.get(url, {})
        except RequestFailed as error:
            message = str(error)
        else:
            assert isinstance(answer, Response)
            assert len(answer.body) <= MAX_BYTES
    assert message.isprintable()
    assert url.rpartition("/")[2] not in message


def test_a_login_page_is_read_no_further_than_others():
    for kind in (b"Basic realm=x", b'Digest realm="x", nonce="y"'):
        head = b"HTTP/1.1 401 No\r\nWWW-Authenticate: " + kind + b"\r\n\r\n"
        reader = HttpClient("user", "password", total_timeout=10.0)
        refused = pytest.raises(RequestFailed)
        with sending(endless(head), []) as url, reader, little_memory(), refused:
            reader.get(url, {})


NAMES = (
    b"Content-Length", b"Content-Encoding", b"Transfer-Encoding", b"Location", b"Retry-After",
    b"Date", b"Connection", b"Set-Cookie", b"Content-Type", b"\xff",
)  # fmt: skip
VALUES = (
    b"", b"0", b"-1", b"5", b"9" * 400, b"gzip", b"chunked", b"\x1b[2J", b"\x00", b"://",
    b"http://[", b"http://a:b@c:99999999/", b"close", b"a=b; Domain=.; Max-Age=x", b"\xb2",
    b"Thu, 99 Foo 0000 99:99:99 GMT", b"  ", b"\xe2\x80\xae", b",", b";",
)  # fmt: skip
STATUSES = (b"200", b"200", b"302", b"401", b"429", b"503", b"206", b"204")


def test_a_head_of_garbage_is_an_outcome(torture, record_property):
    count = 600 if torture else 40
    for seed in range(count):
        draw = random.Random(seed).choice
        head = b"".join(b"%b: %b\r\n" % (draw(NAMES), draw(VALUES)) for _ in range(5))
        status = b"HTTP/1.1 " + draw(STATUSES) + b" \x1b\r\n"
        with sending(pieces(status + head, b"\r\n", b'5\r\n{"a":\r\n0\r\n\r\n'), []) as url:
            with client_at(url, 2.0) as client:
                outcome = fetch(client, WINDOW)
            assert outcome.verdict is not Verdict.OK, seed
            assert outcome.detail.isprintable(), seed
            reader = HttpClient("user", "password", timeout=2.0, total_timeout=4.0)
            with reader, suppress(RequestFailed):
                reader.get(url, {})
    record_property("cases", count)


def test_a_cookie_is_not_kept():
    requests: List[bytes] = []
    send = pieces(LAST + b"Set-Cookie: who=you\r\nContent-Length: 2\r\n\r\n{}")
    with sending(send, requests) as url, client_at(url) as client:
        fetch(client, WINDOW)
        fetch(client, WINDOW)
    assert len(requests) == 2
    assert b"who=you" not in b"".join(requests)


def test_garbage_dates_are_dates_or_none():
    random_ = random.Random(1)
    parts = ["Fri,", "31", "Dec", "2026", "99999999999", "23:59:59", "GMT", "+99999999", "-", ",",
             "", " ", "\t", "a", "0", "::", "1:2:3:4", "\x00", "+0000", "(", "²"]  # fmt: skip
    for _ in range(5000):
        text = random_.choice(["", " "]).join(random_.choices(parts, k=random_.randrange(9)))
        assert isinstance(parse_http_date(text), (float, type(None))), text


def test_ids_are_quoted_in_requests():
    requests: List[bytes] = []
    odd = "../../x?a=b&c#d\r\nX: y'\" \x00é"
    send = pieces(LAST + b"Content-Length: 2\r\n\r\n{}")
    with sending(send, requests) as url, client_at(url) as client:
        fetch(client, GuideTask(lineup(lineup_id=odd, headend_id=odd, device=odd), NOW, 6))
        fetch(client, DetailsTask(odd))
    first, second = requests
    assert first.startswith(b"GET /api/grid?lineupId=..%2F..%2Fx%3Fa%3Db%26c%23d%0D%0AX%3A+y%27")
    assert second.partition(b"\r\n\r\n")[2].startswith(b"programSeriesID=..%2F..%2Fx%3Fa%3Db%26c")
    assert b"\nX: y" not in first + second
