"""Redact secrets from logs, errors and /stats."""

import logging
import re
from typing import Any, Iterable, List, Mapping, Tuple

from .sanitize import escape_controls, one_line

# Secret texts and their placeholders, the longest first.
Secrets = Tuple[Tuple[str, str], ...]

USER, PASSWORD, POSTAL_CODE, PATH = "(user)", "(password)", "(postal code)", "(path)"
ADDRESS = "(address)"
# Also in a path that was made of an address.
_USER_IN_URL = re.compile(r"(?<=:/)(/?)[^/\s@]+@")
# Usual names of playlists and their folders.
_USUAL_PART = re.compile(
    r"(api|auth|channels?|devices|epg|get|index|iptv|lineup|lists?|live|m3u8?|m3u_plus|output"
    r"|playlists?|public|streams?|threadfin|tv|xmltv|xteve)(\.\w{1,4})?",
    re.IGNORECASE,
)


def ordered(placeholders: Mapping[str, str]) -> Secrets:
    """Make ``Secrets`` of placeholders by secret text, without empty texts."""
    rows = ((secret, placeholder) for secret, placeholder in placeholders.items() if secret)
    return tuple(sorted(rows, key=lambda row: (-len(row[0]), row[0])))


def redact(text: str, secrets: Secrets) -> str:
    """Replace secrets, and users in addresses, by their placeholders.

    A numeric secret, or a word of a path, is replaced only as a whole number or word.
    """
    text = _USER_IN_URL.sub(rf"\1{USER}@", text)
    for secret, placeholder in secrets:
        pattern = re.escape(secret)
        if secret.isdecimal():
            pattern = rf"(?<!\d){pattern}(?!\d)"
        elif placeholder in (PATH, ADDRESS) and secret.isalpha():
            pattern = rf"\b{pattern}\b"
        text = re.sub(pattern, placeholder, text, flags=re.IGNORECASE)
    return text


_hidden: Secrets = ()  # in all that this process logs, or prints to stderr


def hide(secrets: Iterable[Tuple[str, str]]) -> None:
    """Redact these too from now on, in the log and on stderr, because the caller may log that."""
    global _hidden
    _hidden = ordered(dict((*_hidden, *secrets)))


def redact_hidden(text: str) -> str:
    """Redact what ``hide`` was given."""
    return redact(text, _hidden)


class RedactingFormatter(logging.Formatter):
    """Formats a record as one line without secrets and control characters.

    Lines of a traceback are indented, so that none looks like a record.
    """

    def format(self, record: logging.LogRecord) -> str:
        return redact_hidden(super().format(record))

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
    return [part for part in path.split("/") if part and not _USUAL_PART.fullmatch(part)]


def redact_playlist_url(text: str) -> str:
    """Remove credentials and private path parts from the address of a playlist."""
    text = strip_credentials(text)
    address = re.match(r"([\w+.-]+://[^/?]*)/([^?]*)(.*)", text, re.DOTALL)
    if not address or not private_path_parts(address.group(2)):
        return text
    start, path, query = address.groups()
    last = path.rpartition("/")[2]
    return f"{start}/...{'' if private_path_parts(last) or not last else '/' + last}{query}"
