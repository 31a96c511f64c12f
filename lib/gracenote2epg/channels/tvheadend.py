"""A Tvheadend server, asked over the HTTP API of its web page.

Source: tvheadend reference, section 4; Tvheadend's src/api, src/webui/webui_api.c and src/http.c:
a grid takes start and limit (50 when left out) and answers ``{"entries": […], "total": N}``; who is
not logged in gets a 401, and who may not, or has a wrong password, a 403.
"""

import threading
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Set, Tuple

from ..config.settings import Config
from ..errors import NotTvheadend, TvheadendForbidden, TvheadendLogin, TvheadendUnreachable
from ..net.client import HttpClient, RequestFailed
from ..util.sanitize import as_str, parse_int, parse_json_as_text
from .call_signs import number

PAGE = 500  # entries of one answer
MOST = 100_000  # entries of a grid; who has more of them never ends


class TvhChannel(NamedTuple):
    """A channel of the server."""

    uuid: str
    name: str
    number: str  # as "5.1"; "" = none
    enabled: bool
    epgauto: bool  # Tvheadend links it to EPG sources by itself
    sources: Tuple[str, ...]  # uuids of the EPG sources that it is linked to


class TvhSource(NamedTuple):
    """A channel of an EPG grabber (an "EPG grabber channel" on Tvheadend's pages)."""

    uuid: str
    xmltv_id: str
    name: str
    names: Tuple[str, ...]
    number: str
    enabled: bool
    module: str  # the module's id: of an internal grabber its path
    channels: Tuple[str, ...]  # uuids of the channels that use it
    updated: int  # seconds since the epoch; 0 = never
    grabber: str  # the module's name, with which its title ends


class TvhModule(NamedTuple):
    """An EPG grabber module."""

    uuid: str
    title: str
    enabled: bool


def connect(config: Config, stop: Optional[threading.Event] = None) -> "Tvheadend":
    """The server that the settings name. stop: ends what hangs."""
    return Tvheadend(config.tvh_url, HttpClient(config.tvh_username, config.tvh_password, stop))


class Tvheadend:
    """Asks one server. A user name is optional: some servers let everybody in.

    address: of its web page. Every method raises TvhUnreachable, NotTvheadend, TvhLogin,
    TvhForbidden and Stopped.
    """

    def __init__(self, address: str, reader: HttpClient) -> None:
        self.address, self._reader = address.rstrip("/"), reader

    def __enter__(self) -> "Tvheadend":
        return self

    def __exit__(self, *exc: object) -> None:
        self._reader.__exit__(*exc)

    def version(self) -> str:
        """The server's version, as "4.3-2715~g…"."""
        found = self.ask("serverinfo")
        if "sw_version" not in found:
            raise NotTvheadend(self.address, "serverinfo names no version")
        return as_str(found["sw_version"])

    def channels(self) -> List[TvhChannel]:
        """The channels that this user may see; the disabled ones only for an administrator."""
        return [
            TvhChannel(
                as_str(row.get("uuid")),
                _name(row),
                _number(row),
                row.get("enabled") is not False,
                row.get("epgauto") is not False,
                _texts(row.get("epggrab")),
            )
            for row in self.grid("channel/grid")
        ]

    def sources(self) -> List[TvhSource]:
        """What the EPG grabbers have channels for; only an administrator may ask."""
        return [
            TvhSource(
                as_str(row.get("uuid")),
                as_str(row.get("id")),
                _name(row),
                _texts(as_str(row.get("names")).split(",")),
                _number(row),
                row.get("enabled") is not False,
                as_str(row.get("modid")),
                _texts(row.get("channels")),
                parse_int(row.get("updated")) or 0,
                as_str(row.get("module")),
            )
            for row in self.grid("epggrab/channel/grid")
        ]

    def modules(self) -> List[TvhModule]:
        """The EPG grabber modules; only an administrator may ask."""
        return [
            TvhModule(
                as_str(row.get("uuid")),
                as_str(row.get("title")),
                row.get("status") == "epggrabmodEnabled",
            )
            for row in _rows(self.ask("epggrab/module/list"), self.address)
        ]

    def path(self, module: TvhModule) -> str:
        """The file of a module's program, or its socket; "" = it has none."""
        found = self.ask("idnode/load", uuid=module.uuid, list="path")
        fields = [one for row in _rows(found, self.address) for one in _objects(row.get("params"))]
        return next((as_str(one.get("value")) for one in fields if one.get("id") == "path"), "")

    def on_soon(self, most: int = 1000) -> Set[str]:
        """The uuids of the channels that the server's first so many events are on. It sorts them by
        start, and forgets what is over."""
        found = self.ask("epg/events/grid", start="0", limit=str(most))
        return {as_str(row.get("channelUuid")) for row in _rows(found, self.address)}

    def grid(self, path: str, **params: str) -> Iterator[Dict[str, Any]]:
        """All entries of a grid, such as ``epg/events/grid``, page by page."""
        start = 0
        while True:
            found = self.ask(path, start=str(start), limit=str(PAGE), **params)
            rows = _rows(found, self.address)
            yield from rows
            start += len(rows)
            if start >= _total(found):
                return
            if not rows:
                raise NotTvheadend(self.address, f"{path} ends after {start} of {_total(found)}")
            if start > MOST:
                raise NotTvheadend(self.address, f"{path} has more than {MOST} entries")

    def total(self, path: str, **params: str) -> int:
        """How many entries a grid has."""
        return _total(self.ask(path, start="0", limit="1", **params))

    def ask(self, path: str, **params: str) -> Dict[str, Any]:
        """The answer of one call of the API."""
        try:
            answer = self._reader.get(f"{self.address}/api/{path}", params)
        except RequestFailed as error:
            raise TvheadendUnreachable(self.address, str(error)) from None
        if answer.status == 401:
            raise TvheadendLogin(self.address, self._reader.username)
        if answer.status == 403:
            raise TvheadendForbidden(self.address, self._reader.username, path)
        if answer.status != 200:
            raise NotTvheadend(self.address, _status(answer.status, answer.headers))
        try:
            found = parse_json_as_text(answer.body.decode("utf-8", "replace"))
        except ValueError:
            raise NotTvheadend(self.address, "a page instead of data") from None
        if not isinstance(found, dict):
            raise NotTvheadend(self.address, f"other data for {path}")
        return found


def _rows(found: Mapping[str, Any], address: str) -> List[Dict[str, Any]]:
    rows = found.get("entries")
    if not isinstance(rows, list):
        raise NotTvheadend(address, "data without entries")
    return _objects(rows)


def _objects(rows: Any) -> List[Dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _total(found: Mapping[str, Any]) -> int:
    """The events' grid calls it differently."""
    return parse_int(found.get("total")) or parse_int(found.get("totalCount")) or 0


def _status(status: int, headers: Mapping[str, str]) -> str:
    led = headers.get("Location", "") if 300 <= status < 400 else ""
    return f"HTTP {status}" + (f", it leads to {led.split('?')[0]}" if led else "")


def _name(row: Mapping[str, Any]) -> str:
    """ "" for a channel without a name, which Tvheadend shows as {name-not-set}."""
    name = as_str(row.get("name")).strip()
    return "" if name.startswith("{") else name


def _number(row: Mapping[str, Any]) -> str:
    """A whole number for 5, a text for 5.1."""
    return number(as_str(row.get("number")))


def _texts(value: Any) -> Tuple[str, ...]:
    return tuple(filter(None, map(as_str, value))) if isinstance(value, list) else ()
