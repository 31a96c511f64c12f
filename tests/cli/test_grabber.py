"""The grabber contract: one whole guide or nothing, soon, and the source in peace."""

import os
import re
import socket
import time
import xml.etree.ElementTree as ElementTree

import pytest

from gracenote2epg import __version__
from gracenote2epg.config.settings import Config
from gracenote2epg.errors import RequestRefused
from gracenote2epg.grab import cooldown, schedule
from gracenote2epg.guide.span import span
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import RunLock
from support import guides

CAPABILITIES = "baseline\nmanualconfig\npreferredmethod\ncache\napiconfig\n"
HOUR, DAY = 3600, 86400
LATER = {"GRACENOTE_MIN_INTERVAL": "0"}  # as if the interval since the last call were over
TWO_DAYS = {**LATER, "GRACENOTE_DAYS": "2"}


def counted(text):
    """The stations and the programmes of a document, by number."""
    tree = ElementTree.fromstring(text.encode())
    return len(tree.findall("channel")), len(tree.findall("programme"))


def at(clock, hour, minute):
    """From now on it is this time of today in New York."""
    today = time.localtime(clock.now())
    moment = (today.tm_year, today.tm_mon, today.tm_mday, hour, minute, 20, 0, 0, -1)
    clock.set(time.mktime(moment))


@pytest.fixture(name="daytime")
def _daytime(clock):
    """No midnight comes between the calls of a test."""
    at(clock, 18, 0)


# Introducing itself


def test_it_introduces_itself(terminal):
    version = f"gracenote2epg {__version__}\nThis is tv_grab_gracenote2epg version {__version__}\n"
    for option, said in (
        ("--description", "USA/Canada (Gracenote)\n"),
        ("--capabilities", CAPABILITIES),
        ("--version", version),
        ("--preferredmethod", "allatonce\n"),
    ):
        ended = terminal.grab(option)
        assert (ended.code, ended.out, ended.err) == (0, said, "")
    assert os.listdir(terminal.home) == []


def test_what_it_does_not_know_is_a_line_on_stderr_with_the_usage(terminal):
    for words in (["--ahdmegkeja"], ["stray"], ["--days"], ["--demo", "--serve"]):
        ended = terminal.grab(*words)
        assert ended.told(2)
        assert "Usage: tv_grab_gracenote2epg" in ended.err


# Tvheadend's call


def test_no_word_at_all_is_a_whole_grab_to_stdout_and_silence_on_stderr(terminal, server, clock):
    today = span(clock.now(), 1, 0)
    ended = terminal.grab()
    assert (ended.code, ended.err) == (0, "")
    assert ended.whole
    listed = guides.listed(ElementTree.fromstring(ended.out.encode()))
    assert set(listed) == guides.on(server.world, today)


def test_whatever_is_set_elsewhere_stdout_has_the_guide_and_stderr_nothing(terminal):
    os.makedirs(os.path.join(terminal.home, ".xmltv"))
    with open(os.path.join(terminal.home, ".xmltv/tv_grab_gracenote2epg.conf"), "w") as file:
        file.write("output=/nonexistent/x.xml\nconsole=on\ndebug=on\nquiet=off\n")
    ended = terminal.grab(
        GRACENOTE_OUTPUT=os.path.join(terminal.home, "no.xml"),
        GRACENOTE_ENABLE_MONITORING="yes",
        GRACENOTE_CONSOLE="yes",
    )
    assert (ended.code, ended.err, ended.whole) == (0, "", True)
    assert not os.path.exists(os.path.join(terminal.home, "no.xml"))


def test_what_is_asked_for_with_the_call_is_shown(terminal):
    ended = terminal.grab("--enable-monitoring", "--no-monitoring-web-api")
    assert (ended.code, ended.whole, "workers" in ended.err) == (0, True, True)
    assert "DEBUG" in terminal.grab("--console", "--debug", **TWO_DAYS).err


def test_with_output_the_file_has_the_guide_and_stdout_nothing(terminal, tmp_path):
    path = str(tmp_path / "guide.xml")
    for words in (["--output", path], ["--output", path, "--quiet"]):
        ended = terminal.grab(*words)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
        assert guides.programmes(path)


def test_days_that_the_source_does_not_list_get_a_word_and_a_code(terminal):
    terminal.grab("--offset", "5")
    for words, line in (
        (["--days", "20"], "lists 14 days, not 20."),
        (["--days", "14", "--offset", "5"], "lists 14 days, not 14 from day 5 on."),
        (["--days", "14", "--offset", "1"], ""),
    ):
        ended = terminal.grab(*words, "--offline")  # quicker: it makes a guide of what it has
        assert (ended.code, ended.whole) == (1 if line else 0, True)
        assert (line in ended.err, ended.err.count("\n")) == (True, ended.code)


# Called again


