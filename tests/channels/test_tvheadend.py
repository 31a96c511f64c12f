"""Tvheadend's API over real sockets: who we say we are, what it answers, and what goes wrong."""

import logging
import socket
import threading
import time

import pytest

from gracenote2epg import config, errors, players
from gracenote2epg.fetch import Reader
from gracenote2epg.matching import Wanted
from gracenote2epg.tvheadend import PAGE, Tvheadend
from support.fake_tvheadend import PAGE as A_PAGE
from support.fake_tvheadend import TvhStandIn

SECRET = "pass:word"


@pytest.fixture(name="server")
def _server():
    with TvhStandIn() as server:
        yield server


def client(server, password=SECRET, **more):
    return Tvheadend(server.url, Reader("viewer" if password else "", password, **more))


def settings(server, **changes):
    given = {"tvh_url": server.url, "tvh_username": "viewer", "tvh_password": SECRET}
    return config.override(config.Config(), {**given, **changes})


def failure(server, password=SECRET, ask=lambda server: server.channels(), **more):
    with client(server, password, **more) as asked, pytest.raises(errors.PlayerError) as caught:
        ask(asked)
    return caught.value


# Who we say we are


@pytest.mark.parametrize("auth", ["digest", "SHA-256", "SHA-512-256", "basic"])
def test_we_prove_who_we_are_in_the_way_that_the_server_names(auth):
    with TvhStandIn(auth) as server:
        server.channel("WZAA-DT", "2.1")
        with client(server) as asked:
            assert [one.name for one in asked.channels()] == ["WZAA-DT"]
            assert asked.version() == server.version
        assert [call.status for call in server.calls].count(401) == 1  # then it is known


def test_who_lets_everybody_in_is_asked_without_a_name():
    with TvhStandIn("none") as server, client(server, "") as asked:
        assert asked.version() == server.version


