"""Hours and series that the source does not have: few requests, good runs, over days."""

import calendar
import time

import pytest

from fake_gracenote import responses
from gracenote2epg import errors
from gracenote2epg.grab import cooldown
from gracenote2epg.grab.details import DETAILS_NOT_FOUND
from support import guides
from support.builders import DAY, HOUR

WINDOW = 6 * HOUR
NOT_THERE = responses.bad_request()


def hours_of(query):
    return range(int(query["time"]), int(query["time"]) + HOUR * int(query["timespan"]), HOUR)


class Day:
    """One run: its requests for listings and for details, its exit code, what it told."""

    def __init__(self, user, **changes):
        server = user.server
        server.reset_counts()
        try:
            report = user.grab(**changes)
            self.code, self.told = 0, " ".join(report.notes)
        except errors.GrabError as error:
            self.code, self.told = error.exit_code, str(error)
        self.windows = [
            int(entry.params["timespan"]) for entry in server.log if entry.endpoint == "grid"
        ]
        self.series = server.counts.details
        with user.store() as store:
            (_, self.recorded) = store.runs(1)[0]
            self.refused = store.fact(cooldown.REFUSED)[0]

    @property
    def is_good(self):
        return (self.code, self.recorded["error"], self.refused) == (0, "", None)


# Hours


@pytest.fixture
def at_noon(user, in_zone):
    """In a zone where it is noon, and whose days all have 24 hours."""
    in_zone(f"TST{time.gmtime(user.clock.now()).tm_hour - 12:+d}")


@pytest.fixture
def bad_hour(user):
    """An hour of the day after tomorrow, in the middle of a window."""
    begin = user.span(1, 2).begin
    return begin - begin % WINDOW + 2 * WINDOW + 2 * HOUR


@pytest.mark.parametrize(
    ("answer", "first_code"),
    [(NOT_THERE, 0), pytest.param(responses.refusal(500), 1, marks=pytest.mark.slow)],
    ids=["400", "500"],
)
def test_an_hour_that_the_source_does_not_have(user, server, bad_hour, answer, first_code):
    """A 400 is known to be about this hour as soon as its neighbours came; a 500 the next time."""
    server.faults.answer("grid", answer, when=lambda query: bad_hour in hours_of(query))
    first = Day(user, days=4)
    assert (first.code, "hours (USA-lineupId-DEFAULT" in first.told) == (first_code, True)
    truth = {*user.truth(days=4)}
    shows = {*guides.programmes(user.guide)}
    assert 0.97 * len(truth) < len(shows) < len(truth)
    assert shows < truth
    user.clock.advance(600)
    again = Day(user, days=4)
    assert (again.code, len(again.windows)) == (0, 3 * first_code)  # 3, 1, 2
    for day in range(1, 3):
        user.clock.advance(DAY - 600 - day)
        later = Day(user, days=4)
        assert later.is_good, day
        assert ("no listings" in later.told) == (bad_hour + HOUR > user.clock.now()), day
        assert len(later.windows) <= 10 + 2 + 4, (day, later.windows)  # 9, or 10 of 25 hours
        user.clock.advance(600)
    server.faults.clear()


def test_an_hour_that_comes_in_the_end_is_in_the_guide(user, server, bad_hour):
    server.faults.answer("grid", NOT_THERE, when=lambda query: bad_hour in hours_of(query))
    assert Day(user, days=4).is_good
    server.faults.clear()
    user.clock.advance(DAY - 60)
    later = Day(user, days=4)
    assert (later.told, later.windows.count(1)) == ("", 1)
    assert {*user.truth(days=4)} == {*guides.programmes(user.guide)}
    user.clock.advance(DAY - 60)
    assert 1 not in Day(user, days=4).windows  # its window is whole again


@pytest.mark.usefixtures("at_noon")
def test_hours_that_were_not_asked_for_alone_are_missing_until_they_were(user, server):
    """As of a source that lists fewer days: their windows came to nothing as a whole."""
    end = user.span(3).begin + 2 * DAY
    server.faults.answer("grid", NOT_THERE, when=lambda query: int(query["time"]) >= end)
    first = Day(user, days=3, details=True)
    assert (first.code, "the source does not give them" in first.told) == (1, True)
    assert first.series > 20
    user.clock.advance(HOUR)
    again = Day(user, days=3)
    assert (again.is_good, "no listings" in again.told) == (True, True)
    user.clock.advance(HOUR)
    assert len(Day(user, days=3).windows) <= 5


