"""The first request of a run: each fault of the source has its name, its words and its code, costs
few requests, and leaves the guide that there is.

All guides here are of two days: then more than ``lookup.SOME`` windows are due at any hour. Of
fewer without an answer nothing is said: a run of one day, late in it, counts as good.
"""

import logging
import os
import re
import signal
import socket
import threading
import time
from typing import Any, Callable, NamedTuple

import pytest

from fake_gracenote import FakeGracenote, World, responses
from gracenote2epg import errors
from gracenote2epg.cli import grabber, serve, stdio
from gracenote2epg.cli.main import main
from gracenote2epg.doctor import checks
from gracenote2epg.doctor import failures as doctor_failures
from gracenote2epg.grab import cooldown
from gracenote2epg.gracenote import failures as gracenote_failures
from gracenote2epg.gracenote.tasks import Outcome, Verdict
from support import guides
from support.clock import VirtualClock
from support.guides import User

DAY = 86400
WEEKDAY_TIME = r"\w{3} \d\d \w{3} \d\d:\d\d"
MOVED = responses.Answer(302, b"", headers=(("Location", "https://new.example/"),))
NO_LISTS = responses.json_answer({"Providers": []})
ROBOT = responses.html_page("<html><title>Human Verification</title>")
PORTAL = responses.html_page("<html><title>Hotel Log-in</title>")


class Case(NamedTuple):
    """A fault of the source. requests: for listings, at most; rests: whether it is left alone."""

    make: Callable[[FakeGracenote], None]
    kind: Any
    code: int
    said: str
    requests: int
    rests: bool = True


def fault(name: str, *args: Any) -> Callable[[FakeGracenote], None]:
    return lambda server: getattr(server.faults, name)(*args, on="grid")


def answer(made: responses.Answer) -> Callable[[FakeGracenote], None]:
    return lambda server: server.faults.answer("grid", made)


def rate_limited(server: FakeGracenote) -> None:
    """For longer than the run has: no probe follows."""
    server.faults.refuse(429, on="grid", retry_after="900")


def no_affiliate(server: FakeGracenote) -> None:
    server.faults.affiliates = frozenset()


UNAVAILABLE = errors.SourceUnavailable
# Where something breaks off or is overloaded two more tries are made, some seconds apart; after
# what is no listings other windows and halves are asked for: single hours fail for no reason.
CASES = {
    "rate limited": Case(rate_limited, errors.RequestRefused, 4, "too many requests", 1),
    "blocked": Case(fault("refuse", 403), errors.RequestRefused, 4, "refuses this address", 1),
    "captcha": Case(fault("refuse", 405), errors.RequestRefused, 4, "as it does robots", 1),
    "challenge": Case(fault("refuse", 202), errors.RequestRefused, 4, "a robot check", 1),
    "robot page": Case(answer(ROBOT), errors.RequestRefused, 4, "Human Verification", 1),
    "another page": Case(answer(PORTAL), errors.RequestRefused, 4, "Hotel Log-in", 1),
    "moved": Case(answer(MOVED), UNAVAILABLE, 5, "have moved to new.example", 1),
    "affiliate": Case(no_affiliate, errors.AffiliateRefused, 5, "GRACENOTE_AFFILIATE", 3),
    "oops": Case(answer(responses.oops()), errors.AffiliateRefused, 5, "everybody", 3),
    "503": Case(fault("refuse", 503), UNAVAILABLE, 5, "failure of its own (HTTP 503)", 3),
    "500": Case(fault("refuse", 500), UNAVAILABLE, 5, "failure of its own (HTTP 500)", 6),
    "400": Case(answer(responses.bad_request()), UNAVAILABLE, 5, "not with listings", 6),
    "404": Case(answer(responses.not_found()), UNAVAILABLE, 5, "not with listings", 6),
    "malformed": Case(answer(responses.malformed()), UNAVAILABLE, 5, "not with listings", 6),
    "another shape": Case(answer(responses.wrong_shape()), UNAVAILABLE, 5, "listings", 6),
    "nothing": Case(answer(responses.nothing()), UNAVAILABLE, 5, "not with listings", 6),
    "empty": Case(answer(responses.empty_guide()), UNAVAILABLE, 5, "no channels in it", 6),
    "drop": Case(fault("drop"), errors.SourceUnreachable, 3, "cannot be reached", 3, rests=False),
    "cut": Case(fault("cut"), errors.SourceUnreachable, 3, "broke off", 3, rests=False),
}  # fmt: skip


