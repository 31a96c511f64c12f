"""HTTP sessions over such sockets, and bodies of a bounded size."""

import os
import socket
import zlib
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Optional, Tuple

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from ..util.sanitize import parse_int
from .sockets import Wire

PIECE = 1 << 16  # bytes


class TooLarge(Exception):
    """A body has more bytes, as sent or unpacked, than whoever asked can use."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most >> 20} MB")


class BrokenOff(OSError):
    """A body ended before its end. Neither requests nor old urllib3 looks whether it did."""


class _Response(HTTPResponse):
    def _read_next_chunk_size(self) -> int:
        """Not a negative one, for which http.client reads all that ever comes."""
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]
        if size < 0:
            raise ValueError
        return size


class _OnTheWire:
    """What both kinds of connection do differently: how they connect, and that they tell."""

    response_class = _Response
    wire: Wire
    _copy: Optional[socket.socket] = None

    def _new_conn(self) -> socket.socket:
        this: Any = self
        try:
            sock = self.wire.connect(
                this._dns_host, this.port, this.timeout, this.socket_options or ()
            )
        except socket.timeout as error:
            raise ConnectTimeoutError(self, f"connecting to {this.host} timed out") from error
        except (OSError, UnicodeError) as error:  # the latter of a name that cannot be one
            raise NewConnectionError(this, str(error)) from error
        self._copy = self.wire.keep(sock)
        self.wire.asked(self._copy)
        return sock

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        self.wire.asked(self._copy)
        super().putrequest(*args, **kwargs)  # type: ignore[misc]

    def close(self) -> None:
        super().close()  # type: ignore[misc]
        copy, self._copy = self._copy, None
        if copy is not None:
            self.wire.forget(copy)


class WireAdapter(HTTPAdapter):
    """requests' transport, over connections that ``wire`` knows; at most ``size`` are kept open."""

    def __init__(self, wire: Wire, size: int) -> None:
        plain = type("Plain", (_OnTheWire, HTTPConnection), {"wire": wire})
        secure = type("Secure", (_OnTheWire, HTTPSConnection), {"wire": wire})
        self._pools = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
        super().__init__(pool_connections=2, pool_maxsize=size)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not str(proxy).lower().startswith("socks"):  # those have connections of their own kind
            manager.pool_classes_by_scheme = self._pools
        return manager

    def close(self) -> None:
        """End the connections now: urllib3 leaves that to the collection of garbage, and an error
        that somebody holds, its frames with it, puts it off.
        """
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            keys = manager.pools.keys()  # it is no dictionary, and not to be iterated over
            for pool in map(manager.pools.get, keys):
                if pool is not None:
                    pool.close()
        super().close()


class Session(requests.Session):
    """requests' session over connections that ``wire`` knows; it keeps to what it is asked.

    It follows no redirection, which could lead what we send to strangers, keeps no cookie, reads no
    .netrc, and looks at every certificate. size: connections that are kept open.
    """

    def __init__(self, wire: Wire, size: int) -> None:
        super().__init__()
        self.trust_env = False  # .netrc; the proxies are for those to set who know the address
        self.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        adapter = WireAdapter(wire, size)
        for scheme in ("https://", "http://"):
            self.mount(scheme, adapter)

    def get_redirect_target(self, resp: Any) -> None:
        """None, wherever it leads: requests would read the whole body, without end if need be."""


def body(response: requests.Response, most: int) -> Tuple[bytes, int]:
    """The body, unpacked, and its size as sent. most: bytes of either.

    Raises TooLarge and BrokenOff, zlib.error, and what reading a connection raises.
    """
    parts, size = [], 0
    for part in iter(lambda: response.raw.read(PIECE, decode_content=False), b""):
        parts.append(part)
        size += len(part)
        if size > most:
            raise TooLarge(most)
    said = parse_int(response.headers.get("Content-Length"))
    if said is not None and said != size:
        raise BrokenOff(f"the answer broke off after {size} of {said} bytes")
    packed = response.headers.get("Content-Encoding", "").lower()
    found = b"".join(parts)
    return (_unpacked(found, most) if packed in _PACKED else found), size


_PACKED = ("gzip", "x-gzip", "deflate")


def _unpacked(found: bytes, most: int) -> bytes:
    if not found:
        return found
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by its first bytes
    plain = unpacker.decompress(found, most)
    if unpacker.unconsumed_tail:
        raise TooLarge(most)
    if not unpacker.eof:
        raise BrokenOff("the answer's gzip stream broke off")
    return plain
