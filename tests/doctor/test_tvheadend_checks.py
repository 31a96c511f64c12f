"""Does the guide arrive in Tvheadend? The doctor's checks, over real sockets."""

import json
import threading

import pytest

from gracenote2epg import errors
from gracenote2epg.cli.grabber_info import static_answer
from gracenote2epg.config.settings import Config
from gracenote2epg.doctor import failures, tvheadend_checks
from gracenote2epg.doctor.tvheadend_checks import KnownGuide
from support.diagnosis import OURS, SOCKET, TITLE, report_of
from support.fake_tvheadend import PAGE, TvhStandIn

ID = "20461.gracenote2epg"


def receiving(tvh, xmltv_id=ID, **source):
    """A server with one channel and its programmes from our guide; returns the channel."""
    channel = tvh.channel("WZAA-DT", "2.1")
    tvh.module(TITLE, path=OURS)
    tvh.source(xmltv_id, channel, **source)
    tvh.event(channel, 0, 1800, "Harbor Night Show")
    return channel


# Does it answer?


def test_all_is_well(tvh):
    receiving(tvh)
    report = report_of(tvh)
    assert report.states == ["ok"] * 4
    assert f"'{TITLE}' is enabled" in report.text()
    assert "1 of 1 channels are linked" in report.text()


def test_an_unreachable_server_is_reported():
    with TvhStandIn() as tvh:
        pass
    report = report_of(tvh)
    assert (report.first, report.exit_code) == (("tvheadend", "TvheadendUnreachable"), 28)
    assert report.states == ["broken"] + ["skipped"] * 3


def test_a_refused_login_and_another_server_are_reported(tvh):
    receiving(tvh)
    assert report_of(tvh, tvh_username="").first == ("tvheadend", "TvheadendLogin")
    report = report_of(tvh, tvh_password="geheim")
    assert report.first == ("tvheadend", "TvheadendForbidden")
    assert "tvh_password" in report.broken.remedy
    assert "geheim" not in report.text() + json.dumps(report.as_json())
    tvh.statuses["epg/events/grid"] = 500
    assert report_of(tvh).first == ("tvheadend", "NotTvheadend")
    tvh.body = PAGE
    assert report_of(tvh).first == ("tvheadend", "NotTvheadend")


def test_a_stop_ends_the_checks(tvh):
    stop = threading.Event()
    stop.set()
    tvh.delay = 30
    with pytest.raises(errors.Stopped):
        tvheadend_checks.check_tvheadend(Config(tvh_url=tvh.url), KnownGuide(), 0.0, stop)


def test_without_admin_rights_the_modules_are_skipped(tvh):
    channel = receiving(tvh)
    tvh.admin = False
    report = report_of(tvh)
    assert report.states == ["ok", "skipped", "ok", "ok"]
    assert "'Admin'" in report.of(failures.MODULE).remedy
    channel["epggrab"].clear()
    report = report_of(tvh)
    assert report.first == ("links", "not linked")
    assert "linked to any EPG source" in report.broken.symptom


# Is the grabber enabled?


def test_our_own_description_is_recognized():
    description = static_answer(["--description"])
    assert any(name in description for name in tvheadend_checks._DESCRIPTIONS)


def test_an_unknown_grabber_is_reported(tvh):
    tvh.module("Internal: XMLTV: Wales (made up)", path="/usr/bin/tv_grab_wales")
    tvh.module("Internal: XMLTV: Anywhere (Gracenote)", path="/usr/bin/tv_grab_other")
    tvh.module(SOCKET, enabled=False, path="/var/lib/epggrab/xmltv.sock")
    tvh.source(ID, tvh.channel("WZAA-DT"), modid="xmltv", module="XMLTV")  # it brought it once
    report = report_of(tvh)
    assert (report.first, report.exit_code) == (("module", "not there"), 29)
    assert "restart Tvheadend" in report.broken.remedy


def test_a_grabber_enabled_twice_is_advised_against(tvh):
    receiving(tvh)
    again = tvh.module(TITLE, enabled=False, path="/bin/tv_grab_gracenote2epg")
    assert report_of(tvh).of(failures.MODULE).remedy == ""
    again["status"] = "epggrabmodEnabled"
    finding = report_of(tvh).of(failures.MODULE)
    assert finding.state == "ok"
    assert f"{OURS}, /bin/tv_grab_gracenote2epg" in finding.symptom
    assert "all but one" in finding.remedy


def test_a_guide_through_another_module_is_fine(tvh):
    channel = tvh.channel("WZAA-DT", "2.1")
    tvh.module(TITLE, enabled=False, path=OURS)
    tvh.event(channel, 0, 1800, "Harbor Night Show")
    source = tvh.source("1.wales", channel)
    for modid, name, title in (
        ("xmltv", "XMLTV", SOCKET),
        ("/a/bin/tv_grab_file", "XMLTV: tv_grab_file", "Internal: XMLTV: tv_grab_file"),
    ):
        tvh.modules[1:] = []
        tvh.module(title, path=modid)
        source.update(id=ID, modid=modid, module=name)
        report = report_of(tvh)
        assert report.first is None
        assert f"The guide comes through '{title}'" in report.text()
        source["id"] = "1.wales"
        first = report_of(tvh).first
        assert first == ("module", "socket" if title == SOCKET else "off")


