"""The source's client: its requests, and what a response means."""

import gzip
import socket
import ssl
import zlib

import pytest
import requests

from gracenote2epg.config.settings import Config
from gracenote2epg.gracenote.client import Client
from gracenote2epg.gracenote.responses import parse, retry_after
from gracenote2epg.gracenote.tasks import DetailsTask, GuideTask, Outcome, ProvidersTask, Verdict
from gracenote2epg.models import Lineup
from gracenote2epg.net import NO_NAME, PROXY, REFUSED, TLS
from support.builders import channel_row, details_body, event, grid_body, providers_body
from support.guides import fetch, utc
from support.tables import wrong

HOST = "https://tvlistings.gracenote.com"
GRID = f"{HOST}/api/grid"
LINEUP = Lineup("USA", "USA-lineupId-DEFAULT", "lineupId", "-", "90210")
WINDOW = GuideTask(LINEUP, 1_789_257_600, 6)


@pytest.fixture(name="client")
def _client(clock):
    client = Client(Config(), clock=clock)
    yield client
    client.close()


# Requests


def test_the_grids_parameters_are_those_of_the_site(client, requests_mock):
    requests_mock.get(GRID, content=grid_body())
    assert fetch(client, WINDOW).ok
    assert requests_mock.last_request.url == (
        f"{GRID}?lineupId=USA-lineupId-DEFAULT&timespan=6&headendId=lineupId&country=USA"
        "&timezone=&device=-&postalCode=90210&isOverride=true&time=1789257600&pref=-&userId=-"
        "&aid=orbebb&languagecode=en-us"
    )


def test_streaming_and_mexican_lineups_have_other_parameters(client, requests_mock):
    requests_mock.get(GRID, content=grid_body())
    fetch(client, GuideTask(Lineup("USA", "USA-YOUTUBE-X", "YOUTUBE", "-", "90210"), 0, 6))
    assert not {"isoverride", "pref"} & set(requests_mock.last_request.qs)
    fetch(client, GuideTask(Lineup("MEX", "MEX-1008175-DEFAULT", "1008175", "X", ""), 0, 6))
    query = requests_mock.last_request.qs
    assert (query["aid"], query["languagecode"]) == (["dishmex"], ["es-mx"])
    assert requests_mock.last_request.headers["Referer"].endswith("?aid=dishmex")


def test_the_referer_names_the_affiliate_that_asks(client, requests_mock):
    requests_mock.get(GRID, content=grid_body())
    requests_mock.post(f"{HOST}/api/program/overviewDetails", content=details_body())
    headers = []
    for affiliate in ("orbebb", "chi"):
        client.affiliate = affiliate
        for task in (WINDOW, DetailsTask("SH09000100")):
            fetch(client, task)
            headers.append(requests_mock.last_request.headers)
            assert headers[-1]["Referer"] == f"{HOST}/grid-affiliates.html?aid={affiliate}"
    assert list(headers[2]) == list(headers[0])  # another order would tell us apart


def test_the_addresses_of_details_and_providers(client, requests_mock):
    requests_mock.post(f"{HOST}/api/program/overviewDetails", content=details_body())
    assert fetch(client, DetailsTask("SH09000100")).value.series_id == "SH09000100"
    assert requests_mock.last_request.text == "programSeriesID=SH09000100"
    codes = f"{HOST}/gapzap_webapi/api/Providers/getPostalCodeProviders"
    requests_mock.get(f"{codes}/CAN/J3B1M4/gapzap/en-us", content=providers_body())
    assert fetch(client, ProvidersTask("CAN", "J3B1M4")).ok


def test_headers_are_a_browsers_without_cookies(client, requests_mock):
    requests_mock.get(GRID, content=grid_body(), headers={"Set-Cookie": "a=b"})
    fetch(client, WINDOW)
    fetch(client, WINDOW)
    headers = requests_mock.last_request.headers
    assert headers["User-Agent"].startswith("Mozilla/5.0 ")
    assert headers["Accept-Encoding"] == "gzip, deflate"
    assert headers["Connection"] == "keep-alive"
    assert "Cookie" not in headers


