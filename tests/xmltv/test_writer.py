"""The guide's text: escaping, times, channels, whole programmes, the order of elements."""

import itertools
import random
import re
import time
import xml.etree.ElementTree as ElementTree
from calendar import timegm

from gracenote2epg.config.profiles import PROFILES
from gracenote2epg.xmltv import markup
from gracenote2epg.xmltv.markup import escape, xmltv_time
from gracenote2epg.xmltv.writer import ProgrammeWriter, channel
from support.builders import (
    HOUR,
    MINUTE,
    NOW,
    airing,
    credit,
    details,
    episode,
    lineup,
)
from support.guides import moment
from support.programmes import STYLE, listing, written
from support.tables import wrong

HERE = lineup()
ALL_FLAGS = ("New", "Live", "Premiere", "Finale")


def names(listing, style=STYLE):
    element = ElementTree.fromstring(channel(listing, style))
    return [name.text for name in element.iter("display-name")]


# Text


def test_escape():
    assert wrong(escape, [
        ("plain", "plain"),
        ("L’Été ☃ 日本 \U0001f600", "L’Été ☃ 日本 \U0001f600"),
        ("A & B", "A &amp; B"), ("&amp;", "&amp;amp;"), ("<b>", "&lt;b&gt;"),
        ('say "x"', "say &quot;x&quot;"), ("it's", "it's"), ("a\nb\tc", "a b c"),
        ("a\x00b\x0bc\x1fd\x7fe\x85f\x9fg", "abcdefg"), ("a\ud800b\udfffc", "abc"),
        ("a\ufffdb\ufffec\uffffd\ufdd0e", "abcde"), ("", ""),
    ]) == []  # fmt: skip


def test_escaped_text_reads_back_unchanged():
    text = "<&>\"'; ]]> é"
    node = ElementTree.fromstring(f'<a b="{escape(text)}">{escape(text)}</a>')
    assert (node.text, node.get("b")) == (text, text)


# Times


LOCAL_TIMES = {
    "America/New_York": [
        ("2026-09-13 00:00", "20260912200000 -0400"), ("2026-12-13 00:00", "20261212190000 -0500"),
        ("2026-11-01 05:30", "20261101013000 -0400"), ("2026-11-01 06:30", "20261101013000 -0500"),
        ("2027-03-14 06:59", "20270314015900 -0500"), ("2027-03-14 07:00", "20270314030000 -0400"),
    ],
    "America/St_Johns": [
        ("2026-09-13 00:00", "20260912213000 -0230"), ("2026-12-13 00:00", "20261212203000 -0330"),
        ("2026-11-01 04:29", "20261101015900 -0230"), ("2026-11-01 04:30", "20261101010000 -0330"),
    ],
    "America/Phoenix": [
        ("2026-07-13 00:00", "20260712170000 -0700"), ("2026-12-13 00:00", "20261212170000 -0700"),
    ],
    "UTC": [("2026-09-13 00:00", "20260913000000 +0000")],
    "Asia/Kolkata": [("2026-09-13 00:00", "20260913053000 +0530")],
}  # fmt: skip


def test_a_time_is_local_with_the_offset_of_that_moment(in_zone):
    def local(text):
        at = timegm(time.strptime(text, "%Y-%m-%d %H:%M"))
        assert moment(xmltv_time(at)) == at
        return xmltv_time(at)

    for zone, rows in LOCAL_TIMES.items():
        in_zone(zone)
        assert wrong(local, rows) == [], zone
    assert xmltv_time(NOW, utc=True) == "20260913000000 +0000"


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


def test_the_names_of_a_channel():
    # The preferred number comes last; what stations share stands neither first nor alone.
    assert wrong(lambda changes: " | ".join(names(listing(**changes))), [
        ({"numbers": ("4.1", "704")}, "WZZZDT | 704 WZZZDT | 704 | 4.1 WZZZDT | 4.1"),
        ({"numbers": ("205", "1205"), "shared": ("205",)},
         "WZZZDT | 1205 WZZZDT | 1205 | WZZZDT 205"),
        ({"numbers": ("5.1", "7"), "shared": ("7",), "twin": True}, "WZZZDT 5.1 | 5.1"),
        ({"numbers": ("5.1",), "shared": ("5.1",), "twin": True}, "WZZZDT 90001"),
        ({"call_sign": "A&E <HD>", "numbers": ()}, "A&E <HD>"),
    ]) == []  # fmt: skip
    assert "<icon" not in channel(listing(logo=""), STYLE)


