"""The source over HTTP: what is sent, what an answer means, and how a hanging request ends."""

import dataclasses
import gc
import os
import socket
import ssl
import threading
import time
from typing import Iterator, List, Tuple

import pytest
import requests

from support import DATA
from support.builders import details_body, grid_body, providers_body
from gracenote2epg.config import Config
from gracenote2epg.demo import DemoServer, World, answers
from gracenote2epg.downloader.tasks import (
    NO_NAME,
    NOBODY,
    PROXY,
    TLS,
    DetailsTask,
    GuideTask,
    ProvidersTask,
    Verdict,
)
from gracenote2epg.gracenote import wire
from gracenote2epg.gracenote.api import Client, retry_after
from gracenote2epg.models import Lineup
from support.guides import fetch

HOST = "https://tvlistings.gracenote.com"
LINEUP = Lineup("USA", "USA-lineupId-DEFAULT", "lineupId", "-", "90210")
WINDOW = GuideTask(LINEUP, 1_789_257_600, 6)


@pytest.fixture(name="client")
def _client() -> Iterator[Client]:
    client = Client(Config())
    yield client
    client.close()


@pytest.fixture(name="server")
def _server() -> Iterator[DemoServer]:
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="certificate")
def _certificate() -> Tuple[str, str]:
    """Made for these tests with openssl: self-signed, for 127.0.0.1, a hundred years."""
    return os.path.join(DATA, "loopback.pem"), os.path.join(DATA, "loopback.key")


CLIENTS: List[Client] = []


@pytest.fixture(autouse=True)
def _close_clients() -> Iterator[None]:
    yield
    while CLIENTS:
        CLIENTS.pop().close()


def client_at(url: str, timeout: float = 20.0) -> Client:
    CLIENTS.append(Client(dataclasses.replace(Config(), base_url=url), timeout=timeout))
    return CLIENTS[-1]


def client_of(server: DemoServer, timeout: float = 20.0) -> Client:
    return client_at(server.url, timeout)


def now_window(hours: int = 6) -> GuideTask:
    now = int(time.time())
    return GuideTask(LINEUP, now - now % 21_600, hours)


# What is sent


def test_the_grid_is_asked_with_the_sites_own_parameters(client, requests_mock):
    requests_mock.get(f"{HOST}/api/grid", content=grid_body())
    assert fetch(client, WINDOW).ok
    assert requests_mock.last_request.url == (
        f"{HOST}/api/grid?lineupId=USA-lineupId-DEFAULT&timespan=6&headendId=lineupId&country=USA"
        "&timezone=&device=-&postalCode=90210&isOverride=true&time=1789257600&pref=-&userId=-"
        "&aid=orbebb&languagecode=en-us"
    )


def test_streaming_lineups_are_asked_without_override_and_preferences(client, requests_mock):
    requests_mock.get(f"{HOST}/api/grid", content=grid_body())
    lineup = Lineup("USA", "USA-YOUTUBE-X", "YOUTUBE", "-", "90210")
    fetch(client, GuideTask(lineup, 0, 6))
    assert not {"isoverride", "pref"} & set(requests_mock.last_request.qs)


def test_mexico_is_asked_for_with_its_own_partner_and_language(client, requests_mock):
    requests_mock.get(f"{HOST}/api/grid", content=grid_body())
    fetch(client, GuideTask(Lineup("MEX", "MEX-1008175-DEFAULT", "1008175", "X", ""), 0, 6))
    asked = requests_mock.last_request.qs
    assert (asked["aid"], asked["languagecode"]) == (["dishmex"], ["es-mx"])


def test_details_are_asked_with_one_field(client, requests_mock):
    requests_mock.post(f"{HOST}/api/program/overviewDetails", content=details_body())
    assert fetch(client, DetailsTask("SH09000100")).value.series_id == "SH09000100"
    assert requests_mock.last_request.text == "programSeriesID=SH09000100"


def test_providers_are_asked_by_country_and_postal_code(client, requests_mock):
    requests_mock.get(
        f"{HOST}/gapzap_webapi/api/Providers/getPostalCodeProviders/CAN/J3B1M4/gapzap/en-us",
        content=providers_body(),
    )
    assert fetch(client, ProvidersTask("CAN", "J3B1M4")).ok


