"""Tvheadend's API over real sockets: proving who we are, reading answers, naming what failed."""

import logging
import socket
import threading

import pytest

from gracenote2epg import errors
from gracenote2epg.channels import player_channels
from gracenote2epg.channels.matching import PlayerChannel
from gracenote2epg.channels.tvheadend import PAGE, Tvheadend
from gracenote2epg.config import settings as config_settings
from gracenote2epg.config import sources
from gracenote2epg.net.client import HttpClient
from support.fake_tvheadend import PAGE as A_PAGE
from support.fake_tvheadend import TvhStandIn

SECRET = "pass:word"


@pytest.fixture(name="tvh")
def _tvh():
    with TvhStandIn() as tvh:
        yield tvh


def client(tvh, password=SECRET, **more):
    return Tvheadend(tvh.url, HttpClient("viewer" if password else "", password, **more))


def ask(tvh, method="channels", *given, **named):
    with client(tvh) as server:
        return getattr(server, method)(*given, **named)


def failure(tvh, kind, password=SECRET, method="channels", **more):
    """What the error of this kind says."""
    with client(tvh, password, **more) as server, pytest.raises(kind) as caught:
        getattr(server, method)()
    return str(caught.value)


def settings(tvh):
    given = {"tvh_url": tvh.url, "tvh_username": "viewer", "tvh_password": SECRET}
    return sources.override(config_settings.Config(), given)


# Proving who we are


def test_we_prove_who_we_are_as_the_server_asks_for_it():
    for auth in ("digest", "SHA-256", "SHA-512-256", "basic"):
        with TvhStandIn(auth) as tvh, client(tvh) as server:
            tvh.channel("WZAA-DT", "2.1")
            assert [channel.name for channel in server.channels()] == ["WZAA-DT"], auth
            assert server.version() == tvh.version
            assert [call.status for call in tvh.calls].count(401) == 1, auth  # only the first


def test_a_server_that_lets_everybody_in_needs_no_name():
    with TvhStandIn("none") as tvh, client(tvh, "") as server:
        assert server.version() == tvh.version


