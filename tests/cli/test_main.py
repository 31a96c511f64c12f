"""The command line: what it prints where, and its exit codes."""

import contextlib
import io
import json
import os
import sys
import threading

import pytest

from gracenote2epg.cli import stdio
from gracenote2epg.cli.main import main
from gracenote2epg.downloader import learned_limit
from gracenote2epg.guide.span import span
from gracenote2epg.store.answers import Store
from gracenote2epg.web.status import RunStatus
from support import guides
from support.browser import ask, free_port
from support.receivers import WebReceiver

HERE = ("--postal", "90210")


def test_a_postal_code_is_enough(terminal, server, clock):
    today = span(clock.now(), 1, 0)
    result = terminal.run(*HERE)
    assert (result.code, result.err) == (0, "")
    assert terminal.guide in result.out
    assert "Stations    8" in result.out
    assert f"Requests    {server.counts.requests} guide, 0 details, 0 refused" in result.out
    assert set(guides.programmes(terminal.guide)) == guides.on(server.world, today)


@pytest.mark.slow  # the whole made-up world, with the latency of the real source
def test_the_demo_needs_no_settings(terminal, tmp_path):
    output = str(tmp_path / "made" / "guide.xml")
    ignored = {"GRACENOTE_TVH_FILTER": "yes", "GRACENOTE_CHANNELS_FROM": "/none"}
    ignored.update(GRACENOTE_TVH_URL="http://127.0.0.1:9", GRACENOTE_IDS_FROM="/none")
    mine = tmp_path / "mine.txt"
    mine.write_text("x", encoding="utf-8")
    words = ("--output", output, "--days", "1", "--data-dir", str(tmp_path))
    result = terminal.run("--demo", *words, **ignored)
    assert (result.code, "  gracenote2epg 90210" in result.out) == (0, True)
    assert (len(guides.programmes(output)) > 500, mine.exists()) == (True, True)
    for word in ("--find-lineups", "--list-stations", "--health", "--tonight"):
        result = terminal.run("--demo", word, **ignored)
        assert (result.code, result.err, len(result.out.splitlines()) > 1) == (0, "", True), word


def test_each_address_of_notify_gets_a_test(terminal):
    with WebReceiver() as web:
        words = ("--notify", f"http://127.0.0.1:{web.port}/geheim,ntfy+http://127.0.0.1:1/geheim")
        result = terminal.run("--notify-test", *words)
    assert (result.code, result.err) == (1, "")
    assert result.out == "1 (webhook): sent\n2 (ntfy): Connection refused\n"
    assert json.loads(web.posts[0].body)["event"] == "test"
    for words in (["--notify-test"], ["--notify-test", "--notify", "geheim"]):
        result = terminal.run(*words)
        assert (result.code, "geheim" in result.err) == (2, False)


def test_a_postal_code_has_many_forms_and_needs_no_option(terminal):
    for words in (
        *(["90210"], ["j3b", "1m4"], ["--zip", "90210"], ["--code", "90210"]),
        *(["--postal", "90210-1234"], ["--postal-code", "j3b 1m4"]),
    ):
        assert (words, terminal.run("--list-stations", *words).code) == (words, 0)
    variable = terminal.run("--list-stations", GRACENOTE_POSTAL="90210", GRACENOTE_DAY="3")
    assert variable.code == 0
    assert "no variable GRACENOTE_DAY (did you mean GRACENOTE_DAYS?)" in variable.err
    quiet = terminal.run("--list-stations", "--quiet", "90210", GRACENOTE_DAY="3")
    assert (quiet.code, quiet.err) == (0, "")


def test_the_options_of_version_2_are_taken(terminal):
    old = "--lineupid auto --langdetect false --norefresh --refresh 24 -w -q"
    result = terminal.run("--zip", "90210", "-o", terminal.guide, *old.split())
    assert (result.code, result.out, result.err) == (0, "", "")
    said = "this version: --langdetect, --norefresh, --refresh, -w\n"
    assert terminal.log.count(said) == 1
    assert "USA-" in terminal.run("--show-lineup", "--zip", "90210").out
    assert terminal.run("-v").out == terminal.run("--version").out


def test_help_fits_on_a_screen_and_has_all_on_request(terminal, capsys):
    def help_(*words):
        with pytest.raises(SystemExit):
            main(["gracenote2epg", "--help", *words])
        return capsys.readouterr().out

    assert len(help_().splitlines()) <= 24
    assert max(map(len, help_().splitlines())) <= 100
    assert "--image-host" not in help_()
    assert "--image-host" in help_("all")
    assert "--tvh-url" in help_("tvheadend")
    assert "--days" not in help_("tvheadend")
    assert "--at-start" not in help_("all")


