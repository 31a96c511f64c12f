"""The grabber contract: one whole guide or nothing, soon, and few requests."""

import contextlib
import gzip
import os
import re
import shutil
import socket
import time
import xml.etree.ElementTree as ElementTree

import pytest

from gracenote2epg import __version__
from gracenote2epg.clock import DAY, HOUR
from gracenote2epg.config.settings import Config
from gracenote2epg.errors import RequestRefused
from gracenote2epg.grab import cooldown, schedule
from gracenote2epg.guide.span import span
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import RunLock
from support import guides
from support.fake_tvheadend import TvhStandIn

CAPABILITIES = "baseline\nmanualconfig\npreferredmethod\ncache\napiconfig\n"
LATER = {"GRACENOTE_MIN_INTERVAL": "0"}  # as if the interval since the last call were over
LIST = '#EXTM3U\n#EXTINF:-1 tvg-chno="%s",X\nx\n#EXTINF:-1 tvg-chno="5.1",KZAG-DT\nx\n'
TWO_DAYS = {**LATER, "GRACENOTE_DAYS": "2"}


def counted(text):
    """The number of stations and of programmes."""
    tree = ElementTree.fromstring(text.encode())
    return len(tree.findall("channel")), len(tree.findall("programme"))


def set_time(clock, hour, minute):
    """To this time of today in New York."""
    today = time.localtime(clock.now())
    moment = (today.tm_year, today.tm_mon, today.tm_mday, hour, minute, 20, 0, 0, -1)
    clock.set(time.mktime(moment))


@pytest.fixture(name="daytime")
def _daytime(clock):
    """No midnight between the calls of a test."""
    set_time(clock, 18, 0)


def test_the_answers_about_the_grabber_itself(terminal):
    version = f"gracenote2epg {__version__}\nThis is tv_grab_gracenote2epg version {__version__}\n"
    for option, answer in (
        ("--description", "USA/Canada (Gracenote)\n"),
        ("--capabilities", CAPABILITIES),
        ("--version", version),
        ("--preferredmethod", "allatonce\n"),
    ):
        result = terminal.grab(option)
        assert (result.code, result.out, result.err) == (0, answer, "")
    assert os.listdir(terminal.home) == []


# Output


def test_without_options_a_whole_guide_goes_to_stdout_and_stderr_is_empty(terminal, server, clock):
    today = span(clock.now(), 1, 0)
    result = terminal.grab()
    assert (result.code, result.err, result.is_guide) == (0, "", True)
    listed = guides.listed(ElementTree.fromstring(result.out.encode()))
    assert set(listed) == guides.on(server.world, today)


def test_files_and_variables_do_not_redirect_the_output(terminal):
    path = os.path.join(terminal.home, "no.xml")
    file = os.path.join(terminal.home, "my.conf")
    with open(file, "w") as lines:
        lines.write(f"output={path}\nconsole=on\ndebug=on\nquiet=off\n")
    variables = {"GRACENOTE_ENABLE_MONITORING": "yes", "GRACENOTE_CONSOLE": "yes"}
    result = terminal.grab("--config-file", file, GRACENOTE_OUTPUT=path, **variables)
    assert (result.code, result.err, result.is_guide) == (0, "", True)
    assert not os.path.exists(path)


def test_options_of_the_call_change_the_output(terminal, tmp_path):
    result = terminal.grab("--enable-monitoring", "--no-monitoring-web-api")
    assert (result.code, result.is_guide, "workers" in result.err) == (0, True, True)
    assert "DEBUG" in terminal.grab("--console", "--debug", **TWO_DAYS).err
    path = str(tmp_path / "guide.xml")
    for words in (["--output", path], ["--output", path, "--quiet"]):
        result = terminal.grab(*words)
        assert (result.code, result.out, result.err) == (0, "", "")
        assert guides.programmes(path)


def test_days_beyond_the_source_are_reported(terminal):
    terminal.grab("--offset", "5")
    for days, offset, line in (
        ("20", "0", "lists 14 days, not 20."),
        ("14", "5", "lists 14 days, not 14 from day 5 on."),
        ("14", "1", ""),
    ):
        result = terminal.grab("--days", days, "--offset", offset, "--offline")  # quicker so
        assert (result.code, result.is_guide) == (1 if line else 0, True)
        assert (line in result.err, result.err.count("\n")) == (True, result.code)


