"""The guide's text: what each element holds, in which order, and that validators take it."""

import itertools
import random
import re
import time
import xml.etree.ElementTree as ElementTree
from calendar import timegm

import pytest

from support.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    airing,
    block,
    credit,
    details,
    episode,
    lineup,
    station,
)
from gracenote2epg.guide import Guide
from gracenote2epg.plan import Span
from gracenote2epg.store import Store
from gracenote2epg.xmltv.style import Style
from gracenote2epg.xmltv.text import escape, xmltv_time
from gracenote2epg.xmltv.writer import MOST_SERIES, Listing, Programmes, channel

STYLE = Style("img.example")
HERE = lineup()


def listing(country="USA", shared=(), **changes):
    return Listing(station(**changes), country, frozenset(shared))


def written(own, known=None, style=STYLE, country="USA"):
    """The text of one airing; known: the details of its series."""
    return Programmes(lambda series_id: known, style).text(listing(country), [own])


def element(own, known=None, **kwargs):
    return ElementTree.fromstring(written(own, known, **kwargs))


def numbers(own, known=None):
    return [
        (found.get("system"), found.text) for found in element(own, known).findall("episode-num")
    ]


def names(own):
    return [
        name.text for name in ElementTree.fromstring(channel(own, STYLE)).findall("display-name")
    ]


# Text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("L’Été ☃ 日本 \U0001f600", "L’Été ☃ 日本 \U0001f600"),
        ("A & B", "A &amp; B"),
        ("&amp;", "&amp;amp;"),
        ("<b>", "&lt;b&gt;"),
        ('say "x"', "say &quot;x&quot;"),
        ("it's", "it's"),
        ("a\nb\tc", "a b c"),
        ("a\x00b\x0bc\x1fd\x7fe\x85f\x9fg", "abcdefg"),
        ("a\ud800b\udfffc", "abc"),
        ("a\ufffdb\ufffec\uffffd\ufdd0e", "abcde"),
        ("", ""),
    ],
)
def test_escape(text, expected):
    assert escape(text) == expected


def test_escaped_text_reads_back_as_it_was():
    text = "<&>\"'; ]]> é"
    made = ElementTree.fromstring(f'<a b="{escape(text)}">{escape(text)}</a>')
    assert (made.text, made.get("b")) == (text, text)


# Times


@pytest.mark.parametrize(
    ("zone", "utc", "expected"),
    [
        ("America/New_York", "2026-09-13 00:00", "20260912200000 -0400"),
        ("America/New_York", "2026-12-13 00:00", "20261212190000 -0500"),
        ("America/New_York", "2026-11-01 05:30", "20261101013000 -0400"),
        ("America/New_York", "2026-11-01 06:30", "20261101013000 -0500"),
        ("America/New_York", "2027-03-14 06:59", "20270314015900 -0500"),
        ("America/New_York", "2027-03-14 07:00", "20270314030000 -0400"),
        ("America/St_Johns", "2026-09-13 00:00", "20260912213000 -0230"),
        ("America/St_Johns", "2026-12-13 00:00", "20261212203000 -0330"),
        ("America/St_Johns", "2026-11-01 04:29", "20261101015900 -0230"),
        ("America/St_Johns", "2026-11-01 04:30", "20261101010000 -0330"),
        ("America/Phoenix", "2026-07-13 00:00", "20260712170000 -0700"),
        ("America/Phoenix", "2026-12-13 00:00", "20261212170000 -0700"),
        ("UTC", "2026-09-13 00:00", "20260913000000 +0000"),
        ("Asia/Kolkata", "2026-09-13 00:00", "20260913053000 +0530"),
    ],
)
def test_a_moment_is_local_time_with_the_offset_of_that_moment(in_zone, zone, utc, expected):
    in_zone(zone)
    moment = timegm(time.strptime(utc, "%Y-%m-%d %H:%M"))
    assert xmltv_time(moment) == expected
    digits, offset = expected.split()
    minutes = int(offset[1:3]) * 60 + int(offset[3:])
    local = timegm(time.strptime(digits, "%Y%m%d%H%M%S"))
    assert local - (-1 if offset[0] == "-" else 1) * minutes * 60 == moment


def test_times_in_utc_when_the_user_wants_them():
    assert xmltv_time(NOW, utc=True) == "20260913000000 +0000"
    assert 'start="20260913000000 +0000"' in written(airing(), style=Style("img.example", True))


