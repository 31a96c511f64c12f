"""The fake server over real sockets: its answers, and that each fault does what it is named for."""

import contextlib
import gzip
import http.client
import json
import os
import socket
import ssl
import threading
from urllib.parse import urlencode

import pytest

from fake_gracenote import FakeGracenote, World, responses
from support import DATA
from support.builders import HOUR, NOW

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0"
ANTENNA = {
    "aid": "orbebb",
    "lineupId": "USA-lineupId-DEFAULT",
    "headendId": "lineupId",
    "country": "USA",
    "device": "-",
    "postalCode": "90210",
    "isOverride": "true",
    "time": str(NOW),
    "timespan": "6",
}
GRID = "/api/grid?" + urlencode(ANTENNA)
PROVIDERS = "/gapzap_webapi/api/Providers/getPostalCodeProviders"
NO_LINEUPS = responses.no_lineups().body
PEM, KEY = (os.path.join(DATA, f"loopback.{kind}") for kind in ("pem", "key"))


@pytest.fixture(name="world", scope="module")
def _world():
    return World(8, 24, now=NOW)


@pytest.fixture(name="series_id", scope="module")
def _series_id(world):
    rows = world.truth(NOW, NOW + HOUR)
    return min({row["seriesId"] for row in rows if row["seriesId"] > "SH09"} - {world.giant})


@pytest.fixture(name="server")
def _server(world):
    with FakeGracenote(world) as server:
        yield server


class Client:
    """A browser with one connection; an answer is (status, headers, body)."""

    def __init__(self, server, timeout=5.0, tls=None):
        kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
        more = {"context": tls} if tls else {}
        self.http = kind("127.0.0.1", server.port, timeout=timeout, **more)

    def send(self, method, target, body=None, agent=BROWSER, squeezed=False):
        headers = {"User-Agent": agent, "Accept-Encoding": "gzip" if squeezed else "identity"}
        self.http.request(method, target, body=body, headers=headers)

    def ask(self, method, target, **more):
        self.send(method, target, **more)
        response = self.http.getresponse()
        return response.status, response.headers, response.read()

    def grid(self, agent=BROWSER, squeezed=False, **changes):
        target = "/api/grid?" + urlencode({**ANTENNA, **changes})
        return self.ask("GET", target, agent=agent, squeezed=squeezed)

    def details(self, series_id):
        form = urlencode({"programSeriesID": series_id})
        return self.ask("POST", "/api/program/overviewDetails", body=form)


@contextlib.contextmanager
def client_of(server, **more):
    client = Client(server, **more)
    with contextlib.closing(client.http):
        yield client


@pytest.fixture(name="client")
def _client(server):
    with client_of(server) as client:
        yield client


def in_background(task):
    """Run a task in a thread whose end and result can be waited for."""
    results = []
    thread = threading.Thread(target=lambda: results.append(task()))
    thread.start()

    def result():
        thread.join(5)
        return results[0]

    return result


def eventually(condition):
    """Wait for a condition that another thread fulfils; False after some seconds."""
    pause = threading.Event()
    return any(condition() or pause.wait(0.005) for _ in range(1000))


# Answers: API notes 1.7 and 6.7


def test_a_wrong_parameter_is_refused_as_the_service_does(client):
    failures = []
    for changes, status, body in (
        ({"aid": "gapzap"}, 400, NO_LINEUPS),
        ({"aid": ""}, 400, NO_LINEUPS),
        ({"aid": "lat"}, 200, responses.oops().body),
        ({"isOverride": ""}, 400, b""),
        ({"timespan": "7"}, 400, b""),
        ({"timespan": "0"}, 400, b""),
        ({"timespan": "x"}, 400, b""),
        ({"time": "now"}, 400, b""),
        ({"timezone": "-240"}, 400, b""),
        ({"postalCode": ""}, 400, NO_LINEUPS),
        ({"postalCode": "-"}, 400, NO_LINEUPS),
        ({"postalCode": "00000"}, 400, NO_LINEUPS),
        ({"country": "CAN"}, 400, NO_LINEUPS),
        ({"country": "CAN", "lineupId": "CAN-lineupId-DEFAULT"}, 400, NO_LINEUPS),
    ):
        answer = client.grid(**changes)
        if (answer[0], answer[2]) != (status, body):
            failures.append((changes, answer))
    assert failures == []
    assert len(NO_LINEUPS) == 112


