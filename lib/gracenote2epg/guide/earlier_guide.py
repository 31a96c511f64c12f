"""Keeps the channel ids, names and order of an earlier guide, so that players keep their links.

The setting ``ids_from`` names the guide, of whatever grabber. It is read once; what its channels
mean is kept in choices.json, also when the file is gone, and for callers without the setting.
"""

import logging
import os
import threading
from collections import defaultdict
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from ..channels.kept_channels import KeptChannel, keep, kept_file
from ..channels.matching import Match, PlayerChannel, match
from ..channels.stations import GuideStation
from ..config.settings import Config
from ..errors import InputFileError
from ..store.answers import Store
from ..util.format import join_names
from ..util.sanitize import channel_number
from ..xmltv.reader import read_channel_names
from .player_names import is_sure
from .published import file_stamp, is_unchanged, remembered

log = logging.getLogger(__name__)

FORGET = "-"  # instead of a path
_MAX_NAMES = 5  # stations in the report
_MAX_FORMS = 4  # names by which a channel is matched
_NO_MATCH = Match(PlayerChannel(""), "", -1, "")


class EarlierGuide(NamedTuple):
    """file: as in ``kept_file``. channels: the names of each, by id."""

    file: List[Any]
    channels: Dict[str, Tuple[str, ...]]


def read(config: Config, store: Store, stop: threading.Event) -> Optional[EarlierGuide]:
    """The guide that the settings name; None = none, or its channels are kept already.

    Raises InputFileError and Stopped.
    """
    path = config.ids_from
    if path == FORGET:
        if kept_file(store):
            keep(store, [], ())
        return None
    file, fact = [path, *file_stamp(path)], remembered(store, path)
    kept = kept_file(store)
    is_gone = kept[:1] == [path] and len(file) == 1
    is_own = bool(kept and fact and is_unchanged(path, fact))  # it replaced the earlier guide
    if not path or file == kept or is_gone or is_own:
        return None
    if os.path.exists(path) and not os.path.isfile(path):  # reading a pipe would block
        raise InputFileError(path, "it is not a file")
    channels = read_channel_names(path, stop)
    if not channels:
        raise InputFileError(path, "it has no channels")
    return EarlierGuide(file, channels)


def keep_channels(
    store: Store,
    earlier: EarlierGuide,
    stations: Sequence[GuideStation],
    in_guide: Optional[Set[str]],
) -> str:
    """Keep the earlier guide's channels of these stations; return a sentence about it.

    in_guide: the ids of the guide's stations; None = all.
    """
    forms = [form for row in earlier.channels.items() for form in _channel_forms(*row)]
    by_id: Dict[str, List[Match]] = defaultdict(list)
    for row in filter(is_sure, match(forms, [row.station for row in stations])):
        by_id[row.channel.tvg_id].append(row)
    best: Dict[str, Match] = {}  # by station
    for rows in by_id.values():
        # The id says more than one of several names, such as that of its HD twin.
        rows = [row for row in rows if row.how == "station id"] or rows
        row = max(rows, key=lambda each: each.confidence)
        is_one = len({each.station_id for each in rows}) == 1
        if is_one and row.confidence > best.get(row.station_id, _NO_MATCH).confidence:
            best[row.station_id] = row
    stations_of = {row.channel.tvg_id: station_id for station_id, row in best.items()}
    kept = [
        KeptChannel(stations_of[key], key, names)
        for key, names in earlier.channels.items()
        if key in stations_of
    ]
    keep(store, earlier.file, kept)
    lost = [
        names[0] if names else key
        for key, names in earlier.channels.items()
        if key not in stations_of
    ]
    added = [
        row.station.call_sign
        for row in stations
        if row.station.station_id not in best
        and (in_guide is None or row.station.station_id in in_guide)
    ]
    parts = [f"{len(kept)} of {len(earlier.channels)} channels of {earlier.file[0]} kept their ids"]
    parts += [f"no station is {join_names(lost, _MAX_NAMES)}"] if lost else []
    parts += [f"it lacks {join_names(added, _MAX_NAMES)}"] if added else []
    log.info("%s", "; ".join(parts))
    return f"{'; '.join(parts)}."


def _channel_forms(key: str, names: Sequence[str]) -> List[PlayerChannel]:
    """The channel of the earlier guide, as a player would have it, by each of its names."""
    numbers = (channel_number(name.split()[0]) for name in names if name.split())
    number = next(filter(None, numbers), "")
    worded = [name for name in names if not channel_number(name)][:_MAX_FORMS]
    return [PlayerChannel(name, number, (key,), tvg_id=key) for name in worded or [key]]
