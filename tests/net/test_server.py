"""The web server over real sockets."""

import contextlib
import gzip
import http.client
import json
import os
import socket
import threading
from typing import Any, Iterator, Optional

import pytest

from gracenote2epg.net import server
from gracenote2epg.net.http_handler import MAX_BODY, File, Text, texts
from gracenote2epg.net.server import MAX_CLIENTS, MAX_STREAMS, WebServer
from support.tables import wrong

GUIDE = b"<tv>" + b"programme " * 50_000 + b"</tv>\n"


@pytest.fixture(name="guide")
def _guide(tmp_path) -> str:
    path = tmp_path / "xmltv.xml"
    path.write_bytes(GUIDE)
    return str(path)


@pytest.fixture(name="web")
def _web(guide) -> Iterator[WebServer]:
    routes = {
        "/stats": lambda query: Text(b'{"a": 1}', "application/json"),
        "/guide.xml": lambda query: File(guide, "application/xml"),
        "/none.xml": lambda query: File(guide + ".none", "application/xml"),
    }
    with WebServer("127.0.0.1", 0, routes, ["tv.example"]) as web:
        yield web


def ask(
    web: WebServer, method: str, path: str, body: Optional[bytes] = None, **headers: str
) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=5)
    with contextlib.closing(connection):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        answer.content = answer.read()
    return answer


def get(web: WebServer, path: str, **headers: str) -> Any:
    return ask(web, "GET", path, **headers)


def begin(web: WebServer, request: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", web.port), timeout=5)
    client.sendall(request)
    return client


def exchange(web: WebServer, request: bytes) -> bytes:
    with begin(web, request) as client:
        return b"".join(iter(lambda: client.recv(1 << 16), b""))


def test_get_and_head(web):
    full, head = get(web, "/stats?x=1"), ask(web, "HEAD", "/stats")
    assert (full.status, full.content) == (200, b'{"a": 1}')
    assert full.headers["Content-Type"] == "application/json"
    assert head.content == b""
    assert head.headers["Content-Length"] == full.headers["Content-Length"]
    assert [get(web, path).status for path in ("/", "/stats/", "/none.xml")] == [404] * 3


def test_every_other_method_is_refused(web):
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "FOO"):
        answer = ask(web, method, "/stats")
        assert (method, answer.status, answer.headers["Allow"]) == (method, 405, "GET, HEAD")


def test_this_machines_names_and_addresses_are_served(web):
    """Foreign ones are refused: tests/faults."""
    label = socket.gethostname().split(".")[0]
    ours = ["127.0.0.1", "127.0.0.1:9989", "[::1]:9989", "192.168.1.7:9989", "localhost"]
    ours += ["LOCALHOST:9989", socket.gethostname(), "tv.example:9989", f"{label}.fritz.box"]
    assert [host for host in ours if get(web, "/stats", Host=host).status != 200] == []


def test_public_paths_answer_to_any_name_and_a_refused_one_is_told_once(guide, caplog):
    routes = dict.fromkeys(("/stats", "/guide.xml"), lambda query: Text(b"1", "text/plain"))
    with WebServer("127.0.0.1", 0, routes, public=["/guide.xml"]) as web:
        assert get(web, "/guide.xml", Host="guide_service").status == 200
        for _ in range(3):
            assert get(web, "/stats", Host="guide_service").status == 403
    told = [record.getMessage() for record in caplog.records if "guide_service" in record.message]
    assert told == ["web: refused the name 'guide_service'; monitoring_names can allow it"]


def test_another_sites_page_may_open_the_page_and_ask_nothing(web):
    asking = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}
    assert get(web, "/stats", **asking).status == 403
    assert get(web, "/stats", Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="cors").status == 200
    asking["Sec_Fetch_Mode"] = "navigate"
    assert get(web, "/stats", **asking).status == 403
    assert get(web, "/", **asking).status == 404  # there is none here


def test_a_body_is_never_taken_for_a_request(web):
    smuggled = b"GET /stats HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for header in (b"Content-Length: %d" % len(smuggled), b"Transfer-Encoding: chunked"):
        received = exchange(
            web, b"GET /stats HTTP/1.1\r\nHost: localhost\r\n%b\r\n\r\n%b" % (header, smuggled)
        )
        assert received.count(b"HTTP/1.1 ") == 1
    two_names = b"GET /stats HTTP/1.0\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
    assert exchange(web, two_names).startswith(b"HTTP/1.1 400 ")


def test_every_response_has_the_security_headers(web):
    for path in ("/stats", "/guide.xml", "/nothing"):
        headers = get(web, path, Origin="http://evil.example").headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Server"] == "gracenote2epg"
        assert "Access-Control-Allow-Origin" not in headers


