"""Turn the HTTP responses of the source into Outcomes."""

import re
from typing import Any, Mapping, Optional, Tuple
from urllib.parse import urlsplit

import requests

from ..clock import HOUR, Clock
from ..models import GuideBlock
from ..net.errors import BrokenOff, TooLarge
from ..net.session import read_body
from ..util.sanitize import parse_http_date
from . import parser
from .fields import clean
from .tasks import DetailsTask, GuideTask, Outcome, Task, Verdict

MAX_BYTES = 16 << 20  # of a body, as sent and unpacked; the largest known one has 1.5 MB
_BLANK = b"\xef\xbb\xbf \t\r\n"  # what may precede a page: UTF-8's mark, white space
# What a refusal says, whatever its status is. Listings that broke off may say it too, in a title,
# but are longer.
_REFUSAL = re.compile(b"access denied|too many requests", re.IGNORECASE)
_MAX_REFUSAL = 2000  # bytes

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


def receive(response: requests.Response, clock: Clock) -> Outcome:
    """Read the body and judge the response. A good outcome's value is the body.

    Raises one of ``net.errors.FAILURES``.
    """
    status, headers = response.status_code, response.headers
    try:
        body, size = read_body(response, MAX_BYTES)
    except TooLarge as error:
        return Outcome(Verdict.BAD, status=status, detail=f"an answer of {error}")
    has_length = "Content-Length" in headers or "Transfer-Encoding" in headers
    if status == 200 and not size and not has_length:
        raise BrokenOff("the answer broke off in its headers")
    return _judge(response, body, clock)._replace(size=size)


def _judge(response: requests.Response, body: bytes, clock: Clock) -> Outcome:
    """By status, headers and body (reference, section 1.7)."""
    status = response.status_code
    wait = retry_after(response.headers, clock.now())
    if status == 200 and body.lstrip(_BLANK)[:1] != b"<":
        return Outcome(Verdict.OK, body, 200, retry_after=wait)  # ``parse`` may find a refusal
    if status == 200 and b"Oops" in body:  # the response to a dead affiliate id in 2025-07
        verdict, detail = Verdict.NO_LINEUP, "the page 'Oops! Something went wrong'"
    elif status == 200:
        verdict, detail = Verdict.BLOCKED, f"a page instead of data{_title(body)}"
    elif status == 400 and b"No lineups" in body:
        verdict, detail = Verdict.NO_LINEUP, "HTTP 400, no lineups"
    elif 300 <= status < 400:
        verdict, detail = Verdict.GONE, f"moved to {_host_of_redirect(response.headers)}"
    else:
        verdict, detail = _VERDICTS.get(status, (Verdict.BAD, f"HTTP {status}"))
    outcome = Outcome(verdict, status=status, retry_after=wait, detail=detail)
    return outcome if outcome.refused else _refusal(outcome, body)


def _refusal(outcome: Outcome, body: bytes) -> Outcome:
    """A failure as RATE_LIMITED if its body says so, else as it is."""
    said = _REFUSAL.search(body) if len(body) < _MAX_REFUSAL else None
    if not said:
        return outcome
    detail = f"it says: {said.group().decode().lower()}"
    return outcome._replace(verdict=Verdict.RATE_LIMITED, detail=detail)


def parse(task: Task, outcome: Outcome) -> Outcome:
    """Turn the body of a good outcome into models; BAD if it is not what was requested."""
    body = outcome.value
    value: Any
    try:
        if isinstance(task, GuideTask):
            value = _guide(body, task)
            outcome = outcome._replace(stations=_stations_by_hour(value, task))
        elif isinstance(task, DetailsTask):
            value = parser.details(body, task.series_id)
        else:
            value = parser.providers(body, task.country, task.postal_code)
    except parser.BadAnswer as error:
        failed = outcome._replace(verdict=Verdict.BAD, value=None, detail=str(error))
        return _refusal(failed, body)
    return outcome._replace(value=value)


def _guide(body: bytes, task: GuideTask) -> GuideBlock:
    """Refuse a block of which most programmes are outside the window: a cache on the way may have
    mixed up addresses."""
    block = parser.guide(body)
    overlaps = [
        airing.start < task.stop and airing.stop > task.start
        for _, airings in block.airings
        for airing in airings
    ]
    if 2 * sum(overlaps) < len(overlaps):
        raise parser.BadAnswer("the listings of other hours")
    return block


def _stations_by_hour(block: GuideBlock, task: GuideTask) -> Tuple[int, ...]:
    """How many stations have a programme in the middle of each hour of the window."""
    middles = range(task.start + HOUR // 2, task.stop, HOUR)
    counts = [0] * task.hours
    for _, airings in block.airings:
        hour = 0
        for airing in airings:
            while hour < task.hours and middles[hour] < airing.stop:
                counts[hour] += middles[hour] >= airing.start
                hour += 1
    return tuple(counts)


def retry_after(headers: Mapping[str, str], now: float) -> Optional[float]:
    """Seconds to wait, from either form of the header; None = there is none.

    A date counts from the response's own date if it has one: this machine's clock may be wrong.
    """
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]+", text):
        return float(text[:9])
    until = parse_http_date(text)
    if until is None:
        return None
    sent_at = parse_http_date(headers.get("Date", ""))
    return max(0.0, until - (now if sent_at is None else sent_at))


def _title(body: bytes) -> str:
    """A page's title, as ": title"; "" = none."""
    start, stop = body.find(b"<title>"), body.find(b"</title>")
    text = clean(body[start + 7 : stop].decode("utf-8", "replace")) if 0 <= start < stop else ""
    return f": {text[:60]}" if text else ""


def _host_of_redirect(headers: Mapping[str, str]) -> str:
    try:
        host = urlsplit(headers.get("Location", "")).hostname
    except ValueError:
        host = None
    return clean(host)[:120] or "another address"
