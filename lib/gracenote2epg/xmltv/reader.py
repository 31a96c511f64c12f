"""Reads XMLTV files back."""

import calendar
import contextlib
import html
import re
import threading
from collections import defaultdict
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser

from ..config.xml_files import problem_of
from ..errors import InputFileError, Stopped, os_error_text
from ..util.files import READ_ERRORS, open_maybe_packed

CHUNK_SIZE = 1 << 16  # bytes


class ProgrammeEntry(NamedTuple):
    """start, stop: seconds since the epoch."""

    start: int
    stop: int
    title: str
    subtitle: str
    has_description: bool = False

    @property
    def full_title(self) -> str:
        return ": ".join(filter(None, (self.title, self.subtitle)))


class ChannelEntry(NamedTuple):
    """A channel and its programmes in the file's order. name: the best of its names."""

    id: str
    name: str
    programmes: List[ProgrammeEntry]
    names: Sequence[str] = ()


def read_channels(path: str, stop: threading.Event) -> Iterator[ChannelEntry]:
    """The channels of an XMLTV file that have programmes, in the order of the file.

    Raises InputFileError for a file that is not XMLTV, is truncated, defines entities, or has the
    programmes of a channel in several places. Raises Stopped.
    """
    target = _Channels()
    for _ in _parse(path, target, stop):
        yield from target.take()
    yield from target.take(last=True)


def _parse(path: str, target: Any, stop: threading.Event) -> Iterator[None]:
    """Parse the file into the target, and yield after each chunk. Raises as ``read_channels``."""
    parser = XMLParser(target=target)
    try:
        with open_maybe_packed(path) as file:
            for chunk in iter(lambda: file.read(CHUNK_SIZE), b""):
                if stop.is_set():
                    raise Stopped()
                parser.feed(chunk)
                yield
        parser.close()
    except READ_ERRORS as error:
        raise InputFileError(path, os_error_text(error) or "it is cut") from error
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InputFileError(path, problem_of(error)) from error


def read_channel_ids(path: str) -> Set[str]:
    """The ids of the channels before the first programme; none of a file that cannot be read."""
    ids: Set[str] = set()
    with contextlib.suppress(*READ_ERRORS), open_maybe_packed(path) as file:
        for line in file:
            if b"<programme" in line:
                break
            found = re.findall(r'<channel id="([^"]*)"', line.decode("utf-8", "replace"))
            ids.update(map(html.unescape, found))
    return ids


def read_channel_names(path: str, stop: threading.Event) -> Dict[str, Tuple[str, ...]]:
    """The names of all channels of any XMLTV file by id, in the order of the file.

    Raises InputFileError and Stopped.
    """
    target = _Names()
    for _ in _parse(path, target, stop):
        pass
    return {key: tuple(dict.fromkeys(names)) for key, names in target.names.items() if key}


class _Names:
    """A parser's target that collects the names of the channels, wherever they stand."""

    def __init__(self) -> None:
        self.names: Dict[str, List[str]] = defaultdict(list)
        self._channel_id = ""
        self._text: Optional[List[str]] = None  # None = not collected

    def start(self, tag: str, attributes: Dict[str, str]) -> None:
        if tag == "channel":
            self._channel_id = attributes.get("id", "")
            self.names[self._channel_id]  # it may have no name
        elif tag in ("title", "sub-title", "display-name"):
            self._text = []

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def end(self, tag: str) -> None:
        text, self._text = " ".join("".join(self._text or ()).split()), None
        if text:
            self._add_text(tag, text)

    def _add_text(self, tag: str, text: str) -> None:
        if tag == "display-name":
            self.names[self._channel_id].append(text)

    def close(self) -> None:
        """Do nothing; the parser requires it."""


class _Channels(_Names):
    """Collects the channels with their programmes."""

    def __init__(self) -> None:
        super().__init__()
        self._complete: List[ChannelEntry] = []
        self._ids: Set[str] = set()
        self._current: Optional[ChannelEntry] = None
        self._attributes: Dict[str, str] = {}
        self._texts: Dict[str, str] = {}
        self._has_description = False

    def start(self, tag: str, attributes: Dict[str, str]) -> None:
        super().start(tag, attributes)
        if tag == "programme":
            self._attributes, self._texts, self._has_description = dict(attributes), {}, False
        elif tag == "desc":
            self._has_description = True

    def end(self, tag: str) -> None:
        super().end(tag)
        if tag == "programme":
            self._add_programme()

    def _add_text(self, tag: str, text: str) -> None:
        super()._add_text(tag, text)
        self._texts.setdefault(tag, text)

    def _add_programme(self) -> None:
        channel_id = self._attributes.get("channel", "")
        if self._current is None or self._current.id != channel_id:
            if channel_id in self._ids:
                raise ValueError("the programmes of a station are in several places")
            self._ids.add(channel_id)
            if self._current:
                self._complete.append(self._current)
            names = self.names.get(channel_id) or ()
            self._current = ChannelEntry(channel_id, _best_name(names) or channel_id, [], names)
        start, stop = (parse_xmltv_time(self._attributes.get(key, "")) for key in ("start", "stop"))
        title, subtitle = (self._texts.get(tag, "") for tag in ("title", "sub-title"))
        entry = ProgrammeEntry(start, stop, title, subtitle, self._has_description)
        self._current.programmes.append(entry)

    def take(self, last: bool = False) -> List[ChannelEntry]:
        """The channels completed since the last call; last: with the current one, at the end."""
        complete, self._complete = self._complete, []
        return [*complete, self._current] if last and self._current else complete


def _best_name(names: Sequence[str]) -> str:
    """The first with a number before it, or else the first; "" = none."""
    numbered = (name for name in names if name[:1].isdecimal() and " " in name)
    return next(numbered, "") or next(iter(names), "")


def parse_xmltv_time(text: str) -> int:
    """Seconds since the epoch of a time like 20261124203000 -0500. Raises ValueError."""
    stamp, _, zone = text.partition(" ")
    fields = (stamp[:4], stamp[4:6], stamp[6:8], stamp[8:10], stamp[10:12], stamp[12:14])
    year, month, day, hour, minute, second = map(int, fields)
    seconds = calendar.timegm((year, month, day, hour, minute, second))
    offset = 3600 * int(zone[1:3] or 0) + 60 * int(zone[3:5] or 0)
    return seconds + offset if zone[:1] == "-" else seconds - offset
