"""Which stations a user means."""

import pytest

from support.builders import lineup, station
from gracenote2epg.channels import Known, by_number, of_lineup, of_lineups, remembered, select
from gracenote2epg.errors import ChannelError

NEWS = station("90001", call_sign="WZZZDT", numbers=("4.1",))
MOVIES = station("90002", call_sign="A&E", numbers=("1002", "32"))
KIDS = station("123456", call_sign="KIDZ", numbers=())
TWIN_SD = station("90011", call_sign="FNC", numbers=("205",))
TWIN_HD = station("90012", call_sign="FNCHD", numbers=("205", "1205"))
HERE, CABLE = lineup(), lineup(headend_id="NY31519", device="X", country="CAN")
LINEUP = tuple(Known(own, HERE) for own in (NEWS, MOVIES, KIDS, TWIN_SD, TWIN_HD))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("4.1", "90001"),
        ("4-1", "90001"),
        ("04.01", "90001"),
        ("0032", "90002"),
        ("1002", "90002"),
        ("32", "90002"),
        ("90001", "90001"),
        ("123456", "123456"),
        ("WZZZDT", "90001"),
        ("wzzzdt", "90001"),
        ("a&e", "90002"),
        ("kidz", "123456"),
        ("FNCHD", "90012"),
    ],
)
def test_a_word_that_names_one_station(word, expected):
    assert select([word], LINEUP) == {expected}


def test_several_words_are_all_their_stations_each_once():
    assert select(["4.1", "WZZZDT", "32"], LINEUP) == {"90001", "90002"}


def test_no_word_is_no_station():
    assert select([], LINEUP) == set()


@pytest.mark.parametrize("word", ["4", "41", "4.10", "99", "90003", "WZZZ", "0", "9000"])
def test_a_word_that_names_no_station_is_an_error(word):
    with pytest.raises(ChannelError, match=f"{word} is no station"):
        select([word], LINEUP)


def test_a_number_of_five_digits_is_a_station_id_and_no_channel_number():
    carried = station("90020", numbers=("12345",))
    with pytest.raises(ChannelError):
        select(["12345"], [Known(carried, HERE)])


