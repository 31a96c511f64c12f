"""Which station a player's channel means: shapes from the field, with made-up call signs."""

import time

import pytest

from gracenote2epg.channels.call_signs import number
from gracenote2epg.channels.matching import MIN_CONFIDENCE, NO_STATION, PlayerChannel, match
from support.builders import station


def lineup(text):
    """Stations with ids of their own, each as its call sign, its numbers and its network."""
    stations = []
    for place, row in enumerate(text.split(";")):
        sign, *words = row.split()
        numbers = tuple(word for word in words if word[0].isdigit())
        name = " ".join(words[len(numbers) :])
        stations.append(station(str(20000 + 7 * place), call_sign=sign, name=name, numbers=numbers))
    return tuple(stations)


ANTENNA = lineup(
    "WZAADT 2.1 1002 NATIONAL BROADCASTING COMPANY; WZAADT2 2.2 COZI TV; WZBBDT 5.1 CBS;"
    "WZBBDT2 5.2 START TV; WZCCDT 7.1 AMERICAN BROADCASTING COMPANY; WZCCDT2 7.2 CHARGE!;"
    "WZCCDT3 7.3; WZDDDT 24.1 PUBLIC BROADCASTING SERVICE; WZDDDT4 24.4 PBS KIDS HD;"
    "WZEEDT 11.1 THE CW; W41ZZD 41.1 INDEPENDENT; KZFFLD 33.1 UNIVISION;"
    "WZHDT 13.1 FOX BROADCASTING COMPANY; WZIICD 45.1 METV; WZJJ INDEPENDENT"
)
BORDER = lineup("WZKKDT 2.1 CBS; WZLLDT 2.1 CBS; WZMMDT 4.1 NBC; WZNNDT 9.1 NBC")
CABLE = lineup(
    "FNC 205; FNCHD 205; HBO 501; HBOHD 701; HBOP 502; HBOHDP 702; ESPN 206; ESPN2 209; ESPNHD 206;"
    "A&E 265; DISN 290; CNN 202 CABLE NEWS NETWORK; CNBC 355; NGC 276; TVLAND 304 1304;"
    "WZOO 4 NATIONAL BROADCASTING COMPANY; WZOODT 704 NATIONAL BROADCASTING COMPANY; SHOP 140;"
    "SHO 545; TNT 245; BRAVO 237"
)
CANADA = lineup(
    "CBZTDT 2.1 SOCIETE RADIO-CANADA; CFZODT 9.1 CTV; CIZMDT 17.1 TELE-QUEBEC; CFZMDT 10.1 TVA;"
    "CHZHDT 11.1 INDEPENDENT; CBZLDT 5.1 CANADIAN BROADCASTING CORPORATION;"
    "RDZI 33 RESEAU DES INVENTIONS"
)