def test_a_long_text_is_packed_and_an_unchanged_one_not_sent_again():
    body = b"{}" + b" " * 5000
    with WebServer("127.0.0.1", 0, {"/stats": lambda query: Text(body, "application/json")}) as web:
        packed = get(web, "/stats", Accept_Encoding="gzip")
        assert gzip.decompress(packed.content) == body
        assert get(web, "/stats").content == body
        assert get(web, "/stats", If_None_Match=packed.headers["ETag"]).status == 304
        body += b"1"
        assert get(web, "/stats", If_None_Match=packed.headers["ETag"]).status == 200


# Actions


def post(web: WebServer, body: bytes = b'{"a": 1}', **headers: str) -> Any:
    sent = {"Content_Type": "application/json", "Host": "localhost:1", **headers}
    answer = ask(web, "POST", "/do", body, **sent)
    return answer.status, answer.content.decode()


@pytest.fixture(name="acting")
def _acting() -> Iterator[WebServer]:
    """A server with an action that answers with what it got."""

    def act(body: Any, cookies: Any, address: str) -> Text:
        texts(body.get("texts", []))
        return Text(
            json.dumps([body, cookies, address]).encode(), "application/json", cookie="a=1; Path=/"
        )

    routes = {"/bug": lambda query: 1 / 0}
    with WebServer("127.0.0.1", 0, routes, actions={"/do": act}) as web:
        yield web


def test_an_action_gets_the_json_and_the_cookies(acting):
    given = '[{"a": 1}, {"a": "b=c", "d": ""}, "127.0.0.1"]'
    same = {"Origin": "http://localhost:1", "Sec_Fetch_Site": "same-origin"}
    for headers in ({}, same, {"Sec_Fetch_Site": "none"}, {"Host": "[::1]:1"}):
        assert post(acting, Cookie="a=b=c; d", **headers) == (200, given)
    assert post(acting, Content_Type="application/json; charset=utf-8")[0] == 200
    assert get(acting, "/do").headers["Allow"] == "POST"


def test_nothing_is_done_for_another_sites_page_nor_without_json(acting):
    def answered(given: Any) -> int:
        return int((post(acting, **given) if isinstance(given, dict) else post(acting, given))[0])

    rows = [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost:2"}, 403),  # another program of this machine
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": "text/plain; application/json"}, 415),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "9" * 5000}, 411),
        ({"Content_Length": str(MAX_BODY + 1)}, 413),
        ({"Transfer_Encoding": "chunked"}, 411),
        (b"[]", 400),
        (b"", 400),
        (b"{", 400),
        (b"[" * 200_000, 400),
        (b'{"a": "\\ud800"}', 400),
        (b'{"a": "\xff"}', 400),
        (b'{"texts": "a"}', 400),
        (b'{"texts": ["a", 1]}', 400),
    ]
    assert wrong(answered, rows) == []


def test_a_bug_ends_one_connection_and_is_logged(acting, caplog):
    with pytest.raises(http.client.HTTPException):
        get(acting, "/bug")
    assert "ZeroDivisionError" in caplog.text
    assert post(acting)[0] == 200


def test_a_body_that_does_not_come_is_not_waited_for_long_and_none_is_a_request(acting):
    head = b"POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    answer = exchange(acting, head + b"\r\nGET /do HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (answer[:13], answer.count(b"HTTP/1.1 ")) == (b"HTTP/1.1 411 ", 1)
    two = head + b"Content-Length: 2\r\n\r\n{}"
    answer = exchange(acting, two + two.replace(b"localhost", b"localhost\r\nConnection: close"))
    assert answer.count(b"HTTP/1.1 200 ") == 2


# The guide


def test_the_guide_is_packed_by_the_weight_that_the_client_gives(web):
    tags = {}
    for accepted, encoding in {
        "gzip;q=0": None, "gzip; q=0.5": "gzip", "*": "gzip", "gzip;q=0, *": None, "br": None,
        "deflate, gzip": "gzip", "gzip;q=x": None, "x-gzip": None,
    }.items():  # fmt: skip
        answer = get(web, "/guide.xml", Accept_Encoding=accepted)
        assert (accepted, answer.headers["Content-Encoding"]) == (accepted, encoding)
        body = gzip.decompress(answer.content) if encoding else answer.content
        assert (body == GUIDE, len(answer.content) < len(GUIDE) / 10) == (True, bool(encoding))
        tags[answer.headers["ETag"]] = encoding
    assert sorted(map(str, tags.values())) == ["None", "gzip"]  # each has one of its own


