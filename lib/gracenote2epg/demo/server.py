"""The server of the made-up world, on 127.0.0.1."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from .endpoints import Endpoints, Request, parse_request
from .world import World


class DemoServer:
    """Serves a world; the port is bound by the constructor. latency: seconds before each answer."""

    def __init__(self, world: World, latency: float = 0.0) -> None:
        self._listener = Listener(Handler)
        self._listener.endpoints, self._listener.latency = Endpoints(world), latency
        self.url = f"http://127.0.0.1:{self._listener.server_port}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.02,), name="demo-server", daemon=True
        )

    def __enter__(self) -> "DemoServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.closing.set()
        self._listener.shutdown()
        self._listener.server_close()


class Listener(ThreadingHTTPServer):
    """Accepts connections; a daemon thread serves each."""

    request_queue_size = 256  # a burst of connections must not wait for retransmissions
    endpoints: Endpoints
    latency = 0.0  # seconds

    def __init__(self, handler: Any) -> None:
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), handler)

    def server_bind(self) -> None:
        """Bind without looking up this machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        length = self.headers.get("Content-Length") or ""
        form = self.rfile.read(int(length)) if length.isdigit() else b""
        self.respond(parse_request(self.command, self.path, self.headers, form))

    do_POST = do_GET

    def respond(self, request: Request) -> None:
        self.server.closing.wait(self.server.latency)
        answer = self.server.endpoints.answer(request)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
