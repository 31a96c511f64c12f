"""The parser of guide windows: lenient about types, strict about what is an answer."""

import json

from gracenote2epg.gracenote import parser
from gracenote2epg.gracenote.parser import BadAnswer
from gracenote2epg.models import Airing, Station
from support.builders import (
    DAY,
    GONE,
    HOUR,
    MINUTE,
    NOW,
    channel_row,
    event,
    grid_body,
    program,
)
from support.tables import not_refused, wrong

START = NOW + 3 * HOUR + 29 * MINUTE  # the builders' event
STOP = START + 94 * MINUTE


def read(**changes):
    """The airing that the builders' event becomes, with these changes."""
    ((_, (airing,)),) = parser.guide(grid_body(channel_row(event(**changes)))).airings
    return airing


def left_out(row):
    """Whether this event is left out beside a healthy one."""
    healthy = event(startTime="2026-09-13T12:00Z", endTime="2026-09-13T13:00Z")
    ((_, airings),) = parser.guide(grid_body(channel_row(row, healthy))).airings
    return len(airings) == 1


def only_station(**changes):
    (station,) = parser.guide(grid_body(channel_row(event(), **changes))).stations
    return station


# The grid


def test_an_event_becomes_an_airing_field_by_field():
    assert read(filter=["filter-talk"]) == Airing(
        start=START, stop=STOP, title="Harbor Night Show", tms_id="EP090001000017",
        series_id="SH09000100", subtitle="Low Tide; High Tide",
        description="A host & a band visit the harbor.", season="3", episode="17", year="",
        rating="TV-14", image="p900100_b_v13_aa", filters=("talk",), flags=("New",),
        tags=("Stereo", "CC"), generic=False,
    )  # fmt: skip


def test_a_channel_row_becomes_a_station_field_by_field():
    logo = "https://zpmc.tmsimg.com/h3/NowShowing/90001/s90001_ll_h15_aa.png"
    name = "EXAMPLE BROADCASTING COMPANY"
    assert only_station() == Station("90001", "WZZZDT", name, ("4.1",), logo, "en")


def test_the_language_of_a_station():
    def language(text):
        events = [
            event(
                startTime=f"2026-09-13T0{hour}:00:00Z", endTime=f"2026-09-13T0{hour}:30:00Z",
                title=f"Ulm {hour}", episodeTitle="", shortDesc=text * 4,
            )
            for hour in range(3)
        ]  # fmt: skip
        (station,) = parser.guide(grid_body(channel_row(*events))).stations
        return station.language

    assert wrong(language, [
        ("Une famille découvre que son phare est à vendre et que personne ne veut partir. ", "fr"),
        ("Una familia descubre que el faro de su pueblo se vende y nadie quiere irse. ", "es"),
        ("She finds out that the harbor is for sale and that nobody wants to leave. ", "en"),
        ("Quillmere Brackwick Ombrholt ", "en"),
        ("", ""),
    ]) == []  # fmt: skip


