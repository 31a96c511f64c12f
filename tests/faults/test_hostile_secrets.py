"""What nobody else may read: the real thing, with secrets that can be recognised, and a search of
all that it says and writes.
"""

import json
import os
import re
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any, Dict, Iterator, List, Tuple

import pytest

from gracenote2epg import config, doctor, privacy
from gracenote2epg.demo import DemoServer, World, answers
from gracenote2epg.downloader.tasks import GuideTask
from gracenote2epg.gracenote.api import Client
from gracenote2epg.store import Store
from support.builders import NOW, lineup
from support.fake_tvheadend import TvhStandIn
from support.guides import fetch
from support.machine import Box

CODE, CANADIAN = "61937", "K9Z 9Z9"
PASSWORD, TOKEN = "tru5tno1-geheim", "t0ken5ecret"
PASSWORDS = (PASSWORD, TOKEN)
CODES = (CODE, CANADIAN, CANADIAN.replace(" ", ""))


@pytest.fixture(name="server")
def _server() -> Iterator[DemoServer]:
    with DemoServer(World(postal_codes=(CODE, CANADIAN))) as server:
        yield server


@pytest.fixture(name="box")
def _box(server, tmp_path) -> Box:
    box = Box(server, tmp_path)
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


def found_in(text: str, secrets: Tuple[str, ...] = (*PASSWORDS, *CODES)) -> List[str]:
    """The lines that hold a secret; a number counts where it stands for itself."""
    pattern = "|".join(rf"(?<!\d){re.escape(secret)}(?!\d)" for secret in secrets)
    return [line[:300] for line in text.splitlines() if re.search(pattern, line, re.IGNORECASE)]


def check(box: Box, *texts: str) -> str:
    """No secret in the texts, nor in a file of the data directory; return the log.

    The store is the user's own and holds the postal code: answers are kept by it.
    """
    for text in texts:
        assert not found_in(text)
    log = ""
    for folder, _, files in os.walk(box.data):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                body = file.read().decode("latin-1")
            own = PASSWORDS if ".db" in name else (*PASSWORDS, *CODES)
            assert not found_in(body, own), name
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetched(url: str) -> str:
    """Head and body; "" while nobody is there."""
    try:
        with urllib.request.urlopen(url, timeout=5) as got:
            return f"{got.headers}{got.read().decode()}"
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.headers}{error.read().decode()}"
    except (urllib.error.URLError, ConnectionError):
        return ""


LIST = f"http://robin:{PASSWORD}@127.0.0.1:%d/list.m3u?token={TOKEN}"
BY_PATH = f"http://127.0.0.1:%d/playlist/robin/{PASSWORD}/m3u_plus"


def test_a_run_that_goes_well_gives_nothing_away(box, tvh, tried):
    for code in (CODE, CANADIAN):
        ended = box.cli("--match", GRACENOTE_POSTAL_CODE=code, **of_tvheadend(tvh))
        assert (ended.code, "WZAA-DT" in ended.out) == (0, True)
        check(box, ended.out, ended.err)
        ended = box.cli(GRACENOTE_POSTAL_CODE=code, **of_tvheadend(tvh))
        assert ended.code == 0
        log = check(box, ended.out, ended.err)
        assert "postal_code='(postal code)'" in log  # requests are in it, but not where for
    tried("Secrets", "a run that goes well", "not in the log, on the terminal or in the guide", 2)


