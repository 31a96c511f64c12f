"""The log in the data directory: bounded, and readable for its owner only."""

from logging.handlers import RotatingFileHandler
from typing import Any

from .files import opener_with_mode


class LogFile(RotatingFileHandler):
    """Keeps four files of a megabyte."""

    def __init__(self, path: str) -> None:
        super().__init__(path, maxBytes=1 << 20, backupCount=3, encoding="utf-8", delay=True)

    def _open(self) -> Any:
        own = opener_with_mode(0o600)
        return open(self.baseFilename, self.mode, encoding=self.encoding, opener=own)