def test_the_hour_that_comes_twice_is_two_times(in_zone):
    in_zone("America/New_York")
    first = timegm((2026, 11, 1, 5, 30, 0))
    own = [airing(first, first + HOUR), airing(first + HOUR, first + 2 * HOUR)]
    text = Programmes(lambda series_id: None, STYLE).text(listing(), own)
    assert re.findall('start="([^"]*)"', text) == ["20261101013000 -0400", "20261101013000 -0500"]


# Channels


def test_a_channel():
    assert channel(listing(numbers=("4.1",)), STYLE) == (
        '  <channel id="90001.gracenote2epg">\n'
        "    <display-name>WZZZDT</display-name>\n"
        "    <display-name>4.1 WZZZDT</display-name>\n"
        "    <display-name>4.1</display-name>\n"
        '    <icon src="https://zpmc.tmsimg.com/h3/NowShowing/90001/s90001_ll_h15_aa.png"/>\n'
        "  </channel>\n"
    )


def test_the_preferred_number_comes_last():
    own = listing(numbers=("4.1", "704", "1004"))
    assert names(own) == [
        "WZZZDT", "1004 WZZZDT", "1004", "704 WZZZDT", "704", "4.1 WZZZDT", "4.1",
    ]  # fmt: skip


def test_a_number_that_another_station_has_too_is_never_a_name_alone():
    own = listing(shared=("205",), call_sign="FNCHD", numbers=("205", "1205"))
    assert names(own) == ["FNCHD", "1205 FNCHD", "1205", "205 FNCHD"]


def test_a_station_without_number_or_logo():
    assert channel(listing(numbers=(), logo=""), STYLE) == (
        '  <channel id="90001.gracenote2epg">\n'
        "    <display-name>WZZZDT</display-name>\n"
        "  </channel>\n"
    )


def test_the_network_is_never_a_name():
    assert "EXAMPLE" not in channel(listing(), STYLE)


def test_a_name_with_markup():
    assert names(listing(call_sign="A&E <HD>"))[0] == "A&E <HD>"


# One programme of each class, in full

EPISODE = """\
  <programme start="20260912200000 -0400" stop="20260912203000 -0400" channel="90001.gracenote2epg">
    <title>Harbor Night Show</title>
    <sub-title>Low Tide; High Tide</sub-title>
    <desc>The band misses the boat &amp; plays on the pier.</desc>
    <credits>
      <director>Di Madeup</director>
      <actor role="The &quot;Captain&quot;">Bo Sample</actor>
      <actor guest="yes">Gil Guest</actor>
      <writer>Wy Write</writer>
      <producer>Cy Fiction</producer>
      <presenter>Ada Example</presenter>
    </credits>
    <date>20260910</date>
    <category>Series</category>
    <category>Talk</category>
    <category>Entertainment</category>
    <category>Show / Game show</category>
    <keyword>Comedy</keyword>
    <icon src="https://img.example/assets/p900100_b_h10_aa.jpg"/>
    <episode-num system="dd_progid">EP09000100.0017</episode-num>
    <episode-num system="onscreen">S03E17</episode-num>
    <episode-num system="xmltv_ns">2.16.</episode-num>
    <video>
      <aspect>16:9</aspect>
      <quality>HDTV</quality>
    </video>
    <audio>
      <stereo>stereo</stereo>
    </audio>
    <new/>
    <subtitles type="teletext"/>
    <rating system="VCHIP">
      <value>TV-14</value>
    </rating>
  </programme>
"""


def test_an_episode_with_numbers():
    own = airing(flags=("New",), tags=("HDTV", "Stereo", "CC"))
    known = details(
        cast=(
            credit("host", "Ada Example"),
            credit(character='The "Captain"'),
            credit("guest star", "Gil Guest"),
        ),
        crew=(
            credit("executive producer", "Cy Fiction"),
            credit("gaffer", "No Body"),
            credit("writer", "Wy Write"),
            credit("director", "Di Madeup"),
        ),
        episodes=(
            episode(air_date="20260910", synopsis="The band misses the boat & plays on the pier."),
        ),
    )
    assert written(own, known) == EPISODE


