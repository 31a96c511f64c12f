"""Why the guide is empty: each step's failures against the stand-in of the source, over sockets."""

import dataclasses
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time

import pytest

from support import ROOT
from support import guides
from gracenote2epg import config, cures, doctor, errors, findings, grab, plan
from gracenote2epg.demo import DemoServer, World, answers
from gracenote2epg.gracenote.lineups import over_the_air
from gracenote2epg.models import Lineup, Provider
from gracenote2epg.store import Lock, Store
from support.fake_tvheadend import TvhStandIn

HOUR, DAY = 3600, 86400
OUR_PATH = "/usr/bin/tv_grab_gracenote2epg"


@pytest.fixture(name="server")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="settings")
def _settings(server, tmp_path):
    """Of a machine where nothing has run yet."""
    return guides.settings(server, tmp_path)


@pytest.fixture(name="grabbed")
def _grabbed(server, settings):
    """The settings of a machine with a fresh guide; what the run asked is forgotten.

    Of two days, so that midnight may come between.
    """
    longer = dataclasses.replace(settings, days=2)
    grab.run(longer)
    server.reset_counts()
    return longer


def later(seconds):
    return lambda: time.time() + seconds


def first(report):
    """The step and the failure that the report names."""
    return report.broken and (report.broken.step.name, report.broken.name)


def finding(report, step):
    return next(one for one in report.findings if one.step is step)


def sentences(report):
    return report.text() + json.dumps(report.as_json())


# The walk


def test_all_is_well_when_a_guide_is_there_and_tvheadend_shows_it(grabbed):
    station = guides.channels(grabbed.output)[0]
    with TvhStandIn("none") as tvh:
        channel = tvh.channel("WZAA-DT", "2.1")
        tvh.module("Internal: XMLTV: USA/Canada (Gracenote)", path=OUR_PATH)
        tvh.source(f"{station}.gracenote2epg", channel)
        tvh.event(channel, 0, 1800, "Harbor Night Show")
        report = doctor.examine(dataclasses.replace(grabbed, tvh_url=tvh.url))
    assert [one.state for one in report.findings] == ["ok"] * 11
    assert (report.exit_code, report.broken) == (0, None)
    assert report.text().endswith("\n\nAll is well.")
    assert report.as_json()["ok"]


def test_a_guide_that_comes_by_tvheadends_socket_is_known_by_the_stations_of_the_lineup(grabbed):
    station = guides.channels(grabbed.output)[0]
    for xmltv_id, name in ((f"{station}.other", None), ("12345.other", "socket")):
        with TvhStandIn("none") as tvh:
            channel = tvh.channel("WZAA-DT", "2.1")
            tvh.module("External: XMLTV")
            tvh.source(xmltv_id, channel, modid="xmltv", module="XMLTV")
            tvh.event(channel, 0, 1800, "Harbor Night Show")
            report = doctor.examine(dataclasses.replace(grabbed, tvh_url=tvh.url))
        assert (report.broken and report.broken.name) == name


def test_without_tvheadend_its_steps_are_passed_over_and_say_so(grabbed):
    report = doctor.examine(grabbed)
    assert [one.state for one in report.findings] == ["ok"] * 7 + ["skipped"] * 4
    assert report.exit_code == 0
    assert "tvh_url is not set" in report.text()
    assert report.diagnosis == "Nothing is broken, as far as it could be looked at."


def test_when_nothing_is_set_up_that_is_said_and_nothing_is_asked(server, settings):
    report = doctor.examine(dataclasses.replace(settings, postal_code=""))
    assert first(report) == ("lineup", "NothingChosen")
    assert report.exit_code == 23
    assert "--postal" in report.diagnosis
    assert server.counts.requests == 0


def test_where_nothing_has_run_yet_one_request_tells_that_all_is_ready_for_it(server, settings):
    report = doctor.examine(settings)
    assert first(report) == ("listings", "no run")
    assert report.exit_code == 25
    assert [one.state for one in report.findings[:4]] == ["ok"] * 4
    assert server.counts.requests == 1