# Repeated calls


def test_calls_within_the_interval_send_the_same_without_requests(terminal, server, daytime):
    """Of two callers with settings of their own, too."""

    def both():
        return [terminal.grab().out, terminal.grab("--days", "2", GRACENOTE_UTC="yes").out]

    first = both()
    server.reset_counts()
    made = [os.stat(path).st_mtime_ns for path in terminal.stdout_copies]
    assert [both() for _ in range(3)] == [first] * 3
    assert [os.stat(path).st_mtime_ns for path in terminal.stdout_copies] == made
    assert (len(made), server.counts.requests) == (2, 0)
    terminal.grab(**LATER)
    assert server.counts.requests > 0


def test_a_player_with_other_channels_gets_another_guide_at_once_without_requests(
    terminal, server, tmp_path, daytime
):
    """Within min_interval, from the store; and the same one while the player is off."""
    file = tmp_path / "tv.m3u"
    with TvhStandIn() as tvh:
        account = {"GRACENOTE_TVH_USERNAME": tvh.user, "GRACENOTE_TVH_PASSWORD": tvh.password}
        account["GRACENOTE_POSTAL_CODE"] = "90210"
        filtered = {"GRACENOTE_TVH_URL": tvh.url, "GRACENOTE_TVH_FILTER": "yes", **account}
        unfiltered = {**filtered, "GRACENOTE_TVH_FILTER": "no"}
        listed = {"GRACENOTE_CHANNELS_FROM": str(file)}
        cases = (  # settings, what happens, what is in the guide after that, or before
            (listed, lambda: file.write_text(LIST % "4.1"), "ZADMOVI<"),
            (unfiltered, lambda: terminal.run("--assign", "KZAG-DT=-", **filtered), "KZAG-DT<"),
            (filtered, lambda: tvh.channel("ZADM", "4.1"), "ZADMOVI<"),
            (filtered, lambda: terminal.run("--assign", "Odd=WZAADT", **filtered), "WZAADT<"),
        )
        tvh.channel("KZAG-DT", "5.1")
        tvh.channel("Odd", "88.1")
        file.write_text(LIST % "2.1")
        for variables, change, text in cases:
            first = terminal.grab(**variables)
            requests = server.counts.requests
            change()
            second = terminal.grab(**variables)
            assert (second.code, second.err, second.is_guide) == (0, "", True)
            assert (text in second.out) != (text in first.out), text
            assert server.counts.requests == requests
    assert terminal.grab(**filtered).out == second.out
    assert server.counts.requests == requests


def test_a_call_every_minute_does_not_postpone_the_refresh(tmp_path):
    config, run = Config(), cooldown.GoodRun(["a lineup"], "a kind")
    began, lineups = 1_000_000.0, run.lineups
    with Store(str(tmp_path)) as store:
        for seconds in range(0, 1800, 60):
            now = began + seconds
            assert cooldown.record_success(store, config, run, now) == began
            assert cooldown.asked_recently(store, config, now, lineups=lineups)
        assert not cooldown.asked_recently(store, config, began + 1800, lineups=lineups)


def test_the_guide_of_a_day_is_not_sent_after_midnight(terminal, clock):
    for days in ((), ("--offset", "1")):  # today's ends within two hours of it
        set_time(clock, 23, 50)
        before = terminal.grab(*days)
        clock.advance(20 * 60)
        after = terminal.grab(*days)
        assert (after.code, after.is_guide, before.out != after.out) == (0, True, True)
        starts = {show.start for show in guides.listed(ElementTree.fromstring(after.out.encode()))}
        assert max(starts) > clock.now() + 20 * HOUR


def test_calls_of_every_minute_rest_for_a_day(terminal, server, clock, daytime):
    """As of LibreELEC, whose Tvheadend has no cron. Once there were 244 requests a day."""
    requests = []
    for minutes in (0, 31, 31, 31, 24 * 60 - 92, 31):
        clock.advance(60 * minutes)
        server.reset_counts()
        assert terminal.grab(GRACENOTE_DAYS="3").code == 0
        requests.append(server.counts.requests)
    assert requests[0] > 12
    assert requests[1:4] == [0, 0, 0]
    assert 5 <= requests[4] <= 12
    assert requests[5] == 0


