"""How good a guide is: what is counted while it is written, its grade, and what would raise it."""

import json

import pytest

from gracenote2epg.guide import health
from gracenote2epg.guide.builder import Guide
from gracenote2epg.guide.span import TimeSpan
from gracenote2epg.guide.summary import MIN_HOLE, SLOT, StationCoverage, Summary
from gracenote2epg.store.answers import Store
from gracenote2epg.util.template import parse
from gracenote2epg.xmltv.options import Style
from support.builders import DAY, HOUR, MINUTE, NOW, airing, block, details, episode, lineup

DAY_ONE = TimeSpan(NOW, NOW + DAY)


@pytest.fixture(name="count")
def _count(tmp_path):
    """The summary of a guide of a day with these airings by station."""

    def count(airings, known=(), style=None, stale=(), stations=None):
        with Store(str(tmp_path)) as store:
            store.save_guide(lineup(), NOW, 6, block(airings, stations), NOW)
            for series in known:
                store.save_details(series, NOW)
            summaries = []
            list(Guide(store, [lineup()], DAY_ONE).text(style or Style(), summaries.append, stale))
        return summaries[0]

    return count


def show(begin, end, **changes):
    """An airing between two hours from NOW."""
    return airing(NOW + int(begin * HOUR), NOW + int(end * HOUR), **changes)


# What is counted


def test_holes_are_stretches_without_a_programme_inside_the_guides_days(count):
    for shown, holes in (
        ([show(-1, 2), show(2, 5), show(8, 30)], [(5, 8)]),
        ([show(2, 5)], [(0, 2), (5, 24)]),
        ([show(0, 2), airing(NOW + 2 * HOUR + MIN_HOLE, NOW + DAY)], [(2, 2 + MIN_HOLE / HOUR)]),
        ([show(0, 2), airing(NOW + 2 * HOUR + MIN_HOLE - 1, NOW + DAY)], []),  # only a moment
    ):
        counted = count({"1": shown}).stations["1"].holes
        assert [((begin - NOW) / HOUR, (end - NOW) / HOUR) for begin, end in counted] == holes


def test_programmes_that_lack_something_are_counted(count):
    text, number = {"description": ""}, {"season": "", "episode": ""}
    alone, picture = {"series_id": ""}, {"image": ""}
    rain = details(description="", episodes=(episode(synopsis="It rains."),))
    template = Style(template=parse("{title}"))
    for changes, given, expected in (
        # Its own, or its series', or the details' of the episode; a template's is none.
        ([text, {**text, "series_id": "SH2"}], {"known": [details()]},
         {"programmes": 2, "undescribed": 1}),
        ([text], {"known": [rain]}, {"undescribed": 0}),
        ([{**text, **alone}], {"style": template}, {"undescribed": 1}),
        # Only an episode can lack a number.
        ([{}, number, *({**number, "tms_id": f"{kind}090001000000"} for kind in ("MV", "SH"))], {},
         {"episodes": 2, "unnumbered": 1}),
        # Its own or its series', where pictures are wanted.
        ([picture, {**picture, "series_id": "SH2"}, {}], {"known": [details()]},
         {"pictureless": 1}),
        ([{**picture, **alone}], {"style": Style(images="none")}, {"pictureless": 0}),
        # Details can only lack where there is a series that has some.
        ([{"series_id": name} for name in ("SH09000100", "SH2", "SH2", "SH3", "", "SH00000001")],
         {"known": [details()]}, {"undetailed": 3}),
    ):  # fmt: skip
        shown = [show(hour, hour + 1, **each) for hour, each in enumerate(changes)]
        station = count({"1": shown}, **given).stations["1"]
        assert {name: getattr(station, name) for name in expected} == expected, changes


def test_hours_and_scores_are_counted_by_the_time_they_begin(count):
    shown = [
        show(0, 1, description="", series_id="SH2"),
        show(1, 3, title="TBA", series_id="SH3"),
        show(7, 8, season="", episode=""),
        show(8, 9),
    ]
    summary = count({"1": shown}, known=[details()])
    assert summary.known == {NOW: HOUR, NOW + SLOT: 2 * HOUR}
    assert summary.seconds == {NOW: 3 * HOUR, NOW + SLOT: 2 * HOUR}
    assert (summary.detailed[NOW + SLOT], summary.described, summary.lacking) == (
        2, {NOW: 1, NOW + SLOT: 2}, 2
    )  # fmt: skip
    assert summary.numbered == {NOW: 2, NOW + SLOT: 1}


def test_the_counts_are_each_stations_own(count):
    summary = count({"1": [show(0, 1, description="", series_id="")], "2": [show(0, 1)]})
    assert [each.undescribed for each in summary.stations.values()] == [1, 0]
    assert [each.unnumbered for each in summary.stations.values()] == [0, 0]


