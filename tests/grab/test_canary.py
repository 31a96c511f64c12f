"""The first request of a run: each fault of the source has its name, its words and its code, costs
few requests, and leaves the guide that there is.
"""

import dataclasses
import os
import re
import socket
import sys
import threading
import time
from typing import Any, Callable, NamedTuple

import pytest

from gracenote2epg import config, cures, doctor, errors, grab, grabber, rest, trouble
from gracenote2epg.demo import DemoServer, World, answers
from gracenote2epg.downloader.tasks import Outcome, Verdict
from gracenote2epg.store import Store
from support import guides
from support.machine import Box, Tvheadend

DAY = 86400
WEEKDAY_TIME = r"\w{3} \d\d \w{3} \d\d:\d\d"
MOVED = answers.Answer(302, b"", headers=(("Location", "https://new.example/"),))
ROBOT = answers.html_page("<html><title>Human Verification</title>")
PORTAL = answers.html_page("<html><title>Hotel Log-in</title>")


class Case(NamedTuple):
    """A fault of the source. requests: for listings, at most; rests: whether it is left alone."""

    make: Callable[[DemoServer], None]
    kind: Any
    code: int
    said: str
    requests: int
    rests: bool = True


def fault(name: str, *args: Any) -> Callable[[DemoServer], None]:
    return lambda server: getattr(server.faults, name)(*args, on="grid")


def answer(made: answers.Answer) -> Callable[[DemoServer], None]:
    return lambda server: server.faults.answer("grid", made)


def no_affiliate(server: DemoServer) -> None:
    server.faults.affiliates = frozenset()


# Where something breaks off or is overloaded two more tries are made, some seconds apart; after
# what is no listings other windows and halves are asked for: single hours fail for no reason.
CASES = {
    "throttled": Case(fault("refuse", 429), errors.Refused, 4, "too many requests", 1),
    "blocked": Case(fault("refuse", 403), errors.Refused, 4, "refuses this address", 1),
    "captcha": Case(fault("refuse", 405), errors.Refused, 4, "as it does robots", 1),
    "challenge": Case(fault("refuse", 202), errors.Refused, 4, "a robot check", 1),
    "robot page": Case(answer(ROBOT), errors.Refused, 4, "Human Verification", 1),
    "another page": Case(answer(PORTAL), errors.Refused, 4, "Hotel Log-in", 1),
    "moved": Case(answer(MOVED), errors.BadSource, 5, "have moved to new.example", 1),
    "affiliate": Case(no_affiliate, errors.AffiliateRefused, 5, "everybody who asks as we do", 3),
    "oops": Case(answer(answers.oops()), errors.AffiliateRefused, 5, "everybody", 3),
    "503": Case(fault("refuse", 503), errors.BadSource, 5, "failure of its own (HTTP 503)", 3),
    "500": Case(fault("refuse", 500), errors.BadSource, 5, "failure of its own (HTTP 500)", 6),
    "400": Case(answer(answers.bad_request()), errors.BadSource, 5, "not with listings", 6),
    "404": Case(answer(answers.not_found()), errors.BadSource, 5, "not with listings", 6),
    "malformed": Case(answer(answers.malformed()), errors.BadSource, 5, "not with listings", 6),
    "another shape": Case(answer(answers.wrong_shape()), errors.BadSource, 5, "listings", 6),
    "nothing": Case(answer(answers.nothing()), errors.BadSource, 5, "not with listings", 6),
    "empty": Case(answer(answers.empty_guide()), errors.BadSource, 5, "no channels in it", 6),
    "drop": Case(fault("drop"), errors.NoNetwork, 3, "cannot be reached", 3, rests=False),
    "cut": Case(fault("cut"), errors.NoNetwork, 3, "broke off", 3, rests=False),
}  # fmt: skip


@pytest.fixture(name="server")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="settings")
def _settings(server, tmp_path):
    """Of a machine with a guide, where each run asks again."""
    made = guides.settings(server, tmp_path, min_interval=0)
    grab.run(made)
    server.reset_counts()
    return dataclasses.replace(made, time_budget=9)  # less than the wait for the first probe


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