def test_it_comes_as_a_browser_with_keep_alive_and_without_cookies(client, requests_mock):
    requests_mock.get(f"{HOST}/api/grid", content=grid_body(), headers={"Set-Cookie": "a=b"})
    fetch(client, WINDOW)
    fetch(client, WINDOW)
    headers = requests_mock.last_request.headers
    assert headers["User-Agent"].startswith("Mozilla/5.0 ")
    assert headers["Accept-Encoding"] == "gzip, deflate"
    assert headers["Connection"] == "keep-alive"
    assert "Cookie" not in headers


# What an answer means (API reference, section 1.7)

PAGE = b"<html><head><title>403 Forbidden</title></head></html>"
NO_LINEUPS = b'{"message":"No lineups are available for this ZIP or postal code."}'


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, b"{}", Verdict.BAD),
        (200, b" ", Verdict.BAD),
        (200, b'{"channels":[]}', Verdict.BAD),
        (200, b'{"channels":[{', Verdict.BAD),
        (200, b"[1]", Verdict.BAD),
        (200, b"  <html><title>Human Verification</title></html>", Verdict.BLOCKED),
        (200, b"<html>Oops ! Something went wrong.</html>", Verdict.NO_LINEUP),
        (202, b"", Verdict.BLOCKED),
        (301, b"", Verdict.GONE),
        (302, PAGE, Verdict.GONE),
        (400, NO_LINEUPS, Verdict.NO_LINEUP),
        (400, b"", Verdict.BAD),
        (403, PAGE, Verdict.BLOCKED),
        (404, b"", Verdict.GONE),
        (405, PAGE, Verdict.BLOCKED),
        (410, b"", Verdict.GONE),
        (418, b"", Verdict.BAD),
        (429, b'{\n"error":"Access Denied. Too many requests"\n}', Verdict.THROTTLED),
        (500, b"", Verdict.BAD),
        (502, b"", Verdict.OVERLOADED),
        (503, b"", Verdict.OVERLOADED),
        (504, b"", Verdict.OVERLOADED),
    ],
)
def test_each_answer_has_its_meaning(client, requests_mock, status, body, verdict):
    requests_mock.get(f"{HOST}/api/grid", status_code=status, content=body)
    outcome = fetch(client, WINDOW)
    assert (outcome.verdict, outcome.status, outcome.value) == (verdict, status, None)
    assert outcome.detail


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (requests.exceptions.ConnectTimeout, Verdict.UNREACHABLE),
        (requests.exceptions.ReadTimeout, Verdict.OVERLOADED),
        (requests.exceptions.ConnectionError, Verdict.UNREACHABLE),
        (requests.exceptions.SSLError, Verdict.UNREACHABLE),
        (requests.exceptions.ChunkedEncodingError, Verdict.UNREACHABLE),
        (ConnectionResetError, Verdict.UNREACHABLE),
    ],
)
def test_each_failure_of_the_network_is_an_outcome(client, requests_mock, error, verdict):
    requests_mock.get(f"{HOST}/api/grid", exc=error)
    assert fetch(client, WINDOW).verdict is verdict


def test_what_is_no_failure_of_the_network_is_a_bug_and_raised(client, requests_mock):
    requests_mock.get(f"{HOST}/api/grid", exc=KeyError)
    with pytest.raises(KeyError):
        fetch(client, WINDOW)


def test_a_redirect_is_never_followed(client, requests_mock):
    requests_mock.get(f"{HOST}/api/grid", status_code=302, headers={"Location": "http://evil/"})
    assert fetch(client, WINDOW).detail == "moved to evil"
    assert requests_mock.call_count == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        (
            {
                "Retry-After": "Sun, 13 Sep 2026 00:01:30 GMT",
                "Date": "Sun, 13 Sep 2026 00:00:00 GMT",
            },
            90.0,
        ),
        ({"Retry-After": "Sun, 13 Sep 2020 00:00:00 GMT"}, 0.0),
    ],
)
def test_retry_after_is_understood_in_both_forms(headers, seconds):
    assert retry_after(headers) == seconds


def test_a_retry_after_of_the_answer_reaches_the_outcome(client, requests_mock):
    requests_mock.get(f"{HOST}/api/grid", status_code=429, headers={"Retry-After": "12"})
    assert fetch(client, WINDOW).retry_after == 12.0


# Over real sockets


