"""The parser of details and of lineups, and bodies that are no answer of any kind."""

import json

from gracenote2epg.gracenote import parser
from gracenote2epg.gracenote.parser import BadAnswer
from gracenote2epg.models import Credit, Details, Episode, Lineup, Provider
from support.builders import (
    GONE,
    channel_row,
    coming,
    details_body,
    event,
    grid_body,
    movie_body,
    person,
    provider_row,
    providers_body,
)
from support.tables import not_refused, wrong


def series(**changes):
    return parser.details(details_body(**changes), "SH09000100")


# Details


def test_a_series_field_by_field():
    assert series() == Details(
        "SH09000100", "Harbor Night Show", "A late talk show set in a harbor that does not exist.",
        "p900100_b_h10_aa", "p900100_i_h9_aa", "", ("Talk", "Comedy", "Entertainment"),
        cast=(Credit("host", "Ada Example", "", "990002_v9_aa"),
              Credit("actor", "Bo Sample", "The Captain", "990002_v9_aa")),
        crew=(Credit("director", "Di Madeup", "", "990002_v9_aa"),),
        episodes=(Episode("EP090001000017", "20260912",
                          "The band misses the boat and plays on the pier.", "TV-14",
                          ("Talk", "Comedy"), ("New",), "Low Tide; High Tide"),
                  Episode("EP090001000003", "", "", "", (), ())),
    )  # fmt: skip


def test_a_movie():
    movie = parser.details(movie_body(), "MV09000300")
    assert (movie.series_id, movie.title, movie.year) == ("MV09000300", "L’Été inventé", "2019")
    assert (movie.backdrop, movie.episodes) == ("", ())


def test_odd_values_of_an_episode():
    def only(field, values):
        tab = [coming(**values)]
        (episode,) = series(upcomingEpisodeTab=tab, overviewTab=None).episodes
        return getattr(episode, field)

    flags, every = (
        ("isNew", "isLive", "isPremier", "isFinale"),
        ("New", "Live", "Premiere", "Finale"),
    )
    rows = [("flags", dict.fromkeys(flags, value), every if is_set else ())
            for is_set, values in ((True, (True, "true", "True", "1", 1, "yes")),
                                   (False, (False, "false", "0", 0, None, "", GONE, [], "no")))
            for value in values]  # fmt: skip
    rows += [
        ("season", {"seasonNumber": "3"}, "3"), ("number", {"episodeNumber": 17}, "17"),
        ("season", {"season": "S03", "seasonNumber": None}, "3"), ("season", {"season": ""}, ""),
        ("number", {"episode": "E17"}, "17"), ("number", {"episode": "none"}, ""),
        ("air_date", {"originalAirDate": "2026-09-12T00:00Z"}, "20260912"),
        ("air_date", {"originalAirDate": "1951-10-15T00:00Z"}, "19511015"),
    ]  # fmt: skip
    odd = (None, GONE, 20260912, "", "0", "yesterday", "1000-01-01T00:00Z", "2026-13-12T00:00Z",
           "2026-09-00T00:00Z", "2026-09-99T00:00Z")  # fmt: skip
    rows += [("air_date", {"originalAirDate": value}, "") for value in odd]
    assert wrong(only, rows) == []


def test_genres():
    assert wrong(lambda genres: series(seriesGenres=genres).genres, [
        ("Talk", ("Talk",)),
        ("Crime drama|Mystery", ("Crime drama", "Mystery")),
        ("|Talk| |Comedy|", ("Talk", "Comedy")),
        ("Arts &amp; Crafts", ("Arts & Crafts",)),
        ("Rock, Paper|, |Talk", ("Rock", "Paper", "Talk")),
        *((odd, ()) for odd in (None, "", GONE, ["Talk"], False)),
    ]) == []  # fmt: skip


def test_without_an_episode_tab_the_overviews_next_episode_stays():
    for tab in (None, {}, "x", GONE, [None, 3, "x", {}, {"tmsID": None}]):
        episodes = series(upcomingEpisodeTab=tab).episodes
        assert [each.tms_id for each in episodes] == ["EP090001000017"]


def test_details_without_an_overview_or_people():
    for tab in (None, [], "x", GONE):
        found = series(overviewTab=tab)
        assert (found.cast, found.crew, len(found.episodes)) == ((), (), 2)
    for people in (None, {}, "x", [None, "x", {}, {"name": None}, {"name": ""}]):
        found = series(overviewTab={"cast": people, "crew": people})
        assert (found.cast, found.crew) == ((), ())


