"""Sanitize untrusted input: text, JSON, numbers, dates."""

import json
import re
from typing import Any, Match, Optional, Union

# For a character class: characters that XML 1.0 forbids or validators reject, namely C0 and C1
# controls (not tab and line feed), surrogates, noncharacters, the replacement character.
NOT_XML = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)
)
# NOT_XML, line separators and directional marks: terminals interpret these too.
_CONTROLS = re.compile(f"[{NOT_XML}\u2028-\u202e\u2066-\u2069]")


def escape_controls(text: str) -> str:
    """Escape the control characters that a terminal would obey; not tab and line feed."""
    return _CONTROLS.sub(_escape, text)


def one_line(text: str) -> str:
    """Escape control characters and line feeds."""
    return escape_controls(text).replace("\n", "\\n")


def _escape(match: Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def parse_json_as_text(text: Union[bytes, str]) -> Any:
    """Parse JSON, with numbers as text, since parsing a very long one takes hours, and NaN as None.

    Raises ValueError, also for JSON that is nested too deeply.
    """
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=lambda name: None)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def parse_int(value: object) -> Optional[int]:
    """Parse a text of up to 15 digits; None for anything else."""
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,15}", value) else None


def parse_http_date(text: str) -> Optional[float]:
    """Parse an HTTP date to seconds since the epoch; None for anything else."""
    import email.utils  # heavy, and few callers need it

    try:
        parts = email.utils.parsedate_tz(text)
        return float(email.utils.mktime_tz(parts)) if parts else None
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def as_str(value: object) -> str:
    """A text or number of ``parse_json_as_text``; "" for anything else."""
    return value if isinstance(value, str) else ""


def channel_number(text: str) -> str:
    """Normalize a channel number: 5-1, 5_1 and 005.01 are 5.1, 5.0 is 5; "" for anything else."""
    match = re.fullmatch(r"\s*0*(\d{1,5})(?:[._-]0*(\d{1,4}))?\s*", text)
    if not match or match.group(1) == "0":
        return ""
    major, minor = match.groups()
    return f"{major}.{minor}" if minor and minor != "0" else major
