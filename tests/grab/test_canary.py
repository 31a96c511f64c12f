"""The first request of a run: each fault of the source has its error, text and exit code, costs few
requests, and keeps the published guide."""

import contextlib
import os
import re
import threading
import time
from typing import Any, Callable, NamedTuple

import pytest

from fake_gracenote import FakeGracenote, responses
from gracenote2epg import errors
from gracenote2epg.cli import grabber
from gracenote2epg.doctor import checks
from gracenote2epg.doctor import failures as doctor_failures
from gracenote2epg.grab import cooldown
from gracenote2epg.gracenote import failures as gracenote_failures
from gracenote2epg.store.answers import Store
from support import guides
from support.guides import User
from support.machine import Terminal

DAY = 86400
WEEKDAY_TIME = r"\w{3} \d\d \w{3} \d\d:\d\d"
MOVED = responses.Answer(302, b"", headers=(("Location", "https://new.example/"),))
NO_LISTS = responses.json_answer({"Providers": []})
ROBOT = responses.html_page("<html><title>Human Verification</title>")
PORTAL = responses.html_page("<html><title>Hotel Log-in</title>")


class Case(NamedTuple):
    """A fault of the source. requests: for listings, at most; cools_down: whether the next run must
    wait.
    """

    make: Callable[[FakeGracenote], None]
    kind: Any
    code: int
    text: str
    requests: int
    cools_down: bool = True


def fault(name: str, *args: Any) -> Callable[[FakeGracenote], None]:
    return lambda server: getattr(server.faults, name)(*args, on="grid")


def answer(response: responses.Answer) -> Callable[[FakeGracenote], None]:
    return lambda server: server.faults.answer("grid", response)


def rate_limited(server: FakeGracenote) -> None:
    """For longer than the time budget: no probe follows."""
    server.faults.refuse(429, on="grid", retry_after="900")


def no_affiliate(server: FakeGracenote) -> None:
    server.faults.affiliates = frozenset()


UNAVAILABLE = errors.SourceUnavailable
# After a broken connection or an overload there are two retries; after a bad answer other windows
# and halves are requested, because single hours fail for no reason.
CASES = {
    "rate limited": Case(rate_limited, errors.RequestRefused, 4, "too many requests", 1),
    "blocked": Case(fault("refuse", 403), errors.RequestRefused, 4, "refuses this address", 1),
    "captcha": Case(fault("refuse", 405), errors.RequestRefused, 4, "as a robot", 1),
    "challenge": Case(fault("refuse", 202), errors.RequestRefused, 4, "a robot check", 1),
    "robot page": Case(answer(ROBOT), errors.RequestRefused, 4, "Human Verification", 1),
    "another page": Case(answer(PORTAL), errors.RequestRefused, 4, "Hotel Log-in", 1),
    "moved": Case(answer(MOVED), UNAVAILABLE, 5, "have moved to new.example", 1),
    "affiliate": Case(no_affiliate, errors.AffiliateRefused, 5, "GRACENOTE_AFFILIATE", 3),
    "oops": Case(answer(responses.oops()), errors.AffiliateRefused, 5, "everybody", 3),
    "503": Case(fault("refuse", 503), UNAVAILABLE, 5, "has an outage (HTTP 503)", 3),
    "500": Case(fault("refuse", 500), UNAVAILABLE, 5, "has an outage (HTTP 500)", 6),
    "400": Case(answer(responses.bad_request()), UNAVAILABLE, 5, "not with listings", 6),
    "404": Case(answer(responses.not_found()), UNAVAILABLE, 5, "not with listings", 6),
    "malformed": Case(answer(responses.malformed()), UNAVAILABLE, 5, "not with listings", 6),
    "another shape": Case(answer(responses.wrong_shape()), UNAVAILABLE, 5, "listings", 6),
    "nothing": Case(answer(responses.nothing()), UNAVAILABLE, 5, "not with listings", 6),
    "empty": Case(answer(responses.empty_guide()), UNAVAILABLE, 5, "no channels in it", 6),
    "drop": Case(fault("drop"), errors.SourceUnreachable, 3, "cannot be reached", 3, False),
    "cut": Case(fault("cut"), errors.SourceUnreachable, 3, "broke off", 3, False),
}  # fmt: skip


