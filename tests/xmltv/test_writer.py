"""The guide's text: escaping, times, channels, a whole programme."""

import time
import xml.etree.ElementTree as ElementTree
from calendar import timegm

from gracenote2epg.config.profiles import PROFILES
from gracenote2epg.xmltv import markup
from gracenote2epg.xmltv.markup import escape, xmltv_time
from gracenote2epg.xmltv.writer import ProgrammeWriter, channel
from support.builders import (
    NOW,
    airing,
    credit,
    details,
    episode,
)
from support.guides import moment
from support.programmes import STYLE, listing, written
from support.tables import wrong


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


def test_the_players_names_come_last_but_not_in_mythtvs_guide():
    more = listing(numbers=("4.1",))._replace(player_names=("NBC 4 & more",), player_id="NBC.us")
    assert names(more) == ["WZZZDT", "4.1 WZZZDT", "4.1", "NBC 4 & more"]
    assert 'id="90001.gracenote2epg"' in channel(more, STYLE)
    mythtv = STYLE._replace(profile=PROFILES["mythtv"], channel_ids="player")
    assert names(more, mythtv) == ["WZZZDT", "WZZZDT", "4.1"]
    assert 'id="NBC.us"' in channel(more, mythtv)


# A programme, in full

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


# Shared details


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
