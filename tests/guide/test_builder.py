"""The guide out of stored answers: merged airings, listed stations, the text and its summary."""

import itertools

import pytest

from gracenote2epg.channels.stations import GuideStation, remember_ids, stored_stations
from gracenote2epg.errors import EmptyGuide
from gracenote2epg.guide.builder import Guide, merge_airings, station_changes, unknown_stations
from gracenote2epg.guide.span import Showing, TimeSpan
from gracenote2epg.guide.summary import SLOT, StationCoverage, Summary
from gracenote2epg.xmltv.options import Style
from gracenote2epg.xmltv.writer import HEAD, TAIL
from support.builders import DAY, HOUR, NOW, airing, block, details, lineup, station

HERE = lineup()
CABLE = lineup(lineup_id="USA-NY31519-X", headend_id="NY31519", device="X")
WEEK = TimeSpan(NOW, NOW + 7 * DAY)
STYLE = Style("img.example")


def show(begin, end, title="x"):
    """An airing between two hours from NOW."""
    return airing(NOW + int(begin * HOUR), NOW + int(end * HOUR), title=title)


# Merging


def test_the_latest_answer_wins_where_airings_overlap_and_older_ones_keep_the_rest():
    """Each answer's airings as (begin, end) in hours, the latest first; and the expected ones."""
    week, minute = 7 * 24, 1 / 60
    for answers, expected in (
        ([], []),
        ([[]], []),
        ([[(0, 1), (1, 2.5), (3, 4)]], [(0, 1), (1, 2.5), (3, 4)]),
        # An airing across the edge of two windows is listed once, with its full times.
        ([[(0, 5), (5, 7)], [(5, 7), (7, 12)]], [(0, 5), (5, 7), (7, 12)]),
        *(([[(1, 2)], [old]], [(1, 2)]) for old in ((1, 2), (1.2, 1.8), (1, 1.5), (1.5, 2))),
        *(([[(1, 2)], [old]], sorted([(1, 2), old])) for old in ((0, 1), (2, 3), (0, 0.5), (4, 9))),
        ([[(1, 2)], [(0.5, 1.5)]], [(0.5, 1), (1, 2)]),
        ([[(1, 2)], [(2 - minute, 2.5)]], [(1, 2), (2, 2.5)]),
        ([[(1, 2)], [(0, 3)]], [(0, 1), (1, 2), (2, 3)]),
        # One airing may cut several; a cut one cuts nothing outside what is left of it.
        ([[(1.5, 2.5)], [(1, 2), (2, 3), (3, 4)]], [(1, 1.5), (1.5, 2.5), (2.5, 3), (3, 4)]),
        ([[(0, 2)], [(1, 3)], [(2, 4)]], [(0, 2), (2, 3), (3, 4)]),
        ([[(1, 2), (3, 4)], [(0, 4)], [(0, 6)]], [(0, 1), (1, 2), (2, 3), (3, 4), (4, 6)]),
        # An answer that contradicts itself.
        ([[(0, 2), (1, 3), (2, 4), (2, 3)]], [(0, 2), (2, 4)]),
        ([[(0, 2), (2 - minute / 10, 3), (3 - 4 * minute, 4)]], [(0, 2), (2, 3), (3, 4)]),
        ([[(0, 2), (2 - minute, 2 + minute), (3, 4)]], [(0, 2), (3, 4)]),
        # Less than five minutes are no airing, unless it is as short itself.
        ([[(1, 2)], [(2, 2 + 3 * minute)]], [(1, 2), (2, 2 + 3 * minute)]),
        ([[(1, 2)], [(0, 1 + minute), (2 - minute, 2 + 4 * minute)]], [(0, 1), (1, 2)]),
        ([[(1, 2)], [(1, 2 + 4 * minute)], [(1, 3)]], [(1, 2), (2, 3)]),
        # Only airings that touch the week.
        ([[(-2, -1), (-1, 1), (week - 1, week + 1), (week, week + 1)]],
         [(-1, 1), (week - 1, week + 1)]),
    ):  # fmt: skip
        rows = [
            (9.0 - place, [show(*hours, str(place)) for hours in answer])
            for place, answer in enumerate(answers)
        ]
        merged = merge_airings(rows, WEEK)
        assert [each[:2] for each in merged] == [show(*hours)[:2] for hours in expected], answers
        whole = [each for _, airings in rows for each in airings]
        for each in merged:  # a part differs from its airing in its times only
            assert any(each == one._replace(start=each.start, stop=each.stop) for one in whole)


