"""Tvheadend's API over real sockets: logins, answers and failures."""

import logging
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
from support.receivers import SmtpReceiver

SECRET = "pass:word"


def client(tvh, password=SECRET, **options):
    return Tvheadend(tvh.url, HttpClient("viewer" if password else "", password, **options))


def ask(tvh, method="channels", *args, **options):
    with client(tvh) as server:
        return getattr(server, method)(*args, **options)


def failure(tvh, kind, password=SECRET, method="channels", **options):
    """The text of the error, which must be of this kind."""
    with client(tvh, password, **options) as server, pytest.raises(kind) as caught:
        getattr(server, method)()
    return str(caught.value)


def settings(tvh):
    given = {"tvh_url": tvh.url, "tvh_username": "viewer", "tvh_password": SECRET}
    return sources.override(config_settings.Config(), given)


# Logins


def test_a_login_uses_the_scheme_that_the_server_asks_for():
    for scheme in ("digest", "SHA-256", "SHA-512-256", "basic", "none"):
        with TvhStandIn(scheme) as tvh, client(tvh, SECRET if scheme != "none" else "") as server:
            tvh.channel("WZAA-DT", "2.1")
            assert [channel.name for channel in server.channels()] == ["WZAA-DT"], scheme
            assert server.version() == tvh.version
            refused = [call.status for call in tvh.calls].count(401)
            assert refused == (scheme != "none"), scheme  # only the first request


def test_no_login_is_taken_from_netrc(tmp_path, monkeypatch):
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login viewer password {SECRET}\n")
    with TvhStandIn("basic") as tvh:
        failure(tvh, errors.TvheadendLogin, "")


def test_the_first_request_holds_no_password(tvh):
    users, refusal = [], tvh.refusal
    tvh.refusal = lambda call, user: users.append(user) or refusal(call, user)
    ask(tvh, "version")
    assert users == ["", "viewer"]


def test_a_login_error_names_the_remedy_and_no_password(tvh, caplog):
    caplog.set_level(logging.DEBUG)
    for scheme in ("digest", "basic"):
        with TvhStandIn(scheme) as other:
            ask(other)
            text = failure(other, errors.TvheadendForbidden, "geheim")
        assert ("viewer" in text, "Check tvh_password" in text, "geheim" in text) == (1, 1, 0)
    text = failure(tvh, errors.TvheadendLogin, "")
    assert ("requires a user" in text, "tvh_username" in text) == (True, True)
    tvh.admin = False
    text = failure(tvh, errors.TvheadendForbidden, method="modules")
    assert ("epggrab/module/list" in text, "'Admin'" in text) == (True, True)
    tvh.statuses[""] = 401  # to a wrong password
    assert "does not accept the user viewer" in failure(tvh, errors.TvheadendLogin)
    assert SECRET not in caplog.text + text


# Answers


def test_channels_sources_and_modules(tvh):
    row = tvh.channel("WZAA-DT", "2.1")
    source = tvh.source("20461.gracenote2epg", row)
    tvh.module("External: XMLTV", enabled=False)
    tvh.module("Internal: XMLTV: Example", path="/usr/bin/tv_grab_example")
    with client(tvh) as server:
        assert server.channels() == [
            (row["uuid"], "WZAA-DT", "2.1", True, (source["uuid"],), True, False)
        ]
        assert server.sources() == [
            (source["uuid"], "20461.gracenote2epg", True, "/usr/bin/tv_grab_gracenote2epg",
             "XMLTV: USA/Canada (Gracenote)")
        ]  # fmt: skip
        modules = server.modules()
        assert [(row.enabled, server.module_fields(row)) for row in modules] == [
            (False, {"priority": "3"}),
            (True, {"priority": "3", "path": "/usr/bin/tv_grab_example"}),
        ]  # fmt: skip


def test_fields_that_are_missing_or_of_another_type(tvh):
    for number in (5, "5.1", 0, None, "", "5-1", 5.1, []):
        tvh.channel("{name-not-set}", number)
    channels = ask(tvh)
    assert [channel.number for channel in channels] == ["5", "5.1", "", "", "", "5.1", "5.1", ""]
    assert {channel.name for channel in channels} == {""}
    tvh.channels = [{"enabled": True}, {"enabled": True, "name": None, "epggrab": "x"}]
    tvh.sources, tvh.modules = [{}, {"id": 7, "modid": None}], [{}]
    with client(tvh) as server:
        assert [channel.name for channel in server.channels()] == ["", ""]
        assert [source.xmltv_id for source in server.sources()] == ["", "7"]
        assert not server.modules()[0].enabled