def test_a_run_that_fails_gives_nothing_away(box, server, tvh, tried):
    dead = free_port()
    body = f"<html><title>No TV at {CODE} for {PASSWORD}</title></html>".encode()
    repeating = answers.Answer(200, body, "text/html")
    runs: List[Tuple[str, List[str], Dict[str, str], Any]] = [
        ("a wrong password", [], of_tvheadend(tvh, GRACENOTE_TVH_PASSWORD=TOKEN), None),
        ("a wrong address", [], of_tvheadend(tvh, GRACENOTE_TVH_URL=f"127.0.0.1:{dead}"), None),
        ("a list that is not there", [], {"GRACENOTE_CHANNELS_FROM": LIST % dead}, None),
        ("a list that is none", [], {"GRACENOTE_CHANNELS_FROM": LIST % server.port}, None),
        ("one by its path, not there", [], {"GRACENOTE_CHANNELS_FROM": BY_PATH % dead}, None),
        ("one by its path, none", [], {"GRACENOTE_CHANNELS_FROM": BY_PATH % server.port}, None),
        ("a password in tvh_url", [], of_tvheadend(tvh, GRACENOTE_TVH_URL=LIST % dead), None),
        ("a password in base_url", [], {"GRACENOTE_BASE_URL": LIST % dead}, None),
        ("an antenna's lineup", ["--lineup", f"USA-OTA{CODE}-DEFAULT"], {}, lambda: refuse(500)),
        ("an unknown code", [], {"GRACENOTE_POSTAL_CODE": "K9Z9Z8"}, None),
        ("a lineup of another code", ["--lineup", "USA-OTA90210-DEFAULT"], {}, None),
        ("no lineup", ["--lineup", f"USA-OTA{CODE}"], {}, lambda: say(answers.no_lineups())),
        ("a refusal", [], {}, lambda: refuse(403)),
        ("a page that repeats it", [], of_tvheadend(tvh), lambda: say(repeating)),
        ("a moved source", [], {}, lambda: say(moved())),
        ("no source", [], {"GRACENOTE_BASE_URL": f"http://127.0.0.1:{dead}"}, None),
        ("a proxy that is not there", [], {"HTTP_PROXY": LIST % dead}, None),
        ("an option that there is not", [f"--tvh-pasword={PASSWORD}"], {}, None),
        ("the same in two words", ["--tvh-pasword", PASSWORD, "--postall", CODE], {}, None),
        ("a stray word", [CODE], {}, None),
    ]  # fmt: skip

    def refuse(status: int) -> None:
        server.faults.refuse(status)

    def say(answer: answers.Answer) -> None:
        server.faults.answer("grid", answer)

    def moved() -> answers.Answer:
        where = f"http://robin:{PASSWORD}@elsewhere.example/{CODE}"
        return answers.Answer(302, b"", headers=(("Location", where),))

    for name, words, environment, fault in runs:
        server.faults.clear()
        if fault:
            fault()
        ended = box.cli(*words, GRACENOTE_MIN_INTERVAL="0", **environment)
        assert ended.code not in (0, 70), name
        assert ended.err, name
        assert "Traceback" not in ended.err, name
        found = found_in(ended.out + ended.err, (*PASSWORDS, *CODES, "K9Z9Z8"))
        assert not found, (name, found)
        check(box)
        tried("Secrets", name, "not in the log or on the terminal")


def test_a_config_file_that_is_wrong_gives_nothing_away(box, tmp_path):
    file = tmp_path / "some.conf"
    for line in (
        f"tvh_pasword={PASSWORD}",
        f"potsal={CODE}",
        f"zip={CANADIAN}",
        f"pass {PASSWORD}",
    ):
        file.write_text(f"{line}\n", encoding="utf-8")
        ended = box.cli("--config-file", str(file))
        assert ended.code == 2
        check(box, ended.err)


def test_a_bug_gives_nothing_away(box):
    script = (
        "import sys; from gracenote2epg import grab; from gracenote2epg.cli import main\n"
        f"def run(*given): raise KeyError('http://x/?postalCode={CODE}&x={PASSWORD}')\n"
        "grab.run = run\n"
        "sys.exit(main(['gracenote2epg']))"
    )
    ended = box.run([sys.executable, "-c", script], GRACENOTE_TVH_PASSWORD=PASSWORD)
    assert ended.code == 70
    log = check(box, ended.err)
    assert "KeyError: 'http://x/?postalCode=(postal code)&x=(password)'" in log


_PATHS = ("/", "/stats", "/changes", "/metrics", "/healthz", "/guide.xml", "/none")


def test_the_page_gives_nothing_away(box, server, tvh, tried):
    port = free_port()
    server.faults.answer(
        "grid", answers.Answer(200, f"<title>{CODE}</title>".encode(), "text/html")
    )
    assert box.cli(**of_tvheadend(tvh)).code == 4
    server.faults.clear()
    assert box.cli(GRACENOTE_CHANNELS_FROM=BY_PATH % server.port).code == 9
    command = [sys.executable, "-m", "gracenote2epg", "--serve", "--monitoring-port", str(port)]
    found: Dict[str, str] = {}
    with box.start(
        command, GRACENOTE_CHANNELS_FROM=LIST % server.port, **of_tvheadend(tvh)
    ) as page:
        give_up, pause = time.monotonic() + 30, threading.Event()
        try:
            while time.monotonic() < give_up and "good" not in found:
                for path in _PATHS:
                    text = fetched(f"http://127.0.0.1:{port}{path}")
                    assert not found_in(text), path
                    found[path] = text
                stats = json.loads(found["/stats"].partition("\n\n")[2] or "{}")
                history = stats.get("history", [])
                if len(history) > 2:
                    found["list"], found["good"] = history[1]["error"], history[2]["error"]
                pause.wait(0.2)
        finally:  # else a failure waits for the page to end
            page.send_signal(signal.SIGTERM)
        out, err = page.communicate(timeout=30)
    assert "a page instead of data: (postal code)" in found["good"]
    assert f"127.0.0.1:{server.port}/.../m3u_plus (HTTP 403)" in found["list"]
    assert all(found[path] for path in ("/", "/stats", "/changes", "/metrics", "/guide.xml"))
    check(box, out.decode(), err.decode())
    tried("Secrets", "the page, /stats, /changes and /metrics", "not in them")


