"""The download system's front door: UnifiedDownloadManager joins the parts."""

import contextlib
import json
import logging
import os
import threading
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional, Sequence, Union

from ..clock import SYSTEM, Clock
from ..config import settings, sources
from ..errors import Sentence, SourceUnavailable
from ..gracenote.tasks import (
    GUIDE,
    SERIES,
    TYPES,
    DetailsTask,
    GuideTask,
    Outcome,
    ProvidersTask,
    Result,
    Task,
    Verdict,
)
from ..store.answers import Store
from . import learned_limit
from .adaptive import AdaptiveStrategy
from .coordinator import TICK, Coordinator
from .events import Closed
from .jobs import Job
from .monitor import EventDrivenMonitor, as_document
from .strategies import STRATEGIES, Profile
from .worker_pool import WorkerPool

if TYPE_CHECKING:
    from ..gracenote.client import Client

log = logging.getLogger(__name__)

AUTO_RATE = "auto rate"  # the name of the rate that the strategy "auto" found
_MIN_REQUESTS = 20  # of a run whose rate is worth remembering


class UnifiedDownloadManager:
    """Downloads guide windows and series details, as fast as the source allows.

    The specification's four arguments come first; ``config`` supplies those left out, and its own
    default is read from the environment. client: has fetch, parse, stop, cut_overdue, close.
    store: gets every good response as it arrives. stop: an event that ends everything within a
    second.

    Raises SettingError, and InputFileError, OutputError or StoreCorrupted for the files it opens.
    """

    def __init__(
        self,
        max_workers: Optional[int] = None,
        worker_strategy: Optional[str] = None,
        enable_adaptive: Optional[bool] = None,
        enable_monitoring: Optional[bool] = None,
        *,
        config: Optional[settings.Config] = None,
        client: Any = None,
        store: Optional[Store] = None,
        stop: Optional[threading.Event] = None,
        clock: Clock = SYSTEM,
    ) -> None:
        arguments = {
            "max_workers": max_workers,
            "worker_strategy": worker_strategy,
            "enable_adaptive": enable_adaptive,
            "enable_monitoring": enable_monitoring,
        }
        config = sources.override(config or sources.read({}, os.environ, None), arguments)
        self.monitor = EventDrivenMonitor()
        self._clock, self._requested_at, self._offline = clock, 0.0, config.offline
        self._stop = stop or threading.Event()
        self._closing, self._is_closed = contextlib.ExitStack(), False
        if store is None:
            store = Store(config.data_dir, clock)
            self._closing.callback(store.close)
        if client is None:
            client = client_for(config, clock)
            self._closing.callback(client.close)
        self._store, self._client = store, client
        profiles: Mapping[str, Profile] = STRATEGIES[config.worker_strategy]
        self._saves_rate = config.worker_strategy == "auto"
        if self._saves_rate:
            profiles = _at_remembered_rate(profiles, *store.fact(AUTO_RATE), clock.now())
        strategies = {
            kind: AdaptiveStrategy(profiles[kind].capped(config.max_workers)) for kind in TYPES
        }
        workers = strategies[GUIDE].first().workers
        self.pool = WorkerPool(lambda job: client.fetch(job.task), workers, clock)
        self._coordinator = Coordinator(
            self.pool,
            client,
            strategies,
            clock,
            self._stop,
            adaptive=config.enable_adaptive,
            seconds=config.time_budget,
            requests=config.request_budget,
            save=self._save,
            emit=self.monitor.on,
        )
        if config.enable_monitoring and config.monitoring_web_api:
            self._serve(config)
        self._limit = learned_limit.slowing(store)
        if self._limit:
            reason = Sentence("decision_met_before", "an earlier run met a limit")
            self._coordinator.limit_rate(self._limit.rate, reason)
        self._max_rate = max(strategy.profile.fast_rate for strategy in strategies.values())

    def __enter__(self) -> "UnifiedDownloadManager":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End what is in flight and all threads."""
        if self.pool.busy:
            self._client.stop()
        self.pool.close()
        with self._closing:
            self.monitor.on(Closed(self._clock.monotonic()))
            if not self._is_closed:
                self._is_closed = True
                self._remember_pace()

    def _remember_pace(self) -> None:
        """Keep for the next run how fast this one was allowed to go."""
        statistics, now = self.monitor.statistics, self._clock.now()
        if self._saves_rate and statistics.requests >= _MIN_REQUESTS:
            self._store.set_fact(AUTO_RATE, self._coordinator.rate, now)
        good = statistics.guide.succeeded + statistics.series.succeeded
        learned_limit.store_after_run(
            self._store, self._coordinator.limit, 0 if statistics.refusals else good, self._max_rate
        )

    @property
    def ended(self) -> Optional[Outcome]:
        """The outcome after which this run sends no more requests; None = it may send some."""
        return self._coordinator.ended

    def download_guide_blocks(self, tasks: Iterable[GuideTask]) -> List[Result]:
        """Download the windows; return one result per task, in their order.

        Good responses are in the store when this returns, and no longer in the results. A window
        with a bad response is requested again in halves, of which the good ones are stored. Raises
        SourceUnavailable if the setting ``offline`` forbids requests.
        """
        return self._run(GUIDE, list(tasks))

    def download_series_details(self, tasks: Iterable[Union[str, DetailsTask]]) -> List[Result]:
        """Download details by series id; return one result per task, as above."""
        details = [DetailsTask(task) if isinstance(task, str) else task for task in tasks]
        return self._run(SERIES, details)

    def download_providers(self, task: ProvidersTask) -> Outcome:
        """Download the lineups of a postal code; a good outcome holds them, and they are stored."""
        return self._run(GUIDE, [task])[0].outcome

    def fetch_once(self, task: Task, seconds: float) -> Outcome:
        """Send one request and return its outcome, good or not, within so many seconds.

        A probe, not a download: no retry, no pace, no statistics. A good response is stored.
        """
        deadline, self._requested_at = self._clock.monotonic() + seconds, self._clock.now()
        self.pool.start(Job(task, 0))
        finished = self.pool.finished(TICK)
        while not finished:
            if self._stop.is_set() or self._clock.monotonic() >= deadline:
                self._client.stop()
            finished = self.pool.finished(TICK)
        outcome: Outcome = self._client.parse(task, finished[0][1])
        if outcome.verdict is Verdict.STOPPED and not self._stop.is_set():
            return Outcome(Verdict.OVERLOADED, detail=f"no answer within {seconds:.0f} s")
        return self._save(task, outcome) if outcome.ok else outcome

    def get_detailed_statistics(self) -> Dict[str, Any]:
        """The specification's statistics: active_pools, guide_downloads, series_downloads, more."""
        document = as_document(self.monitor.statistics, self._clock.monotonic())
        return {**document, "learned_limit": learned_limit.as_document(self._limit)}

    def _run(self, kind: str, tasks: Sequence[Task]) -> List[Result]:
        if self._offline and tasks:
            raise SourceUnavailable("No stored answer covers this", "Run it once without --offline")
        # All windows get the same time: the guide must not depend on which of them arrived last.
        self._requested_at = self._clock.now()
        return self._coordinator.run(kind, tasks)

    def _serve(self, config: settings.Config) -> None:
        """Serve the statistics until this manager is closed, unless the port is taken."""
        from ..net.http_handler import Query, Text  # heavy: only where it is switched on
        from ..net.server import WebServer

        def stats(query: Query) -> Text:
            return Text(json.dumps(self.get_detailed_statistics()).encode(), "application/json")

        host, port = config.monitoring_host, config.monitoring_port
        try:
            server = WebServer(host, port, {"/stats": stats}, config.monitoring_names)
        except OSError as error:
            log.warning("/stats is not served: port %d is not available (%s)", port, error)
            return
        server.start()
        self._closing.callback(server.close)

    def _save(self, task: Task, outcome: Outcome) -> Outcome:
        """Store a good outcome's value; return the outcome to report."""
        now, value = self._clock.now(), outcome.value
        if isinstance(task, GuideTask):
            self._store.save_guide(task.lineup, task.start, task.hours, value, self._requested_at)
        elif isinstance(task, DetailsTask):
            self._store.save_details(value, now)
        else:
            if value:  # an empty list may be a lapse of the source: keep the stored one
                self._store.save_providers(task.country, task.postal_code, value, now)
            return outcome
        return outcome._replace(value=None)  # else a whole guide would be in memory


def _at_remembered_rate(
    profiles: Mapping[str, Profile], rate: Any, found_at: float, now: float
) -> Mapping[str, Profile]:
    """The profiles, beginning at the rate that an earlier run found, unless that is too old.

    found_at, now: seconds since the epoch.
    """
    if not isinstance(rate, float) or now - found_at > learned_limit.TTL:
        return profiles
    return {
        kind: profile._replace(first_rate=min(profile.fast_rate, max(profile.first_rate, rate)))
        for kind, profile in profiles.items()
    }


def client_for(config: settings.Config, clock: Clock) -> "Client":
    """The source's client, with the strategy's timeout."""
    from ..gracenote.client import Client  # heavy: offline guides and simulations do without it

    return Client(config, timeout=STRATEGIES[config.worker_strategy][GUIDE].timeout, clock=clock)
