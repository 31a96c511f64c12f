"""Whether the guide arrives in Tvheadend: each failure of its side, over real sockets."""

import json
import socket
import threading

import pytest

from gracenote2epg import errors
from gracenote2epg.cli.grabber_info import static_answer
from gracenote2epg.config import settings as config_settings
from gracenote2epg.config import sources
from gracenote2epg.doctor import failures, tvheadend_checks
from support.diagnosis import Diagnosis
from support.fake_tvheadend import PAGE, TvhStandIn

OURS = "/usr/bin/tv_grab_gracenote2epg"
TITLE = "Internal: XMLTV: USA/Canada (Gracenote)"
SOCKET = "External: XMLTV"
ID = "20461.gracenote2epg"


@pytest.fixture(name="tvh")
def _tvh():
    with TvhStandIn() as tvh:
        yield tvh


def examined(tvh, stations=("20461",), **changes):
    given = {"tvh_url": tvh.url, "tvh_username": "viewer", "tvh_password": "pass:word"}
    settings = sources.override(config_settings.Config(), {**given, **changes})
    report = Diagnosis(tuple(tvheadend_checks.check_tvheadend(settings, frozenset(stations))))
    assert tuple(finding.step for finding in report.findings) == failures.CHECKS[7:]
    return report


def receiving(tvh, xmltv_id=ID, **source):
    """A server with one channel that shows our guide; returns the channel."""
    channel = tvh.channel("WZAA-DT", "2.1")
    tvh.module(TITLE, path=OURS)
    tvh.source(xmltv_id, channel, **source)
    tvh.event(channel, 0, 1800, "Harbor Night Show")
    return channel


# Does it answer?


def test_all_is_well(tvh):
    receiving(tvh)
    report = examined(tvh)
    assert report.states == ["ok"] * 4
    assert f"'{TITLE}' is enabled" in report.text()
    assert "1 of 1 channels are linked" in report.text()


def test_a_server_that_is_not_there_is_told():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        settings = sources.override(config_settings.Config(), {"tvh_url": url})
        report = Diagnosis(tuple(tvheadend_checks.check_tvheadend(settings, frozenset())))
    assert (report.first, report.exit_code) == (("tvheadend", "TvheadendUnreachable"), 28)
    assert report.states == ["broken"] + ["skipped"] * 3


def test_a_server_that_does_not_let_us_in_or_is_none_is_told(tvh):
    receiving(tvh)
    assert examined(tvh, tvh_username="").first == ("tvheadend", "TvheadendLogin")
    report = examined(tvh, tvh_password="geheim")
    assert report.first == ("tvheadend", "TvheadendForbidden")
    assert "tvh_password" in report.broken.cure
    assert "geheim" not in report.text() + json.dumps(report.as_json())
    tvh.statuses["epg/events/grid"] = 500
    assert examined(tvh).first == ("tvheadend", "NotTvheadend")
    tvh.body = PAGE
    assert examined(tvh).first == ("tvheadend", "NotTvheadend")


def test_a_stop_ends_it(tvh):
    stop = threading.Event()
    stop.set()
    tvh.delay = 30
    settings = sources.override(config_settings.Config(), {"tvh_url": tvh.url})
    with pytest.raises(errors.Stopped):
        tvheadend_checks.check_tvheadend(settings, frozenset(), stop)


def test_a_user_without_admin_rights_is_told_what_cannot_be_seen(tvh):
    channel = receiving(tvh)
    tvh.admin = False
    report = examined(tvh)
    assert report.states == ["ok", "skipped", "ok", "ok"]
    assert "'Admin'" in report.of(failures.MODULE).cure
    channel["epggrab"].clear()
    report = examined(tvh)
    assert report.first == ("links", "not linked")
    assert "linked to any EPG source" in report.broken.saw


# Is the grabber enabled?


def test_the_descriptions_that_are_looked_for_hold_our_own():
    own = static_answer(["--description"])
    assert any(name in own for name in tvheadend_checks._DESCRIPTIONS)


