"""Guides read back from their files."""

import calendar
import gzip
import threading
import zlib
from typing import Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser

from ..errors import InputFileError, Stopped

CHUNK_SIZE = 1 << 16  # bytes


class ProgrammeEntry(NamedTuple):
    """A programme. what: title and subtitle. described: whether it has a description."""

    start: int
    stop: int
    what: Tuple[str, str]
    described: bool = False

    @property
    def title(self) -> str:
        return ": ".join(filter(None, self.what))


class ChannelEntry(NamedTuple):
    """A channel and its programmes by start."""

    id: str
    name: str
    shown: List[ProgrammeEntry]


# Reading


def read_channels(path: str, stop: threading.Event) -> Iterator[ChannelEntry]:
    """The stations of an XMLTV file that have programmes, in the order of the file.

    Raises DataError: for what is no XMLTV, is cut, brings entities of its own, or has the
    programmes of a station in several places. Raises Stopped.
    """
    reader = _Reader()
    parser = XMLParser(target=reader)
    opener = gzip.open if path.endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            for piece in iter(lambda: file.read(CHUNK_SIZE), b""):
                if stop.is_set():
                    raise Stopped()
                parser.feed(piece)
                yield from reader.taken()
        parser.close()
        yield from reader.taken(last=True)
    except (OSError, EOFError, zlib.error) as error:
        raise InputFileError(path, str(error) or "it is cut") from error
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InputFileError(path, str(error) or type(error).__name__) from error


class _Reader:
    """What the parser tells: stations one after the other."""

    def __init__(self) -> None:
        self._names: Dict[str, str] = {}
        self._done: List[ChannelEntry] = []
        self._seen: Set[str] = set()
        self._station: Optional[ChannelEntry] = None
        self._channel = ""
        self._attributes: Dict[str, str] = {}
        self._title: Dict[str, str] = {}
        self._described = False
        self._text: Optional[List[str]] = None  # None = nobody wants it

    def start(self, tag: str, attributes: Dict[str, str]) -> None:
        if tag == "programme":
            self._attributes, self._title, self._described = dict(attributes), {}, False
        elif tag == "channel":
            self._channel = attributes.get("id", "")
        elif tag == "desc":
            self._described = True
        elif tag in ("title", "sub-title", "display-name"):
            self._text = []

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def end(self, tag: str) -> None:
        if tag in ("title", "sub-title"):
            self._title.setdefault(tag, "".join(self._text or ()))
        elif tag == "display-name":
            self._name("".join(self._text or ()))
        elif tag == "programme":
            self._add()
        self._text = None

    def close(self) -> None:
        """The parser calls it."""

    def _name(self, name: str) -> None:
        """The first that begins with a number, or else the first."""
        known = self._names.setdefault(self._channel, name)
        if " " in name and name[:1].isdecimal() and not known[:1].isdecimal():
            self._names[self._channel] = name

    def _add(self) -> None:
        own = self._attributes
        name = own.get("channel", "")
        if self._station is None or self._station.id != name:
            if name in self._seen:
                raise ValueError("the programmes of a station are in several places")
            self._seen.add(name)
            if self._station:
                self._done.append(self._station)
            self._station = ChannelEntry(name, self._names.get(name, name), [])
        start, stop = parse_xmltv_time(own.get("start", "")), parse_xmltv_time(own.get("stop", ""))
        what = (self._title.get("title", ""), self._title.get("sub-title", ""))
        self._station.shown.append(ProgrammeEntry(start, stop, what, self._described))

    def taken(self, last: bool = False) -> List[ChannelEntry]:
        done, self._done = self._done, []
        if last and self._station:
            done.append(self._station)
        return done


def parse_xmltv_time(text: str) -> int:
    """Seconds since the epoch of an XMLTV time such as 20261124203000 -0500. Raises ValueError."""
    stamp, _, zone = text.partition(" ")
    numbers = (stamp[:4], stamp[4:6], stamp[6:8], stamp[8:10], stamp[10:12], stamp[12:14])
    year, month, day, hour, minute, second = map(int, numbers)
    seconds = calendar.timegm((year, month, day, hour, minute, second))
    offset = 3600 * int(zone[1:3] or 0) + 60 * int(zone[3:5] or 0)
    return seconds + offset if zone[:1] == "-" else seconds - offset
