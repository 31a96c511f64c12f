"""The reader of the source's answers: lenient about types, strict about what is an answer."""

import json
import os
from pathlib import Path

import pytest

from support.builders import (
    DAY,
    GONE,
    HOUR,
    MINUTE,
    NOW,
    channel_row,
    coming,
    details_body,
    event,
    grid_body,
    movie_body,
    person,
    program,
    provider_row,
    providers_body,
)
from gracenote2epg.gracenote import parse
from gracenote2epg.gracenote.parse import BadAnswer
from gracenote2epg.models import Airing, Credit, Episode, Lineup, Provider, Station

START = NOW + 3 * HOUR + 29 * MINUTE  # the builders' event
STOP = START + 94 * MINUTE


def only_airing(body):
    ((_, (airing,)),) = parse.guide(body).airings
    return airing


def read(**changes):
    """The airing that the builders' event becomes, with these changes."""
    return only_airing(grid_body(channel_row(event(**changes))))


def left_out(row):
    """Whether this event is left out beside a healthy one."""
    healthy = event(startTime="2026-09-13T12:00Z", endTime="2026-09-13T13:00Z")
    ((_, airings),) = parse.guide(grid_body(channel_row(row, healthy))).airings
    return len(airings) == 1


def only_station(**changes):
    (station,) = parse.guide(grid_body(channel_row(event(), **changes))).stations
    return station


def series(**changes):
    return parse.details(details_body(**changes), "SH09000100")


# The grid


def test_an_event_becomes_an_airing_field_by_field():
    assert read(filter=["filter-talk"]) == Airing(
        start=START,
        stop=STOP,
        title="Harbor Night Show",
        tms_id="EP090001000017",
        series_id="SH09000100",
        subtitle="Low Tide; High Tide",
        description="A host & a band visit the harbor.",
        season="3",
        episode="17",
        year="",
        rating="TV-14",
        image="p900100_b_v13_aa",
        filters=("talk",),
        flags=("New",),
        tags=("Stereo", "CC"),
        generic=False,
    )


def test_a_channel_row_becomes_a_station_field_by_field():
    assert only_station() == Station(
        "90001",
        "WZZZDT",
        "EXAMPLE BROADCASTING COMPANY",
        ("4.1",),
        "https://zpmc.tmsimg.com/h3/NowShowing/90001/s90001_ll_h15_aa.png",
        "en",
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Une famille découvre que son phare est à vendre et que personne ne veut partir. ", "fr"),
        ("Una familia descubre que el faro de su pueblo se vende y nadie quiere irse. ", "es"),
        ("She finds out that the harbor is for sale and that nobody wants to leave. ", "en"),
        ("Quillmere Brackwick Ombrholt ", "en"),
        ("", ""),
    ],
)
def test_a_station_speaks_the_language_of_its_texts(text, language):
    own = [
        event(
            startTime=f"2026-09-13T0{hour}:00:00Z",
            endTime=f"2026-09-13T0{hour}:30:00Z",
            title=f"Ulm {hour}",
            episodeTitle="",
            shortDesc=text * 4,
        )
        for hour in range(3)
    ]
    (found,) = parse.guide(grid_body(channel_row(*own))).stations
    assert found.language == language