# Guide


@pytest.fixture(name="save")
def _save(store):
    """Save an answer about six hours, so many hours after NOW: airings by station."""

    def save(airings, stations=None, hour=0, at=NOW, where=HERE):
        store.save_guide(where, NOW + hour * HOUR, 6, block(airings, stations), at)

    return save


def titles_of(store, station_id, lineups=(HERE,)):
    return [each.title for each in Guide(store, lineups, WEEK).airings(station_id)]


def listed(store, lineups=(HERE,), span=WEEK, chosen=None):
    return [each.station.station_id for each in Guide(store, lineups, span, chosen).listings()]


def test_the_chosen_stations_with_a_programme_are_listed_by_id(store, save):
    stations = [station(name) for name in ("90003", "90001", "90002", "90004")]
    save({"90003": [show(0, 1)], "90001": [show(1, 2)], "90004": [show(-3, 0)]}, stations)
    assert listed(store) == ["90001", "90003"]
    assert listed(store, chosen={"90001", "7"}) == ["90001"]
    assert listed(store, chosen=set()) == []


@pytest.mark.parametrize(
    ("hours", "is_listed"),
    [
        ((-1, 0), False),  # ends when the span begins
        ((-1, 1), True),
        ((-9, 200), True),
        ((20, 21), True),
        ((167, 168), True),
        ((167, 170), True),
        ((168, 169), False),  # begins when the span ends
    ],
)
def test_a_station_is_listed_when_a_programme_touches_the_span(store, save, hours, is_listed):
    begin, end = hours
    for hour in range(-12, 8 * 24, 6):
        touching = begin < hour + 6 and end > hour
        save({"90001": [show(begin, end)] if touching else []}, [station()], hour)
    assert listed(store) == (["90001"] if is_listed else [])
    assert bool(titles_of(store, "90001")) == is_listed


def test_a_span_shorter_than_two_windows_lists_too(store, save):
    save({"90001": [show(0.5, 0.75)]})
    for hours in (1, 6, 11, 13):
        assert listed(store, span=TimeSpan(NOW, NOW + hours * HOUR)) == ["90001"], hours


def test_a_number_or_call_sign_of_two_chosen_stations_is_shared(store, save):
    names = {"1": ("PPV", "2.1", "1002"), "2": ("WB", "2.1"), "3": ("WC", "5.1"), "4": ("Ppv",)}
    stations = [
        station(key, call_sign=call_sign, numbers=numbers)
        for key, (call_sign, *numbers) in names.items()
    ]
    save({name: [show(0, 1)] for name in names}, stations)
    for chosen, shared in ((None, {"2.1"}), ({"1", "3"}, set())):
        listings = Guide(store, [HERE], WEEK, chosen).listings()
        assert {each.shared_numbers for each in listings} == {frozenset(shared)}
        signs = {each.station.call_sign for each in listings if each.shares_call_sign}
        assert signs == (set() if chosen else {"PPV", "Ppv"})


def test_the_first_lineup_describes_a_station_of_two_with_the_numbers_of_both(store, save):
    canada, airings = CABLE._replace(country="CAN"), [show(0, 1)]
    save({"1": airings}, [station("1", numbers=("2.1",))])
    stations = [station("1", numbers=("702",)), station("2")]
    save({"1": airings, "2": airings}, stations, at=NOW + 1, where=canada)
    first, other = Guide(store, [HERE, canada], WEEK).listings()
    assert (first.station.numbers, first.country) == (("2.1", "702"), "USA")
    assert (other.station.station_id, other.country) == ("2", "CAN")