@pytest.fixture
def user(server, tmp_path, clock):
    return EagerUser(server, tmp_path, clock)


class EagerUser(User):
    """Grabs two days, and refreshes them in each run."""

    def settings(self, **changes):
        changes = {"days": 2, "min_interval": 0, "time_budget": 890, **changes}
        return super().settings(**changes)


@pytest.fixture
def owner(server, clock, prepared):
    """A user with a published guide."""
    folder, _ = prepared(lambda folder: EagerUser(server, folder, clock).grab())
    server.reset_counts()
    return EagerUser(server, folder, clock)


@pytest.mark.parametrize("name", CASES)
def test_a_fault_of_the_first_request_has_its_error_and_costs_few_requests(server, owner, name):
    case = CASES[name]
    before = owner.written
    case.make(server)
    error = owner.fails(errors.SourceError)
    assert (type(error), error.exit_code) == (case.kind, case.code)
    assert case.text in str(error)
    assert server.counts.requests == server.counts.grid <= case.requests
    assert re.search(f"; your guide is kept and ends {WEEKDAY_TIME}. ", str(error))
    assert "since" not in str(error)  # it begins now
    assert owner.written == before

    server.reset_counts()
    assert is_cooling_down(owner) == case.cools_down
    if case.cools_down:  # the next call as a grabber
        with pytest.raises(errors.CooldownActive, match="no requests before") as cooldown_error:
            grabber.run_as_grabber(owner.settings(output="-", days=14), pytest.fail, owner.clock)
        assert str(cooldown_error.value).startswith(error.what)
        assert cooldown_error.value.since
        assert server.counts.requests == 0


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_a_run_without_one_good_answer_has_failed_however_little_was_due(
    server, owner, hour, in_zone
):
    """In the evening, one or two windows of a day are left."""
    in_zone(f"TST{(time.gmtime(owner.clock.now()).tm_hour - hour + 12) % 24 - 12:+d}")
    owner.grab(days=1, min_interval=30)
    owner.clock.advance(3700)
    server.faults.refuse(500)
    for _ in range(2):  # the first was no good run
        assert owner.fails(days=1, min_interval=30).exit_code == 5
        assert is_cooling_down(owner)


@pytest.mark.parametrize("last", [False, True], ids=["past hours", "a new day"])
def test_empty_windows_right_after_a_good_run_do_not_blame_the_source(server, user, last, in_zone):
    in_zone(f"TST{time.gmtime(user.clock.now()).tm_hour - 20:+d}")  # eight in the evening
    now, new_day = user.clock.now(), user.span(1, 2).begin

    def is_new(query):
        return int(query["time"]) >= new_day if last else int(query["time"]) + 6 * 3600 <= now

    server.faults.answer("grid", responses.bad_request(), when=is_new)
    user.grab(min_interval=30)
    server.reset_counts()
    for _ in range(2):
        with contextlib.suppress(errors.Incomplete):
            user.grab(days=3 if last else 2, min_interval=30)
        assert not is_cooling_down(user)
    assert 0 < server.counts.requests <= 13


def test_every_failure_of_the_source_has_an_error():
    names = {
        row.name for row in doctor_failures.FAILURES.values() if row.check is doctor_failures.SOURCE
    }
    assert names | {"affiliate"} == set(gracenote_failures.SOURCE_FAILURES)


def test_a_rate_limit_is_not_mistaken_for_a_refused_affiliate(server, user):
    server.faults.affiliates = frozenset()
    server.faults.refuse(
        429, on="grid", when=lambda query: query["aid"] != "orbebb", retry_after="900"
    )
    user.fails(errors.RequestRefused)