@pytest.mark.parametrize(
    ("every", "count"), [(DAY - 3, 3), pytest.param(DAY / 2, 5, marks=pytest.mark.slow)]
)
def test_listings_that_end_before_the_guide_does_fail_one_run_only(user, server, every, count):
    """The missing hours are others each day, but about as far ahead."""
    end = user.span(3).end - 6 * HOUR
    server.faults.answer("grid", NOT_THERE, when=lambda query: int(query["time"]) > end)
    runs = []
    for _ in range(count):
        runs.append(Day(user, days=4))
        user.clock.advance(every)
        end = user.span(3).end - 6 * HOUR
    assert ([run.code for run in runs], runs[-1].is_good) == ([1, *[0] * (count - 1)], True)
    assert "The source has no listings of some hours (" in runs[-1].told
    user.clock.advance(2.5 * DAY - every)
    assert Day(user, days=4).code == 1  # nothing new is listed any more


@pytest.mark.usefixtures("at_noon")
@pytest.mark.slow
def test_the_end_of_the_listings_is_forgotten_once_all_hours_came(user, server):
    codes, end = [], 0
    server.faults.answer("grid", NOT_THERE, when=lambda query: int(query["time"]) > end)
    for days in (2, 3, 2):
        end = user.span(days).end
        codes.append(Day(user, days=3).code)
        user.clock.advance(DAY - 60)
    assert codes == [1, 0, 1]


@pytest.mark.usefixtures("at_noon")
def test_a_lineup_that_gives_nothing_any_more_has_no_end_of_listings(user, server):
    """It fails at every run, beside one that goes on."""
    both = ("USA-lineupId-DEFAULT", "USA-ZZ00001-DEFAULT")
    assert Day(user, days=2, lineup=both).is_good
    server.faults.answer("grid", NOT_THERE, when=lambda query: query["lineupId"] == both[1])
    for _ in range(3):
        user.clock.advance(DAY - 60)
        day = Day(user, days=2, lineup=both)
        assert (day.code, "USA-ZZ00001-DEFAULT: " in day.told) == (1, True)
        assert len(day.windows) < 30


@pytest.mark.usefixtures("at_noon")
def test_each_time_that_no_new_days_are_listed_fails_a_run(user, server):
    end, codes = 0, []
    server.faults.answer("grid", NOT_THERE, when=lambda query: int(query["time"]) >= end)
    for days, is_listed in ((0, True), (1, True), (2, False), (1, True), (1, True), (2, False)):
        user.clock.advance(days * DAY)
        end = user.span(4).end if is_listed else end
        codes.append(Day(user, days=6).code)
    assert codes == [1, 0, 1, 0, 0, 1]


# Hours of which little comes


