"""A Tvheadend small enough to read: its HTTP API on loopback, with the faults that users meet.

Statuses and headers are those of the real one (its src/http.c, src/webui/webui_api.c and src/api):
no credentials where some are needed = 401 with a challenge, a wrong password or a missing right =
403, an unknown call = 404, and a redirection to its http_root for what lies outside. Links and
programmes follow its src/epggrab/channel.c and src/epg.c (tvheadend reference, section 4).
"""

import base64
import hashlib
import itertools
import json
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

from .guides import moment
from .receivers import Handler, Receiver

Headers = List[Tuple[str, str]]
REALM = "tvheadend"
ADMINS = ("epggrab/channel/grid", "epggrab/module/list", "idnode/load")
PAGE = b"<!DOCTYPE html><html><head><title>Some Router</title></head><body>Log in</body></html>"


class Call(NamedTuple):
    """One request: the API's call, its parameters, the answer's status."""

    name: str
    params: Dict[str, str]
    status: int


class _Handler(Handler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms for an acknowledgement

    def do_GET(self) -> None:
        own = self.own
        parts = urlsplit(self.path)
        call, params = parts.path[len(f"{own.root}/api/") :], dict(parse_qsl(parts.query))
        own.closing.wait(own.delay)
        if not parts.path.startswith(f"{own.root}/"):
            self._send(call, params, 302, b"", [("Location", f"{own.root}{self.path}")])
            return
        status = own.statuses.get(call, own.statuses.get("", 0)) or own.refusal(call, self._who())
        data = None if status else own.answer(call, params)
        if status or data is None:
            self._send(call, params, status or 404, PAGE, self._challenge(status))
            return
        body = json.dumps(data).encode() if own.body is None else own.body
        self._send(call, params, 200, body, [("Content-Type", "application/json")])

    def _send(
        self, call: str, params: Dict[str, str], status: int, body: bytes, headers: Headers
    ) -> None:
        own = self.own
        own.calls.append(Call(call, params, status))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if own.drip:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(body) + own.short))
        self.end_headers()
        self.close_connection = bool(own.short or own.drip)
        try:
            if own.drip:
                while not own.closing.wait(0.05):
                    self.wfile.write(b" ")
            else:
                self.wfile.write(body)
        except OSError:  # the client has had enough
            self.close_connection = True

    def _challenge(self, status: int) -> Headers:
        if status != 401:
            return []
        auth = self.own.auth
        if auth == "basic":
            return [("WWW-Authenticate", f'Basic realm="{REALM}"')]
        rest = 'nonce="abc123", opaque="xyz"'
        algorithms = ([] if auth == "digest" else [f", algorithm={auth}"]) + [""]
        return [
            ("WWW-Authenticate", f'Digest realm="{REALM}", qop="auth"{algorithm}, {rest}')
            for algorithm in algorithms
        ]

    def _who(self) -> Optional[str]:
        own = self.own
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        if not scheme or (scheme.lower() == "basic") != (own.auth == "basic"):
            return ""
        if own.auth == "basic":
            pair = base64.b64decode(rest).decode()
            return own.user if pair == f"{own.user}:{own.password}" else None
        given = {
            name: text or bare
            for name, text, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^",\s]+))', rest)
        }
        return own.user if given.get("response") == _digest(own, given) else None