# Are the channels linked?


def test_the_guide_of_another_grabber_is_not_ours(tvh):
    tvh.module(TITLE, path=OURS)
    channel = tvh.channel("WZAA-DT", "2.1")
    tvh.source("I20461.other", channel, modid="/usr/bin/tv_grab_other", module="XMLTV: Other")
    report = report_of(tvh)
    assert report.first == ("links", "not run")
    assert report.of(failures.EVENTS).state == "skipped"
    tvh.source(ID)
    report = report_of(tvh)
    assert report.first == ("links", "not linked")
    assert "1 channels is linked to one of the guide's 1" in report.broken.symptom


def test_channels_that_mean_no_station_are_named_and_disabled_ones_ignored(tvh):
    receiving(tvh)
    tvh.channel("Off", enabled=False)
    assert report_of(tvh).of(failures.LINKS).symptom == "1 of 1 channels are linked"
    for name in ("Radio A", "Radio B", "Radio C", "Radio D", "Radio E", "Radio F"):
        tvh.channel(name)
    finding = report_of(tvh).of(failures.LINKS)
    assert finding.sentences.endswith(
        ". The others: Radio A, Radio B, Radio C, Radio D, Radio E and 1 more."
    )


def test_the_runs_need_tvh_url_to_name_the_channels(tvh):
    receiving(tvh)
    tvh.channel("WZAA HD")
    for origin, said in (("a file", False), ("the option --tvh-url", True)):
        report = report_of(tvh, origins={"tvh_url": origin})
        assert report.first == ("links", "unlinked")
        assert ("set tvh_url for the runs" in report.broken.remedy) is said


def test_a_guide_through_the_socket_is_recognized_by_station_ids(tvh):
    tvh.module(SOCKET)
    tvh.source("", tvh.channel("WZAA-DT", "2.1"), modid="xmltv", module="XMLTV")
    expected = {
        ID: "ok",
        "20461": "ok",
        "I20461.labs.zap2it.com": "ok",
        "2.1 WZAADT 20461": "ok",
        "99999.gracenote2epg": "ok",
        "99999": "broken",
        "204611": "broken",
        "WZAA": "broken",
    }
    states = {}
    for xmltv_id in expected:
        tvh.sources[0]["id"] = xmltv_id
        states[xmltv_id] = report_of(tvh).of(failures.LINKS).state
    assert states == expected


def test_a_guide_of_our_grabber_is_recognized_whatever_its_ids(tvh):
    receiving(tvh)
    for xmltv_id in (ID, "WZAADT", "2.1"):
        tvh.sources[0]["id"] = xmltv_id
        assert report_of(tvh, stations=()).first is None


# Are there programmes?


def test_a_few_linked_channels_without_programmes_are_named(tvh):
    receiving(tvh)
    tvh.source("20462.gracenote2epg", tvh.channel("WZBB"))
    finding = report_of(tvh).of(failures.EVENTS)
    assert finding.state == "ok"
    assert finding.symptom == "1 of 2 linked channels have programmes. The others: WZBB"
    assert "The next grab fills" in finding.remedy


def add_channels(tvh, count, **times):
    for number in range(count):
        channel = tvh.channel(f"Channel {number}")
        tvh.source(f"{number}.gracenote2epg", channel)
        if times:
            tvh.event(channel, title="Harbor Night Show", **times)


def requests_for_events(tvh):
    return sum(call.name == "epg/events/grid" and call.status == 200 for call in tvh.calls)


def test_only_channels_without_programmes_soon_are_requested_up_to_a_limit(tvh):
    receiving(tvh)
    add_channels(tvh, 30, start=0, stop=1800)
    assert "31 of 31 linked" in report_of(tvh).of(failures.EVENTS).symptom
    assert requests_for_events(tvh) == 1
    tvh.calls.clear()
    add_channels(tvh, tvheadend_checks.MAX_CHANNEL_REQUESTS + 20)
    assert (
        f"31 of {tvheadend_checks.MAX_CHANNEL_REQUESTS + 51} linked"
        in report_of(tvh).of(failures.EVENTS).symptom
    )
    assert requests_for_events(tvh) == 1 + tvheadend_checks.MAX_CHANNEL_REQUESTS


def test_programmes_beyond_the_first_page_are_found(tvh):
    channel = receiving(tvh)
    late = tvh.channel("Late")
    tvh.source("20462.gracenote2epg", late)
    for start in range(0, 1800 * 1100, 1800):
        tvh.event(channel, start, start + 1800, "Harbor Night Show")
    tvh.event(late, 1800 * 1100, 1800 * 1101, "Harbor Night Show")
    assert "2 of 2 linked" in report_of(tvh).of(failures.EVENTS).symptom