def instant(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def cut(server, keep):
    """The source's answers, in which only those programmes are for which ``keep`` is true.

    keep: called with the query, the row's place, and the programme's start and stop.
    """
    whole = server.world.grid

    def grid(query):
        answer = whole(query)
        for place, row in enumerate(answer["channels"]):
            row["events"] = [
                event
                for event in row["events"]
                if keep(query, place, *(instant(event[key]) for key in ("startTime", "endTime")))
            ]
        return answer

    server.world.grid = grid
    server.world.tba_after = 1 << 40  # no answer is kept from another test


def test_a_window_with_few_of_the_stations_is_asked_for_once_more(user, server):
    asked = []

    def keep(query, place, start, stop):
        if not asked or asked[-1] is not query:
            asked.append(query)
        return place < 3 or len(asked) != 3

    cut(server, keep)
    first = Day(user, days=2)
    assert (first.code, first.told, len(asked)) == (0, "", len({str(query) for query in asked}) + 1)
    assert guides.programmes(user.guide) == user.truth(days=2)


def test_a_window_that_came_in_halves_is_not_asked_for_again(user, server, bad_hour):
    begin = bad_hour - bad_hour % WINDOW

    def is_whole(query):
        return int(query["time"]) == begin and query["timespan"] == "6"

    server.faults.answer("grid", NOT_THERE, when=is_whole)
    cut(server, lambda query, place, start, stop: place < 2 or not 3 <= (start - begin) / HOUR < 6)
    assert sorted(Day(user, days=4).windows)[:3] == [3, 3, 6]


def test_a_lineup_that_lost_most_stations_is_doubted_for_36_hours(user, server):
    Day(user, days=2)
    cut(server, lambda query, place, start, stop: place < 2)
    days = []
    for _ in range(3):
        user.clock.advance(DAY - 60)
        days.append(Day(user, days=2))
    told = ["lists few programmes, or none, of some hours (" in day.told for day in days]
    assert told == [True, False, False]
    assert len(days[0].windows) > len(days[1].windows)


def test_hours_that_an_answer_leaves_out_are_asked_for_by_themselves(user, server):
    """As of a source that gives three hours, however many it is asked for."""
    cut(server, lambda query, place, start, stop: start < int(query["time"]) + 3 * HOUR)
    first, now = Day(user, days=2), user.clock.now()
    shows, truth = guides.programmes(user.guide), user.truth(days=2)
    lost = [show for show in {*truth} - {*shows} if show.stop > now]
    assert (first.code, len(lost) < 0.1 * len(truth)) == (0, True)  # without: half of them
    assert {6} < {*first.windows} <= {6, 3, 2, 1}


def test_hours_of_which_the_source_has_little_are_told(user, server, bad_hour):
    end = bad_hour + 3 * HOUR
    cut(server, lambda query, place, start, stop: stop <= bad_hour or start >= end)
    first = Day(user, days=4)
    assert (first.is_good, "lists few programmes, or none, of some hours (" in first.told) == (
        True,
        True,
    )
    assert len([hours for hours in first.windows if hours < 6]) == 1


# Series


def series_in_vain(user):
    with user.store() as store:
        return store.fact(DETAILS_NOT_FOUND)[0]


def test_series_without_details_fail_no_run_and_are_asked_for_ever_less_often(user, server):
    def is_without(query):
        return int(query["programSeriesID"][2:]) % 4 > 0

    server.faults.answer("details", responses.json_answer({}), when=is_without)
    first = user.clock.now()
    asked = {}
    for day in (0, 1, 2, 3):
        user.clock.set(first + day * (DAY - 2))
        one = Day(user, days=2, details=True)
        assert (one.is_good, one.told) == (True, ""), day
        details = [entry.params for entry in server.log if entry.endpoint == "details"]
        asked[day] = {query["programSeriesID"] for query in details if is_without(query)}
    always = set.intersection(*(asked[day] for day in (0, 1, 3)))
    assert len(asked[0]) > 5
    assert always
    assert not asked[0] & asked[1] & asked[2]


def test_a_series_whose_details_come_in_the_end_begins_anew(user, server):
    server.faults.answer("details", responses.not_found(), when=lambda query: "1" in str(query))
    Day(user, days=2, details=True)
    in_vain = series_in_vain(user)
    server.faults.clear()
    user.clock.advance(DAY)
    Day(user, days=2, details=True)
    came = {entry.params["programSeriesID"] for entry in server.log if entry.endpoint == "details"}
    assert len(came & in_vain.keys()) > 3
    assert series_in_vain(user).keys() == in_vain.keys() - came


@pytest.mark.slow
def test_a_source_whose_details_are_all_gone_still_makes_good_runs(user, server):
    server.faults.answer("details", responses.not_found())
    days = []
    for _ in range(4):
        days.append(Day(user, days=2, details=True))
        user.clock.advance(DAY - 2)
    assert [day.told for day in days if not day.is_good] == []
    assert "left to the next run: 20 series in a row have no details" in days[0].told
    assert 0 < max(day.series for day in days) <= 20 + 19
    server.faults.clear()
    assert Day(user, days=2, details=True).is_good
    user.clock.advance(DAY - 2)
    assert Day(user, days=2, details=True).series > 5  # it was not the fault of these series