BAD_INPUT = (
    (["--offline", *HERE], 6, "There is nothing to write"),
    ([], 2, "No postal code and no lineup"),
    (["--postal", "1234"], 2, "postal_code: '1234' (from the option --postal)"),
    (HERE, 2, "max_workers: 'many' (from the variable GRACENOTE_MAX_WORKERS)",
     {"GRACENOTE_MAX_WORKERS": "many"}),
    (["--postal", "99999"], 5, "no lineup for this postal code"),
    ([*HERE, "--lineup", "what?"], 2, "lineup: 'what?'"),
    ([*HERE, "--strategy", "x"], 2, "worker_strategy: 'x' (from the option --strategy)"),
    ([*HERE, "--worker-strategy=x"], 2, "(from the option --worker-strategy)"),
    ([*HERE, "--workers", "99"], 2, "max_workers: '99' (from the option --workers)"),
    (["--lineup", "OTA"], 2, "a postal code beside it"),
    ([*HERE, "--output", "/proc/none/x.xml"], 7, "Cannot write /proc/none/x.xml"),
    ([*HERE, "--data-dir", "/proc/x"], 7, "Cannot write /proc/x/lock (No such file or directory)"),
    ([*HERE, "--output", "/"], 7, "Cannot write /"),
    ([*HERE, "--config-file", "/nonexistent"], 7, "Cannot read /nonexistent"),
    ([*HERE, "--channels", "NOSUCH"], 2, "NOSUCH is not a station"),
    ([*HERE, "--base-url", "http://example.com"], 2, "an https address"),
    (["--ahdmegkeja"], 2, "--ahdmegkeja"),
    (["stray"], 2, "only a US ZIP such as 90210 or a Canadian code such as J3B 1M4 may stand"),
    (["902101"], 2, "only a US ZIP such as 90210"),
    (["help"], 2, "(did you mean --help?)"),
    (["--postl", "90210"], 2, "arguments: --postl (did you mean --postal?)"),
    (["--zipp", "90210"], 2, "arguments: --zipp. "),  # --zip is of version 2
    (["--help", "gide"], 2, "no --help gide (did you mean guide?)"),
    (["--demo", "--doctor"], 2, "--demo goes with these commands only: --find-lineups, "),
    (["--json", *HERE], 2, "--json goes with --doctor, --health, --diff and --match"),
)  # fmt: skip


def test_bad_input_is_one_clear_line_and_an_exit_code(terminal, unclear):
    assert unclear(terminal.run, BAD_INPUT) == []
    assert not os.path.exists(terminal.guide)


def test_lineups_are_listed_as_a_table(terminal, server):
    result = terminal.run("--find-lineups", "--postal", "J3B 1M4")
    lines = result.out.splitlines()
    assert (result.code, len(lines)) == (0, 1 + len(server.world.lineups("J3B1M4")))
    assert lines[0].split() == ["LINEUP", "KIND", "NAME", "PLACE", "STATIONS"]
    assert lines[1].startswith("CAN-lineupId-DEFAULT  OTA")
    assert all(line.split()[-1].isdigit() for line in lines[1:])


def test_stations_are_listed_as_a_table_by_number(terminal):
    lines = terminal.run("--list-stations", *HERE).out.splitlines()
    assert lines[0].split() == ["NUMBER", "CALL", "SIGN", "ID", "NETWORK"]
    numbers = ["2.1", "2.2", "2.3", "4.1", "4.2", "4.3", "5.1", "5.2"]
    assert [line.split()[0] for line in lines[1:-1]] == numbers
    assert lines[-1].startswith("8 stations; the guide leaves out")


def test_a_source_that_refuses_is_one_line(terminal, server):
    for status in (403, 405):
        server.faults.refuse(status)
        result = terminal.run(*HERE)
        assert (result.code, result.err.count("\n")) == (4, 1)
        assert "refuses this address" in result.err


def test_a_cable_lineup_is_grabbed_by_its_id_and_dash_prints_the_document_only(terminal, server):
    cable = server.world.lineups()[1]["lineupId"]
    result = terminal.run(*HERE, "--lineup", cable, "--output", "-")
    assert (result.code, result.err, result.is_guide) == (0, "", True)
    assert {entry.params["lineupId"] for entry in server.log if entry.endpoint == "grid"} == {cable}


