"""A small web server that serves the callables it is given, and knows nothing else.

It reads only: every method but GET and HEAD is refused, and so is a Host name that is not ours, so
that no foreign page in the user's browser can read the statistics through a name of its own.
"""

import contextlib
import email.utils
import ipaddress
import logging
import os
import re
import selectors
import socket
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    Mapping,
    NamedTuple,
    Optional,
    Set,
    Union,
)

from ..clock import SYSTEM, Clock
from ..util.sanitize import parse_http_date

log = logging.getLogger(__name__)


MAX_CLIENTS = 8  # connections at once; the next is told to come back
PATIENCE = 5.0  # seconds that a client may take to ask, or to take in a piece of the answer
SLOW = 1.0  # seconds after which one that has not asked yet gives way to a newcomer
PIECE = 1 << 16  # bytes

_HOST = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::\d*)?")
_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
)
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 14\r\n\r\nToo many now.\n"
)


class Text(NamedTuple):
    """An answer made for this request. policy: the Content-Security-Policy of a page."""

    body: bytes
    type: str
    policy: str = "default-src 'none'"
    status: int = 200


class File(NamedTuple):
    """An answer that is a file, streamed; it may be replaced meanwhile."""

    path: str
    type: str


Answer = Union[Text, File]
Route = Callable[[], Answer]


