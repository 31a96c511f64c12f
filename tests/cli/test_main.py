"""The command line as a child process: what it prints where, and how it ends."""

import contextlib
import gzip
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import pytest

from support import guides
from support.machine import Box, Tvheadend
from gracenote2epg.demo import DemoServer, World, answers
from support.fake_tvheadend import TvhStandIn


@pytest.fixture(name="server")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="box")
def _box(server, tmp_path):
    return Box(server, tmp_path)


def test_a_postal_code_is_all_it_takes(box, server):
    ended = box.cli("--postal", "90210")
    assert (ended.code, ended.err) == (0, "")
    assert box.guide in ended.out
    assert "Stations    3" in ended.out
    assert "Requests    6 guide, 0 details, 0 refused" in ended.out
    assert set(guides.programmes(box.guide)) == guides.truth(server, 1)


def test_the_demo_needs_nothing_and_says_what_to_do_next(box, tmp_path):
    output = str(tmp_path / "made" / "guide.xml")
    ended = box.cli("--demo", "--output", output, "--days", "1")
    assert ended.code == 0
    assert "gracenote2epg --postal 90210" in ended.out
    assert len(guides.programmes(output)) > 500


@pytest.mark.parametrize("code", ["90210", "90210-1234", "j3b 1m4", "J3B1M4"])
def test_postal_codes_of_every_form_are_taken(box, code):
    assert box.cli("--postal", code).code == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "No postal code and no lineup"),
        (["--postal", "1234"], 2, "postal_code: '1234' (from the option --postal-code)"),
        (["--postal", "99999"], 5, "no lineup for this postal code"),
        (["--postal", "90210", "--days", "99"], 2, "a whole number from 1 to 14"),
        (["--postal", "90210", "--days", "0"], 2, "days: '0'"),
        (["--postal", "90210", "--offset", "99"], 2, "offset: '99'"),
        (["--postal", "90210", "--strategy", "warp"], 2, "conservative, balanced, aggressive"),
        (["--postal", "90210", "--lineup", "what?"], 2, "lineup: 'what?'"),
        (["--lineup", "OTA"], 2, "a postal code beside it"),
        (["--postal", "90210", "--output", "/proc/none/x.xml"], 7, "Cannot write /proc/none/x.xml"),
        (["--postal", "90210", "--output", "/"], 7, "Cannot write /"),
        (["--postal", "90210", "--config-file", "/nonexistent"], 7, "Cannot read /nonexistent"),
        (["--postal", "90210", "--channels", "NOSUCH"], 2, "NOSUCH is no station"),
        (["--postal", "90210", "--base-url", "http://example.com"], 2, "an https address"),
        (["--ahdmegkeja"], 2, "--ahdmegkeja"),
        (["stray"], 2, "stray"),
        (["--offline", "--postal", "90210"], 6, "There is nothing to write"),
    ],
)
def test_bad_input_is_one_clear_line_and_a_code(box, words, code, said):
    ended = box.cli(*words)
    assert ended.code == code
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""
    assert not os.path.exists(box.guide)


def test_a_bad_variable_names_itself(box):
    ended = box.cli("--postal", "90210", GRACENOTE_MAX_WORKERS="many")
    assert "max_workers: 'many' (from the variable GRACENOTE_MAX_WORKERS)" in ended.err


def test_output_dash_is_the_document_and_nothing_else(box, server):
    ended = box.cli("--postal", "90210", "--output", "-")
    assert ended.code == 0
    assert ended.out.startswith("<?xml")
    assert ended.out.endswith("</tv>\n")
    assert ended.err == ""


def test_output_gz_is_packed_the_same_way_every_time(box, tmp_path):
    paths = [str(tmp_path / name) for name in ("a.xml.gz", "b.xml.gz")]
    for path in paths:
        assert box.cli("--postal", "90210", "--output", path).code == 0
    first, second = (open_bytes(path) for path in paths)
    assert first == second
    assert gzip.decompress(first).endswith(b"</tv>\n")


