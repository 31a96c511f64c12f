"""Which station a player's channel means: shapes from the field, with made-up call signs."""

import time

import pytest

from support.builders import station
from gracenote2epg.matching import CERTAIN, NOTHING, Wanted, match
from gracenote2epg.names import number


def lineup(*rows):
    """Stations with ids of their own: (call sign, network, numbers)."""
    return tuple(
        station(str(20000 + 7 * place), call_sign=sign, name=name, numbers=tuple(numbers.split()))
        for place, (sign, name, numbers) in enumerate(rows)
    )


NBC, ABC = "NATIONAL BROADCASTING COMPANY", "AMERICAN BROADCASTING COMPANY"

ANTENNA = lineup(
    ("WZAADT", NBC, "2.1 1002"),
    ("WZAADT2", "COZI TV", "2.2"),
    ("WZBBDT", "CBS", "5.1"),
    ("WZBBDT2", "START TV", "5.2"),
    ("WZCCDT", ABC, "7.1"),
    ("WZCCDT2", "CHARGE!", "7.2"),
    ("WZCCDT3", "", "7.3"),
    ("WZDDDT", "PUBLIC BROADCASTING SERVICE", "24.1"),
    ("WZDDDT4", "PBS KIDS HD", "24.4"),
    ("WZEEDT", "THE CW", "11.1"),
    ("W41ZZD", "INDEPENDENT", "41.1"),
    ("KZFFLD", "UNIVISION", "33.1"),
    ("WZHDT", "FOX BROADCASTING COMPANY", "13.1"),
    ("WZIICD", "METV", "45.1"),
    ("WZJJ", "INDEPENDENT", ""),
)
BORDER = lineup(
    ("WZKKDT", "CBS", "2.1"),
    ("WZLLDT", "CBS", "2.1"),
    ("WZMMDT", "NBC", "4.1"),
    ("WZNNDT", "NBC", "9.1"),
)
CABLE = lineup(
    ("FNC", "", "205"),
    ("FNCHD", "", "205"),
    ("HBO", "", "501"),
    ("HBOHD", "", "701"),
    ("HBOP", "", "502"),
    ("HBOHDP", "", "702"),
    ("ESPN", "", "206"),
    ("ESPN2", "", "209"),
    ("ESPNHD", "", "206"),
    ("A&E", "", "265"),
    ("DISN", "", "290"),
    ("CNN", "CABLE NEWS NETWORK", "202"),
    ("CNBC", "", "355"),
    ("NGC", "", "276"),
    ("TVLAND", "", "304 1304"),
    ("WZOO", NBC, "4"),
    ("WZOODT", NBC, "704"),
    ("SHOP", "", "140"),
    ("SHO", "", "545"),
    ("TNT", "", "245"),
    ("BRAVO", "", "237"),
)
CANADA = lineup(
    ("CBZTDT", "SOCIETE RADIO-CANADA", "2.1"),
    ("CFZODT", "CTV", "9.1"),
    ("CIZMDT", "TELE-QUEBEC", "17.1"),
    ("CFZMDT", "TVA", "10.1"),
    ("CHZHDT", "INDEPENDENT", "11.1"),
    ("CBZLDT", "CANADIAN BROADCASTING CORPORATION", "5.1"),
    ("RDZI", "RESEAU DES INVENTIONS", "33"),
)

