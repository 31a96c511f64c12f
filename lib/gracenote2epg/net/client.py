"""Small answers over HTTP from servers of the user's own, bounded in time and size.

Not for the source of the listings: ``gracenote`` paces itself, and these servers are asked once.
"""

import contextlib
import os
import re
import ssl
import threading
import zlib
from typing import Any, Iterator, List, Mapping, NamedTuple, Optional

import requests
import urllib3
from requests.auth import HTTPDigestAuth, _basic_auth_str

from ..clock import SYSTEM, Clock
from ..errors import Stopped
from .session import BrokenOff, Session, TooLarge, body
from .sockets import Wire

CONNECT_TIMEOUT = 3.0  # seconds
MAX_BYTES = 16 << 20  # bytes of one answer
_DIGESTS = ("", "MD5", "SHA", "SHA-256", "SHA-512")  # that requests can do


class RequestFailed(Exception):
    """No answer; ``str()`` says why in words, without the address: it may hold a password."""


class Response(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpClient:
    """Asks one server, over one connection that is kept open. Follows no redirection: it could
    lead credentials astray.

    stop: ends what hangs; Stopped is raised then. timeout: seconds without a byte.
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
        self.username, self._timeout, self._total_timeout, self._clock = (
            username,
            timeout,
            total_timeout,
            clock,
        )
        self._stop = stop or threading.Event()
        self._wire = Wire(clock)
        self._session = Session(self._wire, 1)
        if username:
            self._session.auth = _DigestOrBasicAuth(username, password)

    def __enter__(self) -> "HttpClient":
        return self

    def __exit__(self, *exc: object) -> None:
        self._session.close()

    def get(
        self, url: str, params: Optional[Mapping[str, str]] = None, max_bytes: int = MAX_BYTES
    ) -> Response:
        """Send one GET request. Raises RequestFailed and Stopped."""
        try:
            with self._watched():
                self._session.proxies = dict(requests.utils.get_environ_proxies(url))
                response = self._session.get(
                    url,
                    params=params,
                    headers={"Accept-Encoding": "identity"},
                    timeout=(CONNECT_TIMEOUT, self._timeout),
                    allow_redirects=False,
                    stream=True,
                )
                with contextlib.closing(response):
                    read = response._content  # by _AsAsked
                    found = read if isinstance(read, bytes) else body(response, max_bytes)[0]
                    answer = Response(response.status_code, response.headers, found)
            if not self._wire.stopped.is_set():  # what was cut may look whole
                return answer
            why = ""
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            TooLarge,
            zlib.error,
        ) as error:
            why = _in_words(error, self._timeout)
        if self._stop.is_set():
            raise Stopped()
        late = f"the answer takes longer than {self._total_timeout:.0f} s"
        raise RequestFailed(late if self._wire.stopped.is_set() else why)

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """End the request when it takes too long in all, or the user stops the run."""
        done, due = threading.Event(), self._clock.monotonic() + self._total_timeout

        def watch() -> None:
            while not self._clock.watch(done, 0.1):
                if self._stop.is_set() or self._clock.monotonic() > due:
                    self._wire.stop()
                    return

        watcher = threading.Thread(target=watch, name="fetch")
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join(CONNECT_TIMEOUT)
            self._wire.answered()


class _DigestOrBasicAuth(HTTPDigestAuth):
    """Proves who we are in the way that the server names: digest where it can, else basic."""

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password)
        self._plain = _basic_auth_str(username.encode(), password.encode())
        self._basic = False

    def __call__(self, r: Any) -> Any:
        r = super().__call__(r)  # type: ignore[no-untyped-call]
        if self._basic:
            r.headers["Authorization"] = self._plain
        return r

    def handle_401(self, r: Any, **kwargs: Any) -> Any:
        if r.status_code == 401:  # requests would read it whole, however long it is
            r._content, _ = body(r, MAX_BYTES)
        challenges: List[str] = r.raw.headers.getlist("WWW-Authenticate")
        digests = [one for one in challenges if _algorithm(one) in _DIGESTS]
        if r.status_code != 401 or digests:
            if digests:
                r.headers["WWW-Authenticate"] = digests[0]
            return super().handle_401(r, **kwargs)  # type: ignore[no-untyped-call]
        if self._basic or not any(one.lower().startswith("basic") for one in challenges):
            return r
        self._basic = True
        r.close()
        again = r.request.copy()
        again.headers["Authorization"] = self._plain
        return r.connection.send(again, **kwargs)


def _algorithm(challenge: str) -> Optional[str]:
    """Of a digest challenge; None = it is none."""
    if not challenge.lower().startswith("digest "):
        return None
    found = re.search(r'algorithm="?([\w-]+)', challenge, re.IGNORECASE)
    return found.group(1).upper() if found else ""


def _in_words(error: BaseException, timeout: float) -> str:
    """What the innermost cause means; its own words only where they hold no address."""
    cause = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__  # type: ignore[assignment]
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {CONNECT_TIMEOUT:.0f} s"
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(cause):
        return f"no answer within {timeout:.0f} s"
    if isinstance(error, (BrokenOff, zlib.error)) or "IncompleteRead" in str(error):
        return "the answer broke off"
    if isinstance(error, TooLarge):
        return str(error)
    if isinstance(cause, ssl.SSLError):
        return f"TLS: {getattr(cause, 'verify_message', '') or cause.reason}"
    if isinstance(cause, OSError) and cause.errno:
        return os.strerror(cause.errno) if cause.errno > 0 else str(cause.strerror)
    if isinstance(cause, (requests.exceptions.InvalidURL, UnicodeError)):
        return "that is no address"
    return "it does not answer in HTTP"