def test_every_name_of_a_lineup_is_accepted(client):
    for changes in (
        {},
        {"aid": "chi"},
        {"AffiliateID": "lat", "TMSID": "", "pref": "-", "userId": "-"},
        {"timezone": ""},
        {"lineupId": "USA-OTA90210-DEFAULT"},
        {"lineupId": ""},
        {"postalCode": "10001"},
        {"country": "CAN", "lineupId": "CAN-OTAJ3B1M4-DEFAULT", "postalCode": "J3B1M4"},
        {"lineupId": "USA-ZZ00001-DEFAULT", "headendId": "ZZ00001", "device": "X"},
        {"lineupId": "USA-ZZ00001-X", "headendId": "ZZ00001", "postalCode": "-"},
        {"lineupId": "USA-YOUTUBE-X", "headendId": "YOUTUBE", "isOverride": ""},
        {"time": str(NOW + 137), "timespan": "1"},
    ):
        status, headers, body = client.grid(**changes)
        assert (status, headers["Content-Type"]) == (200, "application/json"), changes
        assert any(channel["events"] for channel in json.loads(body)["channels"]), changes


def test_a_wrong_headend_silently_gives_a_default_lineup(client, world):
    status, _, body = client.grid(lineupId="USA-ZZ00001-DEFAULT", headendId="lineupId")
    stations = {channel["channelId"] for channel in json.loads(body)["channels"]}
    assert status == 200
    assert stations
    assert not stations & {channel["channelId"] for channel in world.channels()}


def test_user_agents_of_tools_are_forbidden(client):
    tools = "Python-urllib/3.8,python-requests/2.25.1,curl/8.1,Go-http-client/1.1,gracenote2epg/1.0"
    for agent in ("", "Mozilla/4.0 (compatible)", *tools.split(",")):
        status, _, body = client.grid(agent=agent)
        assert status == 403, agent
        assert b"<title>403 Forbidden</title>" in body


def test_the_lineups_of_a_postal_code(client):
    def lineups(place, path=PROVIDERS):
        status, _, body = client.ask("GET", f"{path}/{place}")
        assert status == 200
        return json.loads(body)

    for path in (PROVIDERS, PROVIDERS.replace("Providers", "providers")):
        answer = lineups("USA/90210/gapzap/en", path)
        rows = answer.pop("Providers")
        assert answer == {
            "DSTUTCOffset": "-240",
            "StdUTCOffset": "-300",
            "DSTStart": "2026-03-08T02:00Z",
            "DSTEnd": "2026-11-01T02:00Z",
            "primetime": "20:00",
        }
        assert [row["type"] for row in rows] == ["OTA", "CABLE", "SATELLITE", "CABLE"]
        assert all(isinstance(value, str) for row in rows for value in row.values())
        keys = "type device lineupId name location timezone postalCode headendId"
        assert list(rows[0]) == keys.split()
    rows = lineups("CAN/J3B1M4/gapzap/en-us")["Providers"]
    assert {row["lineupId"][:4] for row in rows} == {"CAN-"}
    assert {len(row["headendId"]) for row in rows[1:]} == {7}
    for place in ("USA/00000", "CAN/90210", "USA/J3B1M4"):
        assert lineups(f"{place}/gapzap")["Providers"] == []


def test_anything_else_is_not_found(client):
    for method, path in (
        ("GET", "/"),
        ("GET", "/api/program/overviewDetails"),
        ("POST", "/api/grid"),
        ("PUT", "/x"),
        ("GET", PROVIDERS + "/USA/90210"),
    ):
        assert client.ask(method, path)[0] == 404, path


def test_details_take_a_form_and_gzip_is_sent_if_accepted(client, world, series_id):
    status, headers, plain = client.details(series_id)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert headers["Content-Encoding"] is None
    assert json.loads(plain) == world.details(series_id)
    assert client.details("SH99999999")[0] == 404
    _, headers, body = client.grid(squeezed=True)
    assert headers["Content-Encoding"] == "gzip"
    assert int(headers["Content-Length"]) == len(body)
    assert gzip.decompress(body) == client.grid()[2]


def test_requests_are_counted_and_logged_in_order(server, client, series_id):
    client.grid()
    client.details(series_id)
    client.ask("GET", PROVIDERS + "/USA/90210/gapzap/en")
    client.grid(agent="curl")
    client.ask("GET", "/")
    assert server.counts == (5, 2, 1, 1, 1, 0, 1, 1)
    assert [f"{entry.endpoint} {entry.status}" for entry in server.log] == [
        "grid 200", "details 200", "providers 200", "grid 403", "other 404",
    ]  # fmt: skip
    assert server.log[0].params["time"] == str(NOW)
    assert server.log[1].params == {"programSeriesID": series_id}
    server.reset_counts()
    assert (server.counts, server.log) == ((0,) * 8, [])


# Faults