def test_the_steps_after_the_first_broken_one_are_looked_at_too(server, grabbed):
    server.faults.refuse(503)
    os.remove(grabbed.output)
    with TvhStandIn("none") as tvh:
        moved = dataclasses.replace(grabbed, min_interval=0, tvh_url=tvh.url)
        report = doctor.examine(moved)
    broken = [one.step.name for one in report.findings if one.state == "broken"]
    assert broken == ["source", "file", "module", "links"]
    assert first(report) == ("source", "outage")


def test_every_step_is_there_once_and_in_order(settings):
    report = doctor.examine(settings)
    assert tuple(one.step for one in report.findings) == cures.STEPS


# The source


def moved():
    return answers.Answer(302, b"", headers=(("Location", "https://new.example/api?zip=90210"),))


@pytest.mark.parametrize(
    ("answer", "name", "said"),
    [
        (answers.refusal(429), "throttled", "too many requests"),
        (answers.refusal(403), "blocked", "HTTP 403"),
        (answers.refusal(405), "blocked", "robot check"),
        (answers.refusal(202), "blocked", "robot check"),
        (answers.html_page("<html><title>Human Verification</title>"), "blocked", "Human"),
        (answers.html_page("<html><title>Hotel Log-in</title>"), "portal", "Hotel Log-in"),
        (answers.refusal(500), "outage", "HTTP 500"),
        (answers.refusal(502), "outage", "HTTP 502"),
        (answers.refusal(503), "outage", "HTTP 503"),
        (answers.refusal(504), "outage", "HTTP 504"),
        (answers.malformed(), "changed", ""),
        (answers.wrong_shape(), "changed", ""),
        (answers.nothing(), "changed", ""),
        (answers.bad_request(), "changed", "HTTP 400"),
        (moved(), "moved", "moved to new.example"),
    ],
)
def test_each_answer_of_the_source_has_its_own_name(server, settings, answer, name, said):
    server.faults.answer("grid", answer)
    report = doctor.examine(settings)
    assert first(report) == ("source", name)
    assert report.exit_code == 21
    assert said in report.broken.saw
    assert server.counts.requests <= 2


def test_a_source_that_is_mended_while_one_looks_at_tvheadend_is_no_matter(server, settings):
    server.faults.refuse(503, times=1)
    assert first(doctor.examine(settings)) == ("source", "outage")
    assert first(doctor.examine(settings)) == ("listings", "no run")


@pytest.mark.parametrize("fault", ["drop", "reset", "cut"])
def test_a_connection_that_breaks_twice_is_no_network(server, settings, fault):
    getattr(server.faults, fault)("grid")
    assert first(doctor.examine(settings)) == ("source", "no network")
    assert server.counts.requests == 2


@pytest.mark.parametrize("fault", ["drop", "malformed", "bad_request"])
def test_one_hour_that_fails_is_no_outage(server, settings, fault):
    if fault == "drop":
        server.faults.drop("grid", times=1)
    else:
        server.faults.answer("grid", getattr(answers, fault)(), times=1)
    assert finding(doctor.examine(settings), cures.SOURCE).state == "ok"


def test_an_hour_that_the_source_never_gives_is_no_outage(server, settings):
    tomorrow = time.time() + DAY / 2
    server.faults.refuse(500, on="grid", when=lambda asked: int(asked["time"]) < tomorrow)
    assert finding(doctor.examine(settings), cures.SOURCE).state == "ok"


def test_a_source_that_does_not_answer_is_given_up(server, settings):
    server.faults.hang("grid")
    report = doctor.examine(dataclasses.replace(settings, time_budget=1))
    assert first(report) == ("source", "slow")
    assert "no answer within 1 s" in report.broken.saw


def test_an_answer_that_drips_is_given_up(server, settings):
    server.faults.drip(30, "grid")
    report = doctor.examine(dataclasses.replace(settings, time_budget=1))
    assert first(report) == ("source", "slow")


