"""The doctor's checks of source, affiliate and lineup, over sockets."""

import dataclasses
import json
import os
import re
import socket
import threading

import pytest

from fake_gracenote import FakeGracenote, World, responses
from gracenote2epg import __version__, errors
from gracenote2epg.clock import DAY
from gracenote2epg.doctor import checks, failures
from gracenote2epg.grab import cooldown, refresh
from gracenote2epg.grab.source import locked_source
from gracenote2epg.gracenote.lineup_ids import over_the_air
from gracenote2epg.guide.span import span
from gracenote2epg.models import Lineup, Provider
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import RunLock
from support import ROOT, guides
from support.clock import touch
from support.diagnosis import OURS, TITLE
from support.fake_tvheadend import TvhStandIn

MINUTE, HALF_A_DAY = 60, 43200
UNUSED = "127.0.0.1:1"  # no program listens there
NO_SUCH = "USA-ZZ99999-X"


# All checks


def test_all_is_well_if_tvheadend_shows_the_guide(grabbed, examine):
    with open(grabbed.output, encoding="utf-8") as file:
        guide = file.read()
    with TvhStandIn("none") as tvh:
        tvh.channel(re.search("<display-name>(.*?)<", guide)[1])
        tvh.module(TITLE, True, OURS, lambda: guide)
        tvh.grab(2)
        report = examine(grabbed, tvh_url=tvh.url)
    assert report.states == ["ok"] * 11
    assert (report.exit_code, report.broken) == (0, None)
    assert report.text().endswith("\n\nAll is well.")
    assert report.as_json()["ok"]


def test_a_guide_through_the_socket_is_recognized_by_the_lineups_stations(grabbed, examine):
    station = guides.channels(grabbed.output)[0]
    for xmltv_id, first in (
        (f"{station}.gracenote2epg", None),
        (f"{station}.other", ("links", "other guide")),
        ("12345.other", ("module", "socket")),
    ):
        with TvhStandIn("none") as tvh:
            channel = tvh.channel("WZAA-DT", "2.1")
            tvh.module("External: XMLTV")
            tvh.source(xmltv_id, channel, modid="xmltv", module="XMLTV")
            tvh.event(channel, 0, 1800, "Harbor Night Show")
            assert examine(grabbed, tvh_url=tvh.url).first == first


def test_without_tvheadend_its_checks_are_skipped(grabbed, examine):
    report = examine(grabbed)
    assert report.states == ["ok"] * 7 + ["skipped"] * 4
    assert report.exit_code == 0
    assert "tvh_url is not set" in report.text()
    assert report.diagnosis == "Nothing is broken among the checks that could be made."


def test_a_cause_in_tvheadend_comes_before_the_missing_guide(settings, examine, clock):
    """Before the first run, and days after the last one."""
    for effect in ("no run", "over"):
        with TvhStandIn("none") as tvh:
            tvh.channel("WZAA-DT", "2.1")
            unknown = examine(settings, tvh_url=tvh.url)
            module = tvh.module(TITLE, False, OURS)
            off = examine(settings, tvh_url=tvh.url)
            tvh.enable(module)
            on = examine(settings, tvh_url=tvh.url)
        assert effect in {finding.name for finding in on.findings}
        assert [row.first for row in (unknown, off, on)] == [
            ("module", "not there"), ("module", "off"), ("links", "not run"),
        ]  # fmt: skip
        guides.grab(settings, clock)
        touch(settings.output, clock.now())
        clock.advance(3 * DAY)


def test_before_the_first_run_one_request_shows_that_all_is_ready(server, settings, examine):
    report = examine(settings)
    assert (report.first, report.exit_code) == (("listings", "no run"), 25)
    assert report.states[:4] == ["ok"] * 4
    assert tuple(finding.check for finding in report.findings) == failures.CHECKS
    assert server.counts.requests == 1


def test_the_checks_after_the_first_broken_one_are_run_too(server, grabbed, examine):
    server.faults.refuse(503)
    os.remove(grabbed.output)
    with TvhStandIn("none") as tvh:
        report = examine(grabbed, min_interval=0, tvh_url=tvh.url)
    broken = [finding.check.name for finding in report.findings if finding.state == "broken"]
    assert broken == ["source", "file", "module", "links"]
    assert report.first == ("source", "outage")


