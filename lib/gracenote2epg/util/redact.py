"""Redact secrets from logs, errors and /stats."""

import logging
import re
from typing import Any, Iterable, List, Mapping, Tuple

from .sanitize import escape_controls, one_line

# Secret texts and their placeholders, the longest first.
Secrets = Tuple[Tuple[str, str], ...]

USER, PASSWORD, POSTAL_CODE, PATH = "(user)", "(password)", "(postal code)", "(path)"
_USER = re.compile(r"(?<=://)[^/\s@]+@")


def ordered(words: Mapping[str, str]) -> Secrets:
    """Sort placeholders by secret text into ``Secrets``, without empty texts."""
    rows = ((text, word) for text, word in words.items() if text)
    return tuple(sorted(rows, key=lambda row: (-len(row[0]), row[0])))


def redact(text: str, secrets: Secrets) -> str:
    """Replace secrets, and users in addresses.

    A numeric secret, or a word of a path, is replaced only as a whole number or word.
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
    """Formats a record as one line without secrets and control characters.

    Lines of a traceback are indented, so that none looks like a record.
    """

    def __init__(self, style: str, secrets: Iterable[Tuple[str, str]] = ()) -> None:
        super().__init__(style)
        self.secrets: Secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record), self.secrets)

    def formatMessage(self, record: logging.LogRecord) -> str:
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        lines = escape_controls(super().formatException(ei)).split("\n")
        return "\n".join(f"  {line}" for line in lines)


def strip_credentials(text: str) -> str:
    """Remove user, password and query from an address: providers of playlists put logins there."""
    return re.sub(r"\?.*", "?...", re.sub(r"//[^/]*@", "//", text))


def private_path_parts(path: str) -> List[str]:
    """The unusual parts of an address's path: they may be a user or a password."""
    return [part for part in path.split("/") if part and not _USUAL.fullmatch(part)]


def redact_playlist_url(text: str) -> str:
    """Remove credentials and private path parts from the address of a playlist."""
    text = strip_credentials(text)
    address = re.match(r"(https?://[^/?]*)/([^?]*)(.*)", text, re.IGNORECASE | re.DOTALL)
    if not address or not private_path_parts(address.group(2)):
        return text
    start, path, query = address.groups()
    last = path.rpartition("/")[2]
    return f"{start}/...{'' if private_path_parts(last) or not last else '/' + last}{query}"


# Usual names of playlists and their folders.
_USUAL = re.compile(
    r"(api|auth|channels?|devices|epg|get|index|iptv|lineup|lists?|live|m3u8?|m3u_plus|output"
    r"|playlists?|public|streams?|threadfin|tv|xmltv|xteve)(\.\w{1,4})?",
    re.IGNORECASE,
)