FIELDS = [
    # numbers come as strings, integers, null; and with old prefixes
    ("season", {"season": "05"}, "5"),
    ("season", {"season": 5}, "5"),
    ("season", {"season": "S05"}, "5"),
    ("season", {"season": "0"}, "0"),
    ("season", {"season": "00"}, "0"),
    ("season", {"season": None}, ""),
    ("season", {"season": "null"}, ""),
    ("season", {"season": True}, ""),
    ("season", {"season": "-1"}, ""),
    ("season", {"season": GONE}, ""),
    ("season", {"season": ["3"]}, ""),
    ("episode", {"episode": "E0217"}, "217"),
    ("episode", {"episode": 217}, "217"),
    ("episode", {"episode": ""}, ""),
    ("episode", {"episode": "1a"}, ""),
    ("episode", {"episode": {"no": 1}}, ""),
    ("year", {"releaseYear": "2021"}, "2021"),
    ("year", {"releaseYear": 2019}, "2019"),
    ("year", {"releaseYear": "0"}, ""),
    ("year", {"releaseYear": 0}, ""),
    ("year", {"releaseYear": "3021"}, ""),
    ("year", {"releaseYear": False}, ""),
    ("generic", {"isGeneric": "1"}, True),
    ("generic", {"isGeneric": 1}, True),
    ("generic", {"isGeneric": True}, True),
    ("generic", {"isGeneric": "true"}, True),
    ("generic", {"isGeneric": "0"}, False),
    ("generic", {"isGeneric": 0}, False),
    ("generic", {"isGeneric": None}, False),
    ("generic", {"isGeneric": GONE}, False),
    # ids
    ("tms_id", {"tmsId": "ep090001000017"}, "EP090001000017"),
    ("tms_id", {"tmsId": GONE}, "EP090001000017"),  # then "id"
    ("tms_id", {"tmsId": None, "id": None}, ""),
    ("tms_id", {"tmsId": "nonsense"}, ""),
    ("series_id", {"seriesId": "sh09000100"}, "SH09000100"),
    ("series_id", {"seriesId": GONE}, "SH09000100"),  # then the program's
    ("series_id", {"seriesId": None, "program": program(seriesId=None)}, "SH09000100"),
    ("series_id", {"seriesId": "null"}, "SH09000100"),  # then from the tmsId
    (
        "series_id",
        {"seriesId": "", "program": program(seriesId="", tmsId="MV090003000000")},
        "MV09000300",
    ),
    ("series_id", {"seriesId": 7, "program": program(seriesId=7, tmsId=7, id=7)}, ""),
    # texts
    ("title", {"title": "  Tom &amp; Jerry\n "}, "Tom & Jerry"),
    ("title", {"title": "a &amp;amp; b"}, "a &amp; b"),
    ("title", {"title": "it&#39;s &quot;on&quot;"}, 'it\'s "on"'),
    ("title", {"title": "a\u0000b\u0008c\u007fd\u0090e\ufffef\uffffg"}, "abcdefg"),
    ("title", {"title": "a\ud800b\udfffc"}, "abc"),
    ("title", {"title": "a&#xD800;b&#0;c\ufffd"}, "abc"),
    (
        "title",
        {"title": "one\ttwo\r\nthree\u2028four\u001cfive\u0085six"},
        "one two three four five six",
    ),
    ("title", {"title": "\U0001f600 n\u0303"}, "\U0001f600 n\u0303"),
    ("title", {"title": "\U0001fffe\U0010ffffok"}, "ok"),
    ("title", {"title": 1984}, "1984"),
    ("subtitle", {"episodeTitle": None}, ""),
    ("subtitle", {"episodeTitle": GONE}, ""),
    ("subtitle", {"episodeTitle": ["x"]}, ""),
    ("description", {"shortDesc": None}, ""),
    ("description", {"shortDesc": "``LaTeX'' -- dash"}, "``LaTeX'' -- dash"),
    # pictures and ratings
    ("image", {"thumbnail": None}, ""),
    ("image", {"thumbnail": "GNLZZGG0036K82Q"}, "GNLZZGG0036K82Q"),
    ("image", {"thumbnail": "noImageTv"}, ""),
    ("image", {"thumbnail": "p1_noImage_x"}, ""),
    ("image", {"thumbnail": 'p1_b"/><x'}, ""),
    ("image", {"thumbnail": "p1_b&v=1"}, ""),
    ("rating", {"rating": None}, ""),
    ("rating", {"rating": "TVPG"}, "TV-PG"),
    ("rating", {"rating": "tv-ma"}, "TV-MA"),
    ("rating", {"rating": "PG-13"}, "PG-13"),
    # lists
    ("filters", {"filter": ["filter-news", "filter-sports"]}, ("news", "sports")),
    ("filters", {"filter": None}, ()),
    ("filters", {"filter": "filter-news"}, ()),
    ("filters", {"filter": [False, None, "filter-movie"]}, ("movie",)),
    ("flags", {"flag": ["New", "Finale"]}, ("New", "Finale")),
    ("flags", {"flag": GONE}, ()),
    ("flags", {"flag": {"New": True}}, ()),
    ("tags", {"tags": [1, "CC", {}]}, ("1", "CC")),
    # times
    ("start", {"startTime": "2026-09-13T03:29Z"}, START),
    ("start", {"startTime": "2026-09-13T03:29:00.000Z"}, START),
    ("stop", {"endTime": "2026-09-13T05:03Z"}, STOP),
    ("stop", {"endTime": GONE}, STOP),  # then start and duration
    ("stop", {"endTime": None}, STOP),
    ("stop", {"endTime": GONE, "duration": 94}, STOP),
    ("stop", {"duration": "5"}, STOP),  # a length that contradicts the end does not count
]