def test_a_port_where_nobody_listens_is_told(settings):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{unused.getsockname()[1]}"
        report = doctor.examine(dataclasses.replace(settings, base_url=away))
    assert first(report) == ("source", "nobody")
    assert "firewall" in report.broken.cure


def test_a_name_without_an_address_is_told(settings, monkeypatch):
    def unknown(host, *more, **named):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    report = doctor.examine(dataclasses.replace(settings, base_url="https://lists.example"))
    assert first(report) == ("source", "no name")
    assert report.broken.saw == "The name lists.example leads to no address"


def test_a_certificate_that_nobody_signed_is_told_and_the_clock_suspected(settings):
    pair = tuple(os.path.join(ROOT, "tests", "data", f"loopback.{end}") for end in ("pem", "key"))
    with DemoServer(World(), tls=pair) as server:
        report = doctor.examine(dataclasses.replace(settings, base_url=server.url))
    assert first(report) == ("source", "tls")
    assert "date and time" in report.broken.cure


def test_a_proxy_that_is_not_there_is_told_without_its_password(settings, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{unused.getsockname()[1]}"
        monkeypatch.setenv("HTTP_PROXY", f"http://user:geheim@{place}")
        away = dataclasses.replace(settings, base_url="http://127.0.0.2:9")
        report = doctor.examine(away)
    assert first(report) == ("source", "proxy")
    assert f"The proxy {place} does not" in report.broken.saw
    assert "geheim" not in sentences(report)


# Asking politely


def test_a_source_that_answered_a_short_while_ago_is_not_asked(server, grabbed):
    report = doctor.examine(grabbed, clock=later(12 * 60))
    assert "was asked 12 minutes ago, fine" in finding(report, cures.SOURCE).saw
    assert server.counts.requests == 0


def test_later_it_is_asked_again_once(server, grabbed):
    doctor.examine(grabbed, clock=later(31 * 60))
    assert server.counts.requests == 1


def test_what_the_doctor_asked_itself_counts_too(server, settings):
    doctor.examine(settings)
    doctor.examine(settings)
    assert server.counts.requests == 1


def test_after_a_run_that_failed_it_is_asked_however_new_its_answers_are(server, grabbed):
    server.faults.refuse(403)
    with pytest.raises(errors.Refused):
        grab.run(dataclasses.replace(grabbed, min_interval=0))
    report = doctor.examine(grabbed)
    assert first(report) == ("source", "blocked")


def test_a_refusal_is_not_tried_again_for_ten_minutes(server, settings):
    server.faults.refuse(429)
    for seconds in (0, 5 * 60):
        report = doctor.examine(settings, clock=later(seconds))
        assert first(report) == ("source", "throttled")
    assert "5 minutes ago" in report.broken.saw
    assert server.counts.requests == 1
    doctor.examine(settings, clock=later(11 * 60))
    assert server.counts.requests == 2


def test_who_changes_the_user_agent_need_not_wait(server, settings):
    told = dataclasses.replace(settings, user_agent="curl/8.0")
    assert first(doctor.examine(told)) == ("source", "blocked")
    assert first(doctor.examine(settings)) == ("listings", "no run")


def test_beside_a_run_nothing_is_asked_and_what_is_stored_is_used(server, grabbed):
    with Lock(grabbed.data_dir):
        report = doctor.examine(dataclasses.replace(grabbed, min_interval=0))
    assert "A run is at work" in finding(report, cures.SOURCE).saw
    assert finding(report, cures.LISTINGS).state == "ok"
    assert finding(report, cures.FILE).state == "ok"
    assert (report.exit_code, server.counts.requests) == (0, 0)


def test_beside_a_run_its_store_is_left_as_it_is(grabbed, tmp_path):
    playlist = tmp_path / "tv.m3u"
    playlist.write_text(
        f'#EXTM3U\n#EXTINF:-1 tvg-id="{guides.channels(grabbed.output)[0]}",It\nhttp://127.0.0.1/1\n'
    )
    chosen = dataclasses.replace(grabbed, channels_from=str(playlist))
    with Lock(grabbed.data_dir), Store(grabbed.data_dir) as store:
        before = store.all_known("")
        report = doctor.examine(chosen)
        assert store.all_known("") == before
    assert finding(report, cures.STATIONS).saw.startswith("1 of ")
    assert report.exit_code == 0


def test_a_list_that_is_remembered_is_told(grabbed, tmp_path):
    playlist = tmp_path / "tv.m3u"
    playlist.write_text(
        f'#EXTM3U\n#EXTINF:-1 tvg-id="{guides.channels(grabbed.output)[0]}",It\nhttp://127.0.0.1/1\n'
    )
    chosen = dataclasses.replace(grabbed, channels_from=str(playlist))
    assert finding(doctor.examine(chosen), cures.STATIONS).cure == ""
    playlist.unlink()
    one = finding(doctor.examine(chosen), cures.STATIONS)
    assert (one.state, "its channels as of" in one.cure) == ("ok", True)


def test_beside_the_very_first_run_nothing_is_called_broken(server, settings):
    with Lock(settings.data_dir):
        report = doctor.examine(settings)
    assert (report.exit_code, server.counts.requests) == (0, 0)
    assert "the guide is to come" in finding(report, cures.FILE).saw


def test_beside_the_first_run_what_it_has_got_already_counts(server, settings):
    lineup, now = over_the_air("90210"), time.time()
    with grab.at_source(settings, threading.Event()) as way:
        way.manager.download_guide_blocks(plan.windows(lineup, plan.span(now, 1, 0), 6, now))
    with Lock(settings.data_dir):
        report = doctor.examine(settings)
    assert finding(report, cures.LISTINGS).state == "ok"


def test_a_run_that_begins_while_the_doctor_asks_is_told_so(server, settings):
    server.faults.hold("grid")
    thread = threading.Thread(target=doctor.examine, args=(settings,))
    thread.start()
    assert server.faults.wait_held(1, 10)
    with pytest.raises(errors.Busy):
        grab.run(settings)
    server.faults.release_all()
    thread.join()


def test_offline_nothing_is_asked_and_that_is_said(server, grabbed):
    report = doctor.examine(dataclasses.replace(grabbed, offline=True, min_interval=0))
    assert "offline is on" in finding(report, cures.SOURCE).saw
    assert server.counts.requests == 0


def test_a_stop_ends_it_within_a_second(server, settings):
    server.faults.hold("grid")
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(errors.Stopped):
        doctor.examine(settings, stop)
    assert time.monotonic() - began < 1.3
    timer.join()


# Affiliate and lineup


def test_an_affiliate_id_that_is_refused_is_told_from_a_lineup_that_is_not_there(server, settings):
    server.faults.affiliates = frozenset()
    report = doctor.examine(settings)
    assert first(report) == ("affiliate", "affiliate")
    assert report.exit_code == 22
    assert "orbebb" in report.broken.saw
    assert "It is Gracenote, not you" in report.broken.cure
    assert finding(report, cures.LINEUP).state == "skipped"
    assert server.counts.requests == 3


def test_another_affiliate_id_that_works_is_used_from_then_on(server, settings):
    server.faults.affiliates = frozenset(["chi"])
    report = doctor.examine(settings)
    assert "orbebb is refused; chi is accepted" in finding(report, cures.AFFILIATE).saw
    assert finding(report, cures.LINEUP).state == "ok"
    report = doctor.examine(settings)
    assert finding(report, cures.AFFILIATE).saw == "chi is accepted"


def test_an_affiliate_id_of_the_users_own_that_is_refused_is_to_be_left_out(server, settings):
    origins = {**settings.origins, "affiliate": "a file"}
    report = doctor.examine(dataclasses.replace(settings, affiliate="legacy", origins=origins))
    one = finding(report, cures.AFFILIATE)
    assert (one.state, one.cure) == ("ok", "Leave affiliate out of the settings")


def test_a_postal_code_that_gracenote_does_not_know_is_told(server, settings):
    report = doctor.examine(dataclasses.replace(settings, postal_code="99999"))
    assert first(report) == ("lineup", "NoLineup")
    assert "this postal code" in report.broken.saw
    assert finding(report, cures.AFFILIATE).state == "skipped"
    assert server.counts.requests == 2


NO_SUCH = "USA-ZZ99999-X"


def does_not_know(server, name=NO_SUCH):
    server.faults.answer("grid", answers.no_lineups(), when=lambda asked: asked["lineupId"] == name)


@pytest.mark.parametrize("name", [NO_SUCH, "USA-ZZ99999-DEFAULT"])
def test_a_lineup_that_the_postal_code_does_not_have_is_told(server, settings, name):
    does_not_know(server, name)
    report = doctor.examine(dataclasses.replace(settings, lineup=(name,)))
    assert first(report) == ("lineup", "lineup")
    assert name in report.broken.saw
    assert "--find-lineups" in report.broken.cure
    assert server.counts.requests == 3


def test_a_lineup_that_is_gone_is_told(server, settings):
    server.faults.answer("grid", answers.not_found())
    report = doctor.examine(settings)
    assert first(report) == ("lineup", "lineup")
    assert finding(report, cures.SOURCE).state == "ok"


def test_a_lineup_that_nobody_writes_so_is_told(server, settings):
    report = doctor.examine(dataclasses.replace(settings, lineup=("what?",)))
    assert first(report) == ("lineup", "SettingError")
    assert "what?" in report.broken.saw


def test_of_two_lineups_the_one_that_never_answered_is_asked(server, grabbed):
    does_not_know(server)
    both = dataclasses.replace(grabbed, lineup=("OTA", NO_SUCH))
    report = doctor.examine(both)
    assert first(report) == ("lineup", "lineup")
    assert NO_SUCH in report.broken.saw


def test_a_lineup_that_is_answered_but_not_the_postal_codes_is_advised_against(server, grabbed):
    strange = doctor.examine(dataclasses.replace(grabbed, lineup=(NO_SUCH,)))
    one = finding(strange, cures.LINEUP)
    assert one.state == "ok"
    assert f"{NO_SUCH} is not among those of the postal code" in one.cure
    cable = server.world.lineups()[1]["lineupId"]
    near = doctor.examine(dataclasses.replace(grabbed, lineup=(cable,)))
    assert finding(near, cures.LINEUP).cure == ""


def test_a_place_without_an_antenna_lineup_is_told(settings):
    cable = Lineup("USA", "USA-ZZ00001-DEFAULT", "ZZ00001", "X", "90210")
    with Store(settings.data_dir) as store:
        row = Provider(cable, "CABLE", "Example Cable", "Sampletown")
        store.keep_providers("USA", "90210", [row], time.time())
    report = doctor.examine(settings)
    assert first(report) == ("lineup", "NoLineup")
    assert "an antenna" in report.broken.saw


# Stations and listings


def test_a_lineup_without_stations_is_told(server, settings):
    server.faults.answer("grid", answers.empty_guide())
    report = doctor.examine(settings)
    assert first(report) == ("stations", "no stations")
    assert report.exit_code == 24


def test_chosen_channels_that_are_none_are_told(settings):
    report = doctor.examine(dataclasses.replace(settings, channels=("NOSUCH",)))
    assert first(report) == ("stations", "ChannelError")


def test_chosen_channels_are_counted(server, grabbed):
    station = guides.channels(grabbed.output)[0]
    report = doctor.examine(dataclasses.replace(grabbed, channels=(station,)))
    assert finding(report, cures.STATIONS).saw.startswith("1 of ")


def test_a_playlist_that_is_not_there_is_told(settings, tmp_path):
    missing = dataclasses.replace(settings, channels_from=str(tmp_path / "none.m3u"))
    assert first(doctor.examine(missing)) == ("stations", "PlaylistError")


def test_a_playlist_that_means_no_station_is_told(settings, tmp_path):
    listed = tmp_path / "list.m3u"
    listed.write_text("#EXTM3U\n#EXTINF:-1,Nobody Knows Me\nhttp://127.0.0.1/1\n")
    report = doctor.examine(dataclasses.replace(settings, channels_from=str(listed)))
    assert first(report) == ("stations", "NoMatch")


def test_a_tvheadend_without_channels_that_is_to_choose_them_is_told(settings):
    with TvhStandIn("none") as tvh:
        filtered = dataclasses.replace(settings, tvh_url=tvh.url, tvh_filter=True)
        assert first(doctor.examine(filtered)) == ("stations", "NoChannels")


def test_hours_that_the_last_run_could_not_get_are_told_with_its_reason(server, settings):
    longer = dataclasses.replace(settings, days=3, block_hours=1)
    with pytest.raises(errors.Incomplete):
        grab.run(dataclasses.replace(longer, request_budget=12))
    report = doctor.examine(longer)
    assert first(report) == ("listings", "holes")
    assert re.search(r"\d hours of the next 24 are missing\. The last run", report.broken.saw)
    assert "lacks hours" in report.broken.saw


# The guide's file


def test_a_guide_that_is_gone_is_told(grabbed):
    os.remove(grabbed.output)
    report = doctor.examine(grabbed)
    assert first(report) == ("file", "no file")
    assert report.exit_code == 26
    assert grabbed.output in report.broken.saw
    assert finding(report, cures.FRESHNESS).state == "skipped"


def test_a_guide_that_cannot_be_read_is_told(grabbed):
    os.remove(grabbed.output)
    os.mkdir(grabbed.output)
    assert first(doctor.examine(grabbed)) == ("file", "unreadable")


def test_another_programs_file_is_told(grabbed):
    with open(grabbed.output, "w", encoding="utf-8") as file:
        file.write("[a diary]\n" * 1000)
    assert first(doctor.examine(grabbed)) == ("file", "no guide")


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_guide_that_is_cut_off_is_told(grabbed, share):
    size = os.path.getsize(grabbed.output)
    os.truncate(grabbed.output, int(size * share))
    assert first(doctor.examine(grabbed)) == ("file", "cut")


@pytest.mark.parametrize("share", [0.5, 0.999])
def test_a_packed_guide_that_is_cut_off_is_told(server, settings, tmp_path, share):
    packed = dataclasses.replace(settings, output=str(tmp_path / "guide.xml.gz"))
    grab.run(packed)
    assert first(doctor.examine(packed)) is None
    os.truncate(packed.output, int(os.path.getsize(packed.output) * share))
    assert first(doctor.examine(packed)) == ("file", "cut")


def test_a_packed_guide_with_a_damaged_byte_is_told(settings, tmp_path):
    packed = dataclasses.replace(settings, output=str(tmp_path / "guide.xml.gz"))
    grab.run(packed)
    with open(packed.output, "r+b") as file:
        file.seek(-8, os.SEEK_END)
        file.write(b"\0\0\0\0")  # the check sum
    assert first(doctor.examine(packed)) == ("file", "cut")


def test_the_guide_for_stdout_counts_where_no_file_is_chosen(server, settings):
    grab.run(dataclasses.replace(settings, output="-"))
    report = doctor.examine(settings)
    assert first(report) is None
    assert "stdout.xml" in finding(report, cures.FILE).saw
    chosen = dataclasses.replace(settings, origins={**settings.origins, "output": "an option"})
    assert first(doctor.examine(chosen)) == ("file", "no file")


def test_a_data_directory_that_cannot_be_is_told(settings, tmp_path):
    (tmp_path / "file").write_text("")
    report = doctor.examine(config.with_places(settings, str(tmp_path / "file" / "data")))
    assert first(report) == ("file", "OutputError")
    assert finding(report, cures.SOURCE).state == "skipped"


def test_a_store_that_is_damaged_is_told_and_set_aside(server, settings):
    longer = dataclasses.replace(settings, days=3)
    grab.run(longer)
    with Store(settings.data_dir) as store:
        path = store.path
    with open(path, "r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * (os.path.getsize(path) - 4096 * 3))
    report = doctor.examine(longer)
    assert "StoreDamaged" in {one.name for one in report.findings}
    assert first(doctor.examine(longer)) == ("listings", "no run")


# Freshness


def test_a_guide_that_is_over_is_told(grabbed):
    report = doctor.examine(grabbed, clock=later(3 * DAY))
    one = finding(report, cures.FRESHNESS)
    assert (one.state, one.name) == ("broken", "over")
    assert "made 3 days ago" in one.saw


def test_a_guide_that_ends_soon_is_told(grabbed):
    end = max(one.stop for one in guides.programmes(grabbed.output))
    report = doctor.examine(grabbed, clock=lambda: end - 5.5 * HOUR)
    one = finding(report, cures.FRESHNESS)
    assert (one.name, one.saw[:27]) == ("thin", "The guide ends in 5 hours; ")


def test_a_guide_of_today_alone_is_not_called_thin_in_the_evening(settings):
    grab.run(settings)
    midnight = plan.span(os.path.getmtime(settings.output), 1, 0).end
    report = doctor.examine(settings, clock=lambda: midnight - HOUR)
    assert finding(report, cures.FRESHNESS).state == "ok"


def test_a_guide_that_nobody_makes_any_more_is_told_before_it_ends(server, settings):
    longer = dataclasses.replace(settings, days=5)
    grab.run(longer)
    server.faults.refuse(403)
    with pytest.raises(errors.Refused):
        grab.run(dataclasses.replace(longer, min_interval=0))
    server.faults.clear()
    report = doctor.examine(longer, clock=later(2.5 * DAY))
    assert first(report) == ("freshness", "old")
    assert report.exit_code == 27
    assert "The last run, 2 days ago, ended so: 127.0.0.1" in report.broken.saw


def test_a_guide_that_somebody_wrote_since_is_judged_by_its_age_alone(grabbed):
    os.utime(grabbed.output, (time.time(), time.time() + HOUR))
    report = doctor.examine(grabbed, clock=later(HOUR))
    assert "lasts another" not in finding(report, cures.FRESHNESS).saw
    os.utime(grabbed.output, (0, time.time() - 3 * DAY))
    with Store(grabbed.data_dir) as store:
        store.learn(f"published {grabbed.output}", None, 0)
    assert finding(doctor.examine(grabbed), cures.FRESHNESS).name == "old"


# What is said


def test_every_failure_is_met_in_a_test():
    text = "".join(
        open_text(os.path.join(ROOT, "tests", name))
        for name in ("doctor/test_checks.py", "doctor/test_tvheadend_checks.py")
    )
    names = set(cures.FAILURES)
    names |= {kind.__name__ for kinds in cures.IN_ERRORS.values() for kind in kinds}
    assert {name for name in names if f'"{name}"' not in text} == set()


def open_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def test_every_failure_can_be_shown_by_any_terminal_and_is_filled_in():
    for row in cures.FAILURES.values():
        assert row.saw.isascii()
        assert row.cure.isascii()
        fields = re.findall(r"{(\w+)}", row.saw + row.cure)
        shown = findings.broken(row.name, **dict.fromkeys(fields, "x")).sentences
        assert "{" not in shown
        assert ".." not in shown


def test_neither_password_nor_postal_code_goes_to_others(server, settings):
    secret = dataclasses.replace(
        settings,
        postal_code="99999",
        lineup=("USA-OTA99998-DEFAULT",),
        tvh_url="http://127.0.0.1:9",
        tvh_username="viewer",
        tvh_password="geheim",
    )
    for one in (secret, dataclasses.replace(secret, lineup=())):
        report = doctor.examine(one)
        assert "9999" not in json.dumps(report.as_json())
        assert "geheim" not in sentences(report)


@pytest.mark.parametrize(
    ("name", "code"),
    [("USA-OTA99998-DEFAULT", "99998"), ("can-otak9z9z9", "K9Z9Z9"), ("luUSA-OTA99998", "99998")],
)
def test_the_names_of_antenna_lineups_hold_a_postal_code_too(server, settings, name, code):
    antenna = dataclasses.replace(settings, postal_code="", lineup=(name,))
    report = doctor.examine(antenna)
    assert first(report) == ("lineup", "lineup")
    assert f"OTA{code}" in report.text()
    assert code not in json.dumps(report.as_json())


def test_a_report_is_data_for_programs(server, settings):
    server.faults.refuse(503)
    found = doctor.examine(settings).as_json()
    assert (found["ok"], found["code"], found["step"]) == (False, 21, "source")
    assert found["failure"] == "outage"
    assert [row["number"] for row in found["steps"]] == list(range(1, 12))
    assert set(found["steps"][0]) == {
        "number", "step", "title", "state", "failure", "saw", "cure",
    }  # fmt: skip
    assert {row["state"] for row in found["steps"]} <= {"ok", "broken", "skipped"}


def test_lines_are_wrapped_for_a_terminal(settings):
    report = doctor.examine(settings)
    lines = report.text(72).splitlines()
    assert all(len(line) <= 72 or settings.output in line for line in lines)
    assert len(lines) > len(report.text().splitlines())
    assert report.text(72).split() == report.text().split()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "a moment"),
        (59, "a moment"),
        (60, "1 minute"),
        (3599, "59 minutes"),
        (3600, "1 hour"),
        (2 * DAY + 5, "2 days"),
        (-5, "a moment"),
    ],
)
def test_a_length_of_time_is_told_in_its_largest_unit(seconds, said):
    assert findings.lasting(seconds) == said


