"""The guide out of stored answers: merging what contradicts, and who is listed."""

import random

import pytest

from support.builders import DAY, HOUR, MINUTE, NOW, airing, block, details, lineup, station
from gracenote2epg.channels import Known
from gracenote2epg.errors import EmptyGuide
from gracenote2epg.guide import Guide, changes, merged, remember_ids, stations
from gracenote2epg.plan import Showing, Span, midnights
from gracenote2epg.store import Store
from gracenote2epg.summary import SLOT, Coverage, Summary
from gracenote2epg.xmltv.style import Style
from gracenote2epg.xmltv.writer import HEAD, TAIL

HERE = lineup()
CABLE = lineup(lineup_id="USA-NY31519-X", headend_id="NY31519", device="X")
WEEK = Span(NOW, NOW + 7 * DAY)
STYLE = Style("img.example")


@pytest.fixture
def store(tmp_path):
    with Store(str(tmp_path)) as opened:
        yield opened


def show(begin, end, title="x"):
    """An airing between two hours from NOW."""
    return airing(NOW + int(begin * HOUR), NOW + int(end * HOUR), title=title)


def titles(*rows, span=WEEK):
    """rows: (fetched, airings); the latest first, as the store gives them."""
    return [own.title for own in merged(rows, span)]


# merged


def test_one_answer_is_as_it_is():
    own = [show(0, 1), show(1, 2.5), show(3, 4)]
    assert merged([(1.0, own)], WEEK) == own


def test_an_airing_that_crosses_the_edge_of_two_windows_is_there_once_with_its_full_times():
    crossing = show(5, 7, "crossing")
    rows = [(1.0, [show(0, 5, "first"), crossing]), (1.0, [crossing, show(7, 12, "second")])]
    assert merged(rows, WEEK) == [rows[0][1][0], crossing, rows[1][1][1]]


@pytest.mark.parametrize(
    "old",
    [(1, 2), (0.5, 1.5), (1.5, 2.5), (0, 3), (1.2, 1.8), (1, 1.5), (1.5, 2), (0, 1.01), (1.99, 3)],
)
def test_the_later_answer_wins_where_two_overlap(old):
    assert titles((2.0, [show(1, 2, "new")]), (1.0, [show(*old, "old")])) == ["new"]


@pytest.mark.parametrize("old", [(0, 1), (2, 3), (0, 0.5), (4, 9)])
def test_what_only_touches_or_is_elsewhere_stays(old):
    rows = [(2.0, [show(1, 2, "new")]), (1.0, [show(*old, "old")])]
    assert sorted(titles(*rows)) == ["new", "old"]


def test_one_new_airing_may_end_several_old_ones():
    old = [show(0, 1, "a"), show(1, 2, "b"), show(2, 3, "c"), show(3, 4, "d")]
    assert titles((2.0, [show(0.5, 2.5, "new")]), (1.0, old)) == ["new", "d"]


def test_what_was_contradicted_contradicts_nothing():
    rows = [(3.0, [show(0, 2, "3")]), (2.0, [show(1, 3, "2")]), (1.0, [show(2, 4, "1")])]
    assert titles(*rows) == ["3", "1"]


def test_only_what_touches_the_span():
    own = [show(-2, -1, "over"), show(-1, 1, "running"), show(1, 2, "in")]
    own += [show(7 * 24 - 1, 7 * 24 + 1, "last"), show(7 * 24, 7 * 24 + 1, "after")]
    assert titles((1.0, own)) == ["running", "in", "last"]


def test_nothing_is_nothing():
    assert merged([], WEEK) == []
    assert merged([(1.0, [])], WEEK) == []


def slow_and_right(rows, span):
    """Minute by minute: the first row that has an airing there owns it, or loses it whole."""
    taken = set()
    kept = []
    for _, airings in rows:
        for own in airings:
            minutes = set(range(own.start, own.stop, MINUTE))
            if not minutes & taken:
                taken |= minutes
                kept.append(own)
    return sorted(own for own in kept if own.stop > span.begin and own.start < span.end)


def evening(random_, first, last, fetched):
    """One consistent answer for the hours from first to last, with holes."""
    own, at = [], first * 60 - random_.randrange(90)
    while at < last * 60:
        length = random_.choice([2, 5, 28, 30, 30, 31, 60, 94, 210])
        if random_.random() < 0.9:
            start = NOW + at * MINUTE
            own.append(airing(start, start + length * MINUTE, title=f"{fetched}/{at}"))
        at += length
    return own