def test_a_run_says_what_became_of_a_damaged_store_and_logs_it(terminal):
    os.makedirs(terminal.data)
    with open(os.path.join(terminal.data, "gracenote2epg.db"), "wb") as file:
        file.write(b"not a database, by far" * 1000)
    result = terminal.run(*HERE, "--debug", "--console")
    assert (result.code, "cannot be used" in result.out) == (0, True)
    for text in (result.err, terminal.log):
        assert ("DEBUG" in text, "cannot be used" in text) == (True, True)


def test_an_unavailable_list_is_an_error_not_an_empty_table(terminal, server, unclear):
    options = ("--find-lineups", "--list-stations", "--list-channels")
    line = "Run it once without --offline"
    assert unclear(terminal.run, [([name, *HERE, "--offline"], 5, line) for name in options]) == []
    assert server.counts.requests == 0
    for option, endpoint, line in (
        ("--find-lineups", "providers", "cannot list the lineups now"),
        ("--list-stations", "grid", "lists no station now"),
    ):
        server.faults.refuse(500, on=endpoint)
        assert unclear(terminal.run, [([option, *HERE], 5, line)]) == []


def test_characters_outside_the_encoding_of_stdout_are_replaced(monkeypatch):
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, "ascii"))
    stdio.print_out("Vid\u00e9otron")
    assert out.getvalue() == b"Vid?otron\n"


# Monitoring and --serve


def served(port, path, ready=bool):
    """The body at this path, as soon as it is served and ready."""
    for _ in range(500):
        with contextlib.suppress(OSError):
            body = ask(port, path)
            if ready(body):
                return body
        threading.Event().wait(0.02)
    raise AssertionError(f"{path} is not served, or never ready")


def test_serve_grabs_serves_the_guide_and_plans_the_next_run(terminal, clock):
    began, port = clock.now(), free_port()
    with terminal.serving("--serve", *HERE, "--monitoring-port", str(port)) as results:
        assert served(port, "/healthz") == b"ok\n"
        guide = served(port, "/guide.xml")
        assert guide.endswith(b"</tv>\n")
        stats = json.loads(served(port, "/stats", lambda body: json.loads(body)["run"]["next"]))
    assert stats["guide"]["programmes"] == guide.count(b"<programme ")
    assert began < stats["run"]["next"] <= clock.now() + 24 * 3600
    assert stats["run"]["text"].startswith("Waiting; the next run begins at ")
    assert (results[0].code, results[0].err) == (0, "")
    assert f"http://127.0.0.1:{port}/" in results[0].out


def test_serve_says_that_its_config_file_is_not_there_yet(terminal, tmp_path):
    file, port = str(tmp_path / "typo.conf"), free_port()
    words = ("--serve", "--quiet", "--config-file", file, "--monitoring-port", str(port))
    with terminal.serving(*words) as (results):
        served(port, "/stats")
    sentence = f"The config file {file} is not there; the set-up on the page will write it."
    assert sentence in results[0].err
    assert sentence in terminal.log


def test_a_taken_port_ends_serve_but_not_a_run(terminal, server):
    port = ("--monitoring-port", str(server.port))
    result = terminal.run(*HERE, "--enable-monitoring", *port)
    assert (result.code, os.path.exists(terminal.guide)) == (0, True)
    assert f"Port {server.port} is not available" in result.err
    assert ("workers" in result.err, "\x1b" in result.err) == (True, False)  # in plain lines
    result = terminal.run("--serve", *HERE, *port)
    assert (result.code, result.err.count("\n")) == (8, 1)


def test_a_learned_limit_is_said_and_can_be_forgotten(terminal, server, tmp_path, clock):
    config = guides.settings(server, tmp_path)
    said = "It refused after 40 requests in 8 s, so runs send at most 0.27 a second"

    def ask_terminal(option):
        return terminal.run(option, *HERE, "--data-dir", config.data_dir).out

    def on_the_page():
        return RunStatus(config, clock).document()["learned_limit"]

    with Store(config.data_dir, clock) as store:
        store.set_fact(
            learned_limit.FACT,
            learned_limit.observed(40, 8.0, 30.0, certain=True)._asdict(),
            clock.now(),
        )
    shown = on_the_page()
    assert (shown["text"], shown["requests"], round(shown["rate"], 2)) == (said, 40, 0.27)
    assert said in " ".join(ask_terminal("--doctor").split())
    assert ask_terminal("--forget-limit") == f"Forgotten: {said}.\n"
    assert ask_terminal("--forget-limit") == "No limit slows the runs.\n"
    assert (on_the_page(), said in ask_terminal("--doctor")) == ({}, False)
