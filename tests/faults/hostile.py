"""A server that sends given bytes, and a client of the source."""

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

SECONDS = 20.0  # limit on a busy machine; usually at most one


@contextlib.contextmanager
def client_at(url: str, timeout: float = 5.0, postal_code: str = "") -> Iterator[Client]:
    config = dataclasses.replace(Config(), base_url=url, postal_code=postal_code)
    with contextlib.closing(Client(config, timeout=timeout, clock=VirtualClock(NOW))) as client:
        yield client


@contextlib.contextmanager
def sending(send: Callable[[], Iterable[bytes]], requests: "List[bytes]") -> Iterator[str]:
    """Yield the address of a server that sends this to every request."""
    listener = socket.create_server(("127.0.0.1", 0))
    workers: List[threading.Thread] = []
    clients: List[socket.socket] = []

    def serve(client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(SECONDS)
            requests.append(whole(client))
            for piece in send():
                client.sendall(piece)

    def listen() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                clients.append(client)
                workers.append(threading.Thread(target=serve, args=(client,)))
                workers[-1].start()

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(SECONDS)
        for client in clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for worker in workers:
            worker.join(SECONDS)


def whole(client: socket.socket) -> bytes:
    """Receive a request with its form, which arrives in a separate packet."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(1 << 16)
    head, _, form = request.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    while length and len(form) < int(length.group(1)):
        form += client.recv(1 << 16)
    return head + b"\r\n\r\n" + form