def test_merging_agrees_with_a_slow_and_obviously_right_way():
    for seed in range(300):
        random_ = random.Random(seed)
        rows = []
        for fetched in range(random_.randint(1, 8), 0, -1):
            first = random_.randrange(-6, 30)
            rows.append((fetched, evening(random_, first, first + random_.randint(1, 6), fetched)))
        span = Span(NOW, NOW + random_.randint(1, 30) * HOUR)
        found, wider = merged(rows, span), merged(rows, Span(0, 2**40))
        assert found == slow_and_right(rows, span), f"seed {seed}"
        for before, after in zip(found, found[1:]):
            assert before.stop <= after.start, f"seed {seed}: an overlap"
        every = [own for _, airings in rows for own in airings]
        for own in every:  # what is lost was contradicted by something that is there
            rivals = [one for one in wider if one.start < own.stop and one.stop > own.start]
            assert rivals, f"seed {seed}: {own.title} is lost"


# Guide


def test_airings_come_from_all_windows_and_both_lineups_latest_first(store):
    store.keep_guide(HERE, NOW, 6, block({"90001": [show(0, 6, "old")]}), at=1.0)
    store.keep_guide(HERE, NOW + 6 * HOUR, 6, block({"90001": [show(6, 12, "next")]}), at=1.0)
    store.keep_guide(CABLE, NOW, 3, block({"90001": [show(0, 3, "new")]}), at=2.0)
    guide = Guide(store, [HERE, CABLE], WEEK)
    assert [own.title for own in guide.airings("90001")] == ["new", "next"]
    assert [own.title for own in Guide(store, [HERE], WEEK).airings("90001")] == ["old", "next"]


def listed(store, lineups=(HERE,), span=WEEK, chosen=None):
    return [own.station.station_id for own in Guide(store, lineups, span, chosen).listings()]


def test_stations_are_listed_by_id_and_only_with_a_programme(store):
    stations = [station(name) for name in ("90003", "90001", "90002", "90004")]
    own = {"90003": [show(0, 1)], "90001": [show(1, 2)], "90004": [show(-3, 0)]}
    store.keep_guide(HERE, NOW, 6, block(own, stations), NOW)
    assert listed(store) == ["90001", "90003"]


@pytest.mark.parametrize(
    ("begin", "end", "is_listed"),
    [
        (-1, 0, False),  # over when the span begins
        (-1, 1, True),
        (-9, 200, True),
        (20, 21, True),
        (167, 168, True),
        (167, 170, True),
        (168, 169, False),  # begins when it ends
    ],
)
def test_a_programme_lists_its_station_when_it_touches_the_span(store, begin, end, is_listed):
    for start in range(NOW - 12 * HOUR, NOW + 8 * DAY, 6 * HOUR):
        own = show(begin, end)
        touching = own.start < start + 6 * HOUR and own.stop > start
        rows = block({"90001": [own] if touching else []}, [station()])
        store.keep_guide(HERE, start, 6, rows, NOW)
    assert listed(store) == (["90001"] if is_listed else [])
    found = Guide(store, [HERE], WEEK).airings("90001")
    assert bool(found) == is_listed


@pytest.mark.parametrize("hours", [1, 6, 11, 13])
def test_a_span_shorter_than_two_windows_lists_too(store, hours):
    store.keep_guide(HERE, NOW, 6, block({"90001": [show(0.5, 0.75)]}), NOW)
    assert listed(store, span=Span(NOW, NOW + hours * HOUR)) == ["90001"]


def test_only_the_chosen_stations(store):
    store.keep_guide(HERE, NOW, 6, block({"1": [show(0, 1)], "2": [show(0, 1)]}), NOW)
    assert listed(store, chosen={"2", "7"}) == ["2"]
    assert listed(store, chosen=set()) == []


def test_a_number_that_two_stations_carry_is_shared(store):
    stations = [
        station("1", numbers=("2.1", "1002")),
        station("2", numbers=("2.1",)),
        station("3", numbers=("5.1",)),
    ]
    own = {name: [show(0, 1)] for name in "123"}
    store.keep_guide(HERE, NOW, 6, block(own, stations), NOW)
    assert {own.shared for own in Guide(store, [HERE], WEEK).listings()} == {frozenset({"2.1"})}
    alone = Guide(store, [HERE], WEEK, {"1", "3"}).listings()
    assert {own.shared for own in alone} == {frozenset()}


