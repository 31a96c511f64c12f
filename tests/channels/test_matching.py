"""Matching of players' channels to stations: forms from the field, with made-up call signs."""

import itertools
import os
import re
import time

import pytest

from gracenote2epg.channels.brands import OWN_IN_CANADA
from gracenote2epg.channels.call_signs import brand_language, key_of
from gracenote2epg.channels.matching import MIN_CONFIDENCE, NO_STATION, PlayerChannel, match
from gracenote2epg.util.sanitize import channel_number
from support.builders import station
from support.tables import wrong


def lineup(text):
    """Stations with unique ids, from rows of call sign, numbers and network."""
    stations = []
    for index, row in enumerate(text.split(";")):
        sign, *words = row.split()
        numbers = tuple(itertools.takewhile(lambda word: word.replace(".", "").isdigit(), words))
        name = " ".join(words[len(numbers) :])
        stations.append(station(str(20000 + 7 * index), call_sign=sign, name=name, numbers=numbers))
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

# XMLTV ids with a station id, as several programs write them
IDS = (
    "20014 20014.gracenote2epg 20014.zap2epg I20014.labs.zap2it.com I5.1.20014.zap2it.com"
    " I20014.json.schedulesdirect.org EPG123.20014.schedulesdirect.org"
)
# Name/number of an antenna's channel, as several players write them
FORMS = "WZAA-DT/2.1;WZAA-HD/2.1;WZAA-TV/2-1;WZAADT/2_1;wzaa/002.01;WZAA/1002;2.1 WZAA-DT/;WZAA/2"
# Lineup, channel (name, number, ids), the station's call sign ("" = none), how, doubts.
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
    (ANTENNA, "WZCC-D3", "7.3", "", "WZCCDT3", "number and call sign", ""),
    (ANTENNA, "WZH-HD", "13.1", "", "WZHDT", "number and call sign", ""),
    (ANTENNA, "W41ZZ-D", "41.1", "", "W41ZZD", "number and call sign", ""),
    # The call sign alone
    (ANTENNA, "US: CBS 13 (WZBB) SAMPLETOWN HD", "", "", "WZBBDT", "call sign", ""),
    (ANTENNA, "Local", "", "WZBBDT1.us", "WZBBDT", "call sign", ""),
    (ANTENNA, "WZJJ", "8.1", "", "WZJJ", "call sign", ""),
    (ANTENNA, "WZAA-DT", "5.1", "", "WZAADT", "call sign", "WZBBDT"),
    # Contradictions
    (ANTENNA, "WZCC-DT4", "7.4", "", "", "", "WZCCDT WZCCDT2 WZCCDT3"),
    (ANTENNA, "WZCC", "7.4", "", "", "", "WZCCDT"),
    (ANTENNA, "KZQQ-DT", "2.1", "", "", "", "WZAADT"),
    (ANTENNA, "CBS 13 (KZQQ) Elsewhere", "", "", "", "", "WZBBDT"),
    # Number and name
    (ANTENNA, "PBSKids", "24.4", "", "WZDDDT4", "number and name", ""),
    (ANTENNA, "KIDS", "24.4", "", "WZDDDT4", "number and name", ""),
    (ANTENNA, "NBC2-HD", "", "", "WZAADT", "number and name", ""),
    (ANTENNA, "NBC 2 New York", "", "", "", "", "WZAADT"),
    (ANTENNA, "CW 11 Sampletown", "", "", "", "", "WZEEDT"),
    # The number alone, the name alone
    (ANTENNA, "Laugh", "7.3", "", "WZCCDT3", "number", ""),
    (ANTENNA, "Wild", "7.3", "", "WZCCDT3", "number", ""),
    (ANTENNA, "WILD", "7.3", "", "", "", "WZCCDT3"),
    (ANTENNA, "Independent", "", "", "", "", ""),
    (ANTENNA, "NBC Los Angeles", "", "", "", "", "WZAADT"),
    (ANTENNA, "Nothing Like It", "66.6", "", "", "", ""),
    (ANTENNA, "", "", "", "", "", ""),
    (ANTENNA, "{name-not-set}", "0", "", "", "", ""),
    # Two stations on one number, two of one network
    (BORDER, "WZLL-DT", "2.1", "", "WZLLDT", "number and call sign", ""),
    (BORDER, "CBS", "2.1", "", "", "", "WZKKDT WZLLDT"),
    (BORDER, "Two", "2.1", "", "", "", "WZKKDT WZLLDT"),
    (BORDER, "NBC 9", "", "", "WZNNDT", "number and name", ""),
    # SD and HD
    (CABLE, "Fox News Channel", "205", "", "FNC", "number and name", "FNCHD"),
    (CABLE, "Fox News HD", "205", "", "FNCHD", "number and name", ""),
    (CABLE, "HBO", "701", "", "HBOHD", "number and call sign", ""),
    (CABLE, "HBO HD", "501", "", "HBOHD", "call sign", "HBO"),
    (CABLE, "WZOO", "4", "", "WZOO", "number and call sign", ""),
    (CABLE, "NBC 4 HD", "", "", "WZOODT", "name", ""),
    # East and West
    (CABLE, "HBO (West)", "", "", "HBOP", "call sign", "HBOHDP"),
    (CABLE, "HBO (E)", "", "", "HBO", "call sign", ""),
    (CABLE, "HBOP", "502", "", "HBOP", "number and call sign", ""),
    (CABLE, "Anything", "", "HBOWest.us@HD", "HBOP", "call sign", "HBOHDP"),
    (CABLE, "HBO West", "501", "", "HBOP", "call sign", "HBO HBOHDP"),
    (CABLE, "TNT West", "245", "", "", "", "TNT"),
    # Cable names
    (CABLE, "ESPN Deportes", "", "", "", "", "ESPN ESPNHD"),
    (CABLE, "Disney Channel", "290", "", "DISN", "number and name", ""),
    (CABLE, "Disney Junior", "", "", "", "", ""),
    (CABLE, "CNBC World", "", "", "", "", "CNBC"),
    (CABLE, "Bravo TV", "", "", "BRAVO", "call sign", ""),
    (CABLE, "265 A&E", "", "", "A&E", "number and call sign", ""),
    # Canada, in two languages
    (CANADA, "ICI Radio-Canada Télé", "", "", "CBZTDT", "name", ""),
    (CANADA, "ICI Radio-Canada Télé (CBZT)", "2.1", "", "CBZTDT", "number and call sign", ""),
    (CANADA, "Télé-Québec", "17.1", "", "CIZMDT", "number and name", ""),
    (CANADA, "CA: CHZH", "", "CHZH.ca", "CHZHDT", "call sign", ""),
]


