"""What nobody but the user may read, taken out of what others get to see: logs, errors, /stats."""

import contextlib
import logging
import re
from typing import Any, Iterable, Iterator, Mapping, Tuple
from urllib.parse import parse_qsl, unquote, urlsplit

from .config import Config
from .harmless import one_line, visible
from .kinds import private_parts

# A text that is to be hidden, and what stands for it; the longest first.
Secrets = Tuple[Tuple[str, str], ...]

USER, PASSWORD, POSTAL_CODE, PATH = "(user)", "(password)", "(postal code)", "(path)"
_USER = re.compile(r"(?<=://)[^/\s@]+@")
# A postal code in a lineup's name.
_PLACE = re.compile(r"(?:OTA|/)(\d{5}|[A-Z]\d[A-Z]\d[A-Z]\d)\b", re.IGNORECASE)


def of(config: Config) -> Secrets:
    """Those of the settings."""
    places = codes(config.postal_code, *config.lineup)
    return collected(places, config.channels_from, config.tvh_password)


def collected(places: Iterable[str], channels_from: str, password: str) -> Secrets:
    """The same of single settings. places: see ``codes``."""
    found = dict.fromkeys(places, POSTAL_CODE)
    found.update(dict.fromkeys(_of_path(channels_from), PATH))
    found.update(dict.fromkeys((*_of_address(channels_from), password), PASSWORD))
    return ordered(found)


def ordered(found: Mapping[str, str]) -> Secrets:
    rows = ((text, word) for text, word in found.items() if text)
    return tuple(sorted(rows, key=lambda row: (-len(row[0]), row[0])))


def codes(postal_code: str, *names: str) -> Iterator[str]:
    """The postal code and those in names of lineups, as people and the engine write them."""
    for code in (postal_code, *_PLACE.findall(" ".join(names))):
        yield code
        if len(code) == 6:  # a Canadian one
            yield f"{code[:3]} {code[3:]}"


def _of_address(place: str) -> Iterator[str]:
    """The password in an address, and the values behind its question mark: lists of channels come
    by such addresses."""
    if "://" not in place:
        return
    with contextlib.suppress(ValueError):
        parts = urlsplit(place)
        yield parts.password or ""
        yield parts.query
        yield from (value for _, value in parse_qsl(parts.query) if len(value) > 3)


def _of_path(place: str) -> Iterator[str]:
    """The path of such an address and its parts, where users, passwords and tokens are too."""
    if "://" not in place:
        return
    with contextlib.suppress(ValueError):
        path = urlsplit(place).path.strip("/")
        private = private_parts(path)
        for text in (path, *private) if private else ():
            yield from (form for form in (text, unquote(text)) if len(form) > 3)


def hidden(text: str, secrets: Secrets) -> str:
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


class LogFormat(logging.Formatter):
    """A record is one line, without secrets, and no terminal obeys it; the lines of a traceback
    are indented, so that none can pass for a record.
    """

    def __init__(self, form: str, secrets: Iterable[Tuple[str, str]] = ()) -> None:
        super().__init__(form)
        self.secrets: Secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        return hidden(super().format(record), self.secrets)

    def formatMessage(self, record: logging.LogRecord) -> str:
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        lines = visible(super().formatException(ei)).split("\n")
        return "\n".join(f"  {line}" for line in lines)