def test_a_second_call_soon_after_asks_nothing_builds_nothing_and_sends_the_same(
    terminal, server, daytime
):
    first = terminal.grab()
    server.reset_counts()
    guide = os.path.join(terminal.data, "stdout.xml")
    written = os.stat(guide).st_mtime_ns
    assert [terminal.grab().out for _ in range(2)] == [first.out] * 2
    assert server.counts.requests == 0
    assert os.stat(guide).st_mtime_ns == written
    terminal.grab(**LATER)
    assert server.counts.requests > 0


def test_a_caller_of_every_minute_does_not_put_off_the_refresh(tmp_path):
    settings, run = Config(), cooldown.GoodRun(["a lineup"], "a kind")
    with Store(str(tmp_path)) as store:
        began = 1_000_000.0
        assert cooldown.record_success(store, settings, run, began) == began
        for minute in range(1, 30):
            assert cooldown.asked_recently(
                store, settings, began + 60 * minute, lineups=run.lineups
            )
            assert cooldown.record_success(store, settings, run, began + 60 * minute) == began
        assert not cooldown.asked_recently(store, settings, began + 1800, lineups=run.lineups)


def test_a_guide_of_other_days_is_no_answer_and_the_store_has_it(terminal, server, daytime):
    both = terminal.grab("--offset", "1", "--days", "2")
    server.reset_counts()
    first = terminal.grab("--offset", "1", "--days", "1")
    second = terminal.grab("--offset", "2", "--days", "1")
    again = terminal.grab("--offset", "1", "--days", "2")
    assert server.counts.requests == 0
    assert again.out == both.out
    assert len({first.out, second.out, both.out}) == 3
    assert max(counted(first.out)[1], counted(second.out)[1]) < counted(both.out)[1]


def test_another_setting_is_another_guide_and_costs_no_request(terminal, server, daytime):
    local = terminal.grab()
    server.reset_counts()
    utc = terminal.grab(GRACENOTE_UTC="yes")
    assert server.counts.requests == 0
    assert "+0000" in utc.out
    assert "+0000" not in local.out


def test_tomorrow_is_another_day_after_midnight(terminal, clock):
    at(clock, 23, 58)
    before = terminal.grab("--offset", "1")
    clock.advance(180)
    after = terminal.grab("--offset", "1")
    assert (after.code, before.out != after.out) == (0, True)


def test_a_guide_that_somebody_else_has_changed_is_not_sent(terminal, daytime):
    first = terminal.grab()
    with open(os.path.join(terminal.data, "stdout.xml"), "a", encoding="utf-8") as file:
        file.write("<!-- mine -->\n")
    assert terminal.grab().out == first.out


def test_without_the_network_offline_builds_it_anew(terminal, server, daytime):
    first = terminal.grab()
    server.reset_counts()
    os.remove(os.path.join(terminal.data, "stdout.xml"))
    ended = terminal.grab("--offline")
    assert (ended.code, ended.out, server.counts.requests) == (0, first.out, 0)


# The minute of all others


@pytest.mark.parametrize(
    ("hour", "minute", "asks"), [(0, 4, False), (12, 4, False), (0, 5, True), (11, 4, True)]
)
def test_at_the_minute_of_all_others_a_young_guide_is_sent(
    terminal, server, clock, hour, minute, asks
):
    at(clock, hour, minute)
    first = terminal.grab(**TWO_DAYS)
    server.reset_counts()
    at(clock, hour, minute)
    clock.advance(10)
    again = terminal.grab(**TWO_DAYS)
    assert (again.code, again.err, counted(again.out)) == (0, "", counted(first.out))
    assert (server.counts.requests > 0) is asks


@pytest.mark.parametrize(("hours", "asks"), [(7.9, False), (8.1, True)])
def test_young_is_less_than_eight_hours(terminal, server, clock, hours, asks):
    at(clock, 12, 4)
    noon = clock.now()
    clock.set(noon - hours * HOUR)
    terminal.grab(**TWO_DAYS)
    server.reset_counts()
    clock.set(noon)
    terminal.grab(**TWO_DAYS)
    assert (server.counts.requests > 0) is asks


def test_each_installation_has_a_minute_of_its_own_before_the_morning():
    lines = {schedule.cron_line(number) for number in range(0, 2_000_000_000, 999_983)}
    assert len(lines) == 360
    assert [line for line in lines if not re.fullmatch(r"[1-5]?\d [1-6] \* \* \*", line)] == []
    assert schedule.cron_line(3 * 60 + 37) == "37 4 * * *"


# Beside others


def test_while_another_run_is_at_work_the_published_guide_is_sent(terminal, server):
    good = terminal.grab(**TWO_DAYS)
    server.reset_counts()
    with RunLock(terminal.data):
        ended = terminal.grab(**TWO_DAYS)
    assert (ended.code, ended.out, ended.err) == (0, good.out, "")
    assert server.counts.requests == 0
    assert ended.seconds < 5


def test_a_guide_that_ends_soon_is_sent_too_but_said(terminal, clock):
    at(clock, 20, 0)  # four hours of it are left
    good = terminal.grab()
    with RunLock(terminal.data):
        assert terminal.grab(**LATER).told(8, good.out)


