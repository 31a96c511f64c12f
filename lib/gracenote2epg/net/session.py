"""HTTP sessions over registered sockets, and bodies of a bounded size."""

import os
import socket
import zlib
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Iterator, Optional, Tuple

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from ..util.sanitize import parse_int
from .errors import BrokenOff, TooLarge
from .sockets import SocketRegistry

CHUNK_SIZE = 1 << 16  # bytes
_PACKED = ("gzip", "x-gzip", "deflate")
_GZIP = b"\x1f\x8b"  # its first bytes


class _Response(HTTPResponse):
    def _read_next_chunk_size(self) -> int:
        """Refuse a negative size, for which http.client reads without end."""
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]
        if size < 0:
            raise ValueError
        return size


class _RegisteredConnection:
    """Mix-in for HTTP and HTTPS connections: they connect through the registry and report to it."""

    response_class = _Response
    sockets: SocketRegistry
    _duplicate: Optional[socket.socket] = None

    def _new_conn(self) -> socket.socket:
        this: Any = self
        try:
            sock = self.sockets.connect(
                this._dns_host, this.port, this.timeout, this.socket_options or ()
            )
        except socket.timeout as error:
            raise ConnectTimeoutError(self, f"connecting to {this.host} timed out") from error
        except (OSError, UnicodeError) as error:  # UnicodeError: an impossible host name
            raise NewConnectionError(this, str(error)) from error
        self._duplicate = self.sockets.add(sock)
        self.sockets.request_sent(self._duplicate)
        return sock

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        self.sockets.request_sent(self._duplicate)
        super().putrequest(*args, **kwargs)  # type: ignore[misc]

    def close(self) -> None:
        super().close()  # type: ignore[misc]
        duplicate, self._duplicate = self._duplicate, None
        if duplicate is not None:
            self.sockets.remove(duplicate)


class _RegisteredAdapter(HTTPAdapter):
    """requests' transport over registered connections, of which at most ``size`` are kept open."""

    def __init__(self, sockets: SocketRegistry, size: int) -> None:
        attributes = {"sockets": sockets}
        plain = type("Plain", (_RegisteredConnection, HTTPConnection), attributes)
        secure = type("Secure", (_RegisteredConnection, HTTPSConnection), attributes)
        self._pools = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
        super().__init__(pool_connections=2, pool_maxsize=size)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            return super().send(request, *args, **kwargs)
        except ValueError as error:
            if isinstance(error, requests.RequestException):
                raise
            # requests 2.25 lets a bare ValueError out for a proxy that is not an address.
            raise requests.exceptions.InvalidProxyURL(str(error), request=request) from error

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not str(proxy).lower().startswith("socks"):  # those have their own connections
            manager.pool_classes_by_scheme = self._pools
        return manager

    def close(self) -> None:
        """End the connections now. urllib3 leaves that to the garbage collector, which cannot free
        them as long as a caught error with its frames is kept."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            keys = manager.pools.keys()  # ``pools`` itself cannot be iterated over
            for pool in map(manager.pools.get, keys):
                if pool is not None:
                    pool.close()
        super().close()


class Session(requests.Session):
    """requests' session over registered connections, with nothing implicit.

    It follows no redirect (which could send data to strangers), keeps no cookies, reads no .netrc,
    and verifies every certificate. size: connections that are kept open.
    """

    def __init__(self, sockets: SocketRegistry, size: int) -> None:
        super().__init__()
        self.trust_env = False  # no .netrc; callers, who know the address, set the proxies
        self.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        adapter = _RegisteredAdapter(sockets, size)
        for scheme in ("https://", "http://"):
            self.mount(scheme, adapter)

    def get_redirect_target(self, resp: Any) -> None:
        """Always None: to follow a redirect, requests would read the whole body, however long."""


def read_body(response: requests.Response, max_bytes: int) -> Tuple[bytes, int]:
    """Return the body, unpacked, and its size as sent in bytes. max_bytes: limits both.

    Raises one of ``errors.FAILURES``.
    """
    chunks = list(body_chunks(response, max_bytes))
    body = b"".join(chunks)
    if response.headers.get("Content-Encoding", "").lower() in _PACKED:
        body = _unpack(body, max_bytes)
    return body, sum(map(len, chunks))


def body_chunks(response: requests.Response, max_bytes: int) -> Iterator[bytes]:
    """The body in pieces, as sent. Raises like ``read_body``."""
    size = 0
    for chunk in iter(lambda: response.raw.read(CHUNK_SIZE, decode_content=False), b""):
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge(max_bytes)
        yield chunk
    expected = parse_int(response.headers.get("Content-Length"))
    if expected is not None and expected != size:
        raise BrokenOff(f"the answer broke off after {size} of {expected} bytes")


def _unpack(packed: bytes, max_bytes: int) -> bytes:
    """The body of gzip, in one part or several, or of deflate."""
    body = b""
    while packed:
        is_zlib = packed[0] & 15 == 8 and int.from_bytes(packed[:2], "big") % 31 == 0
        is_known = is_zlib or packed.startswith(_GZIP)
        # Some servers send deflate without the header of zlib.
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32 if is_known else -zlib.MAX_WBITS)
        body += unpacker.decompress(packed, max_bytes - len(body) + 1)
        if len(body) > max_bytes:
            raise TooLarge(max_bytes)
        if not unpacker.eof:
            raise BrokenOff("the answer's gzip stream broke off")
        packed = unpacker.unused_data
        if not packed.startswith(_GZIP):  # padding
            break
    return body
