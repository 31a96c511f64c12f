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


def head(answer: Answer, date: str, framing: Tuple[str, str]) -> bytes:
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
        ("Connection", "keep-alive"),
    )
    lines = [f"HTTP/1.1 {answer.status} {reason}"]
    lines += [f"{name}: {value}" for name, value in headers + answer.headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def send(
    connection: socket.socket,
    write: Callable[[bytes], object],
    date: str,
    answer: Answer,
    act: Act,
    done: Callable[[int], None],
) -> bool:
    """Send an answer, or less than one; return whether the connection stays.

    write: at once. done: called with the status just before the last byte.
    """
    manner = act.manner
    if manner == fault_rules.LATE and client_left(connection, act.seconds):
        return False
    if manner == fault_rules.CUT_GZIP:
        answer = squeeze(answer)
        answer = answer._replace(body=answer.body[: len(answer.body) // 2])
    start = head(answer, date, ("Content-Length", str(len(answer.body))))
    half = answer.body[: len(answer.body) // 2]
    chunked = head(answer, date, ("Transfer-Encoding", "chunked"))
    broken = {
        fault_rules.DROP: b"",
        fault_rules.RESET: b"",
        fault_rules.CUT: start + half,
        fault_rules.CUT_CHUNKS: chunked + b"%x\r\n%b\r\n%x\r\n" % (len(half), half, len(half)),
        fault_rules.HANG: b"",
        fault_rules.HANG_IN_HEAD: start[:40],
        fault_rules.HANG_IN_BODY: start + half,
    }
    if manner in broken:
        if manner == fault_rules.RESET:  # with this option close() sends RST instead of FIN
            linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        write(broken[manner])
        if manner in (fault_rules.HANG, fault_rules.HANG_IN_HEAD, fault_rules.HANG_IN_BODY):
            client_left(connection, None)  # until one side closes
        return False
    pieces = [start + answer.body]
    if manner == fault_rules.DRIP:
        size = max(1, -(-len(answer.body) // _PIECES))
        pieces = [start, *(answer.body[at : at + size] for at in range(0, len(answer.body), size))]
    for piece in pieces[:-1]:
        write(piece)
        if client_left(connection, act.seconds / len(pieces)):
            return False
    done(answer.status)
    write(pieces[-1])
    return True
