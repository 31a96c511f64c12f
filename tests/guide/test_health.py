"""How good a guide is: what is counted while it is written, its grade, and what would raise it."""

import json
import time

import pytest

from support.builders import DAY, HOUR, MINUTE, NOW, airing, block, details, episode, lineup
from gracenote2epg import health
from gracenote2epg.guide import Guide
from gracenote2epg.plan import Span
from gracenote2epg.store import Store
from gracenote2epg.summary import HOLE, SLOT, Coverage, Summary
from gracenote2epg.xmltv.style import Style

DAY_ONE = Span(NOW, NOW + DAY)


@pytest.fixture(name="count")
def _count(tmp_path):
    """The summary of a guide of a day with these airings by station."""

    def count(own, known=(), style=None, stale=(), stations=None):
        with Store(str(tmp_path)) as store:
            store.keep_guide(lineup(), NOW, 6, block(own, stations), NOW)
            for one in known:
                store.keep_details(one, NOW)
            found = []
            list(Guide(store, [lineup()], DAY_ONE).text(style or Style(), found.append, stale))
        return found[0]

    return count


def show(begin, end, **changes):
    """An airing between two hours from NOW."""
    return airing(NOW + int(begin * HOUR), NOW + int(end * HOUR), **changes)


# What is counted


def test_a_hole_is_a_stretch_without_a_programme_inside_the_guides_days(count):
    own = count({"1": [show(-1, 2), show(2, 5), show(8, 30)]}).stations["1"]
    assert own.holes == [(NOW + 5 * HOUR, NOW + 8 * HOUR)]


def test_a_station_that_begins_late_and_ends_early_has_holes_there(count):
    own = count({"1": [show(2, 5)]}).stations["1"]
    assert own.holes == [(NOW, NOW + 2 * HOUR), (NOW + 5 * HOUR, NOW + DAY)]


@pytest.mark.parametrize(("seconds", "holes"), [(HOLE - 1, 0), (HOLE, 1)])
def test_a_moment_between_two_programmes_is_no_hole(count, seconds, holes):
    own = [show(0, 2), airing(NOW + 2 * HOUR + seconds, NOW + DAY)]
    assert len(count({"1": own}).stations["1"].holes) == holes


def test_a_programme_that_has_its_description_from_the_series_has_one(count):
    bare = [show(0, 1, description=""), show(1, 2, description="", series_id="SH2")]
    found = count({"1": bare}, known=[details()])
    assert (found.stations["1"].programmes, found.stations["1"].undescribed) == (2, 1)
    assert sum(found.described.values()) == 1


def test_a_template_is_no_description(count):
    from gracenote2epg.template import parse

    style = Style(template=parse("{title}"))
    bare = [show(0, 1, description="", series_id="")]
    assert count({"1": bare}, style=style).stations["1"].undescribed == 1


def test_only_an_episode_can_lack_its_number(count):
    own = [
        show(0, 1),
        show(1, 2, season="", episode=""),
        show(2, 3, tms_id="MV090001000000", season="", episode=""),
        show(3, 4, tms_id="SH090001000000", season="", episode=""),
    ]
    found = count({"1": own})
    assert (found.stations["1"].episodes, found.stations["1"].unnumbered) == (2, 1)
    assert sum(found.numbered.values()) == 1


def test_a_programme_has_the_picture_of_its_series(count):
    bare = [show(0, 1, image=""), show(1, 2, image="", series_id="SH2"), show(2, 3)]
    assert count({"1": bare}, known=[details()]).stations["1"].pictureless == 1


def test_where_no_pictures_are_wanted_none_is_missing(count):
    bare = [show(0, 1, image="", series_id="")]
    assert count({"1": bare}, style=Style(images="none")).stations["1"].pictureless == 0


def test_details_are_missing_where_there_is_a_series_to_have_some(count):
    ids = ("SH09000100", "SH2", "SH2", "SH3", "", "SH00000001")
    own = [show(at, at + 1, series_id=name) for at, name in enumerate(ids)]
    found = count({"1": own}, known=[details()])
    assert (found.stations["1"].undetailed, found.lacking) == (3, 2)


def test_the_counts_are_each_stations_own(count):
    found = count({"1": [show(0, 1, description="", series_id="")], "2": [show(0, 1)]})
    assert [own.undescribed for own in found.stations.values()] == [1, 0]
    assert [own.unnumbered for own in found.stations.values()] == [0, 0]


def test_hours_that_are_known_are_counted_by_the_time_they_begin(count):
    own = [show(0, 1), show(1, 3, title="TBA"), show(7, 8)]
    found = count({"1": own})
    assert found.known == {NOW: HOUR, NOW + SLOT: HOUR}
    assert found.seconds == {NOW: 3 * HOUR, NOW + SLOT: HOUR}


def test_a_synopsis_of_the_details_describes_the_episode(count):
    bare = [show(0, 1, description="")]
    own = details(description="", episodes=(episode(synopsis="It rains."),))
    assert count({"1": bare}, known=[own]).stations["1"].undescribed == 0