# Responses (API reference, section 1.7)

PAGE = b"<html><head><title>403 Forbidden</title></head></html>"
NO_LINEUPS = b'{"message":"No lineups are available for this ZIP or postal code."}'
ANSWERS = [
    (200, b"{}", Verdict.BAD), (200, b" ", Verdict.BAD), (200, b'{"channels":[]}', Verdict.BAD),
    (200, b'{"channels":[{', Verdict.BAD), (200, b"[1]", Verdict.BAD),
    (200, b'{\n"error":"Access Denied. Too many requests"\n}', Verdict.RATE_LIMITED),
    (200, b"Too many requests", Verdict.RATE_LIMITED),
    (200, b"\xef\xbb\xbf\r\n<html>Please wait</html>", Verdict.BLOCKED),
    (200, b"  <html><title>Human Verification</title></html>", Verdict.BLOCKED),
    (200, b"<html>Oops ! Something went wrong.</html>", Verdict.NO_LINEUP),
    (202, b"", Verdict.BLOCKED), (301, b"", Verdict.GONE), (302, PAGE, Verdict.GONE),
    (400, NO_LINEUPS, Verdict.NO_LINEUP), (400, b"", Verdict.BAD), (403, PAGE, Verdict.BLOCKED),
    (404, b"", Verdict.GONE), (405, PAGE, Verdict.BLOCKED), (410, b"", Verdict.GONE),
    (418, b"", Verdict.BAD), (403, b"Access Denied", Verdict.BLOCKED),
    *((status, b'{"error":"Access Denied"}', Verdict.RATE_LIMITED)
      for status in (302, 400, 401, 404, 410, 500, 503)),
    (500, b"Access Denied" + bytes(2000), Verdict.BAD),
    (429, b'{\n"error":"Access Denied. Too many requests"\n}', Verdict.RATE_LIMITED),
    (500, b"", Verdict.BAD), (502, b"", Verdict.OVERLOADED), (503, b"", Verdict.OVERLOADED),
    (504, b"", Verdict.OVERLOADED),
]  # fmt: skip


def test_the_verdict_of_each_response(client, requests_mock):
    def meaning(status, body):
        requests_mock.get(GRID, status_code=status, content=body)
        outcome = fetch(client, WINDOW)
        return outcome.verdict, outcome.status, outcome.value, bool(outcome.detail)

    rows = [(status, body, (verdict, status, None, True)) for status, body, verdict in ANSWERS]
    assert wrong(meaning, rows) == []


def test_listings_may_speak_of_a_refusal(client, requests_mock):
    body = grid_body(channel_row(event(title="Access Denied"), *[event()] * 9))
    requests_mock.get(GRID, content=body)
    assert fetch(client, WINDOW).ok
    requests_mock.get(GRID, content=body[:-9])  # broken off
    assert fetch(client, WINDOW).verdict is Verdict.BAD


def test_a_body_is_unpacked_however_it_is_packed(client, requests_mock):
    def unpacked(coding, content):
        requests_mock.get(GRID, content=content, headers={"Content-Encoding": coding})
        return fetch(client, WINDOW).verdict

    body, raw = grid_body(), zlib.compressobj(wbits=-15)
    parts = gzip.compress(body[:99]) + gzip.compress(body[99:])
    assert wrong(unpacked, [
        ("gzip", gzip.compress(body), Verdict.OK), ("GZIP", parts, Verdict.OK),
        ("gzip", gzip.compress(body) + bytes(7), Verdict.OK),
        ("deflate", zlib.compress(body), Verdict.OK),
        ("deflate", raw.compress(body) + raw.flush(), Verdict.OK),
        ("gzip", gzip.compress(body)[:-9], Verdict.UNREACHABLE),
        ("gzip", parts[:-9], Verdict.UNREACHABLE), ("gzip", body, Verdict.UNREACHABLE),
        ("identity", body, Verdict.OK),
    ]) == []  # fmt: skip


