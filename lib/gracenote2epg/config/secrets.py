"""Which values of the settings are secret."""

import contextlib
import re
from typing import Iterable, Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from ..util.redact import PASSWORD, PATH, POSTAL_CODE, Secrets, ordered, private_path_parts
from .settings import Config

# A postal code in a lineup's name.
_PLACE = re.compile(r"(?:OTA|/)(\d{5}|[A-Z]\d[A-Z]\d[A-Z]\d)\b", re.IGNORECASE)


def secrets_of(config: Config) -> Secrets:
    """Those of the settings."""
    places = postal_code_forms(config.postal_code, *config.lineup)
    return collected(places, config.channels_from, config.tvh_password)


def collected(places: Iterable[str], channels_from: str, password: str) -> Secrets:
    """The same of single settings. places: see ``codes``."""
    found = dict.fromkeys(places, POSTAL_CODE)
    found.update(dict.fromkeys(_of_path(channels_from), PATH))
    found.update(dict.fromkeys((*_of_address(channels_from), password), PASSWORD))
    return ordered(found)


def postal_code_forms(postal_code: str, *names: str) -> Iterator[str]:
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
        private = private_path_parts(path)
        for text in (path, *private) if private else ():
            yield from (form for form in (text, unquote(text)) if len(form) > 3)