def test_a_stop_while_trying_affiliates_raises_stopped(server, user):
    stop = threading.Event()
    server.faults.affiliates = frozenset()
    server.faults.hold("grid", when=lambda query: query["aid"] == "chi")
    stopped = []

    def run():
        with pytest.raises(errors.Stopped) as caught:
            guides.grab(user.settings(), user.clock, stop)
        stopped.append(caught)

    thread = threading.Thread(target=run)
    thread.start()
    assert server.faults.wait_held(1, 10)
    stop.set()
    thread.join(5)
    assert len(stopped) == 1


def test_an_unknown_antenna_is_not_mistaken_for_a_refused_affiliate(user):
    antennas = "USA-OTA99998-DEFAULT,USA-OTA90210-DEFAULT"
    user.fails(errors.Incomplete, "no lineup for USA-OTA99998-DEFAULT", lineup=antennas)


# Since when


def is_cooling_down(user):
    with user.store() as store:
        return cooldown.active_refusal(store, user.settings(), user.clock.now()) is not None


def last_began(user):
    with user.store() as store:
        ((began, _),) = store.runs(1)
    return began


def test_from_the_second_failure_in_a_row_the_error_contains_the_first(server, owner):
    server.faults.refuse(403)
    assert not owner.fails().since
    began = last_began(owner)
    for _ in range(2):
        error = owner.fails()
        assert error.since == began
        assert f"(HTTP 403), since {errors.format_time(began)}; your guide" in str(error)
        owner.grab(offline=True)  # no requests, so the row goes on
    server.faults.clear()
    server.faults.drop()
    assert not owner.fails().since  # another failure
    server.faults.clear()
    assert is_cooling_down(owner)
    owner.grab()
    assert not is_cooling_down(owner)
    server.faults.drop()
    assert not owner.fails().since  # after a good answer


def test_an_unknown_postal_code_has_no_earlier_failure_and_costs_one_request(server, owner):
    for number, code in enumerate(("99999", "99998"), 1):
        error = owner.fails(errors.LineupNotFound, "this postal code", postal_code=code)
        assert (error.since, server.counts.requests) == (0.0, number)


def test_the_error_tells_a_missing_guide_from_one_that_has_ended(server, user):
    server.faults.refuse(403)
    error = user.fails(errors.RequestRefused)
    assert "; there is no guide yet. " in str(error)
    assert (server.counts.requests, os.path.exists(user.guide)) == (1, False)
    error.guide_end = error.now - 60
    assert "; your guide is kept, but ended " in str(error)


# Where the error is shown


def test_history_log_and_terminal_show_the_same_error(server, tmp_path, clock):
    server.faults.refuse(403)
    terminal = Terminal(server, tmp_path, clock)
    result = terminal.run("--postal", "90210")
    (text,) = re.findall(r"gracenote2epg: (.*)\n", result.err)
    assert (result.code, "next try" in text, text in terminal.log) == (4, False, True)
    with Store(terminal.data, clock) as store:
        assert store.runs(1)[0][1]["error"] == text


def test_the_doctor_shows_the_same_error_and_its_success_ends_the_cooldown(server, owner):
    server.faults.refuse(403)
    error = owner.fails()
    broken = checks.run_checks(owner.settings(), threading.Event(), owner.clock).broken
    since = f"It has been so since {errors.format_time(last_began(owner))}"
    assert broken.symptom == f"{error.what}. {since}"
    assert broken.remedy == error.advice
    server.faults.clear()
    owner.clock.advance(900)  # the doctor has just been refused
    assert is_cooling_down(owner)
    checks.run_checks(owner.settings(), threading.Event(), owner.clock)
    assert not is_cooling_down(owner)


# Lists of lineups


def age_providers(user):
    """Make the stored list of lineups 40 days older."""
    with user.store() as store:
        rows, at = store.providers("USA", "90210")
        store.save_providers("USA", "90210", rows, at - 40 * DAY)