def test_lineups_are_shown_as_a_table(box, server):
    ended = box.cli("--find-lineups", "--postal", "J3B 1M4")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0].split() == ["LINEUP", "KIND", "NAME", "PLACE", "STATIONS"]
    assert lines[1].startswith("CAN-lineupId-DEFAULT  OTA")
    assert all(line.split()[-1].isdigit() for line in lines[1:])
    assert len(lines) == 1 + len(server.world.lineups("J3B1M4"))


def test_stations_are_shown_as_a_table_by_number(box):
    ended = box.cli("--list-stations", "--postal", "90210")
    assert ended.out.splitlines()[0].split() == ["NUMBER", "CALL", "SIGN", "ID", "NETWORK"]
    assert len(ended.out.splitlines()) > 35


def test_a_cable_lineup_is_grabbed_by_its_id(box, server):
    cable = server.world.lineups()[1]["lineupId"]
    ended = box.cli("--postal", "90210", "--lineup", cable)
    assert ended.code == 0
    assert {entry.params["lineupId"] for entry in server.log if entry.endpoint == "grid"} == {cable}


def test_the_config_file_and_the_options_over_it(box, tmp_path):
    file = tmp_path / "my.conf"
    file.write_text("postal_code=90210  # home\ndays=3\n")
    ended = box.cli("--config-file", str(file), GRACENOTE_DAYS="")
    assert ended.code == 0
    days = len(guides.programmes(box.guide))
    assert box.cli("--config-file", str(file), "--days", "1").code == 0
    assert len(guides.programmes(box.guide)) < days


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_it_within_a_second_and_without_a_guide_in_pieces(box, server, number, code):
    server.faults.hold()
    command = [sys.executable, "-m", "gracenote2epg", "--postal", "90210"]
    with box.start(command) as process:
        assert server.faults.wait_held(1, 20)
        began = time.monotonic()
        process.send_signal(number)
        _, err = process.communicate(timeout=10)
        assert time.monotonic() - began < 1.0
    assert process.returncode == code
    assert b"what has arrived is kept" in err
    assert not os.path.exists(box.guide)


def test_a_source_that_refuses_is_told_in_one_line(box, server):
    server.faults.refuse(403)
    ended = box.cli("--postal", "90210")
    assert ended.code == 4
    assert ended.err.count("\n") == 1
    assert "refuses this address" in ended.err


def test_a_page_instead_of_data_is_told_in_one_line(box, server):
    server.faults.refuse(405)
    ended = box.cli("--postal", "90210")
    assert (ended.code, ended.err.count("\n")) == (4, 1)


def test_a_broken_store_is_set_aside_and_said(box):
    os.makedirs(os.path.dirname(box.guide))
    store = os.path.join(os.path.dirname(box.guide), "gracenote2epg.db")
    with open(store, "wb") as file:
        file.write(b"not a database, by far" * 1000)
    ended = box.cli("--postal", "90210")
    assert ended.code == 0
    assert "cannot be used" in ended.out
    assert [
        name for name in os.listdir(os.path.dirname(store)) if name.startswith("gracenote2epg.db.")
    ]


def test_the_log_holds_the_requests_when_asked_to(box):
    box.cli("--postal", "90210", "--debug")
    path = os.path.join(os.path.dirname(box.guide), "gracenote2epg.log")
    with open(path, encoding="utf-8") as log:
        assert "DEBUG" in log.read()


def test_console_logs_to_stderr(box):
    assert "DEBUG" in box.cli("--postal", "90210", "--debug", "--console").err


def open_bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


@pytest.mark.parametrize(
    ("option", "endpoint", "said"),
    [
        ("--find-lineups", "providers", "cannot list the lineups now"),
        ("--list-stations", "grid", "lists no station now"),
    ],
)
def test_a_list_that_cannot_be_had_is_an_error_not_an_empty_table(
    box, server, option, endpoint, said
):
    server.faults.refuse(500, on=endpoint)
    ended = box.cli(option, "--postal", "90210")
    assert (ended.code, ended.out) == (5, "")
    assert said in ended.err