def test_a_station_with_a_new_id_keeps_the_airings_of_the_old_one(store, save):
    old, new = [station("90001")], [station("90077")]
    save({"90001": [show(0, 1), show(1, 2)]}, old, at=1.0)
    save({"90001": [show(6, 7, "later")]}, old, hour=6, at=1.0)
    save({"90077": [show(0, 2, "new")]}, new, at=2.0)
    assert listed(store) == ["90077"]
    assert titles_of(store, "90077") == ["new", "later"]


def test_a_former_id_is_remembered_when_its_answers_are_gone(store, save):
    for name, day in (("90001", 0), ("90077", 1), ("90088", 2)):
        save({name: [show(0, 1)]}, [station(name)], hour=24 * day, at=1.0 + DAY * day)
        remember_ids(store, stored_stations(store, [HERE]))
    store.prune(NOW + 2 * DAY + HOUR, 0)
    (current,) = stored_stations(store, [HERE])
    assert current.station.station_id == "90088"
    assert [[each.station_id for each in row] for row in store.station_answers(HERE)] == [["90088"]]
    assert set(current.former) == {"90001", "90077"}


def test_the_user_hears_of_lost_stations_and_of_new_ids():
    def summary(**ends):
        """By station id the hours until which it has programmes."""
        rows = {
            name[1:]: StationCoverage(f"4.{name[-1]} W{name[1:]}", NOW + hours * HOUR, [], [])
            for name, hours in ends.items()
        }
        return Summary(1, NOW, [NOW, NOW + DAY], rows, {}, {}, [])

    lost, single = "The source lists no more programmes of stations that had some: ", summary(_1=5)
    many = summary(**{f"_{number}": 5 for number in range(1, 12)})
    names = "4.1 W1, 4.2 W2, 4.3 W3, 4.4 W4, 4.5 W5, 4.6 W6, 4.7 W7, 4.8 W8 and 3 more."
    replaced = summary(_1=5)
    replaced.stations["1"] = replaced.stations["1"]._replace(name="4.2 W1")
    renamed = [GuideStation(station("77"), HERE, ("1",))]
    for old, new, current, silent, sentences in (
        (single, summary(_1=6, _2=6), [], set(), []),
        (summary(_1=5, _2=5, _3=-1), summary(_1=9), [], set(), [f"{lost}4.2 W2."]),
        (summary(_1=5, _2=5), summary(_1=5, _2=5), [], {"2"}, [f"{lost}4.2 W2."]),
        (many, summary(), [], set(), [lost + names]),
        (single, summary(_77=5), renamed, set(),
         ["4.1 W1 was station 1 and is 77 now; it is followed."]),
        (single, replaced, [], set(), ["4.1 W1 is 4.2 W1 now."]),
    ):  # fmt: skip
        assert station_changes(old, new, current, silent, NOW).sentences == sentences


def test_a_station_of_placeholders_counts_as_unknown_and_is_named(store, save):
    dead = airing(NOW, NOW + 12 * HOUR, title="Channel No Longer Available")
    hub = airing(NOW, NOW + 12 * HOUR, title="Comedy Hub Programming", generic=True)
    halves = {"90001": dead, "90002": hub, "90003": airing(NOW, NOW + 12 * HOUR)}
    save(
        {
            name: [half, half._replace(start=half.stop, stop=NOW + DAY)]
            for name, half in halves.items()
        },
        [station(name, call_sign=f"W{name}") for name in halves],
    )
    summaries = []
    guide = Guide(store, [HERE], TimeSpan(NOW + 4 * HOUR, NOW + DAY))
    list(guide.text(STYLE, summaries.append))
    (summary,) = summaries
    unknown = {name: sum(each.tba) / sum(each.seconds) for name, each in summary.stations.items()}
    assert unknown == {"90001": 1, "90002": 1, "90003": 0}
    names = "{0} · W90001 4.1, {0} · W90002 4.1".format("EXAMPLE BROADCASTING COMPANY")
    sentence = f"The source lists no programmes, only a placeholder, of {names}."
    assert unknown_stations(summary) == [sentence]
    assert unknown_stations(summary._replace(stations={})) == []