def test_no_user_is_taken_from_netrc(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login viewer password {SECRET}\n")
    (tmp_path / ".netrc").chmod(0o600)
    with TvhStandIn("basic") as tvh:
        failure(tvh, errors.TvheadendLogin, "")


def test_a_password_goes_in_plain_text_only_to_a_server_that_asks_for_that(tvh):
    users, refusal = [], tvh.refusal
    tvh.refusal = lambda call, user: users.append(user) or refusal(call, user)
    ask(tvh, "version")
    assert users == ["", "viewer"]  # the first request proves nothing


def test_a_wrong_password_is_told_with_the_cure_and_without_the_password():
    for auth in ("digest", "basic"):
        with TvhStandIn(auth) as tvh:
            said = failure(tvh, errors.TvheadendForbidden, "geheim")
        assert "viewer" in said
        assert "Check tvh_password" in said
        assert "geheim" not in said


def test_what_a_login_lacks_is_named(tvh):
    said = failure(tvh, errors.TvheadendLogin, "")
    assert "wants a user" in said
    assert "tvh_username" in said
    tvh.admin = False
    said = failure(tvh, errors.TvheadendForbidden, method="modules")
    assert "epggrab/module/list" in said
    assert "'Admin'" in said
    tvh.statuses[""] = 401  # to a wrong password
    assert "does not accept the user viewer" in failure(tvh, errors.TvheadendLogin)


# Its answers


def test_a_channel_is_read(tvh):
    row = tvh.channel("WZAA-DT", "2.1", epgauto=False)
    source = tvh.source("20461.gracenote2epg", row)
    (channel,) = ask(tvh)
    assert channel == (row["uuid"], "WZAA-DT", "2.1", True, False, (source["uuid"],))


def test_a_number_of_any_kind_is_read_and_a_name_that_is_not_set(tvh):
    given = (5, "5.1", 0, None, "", "5-1", 5.1, [])
    for number in given:
        tvh.channel("{name-not-set}", number)
    channels = ask(tvh)
    assert [channel.number for channel in channels] == ["5", "5.1", "", "", "", "5.1", "5.1", ""]
    assert {channel.name for channel in channels} == {""}


def test_rows_that_lack_everything_are_read(tvh):
    tvh.channels = [{"enabled": True}, {"enabled": True, "name": None, "epggrab": "x"}]
    tvh.sources = [{}, {"updated": "never", "names": None, "channels": None}]
    tvh.modules = [{}]
    with client(tvh) as server:
        assert [channel.name for channel in server.channels()] == ["", ""]
        assert [source.xmltv_id for source in server.sources()] == ["", ""]
        assert not server.modules()[0].enabled


def test_a_source_and_a_module_are_read(tvh):
    row = tvh.channel("WZAA-DT")
    tvh.source("20461.gracenote2epg", row, names="WZAADT,2.1 WZAADT", number="2.1")
    tvh.module("External: XMLTV", enabled=False)
    tvh.module("Internal: XMLTV: USA/Canada (Gracenote)")
    (source,) = ask(tvh, "sources")
    assert (source.xmltv_id, source.number) == ("20461.gracenote2epg", "2.1")
    assert source.names == ("WZAADT", "2.1 WZAADT")
    assert source.channels == (row["uuid"],)
    assert source.grabber == "XMLTV: USA/Canada (Gracenote)"
    assert source.module == "/usr/bin/tv_grab_gracenote2epg"
    assert [module.enabled for module in ask(tvh, "modules")] == [False, True]


def test_a_module_has_the_path_of_its_program_or_none(tvh):
    tvh.module("Internal: XMLTV: Example", path="/usr/bin/tv_grab_example")
    tvh.module("Over-the-air: EIT")
    with client(tvh) as server:
        paths = [server.path(module) for module in server.modules()]
    assert paths == ["/usr/bin/tv_grab_example", ""]


def test_all_channels_come_however_many_an_answer_holds(tvh):
    names = [f"Channel {number}" for number in range(2 * PAGE + 3)]
    for number, name in enumerate(names):
        tvh.channel(name, number)
    for most in (1 << 30, 300):
        tvh.most = most
        assert [channel.name for channel in ask(tvh)] == names


def test_the_events_of_a_channel_are_counted_and_those_with_some_soon_are_named(tvh):
    first, other = tvh.channel("WZAA"), tvh.channel("WZBB")
    for start in range(0, 5400, 1800):
        tvh.event(first, start, start + 1800, "Harbor Night Show")
    tvh.event(other, 9000, 9900, "Harbor Night Show")
    with client(tvh) as server:
        assert server.total("epg/events/grid") == 4
        assert server.total("epg/events/grid", channel=first["uuid"]) == 3
        assert len(list(server.grid("epg/events/grid", channel=first["uuid"]))) == 3
        calls = len(tvh.calls)
        assert server.on_soon() == {first["uuid"], other["uuid"]}
        assert len(tvh.calls) == calls + 1
        assert server.on_soon(most=3) == {first["uuid"]}


# What goes wrong


def test_an_http_root_is_a_part_of_the_address_and_is_named_where_it_is_missing():
    with TvhStandIn(root="/tvheadend") as tvh:
        outside = Tvheadend(f"http://127.0.0.1:{tvh.port}", HttpClient("viewer", SECRET))
        with outside as server, pytest.raises(errors.NotTvheadend) as caught:
            server.version()
        assert "leads to /tvheadend/api/serverinfo" in str(caught.value)
        assert "http_root" in str(caught.value)
        assert len(tvh.calls) == 1  # it did not follow with the password
        assert ask(tvh, "version") == tvh.version


def test_an_answer_that_is_not_tvheadends_is_told(tvh):
    for body, words in (
        (A_PAGE, "a page instead of data"),
        (b"", "a page instead of data"),
        (b"[1, 2]", "other data"),
        (b'{"error": "no"}', "without entries"),
        (b'{"entries": 7, "total": 1}', "without entries"),
        (b'{"entries": [], "total": 9}', "ends after 0 of 9"),
    ):
        tvh.body = body
        assert words in failure(tvh, errors.NotTvheadend)


def test_another_status_is_told(tvh):
    for status in (404, 500, 502, 503):
        tvh.statuses["channel/grid"] = status
        assert f"HTTP {status}" in failure(tvh, errors.NotTvheadend)


def unreachable(address):
    with Tvheadend(address, HttpClient()) as server, pytest.raises(
        errors.TvheadendUnreachable
    ) as caught:
        server.version()
    return str(caught.value)


def test_an_address_where_nobody_listens_or_that_leads_nowhere_is_told():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        said = unreachable(f"http://127.0.0.1:{probe.getsockname()[1]}")
    assert "Connection refused" in said
    assert "tvh_url" in said
    for address in ("http://a..b", "http://[::1]:1"):
        unreachable(address)


def test_a_server_that_does_not_speak_http_is_told():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def greet():
            with listener.accept()[0] as talk:
                talk.recv(1000)
                talk.sendall(b"220 mail ready\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        unreachable(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()


def test_a_body_that_breaks_off_is_no_answer(tvh):
    tvh.short = 10
    assert "broke off" in failure(tvh, errors.TvheadendUnreachable)


def test_an_answer_that_never_comes_is_given_up(tvh):
    tvh.delay = 30
    assert "no answer within" in failure(tvh, errors.TvheadendUnreachable, timeout=0.1)


def test_an_answer_that_drips_is_given_up_and_what_came_of_it_is_none():
    for auth in ("digest", "none"):
        with TvhStandIn(auth) as tvh:
            tvh.drip = True
            assert "takes longer than" in failure(
                tvh, errors.TvheadendUnreachable, total_timeout=0.2
            )


def test_a_stop_ends_what_hangs(tvh):
    tvh.delay = 30  # longer than the 10 s after which the error would be another
    stop, wait = threading.Event(), tvh.closing.wait
    tvh.closing.wait = lambda seconds: stop.set() or wait(seconds)
    with client(tvh, stop=stop) as server, pytest.raises(errors.Stopped):
        server.version()


def test_no_thread_is_left_behind(tvh):
    before = threading.active_count()
    ask(tvh, "version")
    assert threading.active_count() <= before + 1  # the stand-in's, for the open connection


def test_neither_log_nor_error_holds_the_password(caplog):
    caplog.set_level(logging.DEBUG)
    for auth in ("digest", "basic"):
        with TvhStandIn(auth) as tvh:
            tvh.channel("WZAA")
            player_channels.of_tvheadend(settings(tvh))
            tvh.statuses["channel/grid"] = 403
            assert SECRET not in failure(tvh, errors.TvheadendForbidden)
            assert SECRET not in repr(settings(tvh))
    assert SECRET not in caplog.text


# What the guide takes from it


def test_the_enabled_channels_come_with_the_ids_that_they_are_linked_to(tvh):
    linked = tvh.channel("Linked", "2.1")
    tvh.channel("Alone", 7)
    tvh.channel("Off", 8, enabled=False)
    tvh.source("20461.zap2epg", linked)
    for shows_disabled in (False, True):
        tvh.shows_disabled = shows_disabled
        assert player_channels.of_tvheadend(settings(tvh)) == (
            PlayerChannel("Linked", "2.1", ("20461.zap2epg",)),
            PlayerChannel("Alone", "7"),
        )


def test_a_user_without_rights_over_the_grabbers_goes_without_the_links(tvh):
    tvh.source("20461.zap2epg", tvh.channel("Linked", "2.1"))
    tvh.admin = False
    assert player_channels.of_tvheadend(settings(tvh)) == (PlayerChannel("Linked", "2.1"),)
