"""XMLTV's lowest level: escaped text, times, and memoized text."""

import re
import time
from typing import Any, Callable, Dict

from ..util.sanitize import NOT_XML

_FORBIDDEN = re.compile(f"[{NOT_XML}]")


def escape(text: str) -> str:
    """Text for an element or an attribute, on one line."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace('"', "&quot;")
    if text.isprintable() and "\ufffd" not in text:
        return text
    return _FORBIDDEN.sub("", text.replace("\n", " ").replace("\t", " "))


def escape_lines(text: str) -> str:
    """Text for an element that may have several lines."""
    return "\n".join(map(escape, text.split("\n"))) if "\n" in text else escape(text)


def local_day(moment: int) -> str:
    """The local date, as YYYYMMDD. moment: seconds since the epoch."""
    return time.strftime("%Y%m%d", time.localtime(moment))


def xmltv_time(moment: int, utc: bool = False) -> str:
    """Local time with the UTC offset of that moment (not of now); seconds since the epoch."""
    if utc:
        return time.strftime("%Y%m%d%H%M%S +0000", time.gmtime(moment))
    local = time.localtime(moment)
    offset = local.tm_gmtoff // 60
    sign, offset = ("-", -offset) if offset < 0 else ("+", offset)
    return f"{time.strftime('%Y%m%d%H%M%S', local)} {sign}{offset // 60:02d}{offset % 60:02d}"


def episode_num(system: str, text: str) -> str:
    return f'    <episode-num system="{system}">{text}</episode-num>\n'


MEMO_SIZE = 1 << 14  # entries; enough for the values that recur, and for 5,000 series of 3 KiB


class Memo(Dict[Any, Any]):
    """A dictionary that makes missing values; emptied when it is full."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make = make

    def __missing__(self, key: Any) -> Any:
        if len(self) >= MEMO_SIZE:
            self.clear()
        value = self[key] = self._make(key)
        return value
