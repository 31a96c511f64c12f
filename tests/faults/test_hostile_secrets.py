"""Runs with recognisable secrets, and a search for them in all output and files."""

import json
import os
import re
import threading
import urllib.error
import urllib.request
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Tuple

import pytest

from fake_gracenote import FakeGracenote, World, responses
from fake_gracenote.faults import Faults
from gracenote2epg.config import secrets as config_secrets
from gracenote2epg.config import settings as config_settings
from gracenote2epg.config import sources
from gracenote2epg.doctor import report
from gracenote2epg.grab import run as grab_run
from gracenote2epg.store.answers import Store
from gracenote2epg.util import redact
from support.browser import free_port
from support.fake_tvheadend import TvhStandIn
from support.machine import Terminal

CODE, CANADIAN = "61937", "K9Z 9Z9"
PASSWORD, TOKEN = "tru5tno1-geheim", "t0ken5ecret"
PASSWORDS = (PASSWORD, TOKEN)
CODES = (CODE, CANADIAN, CANADIAN.replace(" ", ""))


@pytest.fixture(name="server")
def _server(clock) -> Iterator[FakeGracenote]:
    world = World(8, 24, postal_codes=(CODE, CANADIAN), now=clock.now)
    with FakeGracenote(world, clock=clock.monotonic) as server:
        yield server


@pytest.fixture(name="box")
def _box(server, clock, tmp_path) -> Terminal:
    box = Terminal(server, tmp_path, clock)
    box.environment.update(
        GRACENOTE_POSTAL_CODE=CODE,
        GRACENOTE_DEBUG="on",
        GRACENOTE_CONSOLE="on",
        GRACENOTE_DETAILS="yes",
        GRACENOTE_REQUEST_BUDGET="12",
    )
    return box


@pytest.fixture(name="tvh")
def _tvh() -> Iterator[TvhStandIn]:
    with TvhStandIn() as tvh:
        tvh.password = PASSWORD
        tvh.channel("WZAA-DT", "2.1")
        yield tvh


def secrets_in(text: str, secrets: Tuple[str, ...] = (*PASSWORDS, *CODES)) -> List[str]:
    """The lines that hold a secret; a number counts where it stands for itself."""
    pattern = "|".join(rf"(?<!\d){re.escape(secret)}(?!\d)" for secret in secrets)
    return [line[:300] for line in text.splitlines() if re.search(pattern, line, re.IGNORECASE)]


def check(box: Terminal, *texts: str) -> str:
    """No secret in the texts, nor in a file of the data directory; return the log.

    The store is the user's own and holds the postal code: answers are kept by it.
    """
    for text in texts:
        assert not secrets_in(text)
    log = ""
    for folder, _, files in os.walk(box.data):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                body = file.read().decode("latin-1")
            own = PASSWORDS if ".db" in name else (*PASSWORDS, *CODES)
            assert not secrets_in(body, own), name
            log += body if name.endswith(".log") else ""
    return log


def of_tvheadend(tvh: TvhStandIn, **changes: str) -> Dict[str, str]:
    return {
        "GRACENOTE_TVH_URL": tvh.url,
        "GRACENOTE_TVH_USERNAME": tvh.user,
        "GRACENOTE_TVH_PASSWORD": PASSWORD,
        "GRACENOTE_TVH_FILTER": "on",
        **changes,
    }


def fetched(url: str) -> str:
    """Return head and body; "" while the port is closed."""
    try:
        with urllib.request.urlopen(url, timeout=5) as got:
            return f"{got.headers}{got.read().decode()}"
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.headers}{error.read().decode()}"
    except (urllib.error.URLError, ConnectionError):
        return ""


@pytest.mark.parametrize("code", [CODE, CANADIAN])
def test_a_good_run_leaks_nothing(box, tvh, code):
    result = box.run("--match", GRACENOTE_POSTAL_CODE=code, **of_tvheadend(tvh))
    assert (result.code, "WZAA-DT" in result.out) == (0, True)
    check(box, result.out, result.err)
    result = box.run(GRACENOTE_POSTAL_CODE=code, **of_tvheadend(tvh))
    assert result.code == 0
    log = check(box, result.out, result.err)
    assert "postal_code='(postal code)'" in log  # requests are in it, but not where for


class Failing(NamedTuple):
    """A run that fails. words: of the command. environment: {dead}, {port} and {tvh} in it stand
    for a closed port, the source's port and Tvheadend's address. fault: of the source.
    """

    words: Tuple[str, ...] = ()
    environment: Mapping[str, str] = {}
    fault: Callable[[Faults], None] = lambda faults: None


def by_list(address: str, port: str = "{dead}") -> Failing:
    return Failing((), {"GRACENOTE_CHANNELS_FROM": address % port})


def by_tvheadend(**changes: str) -> Failing:
    login = {"URL": "{tvh}", "USERNAME": "{user}", "PASSWORD": PASSWORD, "FILTER": "on", **changes}
    return Failing((), {f"GRACENOTE_TVH_{name}": value for name, value in login.items()})