@pytest.fixture
def user(server, tmp_path, clock):
    return Again(server, tmp_path, clock)


class Again(User):
    """Grabs two days, and each run asks again."""

    def settings(self, **changes):
        changes = {"days": 2, "min_interval": 0, "time_budget": 890, **changes}
        return super().settings(**changes)


@pytest.fixture
def owner(user, server):
    """A user with a guide."""
    user.grab()
    server.reset_counts()
    return user


@pytest.mark.parametrize("name", CASES)
def test_a_fault_of_the_first_request_has_its_words_and_its_code_and_costs_little(
    server, owner, name
):
    case = CASES[name]
    before = owner.written
    case.make(server)
    error = owner.fails(errors.SourceError)
    assert (type(error), error.exit_code) == (case.kind, case.code)
    assert case.said in str(error)
    assert server.counts.requests == server.counts.grid <= case.requests
    assert re.search(f"; your guide is kept and ends {WEEKDAY_TIME}. ", str(error))
    assert "since" not in str(error)  # this is when it began
    assert owner.written == before

    server.reset_counts()
    assert is_left_alone(owner) == case.rests
    if case.rests:  # a grabber's next call
        with pytest.raises(errors.CooldownActive, match="no requests before") as resting:
            grabber.run_as_grabber(owner.settings(output="-", days=14), pytest.fail, owner.clock)
        assert str(resting.value).startswith(error.what)
        assert resting.value.since
        assert server.counts.requests == 0


def test_where_nothing_connects_it_is_the_network_and_what_connects_is_the_source():
    unreachable = [
        {"detail": "no route"},
        *({"cause": name} for name in ("no name", "tls", "proxy")),
    ]
    slow = [{"detail": "no answer within 20 s"}, {"status": 504}]
    network = [Outcome(Verdict.UNREACHABLE, **more) for more in unreachable]
    source = [Outcome(Verdict.OVERLOADED, **more) for more in slow]
    assert {type(gracenote_failures.error_for(outcome, "host", "")) for outcome in network} == {
        errors.SourceUnreachable
    }
    assert {type(gracenote_failures.error_for(outcome, "host", "")) for outcome in source} == {
        errors.SourceUnavailable
    }


def test_every_failure_of_the_source_has_an_error():
    names = {
        row.name for row in doctor_failures.FAILURES.values() if row.step is doctor_failures.SOURCE
    }
    assert names | {"affiliate"} == set(gracenote_failures.SOURCE_FAILURES)


def test_an_affiliate_that_is_refused_by_a_wall_is_no_affiliate_that_is_refused(server, user):
    server.faults.affiliates = frozenset()
    server.faults.refuse(
        429, on="grid", when=lambda query: query["aid"] != "orbebb", retry_after="900"
    )
    user.fails(errors.RequestRefused)


def test_a_run_that_is_stopped_among_the_affiliates_says_that_it_was_stopped(server, user):
    stop = threading.Event()
    server.faults.affiliates = frozenset()
    server.faults.hold("grid", when=lambda query: query["aid"] == "chi")
    said = []

    def run():
        with pytest.raises(errors.Stopped):
            guides.grab(user.settings(), user.clock, stop)
        said.append("stopped")

    thread = threading.Thread(target=run)
    thread.start()
    assert server.faults.wait_held(1, 10)
    stop.set()
    thread.join(5)
    assert said == ["stopped"]


def test_an_antenna_where_nobody_lives_is_no_matter_of_the_affiliate(user):
    antennas = "USA-OTA99998-DEFAULT,USA-OTA90210-DEFAULT"
    user.fails(errors.Incomplete, "no lineup for USA-OTA99998-DEFAULT", lineup=antennas)


# Since when


def is_left_alone(user):
    with user.store() as store:
        return cooldown.active_refusal(store, user.settings(), user.clock.now()) is not None


def last_began(user):
    with user.store() as store:
        ((began, _),) = store.runs(1)
    return began


