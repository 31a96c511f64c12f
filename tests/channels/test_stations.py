"""Which stations a user means, and which stations a lineup has."""

import pytest

from gracenote2epg.channels.stations import (
    GuideStation,
    merge_lineups,
    select,
    sort_by_number,
    stations_of_lineup,
    with_former_ids,
)
from gracenote2epg.errors import ChannelError
from support.builders import lineup, station

NEWS = station("90001", call_sign="WZZZDT", numbers=("4.1",))
NEW_ID, NEWER_ID = (NEWS._replace(station_id=name) for name in ("90077", "90088"))
MOVIES = station("90002", call_sign="A&E", numbers=("1002", "32"))
KIDS = station("123456", call_sign="KIDZ", numbers=())
TWIN_SD = station("90011", call_sign="FNC", numbers=("205",))
TWIN_HD = station("90012", call_sign="FNCHD", numbers=("205", "1205"))
HERE, CABLE = lineup(), lineup(headend_id="NY31519", device="X", country="CAN")
LINEUP = tuple(GuideStation(each, HERE) for each in (NEWS, MOVIES, KIDS, TWIN_SD, TWIN_HD))


def test_a_word_that_names_one_station():
    table = {
        "90001": "4.1 4-1 04.01 90001 WZZZDT wzzzdt",
        "90002": "0032 1002 32 a&e",
        "123456": "123456 kidz",
        "90012": "FNCHD",
    }
    wrong = [
        (word, select([word], LINEUP))
        for station_id, words in table.items()
        for word in words.split()
        if select([word], LINEUP) != {station_id}
    ]
    assert wrong == []


def test_several_words_are_all_their_stations_each_once():
    assert select(["4.1", "WZZZDT", "32"], LINEUP) == {"90001", "90002"}
    assert select(["4.1", "32"], iter(LINEUP)) == {"90001", "90002"}  # a stream will do
    assert select([], LINEUP) == set()


def refusal(*words, stations=LINEUP):
    with pytest.raises(ChannelError) as caught:
        select(words, stations)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_word_that_names_no_station_is_an_error():
    for word in ("4", "41", "4.10", "99", "90003", "WZZZ", "0", "9000"):
        assert f"{word} is no station" in refusal(word)


def test_a_number_of_five_digits_is_a_station_id_and_no_channel_number():
    refusal("12345", stations=[GuideStation(station("90020", numbers=("12345",)), HERE)])


def test_all_problems_are_told_at_once_and_a_shared_number_with_its_stations():
    said = refusal("4.1", "99", "205", "NOPE")
    assert "99 is no station" in said
    assert "NOPE is no station" in said
    assert "205 is several stations (90011 FNC, 90012 FNCHD)" in said
    assert "4.1" not in said


def test_a_former_id_names_the_station_that_has_another_one_now():
    assert select(["90001"], [GuideStation(station("90099"), HERE, ("90001",))]) == {"90099"}


def test_stations_sort_by_number_and_those_without_come_last():
    numbers = ["10.2", "", "2.1", "1002", "10.1", "4"]
    stations = [
        GuideStation(station(numbers=(number,) if number else ()), HERE) for number in numbers
    ]
    ordered = [" ".join(each.station.numbers) for each in sort_by_number(stations)]
    assert ordered == ["2.1", "4", "10.1", "10.2", "1002", ""]


# A lineup's stations out of its answers


def merged(*answers):
    return {each.station.station_id: each for each in stations_of_lineup(HERE, answers)}


def test_a_station_is_as_its_latest_answer_describes_it():
    stations = merged([NEWS], [NEWS._replace(call_sign="WNEWDT", numbers=("5.1",))], [KIDS])
    assert set(stations) == {"90001", "123456"}
    latest = stations["90001"].station
    assert (latest.call_sign, latest.numbers) == ("WNEWDT", ("5.1",))


def test_a_station_speaks_the_language_of_most_answers():
    for languages, expected in ((["fr", "en", "fr"], "fr"), (["", "es", ""], "es"),
                                (["", ""], ""), (["en", "fr"], "en")):  # fmt: skip
        answers = [[NEWS._replace(language=language)] for language in languages]
        assert merged(*answers)["90001"].station.language == expected, languages


def test_a_new_id_under_the_same_call_sign_and_number_is_followed():
    stations = merged([NEWS, MOVIES], [NEW_ID, MOVIES])
    assert set(stations) == {"90077", "90002"}
    assert stations["90077"].former == ("90001",)
    assert stations["90077"].ids == ("90077", "90001")


def test_two_new_ids_one_after_the_other_are_followed_to_the_last():
    stations = merged([NEWS], [NEW_ID], [NEWER_ID])
    assert set(stations) == {"90088"}
    assert set(stations["90088"].former) == {"90001", "90077"}


def test_another_call_sign_or_number_is_another_station():
    for change in ({"call_sign": "WOTHER"}, {"numbers": ("9.1",)}, {"numbers": ()}):
        assert len(merged([NEWS], [NEW_ID._replace(**change)])) == 2, change


def test_two_stations_of_one_answer_are_two_however_alike():
    assert len(merged([NEWS, NEW_ID], [NEW_ID])) == 2


def test_twins_that_both_get_a_new_id_do_not_become_one():
    stations = merged([NEWS, NEWS._replace(station_id="90066")], [NEW_ID, NEWER_ID])
    assert set(stations) == {"90077", "90088"}
    assert sorted(len(each.former) for each in stations.values()) == [1, 1]


# Several lineups


def test_a_station_of_two_lineups_is_one_with_the_numbers_of_both_the_first_ones_first():
    there = NEWS._replace(numbers=("704", "4.1"), call_sign="W")
    both = merge_lineups(
        [[GuideStation(NEWS, HERE)], [GuideStation(there, CABLE), GuideStation(MOVIES, CABLE)]]
    )
    stations = {each.station.station_id: each for each in both}
    assert stations["90001"].station == NEWS._replace(numbers=("4.1", "704"))
    assert (stations["90001"].lineup, stations["90002"].lineup) == (HERE, CABLE)


def test_an_id_that_only_some_lineups_have_changed_is_one_station_all_the_same():
    late, late_cable = (
        GuideStation(NEW_ID, HERE, ("90001",)),
        GuideStation(NEW_ID, CABLE, ("90001",)),
    )
    for lineups in (
        ([GuideStation(NEWS, HERE)], [late_cable]),
        ([late], [GuideStation(NEWS, CABLE)]),
        (
            [GuideStation(NEWS, HERE)],
            [GuideStation(NEW_ID, HERE)],
            [late_cable],
        ),  # only the third says so
    ):
        (joined,) = merge_lineups(lineups)
        assert set(joined.ids) == {"90001", "90077"}


def test_lineups_that_disagree_which_id_is_the_new_one_have_the_station_once():
    (joined,) = merge_lineups(
        [[GuideStation(NEW_ID, HERE, ("90001",))], [GuideStation(NEWS, CABLE, ("90077",))]]
    )
    assert joined.ids == ("90077", "90001")


def test_a_former_id_is_remembered_until_it_is_in_use_again():
    late = GuideStation(NEWER_ID, HERE, ("90077",))
    (joined,) = with_former_ids([late], {"90001": "90077", "90077": "90088", "1": "2"})
    assert joined.ids == ("90088", "90077", "90001")
    again = with_former_ids([late, GuideStation(NEWS, HERE)], {"90001": "90077"})
    assert [each.former for each in again] == [("90077",), ()]