# Facts of other versions


def test_a_summary_survives_its_way_through_the_store(count, tmp_path):
    found = count({"1": [show(0, 1), show(4, 5)], "2": [show(0, 9)]}, stale=[(NOW, NOW + HOUR)])
    with Store(str(tmp_path)) as store:
        store.learn("x", found._asdict(), NOW)
        assert Summary.from_fact(store.known("x")[0]) == found


OLD_FACT = {
    "programmes": 7,
    "begin": NOW,
    "days": [NOW, NOW + DAY],
    "stations": {"1": ["2.1 WZZZ", NOW + DAY, [DAY], [0]]},
    "seconds": {str(NOW): DAY},
    "detailed": {str(NOW): 7},
    "stale": [[NOW, NOW + HOUR]],
}


def test_a_fact_of_an_older_version_is_read_and_its_grade_is_not_known():
    found = health.examine(Summary.from_fact(OLD_FACT), NOW, NOW, NOW + DAY, True)
    assert (found.grade, found.stations, found.programmes) == ("?", (), 7)
    assert found.as_json()["points"] is None
    assert [one.name for one in found.advice] == ["unknown"]
    assert "An older version made this guide" in found.advice[0].text


def test_a_fact_of_a_newer_version_is_read():
    fact = {**OLD_FACT, "novelty": 1}
    fact["stations"] = {"1": [*Coverage("x", NOW, [1], [0], 1), "more"]}
    assert Summary.from_fact(fact).stations["1"].programmes == 1


# Grades


def coverage(name="2.1 WZZZ", **changes):
    """A station with all of a day."""
    return Coverage(name, NOW + DAY, [DAY], [0], 24, episodes=12)._replace(**changes)


def summary(*stations, **changes):
    made = {str(number): own for number, own in enumerate(stations or [coverage()])}
    plain = Summary(24, NOW, [NOW, NOW + DAY], made, {}, {}, [])
    return plain._replace(**changes)


def examine(*stations, now=NOW, wanted=None, details=True, **changes):
    wanted = NOW + DAY if wanted is None else wanted
    return health.examine(summary(*stations, **changes), NOW, now, wanted, details)


def test_a_guide_that_lacks_nothing_has_a_hundred_points_and_needs_no_advice():
    found = examine()
    assert (found.grade, found.points, found.advice) == ("A", 100.0, ())


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({"undescribed": 24}, 80),
        ({"undescribed": 12}, 90),
        ({"undetailed": 24}, 90),
        ({"unnumbered": 12}, 90),
        ({"pictureless": 24}, 90),
        ({"holes": [(NOW, NOW + 12 * HOUR)]}, 50),
        ({"tba": [6 * HOUR]}, 75),
        ({"holes": [(NOW, NOW + 12 * HOUR)], "undescribed": 24}, 40),
        ({"episodes": 0}, 100),
    ],
)
def test_points_are_hours_times_what_a_programme_has(changes, points):
    assert round(examine(coverage(**changes)).points) == points


@pytest.mark.parametrize(
    ("points", "letter"),
    [(100, "A"), (89.6, "A"), (89.4, "B"), (80, "B"), (79, "C"), (65, "C"), (64, "D"), (50, "D"),
     (49, "E"), (0, "E")],
)  # fmt: skip
def test_a_grade_begins_at_its_points(points, letter):
    assert health.grade(points) == letter


def test_the_guides_points_are_the_mean_of_its_stations():
    empty = coverage(holes=[(NOW, NOW + DAY)])
    found = examine(coverage(), coverage(), coverage(), empty)
    assert (found.points, found.grade) == (75.0, "C")
    assert [health.grade(own.points) for own in found.stations] == ["A", "A", "A", "E"]


def test_what_is_over_counts_no_more():
    own = coverage(holes=[(NOW, NOW + 12 * HOUR)])
    assert examine(own, now=NOW + 12 * HOUR).points == 100.0
    (left,) = examine(own, now=NOW + 6 * HOUR).stations
    assert left.holes == [(NOW + 6 * HOUR, NOW + 12 * HOUR)]
    assert (left.wanted, left.covered) == (18 * HOUR, 12 * HOUR)


def test_tba_of_a_day_that_has_begun_counts_by_its_share():
    (own,) = examine(coverage(tba=[8 * HOUR]), now=NOW + 12 * HOUR).stations
    assert own.tba == 4 * HOUR


def test_stale_hours_are_those_that_have_a_programme():
    own = coverage(holes=[(NOW, NOW + 2 * HOUR)])
    (found,) = examine(own, stale=[(NOW - DAY, NOW + 6 * HOUR)]).stations
    assert found.stale == 4 * HOUR


def test_hours_that_two_lineups_did_not_give_are_stale_once():
    window = (NOW, NOW + 6 * HOUR)
    (found,) = examine(
        coverage(), stale=[window, (NOW + 6 * HOUR, NOW + 9 * HOUR), window]
    ).stations
    assert found.stale == 9 * HOUR