GENERIC = """\
  <programme start="20260912200000 -0400" stop="20260912210000 -0400" channel="90001.gracenote2epg">
    <title>Harbor Night Show</title>
    <desc>A late talk show set in a harbor that does not exist.</desc>
    <category>Talk</category>
    <category>Series</category>
    <category>Talk show</category>
    <keyword>Comedy</keyword>
    <icon src="https://img.example/assets/p900100_b_h10_aa.jpg"/>
    <episode-num system="dd_progid">SH09000100.0000</episode-num>
    <episode-num system="original-air-date">2026-09-12 20:00:00</episode-num>
  </programme>
"""


def test_a_show_whose_episode_is_not_known():
    own = airing(NOW, NOW + HOUR, tms_id="SH090001000000", generic=True, season="", episode="")
    own = own._replace(subtitle="", image="", tags=(), rating="", filters=("talk",))
    known = details(cast=(), crew=(), genres=("Comedy",))
    assert written(own, known) == GENERIC


MOVIE = """\
  <programme start="20260912200000 -0400" stop="20260912220000 -0400" channel="90001.gracenote2epg">
    <title>L’Été inventé</title>
    <desc>Une famille fictive passe l'été à la ferme.</desc>
    <date>2019</date>
    <category>Movie</category>
    <category>Drama</category>
    <category>Movie / Drama</category>
    <icon src="https://img.example/assets/p900100_i_h9_aa.jpg"/>
    <episode-num system="dd_progid">MV09000300.0000</episode-num>
    <subtitles type="teletext"/>
    <rating system="MPAA">
      <value>PG-13</value>
    </rating>
  </programme>
"""


def test_a_movie():
    own = airing(NOW, NOW + 2 * HOUR, title="L’Été inventé", tms_id="MV090003000000")
    own = own._replace(series_id="MV09000300", subtitle="Never shown", year="2019", season="1")
    own = own._replace(filters=("movie",), tags=("CC", "DVS"), rating="PG-13", image="")
    own = own._replace(description="Une famille fictive passe l'été à la ferme.")
    known = details("MV09000300", description="", image="p900300_p_v13_ab", year="2018", cast=())
    known = known._replace(crew=(), episodes=(), genres=("Drama",))
    assert written(own, known) == MOVIE


EVENT = """\
  <programme start="20260912200000 -0400" stop="20260912233000 -0400" channel="90001.gracenote2epg">
    <title>College Football</title>
    <sub-title>Iowa State at Iowa</sub-title>
    <desc>From a stadium that is made up.</desc>
    <category>Sports event</category>
    <category>Sports</category>
    <category>Football</category>
    <category>Team sports (excluding football)</category>
    <keyword>live</keyword>
    <episode-num system="dd_progid">EP06270099.0343</episode-num>
    <episode-num system="original-air-date">2026-09-12 20:00:00</episode-num>
    <new/>
    <subtitles type="teletext"/>
  </programme>
"""


def test_a_sports_event():
    own = airing(NOW, NOW + 210 * MINUTE, title="College Football", tms_id="EP062700990343")
    own = own._replace(series_id="SH06270099", subtitle="Iowa State at Iowa", season="", episode="")
    own = own._replace(
        filters=("sports",), flags=("Live", "New"), tags=("CC",), rating="", image=""
    )
    own = own._replace(description="From a stadium that is made up.")
    known = details("SH06270099", genres=("Football",), image="", backdrop="", cast=(), crew=())
    assert written(own, known._replace(episodes=())) == EVENT


NEWS = """\
  <programme start="20260912200000 -0400" stop="20260912202900 -0400" channel="90001.gracenote2epg">
    <title>ZZZ News at 8</title>
    <category>News</category>
    <category>Series</category>
    <category>News / Current affairs</category>
    <episode-num system="dd_progid">SH09000200.0000</episode-num>
    <episode-num system="original-air-date">2026-09-12 20:00:00</episode-num>
    <audio>
      <stereo>dolby digital</stereo>
    </audio>
    <new/>
  </programme>
"""


def test_news():
    own = airing(NOW, NOW + 29 * MINUTE, title="ZZZ News at 8", tms_id="SH090002000000", rating="")
    own = own._replace(subtitle="", description="", season="", episode="", image="")
    own = own._replace(series_id="SH09000200", filters=("news",), flags=("New",), tags=("DD 5.1",))
    assert written(own, None) == NEWS