def test_from_the_second_failure_in_a_row_on_it_says_since_when(server, owner):
    server.faults.refuse(403)
    assert not owner.fails().since
    began = last_began(owner)
    for _ in range(2):
        error = owner.fails()
        assert error.since == began
        assert f"(HTTP 403), since {errors.format_time(began)}; your guide" in str(error)
        owner.grab(offline=True)  # it asks nothing, so it ends no row
    server.faults.clear()
    server.faults.drop()
    assert not owner.fails().since  # another failure
    server.faults.clear()
    assert is_left_alone(owner)
    owner.grab()
    assert not is_left_alone(owner)
    server.faults.drop()
    assert not owner.fails().since  # after a good answer


def test_an_unknown_place_is_unknown_since_now_and_asked_for_once(server, owner):
    for number, code in enumerate(("99999", "99998"), 1):
        error = owner.fails(errors.LineupNotFound, "this postal code", postal_code=code)
        assert (error.since, server.counts.requests) == (0.0, number)


def test_without_a_guide_that_is_said_and_so_is_one_that_is_over(server, user):
    server.faults.refuse(403)
    error = user.fails(errors.RequestRefused)
    assert "; there is no guide yet. " in str(error)
    assert (server.counts.requests, os.path.exists(user.guide)) == (1, False)
    error.guide_end = error.now - 60
    assert "; your guide is kept, but ended " in str(error)


# Who says it


def test_the_history_and_the_log_and_the_terminal_say_the_same(server, user, capfd):
    server.faults.refuse(403)
    words = ["--postal", "90210", "--base-url", server.url, "--data-dir", str(user.folder)]
    logger = logging.getLogger("gracenote2epg")
    try:
        assert main(["gracenote2epg", *words], user.clock) == 4
    finally:  # what it sets up for its process
        for handler in logger.handlers[:]:
            logger.removeHandler(handler)
            handler.close()
        stdio.set_redactions(())
    (said,) = re.findall(r"gracenote2epg: (.*)\n", capfd.readouterr().err)
    assert "next try" not in said
    with open(os.path.join(user.folder, "gracenote2epg.log"), encoding="utf-8") as file:
        assert said in file.read()
    with user.store() as store:
        assert store.runs(1)[0][1]["error"] == said


class UntilItWaits(VirtualClock):
    """SIGTERM comes as the wait for the next run begins."""

    def wait(self, event, seconds):
        if seconds >= 1.0:
            signal.raise_signal(signal.SIGTERM)
        return super().wait(event, seconds)


