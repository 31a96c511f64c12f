"""The source while it is open for a run or a question: its store, client and downloads."""

import contextlib
import threading
from typing import TYPE_CHECKING, Iterator, NamedTuple, Optional

from ..clock import HOUR, Clock
from ..config.settings import Config
from ..downloader.parallel import UnifiedDownloadManager, client_for
from ..errors import AlreadyRunning, SourceError, Stopped
from ..gracenote import failures
from ..gracenote.tasks import GuideTask, Outcome, Verdict
from ..models import Lineup
from ..store.answers import Store
from ..store.choices import AFFILIATE
from ..store.database import RunLock

if TYPE_CHECKING:
    from ..gracenote.client import Client


class SourceSession(NamedTuple):
    """What a run needs to ask the source and to keep the answers."""

    config: Config
    store: Store
    manager: UnifiedDownloadManager
    client: "Client"
    stop: threading.Event

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return self.store.clock.now()

    @property
    def answers(self) -> int:
        """How many good ones came so far, details not counted."""
        return self.manager.monitor.statistics.guide.succeeded

    def current_hour(self, lineup: Lineup) -> GuideTask:
        """The shortest window that contains the present moment."""
        return GuideTask(lineup, int(self.now) // HOUR * HOUR, 1)

    def download(self, task: GuideTask) -> Outcome:
        """Download and store one window."""
        return self.manager.download_guide_blocks([task])[0].outcome

    def error_for(self, outcome: Outcome) -> SourceError:
        return failures.error_for(outcome, self.client.host, self.client.proxy)

    def end_error(self) -> Optional[SourceError]:
        """Why the source gave no more; None while it does, or if only the budget is used up."""
        ended = self.manager.ended
        return (
            None
            if ended is None or ended.verdict is Verdict.NOT_ATTEMPTED
            else self.error_for(ended)
        )

    def cut_short(self) -> Optional[Outcome]:
        """Why this run leaves requests to the next one; None if it does not, or if the source just
        has no more."""
        ended = self.manager.ended
        has_no_more = ended and (
            ended.verdict in (Verdict.BAD, Verdict.GONE)
            or (ended.verdict is Verdict.NOT_ATTEMPTED and ended.status)  # series without details
        )
        return None if has_no_more else ended


def known_affiliate(config: Config, store: Store) -> str:
    """The affiliate id that worked last, unless the user sets one."""
    is_chosen = "affiliate" in config.origins
    return config.affiliate if is_chosen else store.choices.get(AFFILIATE, config.affiliate)


@contextlib.contextmanager
def open_source(config: Config, store: Store, stop: threading.Event) -> Iterator[SourceSession]:
    """Open the source; at the end all its threads and connections are closed."""
    client = client_for(config, store.clock)
    client.affiliate = known_affiliate(config, store)
    try:
        with UnifiedDownloadManager(
            enable_monitoring=False,  # web.status, run by the caller, shows more than the downloads
            config=config,
            client=client,
            store=store,
            stop=stop,
            clock=store.clock,
        ) as manager:
            yield SourceSession(config, store, manager, client, stop)
    finally:
        client.close()


@contextlib.contextmanager
def locked_source(config: Config, stop: threading.Event, clock: Clock) -> Iterator[SourceSession]:
    """Open the source for questions outside a run, with the data directory locked.

    Raises AlreadyRunning, and Stopped once ``stop`` is set.
    """
    folder = config.data_dir
    with contextlib.ExitStack() as resources:
        try:
            resources.enter_context(RunLock(folder))
        except AlreadyRunning:
            raise AlreadyRunning(folder, "Try this again when it is over") from None
        store = resources.enter_context(Store(folder, clock))
        session = resources.enter_context(open_source(config, store, stop))
        try:
            yield session
        except SourceError:
            if not stop.is_set():
                raise
    if stop.is_set():
        raise Stopped()
