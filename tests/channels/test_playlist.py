"""m3u playlists and an HDHomeRun's lineup."""

import gzip
import itertools
import json
import threading
import tracemalloc

import pytest

from gracenote2epg import errors
from gracenote2epg.channels import playlist as channels_playlist
from gracenote2epg.channels.matching import PlayerChannel
from gracenote2epg.channels.playlist import MAX_JSON_BYTES, parse, read
from support.receivers import FileServer
from support.tables import wrong


@pytest.fixture(name="files")
def _files():
    with FileServer() as files:
        yield files


# By entry: name, number, ids and more names of the channel.
ENTRIES = {
    "-1,WZAA": ("WZAA",),
    "0, WZAA ": ("WZAA",),
    "10.5,WZAA": ("WZAA",),
    '-1 tvg-id="WZAA.us",WZAA': ("WZAA", "", ("WZAA.us",)),
    '-1 tvg-chno="5.1" ,WZAA': ("WZAA", "5.1"),
    '-1 channel-number="5-1",WZAA': ("WZAA", "5.1"),
    '-1 tvg-chno="" tvh-chnum="5.1",WZAA': ("WZAA", "5.1"),
    '-1 ch-number="5.1",WZAA': ("WZAA", "5.1"),
    '-1 TVG-CHNO="x" tvg-logo="",WZAA': ("WZAA",),
    '-1 group-title="News, Local",WZAA': ("WZAA",),
    '-1 tvg-name="WZAA_HD",NBC 2': ("NBC 2", "", ("WZAA HD",), ("WZAA_HD",)),
    '-1 tvg-name="WZAA",': ("WZAA",),
    '-1 tvg-id="1" tvg-name="WZAA"': ("WZAA", "", ("1",)),
    # the name: behind the attributes, else behind the last comma outside quotes
    "-1,News, Weather & More": ("News, Weather & More", "", (), ("Weather & More",)),
    '-1 tvg-id="1",News, Weather': ("News, Weather", "", ("1",)),
    '-1,tvg-id="1" tvg-name="WZAA",WZAA': ("WZAA", "", ("1",)),
    '-1 tvg-id="a",b="c", d': ("d", "", ("a",)),
    "-1,A&E=Best": ("A&E=Best",),
    '-1,WZAA tvg-id="1"': ("WZAA", "", ("1",)),
    '-1 tvg-id="1" (old, "x,y") ,WZAA': ("WZAA", "", ("1",)),
    '-1 tvg-name="WZAA" group-title="News, Local"': ("WZAA",),
    '-1 (old) "x, y': ("y",),
    '-1,Some "quoted, name"': ('Some "quoted, name"',),
    # values: with one kind of quotes, another or none, and blanks around "="
    "-1 tvg-chno='5',WZAA": ("WZAA", "5"),
    "-1 tvg-id=“1” tvg-chno=“5”,WZAA": ("WZAA", "5", ("1",)),
    "-1 tvg-ID=1 TVG-NAME=W HD group-title=Local News,Z": ("Z", "", ("1", "W HD"), ("W HD",)),
    '-1 tvg-id="1" tvg-chno = "7.1",WZAA': ("WZAA", "7.1", ("1",)),
    '-1 tvg-id="1"tvg-chno="5",WZAA': ("WZAA", "5", ("1",)),
    '-1 tvg-id="" tvg-id="1" tvg-id="2",WZAA': ("WZAA", "", ("1",)),
    '-1 logo="y.png"   renamed)"   tvg-id="1",WZAA': ("WZAA", "", ("1",)),
    "-1 tvg-id=1   tvg-logo=http://x/a?b=c tvg-chno=5,WZAA": ("WZAA", "5", ("1",)),
    # quotes within, or not closed
    '-1 tvg-name="The "News 4" live" tvg-id="1",Z': (
        "Z", "", ("1", 'The "News 4" live'), ('The "News 4" live',)),
    '-1 tvg-name="4 \\"W\\" NBC" tvg-chno="5",4 "W" NBC': ('4 "W" NBC', "5"),
    "-1 tvg-name='O'Brien' tvg-id='1',O'Brien": ("O'Brien", "", ("1",)),
    '-1 tvg-name="W"Z" tvg-id="1",W"Z': ('W"Z', "", ("1",)),
    '-1 tvg-name="Kids, "News", 4" tvg-chno="5",Kids, "News", 4': ('Kids, "News", 4', "5"),
    '-1 tvg-name="Z tvg-id="1",Z': ("Z", "", ("1",)),
    '-1 tvg-id="1" tvg-name="Z,Z': ("Z", "", ("1",)),
    # Gracenote's own id is surer than another guide's
    '-1 tvg-id="f-32" tvc-guide-stationid="58988",Z': ("Z", "", ("58988", "f-32")),
    '-1 tvg-id="I10001.x" tvc-guide-stationed="58988",Z': ("Z", "", ("58988",)),
}  # fmt: skip