# A channel (name, number, ids), the station's call sign ("" = none), how, and what is doubtful.
TABLE = [
    # A station id in an XMLTV id
    (ANTENNA, "Whatever", "", "20014.gracenote2epg", "WZBBDT", "station id", ""),
    (ANTENNA, "Whatever", "", "I20014.labs.zap2it.com", "WZBBDT", "station id", ""),
    (ANTENNA, "Whatever", "", "20014.zap2epg", "WZBBDT", "station id", ""),
    (ANTENNA, "Whatever", "", "I5.1.20014.zap2it.com", "WZBBDT", "station id", ""),
    (ANTENNA, "Whatever", "", "I20014.json.schedulesdirect.org", "WZBBDT", "station id", ""),
    (ANTENNA, "Whatever", "", "EPG123.20014.schedulesdirect.org", "WZBBDT", "station id", ""),
    (ANTENNA, "Whatever", "", "20014", "WZBBDT", "station id", ""),
    (ANTENNA, "5.1 WZBB", "5.1", "20014.zap2epg", "WZBBDT", "station id", ""),
    (ANTENNA, "WZAA-DT", "2.1", "20014.zap2epg", "WZBBDT", "station id", "WZAADT"),
    (ANTENNA, "Two links", "", "20014.zap2epg 20028.zap2epg", "", "", "WZBBDT WZCCDT"),
    (ANTENNA, "Gone", "", "99999.zap2epg", "", "", ""),
    (ANTENNA, "Hex", "", "20014ab420014cd4e001420014ef2001", "", "", ""),
    (ANTENNA, "Old", "", "C5wzbb.zap2it.com", "WZBBDT", "number and call sign", ""),
    # Call sign and number, as antennas and HDHomeRuns name them
    (ANTENNA, "WZAA-DT", "2.1", "", "WZAADT", "number and call sign", ""),
    (ANTENNA, "WZAA-HD", "2.1", "", "WZAADT", "number and call sign", ""),
    (ANTENNA, "WZAA-TV", "2-1", "", "WZAADT", "number and call sign", ""),
    (ANTENNA, "WZAADT", "2_1", "", "WZAADT", "number and call sign", ""),
    (ANTENNA, "wzaa", "002.01", "", "WZAADT", "number and call sign", ""),
    (ANTENNA, "WZAA", "1002", "", "WZAADT", "number and call sign", ""),
    (ANTENNA, "2.1 WZAA-DT", "", "", "WZAADT", "number and call sign", ""),
    (ANTENNA, "7-3 WZCC", "", "", "WZCCDT3", "number and call sign", ""),
    (ANTENNA, "WZCC-DT", "7.3", "", "WZCCDT3", "number and call sign", ""),
    (ANTENNA, "WZCC-D3", "7.3", "", "WZCCDT3", "number and call sign", ""),
    (ANTENNA, "WZH-HD", "13.1", "", "WZHDT", "number and call sign", ""),
    (ANTENNA, "W41ZZ-D", "41.1", "", "W41ZZD", "number and call sign", ""),
    (ANTENNA, "KZFF-LD", "33.1", "", "KZFFLD", "number and call sign", ""),
    (ANTENNA, "WZII-CD", "45.1", "", "WZIICD", "number and call sign", ""),
    (ANTENNA, "WZAA", "2", "", "WZAADT", "number and call sign", ""),
    # The call sign alone
    (ANTENNA, "WZCC", "", "", "WZCCDT", "call sign", ""),
    (ANTENNA, "WZCC-DT2", "", "", "WZCCDT2", "call sign", ""),
    (ANTENNA, "WZCCDT3", "", "", "WZCCDT3", "call sign", ""),
    (ANTENNA, "US: CBS 13 (WZBB) SAMPLETOWN HD", "", "", "WZBBDT", "call sign", ""),
    (ANTENNA, "Local", "", "WZBBDT1.us", "WZBBDT", "call sign", ""),
    (ANTENNA, "WZJJ", "8.1", "", "WZJJ", "call sign", ""),
    (ANTENNA, "WZAA-DT", "5.1", "", "WZAADT", "call sign", "WZBBDT"),
    # What contradicts
    (ANTENNA, "WZCC-DT4", "7.4", "", "", "", "WZCCDT WZCCDT2 WZCCDT3"),
    (ANTENNA, "WZCC", "7.4", "", "", "", "WZCCDT"),
    (ANTENNA, "KZQQ-DT", "2.1", "", "", "", "WZAADT"),
    (ANTENNA, "KZQQ", "2.1", "", "", "", "WZAADT"),
    (ANTENNA, "CBS 13 (KZQQ) Elsewhere", "", "", "", "", "WZBBDT"),
    # Number and name
    (ANTENNA, "Charge!", "7.2", "", "WZCCDT2", "number and name", ""),
    (ANTENNA, "COZI", "2.2", "", "WZAADT2", "number and name", ""),
    (ANTENNA, "PBSKids", "24.4", "", "WZDDDT4", "number and name", ""),
    (ANTENNA, "KIDS", "24.4", "", "WZDDDT4", "number and name", ""),
    (ANTENNA, "Me TV", "45.1", "", "WZIICD", "number and name", ""),
    (ANTENNA, "NBC 2 New York", "", "", "WZAADT", "number and name", ""),
    (ANTENNA, "CW 11 Sampletown", "", "", "WZEEDT", "number and name", ""),
    (ANTENNA, "FOX 13", "13.1", "", "WZHDT", "number and name", ""),
    (ANTENNA, "PBS", "24.1", "", "WZDDDT", "number and name", ""),
    # The number alone, the name alone
    (ANTENNA, "Laugh", "7.3", "", "WZCCDT3", "number", ""),
    (ANTENNA, "WORLD", "7.3", "", "WZCCDT3", "number", ""),
    (ANTENNA, "Wild", "7.3", "", "WZCCDT3", "number", ""),
    (ANTENNA, "WILD", "7.3", "", "", "", "WZCCDT3"),
    (ANTENNA, "Independent", "", "", "", "", ""),
    (ANTENNA, "ABC", "", "", "WZCCDT", "name", ""),
    (ANTENNA, "Univision HD", "", "", "KZFFLD", "name", ""),
    (ANTENNA, "NBC Los Angeles", "", "", "", "", "WZAADT"),
    (ANTENNA, "Nothing Like It", "66.6", "", "", "", ""),
    (ANTENNA, "", "", "", "", "", ""),
    (ANTENNA, "{name-not-set}", "0", "", "", "", ""),
    # Two stations on one number, two of one network
    (BORDER, "WZLL-DT", "2.1", "", "WZLLDT", "number and call sign", ""),
    (BORDER, "CBS", "2.1", "", "", "", "WZKKDT WZLLDT"),
    (BORDER, "Two", "2.1", "", "", "", "WZKKDT WZLLDT"),
    (BORDER, "NBC", "", "", "", "", "WZMMDT WZNNDT"),
    (BORDER, "NBC 9", "", "", "WZNNDT", "number and name", ""),
    # SD and HD
    (CABLE, "FNC", "205", "", "FNC", "number and call sign", ""),
    (CABLE, "FNCHD", "205", "", "FNCHD", "number and call sign", ""),
    (CABLE, "FNC HD", "205", "", "FNCHD", "number and call sign", ""),
    (CABLE, "Fox News Channel", "205", "", "FNC", "number and name", "FNCHD"),
    (CABLE, "Fox News HD", "205", "", "FNCHD", "number", ""),
    (CABLE, "Fox News", "205", "", "FNC", "number", "FNCHD"),
    (CABLE, "HBO", "701", "", "HBOHD", "number and call sign", ""),
    (CABLE, "HBO HD", "501", "", "HBOHD", "call sign", "HBO"),
    (CABLE, "TNT HD", "", "", "TNT", "call sign", ""),
    (CABLE, "WZOO", "704", "", "WZOODT", "number and call sign", ""),
    (CABLE, "WZOO", "4", "", "WZOO", "number and call sign", ""),
    (CABLE, "NBC 4 HD", "", "", "WZOODT", "name", ""),
    # East and West
    (CABLE, "HBO (West)", "", "", "HBOP", "call sign", "HBOHDP"),
    (CABLE, "HBO West HD", "", "", "HBOHDP", "call sign", ""),
    (CABLE, "HBO Pacific", "502", "", "HBOP", "number and call sign", ""),
    (CABLE, "HBO (E)", "", "", "HBO", "call sign", ""),
    (CABLE, "HBO East", "501", "", "HBO", "number and call sign", ""),
    (CABLE, "HBOP", "502", "", "HBOP", "number and call sign", ""),
    (CABLE, "Anything", "", "HBOWest.us@HD", "HBOP", "call sign", "HBOHDP"),
    (CABLE, "HBO West", "501", "", "HBOP", "call sign", "HBO HBOHDP"),
    (CABLE, "TNT West", "245", "", "", "", "TNT"),
    # Cable names
    (CABLE, "A&E", "", "", "A&E", "call sign", ""),
    (CABLE, "ESPN 2", "", "", "ESPN2", "call sign", ""),
    (CABLE, "ESPN2 HD", "209", "", "ESPN2", "number and call sign", ""),
    (CABLE, "ESPN Deportes", "", "", "", "", "ESPN ESPNHD"),
    (CABLE, "Disney Channel", "290", "", "DISN", "number and name", ""),
    (CABLE, "Disney Junior", "", "", "", "", ""),
    (CABLE, "National Geographic Channel", "", "", "NGC", "name", ""),
    (CABLE, "CNBC World", "", "", "", "", "CNBC"),
    (CABLE, "TV Land", "1304", "", "TVLAND", "number and call sign", ""),
    (CABLE, "Shop", "", "", "SHOP", "call sign", ""),
    (CABLE, "Bravo TV", "", "", "BRAVO", "call sign", ""),
    (CABLE, "HBO (WEST)", "", "", "HBOP", "call sign", "HBOHDP"),
    (CABLE, "|US| CNN", "", "", "CNN", "call sign", ""),
    (CABLE, "265 A&E", "", "", "A&E", "number and call sign", ""),
    # Canada, in two languages
    (CANADA, "CBZT", "2.1", "", "CBZTDT", "number and call sign", ""),
    (CANADA, "CFZO-DT", "9.1", "", "CFZODT", "number and call sign", ""),
    (CANADA, "ICI Radio-Canada Télé", "", "", "CBZTDT", "name", ""),
    (CANADA, "ICI Radio-Canada Télé (CBZT)", "2.1", "", "CBZTDT", "number and call sign", ""),
    (CANADA, "Télé-Québec", "17.1", "", "CIZMDT", "number and name", ""),
    (CANADA, "TVA Montréal", "10.1", "", "CFZMDT", "number and name", ""),
    (CANADA, "CBC", "5.1", "", "CBZLDT", "number and name", ""),
    (CANADA, "CA: CHZH", "", "CHZH.ca", "CHZHDT", "call sign", ""),
    (CANADA, "RDZI", "33", "", "RDZI", "number and call sign", ""),
    (CANADA, "RÉSEAU DES INVENTIONS", "", "", "RDZI", "name", ""),
]


