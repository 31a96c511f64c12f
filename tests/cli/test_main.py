"""The command line: what it prints where, and how it ends."""

import contextlib
import gzip
import io
import json
import os
import sys
import threading

import pytest

from fake_gracenote import responses
from gracenote2epg.cli import stdio
from gracenote2epg.guide.span import span
from support import guides
from support.browser import ask, free_port

HERE = ("--postal", "90210")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def test_a_postal_code_is_all_it_takes(terminal, server, clock):
    today = span(clock.now(), 1, 0)
    ended = terminal.run(*HERE)
    assert (ended.code, ended.err) == (0, "")
    assert terminal.guide in ended.out
    assert "Stations    8" in ended.out
    assert f"Requests    {server.counts.requests} guide, 0 details, 0 refused" in ended.out
    assert set(guides.programmes(terminal.guide)) == guides.on(server.world, today)


@pytest.mark.slow  # all of the made-up world, with the latency of the real source
def test_the_demo_needs_nothing_and_says_what_to_do_next(terminal, tmp_path):
    output = str(tmp_path / "made" / "guide.xml")
    settings = {"GRACENOTE_TVH_FILTER": "yes", "GRACENOTE_CHANNELS_FROM": "/none"}
    settings["GRACENOTE_TVH_URL"] = "http://127.0.0.1:9"  # the demo is the demo nevertheless
    ended = terminal.run("--demo", "--output", output, "--days", "1", **settings)
    assert ended.code == 0
    assert "gracenote2epg --postal 90210" in ended.out
    assert len(guides.programmes(output)) > 500


def test_postal_codes_of_every_form_are_taken(terminal):
    codes = ["90210", "90210-1234", "j3b 1m4", "J3B1M4"]
    assert [terminal.run("--list-stations", "--postal", code).code for code in codes] == [0] * 4


BAD_INPUT = (
    (["--offline", *HERE], 6, "There is nothing to write"),
    ([], 2, "No postal code and no lineup"),
    (["--postal", "1234"], 2, "postal_code: '1234' (from the option --postal-code)"),
    (["--postal", "99999"], 5, "no lineup for this postal code"),
    ([*HERE, "--days", "99"], 2, "a whole number from 1 to 14"),
    ([*HERE, "--days", "0"], 2, "days: '0'"),
    ([*HERE, "--offset", "99"], 2, "offset: '99'"),
    ([*HERE, "--strategy", "warp"], 2, "conservative, balanced, aggressive"),
    ([*HERE, "--lineup", "what?"], 2, "lineup: 'what?'"),
    (["--lineup", "OTA"], 2, "a postal code beside it"),
    ([*HERE, "--output", "/proc/none/x.xml"], 7, "Cannot write /proc/none/x.xml"),
    ([*HERE, "--output", "/"], 7, "Cannot write /"),
    ([*HERE, "--config-file", "/nonexistent"], 7, "Cannot read /nonexistent"),
    ([*HERE, "--channels", "NOSUCH"], 2, "NOSUCH is no station"),
    ([*HERE, "--base-url", "http://example.com"], 2, "an https address"),
    (["--ahdmegkeja"], 2, "--ahdmegkeja"),
    (["stray"], 2, "stray"),
    (["--demo", "--serve"], 2, "not allowed with"),
    (["--json", *HERE], 2, "--json goes with --doctor, --health and --diff"),
)


def test_bad_input_is_one_clear_line_and_a_code(terminal, unclear):
    assert unclear(terminal.run, BAD_INPUT) == []
    assert not os.path.exists(terminal.guide)


def test_a_bad_variable_names_itself(terminal):
    ended = terminal.run(*HERE, GRACENOTE_MAX_WORKERS="many")
    assert "max_workers: 'many' (from the variable GRACENOTE_MAX_WORKERS)" in ended.err


def test_output_dash_is_the_document_and_nothing_else(terminal):
    ended = terminal.run(*HERE, "--output", "-")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("<?xml")
    assert ended.out.endswith("</tv>\n")


def test_output_gz_is_packed_the_same_way_every_time(terminal, tmp_path):
    paths = [str(tmp_path / name) for name in ("a.xml.gz", "b.xml.gz")]
    assert [terminal.run(*HERE, "--output", path).code for path in paths] == [0, 0]
    first, second = map(read, paths)
    assert first == second
    assert gzip.decompress(first).endswith(b"</tv>\n")


def test_lineups_are_shown_as_a_table(terminal, server):
    ended = terminal.run("--find-lineups", "--postal", "J3B 1M4")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0].split() == ["LINEUP", "KIND", "NAME", "PLACE", "STATIONS"]
    assert lines[1].startswith("CAN-lineupId-DEFAULT  OTA")
    assert all(line.split()[-1].isdigit() for line in lines[1:])
    assert len(lines) == 1 + len(server.world.lineups("J3B1M4"))


def test_stations_are_shown_as_a_table_by_number(terminal):
    lines = terminal.run("--list-stations", *HERE).out.splitlines()
    assert lines[0].split() == ["NUMBER", "CALL", "SIGN", "ID", "NETWORK"]
    numbers = ["2.1", "2.2", "2.3", "4.1", "4.2", "4.3", "5.1", "5.2"]
    assert [line.split()[0] for line in lines[1:]] == numbers


