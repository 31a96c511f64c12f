"""Kodi's JSON-RPC over TCP.

One connection for all calls: Kodi 20 crashes now and then when it announces something to a client
that is just leaving.
"""

import json
import socket
from typing import Any, Optional

HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds for an answer


class RpcError(Exception):
    """Kodi refused the call, or hung up."""


class Rpc:
    """Connects with the first call, and again when Kodi has hung up. For one thread."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: Optional[socket.socket] = None
        self._received = b""
        self._calls = 0

    def call(self, method: str, params: Optional[Any] = None) -> Any:
        """Return the call's result. Raises RpcError, and OSError where nobody listens."""
        self._calls += 1
        request = {"jsonrpc": "2.0", "id": self._calls, "method": method, "params": params or {}}
        try:
            if self._connection is None:
                self._connection = socket.create_connection((HOST, self._port), PATIENCE)
            self._connection.sendall(json.dumps(request).encode())
            answer = self._answer(self._connection)
        except (OSError, RpcError):
            self.close()
            raise
        if "error" in answer:
            raise RpcError(f"{method} {params}: {answer['error']}")
        return answer["result"]

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._received = None, b""

    def _answer(self, connection: socket.socket) -> Any:
        """Read to the answer; what comes before it are announcements, which every client gets."""
        decoder = json.JSONDecoder()
        while True:
            try:
                text = self._received.decode()
                found, end = decoder.raw_decode(text)
            except ValueError:  # not all of it is here
                more = connection.recv(1 << 20)
                if not more:
                    raise RpcError("Kodi has hung up") from None
                self._received += more
                continue
            self._received = text[end:].encode()
            if found.get("id") == self._calls:
                return found