@pytest.fixture(name="showings")
def _showings(store, save):
    """The next showing of each series, of airings that have a station each."""

    def showings(*airings, now=NOW, chosen=None):
        save({str(place): [each] for place, each in enumerate(airings)})
        return Guide(store, [HERE], WEEK, chosen).showings(now)

    return showings


def test_the_next_showing_is_the_earliest_airing_that_is_not_over(showings):
    airings = [show(*hours) for hours in ((5, 6), (2, 3), (4, 5), (0, 1))]
    for now, expected in ((0, 0), (1, 2), (2, 2), (2.5, 2), (3, 4), (6, None)):
        known = {} if expected is None else {"SH09000100": Showing(NOW + expected * HOUR, False)}
        assert showings(*airings, now=NOW + now * HOUR) == known, now


def test_a_series_is_new_when_any_of_its_airings_is(showings):
    for flag, hours, new in itertools.product(("New", "Live"), ((1, 5), (5, 1)), (0, 1)):
        airings = [show(hour, hour + 1) for hour in hours]
        airings[new] = airings[new]._replace(flags=(flag,))
        expected = {"SH09000100": Showing(NOW + HOUR, True)}
        assert showings(*airings) == expected, (flag, hours, new)


def test_advertising_and_unchosen_stations_have_no_showings(showings):
    names = ("SH00000001", "SH00019112", "", "SH2", "SH3")
    airings = [show(0, 1)._replace(series_id=name) for name in names]
    assert set(showings(*airings)) == {"SH2", "SH3"}
    assert set(showings(*airings, chosen={"0", "3"})) == {"SH2"}


# The text and its summary


def test_the_text_comes_in_chunks_and_the_summary_before_the_last(store, save):
    other = show(2, 9)._replace(series_id="SH2")
    save({"90001": [show(0, 1), show(1, 3), show(7, 8)], "90002": [other]})
    store.save_details(details(), NOW)
    summaries = []
    chunks = Guide(store, [HERE], WEEK).text(STYLE, summaries.append)
    served = [(chunk, len(summaries)) for chunk in chunks]
    assert (served[0][0], served[-1]) == (HEAD, (TAIL, 1))
    assert [count for _, count in served[:-1]] == [0] * (len(served) - 1)
    assert [chunk.count("<channel ") for chunk, _ in served] == [0, 1, 1, 0, 0, 0]
    assert [chunk.count("<programme ") for chunk, _ in served] == [0, 0, 0, 3, 1, 0]
    hours, end = [NOW + hour * HOUR for hour in range(10)], NOW + 7 * DAY
    days = {"days": summaries[0].days, "seconds": {NOW: 7 * HOUR, NOW + SLOT: 4 * HOUR}}
    first = StationCoverage(
        "EXAMPLE BROADCASTING COMPANY · W90001", NOW + 8 * HOUR,
        [4 * HOUR, *[0] * 6], [0] * 7, programmes=3, episodes=3,
        holes=[(hours[3], hours[7]), (hours[8], end)],
    )  # fmt: skip
    second = StationCoverage(
        "EXAMPLE BROADCASTING COMPANY · W90002", NOW + 9 * HOUR,
        [7 * HOUR, *[0] * 6], [0] * 7, programmes=1, episodes=1,
        holes=[(NOW, hours[2]), (hours[9], end)], undetailed=1,
    )  # fmt: skip
    assert summaries == [
        Summary(
            **days, programmes=4, begin=NOW, stations={"90001": first, "90002": second}, stale=[],
            detailed={NOW: 2, NOW + SLOT: 1}, known=days["seconds"],
            described={NOW: 3, NOW + SLOT: 1}, numbered={NOW: 3, NOW + SLOT: 1}, lacking=1,
        )
    ]  # fmt: skip
    assert summaries[0].end == NOW + 9 * HOUR


def test_an_empty_guide_is_an_error_and_no_text(store, save):
    save({}, [station()])
    chunks, summaries = [], []
    with pytest.raises(EmptyGuide):
        chunks.extend(Guide(store, [HERE], WEEK).text(STYLE, summaries.append))
    assert (chunks, summaries) == ([], [])
