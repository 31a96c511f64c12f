"""A source with every fault that its format allows, and the programmes that a guide must show.

Raw answers in the shape of the API reference, for parser, store, guide and writer together. Each
theme adds stations with events, and for each event its programme, or that it is none.
"""

import itertools
import random
from typing import Any, Dict, List, NamedTuple, Optional, Set

from gracenote2epg.grab import refresh
from gracenote2epg.gracenote import parser
from gracenote2epg.guide.span import TimeSpan
from gracenote2epg.models import Lineup
from gracenote2epg.store.answers import Store
from support import guides
from support.builders import (
    DAY,
    GONE,
    HOUR,
    MINUTE,
    channel_row,
    coming,
    details_body,
    event,
    grid_body,
    movie_body,
    person,
    program,
)
from support.guides import Programme

PLAIN = "Harbor Night Show"  # the builder's
# Characters that XML 1.0 forbids, C1 (refused by XMLTV's validator), and Unicode's non-characters.
SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"  # these separate words
CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in SPACES]
SURROGATES = [chr(code) for code in range(0xD800, 0xE000)]
NO_CHARACTERS = [chr(code) for code in (*range(0xFDD0, 0xFDF0), 0xFFFD)]
NO_CHARACTERS += [chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF)]
# Only the line feed is allowed in a document.
FORBIDDEN = {*CONTROLS, *SPACES, *SURROGATES, *NO_CHARACTERS} - {"\n"}

