"""Which values of the settings are secret."""

import contextlib
import re
from typing import Iterable, Iterator
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from ..util import notify_address
from ..util.redact import ADDRESS, PASSWORD, PATH, POSTAL_CODE, Secrets, ordered, private_path_parts
from .settings import Config

# A postal code in a lineup's name.
_POSTAL_CODE = re.compile(r"(?:OTA|/)(\d{5}|[A-Z]\d[A-Z]\d[A-Z]\d)\b", re.IGNORECASE)


def secrets_of(config: Config) -> Secrets:
    """The secrets in the settings, with their placeholders."""
    codes = postal_code_forms(config.postal_code, *config.lineup)
    passwords = config.tvh_password, config.web_code
    return collected(codes, config.channels_from, config.notify, *passwords)


def collected(
    postal_codes: Iterable[str], channels_from: str, notify: Iterable[str], *passwords: str
) -> Secrets:
    """The same from the values of the settings. postal_codes: from ``postal_code_forms``."""
    placeholders = dict.fromkeys(postal_codes, POSTAL_CODE)
    for text in notify:
        placeholders.update(dict.fromkeys(_of_notify(text), ADDRESS))
    placeholders.update(dict.fromkeys(_of_path(channels_from), PATH))
    placeholders.update(dict.fromkeys((*_of_address(channels_from), *passwords), PASSWORD))
    return ordered(placeholders)


def postal_code_forms(postal_code: str, *lineups: str) -> Iterator[str]:
    """The postal code and those in lineup names, as people and the program write them."""
    for code in (postal_code, *_POSTAL_CODE.findall(" ".join(lineups))):
        yield code
        if len(code) == 6:  # Canadian
            yield f"{code[:3]} {code[3:]}"


def _of_address(place: str) -> Iterator[str]:
    """The password and the query values of an address: providers of playlists put logins there."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(place if "://" in place else "")
        yield parts.password or ""
        yield parts.query
        yield from (value for _, value in parse_qsl(parts.query) if len(value) > 3)


def _of_path(place: str) -> Iterator[str]:
    """The path of an address and its parts, which may hold users, passwords and tokens."""
    with contextlib.suppress(ValueError):
        path = urlsplit(place if "://" in place else "").path.strip("/")
        private = private_path_parts(path)
        for text in (path, *private) if private else ():
            yield from (form for form in (text, unquote(text)) if len(form) > 3)


def _of_notify(text: str) -> Iterator[str]:
    """The address and what is private in it. A topic that is a short word is not hidden: hiding
    "guide" would make every line of the log unreadable."""
    yield text
    with contextlib.suppress(ValueError):
        address = notify_address.parse(text)
        yield from (address.password, quote(address.password))
        parts = [address.user]
        if isinstance(address, notify_address.MailAddress):
            yield from (address.to, address.sender, address.server)
        else:
            url = urlsplit(address.url)
            yield from (address.url.partition("://")[2], url.query)
            parts += [*url.path.split("/"), *(value for _, value in parse_qsl(url.query))]
        yield from (part for part in parts if len(part) > (8 if part.isalpha() else 3))
