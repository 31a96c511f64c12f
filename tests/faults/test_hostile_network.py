"""Redirections, certificates and proxies: which servers are trusted, and what they receive."""

import contextlib
import os
from typing import Any, Callable, Iterator, List

import pytest

from fake_gracenote import FakeGracenote, World, responses
from gracenote2epg.gracenote.tasks import DetailsTask, GuideTask, ProvidersTask, Verdict
from gracenote2epg.net.client import HttpClient, RequestFailed, Response
from gracenote2epg.net.errors import TLS
from support import DATA, guides
from support.builders import (
    DAY,
    NOW,
    channel_row,
    details_body,
    event,
    grid_body,
    lineup,
    providers_body,
)
from support.guides import fetch
from support.machine import Terminal

from .hostile import client_at, sending
from .spoilt_json import TEXTS

NO = b"HTTP/1.1 401 No\r\nConnection: close\r\nWWW-Authenticate: %b\r\n"

SECRET = "tru5tno1"
TASKS = (GuideTask(lineup(), NOW, 6), DetailsTask("SH09000100"), ProvidersTask("USA", "90210"))
CERTIFICATE = (os.path.join(DATA, "loopback.pem"), os.path.join(DATA, "loopback.key"))
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def ways_to_ask(url: str) -> List[Callable[[], Any]]:
    """Every kind of request that the program sends."""

    def source(number: int) -> Any:
        with client_at(url) as client:
            return fetch(client, TASKS[number])

    def player(user: str) -> Any:
        with HttpClient(user, user and SECRET, total_timeout=5.0) as reader:
            return reader.get(f"{url}/api", {})

    return [lambda: source(0), lambda: source(1), lambda: source(2), lambda: player(""),
            lambda: player("viewer")]  # fmt: skip


PLACES = ("http://{}/x", "//{}/x", "file:///etc/passwd", "/elsewhere", "gopher://x",
          "http://viewer:tru5tno1@{}/x")  # fmt: skip


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300, 305, 306])
def test_a_redirection_is_reported_and_never_followed(record_property, status):
    foreign_requests: List[bytes] = []
    with sending(lambda: [GOOD], foreign_requests) as target:
        for where in PLACES:
            location = where.format(target.rpartition("/")[2])
            head = f"HTTP/1.1 {status} No\r\nLocation: {location}\r\nContent-Length: 3\r\n\r\nxyz"
            requests_: List[bytes] = []
            with sending(lambda head=head: [head.encode()], requests_) as here:
                answers = [ask() for ask in ways_to_ask(here)]
            assert len(requests_) == 5, where
            for answer in answers:
                if isinstance(answer, Response):
                    assert answer.status == status
                else:
                    assert (answer.verdict, answer.status) == (Verdict.GONE, status)
                    assert answer.detail.startswith("moved to ")
                    assert SECRET not in answer.detail
            record_property("cases", 5)
    assert foreign_requests == []


def test_a_redirection_sends_the_login_to_no_other_server():
    foreign_requests: List[bytes] = []
    with sending(lambda: [GOOD], foreign_requests) as target:
        requests_: List[bytes] = []

        def answer() -> List[bytes]:
            if b"Authorization" in requests_[-1]:
                return [f"HTTP/1.1 302 Moved\r\nLocation: {target}\r\n\r\n".encode()]
            return [NO % b"Basic x" + b"Content-Length: 0\r\n\r\n"]

        with sending(answer, requests_) as here, HttpClient("viewer", SECRET) as reader:
            assert reader.get(here, {}).status == 302
    assert (len(requests_), foreign_requests) == (2, [])


def test_a_refused_login_is_reported_with_its_page():
    for challenge in (b"Basic x", b'Digest realm="x", nonce="y"', b"Negotiate"):
        head = NO % challenge + b"Content-Length: 4\r\n\r\nSTOP"
        with sending(lambda head=head: [head], []) as here, HttpClient("viewer", SECRET) as reader:
            answer = reader.get(here, {})
        assert (answer.status, answer.body) == (401, b"STOP")


@pytest.fixture(name="secure")
def _secure(clock) -> Iterator[FakeGracenote]:
    with FakeGracenote(World(8, 24, now=clock.now), tls=CERTIFICATE) as server:
        yield server


def test_a_self_signed_certificate_is_refused_in_one_sentence(
    secure, clock, tmp_path, record_property
):
    with client_at(secure.url) as client:
        outcome = fetch(client, TASKS[0])
    with HttpClient("viewer", SECRET) as reader, pytest.raises(RequestFailed, match=r"TLS: .*self"):
        reader.get(secure.url, {})
    ended = Terminal(secure, tmp_path, clock).run("--postal", "90210")
    assert secure.counts.requests == 0
    assert (outcome.verdict, outcome.cause) == (Verdict.UNREACHABLE, TLS)
    assert (ended.code, ended.err.count("\n")) == (3, 1)
    assert "certificate" in ended.err
    record_property("cases", 3)


