"""A small read-only web server for the routes that it is given.

Methods other than GET and HEAD are refused, and so are foreign Host names: a web page in the user's
browser could otherwise read the statistics through a name of its own (DNS rebinding).
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

MAX_CLIENTS = 8  # connections at once; the next gets 503 and Retry-After
CLIENT_TIMEOUT = 5.0  # seconds for a client to send its request, or to take a chunk
SLOW_AFTER = 1.0  # seconds after which a client without a request gives way to a new one
CHUNK_SIZE = 1 << 16  # bytes

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
    """A response made for this request. policy: the Content-Security-Policy."""

    body: bytes
    type: str
    policy: str = "default-src 'none'"
    status: int = 200


class File(NamedTuple):
    """A response that is a file, streamed; the file may be replaced meanwhile."""

    path: str
    type: str


Answer = Union[Text, File]
Route = Callable[[], Answer]


class WebServer:
    """Serves ``routes`` (path → a callable that makes the response) until it is closed.

    names: Host names to accept, beside addresses, localhost and this machine's names. Binds the
    port at once (raises OSError when it is taken) and serves it from ``start`` on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        routes: Mapping[str, Route],
        names: Iterable[str] = (),
        clock: Clock = SYSTEM,
    ) -> None:
        machine_names = (socket.gethostname(), f"{socket.gethostname()}.local", "localhost")
        accepted = {name.lower() for name in (*machine_names, *names)}
        self._listener = _Listener((host, port), routes, accepted, clock)
        self._closing_end, self._waking_end = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End every connection and every thread."""
        if self._thread.is_alive():
            self._closing_end.send(b"!")
            self._thread.join(CLIENT_TIMEOUT)
        self._listener.end()
        self._closing_end.close()
        self._waking_end.close()

    def _serve(self) -> None:
        """Unlike serve_forever, wake for clients only: an idle Kodi may serve pages for weeks."""
        ready: Any = ()
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._waking_end, selectors.EVENT_READ)
            while self._waking_end not in ready:
                timeout = CLIENT_TIMEOUT if self._listener.has_clients else None
                ready = [key.fileobj for key, _ in selector.select(timeout)]
                self._listener.drop_slow(CLIENT_TIMEOUT)
                if self._listener in ready:
                    self._listener.handle_request()

    def __enter__(self) -> "WebServer":
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True  # joined in ``end``: versions of Python differ in how they do it
    block_on_close = False
    request_queue_size = 32
    timeout = 0  # seconds; do not wait for a client that has gone again
    allow_reuse_address = os.name != "nt"  # on Windows that would share the port

    def __init__(
        self, address: Any, routes: Mapping[str, Route], names: Set[str], clock: Clock
    ) -> None:
        self.routes, self.names, self._clock = routes, names, clock
        self._clients: Dict[socket.socket, threading.Thread] = {}
        self._asking_since: Dict[socket.socket, float] = {}  # clients that have sent no request yet
        self._guard = threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """As in the base class, without looking up this machine's name, which can take seconds."""
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, int(self.allow_reuse_address)
        )
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "gracenote2epg", self.server_address[1]

    @property
    def has_clients(self) -> bool:
        return bool(self._clients)

    def request_begins(self, client: socket.socket) -> None:
        with self._guard:
            self._asking_since[client] = self._clock.monotonic()

    def request_received(self, client: socket.socket) -> None:
        with self._guard:
            self._asking_since.pop(client, None)

    def drop_slow(self, seconds: float) -> int:
        """Disconnect clients that have taken longer to send a request; return how many."""
        now = self._clock.monotonic()
        with self._guard:
            slow = [client for client, since in self._asking_since.items() if now - since > seconds]
            for client in slow:
                _shut_down(client)
        return len(slow)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve the client in a thread of its own, or answer that there are too many."""
        request.settimeout(CLIENT_TIMEOUT)
        dropped = self.drop_slow(SLOW_AFTER) if len(self._clients) >= MAX_CLIENTS else 0
        thread = threading.Thread(
            target=self._serve, args=(request, client_address), name="web client", daemon=True
        )
        with self._guard:
            has_room = len(self._clients) - dropped < MAX_CLIENTS
            if has_room:
                self._clients[request] = thread
        if has_room:
            thread.start()
            return
        with contextlib.suppress(OSError):
            request.setblocking(False)
            request.send(_BUSY)
        self.shutdown_request(request)

    def _serve(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except (OSError, zlib.error) as error:  # a client that left or is slow; a broken file
            log.debug("web: %s", error)
        finally:
            self.shutdown_request(request)
            with self._guard:
                self._clients.pop(request, None)
                self._asking_since.pop(request, None)

    def end(self) -> None:
        """Disconnect all clients, wait for their threads and free the port."""
        with self._guard:
            clients = dict(self._clients)
        for client in clients:
            _shut_down(client)
        for thread in clients.values():
            thread.join(CLIENT_TIMEOUT)
        self.server_close()


def _shut_down(client: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side was first
        client.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "gracenote2epg", ""
    disable_nagle_algorithm = True
    wbufsize = -1  # send headers and body together

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # any method other than GET and HEAD
            return self._not_allowed
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        log.debug("web: " + format, *args)

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
        self._send_text(_refusal(code, "That is no request."))

    def do_GET(self) -> None:
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

    do_HEAD = do_GET

    def _is_ours(self) -> bool:
        """Whether the Host header is an accepted name or an IP address, which nobody can rebind."""
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
        self.close_connection = True  # it may have a body, which is not read
        self._send_text(_refusal(405, "Only GET and HEAD."), Allow="GET, HEAD")

    def _head(self, status: int, headers: Mapping[str, str], policy: str) -> None:
        self.send_response(status)
        for name, value in (*_HEADERS, ("Content-Security-Policy", policy), *headers.items()):
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _send_text(self, text: Text, **more_headers: str) -> None:
        length = str(len(text.body))
        headers = {"Content-Type": text.type, "Content-Length": length, "Cache-Control": "no-store"}
        self._head(text.status, {**headers, **more_headers}, text.policy)
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

    def _stream(self, file: Any, stat: os.stat_result, answer: File) -> None:
        stored_packed = answer.path.endswith(".gz")
        packed = "gzip" in self.headers.get("Accept-Encoding", "")
        tag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}{"-gz" if packed else ""}"'
        modified = email.utils.formatdate(stat.st_mtime, usegmt=True)
        headers = {"ETag": tag, "Last-Modified": modified, "Vary": "Accept-Encoding"}
        headers["Cache-Control"] = "no-cache"  # revalidate each time
        if self._is_current(tag, stat.st_mtime):
            self._head(304, headers, "default-src 'none'")
            return
        headers["Content-Type"] = answer.type
        if packed:
            headers["Content-Encoding"] = "gzip"
        as_stored = packed == stored_packed
        if as_stored:
            headers["Content-Length"] = str(stat.st_size)
        elif self.request_version >= "HTTP/1.1":
            headers["Transfer-Encoding"] = "chunked"
        else:
            self.close_connection = True
        self._head(200, headers, "default-src 'none'")
        if self.command == "HEAD":
            return
        chunks: Iterable[bytes] = iter(lambda: file.read(CHUNK_SIZE), b"")
        if not as_stored:
            chunks = _pack(chunks) if packed else _unpack(chunks)
        self._send_chunks(chunks, chunked="Transfer-Encoding" in headers)

    def _send_chunks(self, chunks: Iterable[bytes], chunked: bool) -> None:
        for chunk in chunks:
            if chunk:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _is_current(self, tag: str, modified: float) -> bool:
        """Whether the client has this version. modified: seconds since the epoch."""
        if "If-None-Match" in self.headers:
            tags = [part.strip() for part in self.headers["If-None-Match"].split(",")]
            return tag in tags or f"W/{tag}" in tags or "*" in tags
        since = parse_http_date(self.headers.get("If-Modified-Since", ""))
        return since is not None and int(modified) <= since


def _refusal(status: int, text: str) -> Text:
    return Text(f"{text}\n".encode(), "text/plain; charset=utf-8", status=status)


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
