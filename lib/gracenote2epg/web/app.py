"""The page, /stats and the guide over HTTP, and a run with them served meanwhile."""

import contextlib
import functools
import json
import os
import threading
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional

from ..clock import Clock
from ..config.keeper import Keeper
from ..config.profiles import PROFILES
from ..config.secrets import secrets_of
from ..config.settings import Config
from ..errors import GrabError, PortInUse, SettingError
from ..grab import run as grab_run
from ..net import http_handler
from ..net.http_handler import Answer, File, Query, Route, Text
from ..net.server import WebServer
from ..setup import earlier_grabber
from ..util.redact import redact
from . import settings_view, support
from .checkup import Checkup
from .listings import Listings
from .sentences import error_json
from .sessions import Sessions
from .setup_page import SetupPage
from .status import RunStatus
from .variants import Variants

GUIDES = {f"/guide/{profile}.xml": profile for profile in PROFILES}  # the guide for each player
PACKED = {f"{path}.gz": path for path in ("/guide.xml", *GUIDES)}
PUBLIC = (
    "/guide.xml", *GUIDES, *PACKED, "/guide.json", "/lineup.json", "/channels.m3u", "/healthz",
    "/metrics",
)  # fmt: skip
# Kodi's repository accepts no file that ends in .js.
_SCRIPTS = ("texts", "sentences", "page", "tonight", "channels", "setup", "settings")
PAGES = {
    "/": "index.html",
    "/style.css": "style.css",
    **{f"/{name}.js": f"{name}.js.txt" for name in _SCRIPTS},
}
_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pages")
_TYPES = {
    "": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
NEEDS_CODE = "The page needs its code to change something."
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src https:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


Action = Callable[[Mapping[str, Any]], Any]  # takes a JSON object, returns what JSON can hold


class Controls(NamedTuple):
    """What the page changes things with. try_again: starts the next run, unless one is in
    progress."""

    keeper: Keeper
    sessions: Sessions
    try_again: Callable[[], None]
    moves_by_itself: bool = False  # to a new address, when the settings name one


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
            resources.enter_context(PageServer(status))
        except OSError as error:
            taken = PortInUse(config.monitoring_port, error)
            warn(f"The page is not served. {taken}")
        return status.run(stop, listen)


class PageServer(WebServer):
    """Serves the page of one process, whatever its settings become.

    controls: None = the page changes nothing. Raises OSError if the port is taken.
    """

    def __init__(self, status: RunStatus, controls: Optional[Controls] = None) -> None:
        self._status, self._controls = status, controls
        self._checkup = Checkup(status.config, status.clock)
        earlier = earlier_grabber.find(os.environ)
        self._setup = SetupPage(controls.keeper, status.clock, earlier) if controls else None
        config = status.config
        super().__init__(
            config.monitoring_host,
            config.monitoring_port,
            routes(status, controls),
            config.monitoring_names,
            public=PUBLIC,
            linked=("/", support.PATH),  # a QR reader's browser may call itself another site
            actions=self._actions(),
        )

    def show(self, status: RunStatus) -> None:
        """Serve these runs, their settings and their guide from now on."""
        self._end()
        self._status, self._checkup = status, Checkup(status.config, status.clock)
        self.replace(routes(status, self._controls), self._actions())

    def close(self) -> None:
        self._end()
        if self._setup:
            self._setup.close()
        self._checkup.close()
        super().close()

    def _actions(self) -> Dict[str, http_handler.Action]:
        if self._controls is None or self._setup is None:
            return {}
        more = {**self._setup.actions, "/doctor": lambda body: self._checkup.answer()}
        served = web_actions(self._status, self._controls, more)
        self._status.actions = sorted(served)
        return served

    def _end(self) -> None:
        """End the comparison and the checks in progress: closing would wait for them."""
        self._status.changes.stop.set()
        self._checkup.stop.set()


def actions(status: RunStatus, controls: Controls) -> Dict[str, Action]:
    """What changes something, or tells what only the user may know, by path; all of it needs a
    session."""
    channels, keeper = status.channels, controls.keeper

    def choose(body: Mapping[str, Any]) -> Any:
        stations = http_handler.texts(body.get("stations"))
        words = channels.words(stations, bool(body.get("later")))
        keeper.save({"channels": words})
        return {}

    def assign(body: Mapping[str, Any]) -> Any:
        channels.assign(str(body.get("channel", "")), str(body.get("station", "")))
        keeper.changed()
        return {}

    def try_again(body: Mapping[str, Any]) -> Any:
        status.check_may_run()
        controls.try_again()
        return {}

    return {
        "/channels": choose,
        "/assign": assign,
        "/run": try_again,
        "/settings": lambda body: settings_view.rows(keeper, not controls.moves_by_itself),
        "/settings/save": lambda body: settings_view.save(keeper, body),
    }


def web_actions(
    status: RunStatus, controls: Controls, more: Mapping[str, Action]
) -> Dict[str, http_handler.Action]:
    """The actions as the web server does them, and the one that opens a session. more: those that
    outlive a change of the settings."""
    secrets, sessions = secrets_of(status.config), controls.sessions
    own = {**actions(status, controls), **more}
    cookie_name = f"gracenote2epg_{status.config.monitoring_port}"  # all ports share the cookies

    def open_session(body: Mapping[str, Any], cookies: Mapping[str, str], address: str) -> Text:
        try:
            token = sessions.open(str(body.get("code", "")), address)
        except GrabError as error:
            return _as_json(error_json(error), 400)
        cookie = f"{cookie_name}={token}; HttpOnly; SameSite=Strict; Path=/"
        return _as_json({})._replace(cookie=cookie)

    def with_session(action: Action) -> http_handler.Action:
        def answer(body: Mapping[str, Any], cookies: Mapping[str, str], address: str) -> Text:
            try:
                if not sessions.is_open(cookies.get(cookie_name, "")):
                    return _as_json({"error": NEEDS_CODE, "needs_code": True}, 401)
                return _as_json(action(body))
            except GrabError as error:
                field = error.name if isinstance(error, SettingError) else ""
                return _as_json({**error_json(error, secrets), "field": field}, 400)

        return answer

    return {
        "/session": open_session,
        **{path: with_session(action) for path, action in own.items()},
    }


def routes(status: RunStatus, controls: Optional[Controls] = None) -> Dict[str, Route]:
    """What the web server answers, by path."""
    secrets = secrets_of(status.config)
    listings = Listings(status.config, status.clock)
    variants = Variants(status.config, status.clock)

    def stations(query: Query) -> Dict[str, Any]:
        fixed = controls.keeper.fixed().get("channels", "") if controls else "the settings"
        return {**status.channels.stations(query), "fixed": fixed}

    def changes(query: Query) -> Text:
        code, body = status.changes.answer()
        return Text(body, "application/json", status=code)

    def healthz(query: Query) -> Text:
        problem = status.problem()
        return Text(f"{problem or 'ok'}\n".encode(), "text/plain", status=503 if problem else 200)

    def as_json(document: Callable[[Query], Any]) -> Route:
        def refusal(error: GrabError) -> Text:
            return _as_json(error_json(error, secrets), 404)

        return _or_404(lambda query: _as_json(document(query)), refusal)

    def as_text(route: Route) -> Route:
        def refusal(error: GrabError) -> Text:
            sentence = f"{redact(str(error), secrets)}\n"
            return Text(sentence.encode(), "text/plain; charset=utf-8", status=404)

        return _or_404(route, refusal)

    answers: Dict[str, Route] = {
        **{path: _page(path) for path in PAGES},
        "/stats": as_json(lambda query: status.document()),
        "/coverage": as_json(lambda query: status.coverage()),
        "/changes": changes,
        "/metrics": lambda query: Text(status.metrics().encode(), "text/plain; version=0.0.4"),
        "/healthz": healthz,
        "/guide.xml": lambda query: File(status.path, "application/xml; charset=utf-8"),
        **{
            path: as_text(functools.partial(variants.answer, profile))
            for path, profile in GUIDES.items()
        },
        "/guide.json": as_json(listings.grid),
        "/programme.json": as_json(listings.programme),
        "/search.json": as_json(listings.search),
        "/lineup.json": as_json(listings.lineup),
        "/stations.json": as_json(stations),
        "/players.json": as_json(status.channels.players),
        support.PATH: lambda query: support.answer(
            status.config.data_dir, query, status.clock.now()
        ),
        "/channels.m3u": as_text(
            lambda query: Text(listings.playlist().encode(), "audio/x-mpegurl")
        ),
    }
    return {**answers, **{path: _as_gz(answers[other]) for path, other in PACKED.items()}}


def _as_json(document: Any, status: int = 200) -> Text:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Text(text.encode(), "application/json", status=status)


def _or_404(route: Route, refusal: Callable[[GrabError], Text]) -> Route:
    """The route, with the refusal for its errors, such as that there is no guide yet."""

    def answer(query: Query) -> Answer:
        try:
            return route(query)
        except GrabError as error:
            return refusal(error)

    return answer


def _as_gz(route: Route) -> Route:
    """The same guide as a .gz file."""

    def answer(query: Query) -> Answer:
        file = route(query)
        if isinstance(file, File):
            return file._replace(type="application/gzip", as_gz=True)
        return file

    return answer


def _page(path: str) -> Route:
    """A file of the page. Its policy: nothing but what this server has, and stations' logos."""
    with open(os.path.join(_FOLDER, PAGES[path]), "rb") as file:
        text = Text(file.read(), _TYPES[os.path.splitext(path)[1]], _POLICY)
    return lambda query: text
