"""The source over HTTP: tasks to requests, answers to Outcomes.

Source: gracenote-api reference, section 1 (addresses, parameters, headers, errors and walls).
"""

import contextlib
import logging
import re
import socket
import ssl
import zlib
from typing import Any, Dict, Iterator, Mapping, Optional, Tuple
from urllib.parse import urlsplit

import requests
import urllib3

from .. import privacy
from ..clock import SYSTEM, Clock
from ..config import Config
from ..downloader.tasks import (
    NO_NAME,
    NOBODY,
    PROXY,
    TLS,
    DetailsTask,
    GuideTask,
    Outcome,
    Task,
    Verdict,
)
from ..harmless import http_date
from ..models import GuideBlock, Lineup
from . import parse
from .lineups import STREAMING
from .wire import BrokenOff, Session, TooLarge, Wire, body

log = logging.getLogger(__name__)

CONNECT_TIMEOUT = 3.0  # seconds
MOST_BYTES = 16 << 20  # of a body, as sent and unpacked; the largest one known has 1.5 MB
MEXICO = {"aid": "dishmex", "languagecode": "es-mx"}

_VERDICTS = {
    202: (Verdict.BLOCKED, "a robot check"),
    403: (Verdict.BLOCKED, "HTTP 403"),
    404: (Verdict.GONE, "HTTP 404"),
    405: (Verdict.BLOCKED, "a robot check, HTTP 405"),
    410: (Verdict.GONE, "HTTP 410"),
    429: (Verdict.THROTTLED, "HTTP 429, too many requests"),
    502: (Verdict.OVERLOADED, "HTTP 502"),
    503: (Verdict.OVERLOADED, "HTTP 503"),
    504: (Verdict.OVERLOADED, "HTTP 504"),
}


class Client:
    """Asks the source. ``ask`` may run in many threads at once, over at most ``size`` connections.

    affiliate: the id to ask with; changed only between requests (see ``grab``).
    timeout: seconds without a byte after which a request is given up. clock: for the dates in
    answers alone; what passes on the wire is the system's time.
    """

    def __init__(
        self, config: Config, size: int = 10, timeout: float = 20.0, clock: Clock = SYSTEM
    ) -> None:
        self._clock = clock
        self.affiliate = config.affiliate
        self.timeout = timeout
        self.base_url = config.base_url
        self.host = urlsplit(config.base_url).netloc
        self._default_affiliate = Config.affiliate == config.affiliate
        self._secrets = privacy.of(config)
        self._wire = Wire()
        self._session = Session(self._wire, size)
        self._session.proxies = _proxies(config.base_url)
        between = requests.utils.select_proxy(config.base_url, self._session.proxies)
        self.proxy = urlsplit(between or "").netloc.rpartition("@")[2]  # "" = none is in between
        self._session.headers.update(
            {
                "User-Agent": config.user_agent,
                "Accept": "application/json, text/plain, */*",
                "Accept-Encoding": "gzip, deflate",
                "Referer": f"{config.base_url}/grid-affiliates.html?aid={config.affiliate}",
            }
        )

    def ask(self, task: Task) -> Outcome:
        """Ask once and return what came of it: every failure of the network is an Outcome, and a
        good one's value is the body, for ``read``."""
        method, url, params, form = self._request(task)
        began = self._wire.clock.monotonic()
        try:
            response = self._session.request(
                method,
                url,
                params=params,
                data=form,
                stream=True,
                allow_redirects=False,
                timeout=(CONNECT_TIMEOUT, self.timeout),
            )
            with contextlib.closing(response):
                outcome = _judged(response, self._clock)
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            zlib.error,
        ) as error:
            outcome = self._failure(error)
        finally:
            self._wire.answered()
        return outcome._replace(seconds=self._wire.clock.monotonic() - began)

    def read(self, task: Task, outcome: Outcome) -> Outcome:
        """What the body says, or that it is not what was asked for.

        To be done in one thread. Beside each other several are no faster, and what they take for
        a moment the C library keeps for each thread: twice the memory of a whole run.
        """
        if outcome.ok:
            outcome = _read(task, outcome)
        if not outcome.ok and self._wire.stopped.is_set():
            outcome = Outcome(Verdict.STOPPED, detail="stopped")
        # The source may repeat what it is asked.
        outcome = outcome._replace(detail=privacy.hidden(outcome.detail, self._secrets))
        log.debug(
            "%s: %s %s, %d bytes, %.2f s",
            task,
            outcome.verdict.value,
            outcome.detail,
            outcome.size,
            outcome.seconds,
        )
        return outcome

    def cut_overdue(self) -> None:
        """End requests that drip: alive for the socket, but longer than any answer takes."""
        self._wire.cut_overdue()

    def stop(self) -> None:
        """End every request at once, wherever it hangs; what is asked after that is stopped too."""
        self._wire.stop()

    def close(self) -> None:
        self._session.close()

    def _request(self, task: Task) -> Tuple[str, str, Dict[str, str], Optional[Dict[str, str]]]:
        if isinstance(task, GuideTask):
            return "GET", f"{self.base_url}/api/grid", self.grid_params(task), None
        if isinstance(task, DetailsTask):
            form = {"programSeriesID": task.series_id}
            return "POST", f"{self.base_url}/api/program/overviewDetails", {}, form
        place = f"{task.country}/{task.postal_code}/gapzap/en-us"
        url = f"{self.base_url}/gapzap_webapi/api/Providers/getPostalCodeProviders/{place}"
        return "GET", url, {}, None

    def grid_params(self, task: GuideTask) -> Dict[str, str]:
        """The grid's parameters, in the order in which the site's own page sends them."""
        lineup = task.lineup
        params = {
            "lineupId": lineup.lineup_id,
            "timespan": str(task.hours),
            "headendId": lineup.headend_id,
            "country": lineup.country,
            "timezone": "",  # a filled one is refused
            "device": lineup.device,
            "postalCode": lineup.postal_code,
            "isOverride": "true",
            "time": str(task.start),
            "pref": "-",
            "userId": "-",
            "aid": self.affiliate,
            "languagecode": "en-us",
        }
        return self._for_kind(lineup, params)

    def _for_kind(self, lineup: Lineup, params: Dict[str, str]) -> Dict[str, str]:
        if lineup.headend_id in STREAMING:
            del params["isOverride"], params["pref"]
        if lineup.country == "MEX" and self._default_affiliate:
            params.update(MEXICO)
        return params

    def _failure(self, error: Exception) -> Outcome:
        if self._wire.stopped.is_set():
            return Outcome(Verdict.STOPPED, detail="stopped")
        detail = str(error) or type(error).__name__
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return Outcome(Verdict.UNREACHABLE, detail="no connection within 3 s")
        if isinstance(error, requests.exceptions.Timeout) or "timed out" in detail.lower():
            return Outcome(Verdict.OVERLOADED, detail=f"no answer within {self.timeout:.0f} s")
        return Outcome(Verdict.UNREACHABLE, detail=_in_words(error), trouble=_trouble(error))