# Details of the rules


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"season": "1", "episode": "1"}, [("onscreen", "S01E01"), ("xmltv_ns", "0.0.")]),
        ({"season": "51", "episode": "217"}, [("onscreen", "S51E217"), ("xmltv_ns", "50.216.")]),
        ({"season": "", "episode": "5"}, [("onscreen", "E05"), ("xmltv_ns", ".4.")]),
        ({"season": "0", "episode": "5"}, [("onscreen", "S00E05")]),
        ({"season": "3", "episode": "0"}, [("onscreen", "S03E00")]),
        ({"season": "3", "episode": ""},
         [("xmltv_ns", "2.."), ("original-air-date", "2026-09-12 20:00:00")]),
        ({"season": "", "episode": ""}, [("original-air-date", "2026-09-12 20:00:00")]),
        ({"season": "0", "episode": ""}, [("original-air-date", "2026-09-12 20:00:00")]),
    ],
)  # fmt: skip
def test_numbers_after_the_dotted_id_that_comes_first(changes, expected):
    assert numbers(airing(**changes)) == [("dd_progid", "EP09000100.0017"), *expected]


def test_the_third_field_of_xmltv_ns_is_empty():
    for season, number in itertools.product(["", "1", "9"], ["1", "12"]):
        found = dict(numbers(airing(season=season, episode=number)))
        assert re.fullmatch(r"\d*\.\d*\.", found["xmltv_ns"])


def test_the_day_of_what_has_no_number_is_the_viewers_in_utc_too():
    shown = written(airing(season="", episode=""), style=STYLE._replace(utc=True))
    assert 'start="20260913000000 +0000"' in shown
    assert '"original-air-date">2026-09-12 20:00:00<' in shown


def test_without_an_id_there_is_none():
    assert "dd_progid" not in written(airing(tms_id=""))
    assert "dd_progid" not in written(airing(tms_id="EP0900010"))


def test_an_episode_without_numbers_has_its_air_date_when_it_is_known():
    own = airing(season="", episode="")
    assert numbers(own, details())[-1] == ("original-air-date", "2026-09-12")


def test_the_games_of_one_day_have_each_its_own_time_even_when_the_day_is_known():
    own = airing(season="", episode="", filters=("sports",), flags=("Live",))
    first, second = (numbers(own._replace(start=NOW + at), details())[-1] for at in (0, HOUR))
    assert first == ("original-air-date", "2026-09-12 20:00:00")
    assert second == ("original-air-date", "2026-09-12 21:00:00")


def test_a_movie_has_no_numbers_and_no_air_date():
    own = airing(tms_id="MV090003000000", season="1", episode="2")
    assert numbers(own) == [("dd_progid", "MV09000300.0000")]


@pytest.mark.parametrize(
    ("changes", "known", "expected"),
    [
        ({}, details(), "The band misses the boat and plays on the pier."),
        ({}, details(episodes=()), "A host & a band visit the harbor."),
        ({"description": ""}, details(episodes=()),
         "A late talk show set in a harbor that does not exist."),
        ({"generic": True}, details(), "A late talk show set in a harbor that does not exist."),
        ({"generic": True}, details(description="", episodes=()),
         "A host & a band visit the harbor."),
        ({"description": ""}, None, None),
        ({"tms_id": "EP090001000099"}, details(), "A host & a band visit the harbor."),
    ],
)  # fmt: skip
def test_the_description(changes, known, expected):
    assert element(airing(**changes), known).findtext("desc") == expected


@pytest.mark.parametrize(
    ("changes", "known", "expected"),
    [
        ({}, details(), "20260912"),
        ({}, details(year="2001", episodes=()), "2001"),
        ({"year": "1999"}, details(year="2001", episodes=()), "1999"),
        ({"tms_id": "MV090003000000"}, details(year="2001"), "2001"),
        ({}, details(episodes=(episode(air_date=""),)), None),
        ({}, None, None),
    ],
)
def test_the_date(changes, known, expected):
    assert element(airing(**changes), known).findtext("date") == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"subtitle": ""}, None),
        ({"subtitle": "Harbor Night Show"}, None),
        ({"tms_id": "MV090003000000"}, None),
        ({}, "Low Tide; High Tide"),
    ],
)
def test_the_sub_title(changes, expected):
    assert element(airing(**changes)).findtext("sub-title") == expected


