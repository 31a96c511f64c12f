"""A server that says whatever it is told to, and a client of the source that asks it."""

import contextlib
import dataclasses
import re
import socket
import threading
from contextlib import suppress
from typing import Callable, Iterable, Iterator, List

from gracenote2epg.config.settings import Config
from gracenote2epg.gracenote.client import Client
from support.builders import NOW
from support.clock import VirtualClock

SECONDS = 20.0  # that any of these may take on a busy machine; alone they take one at most


@contextlib.contextmanager
def client_at(url: str, timeout: float = 5.0, postal_code: str = "") -> Iterator[Client]:
    made = dataclasses.replace(Config(), base_url=url, postal_code=postal_code)
    with contextlib.closing(Client(made, timeout=timeout, clock=VirtualClock(NOW))) as client:
        yield client


@contextlib.contextmanager
def sending(send: Callable[[], Iterable[bytes]], heard: "List[bytes]") -> Iterator[str]:
    """The address of a server that says this to every request, whatever it is."""
    listener = socket.create_server(("127.0.0.1", 0))
    talking: List[threading.Thread] = []
    open_ones: List[socket.socket] = []

    def talk(client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(SECONDS)
            heard.append(whole(client))
            for piece in send():
                client.sendall(piece)

    def listen() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                open_ones.append(client)
                talking.append(threading.Thread(target=talk, args=(client,)))
                talking[-1].start()

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(SECONDS)
        for client in open_ones:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for one in talking:
            one.join(SECONDS)


def whole(client: socket.socket) -> bytes:
    """A request with its form, which comes in a packet of its own."""
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += client.recv(1 << 16)
    head, _, form = asked.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    while length and len(form) < int(length.group(1)):
        form += client.recv(1 << 16)
    return head + b"\r\n\r\n" + form
