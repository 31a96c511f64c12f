"""Hostile requests to the web server, over real sockets, and its page in a real browser."""

import contextlib
import html
import random
import shutil
import socket
import threading
import time
from typing import Any, Iterator, List

import pytest

from fake_gracenote import FakeGracenote, World, responses
from gracenote2epg.errors import SourceError
from gracenote2epg.net.http_handler import File, Text
from gracenote2epg.net.server import MAX_CLIENTS, WebServer
from gracenote2epg.web import app
from gracenote2epg.web.status import RunStatus
from support import guides
from support.browser import CHROMIUM, browse, free_port
from support.builders import channel_row, event, grid_body

SECRET = b"what no stranger may read"
HERE = b"Host: localhost\r\n"


@pytest.fixture(name="web")
def _web(tmp_path, monkeypatch) -> Iterator[WebServer]:
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "xmltv.xml").write_bytes(b"<tv></tv>\n")
    monkeypatch.chdir(tmp_path)  # what a path means that leads nowhere else
    routes = {
        "/": lambda query: Text(b"the page", "text/html"),
        "/stats": lambda query: Text(b'{"a": 1}', "application/json"),
        "/guide.xml": lambda query: File(str(tmp_path / "xmltv.xml"), "application/xml"),
    }
    with WebServer("127.0.0.1", 0, routes) as web:
        yield web


@pytest.fixture(autouse=True)
def _no_traceback(capfd, monkeypatch) -> Iterator[None]:
    """No request may end a thread by an exception or print a traceback."""
    ended: List[Any] = []
    monkeypatch.setattr(threading, "excepthook", ended.append)
    yield
    assert not ended
    assert "Traceback" not in capfd.readouterr().err


