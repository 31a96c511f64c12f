"""Lists of channels that players have: m3u playlists and an HDHomeRun's lineup."""

import contextlib
import http.server
import json
import os
import threading

import pytest

from gracenote2epg import errors
from gracenote2epg.channels.matching import PlayerChannel
from gracenote2epg.channels.playlist import MOST, parse, read


class Files:
    """Serves bytes by path on loopback; hangs: set when a request is there, and never answered."""

    def __init__(self):
        self.bodies, self.paths = {}, []
        self.hangs, self.closing = None, threading.Event()
        files = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_GET(self):
                files.paths.append(self.path)
                if files.hangs:
                    files.hangs.set()
                    files.closing.wait(30)
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


ENTRIES = {
    "-1,WZAA": PlayerChannel("WZAA"),
    "0, WZAA ": PlayerChannel("WZAA"),
    '-1 tvg-id="WZAA.us",WZAA': PlayerChannel("WZAA", "", ("WZAA.us",)),
    '-1 tvg-chno="5.1" ,WZAA': PlayerChannel("WZAA", "5.1"),
    '-1 channel-number="5-1",WZAA': PlayerChannel("WZAA", "5.1"),
    "-1 tvg-chno=5,WZAA": PlayerChannel("WZAA", "5"),
    "-1 tvg-chno='5',WZAA": PlayerChannel("WZAA", "5"),
    '-1 TVG-CHNO="5",WZAA': PlayerChannel("WZAA", "5"),
    '-1 tvg-chno="x",WZAA': PlayerChannel("WZAA"),
    '-1 group-title="News, Local",WZAA': PlayerChannel("WZAA"),
    '-1 tvg-id="" tvg-name="" tvg-logo="",WZAA': PlayerChannel("WZAA"),
    '-1 tvg-name="WZAA_HD",NBC 2': PlayerChannel("NBC 2", "", ("WZAA HD",)),
    '-1 tvg-name="WZAA",': PlayerChannel("WZAA"),
    "-1,News, Weather & More": PlayerChannel("News, Weather & More"),
    '-1 tvg-id="a",b="c", d': PlayerChannel('b="c", d', "", ("a",)),
    '10.5 tvg-id="a",WZAA': PlayerChannel("WZAA", "", ("a",)),
    "-1,Télé-Québec": PlayerChannel("Télé-Québec"),
}


def test_an_entry_of_a_playlist():
    for tag in ("#EXTINF", "#extinf"):
        read_as = {
            line: parse(f"#EXTM3U\n{tag}:{line}\nhttp://192.0.2.1/stream\n".encode())
            for line in ENTRIES
        }
        assert read_as == {line: (wanted,) for line, wanted in ENTRIES.items()}


def test_what_is_no_channel_is_passed_over():
    text = (
        "#EXTM3U x-tvg-url='http://192.0.2.1/x.xml'\n"
        "#EXTINF:-1 tvg-id='a',One\n#EXTVLCOPT:x\n#KODIPROP:y=z\n#EXTGRP:News\nhttp://192.0.2.1/1\n"
        "#EXTINF:6.0,\nsegment.ts\n"
        "\n#EXTINF:-1,Two\nhttp://192.0.2.1/2\n"
    )
    assert [channel.name for channel in parse(text.encode())] == ["One", "Two"]


def test_any_encoding_and_line_end():
    lines = ["#EXTM3U", "#EXTINF:-1,Montréal", "http://192.0.2.1/1", "#EXTINF:-1,Two", "x"]
    for encoding in ("utf-8", "utf-8-sig", "latin-1"):
        for end in ("\n", "\r\n", "\r"):
            channels = parse(end.join(lines).encode(encoding))
            assert [channel.name for channel in channels] == ["Montréal", "Two"], (encoding, end)


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
        PlayerChannel("WZAA", "2.1", (), True),
        PlayerChannel("FNC", "705"),
        PlayerChannel("", "9"),
        PlayerChannel("No number"),
    )


def failure(address, *given):
    with pytest.raises(errors.PlaylistError) as caught:
        read(str(address), *given)
    return str(caught.value)


def test_a_file_without_channels_is_told_in_one_line(tmp_path):
    path = tmp_path / "list"
    for body, words in (
        (b"", "neither an m3u playlist nor"),
        (b"<html></html>", "neither an m3u playlist nor"),
        (b"\x89PNG\r\n\x1a\n", "neither an m3u playlist nor"),
        (b'{"DeviceID": "1"}', "neither an m3u playlist nor"),
        (b"#EXTM3U\n", "lists no channel"),
        (b"[]", "lists no channel"),
        (b"[1, 2", "line 1"),
    ):
        path.write_bytes(body)
        said = failure(path)
        missing = [part for part in (words, str(path), "channels_from") if part not in said]
        assert (missing, "\n" in said) == ([], False), said


def test_a_file_that_is_missing_or_too_large_is_told(tmp_path):
    assert "No such file" in failure(tmp_path / "none.m3u")
    assert "directory" in failure(tmp_path)
    with open(tmp_path / "large.m3u", "wb") as file:
        file.truncate(MOST + 1)
    assert "more than 5 MB" in failure(tmp_path / "large.m3u")


def test_a_playlist_is_read_from_a_file(tmp_path):
    (tmp_path / "tv.m3u8").write_text("#EXTM3U\n#EXTINF:-1,WZAA\nx\n")
    assert read(os.fspath(tmp_path / "tv.m3u8")) == (PlayerChannel("WZAA"),)


def test_a_playlist_is_read_from_an_address_whatever_it_is_called(files):
    files.bodies["/get.php?type=m3u"] = b"#EXTM3U\n#EXTINF:-1,WZAA\nx\n"
    assert read(f"{files.url}/get.php?type=m3u") == (PlayerChannel("WZAA"),)


def test_an_hdhomeruns_address_is_enough(files):
    files.bodies["/lineup.json"] = b'[{"GuideNumber": "2.1", "GuideName": "WZAA"}]'
    for end in ("", "/", "/lineup.json"):
        assert read(files.url + end) == (PlayerChannel("WZAA", "2.1"),)
    assert files.paths == ["/lineup.json"] * 3


def test_an_address_that_fails_is_told_without_its_secrets():
    with Files() as files:
        address = files.url.replace("//", "//me:geheim@") + "/list.m3u?password=geheim"
        missing = failure(address)
    refused = failure(address)
    assert "HTTP 404" in missing
    assert "Connection refused" in refused
    assert "geheim" not in missing + refused


def test_an_address_that_gives_too_much_is_left(files):
    files.bodies["/list.m3u"] = b"#EXTM3U\n" + b"#" * MOST
    assert "more than 5 MB" in failure(f"{files.url}/list.m3u")


def test_a_stop_ends_the_wait_for_an_address(files):
    files.hangs = threading.Event()  # an answer given up after 10 s would be another error
    with pytest.raises(errors.Stopped):
        read(f"{files.url}/list.m3u", files.hangs)
