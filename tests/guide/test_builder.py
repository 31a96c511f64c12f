"""The guide out of stored answers: merging what contradicts, and who is listed."""

import itertools
import random

import pytest

from gracenote2epg.channels.stations import GuideStation, remember_ids, stations
from gracenote2epg.errors import EmptyGuide
from gracenote2epg.guide.builder import Guide, merge_airings, station_changes
from gracenote2epg.guide.span import Showing, TimeSpan, midnights
from gracenote2epg.guide.summary import SLOT, StationCoverage, Summary
from gracenote2epg.xmltv.options import Style
from gracenote2epg.xmltv.writer import HEAD, TAIL
from support.builders import DAY, HOUR, MINUTE, NOW, airing, block, details, lineup, station

HERE = lineup()
CABLE = lineup(lineup_id="USA-NY31519-X", headend_id="NY31519", device="X")
WEEK = TimeSpan(NOW, NOW + 7 * DAY)
STYLE = Style("img.example")


def show(begin, end, title="x"):
    """An airing between two hours from NOW."""
    return airing(NOW + int(begin * HOUR), NOW + int(end * HOUR), title=title)


# merged


def test_later_answers_win_where_they_overlap_and_only_there():
    """Each answer's airings as (begin, end) in hours, the latest first; and those that are left."""
    week, two = 7 * 24, [(1, 2)]
    over = [(1, 2), (0.5, 1.5), (1.5, 2.5), (0, 3), (1.2, 1.8), (1, 1.5), (1.5, 2), (0, 1.01),
            (1.99, 3)]  # fmt: skip
    for answers, left in (
        ([], []),
        ([[]], []),
        ([[(0, 1), (1, 2.5), (3, 4)]], [(0, 1), (1, 2.5), (3, 4)]),
        # What crosses the edge of two windows is there once, with its full times.
        ([[(0, 5), (5, 7)], [(5, 7), (7, 12)]], [(0, 5), (5, 7), (7, 12)]),
        *(([two, [old]], two) for old in over),
        *(([two, [old]], sorted([*two, old])) for old in ((0, 1), (2, 3), (0, 0.5), (4, 9))),
        # It may end several, and what was contradicted contradicts nothing.
        ([[(0.5, 2.5)], [(0, 1), (1, 2), (2, 3), (3, 4)]], [(0.5, 2.5), (3, 4)]),
        ([[(0, 2)], [(1, 3)], [(2, 4)]], [(0, 2), (2, 4)]),
        # Only what touches the week.
        ([[(-2, -1), (-1, 1), (week - 1, week + 1), (week, week + 1)]],
         [(-1, 1), (week - 1, week + 1)]),
    ):  # fmt: skip
        rows = [
            (9.0 - place, [show(*hours, f"of answer {place}") for hours in answer])
            for place, answer in enumerate(answers)
        ]
        latest = {each[:2]: each for _, airings in reversed(rows) for each in airings}
        expected = [latest[show(*hours)[:2]] for hours in left]
        assert merge_airings(rows, WEEK) == expected, answers


def slow_and_right(rows, span):
    """Minute by minute: the first row that has an airing there owns it, or loses it whole."""
    taken = set()
    kept = []
    for _, airings in rows:
        for each in airings:
            minutes = set(range(each.start, each.stop, MINUTE))
            if not minutes & taken:
                taken |= minutes
                kept.append(each)
    return sorted(each for each in kept if each.stop > span.begin and each.start < span.end)


def evening(random_, first, last, fetched):
    """One consistent answer for the hours from first to last, with holes."""
    airings, at = [], first * 60 - random_.randrange(90)
    while at < last * 60:
        length = random_.choice([2, 5, 28, 30, 30, 31, 60, 94, 210])
        if random_.random() < 0.9:
            start = NOW + at * MINUTE
            airings.append(airing(start, start + length * MINUTE, title=f"{fetched}/{at}"))
        at += length
    return airings