def test_a_reader_who_goes_away_is_no_bug(box):
    late = f"(sleep 0.2; {sys.executable} -m gracenote2epg --version; echo $? >&2) | true"
    ended = box.run(["/bin/sh", "-c", late])
    assert ended.err.split() == ["141"]


def test_letters_that_stdout_cannot_show_are_replaced(box):
    show = "from gracenote2epg import streams; streams.say('Vid\u00e9otron')"
    ended = box.run([sys.executable, "-c", show], PYTHONIOENCODING="ascii")
    assert (ended.code, ended.out) == (0, "Vid?otron\n")


# Monitoring and --serve


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def served(port: int, path: str) -> bytes:
    """What is served there, as soon as somebody serves."""
    until = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.read()
        except OSError:
            assert time.monotonic() < until, f"nobody serves {path}"
            threading.Event().wait(0.05)


def test_serve_grabs_serves_the_guide_and_ends_within_a_second(box, server):
    port = free_port()
    command = [sys.executable, "-m", "gracenote2epg", "--serve", "--postal", "90210"]
    with box.start([*command, "--monitoring-port", str(port)]) as process:
        assert served(port, "/healthz") == b"ok\n"
        guide = served(port, "/guide.xml")
        assert b"</tv>" in guide
        assert json.loads(served(port, "/stats"))["guide"]["programmes"] == guide.count(
            b"<programme "
        )
        began = time.monotonic()
        process.terminate()
        out, err = process.communicate(timeout=10)
        assert time.monotonic() - began < 1.0
    assert (process.returncode, err) == (0, b"")
    assert f"http://127.0.0.1:{port}/" in out.decode()


def test_serve_tells_when_it_grabs_next(box):
    port = free_port()
    command = [sys.executable, "-m", "gracenote2epg", "--serve", "--postal", "90210"]
    with box.start([*command, "--monitoring-port", str(port)]) as process:
        served(port, "/guide.xml")
        until = time.monotonic() + 20
        while not json.loads(served(port, "/stats"))["run"]["next"]:
            assert time.monotonic() < until
        run = json.loads(served(port, "/stats"))["run"]
        process.terminate()
        process.communicate(timeout=10)
    assert 0 < run["next"] - time.time() <= 24 * 3600
    assert run["text"].startswith("Waiting; the next run begins at ")


def test_serve_without_a_postal_code_does_not_stay(box):
    ended = box.cli("--serve", "--monitoring-port", str(free_port()))
    assert (ended.code, "No postal code" in ended.err) == (2, True)


def test_a_taken_port_is_said_and_the_grab_goes_on(box, server):
    ended = box.cli(
        "--postal", "90210", "--enable-monitoring", "--monitoring-port", str(server.port)
    )
    assert ended.code == 0
    assert f"port {server.port} cannot be had" in ended.err
    assert os.path.exists(box.guide)


def test_serve_on_a_taken_port_is_an_error(box, server):
    ended = box.cli("--serve", "--postal", "90210", "--monitoring-port", str(server.port))
    assert (ended.code, ended.err.count("\n")) == (8, 1)


def test_monitoring_without_a_terminal_is_a_plain_line_now_and_then(box):
    ended = box.cli("--postal", "90210", "--enable-monitoring", "--no-monitoring-web-api")
    assert "workers" in ended.err
    assert "\x1b" not in ended.err


def test_where_nobody_looks_nothing_of_the_page_is_imported(box):
    script = (
        "import sys; from gracenote2epg.cli import main;"
        " code = main(['gracenote2epg', '--postal', '90210', '--quiet']);"
        " print(code, {'http.server', 'gracenote2epg.status'} & set(sys.modules))"
    )
    assert box.run([sys.executable, "-c", script]).out == "0 set()\n"


