"""Lists of channels that players have: m3u playlists and an HDHomeRun's lineup."""

import contextlib
import http.server
import json
import os
import threading
import time

import pytest

from gracenote2epg import errors
from gracenote2epg.matching import Wanted
from gracenote2epg.playlist import MOST, parse, read


def entry(line):
    return parse(f"#EXTM3U\n{line}\nhttp://192.0.2.1/stream\n".encode())


class Files:
    """Serves bytes by path on loopback, each after a delay in seconds."""

    def __init__(self):
        self.bodies, self.asked = {}, []
        self.delay, self.closing = 0.0, threading.Event()
        files = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_GET(self):
                files.asked.append(self.path)
                files.closing.wait(files.delay)
                body = files.bodies.get(self.path)
                with contextlib.suppress(OSError):  # the client has had enough
                    self.send_response(404 if body is None else 200)
                    self.end_headers()
                    self.wfile.write(body or b"")

        self._listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._listener.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}"
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self.closing.set()
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()


@pytest.fixture(name="files")
def _files():
    with Files() as files:
        yield files


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("#EXTINF:-1,WZAA", Wanted("WZAA")),
        ("#EXTINF:0, WZAA ", Wanted("WZAA")),
        ("#extinf:-1,WZAA", Wanted("WZAA")),
        ('#EXTINF:-1 tvg-id="WZAA.us",WZAA', Wanted("WZAA", "", ("WZAA.us",))),
        ('#EXTINF:-1 tvg-chno="5.1" ,WZAA', Wanted("WZAA", "5.1")),
        ('#EXTINF:-1 channel-number="5-1",WZAA', Wanted("WZAA", "5.1")),
        ("#EXTINF:-1 tvg-chno=5,WZAA", Wanted("WZAA", "5")),
        ("#EXTINF:-1 tvg-chno='5',WZAA", Wanted("WZAA", "5")),
        ('#EXTINF:-1 TVG-CHNO="5",WZAA', Wanted("WZAA", "5")),
        ('#EXTINF:-1 tvg-chno="x",WZAA', Wanted("WZAA")),
        ('#EXTINF:-1 group-title="News, Local",WZAA', Wanted("WZAA")),
        ('#EXTINF:-1 tvg-id="" tvg-name="" tvg-logo="",WZAA', Wanted("WZAA")),
        ('#EXTINF:-1 tvg-name="WZAA_HD",NBC 2', Wanted("NBC 2", "", ("WZAA HD",))),
        ('#EXTINF:-1 tvg-name="WZAA",', Wanted("WZAA")),
        ("#EXTINF:-1,News, Weather & More", Wanted("News, Weather & More")),
        ('#EXTINF:-1 tvg-id="a",b="c", d', Wanted('b="c", d', "", ("a",))),
        ('#EXTINF:10.5 tvg-id="a",WZAA', Wanted("WZAA", "", ("a",))),
        ("#EXTINF:-1,Télé-Québec", Wanted("Télé-Québec")),
    ],
)
def test_an_entry_of_a_playlist(line, expected):
    assert entry(line) == (expected,)