def _proxies(url: str) -> Dict[str, str]:
    """HTTPS_PROXY and its kin, unless NO_PROXY names the host."""
    return dict(requests.utils.get_environ_proxies(url))


def _judged(response: requests.Response, clock: Clock) -> Outcome:
    status, headers = response.status_code, response.headers
    try:
        found, size = body(response, MOST_BYTES)
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


def _read(task: Task, outcome: Outcome) -> Outcome:
    body = outcome.value
    try:
        value: Any
        if isinstance(task, GuideTask):
            value = parse.guide(body)
            if not _of_its_hours(value, task):
                raise parse.BadAnswer("the listings of other hours")
        elif isinstance(task, DetailsTask):
            value = parse.details(body, task.series_id)
        else:
            value = parse.providers(body, task.country, task.postal_code)
    except parse.BadAnswer as error:
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
    until = http_date(text)
    if until is None:
        return None
    sent = http_date(headers.get("Date", ""))
    return max(0.0, until - (now if sent is None else sent))


def _title(body: bytes) -> str:
    start, stop = body.find(b"<title>"), body.find(b"</title>")
    text = (
        parse.clean(body[start + 7 : stop].decode("utf-8", "replace")) if 0 <= start < stop else ""
    )
    return f": {text[:60]}" if text else ""


def _place(headers: Mapping[str, str]) -> str:
    try:
        host = urlsplit(headers.get("Location", "")).hostname
    except ValueError:
        host = None
    return parse.clean(host)[:120] or "another address"


def _in_words(error: BaseException) -> str:
    """The innermost cause: requests and urllib3 wrap it in words that only they understand."""
    *_, cause = _causes(error)
    if "IncompleteRead" in type(cause).__name__:
        return "the answer broke off"
    return parse.clean(str(cause) or type(cause).__name__)[:120]


def _trouble(error: BaseException) -> str:
    """By the kind of the causes, the outermost first: their words differ between systems."""
    kinds = (
        (requests.exceptions.ProxyError, PROXY),
        (socket.gaierror, NO_NAME),
        (ssl.SSLError, TLS),
        (ConnectionRefusedError, NOBODY),
    )
    found = (name for cause in _causes(error) for kind, name in kinds if isinstance(cause, kind))
    return next(found, "")


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: Optional[BaseException] = error
    while cause:
        yield cause
        cause = cause.__cause__ or cause.__context__
