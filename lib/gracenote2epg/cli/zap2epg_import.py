"""What a user of zap2epg has chosen, so that it need not be chosen again.

Source of the places and names: script.module.zap2epg, its settings.xml, and its tv_grab_zap2epg
for Tvheadend on a Raspberry Pi and on Synology.
"""

import os
import re
from typing import Iterable, Mapping, NamedTuple, Optional, Sequence, Tuple

from ..config.paths import home_dirs, kodi_profile_dirs
from ..config.xml_files import read_settings
from ..errors import InputFileError
from ..gracenote.lineup_ids import country_of
from ..models import Provider

ADDON_ID = "script.module.zap2epg"
_BELOW_HOME = ("script.module.zap2epg/epggrab/conf/zap2epg.xml", "var/epggrab/conf/zap2epg.xml")
_ANTENNA = "lineupId"


class Chosen(NamedTuple):
    """Its settings. "" and () = nothing was chosen."""

    path: str
    postal_code: str
    headend: str
    device: str
    stations: Tuple[str, ...]  # ids


def find(environ: Mapping[str, str]) -> Optional[Chosen]:
    """The settings of zap2epg on this machine; None = there are none with a postal code."""
    places = [
        os.path.join(folder, "settings.xml") for folder in kodi_profile_dirs(environ, ADDON_ID)
    ]
    places += [os.path.join(home, own) for home in home_dirs(environ) for own in _BELOW_HOME]
    for path in filter(os.path.isfile, places):
        try:
            values = read_settings(path)
        except InputFileError:
            continue
        if values.get("zipcode"):
            return Chosen(
                path,
                values["zipcode"],
                values.get("lineupcode", ""),
                values.get("device", ""),
                tuple(re.findall(r"\d+", values.get("slist", ""))),
            )
    return None


def lineup_of(chosen: Chosen, providers: Iterable[Provider]) -> Optional[str]:
    """The id of the lineup, of those that its postal code has or by its head-end."""
    if chosen.headend in ("", "NONE"):
        return None
    alike: Sequence[Provider] = [
        row for row in providers if row.lineup.headend_id == chosen.headend
    ]
    same = [row for row in alike if row.lineup.device == chosen.device]
    for row in (*same, *alike):
        return row.lineup.lineup_id
    if chosen.headend == _ANTENNA:
        return "OTA"
    if chosen.headend.startswith("DFLT"):
        return f"{country_of(chosen.postal_code)}-{chosen.headend}"
    return f"{chosen.headend}:{chosen.device or 'X'}"
