"""A client for the user's own HTTP servers: small responses, bounded in time and size.

Not for the source of the listings, which needs a pace: that is ``gracenote.client``.
"""

import contextlib
import re
import threading
from typing import Any, Iterator, List, Mapping, NamedTuple, Optional

import requests
from requests.auth import HTTPDigestAuth, _basic_auth_str

from ..clock import SYSTEM, Clock
from ..errors import Stopped
from .errors import CONNECT_TIMEOUT, FAILURES, describe
from .session import Session, body_chunks, read_body
from .sockets import SocketRegistry

MAX_BYTES = 16 << 20  # of one body
_DIGESTS = ("", "MD5", "SHA", "SHA-256", "SHA-512")  # the algorithms that requests can do


class RequestFailed(Exception):
    """There is no response; ``str()`` says why, but not the address, which may hold a password."""


class Response(NamedTuple):
    """A response with its whole body, unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class StreamedResponse(NamedTuple):
    """A response whose body is read in pieces, as sent."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class HttpClient:
    """A client of one server, over one connection that is kept open. It follows no redirect, which
    could send credentials elsewhere.

    stop: ends a request that hangs, with Stopped. timeout: seconds without a byte.
    total_timeout: seconds for a whole response.
    """

    def __init__(
        self,
        username: str = "",
        password: str = "",
        stop: Optional[threading.Event] = None,
        timeout: float = 10.0,
        total_timeout: float = 30.0,
        clock: Clock = SYSTEM,
    ) -> None:
        self.username = username
        self._timeout, self._total_timeout = timeout, total_timeout
        self._stop = stop or threading.Event()
        self._sockets = SocketRegistry(clock)
        self._session = Session(self._sockets, 1)
        if username:
            self._session.auth = _DigestOrBasicAuth(username, password)

    def __enter__(self) -> "HttpClient":
        return self

    def __exit__(self, *exc: object) -> None:
        self._session.close()

    def get(self, url: str, params: Mapping[str, str]) -> Response:
        """Send one GET request. Raises RequestFailed and Stopped."""
        with self._open("GET", url, params=params) as response:
            body = response._content  # already read by _DigestOrBasicAuth
            if not isinstance(body, bytes):
                body, _ = read_body(response, MAX_BYTES)
        return Response(response.status_code, response.headers, body)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send one POST request; return the status. Raises as ``get``."""
        with self._open("POST", url, data=body, headers=headers) as response:
            return response.status_code

    @contextlib.contextmanager
    def stream(self, url: str, max_bytes: int) -> Iterator[StreamedResponse]:
        """Send one GET request, for a body that is too large for memory. Raises as ``get``, also
        while the chunks are read."""
        with self._open("GET", url) as response:
            chunks = body_chunks(response, max_bytes)
            yield StreamedResponse(response.status_code, response.headers, chunks)

    @contextlib.contextmanager
    def _open(
        self, method: str, url: str, headers: Mapping[str, str] = {}, **content: Any
    ) -> Iterator[requests.Response]:
        try:
            with self._sockets.within(self._total_timeout, self._stop):
                self._session.proxies = dict(requests.utils.get_environ_proxies(url))
                response = self._session.request(
                    method,
                    url,
                    headers={"Accept-Encoding": "identity", **headers},
                    timeout=(CONNECT_TIMEOUT, self._timeout),
                    allow_redirects=False,
                    stream=True,
                    **content,
                )
                with contextlib.closing(response):
                    yield response
            if not self._sockets.stopped.is_set():  # else the body may be cut, but look whole
                return
            reason = ""
        except FAILURES as error:
            reason = describe(error, self._timeout, "its answer is not HTTP")
        if self._stop.is_set():
            raise Stopped()
        if self._sockets.stopped.is_set():
            reason = f"the answer takes longer than {self._total_timeout:.0f} s"
        raise RequestFailed(reason)


class _DigestOrBasicAuth(HTTPDigestAuth):
    """Authenticates as the server asks: digest if possible, else basic."""

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password)
        self._basic_header = _basic_auth_str(username.encode(), password.encode())
        self._use_basic = False

    def __call__(self, r: Any) -> Any:
        r = super().__call__(r)  # type: ignore[no-untyped-call]
        if self._use_basic:
            r.headers["Authorization"] = self._basic_header
        return r

    def handle_401(self, r: Any, **kwargs: Any) -> Any:
        if r.status_code == 401:  # requests would read its whole body, of any length
            r._content, _ = read_body(r, MAX_BYTES)
        challenges: List[str] = r.raw.headers.getlist("WWW-Authenticate")
        digests = [text for text in challenges if _digest_algorithm(text) in _DIGESTS]
        if r.status_code != 401 or digests:
            if digests:
                r.headers["WWW-Authenticate"] = digests[0]
            return super().handle_401(r, **kwargs)  # type: ignore[no-untyped-call]
        if self._use_basic or not any(text.lower().startswith("basic") for text in challenges):
            return r
        self._use_basic = True
        r.close()
        request = r.request.copy()
        request.headers["Authorization"] = self._basic_header
        return r.connection.send(request, **kwargs)


def _digest_algorithm(challenge: str) -> Optional[str]:
    """The algorithm that a digest challenge names, or ""; None for a challenge of another kind."""
    if not challenge.lower().startswith("digest "):
        return None
    match = re.search(r'algorithm="?([\w-]+)', challenge, re.IGNORECASE)
    return match.group(1).upper() if match else ""