def test_refusals_have_the_services_bytes(server, client):
    expected = {
        429: b'{\n"error":"Access Denied. Too many requests"\n}',
        403: b"<title>403 Forbidden</title>",
        405: b"<title>Human Verification</title>",
        202: b"",
        500: b"500 Internal Server Error",
        503: b"503 Service Temporarily Unavailable",
        504: b"504 Gateway Time-out",
    }
    for status, part in expected.items():
        server.faults.refuse(status, times=1)
        answered, headers, body = client.grid()
        assert (answered, part in body) == (status, True)
        assert headers["x-amzn-waf-action"] == {405: "captcha", 202: "challenge"}.get(status)
    assert client.grid()[0] == 200


def test_limits_work_at_the_sockets(server):
    server.faults.connection_limit(3, per=60, closed=60, retry_after="seconds")
    answers = []
    for _ in range(5):
        with client_of(server) as client:
            answers.append(client.grid())
    assert [status for status, _, _ in answers] == [200, 200, 200, 429, 429]
    assert answers[4][1]["Retry-After"] in ("59", "60")
    assert server.counts.connections == 5


def test_broken_answers_break_where_they_should(server, client):
    for fault, error, status in (
        ("drop", http.client.RemoteDisconnected, 0),
        ("reset", ConnectionResetError, 0),
        ("cut", http.client.IncompleteRead, 0),
        ("cut_chunks", http.client.IncompleteRead, 0),
        ("cut_gzip", EOFError, 200),
    ):
        getattr(server.faults, fault)(times=1)
        with pytest.raises(error) as broken:
            gzip.decompress(client.grid(squeezed=True)[2])
        if error is http.client.IncompleteRead:
            assert len(broken.value.partial) > 1000
        client.http.close()
        assert client.grid()[0] == 200
        assert [entry.status for entry in server.log] == [status, 200], fault
        server.reset_counts()


def received(server, timeout=0.1):
    """Return how many bytes of a grid answer arrive before the client times out."""
    with client_of(server, timeout=timeout) as client:
        client.send("GET", GRID)
        total = 0
        with contextlib.suppress(socket.timeout):
            while True:
                total += len(client.http.sock.recv(65536)) or pytest.fail("closed, not silent")
        assert eventually(lambda: server.counts.open_now == 1)  # on a busy machine it is late
    assert eventually(lambda: server.counts.open_now == 0)
    return total


def test_hanging_and_slow_answers_stop_where_they_should(server, client):
    whole = len(client.grid()[2])
    for name, arguments, least, most in (
        ("hang", (), 0, 0),
        ("hang_in_head", (), 10, 100),
        ("hang_in_body", (), whole // 2, whole // 2 + 1000),
        ("drip", (600,), 100, 1000),
        ("late", (600,), 0, 0),
        ("hold", (), 0, 0),
    ):
        getattr(server.faults, name)(*arguments, on="grid")
        assert least <= received(server) <= most, name
        server.faults.clear()
    server.faults.latency = 600
    with client_of(server, timeout=0.1) as hasty, pytest.raises(socket.timeout):
        hasty.grid()


def test_held_answers_are_released_one_by_one(server):
    server.faults.hold()
    with contextlib.ExitStack() as closing:
        clients = [closing.enter_context(client_of(server)) for _ in range(3)]
        results = [in_background(client.grid) for client in clients]
        assert server.faults.wait_held(3, timeout=2)
        assert not server.faults.wait_held(4, timeout=0.02)
        server.faults.release(1)
        assert eventually(lambda: server.counts.open_now == 2 == server.faults.held)
        server.faults.release_all()
        assert [result()[0] for result in results] == [200] * 3


# Closing


@pytest.mark.parametrize("state", ["idle", "hold", "hang", "latency", "mute"])
def test_close_ends_everything_and_leaves_no_thread(world, state):
    before = set(threading.enumerate())
    server = FakeGracenote(world)
    server.start()
    if state == "latency":
        server.faults.latency = 600
    elif state != "idle":
        getattr(server.faults, state)()
    with client_of(server) as client:
        client.send("GET", GRID)
        assert eventually(lambda: server.counts[4 if state == "mute" else 0] == 1)
        server.close()
    assert set(threading.enumerate()) == before
    server.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), 1)
    FakeGracenote(world).close()  # one that was never started


def test_neither_a_hanging_handshake_nor_a_mute_connection_blocks_others(world):
    before = set(threading.enumerate())
    tls = ssl.create_default_context(cafile=PEM)
    with FakeGracenote(world, tls=(PEM, KEY)) as server:
        server.faults.mute(1)
        with client_of(server, tls=tls, timeout=0.1) as deaf, pytest.raises(socket.timeout):
            deaf.grid()
        with socket.create_connection(("127.0.0.1", server.port), 2):  # no handshake
            with client_of(server, tls=tls) as heard:
                assert heard.grid()[0] == 200
            assert (server.counts.connections, server.counts.requests) == (3, 1)
            server.close()
    assert set(threading.enumerate()) == before