def test_on_a_terminal_progress_is_drawn_in_place_and_stays(box):
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "gracenote2epg", "--postal", "90210"]
    environment = {**box.environment, "GRACENOTE_DETAILS": "yes", "GRACENOTE_REQUEST_BUDGET": "20"}
    with subprocess.Popen(
        command, env=environment, stderr=slave, stdout=subprocess.PIPE
    ) as process:
        os.close(slave)
        shown = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while True:
                shown += os.read(master, 1 << 16)
        process.communicate(timeout=30)
    os.close(master)
    lines = [line.split("\x1b[K")[-1] for line in shown.decode().split("\r\n")]
    assert any(line.startswith("Guide    asking the source") for line in lines)
    assert any(line.startswith("Guide    [########################] 6/6") for line in lines)
    assert any(line.startswith("Details  [") for line in lines)


def test_a_package_that_is_missing_is_named_with_the_cure(box, tmp_path):
    (tmp_path / "xmltodict.py").write_text("raise ModuleNotFoundError(name='xmltodict')")
    path = os.pathsep.join((str(tmp_path), box.environment["PYTHONPATH"]))
    os.makedirs(tmp_path / ".kodi/userdata/addon_data/service.gracenote2epg")
    settings = tmp_path / ".kodi/userdata/addon_data/service.gracenote2epg/settings.xml"
    settings.write_text("<settings/>")
    ended = box.cli("--postal", "90210", PYTHONPATH=path)
    assert (ended.code, ended.err.count("\n")) == (10, 1)
    assert "xmltodict is missing" in ended.err
    assert "pip install" in ended.err