NEWNESS = [
    # flags of the grid, of the episode, other changes; what is written
    ((), (), {}, ['<previously-shown start="20260912120000 +0000" />']),
    ((), ("New", "Premiere", "Finale"), {}, ['<previously-shown start="20260912120000 +0000" />']),
    (("New",), (), {}, ["<new />"]),
    (("Live",), (), {}, ["<new />"]),
    (("Live", "New"), (), {}, ["<new />"]),
    (("Premiere",), (), {}, ["<premiere />", "<new />"]),
    (("New",), ("Premiere",), {"season": "1", "episode": "1"},
     ["<premiere>Series Premiere</premiere>", "<new />"]),
    (("New", "Premiere"), (), {"season": "4", "episode": "1"},
     ["<premiere>Season Premiere</premiere>", "<new />"]),
    (("Premiere",), (), {"tms_id": "MV090003000000"},
     ["<premiere>Movie Premiere</premiere>", "<new />"]),
    (("New", "Finale"), (), {}, ["<last-chance>Season Finale</last-chance>", "<new />"]),
    (("New",), ("Finale",), {"season": ""}, ["<last-chance>Finale</last-chance>", "<new />"]),
    (("Finale",), (), {}, ['<previously-shown start="20260912120000 +0000" />',
                           "<last-chance>Season Finale</last-chance>"]),
    (("New", "Premiere", "Finale"), (), {"episode": "1"},
     ["<premiere>Season Premiere</premiere>", "<last-chance>Season Finale</last-chance>",
      "<new />"]),
    ((), (), {"generic": True}, []),
    ((), (), {"tms_id": "SH090001000000"}, []),
    ((), (), {"tms_id": "MV090003000000"}, []),
    ((), (), {"tms_id": "SP090001000000"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "of_episode", "changes", "expected"), NEWNESS)
def test_new_or_seen_before(flags, of_episode, changes, expected):
    own = airing(NOW + DAY, flags=flags, **changes)
    made = element(own, details(episodes=(episode(flags=of_episode),)))
    kinds = ("previously-shown", "premiere", "last-chance", "new")
    found = [ElementTree.tostring(child, "unicode").strip() for child in made if child.tag in kinds]
    assert found == expected


@pytest.mark.parametrize(
    ("date", "expected"),
    [("20260913", {}), ("20260914", {}), ("", {}), ("20260911", {"start": "20260911120000 +0000"})],
)
def test_a_repeat_says_since_when_only_where_that_is_before_it(date, expected):
    known = details(episodes=(episode(air_date=date),))
    assert element(airing(), known).find("previously-shown").attrib == expected


def test_a_repeat_without_details_is_bare():
    assert element(airing()).find("previously-shown").attrib == {}


ALL_FLAGS = ("New", "Live", "Premiere", "Finale")


def test_new_and_previously_shown_are_never_together():
    bunches = [c for size in range(5) for c in itertools.combinations(ALL_FLAGS, size)]
    for flags, of_episode, tms_id, generic in itertools.product(
        bunches, bunches, ("EP090001000017", "SH090001000000", "MV090003000000"), (True, False)
    ):
        known = details(episodes=(episode(tms_id=tms_id, flags=of_episode),))
        text = written(airing(flags=flags, tms_id=tms_id, generic=generic), known)
        assert not ("<new/>" in text and "<previously-shown" in text)


@pytest.mark.parametrize(
    ("filters", "flags", "tms_id", "is_event"),
    [
        (("sports",), ("Live",), "EP090001000017", True),
        (("sports",), ("New",), "EP090001000017", False),
        (("sports",), (), "SP090001000000", True),
        (("talk",), ("Live",), "EP090001000017", False),
    ],
)
def test_what_is_a_sports_event(filters, flags, tms_id, is_event):
    text = written(airing(filters=filters, flags=flags, tms_id=tms_id))
    assert ("<category>Sports event</category>" in text) == is_event


def test_one_series_has_other_words_where_its_filters_differ():
    programmes = Programmes(lambda series_id: details(), STYLE)
    texts = [
        programmes.text(listing(), [airing(filters=own)]) for own in ((), ("talk",), ("news",))
    ]
    last = [re.findall("<category>(.*)</category>", text)[-1] for text in texts]
    assert last == ["Show / Game show", "Talk show", "News / Current affairs"]


def test_genres_of_the_series_are_before_those_of_the_episode():
    def categories(known):
        return [found.text for found in element(airing(), known).findall("category")]

    assert "Cooking" in categories(details(genres=("Cooking",)))
    alone = categories(details(genres=()))
    assert "Talk" in alone
    assert alone[-1] == "Comedy"


@pytest.mark.parametrize(
    ("tags", "stereo", "hd", "captions"),
    [
        ((), None, False, False),
        (("CC",), None, False, True),
        (("Mono",), "mono", False, False),
        (("Stereo", "CC", "DVS"), "stereo", False, True),
        (("Stereo", "Surround"), "surround", False, False),
        (("Stereo", "Dolby"), "dolby", False, False),
        (("Stereo", "DD"), "dolby", False, False),
        (("DD 5.1", "Stereo"), "dolby digital", False, False),
        (("Dolby Digital",), "dolby digital", False, False),
        (("HD",), None, True, False),
        (("HDTV",), None, True, False),
        (("HD 1080p",), None, True, False),
        (("UHD",), None, True, False),
    ],
)
def test_sound_vision_and_captions(tags, stereo, hd, captions):
    made = element(airing(tags=tags))
    assert made.findtext("audio/stereo") == stereo
    assert (made.findtext("video/quality") == "HDTV") == hd
    assert (made.find("subtitles") is not None) == captions


@pytest.mark.parametrize(
    ("own", "of_episode", "country", "expected"),
    [
        ("TV-14", "TV-G", "USA", ("VCHIP", "TV-14")),
        ("", "TV-G", "USA", ("VCHIP", "TV-G")),
        ("PG", "", "USA", ("MPAA", "PG")),
        ("PG", "", "CAN", ("CHVRS", "PG")),
        ("NR", "", "USA", None),
        ("", "", "USA", None),
    ],
)
def test_the_rating(own, of_episode, country, expected):
    known = details(episodes=(episode(rating=of_episode),))
    found = element(airing(rating=own), known, country=country).find("rating")
    assert (found if found is None else (found.get("system"), found.findtext("value"))) == expected


def test_one_rating_is_of_another_system_in_another_country():
    programmes = Programmes(lambda series_id: None, STYLE)
    own = [airing(rating="PG")]
    assert 'system="MPAA"' in programmes.text(listing("USA"), own)
    assert 'system="CHVRS"' in programmes.text(listing("CAN"), own)


@pytest.mark.parametrize(
    ("changes", "known", "expected"),
    [
        ({}, details(), "p900100_b_h10_aa"),
        ({"image": "p900100_e_h9_ab"}, details(), "p900100_e_h9_ab"),
        ({"image": "GNLZZGG0036K82Q"}, details(), "GNLZZGG0036K82Q"),
        ({}, details(image="p900100_b_v10_aa"), "p900100_i_h9_aa"),
        ({}, details(image="p900100_b_v10_aa", backdrop=""), "p900100_b_v13_aa"),
        ({}, None, "p900100_b_v13_aa"),
        ({"image": ""}, details(), "p900100_b_h10_aa"),
        ({"image": ""}, details(image=""), "p900100_i_h9_aa"),
        ({"image": ""}, details(image="p900100_b_v10_aa", backdrop=""), "p900100_b_v10_aa"),
        ({"image": ""}, None, None),
    ],
)
def test_the_picture_is_the_first_landscape_one_else_the_first(changes, known, expected):
    found = element(airing(**changes), known).find("icon")
    made = None if found is None else found.get("src")
    assert made == (expected and f"https://img.example/assets/{expected}.jpg")


def test_actors_are_few_and_in_billing_order_each_once():
    cast = tuple(credit(name=f"Actor {number // 2}") for number in range(40))
    found = [own.text for own in element(airing(), details(cast=cast)).findall("credits/actor")]
    assert found[:3] == ["Actor 0", "Actor 1", "Actor 2"]
    assert len(found) == len(set(found)) <= 10


def test_credits_of_unknown_roles_alone_are_no_credits():
    known = details(cast=(), crew=(credit("gaffer"),))
    assert element(airing(), known).find("credits") is None


def test_airings_of_one_series_share_its_details_which_are_read_once():
    asked = []

    def known(series_id):
        asked.append(series_id)
        return details()

    programmes = Programmes(known, STYLE)
    for number in range(3):
        programmes.text(listing(), [airing(NOW + number * DAY), airing(NOW + number * DAY + HOUR)])
    assert asked == ["SH09000100"]


# Order and validity

ORDER = [
    "title",
    "sub-title",
    "desc",
    "credits",
    "date",
    "category",
    "keyword",
    "language",
    "orig-language",
    "length",
    "icon",
    "url",
    "country",
    "episode-num",
    "video",
    "audio",
    "previously-shown",
    "premiere",
    "last-chance",
    "new",
    "subtitles",
    "rating",
    "star-rating",
    "review",
    "image",
]


def random_airing(random_, start):
    """Anything that the parser lets through."""

    def some(*words):
        return tuple(random_.sample(words, random_.randrange(4)))

    texts = ["", "A & B", "<tag>", "L’Été", 'say "x"', "]]>", "a;b|c", "x" * 300, "\U0001f600"]
    digits = f"{random_.randrange(10**8):08}{random_.randrange(3):04}"
    return airing(
        start,
        start + random_.choice([2, 12, 30, 94, 210]) * MINUTE,
        title=random_.choice(texts[1:]),
        tms_id=random_.choice(["EP", "SH", "MV", "SP"]) + digits,
        series_id=random_.choice(["SH09000100", "MV09000300", "SH00000001", ""]),
        subtitle=random_.choice(texts),
        description=random_.choice(texts),
        season=random_.choice(["", "0", "1", "12"]),
        episode=random_.choice(["", "0", "1", "217"]),
        year=random_.choice(["", "1951", "2026"]),
        rating=random_.choice(["", "TV-14", "PG", "NR", "14+"]),
        image=random_.choice(["", "p900100_b_v13_aa"]),
        filters=some("news", "sports", "movie", "family", "talk"),
        flags=some(*ALL_FLAGS),
        tags=some("CC", "Stereo", "HDTV", "DD 5.1", "DVS"),
        generic=random_.random() < 0.2,
    )  # fmt: skip


def known_of(airings):
    genres = ("Comedy", "Documentary", "Arts & Crafts", "Fashion")
    coming = [
        episode(tms_id=own.tms_id, air_date=date, flags=flags, genres=genres)
        for own, date, flags in zip(
            airings, itertools.cycle(["20260901", "", "20261231"]), itertools.cycle([(), ALL_FLAGS])
        )
    ]
    roles = [
        "actor",
        "guest star",
        "host",
        "director",
        "composer",
        "editor",
        "adapter",
        "commentator",
        "guest",
    ]
    cast = tuple(credit(role, f'{role} & "co"', character="A<B") for role in roles)
    return details(genres=genres, cast=cast, episodes=tuple(coming))


def test_elements_are_in_the_dtds_order():
    random_ = random.Random(7)
    own = [random_airing(random_, NOW + number * 4 * HOUR) for number in range(400)]
    programmes = Programmes(lambda series_id: known_of(own), STYLE)
    seen = set()
    for one in own:
        tags = [child.tag for child in ElementTree.fromstring(programmes.text(listing(), [one]))]
        assert tags == sorted(tags, key=ORDER.index)
        assert tags[0] == "title"
        seen.update(tags)
    assert len(seen) > 14  # or the airings were too plain to tell


def test_the_same_store_makes_the_same_text(tmp_path):
    with Store(str(tmp_path)) as store:
        store.keep_guide(HERE, NOW, 6, block({"90001": [airing()]}), NOW)
        guide = Guide(store, [HERE], Span(NOW, NOW + DAY))
        assert list(guide.text(STYLE, print)) == list(guide.text(STYLE, print))


def test_of_many_series_few_are_kept_and_the_text_is_the_same():
    asked = []

    def known(series_id):
        asked.append(series_id)
        return details(series_id)

    count = MOST_SERIES + 1
    own = [airing(NOW + 60 * n, series_id=f"SH{n % count:08d}") for n in range(2 * count)]
    programmes = Programmes(known, STYLE)
    whole = programmes.text(listing(), own)
    assert len(asked) == 2 * count
    assert len(programmes.known) == count  # what the summary counts
    assert whole == "".join(Programmes(details, STYLE).text(listing(), [one]) for one in own)