def test_a_guide_that_is_shortened_meanwhile_is_not_sent_as_whole(web, guide):
    with open(guide, "wb") as file:
        file.truncate(60_000_000)
    with begin(web, b"GET /guide.xml HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2) as client:
        received = len(client.recv(1000))
        os.truncate(guide, 1000)
        received += sum(map(len, iter(lambda: client.recv(1 << 20), b"")))
    assert received < 60_000_000  # and the connection is closed


def test_slow_readers_leave_room_for_the_page(web, guide):
    with open(guide, "wb") as file:
        file.truncate(60_000_000)
    with contextlib.ExitStack() as closing:
        for _ in range(MAX_STREAMS):
            request = b"GET /guide.xml HTTP/1.1\r\nHost: localhost\r\n\r\n"
            assert closing.enter_context(begin(web, request)).recv(100)
        assert get(web, "/guide.xml").status == 503
        assert get(web, "/stats").status == 200


@contextlib.contextmanager
def serving(path: str) -> Iterator[WebServer]:
    routes = {
        "/guide.xml": lambda query: File(path, "application/xml"),
        "/guide.xml.gz": lambda query: File(path, "application/gzip", as_gz=True),
    }
    with WebServer("127.0.0.1", 0, routes) as web:
        yield web


def test_a_packed_guide_is_served_plain_or_packed_and_a_broken_one_not_as_whole(guide):
    packed = gzip.compress(GUIDE)
    with serving(guide + ".gz") as web:
        for content in (packed, packed[: len(packed) // 2], b"<tv></tv>"):
            with open(guide + ".gz", "wb") as file:
                file.write(content)
            if content is packed:
                assert get(web, "/guide.xml").content == GUIDE
                answer = get(web, "/guide.xml", Accept_Encoding="gzip")
                assert gzip.decompress(answer.content) == GUIDE
                continue
            with pytest.raises(http.client.IncompleteRead):
                get(web, "/guide.xml")


def test_a_gz_address_gives_a_gz_file_whatever_the_client_unpacks(guide):
    with open(guide + ".gz", "wb") as file:
        file.write(gzip.compress(GUIDE))
    for path in (guide, guide + ".gz"):
        with serving(path) as web:
            for coding in ("identity", "gzip"):
                answer = get(web, "/guide.xml.gz", Accept_Encoding=coding)
                assert gzip.decompress(answer.content) == GUIDE
                assert answer.headers["Content-Type"] == "application/gzip"
                assert "Content-Encoding" not in answer.headers
                tag = answer.headers["ETag"]
                assert get(web, "/guide.xml.gz", If_None_Match=tag).status == 304


def test_a_guide_that_has_not_changed_is_not_sent_again(web, guide):
    first = get(web, "/guide.xml")
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    assert get(web, "/guide.xml", If_None_Match=tag).status == 304
    assert get(web, "/guide.xml", If_None_Match=f'"x", {tag}').status == 304
    assert get(web, "/guide.xml", If_Modified_Since=modified).status == 304
    os.utime(guide, (2e9, 2e9))
    assert get(web, "/guide.xml", If_None_Match=tag).status == 200
    assert get(web, "/guide.xml", If_Modified_Since=modified).status == 200


def test_http_1_0_gets_the_packed_guide_without_chunks(web, guide):
    answer = exchange(
        web, b"GET /guide.xml HTTP/1.0\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n"
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert len(gzip.decompress(body)) == os.path.getsize(guide)


# Hostile clients, and the end


def test_one_client_too_many_waits_for_a_place_then_gets_503(web, monkeypatch):
    monkeypatch.setattr(server, "SLOW_AFTER", 60.0)
    monkeypatch.setattr(server, "PLACE_TRIES", 300)
    with contextlib.ExitStack() as closing:
        clients = [begin(web, b"GET /stats HT") for _ in range(MAX_CLIENTS)]
        for client in clients:
            closing.enter_context(client)
        waiting = threading.Timer(0.05, clients[0].close)
        waiting.start()
        assert get(web, "/stats").status == 200
        closing.enter_context(begin(web, b"GET /stats HT"))
        monkeypatch.setattr(server, "PLACE_TRIES", 1)
        answer = get(web, "/stats")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


def test_clients_without_a_request_give_their_places_to_others(web, monkeypatch):
    monkeypatch.setattr(server, "SLOW_AFTER", 0.01)
    with contextlib.ExitStack() as closing:
        for _ in range(MAX_CLIENTS):
            closing.enter_context(begin(web, b""))
        assert [get(web, "/stats").status for _ in range(MAX_CLIENTS)] == [200] * MAX_CLIENTS


def test_a_client_for_which_there_is_no_thread_takes_no_place(web, monkeypatch, capsys):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        with pytest.raises((OSError, http.client.HTTPException)):
            get(web, "/stats")
    assert get(web, "/stats").status == 200
    web.close()  # no thread that never began is waited for


def test_a_taken_port_raises_in_the_constructor(web):
    with pytest.raises(OSError, match="in use"):
        WebServer("127.0.0.1", web.port, {})


def test_closing_ends_clients_and_threads(guide):
    before = set(threading.enumerate())
    web = WebServer("127.0.0.1", 0, {"/guide.xml": lambda query: File(guide, "application/xml")})
    web.start()
    with begin(web, b"GET /guide.xml HTTP/1.1\r\nHost: localhost\r\n\r\n") as idle:
        assert idle.recv(10)
        web.close()
    assert set(threading.enumerate()) == before
    WebServer("127.0.0.1", 0, {}).close()  # one that was never started