def test_while_kodi_grabs_the_guide_of_its_file_is_sent(terminal):
    assert terminal.run("--postal", "90210", "--days", "2").code == 0  # publishes xmltv.xml
    with RunLock(terminal.data):
        ended = terminal.grab(**TWO_DAYS)
    assert (ended.code, ended.err) == (0, "")
    with open(terminal.guide, encoding="utf-8") as file:
        assert ended.out == file.read()


def test_a_packed_guide_is_unpacked(terminal):
    path = os.path.join(terminal.home, "guide.xml.gz")
    assert terminal.run("--postal", "90210", "--output", path).code == 0
    ended = terminal.grab()
    assert (ended.code, ended.err, ended.whole) == (0, "", True)
    assert not os.path.exists(os.path.join(terminal.data, "stdout.xml"))


def test_beside_the_very_first_run_it_says_so_at_once(terminal):
    with RunLock(terminal.data):
        ended = terminal.grab()
    assert ended.told(8)
    assert ended.seconds < 5


def test_it_never_waits_longer_than_the_time_budget(terminal, server):
    server.faults.hold()
    ended = terminal.grab("--time-budget", "10")
    assert ended.told(1)
    assert "There is no guide yet: the time budget is used up" in ended.err
    assert ended.seconds < 14


# A source that refuses


def test_a_grab_that_fails_sends_the_last_good_guide_and_a_code(terminal, server):
    good = terminal.grab()
    server.faults.refuse(403)
    assert terminal.grab(**LATER).told(4, good.out)


def test_a_guide_that_is_over_is_not_sent(terminal, clock):
    terminal.grab()
    clock.advance(2 * DAY)
    with RunLock(terminal.data):
        assert terminal.grab().told(8)


@pytest.mark.parametrize(("status", "code"), [(403, 4), (500, 5)])
def test_after_a_refusal_the_source_is_left_alone(terminal, server, status, code):
    server.faults.refuse(status)
    assert terminal.grab().told(code)
    server.reset_counts()
    for _ in range(2):
        ended = terminal.grab()
        assert ended.told(4)
        assert "no requests before" in ended.err
    assert server.counts.requests == 0


def test_while_it_is_left_alone_a_good_guide_is_sent_without_a_word(terminal, server):
    good = terminal.grab(**TWO_DAYS)
    server.faults.refuse(403)
    assert terminal.grab(**TWO_DAYS).code == 4
    server.reset_counts()
    ended = terminal.grab(**TWO_DAYS)
    assert (ended.code, ended.out, ended.err) == (0, good.out, "")
    assert server.counts.requests == 0


def test_a_refusal_of_the_details_counts_too(terminal, server):
    server.faults.refuse(403, on="details")
    details = {"GRACENOTE_DETAILS": "yes", "GRACENOTE_TIME_BUDGET": "10"}
    first = terminal.grab(**details)
    assert (first.code, first.whole) == (0, True)
    server.reset_counts()
    again = terminal.grab(**details)
    assert (again.out, server.counts.requests) == (first.out, 0)


def test_it_is_asked_again_when_its_rest_is_over(terminal, server, clock):
    server.faults.refuse(403)
    terminal.grab()
    server.faults.clear()
    clock.advance(schedule.refusal_cooldown(1))
    ended = terminal.grab()
    assert (ended.code, ended.whole) == (0, True)
    with Store(terminal.data) as store:
        assert store.fact(cooldown.REFUSED)[0] is None


def test_the_rest_grows_but_not_beyond_an_hour():
    assert [schedule.refusal_cooldown(times) for times in (1, 2, 3, 99)] == [1800, 3600, 3600, 3600]


def test_a_user_who_changes_what_is_asked_need_not_wait(tmp_path):
    with Store(str(tmp_path)) as store:
        settings = Config(postal_code="90210")
        cooldown.record_refusal(store, settings, RequestRefused("host", "403"), 1000.0)
        assert cooldown.active_refusal(store, settings, 1000.0).until == 2800.0
        assert cooldown.active_refusal(store, settings, 2800.0) is None
        assert cooldown.active_refusal(store, settings, 999.0) is None  # the clock was wrong then
        for other in ("affiliate", "postal_code", "user_agent"):
            changed = Config(**{"postal_code": "90210", other: "10001"})
            assert cooldown.active_refusal(store, changed, 1000.0) is None
        cooldown.record_refusal(store, settings, RequestRefused("host", "403"), 3000.0)
        assert cooldown.active_refusal(store, settings, 3000.0).until == 6600.0
        cooldown.clear_refusal(store, 7000.0)
        assert cooldown.active_refusal(store, settings, 7000.0) is None


def test_no_network_is_no_refusal(terminal):
    with socket.socket() as nobody:  # bound, so that no other program gets the port
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        assert terminal.grab(GRACENOTE_BASE_URL=address).code == 3
    with Store(terminal.data) as store:
        assert store.fact(cooldown.REFUSED) == (None, 0.0)


def test_a_run_by_hand_need_not_wait(terminal, server):
    server.faults.refuse(403)
    terminal.grab()
    server.faults.clear()
    assert terminal.run("--postal", "90210").code == 0
