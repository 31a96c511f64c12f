"""What the service would answer to a request when nothing is wrong: its checks, in its order.

Source: API notes 1.7 and 6.7. What is not known there is chosen and said here: an unknown postal
code has an empty list of providers; an unknown series is a 404.
"""

import gzip
import re
import threading
import time
from collections import OrderedDict
from datetime import date, timedelta
from email.message import Message
from typing import Any, Callable, Dict, Hashable, NamedTuple, Optional
from urllib.parse import parse_qsl, urlsplit

from . import responses
from .faults import Faults
from .lineups import is_streaming
from .responses import Answer
from .world import HOUR, World

GRID, DETAILS, PROVIDERS, OTHER = "grid", "details", "providers", "other"
_PROVIDERS = re.compile(
    r"/gapzap_webapi/api/providers/getpostalcodeproviders/([^/]+)/([^/]+)/gapzap(?:/([^/]+))?/?",
    re.IGNORECASE,
)
_REFUSED_AGENTS = ("python", "curl", "go-http-client", "wget", "java/", "libwww", "okhttp")
_CACHED = 48 << 20  # bytes of encoded answers kept


class Request(NamedTuple):
    """params: of the query or the form; country, postal and lang for the providers."""

    endpoint: str
    params: Dict[str, str]
    agent: str
    gzip: bool


def read(method: str, target: str, headers: Message, form: bytes) -> Request:
    """Return the request; endpoint "other" when it is none that we know."""
    url = urlsplit(target)
    params = dict(parse_qsl(url.query, keep_blank_values=True))
    endpoint = OTHER
    provider = _PROVIDERS.fullmatch(url.path)
    if method == "GET" and url.path == "/api/grid":
        endpoint = GRID
    elif method == "POST" and url.path == "/api/program/overviewDetails":
        endpoint = DETAILS
        params.update(parse_qsl(form.decode("utf-8", "replace"), keep_blank_values=True))
    elif method == "GET" and provider:
        endpoint = PROVIDERS
        country, postal, lang = provider.groups()
        params.update(country=country, postal=postal, lang=lang or "")
    squeezed = "gzip" in (headers.get("Accept-Encoding") or "").lower()
    return Request(endpoint, params, headers.get("User-Agent") or "", squeezed)


class Service:
    """The good answers of a world, kept encoded, so that a second asking costs nothing."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world, self._faults = world, faults
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    @property
    def now(self) -> int:
        """The moment of the world, seconds since the epoch."""
        return self._world.now

    def answer(self, request: Request) -> Answer:
        if not looks_like_a_browser(request.agent):
            return responses.refusal(403)
        make = {GRID: self._grid, DETAILS: self._details, PROVIDERS: self._providers}
        return (
            make[request.endpoint](request) if request.endpoint in make else responses.not_found()
        )

    def _grid(self, request: Request) -> Answer:
        asked = request.params
        if not self._faults.knows(asked.get("aid")):
            return responses.oops() if asked.get("aid") == "lat" else responses.no_lineups()
        if asked.get("isOverride") != "true" and not is_streaming(asked.get("lineupId", "")):
            return responses.bad_request()
        timespan, begin = asked.get("timespan", ""), asked.get("time", "")
        if timespan not in ("1", "2", "3", "4", "5", "6") or not re.fullmatch(r"\d{1,11}", begin):
            return responses.bad_request()
        if asked.get("timezone"):
            return responses.bad_request()
        lineup = self._world.find({"country": "USA", **asked})
        if lineup is None:
            return responses.no_lineups()
        start = int(begin)
        known = self._world.within(start, start + int(timespan) * HOUR)
        key = (lineup, start, timespan, known, self._world.tba_after, request.gzip)
        return self._keep(key, lambda: self._world.grid({"country": "USA", **asked}))

    def _details(self, request: Request) -> Answer:
        hour = self._world.now // HOUR * HOUR
        series_id = request.params.get("programSeriesID", "")
        if not self._world.knows(series_id):
            return responses.not_found()
        key = (series_id, hour, self._world.tba_after, request.gzip)
        return self._keep(key, lambda: self._world.details(series_id, hour))

    def _providers(self, request: Request) -> Answer:
        rows = self._world.lineups(request.params["postal"])
        country = request.params["country"].upper()
        rows = [row for row in rows if row["lineupId"].startswith(country + "-")]
        year = time.gmtime(self._world.now).tm_year
        return responses.json_answer(
            {
                "DSTUTCOffset": "-240",
                "StdUTCOffset": "-300",
                "DSTStart": f"{_sunday(year, 3, 2)}T02:00Z",
                "DSTEnd": f"{_sunday(year, 11, 1)}T02:00Z",
                "primetime": "20:00",
                "Providers": rows,
            }
        )

    def _keep(self, key: Hashable, make: Callable[[], Any]) -> Answer:
        """Return the kept answer, or make it; one at a time, for two would only share a core."""
        with self._lock:
            kept: Optional[Answer] = self._kept.pop(key, None)
            if kept is None:
                kept = responses.json_answer(make())
                kept = squeeze(kept) if isinstance(key, tuple) and key[-1] else kept
                self._size += len(kept.body)
            self._kept[key] = kept
            while self._size > _CACHED and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1].body)
            return kept


def looks_like_a_browser(agent: str) -> bool:
    """Any desktop browser passes; tools that say what they are do not."""
    return agent.startswith("Mozilla/5.0 (") and not any(
        name in agent.lower() for name in _REFUSED_AGENTS
    )


def squeeze(answer: Answer) -> Answer:
    """Return the answer as a gzip stream, the same bytes each time."""
    if ("Content-Encoding", "gzip") in answer.headers:
        return answer
    headers = (*answer.headers, ("Content-Encoding", "gzip"))
    return answer._replace(body=gzip.compress(answer.body, 6, mtime=0), headers=headers)


def _sunday(year: int, month: int, number: int) -> str:
    first = date(year, month, 1)
    return (first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (number - 1))).isoformat()
