"""What a web server answers to one request: a text or a file, packed when the client takes it.

What changes something is a POST of JSON to a path that is declared as an action; every other method
is refused. So is what a foreign web page could ask for in the user's browser: names that are not
this machine's (DNS rebinding) and cross-site requests.
"""

import email.utils
import hashlib
import ipaddress
import json
import logging
import os
import re
import urllib.parse
import zlib
from http.server import BaseHTTPRequestHandler
from typing import (
    Any,
    BinaryIO,
    Callable,
    Collection,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Union,
)

from ..util.sanitize import parse_http_date

log = logging.getLogger(__name__)

CHUNK_SIZE = 1 << 16  # bytes
MAX_FIELDS = 20  # of a query
PACK_FROM = 1 << 10  # bytes; a shorter text is sent as it is
MAX_BODY = 1 << 18  # bytes of an action's JSON

_HOST = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::\d*)?")
_ORIGIN = re.compile(r"^https?://")
_QUERY = re.compile(r"\?\S*")  # it may hold a key, which no log has
_LENGTH = re.compile(r"\d{1,9}")  # int() refuses thousands of digits
_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Vary", "Accept-Encoding"),
    ("Cache-Control", "no-cache"),  # revalidate each time
)
_NO_POLICY = "default-src 'none'"
_INVALID = "This is not a valid request."
_FOREIGN_NAME = "This name is not this machine's. Allow it in monitoring_names."


class Text(NamedTuple):
    """A response made for this request. policy: the Content-Security-Policy. cookie: to set.
    save_as: the file name under which a browser saves it; "" = the browser shows it."""

    body: bytes
    type: str
    policy: str = _NO_POLICY
    status: int = 200
    cookie: str = ""
    save_as: str = ""


class File(NamedTuple):
    """A response that is a file, streamed; the file may be replaced meanwhile. as_gz: the answer is
    a .gz file, whatever encodings the client takes.
    """

    path: str
    type: str
    as_gz: bool = False


class BadQuery(ValueError):
    """The query or JSON of a request is wrong; the text says what it has to be."""


Answer = Union[Text, File]
Query = Mapping[str, str]  # the last value of each name
Route = Callable[[Query], Answer]
# Takes a JSON object, cookies, and the client's address.
Action = Callable[[Mapping[str, Any], Mapping[str, str], str], Text]


def texts(value: Any) -> List[str]:
    """A list of texts in JSON that anybody may have sent. Raises BadQuery."""
    if not isinstance(value, list) or not all(isinstance(row, str) for row in value):
        raise BadQuery("A list of strings is needed.")
    return value


class Site(NamedTuple):
    """What a server serves, and to which Host names.

    names: of this machine, lower case. public: paths that may be read under any name, since they
    hold no more than a guide: a compose service or a proxy has a name of its own. linked: paths
    that a link of another site, or of an app, may open. actions: what a POST does, by path.
    """

    routes: Mapping[str, Route]
    names: Collection[str]
    public: Collection[str]
    linked: Collection[str]
    actions: Mapping[str, Action]