def test_people_are_in_billing_order_and_not_too_many():
    places = [("Cy", "10"), ("Ada", 1), ("Di", None), ("Bo", "2"), ("Ed", "x"), ("Flo|Gil", "y")]
    cast = [person(name=name, priority=place) for name, place in places]
    names = [each.name for each in series(overviewTab={"cast": cast, "crew": []}).cast]
    assert names == ["Ada", "Bo", "Cy", "Di", "Ed", "Flo/Gil"]  # players split names at a bar
    assert len(series(overviewTab={"cast": cast * 900, "crew": []}).cast) < 100


# Providers


def test_the_lineups_of_a_postal_code():
    antenna = Lineup("USA", "USA-lineupId-DEFAULT", "lineupId", "-", "10001")
    cable = Lineup("USA", "USA-ZZ00001-DEFAULT", "ZZ00001", "X", "10001")
    assert parser.providers(providers_body(), "USA", "10001") == (
        Provider(antenna, "OTA", "Local Over the Air Broadcast", ""),
        Provider(cable, "CABLE", "Example Cable - Sampletown", "Sampletown"),
    )


def test_the_device_and_the_kind_of_a_lineup():
    """Its head-end tells an antenna."""

    def found(**changes):
        (row,) = parser.providers(providers_body(provider_row(**changes)), "USA", "10001")
        return row

    rows = [("L", "L"), ("", "-"), (" ", "-"), (None, "-"), (GONE, "-"), ([], "-")]
    assert wrong(lambda device: found(device=device).lineup.device, rows) == []
    rows = [("lineupId", given, "OTA") for given in ("OTA", "", None, GONE, "CABLE", "Broadcast")]
    rows += [
        ("LINEUPID", None, "OTA"),
        ("ZZ00001", "ota", ""),
        ("ZZ00001", "Satellite", "SATELLITE"),
    ]
    assert wrong(lambda headend, given: found(headendId=headend, type=given).kind, rows) == []


def test_the_keys_of_providers_are_read_in_any_case():
    row = {"TYPE": "Cable", "lineupID": "USA-ZZ00001-DEFAULT", "headendID": "ZZ00001"}
    body = json.dumps({"providers": [row]}).encode()
    (found,) = parser.providers(body, "USA", "10001")
    assert (found.kind, found.lineup.headend_id) == ("CABLE", "ZZ00001")


def test_postal_codes_without_lineups():
    assert parser.providers(b'{"Providers":[]}', "USA", "00000") == ()
    body = providers_body(None, 5, {}, provider_row(headendId=None), provider_row())
    assert len(parser.providers(body, "USA", "10001")) == 1  # rows without a head-end are left out
    bodies = [providers_body(Providers=rows) for rows in (None, {}, "x", GONE)]
    assert not_refused(lambda b: parser.providers(b, "USA", "1"), bodies, BadAnswer) == []


# All three


NOT_AN_ANSWER = [
    b"", b"   ", b"null", b"[]", b'"text"', b"17", b"{", b"{}", b"\xff\xfe\xfd",
    b"<html>Oops ! Something went wrong.</html>", b'{"message":"No lineups are available"}',
    b'{"channels":' + b"[" * 200000, b"[" * 200000 + b"]" * 200000,
]  # fmt: skip


def test_bodies_that_are_no_answer():
    assert not_refused(parser.guide, NOT_AN_ANSWER, BadAnswer) == []
    others = [*NOT_AN_ANSWER, b'{"error":"none"}']
    assert not_refused(lambda body: parser.details(body, "S"), others, BadAnswer) == []
    assert not_refused(lambda b: parser.providers(b, "USA", "1"), NOT_AN_ANSWER, BadAnswer) == []


def grid_with(value):
    """A guide in which every optional field has this value."""
    texts = ("shortDesc", "season", "episode", "episodeTitle", "releaseYear", "rating")
    odd = event(**dict.fromkeys((*texts, "thumbnail", "endTime", "seriesId", "tmsId"), value))
    shown = ("callSign", "affiliateName", "channelNo", "thumbnail")
    return parser.guide(grid_body(channel_row(odd, **dict.fromkeys(shown, value))))


def details_with(value):
    row = coming(**dict.fromkeys([*coming()][1:], value))
    odd = person(characterName=value, assetId=value)
    overview = {"cast": [odd, person(name=value)], "crew": value, "upcomingEpisode": value}
    texts = ("seriesDescription", "seriesImage", "backgroundImage", "releaseYear", "seriesGenres")
    return series(**dict.fromkeys(texts, value), overviewTab=overview, upcomingEpisodeTab=[row])


def providers_with(value):
    texts = dict.fromkeys(("type", "device", "lineupId", "name", "location"), value)
    body = providers_body(provider_row(**texts), provider_row(headendId=value))
    return parser.providers(body, "USA", "10001")


def test_the_text_null_means_none():
    for read_with in (grid_with, details_with, providers_with):
        assert read_with("null") == read_with(None)