def test_what_is_no_channel_is_passed_over():
    text = (
        "#EXTM3U x-tvg-url='http://192.0.2.1/x.xml'\n"
        "#EXTINF:-1 tvg-id='a',One\n#EXTVLCOPT:x\n#KODIPROP:y=z\n#EXTGRP:News\nhttp://192.0.2.1/1\n"
        "#EXTINF:6.0,\nsegment.ts\n"
        "\n#EXTINF:-1,Two\nhttp://192.0.2.1/2\n"
    )
    assert [one.name for one in parse(text.encode())] == ["One", "Two"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_encoding_and_line_end(encoding, end):
    text = end.join(["#EXTM3U", "#EXTINF:-1,Montréal", "http://192.0.2.1/1", "#EXTINF:-1,Two", "x"])
    assert [one.name for one in parse(text.encode(encoding))] == ["Montréal", "Two"]


def test_a_lineup_of_an_hdhomerun():
    rows = [
        {"GuideNumber": "2.1", "GuideName": "WZAA", "HD": 1, "URL": "http://192.0.2.1:5004/v2.1"},
        {"GuideNumber": "705", "GuideName": "FNC", "DRM": 1},
        {"GuideNumber": 9, "GuideName": None},
        {"GuideName": "No number"},
        {"URL": "x"},
        "junk",
    ]
    assert parse(json.dumps(rows).encode()) == (
        Wanted("WZAA", "2.1", (), True),
        Wanted("FNC", "705"),
        Wanted("", "9"),
        Wanted("No number"),
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "neither an m3u playlist nor"),
        (b"<html></html>", "neither an m3u playlist nor"),
        (b"\x89PNG\r\n\x1a\n", "neither an m3u playlist nor"),
        (b'{"DeviceID": "1"}', "neither an m3u playlist nor"),
        (b"#EXTM3U\n", "lists no channel"),
        (b"[]", "lists no channel"),
        (b"[1, 2", "line 1"),
    ],
)
def test_what_lists_no_channel_is_said_in_one_line(tmp_path, body, said):
    path = tmp_path / "list"
    path.write_bytes(body)
    with pytest.raises(errors.PlaylistError) as caught:
        read(str(path))
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "channels_from" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_too_large_is_said(tmp_path):
    with pytest.raises(errors.PlaylistError, match="No such file"):
        read(str(tmp_path / "none.m3u"))
    with pytest.raises(errors.PlaylistError, match="directory"):
        read(str(tmp_path))
    with open(tmp_path / "large.m3u", "wb") as file:
        file.truncate(MOST + 1)
    with pytest.raises(errors.PlaylistError, match="more than 5 MB"):
        read(str(tmp_path / "large.m3u"))


def test_a_playlist_is_read_from_a_file(tmp_path):
    (tmp_path / "tv.m3u8").write_text("#EXTM3U\n#EXTINF:-1,WZAA\nx\n")
    assert read(os.fspath(tmp_path / "tv.m3u8")) == (Wanted("WZAA"),)


def test_a_playlist_is_read_from_an_address_whatever_it_is_called(files):
    files.bodies["/get.php?type=m3u"] = b"#EXTM3U\n#EXTINF:-1,WZAA\nx\n"
    assert read(f"{files.url}/get.php?type=m3u") == (Wanted("WZAA"),)


@pytest.mark.parametrize("end", ["", "/", "/lineup.json"])
def test_an_hdhomeruns_address_is_enough(files, end):
    files.bodies["/lineup.json"] = b'[{"GuideNumber": "2.1", "GuideName": "WZAA"}]'
    assert read(files.url + end) == (Wanted("WZAA", "2.1"),)
    assert files.asked == ["/lineup.json"]


def test_an_address_that_fails_is_said_without_what_is_secret_in_it():
    with Files() as files:
        address = files.url.replace("//", "//me:geheim@") + "/list.m3u?password=geheim"
        with pytest.raises(errors.PlaylistError, match="HTTP 404") as missing:
            read(address)
    with pytest.raises(errors.PlaylistError, match="Connection refused") as refused:
        read(address)
    assert "geheim" not in f"{missing.value} {refused.value}"


def test_an_address_that_gives_too_much_is_left(files):
    files.bodies["/list.m3u"] = b"#EXTM3U\n" + b"#" * MOST
    with pytest.raises(errors.PlaylistError, match="more than 5 MB"):
        read(f"{files.url}/list.m3u")


def test_a_stop_ends_the_wait_for_an_address(files):
    files.delay, stop = 30.0, threading.Event()
    timer = threading.Timer(0.2, stop.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(errors.Stopped):
        read(f"{files.url}/list.m3u", stop)
    assert time.monotonic() - began < 1.2
    timer.join()