# Facts of other versions


def test_a_summary_survives_its_way_through_the_store(count, tmp_path):
    summary = count({"1": [show(0, 1), show(4, 5)], "2": [show(0, 9)]}, stale=[(NOW, NOW + HOUR)])
    with Store(str(tmp_path)) as store:
        store.set_fact("x", summary._asdict(), NOW)
        assert Summary.from_json(store.fact("x")[0]) == summary


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
    report = health.grade_guide(Summary.from_json(OLD_FACT), NOW, NOW, NOW + DAY, True)
    assert (report.grade, report.stations, report.programmes) == ("?", (), 7)
    assert report.as_json()["points"] is None
    assert [each.name for each in report.advice] == ["unknown"]
    assert "An older version made this guide" in report.advice[0].text


def test_a_fact_of_a_newer_version_is_read():
    fact = {**OLD_FACT, "novelty": 1}
    fact["stations"] = {"1": [*StationCoverage("x", NOW, [1], [0], 1), "more"]}
    assert Summary.from_json(fact).stations["1"].programmes == 1


# Grades


def coverage(name="2.1 WZZZ", **changes):
    """A station with all of a day."""
    return StationCoverage(name, NOW + DAY, [DAY], [0], 24, episodes=12)._replace(**changes)


def summary(*stations, **changes):
    made = {str(number): each for number, each in enumerate(stations or [coverage()])}
    plain = Summary(24, NOW, [NOW, NOW + DAY], made, {}, {}, [])
    return plain._replace(**changes)


def examine(*stations, now=NOW, wanted=None, details=True, **changes):
    wanted = NOW + DAY if wanted is None else wanted
    return health.grade_guide(summary(*stations, **changes), NOW, now, wanted, details)


def test_a_guide_that_lacks_nothing_has_a_hundred_points_and_needs_no_advice():
    report = examine()
    assert (report.grade, report.points, report.advice) == ("A", 100.0, ())


def test_points_are_hours_times_what_a_programme_has():
    half = [(NOW, NOW + 12 * HOUR)]
    table = [
        ({"undescribed": 24}, 80),
        ({"undescribed": 12}, 90),
        ({"undetailed": 24}, 90),
        ({"unnumbered": 12}, 90),
        ({"pictureless": 24}, 90),
        ({"holes": half}, 50),
        ({"tba": [6 * HOUR]}, 75),
        ({"holes": half, "undescribed": 24}, 40),
        ({"episodes": 0}, 100),
    ]
    given = [(changes, round(examine(coverage(**changes)).points)) for changes, _ in table]
    assert given == table


def test_a_grade_begins_at_its_points():
    points = (100, 89.6, 89.4, 80, 79, 65, 64, 50, 49, 0)
    assert "".join(map(health.letter, points)) == "AABBCCDDEE"


def test_the_guides_points_are_the_mean_of_its_stations():
    empty = coverage(holes=[(NOW, NOW + DAY)])
    report = examine(coverage(), coverage(), coverage(), empty)
    assert (report.points, report.grade) == (75.0, "C")
    assert [health.letter(each.points) for each in report.stations] == ["A", "A", "A", "E"]


def test_what_is_over_counts_no_more():
    half = coverage(holes=[(NOW, NOW + 12 * HOUR)])
    assert examine(half, now=NOW + 12 * HOUR).points == 100.0
    (left,) = examine(half, now=NOW + 6 * HOUR).stations
    assert left.holes == [(NOW + 6 * HOUR, NOW + 12 * HOUR)]
    assert (left.wanted, left.covered) == (18 * HOUR, 12 * HOUR)


def test_tba_of_a_day_that_has_begun_counts_by_its_share():
    (station,) = examine(coverage(tba=[8 * HOUR]), now=NOW + 12 * HOUR).stations
    assert station.tba == 4 * HOUR


def test_stale_hours_are_those_that_have_a_programme_and_count_once():
    (station,) = examine(
        coverage(holes=[(NOW, NOW + 2 * HOUR)]), stale=[(NOW - DAY, NOW + 6 * HOUR)]
    ).stations
    assert station.stale == 4 * HOUR
    twice, more = (NOW, NOW + 6 * HOUR), (NOW + 6 * HOUR, NOW + 9 * HOUR)
    (station,) = examine(coverage(), stale=[twice, more, twice]).stations  # by two lineups
    assert station.stale == 9 * HOUR


def test_stations_come_by_their_numbers():
    named = [coverage(name) for name in ("10.1 B", "WNONE", "2.1 A", "2.10 C", "2.2 D")]
    names = [each.name for each in examine(*named).stations]
    assert names == ["2.1 A", "2.2 D", "2.10 C", "10.1 B", "WNONE"]


# What would raise it