TEXTS = [
    # as sent, as parsed: entities are decoded once, white space is one space
    ("Bread &amp; Butter", "Bread & Butter"),
    ("Bread &amp;amp; Butter", "Bread &amp; Butter"),
    ("&lt;b&gt;Bold&lt;/b&gt;", "<b>Bold</b>"),
    ("The Harbor&#39;s &quot;Own&quot;", "The Harbor's \"Own\""),
    ("Grin &#x1F600;&#128512;", "Grin \U0001f600\U0001f600"),
    ("Caf&eacute; &hellip; &nbsp; &euro;", "Café … €"),
    ("No &bogus; &; & entity &#; &#x; &#xZZ;", "No &bogus; &; & entity &#; &#x; &#xZZ;"),
    ("Nothing &#0;&#xD800;&#xFFFE;&#11;&#8; here", "Nothing here"),
    ("Endless &#99999999999; &#x110000;", "Endless"),
    ("Marked ]]> <![CDATA[ up ]]>", "Marked ]]> <![CDATA[ up ]]>"),
    ("<!-- no --> <?xml version='1.0'?> %pe; <!DOCTYPE x>",
     "<!-- no --> <?xml version='1.0'?> %pe; <!DOCTYPE x>"),
    ("One\nTwo\r\nThree\rFour", "One Two Three Four"),
    ("  Left and right \t\n ", "Left and right"),
    ("Hard\u00a0space and\u3000wide", "Hard space and wide"),
    *((text, text) for text in (
        "L’Été à Montréal — ça va?", "¿Qué pasó? ¡Mañana!", "日本語 العربية עברית",
        "\u202eBack\u202c \ufeffmark \u200bjoi\u200dner n\u0303",
        "\U0001f469\u200d\U0001f467 \U0010fffd", "'\"`&<>\\/|;,%{}$()[]",
    )),
    ("x" * 5000, "x" * 5000),
    (1984, "1984"),
    (24.5, "24.5"),
]  # fmt: skip
HUGE = [  # descriptions, about 200 kB each
    "word " * 40_000,
    "x" * 200_000,
    '<&>"' * 20_000,
    "&amp;" * 40_000,
    "\x00\ud800é\U0001f600 " * 33_000,
]
TITLES_OF_NONE = [None, "", " \n\t", "\x00\x01", "&#0;", True, ["x"], {"en": "x"}, GONE]
RATINGS = [
    "TV-14", "TVPG", "tv-ma", "PG-13", "NC-17", "X&Y", "<18>", "NR", "Not Rated", "14+", "C8", "G",
    "TV-", "TV", "18", 18, -1, 1.5, None, True, ["R"], {}, "\x00R", "R\n", "R" * 3000, GONE,
]  # fmt: skip
IMAGES = [
    "p900100_b_v13_aa", "noImage", "noImageTv", "p1_NOIMAGE_aa", "p1_b&v=1", 'p1"/><x', "p1 b",
    "../../etc", "https://img.example/p1.jpg?w=1&h=2", "p1.jpg", "pé1_aa", None, 7, "", [], GONE,
    "p1\n", "p" * 65,
]  # fmt: skip
LOGOS = [
    "//img.example/h3/s1_ll.png?w=55&h=66", "https://img.example/s1.png?a&amp;b", "//img.example/é",
    "//img.example/a&b.png", "//img.example/a&amp;b.png", '//img.example/"onerror="x',
    "javascript:alert(1)", "//img.example/<s>", "ftp://img.example/s1.png", "s1.png", "", None, 55,
    ["//img.example/s1.png"], GONE, "//img.example/a b.png", "http://img.example/s%26.png",
]  # fmt: skip
NUMBERS = [
    ("3", "17"), ("0", "0"), ("00", "07"), ("S03", "E17"), ("s3", "e017"), ("99999", "99999"),
    ("123456789", "987654321"), ("-1", "-2"), ("1.5", "2/10"), ("", ""), (None, None), (True, []),
    (3, 17), ("III", "17a"), ("0", "5"), ("3", "0"), ("3", ""), ("", "5"), ("٣", "١٧"),
    ("3", GONE), (GONE, "17"), ("S", "E"), ({"no": 3}, {"no": 17}),
]  # fmt: skip
PROGRAM_IDS = [
    "EP090001000017", "ep090001000017", "SH090001000000", "MV090003000000", "SP090004000000",
    "EP0900010017", "EP09000100001799", "XX090001000017", "EP<>&\"'", "EP09000100-0017", "EP", "",
    None, 7, ["EP090001000017"], {}, GONE, "MV09000300000\x000", " EP090001000017 ",
]  # fmt: skip
TAGS = [
    ["HDTV", "CC", "Stereo"], ["hdtv", "cc", "dd 5.1"], ["UHD", "Dolby"], ["HD 1080p", "MONO"],
    ["<CC>", "A&B", 'x"y'], ["Surround", "DVS", "SAP"], ["CC", "CC", "CC"],
]  # fmt: skip
FLAGS = ["New", "Live", "Premiere", "Finale", "new", "<New>", "Nobody & Knows"]
FILTERS = ["filter-news", "filter-sports", "filter-talk", "filter-family", "filter-movie", "<&>"]
STATION_IDS = [
    # as sent, as parsed; None = no station
    ("007", "007"), ("2A", "2A"), (900077, "900077"), ("a" * 32, "a" * 32),
    ("a" * 33, None), ("90-1", None), ("90_1", None), ("90.1", None), ("é1", None), ("9 1", None),
    ('9"1', None), ("9&amp;1", None), ("", None), (None, None), (["90001"], None), (True, None),
    (GONE, None), ("٣٤", None),
]  # fmt: skip
WRONG = [None, True, 7, 1.5, "text", [], ["x"], {}, {"x": []}, [[]], [None, 3, {"a": "b"}]]


class Event(NamedTuple):
    """An event in all windows that touch [start, stop), seconds since the epoch."""

    raw: Any
    start: int
    stop: int


class Row(NamedTuple):
    """A row of the grid; ``changes`` are to the builder's."""

    changes: Dict[str, Any]
    events: List[Event]