class Handler(BaseHTTPRequestHandler):
    """The requests of one connection. The server has the ``site``, and counts its clients."""

    server: Any
    protocol_version = "HTTP/1.1"
    server_version = "gracenote2epg"
    disable_nagle_algorithm = True
    wbufsize = -1  # send headers and body together

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # any method other than GET, HEAD and POST
            return self._not_allowed
        raise AttributeError(name)

    def version_string(self) -> str:
        return self.server_version

    def log_message(self, format: str, *args: Any) -> None:
        log.debug("web: %s", _QUERY.sub("?...", format % args))

    def handle_one_request(self) -> None:
        self.server.request_begins(self.connection)
        super().handle_one_request()

    def parse_request(self) -> bool:
        is_valid = super().parse_request()
        self.server.request_received(self.connection)
        return is_valid

    def send_error(
        self, code: int, message: Optional[str] = None, explain: Optional[str] = None
    ) -> None:
        """Answer an invalid request, without repeating any of it."""
        self.close_connection = True
        self.request_version = self.protocol_version  # the request may have none
        self._send_text(_refusal(code, _INVALID))

    def do_GET(self) -> None:
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body is not read, nor taken for the next request
        if self.path in self.server.site.actions:
            self._not_allowed()
            return
        answer = self._answer()
        if isinstance(answer, Text):
            self._send_text(answer)
        else:
            self._send_file(answer)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """An action, asked for by a page of ours or by a program."""
        action = self.server.site.actions.get(self.path)
        if not action:
            self._not_allowed()
            return
        refusal = self._foreign_action()
        content = b"" if refusal else self._body()
        if refusal or content is None:
            self.close_connection = True  # the body is not read
            self._send_text(refusal or _refusal(400, _INVALID))
            return
        try:
            body = json.loads(content)
            json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            self._send_text(_refusal(400, "The body is not a JSON object."))
            return
        cookies = self.headers.get("Cookie", "").split(";")
        pairs = (cookie.strip().partition("=") for cookie in cookies)
        try:
            values = {name: value for name, _, value in pairs}
            answer = action(body, values, self.client_address[0])
        except BadQuery as error:
            answer = _refusal(400, str(error))
        self._send_text(answer)

    def _foreign_action(self) -> Optional[Text]:
        """Why the request may not change anything; None = it may. A browser says which page it is
        from, and lets no foreign page send JSON."""
        headers, hosts = self.headers, self.headers.get_all("Host", [])
        origin = headers.get("Origin")
        if len(hosts) != 1:
            return _refusal(400, _INVALID)
        if not self._is_ours():
            return _refusal(403, _FOREIGN_NAME)
        if headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none") or (
            origin is not None and _ORIGIN.sub("", origin.lower()) != hosts[0].lower()
        ):
            return _refusal(403, "Another site's page may not change anything.")
        if headers.get_content_type() != "application/json":
            return _refusal(415, "Only application/json.")
        length = ",".join(headers.get_all("Content-Length", []))
        if "Transfer-Encoding" in headers or not _LENGTH.fullmatch(length):
            return _refusal(411, "A Content-Length is needed.")
        if int(length) > MAX_BODY:
            return _refusal(413, f"At most {MAX_BODY >> 10} KB.")
        return None

    def _body(self) -> Optional[bytes]:
        """The request's body; None when the client has sent less."""
        self.server.request_begins(self.connection)
        length = int(self.headers["Content-Length"])
        content = self.rfile.read(length)
        self.server.request_received(self.connection)
        return content if len(content) == length else None

    def _answer(self) -> Answer:
        site: Site = self.server.site
        path, _, query = self.path.partition("?")
        if len(self.headers.get_all("Host", [])) > 1:
            return _refusal(400, _INVALID)
        if self.headers.get("Sec-Fetch-Site") == "cross-site" and not (
            self.headers.get("Sec-Fetch-Mode") == "navigate" and path in site.linked
        ):
            return _refusal(403, "Another site's page may not ask.")
        if path not in site.public and not self._is_ours():
            return _refusal(403, _FOREIGN_NAME)
        route = site.routes.get(path)
        if not route:
            return NOT_FOUND
        try:
            fields = dict(urllib.parse.parse_qsl(query, max_num_fields=MAX_FIELDS))
        except ValueError:
            return _refusal(400, _INVALID)
        try:
            return route(fields)
        except BadQuery as error:
            return _refusal(400, str(error))

    def _is_ours(self) -> bool:
        """Whether the Host header is an accepted name or an IP address, which nobody can rebind."""
        host = _HOST.fullmatch(self.headers.get("Host", ""))
        name = ((host.group(1) or host.group(2)) if host else "").lower()
        if name in self.server.site.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            self.server.refuse_name(name)
            return False
        return True

    def _not_allowed(self) -> None:
        self.close_connection = True  # it may have a body, which is not read
        if self.path in self.server.site.actions:
            self._send_text(_refusal(405, "Only POST."), Allow="POST")
        else:
            self._send_text(_refusal(405, "Only GET and HEAD."), Allow="GET, HEAD")

    def _head(self, status: int, headers: Mapping[str, str], policy: str = _NO_POLICY) -> None:
        self.send_response(status)
        for name, value in (*_HEADERS, ("Content-Security-Policy", policy), *headers.items()):
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _send_text(self, text: Text, **more_headers: str) -> None:
        headers = {"Content-Type": text.type, **more_headers}
        body = text.body
        if text.cookie:
            headers["Set-Cookie"] = text.cookie
        if text.save_as:
            headers["Content-Disposition"] = f'attachment; filename="{text.save_as}"'
        if text.status == 200 and self.command != "POST":
            headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
            if self._is_current(headers["ETag"], None):
                self._head(304, headers, text.policy)
                return
        if len(body) >= PACK_FROM and self._accepts_gzip():
            body = b"".join(_pack([body]))
            headers["Content-Encoding"] = "gzip"
        self._head(text.status, {**headers, "Content-Length": str(len(body))}, text.policy)
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_file(self, answer: File) -> None:
        if not self.server.streams.acquire(blocking=False):
            busy = _refusal(503, "Too many read the guide now.")
            self._send_text(busy, **{"Retry-After": "5"})
            return
        try:
            try:
                file = open(answer.path, "rb")  # noqa: SIM115 (closed below)
            except OSError:
                self._send_text(_refusal(404, "There is no guide yet."))
                return
            with file:
                self._stream(file, os.fstat(file.fileno()), answer)
        finally:
            self.server.streams.release()

    def _stream(self, file: BinaryIO, stat: os.stat_result, answer: File) -> None:
        stored_packed = answer.path.endswith(".gz")
        packed = answer.as_gz or self._accepts_gzip()
        headers: Dict[str, str] = {
            "ETag": f'"{stat.st_mtime_ns:x}-{stat.st_size:x}{"-gz" if packed else ""}"',
            "Last-Modified": email.utils.formatdate(stat.st_mtime, usegmt=True),
        }
        if self._is_current(headers["ETag"], stat.st_mtime):
            self._head(304, headers)
            return
        headers["Content-Type"] = answer.type
        if packed and not answer.as_gz:
            headers["Content-Encoding"] = "gzip"
        if packed == stored_packed:
            headers["Content-Length"] = str(stat.st_size)
        elif self.request_version >= "HTTP/1.1":
            headers["Transfer-Encoding"] = "chunked"
        else:
            self.close_connection = True
        self._head(200, headers)
        if self.command == "HEAD":
            return
        chunks: Iterable[bytes] = _read(file, stat.st_size)
        if packed != stored_packed:
            chunks = _pack(chunks) if packed else _unpack(chunks)
        self._send_chunks(chunks, chunked="Transfer-Encoding" in headers)

    def _send_chunks(self, chunks: Iterable[bytes], chunked: bool) -> None:
        for chunk in chunks:
            if chunk:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _accepts_gzip(self) -> bool:
        """By Accept-Encoding: gzip or * with a weight above 0 (RFC 9110, 12.5.3)."""
        weights: Dict[str, float] = {}
        for part in self.headers.get("Accept-Encoding", "").lower().split(","):
            coding, _, weight = part.replace(" ", "").partition(";q=")
            try:
                weights[coding] = float(weight or 1)
            except ValueError:
                weights[coding] = 0.0
        return weights.get("gzip", weights.get("*", 0.0)) > 0

    def _is_current(self, tag: str, modified: Optional[float]) -> bool:
        """Whether the client has this version. modified: seconds since the epoch."""
        if "If-None-Match" in self.headers:
            tags = [part.strip() for part in self.headers["If-None-Match"].split(",")]
            return tag in tags or f"W/{tag}" in tags or "*" in tags
        since = parse_http_date(self.headers.get("If-Modified-Since", ""))
        return since is not None and modified is not None and int(modified) <= since


def _refusal(status: int, text: str) -> Text:
    return Text(f"{text}\n".encode(), "text/plain; charset=utf-8", status=status)


NOT_FOUND = _refusal(404, "There is nothing here.")


def _read(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The file's first ``size`` bytes. Raises OSError when it has been shortened meanwhile."""
    while size:
        chunk = file.read(min(size, CHUNK_SIZE))
        if not chunk:
            raise OSError("the file was shortened while it was sent")
        size -= len(chunk)
        yield chunk


def _pack(chunks: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.flush()


def _unpack(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for chunk in chunks:
        yield unpacker.decompress(chunk)
    if not unpacker.eof:  # else the client would take a part for the whole
        raise zlib.error("the file is cut")
