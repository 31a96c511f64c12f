"""The walls of the switchboard, which count requests by its clock: no socket is needed."""

from email.utils import parsedate_to_datetime

from fake_gracenote import fault_rules, responses
from fake_gracenote.fault_rules import Arrival
from fake_gracenote.faults import Faults
from support.builders import NOW


class Switchboard:
    """Faults with a clock of their own; ``ask`` tells the statuses, 200 = nothing special."""

    def __init__(self):
        self.now = 1000.0
        self.faults = Faults(lambda: self.now)

    def decide(self, endpoint="details", open_now=1, params=()):
        return self.faults.decide(Arrival(endpoint, dict(params), self.now, open_now, NOW)).answer

    def ask(self, number=1, **more):
        answers = [self.decide(**more) for _ in range(number)]
        return [answer.status if answer else 200 for answer in answers]


def test_a_wall_shuts_for_a_while_and_then_counts_from_zero():
    board = Switchboard()
    board.faults.block_after(3, per=60, closed=20)
    assert board.ask(5) == [200, 200, 200, 429, 429]
    board.now += 19.9
    assert board.ask() == [429]
    board.now += 0.1
    assert board.ask(4) == [200, 200, 200, 429]


def test_a_wall_forgets_what_is_longer_ago_than_its_window():
    board = Switchboard()
    board.faults.block_after(3, per=60, closed=20)
    assert board.ask(3) == [200] * 3
    board.now += 60
    assert board.ask(3) == [200] * 3


def test_a_wall_says_how_long_in_seconds_or_as_a_date():
    board = Switchboard()
    board.faults.block_after(0, per=60, closed=20, retry_after="seconds", on="details")
    board.faults.block_after(0, per=60, closed=20, retry_after="date", on="grid", status=503)

    def header(endpoint):
        answer = board.decide(endpoint)
        return answer.status, dict(answer.headers)["Retry-After"]

    assert header("details") == (429, "20")
    board.now += 15.5
    assert header("details") == (429, "5")
    status, date = header("grid")
    assert status == 503
    assert parsedate_to_datetime(date).timestamp() == NOW + 20


def test_a_sliding_window_counts_what_it_refuses():
    board = Switchboard()
    board.faults.sliding_window(2, per=10)
    assert board.ask(3) == [200, 200, 429]
    board.now += 9
    assert board.ask() == [429]
    board.now += 9.5  # only the request before is still within the window
    assert board.ask(2) == [200, 429]


def test_a_token_bucket_refills():
    board = Switchboard()
    board.faults.token_bucket(2, rate=1.0)
    assert board.ask(3) == [200, 200, 429]
    board.now += 1
    assert board.ask(2) == [200, 429]
    board.now += 100
    assert board.ask(3) == [200, 200, 429]


def test_new_connections_in_quick_succession_are_punished():
    board = Switchboard()
    board.faults.connection_limit(2, per=60, closed=5)
    for _ in range(2):
        board.faults.connected()
    assert board.ask(10) == [200] * 10
    board.faults.connected()
    assert board.ask() == [429]
    board.now += 5
    assert board.ask() == [200]


def test_a_crowd_at_the_grid_is_refused():
    board = Switchboard()
    board.faults.concurrency_limit(20)
    assert board.ask(endpoint="grid", open_now=20) == [200]
    assert board.ask(endpoint="grid", open_now=21) == [503]
    assert board.ask(endpoint="details", open_now=21) == [200]


def test_every_rule_can_be_limited_in_number():
    for name, options in (
        ("block_after", {"after": 0, "per": 1, "closed": 9}),
        ("sliding_window", {"limit": 0, "per": 1}),
        ("token_bucket", {"burst": 0, "rate": 0.0}),
        ("concurrency_limit", {"limit": 0, "on": None}),
        ("scatter", {"chance": 1.0, "acts": [fault_rules.Act(responses.refusal(429))]}),
        ("refuse", {}),
    ):
        board = Switchboard()
        getattr(board.faults, name)(**options, times=2)
        assert [status != 200 for status in board.ask(3)] == [True, True, False], name


def test_walls_count_also_what_other_faults_decide():
    board = Switchboard()
    board.faults.refuse(500, times=2)
    board.faults.block_after(2, per=60, closed=20)
    assert board.ask(3) == [500, 500, 429]


def test_scattered_faults_are_the_same_in_whatever_order_the_requests_come():
    def outcome(order):
        board = Switchboard()
        board.faults.scatter(
            0.3, seed=7, on="details", acts=[fault_rules.Act(responses.refusal(500))]
        )
        return {n: board.ask(params={"programSeriesID": str(n)}) for n in order}

    there, back = outcome(range(200)), outcome(reversed(range(200)))
    assert there == back
    assert 30 < list(there.values()).count([500]) < 90


def test_a_scattered_fault_may_be_gone_at_the_second_asking():
    board = Switchboard()
    board.faults.scatter(0.5, seed=7, acts=[fault_rules.Act(responses.refusal(500))])
    assert 30 < board.ask(100, params={"programSeriesID": "SH09000001"}).count(500) < 70