def test_a_grabber_that_the_server_does_not_know_is_told(tvh):
    tvh.module("Internal: XMLTV: Wales (made up)", path="/usr/bin/tv_grab_wales")
    tvh.module("Internal: XMLTV: Anywhere (Gracenote)", path="/usr/bin/tv_grab_other")
    tvh.module(SOCKET, enabled=False, path="/var/lib/epggrab/xmltv.sock")
    tvh.source(ID, tvh.channel("WZAA-DT"), modid="xmltv", module="XMLTV")  # it brought it once
    report = examined(tvh)
    assert (report.first, report.exit_code) == (("module", "not there"), 29)
    assert "restart Tvheadend" in report.broken.cure


def test_a_grabber_that_is_switched_off_is_told_by_its_name_there(tvh):
    tvh.module("Intern: XMLTV: USA/Canada (Gracenote)", enabled=False, path=OURS)
    report = examined(tvh)
    assert report.first == ("module", "off")
    assert "Enable 'Intern: XMLTV: USA/Canada (Gracenote)' in Configuration" in report.broken.cure


def test_of_two_paths_to_the_same_grabber_only_one_is_to_be_enabled(tvh):
    receiving(tvh)
    again = tvh.module(TITLE, enabled=False, path="/bin/tv_grab_gracenote2epg")
    assert examined(tvh).of(failures.MODULE).cure == ""
    again["status"] = "epggrabmodEnabled"
    seen = examined(tvh).of(failures.MODULE)
    assert seen.state == "ok"
    assert f"{OURS} and /bin/tv_grab_gracenote2epg" in seen.saw
    assert "all but one" in seen.cure


def test_a_socket_that_nothing_of_ours_has_come_to_is_told(tvh):
    tvh.module(SOCKET, path="/var/lib/epggrab/xmltv.sock")
    tvh.source("1.wales", modid="xmltv", module="XMLTV")
    report = examined(tvh)
    assert report.first == ("module", "socket")
    assert f"only '{SOCKET}' is enabled" in report.broken.saw


@pytest.mark.parametrize(
    ("modid", "module", "title"),
    [
        ("xmltv", "XMLTV", SOCKET),
        ("/a/bin/tv_grab_file", "XMLTV: tv_grab_file", "Internal: XMLTV: tv_grab_file"),
    ],
)
def test_a_guide_that_others_bring_is_as_good(tvh, modid, module, title):
    channel = tvh.channel("WZAA-DT", "2.1")
    tvh.module(title, path=modid)
    tvh.module(TITLE, enabled=False, path=OURS)
    tvh.source(ID, channel, modid=modid, module=module)
    tvh.event(channel, 0, 1800, "Harbor Night Show")
    report = examined(tvh)
    assert report.first is None
    assert f"The guide comes through '{title}'" in report.text()


# Are the channels linked?


def test_a_server_without_channels_is_told(tvh):
    tvh.module(TITLE, path=OURS)
    tvh.channel("Off", enabled=False)
    report = examined(tvh)
    assert (report.first, report.exit_code) == (("links", "no channels"), 30)


def test_a_grabber_that_has_not_run_is_told_with_the_two_grabs_that_it_takes(tvh):
    tvh.module(TITLE, path=OURS)
    tvh.channel("WZAA-DT", "2.1")
    tvh.source("I20461.other", modid="/usr/bin/tv_grab_other", module="XMLTV: Other")
    report = examined(tvh)
    assert report.first == ("links", "not run")
    assert "the first grab only links the channels" in report.broken.cure
    assert report.of(failures.EVENTS).state == "skipped"


def test_channels_that_are_linked_to_nothing_of_ours_are_told(tvh):
    tvh.module(TITLE, path=OURS)
    channel = tvh.channel("WZAA-DT", "2.1")
    tvh.source(ID)
    tvh.source("20461.eit", channel, modid="eit", module="EIT: DVB Grabber")
    report = examined(tvh)
    assert report.first == ("links", "not linked")
    assert "None of Tvheadend's 1 channels is linked to one of the guide's 1" in report.broken.saw
    assert "First word" in report.broken.cure