def denies(name):
    def deny(faults):
        faults.answer("grid", responses.no_lineups(), when=lambda q: q["lineupId"] == name)

    return deny


CAUSES = (
    # Settings, fault; states of source, affiliate and lineup; diagnosis; words; requests.
    ({"postal_code": ""}, None, "skipped skipped broken", "NotConfigured",
     ["--postal", "tv_grab_gracenote2epg.conf, or the"], 0),
    ({"lineup": ("what?",)}, None, "skipped skipped broken", "SettingError", ["what?"], 0),
    ({"postal_code": "99999"}, None, "ok skipped broken", "LineupNotFound", ["this postal"], 2),
    ({"lineup": (NO_SUCH,)}, denies(NO_SUCH), "ok skipped broken", "lineup",
     [NO_SUCH, "--find-lineups"], 3),
    ({}, lambda faults: faults.answer("grid", responses.not_found()), "ok skipped broken", "lineup",
     [], 1),
    ({}, lambda faults: setattr(faults, "affiliates", frozenset()), "ok broken skipped",
     "affiliate", ["orbebb", "It is Gracenote, not you"], 3),
    ({"base_url": f"http://{UNUSED}"}, None, "broken skipped skipped", "connection refused",
     ["firewall"], 0),
    *(({}, fault, "broken skipped skipped", "no network", [], 2) for fault in (
        lambda faults: faults.drop("grid"), lambda faults: faults.reset("grid"),
        lambda faults: faults.cut("grid"))),
    *(({"time_budget": 1}, fault, "broken skipped skipped", "slow", ["no answer within 1 s"], 1)
      for fault in (lambda faults: faults.hang("grid"), lambda faults: faults.drip(30, "grid"))),
)  # fmt: skip


@pytest.mark.parametrize(("changes", "fault", "states", "name", "words", "requests"), CAUSES)
def test_each_cause_has_its_diagnosis(
    server, settings, examine, changes, fault, states, name, words, requests
):
    if fault:
        fault(server.faults)
    report = examine(settings, **changes)
    assert (" ".join(report.states[:3]), report.broken.name) == (states, name)
    assert [text for text in words if text not in report.diagnosis] == []
    assert server.counts.requests == requests


# The source


def test_each_answer_of_the_source_has_its_diagnosis(server, settings, examine, clock):
    elsewhere = (("Location", "https://new.example/api?zip=90210"),)
    wrong = []
    for answer, name, said in (
        (responses.refusal(429), "rate limited", "too many requests"),
        (responses.refusal(403), "blocked", "HTTP 403"),
        (responses.refusal(405), "blocked", "robot check"),
        (responses.refusal(202), "blocked", "robot check"),
        (responses.html_page("<html><title>Human Verification</title>"), "blocked", "Human"),
        (responses.html_page("<html><title>Hotel Log-in</title>"), "portal", "Hotel Log-in"),
        (responses.refusal(500), "outage", "HTTP 500"),
        (responses.refusal(502), "outage", "HTTP 502"),
        (responses.refusal(503), "outage", "HTTP 503"),
        (responses.refusal(504), "outage", "HTTP 504"),
        (responses.malformed(), "changed", ""),
        (responses.wrong_shape(), "changed", ""),
        (responses.nothing(), "changed", ""),
        (responses.bad_request(), "changed", "HTTP 400"),
        (responses.Answer(302, b"", headers=elsewhere), "moved", "moved to new.example"),
    ):
        server.reset_counts()
        server.faults.clear()
        server.faults.answer("grid", answer)
        report = examine(settings)
        clock.advance(11 * MINUTE)  # then it is asked anew
        seen = (report.first, report.exit_code, said in report.broken.symptom)
        if seen != (("source", name), 21, True) or server.counts.requests > 2:
            wrong.append((answer, report.broken, server.counts.requests))
        if name == "changed":
            assert report.broken.remedy.endswith(f"for a version after {__version__}")
    assert wrong == []


