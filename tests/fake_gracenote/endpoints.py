"""The service's checks of a request, in its order, before the demo's endpoints answer it.

Source: API notes 1.7 and 6.7. The rest is chosen here: an unknown postal code has an
empty list of providers; an unknown series is a 404.
"""

import gzip
import re
import threading
from collections import OrderedDict
from typing import Any, Callable, Hashable, Optional

from gracenote2epg.demo import endpoints
from gracenote2epg.demo.endpoints import Request
from gracenote2epg.demo.world import HOUR

from . import responses
from .faults import Faults
from .lineups import is_streaming
from .responses import Answer
from .world import World

_REFUSED_AGENTS = ("python", "curl", "go-http-client", "wget", "java/", "libwww", "okhttp")
_CACHED = 48 << 20  # bytes of encoded answers kept


class _Cache:
    """Answers by key, the latest last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._size, self._lock = 0, threading.Lock()

    def keep(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """Return the cached answer, or make it; one at a time, as threads would share a core."""
        with self._lock:
            kept: Optional[Answer] = self._kept.pop(key, None)
            if kept is None:
                kept = make()
                self._size += len(kept.body)
            self._kept[key] = kept
            while self._size > _CACHED and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1].body)
            return kept


_cache = _Cache()  # of all worlds, for most tests ask for the same


class Endpoints(endpoints.Endpoints):
    """The good answers of a world, cached as they are sent."""

    world: World

    def __init__(self, world: World, faults: Faults) -> None:
        super().__init__(world)
        self._faults = faults

    def answer(self, request: Request) -> Answer:
        if not looks_like_a_browser(request.agent):
            return responses.refusal(403)
        return super().answer(request)

    def grid(self, request: Request) -> Answer:
        params = {"country": "USA", **request.params}
        if not self._faults.serves(params.get("aid")):
            return responses.oops() if params.get("aid") == "lat" else responses.no_lineups()
        if params.get("isOverride") != "true" and not is_streaming(params.get("lineupId", "")):
            return responses.bad_request()
        timespan, begin = params.get("timespan", ""), params.get("time", "")
        if timespan not in ("1", "2", "3", "4", "5", "6") or not re.fullmatch(r"\d{1,11}", begin):
            return responses.bad_request()
        if params.get("timezone"):
            return responses.bad_request()
        lineup = self.world.find(params)
        if lineup is None:
            return responses.no_lineups()
        start = int(begin)
        listed = self.world.within(start, start + int(timespan) * HOUR)
        key = (lineup, start, timespan, listed)
        return self._keep(key, lambda: self.world.grid(params), request.gzip)

    def details(self, request: Request) -> Answer:
        hour = self.world.now // HOUR * HOUR
        series_id = request.params.get("programSeriesID", "")
        if series_id not in self.world.catalogue.by_id:
            return responses.not_found()
        return self._keep(
            (series_id, hour), lambda: self.world.details(series_id, hour), request.gzip
        )

    def providers(self, request: Request) -> Answer:
        country = request.params["country"].upper()
        rows = self.world.lineups(request.params["postal"])
        return responses.json_answer(
            {
                "DSTUTCOffset": "-240",
                "StdUTCOffset": "-300",
                "DSTStart": "2026-03-08T02:00Z",
                "DSTEnd": "2026-11-01T02:00Z",
                "primetime": "20:00",
                "Providers": [row for row in rows if row["lineupId"].startswith(country + "-")],
            }
        )

    def _keep(self, key: Hashable, make: Callable[[], Any], is_packed: bool) -> Answer:
        def encoded() -> Answer:
            answer = responses.json_answer(make())
            return squeeze(answer) if is_packed else answer

        if type(self.world) is World and self.world.tba_after is None:  # else a test changes it
            return _cache.keep((self.world.made_of, is_packed, key), encoded)
        return encoded()


def looks_like_a_browser(agent: str) -> bool:
    return agent.startswith("Mozilla/5.0 (") and not any(
        name in agent.lower() for name in _REFUSED_AGENTS
    )


def squeeze(answer: Answer) -> Answer:
    """Return the answer as a gzip stream, the same bytes each time."""
    if ("Content-Encoding", "gzip") in answer.headers:
        return answer
    headers = (*answer.headers, ("Content-Encoding", "gzip"))
    return answer._replace(body=gzip.compress(answer.body, 6, mtime=0), headers=headers)