@pytest.mark.parametrize("name", CASES)
def test_a_fault_of_the_first_request_has_its_words_and_its_code_and_costs_little(
    server, settings, name
):
    case = CASES[name]
    old = bytes_of(settings.output)
    case.make(server)
    with pytest.raises(errors.SourceError) as failed:
        grab.run(settings)
    error = failed.value
    assert (type(error), error.exit_code) == (case.kind, case.code)
    assert case.said in str(error)
    assert server.counts.grid <= case.requests
    assert server.counts.requests == server.counts.grid
    assert re.search(f"; your guide is kept and ends {WEEKDAY_TIME}. ", str(error))
    assert "since" not in str(error)  # this is when it began
    assert bytes_of(settings.output) == old

    server.reset_counts()
    with Store(settings.data_dir) as store:
        refusal = rest.refusal(store, settings, time.time())
        assert bool(refusal) == case.rests
    if case.rests:  # a grabber's next call
        told = config.override(settings, {"output": "-", "days": 14})
        with pytest.raises(errors.Resting, match="nothing is asked before") as rested:
            grabber.answer(told, pytest.fail)
        assert str(rested.value).startswith(error.what)
        assert rested.value.since
        assert server.counts.requests == 0


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Outcome(Verdict.UNREACHABLE, detail="no route"), errors.NoNetwork),
        (Outcome(Verdict.UNREACHABLE, trouble="no name"), errors.NoNetwork),
        (Outcome(Verdict.UNREACHABLE, trouble="tls"), errors.NoNetwork),
        (Outcome(Verdict.UNREACHABLE, trouble="proxy"), errors.NoNetwork),
        (Outcome(Verdict.OVERLOADED, detail="no answer within 20 s"), errors.BadSource),
        (Outcome(Verdict.OVERLOADED, status=504), errors.BadSource),
    ],
)
def test_where_nothing_connects_it_is_the_network_and_what_connects_is_the_source(outcome, kind):
    assert type(trouble.of(outcome, "host", "")) is kind


def test_every_failure_of_the_source_has_an_error():
    ways = {row.name for row in cures.FAILURES.values() if row.step is cures.SOURCE}
    assert ways | {"affiliate"} == set(trouble.ERRORS)


def test_an_affiliate_that_is_refused_by_a_wall_is_no_affiliate_that_is_refused(server, tmp_path):
    server.faults.affiliates = frozenset()
    server.faults.refuse(429, on="grid", when=lambda asked: asked["aid"] != "orbebb")
    with pytest.raises(errors.Refused):
        grab.run(dataclasses.replace(guides.settings(server, tmp_path), time_budget=9))


def test_a_run_that_is_stopped_among_the_affiliates_says_that_it_was_stopped(server, tmp_path):
    stop = threading.Event()
    server.faults.affiliates = frozenset()
    server.faults.hold("grid", when=lambda asked: asked["aid"] == "chi")

    def ended():
        with pytest.raises(errors.Stopped):
            grab.run(guides.settings(server, tmp_path), stop)
        said.append("stopped")

    said = []
    thread = threading.Thread(target=ended)
    thread.start()
    assert server.faults.wait_held(1, 10)
    stop.set()
    thread.join(5)
    assert said == ["stopped"]


def test_an_antenna_where_nobody_lives_is_no_matter_of_the_affiliate(server, tmp_path):
    antennas = "USA-OTA99998-DEFAULT,USA-OTA90210-DEFAULT"
    with pytest.raises(errors.Incomplete, match="no lineup for USA-OTA99998-DEFAULT"):
        grab.run(guides.settings(server, tmp_path, lineup=antennas))


# Since when


def fail(settings):
    with pytest.raises(errors.SourceError) as failed:
        grab.run(settings)
    return failed.value


def test_the_second_run_in_a_row_says_since_when(server, settings):
    server.faults.refuse(403)
    assert not fail(settings).since
    with Store(settings.data_dir) as store:
        ((began, _),) = store.runs(1)
    for _ in range(2):
        error = fail(settings)
        assert error.since == began
        assert f"(HTTP 403), since {errors.moment(began)}; your guide" in str(error)


