"""A network share, which Kodi can write to and open() cannot: as much WebDAV as Kodi needs."""

from typing import Dict
from urllib.parse import unquote, urlsplit

from support.receivers import Handler, Receiver

_FOLDER = (
    '<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>{}</D:href>'
    "<D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop>"
    "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>"
)


class _Handler(Handler):
    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while True:
            size = int(self.rfile.readline(), 16)
            parts.append(self.rfile.read(size))
            self.rfile.readline()
            if not size:
                return b"".join(parts)

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        body = self._body()
        if self.command == "PUT":
            self.own.files[path] = body
            self._answer(201)
        elif self.command == "MOVE":
            to = unquote(urlsplit(self.headers["Destination"]).path)
            self.own.files[to] = self.own.files.pop(path)
            self._answer(201)
        elif self.command == "DELETE":
            self._answer(204 if self.own.files.pop(path, None) is not None else 404)
        elif self.command == "MKCOL":
            self._answer(201)
        elif self.command == "PROPFIND":
            self._answer(207, _FOLDER.format(path).encode())
        else:
            self._answer(200 if path in self.own.files else 404, self.own.files.get(path, b""))

    do_HEAD = do_PUT = do_MOVE = do_DELETE = do_MKCOL = do_PROPFIND = do_GET


class Share(Receiver):
    """Files by path."""

    handler = _Handler

    def __init__(self) -> None:
        super().__init__()
        self.files: Dict[str, bytes] = {}
        self.address = f"dav://127.0.0.1:{self.port}"
