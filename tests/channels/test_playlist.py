"""m3u playlists and an HDHomeRun's lineup."""

import contextlib
import http.server
import itertools
import json
import threading

import pytest

from gracenote2epg import errors
from gracenote2epg.channels.matching import PlayerChannel
from gracenote2epg.channels.playlist import MAX_BYTES, parse, read


class Files:
    """Serves bytes by path on loopback. hangs: set on a request, which then gets no answer."""

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


def names(*lines, end="\n", encoding="utf-8"):
    return [channel.name for channel in parse(end.join(lines).encode(encoding))]


def test_an_entry_of_a_playlist():
    for tag in ("#EXTINF", "#extinf"):
        parsed = {
            line: parse(f"#EXTM3U\n{tag}:{line}\nhttp://192.0.2.1/stream\n".encode())
            for line in ENTRIES
        }
        assert parsed == {line: (channel,) for line, channel in ENTRIES.items()}


def test_other_lines_are_skipped():
    lines = (
        "#EXTM3U x-tvg-url='http://192.0.2.1/x.xml'", "#EXTINF:-1 tvg-id='a',One", "#EXTVLCOPT:x",
        "#KODIPROP:y=z", "#EXTGRP:News", "http://192.0.2.1/1", "#EXTINF:6.0,", "segment.ts", "",
        "#EXTINF:-1,Two", "http://192.0.2.1/2",
    )  # fmt: skip
    assert names(*lines) == ["One", "Two"]


def test_any_encoding_and_line_end():
    lines = ["#EXTM3U", "#EXTINF:-1,Montréal", "http://192.0.2.1/1", "#EXTINF:-1,Two", "x"]
    for encoding, end in itertools.product(("utf-8", "utf-8-sig", "latin-1"), ("\n", "\r\n", "\r")):
        assert names(*lines, end=end, encoding=encoding) == ["Montréal", "Two"], (encoding, end)


def test_an_hdhomeruns_lineup():
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
        (b" " * (MAX_BYTES + 1), "more than 5 MB"),
    ):
        path.write_bytes(body)
        text = failure(path)
        missing = [part for part in (words, str(path), "channels_from") if part not in text]
        assert (missing, "\n" in text) == ([], False), text
    assert "No such file" in failure(tmp_path / "none.m3u")
    assert "directory" in failure(tmp_path)


def test_a_playlist_from_a_file_or_an_address(files, tmp_path):
    text = b"#EXTM3U\n#EXTINF:-1,WZAA\nx\n"
    (tmp_path / "tv.m3u8").write_bytes(text)
    files.bodies["/get.php?type=m3u"] = text
    for place in (str(tmp_path / "tv.m3u8"), f"{files.url}/get.php?type=m3u"):
        assert read(place) == (PlayerChannel("WZAA"),)


def test_an_hdhomeruns_address_is_enough(files):
    files.bodies["/lineup.json"] = b'[{"GuideNumber": "2.1", "GuideName": "WZAA"}]'
    for end in ("", "/", "/lineup.json"):
        assert read(files.url + end) == (PlayerChannel("WZAA", "2.1"),)
    assert files.paths == ["/lineup.json"] * 3


def test_an_address_that_fails_is_named_without_its_secrets():
    with Files() as files:
        address = files.url.replace("//", "//me:geheim@") + "/list.m3u?password=geheim"
        missing = failure(address)
        files.bodies["/large.m3u"] = b"#EXTM3U\n" + b"#" * MAX_BYTES
        assert "more than 5 MB" in failure(f"{files.url}/large.m3u")
    refused = failure(address)
    assert "HTTP 404" in missing
    assert "Connection refused" in refused
    assert "geheim" not in missing + refused


def test_stop_ends_the_wait_for_an_address(files):
    files.hangs = threading.Event()  # the timeout of 10 s would be another error
    with pytest.raises(errors.Stopped):
        read(f"{files.url}/list.m3u", files.hangs)
