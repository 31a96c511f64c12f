"""The download system's front door: UnifiedDownloadManager joins the parts."""

import json
import logging
import os
import threading
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    Union,
)

from ..clock import SYSTEM, Clock
from ..config import settings, sources
from ..errors import SourceUnavailable
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
from .adaptive import AdaptiveStrategy
from .circuit_breaker import FADES, PATIENCE, CircuitBreaker, ObservedLimit, remembered_limit
from .coordinator import TICK, Coordinator
from .events import Closed
from .jobs import Job
from .monitor import EventDrivenMonitor, as_document
from .strategies import STRATEGIES, Profile
from .worker_pool import WorkerPool

if TYPE_CHECKING:
    from ..gracenote.client import Client


log = logging.getLogger(__name__)


LIMIT = "wall"  # the learned limit's name in the store
RATE = "auto rate"  # the name of what the strategy auto found
_ENOUGH = 20  # requests that tell a rate


class UnifiedDownloadManager:
    """Downloads guide windows and series details, as fast as the source likes and no faster.

    The specification's four come first; what is left out comes from ``config``, and that from
    the environment. client: has ask, read, stop, cut_overdue, close. store: keeps every good answer
    as it arrives. stop: an event that ends everything within a second.
    ``ended`` says, once that is so, why the source is asked no more in this run.
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
        given = {
            "max_workers": max_workers,
            "worker_strategy": worker_strategy,
            "enable_adaptive": enable_adaptive,
            "enable_monitoring": enable_monitoring,
        }
        config = sources.override(config or sources.read({}, os.environ, None), given)
        profiles: Mapping[str, Profile] = STRATEGIES[config.worker_strategy]
        self.monitor = EventDrivenMonitor()
        self._clock, self._asked, self._offline = clock, 0.0, config.offline
        self._closing: List[Callable[[], None]] = []
        if store is None:
            store = Store(config.data_dir, clock)
            self._closing.append(store.close)
        if client is None:
            client = client_for(config, clock)
            self._closing.append(client.close)
        self._store, self._client = store, client
        self._stop = stop or threading.Event()
        self._remembers = config.worker_strategy == "auto"
        if self._remembers:
            profiles = _remembered(profiles, *store.fact(RATE), clock.now())
        strategies = {
            kind: AdaptiveStrategy(profiles[kind].capped(config.max_workers)) for kind in TYPES
        }
        workers = strategies[GUIDE].first().workers
        self.pool = WorkerPool(lambda job: client.fetch(job.task), workers, clock)
        self._coordinator = Coordinator(
            self.pool,
            client,
            strategies,
            CircuitBreaker(PATIENCE),
            clock,
            self._stop,
            adaptive=config.enable_adaptive,
            seconds=config.time_budget,
            requests=config.request_budget,
            keep=self._keep,
            learn=self._learn,
            tell=self.monitor.on,
        )
        if config.enable_monitoring and config.monitoring_web_api:
            self._serve(config)
        value, at = store.fact(LIMIT)
        limit = remembered_limit(value, clock.now() - at)
        if limit:
            self._coordinator.limit_rate(limit.safe_rate)

    def __enter__(self) -> "UnifiedDownloadManager":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End what is in flight and all threads."""
        if self.pool.busy:
            self._client.stop()
        self.pool.close()
        try:
            self.monitor.on(Closed(self._clock.monotonic()))
            if self._remembers and self.monitor.statistics.requests >= _ENOUGH:
                self._remembers = False
                self._store.set_fact(RATE, self._coordinator.rate, self._clock.now())
        finally:
            while self._closing:
                self._closing.pop()()

    @property
    def ended(self) -> Optional[Outcome]:
        return self._coordinator.ended

    def download_guide_blocks(self, tasks: Iterable[GuideTask]) -> List[Result]:
        """Download the windows; one result per task, in their order.

        Good answers are in the store when this returns, and no longer in the results. A window
        with a bad answer was asked again in halves; what is good of them is kept.
        """
        return self._run(GUIDE, list(tasks))

    def download_series_details(self, tasks: Iterable[Union[str, DetailsTask]]) -> List[Result]:
        """Download details by series id; one result per task, in their order, kept as above."""
        wanted = [DetailsTask(task) if isinstance(task, str) else task for task in tasks]
        return self._run(SERIES, wanted)

    def download_providers(self, task: ProvidersTask) -> Outcome:
        """Ask for the lineups of a postal code; a good outcome holds them and they are kept."""
        return self._run(GUIDE, [task])[0].outcome

    def fetch_once(self, task: Task, seconds: float) -> Outcome:
        """Send one request and return what came of it within so many seconds, whatever that is.

        For a look, not for a download: no second try, no wait, no statistics. What is good is kept.
        """
        due, self._asked = self._clock.monotonic() + seconds, self._clock.now()
        job: Any = Job(task, 0)
        self.pool.start(job)
        found = self.pool.finished(TICK)
        while not found:
            if self._stop.is_set() or self._clock.monotonic() >= due:
                self._client.stop()
            found = self.pool.finished(TICK)
        outcome = self._client.parse(task, found[0][1])
        if outcome.verdict is Verdict.STOPPED and not self._stop.is_set():
            return Outcome(Verdict.OVERLOADED, detail=f"no answer within {seconds:.0f} s")
        return self._keep(task, outcome) if outcome.ok else outcome

    def _run(self, kind: str, tasks: Sequence[Task]) -> List[Result]:
        if self._offline and tasks:
            raise SourceUnavailable(
                "No answer is stored that tells it", "Run it once without --offline"
            )
        # One moment for all: which of them came last is chance, and the guide shall not show it.
        self._asked = self._clock.now()
        return self._coordinator.run(kind, tasks)

    def get_detailed_statistics(self) -> Dict[str, Any]:
        """The specification's statistics: active_pools, guide_downloads, series_downloads, more."""
        return as_document(self.monitor.statistics, self._clock.monotonic())

    def _serve(self, config: settings.Config) -> None:
        """Serve the statistics until this manager is closed; a taken port is no reason to stop."""
        from ..net.server import Text, WebServer  # where nobody looks, nothing of it is imported

        def stats() -> Text:
            return Text(json.dumps(self.get_detailed_statistics()).encode(), "application/json")

        host, port = config.monitoring_host, config.monitoring_port
        try:
            server = WebServer(host, port, {"/stats": stats}, config.monitoring_names)
        except OSError as error:
            log.warning("/stats is not served: port %d cannot be had (%s)", port, error)
            return
        server.start()
        self._closing.append(server.close)

    def _keep(self, task: Task, outcome: Outcome) -> Outcome:
        now = self._clock.now()
        if isinstance(task, GuideTask):
            self._store.save_guide(task.lineup, task.start, task.hours, outcome.value, self._asked)
        elif isinstance(task, DetailsTask):
            self._store.save_details(outcome.value, now)
        else:
            if outcome.value:  # a list that is empty this once must not stand for the one known
                self._store.save_providers(task.country, task.postal_code, outcome.value, now)
            return outcome
        return outcome._replace(value=None)  # a whole guide in memory is what the store is for

    def _learn(self, limit: ObservedLimit) -> None:
        self._store.set_fact(LIMIT, limit._asdict(), self._clock.now())


def _remembered(
    profiles: Mapping[str, Profile], rate: Any, learned_at: float, now: float
) -> Mapping[str, Profile]:
    """The profiles, beginning at the rate that an earlier run found, unless that has faded."""
    if not isinstance(rate, float) or now - learned_at > FADES:
        return profiles
    return {
        kind: own._replace(first_rate=min(own.fast_rate, max(own.first_rate, rate)))
        for kind, own in profiles.items()
    }


def client_for(config: settings.Config, clock: Clock) -> "Client":
    """The way to the source, with the strategy's patience."""
    from ..gracenote.client import Client  # only here: the offline guide and simulations go without

    return Client(config, timeout=STRATEGIES[config.worker_strategy][GUIDE].timeout, clock=clock)
