"""Lists of lineups and stations for those who choose."""

from typing import Dict, List, Optional, Tuple

from ..channels.stations import GuideStation, sort_by_number, stored_stations
from ..config.settings import Config
from ..errors import SourceUnavailable
from ..gracenote.tasks import GuideTask
from ..models import Lineup, Provider
from ..store.answers import Store
from .canary import canary
from .lineups import lineups_at, resolve_lineups
from .source import SourceSession, end_error


def find_lineups(source: SourceSession) -> List[Tuple[Provider, Optional[int]]]:
    """The postal code's lineups, each with its number of stations; None = it cannot be told now."""
    found = lineups_at(source)
    if not found:
        raise SourceUnavailable(
            f"{source.client.host} cannot list the lineups now", "Try again later"
        )
    now = int(source.clock.now())
    tasks: Dict[Lineup, GuideTask] = {
        row.lineup: GuideTask(row.lineup, now - now % 3600, 1)
        for row in found
        if not source.store.windows(row.lineup)
    }
    if tasks:
        source.manager.download_guide_blocks(tasks.values())
    return [(row, len(stored_stations(source.store, [row.lineup])) or None) for row in found]


def known_stations(config: Config, store: Store) -> List[GuideStation]:
    """The stored stations of the chosen lineups, by number; [] unless all lineups are stored."""
    chosen = resolve_lineups(config, store, None)
    return sort_by_number(stored_stations(store, chosen)) if all(map(store.windows, chosen)) else []


def list_stations(source: SourceSession) -> List[GuideStation]:
    """The stations of the chosen lineups, by number."""
    return sort_by_number(stored_stations(source.store, lineups_with_stations(source)))


def lineups_with_stations(source: SourceSession) -> List[Lineup]:
    """The chosen lineups, whose stations stored answers tell, or one short window asked now."""
    found = resolve_lineups(source.config, source.store, source)
    now = int(source.clock.now())
    for lineup in found:
        if not source.store.windows(lineup):
            canary(source, [GuideTask(lineup, now - now % 3600, 1)])
    if not stored_stations(source.store, found):
        host = source.client.host
        raise end_error(source) or SourceUnavailable(
            f"{host} lists no station now", "Try again later"
        )
    return found
