"""The open source of one run, with its store, client and downloads."""

import contextlib
import threading
from typing import TYPE_CHECKING, Iterator, NamedTuple, Optional

from ..clock import Clock
from ..config.settings import Config
from ..downloader.parallel import UnifiedDownloadManager, client_for
from ..errors import SourceError
from ..gracenote import failures
from ..gracenote.tasks import Verdict
from ..store.answers import Store
from ..store.database import RunLock

if TYPE_CHECKING:
    from ..gracenote.client import Client

AFFILIATE_FACT = "affiliate"  # the store's name for the one that works


class SourceSession(NamedTuple):
    """The way to the source in one run."""

    config: Config
    store: Store
    manager: UnifiedDownloadManager
    client: "Client"
    clock: Clock
    stop: Optional[threading.Event] = None


def known_affiliate(config: Config, store: Store) -> str:
    """The one that worked last, unless the user names another."""
    value, _ = store.fact(AFFILIATE_FACT)
    return value if value and "affiliate" not in config.origins else config.affiliate


def end_error(source: SourceSession) -> Optional[SourceError]:
    """The error for a run whose source gave no more; None for one that only used up its budget."""
    ended = source.manager.ended
    if ended is None or ended.verdict is Verdict.NOT_ATTEMPTED:
        return None
    return failures.error_for(ended, source.client.host, source.client.proxy)


@contextlib.contextmanager
def open_source(
    config: Config, store: Store, stop: Optional[threading.Event] = None
) -> Iterator[SourceSession]:
    """The way to the source, closed at the end with all its threads and connections."""
    client = client_for(config, store.clock)
    client.affiliate = known_affiliate(config, store)
    try:
        with UnifiedDownloadManager(
            enable_monitoring=False,  # who runs this shows more than the downloads: web.status
            config=config,
            client=client,
            store=store,
            stop=stop,
            clock=store.clock,
        ) as manager:
            yield SourceSession(config, store, manager, client, store.clock, stop)
    finally:
        client.close()


@contextlib.contextmanager
def locked_source(config: Config, stop: threading.Event, clock: Clock) -> Iterator[SourceSession]:
    """The way to the source with the data directory to oneself, for a look without a grab."""
    folder = config.data_dir
    with RunLock(folder), Store(folder, clock) as store, open_source(config, store, stop) as way:
        yield way
