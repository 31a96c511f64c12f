"""Take over what was chosen in zap2epg, or in gracenote2epg 1.x and 2.0.

Source of the paths and names: script.module.zap2epg, its settings.xml, and its tv_grab_zap2epg for
Tvheadend on a Raspberry Pi and on Synology; the settings and paths of gracenote2epg 2.0.
"""

import contextlib
import os
import re
from typing import Dict, Iterable, Mapping, NamedTuple, Optional, Tuple

from ..config.paths import home_dirs, kodi_profile_dirs
from ..config.settings import all_settings
from ..config.xml_files import read_settings
from ..errors import InputFileError
from ..gracenote.lineup_ids import country_of
from ..models import Provider

ADDON_ID = "script.module.zap2epg"
_ZAP2EPG = ("script.module.zap2epg/epggrab/conf/zap2epg.xml", "var/epggrab/conf/zap2epg.xml")
_GRACENOTE2EPG = (
    "gracenote2epg/conf/gracenote2epg.xml",
    "script.module.zap2epg/epggrab/conf/gracenote2epg.xml",
    "var/epggrab/gracenote2epg/conf/gracenote2epg.xml",
)
_ANTENNA = "lineupId"
_NAMES = {"days": "days", "safe_titles": "stitle", "details": "xdetails"}  # their names by ours


class EarlierGrabber(NamedTuple):
    """What was chosen in an earlier grabber. "" and () = nothing.

    others: more settings of ours, as text.
    """

    program: str
    path: str
    postal_code: str
    lineup: str  # an id, as 2.0 has it; "" or auto = the antenna's
    headend: str  # as zap2epg has it
    device: str
    station_ids: Tuple[str, ...]
    others: Mapping[str, str]


def find(environ: Mapping[str, str]) -> Optional[EarlierGrabber]:
    """The settings of an earlier grabber on this machine; None = none with a postal code."""
    homes = home_dirs(environ)
    paths = [
        ("gracenote2epg", os.path.join(home, name)) for home in homes for name in _GRACENOTE2EPG
    ]
    folders = kodi_profile_dirs(environ, ADDON_ID)
    paths += [("zap2epg", os.path.join(folder, "settings.xml")) for folder in folders]
    paths += [("zap2epg", os.path.join(home, name)) for home in homes for name in _ZAP2EPG]
    for program, path in paths:
        if not os.path.isfile(path):
            continue
        try:
            values = read_settings(path)
        except InputFileError:
            continue
        if values.get("zipcode"):
            return _choices(program, path, values)
    return None


def _choices(program: str, path: str, values: Mapping[str, str]) -> EarlierGrabber:
    given = {own: values.get(name, "") for own, name in _NAMES.items()}
    if values.get("tvhoff") == "true" and values.get("tvhurl"):
        given["tvh_url"] = f"http://{values['tvhurl']}:{values.get('tvhport') or '9981'}"
        given.update(tvh_username=values.get("usern", ""), tvh_password=values.get("passw", ""))
        given["tvh_filter"] = "true" if values.get("tvhmatch") == "true" else ""
    if program == "zap2epg":
        given["channel_id"] = "zap2epg"
    kinds = {row.name: row.kind for row in all_settings()}
    others: Dict[str, str] = {}
    for name, text in given.items():
        with contextlib.suppress(ValueError):  # what we do not allow would end each run
            if text:
                kinds[name].parse(text)
                others[name] = text
    if "tvh_url" not in others:
        others.pop("tvh_filter", None)
    return EarlierGrabber(
        program,
        path,
        values["zipcode"],
        values.get("lineupid", ""),
        values.get("lineupcode", ""),
        values.get("device", ""),
        tuple(re.findall(r"\d+", values.get("slist", ""))),
        others,
    )


def lineup_of(choices: EarlierGrabber, providers: Iterable[Provider]) -> Optional[str]:
    """The id of its lineup: from ``providers``, or built of head-end and device. None = unknown."""
    if choices.lineup:
        return "OTA" if choices.lineup.lower() == "auto" else choices.lineup
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
