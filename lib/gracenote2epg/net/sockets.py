"""Connections that another thread can end.

A thread that waits in a socket does not notice a stop. Shutting down its socket wakes it, so each
connection leaves a duplicate of its socket here (the TLS layer takes the original away). The same
registry ends requests that take too long in total. Connecting is done in short steps, because a
shutdown does not end it on every system.
"""

import contextlib
import errno
import selectors
import socket
import threading
from typing import Any, Dict, Iterable, Iterator, Optional, Set, Tuple

from ..clock import SYSTEM, Clock

STEP = 0.2  # seconds; how soon connecting notices a stop
REQUEST_LIMIT = 120.0  # seconds for one request in total


class SocketRegistry:
    """The open sockets. ``stop()`` ends them all, for good; several threads call this class."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self.stopped = threading.Event()
        self._open: Set[socket.socket] = set()
        self._requests: Dict[int, Tuple[socket.socket, float]] = {}  # by thread; with its deadline
        self._unread: Set[socket.socket] = set()  # connections closed before their body was read
        self._lock = threading.Lock()

    def stop(self) -> None:
        """End all connections, now and in future."""
        self.stopped.set()
        with self._lock:
            for duplicate in self._open:
                shut_down(duplicate)

    def cut_overdue(self) -> None:
        """End the requests that have taken longer than REQUEST_LIMIT."""
        now = self.clock.monotonic()
        with self._lock:
            for duplicate, deadline in self._requests.values():
                if now > deadline:
                    shut_down(duplicate)

    def request_sent(self, duplicate: Optional[socket.socket]) -> None:
        """This thread is sending a request on this connection; its time starts now."""
        if duplicate is not None:
            self.request_done()
            deadline = self.clock.monotonic() + REQUEST_LIMIT
            with self._lock:
                self._requests[threading.get_ident()] = (duplicate, deadline)

    def request_done(self) -> None:
        """This thread's request is over."""
        with self._lock:
            duplicate, _ = self._requests.pop(threading.get_ident(), (None, 0.0))
        if duplicate in self._unread:
            self.remove(duplicate)

    @contextlib.contextmanager
    def within(self, seconds: float, stop: threading.Event) -> Iterator[None]:
        """End the connections if the block takes longer than ``seconds``, or ``stop`` is set."""
        done, deadline = threading.Event(), self.clock.monotonic() + seconds

        def watch() -> None:
            while not self.clock.watch(done, 0.1):
                if stop.is_set() or self.clock.monotonic() > deadline:
                    self.stop()
                    return

        watcher = threading.Thread(target=watch, name="fetch")
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
            self.request_done()

    def add(self, sock: socket.socket) -> socket.socket:
        """Register a connection; return the duplicate of its socket, for the other methods."""
        duplicate = sock.dup()
        with self._lock:
            self._open.add(duplicate)
            if self.stopped.is_set():
                shut_down(duplicate)
        return duplicate

    def remove(self, duplicate: socket.socket) -> None:
        """Forget a closed connection. If its end ends the response (HTTP/1.0, Connection: close),
        the body is still unread: then the duplicate is removed when the request is done."""
        with self._lock:
            if any(other is duplicate for other, _ in self._requests.values()):
                self._unread.add(duplicate)
                return
            self._open.discard(duplicate)
            self._unread.discard(duplicate)
        duplicate.close()

    def connect(
        self, host: str, port: int, timeout: float, options: Iterable[Tuple[Any, ...]]
    ) -> socket.socket:
        """Return a connected socket. Raises OSError; TimeoutError after ``timeout`` seconds for
        each address."""
        last_error: Optional[OSError] = None
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        ):
            sock = None
            try:
                sock = socket.socket(family, kind, protocol)  # not every kernel has every family
                for option in options:
                    sock.setsockopt(*option)
                self._connect(sock, address, self.clock.monotonic() + timeout)
                sock.settimeout(timeout)
                return sock
            except OSError as error:
                if sock:
                    sock.close()
                last_error = error
        raise last_error or OSError(f"{host} has no address")

    def _connect(self, sock: socket.socket, address: Any, deadline: float) -> None:
        """Connect the socket. deadline: on the monotonic clock. Raises OSError."""
        sock.setblocking(False)
        code = sock.connect_ex(address)
        if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN):
            raise OSError(code, errno.errorcode.get(code, "connect"))
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_WRITE)
            while not selector.select(STEP):
                if self.stopped.is_set():
                    raise ConnectionAbortedError("stopped")
                if self.clock.monotonic() > deadline:
                    raise socket.timeout("timed out")
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, errno.errorcode.get(code, "connect"))


def shut_down(sock: socket.socket) -> None:
    """End both directions, which wakes every thread that waits in the socket."""
    with contextlib.suppress(OSError):  # the other side was first
        sock.shutdown(socket.SHUT_RDWR)
