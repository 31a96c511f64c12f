"""Client for Tvheadend's HTTP API.

Source: tvheadend reference, section 4; Tvheadend's src/api, src/webui/webui_api.c and src/http.c:
a grid takes start and limit (default 50) and answers ``{"entries": […], "total": N}``; a missing
login gets a 401, missing rights or a wrong password a 403.
"""

import re
import threading
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ..config.settings import Config
from ..errors import NotTvheadend, TvheadendForbidden, TvheadendLogin, TvheadendUnreachable
from ..net.client import HttpClient, RequestFailed
from ..util.sanitize import as_str, channel_number, parse_int, parse_json_as_text

PAGE = 500  # entries of one answer
MODULE_ENABLED = "epggrabmodEnabled"
_LINK = "ddprogid://"
MAX_ENTRIES = 100_000  # of a grid; a server that sends more might never end


class TvhChannel(NamedTuple):
    """A channel of the server."""

    uuid: str
    name: str
    number: str  # as "5.1"; "" = none
    enabled: bool
    sources: Tuple[str, ...]  # uuids of the EPG sources that it is linked to
    automap: bool = True  # "Automatically map EPG source"
    borrows: bool = False  # it shows another channel's programmes: "Reuse EPG from"


class TvhSource(NamedTuple):
    """A channel of an EPG grabber (an "EPG grabber channel" on Tvheadend's pages)."""

    uuid: str
    xmltv_id: str
    enabled: bool
    module: str  # the module's id: the path, for an internal grabber
    grabber: str  # the module's name, with which its title ends


class TvhModule(NamedTuple):
    """An EPG grabber module."""

    uuid: str
    title: str
    enabled: bool


class TvhEvent(NamedTuple):
    """A programme. start: seconds since the epoch."""

    channel: str  # uuid
    start: int
    module: str  # the id of the module that brought it, from its links; "" = unknown


def connect(config: Config, stop: Optional[threading.Event] = None) -> "Tvheadend":
    """The server in the settings. stop: aborts a hanging request."""
    return Tvheadend(config.tvh_url, HttpClient(config.tvh_username, config.tvh_password, stop))


class Tvheadend:
    """Client for one server. Some servers need no user name.

    address: of the web page. Every method raises TvheadendUnreachable, NotTvheadend,
    TvheadendLogin, TvheadendForbidden and Stopped.
    """

    def __init__(self, address: str, client: HttpClient) -> None:
        self.address, self._client = address.rstrip("/"), client

    def __enter__(self) -> "Tvheadend":
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.__exit__(*exc)

    def version(self) -> str:
        """The server's version, as "4.3-2715~g…"."""
        info = self.ask("serverinfo")
        if "sw_version" not in info:
            raise NotTvheadend(self.address, "serverinfo has no version")
        return _text(info, "sw_version")

    def channels(self) -> List[TvhChannel]:
        """The channels that this user may see; disabled ones for an administrator only."""
        return [
            TvhChannel(
                _text(row, "uuid"),
                re.sub(r"^\{.*", "", _text(row, "name").strip()),  # a missing one: {name-not-set}
                channel_number(_text(row, "number")),
                row.get("enabled") is not False,
                _texts(row.get("epggrab")),
                row.get("epgauto") is not False,
                bool(_text(row, "epg_parent")),
            )
            for row in self.grid("channel/grid", all="1")
        ]

    def sources(self) -> List[TvhSource]:
        """The channels of the EPG grabbers; needs an administrator."""
        return [
            TvhSource(
                _text(row, "uuid"),
                _text(row, "id"),
                row.get("enabled") is not False,
                _text(row, "modid"),
                _text(row, "module"),
            )
            for row in self.grid("epggrab/channel/grid")
        ]

    def modules(self) -> List[TvhModule]:
        """The EPG grabber modules; needs an administrator."""
        return [
            TvhModule(_text(row, "uuid"), _text(row, "title"), row.get("status") == MODULE_ENABLED)
            for row in self._entries(self.ask("epggrab/module/list"))
        ]

    def module_fields(self, module: TvhModule) -> Dict[str, str]:
        """The path of a module's program or socket, and its priority, as far as it has them."""
        answer = self.ask("idnode/load", uuid=module.uuid, list="path,priority")
        fields = [row for entry in self._entries(answer) for row in _objects(entry.get("params"))]
        return {_text(field, "id"): _text(field, "value") for field in fields}

    def first_events(self, limit: int = 1000, **params: str) -> List[TvhEvent]:
        """The first events. The server sorts them by start and drops past ones."""
        page = self.ask("epg/events/grid", start="0", limit=str(limit), **params)
        return [
            TvhEvent(_text(row, "channelUuid"), parse_int(row.get("start")) or 0, _module_of(row))
            for row in self._entries(page)
        ]

    def grid(self, path: str, **params: str) -> Iterator[Dict[str, Any]]:
        """All entries of a grid, such as ``epg/events/grid``, page by page."""
        start = 0
        while True:
            page = self.ask(path, start=str(start), limit=str(PAGE), **params)
            rows = self._entries(page)
            yield from rows
            start += len(rows)
            if start >= _total(page):
                return
            if not rows:
                raise NotTvheadend(self.address, f"{path} ends after {start} of {_total(page)}")
            if start > MAX_ENTRIES:
                raise NotTvheadend(self.address, f"{path} has more than {MAX_ENTRIES} entries")

    def ask(self, path: str, **params: str) -> Dict[str, Any]:
        """Call the API once and return its JSON object."""
        try:
            response = self._client.get(f"{self.address}/api/{path}", params)
        except RequestFailed as error:
            raise TvheadendUnreachable(self.address, str(error)) from None
        if response.status == 401:
            raise TvheadendLogin(self.address, self._client.username)
        if response.status == 403:
            raise TvheadendForbidden(self.address, self._client.username, path)
        if response.status != 200:
            location = response.headers.get("Location", "") if response.status < 400 else ""
            redirect = f", redirects to {location.split('?')[0]}" if location else ""
            raise NotTvheadend(self.address, f"HTTP {response.status}{redirect}")
        try:
            document = parse_json_as_text(response.body.decode("utf-8", "replace"))
        except ValueError:
            raise NotTvheadend(self.address, "a page instead of data") from None
        if not isinstance(document, dict):
            raise NotTvheadend(self.address, f"other data for {path}")
        return document

    def _entries(self, page: Mapping[str, Any]) -> List[Dict[str, Any]]:
        if not isinstance(page.get("entries"), list):
            raise NotTvheadend(self.address, "data without entries")
        return _objects(page["entries"])


def _objects(rows: Any) -> List[Dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _module_of(event: Mapping[str, Any]) -> str:
    """Links are "ddprogid://", the module's id, and the programme's id."""
    link = _text(event, "episodeUri") or _text(event, "serieslinkUri")
    return link[len(_LINK) :].rpartition("/")[0] if link.startswith(_LINK) else ""


def _total(page: Mapping[str, Any]) -> int:
    """The total of a grid, or of the events' grid, which names it totalCount."""
    return parse_int(page.get("total")) or parse_int(page.get("totalCount")) or 0


def _text(row: Mapping[str, Any], field: str) -> str:
    return as_str(row.get(field))


def _texts(value: Any) -> Tuple[str, ...]:
    return tuple(filter(None, map(as_str, value))) if isinstance(value, list) else ()
