"""What keeps us from a server."""

import socket
import ssl
from typing import Iterator, Optional

import requests

# What keeps us from the source, of UNREACHABLE; "" = something else.
NO_NAME, REFUSED, TLS, PROXY = "no name", "connection refused", "tls", "proxy"


def cause_of(error: BaseException) -> str:
    """By the kind of the causes, the outermost first: their words differ between systems."""
    kinds = (
        (requests.exceptions.ProxyError, PROXY),
        (socket.gaierror, NO_NAME),
        (ssl.SSLError, TLS),
        (ConnectionRefusedError, REFUSED),
    )
    found = (name for cause in causes(error) for kind, name in kinds if isinstance(cause, kind))
    return next(found, "")


def causes(error: BaseException) -> Iterator[BaseException]:
    cause: Optional[BaseException] = error
    while cause:
        yield cause
        cause = cause.__cause__ or cause.__context__
