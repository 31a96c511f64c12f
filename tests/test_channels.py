"""Which stations a user means."""

import pytest

from builders import station
from gracenote2epg.channels import by_number, select
from gracenote2epg.errors import ChannelError

NEWS = station("90001", call_sign="WZZZDT", numbers=("4.1",))
MOVIES = station("90002", call_sign="A&E", numbers=("1002", "32"))
KIDS = station("123456", call_sign="KIDZ", numbers=())
TWIN_SD = station("90011", call_sign="FNC", numbers=("205",))
TWIN_HD = station("90012", call_sign="FNCHD", numbers=("205", "1205"))
LINEUP = (NEWS, MOVIES, KIDS, TWIN_SD, TWIN_HD)


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
        select(["12345"], [carried])


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


def test_one_station_in_two_lineups_is_one_station():
    assert select(["4.1"], [NEWS, NEWS._replace(numbers=("4.1", "704"))]) == {"90001"}


def test_the_stations_may_come_as_a_stream():
    assert select(["4.1", "32"], iter(LINEUP)) == {"90001", "90002"}


def test_stations_sort_by_number_and_those_without_come_last():
    numbers = ["10.2", "", "2.1", "1002", "10.1", "4"]
    stations = [station(numbers=(number,) if number else ()) for number in numbers]
    ordered = [own.numbers[0] if own.numbers else "" for own in sorted(stations, key=by_number)]
    assert ordered == ["2.1", "4", "10.1", "10.2", "1002", ""]
