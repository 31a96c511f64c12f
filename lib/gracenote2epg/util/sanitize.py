"""Untrusted input made harmless: text, JSON, numbers, dates."""

import json
import re
from typing import Any, Match, Optional, Union

# Inside a character class: what XML 1.0 forbids or validators refuse. C0 and C1 controls (not tab
# and line feed), surrogates, Unicode's non-characters, the replacement character.
NOT_XML = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)
)
# Also what a terminal obeys: line separators, and marks that turn the direction of writing.
_OBEYED = re.compile(f"[{NOT_XML}\u2028-\u202e\u2066-\u2069]")


def escape_controls(text: str) -> str:
    """The text for a terminal or a log, its control characters shown as escapes."""
    return _OBEYED.sub(_shown, text)


def one_line(text: str) -> str:
    """The same on one line, so that it cannot pass for two."""
    return escape_controls(text).replace("\n", "\\n")


def _shown(match: Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def parse_json_as_text(text: Union[bytes, str]) -> Any:
    """What a JSON text holds; its numbers stay texts, because a number may be long enough to keep a
    processor busy for hours, and NaN is None. Raises ValueError, also for one that is too deep.
    """
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=_nothing)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _nothing(name: str) -> None:
    """For NaN and Infinity."""


def parse_int(value: object) -> Optional[int]:
    """The whole number that a text of up to 15 digits is; None for anything else."""
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,15}", value) else None


def parse_http_date(text: str) -> Optional[float]:
    """Seconds since the epoch of a date as HTTP writes it; None for anything else."""
    import email.utils  # heavy, and only those who speak HTTP want it

    try:
        parts = email.utils.parsedate_tz(text)
        return float(email.utils.mktime_tz(parts)) if parts else None
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def as_str(value: object) -> str:
    """A text of JSON as ``read_json`` reads it, so a number too; "" for anything else."""
    return value if isinstance(value, str) else ""
