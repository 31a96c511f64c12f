"""The limits of the fake server, which count requests by its clock: no socket is needed."""

from email.utils import parsedate_to_datetime

import pytest

from fake_gracenote import responses
from fake_gracenote.fault_rules import Act, Arrival
from fake_gracenote.faults import Faults
from support.builders import NOW

FAILED = Act(responses.refusal(500))


class Switchboard:
    """Faults with their own clock; ``statuses`` of requests: 200 = no fault."""

    def __init__(self):
        self.now = 1000.0
        self.faults = Faults(lambda: self.now)

    def answer(self, endpoint="details", open_now=1, params=()):
        arrival = Arrival(endpoint, dict(params), self.now, open_now, NOW)
        return self.faults.decide(arrival).answer

    def statuses(self, number=1, **more):
        answers = [self.answer(**more) for _ in range(number)]
        return [answer.status if answer else 200 for answer in answers]


# Method, its options, then steps: seconds that pass, and what the next requests get (o = ok).
LIMITS = {
    "block_after counts from zero again": (
        "block_after", {"after": 3, "per": 60, "closed": 20},
        ((0, "oooxx"), (19.9, "x"), (0.1, "ooox")),
    ),
    "block_after forgets requests before its period": (
        "block_after", {"after": 3, "per": 60, "closed": 20}, ((0, "ooo"), (60, "ooo")),
    ),
    "sliding_window counts what it refuses": (
        "sliding_window", {"limit": 2, "per": 10}, ((0, "oox"), (9, "x"), (9.5, "ox")),
    ),
    "token_bucket refills": (
        "token_bucket", {"burst": 2, "rate": 1.0}, ((0, "oox"), (1, "ox"), (100, "oox")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_limits(name):
    method, options, steps = LIMITS[name]
    board = Switchboard()
    getattr(board.faults, method)(**options)
    for seconds, expected in steps:
        board.now += seconds
        assert board.statuses(len(expected)) == [{"o": 200, "x": 429}[one] for one in expected]


def test_a_block_sends_the_time_left_in_seconds_or_as_a_date():
    board = Switchboard()
    board.faults.block_after(0, per=60, closed=20, retry_after="seconds", on="details")
    board.faults.block_after(0, per=60, closed=20, retry_after="date", on="grid", status=503)

    def header(endpoint):
        answer = board.answer(endpoint)
        return answer.status, dict(answer.headers)["Retry-After"]

    assert header("details") == (429, "20")
    board.now += 15.5
    assert header("details") == (429, "5")
    status, date = header("grid")
    assert status == 503
    assert parsedate_to_datetime(date).timestamp() == NOW + 20


def test_many_new_connections_are_refused():
    board = Switchboard()
    board.faults.connection_limit(2, per=60, closed=5)
    for _ in range(2):
        board.faults.connected()
    assert board.statuses(10) == [200] * 10
    board.faults.connected()
    assert board.statuses() == [429]
    board.now += 5
    assert board.statuses() == [200]


def test_too_many_open_requests_of_an_endpoint_are_refused():
    board = Switchboard()
    board.faults.concurrency_limit(20)
    assert board.statuses(endpoint="grid", open_now=20) == [200]
    assert board.statuses(endpoint="grid", open_now=21) == [503]
    assert board.statuses(endpoint="details", open_now=21) == [200]


def test_every_rule_can_be_limited_in_number():
    for name, options in (
        ("block_after", {"after": 0, "per": 1, "closed": 9}),
        ("sliding_window", {"limit": 0, "per": 1}),
        ("token_bucket", {"burst": 0, "rate": 0.0}),
        ("concurrency_limit", {"limit": 0, "on": None}),
        ("scatter", {"chance": 1.0, "acts": [FAILED]}),
        ("refuse", {}),
    ):
        board = Switchboard()
        getattr(board.faults, name)(**options, times=2)
        assert [status != 200 for status in board.statuses(3)] == [True, True, False], name


def test_limits_also_count_requests_that_other_faults_decide():
    board = Switchboard()
    board.faults.refuse(500, times=2)
    board.faults.block_after(2, per=60, closed=20)
    assert board.statuses(3) == [500, 500, 429]


def test_scattered_faults_do_not_depend_on_the_order_of_requests():
    def outcome(order):
        board = Switchboard()
        board.faults.scatter(0.3, seed=7, on="details", acts=[FAILED])
        return {n: board.statuses(2, params={"programSeriesID": str(n)}) for n in order}

    forth, back = outcome(range(200)), outcome(reversed(range(200)))
    assert forth == back
    assert 30 < sum(first == 500 for first, _ in forth.values()) < 90
    assert [500, 200] in forth.values()  # a repeated request may succeed
