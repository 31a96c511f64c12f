"""Kodi's JSON-RPC over TCP, a connection for each call."""

import json
import socket
from typing import Any, Optional

HOST = "127.0.0.1"


class RpcError(Exception):
    """Kodi refused the call, or gave no answer in time."""


def call(port: int, method: str, params: Optional[Any] = None, timeout: float = 20.0) -> Any:
    """Return the call's result. Raises RpcError, and OSError where nobody listens."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    with socket.create_connection((HOST, port), timeout) as connection:
        connection.sendall(json.dumps(request).encode())
        answer = _answer(connection)
    if "error" in answer:
        raise RpcError(f"{method} {params}: {answer['error']}")
    return answer["result"]


def _answer(connection: socket.socket) -> Any:
    """Read to the answer; what comes before it are notifications, which every client gets."""
    decoder = json.JSONDecoder()
    received = b""
    while True:
        try:
            found, end = decoder.raw_decode(received.decode())
        except ValueError:  # not all of it is here
            more = connection.recv(1 << 20)
            if not more:
                raise RpcError("Kodi closed the connection") from None
            received += more
            continue
        if found.get("id") == 1:
            return found
        received = received.decode()[end:].encode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