@pytest.mark.parametrize(("stations", "name", "channel", "ids", "sign", "how", "doubts"), TABLE)
def test_what_a_channel_means(stations, name, channel, ids, sign, how, doubts):
    signs = {own.station_id: own.call_sign for own in stations}
    others = [Wanted(own.call_sign, own.numbers[0]) for own in stations[:4]]
    found = match([Wanted(name, number(channel), tuple(ids.split())), *others], stations)[0]
    told = " ".join(sorted(signs[station_id] for station_id in found.doubts))
    assert (signs.get(found.station_id, ""), found.how, told) == (sign, how, doubts)
    assert (found.confidence >= CERTAIN) == bool(sign)


def means(stations, name, channel="", **more):
    """The call sign that one channel of a list means, "" = none."""
    signs = {own.station_id: own.call_sign for own in stations}
    (found,) = match([Wanted(name, channel)], stations, **more)
    return signs.get(found.station_id, "")


def test_the_table_is_as_long_as_promised_and_every_case_is_another():
    assert len(set(TABLE)) == len(TABLE) >= 60


def test_a_channel_in_hd_is_the_hd_station_even_if_only_the_player_says_so():
    found = match([Wanted("Fox News", "205", (), True)], CABLE)[0]
    assert found.station_id == CABLE[1].station_id
    assert found.doubts == ()