@pytest.mark.parametrize(("field", "changes", "expected"), FIELDS)
def test_odd_values_of_an_event(field, changes, expected):
    assert getattr(read(**changes), field) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"title": None},
        {"title": ""},
        {"title": "\u0000 "},
        {"title": GONE},
        {"title": {"en": "x"}},
        {"program": None},
        {"program": "Harbor"},
        {"program": GONE},
        {"startTime": None},
        {"startTime": GONE},
        {"startTime": 1789270140},
        {"startTime": "tonight"},
        {"startTime": "2026-09-13 03:29"},
        {"startTime": "0000-00-00T00:00:00Z"},
        {"startTime": "2026-13-13T03:29:00Z"},
        {"startTime": "2026-00-13T03:29:00Z"},
        {"startTime": "1979-12-31T00:00:00Z"},
        {"endTime": "2100-01-01T00:00:00Z", "duration": None},
        {"endTime": "2026-09-13T03:29:00Z"},  # no length
        {"endTime": "2026-09-13T03:28:00Z"},  # ends before it begins
        {"endTime": "2036-09-13T05:03:00Z"},  # ten years long
        {"endTime": "2026-99-13T03:28:00Z", "duration": None},
        {"endTime": None, "duration": None},
        {"endTime": None, "duration": "0"},
        {"endTime": None, "duration": "-30"},
        {"endTime": None, "duration": "30.5"},
        {"endTime": None, "duration": True},
    ],
)
def test_an_event_that_cannot_be_is_left_out_and_the_others_stay(changes):
    assert left_out(event(**changes))


def grid_with(value):
    """A guide in which all that may be missing is this value."""
    texts = ("shortDesc", "season", "episode", "episodeTitle", "releaseYear", "rating")
    odd = event(**dict.fromkeys((*texts, "thumbnail", "endTime", "seriesId", "tmsId"), value))
    shown = ("callSign", "affiliateName", "channelNo", "thumbnail")
    return parse.guide(grid_body(channel_row(odd, **dict.fromkeys(shown, value))))


def details_with(value):
    row = coming(**dict.fromkeys([*coming()][1:], value))
    odd = person(characterName=value, assetId=value)
    overview = {"cast": [odd, person(name=value)], "crew": value, "upcomingEpisode": value}
    texts = ("seriesDescription", "seriesImage", "backgroundImage", "releaseYear", "seriesGenres")
    return series(**dict.fromkeys(texts, value), overviewTab=overview, upcomingEpisodeTab=[row])


def providers_with(value):
    texts = dict.fromkeys(("type", "device", "lineupId", "name", "location"), value)
    body = providers_body(provider_row(**texts), provider_row(headendId=value))
    return parse.providers(body, "USA", "10001")


@pytest.mark.parametrize("read_with", [grid_with, details_with, providers_with])
def test_the_text_null_is_nothing(read_with):
    assert read_with("null") == read_with(None)


@pytest.mark.parametrize("row", [None, 7, "event", [], ["x"], {}])
def test_what_is_no_event_is_left_out(row):
    assert left_out(row)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("4.1", ("4.1",)),
        ("4-1", ("4.1",)),
        ("0004", ("4",)),
        ("004-01", ("4.1",)),
        ("1002", ("1002",)),
        (1002, ("1002",)),
        (4.1, ("4.1",)),
        ("", ()),
        (" ", ()),
        (None, ()),
        (GONE, ()),
        (True, ()),
        (["4.1"], ()),
    ],
)
def test_channel_numbers(number, expected):
    assert only_station(channelNo=number).numbers == expected


