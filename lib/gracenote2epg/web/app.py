"""The page, /stats and the guide over HTTP, and a run with them served meanwhile."""

import base64
import contextlib
import hashlib
import json
import os
import re
import threading
from typing import Any, Callable, Dict

from ..clock import Clock
from ..config.settings import Config
from ..grab import run as grab_run
from ..net.http_handler import File, Route, Text
from ..net.server import WebServer
from .status import RunStatus

_PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "index.html")


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
        public=("/guide.xml", "/healthz", "/metrics"),
    )


def routes(status: RunStatus) -> Dict[str, Route]:
    """What the web server answers, by path."""
    page = read_page()

    def changes() -> Text:
        code, body = status.changes.answer()
        return Text(body, "application/json", status=code)

    def healthz() -> Text:
        problem = status.problem()
        return Text(f"{problem or 'ok'}\n".encode(), "text/plain", status=503 if problem else 200)

    def as_json(document: Any) -> Text:
        return Text(json.dumps(document).encode(), "application/json")

    return {
        "/": lambda: page,
        "/stats": lambda: as_json(status.document()),
        "/coverage": lambda: as_json(status.coverage()),
        "/changes": changes,
        "/metrics": lambda: Text(status.metrics().encode(), "text/plain; version=0.0.4"),
        "/healthz": healthz,
        "/guide.xml": lambda: File(status.path, "application/xml; charset=utf-8"),
    }


def read_page() -> Text:
    """The page; its policy allows its own script and style, and requests to this server."""
    with open(_PAGE, "rb") as file:
        body = file.read()

    def hash_of(tag: bytes) -> str:
        match = re.search(b"<%b>(.*?)</%b>" % (tag, tag), body, re.DOTALL)
        digest = hashlib.sha256(match.group(1) if match else b"").digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    policy = (
        f"default-src 'none'; script-src {hash_of(b'script')}; style-src {hash_of(b'style')};"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Text(body, "text/html; charset=utf-8", policy)