def playlist(*lines, end="\n", encoding="utf-8"):
    return parse([end.join(lines).encode(encoding)])


def names(*lines, **how):
    return [channel.name for channel in playlist(*lines, **how).channels]


def test_an_entry_of_a_playlist():
    def parts(line, tag):
        (channel,) = playlist("#EXTM3U", f"{tag}{line}", "http://192.0.2.1/stream").channels
        return channel[:3] + channel[4:5]

    right = {line: (*row, *("", "", (), ())[len(row) :]) for line, row in ENTRIES.items()}
    for tag in ("#EXTINF:", "#extinf : "):
        assert wrong(parts, [(line, tag, row) for line, row in right.items()]) == []


def test_a_tvg_id_is_kept_as_it_is():
    (channel,) = playlist("#EXTM3U", '#EXTINF:-1 tvg-id="I10001.x",W', "x").channels
    assert channel.tvg_id == "I10001.x"


def test_other_lines_are_skipped():
    lines = (
        "# by hand", "", "#EXTM3U x-tvg-url='http://192.0.2.1/x.xml'",
        "#EXTINF:-1 tvg-id='a',One", "#EXTVLCOPT:x", "#KODIPROP:y=z", "#EXTGRP:News",
        "http://192.0.2.1/1", "#EXTINF:6.0,", "segment.ts", "", "#EXTINF:-1,Two",
    )  # fmt: skip
    assert names(*lines) == ["One", "Two"]  # of the last one the address is cut off


def test_what_is_no_channel_is_counted():
    entries = (
        ('-1 radio="true",Jazz', "x"), ("-1,Jazz", "http://x/y.mp3?z"),
        ('-1 group-title="VOD: Drama",A', "x"), ("7200,A", "x"), ("-1,A", "http://x/1.MKV|b=c"),
        ('-1 media="true",A', "x"), ("-1,##### USA #####", "x"), ("-1,--- USA ---", "x"),
        ('-1 tvg-id="",▬▬▬ ☆ ▬▬▬', "x"), ("-1,USA", ""), ('-1 tvg-name="",', "x"),
        ('-1 tvg-id="1",', "x"), ("-1,+++", "x"), ("-1,3ABN", "x"), ("-1,E!", "x"),
    )  # fmt: skip
    lines = [line for entry, address in entries for line in (f"#EXTINF:{entry}", address)]
    found = playlist("#EXTM3U", *lines)
    assert [channel.name for channel in found.channels] == ["", "3ABN", "E!"]
    assert found.skipped == ("4 films, 2 radio stations, 5 separators, 1 entry without a name")
    with pytest.raises(ValueError, match=r"no channels: 1 film$"):
        playlist("#EXTM3U", "#EXTINF:7200,A", "x")


def test_any_encoding_and_line_end():
    lines = ["", "#EXTM3U", "#EXTINF:-1,Montréal", "http://192.0.2.1/1", "#EXTINF:-1,Two", "x"]
    codecs = ("utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le")
    for encoding, end in itertools.product(codecs, ("\n", "\r\n", "\r")):
        content = end.join(lines[encoding == "utf-16-le" :]).encode(encoding)
        for body in (content, gzip.compress(content), gzip.compress(content) + b"\0\0"):
            for size in (len(body), 1) if encoding != "utf-16-le" else (len(body), 2):
                chunks = [body[at : at + size] for at in range(0, len(body), size)]
                if size == 1:  # the first bytes tell the encoding
                    chunks = [body[:4], *chunks[4:]]
                found = [channel.name for channel in parse(chunks).channels]
                assert found == ["Montréal", "Two"], (encoding, end, size)


def test_a_large_playlist_is_read_in_little_memory():
    film = b'#EXTINF:-1 tvg-logo="%s" group-title="VOD",The Movie\nx\n' % (b"x" * 30_000)
    chunks = itertools.chain([b"#EXTM3U\n#EXTINF:-1,WZAA\nx\n"], itertools.repeat(film, 300))
    tracemalloc.start()
    assert len(parse(chunks).channels) == 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 << 20, peak


def test_an_hdhomeruns_lineup():
    rows = [
        {"GuideNumber": "2.1", "GuideName": "WZAA", "HD": 1, "URL": "http://192.0.2.1:5004/v2.1"},
        {"GuideNumber": "705", "GuideName": "FNC", "DRM": 1},
        {"GuideNumber": 9, "GuideName": None},
        {"GuideName": "No number"},
        {"URL": "x"},
        "junk",
    ]
    assert parse([json.dumps(rows).encode()]).channels == (
        PlayerChannel("WZAA", "2.1", (), True),
        PlayerChannel("FNC", "705"),
        PlayerChannel("", "9"),
        PlayerChannel("No number"),
    )


def failure(place):
    with pytest.raises(errors.PlaylistError) as caught:
        read(str(place))
    return str(caught.value)