def test_stations_come_by_their_numbers():
    named = [coverage(name) for name in ("10.1 B", "WNONE", "2.1 A", "2.10 C", "2.2 D")]
    found = [own.name for own in examine(*named).stations]
    assert found == ["2.1 A", "2.2 D", "2.10 C", "10.1 B", "WNONE"]


# What would raise it


def advice(found):
    return {one.name: round(one.gain, 2) for one in found.advice}


def test_a_guide_that_is_over_says_so_and_nothing_else_about_its_hours():
    found = examine(now=NOW + 2 * DAY, wanted=NOW + 9 * DAY)
    assert (found.grade, found.points) == ("E", 0.0)
    assert advice(found) == {"over": 100.0}
    assert "run again" in found.advice[0].text


def test_a_guide_that_grows_old_lacks_the_days_that_a_new_one_would_have():
    found = examine(now=NOW + 12 * HOUR, wanted=NOW + 2 * DAY)
    assert advice(found) == {"old": 66.67}
    assert "24 h less than it could" in found.advice[0].text


def test_no_day_is_wanted_that_the_source_does_not_list():
    found = examine(wanted=NOW + 30 * DAY)
    assert found.stations[0].wanted == 14 * DAY


def test_hours_that_no_station_has_are_the_runs_to_mend():
    hole = (NOW + 6 * HOUR, NOW + 12 * HOUR)
    found = examine(coverage(holes=[hole]), coverage(holes=[(NOW + 5 * HOUR, hole[1])]))
    assert advice(found) == {"missing": 25.0, "holes": 2.08}
    (missing, alone) = found.advice
    assert missing.values == {"at": hole[0], "until": hole[1]}
    assert time.strftime("%H:%M", time.localtime(hole[0])) in missing.text
    assert alone.values["hours"] == 1


def test_an_end_that_all_stations_share_is_the_sources():
    ends = [coverage(holes=[(NOW + 18 * HOUR, NOW + DAY)]) for _ in range(2)]
    found = examine(*ends)
    assert advice(found) == {"beyond": 25.0}
    assert found.advice[0].values == {"at": NOW + 18 * HOUR}


def test_holes_of_some_stations_name_those_that_have_most():
    some = [coverage(f"{n}.1 W", holes=[(NOW, NOW + n * HOUR)]) for n in range(1, 6)]
    found = examine(coverage("9.1 W"), *some)
    (one,) = found.advice
    assert (one.name, one.values["hours"]) == ("holes", 15)
    assert one.values["stations"] == "5.1 W, 4.1 W, 3.1 W"


@pytest.mark.parametrize(("on", "name"), [(False, "details_off"), (True, "details_left")])
def test_missing_details_have_the_cure_that_the_settings_leave(on, name):
    found = examine(coverage(undetailed=24), details=on, lacking=5)
    assert advice(found) == {name: 10.0}
    assert ("--details" in found.advice[0].text) is (not on)
    assert ("5 series" in found.advice[0].text) is on


def test_what_gains_most_comes_first():
    own = coverage(undescribed=24, pictureless=24, unnumbered=3, tba=[HOUR])
    found = examine(own)
    assert [one.name for one in found.advice] == ["description", "picture", "tba", "number"]


def test_stale_hours_are_told_last_and_cost_nothing():
    found = examine(coverage(pictureless=24), stale=[(NOW, NOW + 6 * HOUR)])
    assert advice(found) == {"picture": 10.0, "stale": 0.0}
    assert found.advice[-1].values == {"hours": 6}


def test_all_the_advice_followed_makes_a_hundred():
    """What is lost once is lost through one cause only: the sum of the gains is what is missing."""
    stations = [
        coverage("1.1 A", holes=[(NOW + 6 * HOUR, NOW + 12 * HOUR)]),
        coverage("2.1 B", holes=[(NOW + 6 * HOUR, NOW + 9 * HOUR)]),
    ]
    found = examine(*stations, wanted=NOW + 2 * DAY)
    assert round(found.points + sum(one.gain for one in found.advice), 6) == 100.0


def test_every_advice_has_a_sentence_without_an_open_end():
    values = {"at": NOW, "until": NOW + HOUR, "hours": 3, "count": 4, "stations": "2.1 WZZZ"}
    for name in health.ADVICE:
        text = health.Advice(name, 1.0, values).text
        assert "{" not in text
        assert not text.endswith(".")


def test_the_data_is_what_json_can_say(count):
    found = count({"1": [show(0, 1, title="TBA"), show(4, 5)], "2": [show(0, 9)]})
    data = health.examine(found, NOW, NOW, NOW + DAY, True).as_json()
    assert json.loads(json.dumps(data)) == data
    assert data["stations"][0]["tba_hours"] == 1.0
    assert data["stations"][0]["holes"] == [
        [NOW + HOUR, NOW + 4 * HOUR],
        [NOW + 5 * HOUR, NOW + DAY],
    ]


def test_what_is_less_than_an_hour_is_one_in_words():
    found = examine(coverage(tba=[10 * MINUTE]), coverage(), coverage())
    assert found.advice[0].values["hours"] == 1
