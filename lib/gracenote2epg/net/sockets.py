"""Connections that can be ended from outside, and answers of a bounded size.

A thread that waits in a socket hears nothing of our wish to stop. What wakes it is the shutdown of
its socket, so each connection leaves a duplicate of its socket here from the first packet on (the
TLS layer takes the original away). The same list ends a request that drips for longer than it may.
Connecting itself is done in short steps, because not every system lets a shutdown end it.
"""

import contextlib
import errno
import selectors
import socket
import threading
from typing import Any, Dict, Iterable, Optional, Set, Tuple

from ..clock import SYSTEM, Clock

STEP = 0.2  # seconds; how soon a connection in the making notices the stop
LIMIT = 120.0  # seconds that one request may take in all


class Wire:
    """The open sockets. ``stop()`` ends them all, for good; several threads call this class."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self.stopped = threading.Event()
        self._open: Set[socket.socket] = set()
        self._due: Dict[int, Tuple[socket.socket, float]] = {}  # thread → its request's socket
        self._closed: Set[socket.socket] = set()  # connections closed before their body's end
        self._lock = threading.Lock()

    def stop(self) -> None:
        self.stopped.set()
        with self._lock:
            for copy in self._open:
                _shut(copy)

    def cut_overdue(self) -> None:
        """End the requests that have taken longer than LIMIT."""
        now = self.clock.monotonic()
        with self._lock:
            for copy, due in self._due.values():
                if now > due:
                    _shut(copy)

    def asked(self, copy: Optional[socket.socket]) -> None:
        """This thread's request goes out on this connection."""
        if copy is not None:
            self.answered()
            with self._lock:
                self._due[threading.get_ident()] = (copy, self.clock.monotonic() + LIMIT)

    def answered(self) -> None:
        """This thread's request is over."""
        with self._lock:
            copy, _ = self._due.pop(threading.get_ident(), (None, 0.0))
        if copy in self._closed:
            self.forget(copy)

    def keep(self, sock: socket.socket) -> socket.socket:
        copy = sock.dup()
        with self._lock:
            self._open.add(copy)
            if self.stopped.is_set():
                _shut(copy)
        return copy

    def forget(self, copy: socket.socket) -> None:
        """The connection is closed. Of an answer that ends with its connection (HTTP/1.0, or
        Connection: close) the body is still to be read then: its copy goes when that is over.
        """
        with self._lock:
            if any(own is copy for own, _ in self._due.values()):
                self._closed.add(copy)
                return
            self._open.discard(copy)
            self._closed.discard(copy)
        copy.close()

    def connect(
        self, host: str, port: int, timeout: float, options: Iterable[Tuple[Any, ...]]
    ) -> socket.socket:
        """Return a connected socket; raises OSError, TimeoutError after ``timeout`` seconds
        each.
        """
        problem: Optional[OSError] = None
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
                problem = error
        raise problem or OSError(f"{host} has no address")

    def _connect(self, sock: socket.socket, address: Any, due: float) -> None:
        sock.setblocking(False)
        code = sock.connect_ex(address)
        if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN):
            raise OSError(code, errno.errorcode.get(code, "connect"))
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_WRITE)
            while not selector.select(STEP):
                if self.stopped.is_set():
                    raise ConnectionAbortedError("stopped")
                if self.clock.monotonic() > due:
                    raise socket.timeout("timed out")
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, errno.errorcode.get(code, "connect"))


def _shut(copy: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side was first
        copy.shutdown(socket.SHUT_RDWR)
