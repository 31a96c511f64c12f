"""Sends an answer: whole, or broken in one of the ways that networks do."""

import os
import selectors
import socket
import struct
from http import HTTPStatus
from typing import Callable, Optional, Tuple

from . import fault_rules
from .endpoints import squeeze
from .fault_rules import Act
from .responses import Answer

_PIECES = 25  # of a dripping body


def client_left(connection: socket.socket, seconds: Optional[float]) -> bool:
    """Wait ``seconds`` (None = no limit); return True as soon as the client closes or sends
    something, or the server shuts the connection down."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        return bool(selector.select(seconds))


def head(answer: Answer, date: str, framing: Tuple[str, str], close: bool = False) -> bytes:
    """Return the status line and headers. framing: the header that marks the end of the body."""
    try:
        reason = HTTPStatus(answer.status).phrase
    except ValueError:
        reason = "Unknown"
    headers = (
        ("Server", "nginx"),
        ("Date", date),
        ("Content-Type", answer.content_type),
        framing,
        ("Connection", "close" if close else "keep-alive"),
    )
    lines = [f"HTTP/1.1 {answer.status} {reason}"]
    lines += [f"{name}: {value}" for name, value in headers + answer.headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Transmission:
    """Sends one answer. ``done`` is called just before the last write.

    send: writes bytes at once. After ``run`` the connection is to be closed if it returns False.
    """

    def __init__(
        self,
        connection: socket.socket,
        send: Callable[[bytes], object],
        date: str,
        done: Callable[[int], None],
    ) -> None:
        self._connection, self._send, self._date, self._done = connection, send, date, done

    def run(self, answer: Answer, act: Act) -> bool:
        manner = act.manner
        if manner == fault_rules.LATE:
            if client_left(self._connection, act.seconds):
                return False
            manner = fault_rules.WHOLE
        if manner == fault_rules.CUT_GZIP:
            answer = squeeze(answer)
            answer, manner = (
                answer._replace(body=answer.body[: len(answer.body) // 2]),
                fault_rules.WHOLE,
            )
        if manner == fault_rules.WHOLE or (manner == fault_rules.DRIP and not answer.body):
            self._done(answer.status)
            self._send(self._head(answer) + answer.body)
            return True
        if manner == fault_rules.DRIP:
            return self._drip(answer, act.seconds)
        self._break(answer, manner)
        return False

    def _head(self, answer: Answer) -> bytes:
        return head(answer, self._date, ("Content-Length", str(len(answer.body))))

    def _drip(self, answer: Answer, seconds: float) -> bool:
        self._send(self._head(answer))
        size = max(1, -(-len(answer.body) // _PIECES))
        pieces = range(0, len(answer.body), size)
        for at in pieces:
            if client_left(self._connection, seconds / len(pieces)):
                return False
            if at + size >= len(answer.body):
                self._done(answer.status)
            self._send(answer.body[at : at + size])
        return True

    def _break(self, answer: Answer, manner: str) -> None:
        """Send less than an answer; a hanging one waits until one side closes."""
        half = answer.body[: len(answer.body) // 2]
        if manner == fault_rules.RESET:  # with this option close() sends RST instead of FIN
            linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        elif manner == fault_rules.CUT:
            self._send(self._head(answer) + half)
        elif manner == fault_rules.CUT_CHUNKS:
            start = head(answer, self._date, ("Transfer-Encoding", "chunked"))
            self._send(start + b"%x\r\n" % len(half) + half + b"\r\n" + b"%x\r\n" % len(half))
        elif manner == fault_rules.HANG_IN_HEAD:
            self._send(self._head(answer)[:40])
        elif manner == fault_rules.HANG_IN_BODY:
            self._send(self._head(answer) + half)
        if manner in (fault_rules.HANG, fault_rules.HANG_IN_HEAD, fault_rules.HANG_IN_BODY):
            client_left(self._connection, None)