def test_nobody_is_named_whom_the_settings_do_not_name(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login viewer password {SECRET}\n")
    (tmp_path / ".netrc").chmod(0o600)
    with TvhStandIn("basic") as server:
        assert isinstance(failure(server, ""), errors.TvhLogin)


def test_a_password_goes_in_plain_text_only_to_a_server_that_asks_for_it_so(server):
    seen = []
    who = server.refusal
    server.refusal = lambda call, user: seen.append(user) or who(call, user)
    with client(server) as asked:
        asked.version()
    assert seen == ["", "viewer"]  # the first request proves nothing


@pytest.mark.parametrize("auth", ["digest", "basic"])
def test_a_wrong_password_is_said_with_the_cure_and_without_the_password(auth):
    with TvhStandIn(auth) as server:
        error = failure(server, "geheim")
    assert isinstance(error, errors.TvhForbidden)
    assert "viewer" in str(error)
    assert "Check tvh_password" in str(error)
    assert "geheim" not in str(error)


def test_a_server_that_answers_a_wrong_password_with_401_is_understood_too(server):
    server.statuses[""] = 401
    error = failure(server)
    assert isinstance(error, errors.TvhLogin)
    assert "does not accept the user viewer" in str(error)


def test_a_server_that_wants_a_user_says_so(server):
    error = failure(server, "")
    assert isinstance(error, errors.TvhLogin)
    assert "wants a user" in str(error)
    assert "tvh_username" in str(error)


def test_a_right_that_is_missing_is_named(server):
    server.admin = False
    error = failure(server, ask=lambda asked: asked.modules())
    assert isinstance(error, errors.TvhForbidden)
    assert "epggrab/module/list" in str(error)
    assert "'Admin'" in str(error)


# What it answers


def test_a_channel_is_read(server):
    row = server.channel("WZAA-DT", "2.1", epgauto=False)
    source = server.source("20461.gracenote2epg", row)
    with client(server) as asked:
        (one,) = asked.channels()
    assert one == (row["uuid"], "WZAA-DT", "2.1", True, False, (source["uuid"],))


@pytest.mark.parametrize(
    ("given", "number"),
    [(5, "5"), ("5.1", "5.1"), (0, ""), (None, ""), ("5-1", "5.1"), (5.1, "5.1"), ([], "")],
)
def test_a_number_of_any_kind_is_read(server, given, number):
    server.channel("WZAA", given)
    with client(server) as asked:
        assert asked.channels()[0].number == number


def test_rows_that_lack_everything_are_read(server):
    server.channels = [{"enabled": True}, {"enabled": True, "name": None, "epggrab": "x"}]
    server.sources = [{}, {"updated": "never", "names": None, "channels": None}]
    server.modules = [{}]
    with client(server) as asked:
        assert [one.name for one in asked.channels()] == ["", ""]
        assert [one.xmltv_id for one in asked.sources()] == ["", ""]
        assert not asked.modules()[0].enabled


def test_a_channel_without_a_name_has_none(server):
    server.channel("{name-not-set}", 7)
    with client(server) as asked:
        assert asked.channels()[0].name == ""


def test_a_source_and_a_module_are_read(server):
    row = server.channel("WZAA-DT")
    server.source("20461.gracenote2epg", row, names="WZAADT,2.1 WZAADT", number="2.1")
    server.module("External: XMLTV", enabled=False)
    server.module("Internal: XMLTV: USA/Canada (Gracenote)")
    with client(server) as asked:
        (source,) = asked.sources()
        modules = asked.modules()
    assert (source.xmltv_id, source.number) == ("20461.gracenote2epg", "2.1")
    assert source.names == ("WZAADT", "2.1 WZAADT")
    assert source.channels == (row["uuid"],)
    assert source.grabber == "XMLTV: USA/Canada (Gracenote)"
    assert source.module == "/usr/bin/tv_grab_gracenote2epg"
    assert [module.enabled for module in modules] == [False, True]


@pytest.mark.parametrize("most", [1 << 30, 70])
def test_all_channels_come_however_many_one_answer_holds(server, most):
    server.most = most
    for number in range(2 * PAGE + 3):
        server.channel(f"Channel {number}", number)
    with client(server) as asked:
        found = asked.channels()
    assert [one.name for one in found] == [row["name"] for row in server.channels]


def test_the_events_of_a_channel_are_counted(server):
    one, other = server.channel("WZAA"), server.channel("WZBB")
    for start in range(3):
        server.event(one, 1800 * start, 1800 * start + 1800, "Harbor Night Show")
    server.event(other, 0, 1800, "Harbor Night Show")
    with client(server) as asked:
        assert asked.total("epg/events/grid") == 4
        assert asked.total("epg/events/grid", channel=one["uuid"]) == 3
        assert len(list(asked.grid("epg/events/grid", channel=one["uuid"]))) == 3


def test_a_module_has_the_path_of_its_program_or_none(server):
    server.module("Internal: XMLTV: Example", path="/usr/bin/tv_grab_example")
    server.module("Over-the-air: EIT")
    with client(server) as asked:
        assert [asked.path(one) for one in asked.modules()] == ["/usr/bin/tv_grab_example", ""]


def test_the_channels_that_have_something_on_soon_are_told_in_one_request(server):
    one, other = server.channel("WZAA"), server.channel("WZBB")
    for start in range(3):
        server.event(one, 1800 * start, 1800 * start + 1800, "Harbor Night Show")
    server.event(other, 9000, 9900, "Harbor Night Show")
    with client(server) as asked:
        assert asked.on_soon() == {one["uuid"], other["uuid"]}
        assert asked.on_soon(most=3) == {one["uuid"]}


def test_an_http_root_is_a_part_of_the_address():
    with TvhStandIn(root="/tvheadend") as server, client(server) as asked:
        assert asked.version() == server.version


# What goes wrong


def test_an_http_root_that_is_missing_is_named_and_nothing_is_sent_there():
    with TvhStandIn(root="/tvheadend") as server:
        outside = Tvheadend(f"http://127.0.0.1:{server.port}", Reader("viewer", SECRET))
        with outside as asked, pytest.raises(errors.NotTvheadend) as caught:
            asked.version()
        assert "leads to /tvheadend/api/serverinfo" in str(caught.value)
        assert "http_root" in str(caught.value)
        assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (A_PAGE, "a page instead of data"),
        (b"", "a page instead of data"),
        (b"[1, 2]", "other data"),
        (b'{"error": "no"}', "without entries"),
        (b'{"entries": 7, "total": 1}', "without entries"),
        (b'{"entries": [], "total": 9}', "ends after 0 of 9"),
    ],
)
def test_what_is_not_tvheadends_is_told(server, body, said):
    server.body = body
    error = failure(server)
    assert isinstance(error, errors.NotTvheadend)
    assert said in str(error)


