"""Network failures: their causes, and descriptions for people."""

import os
import socket
import ssl
import zlib
from http.client import RemoteDisconnected
from typing import Iterator, Optional

import requests
import urllib3

from ..util.sanitize import one_line
from . import NO_NAME, PROXY, REFUSED, TLS

CONNECT_TIMEOUT = 3.0  # seconds
_CAUSES = (
    (requests.exceptions.ProxyError, PROXY),
    (socket.gaierror, NO_NAME),
    (ssl.SSLError, TLS),
    (ConnectionRefusedError, REFUSED),
)


class TooLarge(Exception):
    """A body has more bytes, as sent or unpacked, than the caller accepts."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"more than {max_bytes >> 20} MB")


class BrokenOff(OSError):
    """A body ended too early. Neither requests nor old urllib3 checks that."""


# What sending a request and reading its response may raise.
FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, TooLarge, zlib.error)


def cause_of(error: BaseException) -> str:
    """NO_NAME, REFUSED, TLS or PROXY; "" = another cause.

    Judged by the types of the chained exceptions, the outermost first: their messages differ
    between systems.
    """
    names = (name for cause in _chain(error) for kind, name in _CAUSES if isinstance(cause, kind))
    return next(names, "")


def is_timeout(error: BaseException) -> bool:
    """Whether a connection was made, but no byte came in time."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return False
    timed_out = any("timed out" in str(cause).lower() for cause in _chain(error))
    return timed_out or isinstance(error, requests.exceptions.Timeout)


def describe(error: BaseException, timeout: float, otherwise: str = "") -> str:
    """Describe a network failure without its address, which may contain a password.

    timeout: seconds without a byte. otherwise: the text for an unknown cause; "" = the
    exception's own message.
    """
    *_, cause = _chain(error)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {CONNECT_TIMEOUT:.0f} s"
    if is_timeout(error):
        return f"no answer within {timeout:.0f} s"
    if isinstance(cause, (BrokenOff, TooLarge)):
        return str(cause)
    if isinstance(cause, zlib.error) or "IncompleteRead" in f"{error} {cause}":
        return "the answer broke off"
    if isinstance(cause, RemoteDisconnected):
        return "it closed the connection"
    if isinstance(cause, ssl.SSLError):
        reason = getattr(cause, "verify_message", "") or getattr(cause, "reason", "")
        return f"TLS: {reason or 'the server does not answer with it'}"
    if isinstance(cause, OSError) and cause.errno:
        return os.strerror(cause.errno) if cause.errno > 0 else str(cause.strerror)
    if isinstance(error, requests.exceptions.InvalidURL) or isinstance(cause, UnicodeError):
        return "the address is invalid"
    message = " ".join(str(cause).split()) or type(cause).__name__
    return otherwise or one_line(message)[:120]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then what caused it, and so on."""
    cause: Optional[BaseException] = error
    while cause:
        yield cause
        cause = cause.__cause__ or cause.__context__