@pytest.mark.parametrize("number", [None, "", "null", GONE])
def test_a_channel_number_may_have_the_other_name(number):
    assert only_station(channelNo=number, channel="004-1").numbers == ("4.1",)
    assert only_station(channelNo="5.1", channel="4.1").numbers == ("5.1",)


@pytest.mark.parametrize(
    ("logo", "expected"),
    [
        ("//zpmc.tmsimg.com/h3/s28708.png?w=55", "https://zpmc.tmsimg.com/h3/s28708.png"),
        ("https://zpmc.tmsimg.com/s1.png", "https://zpmc.tmsimg.com/s1.png"),
        ("http://zpmc.tmsimg.com/s1.png", "https://zpmc.tmsimg.com/s1.png"),
        ("//zpmc.tmsimg.com/s1.png?w=55&h=3", "https://zpmc.tmsimg.com/s1.png"),
        (None, ""),
        ("", ""),
        (GONE, ""),
        ("s28708.png", ""),
        ("javascript:alert(1)", ""),
        ('//host/"onerror="x', ""),
        ("//host/a b.png", ""),
        ("//host/a&b.png", ""),
        (55, ""),
    ],
)
def test_a_logo_is_an_https_address_without_a_query_or_nothing(logo, expected):
    assert only_station(thumbnail=logo).logo == expected


@pytest.mark.parametrize(
    ("changes", "call_sign", "name"),
    [
        ({"callSign": "A&amp;E"}, "A&E", "EXAMPLE BROADCASTING COMPANY"),
        ({"callSign": None}, "90001", "EXAMPLE BROADCASTING COMPANY"),
        ({"affiliateName": None}, "WZZZDT", ""),
        ({"affiliateName": "null"}, "WZZZDT", ""),
        ({"affiliateName": GONE}, "WZZZDT", ""),
        ({"affiliateName": "Télé"}, "WZZZDT", "Télé"),
    ],
)
def test_names_of_a_station(changes, call_sign, name):
    station = only_station(**changes)
    assert (station.call_sign, station.name) == (call_sign, name)


@pytest.mark.parametrize(
    "changes", [{"channelId": None}, {"channelId": "a.b/c"}, {"channelId": []}]
)
def test_a_row_without_a_station_id_is_left_out(changes):
    block = parse.guide(grid_body(channel_row(event(), **changes), channel_row(event())))
    assert [station.station_id for station in block.stations] == ["90001"]


def test_a_station_id_may_be_a_number():
    assert only_station(channelId=90001).station_id == "90001"


def test_two_rows_of_one_station_are_one_station_with_both_numbers_and_each_airing_once():
    later = event(startTime="2026-09-13T05:03:00Z", endTime="2026-09-13T06:00:00Z")
    block = parse.guide(
        grid_body(
            channel_row(event(), channelNo="4.1"),
            channel_row(event(), channelId="90002", channelNo="5.1"),
            channel_row(event(), later, channelNo="1002"),
            channel_row(event(), channelNo="4.1"),
        )
    )
    assert [(own.station_id, own.numbers) for own in block.stations] == [
        ("90001", ("4.1", "1002")),
        ("90002", ("5.1",)),
    ]
    starts = {name: [airing.start for airing in own] for name, own in block.airings}
    assert starts == {"90001": [START, STOP], "90002": [START]}


def test_airings_are_in_the_order_of_their_starts():
    early = event(startTime="2026-09-13T01:00Z", endTime="2026-09-13T02:00Z")
    ((_, airings),) = parse.guide(grid_body(channel_row(event(), early))).airings
    assert [airing.start for airing in airings] == [NOW + HOUR, START]


def test_a_station_without_events_is_described_and_has_no_airings():
    block = parse.guide(
        grid_body(channel_row(event()), channel_row(channelId="90003", channelNo=""))
    )
    assert [own.station_id for own in block.stations] == ["90001", "90003"]
    assert [name for name, _ in block.airings] == ["90001"]


@pytest.mark.parametrize("events", [None, "none", {}, GONE, 0])
def test_events_that_are_no_list_are_none(events):
    block = parse.guide(grid_body(channel_row(event()), channel_row(channelId="1", events=events)))
    assert [name for name, _ in block.airings] == ["90001"]