def test_a_guide_window_arrives(server):
    outcome = fetch(client_of(server), now_window())
    assert outcome.ok
    assert len(outcome.value.stations) > 30
    assert outcome.size > 1000
    assert outcome.seconds > 0


@pytest.mark.parametrize("fault", ["cut", "cut_gzip", "cut_chunks", "drop", "reset"])
def test_a_body_that_breaks_off_is_no_answer(server, fault):
    getattr(server.faults, fault)()
    assert fetch(client_of(server), now_window()).verdict is Verdict.UNREACHABLE


@pytest.mark.parametrize("hours", [-6, 6, 240])
def test_the_listings_of_other_hours_are_no_answer(server, hours):
    asked = now_window()
    params = client_of(server).grid_params(asked._replace(start=asked.start + hours * 3600))
    server.faults.answer("grid", answers.json_answer(server.world.grid(params)))
    outcome = fetch(client_of(server), asked)
    assert outcome.verdict is Verdict.BAD
    assert outcome.detail == "the listings of other hours"


def test_connections_are_kept_and_used_again(server):
    client = client_of(server)
    for _ in range(5):
        assert fetch(client, now_window()).ok
    assert server.counts.connections == 1


def test_a_closed_client_has_no_connection_left_however_long_errors_are_kept(server):
    server.faults.drop(times=1)
    client = client_of(server)
    before = set(threading.enumerate())
    gc.disable()
    try:
        assert [fetch(client, now_window()).ok for _ in range(2)] == [False, True]
        client.close()
        for thread in set(threading.enumerate()) - before:  # the server's, one for a connection
            thread.join(10)
            assert not thread.is_alive()
    finally:
        gc.enable()


def test_a_refusal_does_not_cost_the_connection(server):
    server.faults.refuse(429, times=2)
    client = client_of(server)
    assert [fetch(client, now_window()).ok for _ in range(3)] == [False, False, True]
    assert server.counts.connections == 1


def test_nobody_listening_is_no_network():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    client = client_at(f"http://127.0.0.1:{port}")
    outcome = fetch(client, now_window())
    assert outcome.verdict is Verdict.UNREACHABLE
    assert "refused" in outcome.detail.lower()


def test_an_address_of_a_family_that_the_kernel_lacks_is_passed_over(server, monkeypatch):
    lookup, lacking = socket.getaddrinfo, 99
    with pytest.raises(OSError, match=r"(?i)address"):
        socket.socket(lacking, socket.SOCK_STREAM)

    def both(*asked, **how):
        found = lookup(*asked, **how)
        return [(lacking, *found[0][1:]), *found]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    assert fetch(client_of(server), now_window()).ok


def test_silence_for_longer_than_the_timeout_is_overload(server):
    server.faults.hang()
    assert fetch(client_of(server, timeout=0.3), now_window()).verdict is Verdict.OVERLOADED


def test_a_certificate_that_nobody_signed_is_not_accepted(certificate):
    with DemoServer(World(), tls=certificate) as server:
        outcome = fetch(client_of(server), now_window())
    assert outcome.verdict is Verdict.UNREACHABLE
    assert "certificate" in outcome.detail.lower()


def test_a_certificate_that_is_trusted_is_accepted(certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate[0])
    with DemoServer(World(), tls=certificate) as server:
        assert fetch(client_of(server), now_window()).ok


def test_the_proxy_of_the_environment_is_used(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", server.url)
    away = "http://127.0.0.2:9"
    assert fetch(client_at(away), now_window()).ok
    assert server.counts.requests == 1
    monkeypatch.setenv("NO_PROXY", "127.0.0.2")
    assert fetch(client_at(away), now_window()).verdict is Verdict.UNREACHABLE


@pytest.mark.parametrize(
    ("given", "proxy"),
    [("http://user:secret@10.0.0.1:3128", "10.0.0.1:3128"), ("http://proxy:80", "proxy:80")],
)
def test_a_proxy_in_between_is_known_by_its_place_alone(monkeypatch, given, proxy):
    assert client_at("http://127.0.0.2:9").proxy == ""
    monkeypatch.setenv("HTTP_PROXY", given)
    assert client_at("http://127.0.0.2:9").proxy == proxy


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (requests.exceptions.ProxyError(ConnectionRefusedError()), PROXY),
        (requests.exceptions.SSLError(), ""),
        (requests.exceptions.ConnectionError(), ""),
        (ConnectionResetError(), ""),
        (ConnectionRefusedError(), NOBODY),
        (socket.gaierror(), NO_NAME),
        (ssl.SSLError(), TLS),
    ],
)
def test_what_keeps_us_from_the_source_is_told_by_its_cause(client, requests_mock, error, trouble):
    requests_mock.get(f"{HOST}/api/grid", exc=error)
    assert fetch(client, WINDOW).trouble == trouble


