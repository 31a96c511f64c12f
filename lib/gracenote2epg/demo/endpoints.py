"""The service's endpoints: grid, details and providers. Source: API notes 1.7 and 6.7."""

import re
from email.message import Message
from typing import Dict, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from .responses import Answer, json_answer, not_found
from .world import World

GRID, DETAILS, PROVIDERS, OTHER = "grid", "details", "providers", "other"
_PROVIDERS = re.compile(
    r"/gapzap_webapi/api/providers/getpostalcodeproviders/([^/]+)/([^/]+)/gapzap(?:/[^/]+)?/?",
    re.IGNORECASE,
)


class Request(NamedTuple):
    """params: of the query or the form; country and postal for the providers."""

    endpoint: str
    params: Dict[str, str]
    agent: str
    gzip: bool


def parse_request(method: str, target: str, headers: Message, form: bytes) -> Request:
    """Return the request; endpoint "other" if it is unknown."""
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
        country, postal_code = provider.groups()
        params.update(country=country, postal=postal_code)
    gzip = "gzip" in (headers.get("Accept-Encoding") or "").lower()
    return Request(endpoint, params, headers.get("User-Agent") or "", gzip)


class Endpoints:
    """The answers of a world to requests of our own client, which are taken to be valid."""

    def __init__(self, world: World) -> None:
        self.world = world

    def answer(self, request: Request) -> Answer:
        handlers = {GRID: self.grid, DETAILS: self.details, PROVIDERS: self.providers}
        handler = handlers.get(request.endpoint)
        return handler(request) if handler else not_found()

    def grid(self, request: Request) -> Answer:
        return json_answer(self.world.grid(request.params))

    def details(self, request: Request) -> Answer:
        details = self.world.details(request.params.get("programSeriesID", ""))
        return not_found() if details is None else json_answer(details)

    def providers(self, request: Request) -> Answer:
        return json_answer({"Providers": self.world.lineups(request.params["postal"])})