NOT_AN_ANSWER = [
    b"",
    b"   ",
    b"null",
    b"[]",
    b'"text"',
    b"17",
    b"{",
    b"{}",
    b"<html>Oops ! Something went wrong.</html>",
    b'{"message":"No lineups are available"}',
    b"\xff\xfe\xfd",
    b'{"channels":' + b"[" * 200000,
    b"[" * 200000 + b"]" * 200000,
]


@pytest.mark.parametrize("body", NOT_AN_ANSWER, ids=lambda body: repr(body[:20]))
def test_what_is_no_answer_is_a_bad_answer(body):
    with pytest.raises(BadAnswer):
        parse.guide(body)
    with pytest.raises(BadAnswer):
        parse.details(body, "SH09000100")
    with pytest.raises(BadAnswer):
        parse.providers(body, "USA", "10001")


@pytest.mark.parametrize(
    "channels", [[], None, {}, "x", [None], [{}], [channel_row()], [channel_row({}, 3)]]
)
def test_a_guide_without_a_programme_is_a_bad_answer(channels):
    with pytest.raises(BadAnswer):
        parse.guide(json.dumps({"channels": channels}).encode())


def test_a_body_cut_anywhere_is_a_bad_answer():
    body = grid_body(channel_row(event()), channel_row(event(), channelId="90002"))
    for size in range(0, len(body), 7):
        with pytest.raises(BadAnswer):
            parse.guide(body[:size])


def test_deep_nesting_inside_an_unknown_key_harms_nothing():
    deep = json.loads("[" * 500 + "]" * 500)
    assert read(program=program(unknown=deep, shortDesc=deep)).description == ""


def test_entities_of_thousands_of_digits_are_a_text_and_no_crash():
    assert read(title="a &#" + "9" * 6000 + "; b").start == START


def test_a_giant_guide_is_read_whole():
    rows = []
    for number in range(200):
        events = []
        for slot in range(12):
            begin, end = f"2026-09-13T{slot // 2:02}:{slot % 2 * 30:02}:00Z", None
            events.append(event(startTime=begin, endTime=end, duration="30", shortDesc="x" * 900))
        rows.append(channel_row(*events, channelId=str(10000 + number)))
    block = parse.guide(grid_body(*rows))
    assert len(block.stations) == 200
    assert sum(len(own) for _, own in block.airings) == 2400


