"""The limits of the fake server, which count requests by its clock: no socket is needed."""

from email.utils import parsedate_to_datetime

from fake_gracenote.fault_rules import Arrival
from fake_gracenote.faults import Faults
from support.builders import NOW


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


def test_a_block_counts_from_zero_again_and_only_the_requests_of_its_period():
    for steps in (
        ((0, "oooxx"), (19.9, "x"), (0.1, "ooox")),  # seconds, then what is refused
        ((0, "ooo"), (60, "ooo")),
    ):
        board = Switchboard()
        board.faults.block_after(3, per=60, closed=20)
        for seconds, expected in steps:
            board.now += seconds
            assert board.statuses(len(expected)) == [{"o": 200, "x": 429}[one] for one in expected]


def test_a_block_sends_the_time_left_in_seconds_or_as_a_date():
    headers = []
    for retry_after in ("seconds", "date"):
        board = Switchboard()
        board.faults.block_after(0, per=60, closed=20, retry_after=retry_after, status=503)
        assert board.statuses() == [503]
        board.now += 15.5
        headers.append(dict(board.answer().headers)["Retry-After"])
    seconds, date = headers
    assert (seconds, parsedate_to_datetime(date).timestamp()) == ("5", NOW + 5)


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


def test_too_many_open_requests_of_the_guide_are_refused():
    board = Switchboard()
    board.faults.concurrency_limit(20)
    assert board.statuses(endpoint="grid", open_now=20) == [200]
    assert board.statuses(endpoint="grid", open_now=21) == [503]
    assert board.statuses(endpoint="details", open_now=21) == [200]


def test_limits_also_count_requests_that_other_faults_decide():
    board = Switchboard()
    board.faults.refuse(500, times=2)
    board.faults.block_after(2, per=60, closed=20)
    assert board.statuses(4) == [500, 500, 429, 429]
    board.now += 20
    assert board.statuses() == [200]  # twice only


def test_scattered_faults_do_not_depend_on_the_order_of_requests():
    def broken(order):
        board = Switchboard()
        board.faults.scatter(0.3)
        acts = {}
        for n in order:
            arrival = Arrival("details", {"programSeriesID": str(n)}, board.now, 1, NOW)
            acts[n] = [board.faults.decide(arrival) for _ in range(2)]
        return acts

    forth, back = broken(range(200)), broken(reversed(range(200)))
    assert forth == back
    assert 30 < sum(first != (None, "whole", 0.0) for first, _ in forth.values()) < 90
    assert any(first != again for first, again in forth.values())