def test_a_grid_is_read_page_by_page(tvh):
    names = [f"Channel {number}" for number in range(2 * PAGE + 3)]
    for number, name in enumerate(names):
        tvh.channel(name, number)
    for most in (1 << 30, 300):
        tvh.most = most
        assert [channel.name for channel in ask(tvh)] == names


def test_the_first_events_and_the_modules_that_brought_them(tvh):
    first, other = tvh.channel("WZAA"), tvh.channel("WZBB")
    tvh.event(other, 9000, 9900, "Harbor Night Show", "ddprogid:///a/tv_grab_x/EP090001000017")
    for start in range(0, 5400, 1800):
        tvh.event(first, start, start + 1800, "Harbor Night Show", "crid://example/7")
    with client(tvh) as server:
        events = [(first["uuid"], start, "") for start in (0, 1800, 3600)]
        assert server.first_events(limit=3) == events
        assert server.first_events()[3:] == [(other["uuid"], 9000, "/a/tv_grab_x")]
        assert server.first_events(1, channel=other["uuid"])[0].channel == other["uuid"]


def test_of_tvheadend_returns_enabled_channels_with_their_linked_ids(tvh):
    linked = tvh.channel("Linked", "2.1")
    tvh.channel("Alone", 7)
    tvh.channel("Off", 8, enabled=False)
    tvh.source("20461.zap2epg", linked)
    assert player_channels.of_tvheadend(settings(tvh)).channels == (
        PlayerChannel("Linked", "2.1", ("20461.zap2epg",)),
        PlayerChannel("Alone", "7"),
    )
    tvh.admin = False  # no rights to read the links
    assert player_channels.of_tvheadend(settings(tvh)).channels[0] == PlayerChannel("Linked", "2.1")


# Failures


def test_a_redirect_to_the_http_root_is_named_and_not_followed():
    with TvhStandIn(root="/tvheadend") as tvh:
        outside = Tvheadend(f"http://127.0.0.1:{tvh.port}", HttpClient("viewer", SECRET))
        with outside as server, pytest.raises(errors.NotTvheadend) as caught:
            server.version()
        assert "redirects to /tvheadend/api/serverinfo" in str(caught.value)
        assert "http_root" in str(caught.value)
        assert len(tvh.calls) == 1  # the password went nowhere else
        assert ask(tvh, "version") == tvh.version


def test_an_answer_that_is_not_tvheadends(tvh):
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
    for status in (404, 502):
        tvh.statuses["channel/grid"] = status
        assert f"HTTP {status}" in failure(tvh, errors.NotTvheadend)


def unreachable(address):
    server = Tvheadend(address, HttpClient())
    with server, pytest.raises(errors.TvheadendUnreachable) as caught:
        server.version()
    return str(caught.value)


def test_an_address_without_a_server():
    text = unreachable("http://127.0.0.1:1")
    assert ("Connection refused" in text, "tvh_url" in text) == (True, True)
    for address in ("http://a..b", "http://[::1]:1"):
        unreachable(address)


def test_https_for_a_server_without_it(tvh):
    text = unreachable(tvh.url.replace("http:", "https:"))
    assert ("TLS: " in text, "None" in text, "https only if" in text) == (True, False, True)


def test_a_server_of_another_protocol():
    with SmtpReceiver() as server:
        unreachable(f"http://127.0.0.1:{server.port}")


def test_a_truncated_late_or_dripping_answer(tvh):
    tvh.short = 10
    assert "broke off" in failure(tvh, errors.TvheadendUnreachable)
    tvh.short, tvh.delay = 0, 30
    assert "no answer within" in failure(tvh, errors.TvheadendUnreachable, timeout=0.1)
    for scheme in ("digest", "none"):
        with TvhStandIn(scheme) as other:
            other.drip = True
            text = failure(other, errors.TvheadendUnreachable, total_timeout=0.2)
        assert "takes longer than" in text


def test_stop_aborts_a_hanging_request(tvh):
    tvh.delay = 30  # longer than the 10 s after which the error would be another
    stop, wait = threading.Event(), tvh.closing.wait
    tvh.closing.wait = lambda seconds: stop.set() or wait(seconds)
    with client(tvh, stop=stop) as server, pytest.raises(errors.Stopped):
        server.version()
