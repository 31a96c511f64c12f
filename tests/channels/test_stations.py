"""The stations of lineups."""

from gracenote2epg.channels.stations import (
    GuideStation,
    merge_lineups,
    number_sort_key,
    sort_by_number,
    station_label,
    stations_of_lineup,
    with_former_ids,
)
from support.builders import lineup, station
from support.tables import wrong

NEWS = station("90001", call_sign="WZZZDT", numbers=("4.1",))
NEW_ID, NEWER_ID = (NEWS._replace(station_id=name) for name in ("90077", "90088"))
MOVIES = station("90002", call_sign="A&E", numbers=("1002", "32"))
KIDS = station("123456", call_sign="KIDZ", numbers=())
HERE, CABLE = lineup(), lineup(headend_id="NY31519", device="X", country="CAN")


def test_stations_sort_by_number_and_unnumbered_ones_last():
    numbers = [("10.2",), (), ("2.1",), ("1002",), ("10.1",), ("4",)]
    rows = sort_by_number(GuideStation(station(numbers=each), HERE) for each in numbers)
    ordered = [row.station.number for row in rows]
    assert ordered == ["2.1", "4", "10.1", "10.2", "1002", ""]


def test_a_station_is_called_as_people_know_it():
    def label(name, call_sign="WZZZDT", *numbers):
        return station_label(station(name=name, call_sign=call_sign, numbers=numbers))

    rows = [
        ("AMERICAN BROADCASTING COMPANY", "WABCDT", "7.1", "7", "ABC · WABCDT 7.1"),
        ("PBS KIDS HD", "WNETDT3", "13.3", "PBS Kids · WNETDT3 13.3"),
        ("ARTS & ENTERTAINMENT", "AETV", "118", "A&E · AETV 118"),
        ("EXAMPLE BROADCASTING COMPANY", "EXAMPLE BROADCASTING COMPANY · WZZZDT"),
        ("INDEPENDENT", "WPIXDT", "11.1", "WPIXDT 11.1"),
        ("Channel No Longer Available", "KZZZ", "9", "KZZZ 9"),
        ("ESPN HD", "ESPNHD", "206", "ESPNHD 206"),
        ("", "WZZZDT"),
    ]
    assert wrong(label, rows) == []
    labels = ["FOX · WNYWDT 5.1", "5.2 WZZZ", "ABC · WABCDT 7.1", "CBS · WCBSDT 10.1", "KIDZ"]
    assert sorted(sorted(labels), key=number_sort_key) == labels


# The stations of a lineup


def merged(*answers):
    return {row.station.station_id: row for row in stations_of_lineup(HERE, answers)}


def test_a_station_is_as_in_its_latest_answer():
    stations = merged([NEWS], [NEWS._replace(call_sign="WNEWDT", numbers=("5.1",))], [KIDS])
    assert set(stations) == {"90001", "123456"}
    latest = stations["90001"].station
    assert (latest.call_sign, latest.numbers) == ("WNEWDT", ("5.1",))


def test_a_station_has_the_language_of_most_answers():
    def language(*languages):
        answers = [[NEWS._replace(language=each)] for each in languages]
        return merged(*answers)["90001"].station.language

    rows = [("fr", "en", "fr", "fr"), ("", "es", "", "es"), ("", "", ""), ("en", "fr", "en")]
    assert wrong(language, rows) == []


def test_a_station_that_got_a_new_id_keeps_its_former_ids():
    for answers, ids, others in (
        (([NEWS, MOVIES], [NEW_ID, MOVIES]), ("90077", "90001"), {"90002"}),
        (([NEWS], [NEW_ID], [NEWER_ID]), ("90088", "90001", "90077"), set()),
    ):
        stations = merged(*answers)
        assert set(stations) == {ids[0]} | others
        assert set(stations[ids[0]].ids) == set(ids)


def test_stations_that_differ_or_share_an_answer_stay_two():
    for change in ({"call_sign": "WOTHER"}, {"numbers": ("9.1",)}, {"numbers": ()}):
        assert len(merged([NEWS], [NEW_ID._replace(**change)])) == 2, change
    assert len(merged([NEWS, NEW_ID], [NEW_ID])) == 2
    twins = merged([NEWS, NEWS._replace(station_id="90066")], [NEW_ID, NEWER_ID])
    assert set(twins) == {"90077", "90088"}  # each got a new id
    assert sorted(len(row.former) for row in twins.values()) == [1, 1]


# Several lineups


def test_a_station_of_two_lineups_has_the_numbers_of_both():
    there = NEWS._replace(numbers=("704", "4.1"), call_sign="W")
    both = merge_lineups(
        [[GuideStation(NEWS, HERE)], [GuideStation(there, CABLE), GuideStation(MOVIES, CABLE)]]
    )
    stations = {row.station.station_id: row for row in both}
    assert stations["90001"].station == NEWS._replace(numbers=("4.1", "704"))
    assert (stations["90001"].lineup, stations["90002"].lineup) == (HERE, CABLE)


def test_a_new_id_in_some_lineups_only_is_still_one_station():
    old, new = GuideStation(NEWS, HERE), GuideStation(NEW_ID, CABLE, ("90001",))
    contrary = GuideStation(NEWS, CABLE, ("90077",))  # says that the other id is the former one
    for lineups in (
        ([old], [new]), ([new], [old]), ([old], [GuideStation(NEW_ID, HERE)], [new]),
        ([new], [contrary]),
    ):  # fmt: skip
        (row,) = merge_lineups(lineups)
        assert set(row.ids) == {"90001", "90077"}, lineups


def test_a_former_id_is_kept_until_it_is_in_use_again():
    late = GuideStation(NEWER_ID, HERE, ("90077",))
    (row,) = with_former_ids([late], {"90001": "90077", "90077": "90088", "1": "2"})
    assert row.ids == ("90088", "90077", "90001")
    again = with_former_ids([late, GuideStation(NEWS, HERE)], {"90001": "90077"})
    assert [row.former for row in again] == [("90077",), ()]