def test_a_full_stdout_is_no_bug(box):
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "gracenote2epg", "--postal", "90210", "--output", "-"]
        ended = subprocess.run(
            command, env=box.environment, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert ended.returncode == 7
    assert b"Cannot write to stdout (No space" in ended.stderr


def test_two_things_to_do_at_once_are_refused(box):
    ended = box.cli("--demo", "--serve")
    assert (ended.code, "not allowed with" in ended.err) == (2, True)


# Channels of players


@pytest.fixture(name="tvh")
def _tvh():
    with TvhStandIn() as tvh:
        tvh.channel("WZAA-DT", "2.1")
        tvh.channel("Two on it", "2.1")
        tvh.channel("Nowhere", "88.1")
        tvh.channel("KZAG", "5.1")
        yield tvh


@pytest.fixture(name="viewer")
def _viewer(box, tvh):
    box.environment.update(
        GRACENOTE_POSTAL_CODE="90210",
        GRACENOTE_TVH_URL=tvh.url,
        GRACENOTE_TVH_USERNAME=tvh.user,
        GRACENOTE_TVH_PASSWORD=tvh.password,
    )
    return box


def rows_of(ended):
    """The table's cells, without its head and its sums."""
    return [re.split(r"\s{2,}", line) for line in ended.out.splitlines()[1:-1]]


def test_match_shows_what_each_channel_means_unmatched_ones_last(viewer):
    ended = viewer.cli("--match")
    assert (ended.code, ended.err) == (0, "")
    assert rows_of(ended) == [
        ["2.1 WZAA-DT", "2.1 WZAADT 20006", "number and call sign", "95%"],
        ["5.1 KZAG", "5.1 KZAGDT 20242", "number and call sign", "92%"],
        ["2.1 Two on it", "-", "2.1 WZAADT 20006, 2.1 WZAKDT2 20387"],
        ["88.1 Nowhere", "-"],
    ]
    assert "2 of 4 channels match a station; doubtful: 1." in ended.out


def test_an_assignment_is_shown_remembered_and_forgotten(viewer):
    given = viewer.cli("--assign", "Nowhere=13.1", "--assign", "Two on it=-")
    assert ["88.1 Nowhere", "13.1 WZASDT 20668", "override", "100%"] in rows_of(given)
    assert rows_of(given)[-1] == ["2.1 Two on it", "-", "override", "100%"]
    assert rows_of(viewer.cli("--match")) == rows_of(given)
    forgotten = viewer.cli("--match", "--assign", "88.1=")
    assert rows_of(forgotten)[-1] == ["88.1 Nowhere", "-"]


@pytest.mark.parametrize("words", [["--find-lineups"], ["--list-stations"], ["--list-channels"]])
def test_offline_no_look_asks_anything(box, server, words):
    ended = box.cli(*words, "--postal", "90210", "--offline")
    assert (ended.code, "Run it once without --offline" in ended.err) == (5, True)
    assert server.counts.requests == 0


def test_a_postal_code_that_the_source_denies_is_named_as_unknown(box, server):
    server.faults.answer("providers", answers.no_lineups())
    ended = box.cli("--find-lineups", "--postal", "90210")
    assert (ended.code, "no lineup for this postal code" in ended.err) == (5, True)


def test_match_asks_the_source_once_and_works_offline_from_then_on(viewer, server, tvh):
    first = viewer.cli("--match")
    asked = server.counts.requests
    assert asked > 0
    assert rows_of(viewer.cli("--match")) == rows_of(first)
    calls = len(tvh.calls)
    assert rows_of(viewer.cli("--match", "--offline")) == rows_of(first)
    assert (server.counts.requests, len(tvh.calls)) == (asked, calls)


def test_match_shows_what_is_there_now_and_says_what_the_guide_has(viewer, tvh):
    viewer.cli("--match")
    tvh.channels = tvh.channels[:1]
    ended = viewer.cli("--match")
    assert len(rows_of(ended)) == 1
    assert "went from 4 channels to 1: the guide has the 4 until" in ended.err


def test_match_knows_a_playlist_beside_tvheadend(viewer, tmp_path):
    (tmp_path / "tv.m3u").write_text("#EXTM3U\n#EXTINF:-1,KZAG-DT\nx\n")
    ended = viewer.cli("--match", "--channels-from", str(tmp_path / "tv.m3u"))
    assert "tv.m3u: 1 of 1 channels match a station" in ended.out
    assert "2 of 4 channels match a station" in ended.out


@pytest.mark.parametrize(
    ("words", "more", "code", "said"),
    [
        (["--match"], {"GRACENOTE_TVH_URL": ""}, 2, "a channels_from: a list to match"),
        (["--match"], {"GRACENOTE_TVH_PASSWORD": "geheim"}, 9, "Check tvh_password"),
        (["--match"], {"GRACENOTE_TVH_URL": "http://me:geheim@x"}, 2, "tvh_url: 'http://x'"),
        (["--match", "--offline"], {}, 5, "No answer is stored"),
        (["--assign", "Else=2.1"], {}, 2, "a channel that --match shows"),
        (["--assign", "Nowhere=geheim"], {}, 2, "geheim is no station"),
        (["--serve", "--assign", "Nowhere=2.2"], {}, 2, "--assign goes with --match"),
        (["--tvh-filter"], {"GRACENOTE_TVH_URL": ""}, 2, "on with a tvh_url"),
        (["--channels-from", "/none.m3u"], {}, 9, "No channels can be read from /none.m3u"),
    ],
)
def test_a_match_that_cannot_be_is_one_clear_line_and_a_code(viewer, words, more, code, said):
    ended = viewer.cli(*words, **more)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert "Traceback" not in ended.err
    if "PASSWORD" in str(more) or "tvh_url" in said:
        assert "geheim" not in ended.err


def test_the_demo_is_the_demo_whatever_the_settings_say(viewer, tvh):
    ended = viewer.cli("--demo", GRACENOTE_TVH_FILTER="yes", GRACENOTE_CHANNELS_FROM="/none")
    assert (ended.code, tvh.calls) == (0, [])


def test_a_grabber_takes_the_stations_that_tvheadend_has(viewer):
    ended = Tvheadend(viewer).call(GRACENOTE_TVH_FILTER="yes")
    assert (ended.code, ended.err) == (0, "")
    assert re.findall(r'<channel id="(\d+)', ended.out) == ["20006", "20242"]


def test_no_log_holds_the_password(viewer, tvh):
    viewer.cli("--tvh-filter", "--debug", "--console")
    tvh.statuses["channel/grid"] = 401
    ended = viewer.cli("--match", "--debug", "--console")
    path = os.path.join(os.path.dirname(viewer.guide), "gracenote2epg.log")
    with open(path, encoding="utf-8") as log:
        assert tvh.password not in log.read() + ended.err + ended.out