@pytest.mark.slow
def test_a_call_every_five_minutes_costs_at_most_two_windows_more_than_a_daily_one(
    terminal, server, clock
):
    counts = []
    for minutes in (24 * 60, 5):
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(terminal.data)
        for call in range(2 * 24 * 60 // minutes):
            if call * minutes == 24 * 60:
                server.reset_counts()
            assert terminal.grab(GRACENOTE_DAYS="7").code == 0
            clock.advance(60 * minutes)
        counts.append(server.counts.grid)
    print(counts)
    assert counts[1] <= counts[0] + 2, counts


def test_other_settings_make_another_guide_at_once_without_requests(terminal, server, daytime):
    both = terminal.grab("--offset", "1", "--days", "2")
    server.reset_counts()
    one, other = (terminal.grab("--offset", day, "--days", "1") for day in "12")
    utc = terminal.grab("--offset", "1", "--days", "2", GRACENOTE_UTC="yes")
    kodi = terminal.grab("--offset", "1", "--days", "2", GRACENOTE_PROFILE="kodi")
    assert len({row.out for row in (one, other, both, utc, kodi)}) == 5
    assert max(counted(one.out)[1], counted(other.out)[1]) < counted(both.out)[1]
    assert ("+0000" in utc.out, "+0000" in both.out) == (True, False)
    assert server.counts.requests == 0


def test_a_guide_that_another_program_changed_or_removed_is_made_again(
    terminal, called, server, daytime
):
    first = called()
    with open(*terminal.stdout_copies, "a", encoding="utf-8") as file:
        file.write("<!-- mine -->\n")
    assert terminal.grab().out == first.out
    for path in terminal.stdout_copies:
        os.remove(path)
    server.reset_counts()
    assert terminal.grab("--offline").out == first.out
    assert server.counts.requests == 0


# Tvheadend's default cron


@pytest.mark.parametrize(
    ("hour", "minute", "hours", "requests"),
    [
        (0, 4, 0, False),
        (12, 4, 0, False),
        (0, 5, 0, True),
        (11, 4, 0, True),
        (12, 4, 15.9, False),  # less than sixteen hours old
        (12, 4, 16.1, True),
    ],
)
def test_at_the_default_cron_minute_a_young_guide_is_sent(
    terminal, called, server, clock, hour, minute, hours, requests
):
    set_time(clock, hour, minute)
    now = clock.now()
    clock.set(now - hours * HOUR)
    first = called(**TWO_DAYS)
    clock.set(now + 10)
    again = terminal.grab(**TWO_DAYS)
    assert (again.code, again.err, again.is_guide) == (0, "", True)
    assert (server.counts.requests > 0) is requests
    assert requests or again.out == first.out


def test_each_installation_has_its_own_minute_before_the_morning():
    lines = {schedule.cron_line(number) for number in range(0, 2_000_000_000, 999_983)}
    assert len(lines) == 360
    assert [line for line in lines if not re.fullmatch(r"[1-5]?\d [1-6] \* \* \*", line)] == []
    assert schedule.cron_line(3 * 60 + 37) == "37 4 * * *"


# Beside another run


def test_during_another_run_the_published_guide_is_sent(terminal, server):
    good = terminal.grab(**TWO_DAYS)  # from this server: an earlier test's has another address
    server.reset_counts()
    with RunLock(terminal.data):
        result = terminal.grab(**TWO_DAYS)
    assert (result.code, result.out, result.err) == (0, good.out, "")
    assert (server.counts.requests, result.seconds < 5) == (0, True)


def test_beside_another_run_the_lack_of_a_good_guide_is_reported(terminal, clock):
    set_time(clock, 20, 0)
    for guide in ("", terminal.grab().out):  # four hours of it are left
        data = {} if guide else {"GRACENOTE_DATA_DIR": os.path.join(terminal.home, "new")}
        with RunLock(data.get("GRACENOTE_DATA_DIR", terminal.data)):
            result = terminal.grab(**LATER, **data)
        assert (result.failed(8, guide), result.seconds < 5) == (True, True)


def test_during_a_run_of_the_addon_the_guide_of_its_file_is_sent_unpacked(terminal):
    path = os.path.join(terminal.home, "guide.xml.gz")
    words = ("--postal", "90210", "--days", "2", "--output", path)
    assert terminal.run(*words).code == 0
    with RunLock(terminal.data):
        result = terminal.grab(**TWO_DAYS)
    assert (result.code, result.err, terminal.stdout_copies) == (0, "", [])
    with gzip.open(path, "rt", encoding="utf-8") as file:
        assert result.out == file.read()


def test_it_never_takes_longer_than_the_time_budget(terminal, server):
    server.faults.hold()
    result = terminal.grab("--time-budget", "10")
    assert result.failed(1)
    assert "There is no guide yet: the time budget is used up" in result.err
    assert result.seconds < 14


# A source that refuses


def test_a_refused_grab_sends_the_last_good_guide_and_says_so_once(terminal, called, server, clock):
    good = called(**TWO_DAYS)
    server.faults.refuse(403)
    assert terminal.grab(**TWO_DAYS).failed(4, good.out)
    server.reset_counts()
    result = terminal.grab(**TWO_DAYS)
    assert (result.code, result.out, result.err) == (0, good.out, "")
    assert server.counts.requests == 0
    clock.advance(3 * DAY)  # then it has ended
    with RunLock(terminal.data):
        assert terminal.grab(**TWO_DAYS).failed(8)


@pytest.mark.parametrize(("status", "code"), [(403, 4), (500, 5)])
def test_during_the_cooldown_no_request_is_sent(terminal, server, clock, status, code):
    server.faults.refuse(status)
    assert terminal.grab().failed(code)
    server.reset_counts()
    for _ in range(2):
        result = terminal.grab()
        assert result.failed(4)
        assert "no requests before" in result.err
    server.faults.clear()
    assert server.counts.requests == 0
    if code == 4:
        clock.advance(schedule.refusal_cooldown(1))
        assert terminal.grab().is_guide
    else:
        assert terminal.run("--postal", "90210").code == 0  # by hand it need not wait
    with Store(terminal.data) as store:
        assert store.fact(cooldown.REFUSED)[0] is None


def test_refused_details_begin_a_cooldown_too(terminal, server):
    server.faults.refuse(403, on="details")
    details = {"GRACENOTE_DETAILS": "yes", "GRACENOTE_TIME_BUDGET": "10"}
    first = terminal.grab(**details)
    assert (first.code, first.is_guide) == (0, True)
    server.reset_counts()
    again = terminal.grab(**details)
    assert (again.out, server.counts.requests) == (first.out, 0)


def test_the_cooldown_grows_up_to_an_hour_and_is_for_these_settings(tmp_path):
    assert [schedule.refusal_cooldown(times) for times in (1, 2, 3, 99)] == [1800, 3600, 3600, 3600]
    with Store(str(tmp_path)) as store:
        config, error = Config(postal_code="90210"), RequestRefused("host", "403")
        cooldown.record_refusal(store, config, error, 1000.0)
        assert cooldown.active_refusal(store, config, 1000.0).until == 2800.0
        assert cooldown.active_refusal(store, config, 2800.0) is None
        assert cooldown.active_refusal(store, config, 999.0) is None  # the clock was wrong then
        for name in ("affiliate", "postal_code", "user_agent"):
            changed = Config(**{"postal_code": "90210", name: "10001"})
            assert cooldown.active_refusal(store, changed, 1000.0) is None
        cooldown.record_refusal(store, config, error, 3000.0)
        assert cooldown.active_refusal(store, config, 3000.0).until == 6600.0
        cooldown.clear_refusal(store, 7000.0)
        assert cooldown.active_refusal(store, config, 7000.0) is None


def test_no_network_is_no_refusal(terminal):
    with socket.socket() as unused:  # bound, so that no other program gets the port
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert terminal.grab(GRACENOTE_BASE_URL=address).code == 3
    with Store(terminal.data) as store:
        assert store.fact(cooldown.REFUSED) == (None, 0.0)
