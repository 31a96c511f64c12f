"""Channels of an m3u playlist, or of an HDHomeRun's lineup: from a file or an address."""

import codecs
import itertools
import re
import threading
import zlib
from collections import Counter
from typing import Any, Iterable, Iterator, List, NamedTuple, Optional, Tuple
from urllib.parse import urljoin, urlsplit

from ..errors import PlaylistError, Stopped, os_error_text
from ..util.redact import redact_playlist_url
from ..util.sanitize import as_str, channel_number, parse_json_as_text
from . import m3u
from .matching import PlayerChannel

MAX_BYTES = 64 << 20  # of a playlist, also when it is unpacked
MAX_JSON_BYTES = 8 << 20  # of an HDHomeRun's lineup, and of a playlist's line
TIMEOUT = 120.0  # seconds for a whole response
MAX_REQUESTS = 5  # for one list
_CHUNK_SIZE = 1 << 16  # bytes
_LINE_END = re.compile(rb"\r\n|[\r\n]")
_UTF_16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"#\0": "utf-16-le", b"\0#": "utf-16-be"}
_GZIP, _GZIP_WBITS = b"\x1f\x8b", 31
_WORDS = {  # for one, and for several
    m3u.FILM: ("film", "films"),
    m3u.RADIO: ("radio station", "radio stations"),
    m3u.SEPARATOR: ("separator", "separators"),
    m3u.NAMELESS: ("entry without a name", "entries without a name"),
}


class Playlist(NamedTuple):
    """The channels of a list. skipped: the other entries, as "2 films, 1 separator"."""

    channels: Tuple[PlayerChannel, ...]
    skipped: str = ""


def read(place: str, stop: Optional[threading.Event] = None) -> Playlist:
    """Return the channels listed in a file or at an address, such as an HDHomeRun's own.

    Raises PlaylistError and Stopped.
    """
    try:
        if "://" in place:
            return _read_address(place, stop)
        with open(place, "rb") as file:
            return parse(iter(lambda: file.read(_CHUNK_SIZE), b""), stop)
    except (OSError, ValueError, zlib.error) as error:
        detail = os_error_text(error) if isinstance(error, OSError) else str(error)
        raise PlaylistError(redact_playlist_url(place), detail) from None


def parse(chunks: Iterable[bytes], stop: Optional[threading.Event] = None) -> Playlist:
    """Return the channels of a playlist or a lineup. Raises ValueError with the reason, Stopped."""
    content = _utf8(_bounded(_unpacked(chunks), MAX_BYTES, stop))
    first = next(content, b"")
    content = itertools.chain([first], content)
    skipped: Counter[str] = Counter()
    if first.lstrip()[:1] in (b"[", b"{"):
        body = b"".join(_bounded(content, MAX_JSON_BYTES, stop))
        channels = tuple(_lineup(body.decode("utf-8", "replace")))
    else:
        channels = tuple(m3u.channels(_lines(content), skipped))
    words = [
        f"{skipped[kind]} {names[skipped[kind] > 1]}"
        for kind, names in _WORDS.items()
        if skipped[kind]
    ]
    if not channels:
        raise ValueError(f"it lists no channels{': ' if words else ''}{', '.join(words)}")
    return Playlist(channels, ", ".join(words))


def _read_address(address: str, stop: Optional[threading.Event]) -> Playlist:
    """Read the list; of an HDHomeRun, or an imitation of it, also by its own address.

    A redirection is followed on the same host only: an address may hold a password.
    """
    from ..net.client import HttpClient, RequestFailed  # heavy, and files do not need it

    parts = urlsplit(address)
    if parts.path in ("", "/") and not parts.query:
        address = _lineup_below(address)
    failure: Optional[ValueError] = None  # of the first answer: its address is the user's
    try:
        with HttpClient(stop=stop, total_timeout=TIMEOUT) as client:
            for _ in range(MAX_REQUESTS):
                with client.stream(address, MAX_BYTES) as response:
                    if response.status in (301, 302, 303, 307, 308):
                        address = _redirected(address, response.headers.get("Location", ""))
                        continue
                    try:
                        if response.status != 200:
                            raise ValueError(f"HTTP {response.status}")
                        return parse(response.chunks, stop)
                    except ValueError as error:
                        failure = failure or error
                name = urlsplit(address).path.rpartition("/")[2]
                if isinstance(failure, m3u.NoList) and failure.lineup:
                    address = _lineup_of(address, failure.lineup)
                elif "." in name or urlsplit(address).query:
                    break
                else:  # it may be the folder of an imitation, such as Dispatcharr's /hdhr
                    address = _lineup_below(address)
    except RequestFailed as error:
        raise ValueError(str(error)) from None
    raise failure or ValueError("it redirects without end")


