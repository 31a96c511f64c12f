"""A guide's statistics, its grade, and the advice that would raise it."""

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

    def count(airings, known=(), style=None, stale=()):
        with Store(str(tmp_path)) as store:
            store.save_guide(lineup(), NOW, 6, block(airings), NOW)
            for series in known:
                store.save_details(series, NOW)
            summaries = []
            list(Guide(store, [lineup()], DAY_ONE).text(style or Style(), summaries.append, stale))
        return summaries[0]

    return count


def show(begin, end, **changes):
    """An airing between two hours from NOW."""
    return airing(NOW + int(begin * HOUR), NOW + int(end * HOUR), **changes)


# Statistics


def test_holes_are_stretches_without_a_programme_within_the_guides_days(count):
    for airings, holes in (
        ([show(-1, 2), show(2, 5), show(8, 30)], [(5, 8)]),
        ([show(2, 5)], [(0, 2), (5, 24)]),
        ([show(0, 2), airing(NOW + 2 * HOUR + MIN_HOLE, NOW + DAY)], [(2, 2 + MIN_HOLE / HOUR)]),
        ([show(0, 2), airing(NOW + 2 * HOUR + MIN_HOLE - 1, NOW + DAY)], []),
    ):
        counted = count({"1": airings}).stations["1"].holes
        assert [((begin - NOW) / HOUR, (end - NOW) / HOUR) for begin, end in counted] == holes


def test_incomplete_programmes_are_counted(count):
    text, number = {"description": ""}, {"season": "", "episode": ""}
    alone, picture = {"series_id": ""}, {"image": ""}
    rain = details(description="", episodes=(episode(synopsis="It rains."),))
    template = Style(template=parse("{title}"))
    for changes, given, expected in (
        # The airing's description, or its series', or its episode's; a template's does not count.
        ([text, {**text, "series_id": "SH2"}], {"known": [details()]},
         {"programmes": 2, "undescribed": 1}),
        ([text], {"known": [rain]}, {"undescribed": 0}),
        ([{**text, **alone}], {"style": template}, {"undescribed": 1}),
        # Only episodes can lack a number.
        ([{}, number, *({**number, "tms_id": f"{kind}090001000000"} for kind in ("MV", "SH"))], {},
         {"episodes": 2, "unnumbered": 1}),
        # Games have none, nor has a series of which no episode has one, such as shopping.
        ([{}, {**number, "filters": ("sports",)}, {**number, "series_id": "SH2"}], {},
         {"episodes": 1, "unnumbered": 0}),
        # The airing's picture or its series', in a guide with pictures.
        ([picture, {**picture, "series_id": "SH2"}, {}], {"known": [details()]},
         {"pictureless": 1}),
        ([{**picture, **alone}], {"style": Style(images="none")}, {"pictureless": 0}),
        # Details are only missing where the source has some.
        ([{"series_id": name} for name in ("SH09000100", "SH2", "SH2", "SH3", "", "SH00000001")],
         {"known": [details()]}, {"undetailed": 3}),
    ):  # fmt: skip
        airings = [show(hour, hour + 1, **each) for hour, each in enumerate(changes)]
        station = count({"1": airings}, **given).stations["1"]
        assert {name: getattr(station, name) for name in expected} == expected, changes


def test_hours_and_programmes_are_counted_by_the_slot_of_their_start(count):
    airings = [
        show(0, 1, description="", series_id="SH2"),
        show(1, 3, title="TBA", series_id="SH3"),
        show(7, 8, season="", episode=""),
        show(8, 9),
    ]
    summary = count({"1": airings, "2": [show(0, 1)]}, known=[details()])
    assert summary.known == {NOW: 2 * HOUR, NOW + SLOT: 2 * HOUR}
    assert summary.seconds == {NOW: 4 * HOUR, NOW + SLOT: 2 * HOUR}
    assert (summary.detailed, summary.lacking) == ({NOW: 1, NOW + SLOT: 2}, 2)
    assert summary.described == {NOW: 2, NOW + SLOT: 2}
    assert summary.numbered == {NOW: 3, NOW + SLOT: 1}
    stations = summary.stations.values()
    assert [(each.undescribed, each.unnumbered) for each in stations] == [(1, 1), (0, 0)]