def test_each_network_failure_is_an_outcome_with_its_cause(client, requests_mock):
    def outcome(error):
        requests_mock.get(GRID, exc=error)
        failed = fetch(client, WINDOW)
        return failed.verdict, failed.cause

    exceptions, lost = requests.exceptions, Verdict.UNREACHABLE
    assert wrong(outcome, [
        (exceptions.ConnectTimeout, (lost, "")),
        (exceptions.ReadTimeout, (Verdict.OVERLOADED, "")),
        (exceptions.ConnectionError, (lost, "")), (exceptions.SSLError, (lost, "")),
        (exceptions.ChunkedEncodingError, (lost, "")),
        (exceptions.ProxyError(ConnectionRefusedError()), (lost, PROXY)),
        (ConnectionResetError, (lost, "")), (ConnectionRefusedError, (lost, REFUSED)),
        (socket.gaierror, (lost, NO_NAME)), (ssl.SSLError, (lost, TLS)),
    ]) == []  # fmt: skip


def test_other_exceptions_are_bugs_and_raised(client, requests_mock):
    requests_mock.get(GRID, exc=KeyError)
    with pytest.raises(KeyError):
        fetch(client, WINDOW)


def test_both_forms_of_retry_after(client, requests_mock, clock):
    midnight = "Sun, 13 Sep 2026 00:00:00 GMT"
    now = 1_789_257_600 - 60.0
    assert wrong(lambda headers: retry_after(headers, now), [
        ({}, None), ({"Retry-After": "7"}, 7.0), ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "Sun, 13 Sep 2026 00:01:30 GMT", "Date": midnight}, 90.0),
        ({"Retry-After": midnight}, 60.0),
        ({"Retry-After": "Sun, 13 Sep 2020 00:00:00 GMT"}, 0.0),
    ]) == []  # fmt: skip
    clock.set(now)
    requests_mock.get(GRID, status_code=429, headers={"Retry-After": midnight})
    assert fetch(client, WINDOW).retry_after == 60.0
    requests_mock.get(GRID, content=b"Too many requests", headers={"Retry-After": "7"})
    assert fetch(client, WINDOW).retry_after == 7.0


# Proxies and addresses


def client_at(url):
    return Client(Config(base_url=url))


def test_a_proxy_is_named_without_its_credentials(monkeypatch):
    def proxy(value):
        monkeypatch.setenv("HTTP_PROXY", value)
        with_proxy = client_at("http://127.0.0.2:9")
        with_proxy.close()
        return with_proxy.proxy

    assert wrong(proxy, [
        ("", ""),
        ("http://user:secret@10.0.0.1:3128", "10.0.0.1:3128"),
        ("http://user:se/cret@proxy:80/", "proxy:80"),
        ("proxy:80", "proxy:80"),
    ]) == []  # fmt: skip


def test_an_impossible_host_name_or_proxy_is_unreachable(monkeypatch):
    for host, proxy in (
        ("listings.example", "socks5://127.0.0.1:9"),
        ("listings.example", "http://[::1"),
        ("127.0.0.1." + "a" * 70, ""),
        ("127.0.0.1..a", ""),
    ):
        monkeypatch.setenv("ALL_PROXY", proxy)
        client = client_at(f"https://{host}")
        assert fetch(client, WINDOW).verdict is Verdict.UNREACHABLE
        client.close()


def test_an_outcome_tells_how_many_stations_have_a_programme_in_each_hour():
    begin = WINDOW.start

    def counted(*shows):
        rows = [
            channel_row(
                *(
                    event(startTime=utc(begin + a * 60), endTime=utc(begin + b * 60))
                    for a, b in own
                ),
                channelId=f"9000{number}",
            )
            for number, own in enumerate(shows)
        ]
        outcome = Outcome(Verdict.OK, grid_body(*rows), 200)
        return parse(WINDOW._replace(hours=3), outcome).stations

    assert counted([(-60, 240)], [(0, 30), (30, 60), (90, 240)]) == (2, 2, 2)
    assert counted([(-60, 20), (100, 180)], [(0, 31)]) == (1, 0, 1)
    assert counted([(-300, 30)], [(60, 90)], [(150, 151)]) == (0, 0, 1)
