"""The guide for other players than the settings name, made from the stored answers on request."""

import contextlib
import hashlib
import os
import threading
from typing import Dict, List

from ..clock import Clock
from ..config.settings import Config
from ..config.sources import override
from ..errors import GuideNotFound, SettingError
from ..grab import listing
from ..guide.changes import open_store
from ..guide.guide_file import in_place_of
from ..guide.published import file_stamp, output_path
from ..net.http_handler import Answer, BadQuery, File, Query, Text
from ..xmltv import options

FOLDER = "variants"  # in the data directory
MAX_KEPT = 8
WAIT = 2.0  # seconds for another guide to be finished
_MAY_CHANGE = ("channel_id", "days")


class Variants:
    """One guide for each profile and query, kept until the next run; made one at a time."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config, self._clock = config, clock
        self._folder = os.path.join(config.data_dir, FOLDER)
        self._making = threading.Lock()
        self._made: Dict[str, List[int]] = {}  # by path, latest last: the guide's stamp

    def answer(self, profile: str, query: Query) -> Answer:
        """The guide for a profile, made if need be. Raises BadQuery, and GrabError when there is no
        guide yet or it cannot be written."""
        changes = {name: query[name] for name in _MAY_CHANGE if name in query}
        try:
            config = override(self._config, {"profile": profile, **changes})
        except SettingError as error:
            raise BadQuery(str(error)) from error
        if config.days > self._config.days:
            raise BadQuery(f"The guide has {self._config.days} days.")
        stamp = file_stamp(output_path(self._config))
        if not stamp:
            raise GuideNotFound(output_path(self._config))
        digest = hashlib.sha256(repr(sorted(changes.items())).encode()).hexdigest()[:8]
        path = os.path.join(self._folder, f"{profile}-{digest}.xml")
        if self._is_made(path, stamp):
            return File(path, "application/xml; charset=utf-8")
        if not self._making.acquire(timeout=WAIT):
            return Text(b"Another guide is being made: ask again.\n", "text/plain", status=503)
        try:
            if not self._is_made(path, stamp):
                self._make(config, path)
                self._made.pop(path, None)
                self._made[path] = stamp
                self._prune()
        finally:
            self._making.release()
        return File(path, "application/xml; charset=utf-8")

    def _is_made(self, path: str, stamp: List[int]) -> bool:
        return self._made.get(path) == stamp and os.path.exists(path)

    def _make(self, config: Config, path: str) -> None:
        style, now = options.from_config(config), self._clock.now()
        with open_store(config, self._clock) as store, in_place_of(path, now) as file:
            for chunk in listing.stored_guide(config, store).text(style, lambda summary: None):
                file.write(chunk)

    def _prune(self) -> None:
        """Remove all but the latest, and what another process has left."""
        for old in list(self._made)[:-MAX_KEPT]:
            del self._made[old]
        for name in os.listdir(self._folder):
            path = os.path.join(self._folder, name)
            if path not in self._made:
                with contextlib.suppress(OSError):  # on Windows, one that is being sent stays
                    os.remove(path)