def test_a_known_antenna_needs_no_list_of_lineups(server, owner):
    for response in (responses.refusal(403), MOVED, NO_LISTS):
        age_providers(owner)
        server.faults.answer("providers", response)
        server.reset_counts()
        assert owner.grab().notes == ()
        assert server.counts.grid > 0
        server.faults.clear()


def test_the_antennas_new_id_is_used_by_the_run_that_finds_it(server, owner):
    rows = [{**row, "lineupId": f"{row['lineupId']}-2"} for row in server.world.lineups()]
    server.faults.answer("providers", responses.json_answer({"Providers": rows}))
    server.faults.answer(
        "grid", responses.no_lineups(), when=lambda query: not query["lineupId"].endswith("-2")
    )
    owner.clock.advance(DAY - 3)  # a daily run
    shows = guides.programmes(owner.grab().path)
    assert shows == owner.truth(days=2)
    denied = [entry.status for entry in server.log].count(400)
    assert (denied, server.counts.providers) == (3, 1)  # each affiliate id once


def test_a_list_without_an_antenna_is_fetched_again_after_a_day(owner):
    with owner.store() as store:
        rows, _ = store.providers("USA", "90210")
        cables = [row for row in rows if row.kind != "OTA"]
        store.save_providers("USA", "90210", cables, owner.clock.now() - DAY + 3600)
    owner.fails(errors.LineupNotFound, "an antenna at this postal code")
    with owner.store() as store:
        store.save_providers("USA", "90210", cables, owner.clock.now() - DAY - 60)
    owner.grab()


@pytest.mark.parametrize("order", ["OTA,USA-ZZ00001-DEFAULT", "USA-ZZ00001-DEFAULT,OTA"])
def test_of_two_lineups_the_denied_one_is_in_the_notes_and_the_other_downloaded(
    server, user, order
):
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
    assert order.startswith("OTA") or statuses.count(400) == 1  # its only request


def test_a_lineup_with_stored_listings_is_not_called_unknown(server, owner):
    server.faults.affiliates = frozenset()
    server.faults.refuse(500, on="providers")
    with owner.store() as store:
        store.save_providers("USA", "90210", (), 0.0)
    owner.fails(errors.AffiliateRefused, lineup="OTA")


def test_a_foreign_lineup_is_told_by_the_run_and_the_doctor(server, user):
    """The source answers silently with another city's guide."""
    lineup = "USA-DITV-X,USA-ZZ00009-DEFAULT,USA-ZZ00001-DEFAULT"
    note = "The lineup USA-ZZ00009-DEFAULT is not among those of the postal code"
    providers = []
    for days in (0, 1, 30):
        user.clock.advance(days * DAY)
        server.reset_counts()
        (told,) = user.grab(lineup=lineup).notes
        assert told.startswith(note)
        providers.append(server.counts.providers)
    assert providers == [1, 0, 1]
    server.faults.answer("grid", responses.not_found())
    user.fails(errors.LineupNotFound, "USA-NY31519-X at this postal code", lineup="USA-NY31519-X")


def test_a_list_of_lineups_that_fails_is_asked_for_once_a_day_and_harms_no_run(server, user):
    server.faults.answer("providers", responses.refusal(403))
    providers = []
    for wait in (0, 3600, DAY - 3600 - 4, 60):
        user.clock.advance(wait)
        server.reset_counts()
        assert user.grab(lineup="USA-ZZ00009-DEFAULT").notes == ()
        assert not is_cooling_down(user)
        providers.append(server.counts.providers)
    assert providers == [1, 0, 1, 0]


def test_a_lineup_with_its_own_affiliate_id_is_requested_with_no_other(server, user):
    server.faults.answer("grid", responses.no_lineups())
    lineup = "MEX-1008175-DEFAULT"
    user.fails(errors.LineupNotFound, f"no lineup for {lineup};", postal_code="", lineup=lineup)
    assert server.counts.grid == 1
