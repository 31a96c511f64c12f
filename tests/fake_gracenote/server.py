"""The fake server: the demo's, with faults, a log, TLS, and an end to all its threads."""

import functools
import socket
import ssl
import threading
from contextlib import suppress
from typing import Any, Callable, Dict, List, Optional, Tuple

from gracenote2epg.clock import SYSTEM
from gracenote2epg.demo import server
from gracenote2epg.demo.endpoints import Request

from .endpoints import Endpoints
from .fault_rules import Arrival
from .faults import Faults
from .request_log import Counts, LoggedRequest, RequestLog
from .responses import http_date
from .transmission import client_left, send
from .world import World

JOIN_TIMEOUT = 5.0  # seconds for a thread whose connection is shut down


class FakeGracenote:
    """Answers as the service does, on 127.0.0.1. The port is bound by the constructor.

        with FakeGracenote(World()) as server:
            server.url, server.faults, server.counts, server.log

    tls: (certificate file, key file). clock: the time of the log and of the limits of ``faults``.
    ``close`` ends every request and joins every thread, within a fraction of a second.
    """

    def __init__(
        self,
        world: Optional[World] = None,
        *,
        tls: Optional[Tuple[str, str]] = None,
        clock: Callable[[], float] = SYSTEM.monotonic,
    ) -> None:
        self.world = world or World()
        self.faults = Faults(clock)
        self._requests = RequestLog()
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
        endpoints = Endpoints(self.world, self.faults)
        self._listener = _Listener(endpoints, self.faults, self._requests, context)
        self.port: int = self._listener.server_port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.02,), name="fake-gracenote", daemon=True
        )

    @property
    def counts(self) -> Counts:
        return self._requests.counts()

    @property
    def log(self) -> List[LoggedRequest]:
        return self._requests.log()

    def reset_counts(self) -> None:
        """Clear counts and log; requests that are open now still count as open."""
        self._requests.reset()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End everything; harmless before ``start`` and when called again."""
        self.faults.close()
        self._listener.closing.set()
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join(JOIN_TIMEOUT)
        self._listener.end_connections()
        self._listener.server_close()

    def __enter__(self) -> "FakeGracenote":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Listener(server.Listener):
    """Each connection has a thread, in which also the TLS handshake takes place."""

    def __init__(
        self,
        endpoints: Endpoints,
        faults: Faults,
        log: RequestLog,
        context: Optional[ssl.SSLContext],
    ) -> None:
        self.endpoints, self.faults, self.log = endpoints, faults, log
        self._context = context
        self._lock = threading.Lock()
        self._connections: Dict[threading.Thread, socket.socket] = {}
        self._serving: List[threading.Thread] = []  # those that may still be alive
        super().__init__(_Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.log.connected()
        serve = self.faults.connected()
        thread = threading.Thread(
            target=self._converse, args=(request, client_address, serve), daemon=True
        )
        with self._lock:
            self._connections[thread] = request
        thread.start()
        self._serving = [thread for thread in self._serving if thread.is_alive()] + [thread]

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
        """Shut down every connection and join its thread."""
        with self._lock:
            for request in self._connections.values():
                with suppress(OSError):  # already closed by the client
                    socket.socket.shutdown(request, socket.SHUT_RDWR)  # not SSL's, which reads
        for thread in self._serving:
            thread.join(JOIN_TIMEOUT)


def stay_mute(request: socket.socket) -> None:
    """Never answer, not even a handshake; return when the client or the server closes."""
    while request.recv(65536):
        pass


class _Handler(server.Handler):
    """One connection: applies the faults to its requests."""

    server: _Listener
    do_POST = do_PUT = do_DELETE = do_OPTIONS = server.Handler.do_GET

    def respond(self, request: Request) -> None:
        faults, log, now = self.server.faults, self.server.log, self.server.endpoints.world.now
        entry = LoggedRequest(faults.clock(), request.endpoint, request.params)
        open_now = log.arrived(entry)
        try:
            arrival = Arrival(request.endpoint, request.params, entry.at, open_now, now)
            act = faults.decide(arrival)
            self.server.closing.wait(faults.latency)
            faults.wait_released(arrival, self._abandoned)
            if self.server.closing.is_set() or self._abandoned():
                self.close_connection = True
                return
            answer = act.answer or self.server.endpoints.answer(request)
            write, date = self.wfile.write, http_date(now)
            if not send(
                self.connection, write, date, answer, act, functools.partial(log.sending, entry)
            ):
                self.close_connection = True
        finally:
            log.left(entry)

    def _abandoned(self) -> bool:
        return client_left(self.connection, 0)