def test_a_single_hour_that_fails_is_no_outage(server, settings, examine, clock):
    tomorrow = clock.now() + HALF_A_DAY
    for fail in (
        lambda faults: faults.drop("grid", times=1),
        lambda faults: faults.answer("grid", responses.malformed(), times=1),
        lambda faults: faults.answer("grid", responses.bad_request(), times=1),
        lambda faults: faults.refuse(500, on="grid", when=lambda q: int(q["time"]) < tomorrow),
    ):
        fail(server.faults)
        assert examine(settings, min_interval=0).of(failures.SOURCE).state == "ok"
        server.faults.clear()


def test_a_name_without_an_address_is_reported(settings, examine, monkeypatch):
    def unknown(host, *more, **named):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    report = examine(settings, base_url="https://lists.example")
    assert report.first == ("source", "no name")
    assert report.broken.symptom == "The name lists.example does not resolve to an address"


def test_an_untrusted_certificate_makes_the_clock_suspect(settings, examine, clock):
    pair = tuple(os.path.join(ROOT, "tests", "data", f"loopback.{end}") for end in ("pem", "key"))
    with FakeGracenote(World(8, 24, now=clock.now), tls=pair) as server:
        report = examine(settings, base_url=server.url)
    assert report.first == ("source", "tls")
    assert "date and time" in report.broken.remedy