def matched(stations, channel, overrides=None, others=()):
    """What the channel matches, by call signs: (station, how, doubts), and the match."""
    signs = {station.station_id: station.call_sign for station in stations}
    found = match([channel, *others], stations, overrides)[0]
    doubts = " ".join(sorted(signs[key] for key in found.doubts))
    return (signs.get(found.station_id, ""), found.how, doubts), found


def test_the_table():
    assert len(set(TABLE)) == len(TABLE)
    failures = []
    for stations, name, channel, ids, *expected in TABLE:
        others = [PlayerChannel(station.call_sign, station.numbers[0]) for station in stations[:4]]
        channel = PlayerChannel(name, channel_number(channel), tuple(ids.split()))
        row, found = matched(stations, channel, None, others)
        confident = (found.confidence >= MIN_CONFIDENCE) == bool(row[0])
        if row != tuple(expected) or not confident or found.station_id in found.doubts:
            failures.append((channel, found))
    assert failures == []


def read_cases():
    """By list of stations in matching_cases.txt: the stations, the country of their lineup, and
    (channel, call signs) of each case; "-" is no station, several are any of them.

    The country stands after the list's name, if it is not USA. A case is the name, @number, #id,
    +hd -> call signs.
    """
    cases = {}
    with open(
        os.path.join(os.path.dirname(__file__), "matching_cases.txt"), encoding="utf-8"
    ) as file:
        for text in file.read().split("= ")[1:]:
            head, *blocks = text.split("\n\n")
            title, *rows = head.split("\n")
            name, _, country = title.partition(" ")
            stations = [row.split(" ", 1) for row in " ".join(rows).split("; ")]
            ids = [station_id for station_id, _ in stations]
            rows = lineup(";".join(row for _, row in stations))
            stations = [row._replace(station_id=key) for row, key in zip(rows, ids)]
            cases[name] = stations, country or "USA", []
            for case in blocks[0].strip().replace("\n", " ").split("; "):
                channel, signs = case.split(" -> ")
                channel, *marks = re.split(" (?=[@#+][^ ]+(?: |$))", channel)
                number = "".join(mark[1:] for mark in marks if mark[0] == "@")
                keys = tuple(mark[1:] for mark in marks if mark[0] == "#")
                channel = PlayerChannel(
                    channel, channel_number(number), keys, "+hd" in marks or None
                )
                cases[name][-1].append((channel, signs.split(",")))
    return cases


