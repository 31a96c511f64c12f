"""The stations that the words of the setting ``channels`` choose."""

import pytest

from gracenote2epg.channels.choosing import choose, expand, notes, select
from gracenote2epg.channels.stations import GuideStation
from gracenote2epg.errors import ChannelError, InputFileError
from support.builders import lineup, station
from support.tables import not_refused, wrong


def row(station_id, call_sign, numbers="", network="", former=()):
    kept = station(station_id, call_sign=call_sign, numbers=tuple(numbers.split()), name=network)
    return GuideStation(kept, lineup(), former)


NEWS, MOVIES, KIDS = "90001", "90002", "123456"
LINEUP = [
    row(NEWS, "WZZZDT", "4.1", "NATIONAL BROADCASTING COMPANY"),
    row(MOVIES, "A&E", "1002 32"),
    row(KIDS, "KIDZ"),
    row("90003", "WZZZDT2", "4.2", "SHOP AT HOME"),
    row("90004", "MALLHD", "12.1", "THE SHOPPING MALL"),
    row("90011", "FNC", "205"),
    row("90012", "FNCHD", "205 1205"),
]
ALL = {row.station.station_id for row in LINEUP}


def test_one_station_by_number_id_or_call_sign():
    words = {
        NEWS: "4.1 4-1 4_1 04.01 90001 WZZZDT wzzzdt WZZZ 4.1,WZZZDT WZZZ-DT",
        "90003": "WZZZ-DT2 wzzzdt2",
        MOVIES: "0032 1002 32 a&e",
        KIDS: "123456 kidz",
        "90012": "FNCHD",
    }
    rows = [(word.split(","), LINEUP, {key}) for key in words for word in words[key].split()]
    rows += [(["4.1", "32"], LINEUP, {NEWS, MOVIES}), ([], LINEUP, set())]
    rows += [([NEWS], [row("90099", "WZZZDT", former=(NEWS,))], {"90099"})]  # by its former id
    assert wrong(select, rows) == []


def test_many_stations_by_range_pattern_and_exclusion():
    rows = [
        ("4-32", {NEWS, "90003", "90004", MOVIES}),
        ("4.2-12", {"90003", "90004"}),
        ("4.1-4.9", {NEWS, "90003"}),
        ("*HD", {"90004", "90012"}),
        ("*shop*", {"90003", "90004"}),
        ("WZZZDT?", {"90003"}),
        ("!4.1", ALL - {NEWS}),
        ("!*shop* !205", ALL - {"90003", "90004", "90011", "90012"}),
        ("4-1205 !*HD !4.1", {"90003", MOVIES, "90011"}),
    ]
    assert wrong(select, [(words.split(), LINEUP, ids) for words, ids in rows]) == []
    assert select(["2-61"], [row("1", "A", "2.61"), row("2", "B", "5")]) == {"1"}  # as 2.61
    accents = [row("1", "CIZMDT", "17.1", "TÉLÉ-QUÉBEC"), row("2", "B", "5", "TV5")]
    assert select(["*tele-quebec"], accents) == select(["*Télé*"], accents) == {"1"}


def test_words_that_name_no_station_or_several_are_one_error():
    unknown = ("4", "41", "4.10", "99", "90005", "WZZY", "0", "9000", "!99", "Q*", "60-99", "32-4")
    rows = [([word], LINEUP) for word in unknown]
    rows += [(["12345"], [row("90020", "X", "12345")])]  # five digits: an id
    assert not_refused(select, rows, ChannelError, "is not a station of the lineup") == []
    with pytest.raises(ChannelError) as caught:
        select(["4.3", "99", "WZZY", "shop", "205"], LINEUP)
    assert caught.value.what == (
        "Channels: 4.3 is not a station of the lineup (did you mean 4.1 or 4.2?);"
        " 99 is not a station of the lineup;"
        " WZZY is not a station of the lineup (did you mean WZZZDT?);"
        " shop is not a station of the lineup (did you mean WZZZDT2 or MALLHD?);"
        " 205 is several stations (90011 FNC, 90012 FNCHD)"
    )


def test_a_word_for_several_stations_keeps_its_meaning():
    """What it meant before; then a full-power station before a translator; then the first one."""
    old, translator, new = (
        row("1", "WZZA", "2.1"),
        row("2", "W15AAD", "2.1"),
        row("3", "WZZC", "2.1"),
    )

    def meaning(rows, before=None):
        return choose(["2.1"], rows, before).ids

    assert meaning([translator, new, old]) == {"3"}
    assert meaning([new, translator, old], {"2.1": "1"}) == {"1"}
    assert meaning([new, translator], {"2.1": "1"}) == {"3"}  # it is gone
    moved = old._replace(station=old.station._replace(numbers=("3.1",)))
    assert meaning([new, moved], {"2.1": "1"}) == meaning([moved], {"2.1": "1"}) == {"1"}
    renewed = old._replace(station=old.station._replace(station_id="9"), former=("1",))
    assert meaning([new, renewed], {"2.1": "1"}) == {"9"}
    choice = choose(["2.1", "wzza", "20001"], [new, translator, old, row("20001", "WZZD")])
    assert choice.meant == {"2.1": "3", "wzza": "1"}
    assert notes(choice) == [
        "2.1 may be several stations (3 WZZC, 1 WZZA, 2 W15AAD): the guide has 3 WZZC; ids choose"
        " the others."
    ]


def test_a_list_in_a_file(tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("\ufeff# ours\n4.1, A&E  # movies\n!205\n", encoding="utf-8")
    assert expand([f"@{file}", "KIDZ"]) == ("4.1", "A&E", "!205", "KIDZ")
    assert select([f"@{file}"], LINEUP) == {NEWS, MOVIES}
    file.write_text("4.1\n")
    assert select([f"!@{file}"], LINEUP) == ALL - {NEWS}
    assert expand(["@", "!@"]) == ("@", "!@")
    with pytest.raises(InputFileError):
        expand([f"@{tmp_path}/none.txt"])
    file.write_text("# none yet\n")
    assert expand([f"!@{file}"]) == ()
    with pytest.raises(InputFileError):  # as one that a full disk has cut
        expand([f"@{file}"])
