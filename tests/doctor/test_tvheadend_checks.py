"""Whether the guide arrives in Tvheadend: each failure of its side, over real sockets."""

import json
import socket
import threading

import pytest

from gracenote2epg import config, cures, errors, findings, reception
from gracenote2epg.introduce import introduction
from support.fake_tvheadend import PAGE, TvhStandIn

OURS = "/usr/bin/tv_grab_gracenote2epg"
TITLE = "Internal: XMLTV: USA/Canada (Gracenote)"
SOCKET = "External: XMLTV"


@pytest.fixture(name="tvh")
def _tvh():
    with TvhStandIn() as tvh:
        yield tvh


def examined(tvh, stations=("20461",), **changes):
    given = {"tvh_url": tvh.url, "tvh_username": "viewer", "tvh_password": "pass:word"}
    settings = config.override(config.Config(), {**given, **changes})
    report = findings.Report(tuple(reception.examine(settings, frozenset(stations))))
    assert tuple(one.step for one in report.findings) == cures.STEPS[7:]
    return report


def first(report):
    return report.broken and (report.broken.step.name, report.broken.name)


def finding(report, step):
    return next(one for one in report.findings if one.step is step)


def receiving(tvh, xmltv_id="20461.gracenote2epg", **source):
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
    assert [one.state for one in report.findings] == ["ok"] * 4
    assert f"'{TITLE}' is enabled" in report.text()
    assert "1 of 1 channels are linked" in report.text()


def test_a_server_that_is_not_there_is_told():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        settings = config.override(config.Config(), {"tvh_url": url})
        report = findings.Report(tuple(reception.examine(settings, frozenset())))
    assert first(report) == ("tvheadend", "TvhUnreachable")
    assert report.exit_code == 28
    assert [one.state for one in report.findings] == ["broken"] + ["skipped"] * 3


def test_something_else_at_its_address_is_told(tvh):
    tvh.body = PAGE
    assert first(examined(tvh)) == ("tvheadend", "NotTvheadend")


def test_a_server_that_wants_a_user_is_told(tvh):
    assert first(examined(tvh, tvh_username="")) == ("tvheadend", "TvhLogin")


def test_a_wrong_password_is_told_and_not_shown(tvh):
    report = examined(tvh, tvh_password="geheim")
    assert first(report) == ("tvheadend", "TvhForbidden")
    assert "tvh_password" in report.broken.cure
    assert "geheim" not in report.text() + json.dumps(report.as_json())


def test_a_server_that_fails_half_way_is_told(tvh):
    receiving(tvh)
    tvh.statuses["epg/events/grid"] = 500
    assert first(examined(tvh)) == ("tvheadend", "NotTvheadend")


def test_a_stop_ends_it(tvh):
    stop = threading.Event()
    stop.set()
    tvh.delay = 30
    settings = config.override(config.Config(), {"tvh_url": tvh.url})
    with pytest.raises(errors.Stopped):
        reception.examine(settings, frozenset(), stop)


def test_who_is_no_administrator_sees_what_he_may_and_is_told_what_is_missing(tvh):
    receiving(tvh)
    tvh.admin = False
    report = examined(tvh)
    assert [one.state for one in report.findings] == ["ok", "skipped", "ok", "ok"]
    assert "'Admin'" in finding(report, cures.MODULE).cure


def test_without_an_administrator_unlinked_channels_are_told_too(tvh):
    tvh.channel("WZAA-DT", "2.1")
    tvh.admin = False
    report = examined(tvh)
    assert first(report) == ("links", "not linked")
    assert "linked to any EPG source" in report.broken.saw


# Is the grabber enabled?


def test_the_descriptions_that_are_looked_for_hold_our_own():
    own = introduction(["--description"])
    assert any(name in own for name in reception._DESCRIPTIONS)


def test_a_grabber_that_the_server_does_not_know_is_told(tvh):
    tvh.module("Internal: XMLTV: Wales (made up)", path="/usr/bin/tv_grab_wales")
    tvh.module("External: XMLTV", enabled=False, path="/var/lib/epggrab/xmltv.sock")
    report = examined(tvh)
    assert first(report) == ("module", "not there")
    assert report.exit_code == 29
    assert "restart Tvheadend" in report.broken.cure