def test_real_guide_capture():
    folder = os.environ.get("GRACENOTE_TEST_CAPTURES")
    if not folder:
        pytest.skip("set GRACENOTE_TEST_CAPTURES to the folder with the captured answers")
    block = parse.guide((Path(folder) / "grid_ota_2026-09-12.json").read_bytes())
    assert [(own.station_id, own.call_sign, own.numbers) for own in block.stations] == [
        ("53158", "WKTVDT", ("2.1", "1002")),
        ("84540", "WSYRDT3", ("9.3",)),
        ("49216", "WCNYDT4", ("24.4",)),
    ]
    assert block.stations[0].logo == "https://images.example.invalid/station/53158.png"
    assert block.stations[1].name == "BOUNCE TV"
    airings = dict(block.airings)
    assert [len(own) for own in airings.values()] == [3, 3, 3]
    game, news, show = airings["53158"]
    assert (game.start, game.stop) == (NOW - HOUR // 2, NOW + 3 * HOUR)
    assert (game.subtitle, game.filters, game.flags) == (
        "Iowa State at Iowa",
        ("sports",),
        ("Live", "New"),
    )
    assert (game.year, game.season, game.rating) == ("2019", "", "")
    assert (news.stop, news.tms_id) == (NOW + 3 * HOUR + 29 * MINUTE, "SH007933000000")
    assert (show.season, show.episode, show.rating) == ("51", "14", "TV-14")
    movies = airings["84540"]
    assert [movie.title for movie in movies] == [
        "The Protégé",
        "Ninja Assassin",
        "Bullet to the Head",
    ]
    assert [(movie.generic, movie.year) for movie in movies] == [
        (True, "2021"),
        (False, "2009"),
        (False, "2012"),
    ]
    assert airings["49216"][1].flags == ("Premiere",)


# Details


def test_a_series_field_by_field():
    found = series()
    assert found[:7] == (
        "SH09000100",
        "Harbor Night Show",
        "A late talk show set in a harbor that does not exist.",
        "p900100_b_h10_aa",
        "p900100_i_h9_aa",
        "",
        ("Talk", "Comedy", "Entertainment"),
    )
    assert found.cast == (
        Credit("host", "Ada Example", "", "990002_v9_aa"),
        Credit("actor", "Bo Sample", "The Captain", "990002_v9_aa"),
    )
    assert found.crew == (Credit("director", "Di Madeup", "", "990002_v9_aa"),)
    assert found.episodes == (
        Episode(
            "EP090001000017",
            "20260912",
            "The band misses the boat and plays on the pier.",
            "TV-14",
            ("Talk", "Comedy"),
            ("New",),
        ),
        Episode("EP090001000003", "", "", "", (), ()),
    )


def test_a_movie():
    movie = parse.details(movie_body(), "MV09000300")
    assert (movie.series_id, movie.title, movie.year) == ("MV09000300", "L’Été inventé", "2019")
    assert (movie.backdrop, movie.genres, movie.episodes) == ("", ("Drama", "Comedy"), ())
    assert movie.crew == (Credit("director", "Guy Fictif", "", ""),)


@pytest.mark.parametrize("value", [True, "true", "True", "1", 1, "yes"])
def test_flags_of_an_episode_that_are_set(value):
    flags = {"isNew": value, "isLive": value, "isPremier": value, "isFinale": value}
    (found,) = series(upcomingEpisodeTab=[coming(**flags)]).episodes
    assert found.flags == ("New", "Live", "Premiere", "Finale")


@pytest.mark.parametrize("value", [False, "false", "0", 0, None, "", GONE, [], "no"])
def test_flags_of_an_episode_that_are_not_set(value):
    flags = {"isNew": value, "isLive": value, "isPremier": value, "isFinale": value}
    (found,) = series(upcomingEpisodeTab=[coming(**flags)]).episodes
    assert found.flags == ()


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026-09-12T00:00Z", "20260912"),
        ("1951-10-15T00:00Z", "19511015"),
        ("1000-01-01T00:00Z", ""),
        ("", ""),
        (None, ""),
        (GONE, ""),
        (20260912, ""),
        ("0", ""),
        ("yesterday", ""),
        ("2026-13-12T00:00Z", ""),
        ("2026-09-00T00:00Z", ""),
        ("2026-09-99T00:00Z", ""),
    ],
)
def test_air_dates(date, expected):
    (found,) = series(upcomingEpisodeTab=[coming(originalAirDate=date)], overviewTab=None).episodes
    assert found.air_date == expected


@pytest.mark.parametrize(
    ("genres", "expected"),
    [
        ("Talk", ("Talk",)),
        ("Crime drama|Mystery", ("Crime drama", "Mystery")),
        ("|Talk| |Comedy|", ("Talk", "Comedy")),
        ("Arts &amp; Crafts", ("Arts & Crafts",)),
        ("Rock, Paper|, |Talk", ("Rock", "Paper", "Talk")),
        (None, ()),
        ("", ()),
        (GONE, ()),
        (["Talk"], ()),
        (False, ()),
    ],
)
def test_genres(genres, expected):
    assert series(seriesGenres=genres).genres == expected


@pytest.mark.parametrize("tab", [None, {}, "x", GONE, [None, 3, "x", {}, {"tmsID": None}]])
def test_an_episode_tab_that_is_none_leaves_the_overviews_next_episode(tab):
    assert [own.tms_id for own in series(upcomingEpisodeTab=tab).episodes] == ["EP090001000017"]


@pytest.mark.parametrize("tab", [None, [], "x", GONE])
def test_an_overview_that_is_none_is_no_people(tab):
    found = series(overviewTab=tab)
    assert (found.cast, found.crew) == ((), ())
    assert len(found.episodes) == 2


@pytest.mark.parametrize("people", [None, {}, "x", [None, "x", {}, {"name": None}, {"name": ""}]])
def test_people_that_are_none(people):
    found = series(overviewTab={"cast": people, "crew": people})
    assert (found.cast, found.crew) == ((), ())


