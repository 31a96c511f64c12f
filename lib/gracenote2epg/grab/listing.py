"""Lists of lineups and stations for those who choose."""

from typing import Dict, List, Optional, Tuple

from ..channels.stations import Known, stations
from ..config.settings import Config
from ..errors import BadSource
from ..gracenote.tasks import GuideTask
from ..models import Lineup, Provider
from ..store.answers import Store
from .canary import canary
from .lineups import lineups, providers
from .source import Source, why_ended


def find_lineups(source: Source) -> List[Tuple[Provider, Optional[int]]]:
    """The postal code's lineups, each with its number of stations; None = it cannot be told now."""
    found = providers(source)
    if not found:
        raise BadSource(f"{source.client.host} cannot list the lineups now", "Try again later")
    now = int(source.clock.now())
    tasks: Dict[Lineup, GuideTask] = {
        row.lineup: GuideTask(row.lineup, now - now % 3600, 1)
        for row in found
        if not source.store.windows(row.lineup)
    }
    if tasks:
        source.manager.download_guide_blocks(tasks.values())
    return [(row, len(stations(source.store, [row.lineup])) or None) for row in found]


def known_stations(config: Config, store: Store) -> List[Known]:
    """The stations of the chosen lineups without asking; [] where one of them is not known yet."""
    chosen = lineups(config, store, None)
    return stations(store, chosen) if all(map(store.windows, chosen)) else []


def list_stations(source: Source) -> List[Known]:
    """The stations of the chosen lineups."""
    return stations(source.store, described(source))


def described(source: Source) -> List[Lineup]:
    """The chosen lineups, whose stations stored answers tell, or one short window asked now."""
    found = lineups(source.config, source.store, source)
    now = int(source.clock.now())
    for lineup in found:
        if not source.store.windows(lineup):
            canary(source, [GuideTask(lineup, now - now % 3600, 1)])
    if not stations(source.store, found):
        host = source.client.host
        raise why_ended(source) or BadSource(f"{host} lists no station now", "Try again later")
    return found