class WebServer:
    """Serves ``routes`` (path → a callable that makes the answer) until it is closed.

    names: Host names that are ours beside addresses, localhost and this machine's. Raises OSError
    when the port is taken: it is bound here, and served from ``start`` on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        routes: Mapping[str, Route],
        names: Iterable[str] = (),
        clock: Clock = SYSTEM,
    ) -> None:
        own = (socket.gethostname(), f"{socket.gethostname()}.local", "localhost")
        known = {name.lower() for name in (*own, *names)}
        self._listener = _Listener((host, port), routes, known, clock)
        self._bell, self._ear = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End every connection and every thread."""
        if self._thread.is_alive():
            self._bell.send(b"!")
            self._thread.join(PATIENCE)
        self._listener.end()
        self._bell.close()
        self._ear.close()

    def _serve(self) -> None:
        """Until the bell rings. Unlike serve_forever this wakes for callers only: the page may be
        there for weeks in a Kodi that sleeps."""
        ready: Any = ()
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._listener, selectors.EVENT_READ)
            waiting.register(self._ear, selectors.EVENT_READ)
            while self._ear not in ready:
                patience = PATIENCE if self._listener.has_clients else None
                ready = [key.fileobj for key, _ in waiting.select(patience)]
                self._listener.drop_slow(PATIENCE)
                if self._listener in ready:
                    self._listener.handle_request()

    def __enter__(self) -> "WebServer":
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True  # joined by hand, in ``end``: every Python here does it another way
    block_on_close = False
    request_queue_size = 32
    timeout = 0  # seconds for a caller who has gone again
    allow_reuse_address = os.name != "nt"  # on Windows that would share the port

    def __init__(
        self, address: Any, routes: Mapping[str, Route], names: Set[str], clock: Clock
    ) -> None:
        self.routes, self.names, self._clock = routes, names, clock
        self._clients: Dict[socket.socket, threading.Thread] = {}
        self._asking: Dict[socket.socket, float] = {}  # since when; not those that have asked
        self._guard = threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Without the base class's look-up of our own name, which can take seconds."""
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, int(self.allow_reuse_address)
        )
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "gracenote2epg", self.server_address[1]

    @property
    def has_clients(self) -> bool:
        return bool(self._clients)

    def asking(self, request: socket.socket, asked: bool) -> None:
        """A client begins to ask, or has asked."""
        with self._guard:
            if asked:
                self._asking.pop(request, None)
            else:
                self._asking[request] = self._clock.monotonic()

    def drop_slow(self, seconds: float) -> int:
        """Hang up on those who have been asking for longer, byte by byte or not at all; return how
        many are about to go."""
        now = self._clock.monotonic()
        with self._guard:
            slow = [one for one, since in self._asking.items() if now - since > seconds]
            for request in slow:
                _hang_up(request)
        return len(slow)

    def process_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(PATIENCE)
        going = self.drop_slow(SLOW) if len(self._clients) >= MAX_CLIENTS else 0
        thread = threading.Thread(
            target=self._serve, args=(request, client_address), name="web client", daemon=True
        )
        with self._guard:
            free = len(self._clients) - going < MAX_CLIENTS
            if free:
                self._clients[request] = thread
        if free:
            thread.start()
            return
        with contextlib.suppress(OSError):
            request.setblocking(False)
            request.send(_BUSY)
        self.shutdown_request(request)

    def _serve(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except (OSError, zlib.error) as error:  # the client went, or took too long; a broken file
            log.debug("web: %s", error)
        finally:
            self.shutdown_request(request)
            with self._guard:
                self._clients.pop(request, None)
                self._asking.pop(request, None)

    def end(self) -> None:
        with self._guard:
            clients = dict(self._clients)
        for request in clients:
            _hang_up(request)
        for thread in clients.values():
            thread.join(PATIENCE)
        self.server_close()


def _hang_up(request: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side was first
        request.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "gracenote2epg", ""
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # any method that is not ours
            return self._not_allowed
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        log.debug("web: " + format, *args)

    def handle_one_request(self) -> None:
        self.server.asking(self.connection, asked=False)
        super().handle_one_request()

    def parse_request(self) -> bool:
        well = super().parse_request()
        self.server.asking(self.connection, asked=True)
        return well

    def send_error(
        self, code: int, message: Optional[str] = None, explain: Optional[str] = None
    ) -> None:
        """What is no request gets a line like all refusals, and nothing of its own back."""
        self.close_connection = True
        self.request_version = self.protocol_version  # it may not be known, and a head is due
        self._send_text(_refusal(code, "That is no request."))

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        route = self.server.routes.get(self.path.split("?")[0])
        if not self._is_ours():
            answer: Answer = _refusal(403, "This name is not this machine's.")
        elif route is None:
            answer = _refusal(404, "There is nothing here.")
        else:
            answer = route()
        if isinstance(answer, Text):
            self._send_text(answer)
        else:
            self._send_file(answer)

    def _is_ours(self) -> bool:
        """An address cannot be rebound to ours by a stranger's name server; a name can."""
        host = _HOST.fullmatch(self.headers.get("Host", ""))
        name = (host.group(1) or host.group(2)) if host else ""
        if name.lower() in self.server.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _not_allowed(self) -> None:
        self.close_connection = True  # there may be a body that nobody reads
        self._send_text(_refusal(405, "Only GET and HEAD."), Allow="GET, HEAD")

    def _head(self, status: int, headers: Mapping[str, str], policy: str) -> None:
        self.send_response(status)
        for name, value in (*_HEADERS, ("Content-Security-Policy", policy), *headers.items()):
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _send_text(self, text: Text, **more: str) -> None:
        length = str(len(text.body))
        headers = {"Content-Type": text.type, "Content-Length": length, "Cache-Control": "no-store"}
        self._head(text.status, {**headers, **more}, text.policy)
        if self.command != "HEAD":
            self.wfile.write(text.body)

    def _send_file(self, answer: File) -> None:
        try:
            file = open(answer.path, "rb")  # noqa: SIM115 (closed below)
        except OSError:
            self._send_text(_refusal(404, "There is no guide yet."))
            return
        with file:
            self._stream(file, os.fstat(file.fileno()), answer)

    def _stream(self, file: Any, known: os.stat_result, answer: File) -> None:
        stored_packed = answer.path.endswith(".gz")
        packed = "gzip" in self.headers.get("Accept-Encoding", "")
        tag = f'"{known.st_mtime_ns:x}-{known.st_size:x}{"-gz" if packed else ""}"'
        modified = email.utils.formatdate(known.st_mtime, usegmt=True)
        headers = {"ETag": tag, "Last-Modified": modified, "Vary": "Accept-Encoding"}
        headers["Cache-Control"] = "no-cache"  # ask each time whether there is a newer one
        if self._has_it(tag, known.st_mtime):
            self._head(304, headers, "default-src 'none'")
            return
        headers["Content-Type"] = answer.type
        if packed:
            headers["Content-Encoding"] = "gzip"
        as_it_is = packed == stored_packed
        if as_it_is:
            headers["Content-Length"] = str(known.st_size)
        elif self.request_version >= "HTTP/1.1":
            headers["Transfer-Encoding"] = "chunked"
        else:
            self.close_connection = True
        self._head(200, headers, "default-src 'none'")
        if self.command == "HEAD":
            return
        pieces = iter(lambda: file.read(PIECE), b"")
        if as_it_is:
            for piece in pieces:
                self.wfile.write(piece)
            return
        turned = _packed(pieces) if packed else _unpacked(pieces)
        self._send_pieces(turned, chunked="Transfer-Encoding" in headers)

    def _send_pieces(self, pieces: Iterable[bytes], chunked: bool) -> None:
        for piece in pieces:
            if piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _has_it(self, tag: str, modified: float) -> bool:
        if "If-None-Match" in self.headers:
            named = [part.strip() for part in self.headers["If-None-Match"].split(",")]
            return tag in named or f"W/{tag}" in named or "*" in named
        since = parse_http_date(self.headers.get("If-Modified-Since", ""))
        return since is not None and int(modified) <= since


def _refusal(status: int, text: str) -> Text:
    return Text(f"{text}\n".encode(), "text/plain; charset=utf-8", status=status)


def _packed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def _unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for piece in pieces:
        yield unpacker.decompress(piece)
    if not unpacker.eof:  # without a word the client would take what there was for the whole
        raise zlib.error("the file is cut")