def test_another_grabber_of_gracenotes_is_not_ours(tvh):
    tvh.module("Internal: XMLTV: Anywhere (Gracenote)", path="/usr/bin/tv_grab_other")
    assert first(examined(tvh)) == ("module", "not there")


def test_a_grabber_that_is_switched_off_is_told_by_its_name_there(tvh):
    tvh.module("Intern: XMLTV: USA/Canada (Gracenote)", enabled=False, path=OURS)
    report = examined(tvh)
    assert first(report) == ("module", "off")
    assert "Enable 'Intern: XMLTV: USA/Canada (Gracenote)' in Configuration" in report.broken.cure


def test_of_two_paths_to_the_same_grabber_one_is_enough(tvh):
    receiving(tvh)
    tvh.module(TITLE, enabled=False, path="/bin/tv_grab_gracenote2epg")
    assert finding(examined(tvh), cures.MODULE).cure == ""


def test_two_paths_that_are_both_enabled_are_advised_against(tvh):
    receiving(tvh)
    tvh.module(TITLE, path="/bin/tv_grab_gracenote2epg")
    one = finding(examined(tvh), cures.MODULE)
    assert one.state == "ok"
    assert f"{OURS} and /bin/tv_grab_gracenote2epg" in one.saw
    assert "all but one" in one.cure


def test_a_socket_that_nothing_of_ours_has_come_to_is_told(tvh):
    tvh.module(SOCKET, path="/var/lib/epggrab/xmltv.sock")
    tvh.source("1.wales", modid="xmltv", module="XMLTV")
    report = examined(tvh)
    assert first(report) == ("module", "socket")
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
    tvh.source("20461.gracenote2epg", channel, modid=modid, module=module)
    tvh.event(channel, 0, 1800, "Harbor Night Show")
    report = examined(tvh)
    assert first(report) is None
    assert f"The guide comes through '{title}'" in report.text()


def test_what_brought_the_guide_once_and_is_off_now_does_not_count(tvh):
    channel = tvh.channel("WZAA-DT", "2.1")
    tvh.module(SOCKET, enabled=False)
    tvh.source("20461.gracenote2epg", channel, modid="xmltv", module="XMLTV")
    assert first(examined(tvh)) == ("module", "not there")


# Are the channels linked?


def test_a_server_without_channels_is_told(tvh):
    tvh.module(TITLE, path=OURS)
    tvh.channel("Off", enabled=False)
    report = examined(tvh)
    assert first(report) == ("links", "no channels")
    assert report.exit_code == 30


def test_a_grabber_that_has_not_run_is_told_with_the_two_grabs_that_it_takes(tvh):
    tvh.module(TITLE, path=OURS)
    tvh.channel("WZAA-DT", "2.1")
    tvh.source("I20461.other", modid="/usr/bin/tv_grab_other", module="XMLTV: Other")
    report = examined(tvh)
    assert first(report) == ("links", "not run")
    assert "the first grab only links the channels" in report.broken.cure
    assert finding(report, cures.EVENTS).state == "skipped"


def test_channels_that_are_linked_to_nothing_of_ours_are_told(tvh):
    tvh.module(TITLE, path=OURS)
    channel = tvh.channel("WZAA-DT", "2.1")
    tvh.source("20461.gracenote2epg")
    tvh.source("20461.eit", channel, modid="eit", module="EIT: DVB Grabber")
    report = examined(tvh)
    assert first(report) == ("links", "not linked")
    assert "None of Tvheadend's 1 channels is linked to one of the guide's 1" in report.broken.saw
    assert "First word" in report.broken.cure


def test_sources_that_are_switched_off_are_told(tvh):
    receiving(tvh, enabled=False)
    assert first(examined(tvh)) == ("links", "links off")


def test_a_source_that_is_switched_off_links_nothing(tvh):
    receiving(tvh)
    tvh.source("20462.gracenote2epg", tvh.channel("WZBB"), enabled=False)
    saw = finding(examined(tvh), cures.LINKS).saw
    assert saw == "1 of 2 channels are linked, not WZBB"


