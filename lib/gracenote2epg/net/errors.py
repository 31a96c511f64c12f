"""What keeps us from a server."""

import socket
import ssl
from typing import Iterator, Optional

import requests

# What keeps us from the source, of UNREACHABLE; "" = something else.
NO_NAME, NOBODY, TLS, PROXY = "no name", "nobody", "tls", "proxy"


def kind_of_trouble(error: BaseException) -> str:
    """By the kind of the causes, the outermost first: their words differ between systems."""
    kinds = (
        (requests.exceptions.ProxyError, PROXY),
        (socket.gaierror, NO_NAME),
        (ssl.SSLError, TLS),
        (ConnectionRefusedError, NOBODY),
    )
    found = (name for cause in causes(error) for kind, name in kinds if isinstance(cause, kind))
    return next(found, "")


def causes(error: BaseException) -> Iterator[BaseException]:
    cause: Optional[BaseException] = error
    while cause:
        yield cause
        cause = cause.__cause__ or cause.__context__