def test_a_channel_in_sd_is_the_sd_station():
    assert means(CABLE, "ESPN SD", "206") == "ESPN"


def test_one_station_may_be_what_several_channels_mean():
    found = match([Wanted("WZAA", "2.1"), Wanted("WZAA HD", "1002")], ANTENNA)
    assert [one.station_id for one in found] == [ANTENNA[0].station_id] * 2


def test_a_match_is_surer_the_more_speaks_for_it():
    channels = [
        Wanted("X", "", ("20000.zap2epg",)),
        Wanted("WZAADT", "2.1"),
        Wanted("NBC", "2.1"),
        Wanted("WZAADT"),
        Wanted("NBC"),
        Wanted("Other", "2.1"),
    ]
    sure = [match([one], ANTENNA)[0].confidence for one in channels]
    assert sure == sorted(sure, reverse=True)
    assert len(set(sure)) == len(sure)
    assert min(sure) >= CERTAIN


def test_numbers_that_only_count_are_not_believed():
    """As those of a playlist: its third channel is not the station on 3."""
    counted = [Wanted("ESPN", "4"), Wanted("HBO", "205"), Wanted("Gardening", "265")]
    assert [one.how for one in match(counted, CABLE)] == ["call sign", "call sign", ""]


def test_numbers_that_agree_with_most_names_are_believed():
    channels = [Wanted("ESPN", "206"), Wanted("HBO", "9"), Wanted("Gardening", "265")]
    assert [one.how for one in match(channels, CABLE)][2] == "number"