def test_people_are_in_billing_order_and_those_without_a_place_last():
    places = [("Cy", "10"), ("Ada", 1), ("Di", None), ("Bo", "2"), ("Ed", "x")]
    cast = [person(name=name, priority=place) for name, place in places]
    found = series(overviewTab={"cast": cast, "crew": []})
    assert [own.name for own in found.cast] == ["Ada", "Bo", "Cy", "Di", "Ed"]


def test_a_name_holds_no_bar_where_a_player_would_make_two_of_it():
    found = series(overviewTab={"cast": [person(name="Ada|Bo"), person(name="Cy | Di")]})
    assert [own.name for own in found.cast] == ["Ada/Bo", "Cy / Di"]


def test_the_first_entry_of_an_episode_wins_whatever_the_case_of_its_id():
    found = series(
        upcomingEpisodeTab=[
            coming(tmsID="ep090001000017", synopsis="first"),
            coming(tmsID="EP090001000017", synopsis="second"),
        ]
    )
    assert [own.synopsis for own in found.episodes] == ["first"]


@pytest.mark.parametrize("image", ["noImage.jpg", "p1_noImage_x", None, "", 5.0, "a/b"])
def test_pictures_that_are_none(image):
    found = series(seriesImage=image, backgroundImage=image)
    assert (found.image, found.backdrop) == ("", "")


def test_giant_details_keep_a_bounded_number_of_people_in_billing_order():
    cast = [person(name=f"Person {number}") for number in range(20000)]
    tab = [coming(tmsID=f"EP09000100{number:04}") for number in range(3000)]
    found = series(overviewTab={"cast": cast, "crew": []}, upcomingEpisodeTab=tab)
    assert [own.name for own in found.cast[:2]] == ["Person 0", "Person 1"]
    assert len(found.cast) < 100
    assert len(found.episodes) == 3000


def test_details_without_a_series_are_a_bad_answer():
    with pytest.raises(BadAnswer):
        parse.details(b'{"error":"none"}', "SH09000100")


# Providers


def test_the_lineups_of_a_postal_code():
    assert parse.providers(providers_body(), "USA", "10001") == (
        Provider(
            Lineup("USA", "USA-lineupId-DEFAULT", "lineupId", "-", "10001"),
            "OTA",
            "Local Over the Air Broadcast",
            "",
        ),
        Provider(
            Lineup("USA", "USA-ZZ00001-DEFAULT", "ZZ00001", "X", "10001"),
            "CABLE",
            "Example Cable - Sampletown",
            "Sampletown",
        ),
    )


@pytest.mark.parametrize(
    ("device", "expected"), [("L", "L"), ("", "-"), (" ", "-"), (None, "-"), (GONE, "-"), ([], "-")]
)
def test_the_device_of_a_lineup(device, expected):
    (found,) = parse.providers(providers_body(provider_row(device=device)), "USA", "10001")
    assert found.lineup.device == expected


def test_the_keys_of_providers_are_read_in_any_case():
    row = {"TYPE": "Cable", "lineupID": "USA-ZZ00001-DEFAULT", "headendID": "ZZ00001"}
    body = json.dumps({"providers": [row]}).encode()
    (found,) = parse.providers(body, "USA", "10001")
    assert (found.kind, found.lineup.headend_id) == ("CABLE", "ZZ00001")


def test_a_postal_code_without_lineups_has_none():
    assert parse.providers(b'{"Providers":[]}', "USA", "00000") == ()


def test_rows_that_name_no_headend_are_left_out():
    body = providers_body(None, 5, {}, provider_row(headendId=None), provider_row())
    assert len(parse.providers(body, "USA", "10001")) == 1


@pytest.mark.parametrize("rows", [None, {}, "x", GONE])
def test_providers_that_are_no_list_are_a_bad_answer(rows):
    with pytest.raises(BadAnswer):
        parse.providers(providers_body(Providers=rows), "USA", "10001")


def test_the_same_window_read_twice_is_the_same():
    body = grid_body(channel_row(event()), channel_row(event(), channelId="90002"))
    assert parse.guide(body) == parse.guide(body)


def test_an_airing_may_be_longer_than_a_day():
    assert read(endTime="2026-09-15T03:29:00Z").stop - START == 2 * DAY