def advice(report):
    return {each.name: round(each.gain, 2) for each in report.advice}


def hole(begin, end):
    return (NOW + begin * HOUR, NOW + end * HOUR)


def test_what_is_missing_is_told_with_its_cure():
    """In the guide of these stations, examined so: the gains, and values of the advice."""
    late = coverage(holes=[hole(18, 24)])
    some = [coverage(f"{n}.1 W", holes=[hole(0, n)]) for n in range(1, 6)]
    for stations, given, gains, values in (
        # One that is over says nothing else about its hours.
        ([coverage()], {"now": NOW + 2 * DAY, "wanted": NOW + 9 * DAY}, {"over": 100.0}, {}),
        # One that grows old lacks the days that a new one would have.
        ([coverage()], {"now": NOW + 12 * HOUR, "wanted": NOW + 2 * DAY}, {"old": 66.67},
         {"old": {"hours": 24}}),
        # Hours that no station has are the run's to mend.
        ([coverage(holes=[hole(6, 12)]), coverage(holes=[hole(5, 12)])], {},
         {"missing": 25.0, "holes": 2.08},
         {"missing": {"at": NOW + 6 * HOUR, "until": NOW + 12 * HOUR}, "holes": {"hours": 1}}),
        # An end that all share is the source's.
        ([late, late], {}, {"beyond": 25.0}, {"beyond": {"at": NOW + 18 * HOUR}}),
        # Of the stations that have holes those with most are named.
        ([coverage("9.1 W"), *some], {}, {"holes": 10.42},
         {"holes": {"hours": 15, "stations": "5.1 W, 4.1 W, 3.1 W"}}),
        # Stale hours are told last and cost nothing.
        ([coverage(pictureless=24)], {"stale": [hole(0, 6)]}, {"picture": 10.0, "stale": 0.0},
         {"stale": {"hours": 6}}),
        # Less than an hour is one in words.
        ([coverage(tba=[10 * MINUTE]), coverage(), coverage()], {}, {"tba": 0.23},
         {"tba": {"hours": 1}}),
    ):  # fmt: skip
        report = examine(*stations, **given)
        assert advice(report) == gains
        told = {each.name: each.values for each in report.advice}
        assert [name for name in values if not told[name].items() >= values[name].items()] == []


def test_the_words_of_the_cures():
    over = examine(now=NOW + 2 * DAY)
    assert (over.grade, over.points) == ("E", 0.0)
    bare = coverage(undetailed=24)
    off, left = (examine(bare, details=details, lacking=5) for details in (False, True))
    assert (advice(off), advice(left)) == ({"details_off": 10.0}, {"details_left": 10.0})
    for report, words in (
        (over, "run again"),
        (examine(now=NOW + 12 * HOUR, wanted=NOW + 2 * DAY), "24 h less than it could"),
        (examine(*[coverage(holes=[hole(6, 12)])] * 2), "02:00"),
        (off, "--details"),
        (left, "5 series"),
    ):
        assert words in report.advice[0].text
    assert "--details" not in left.advice[0].text
    assert "5 series" not in off.advice[0].text


def test_no_day_is_wanted_that_the_source_does_not_list():
    assert examine(wanted=NOW + 30 * DAY).stations[0].wanted == 14 * DAY


def test_what_gains_most_comes_first():
    report = examine(coverage(undescribed=24, pictureless=24, unnumbered=3, tba=[HOUR]))
    assert [each.name for each in report.advice] == ["description", "picture", "tba", "number"]


def test_all_the_advice_followed_makes_a_hundred():
    """What is lost once is lost through one cause only: the sum of the gains is what is missing."""
    stations = [coverage("1.1 A", holes=[hole(6, 12)]), coverage("2.1 B", holes=[hole(6, 9)])]
    report = examine(*stations, wanted=NOW + 2 * DAY)
    assert round(report.points + sum(each.gain for each in report.advice), 6) == 100.0


def test_every_advice_has_a_sentence_without_an_open_end():
    values = {"at": NOW, "until": NOW + HOUR, "hours": 3, "count": 4, "stations": "2.1 WZZZ"}
    for name in health.ADVICE:
        text = health.Advice(name, 1.0, values).text
        assert "{" not in text
        assert not text.endswith(".")


def test_the_data_is_what_json_can_say(count):
    summary = count({"1": [show(0, 1, title="TBA"), show(4, 5)], "2": [show(0, 9)]})
    data = health.grade_guide(summary, NOW, NOW, NOW + DAY, True).as_json()
    assert json.loads(json.dumps(data)) == data
    assert data["stations"][0]["tba_hours"] == 1.0
    assert data["stations"][0]["holes"] == [
        [NOW + HOUR, NOW + 4 * HOUR],
        [NOW + 5 * HOUR, NOW + DAY],
    ]