class Awkward:
    """The answers about a span of two local days, and the programmes in them."""

    def __init__(self, span: TimeSpan) -> None:
        self.span = span
        self.truth: Set[Programme] = set()
        self._rows: List[Row] = []
        for theme in _THEMES:
            theme(self)

    def body(self, start: int, hours: int) -> bytes:
        """The answer to a window, seconds since the epoch and hours."""
        stop = start + hours * HOUR
        return grid_body(
            *(
                channel_row(
                    *(
                        event.raw
                        for event in row.events
                        if event.start < stop and event.stop > start
                    ),
                    **row.changes,
                )
                for row in self._rows
            ),
            *(wrong for wrong in WRONG if wrong != {}),
        )

    def keep(self, store: Store, lineup: Lineup, hours: int = 6, shuffle: int = 0) -> None:
        """Save the answers to windows of so many hours, and all details.

        shuffle: seed for the order of the windows; 0 = soonest first.
        """
        tasks = refresh.windows(lineup, self.span, hours, self.span.begin)
        if shuffle:
            random.Random(shuffle).shuffle(tasks)
        for at, task in enumerate(tasks):
            block = parser.guide(self.body(task.start, hours))
            store.save_guide(lineup, task.start, hours, block, self.span.begin + at)
        for series_id, body in details().items():
            store.save_details(parser.details(body, series_id), self.span.begin)

    def on(self, span: TimeSpan) -> Set[Programme]:
        """The programmes of a span."""
        return {show for show in self.truth if show.start < span.end and show.stop > span.begin}

    def row(self, station_id: Any, **changes: Any) -> Row:
        plain = {"callSign": f"W{station_id}", "channelNo": "", "channelId": station_id}
        row = Row({**plain, **changes}, [])
        self._rows.append(row)
        return row

    def show(
        self, row: Row, start: int, stop: int, shown: Optional[str] = PLAIN, **changes: Any
    ) -> None:
        """Add an event. shown: its title in the guide; None = it is no programme."""
        times = {"startTime": guides.utc(start), "endTime": guides.utc(stop)}
        row.events.append(Event(event(**{**times, **changes}), start, stop))
        if shown is not None:
            self.truth.add(Programme(str(row.changes["channelId"]), start, stop, shown))

    def each(self, station_id: str, minutes: int, shows: List[Any]) -> None:
        """Add a station with consecutive programmes: (title in the guide, changes)."""
        row, at = self.row(station_id), self.span.begin
        for title, changes in shows:
            self.show(row, at, at + minutes * MINUTE, title, **changes)
            at += minutes * MINUTE


def details() -> Dict[str, bytes]:
    """The details of the series that the events name."""
    names = ['Ann & "Bo" <Sample>', " ", "\x00", None, 7, "Pipe | Person", "O’Neil\nJr.", "B" * 300]
    roles = ["Actor", "Guest Star", "Host", "Director", "Gaffer & Grip", "", None, 3, "Writer"]
    people = [
        person(role=role, name=name, characterName=character, assetId="noImage")
        for role in roles
        for name, character in zip(names, [*reversed(names)])
    ]
    entries = [
        coming(synopsis=" \x00", displayRating="X&Y", programGenres="A&B||<c>| |\x00"),
        coming(tmsID=None), coming(tmsID=7), coming(tmsID="EP090001000018", originalAirDate="x"),
        *WRONG,
    ]  # fmt: skip
    tabs = {"cast": [*people, *WRONG], "crew": {"no": "list"}, "upcomingEpisode": "none"}
    series = details_body(
        seriesTitle=["x"],
        seriesDescription="A &lt;long&gt; one ]]> \ud800",
        seriesImage="noImage",
        backgroundImage="p1&v=2",
        releaseYear=-5,
        seriesGenres="Comedy|comedy|COMEDY|Arts &amp; Crafts|<i>|Rock, Paper|\x01|",
        overviewTab=tabs,
        upcomingEpisodeTab=entries,
    )
    movie = movie_body(overviewTab=None, upcomingEpisodeTab=None, releaseYear=20190)
    giant = details_body(seriesDescription=HUGE[2], upcomingEpisodeTab=None)
    return {"SH09000100": series, "MV09000300": movie, "SH09000900": giant}


