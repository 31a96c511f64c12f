"""XMLTV's lowest level: escaped text, moments, and things that are made once."""

import re
import time
from typing import Any, Callable, Dict, Match

# Markup, and what XML forbids or validators refuse; most texts have none of it.
_SPECIAL = re.compile('[&<>"\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd\ufffe\uffff]')
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd\ufffe\uffff]")


def escape(text: str) -> str:
    """Text for an element or an attribute, on one line."""
    if not _SPECIAL.search(text):
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace('"', "&quot;")
    return text if text.isprintable() and "\ufffd" not in text else _ODD.sub(_odd, text)


def _odd(match: Match[str]) -> str:
    return " " if match.group() in "\n\t" else ""


def escape_lines(text: str) -> str:
    """Text for an element that may have several lines."""
    return "\n".join(map(escape, text.split("\n"))) if "\n" in text else escape(text)


def xmltv_time(moment: int, utc: bool = False) -> str:
    """Local time with the offset of that instant, which is not the offset of now."""
    if utc:
        return time.strftime("%Y%m%d%H%M%S +0000", time.gmtime(moment))
    local = time.localtime(moment)
    offset = local.tm_gmtoff // 60
    sign, offset = ("-", -offset) if offset < 0 else ("+", offset)
    return f"{time.strftime('%Y%m%d%H%M%S', local)} {sign}{offset // 60:02d}{offset % 60:02d}"


def episode_num(system: str, text: str) -> str:
    return f'    <episode-num system="{system}">{text}</episode-num>\n'


MOST_MADE = 1 << 14  # more are seldom met again: titles, pictures of episodes


class Made(Dict[Any, Any]):
    """A dictionary that makes what it does not have yet, once; begun anew when it is full."""

    def __init__(self, make: Callable[[Any], Any], most: int = MOST_MADE) -> None:
        self._make, self._most = make, most

    def __missing__(self, key: Any) -> Any:
        if len(self) >= self._most:
            self.clear()
        value = self[key] = self._make(key)
        return value