class TvhStandIn(Receiver):
    """Answers as Tvheadend does, on 127.0.0.1.

    auth: digest; SHA-256 or SHA-512-256, where it names that digest and the plain one; basic; or
    none, where everybody may do all. root: its http_root. What it knows are the lists ``channels``,
    ``sources`` (EPG grabber channels), ``modules`` and ``events``, as rows of the API. The switches
    below make it fail.
    """

    handler = _Handler

    def __init__(self, auth: str = "digest", root: str = "", port: int = 0) -> None:
        super().__init__(port)
        self.url += root
        self.auth, self.root = auth, root
        self.user, self.password = "viewer", "pass:word"
        self.admin = True  # the user is an administrator
        self.channels: List[Dict[str, Any]] = []
        self.sources: List[Dict[str, Any]] = []
        self.modules: List[Dict[str, Any]] = []
        self.events: List[Dict[str, Any]] = []
        self.fields: Dict[str, Dict[str, Any]] = {}  # of the modules, by uuid
        self.guides: Dict[str, Callable[[], str]] = {}  # what the modules' programs print, by path
        self.owners: Dict[int, str] = {}  # of the programmes: the module's id, by event
        self.first_word = False  # "Channel numbers (heuristic)"; else off
        self.version = "4.3-2715~g0000000"
        # Switches
        self.statuses: Dict[str, int] = {}  # by call, or "" for all: answered with this status
        self.body: Optional[bytes] = None  # sent instead of all data
        self.most = 1 << 30  # entries in one answer, whatever is asked for
        self.delay = 0.0  # seconds before each answer
        self.drip = False  # a byte at a time, for ever
        self.short = 0  # bytes that are announced and not sent
        self.calls: List[Call] = []
        self._numbers = itertools.count(1)

    # What it knows

    def channel(self, name: str, number: Any = 0, **changes: Any) -> Dict[str, Any]:
        """Add a channel; a number such as "5.1" is a text in the real one, 5 a number."""
        row = {
            "uuid": self._uuid(),
            "enabled": True,
            "name": name,
            "number": number,
            "epgauto": True,
            "epggrab": [],
            "services": [],
            "tags": [],
        }
        self.channels.append(row)
        self.save_channel(row, **changes)
        return row

    def source(self, xmltv_id: str, *channels: Dict[str, Any], **changes: Any) -> Dict[str, Any]:
        """Add a channel of an EPG grabber, linked to channels."""
        row = {
            "uuid": self._uuid(),
            "enabled": True,
            "modid": "/usr/bin/tv_grab_gracenote2epg",
            "module": "XMLTV: USA/Canada (Gracenote)",
            "path": "/usr/bin/tv_grab_gracenote2epg",
            "updated": 1789257600,
            "id": xmltv_id,
            "name": xmltv_id,
            "names": "",
            "number": 0,
            "channels": [],
        }
        self.sources.append(row)
        for channel in channels:
            self.link(row, channel)
        self.save_source(row, **changes)
        return row

    def module(
        self,
        title: str,
        enabled: bool = True,
        path: str = "",
        guide: Optional[Callable[[], str]] = None,
    ) -> Dict[str, Any]:
        """Add a module; only those with a program or a socket have a path. guide: makes what its
        program prints."""
        status = "epggrabmodEnabled" if enabled else "epggrabmodNone"
        self.modules.append({"uuid": self._uuid(), "title": title, "status": status})
        self.fields[self.modules[-1]["uuid"]] = {"priority": 3, **({"path": path} if path else {})}
        if guide:
            self.guides[path] = guide
        return self.modules[-1]

    def event(
        self, channel: Dict[str, Any], start: int, stop: int, title: str, link: str = ""
    ) -> Dict[str, Any]:
        row = {"eventId": next(self._numbers), "start": start, "stop": stop, "title": title}
        row.update(channelUuid=channel["uuid"], channelName=channel["name"])
        self.events.append({**row, "episodeUri": link} if link else row)
        return row

    # What its user does

    def enable(self, module: Dict[str, Any]) -> None:
        module["status"] = "epggrabmodEnabled"

    def save_channel(self, channel: Dict[str, Any], **changes: Any) -> None:
        """Saving a channel looks for its sources."""
        channel.update(changes)
        for source in self.sources:
            if self._fits(source, channel):
                self.link(source, channel)

    def save_source(self, source: Dict[str, Any], **changes: Any) -> None:
        """Disabling a source drops its links, enabling it looks for its channels."""
        was_enabled = source["enabled"]
        source.update(changes)
        for channel in self.channels:
            if not source["enabled"]:
                self.unlink(source, channel)
            elif not was_enabled and self._fits(source, channel):
                self.link(source, channel)

    def link(self, source: Dict[str, Any], channel: Dict[str, Any]) -> None:
        if channel["uuid"] not in source["channels"]:
            source["channels"].append(channel["uuid"])
            channel["epggrab"].append(source["uuid"])

    def unlink(self, source: Dict[str, Any], channel: Dict[str, Any]) -> None:
        if channel["uuid"] in source["channels"]:
            source["channels"].remove(channel["uuid"])
            channel["epggrab"].remove(source["uuid"])

    def grab(self, times: int = 1) -> None:
        """'Re-run Internal EPG Grabbers': the programs of the enabled modules."""
        for module in self.modules * times:
            path = self.fields[module["uuid"]].get("path", "")
            text = self.guides[path]() if path in self.guides else ""
            if text and module["status"] == "epggrabmodEnabled":
                self.receive(path, text, module["title"].partition(": ")[2])

    def receive(self, modid: str, text: str, name: str = "XMLTV") -> None:
        """One document: programmes of channels that are not linked are dropped, and what changed is
        linked at its end. Sources are never removed."""
        tv = ElementTree.fromstring(text)
        sources = {row["id"]: row for row in self.sources if row["modid"] == modid}
        changed = []
        for node in tv.iter("channel"):
            key = str(node.get("id")).replace("/", "#")
            if key not in sources:
                sources[key] = self.source(key, modid=modid, path=modid, module=name)
            names = [str(row.text) for row in node.iter("display-name")]
            number = 0.0
            if self.first_word:
                split = [re.fullmatch(r"(?:(\d+(?:\.\d+)?)(?: |$))?(.*)", text) for text in names]
                number = next((row.group(1) for row in split[::-1] if row and row.group(1)), 0)
                names = [row.group(2) for row in split if row and row.group(2)]
            new = {"name": names[0], "names": ",".join(names), "number": number}
            if any(sources[key][field] != value for field, value in new.items()):
                sources[key].update(new)
                changed.append(sources[key])
        for node in tv.iter("programme"):
            linked = sources[str(node.get("channel")).replace("/", "#")]["channels"]
            for channel in [row for row in self.channels if row["uuid"] in linked]:
                self._programme(channel, node, modid)
        for source in changed:
            fitting = [row for row in self.channels if self._fits(source, row)]
            for channel in fitting[:1]:
                self.link(source, channel)

    def _fits(self, source: Dict[str, Any], channel: Dict[str, Any]) -> bool:
        """Whether it links them by itself: by the whole name, or by the number."""
        if not (channel["enabled"] and channel["epgauto"] and source["enabled"]):
            return False
        if channel.get("epg_parent"):
            return False
        names = [name.casefold() for name in (source["name"], *source["names"].split(",")) if name]
        is_number = bool(source["number"]) and str(source["number"]) == str(channel["number"])
        return channel["name"].casefold() in names or is_number

    def _programme(self, channel: Dict[str, Any], node: Any, modid: str) -> None:
        """Only a module of higher priority replaces another's programmes."""
        start, stop = (moment(node.get(name)) for name in ("start", "stop"))
        there = [
            row
            for row in self.events
            if row["channelUuid"] == channel["uuid"] and row["start"] < stop and row["stop"] > start
        ]
        others = {self.owners.get(row["eventId"], "") for row in there} - {modid}
        if any(self._priority(other) >= self._priority(modid) for other in others):
            return
        self.events = [row for row in self.events if row not in there]
        progid = node.findtext("episode-num[@system='dd_progid']")
        link = f"ddprogid://{modid}/{progid}" if progid else ""
        row = self.event(channel, start, stop, node.findtext("title"), link)
        self.owners[row["eventId"]] = modid

    def _priority(self, modid: str) -> int:
        fields = (row for row in self.fields.values() if row.get("path") == modid)
        return int(next(fields, {"priority": 0})["priority"])  # 0: of a module that is gone

    def _uuid(self) -> str:
        return hashlib.md5(f"{next(self._numbers)}".encode()).hexdigest()

    # What it answers

    def answer(self, call: str, params: Dict[str, str]) -> Optional[Dict[str, Any]]:
        """The data of a call; None = there is no such call."""
        if call == "serverinfo":
            return {"sw_version": self.version, "api_version": 19, "name": "Tvheadend"}
        if call == "epggrab/module/list":
            return {"entries": self.modules}
        if call == "idnode/load":
            known, wanted = self.fields[params["uuid"]], params["list"].split(",")
            fields = [{"id": name, "value": known[name]} for name in wanted if name in known]
            return {"entries": [{"uuid": params["uuid"], "params": fields}]}
        if call == "epg/events/grid":
            channel = params.get("channel", "")
            rows = [
                row
                for row in self.events
                if not channel or channel in (row["channelUuid"], row["channelName"])
            ]
            rows.sort(key=lambda row: row["start"])
            return {"entries": self._part(rows, params), "totalCount": len(rows)}
        shows_all = self.admin and params.get("all") == "1"
        seen = [row for row in self.channels if row["enabled"] or shows_all]
        rows = {"channel/grid": seen, "epggrab/channel/grid": self.sources}.get(call)
        return None if rows is None else {"entries": self._part(rows, params), "total": len(rows)}

    def _part(self, rows: List[Any], params: Dict[str, str]) -> List[Any]:
        start, limit = int(params.get("start", 0)), int(params.get("limit", 50))
        return rows[start : start + min(limit, self.most)]

    def refusal(self, call: str, user: Optional[str]) -> int:
        """0 = the call is allowed. user: who has proved to be one; "" = nobody; None = a lie."""
        if self.auth == "none":
            return 0
        if user == "":
            return 401
        if user is None or (call in ADMINS and not self.admin):
            return 403
        return 0


def _digest(own: TvhStandIn, given: Dict[str, str]) -> str:
    def hashed(*parts: str) -> str:
        kind = {"": "md5", "MD5": "md5", "SHA-256": "sha256"}[given.get("algorithm", "")]
        return hashlib.new(kind, ":".join(parts).encode()).hexdigest()

    middle: Tuple[str, ...] = tuple(given[name] for name in ("nonce", "nc", "cnonce", "qop"))
    secret = hashed(own.user, REALM, own.password)
    return hashed(secret, *middle, hashed("GET", given["uri"]))