def answering(answer: responses.Answer) -> Callable[[Faults], None]:
    return lambda faults: faults.answer("grid", answer)


LIST = f"http://robin:{PASSWORD}@127.0.0.1:%s/list.m3u?token={TOKEN}"
BY_PATH = f"http://127.0.0.1:%s/playlist/robin/{PASSWORD}/m3u_plus"
REPEATS = responses.html_page(f"<html><title>No TV at {CODE} for {PASSWORD}</title></html>")
MOVED = f"http://robin:{PASSWORD}@elsewhere.example/{CODE}"
SHARE = f"dav://robin:{PASSWORD}@nas.example/tv/x?token={TOKEN}"
FAILING: Dict[str, Failing] = {
    **{
        f"a share as {option}": Failing((f"--{option}", SHARE))
        for option in ("output", "data-dir", "ids-from", "category-map", "channels-from")
    },
    "a share as the config file": Failing(("--config-file", SHARE.partition("?")[0])),
    "a share as a list": Failing(("--channels", f"@{SHARE.partition('?')[0]}")),
    "a wrong password": by_tvheadend(PASSWORD=TOKEN),
    "a wrong address": by_tvheadend(URL="127.0.0.1:{dead}"),
    "a password in tvh_url": by_tvheadend(URL=LIST % "{dead}"),
    "a list that is not there": by_list(LIST),
    "a list that is none": by_list(LIST, "{port}"),
    "one by its path, not there": by_list(BY_PATH),
    "one by its path, none": by_list(BY_PATH, "{port}"),
    "a password in base_url": Failing((), {"GRACENOTE_BASE_URL": LIST % "{dead}"}),
    "an antenna's lineup": Failing(
        ("--lineup", f"USA-OTA{CODE}-DEFAULT"), {}, lambda faults: faults.refuse(500)
    ),
    "an unknown code": Failing((), {"GRACENOTE_POSTAL_CODE": "K9Z9Z8"}),
    "a lineup of another code": Failing(("--lineup", "USA-OTA90210-DEFAULT")),
    "no lineup": Failing(("--lineup", f"USA-OTA{CODE}"), {}, answering(responses.no_lineups())),
    "a refusal": Failing((), {}, lambda faults: faults.refuse(403)),
    "a page that repeats it": by_tvheadend()._replace(fault=answering(REPEATS)),
    "a moved source": Failing(
        (), {}, answering(responses.Answer(302, b"", headers=(("Location", MOVED),)))
    ),
    "no source": Failing((), {"GRACENOTE_BASE_URL": "http://127.0.0.1:{dead}"}),
    "a proxy that is not there": Failing((), {"HTTP_PROXY": LIST % "{dead}"}),
    "an unknown option": Failing((f"--tvh-pasword={PASSWORD}",)),
    "the same in two words": Failing(("--tvh-pasword", PASSWORD, "--postall", CODE)),
    "a stray word": Failing((f"code={CODE}",)),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_failing_run_leaks_nothing(box, server, tvh, name):
    failing, dead = FAILING[name], free_port()
    environment = {
        key: value.format(dead=dead, port=server.port, tvh=tvh.url, user=tvh.user)
        for key, value in failing.environment.items()
    }
    failing.fault(server.faults)
    result = box.run(*failing.words, GRACENOTE_MIN_INTERVAL="0", **environment)
    assert result.code not in (0, 70)
    assert result.err
    assert "Traceback" not in result.err
    assert secrets_in(result.out + result.err, (*PASSWORDS, *CODES, "K9Z9Z8")) == []
    check(box)


def test_a_bug_leaks_nothing(box, monkeypatch):
    def run(*given: Any) -> None:
        raise KeyError(f"http://x/?postalCode={CODE}&x={PASSWORD}")

    monkeypatch.setattr(grab_run, "run", run)
    result = box.run(GRACENOTE_TVH_PASSWORD=PASSWORD)
    assert result.code == 70
    log = check(box, result.err)
    assert "KeyError: 'http://x/?postalCode=(postal code)&x=(password)'" in log


_PATHS = ("/", "/stats", "/changes", "/metrics", "/healthz", "/guide.xml", "/none")


def test_the_page_leaks_nothing(box, clock, server, tvh):
    port = free_port()
    server.faults.answer("grid", responses.html_page(f"<title>{CODE}</title>"))
    assert box.run(**of_tvheadend(tvh)).code == 4
    server.faults.clear()
    clock.advance(60)  # a run is known by its second
    assert box.run(GRACENOTE_CHANNELS_FROM=BY_PATH % server.port).code == 9
    clock.advance(60)
    box.environment.update(GRACENOTE_CHANNELS_FROM=LIST % server.port, **of_tvheadend(tvh))
    texts: Dict[str, str] = {}
    history: List[Any] = []
    pause = threading.Event()
    with box.serving("--serve", "--monitoring-port", str(port)) as result:
        for _ in range(200):
            texts = {path: fetched(f"http://127.0.0.1:{port}{path}") for path in _PATHS}
            stats = json.loads(texts["/stats"].partition("\n\n")[2] or "{}")
            history = stats.get("history", [])
            if len(history) > 2 or pause.wait(0.02):
                break
    assert [path for path, text in texts.items() if secrets_in(text)] == []
    assert all(texts[path] for path in ("/", "/stats", "/changes", "/metrics", "/guide.xml"))
    errors = " ".join(row["error"] for row in history)
    assert "a page instead of data: (postal code)" in errors
    assert f"127.0.0.1:{server.port}/.../m3u_plus (HTTP 403)" in errors
    check(box, result[0].out, result[0].err)


def test_the_doctors_report_leaks_nothing(box, clock, tvh):
    settings = sources.read({}, {**box.environment}, None)
    with Store(settings.data_dir, clock) as store:
        store.save_providers("USA", CODE, [], 1.0)
        store.add_run(clock.now() - 60, {"error": f"There is no lineup for {CODE}.", "seconds": 1})
    result = box.run("--doctor", "--json", GRACENOTE_POSTAL_CODE="90210", **of_tvheadend(tvh))
    assert "There is no lineup for (postal code)" in result.out, result.out
    assert not secrets_in(result.out, (*PASSWORDS, CODE, "90210"))
    for secret in ("99999", f"OTA{CODE}"):
        result = box.run(
            "--doctor", "--json", "--postal", "99999", "--lineup", f"USA-{secret}-DEFAULT"
        )
        assert not secrets_in(result.out, (CODE, "99999"))


def test_users_in_addresses_and_whole_postal_codes_are_redacted():
    secrets = config_secrets.secrets_of(
        sources.override(config_settings.Config(), {"postal_code": CODE})
    )
    text = f"1{CODE}2 http://a:b@c/?p={CODE} USA-OTA{CODE}-X {CODE}"
    assert redact.redact(text, secrets) == (
        f"1{CODE}2 http://(user)@c/?p=(postal code) USA-OTA(postal code)-X (postal code)"
    )


def test_of_a_playlist_address_only_harmless_parts_are_shown():
    (row,) = [row for row in config_settings.all_settings() if row.name == "channels_from"]
    for address, shown in (
        ("http://192.0.2.1", "http://192.0.2.1"),
        ("http://192.0.2.1/lineup.json", "http://192.0.2.1/lineup.json"),
        ("http://192.0.2.1:8409/iptv/channels.m3u", "http://192.0.2.1:8409/iptv/channels.m3u"),
        ("https://tv.example:8/playlist/me/0ne/m3u_plus", "https://tv.example:8/.../m3u_plus"),
        ("http://tv.example/me/0ne/get.php?type=m3u", "http://tv.example/.../get.php?..."),
        ("http://[2001:db8::1]:8/t0ken", "http://[2001:db8::1]:8/..."),
        ("HTTP://me:0ne@tv.example/t0ken/", "HTTP://tv.example/..."),
        ("/storage/robin/tv.m3u", "/storage/robin/tv.m3u"),
    ):
        assert row.kind.display(address) == shown


def test_private_parts_of_a_playlist_path_are_redacted():
    address = "http://tv.example/playlist/robin/tru5t%20no1/abc/m3u_plus"
    secrets = config_secrets.secrets_of(
        sources.override(config_settings.Config(), {"channels_from": address})
    )
    text = "/playlist/robin/tru5t%20no1/abc/m3u_plus: no ROBIN, xtru5t no1x; Robinson's playlist"
    assert redact.redact(text, secrets) == "/(path): no (path), x(path)x; Robinson's playlist"
    usual = sources.override(
        config_settings.Config(), {"channels_from": "http://x/playlist/list.m3u"}
    )
    assert config_secrets.secrets_of(usual) == ()


def test_addresses_of_notify_are_redacted():
    addresses = ("ntfy://robin:g3heim@ntfy.example.org/guide,https://ha.example.org/api/webhook/"
                 "-Ab1?key=t0ken,mailto:robin@example.org?server=mx.example.org")  # fmt: skip
    secrets = config_secrets.secrets_of(
        sources.override(config_settings.Config(), {"notify": addresses})
    )
    text = f"{addresses}; 550 <ROBIN@example.org>; POST /api/webhook/-Ab1?key=t0ken g3heim: a guide"
    shown = redact.redact(text, secrets)
    assert re.findall("(?i)robin|g3heim|-Ab1|t0ken|example", shown) == []
    assert shown.endswith(": a guide")


def test_the_repr_of_settings_has_no_secret():
    for address in (LIST, BY_PATH):
        secret = {"postal_code": CODE, "tvh_password": TOKEN, "channels_from": address % 1}
        assert not secrets_in(repr(sources.override(config_settings.Config(), secret)))
    assert report.DoctorReport(()).secrets == ()