def test_sources_that_are_switched_off_link_nothing(tvh):
    receiving(tvh, enabled=False)
    assert examined(tvh).first == ("links", "links off")
    tvh.sources[0]["enabled"] = True
    tvh.source("20462.gracenote2epg", tvh.channel("WZBB"), enabled=False)
    assert examined(tvh).of(failures.LINKS).saw == "1 of 2 channels are linked, not WZBB"


def test_channels_that_are_not_linked_are_named_and_those_that_are_off_do_not_count(tvh):
    receiving(tvh)
    tvh.channel("Off", enabled=False)
    tvh.shows_disabled = True
    assert examined(tvh).of(failures.LINKS).saw == "1 of 1 channels are linked"
    for name in ("WZBB", "WZCC", "WZDD", "WZEE"):
        tvh.channel(name)
    saw = examined(tvh).of(failures.LINKS).saw
    assert saw == "1 of 5 channels are linked, not WZBB, WZCC, WZDD, ..."


def test_what_comes_by_the_socket_is_known_by_a_station_in_its_id(tvh):
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
        states[xmltv_id] = examined(tvh).of(failures.LINKS).state
    assert states == expected


def test_what_our_grabber_brought_is_ours_however_its_ids_are_written(tvh):
    receiving(tvh)
    for xmltv_id in (ID, "WZAADT", "2.1"):
        tvh.sources[0]["id"] = xmltv_id
        assert examined(tvh, stations=()).first is None


# Are there programmes?


def test_linked_channels_without_programmes_need_the_second_grab(tvh):
    receiving(tvh)
    tvh.events.clear()
    tvh.event(tvh.channel("Other"), 0, 1800, "Harbor Night Show")
    report = examined(tvh)
    assert (report.first, report.exit_code) == (("events", "no events"), 31)
    assert "the second one fills the guide" in report.broken.cure


def test_a_few_linked_channels_without_programmes_are_named(tvh):
    receiving(tvh)
    tvh.source("20462.gracenote2epg", tvh.channel("WZBB"))
    seen = examined(tvh).of(failures.EVENTS)
    assert seen.state == "ok"
    assert seen.saw == "1 of 2 linked channels have programmes, not WZBB"
    assert "The next grab fills" in seen.cure


def add_channels(tvh, count, **times):
    for number in range(count):
        channel = tvh.channel(f"Channel {number}")
        tvh.source(f"{number}.gracenote2epg", channel)
        if times:
            tvh.event(channel, title="Harbor Night Show", **times)


def requests_for_events(tvh):
    return sum(call.name == "epg/events/grid" and call.status == 200 for call in tvh.calls)


def test_channels_are_asked_one_by_one_only_when_nothing_is_on_soon_and_not_all(tvh):
    receiving(tvh)
    add_channels(tvh, 30, start=0, stop=1800)
    assert "31 of 31 linked" in examined(tvh).of(failures.EVENTS).saw
    assert requests_for_events(tvh) == 1
    tvh.calls.clear()
    add_channels(tvh, tvheadend_checks.MOST + 20)
    assert f"31 of {tvheadend_checks.MOST + 51} linked" in examined(tvh).of(failures.EVENTS).saw
    assert requests_for_events(tvh) == 1 + tvheadend_checks.MOST


def test_a_channel_whose_programmes_are_far_down_the_list_has_some(tvh):
    channel = receiving(tvh)
    late = tvh.channel("Late")
    tvh.source("20462.gracenote2epg", late)
    for start in range(0, 1800 * 1100, 1800):
        tvh.event(channel, start, start + 1800, "Harbor Night Show")
    tvh.event(late, 1800 * 1100, 1800 * 1101, "Harbor Night Show")
    assert "2 of 2 linked" in examined(tvh).of(failures.EVENTS).saw