# Facts of other versions


def test_a_summary_survives_the_store(count, tmp_path):
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


def test_a_fact_of_an_older_version_has_an_unknown_grade():
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
    """A station that covers a whole day."""
    return StationCoverage(name, NOW + DAY, [DAY], [0], 24, episodes=12)._replace(**changes)


def graded(*stations, now=NOW, wanted=NOW + DAY, details=True, **changes):
    """The health of a guide of these stations."""
    named = {str(number): each for number, each in enumerate(stations or [coverage()])}
    summary = Summary(24, NOW, [NOW, NOW + DAY], named, {}, {}, [])._replace(**changes)
    return health.grade_guide(summary, NOW, now, wanted, details)


def test_points_are_hours_times_the_worth_of_a_programme():
    half = [(NOW, NOW + 12 * HOUR)]
    table = [
        ({}, 100),
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
    assert [(changes, round(graded(coverage(**changes)).points)) for changes, _ in table] == table
    assert graded().advice == ()


def test_a_grade_begins_at_its_points():
    points = (100, 89.6, 89.4, 80, 79, 65, 64, 50, 49, 0)
    assert "".join(map(health.letter, points)) == "AABBCCDDEE"


def test_the_guides_points_are_the_mean_of_its_stations():
    report = graded(coverage(), coverage(), coverage(), coverage(holes=[(NOW, NOW + DAY)]))
    assert (report.points, report.grade) == (75.0, "C")
    assert [health.letter(each.points) for each in report.stations] == ["A", "A", "A", "E"]


def test_the_past_does_not_count():
    half = coverage(holes=[(NOW, NOW + 12 * HOUR)])
    assert graded(half, now=NOW + 12 * HOUR).points == 100.0
    (station,) = graded(half, now=NOW + 6 * HOUR).stations
    assert station.holes == [(NOW + 6 * HOUR, NOW + 12 * HOUR)]
    assert (station.wanted, station.covered) == (18 * HOUR, 12 * HOUR)
    (station,) = graded(coverage(tba=[8 * HOUR]), now=NOW + 12 * HOUR).stations
    assert station.tba == 4 * HOUR  # the day's share


def test_stale_hours_have_a_programme_and_count_once():
    (station,) = graded(
        coverage(holes=[(NOW, NOW + 2 * HOUR)]), stale=[(NOW - DAY, NOW + 6 * HOUR)]
    ).stations
    assert station.stale == 4 * HOUR
    twice, more = (NOW, NOW + 6 * HOUR), (NOW + 6 * HOUR, NOW + 9 * HOUR)
    (station,) = graded(coverage(), stale=[twice, more, twice]).stations  # of two lineups
    assert station.stale == 9 * HOUR


def test_stations_are_sorted_by_number():
    names = ("10.1 B", "WNONE", "2.1 A", "2.10 C", "2.2 D")
    stations = graded(*[coverage(name) for name in names]).stations
    assert [each.name for each in stations] == ["2.1 A", "2.2 D", "2.10 C", "10.1 B", "WNONE"]


# Advice


def gains(report):
    return {each.name: round(each.gain, 2) for each in report.advice}


def hole(begin, end):
    return (NOW + begin * HOUR, NOW + end * HOUR)


def test_the_advice_and_its_gains():
    """Stations, how they are graded; the gain of each advice, and some of its values."""
    late = coverage(holes=[hole(18, 24)])
    some = [coverage(f"{n}.1 W", holes=[hole(0, n)]) for n in range(1, 6)]
    for stations, given, expected, values in (
        # Of a guide that is over, no other advice about hours.
        ([coverage()], {"now": NOW + 2 * DAY, "wanted": NOW + 9 * DAY}, {"over": 100.0}, {}),
        # An old guide lacks the days that a new one would have.
        ([coverage()], {"now": NOW + 12 * HOUR, "wanted": NOW + 2 * DAY}, {"old": 66.67},
         {"old": {"hours": 24}}),
        # The next run can fill hours that no station has.
        ([coverage(holes=[hole(6, 12)]), coverage(holes=[hole(5, 12)])], {},
         {"missing": 25.0, "holes": 2.08},
         {"missing": {"at": NOW + 6 * HOUR, "until": NOW + 12 * HOUR}, "holes": {"hours": 1}}),
        # Where all stations end, the source ends.
        ([late, late], {}, {"beyond": 25.0}, {"beyond": {"at": NOW + 18 * HOUR}}),
        # The stations with most holes are named.
        ([coverage("9.1 W"), *some], {}, {"holes": 10.42},
         {"holes": {"hours": 15, "stations": "5.1 W, 4.1 W, 3.1 W"}}),
        # Stale hours come last and cost nothing.
        ([coverage(pictureless=24)], {"stale": [hole(0, 6)]}, {"picture": 10.0, "stale": 0.0},
         {"stale": {"hours": 6}}),
        # Less than an hour is called one.
        ([coverage(tba=[10 * MINUTE]), coverage(), coverage()], {}, {"tba": 0.23},
         {"tba": {"hours": 1}}),
        # The greatest gain comes first.
        ([coverage(undescribed=24, pictureless=24, unnumbered=3, tba=[HOUR])], {},
         {"description": 19.17, "picture": 9.58, "tba": 2.81, "number": 2.4}, {}),
    ):  # fmt: skip
        report = graded(*stations, **given)
        assert list(gains(report).items()) == list(expected.items())
        given_values = {each.name: each.values for each in report.advice}
        for name, some_values in values.items():
            assert given_values[name].items() >= some_values.items(), name


def test_the_advice_in_words():
    over = graded(now=NOW + 2 * DAY)
    assert (over.grade, over.points) == ("E", 0.0)
    bare = coverage(undetailed=24)
    off, left = (graded(bare, details=details, lacking=5) for details in (False, True))
    assert (gains(off), gains(left)) == ({"details_off": 10.0}, {"details_left": 10.0})
    for report, words in (
        (over, "run again"),
        (graded(now=NOW + 12 * HOUR, wanted=NOW + 2 * DAY), "24 h less than it could"),
        (graded(*[coverage(holes=[hole(6, 12)])] * 2), "02:00"),
        (off, "--details"),
        (left, "5 series"),
    ):
        assert words in report.advice[0].text
    assert "--details" not in left.advice[0].text
    assert "5 series" not in off.advice[0].text
    values = {"at": NOW, "until": NOW + HOUR, "hours": 3, "count": 4, "stations": "2.1 WZZZ"}
    for name in health.ADVICE:
        text = health.Advice(name, 1.0, values).text
        assert "{" not in text
        assert not text.endswith(".")


def test_days_beyond_the_sources_horizon_are_not_wanted():
    assert graded(wanted=NOW + 30 * DAY).stations[0].wanted == 14 * DAY


def test_all_gains_add_up_to_a_hundred_points():
    """Whatever is missing has one cause only."""
    stations = [coverage("1.1 A", holes=[hole(6, 12)]), coverage("2.1 B", holes=[hole(6, 9)])]
    report = graded(*stations, wanted=NOW + 2 * DAY)
    assert round(report.points + sum(each.gain for each in report.advice), 6) == 100.0


def test_the_report_as_json(count):
    summary = count({"1": [show(0, 1, title="TBA"), show(4, 5)], "2": [show(0, 9)]})
    data = health.grade_guide(summary, NOW, NOW, NOW + DAY, True).as_json()
    assert json.loads(json.dumps(data)) == data
    first = data["stations"][0]
    assert first["tba_hours"] == 1.0
    assert first["holes"] == [[NOW + HOUR, NOW + 4 * HOUR], [NOW + 5 * HOUR, NOW + DAY]]
