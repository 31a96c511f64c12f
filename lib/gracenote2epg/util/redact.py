"""What nobody but the user may read, taken out of what others get to see: logs, errors, /stats."""

import logging
import re
from typing import Any, Iterable, List, Mapping, Tuple

from .sanitize import escape_controls, one_line

# A text that is to be hidden, and what stands for it; the longest first.
Secrets = Tuple[Tuple[str, str], ...]

USER, PASSWORD, POSTAL_CODE, PATH = "(user)", "(password)", "(postal code)", "(path)"
_USER = re.compile(r"(?<=://)[^/\s@]+@")


def ordered(found: Mapping[str, str]) -> Secrets:
    rows = ((text, word) for text, word in found.items() if text)
    return tuple(sorted(rows, key=lambda row: (-len(row[0]), row[0])))


def redact(text: str, secrets: Secrets) -> str:
    """The text without them, and without users in addresses.

    A number among them, or a word of a path, is hidden where it stands for itself, not in a longer
    one.
    """
    text = _USER.sub(f"{USER}@", text)
    for secret, word in secrets:
        pattern = re.escape(secret)
        if secret.isdecimal():
            pattern = rf"(?<!\d){pattern}(?!\d)"
        elif word == PATH and secret.isalpha():
            pattern = rf"\b{pattern}\b"
        text = re.sub(pattern, word, text, flags=re.IGNORECASE)
    return text


class RedactingFormatter(logging.Formatter):
    """A record is one line, without secrets, and no terminal obeys it; the lines of a traceback
    are indented, so that none can pass for a record.
    """

    def __init__(self, form: str, secrets: Iterable[Tuple[str, str]] = ()) -> None:
        super().__init__(form)
        self.secrets: Secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record), self.secrets)

    def formatMessage(self, record: logging.LogRecord) -> str:
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        lines = escape_controls(super().formatException(ei)).split("\n")
        return "\n".join(f"  {line}" for line in lines)


def strip_credentials(text: str) -> str:
    """An address without user, password and query: providers of playlists put them there."""
    return re.sub(r"\?.*", "?...", re.sub(r"//[^/]*@", "//", text))


def private_path_parts(path: str) -> List[str]:
    """The parts of an address's path that are no usual name: one may be a user or a password."""
    return [part for part in path.split("/") if part and not _USUAL.fullmatch(part)]


def redact_playlist_url(text: str) -> str:
    """The address of a list without all that, and without a path in which somebody may be named."""
    text = strip_credentials(text)
    address = re.match(r"(https?://[^/?]*)/([^?]*)(.*)", text, re.IGNORECASE | re.DOTALL)
    if not address or not private_path_parts(address.group(2)):
        return text
    start, path, query = address.groups()
    last = path.rpartition("/")[2]
    return f"{start}/...{'' if private_path_parts(last) or not last else '/' + last}{query}"


# What lists of channels and their folders are called.
_USUAL = re.compile(
    r"(api|auth|channels?|devices|epg|get|index|iptv|lineup|lists?|live|m3u8?|m3u_plus|output"
    r"|playlists?|public|streams?|threadfin|tv|xmltv|xteve)(\.\w{1,4})?",
    re.IGNORECASE,
)
