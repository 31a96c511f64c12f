"""HTTP responses of the source to Outcomes."""

import re
from typing import Any, Mapping, Optional
from urllib.parse import urlsplit

import requests

from ..clock import Clock
from ..models import GuideBlock
from ..net.errors import causes
from ..net.session import BrokenOff, TooLarge, body
from ..util.sanitize import parse_http_date
from . import fields, parser
from .tasks import DetailsTask, GuideTask, Outcome, Task, Verdict

MAX_BYTES = 16 << 20  # of a body, as sent and unpacked; the largest one known has 1.5 MB

_VERDICTS = {
    202: (Verdict.BLOCKED, "a robot check"),
    403: (Verdict.BLOCKED, "HTTP 403"),
    404: (Verdict.GONE, "HTTP 404"),
    405: (Verdict.BLOCKED, "a robot check, HTTP 405"),
    410: (Verdict.GONE, "HTTP 410"),
    429: (Verdict.RATE_LIMITED, "HTTP 429, too many requests"),
    502: (Verdict.OVERLOADED, "HTTP 502"),
    503: (Verdict.OVERLOADED, "HTTP 503"),
    504: (Verdict.OVERLOADED, "HTTP 504"),
}


def judged(response: requests.Response, clock: Clock) -> Outcome:
    status, headers = response.status_code, response.headers
    try:
        found, size = body(response, MAX_BYTES)
    except TooLarge as error:
        return Outcome(Verdict.BAD, status=status, detail=f"an answer of {error}")
    told = "Content-Length" in headers or "Transfer-Encoding" in headers
    if status == 200 and not size and not told:
        raise BrokenOff("the answer broke off in its head")
    return _judge(response, found, clock)._replace(size=size)


def _judge(response: requests.Response, body: bytes, clock: Clock) -> Outcome:
    """What status, headers and body mean (reference section 1.7)."""
    status = response.status_code
    detail = ""
    if status == 200 and body.lstrip()[:1] != b"<":
        return Outcome(Verdict.OK, body, 200)
    if status == 200 and b"Oops" in body:  # what a dead affiliate id got in 2025-07
        verdict, detail = Verdict.NO_LINEUP, "the page 'Oops! Something went wrong'"
    elif status == 200:
        verdict, detail = Verdict.BLOCKED, f"a page instead of data{_title(body)}"
    elif status == 400 and b"No lineups" in body:
        verdict, detail = Verdict.NO_LINEUP, "HTTP 400, no lineups"
    elif 300 <= status < 400:
        verdict, detail = Verdict.GONE, f"moved to {_place(response.headers)}"
    else:
        verdict, detail = _VERDICTS.get(status, (Verdict.BAD, f"HTTP {status}"))
    wait = retry_after(response.headers, clock.now())
    return Outcome(verdict, status=status, retry_after=wait, detail=detail)


def parsed(task: Task, outcome: Outcome) -> Outcome:
    body = outcome.value
    try:
        value: Any
        if isinstance(task, GuideTask):
            value = parser.guide(body)
            if not _of_its_hours(value, task):
                raise parser.BadAnswer("the listings of other hours")
        elif isinstance(task, DetailsTask):
            value = parser.details(body, task.series_id)
        else:
            value = parser.providers(body, task.country, task.postal_code)
    except parser.BadAnswer as error:
        return outcome._replace(verdict=Verdict.BAD, value=None, detail=str(error))
    return outcome._replace(value=value)


def _of_its_hours(block: GuideBlock, task: GuideTask) -> bool:
    """Whether most of the programmes touch the window that was asked for: a cache on the way may
    mix up addresses."""
    touching = [
        airing.start < task.stop and airing.stop > task.start
        for _, own in block.airings
        for airing in own
    ]
    return 2 * sum(touching) >= len(touching)


def retry_after(headers: Mapping[str, str], now: float) -> Optional[float]:
    """Seconds that the source asks to wait, from either form of the header; None = it does not say.

    A date counts from the source's own clock where it tells it: this machine's may be wrong.
    """
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]+", text):
        return float(text[:9])
    until = parse_http_date(text)
    if until is None:
        return None
    sent = parse_http_date(headers.get("Date", ""))
    return max(0.0, until - (now if sent is None else sent))


def _title(body: bytes) -> str:
    start, stop = body.find(b"<title>"), body.find(b"</title>")
    text = (
        fields.clean(body[start + 7 : stop].decode("utf-8", "replace")) if 0 <= start < stop else ""
    )
    return f": {text[:60]}" if text else ""


def _place(headers: Mapping[str, str]) -> str:
    try:
        host = urlsplit(headers.get("Location", "")).hostname
    except ValueError:
        host = None
    return fields.clean(host)[:120] or "another address"


def in_words(error: BaseException) -> str:
    """The innermost cause: requests and urllib3 wrap it in words that only they understand."""
    *_, cause = causes(error)
    if "IncompleteRead" in type(cause).__name__:
        return "the answer broke off"
    return fields.clean(str(cause) or type(cause).__name__)[:120]