def _characters(world: Awkward) -> None:
    """Each forbidden character in each text of an event."""
    shows = []
    for character in (*CONTROLS, *SPACES):
        shows.append((f"a{character}b", "a b" if character in SPACES else "ab"))
    others = [*SURROGATES, *NO_CHARACTERS]
    for at in range(0, len(others), 50):
        some = others[at : at + 50]
        shows.append(("x".join(("", *some, "")), "x" * (len(some) + 1)))
    plain = [
        (read, {"title": sent, "episodeTitle": f"s{sent}", "shortDesc": sent, "rating": sent,
                "tags": [sent], "flag": [sent], "filter": [sent], "thumbnail": sent})
        for sent, read in shows
    ]  # fmt: skip
    world.each("10001", 15, plain)


def _texts(world: Awkward) -> None:
    world.each("10002", 30, [
        (read, {"title": sent, "episodeTitle": sent, "shortDesc": sent}) for sent, read in TEXTS
    ])  # fmt: skip
    world.each("10003", 30, [
        (PLAIN, {"shortDesc": text, "tmsId": "EP090001000019"}) for text in HUGE
    ])  # fmt: skip
    row = world.row("10005")  # at the end: details of past programmes are not downloaded
    for at, series_id in enumerate(details(), -3):
        start = world.span.end + at * HOUR
        world.show(row, start, start + HOUR, shortDesc=None, seriesId=series_id, tmsId=None)
    world.each("10004", 30, [
        ("After", {"title": "After"}),
        *((None, {"title": title}) for title in TITLES_OF_NONE),
        ("Before", {"title": "Before"}),
    ])  # fmt: skip


def _values(world: Awkward) -> None:
    """Values of the wrong kind in each field."""
    world.each("10010", 30, [(PLAIN, {"rating": rating}) for rating in RATINGS])
    world.each("10011", 30, [(PLAIN, {"thumbnail": image}) for image in IMAGES])
    world.each("10012", 30, [
        (PLAIN, {"season": season, "episode": episode}) for season, episode in NUMBERS
    ])  # fmt: skip
    world.each("10013", 30, [
        (PLAIN, {"seriesId": three, "program": program(tmsId=one, id=two, seriesId=three)})
        for one, two, three in zip(PROGRAM_IDS, PROGRAM_IDS[1:], PROGRAM_IDS[2:])
    ])  # fmt: skip
    world.each("10017", 30, [(PLAIN, {"tags": tags}) for tags in TAGS])
    chosen = [[*some] for size in (1, 2, 7) for some in itertools.combinations(FLAGS, size)]
    world.each("10018", 15, [
        (PLAIN, {"flag": flags, "filter": [one, "filter-sports"], "season": "1", "episode": "1"})
        for flags, one in zip(chosen, itertools.cycle(FILTERS))
    ])  # fmt: skip
    fields = ("rating", "thumbnail", "filter", "flag", "tags", "season", "episode", "releaseYear",
              "episodeTitle", "shortDesc", "isGeneric", "callSign", "channelNo")  # fmt: skip
    world.each("10014", 15, [(PLAIN, dict.fromkeys(fields, wrong)) for wrong in (*WRONG, GONE)])
    world.each("10015", 15, [
        (None, {"program": wrong}) for wrong in (*WRONG, GONE)
    ] + [(PLAIN, {})])  # fmt: skip
    row = world.row("10016")
    world.show(row, world.span.begin, world.span.end)
    row.events.extend(Event(wrong, world.span.begin, world.span.end) for wrong in WRONG)
    for number, wrong in enumerate(WRONG):
        world.row(f"1002{number}", events=wrong)


