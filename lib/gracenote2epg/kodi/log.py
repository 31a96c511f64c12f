"""Python's logging, in Kodi's log: every line marked as the add-on's, none with a secret."""

import contextlib
import logging
from typing import Iterator

import xbmc

from ..config.settings import ADDON_ID
from ..util.redact import RedactingFormatter, hide
from .addon_settings import Settings

PACKAGE = "gracenote2epg"
_LEVELS = (  # of logging, and of Kodi
    (logging.CRITICAL, xbmc.LOGFATAL),
    (logging.ERROR, xbmc.LOGERROR),
    (logging.WARNING, xbmc.LOGWARNING),
    (logging.INFO, xbmc.LOGINFO),
)


class KodiLog(logging.Handler):
    """Writes every record to Kodi's log, which drops debug lines unless its debug log is on."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(RedactingFormatter("%(message)s"))
        self._debug_level: int = xbmc.LOGDEBUG

    def apply(self, settings: Settings) -> None:
        """Hide these settings' secrets, too; with ``debug`` set, show debug records as info."""
        self._debug_level = xbmc.LOGINFO if settings.is_on("debug") else xbmc.LOGDEBUG
        hide(settings.secrets)

    def emit(self, record: logging.LogRecord) -> None:
        levels = (kodi_level for level, kodi_level in _LEVELS if record.levelno >= level)
        module = record.name.partition(f"{PACKAGE}.")[2] or record.name
        xbmc.log(f"[{ADDON_ID}] {module}: {self.format(record)}", next(levels, self._debug_level))


@contextlib.contextmanager
def kodi_log() -> Iterator[KodiLog]:
    """Send all records to Kodi's log until the block ends.

    The root logger gets the handler, because warnings of the libraries can hold an address, and an
    address holds the postal code.
    """
    handler = KodiLog()
    root, package = logging.getLogger(), logging.getLogger(PACKAGE)
    level = package.level
    package.setLevel(logging.DEBUG)
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        package.setLevel(level)