# Stopping


@pytest.mark.parametrize("where", ["hang", "hang_in_head", "hang_in_body", "mute"])
def test_a_stop_ends_a_request_wherever_it_hangs(server, where):
    getattr(server.faults, where)()
    assert stopped_in(client_of(server)) < 1.0


def test_a_stop_ends_a_tls_handshake(certificate):
    with DemoServer(World(), tls=certificate) as server:
        server.faults.mute()
        assert stopped_in(client_of(server)) < 1.0


def test_a_stop_ends_a_connection_in_the_making():
    with socket.socket() as full:  # a queue of none, and one in it: the next gets no answer
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            url = f"http://127.0.0.1:{full.getsockname()[1]}"
            assert stopped_in(client_at(url)) < 1.0


def stopped_in(client: Client) -> float:
    """Seconds from the stop of a hanging request to its outcome, which must be STOPPED."""
    found = []
    under_way = threading.Thread(target=lambda: found.append(fetch(client, now_window())))
    under_way.start()
    under_way.join(0.3)
    assert under_way.is_alive(), "the request did not hang"
    began = time.monotonic()
    client.stop()
    under_way.join(5)
    assert [outcome.verdict for outcome in found] == [Verdict.STOPPED]
    client.close()
    return time.monotonic() - began


def test_after_a_stop_nothing_is_sent(server):
    client = client_of(server)
    client.stop()
    assert fetch(client, now_window()).verdict is Verdict.STOPPED
    assert server.counts.requests == 0


def test_a_request_that_drips_is_cut_off(server, monkeypatch):
    monkeypatch.setattr(wire, "LIMIT", 0.3)
    server.faults.drip(60.0)
    client = client_of(server)
    found = []
    under_way = threading.Thread(target=lambda: found.append(fetch(client, now_window())))
    under_way.start()
    until = time.monotonic() + 5
    while under_way.is_alive() and time.monotonic() < until:
        under_way.join(0.05)
        client.cut_overdue()
    assert [outcome.verdict for outcome in found] == [Verdict.UNREACHABLE]


def test_an_idle_connection_is_not_cut_off(server, monkeypatch):
    monkeypatch.setattr(wire, "LIMIT", -1.0)
    client = client_of(server)
    assert fetch(client, now_window()).ok
    client.cut_overdue()
    monkeypatch.setattr(wire, "LIMIT", 60.0)
    assert fetch(client, now_window()).ok
    assert server.counts.connections == 1


def test_answers_html_page_in_the_middle_says_its_title(server):
    server.faults.answer("grid", answers.refusal(405), times=1)
    outcome = fetch(client_of(server), now_window())
    assert (outcome.verdict, outcome.status) == (Verdict.BLOCKED, 405)


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1000", b"HTTP/1.0 200 OK"],
)
def test_a_stop_ends_a_body_that_ends_with_its_connection(head):
    """http.client closes such a connection before its body is read."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            with listener.accept()[0] as connection:
                connection.recv(65536)
                connection.sendall(head + b"\r\n\r\n{")
                connection.recv(1)  # until the client ends it

        server = threading.Thread(target=serve)
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert stopped_in(Client(dataclasses.replace(Config(), base_url=url))) < 1.0
        server.join(5)


@pytest.mark.parametrize("name", ["a" * 70 + ".example", "a..example"])
def test_a_name_that_cannot_be_one_is_no_network(name):
    client = Client(dataclasses.replace(Config(), base_url=f"https://{name}"))
    assert fetch(client, WINDOW).verdict is Verdict.UNREACHABLE
    client.close()


def test_a_socks_proxy_is_used_or_said(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    client = Client(dataclasses.replace(Config(), base_url="https://listings.example"))
    assert fetch(client, WINDOW).verdict is Verdict.UNREACHABLE
    client.close()
