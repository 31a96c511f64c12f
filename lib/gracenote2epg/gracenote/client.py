"""The source over HTTP: tasks to requests, answers to Outcomes.

Source: gracenote-api reference, section 1 (addresses, parameters, headers, errors and walls).
"""

import contextlib
import logging
import zlib
from typing import Dict, Optional, Tuple
from urllib.parse import urlsplit

import requests
import urllib3

from ..clock import SYSTEM, Clock
from ..config import secrets
from ..config.settings import Config
from ..models import Lineup
from ..net.errors import cause_of
from ..net.session import Session
from ..net.sockets import Wire
from ..util import redact
from .lineup_ids import STREAMING
from .responses import in_words, judged, parsed
from .tasks import DetailsTask, GuideTask, Outcome, Task, Verdict

log = logging.getLogger(__name__)


CONNECT_TIMEOUT = 3.0  # seconds
MEXICO = {"aid": "dishmex", "languagecode": "es-mx"}


class Client:
    """Asks the source. ``fetch`` may run in many threads, over at most ``size`` connections.

    affiliate: the id to ask with; changed only between requests (see ``grab.canary``).
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
        self._secrets = secrets.secrets_of(config)
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

    def fetch(self, task: Task) -> Outcome:
        """Ask once and return what came of it: every failure of the network is an Outcome, and a
        good one's value is the body, for ``parse``."""
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
                outcome = judged(response, self._clock)
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

    def parse(self, task: Task, outcome: Outcome) -> Outcome:
        """What the body says, or that it is not what was asked for.

        To be done in one thread. Beside each other several are no faster, and what they take for
        a moment the C library keeps for each thread: twice the memory of a whole run.
        """
        if outcome.ok:
            outcome = parsed(task, outcome)
        if not outcome.ok and self._wire.stopped.is_set():
            outcome = Outcome(Verdict.STOPPED, detail="stopped")
        # The source may repeat what it is asked.
        outcome = outcome._replace(detail=redact.redact(outcome.detail, self._secrets))
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
        return Outcome(Verdict.UNREACHABLE, detail=in_words(error), cause=cause_of(error))


def _proxies(url: str) -> Dict[str, str]:
    """HTTPS_PROXY and its kin, unless NO_PROXY names the host."""
    return dict(requests.utils.get_environ_proxies(url))
