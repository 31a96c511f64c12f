"""The channels of an earlier guide, of another grabber mostly, whose ids, names and order stay."""

import json
import logging
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from ..store.answers import Store
from ..store.choices import KEPT_CHANNELS
from .matching import PlayerChannel

log = logging.getLogger(__name__)


class KeptChannel(NamedTuple):
    """A station's channel in the earlier guide."""

    station_id: str
    id: str
    names: Tuple[str, ...]


def kept_channels(store: Store) -> Tuple[KeptChannel, ...]:
    """In the order of the earlier guide; () = none is kept."""
    value: Dict[str, Any] = store.choices.get(KEPT_CHANNELS, {})
    try:
        rows = json.loads(value.get("channels", "[]"))
        return tuple(KeptChannel(station, key, tuple(names)) for station, key, names in rows)
    except (TypeError, ValueError):
        log.warning("choices.json: the kept channels cannot be read")
        return ()


def kept_file(store: Store) -> List[Any]:
    """The earlier guide's path, and its stamp when it was read; [] = none."""
    value: Dict[str, Any] = store.choices.get(KEPT_CHANNELS, {})
    return list(value.get("file", []))


def with_station_ids(
    channels: Sequence[PlayerChannel], kept: Sequence[KeptChannel]
) -> Sequence[PlayerChannel]:
    """The channels of a player; those with a kept id have the id of its station too."""
    stations = {row.id: row.station_id for row in kept}
    if not stations:
        return channels
    return [
        row._replace(ids=(*row.ids, *(stations[key] for key in row.ids if key in stations)))
        for row in channels
    ]


def keep(store: Store, file: Sequence[Any], channels: Sequence[KeptChannel]) -> None:
    """Keep these channels instead of others. file: as ``kept_file`` returns it; [] = forget."""
    text = json.dumps(channels, ensure_ascii=False)  # one line in the file
    store.choices.put(KEPT_CHANNELS, {"file": list(file), "channels": text} if file else {})
