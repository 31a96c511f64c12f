"""The support file, which a phone may fetch for ten minutes by an address that nobody can guess."""

import contextlib
import os
import secrets

from ..config.paths import SUPPORT_FILE
from ..errors import OutputError, os_error_text
from ..net.http_handler import NOT_FOUND, Query, Text
from ..util.files import atomic_write, read_limited
from .sessions import is_same

PATH = f"/{SUPPORT_FILE}"
VALID_FOR = 600  # seconds
_KEY_FILE = "support_key"  # in the data directory: the key, and until when it is valid


def share(folder: str, now: float) -> str:
    """Return the path and query that fetch the file in the data directory; earlier ones expire.

    now: seconds since the epoch. Raises OutputError.
    """
    path, key = os.path.join(folder, _KEY_FILE), secrets.token_urlsafe(16)
    try:
        with atomic_write(path, now, 0o600) as file:
            file.write(f"{key} {int(now) + VALID_FOR}".encode())
    except OSError as error:
        raise OutputError(path, os_error_text(error)) from error
    return f"{PATH}?key={key}"


def answer(folder: str, query: Query, now: float) -> Text:
    """The file, if the query has the valid key; else NOT_FOUND, as for an unknown path."""
    with contextlib.suppress(OSError, ValueError):
        key, until = read_limited(os.path.join(folder, _KEY_FILE), 100).decode().split()
        if is_same(query.get("key", ""), key) and 0 < int(until) - now <= VALID_FOR:
            content = read_limited(os.path.join(folder, SUPPORT_FILE), 4 << 20)
            return Text(content, "text/plain; charset=utf-8", save_as="gracenote2epg-support.txt")
    return NOT_FOUND