def exchange(web: WebServer, data: bytes, seconds: float = 0.5) -> bytes:
    """Send this on a new connection; return everything received."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=5) as client:
        with contextlib.suppress(OSError):
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        client.settimeout(seconds)
        received = b""
        with contextlib.suppress(OSError):
            for piece in iter(lambda: client.recv(1 << 16), b""):
                received += piece
        return received


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def still_serves(web: WebServer) -> bool:
    return exchange(web, b"GET /stats HTTP/1.1\r\nConnection: close\r\n" + HERE + b"\r\n").endswith(
        b'{"a": 1}'
    )


PATHS = [
    "/../secret", "/../../../../../../etc/passwd", "/..", "/.", "/secret", "secret", "../secret",
    "/%2e%2e/secret", "/%2e%2e%2fsecret", "/..%2fsecret", "/%252e%252e%252fsecret", "/..%5csecret",
    "/..\\secret", "\\..\\secret", "/%c0%ae%c0%ae/secret", "/%00", "/secret%00.xml", "/guide.xml/",
    "/guide.xml/../secret", "/guide.xml%00", "/guide.xml%2f..%2fsecret", "/./guide.xml", "//secret",
    "///secret", "/etc/passwd", "file:///etc/passwd", "http://evil.example/stats", "http://x/../",
    "http://localhost/../secret", "https://evil.example:443/", "//evil.example/stats", "*", "?",
    "/STATS", "/stats;x", "/stats%20", "/stats%0d%0aX:%20y", "~", "/~root/", "C:\\secret",
    "#", "/C:/secret", "/\xff\xfe", "/" + "../" * 500 + "secret", "/" + "a" * 60_000,
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_path_leads_outside_the_routes(web, record_property, method):
    for path in PATHS:
        line = f"{method} {path} HTTP/1.1\r\n".encode("latin-1")
        answer = exchange(web, line + HERE + b"Connection: close\r\n\r\n")
        assert status(answer) in (400, 404, 414), path[:80]
        assert SECRET not in answer
        assert b"root:" not in answer
    assert still_serves(web)
    record_property("cases", len(PATHS))


HOSTS = [
    "evil.example", "localhost.evil.example", "evil.example:9989", "127.0.0.1.evil.example",
    "localhost@evil.example", "evil.example#localhost", "[::1].evil.example", "[::1", "[", "]",
    "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost.", "localhost\x00",
    "ｌocalhost", "", " ", "local host", "*", "%6cocalhost", "http://localhost/", "a" * 5000,
]  # fmt: skip


def test_a_foreign_host_name_is_refused(web, record_property):
    def request(*hosts: str) -> bytes:
        names = "".join(f"Host: {host}\r\n" for host in hosts)
        return exchange(web, f"GET /stats HTTP/1.1\r\n{names}Connection: close\r\n\r\n".encode())

    answers = {host: request(host) for host in HOSTS}
    let_in = [h for h, peer in answers.items() if b'"a"' in peer or status(peer) not in (400, 403)]
    assert let_in == []
    for ours in ("localhost", "127.0.0.1"):
        assert b'"a"' not in request("evil.example", ours)
    record_property("cases", len(HOSTS))


def test_no_part_of_the_request_is_echoed(web):
    for data in (
        b"GET /<script>alert(1)</script> HTTP/1.1\r\n" + HERE + b"\r\n",
        b"<script>alert(1)</script>\r\n\r\n",
        b"GET /stats HTTP/1.1 <script>\r\n\r\n",
        b"<script> / HTTP/1.1\r\n" + HERE + b"\r\n",
        b"GET /%0d%0aX-Evil:%20script HTTP/1.1\r\n" + HERE + b"\r\n",
        b"GET /stats HTTP/9.9<script>\r\n" + HERE + b"\r\n",
    ):
        answer = exchange(web, data)
        assert b"script" not in answer.replace(b"default-src", b"")
        assert b"X-Evil" not in answer
        assert b"nosniff" in answer
        assert b"text/html" not in answer


NO_REQUESTS = [
    (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", {414}),
    (b"GET /stats HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", {431}),
    (b"GET /stats HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n", {431}),
    (b"GET /stats HTTP/3.0\r\n\r\n", {505}),
    (b"GET /stats HTTP/1.1.1\r\n\r\n", {400}),
    (b"GET /stats HTTP/-1.1\r\n\r\n", {400, 403}),  # the latter by Python 3.8
    (b"GET /stats HTTP/1." + b"9" * 5000 + b"\r\n\r\n", {400, 505}),
    (b"GET\r\n\r\n", {400}),
    (b"POST /stats HTTP/1.1\r\n" + HERE + b"Content-Length: 99999999999\r\n\r\nabc", {405}),
    (b"CONNECT evil.example:80 HTTP/1.1\r\n" + HERE + b"\r\n", {405}),
    (b"__init__ /stats HTTP/1.1\r\n" + HERE + b"\r\n", {405}),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n", {0, 400}),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {505}),
    (b"\r\n\r\n\r\n", {0, 400}),
    (b"", {0}),
]


def test_malformed_requests_get_a_status_and_no_traceback(web):
    failures = []
    for data, expected in NO_REQUESTS:
        answer = exchange(web, data)
        if status(answer) not in expected or not still_serves(web):
            failures.append((data[:80], answer[:80]))
    assert failures == []


def fuzzed(random_: random.Random) -> bytes:
    methods = [b"GET", b"HEAD", b"POST", b"get", b"\x00", b"", b"G\tT", b"do_GET", b"OPTIONS"]
    versions = [b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/1.1 ", b"", b"HTTP/\xb2.1", b"X"]
    names = [
        b"Host", b"If-None-Match", b"If-Modified-Since", b"Accept-Encoding", b"Connection", b"",
        b"Content-Length", b"Transfer-Encoding", b"Expect", b"Range", b"Cookie", b" x",
    ]  # fmt: skip
    values = [
        b"localhost", b"127.0.0.1", b"", b"\x00", b'"x', b"gzip", b"keep-alive", b"-1", b"*",
        b"Fri, 31 Dec 99999999999 23:59:59 GMT", b"0 0 0", b"," * 99, b"\xff\xfe", b"chunked",
        b"100-continue", b"upgrade", b"bytes=0-99999999", b"a\x0bb", b"[::1]", b"9" * 5000,
    ]  # fmt: skip
    path = random_.choice([*PATHS[:-2], "/stats", "/guide.xml", "/"]).encode("latin-1")
    line = b" ".join([random_.choice(methods), path, random_.choice(versions)])
    heads = [
        random_.choice(names) + random_.choice([b": ", b":", b" ", b""]) + random_.choice(values)
        for _ in range(random_.randrange(6))
    ]
    data = random_.choice([b"\r\n", b"\r\n", b"\n"]).join([line, *heads, b"", b""])
    if random_.random() < 0.3:
        at = random_.randrange(len(data) + 1)
        data = data[:at] + bytes(random_.randrange(256) for _ in range(20)) + data[at:]
    return data


def test_garbage_requests_harm_nothing(web, torture, record_property):
    count = 5000 if torture else 200
    for seed in range(count):
        answer = exchange(web, fuzzed(random.Random(seed)))
        assert SECRET not in answer, seed
        assert answer == b"" or status(answer) or b"\n" in answer, seed
        assert status(answer) < 506, seed
    assert still_serves(web)
    record_property("cases", count)


def test_an_invalid_date_gets_the_guide(web):
    no_dates = ("Fri, 31 Dec 99999999999 23:59:59 GMT", "0 0 0", " ", ",", "\xb2", "x" * 60_000)
    for date in no_dates:
        line = f"GET /guide.xml HTTP/1.1\r\nIf-Modified-Since: {date}\r\nConnection: close\r\n"
        assert exchange(web, line.encode("latin-1") + HERE + b"\r\n").endswith(b"<tv></tv>\n"), date


@pytest.mark.slow
def test_unfinished_requests_do_not_block_others(web, record_property):
    pause = threading.Event()
    with contextlib.ExitStack() as closing:
        slow: List[socket.socket] = []
        for _ in range(MAX_CLIENTS):
            slow.append(closing.enter_context(socket.create_connection(("127.0.0.1", web.port), 5)))
        served, began = 0, time.monotonic()
        while time.monotonic() - began < 3.0:
            for peer in slow:
                with contextlib.suppress(OSError):
                    peer.sendall(b"G")
            served += still_serves(web)
            pause.wait(0.1)
        assert served > 5
        for peer in slow:  # and each of them is hung up on
            peer.settimeout(5.0)
            with contextlib.suppress(OSError):
                while peer.recv(100):
                    pass
    record_property("cases", MAX_CLIENTS)


# The page

SCRIPTS = [
    "<script>document.title='owned'</script>", "<img src=x onerror=\"document.title='owned'\">",
    "'\"><svg onload=document.title='owned'>", "</script><script>document.title='owned'</script>",
    "javascript:document.title='owned'", "{{constructor.constructor('document.title=1')()}}",
    "<iframe srcdoc=\"<script>parent.document.title='owned'</script>\">", "&lt;b&gt;&amp;",
    "<style>*{display:none}</style>", "<base href=//evil.example/>", "<a href=x id=map>", "]]>",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian package chromium)")
def test_no_text_of_the_source_runs_as_script(clock, tmp_path, record_property):
    now = int(clock.now())
    start, stop = (guides.utc(now - now % 3600 + hours * 3600) for hours in (-30, 30))
    rows = [
        channel_row(
            event(title=text, episodeTitle=text, shortDesc=text, startTime=start, endTime=stop),
            channelId=f"9{number:04}",
            callSign=text,
            affiliateName=text,
            channelNo=text,
        )
        for number, text in enumerate(SCRIPTS)
    ]
    with FakeGracenote(World(8, 24, now=clock.now), clock=clock.monotonic) as server:
        watched = RunStatus(guides.settings(server, tmp_path, monitoring_port=free_port()), clock)
        server.faults.answer("grid", responses.Answer(200, grid_body(*rows)))
        watched.run(threading.Event(), lambda seen: None)
        shutil.copy(tmp_path / "xmltv.xml", tmp_path / "copy.xml")
        server.faults.clear()
        page = f"<html><title>{SCRIPTS[1]}</title></html>".encode()
        server.faults.answer("grid", responses.Answer(200, page, "text/html"))
        clock.advance(60)
        settings = guides.settings(server, tmp_path, monitoring_port=free_port(), days=3)
        shifted = RunStatus(settings, clock)
        with pytest.raises(SourceError):
            shifted.run(threading.Event(), lambda seen: None)
    guides.yesterday(tmp_path, tmp_path / "xmltv.xml", clock, "robbed", "owned")
    assert {row["name"] for row in shifted.coverage()} >= {f"{SCRIPTS[1]} {SCRIPTS[1]}"}
    assert SCRIPTS[1] in shifted.document()["history"][0]["error"]
    with app.PageServer(shifted) as web:
        dom = browse(web.port, tmp_path, "#changes")
    for text in SCRIPTS[:2]:  # what the guide has now, and what it had
        shown = html.escape(text, quote=False)
        assert f"<span>{shown}<i> (was {shown.replace('owned', 'robbed')})</i>" in dom
    assert "&lt;script&gt;document.title=" in dom  # it is there to be read
    assert dom.count("&lt;img src=x onerror=") >= 2
    assert "<title>Changes – TV guide</title>" in dom
    for mark in ("<img src=x", "<svg", "<iframe", "<base", "<style>*", "<a href=x"):
        assert mark not in dom
    assert "<script>" not in dom
    record_property("cases", len(SCRIPTS))