# By the field of an airing: the event's key, and what becomes of its values.
VALUES = {
    # numbers come as text, integers or null, and with old prefixes
    ("season", "season"): [
        ("05", "5"), (5, "5"), ("S05", "5"), ("00", "0"), (None, ""), ("null", ""), (True, ""),
        ("-1", ""), (["3"], ""),
    ],
    ("episode", "episode"): [("E0217", "217"), ("1a", ""), ({"no": 1}, "")],
    ("year", "releaseYear"): [("2021", "2021"), (2019, "2019"), ("0", ""), ("3021", "")],
    ("generic", "isGeneric"): [("1", True), (True, True), ("0", False), (None, False)],
    ("tms_id", "tmsId"): [
        ("ep090001000017", "EP090001000017"), (GONE, "EP090001000017"),  # then "id"
        ("nonsense", ""),
    ],
    ("series_id", "seriesId"): [
        ("sh09000100", "SH09000100"), (GONE, "SH09000100"),  # then the program's
        ("null", "SH09000100"),  # then from the tmsId
    ],
    ("title", "title"): [
        ("  Tom &amp; Jerry\n ", "Tom & Jerry"), ("a &amp;amp; b", "a &amp; b"),
        ("it&#39;s &quot;on&quot;", 'it\'s "on"'), ("&iquest;Ni&#xF1;o?", "¿Niño?"),
        ("rock&roll&notes &copying &notit;", "rock&roll&notes &copying &notit;"),  # no entities
        ("a\u0000b\u0008c\u007fd\u0090e\ufffef\uffffg", "abcdefg"),
        ("a\ud800b\udfffc", "abc"), ("a&#xD800;b&#0;c\ufffd", "abc"),
        ("one\ttwo\r\nthree\u2028four\u001cfive\u0085six", "one two three four five six"),
        ("\U0001f600 n\u0303", "\U0001f600 n\u0303"), ("\U0001fffe\U0010ffffok", "ok"),
        (1984, "1984"),
    ],
    ("subtitle", "episodeTitle"): [(None, ""), (GONE, ""), (["x"], "")],
    ("description", "shortDesc"): [(None, ""), ("``LaTeX'' -- dash", "``LaTeX'' -- dash")],
    ("image", "thumbnail"): [
        (None, ""), ("GNLZZGG0036K82Q", "GNLZZGG0036K82Q"), ("noImageTv", ""),
        ("https://h.example/assets/p1_b_h9_aa.jpg?w=165", "p1_b_h9_aa"),
        ("//h.example/assets/p1_b_h9_aa.jpg", "p1_b_h9_aa"), ("p1_b_h9_aa.jpg", "p1_b_h9_aa"),
        ("https://h.example/s1_h3.png", ""), ("https://h.example/assets/noImageTv.jpg", ""),
        ("p1_noImage_x", ""), ('p1_b"/><x', ""), ("p1_b&v=1", ""),
    ],
    ("rating", "rating"): [
        (None, ""), ("TVPG", "TV-PG"), ("tv-ma", "TV-MA"), ("PG-13", "PG-13"),
    ],
    ("filters", "filter"): [
        (["filter-news", "filter-sports"], ("news", "sports")), (None, ()), ("filter-news", ()),
        ([False, None, "filter-movie"], ("movie",)), (["FILTER-News"], ("news",)),
    ],
    ("flags", "flag"): [
        (["New", "Finale"], ("New", "Finale")), (GONE, ()), ({"New": True}, ()),
        (["new", "LIVE"], ("New", "Live")),
    ],
    ("tags", "tags"): [([1, "CC", {}], ("1", "CC"))],
    ("start", "startTime"): [
        ("2026-09-13T03:29Z", START), ("2026-09-13T03:29:00.000Z", START),
        ("2026-09-13T03:29:00+00:00", START), ("2026-09-12T23:59-0330", START),
        ("2026-09-13T02:59-00:30", START), ("2026-09-13T03:59+0030", START),
        ("2026-09-13T17:29+14:00", START),
    ],
    ("stop", "endTime"): [("2026-09-13T05:03Z", STOP), (GONE, STOP), (None, STOP)],  # the duration
    ("stop", "duration"): [("5", STOP)],  # a length that contradicts the end does not count
}  # fmt: skip
COMBINED = [
    ("tms_id", {"tmsId": None, "id": None}, ""),
    ("series_id", {"seriesId": None, "program": program(seriesId=None)}, "SH09000100"),
    ("series_id", {"seriesId": "", "program": program(seriesId="", tmsId="MV090003000000")},
     "MV09000300"),
    ("series_id", {"seriesId": 7, "program": program(seriesId=7, tmsId=7, id=7)}, ""),
    ("stop", {"endTime": GONE, "duration": 94}, STOP),
    ("stop", {"endTime": "2026-09-15T03:29:00Z", "duration": "2880"}, START + 2 * DAY),
]  # fmt: skip


def flat(table):
    """The rows of a table of fields: field, changes, expected."""
    return [
        (field, {key: value}, expected)
        for (field, key), values in table.items()
        for value, expected in values
    ]


def test_odd_values_of_an_event():
    rows = flat(VALUES) + COMBINED
    assert wrong(lambda field, changes: getattr(read(**changes), field), rows) == []


IMPOSSIBLE = {
    "title": [None, "", "\u0000 ", GONE, {"en": "x"}],
    "program": [None, "Harbor", GONE],
    "startTime": [
        None, GONE, 1789270140, "tonight", "2026-09-13 03:29", "0000-00-00T00:00:00Z",
        "2026-13-13T03:29:00Z", "2026-00-13T03:29:00Z", "1979-12-31T00:00:00Z",
        "2026-09-13T03:29+99:99", "2026-09-13T03:29+15:00", "2026-09-13T03:29-00:60",
    ],
    # no length, an end before the beginning, ten years long
    "endTime": ["2026-09-13T03:29:00Z", "2026-09-13T03:28:00Z", "2036-09-13T05:03:00Z"],
}  # fmt: skip
NO_END = [("2100-01-01T00:00:00Z", None), ("2026-99-13T03:28:00Z", None),
          *((None, length) for length in (None, "0", "-30", "30.5", True))]  # fmt: skip


