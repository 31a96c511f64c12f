"""A small web server for the routes that it is given: its connections and threads."""

import contextlib
import logging
import os
import selectors
import socket
import threading
import zlib
from http.server import ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, Dict, Iterable, Mapping, Set

from ..clock import SYSTEM, Clock
from .http_handler import Action, Handler, Route, Site
from .sockets import shut_down

log = logging.getLogger(__name__)

MAX_CLIENTS = 8  # connections at once; the next waits for a place
PLACE_TRIES = 15  # of 0.1 s each, in which none comes free: then it gets 503 and Retry-After
MAX_STREAMS = 6  # of these may read the guide, however slowly; the rest is for the page
CLIENT_TIMEOUT = 5.0  # seconds for a client to send its request, or to take a chunk
SLOW_AFTER = 1.0  # seconds after which a client without a request gives way to a new one
HOME_DOMAINS = ("", "local", "lan", "home", "home.arpa", "internal", "localdomain", "fritz.box")

_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 14\r\n\r\nToo many now.\n"
)


class WebServer:
    """Serves ``routes`` (path → a callable that makes the response) until it is closed.

    names: Host names to accept, beside addresses, localhost and this machine's names (as such and
    in the domains that home routers give). public: the paths that answer to any name. linked: those
    that another site's link may open. actions: what a POST does, by path. Binds the port at once
    (raises OSError when it is taken) and serves it from ``start`` on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        routes: Mapping[str, Route],
        names: Iterable[str] = (),
        clock: Clock = SYSTEM,
        public: Iterable[str] = (),
        linked: Iterable[str] = ("/",),
        actions: Mapping[str, Action] = MappingProxyType({}),
    ) -> None:
        label = socket.gethostname().split(".")[0]
        machine_names = [f"{label}.{domain}".rstrip(".") for domain in HOME_DOMAINS]
        accepted = (socket.gethostname(), *machine_names, "localhost", *names)
        names = {name.lower() for name in accepted}
        site = Site(routes, names, frozenset(public), frozenset(linked), actions)
        self._listener = _Listener((host, port), site, clock)
        self._closing_end, self._waking_end = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    def replace(self, routes: Mapping[str, Route], actions: Mapping[str, Action]) -> None:
        """Serve these routes and actions from now on; requests in progress get the former ones."""
        self._listener.site = self._listener.site._replace(routes=routes, actions=actions)

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
        tries = 0  # to find a place for the client that waits
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._waking_end, selectors.EVENT_READ)
            while self._waking_end not in ready:
                timeout = CLIENT_TIMEOUT if self._listener.has_clients else None
                ready = [key.fileobj for key, _ in selector.select(timeout)]
                self._listener.drop_slow(CLIENT_TIMEOUT)
                if self._listener not in ready:
                    continue
                tries = tries + 1 if self._listener.is_full else 0
                if tries:
                    self._listener.wait_for_place()
                if not self._listener.is_full or tries > PLACE_TRIES:
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

    def __init__(self, address: Any, site: Site, clock: Clock) -> None:
        self.site, self._clock = site, clock
        self.streams = threading.Semaphore(MAX_STREAMS)
        self._refused: Set[str] = set()  # the foreign names that were logged
        self._clients: Dict[socket.socket, threading.Thread] = {}
        self._asking_since: Dict[socket.socket, float] = {}  # clients that have sent no request yet
        self._guard = threading.Condition()  # notified when a client has left
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Handler)

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

    @property
    def is_full(self) -> bool:
        return len(self._clients) >= MAX_CLIENTS

    def wait_for_place(self) -> None:
        """For a moment: browsers keep up to six connections open that they do not need."""
        self.drop_slow(SLOW_AFTER)
        with self._guard:
            if self.is_full:
                self._guard.wait(0.1)

    def request_begins(self, client: socket.socket) -> None:
        with self._guard:
            self._asking_since[client] = self._clock.monotonic()

    def request_received(self, client: socket.socket) -> None:
        with self._guard:
            self._asking_since.pop(client, None)

    def refuse_name(self, name: str) -> None:
        """Log once that a client calls this machine by a foreign name, and what allows it."""
        if name not in self._refused and len(self._refused) < MAX_CLIENTS:
            self._refused.add(name)
            log.warning("web: refused the name %.80r; monitoring_names can allow it", name)

    def drop_slow(self, seconds: float) -> None:
        """Disconnect clients that have taken longer to send a request."""
        now = self._clock.monotonic()
        with self._guard:
            slow = [client for client, since in self._asking_since.items() if now - since > seconds]
            for client in slow:
                shut_down(client)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve the client in a thread of its own, or answer that there are too many."""
        request.settimeout(CLIENT_TIMEOUT)
        thread = threading.Thread(
            target=self._serve, args=(request, client_address), name="web client", daemon=True
        )
        with self._guard:
            if not self.is_full:
                thread.start()  # first: it fails where the system has no more threads
                self._clients[request] = thread
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
        except Exception:  # a bug, which the log has without secrets; the others are served
            log.exception("web: a bug")
        finally:
            self.shutdown_request(request)
            with self._guard:
                self._clients.pop(request, None)
                self._asking_since.pop(request, None)
                self._guard.notify()

    def end(self) -> None:
        """Disconnect all clients, wait for their threads and free the port."""
        with self._guard:
            clients = dict(self._clients)
        for client in clients:
            shut_down(client)
        for thread in clients.values():
            thread.join(CLIENT_TIMEOUT)
        self.server_close()