# On the command line


def run(server, home, *words, program=None, **more):
    environment = {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "TZ": "America/New_York",
        "PYTHONPATH": os.path.join(ROOT, "lib"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "GRACENOTE_BASE_URL": server.url,
        "GRACENOTE_DETAILS": "no",
        "GRACENOTE_DAYS": "1",
        "GRACENOTE_POSTAL_CODE": "90210",
        **more,
    }
    command = [sys.executable, *([program] if program else ["-m", "gracenote2epg"]), *words]
    return subprocess.run(
        command, env=environment, cwd="/", capture_output=True, text=True, check=False
    )


def test_the_command_line_shows_the_list_and_ends_with_the_first_broken_step(server, tmp_path):
    ended = run(server, tmp_path, "--doctor")
    assert (ended.returncode, ended.stderr) == (25, "")
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("ok  Source          127.0.0.1")
    assert lines[4] == "!!  Listings        No run has fetched the guide yet."
    assert "\n\nListings: No run has fetched the guide yet. Run gracenote2epg" in ended.stdout


def test_the_command_line_ends_well_when_all_is_well(server, tmp_path):
    assert run(server, tmp_path).returncode == 0
    ended = run(server, tmp_path, "--doctor")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_json_is_all_that_goes_to_stdout(server, tmp_path):
    ended = run(server, tmp_path, "--doctor", "--json", GRACENOTE_POSTAL_CODE="")
    assert (ended.returncode, ended.stderr) == (23, "")
    assert json.loads(ended.stdout)["failure"] == "NothingChosen"


def test_json_without_the_doctor_is_a_mistake(server, tmp_path):
    ended = run(server, tmp_path, "--json")
    assert ended.returncode == 2
    assert "--json goes with --doctor" in ended.stderr


def test_as_a_grabber_it_looks_at_the_guide_that_tvheadend_gets(server, tmp_path):
    grabber = os.path.join(ROOT, "bin", "tv_grab_gracenote2epg")
    assert run(server, tmp_path, program=grabber).returncode == 0
    ended = run(server, tmp_path, "--doctor", program=grabber)
    assert ended.returncode == 0
    assert "stdout.xml" in "".join(ended.stdout.split())