def test_merging_agrees_with_a_slow_and_obviously_right_way():
    for seed in range(300):
        random_ = random.Random(seed)
        rows = []
        for fetched in range(random_.randint(1, 8), 0, -1):
            first = random_.randrange(-6, 30)
            rows.append((fetched, evening(random_, first, first + random_.randint(1, 6), fetched)))
        span = TimeSpan(NOW, NOW + random_.randint(1, 30) * HOUR)
        left, wider = merge_airings(rows, span), merge_airings(rows, TimeSpan(0, 2**40))
        assert left == slow_and_right(rows, span), f"seed {seed}"
        for before, after in zip(left, left[1:]):
            assert before.stop <= after.start, f"seed {seed}: an overlap"
        every = [each for _, airings in rows for each in airings]
        for lost in every:  # what is lost was contradicted by something that is there
            rivals = [each for each in wider if each.start < lost.stop and each.stop > lost.start]
            assert rivals, f"seed {seed}: {lost.title} is lost"


# Guide


@pytest.fixture(name="keep")
def _keep(store):
    """Keep an answer about six hours, which begin so many hours after NOW: airings by station."""

    def keep(airings, stations=None, hour=0, at=NOW, where=HERE):
        store.save_guide(where, NOW + hour * HOUR, 6, block(airings, stations), at)

    return keep


def titles_of(store, station_id, lineups=(HERE,)):
    return [each.title for each in Guide(store, lineups, WEEK).airings(station_id)]


def listed(store, lineups=(HERE,), span=WEEK, chosen=None):
    return [each.station.station_id for each in Guide(store, lineups, span, chosen).listings()]


def test_airings_come_from_all_windows_and_both_lineups_latest_first(store, keep):
    keep({"90001": [show(0, 6, "old")]}, at=1.0)
    keep({"90001": [show(6, 12, "next")]}, hour=6, at=1.0)
    keep({"90001": [show(0, 3, "new")]}, at=2.0, where=CABLE)
    assert titles_of(store, "90001", [HERE, CABLE]) == ["new", "next"]
    assert titles_of(store, "90001") == ["old", "next"]


def test_the_chosen_stations_with_a_programme_are_listed_by_id(store, keep):
    stations = [station(name) for name in ("90003", "90001", "90002", "90004")]
    keep({"90003": [show(0, 1)], "90001": [show(1, 2)], "90004": [show(-3, 0)]}, stations)
    assert listed(store) == ["90001", "90003"]
    assert listed(store, chosen={"90001", "7"}) == ["90001"]
    assert listed(store, chosen=set()) == []


@pytest.mark.parametrize(
    ("hours", "is_listed"),
    [
        ((-1, 0), False),  # over when the span begins
        ((-1, 1), True),
        ((-9, 200), True),
        ((20, 21), True),
        ((167, 168), True),
        ((167, 170), True),
        ((168, 169), False),  # begins when it ends
    ],
)
def test_a_programme_lists_its_station_when_it_touches_the_span(store, keep, hours, is_listed):
    begin, end = hours
    for hour in range(-12, 8 * 24, 6):
        touching = begin < hour + 6 and end > hour
        keep({"90001": [show(begin, end)] if touching else []}, [station()], hour)
    assert listed(store) == (["90001"] if is_listed else [])
    assert bool(titles_of(store, "90001")) == is_listed


def test_a_span_shorter_than_two_windows_lists_too(store, keep):
    keep({"90001": [show(0.5, 0.75)]})
    for hours in (1, 6, 11, 13):
        assert listed(store, span=TimeSpan(NOW, NOW + hours * HOUR)) == ["90001"], hours


def test_a_number_that_two_stations_carry_is_shared(store, keep):
    numbers = {"1": ("2.1", "1002"), "2": ("2.1",), "3": ("5.1",)}
    stations = [station(name, numbers=numbers[name]) for name in numbers]
    keep({name: [show(0, 1)] for name in numbers}, stations)
    for chosen, shared in ((None, {"2.1"}), ({"1", "3"}, set())):
        listings = Guide(store, [HERE], WEEK, chosen).listings()
        assert {each.shared_numbers for each in listings} == {frozenset(shared)}


def test_a_station_of_two_lineups_is_described_by_the_first_with_all_numbers(store, keep):
    there, shows = CABLE._replace(country="CAN"), [show(0, 1)]
    keep({"1": shows}, [station("1", numbers=("2.1",))])
    stations = [station("1", numbers=("702",)), station("2")]
    keep({"1": shows, "2": shows}, stations, at=NOW + 1, where=there)
    first, other = Guide(store, [HERE, there], WEEK).listings()
    assert (first.station.numbers, first.country) == (("2.1", "702"), "USA")
    assert (other.station.station_id, other.country) == ("2", "CAN")


