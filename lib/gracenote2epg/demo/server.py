"""The loopback server: connections, threads, and an end to all of them."""

import socket
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..clock import SYSTEM
from .endpoints import Service, read
from .fault_rules import Seen
from .faults import Faults
from .request_log import Counts, Logged, Tally, Visit
from .responses import http_date
from .transmission import Delivery, client_left
from .world import World

PATIENCE = 5.0  # seconds for a thread whose connection is shut down


class DemoServer:
    """Answers as the service does, on 127.0.0.1. The port is bound by the constructor.

        with DemoServer(World()) as server:
            server.url, server.faults, server.counts, server.log

    tls: (certificate file, key file). clock: what the log and the walls of
    ``faults`` measure time by.
    ``close`` ends every request and joins every thread, within a fraction of a second.
    """

    def __init__(
        self,
        world: Optional[World] = None,
        *,
        port: int = 0,
        tls: Optional[Tuple[str, str]] = None,
        clock: Callable[[], float] = SYSTEM.monotonic,
    ) -> None:
        self.world = world or World()
        self.faults = Faults(clock)
        self._tally = Tally()
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
        service = Service(self.world, self.faults)
        self._listener = _Listener(port, service, self.faults, self._tally, context)
        self.port: int = self._listener.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.02,), name="demo-server", daemon=True
        )

    @property
    def counts(self) -> Counts:
        return self._tally.counts()

    @property
    def log(self) -> List[Logged]:
        """The requests in order of arrival."""
        return self._tally.log()

    def reset_counts(self) -> None:
        """Begin counts and log anew; requests that are open now still count as open."""
        self._tally.reset()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End everything; calling it again, or before ``start``, does no harm."""
        self.faults.close()
        self._listener.closing.set()
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join(PATIENCE)
        self._listener.end_connections()
        self._listener.server_close()

    def __enter__(self) -> "DemoServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Listener(ThreadingHTTPServer):
    """Accepts; each connection has a thread, in which also the TLS handshake takes place."""

    request_queue_size = 256  # a burst of connections must not wait for retransmissions

    def __init__(
        self,
        port: int,
        service: Service,
        faults: Faults,
        tally: Tally,
        context: Optional[ssl.SSLContext],
    ) -> None:
        self.service, self.faults, self.tally = service, faults, tally
        self.closing = threading.Event()
        self._context = context
        self._lock = threading.Lock()
        self._connections: Dict[threading.Thread, socket.socket] = {}
        self._conversations: List[threading.Thread] = []  # those that may still be alive
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Bind without looking up this machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        self.tally.connected()
        serve = self.faults.connected()
        thread = threading.Thread(
            target=self._converse, args=(request, client_address, serve), daemon=True
        )
        with self._lock:
            self._connections[thread] = request
        thread.start()
        self._conversations = [one for one in self._conversations if one.is_alive()] + [thread]

    def _converse(self, request: socket.socket, client_address: Any, serve: bool) -> None:
        try:
            with suppress(OSError):  # of the client, or of our own closing: both just end here
                if not serve:
                    stay_mute(request)
                    return
                if self._context:
                    request = self._secure(self._context, request)
                self.finish_request(request, client_address)
        finally:
            with self._lock:
                self._connections.pop(threading.current_thread()).close()

    def _secure(self, context: ssl.SSLContext, request: socket.socket) -> ssl.SSLSocket:
        """Return the socket after the handshake; ``close`` can end it at any moment."""
        with self._lock:
            secure = context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
            self._connections[threading.current_thread()] = secure
        secure.do_handshake()
        return secure

    def end_connections(self) -> None:
        """Shut down every connection, whatever it is doing, and join its thread."""
        with self._lock:
            for request in self._connections.values():
                with suppress(OSError):  # already closed by the client
                    socket.socket.shutdown(request, socket.SHUT_RDWR)  # not SSL's, which reads
        for thread in self._conversations:
            thread.join(PATIENCE)


def stay_mute(request: socket.socket) -> None:
    """Never answer, not even a handshake; return when the client or the server closes."""
    while request.recv(65536):
        pass


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, asks ``service`` and ``faults``, delivers."""

    server: _Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: this server's log is ``DemoServer.log``."""

    def do_GET(self) -> None:
        """Answer a request of any method; which are known, service.read decides."""
        length = self.headers.get("Content-Length") or ""
        form = self.rfile.read(int(length)) if length.isdigit() else b""
        request = read(self.command, self.path, self.headers, form)
        faults, now = self.server.faults, self.server.service.now
        visit = Visit(faults.clock(), request.endpoint, request.params)
        open_now = self.server.tally.arrived(visit)
        try:
            seen = Seen(request.endpoint, request.params, visit.at, open_now, now)
            act = faults.judge(seen)
            self.server.closing.wait(faults.delay(request.endpoint))
            faults.detain(seen, self._abandoned)
            if self.server.closing.is_set() or self._abandoned():
                self.close_connection = True
                return
            answer = act.answer or self.server.service.answer(request)
            delivery = Delivery(
                self.connection,
                self.wfile.write,
                http_date(now),
                lambda status: self._done(visit, status),
            )
            if not delivery.run(answer, act):
                self.close_connection = True
        finally:
            self.server.tally.left(visit)

    do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET

    def _abandoned(self) -> bool:
        return client_left(self.connection, 0)

    def _done(self, visit: Visit, status: int) -> None:
        self.server.tally.sending(visit, status)
        self.server.tally.left(visit)