def test_a_number_that_two_stations_carry_is_an_error_that_lists_both():
    with pytest.raises(ChannelError) as caught:
        select(["205"], LINEUP)
    assert "205 is several stations (90011 FNC, 90012 FNCHD)" in str(caught.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(ChannelError) as caught:
        select(["4.1", "99", "205", "NOPE"], LINEUP)
    said = str(caught.value)
    assert "99 is no station" in said
    assert "NOPE is no station" in said
    assert "205 is several" in said
    assert "4.1" not in said
    assert caught.value.exit_code == 2


def test_a_former_id_names_the_station_that_has_another_one_now():
    assert select(["90001"], [Known(station("90099"), HERE, ("90001",))]) == {"90099"}


def test_the_stations_may_come_as_a_stream():
    assert select(["4.1", "32"], iter(LINEUP)) == {"90001", "90002"}


def test_stations_sort_by_number_and_those_without_come_last():
    numbers = ["10.2", "", "2.1", "1002", "10.1", "4"]
    stations = [Known(station(numbers=(number,) if number else ()), HERE) for number in numbers]
    ordered = [" ".join(own.station.numbers) for own in sorted(stations, key=by_number)]
    assert ordered == ["2.1", "4", "10.1", "10.2", "1002", ""]


# A lineup's stations out of its answers


def known(*answers):
    return {own.station.station_id: own for own in of_lineup(HERE, answers)}


def test_a_station_is_as_its_latest_answer_describes_it():
    found = known([NEWS], [NEWS._replace(call_sign="WNEWDT", numbers=("5.1",))], [KIDS])
    assert found["90001"].station.call_sign == "WNEWDT"
    assert found["90001"].station.numbers == ("5.1",)
    assert set(found) == {"90001", "123456"}


@pytest.mark.parametrize(
    ("languages", "expected"),
    [(["fr", "en", "fr"], "fr"), (["", "es", ""], "es"), (["", ""], ""), (["en", "fr"], "en")],
)
def test_a_station_speaks_the_language_of_most_answers(languages, expected):
    found = known(*([NEWS._replace(language=language)] for language in languages))
    assert found["90001"].station.language == expected


def test_a_new_id_under_the_same_call_sign_and_number_is_followed():
    found = known([NEWS, MOVIES], [NEWS._replace(station_id="90077"), MOVIES])
    assert set(found) == {"90077", "90002"}
    assert found["90077"].former == ("90001",)
    assert found["90077"].ids == ("90077", "90001")


def test_two_new_ids_one_after_the_other_are_followed_to_the_last():
    found = known([NEWS], [NEWS._replace(station_id="90077")], [NEWS._replace(station_id="90088")])
    assert set(found) == {"90088"}
    assert set(found["90088"].former) == {"90001", "90077"}


@pytest.mark.parametrize(
    "other",
    [
        NEWS._replace(station_id="90077", call_sign="WOTHER"),
        NEWS._replace(station_id="90077", numbers=("9.1",)),
        NEWS._replace(station_id="90077", numbers=()),
    ],
)
def test_another_call_sign_or_number_is_another_station(other):
    assert len(known([NEWS], [other])) == 2


def test_two_stations_of_one_answer_are_two_however_alike():
    twin = NEWS._replace(station_id="90077")
    assert len(known([NEWS, twin], [twin])) == 2


def test_twins_that_both_get_a_new_id_do_not_become_one():
    others = [NEWS._replace(station_id=name) for name in ("90077", "90088")]
    found = known([NEWS, NEWS._replace(station_id="90066")], others)
    assert set(found) == {"90077", "90088"}
    assert sorted(len(own.former) for own in found.values()) == [1, 1]


# Several lineups


def joined(*lineups):
    return {own.station.station_id: own for own in of_lineups(lineups)}


def test_a_station_of_two_lineups_is_one_with_the_numbers_of_both_the_first_ones_first():
    found = joined(
        [Known(NEWS, HERE)],
        [Known(NEWS._replace(numbers=("704", "4.1"), call_sign="W"), CABLE), Known(MOVIES, CABLE)],
    )
    assert found["90001"].station == NEWS._replace(numbers=("4.1", "704"))
    assert found["90001"].lineup == HERE
    assert found["90002"].lineup == CABLE


def test_a_station_that_got_a_new_id_in_one_lineup_first_is_one_all_the_same():
    late = NEWS._replace(station_id="90077")
    for lineups in (
        ([Known(NEWS, HERE)], [Known(late, CABLE, ("90001",))]),
        ([Known(late, HERE, ("90001",))], [Known(NEWS, CABLE)]),
    ):
        (found,) = of_lineups(lineups)
        assert set(found.ids) == {"90001", "90077"}


def test_lineups_that_disagree_which_id_is_the_new_one_have_the_station_once():
    late = NEWS._replace(station_id="90077")
    (found,) = of_lineups([[Known(late, HERE, ("90001",))], [Known(NEWS, CABLE, ("90077",))]])
    assert found.ids == ("90077", "90001")


def test_a_third_lineup_may_say_that_the_stations_of_two_others_are_one():
    late = NEWS._replace(station_id="90077")
    (found,) = of_lineups(
        [[Known(NEWS, HERE)], [Known(late, HERE)], [Known(late, CABLE, ("90001",))]]
    )
    assert set(found.ids) == {"90001", "90077"}


# What was followed earlier


def test_a_former_id_is_remembered_until_it_is_in_use_again():
    late = Known(NEWS._replace(station_id="90088"), HERE, ("90077",))
    (found,) = remembered([late], {"90001": "90077", "90077": "90088", "1": "2"})
    assert found.ids == ("90088", "90077", "90001")
    again = remembered([late, Known(NEWS, HERE)], {"90001": "90077"})
    assert [own.former for own in again] == [("90077",), ()]