def test_a_station_of_two_lineups_is_described_by_the_first_with_all_numbers(store):
    store.keep_guide(
        HERE, NOW, 6, block({"1": [show(0, 1)]}, [station("1", numbers=("2.1",))]), NOW
    )
    there = CABLE._replace(country="CAN")
    own = block(
        {"1": [show(0, 1)], "2": [show(0, 1)]}, [station("1", numbers=("702",)), station("2")]
    )
    store.keep_guide(there, NOW, 6, own, NOW + 1)
    found = {own.station.station_id: own for own in Guide(store, [HERE, there], WEEK).listings()}
    assert (found["1"].station.numbers, found["1"].country) == (("2.1", "702"), "USA")
    assert (found["2"].country, len(found)) == ("CAN", 2)


def test_a_station_with_a_new_id_keeps_what_was_known_under_the_old_one(store):
    old, new = station("90001"), station("90077")
    store.keep_guide(HERE, NOW, 6, block({"90001": [show(0, 1), show(1, 2)]}, [old]), 1.0)
    later = block({"90001": [show(6, 7, "later")]}, [old])
    store.keep_guide(HERE, NOW + 6 * HOUR, 6, later, 1.0)
    store.keep_guide(HERE, NOW, 6, block({"90077": [show(0, 2, "new")]}, [new]), 2.0)
    guide = Guide(store, [HERE], WEEK)
    assert [own.station.station_id for own in guide.listings()] == ["90077"]
    assert [own.title for own in guide.airings("90077")] == ["new", "later"]


def test_a_former_id_is_known_when_the_answers_that_had_it_are_gone(store):
    for id_, at in (("90001", 1.0), ("90077", DAY), ("90088", 2 * DAY)):
        own = block({id_: [show(0, 1)]}, [station(id_)])
        store.keep_guide(HERE, NOW + int(at), 6, own, at)
        remember_ids(store, stations(store, [HERE]), at)
    store.prune(NOW + 2 * DAY + HOUR, 0)
    (known,) = stations(store, [HERE])
    assert known.station.station_id == "90088"
    assert {own.station_id for answer in store.station_answers(HERE) for own in answer} == {"90088"}
    assert set(known.former) == {"90001", "90077"}


# What changed


def summary_of(**ends):
    """A summary of these stations: by id the hours until which they have programmes."""
    own = {
        name[1:]: Coverage(f"4.{name[-1]} W{name[1:]}", NOW + hours * HOUR, [], [])
        for name, hours in ends.items()
    }
    return Summary(1, NOW, [NOW, NOW + DAY], own, {}, {}, [])


def test_a_station_that_has_no_programmes_any_more_is_told():
    old, new = summary_of(_1=5, _2=5, _3=-1), summary_of(_1=9)
    told = changes(old, new, [], set(), NOW)
    assert told == ["The source lists no more programmes of stations that had some: 4.2 W2."]


def test_a_station_that_only_old_answers_have_programmes_of_is_told():
    old = summary_of(_1=5, _2=5)
    (told,) = changes(old, old, [], {"2"}, NOW)
    assert told.endswith("had some: 4.2 W2.")


def test_many_lost_stations_are_one_sentence():
    old = summary_of(**{f"_{number}": 5 for number in range(1, 12)})
    (told,) = changes(old, summary_of(), [], set(), NOW)
    assert told.endswith("4.8 W8 and 3 more.")


def test_a_new_id_is_told_and_is_no_loss():
    known = [Known(station("77"), HERE, ("1",))]
    told = changes(summary_of(_1=5), summary_of(_77=5), known, set(), NOW)
    assert told == ["4.1 W1 was station 1 and is 77 now; it is followed."]


def test_nothing_is_told_where_nothing_changed():
    assert changes(summary_of(_1=5), summary_of(_1=6, _2=6), [], set(), NOW) == []


# Showings


def shown(store, *airings, now=NOW, chosen=None):
    own = {}
    for at, one in enumerate(airings):
        own[str(at)] = [one]
    store.keep_guide(HERE, NOW, 6, block(own), NOW)
    return Guide(store, [HERE], WEEK, chosen).showings(now)


def test_a_series_is_shown_next_at_its_earliest_airing_on_any_station(store):
    found = shown(store, show(5, 6), show(2, 3), show(4, 5))
    assert found == {"SH09000100": Showing(NOW + 2 * HOUR, False)}


def test_what_runs_now_counts_and_what_is_over_does_not(store):
    found = shown(store, show(0, 1), show(1, 3), show(4, 5), now=NOW + 2 * HOUR)
    assert found == {"SH09000100": Showing(NOW + HOUR, False)}
    assert Guide(store, [HERE], WEEK).showings(NOW + 5 * HOUR) == {}