def test_an_impossible_event_is_left_out_and_the_others_stay():
    rows = [event(**{key: value}) for key, values in IMPOSSIBLE.items() for value in values]
    rows += [event(endTime=end, duration=length) for end, length in NO_END]
    rows += [None, 7, "event", [], ["x"], {}]
    assert [row for row in rows if not left_out(row)] == []


STATIONS = {
    ("numbers", "channelNo"): [
        ("4-1", ("4.1",)), ("0004", ("4",)), ("004-01", ("4.1",)), (1002, ("1002",)),
        (4.1, ("4.1",)), (" ", ()), (None, ()), (True, ()), (["4.1"], ()),
    ],
    # an https address without a query, or nothing
    ("logo", "thumbnail"): [
        ("//zpmc.tmsimg.com/s1.png?w=55&h=3", "https://zpmc.tmsimg.com/s1.png"),
        ("http://zpmc.tmsimg.com/s1.png", "https://zpmc.tmsimg.com/s1.png"),
        (None, ""), ("s28708.png", ""), ("javascript:alert(1)", ""), ('//host/"onerror="x', ""),
        ("//host/a b.png", ""), ("//host/a&b.png", ""), (55, ""),
    ],
    ("call_sign", "callSign"): [("A&amp;E", "A&E"), (None, "90001")],
    ("name", "affiliateName"): [(None, ""), ("null", ""), (GONE, ""), ("Télé", "Télé")],
    ("station_id", "channelId"): [(90001, "90001")],
}  # fmt: skip


def test_odd_values_of_a_channel_row():
    rows = flat(STATIONS)
    assert wrong(lambda field, changes: getattr(only_station(**changes), field), rows) == []
    for number, expected in ((None, "4.1"), (GONE, "4.1"), ("5.1", "5.1")):
        assert only_station(channelNo=number, channel="004-1").numbers == (expected,)


def test_a_row_without_a_station_id_is_left_out():
    nameless = [channel_row(event(), channelId=odd) for odd in (None, "a.b/c", [])]
    block = parser.guide(grid_body(*nameless, channel_row(event())))
    assert [station.station_id for station in block.stations] == ["90001"]


def test_rows_of_one_station_are_merged():
    early = event(startTime="2026-09-13T01:00Z", endTime="2026-09-13T02:00Z")
    block = parser.guide(
        grid_body(
            channel_row(event(), channelNo="4.1"),
            channel_row(event(), channelId="90002", channelNo="5.1"),
            channel_row(event(), early, channelNo="1002"),
            channel_row(event(), channelNo="4.1"),
        )
    )
    assert [(each.station_id, each.numbers) for each in block.stations] == [
        ("90001", ("4.1", "1002")),
        ("90002", ("5.1",)),
    ]
    starts = {name: [airing.start for airing in airings] for name, airings in block.airings}
    assert starts == {"90001": [NOW + HOUR, START], "90002": [START]}


def test_a_station_without_events_is_described_and_has_no_airings():
    rows = [
        channel_row(channelId=f"{number}", events=odd, channelNo="")
        for number, odd in enumerate([[], None, "none", {}, GONE, 0])
    ]
    block = parser.guide(grid_body(channel_row(event()), *rows))
    assert [each.station_id for each in block.stations] == ["90001", *"012345"]
    assert [name for name, _ in block.airings] == ["90001"]


def test_a_guide_without_programmes_or_cut_anywhere_is_a_bad_answer():
    empty = [[], None, {}, "x", [None], [{}], [channel_row()], [channel_row({}, 3)]]
    bodies = [json.dumps({"channels": channels}).encode() for channels in empty]
    body = grid_body(channel_row(event()), channel_row(event(), channelId="90002"))
    bodies += [body[:size] for size in range(0, len(body), 7)]
    assert not_refused(parser.guide, bodies, BadAnswer) == []


def test_deep_nesting_and_huge_entities_are_harmless():
    deep = json.loads("[" * 500 + "]" * 500)
    assert read(program=program(unknown=deep, shortDesc=deep)).description == ""
    assert read(title="a &#" + "9" * 6000 + "; b").start == START