def test_a_station_with_a_new_id_keeps_what_was_known_under_the_old_one(store, keep):
    old, new = [station("90001")], [station("90077")]
    keep({"90001": [show(0, 1), show(1, 2)]}, old, at=1.0)
    keep({"90001": [show(6, 7, "later")]}, old, hour=6, at=1.0)
    keep({"90077": [show(0, 2, "new")]}, new, at=2.0)
    assert listed(store) == ["90077"]
    assert titles_of(store, "90077") == ["new", "later"]


def test_a_former_id_is_known_when_the_answers_that_had_it_are_gone(store, keep):
    for name, day in (("90001", 0), ("90077", 1), ("90088", 2)):
        keep({name: [show(0, 1)]}, [station(name)], hour=24 * day, at=1.0 + DAY * day)
        remember_ids(store, stations(store, [HERE]), 1.0 + DAY * day)
    store.prune(NOW + 2 * DAY + HOUR, 0)
    (known,) = stations(store, [HERE])
    assert known.station.station_id == "90088"
    assert [[each.station_id for each in row] for row in store.station_answers(HERE)] == [["90088"]]
    assert set(known.former) == {"90001", "90077"}


def test_an_airing_at_the_edge_yields_to_a_later_answer_about_the_time_before(store, keep):
    keep({"90001": [show(5, 7), show(7, 8)]})
    keep({"90001": [show(5, 7), show(7, 8)]}, hour=6)
    keep({"90001": [show(4, 6)]}, at=NOW + 60)
    after_six = TimeSpan(NOW + 6 * HOUR, NOW + 12 * HOUR)
    assert Guide(store, [HERE], after_six).airings("90001") == [show(7, 8)]


# What changed


def test_stations_that_are_lost_or_have_a_new_id_are_told():
    def summary(**ends):
        """Of these stations: by id the hours until which they have programmes."""
        rows = {
            name[1:]: StationCoverage(f"4.{name[-1]} W{name[1:]}", NOW + hours * HOUR, [], [])
            for name, hours in ends.items()
        }
        return Summary(1, NOW, [NOW, NOW + DAY], rows, {}, {}, [])

    lost, single = "The source lists no more programmes of stations that had some: ", summary(_1=5)
    many = summary(**{f"_{number}": 5 for number in range(1, 12)})
    names = "4.1 W1, 4.2 W2, 4.3 W3, 4.4 W4, 4.5 W5, 4.6 W6, 4.7 W7, 4.8 W8 and 3 more."
    followed = [GuideStation(station("77"), HERE, ("1",))]
    for old, new, known, silent, told in (
        (single, summary(_1=6, _2=6), [], set(), []),
        (summary(_1=5, _2=5, _3=-1), summary(_1=9), [], set(), [f"{lost}4.2 W2."]),
        (summary(_1=5, _2=5), summary(_1=5, _2=5), [], {"2"}, [f"{lost}4.2 W2."]),  # of old answers
        (many, summary(), [], set(), [lost + names]),
        (single, summary(_77=5), followed, set(),
         ["4.1 W1 was station 1 and is 77 now; it is followed."]),
    ):  # fmt: skip
        assert station_changes(old, new, known, silent, NOW) == told


# Showings


@pytest.fixture(name="shown")
def _shown(store, keep):
    """When series are shown next, of airings that are on a station each."""

    def shown(*airings, now=NOW, chosen=None):
        keep({str(place): [each] for place, each in enumerate(airings)})
        return Guide(store, [HERE], WEEK, chosen).showings(now)

    return shown


def test_a_series_is_shown_next_at_its_earliest_airing_that_is_not_over(shown):
    hours = [(5, 6), (2, 3), (4, 5), (0, 1)]
    for now, expected in ((0, 0), (1, 2), (2, 2), (2.5, 2), (3, 4), (6, None)):
        showings = shown(*(show(*each) for each in hours), now=NOW + now * HOUR)
        known = {} if expected is None else {"SH09000100": Showing(NOW + expected * HOUR, False)}
        assert showings == known, now


