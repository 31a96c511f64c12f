"""The page, /stats and the guide over HTTP, and a run with them served meanwhile."""

import contextlib
import functools
import json
import os
import threading
from typing import Any, Callable, Dict

from ..clock import Clock
from ..config.profiles import PROFILES
from ..config.secrets import secrets_of
from ..config.settings import Config
from ..errors import GrabError
from ..grab import run as grab_run
from ..net.http_handler import Answer, File, Query, Route, Text
from ..net.server import WebServer
from ..util.redact import Secrets, redact
from .listings import Listings
from .status import RunStatus
from .variants import Variants

GUIDES = {f"/guide/{profile}.xml": profile for profile in PROFILES}  # the guide for each player
PUBLIC = (
    "/guide.xml", *GUIDES, "/guide.json", "/lineup.json", "/channels.m3u", "/healthz", "/metrics",
)  # fmt: skip
# Kodi's repository accepts no file that ends in .js.
PAGES = {
    "/": "index.html",
    "/style.css": "style.css",
    "/texts.js": "texts.js.txt",
    "/page.js": "page.js.txt",
    "/tonight.js": "tonight.js.txt",
}
_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pages")
_TYPES = {
    "": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src https:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def run_watched(
    config: Config,
    stop: threading.Event,
    listen: grab_run.Listener,
    warn: Callable[[str], None],
    clock: Clock,
) -> grab_run.RunReport:
    """One run with the page served meanwhile; without it if its port is taken.

    Raises as ``grab.run`` does.
    """
    status = RunStatus(config, clock)
    if status.notice:
        warn(status.notice)
    with contextlib.ExitStack() as resources:
        try:
            resources.enter_context(server(status))
        except OSError as error:
            warn(
                f"The page is not served: port {config.monitoring_port} is not available"
                f" ({error.strerror}). Set monitoring_port to a free one."
            )
        return status.run(stop, listen)


def server(status: RunStatus) -> WebServer:
    """The web server of the page, not started yet. Raises OSError if the port is taken."""

    class Server(WebServer):
        def close(self) -> None:
            status.changes.stop.set()  # or closing would wait for a comparison
            super().close()

    config = status.config
    return Server(
        config.monitoring_host,
        config.monitoring_port,
        routes(status),
        config.monitoring_names,
        public=PUBLIC,
    )


def routes(status: RunStatus) -> Dict[str, Route]:
    """What the web server answers, by path."""
    secrets = secrets_of(status.config)
    as_json, or_404 = functools.partial(_json, secrets), functools.partial(_or_404, secrets)
    listings = Listings(status.config, status.clock)
    variants = Variants(status.config, status.clock)

    def changes(query: Query) -> Text:
        code, body = status.changes.answer()
        return Text(body, "application/json", status=code)

    def healthz(query: Query) -> Text:
        problem = status.problem()
        return Text(f"{problem or 'ok'}\n".encode(), "text/plain", status=503 if problem else 200)

    return {
        **{path: _page(path) for path in PAGES},
        "/stats": as_json(lambda query: status.document()),
        "/coverage": as_json(lambda query: status.coverage()),
        "/changes": changes,
        "/metrics": lambda query: Text(status.metrics().encode(), "text/plain; version=0.0.4"),
        "/healthz": healthz,
        "/guide.xml": lambda query: File(status.path, "application/xml; charset=utf-8"),
        **{
            path: or_404(functools.partial(variants.answer, profile))
            for path, profile in GUIDES.items()
        },
        "/guide.json": as_json(listings.grid),
        "/programme.json": as_json(listings.programme),
        "/search.json": as_json(listings.search),
        "/lineup.json": as_json(listings.lineup),
        "/channels.m3u": or_404(
            lambda query: Text(listings.playlist().encode(), "audio/x-mpegurl")
        ),
    }


def _json(secrets: Secrets, document: Callable[[Query], Any]) -> Route:
    """The document as JSON; 404 and a sentence while there is no guide."""

    def answer(query: Query) -> Text:
        try:
            body, code = document(query), 200
        except GrabError as error:
            body, code = {"error": redact(str(error), secrets)}, 404
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return Text(text.encode(), "application/json", status=code)

    return answer


def _or_404(secrets: Secrets, route: Route) -> Route:
    """A sentence while there is no guide."""

    def answer(query: Query) -> Answer:
        try:
            return route(query)
        except GrabError as error:
            sentence = f"{redact(str(error), secrets)}\n"
            return Text(sentence.encode(), "text/plain; charset=utf-8", status=404)

    return answer


def _page(path: str) -> Route:
    """A file of the page. Its policy: nothing but what this server has, and stations' logos."""
    with open(os.path.join(_FOLDER, PAGES[path]), "rb") as file:
        text = Text(file.read(), _TYPES[os.path.splitext(path)[1]], _POLICY)
    return lambda query: text