def _stations(world: Awkward) -> None:
    begin, end = world.span.begin, world.span.begin + HOUR
    for sent, read in STATION_IDS:
        world.show(world.row(sent), begin, end, None if read is None else PLAIN)
    for number, logo in enumerate(LOGOS):
        row = world.row(f"2{number:04}", thumbnail=logo, callSign="A&amp;E <HD> \"'|\x00\ud800")
        world.show(row, begin, end)
    world.row("30001")  # never a programme
    world.row("30002", affiliateName="Channel No Longer Available", callSign=None, thumbnail=None)
    for number in ("4-1", "0704", "1004.10"):  # a station on three numbers
        world.show(world.row("30003", channelNo=number), begin, end)
    for station_id in ("30004", "30005"):  # two stations on one
        world.show(world.row(station_id, channelNo="205"), begin, end)
    # A third, which is on the next day only.
    world.show(world.row("30006", channelNo="205"), begin + 30 * HOUR, end + 30 * HOUR)


def _times(world: Awkward) -> None:
    (begin, end), day = world.span, world.span.begin + DAY
    row = world.row("40001")  # across both ends, eight hours and a day and two hours long
    world.show(row, begin - 7 * HOUR, begin - 2 * HOUR)
    world.show(row, begin - 2 * HOUR, day, "A Day and Two Hours", title="A Day and Two Hours")
    world.show(row, day, day + 8 * HOUR, "Eight", title="Eight")
    world.show(row, day + 22 * HOUR, end + 6 * HOUR, "Over the End", title="Over the End")
    row = world.row("40002")  # odd starts and lengths, on the second
    at = begin + 17
    for seconds in (1, 59, 61, 100, 1799, 3601, 7 * HOUR + 7, 13):
        world.show(row, at, at + seconds)
        at += seconds + (seconds % 2)
    row = world.row("40003")  # touching the ends from outside: in the answers, not in the guide
    world.show(row, begin - HOUR, begin)
    world.show(row, begin, begin + HOUR)
    world.show(row, end, end + HOUR)
    row = world.row("40004")  # what is no time, and what ends before it begins
    world.show(row, begin, begin + HOUR)
    for at, changes in enumerate(_NO_TIMES):
        start = begin + HOUR + at * 10 * MINUTE
        world.show(row, start, start + 10 * MINUTE, None, **changes)
    row = world.row("40005")  # without an end the length counts
    for at, (minutes, shown) in enumerate(
        (("30", PLAIN), (30, PLAIN), ("0030", PLAIN), ("½", None))
    ):
        start = begin + at * HOUR
        world.show(row, start, start + 30 * MINUTE, shown, endTime=GONE, duration=minutes)
    row = world.row("40006")  # twice, contradictory, and in the wrong order
    for hour in (5, 3, 1, 7):  # inside an hour, for across windows the later answer would win
        start = begin + -begin % HOUR + hour * HOUR
        world.show(row, start, start + 30 * MINUTE, "First", title="First")
        world.show(row, start, start + 30 * MINUTE, None, title="Second")
        world.show(row, start, start + 20 * MINUTE, None, title="Shorter")
        world.show(row, start + 10 * MINUTE, start + 40 * MINUTE, None, title="Overlapping")
        world.show(row, start + 30 * MINUTE, start + 50 * MINUTE, "Next", title="Next")


_NO_TIMES = [
    {"startTime": None}, {"startTime": ""}, {"startTime": 7}, {"startTime": "tonight"},
    {"startTime": GONE}, {"startTime": ["x"]}, {"startTime": "2026-13-45T99:99:99Z"},
    {"startTime": "1969-12-31T00:00:00Z"}, {"startTime": "９９９９-01-01T00:00:00Z"},
    {"endTime": "2001-01-01T00:00:00Z"}, {"endTime": "2096-01-01T00:00:00Z"},
    {"startTime": "1990-01-01T00:00:00Z"}, {"endTime": GONE, "duration": "0"},
    {"endTime": GONE, "duration": "-30"}, {"endTime": None, "duration": None},
    {"endTime": [], "duration": {}}, {"endTime": "x", "duration": "x"},
    {"endTime": GONE, "duration": "9" * 400}, {"startTime": "2026-09-13T03:29:00+02:00"},
]  # fmt: skip
_THEMES = (_characters, _texts, _values, _stations, _times)
