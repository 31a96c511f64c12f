"""Import the choices of zap2epg.

Source of the paths and names: script.module.zap2epg, its settings.xml, and its tv_grab_zap2epg
for Tvheadend on a Raspberry Pi and on Synology.
"""

import os
import re
from typing import Iterable, Mapping, NamedTuple, Optional, Tuple

from ..config.paths import home_dirs, kodi_profile_dirs
from ..config.xml_files import read_settings
from ..errors import InputFileError
from ..gracenote.lineup_ids import country_of
from ..models import Provider

ADDON_ID = "script.module.zap2epg"
_BELOW_HOME = ("script.module.zap2epg/epggrab/conf/zap2epg.xml", "var/epggrab/conf/zap2epg.xml")
_ANTENNA = "lineupId"


class Choices(NamedTuple):
    """The settings of zap2epg. "" and () = nothing was chosen."""

    path: str
    postal_code: str
    headend: str
    device: str
    station_ids: Tuple[str, ...]


def find(environ: Mapping[str, str]) -> Optional[Choices]:
    """The settings of zap2epg on this machine; None = none with a postal code."""
    folders = kodi_profile_dirs(environ, ADDON_ID)
    paths = [os.path.join(folder, "settings.xml") for folder in folders]
    paths += [os.path.join(home, name) for home in home_dirs(environ) for name in _BELOW_HOME]
    for path in filter(os.path.isfile, paths):
        try:
            values = read_settings(path)
        except InputFileError:
            continue
        if values.get("zipcode"):
            headend, device = values.get("lineupcode", ""), values.get("device", "")
            station_ids = tuple(re.findall(r"\d+", values.get("slist", "")))
            return Choices(path, values["zipcode"], headend, device, station_ids)
    return None


def lineup_of(choices: Choices, providers: Iterable[Provider]) -> Optional[str]:
    """The id of its lineup: from ``providers``, or built of head-end and device. None = unknown."""
    headend, device = choices.headend, choices.device
    if headend in ("", "NONE"):
        return None
    lineups = [row.lineup for row in providers if row.lineup.headend_id == headend]
    lineups.sort(key=lambda lineup: lineup.device != device)
    if lineups:
        return lineups[0].lineup_id
    if headend == _ANTENNA:
        return "OTA"
    if headend.startswith("DFLT"):
        return f"{country_of(choices.postal_code)}-{headend}"
    return f"{headend}:{device or 'X'}"