@pytest.mark.parametrize("alone", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_cases(alone):
    """Each channel alone, and all of a list together."""
    wrong_ones, count = [], 0
    for name, (stations, country, cases) in read_cases().items():
        signs = {"": "-", **{station.station_id: station.call_sign for station in stations}}
        channels = [channel for channel, _ in cases]
        countries = {station.station_id: country for station in stations}
        groups = [[row] for row in channels] if alone else [channels]
        found = [row for group in groups for row in match(group, stations, countries=countries)]
        for row, (channel, expected) in zip(found, cases):
            count += 1
            is_sure = row.confidence >= MIN_CONFIDENCE or not row.station_id
            if signs[row.station_id] not in expected or not is_sure:
                wrong_ones.append((row.confidence, name, channel, signs[row.station_id], expected))
    assert count > 500
    assert wrong_ones == []


def test_the_order_of_the_stations_does_not_matter():
    for stations in (ANTENNA, BORDER, CABLE, CANADA):
        channels = [
            PlayerChannel(row[1], channel_number(row[2])) for row in TABLE if row[0] is stations
        ]
        assert match(channels, stations) == match(channels, stations[::-1])


def test_a_channel_in_hd_or_sd_is_that_twin():
    assert matched(CABLE, PlayerChannel("Fox News", "205", (), True))[0][0] == "FNCHD"
    assert matched(CABLE, PlayerChannel("ESPN SD", "206"))[1].station_id == CABLE[6].station_id


def test_several_channels_may_match_one_station():
    both = match([PlayerChannel("WZAA", "2.1"), PlayerChannel("WZAA HD", "1002")], ANTENNA)
    assert [found.station_id for found in both] == [ANTENNA[0].station_id] * 2


def test_more_evidence_gives_more_confidence():
    channels = [
        PlayerChannel("X", "", ("20000.zap2epg",)),
        PlayerChannel("WZAADT", "2.1"),
        PlayerChannel("NBC", "2.1"),
        PlayerChannel("WZAADT"),
        PlayerChannel("NBC"),
        PlayerChannel("Other", "2.1"),
    ]
    confidence = [match([channel], ANTENNA)[0].confidence for channel in channels]
    assert confidence == sorted(set(confidence), reverse=True)
    assert min(confidence) >= MIN_CONFIDENCE


def test_numbers_count_unless_the_list_just_counts_upwards():
    for channels, how in (
        ([("ESPN", "4"), ("HBO", "205"), ("Gardening", "265")], ["call sign", "call sign", ""]),
        ([("ESPN", "206"), ("HBO", "9"), ("Gardening", "265")],
         ["number and call sign", "call sign", "number"]),
        ([("Gardening", "265")], [""]),
    ):  # fmt: skip
        found = match([PlayerChannel(*row) for row in channels], CABLE)
        assert [row.how for row in found] == how


def test_overrides():
    """By label before name before number; "-" is no station, as is a station that is gone."""

    def overridden(overrides):
        found = matched(CABLE, PlayerChannel("ESPN", "206"), overrides)
        return found[0][0], found[1].confidence, found[1].how, found[1].doubts

    number, name, label = {"206": "20000"}, {"ESPN": "20007"}, {"206  Espn": "20014"}
    assert wrong(overridden, [
        (number, ("FNC", 100, "your assignment", ())),
        ({**number, "espn": "20007"}, ("FNCHD", 100, "your assignment", ())),
        ({**number, **name, **label}, ("HBO", 100, "your assignment", ())),
        ({"ESPN": NO_STATION}, ("", 100, "your assignment", ())),
        ({"ESPN": "99999"}, ("", 0, "your assignment", ())),
    ]) == []  # fmt: skip


def test_what_a_channel_meant_before_decides_between_equals():
    cbs, second = [PlayerChannel("CBS", "2.1")], BORDER[1].station_id
    meant = [match(cbs, BORDER, None, before)[0].station_id for before in ({}, {"2.1 cbs": second})]
    assert meant == ["", second]


def test_translators_are_no_second_station():
    """As an HDHomeRun lists channels, with and without a hint in the name."""
    repeated = lineup(
        "W15AAD 2.1 CBS; WZKKDT 2.1 CBS; W15AAD2 2.2 COZI TV; WZKKDT2 2.2 COZI TV; W16BBD 4.1 NBC;"
        "K17CCD 4.1 NBC; W18DDD 2.2 GRIT"
    )
    rows = [("CBS2-HD", "2.1", "WZKKDT"), ("CBS", "2.1", "WZKKDT"), ("Cozi", "2.2", "WZKKDT2")]
    rows += [("NBC", "4.1", "W16BBD"), ("Mystery", "2.2", "")]  # another network is another one
    for name, number, sign in rows:
        assert matched(repeated, PlayerChannel(name, number))[0][0] == sign, name


def test_no_stations_and_no_channels():
    assert match([], ANTENNA) == []
    assert match([PlayerChannel("WZAA")], []) == [(PlayerChannel("WZAA"), "", 0, "", ())]


def test_a_channel_means_the_same_in_a_list_as_alone():
    """What one channel says is not taken for what another one says."""
    names = [row[1] for row in TABLE if row[0] in (ANTENNA, CABLE) and not re.search(r"\d", row[1])]
    names += [f"{row.call_sign}{end}" for row in ANTENNA for end in (" HD", "", "HD")]
    channels = [PlayerChannel(name) for name in names]
    together = match(channels, ANTENNA)
    assert together == [match([channel], ANTENNA)[0] for channel in channels]
    # With numbers that most names contradict, so that none counts.
    channels += [PlayerChannel(name) for name in ("WZJJ-TV 8-2", "WZJJ-HD", "WZBB 9.8", "WZCC 9.9")]
    assert match(channels, ANTENNA) == match(channels[::-1], ANTENNA)[::-1]


def test_the_names_of_canadas_own_channels_are_known():
    assert [name for name in OWN_IN_CANADA if brand_language(key_of(name)) is None] == []


def test_a_lists_country_is_compared_with_that_of_each_lineup():
    """Two lineups of both sides of a border, with stations that do not tell their country."""
    both = lineup("HIST 53 HISTORY; HISTCA 41 HISTORY; CMTV 70")
    channels = [PlayerChannel(name) for name in ("US: HISTORY", "CA: HISTORY", "CA: CMT")]
    countries = {both[0].station_id: "USA", both[1].station_id: "CAN", both[2].station_id: "USA"}
    found = match(channels, both, countries=countries)
    assert [row.station_id for row in found] == [both[0].station_id, both[1].station_id, ""]


@pytest.mark.slow
def test_ten_thousand_channels_are_matched_in_seconds():
    stations = lineup(";".join(f"ZS{index}X {index} NETWORK {index}" for index in range(600)))
    channels = [PlayerChannel(f"US: Sports {index} HD", str(index)) for index in range(10000)]
    began = time.process_time()
    match(channels, stations)
    assert time.process_time() - began < 10


def test_a_number_in_any_form():
    forms = "5.1=5.1 5-1=5.1 5_1=5.1 005.01=5.1 5.0=5 5.10=5.10 0= 5.1.2= 5a= -1= 123456="
    rows = [(" 392 ", "392"), ("", ""), *(form.split("=") for form in forms.split())]
    assert wrong(channel_number, rows) == []


def test_a_channel_is_called_by_its_number_and_name():
    rows = [(("WZAA", "2.1"), "2.1 WZAA"), (("2.1", "2.1"), "2.1"), (("WZAA", ""), "WZAA")]
    assert wrong(lambda row: PlayerChannel(*row).label, rows) == []
