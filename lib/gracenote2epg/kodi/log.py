"""Python's logging, in Kodi's log: every line marked as the add-on's, none with a secret."""

import contextlib
import logging
from typing import Iterator

import xbmc

from ..config.settings import ADDON_ID
from ..util.redact import RedactingFormatter
from .addon_settings import Settings

_LEVELS = (
    (logging.CRITICAL, xbmc.LOGFATAL),
    (logging.ERROR, xbmc.LOGERROR),
    (logging.WARNING, xbmc.LOGWARNING),
    (logging.INFO, xbmc.LOGINFO),
)


class KodiLog(logging.Handler):
    """Hands every record to Kodi, which drops the debug ones unless its own debug log is on."""

    def __init__(self) -> None:
        super().__init__()
        self._form = RedactingFormatter("%(module)s: %(message)s")
        self.setFormatter(self._form)
        self._lowest: int = xbmc.LOGDEBUG

    def obey(self, settings: Settings) -> None:
        """Hide this user's secrets from now on; with ``debug`` set, show the debug records."""
        self._lowest = xbmc.LOGINFO if settings.debug else xbmc.LOGDEBUG
        self._form.secrets = settings.secrets

    def emit(self, record: logging.LogRecord) -> None:
        level = next((kodis for ours, kodis in _LEVELS if record.levelno >= ours), self._lowest)
        xbmc.log(f"[{ADDON_ID}] {self.format(record)}", level)


def hide(settings: Settings) -> None:
    """Hide the secrets of settings that are not saved yet as well."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, KodiLog):
            handler.obey(settings)


@contextlib.contextmanager
def to_kodi() -> Iterator[KodiLog]:
    """Send all records to Kodi's log until the block ends.

    The root logger gets the handler, because what the libraries warn of can name an address, and
    an address holds the postal code.
    """
    handler = KodiLog()
    root, ours = logging.getLogger(), logging.getLogger("gracenote2epg")
    level = ours.level
    ours.setLevel(logging.DEBUG)
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        ours.setLevel(level)