def test_a_certificate_for_another_name_is_refused(secure, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", CERTIFICATE[0])  # trusted, but for 127.0.0.1
    for name, good in (("127.0.0.1", True), ("127.1", False)):  # the latter is its other name
        with client_at(f"https://{name}:{secure.port}") as client:
            outcome = fetch(client, TASKS[2])
        assert outcome.ok is good, outcome


@pytest.mark.parametrize("name", ["PYTHONHTTPSVERIFY", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_no_variable_disables_certificate_checks(secure, monkeypatch, name):
    monkeypatch.setenv(name, "0" if name == "PYTHONHTTPSVERIFY" else "")
    with client_at(secure.url) as client:
        assert fetch(client, TASKS[0]).cause == TLS


def test_netrc_logins_are_never_sent(tmp_path, monkeypatch, record_property):
    netrc = tmp_path / ".netrc"
    netrc.write_text(
        f"machine 127.0.0.1 login me password {SECRET}\ndefault login me password {SECRET}\n"
    )
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    for number in range(5):
        requests_: List[bytes] = []
        with sending(lambda: [GOOD], requests_) as here:
            ways_to_ask(here)[number]()
        assert len(requests_) == 1
        assert b"Authorization" not in requests_[0]
    record_property("cases", 5)


def test_an_https_proxy_sees_only_the_host(monkeypatch):
    requests_: List[bytes] = []
    refuse = [b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"]
    with sending(lambda: refuse, requests_) as proxy:
        address = proxy.replace("://", f"://me:{SECRET}@")
        monkeypatch.setenv("HTTPS_PROXY", address)
        for ask in ways_to_ask("https://tvlistings.example"):
            with contextlib.suppress(RequestFailed):
                outcome = ask()
                assert outcome.verdict is Verdict.UNREACHABLE
                assert SECRET not in outcome.detail
    assert len(requests_) == 5
    for request in requests_:
        assert request.startswith(b"CONNECT tvlistings.example:443 HTTP/1.")
        assert b"Proxy-Authorization: Basic" in request  # its own user and password
        for other in (b"90210", b"postalCode", b"Referer", b"Mozilla", b"\r\nAuthorization"):
            assert other not in request


def test_no_proxy_is_respected(monkeypatch):
    proxies: List[bytes] = []
    requests_: List[bytes] = []
    with sending(lambda: [GOOD], proxies) as proxy, sending(lambda: [GOOD], requests_) as here:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        for ask in ways_to_ask(here):
            ask()
    assert (len(proxies), len(requests_)) == (0, 5)


# Ids of the source


def test_odd_ids_of_the_source_write_no_file_elsewhere(server, clock, tmp_path, record_property):
    """A whole run, whose data directory is below the folder that is watched."""
    odd = [text for text in TEXTS if len(text) < 1000]
    now = int(clock.now())
    # In any window of today.
    start, later, stop = (guides.utc(now + days * DAY) for days in (-3, -2, 2))
    rows = [
        channel_row(
            event(
                title=text, tmsId=text, id=text, seriesId=text, thumbnail=text, rating=text,
                startTime=start, endTime=stop,
            ),
            event(title=f"t {text}", startTime=later, endTime=stop),
            channelId=text if number % 2 else f"9{number:04}",
            callSign=text,
            channelNo=text,
            thumbnail=text,
        )
        for number, text in enumerate(odd)
    ]  # fmt: skip
    lists = providers_body(
        *[
            {"type": "OTA", "device": text, "lineupId": text, "name": text, "headendId": headend}
            for text in odd
            for headend in (text, "lineupId")
        ]
    )
    watched, home = tmp_path / "watched", tmp_path / "watched" / "a" / "b" / "c"
    home.mkdir(parents=True)
    (watched / "bait").write_text("bait")
    server.faults.answer("providers", responses.Answer(200, lists))
    server.faults.answer("grid", responses.Answer(200, grid_body(*rows)))
    server.faults.answer("details", responses.Answer(200, details_body()))
    ended = Terminal(server, home, clock).run(
        "--postal", "90210", "--days", "1", GRACENOTE_DETAILS="yes", GRACENOTE_DEBUG="on"
    )
    assert (ended.code, "Traceback" in ended.err) == (0, False), ended.err
    written = (os.path.join(at, name) for at, _, names in os.walk(watched) for name in names)
    elsewhere = [path for path in written if ".local/share/gracenote2epg" not in path]
    assert elsewhere == [str(watched / "bait")]
    data = home / ".local/share/gracenote2epg"
    kept = {name for name in os.listdir(data) if not name.startswith("gracenote2epg.")}
    assert kept <= {"xmltv.xml", "lock", "backups", "choices.json", "choices.json.bak"}
    log = (data / "gracenote2epg.log").read_bytes()
    assert not [byte for byte in log if byte < 32 and byte != 10]
    record_property("cases", len(odd))