def test_an_unreachable_proxy_is_reported_without_its_password(settings, examine, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://user:geheim@{UNUSED}")
    report = examine(settings, base_url="http://127.0.0.2:9")
    assert report.first == ("source", "proxy")
    assert f"The proxy {UNUSED} does not" in report.broken.symptom
    assert "geheim" not in report.text() + json.dumps(report.as_json())


# Few requests


def test_within_the_interval_no_request_is_sent(server, grabbed, examine, clock):
    clock.advance(12 * MINUTE)
    assert "answered 12 minutes ago" in examine(grabbed).of(failures.SOURCE).symptom
    assert server.counts.requests == 0
    clock.advance(19 * MINUTE)
    for _ in range(2):  # the probe counts too
        examine(grabbed)
        assert server.counts.requests == 1


def test_after_a_failed_run_a_request_is_sent_within_the_interval(server, grabbed, examine, clock):
    server.faults.refuse(403)
    with pytest.raises(errors.RequestRefused):
        guides.grab(dataclasses.replace(grabbed, min_interval=0), clock)
    assert examine(grabbed).first == ("source", "blocked")


def test_a_refused_probe_is_not_repeated_for_ten_minutes(server, settings, examine, clock):
    server.faults.refuse(429)
    assert examine(settings).first == ("source", "rate limited")
    clock.advance(5 * MINUTE)
    report = examine(settings)
    assert report.first == ("source", "rate limited")
    assert "5 minutes ago" in report.broken.symptom
    assert server.counts.requests == 1
    examine(settings, user_agent="curl/8.0")  # another one is tried at once
    assert server.counts.requests == 2
    clock.advance(6 * MINUTE)
    examine(settings)
    assert server.counts.requests == 3


def test_offline_no_request_is_sent(server, grabbed, examine):
    report = examine(grabbed, offline=True, min_interval=0)
    assert "offline is on" in report.of(failures.SOURCE).symptom
    assert server.counts.requests == 0


# Beside a run


def test_during_a_run_no_request_is_sent_and_what_is_known_is_said(server, grabbed, examine, clock):
    clock.advance(40 * MINUTE)
    with RunLock(grabbed.data_dir):
        report = examine(grabbed)
    said = "A run is in progress. The source last answered 40 minutes ago"
    assert report.of(failures.SOURCE).symptom == said
    assert report.states == ["skipped"] + ["ok"] * 6 + ["skipped"] * 4
    assert (report.exit_code, server.counts.requests) == (0, 0)


def test_what_a_run_mends_is_not_broken_meanwhile(grabbed, examine, clock):
    clock.advance(3 * DAY)
    refused = errors.RequestRefused("it said no", "")
    with Store(grabbed.data_dir, clock) as store:
        cooldown.record_refusal(store, grabbed, refused, clock.now())
    with RunLock(grabbed.data_dir):
        report = examine(grabbed)
        os.remove(grabbed.output)
        without = examine(grabbed)
    assert ". Before, it said no" in report.of(failures.SOURCE).symptom
    assert report.of(failures.FRESHNESS).symptom.startswith("The guide ended ")
    for finding in (report.of(failures.FRESHNESS), without.of(failures.FILE)):
        assert (finding.state, finding.symptom[-22:]) == ("skipped", ". A run is in progress")
    assert report.exit_code == without.exit_code == 0


def test_during_a_run_the_store_is_not_written(grabbed, examine, playlist):
    with RunLock(grabbed.data_dir), Store(grabbed.data_dir) as store:
        before = store.facts("")
        report = examine(grabbed, channels_from=playlist(grabbed))
        assert store.facts("") == before
    assert report.of(failures.STATIONS).symptom.startswith("1 of ")


def test_during_the_first_run_nothing_is_broken(server, settings, examine):
    with RunLock(settings.data_dir):
        report = examine(settings)
    assert (report.exit_code, server.counts.requests) == (0, 0)
    assert "There is no guide" in report.of(failures.FILE).symptom


def test_during_the_first_run_its_answers_count(settings, examine, clock):
    lineup, now = over_the_air("90210"), clock.now()
    with locked_source(settings, threading.Event(), clock) as source:
        source.manager.download_guide_blocks(refresh.windows(lineup, span(now, 1, 0), 6, now))
    with RunLock(settings.data_dir):
        report = examine(settings)
    assert report.of(failures.LISTINGS).state == "ok"


def test_a_run_during_the_probe_fails_with_already_running(server, settings, examine, clock):
    server.faults.hold("grid")
    thread = threading.Thread(target=examine, args=(settings,))
    thread.start()
    assert server.faults.wait_held(1, 10)
    with pytest.raises(errors.AlreadyRunning):
        guides.grab(settings, clock)
    server.faults.release_all()
    thread.join()


def test_a_stop_ends_a_pending_probe(server, settings, clock):
    stop = threading.Event()
    server.faults.hold("grid", when=lambda query: stop.set() or True)
    with pytest.raises(errors.Stopped):
        checks.run_checks(settings, stop, clock)
    assert server.counts.requests == 1


# Affiliate and lineup


def test_a_working_affiliate_id_is_used_from_then_on(server, settings, examine):
    server.faults.affiliates = frozenset(["chi"])
    report = examine(settings)
    assert "orbebb is refused; chi is accepted" in report.of(failures.AFFILIATE).symptom
    assert report.of(failures.LINEUP).state == "ok"
    assert examine(settings).of(failures.AFFILIATE).symptom == "chi is accepted"
    chosen = {"affiliate": "legacy", "origins": {**settings.origins, "affiliate": "a file"}}
    finding = examine(settings, min_interval=0, **chosen).of(failures.AFFILIATE)
    assert (finding.state, finding.remedy) == ("ok", "Remove affiliate from the settings")


def test_of_two_lineups_the_one_without_answers_is_probed(server, grabbed, examine):
    denies(NO_SUCH)(server.faults)
    assert examine(grabbed, lineup=("OTA", NO_SUCH)).first == ("lineup", "lineup")


def test_a_known_lineup_of_another_place_is_advised_against(server, grabbed, examine):
    finding = examine(grabbed, lineup=(NO_SUCH,)).of(failures.LINEUP)
    assert finding.state == "ok"
    assert f"{NO_SUCH} is not among those of the postal code" in finding.remedy
    cable = server.world.lineups()[1]["lineupId"]
    assert examine(grabbed, lineup=(cable,)).of(failures.LINEUP).remedy == ""


def test_a_place_without_an_antenna_lineup_is_reported(settings, examine, clock):
    cable = Lineup("USA", "USA-ZZ00001-DEFAULT", "ZZ00001", "X", "90210")
    with Store(settings.data_dir, clock) as store:
        row = Provider(cable, "CABLE", "Example Cable", "Sampletown")
        store.save_providers("USA", "90210", [row], clock.now())
    report = examine(settings)
    assert report.first == ("lineup", "LineupNotFound")
    assert "an antenna" in report.broken.symptom
