"""Small servers on loopback: of files, for POST requests, for mails."""

import base64
import contextlib
import os
import socketserver
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, List, NamedTuple, Optional, TypeVar

from support import ROOT

CERTIFICATE = os.path.join(ROOT, "tests", "data", "loopback.pem")
_KEY = os.path.join(ROOT, "tests", "data", "loopback.key")
R = TypeVar("R", bound="Receiver")


class Post(NamedTuple):
    path: str
    headers: Dict[str, str]
    body: str


class Handler(BaseHTTPRequestHandler):
    """One request to a Receiver, which is its ``own``."""

    own: Any

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Receiver:
    """A server on loopback, in threads of its own, from its entering on. handler: of its requests;
    closing: ends what hangs."""

    handler: Any
    kind: Any = ThreadingHTTPServer

    def __init__(self, port: int = 0) -> None:
        self.closing = threading.Event()
        handler = type("Handler", (self.handler,), {"own": self})
        self._server = self.kind(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self: R) -> R:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _PostHandler(Handler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.own.hangs:
            self.own.closing.wait(30)
            return
        self.own.posts.append(Post(self.path, dict(self.headers), body))
        self.send_response(self.own.status)
        self.send_header("Content-Length", "0")
        self.end_headers()


class WebReceiver(Receiver):
    """Takes POST requests. status: of the answers; hangs: it gives none."""

    handler = _PostHandler

    def __init__(self) -> None:
        super().__init__()
        self.posts: List[Post] = []
        self.status, self.hangs = 200, False


class _FileHandler(Handler):
    def do_GET(self) -> None:
        files = self.own
        files.paths.append(self.path)
        files.logins.append(self.headers["Authorization"])
        if files.hangs:
            files.hangs.set()
            files.closing.wait(30)
        body, location = files.bodies.get(self.path), files.locations.get(self.path)
        with contextlib.suppress(OSError):  # the client has had enough
            missing = files.redirects_by if location is not None else 404
            self.send_response(200 if body is not None else missing)
            if location is not None:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body or b"")


class FileServer(Receiver):
    """Answers GET requests. bodies, locations: contents and redirections by path. redirects_by:
    their HTTP status. hangs: set on a request, which then gets no answer."""

    handler = _FileHandler

    def __init__(self) -> None:
        super().__init__()
        self.bodies: Dict[str, bytes] = {}
        self.locations: Dict[str, str] = {}
        self.redirects_by = 302
        self.paths: List[str] = []
        self.logins: List[Optional[str]] = []
        self.hangs: Optional[threading.Event] = None


class _MailHandler(socketserver.BaseRequestHandler):
    own: Any

    def handle(self) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as opened:
            self.own.serve(self.request, opened)  # until the client has had enough


class SmtpReceiver(Receiver):
    """Takes mails as a server does: lists what it can do, upgrades to TLS, checks the login.

    offers: behind EHLO. answers: other answers than usual, by the command. tls: from the beginning.
    login: user and password that AUTH PLAIN has to give. hangs_at: the command without an answer.
    """

    handler, kind = _MailHandler, socketserver.ThreadingTCPServer

    def __init__(self) -> None:
        super().__init__()
        self.mails: List[str] = []
        self.commands: List[str] = []
        self.offers = ["STARTTLS", "AUTH PLAIN", "8BITMIME"]
        self.answers: Dict[str, str] = {}
        self.login, self.tls, self.hangs_at = ("", ""), False, ""

    def serve(self, plain: Any, opened: contextlib.ExitStack) -> None:
        secure = self.tls
        sock = opened.enter_context(_with_tls(plain)) if secure else plain
        sock.sendall(b"220 mx.example.org ESMTP\r\n")
        lines = opened.enter_context(sock.makefile("rb"))
        while True:
            line = lines.readline().decode().rstrip("\r\n")
            command = line.partition(" ")[0].upper()
            self.commands.append(command)
            if command == self.hangs_at:
                self.closing.wait(30)
                return
            answer = self.answers.get(command) or self._answer(command, line, secure)
            sock.sendall(f"{answer}\r\n".encode())
            if (command, answer[:3]) == ("STARTTLS", "220"):
                sock, secure = opened.enter_context(_with_tls(sock)), True
                lines = opened.enter_context(sock.makefile("rb"))
            elif (command, answer[:3]) == ("DATA", "354"):
                self.mails.append(b"".join(iter(lines.readline, b".\r\n")).decode())
                sock.sendall(b"250 2.0.0 queued\r\n")
            elif command in ("QUIT", ""):
                return

    def _answer(self, command: str, line: str, secure: bool) -> str:
        if command == "EHLO":
            offers = [offer for offer in self.offers if not (secure and offer == "STARTTLS")]
            rows = ["mx.example.org", *offers]
            return "\r\n".join(f"250{' ' if row is rows[-1] else '-'}{row}" for row in rows)
        if command == "AUTH":
            login = base64.b64decode(line.split()[2]).decode().split("\0")[1:]
            return "235 2.7.0 ok" if tuple(login) == self.login else "535 5.7.8 bad credentials"
        return {"STARTTLS": "220 go ahead", "DATA": "354 end with .", "QUIT": "221 bye"}.get(
            command, "250 2.0.0 ok"
        )


def _with_tls(sock: Any) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, _KEY)
    return context.wrap_socket(sock, server_side=True)