def test_another_failure_or_a_good_answer_begins_a_new_row(server, settings):
    server.faults.refuse(403)
    fail(settings)
    server.faults.clear()
    server.faults.drop()
    assert not fail(settings).since
    server.faults.clear()
    grab.run(settings)
    server.faults.refuse(403)
    assert not fail(settings).since


def test_an_unknown_place_is_unknown_since_now(server, settings):
    for code in ("99999", "99998"):
        error = fail(dataclasses.replace(settings, postal_code=code))
        assert isinstance(error, errors.NoLineup)
        assert not error.since


def test_a_run_that_asked_nothing_ends_no_row(server, settings):
    server.faults.refuse(403)
    fail(settings)
    grab.run(dataclasses.replace(settings, offline=True))
    assert fail(settings).since


def test_without_a_guide_that_is_said_and_so_is_one_that_is_over(server, tmp_path):
    server.faults.refuse(403)
    error = fail(guides.settings(server, tmp_path))
    assert "; there is no guide yet. " in str(error)
    error.guide_end = time.time() - 60
    assert "; your guide is kept, but ended " in str(error)


# Who says it


@pytest.fixture(name="box")
def _box(server, tmp_path):
    return Box(server, tmp_path)


def test_the_history_and_the_log_and_the_terminal_say_the_same(box, server):
    server.faults.refuse(403)
    ended = box.cli("--postal", "90210")
    (said,) = re.findall(r"gracenote2epg: (.*)\n", ended.err)
    assert (ended.code, "next try" in said) == (4, False)
    with open(os.path.join(box.data, "gracenote2epg.log"), encoding="utf-8") as file:
        assert said in file.read()
    with Store(box.data) as store:
        assert store.runs(1)[0][1]["error"] == said