@pytest.mark.parametrize("status", [404, 500, 502, 503])
def test_another_status_is_told(server, status):
    server.statuses["channel/grid"] = status
    error = failure(server)
    assert isinstance(error, errors.NotTvheadend)
    assert f"HTTP {status}" in str(error)


def test_an_address_where_nobody_listens_is_told():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        with Tvheadend(address, Reader()) as asked, pytest.raises(errors.TvhUnreachable) as caught:
            asked.version()
    assert "Connection refused" in str(caught.value)
    assert "tvh_url" in str(caught.value)


@pytest.mark.parametrize("address", ["http://a..b", "http://[::1]:1"])
def test_an_address_that_leads_nowhere_is_told(address):
    with Tvheadend(address, Reader()) as asked, pytest.raises(errors.TvhUnreachable):
        asked.version()


def test_something_that_does_not_speak_http_is_told():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def greet():
            with listener.accept()[0] as talk:
                talk.recv(1000)
                talk.sendall(b"220 mail ready\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Tvheadend(address, Reader()) as asked, pytest.raises(errors.TvhUnreachable):
            asked.version()
        thread.join()


def test_a_body_that_breaks_off_is_no_answer(server):
    server.short = 10
    assert "broke off" in str(failure(server))


def test_an_answer_that_never_comes_is_given_up(server):
    server.delay = 30
    assert "no answer within" in str(failure(server, timeout=0.3))


@pytest.mark.parametrize("auth", ["digest", "none"])
def test_an_answer_that_drips_is_given_up_and_what_came_of_it_is_none(auth):
    with TvhStandIn(auth) as server:
        server.drip = True
        assert "takes longer than" in str(failure(server, whole=0.5))


def test_a_stop_ends_what_hangs_within_a_second(server):
    server.delay = 30
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    began = time.monotonic()
    with client(server, stop=stop) as asked, pytest.raises(errors.Stopped):
        asked.version()
    assert time.monotonic() - began < 1.3
    timer.join()


def test_no_thread_is_left_behind(server):
    before = threading.active_count()
    with client(server) as asked:
        asked.version()
    assert threading.active_count() <= before + 1  # the stand-in's, for the open connection


def test_neither_log_nor_error_holds_the_password(caplog):
    caplog.set_level(logging.DEBUG)
    for auth in ("digest", "basic"):
        with TvhStandIn(auth) as server:
            server.channel("WZAA")
            players.of_tvheadend(settings(server))
            server.statuses["channel/grid"] = 403
            assert SECRET not in str(failure(server))
    assert SECRET not in caplog.text
    assert SECRET not in repr(settings(server))


# What the guide wants of it


@pytest.mark.parametrize("shows_disabled", [False, True])
def test_the_enabled_channels_come_with_the_ids_that_they_are_linked_to(server, shows_disabled):
    server.shows_disabled = shows_disabled
    linked = server.channel("Linked", "2.1")
    server.channel("Alone", 7)
    server.channel("Off", 8, enabled=False)
    server.source("20461.zap2epg", linked)
    assert players.of_tvheadend(settings(server)) == (
        Wanted("Linked", "2.1", ("20461.zap2epg",)),
        Wanted("Alone", "7"),
    )


def test_a_user_without_rights_over_the_grabbers_goes_without_the_links(server):
    server.source("20461.zap2epg", server.channel("Linked", "2.1"))
    server.admin = False
    assert players.of_tvheadend(settings(server)) == (Wanted("Linked", "2.1"),)