@pytest.mark.parametrize("flag", ["New", "Live"])
@pytest.mark.parametrize("hours", [(1, 5), (5, 1)])
@pytest.mark.parametrize("new", [0, 1])
def test_a_series_is_new_when_any_of_its_airings_is(store, flag, hours, new):
    own = [show(hour, hour + 1) for hour in hours]
    own[new] = own[new]._replace(flags=(flag,))
    assert shown(store, *own)["SH09000100"] == Showing(NOW + HOUR, True)


def test_advertising_sign_off_and_what_has_no_series_are_not_looked_up(store):
    own = [show(0, 1)._replace(series_id=name) for name in ("SH00000001", "SH00019112", "", "SH2")]
    assert set(shown(store, *own)) == {"SH2"}


def test_only_series_of_the_chosen_stations(store):
    own = [show(0, 1), show(0, 1)._replace(series_id="SH2")]
    assert set(shown(store, *own, chosen={"1"})) == {"SH2"}


# The text and its summary


def test_an_airing_at_the_edge_yields_to_a_later_answer_about_the_time_before(store):
    store.keep_guide(HERE, NOW, 6, block({"90001": [show(5, 7), show(7, 8)]}), NOW)
    store.keep_guide(HERE, NOW + 6 * HOUR, 6, block({"90001": [show(5, 7), show(7, 8)]}), NOW)
    store.keep_guide(HERE, NOW, 6, block({"90001": [show(4, 6)]}), NOW + 60)
    after_six = Span(NOW + 6 * HOUR, NOW + 12 * HOUR)
    assert Guide(store, [HERE], after_six).airings("90001") == [show(7, 8)]


def test_a_map_counts_gaps_and_programmes_across_midnight_on_their_days(store):
    midnight = next(day for day in midnights(WEEK) if day > NOW)
    first = (midnight - NOW) // HOUR - 1
    shows = [show(first, first + 2), show(first + 30, first + 31)]
    store.keep_guide(HERE, NOW, 6, block({"90001": shows}), NOW)
    store.keep_guide(HERE, NOW + 6 * HOUR, 6, block({"90001": shows}), NOW)
    store.keep_guide(HERE, midnight + 24 * HOUR, 6, block({"90001": shows}), NOW)
    summaries = []
    list(Guide(store, [HERE], WEEK).text(STYLE, summaries.append))
    own = summaries[0].stations["90001"]
    day = summaries[0].days.index(midnight)
    assert own.seconds[day - 1 : day + 2] == [HOUR, HOUR, HOUR]
    assert sum(own.seconds) == 3 * HOUR


def test_the_text_comes_in_pieces_and_the_summary_before_the_last(store):
    own = {
        "90001": [show(0, 1), show(1, 3), show(7, 8)],
        "90002": [show(2, 9)._replace(series_id="SH2")],
    }
    store.keep_guide(HERE, NOW, 6, block(own), NOW)
    store.keep_details(details(), NOW)
    summaries = []
    pieces = Guide(store, [HERE], WEEK).text(STYLE, summaries.append)
    seen = []
    for piece in pieces:
        seen.append((piece, len(summaries)))
    assert (seen[0][0], seen[-1]) == (HEAD, (TAIL, 1))
    assert [count for _, count in seen[:-1]] == [0] * (len(seen) - 1)
    assert [piece.count("<channel ") for piece, _ in seen] == [0, 1, 1, 0, 0, 0]
    assert [piece.count("<programme ") for piece, _ in seen] == [0, 0, 0, 3, 1, 0]
    (summary,) = summaries
    assert summary == Summary(
        programmes=4,
        begin=NOW,
        days=summary.days,
        stations={
            "90001": Coverage(
                "W90001",
                NOW + 8 * HOUR,
                [4 * HOUR, *[0] * 6],
                [0] * 7,
                programmes=3,
                holes=[(NOW + 3 * HOUR, NOW + 7 * HOUR), (NOW + 8 * HOUR, NOW + 7 * DAY)],
                episodes=3,
            ),
            "90002": Coverage(
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


def test_an_empty_guide_is_an_error_and_no_text(store):
    store.keep_guide(HERE, NOW, 6, block({}, [station()]), NOW)
    pieces, summaries = [], []
    with pytest.raises(EmptyGuide):
        pieces.extend(Guide(store, [HERE], WEEK).text(STYLE, summaries.append))
    assert (pieces, summaries) == ([], [])