def test_a_series_is_new_when_any_of_its_airings_is(shown):
    wrong = []
    for case in itertools.product(("New", "Live"), ((1, 5), (5, 1)), (0, 1)):
        flag, hours, new = case
        airings = [show(hour, hour + 1) for hour in hours]
        airings[new] = airings[new]._replace(flags=(flag,))
        if shown(*airings)["SH09000100"] != Showing(NOW + HOUR, True):
            wrong.append(case)
    assert wrong == []


def test_series_of_the_chosen_stations_are_looked_up_but_no_advertising_and_sign_off(shown):
    names = ("SH00000001", "SH00019112", "", "SH2", "SH3")
    airings = [show(0, 1)._replace(series_id=name) for name in names]
    assert set(shown(*airings)) == {"SH2", "SH3"}
    assert set(shown(*airings, chosen={"0", "3"})) == {"SH2"}


# The text and its summary


def test_a_map_counts_gaps_and_programmes_across_midnight_on_their_days(store, keep):
    midnight = next(day for day in midnights(WEEK) if day > NOW)
    first = (midnight - NOW) // HOUR - 1
    shows = [show(first, first + 2), show(first + 30, first + 31)]
    for hour in (0, 6, first + 25):
        keep({"90001": shows}, hour=hour)
    summaries = []
    list(Guide(store, [HERE], WEEK).text(STYLE, summaries.append))
    (summary,) = summaries
    seconds, day = summary.stations["90001"].seconds, summary.days.index(midnight)
    assert seconds[day - 1 : day + 2] == [HOUR, HOUR, HOUR]
    assert sum(seconds) == 3 * HOUR


def test_the_text_comes_in_pieces_and_the_summary_before_the_last(store, keep):
    other = show(2, 9)._replace(series_id="SH2")
    keep({"90001": [show(0, 1), show(1, 3), show(7, 8)], "90002": [other]})
    store.save_details(details(), NOW)
    summaries = []
    pieces = Guide(store, [HERE], WEEK).text(STYLE, summaries.append)
    served = [(piece, len(summaries)) for piece in pieces]
    assert (served[0][0], served[-1]) == (HEAD, (TAIL, 1))
    assert [count for _, count in served[:-1]] == [0] * (len(served) - 1)
    assert [piece.count("<channel ") for piece, _ in served] == [0, 1, 1, 0, 0, 0]
    assert [piece.count("<programme ") for piece, _ in served] == [0, 0, 0, 3, 1, 0]
    (summary,) = summaries
    assert summary == Summary(
        programmes=4,
        begin=NOW,
        days=summary.days,
        stations={
            "90001": StationCoverage(
                "W90001",
                NOW + 8 * HOUR,
                [4 * HOUR, *[0] * 6],
                [0] * 7,
                programmes=3,
                holes=[(NOW + 3 * HOUR, NOW + 7 * HOUR), (NOW + 8 * HOUR, NOW + 7 * DAY)],
                episodes=3,
            ),
            "90002": StationCoverage(
                "W90002",
                NOW + 9 * HOUR,
                [7 * HOUR, *[0] * 6],
                [0] * 7,
                programmes=1,
                holes=[(NOW, NOW + 2 * HOUR), (NOW + 9 * HOUR, NOW + 7 * DAY)],
                undetailed=1,
                episodes=1,
            ),
        },
        seconds={NOW: 10 * HOUR, NOW + SLOT: HOUR},
        detailed={NOW: 2, NOW + SLOT: 1},
        stale=[],
        known={NOW: 10 * HOUR, NOW + SLOT: HOUR},
        described={NOW: 3, NOW + SLOT: 1},
        numbered={NOW: 3, NOW + SLOT: 1},
        lacking=1,
    )
    assert summary.end == NOW + 9 * HOUR


def test_an_empty_guide_is_an_error_and_no_text(store, keep):
    keep({}, [station()])
    pieces, summaries = [], []
    with pytest.raises(EmptyGuide):
        pieces.extend(Guide(store, [HERE], WEEK).text(STYLE, summaries.append))
    assert (pieces, summaries) == ([], [])