def test_tvheadend_cannot_confuse_stations_that_share_something():
    """Also if it takes the first word for the number and the rest for the name."""
    alike = (
        {"shared": ("2.1",)}, {"shared": ("2.1",), "call_sign": "OTHER"},
        {"numbers": ("5.1",), "twin": True}, {"numbers": ("6.1",), "twin": True},
    )  # fmt: skip
    for rows in (alike[:2], alike[2:]):
        seen = []
        for row in rows:
            plain = names(listing(**{"numbers": ("2.1",), **row}))
            first_words = [re.fullmatch(r"([\d.]*) ?(.*)", name).groups() for name in plain]
            seen.append({*plain, *(part for pair in first_words for part in pair if part)})
        assert not set.intersection(*seen), seen


def test_the_players_names_come_last_but_not_in_mythtvs_guide():
    more = listing(numbers=("4.1",))._replace(player_names=("NBC 4 & more",), player_id="NBC.us")
    assert names(more) == ["WZZZDT", "4.1 WZZZDT", "4.1", "NBC 4 & more"]
    assert 'id="90001.gracenote2epg"' in channel(more, STYLE)
    mythtv = STYLE._replace(profile=PROFILES["mythtv"], channel_ids="player")
    assert names(more, mythtv) == ["WZZZDT", "WZZZDT", "4.1"]
    assert 'id="NBC.us"' in channel(more, mythtv)


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
    show = airing(flags=("New",), tags=("HDTV", "Stereo", "CC"))
    known = details(
        cast=(credit("host", "Ada Example"), credit(character='The "Captain"'),
              credit("guest star", "Gil Guest")),
        crew=(credit("executive producer", "Cy Fiction"), credit("gaffer", "No Body"),
              credit("writer", "Wy Write"), credit("director", "Di Madeup")),
        episodes=(
            episode(air_date="20260910", synopsis="The band misses the boat & plays on the pier."),
        ),
    )  # fmt: skip
    assert written(show, known) == EPISODE


def packed(text):
    """Without indentation and line ends."""
    return re.sub(r"\n\s*", "", text.strip())


def test_a_show_whose_episode_is_not_known():
    show = airing(
        NOW, NOW + HOUR, tms_id="SH090001000000", generic=True, season="", episode="",
        subtitle="", image="", tags=(), rating="", filters=("talk",),
    )  # fmt: skip
    known = details(cast=(), crew=(), genres=("Comedy",))
    assert packed(written(show, known)) == packed("""
<programme start="20260912200000 -0400" stop="20260912210000 -0400" channel="90001.gracenote2epg">
<title>Harbor Night Show</title><desc>A late talk show set in a harbor that does not exist.</desc>
<category>Talk</category><category>Series</category><category>Talk show</category>
<keyword>Comedy</keyword><icon src="https://img.example/assets/p900100_b_h10_aa.jpg"/>
<episode-num system="dd_progid">SH09000100.0000</episode-num>
<episode-num system="original-air-date">2026-09-12 20:00:00</episode-num></programme>""")


def test_a_movie():
    show = airing(
        NOW, NOW + 2 * HOUR, title="L’Été inventé", tms_id="MV090003000000",
        series_id="MV09000300", subtitle="Never shown", year="2019", season="1",
        filters=("movie",), tags=("CC", "DVS"), rating="PG-13", image="",
        description="Une famille fictive passe l'été à la ferme.",
    )  # fmt: skip
    known = details("MV09000300", description="", image="p900300_p_v13_ab", year="2018", cast=())
    known = known._replace(crew=(), episodes=(), genres=("Drama",))
    assert packed(written(show, known)) == packed("""
<programme start="20260912200000 -0400" stop="20260912220000 -0400" channel="90001.gracenote2epg">
<title>L’Été inventé</title><desc>Une famille fictive passe l'été à la ferme.</desc>
<date>2019</date><category>Movie</category><category>Drama</category>
<category>Movie / Drama</category><icon src="https://img.example/assets/p900100_i_h9_aa.jpg"/>
<episode-num system="dd_progid">MV09000300.0000</episode-num><subtitles type="teletext"/>
<rating system="MPAA"><value>PG-13</value></rating></programme>""")


def test_a_sports_event():
    show = airing(
        NOW, NOW + 210 * MINUTE, title="College Football", tms_id="EP062700990343",
    )  # fmt: skip
    show = show._replace(
        series_id="SH06270099", subtitle="Iowa State at Iowa", season="", episode=""
    )
    show = show._replace(filters=("sports",), flags=("Live", "New"), tags=("CC",), rating="")
    show = show._replace(image="", description="From a stadium that is made up.")
    known = details("SH06270099", genres=("Football",), image="", backdrop="", cast=(), crew=())
    assert packed(written(show, known._replace(episodes=()))) == packed("""
<programme start="20260912200000 -0400" stop="20260912233000 -0400" channel="90001.gracenote2epg">
<title>College Football</title><sub-title>Iowa State at Iowa</sub-title>
<desc>From a stadium that is made up.</desc>
<category>Sports event</category><category>Sports</category><category>Football</category>
<category>Team sports (excluding football)</category><keyword>live</keyword>
<episode-num system="dd_progid">EP06270099.0343</episode-num>
<episode-num system="original-air-date">2026-09-12 20:00:00</episode-num>
<new/><subtitles type="teletext"/></programme>""")