def test_a_cable_lineup_is_grabbed_by_its_id(terminal, server):
    cable = server.world.lineups()[1]["lineupId"]
    assert terminal.run(*HERE, "--lineup", cable).code == 0
    assert {entry.params["lineupId"] for entry in server.log if entry.endpoint == "grid"} == {cable}


def test_options_come_before_the_config_file(terminal, tmp_path):
    file = tmp_path / "my.conf"
    file.write_text("postal_code=90210  # home\ndays=3\n")
    sizes = []
    for words in ([], ["--days", "1"]):
        assert terminal.run("--config-file", str(file), *words, GRACENOTE_DAYS="").code == 0
        sizes.append(len(guides.programmes(terminal.guide)))
    assert sizes[1] < sizes[0]


def test_a_source_that_refuses_is_told_in_one_line(terminal, server):
    server.faults.refuse(403, times=1)
    ended = terminal.run(*HERE)
    assert (ended.code, ended.err.count("\n")) == (4, 1)
    assert "refuses this address" in ended.err
    server.faults.refuse(405)
    ended = terminal.run(*HERE)
    assert (ended.code, ended.err.count("\n")) == (4, 1)


def test_a_broken_store_is_set_aside_and_said(terminal):
    os.makedirs(terminal.data)
    with open(os.path.join(terminal.data, "gracenote2epg.db"), "wb") as file:
        file.write(b"not a database, by far" * 1000)
    ended = terminal.run(*HERE)
    assert (ended.code, "cannot be used" in ended.out) == (0, True)
    assert [name for name in os.listdir(terminal.data) if name.startswith("gracenote2epg.db.")]


def test_the_log_and_the_console_have_the_requests_when_asked_to(terminal):
    assert "DEBUG" in terminal.run(*HERE, "--debug", "--console").err
    assert "DEBUG" in terminal.log


@pytest.mark.parametrize(
    ("option", "endpoint", "said"),
    [
        ("--find-lineups", "providers", "cannot list the lineups now"),
        ("--list-stations", "grid", "lists no station now"),
    ],
)
def test_a_list_that_cannot_be_had_is_an_error_not_an_empty_table(
    terminal, server, unclear, option, endpoint, said
):
    server.faults.refuse(500, on=endpoint)
    assert unclear(terminal.run, [([option, *HERE], 5, said)]) == []


def test_offline_no_look_asks_anything(terminal, server, unclear):
    said = "Run it once without --offline"
    looks = ("--find-lineups", "--list-stations", "--list-channels")
    rows = [([look, *HERE, "--offline"], 5, said) for look in looks]
    assert unclear(terminal.run, rows) == []
    assert server.counts.requests == 0


def test_a_postal_code_that_the_source_denies_is_named_as_unknown(terminal, server):
    server.faults.answer("providers", responses.no_lineups())
    ended = terminal.run("--find-lineups", *HERE)
    assert (ended.code, "no lineup for this postal code" in ended.err) == (5, True)


def test_letters_that_stdout_cannot_show_are_replaced(monkeypatch):
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, "ascii"))
    stdio.print_out("Vid\u00e9otron")
    assert shown.getvalue() == b"Vid?otron\n"


# Monitoring and --serve


def served(port, path, ready=bool):
    """What is served there, as soon as somebody serves and it is ready."""
    for _ in range(500):
        with contextlib.suppress(OSError):
            body = ask(port, path)
            if ready(body):
                return body
        threading.Event().wait(0.02)
    raise AssertionError(f"{path} is not served, or not as it is expected")


def test_serve_grabs_serves_the_guide_and_tells_when_it_grabs_next(terminal, clock):
    began, port = clock.now(), free_port()
    with terminal.serving("--serve", *HERE, "--monitoring-port", str(port)) as ended:
        assert served(port, "/healthz") == b"ok\n"
        guide = served(port, "/guide.xml")
        assert guide.endswith(b"</tv>\n")
        stats = json.loads(served(port, "/stats", lambda body: json.loads(body)["run"]["next"]))
    assert stats["guide"]["programmes"] == guide.count(b"<programme ")
    assert began < stats["run"]["next"] <= clock.now() + 24 * 3600
    assert stats["run"]["text"].startswith("Waiting; the next run begins at ")
    assert (ended[0].code, ended[0].err) == (0, "")
    assert f"http://127.0.0.1:{port}/" in ended[0].out


def test_serve_without_a_postal_code_does_not_stay(terminal):
    ended = terminal.run("--serve", "--monitoring-port", str(free_port()))
    assert (ended.code, "No postal code" in ended.err) == (2, True)


def test_a_taken_port_is_said_and_the_grab_goes_on(terminal, server):
    port = ("--monitoring-port", str(server.port))
    ended = terminal.run(*HERE, "--enable-monitoring", *port)
    assert ended.code == 0
    assert f"port {server.port} cannot be had" in ended.err
    assert os.path.exists(terminal.guide)
    ended = terminal.run("--serve", *HERE, *port)
    assert (ended.code, ended.err.count("\n")) == (8, 1)


def test_monitoring_without_a_terminal_is_a_plain_line_now_and_then(terminal):
    ended = terminal.run(*HERE, "--enable-monitoring", "--no-monitoring-web-api")
    assert "workers" in ended.err
    assert "\x1b" not in ended.err