# An XMLTV id that holds a station's id, as several programs write it
IDS = (
    "20014 20014.gracenote2epg 20014.zap2epg I20014.labs.zap2it.com I5.1.20014.zap2it.com"
    " I20014.json.schedulesdirect.org EPG123.20014.schedulesdirect.org"
)
# An antenna's channel, name/number, as several players write it
FORMS = "WZAA-DT/2.1;WZAA-HD/2.1;WZAA-TV/2-1;WZAADT/2_1;wzaa/002.01;WZAA/1002;2.1 WZAA-DT/;WZAA/2"
# A channel (name, number, ids), the station's call sign ("" = none), how, and what is doubtful.
TABLE = [
    # A station id in an XMLTV id
    *[(ANTENNA, "Whatever", "", form, "WZBBDT", "station id", "") for form in IDS.split()],
    (ANTENNA, "5.1 WZBB", "5.1", "20014.zap2epg", "WZBBDT", "station id", ""),
    (ANTENNA, "WZAA-DT", "2.1", "20014.zap2epg", "WZBBDT", "station id", "WZAADT"),
    (ANTENNA, "Two links", "", "20014.zap2epg 20028.zap2epg", "", "", "WZBBDT WZCCDT"),
    (ANTENNA, "Gone", "", "99999.zap2epg", "", "", ""),
    (ANTENNA, "Hex", "", "20014ab420014cd4e001420014ef2001", "", "", ""),
    (ANTENNA, "Old", "", "C5wzbb.zap2it.com", "WZBBDT", "number and call sign", ""),
    # Call sign and number, as antennas and HDHomeRuns name them
    *[
        (ANTENNA, *form.split("/"), "", "WZAADT", "number and call sign", "")
        for form in FORMS.split(";")
    ],
    (ANTENNA, "7-3 WZCC", "", "", "WZCCDT3", "number and call sign", ""),
    (ANTENNA, "WZCC-DT", "7.3", "", "WZCCDT3", "number and call sign", ""),
    (ANTENNA, "WZCC-D3", "7.3", "", "WZCCDT3", "number and call sign", ""),
    (ANTENNA, "WZH-HD", "13.1", "", "WZHDT", "number and call sign", ""),
    (ANTENNA, "W41ZZ-D", "41.1", "", "W41ZZD", "number and call sign", ""),
    (ANTENNA, "KZFF-LD", "33.1", "", "KZFFLD", "number and call sign", ""),
    (ANTENNA, "WZII-CD", "45.1", "", "WZIICD", "number and call sign", ""),
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


def test_what_a_channel_means():
    wrong = []
    for stations, name, channel, ids, *expected in TABLE:
        signs = {station.station_id: station.call_sign for station in stations}
        others = [PlayerChannel(station.call_sign, station.numbers[0]) for station in stations[:4]]
        means = match(
            [PlayerChannel(name, number(channel), tuple(ids.split())), *others], stations
        )[0]
        doubts = " ".join(sorted(signs[station_id] for station_id in means.doubts))
        told = [signs.get(means.station_id, ""), means.how, doubts]
        if told != expected or (means.confidence >= MIN_CONFIDENCE) != bool(told[0]):
            wrong.append((name, channel, ids, told, means.confidence))
    assert wrong == []


def means(stations, name, channel="", assigned=None):
    """What one channel of a list means: (call sign, how sure in percent, how)."""
    signs = {station.station_id: station.call_sign for station in stations}
    (meant,) = match([PlayerChannel(name, channel)], stations, assigned)
    return signs.get(meant.station_id, ""), meant.confidence, meant.how


def test_the_table_is_as_long_as_promised_and_has_no_row_twice():
    assert len(set(TABLE)) == len(TABLE) >= 60


def test_a_channel_in_hd_is_the_hd_station_even_if_only_the_player_says_so():
    (meant,) = match([PlayerChannel("Fox News", "205", (), True)], CABLE)
    assert (meant.station_id, meant.doubts) == (CABLE[1].station_id, ())


def test_a_channel_in_sd_is_the_sd_station():
    assert means(CABLE, "ESPN SD", "206")[0] == "ESPN"


def test_several_channels_may_mean_one_station():
    both = match([PlayerChannel("WZAA", "2.1"), PlayerChannel("WZAA HD", "1002")], ANTENNA)
    assert [meant.station_id for meant in both] == [ANTENNA[0].station_id] * 2


def test_a_match_is_surer_the_more_speaks_for_it():
    channels = [
        PlayerChannel("X", "", ("20000.zap2epg",)),
        PlayerChannel("WZAADT", "2.1"),
        PlayerChannel("NBC", "2.1"),
        PlayerChannel("WZAADT"),
        PlayerChannel("NBC"),
        PlayerChannel("Other", "2.1"),
    ]
    sure = [match([channel], ANTENNA)[0].confidence for channel in channels]
    assert sure == sorted(set(sure), reverse=True)
    assert min(sure) >= MIN_CONFIDENCE


def test_numbers_are_believed_unless_they_only_count():
    """Those of a playlist may only count: its third channel is not the station on 3."""
    for channels, how in (
        ([("ESPN", "4"), ("HBO", "205"), ("Gardening", "265")], ["call sign", "call sign", ""]),
        ([("ESPN", "206"), ("HBO", "9"), ("Gardening", "265")],
         ["number and call sign", "call sign", "number"]),
        ([("Gardening", "265")], ["number"]),
    ):  # fmt: skip
        assert [
            meant.how for meant in match([PlayerChannel(*row) for row in channels], CABLE)
        ] == how


def test_what_the_user_says_wins():
    (meant,) = match([PlayerChannel("ESPN", "206")], CABLE, {"espn": "20000"})
    assert meant == (PlayerChannel("ESPN", "206"), "20000", 100, "override", ())
    for text in ("206  Espn", "ESPN", "206"):
        assert means(CABLE, "ESPN", "206", {text: "20000"}) == ("FNC", 100, "override"), text


def test_a_label_counts_before_a_name_and_a_name_before_a_number():
    assigned = {"206": "20000", "ESPN": "20007"}
    assert means(CABLE, "ESPN", "206", assigned)[0] == "FNCHD"
    assert means(CABLE, "ESPN", "206", {**assigned, "206 ESPN": "20014"})[0] == "HBO"


def test_the_user_may_say_that_a_channel_has_no_station():
    assert means(CABLE, "ESPN", "206", {"ESPN": NO_STATION}) == ("", 100, "override")


def test_a_channel_whose_assigned_station_is_gone_matches_no_other():
    assert means(CABLE, "ESPN", "206", {"ESPN": "99999"}) == ("", 0, "override")


def test_the_order_of_the_stations_decides_nothing():
    for stations in (ANTENNA, BORDER, CABLE, CANADA):
        channels = [PlayerChannel(row[1], number(row[2])) for row in TABLE if row[0] is stations]
        assert match(channels, stations) == match(channels, stations[::-1])


def test_every_match_and_doubt_is_a_station_of_the_lineup():
    for stations, name, channel, *_ in TABLE:
        (meant,) = match([PlayerChannel(name, number(channel))], stations)
        ids = {station.station_id for station in stations}
        assert {meant.station_id, *meant.doubts} - {""} <= ids
        assert meant.station_id not in meant.doubts


def test_no_station_and_no_channel_is_no_trouble():
    assert match([], ANTENNA) == []
    assert match([PlayerChannel("WZAA")], []) == [(PlayerChannel("WZAA"), "", 0, "", ())]


@pytest.mark.slow
def test_ten_thousand_channels_are_matched_in_seconds():
    """A playlist of a provider of everything, on the lineup of a large cable company."""
    stations = lineup(";".join(f"ZS{place}X {place} NETWORK {place}" for place in range(600)))
    channels = [PlayerChannel(f"US: Sports {place} HD", str(place)) for place in range(10000)]
    began = time.process_time()
    match(channels, stations)
    assert time.process_time() - began < 10


def test_a_number_in_any_form():
    forms = "5.1=5.1 5-1=5.1 5_1=5.1 005.01=5.1 5.0=5 5.10=5.10 0= 5.1.2= 5a= -1= 123456="
    table = {" 392 ": "392", "": "", **dict(form.split("=") for form in forms.split())}
    assert {text: number(text) for text in table} == table