def stays(box, **more):
    """A process that stays; its page is on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = ["--serve", "--postal", "90210", "--monitoring-port", port]
    return box.start([sys.executable, "-m", "gracenote2epg", *words], **more)


def test_one_who_stays_says_when_it_tries_again(box, server):
    server.faults.refuse(403)
    with stays(box) as process:
        line = next(line for line in process.stderr if b"refuses" in line)
        process.terminate()
        process.wait(10)
    assert re.search(rb"; there is no guide yet; next try \d\d:\d\d\. ", line)


def test_one_who_stays_does_not_leave_when_the_source_denies_what_it_knew(box, server):
    assert box.cli("--postal", "90210").code == 0
    server.faults.answer("grid", answers.no_lineups())
    lists_are_empty(server)
    forget_lists(box.data)
    with stays(box, GRACENOTE_MIN_INTERVAL="0") as process:
        line = next(line for line in process.stderr if b"lineup" in line)
        process.terminate()
        process.wait(10)
    assert b"no lineup for this postal code; your guide is kept" in line
    assert b"next try" in line


def test_a_grabber_says_until_when_it_leaves_the_source_alone(box, server):
    server.faults.refuse(403)
    said = Tvheadend(box).call().err
    assert re.search(r"; there is no guide yet; nothing is asked before \d\d:\d\d\. ", said)


def test_the_doctor_says_the_same_and_since_when(server, settings):
    server.faults.refuse(403)
    error = fail(settings)
    with Store(settings.data_dir) as store:
        ((began, _),) = store.runs(1)
    found = doctor.examine(settings).broken
    assert found.saw == f"{error.what}, since {errors.moment(began)}"
    assert found.cure == error.advice


def test_a_good_answer_to_the_doctor_ends_the_rest(server, settings):
    server.faults.refuse(403)
    fail(settings)
    server.faults.clear()
    doctor.examine(settings)
    with Store(settings.data_dir) as store:
        assert rest.refusal(store, settings, time.time()) is None


# What is no refusal


class Short(World):
    """A source that lists the coming days only."""

    def within(self, begin, end):
        return end > self.now and begin < self.now + 2 * DAY


def test_a_source_that_lists_no_past_and_few_days_gives_what_it_has(tmp_path, in_zone):
    hour = time.gmtime().tm_hour
    in_zone(f"TST{hour - 20:+d}")  # it is eight in the evening here
    with DemoServer(Short(now=time.time())) as server:
        made = guides.settings(server, tmp_path, days=4, details=True)
        with pytest.raises(errors.Incomplete, match="the source does not give them"):
            grab.run(made)
        assert server.counts.details > 20
        assert server.counts.grid < 50
    last = max(one.start for one in guides.programmes(made.output))
    assert last > time.time() + 1.5 * DAY


def lists_fail(server):
    server.faults.refuse(403, on="providers")


def lists_are_moved(server):
    server.faults.answer("providers", MOVED)


def lists_are_empty(server):
    server.faults.answer("providers", answers.json_answer({"Providers": []}))


def forget_lists(data_dir):
    """As if they had been asked long ago."""
    with Store(data_dir) as store:
        rows, at = store.providers("USA", "90210")
        store.keep_providers("USA", "90210", rows, at - 40 * DAY)


@pytest.mark.parametrize("what", [lists_fail, lists_are_moved, lists_are_empty])
def test_the_list_of_lineups_keeps_no_known_antenna_from_its_guide(server, settings, what):
    forget_lists(settings.data_dir)
    what(server)
    report = grab.run(settings)
    assert (server.counts.grid > 0, report.notes) == (True, ())


def test_a_list_without_an_antenna_stands_for_a_day_only(server, settings):
    with Store(settings.data_dir) as store:
        rows, _ = store.providers("USA", "90210")
        cables = [row for row in rows if row.kind != "OTA"]
        store.keep_providers("USA", "90210", cables, time.time() - DAY + 60)
    with pytest.raises(errors.NoLineup, match="an antenna at this postal code"):
        grab.run(settings)
    with Store(settings.data_dir) as store:
        store.keep_providers("USA", "90210", cables, time.time() - DAY - 60)
    grab.run(settings)


@pytest.mark.parametrize("order", ["OTA,USA-ZZ00001-DEFAULT", "USA-ZZ00001-DEFAULT,OTA"])
def test_of_two_lineups_one_that_is_denied_is_named_and_the_other_goes_on(server, tmp_path, order):
    made = guides.settings(server, tmp_path, lineup=order, min_interval=0)
    grab.run(made)
    server.faults.answer(
        "grid", answers.no_lineups(), when=lambda asked: asked["headendId"] == "ZZ00001"
    )
    server.reset_counts()
    report = grab.run(made)
    (note,) = [note for note in report.notes if "ZZ00001" in note]
    assert note.startswith("Gracenote has no lineup for USA-ZZ00001-DEFAULT")
    assert server.counts.grid > 3
    assert {entry.status for entry in server.log[-server.counts.requests :]} == {200, 400}


def test_a_lineup_that_gave_listings_is_not_called_unknown(server, settings):
    server.faults.affiliates = frozenset()
    server.faults.refuse(500, on="providers")
    with Store(settings.data_dir) as store:
        store.keep_providers("USA", "90210", (), 0.0)
    with pytest.raises(errors.AffiliateRefused):
        grab.run(dataclasses.replace(settings, lineup=("OTA",)))


def test_a_guide_of_a_lineup_that_the_postal_code_lacks_is_told(server, tmp_path):
    grab.run(guides.settings(server, tmp_path))  # the postal code's lineups are known from now on
    far = guides.settings(server, tmp_path, lineup="OTA,USA-ZZ00009-DEFAULT,USA-DITV-X")
    (note,) = grab.run(far).notes
    assert note.startswith("The lineup USA-ZZ00009-DEFAULT is not among those of the postal code")


def test_a_lineup_with_an_affiliate_id_of_its_own_is_asked_with_no_other(server, tmp_path):
    server.faults.answer("grid", answers.no_lineups())
    with pytest.raises(errors.NoLineup, match="no lineup for MEX-1008175-DEFAULT;"):
        grab.run(guides.settings(server, tmp_path, postal_code="", lineup="MEX-1008175-DEFAULT"))
    assert server.counts.grid == 1


def test_not_found_for_a_lineup_that_the_postal_code_lacks_is_no_failure_of_the_source(
    server, tmp_path
):
    grab.run(guides.settings(server, tmp_path))
    server.faults.answer("grid", answers.not_found())
    with pytest.raises(errors.NoLineup, match="USA-NY31519-X at this postal code"):
        grab.run(guides.settings(server, tmp_path, lineup="USA-NY31519-X"))