def test_news():
    show = airing(
        NOW, NOW + 29 * MINUTE, title="ZZZ News at 8", tms_id="SH090002000000", rating="",
        subtitle="", description="", season="", episode="", image="",
    )  # fmt: skip
    show = show._replace(
        series_id="SH09000200", filters=("news",), flags=("New",), tags=("DD 5.1",)
    )
    assert packed(written(show, None)) == packed("""
<programme start="20260912200000 -0400" stop="20260912202900 -0400" channel="90001.gracenote2epg">
<title>ZZZ News at 8</title><category>News</category><category>Series</category>
<category>News / Current affairs</category>
<episode-num system="dd_progid">SH09000200.0000</episode-num>
<episode-num system="original-air-date">2026-09-12 20:00:00</episode-num>
<audio><stereo>dolby digital</stereo></audio><new/></programme>""")


# Shared details, and the order of elements


def test_the_details_of_a_series_are_read_once_on_however_many_stations(monkeypatch):
    requests = []

    def known(series_id):
        requests.append(series_id)
        return details(series_id)

    airings = [airing(NOW + 60 * n, series_id=f"SH{n % 2000:08d}") for n in range(4000)]
    expected = "".join(
        ProgrammeWriter(details, STYLE).text(listing(), [each]) for each in airings[:5]
    )
    for size, count in ((markup.MEMO_SIZE, 2000), (9, 4000)):
        requests.clear()
        monkeypatch.setattr(markup, "MEMO_SIZE", size)
        programmes = ProgrammeWriter(known, STYLE)
        assert programmes.text(listing(), airings).startswith(expected)
        assert (len(requests), len(programmes.detailed)) == (count, 2000)


ORDER = """title sub-title desc credits date category keyword language orig-language length icon url
country episode-num video audio previously-shown premiere last-chance new subtitles rating
star-rating review image"""


def random_airing(random_, start):
    """Any airing that the parser lets through."""

    def some(*words):
        return tuple(random_.sample(words, random_.randrange(4)))

    texts = ["", "A & B", "<tag>", "L’Été", 'say "x"', "]]>", "a;b|c", "x" * 300, "\U0001f600"]
    digits = f"{random_.randrange(10**8):08}{random_.randrange(3):04}"
    return airing(
        start, start + random_.choice([2, 12, 30, 94, 210]) * MINUTE,
        title=random_.choice(texts[1:]), subtitle=random_.choice(texts),
        description=random_.choice(texts), image=random_.choice(["", "p900100_b_v13_aa"]),
        tms_id=random_.choice(["EP", "SH", "MV", "SP"]) + digits,
        series_id=random_.choice(["SH09000100", "MV09000300", "SH00000001", ""]),
        season=random_.choice(["", "0", "1", "12"]), episode=random_.choice(["", "0", "1", "217"]),
        year=random_.choice(["", "1951", "2026"]), generic=random_.random() < 0.2,
        rating=random_.choice(["", "TV-14", "PG", "NR", "14+"]), flags=some(*ALL_FLAGS),
        filters=some("news", "sports", "movie", "family", "talk"),
        tags=some("CC", "Stereo", "HDTV", "DD 5.1", "DVS"),
    )  # fmt: skip


def known_of(airings):
    genres = ("Comedy", "Documentary", "Arts & Crafts", "Fashion")
    coming = [
        episode(tms_id=each.tms_id, air_date=date, flags=flags, genres=genres)
        for each, date, flags in zip(
            airings, itertools.cycle(["20260901", "", "20261231"]), itertools.cycle([(), ALL_FLAGS])
        )
    ]
    roles = ("actor", "guest star", "host", "director", "composer", "editor", "adapter",
             "commentator", "guest")  # fmt: skip
    cast = tuple(credit(role, f'{role} & "co"', character="A<B") for role in roles)
    return details(genres=genres, cast=cast, episodes=tuple(coming))


def test_elements_are_in_the_dtds_order():
    random_ = random.Random(7)
    airings = [random_airing(random_, NOW + number * 4 * HOUR) for number in range(150)]
    programmes = ProgrammeWriter(lambda series_id: known_of(airings), STYLE)
    seen = set()
    for each in airings:
        tags = [node.tag for node in ElementTree.fromstring(programmes.text(listing(), [each]))]
        assert tags == sorted(tags, key=ORDER.split().index)
        assert tags[0] == "title"
        seen.update(tags)
    assert len(seen) > 14  # or the airings were too plain to prove it