def _lineup_below(address: str) -> str:
    return f"{address.rstrip('/')}/lineup.json"


def _lineup_of(address: str, lineup: str) -> str:
    """The lineup that a discover.json names; one beside it if that has another name of the host."""
    target = urljoin(address, lineup)
    same_host = urlsplit(target).hostname == urlsplit(address).hostname
    return target if same_host else urljoin(address, "lineup.json")


def _redirected(address: str, location: str) -> str:
    """The address to ask instead. Raises ValueError if it is on another host."""
    before, after = urlsplit(address), urlsplit(urljoin(address, location))
    is_safe = after.scheme == "https" or after.scheme == before.scheme
    if not (location and is_safe and after.hostname == before.hostname):
        raise ValueError(f"it redirects to {after.scheme}://{after.hostname}: use that address")
    login, at, _ = before.netloc.rpartition("@")
    return after._replace(netloc=f"{login}{at}{after.netloc.rpartition('@')[2]}").geturl()


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content, unpacked if it is gzip, whatever its name says."""
    chunks = iter(chunks)
    first = next(chunks, b"")
    chunks = itertools.chain([first], chunks)
    if not first.startswith(_GZIP):
        yield from chunks
        return
    unpacker = zlib.decompressobj(_GZIP_WBITS)
    for chunk in chunks:
        while chunk:
            if unpacker.eof:  # another member follows, or padding
                if not chunk.startswith(_GZIP[:1]):
                    return
                unpacker = zlib.decompressobj(_GZIP_WBITS)
            yield unpacker.decompress(chunk, _CHUNK_SIZE)
            chunk = unpacker.unconsumed_tail or unpacker.unused_data
    if not unpacker.eof:
        raise ValueError("its gzip stream broke off")


def _bounded(
    chunks: Iterable[bytes], max_bytes: int, stop: Optional[threading.Event]
) -> Iterator[bytes]:
    """The chunks that are not empty. Raises ValueError if there are too many, and Stopped."""
    size = 0
    for chunk in filter(None, chunks):
        size += len(chunk)
        if size > max_bytes:
            raise ValueError(f"more than {max_bytes >> 20} MB")
        if stop and stop.is_set():
            raise Stopped()
        yield chunk


def _utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The content without a byte order mark, and recoded if it is UTF-16."""
    first = b""
    for chunk in chunks:
        first += chunk
        if len(first) >= len(codecs.BOM_UTF8):
            break
    encoding = _UTF_16.get(first[:2])
    if encoding is None:
        yield first[3:] if first.startswith(codecs.BOM_UTF8) else first
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in itertools.chain([first], chunks):
        yield decoder.decode(chunk).encode("utf-8", "replace")


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """The lines, cut at about MAX_JSON_BYTES. A line that is not UTF-8 is read as Latin-1."""
    begun: List[bytes] = []  # the parts of a line that has not ended
    for chunk in itertools.chain(chunks, [b"\n"]):
        *ended, rest = _LINE_END.split(chunk)
        if ended:
            ended[0] = b"".join((*begun, ended[0]))
            begun = []
        for line in ended:
            try:
                yield line.decode("utf-8")
            except UnicodeDecodeError:
                yield line.decode("latin-1")
        if len(begun) * _CHUNK_SIZE < MAX_JSON_BYTES:
            begun.append(rest)


def _lineup(text: str) -> Iterator[PlayerChannel]:
    """The channels of an HDHomeRun's lineup.json."""
    rows: Any = parse_json_as_text(text)
    if not isinstance(rows, list):
        raise m3u.NoList(as_str(rows.get("LineupURL")) if isinstance(rows, dict) else "")
    for row in (row for row in rows if isinstance(row, dict)):
        name, number = as_str(row.get("GuideName")), as_str(row.get("GuideNumber"))
        if name or number:
            hd = True if row.get("HD") in ("1", True) else None
            yield PlayerChannel(name, channel_number(number), (), hd)