def test_channels_that_are_switched_off_do_not_count(tvh):
    receiving(tvh)
    tvh.channel("Off", enabled=False)
    tvh.shows_disabled = True
    assert finding(examined(tvh), cures.LINKS).saw == "1 of 1 channels are linked"


def test_channels_that_are_not_linked_are_named(tvh):
    receiving(tvh)
    for name in ("WZBB", "WZCC", "WZDD", "WZEE"):
        tvh.channel(name)
    saw = finding(examined(tvh), cures.LINKS).saw
    assert saw == "1 of 5 channels are linked, not WZBB, WZCC, WZDD, ..."


@pytest.mark.parametrize(
    ("xmltv_id", "ours"),
    [
        ("20461.gracenote2epg", True),
        ("20461", True),
        ("I20461.labs.zap2it.com", True),
        ("2.1 WZAADT 20461", True),
        ("99999.gracenote2epg", True),
        ("99999", False),
        ("204611", False),
        ("WZAA", False),
    ],
)
def test_what_comes_by_the_socket_is_known_by_a_station_in_its_id(tvh, xmltv_id, ours):
    channel = tvh.channel("WZAA-DT", "2.1")
    tvh.module(SOCKET)
    tvh.source(xmltv_id, channel, modid="xmltv", module="XMLTV")
    assert (finding(examined(tvh), cures.LINKS).state == "ok") is ours


@pytest.mark.parametrize("xmltv_id", ["20461.gracenote2epg", "WZAADT", "2.1"])
def test_what_our_grabber_brought_is_ours_however_its_ids_are_written(tvh, xmltv_id):
    receiving(tvh, xmltv_id)
    assert first(examined(tvh, stations=())) is None


# Are there programmes?


def test_linked_channels_without_programmes_need_the_second_grab(tvh):
    receiving(tvh)
    tvh.events.clear()
    tvh.event(tvh.channel("Other"), 0, 1800, "Harbor Night Show")
    report = examined(tvh)
    assert first(report) == ("events", "no events")
    assert report.exit_code == 31
    assert "the second one fills the guide" in report.broken.cure


def test_a_few_linked_channels_without_programmes_are_named(tvh):
    receiving(tvh)
    tvh.source("20462.gracenote2epg", tvh.channel("WZBB"))
    one = finding(examined(tvh), cures.EVENTS)
    assert one.state == "ok"
    assert one.saw == "1 of 2 linked channels have programmes, not WZBB"
    assert "The next grab fills" in one.cure


def channels_with(tvh, count, **times):
    for number in range(count):
        channel = tvh.channel(f"Channel {number}")
        tvh.source(f"{number}.gracenote2epg", channel)
        if times:
            tvh.event(channel, title="Harbor Night Show", **times)


def requests_for_events(tvh):
    return [one for one in tvh.calls if one.name == "epg/events/grid" and one.status == 200]


def test_channels_with_something_on_soon_are_not_asked_one_by_one(tvh):
    receiving(tvh)
    channels_with(tvh, 30, start=0, stop=1800)
    assert "31 of 31 linked" in finding(examined(tvh), cures.EVENTS).saw
    assert len(requests_for_events(tvh)) == 1


def test_a_channel_whose_programmes_are_far_down_the_list_has_some(tvh):
    channel = receiving(tvh)
    late = tvh.channel("Late")
    tvh.source("20462.gracenote2epg", late)
    for start in range(0, 1800 * 1100, 1800):
        tvh.event(channel, start, start + 1800, "Harbor Night Show")
    tvh.event(late, 1800 * 1100, 1800 * 1101, "Harbor Night Show")
    assert "2 of 2 linked" in finding(examined(tvh), cures.EVENTS).saw


def test_a_server_with_very_many_empty_channels_is_not_asked_for_each(tvh):
    receiving(tvh)
    channels_with(tvh, reception.MOST + 20)
    assert f"1 of {reception.MOST + 21} linked" in finding(examined(tvh), cures.EVENTS).saw
    assert len(requests_for_events(tvh)) == 1 + reception.MOST
