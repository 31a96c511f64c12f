"""How players find the guide of their channels: by the models of tests/players."""

from typing import Dict, Iterable, Tuple

from gracenote2epg.channels.matching import PlayerChannel
from players import kodi, reading, tvheadend
from support import guides


def names_of(path: str) -> reading.Names:
    """The display names of a guide's channels, by channel id."""
    return reading.names(guides.read(path))


def in_tvheadend(path: str, names: Iterable[str]) -> Dict[str, Tuple[str, ...]]:
    """The ids of the guide's channels that Tvheadend links, by the names of its own."""
    return {name: tvheadend.link(names_of(path), PlayerChannel(name)) for name in names}


def in_iptv_simple(path: str, channels: Iterable[PlayerChannel]) -> Dict[str, str]:
    """The id of the guide's channel that IPTV Simple takes, by the names of its channels; "" =
    none."""
    guide = names_of(path)
    return {own.name: next(iter(kodi.link(guide, own)), "") for own in channels}