def test_numbers_of_a_list_of_unknown_names_are_believed():
    assert means(ANTENNA, "Laugh", "7.3") == "WZCCDT3"


def test_what_the_user_says_wins():
    own = {"espn": "20000"}
    found = match([Wanted("ESPN", "206")], CABLE, own)[0]
    assert found == (Wanted("ESPN", "206"), "20000", 100, "override", ())


@pytest.mark.parametrize("text", ["206  Espn", "ESPN", "206"])
def test_a_channel_is_said_by_label_name_or_number(text):
    assert match([Wanted("ESPN", "206")], CABLE, {text: "20000"})[0].how == "override"


def test_a_label_says_more_than_a_name_and_that_more_than_a_number():
    channel = Wanted("ESPN", "206")
    own = {"206": "20000", "ESPN": "20007"}
    assert match([channel], CABLE, own)[0].station_id == "20007"
    assert match([channel], CABLE, {**own, "206 ESPN": "20014"})[0].station_id == "20014"


def test_the_user_may_say_that_a_channel_has_no_station():
    found = match([Wanted("ESPN", "206")], CABLE, {"ESPN": NOTHING})[0]
    assert (found.station_id, found.confidence, found.how) == ("", 100, "override")


def test_an_override_whose_station_is_gone_matches_nothing_else():
    found = match([Wanted("ESPN", "206")], CABLE, {"ESPN": "99999"})[0]
    assert (found.station_id, found.confidence, found.how) == ("", 0, "override")


def test_the_order_of_the_stations_decides_nothing():
    for stations in (ANTENNA, BORDER, CABLE, CANADA):
        channels = [Wanted(row[1], number(row[2])) for row in TABLE if row[0] is stations]
        assert match(channels, stations) == match(channels, stations[::-1])


def test_every_match_and_doubt_is_a_station_of_the_lineup():
    for row in TABLE:
        ids = {own.station_id for own in row[0]}
        (found,) = match([Wanted(row[1], number(row[2]))], row[0])
        assert {found.station_id, *found.doubts} - {""} <= ids
        assert found.station_id not in found.doubts


def test_no_station_and_no_channel_is_no_trouble():
    assert match([], ANTENNA) == []
    assert match([Wanted("WZAA")], []) == [(Wanted("WZAA"), "", 0, "", ())]


def test_ten_thousand_channels_are_matched_in_seconds():
    """A playlist of a provider of everything, on the lineup of a large cable company."""
    stations = lineup(*((f"ZS{place}X", f"NETWORK {place}", str(place)) for place in range(600)))
    channels = [Wanted(f"US: Sports {place} HD", str(place)) for place in range(10000)]
    began = time.process_time()
    match(channels, stations)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5.1", "5.1"),
        ("5-1", "5.1"),
        ("5_1", "5.1"),
        ("005.01", "5.1"),
        ("5.0", "5"),
        ("5.10", "5.10"),
        (" 392 ", "392"),
        ("0", ""),
        ("", ""),
        ("5.1.2", ""),
        ("5a", ""),
        ("-1", ""),
        ("123456", ""),
    ],
)
def test_a_number_in_any_form(text, expected):
    assert number(text) == expected