def what_stays_says(user, capfd):
    """The words of one who stays about the first run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = user.settings(monitoring_port=port)
    assert serve.serve(settings, UntilItWaits(user.clock.now())) == 0
    return capfd.readouterr().err


def test_one_who_stays_says_when_it_tries_again(server, user, capfd):
    server.faults.refuse(403)
    said = what_stays_says(user, capfd)
    assert re.search(r"; there is no guide yet; next try \d\d:\d\d\. ", said)


def test_one_who_stays_does_not_leave_when_the_source_denies_what_it_knew(server, owner, capfd):
    server.faults.answer("grid", responses.no_lineups())
    server.faults.answer("providers", NO_LISTS)
    forget_lists(owner)
    said = what_stays_says(owner, capfd)
    assert "no lineup for this postal code; your guide is kept" in said
    assert "next try" in said


def test_a_grabber_says_until_when_it_leaves_the_source_alone(server, user):
    server.faults.refuse(403)
    with pytest.raises(errors.RequestRefused) as refused:
        grabber.run_as_grabber(user.settings(output="-"), user.grab, user.clock)
    said = str(refused.value)
    assert re.search(r"; there is no guide yet; no requests before \d\d:\d\d\. ", said)


def test_the_doctor_says_the_same_and_a_good_answer_to_it_ends_the_rest(server, owner):
    server.faults.refuse(403)
    error = owner.fails()
    broken = checks.run_checks(owner.settings(), threading.Event(), owner.clock).broken
    assert broken.saw == f"{error.what}, since {errors.format_time(last_began(owner))}"
    assert broken.cure == error.advice
    server.faults.clear()
    owner.clock.advance(900)  # the doctor has just been refused
    assert is_left_alone(owner)
    checks.run_checks(owner.settings(), threading.Event(), owner.clock)
    assert not is_left_alone(owner)


# What is no refusal


class Short(World):
    """A source that lists the coming days only."""

    def within(self, begin, end):
        return end > self.now and begin < self.now + 2 * DAY


def test_a_source_that_lists_no_past_and_few_days_gives_what_it_has(tmp_path, in_zone, clock):
    hour = time.gmtime(clock.now()).tm_hour
    in_zone(f"TST{hour - 20:+d}")  # it is eight in the evening here
    with FakeGracenote(Short(8, 24, now=clock.now), clock=clock.monotonic) as server:
        user = User(server, tmp_path, clock)
        user.fails(errors.Incomplete, "the source does not give them", days=4, details=True)
        assert server.counts.details > 20
        assert server.counts.grid < 50
    last = max(show.start for show in guides.programmes(user.guide))
    assert last > clock.now() + 1.5 * DAY


def forget_lists(user):
    """As if they had been asked long ago."""
    with user.store() as store:
        rows, at = store.providers("USA", "90210")
        store.save_providers("USA", "90210", rows, at - 40 * DAY)


def test_the_list_of_lineups_keeps_no_known_antenna_from_its_guide(server, owner):
    for made in (responses.refusal(403), MOVED, NO_LISTS):
        forget_lists(owner)
        server.faults.answer("providers", made)
        server.reset_counts()
        assert owner.grab().notes == ()
        assert server.counts.grid > 0
        server.faults.clear()


def test_a_list_without_an_antenna_stands_for_a_day_only(owner):
    with owner.store() as store:
        rows, _ = store.providers("USA", "90210")
        cables = [row for row in rows if row.kind != "OTA"]
        store.save_providers("USA", "90210", cables, owner.clock.now() - DAY + 3600)
    owner.fails(errors.LineupNotFound, "an antenna at this postal code")
    with owner.store() as store:
        store.save_providers("USA", "90210", cables, owner.clock.now() - DAY - 60)
    owner.grab()


@pytest.mark.parametrize("order", ["OTA,USA-ZZ00001-DEFAULT", "USA-ZZ00001-DEFAULT,OTA"])
def test_of_two_lineups_one_that_is_denied_is_named_and_the_other_goes_on(server, user, order):
    user.grab(lineup=order)
    server.faults.answer(
        "grid", responses.no_lineups(), when=lambda query: query["headendId"] == "ZZ00001"
    )
    server.reset_counts()
    report = user.grab(lineup=order)
    (note,) = [note for note in report.notes if "ZZ00001" in note]
    assert note.startswith("Gracenote has no lineup for USA-ZZ00001-DEFAULT")
    assert server.counts.grid > 3
    statuses = [entry.status for entry in server.log]
    assert {*statuses} == {200, 400}
    assert order.startswith("OTA") or statuses.count(400) == 1  # then all that is asked of it


def test_a_lineup_that_gave_listings_is_not_called_unknown(server, owner):
    server.faults.affiliates = frozenset()
    server.faults.refuse(500, on="providers")
    with owner.store() as store:
        store.save_providers("USA", "90210", (), 0.0)
    owner.fails(errors.AffiliateRefused, lineup="OTA")


def test_a_lineup_that_the_postal_code_lacks_is_told_and_its_404_is_no_failure(server, owner):
    (note,) = owner.grab(lineup="OTA,USA-ZZ00009-DEFAULT,USA-DITV-X").notes
    assert note.startswith("The lineup USA-ZZ00009-DEFAULT is not among those of the postal code")
    server.faults.answer("grid", responses.not_found())
    owner.fails(errors.LineupNotFound, "USA-NY31519-X at this postal code", lineup="USA-NY31519-X")


def test_a_lineup_with_an_affiliate_id_of_its_own_is_asked_with_no_other(server, user):
    server.faults.answer("grid", responses.no_lineups())
    lineup = "MEX-1008175-DEFAULT"
    user.fails(errors.LineupNotFound, f"no lineup for {lineup};", postal_code="", lineup=lineup)
    assert server.counts.grid == 1