def test_a_file_that_is_no_list_of_channels(tmp_path):
    path = tmp_path / "list"
    for body, words in (
        (b"", "neither an m3u playlist nor"),
        (b"<html></html>", "neither an m3u playlist nor"),
        (b"\x89PNG\r\n\x1a\n", "neither an m3u playlist nor"),
        (b'{"DeviceID": "1"}', "neither an m3u playlist nor"),
        (b"#EXTM3U\n", "lists no channels"),
        (b"[]", "lists no channels"),
        (b"[1, 2", "line 1"),
        (b"http://192.0.2.1/1\n", "neither an m3u playlist nor"),
        (b"[" + b" " * MAX_JSON_BYTES, "more than 8 MB"),
        (gzip.compress(b"#EXTM3U\n" + b"#" * 3000)[:-9], "broke off"),
    ):
        path.write_bytes(body)
        text = failure(path)
        missing = [part for part in (words, str(path), "channels_from") if part not in text]
        assert (missing, "\n" in text) == ([], False), text
    assert "No such file" in failure(tmp_path / "none.m3u")
    assert "directory" in failure(tmp_path)


def test_a_file_may_have_64_megabytes(tmp_path, monkeypatch):
    monkeypatch.setattr(channels_playlist, "MAX_BYTES", 2 << 20)
    for body in (b"#" * (2 << 20), gzip.compress(b"#" * (2 << 20))):
        (tmp_path / "list").write_bytes(b"#EXTM3U\n" + body if body[:1] == b"#" else body + body)
        assert "more than 2 MB" in failure(tmp_path / "list")


TEXT = b"#EXTM3U\n#EXTINF:-1,WZAA\nx\n"


def test_a_playlist_from_a_file_or_an_address(files, tmp_path):
    (tmp_path / "tv.m3u8").write_bytes(TEXT)
    files.bodies.update({"/get.php?type=m3u": TEXT, "/tv.m3u.gz": gzip.compress(TEXT)})
    places = (tmp_path / "tv.m3u8", f"{files.url}/get.php?type=m3u", f"{files.url}/tv.m3u.gz")
    for place in places:
        assert read(str(place)).channels == (PlayerChannel("WZAA"),)


def test_an_hdhomeruns_address_is_enough(files):
    """Also that of an imitation, such as Dispatcharr's, under a path."""
    lineup = b'[{"GuideNumber": "2.1", "GuideName": "WZAA"}]'
    other_name = {"LineupURL": "http://hdhomerun.local/lineup.json"}
    by_path = {"LineupURL": f"{files.url}/hdhr/tv/lineup.json"}
    files.bodies = {
        "/lineup.json": lineup,
        "/discover.json": json.dumps(other_name).encode(),
        "/hdhr/tv/lineup.json": lineup,
        "/hdhr/tv": b"<html>",
        "/hdhr/discover.json": json.dumps(by_path).encode(),
    }
    ends = ("", "/", "/lineup.json", "/discover.json", "/hdhr/tv", "/hdhr/tv/")
    for end in (*ends, "/hdhr/discover.json"):
        assert read(files.url + end).channels == (PlayerChannel("WZAA", "2.1"),), end
    assert files.paths[:3] == ["/lineup.json"] * 3
    assert "HTTP 404" in failure(f"{files.url}/other")


def test_a_redirection_is_followed_on_the_same_host_only(files):
    files.bodies["/list"] = TEXT
    files.locations = {
        "/old": "/list",
        "/older?password=geheim": f"{files.url}/old",
        "/loop": "/loop",
        "/away": "http://192.0.2.1/list?password=geheim",
        "/nowhere": "",
    }
    for files.redirects_by in (301, 302, 303, 307, 308):
        for path in ("/old", "/older?password=geheim"):
            assert read(files.url + path).channels == (PlayerChannel("WZAA"),)
    assert "without end" in failure(f"{files.url}/loop")
    away = failure(f"{files.url}/away")
    assert "redirects to http://192.0.2.1: use that" in away
    assert "geheim" not in away
    assert "redirects to" in failure(f"{files.url}/nowhere")
    address = files.url.replace("//", "//me:word@")
    read(f"{address}/old")
    assert files.logins[-1] == "Basic bWU6d29yZA=="


def test_an_address_that_fails_is_named_without_its_secrets():
    with FileServer() as files:
        address = files.url.replace("//", "//me:geheim@") + "/list.m3u?password=geheim"
        missing = failure(address)
    refused = failure(address)
    assert "HTTP 404" in missing
    assert "Connection refused" in refused
    assert "geheim" not in missing + refused


def test_stop_ends_the_wait_for_an_address(files):
    files.hangs = threading.Event()  # the timeout of 10 s would be another error
    with pytest.raises(errors.Stopped):
        read(f"{files.url}/list.m3u", files.hangs)
