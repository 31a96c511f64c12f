"""What the server sends back."""

import json
from typing import Any, NamedTuple, Tuple

JSON, HTML = "application/json", "text/html; charset=utf-8"


class Answer(NamedTuple):
    """headers: those beside type, length, date and server."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Tuple[Tuple[str, str], ...] = ()


def to_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def json_answer(value: Any) -> Answer:
    return Answer(200, to_json(value))


def not_found() -> Answer:
    return Answer(404, b"<html><head><title>404 Not Found</title></head></html>", HTML)
