"""The source's client over real sockets: broken responses, certificates, stopping."""

import gc
import os
import socket
import threading

import pytest

from fake_gracenote import FakeGracenote, World, responses
from gracenote2epg.config.settings import Config
from gracenote2epg.gracenote.client import Client
from gracenote2epg.gracenote.tasks import GuideTask, Verdict
from gracenote2epg.models import Lineup
from gracenote2epg.net import sockets
from support import DATA
from support.guides import fetch

LINEUP = Lineup("USA", "USA-lineupId-DEFAULT", "lineupId", "-", "90210")
# Made for these tests with openssl: self-signed, for 127.0.0.1, a hundred years.
CERTIFICATE = os.path.join(DATA, "loopback.pem"), os.path.join(DATA, "loopback.key")


@pytest.fixture(name="client_of")
def _client_of(clock):
    """Make a client of a server or an address."""
    clients = []

    def make(server, timeout=20.0):
        url = server if isinstance(server, str) else server.url
        clients.append(Client(Config(base_url=url), timeout=timeout, clock=clock))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture(name="window")
def _window(clock):
    now = int(clock.now())
    return GuideTask(LINEUP, now - now % 21_600, 6)


@pytest.fixture(name="secure_server")
def _secure_server(clock):
    with FakeGracenote(World(8, 24, now=clock.now), tls=CERTIFICATE) as server:
        yield server


def test_a_body_that_breaks_off_is_unreachable(server, client_of, window):
    for fault in ("cut", "cut_gzip", "cut_chunks", "drop", "reset"):
        server.faults.clear()
        getattr(server.faults, fault)()
        assert fetch(client_of(server), window).verdict is Verdict.UNREACHABLE, fault


def test_listings_of_other_hours_are_bad(server, client_of, window):
    for hours in (-6, 6, 240):
        other = window._replace(start=window.start + hours * 3600)
        grid = server.world.grid(client_of(server).grid_params(other))
        server.faults.clear()
        server.faults.answer("grid", responses.json_answer(grid))
        outcome = fetch(client_of(server), window)
        assert (outcome.verdict, outcome.detail) == (Verdict.BAD, "the listings of other hours")


def test_connections_are_kept_also_after_a_refusal(server, client_of, window):
    server.faults.refuse(429, times=2)
    client = client_of(server)
    outcomes = [fetch(client, window) for _ in range(4)]
    assert [outcome.ok for outcome in outcomes] == [False, False, True, True]
    assert server.counts.connections == 1
    assert len(outcomes[3].value.stations) > 4
    assert outcomes[3].size > 1000
    assert outcomes[3].seconds > 0


def test_a_closed_client_has_no_connection_left_even_if_errors_are_kept(server, client_of, window):
    server.faults.drop(times=1)
    client = client_of(server)
    before = set(threading.enumerate())
    gc.disable()
    try:
        assert [fetch(client, window).ok for _ in range(2)] == [False, True]
        client.close()
        for thread in set(threading.enumerate()) - before:  # the server's, one for a connection
            thread.join(10)
            assert not thread.is_alive()
    finally:
        gc.enable()


def test_an_address_family_that_the_kernel_lacks_is_skipped(server, client_of, window, monkeypatch):
    lookup = socket.getaddrinfo

    def both(*args, **kwargs):
        found = lookup(*args, **kwargs)
        return [(99, *found[0][1:]), *found]  # no kernel has it

    monkeypatch.setattr(socket, "getaddrinfo", both)
    assert fetch(client_of(server), window).ok


def test_silence_beyond_the_timeout_is_overload(server, client_of, window):
    server.faults.hang()
    assert fetch(client_of(server, timeout=0.1), window).verdict is Verdict.OVERLOADED


def test_only_trusted_certificates_are_accepted(secure_server, client_of, window, monkeypatch):
    outcome = fetch(client_of(secure_server), window)
    assert outcome.verdict is Verdict.UNREACHABLE
    assert "certificate" in outcome.detail.lower()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", CERTIFICATE[0])
    assert fetch(client_of(secure_server), window).ok


def test_the_proxy_of_the_environment_is_used(server, client_of, window, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", server.url)
    away = "http://127.0.0.2:9"
    assert fetch(client_of(away), window).ok
    assert server.counts.requests == 1
    monkeypatch.setenv("NO_PROXY", "127.0.0.2")
    assert fetch(client_of(away), window).verdict is Verdict.UNREACHABLE


# Stopping


def started(client, window):
    """A request in a thread, and the list that its verdict comes to."""
    verdicts = []
    under_way = threading.Thread(target=lambda: verdicts.append(fetch(client, window).verdict))
    under_way.start()
    return under_way, verdicts


def stopped(client, window):
    """Whether a stop ends a hanging request."""
    under_way, verdicts = started(client, window)
    under_way.join(0.1)
    assert under_way.is_alive(), "the request did not hang"
    client.stop()
    under_way.join(5)  # the client's own time-out is 20 s
    return verdicts == [Verdict.STOPPED]


@pytest.mark.parametrize("where", ["hang", "hang_in_head", "hang_in_body", "tls_handshake"])
def test_a_stop_ends_a_request_wherever_it_hangs(request, client_of, window, where):
    in_tls = where == "tls_handshake"
    server = request.getfixturevalue("secure_server" if in_tls else "server")
    getattr(server.faults, "mute" if in_tls else where)()
    client, sent = client_of(server), server.counts.requests
    assert stopped(client, window)
    assert fetch(client, window).verdict is Verdict.STOPPED
    assert server.counts.requests <= sent + 1  # nothing is sent after a stop


def test_a_stop_ends_connecting(client_of, window):
    with socket.socket() as full:  # a queue of none, and one in it: the next gets no answer
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            assert stopped(client_of(f"http://127.0.0.1:{full.getsockname()[1]}"), window)


def test_a_response_that_drips_is_cut_off(server, client_of, window, monkeypatch):
    monkeypatch.setattr(sockets, "REQUEST_LIMIT", 0.1)
    server.faults.drip(60.0)
    client = client_of(server)
    under_way, verdicts = started(client, window)
    for _ in range(100):
        under_way.join(0.05)
        client.cut_overdue()
    assert verdicts == [Verdict.UNREACHABLE]


def test_an_idle_connection_is_kept(server, client_of, window, monkeypatch):
    monkeypatch.setattr(sockets, "REQUEST_LIMIT", -1.0)
    client = client_of(server)
    assert fetch(client, window).ok
    client.cut_overdue()
    monkeypatch.setattr(sockets, "REQUEST_LIMIT", 60.0)
    assert fetch(client, window).ok
    assert server.counts.connections == 1
