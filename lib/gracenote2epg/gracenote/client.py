"""The source over HTTP: turns tasks into requests, and responses into Outcomes.

Source: gracenote-api reference, section 1 (addresses, parameters, headers, errors and limits).
"""

import contextlib
import logging
import re
from typing import Dict, Optional, Tuple
from urllib.parse import urlsplit

import requests

from ..clock import SYSTEM, Clock
from ..config import secrets
from ..config.settings import Config
from ..net import errors
from ..net.session import Session
from ..net.sockets import SocketRegistry
from ..util import redact
from . import responses
from .lineup_ids import STREAMING
from .tasks import DetailsTask, GuideTask, Outcome, Task, Verdict

log = logging.getLogger(__name__)

MEXICO = {"aid": "dishmex", "languagecode": "es-mx"}  # parameters for its lineups


class Client:
    """The source's client. ``fetch`` may run in many threads, over at most ``size`` connections.

    affiliate: the site partner's id in the requests; changed only between them, by ``grab.canary``.
    timeout: seconds without a byte. clock: for dates in responses only; time-outs are by the
    system's time.
    """

    def __init__(
        self, config: Config, size: int = 10, timeout: float = 20.0, clock: Clock = SYSTEM
    ) -> None:
        self._clock = clock
        self.affiliate = config.affiliate
        self.timeout = timeout
        self.base_url = config.base_url
        self.host = urlsplit(config.base_url).netloc
        self._uses_default_affiliate = Config.affiliate == config.affiliate
        self._secrets = secrets.secrets_of(config)
        self._sockets = SocketRegistry()
        self._session = Session(self._sockets, size)
        self._session.proxies = dict(requests.utils.get_environ_proxies(config.base_url))
        proxy = requests.utils.select_proxy(config.base_url, self._session.proxies)
        # host:port; "" = none. An invalid one fails with the first request.
        self.proxy = re.sub(r".*@|^\w+://|[/?#].*", "", proxy or "")
        self._session.headers.update(
            {
                "User-Agent": config.user_agent,
                "Accept": "application/json, text/plain, */*",
                "Accept-Encoding": "gzip, deflate",
                # Keeps the header's position; each request sets its own.
                "Referer": self._referer(config.affiliate),
            }
        )

    def fetch(self, task: Task) -> Outcome:
        """Send one request. Network failures are Outcomes too; the value of a good Outcome is the
        body, for ``parse``."""
        method, url, params, form = self._request(task)
        began = self._sockets.clock.monotonic()
        try:
            response = self._session.request(
                method,
                url,
                params=params,
                data=form,
                headers={"Referer": self._referer(params.get("aid", self.affiliate))},
                stream=True,
                allow_redirects=False,
                timeout=(errors.CONNECT_TIMEOUT, self.timeout),
            )
            with contextlib.closing(response):
                outcome = responses.receive(response, self._clock)
        except errors.FAILURES as error:
            outcome = self._failure(error)
        finally:
            self._sockets.request_done()
        return outcome._replace(seconds=self._sockets.clock.monotonic() - began)

    def parse(self, task: Task, outcome: Outcome) -> Outcome:
        """Turn the body into models, or the outcome into BAD.

        Call it in one thread only: several are not faster, and the C library keeps the memory that
        each thread used for a moment, which doubles what a run needs.
        """
        if outcome.ok:
            outcome = responses.parse(task, outcome)
        if not outcome.ok and self._sockets.stopped.is_set():
            outcome = Outcome(Verdict.STOPPED, detail="stopped")
        # The source may repeat what was in the request.
        outcome = outcome._replace(detail=redact.redact(outcome.detail, self._secrets))
        verdict, size, seconds = outcome.verdict.value, outcome.size, outcome.seconds
        log.debug("%s: %s %s, %d bytes, %.2f s", task, verdict, outcome.detail, size, seconds)
        return outcome

    def cut_overdue(self) -> None:
        """End requests that take too long in total, though bytes still arrive."""
        self._sockets.cut_overdue()

    def stop(self) -> None:
        """End every request at once, wherever it hangs, and all that follow."""
        self._sockets.stop()

    def close(self) -> None:
        self._session.close()

    def _referer(self, affiliate: str) -> str:
        """The address of the page that a browser would ask from."""
        return f"{self.base_url}/grid-affiliates.html?aid={affiliate}"

    def _request(self, task: Task) -> Tuple[str, str, Dict[str, str], Optional[Dict[str, str]]]:
        """Method, URL, query and form."""
        if isinstance(task, GuideTask):
            return "GET", f"{self.base_url}/api/grid", self.grid_params(task), None
        if isinstance(task, DetailsTask):
            form = {"programSeriesID": task.series_id}
            return "POST", f"{self.base_url}/api/program/overviewDetails", {}, form
        path = f"{task.country}/{task.postal_code}/gapzap/en-us"
        url = f"{self.base_url}/gapzap_webapi/api/Providers/getPostalCodeProviders/{path}"
        return "GET", url, {}, None

    def grid_params(self, task: GuideTask) -> Dict[str, str]:
        """The grid's parameters, in the order in which the site's own page sends them."""
        lineup = task.lineup
        params = {
            "lineupId": lineup.lineup_id,
            "timespan": str(task.hours),
            "headendId": lineup.headend_id,
            "country": lineup.country,
            "timezone": "",  # the source refuses any value
            "device": lineup.device,
            "postalCode": lineup.postal_code,
            "isOverride": "true",
            "time": str(task.start),
            "pref": "-",
            "userId": "-",
            "aid": self.affiliate,
            "languagecode": "en-us",
        }
        if lineup.headend_id in STREAMING:
            del params["isOverride"], params["pref"]
        if lineup.country == "MEX" and self._uses_default_affiliate:
            params.update(MEXICO)
        return params

    def _failure(self, error: BaseException) -> Outcome:
        """The Outcome for one of ``net.errors.FAILURES``."""
        if self._sockets.stopped.is_set():
            return Outcome(Verdict.STOPPED, detail="stopped")
        detail = errors.describe(error, self.timeout)
        if errors.is_timeout(error):
            return Outcome(Verdict.OVERLOADED, detail=detail)
        return Outcome(Verdict.UNREACHABLE, detail=detail, cause=errors.cause_of(error))