def test_what_the_source_repeats_is_in_no_outcome_which_the_page_would_show(server):
    made = config.override(config.Config(), {"base_url": server.url, "postal_code": CODE})
    server.faults.answer("grid", answers.html_page(f"<html><title>{CODE}</title></html>"))
    client = Client(made)
    outcome = fetch(client, GuideTask(lineup(postal_code=CODE), NOW, 6))
    client.close()
    assert outcome.detail == "a page instead of data: (postal code)"


def test_the_doctors_data_gives_nothing_away_not_even_a_former_postal_code(box, tvh):
    settings = config.read({}, {**box.environment}, None)
    with Store(settings.data_dir) as store:
        store.keep_providers("USA", CODE, [], 1.0)
        store.add_run(time.time() - 60, {"error": f"There is no lineup for {CODE}.", "seconds": 1})
    ended = box.cli("--doctor", "--json", GRACENOTE_POSTAL_CODE="90210", **of_tvheadend(tvh))
    assert "There is no lineup for (postal code)" in ended.out, ended.out
    assert not found_in(ended.out, (*PASSWORDS, CODE, "90210"))
    for secret in ("99999", f"OTA{CODE}"):
        ended = box.cli(
            "--doctor", "--json", "--postal", "99999", "--lineup", f"USA-{secret}-DEFAULT"
        )
        assert not found_in(ended.out, (CODE, "99999"))


def test_what_a_former_run_failed_by_is_stored_without_its_postal_code(box):
    assert box.cli(GRACENOTE_POSTAL_CODE="", GRACENOTE_LINEUP="OTA99999").code == 5
    with Store(box.data) as store:
        ((_, run),) = store.runs()
    assert "no lineup for USA-OTA(postal code)-DEFAULT" in run["error"]


def test_addresses_lose_their_users_and_numbers_only_where_they_stand_for_themselves():
    secrets = privacy.of(config.override(config.Config(), {"postal_code": CODE}))
    text = f"1{CODE}2 http://a:b@c/?p={CODE} USA-OTA{CODE}-X {CODE}"
    assert privacy.hidden(text, secrets) == (
        f"1{CODE}2 http://(user)@c/?p=(postal code) USA-OTA(postal code)-X (postal code)"
    )


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://192.0.2.1", "http://192.0.2.1"),
        ("http://192.0.2.1/lineup.json", "http://192.0.2.1/lineup.json"),
        ("http://192.0.2.1:8409/iptv/channels.m3u", "http://192.0.2.1:8409/iptv/channels.m3u"),
        ("https://tv.example:8/playlist/me/0ne/m3u_plus", "https://tv.example:8/.../m3u_plus"),
        ("http://tv.example/me/0ne/get.php?type=m3u", "http://tv.example/.../get.php?..."),
        ("http://[2001:db8::1]:8/t0ken", "http://[2001:db8::1]:8/..."),
        ("HTTP://me:0ne@tv.example/t0ken/", "HTTP://tv.example/..."),
        ("/storage/robin/tv.m3u", "/storage/robin/tv.m3u"),
    ],
)
def test_of_the_address_of_a_list_the_server_is_shown_and_no_name_in_its_path(address, shown):
    (row,) = [row for row in config.table() if row.name == "channels_from"]
    assert row.kind.shown(address) == shown


def test_the_parts_of_a_lists_path_are_hidden_and_usual_words_are_not():
    address = "http://tv.example/playlist/robin/tru5t%20no1/abc/m3u_plus"
    secrets = privacy.of(config.override(config.Config(), {"channels_from": address}))
    text = "/playlist/robin/tru5t%20no1/abc/m3u_plus: no ROBIN, xtru5t no1x; Robinson's playlist"
    assert privacy.hidden(text, secrets) == "/(path): no (path), x(path)x; Robinson's playlist"
    usual = config.override(config.Config(), {"channels_from": "http://x/playlist/list.m3u"})
    assert privacy.of(usual) == ()


@pytest.mark.parametrize("address", [LIST, BY_PATH])
def test_the_settings_as_text_have_no_secret(address):
    made = config.override(
        config.Config(),
        {"postal_code": CODE, "tvh_password": TOKEN, "channels_from": address % 1},
    )
    assert not found_in(repr(made))
    assert doctor.Report(()).private == ()
