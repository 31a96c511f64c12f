"""IPTV Simple: whether it reads our guide, and what Kodi then shows of it."""

import logging
import os
import threading
from typing import NamedTuple, Optional, Set

import xbmcaddon
import xbmcvfs

from ..clock import Clock
from ..doctor.failures import CHECKS, Check
from ..doctor.report import BROKEN, SKIPPED, Finding, from_error, ok, skipped
from ..errors import InputFileError
from ..util.redact import redact_playlist_url
from . import iptv_simple
from .iptv_simple import Target, guide, playlist
from .json_rpc import call

log = logging.getLogger(__name__)


QUIET = 5.0  # seconds in which no more channels get the guide, so that these were all
NUDGE = 10.0  # seconds after which one that runs is told again to read the guide
MOST_LOOKED_AT = 30  # channels
_STEP = Check(len(CHECKS) + 1, "iptv simple", "IPTV Simple", "Does it read the guide?")


def examine(ours: Set[str], needed: bool) -> Optional[Finding]:
    """What the doctor sees of it; None = it is not installed.

    ours: the guide's paths and addresses, or how these end. needed: it is the guide's player, as
    far as is known. In English, as all that the doctor says.
    """
    found = call(
        "Addons.GetAddonDetails", addonid=iptv_simple.ADDON, properties=["version", "enabled"]
    )
    addon = found.get("addon")
    if not addon:
        return None
    if not addon["enabled"]:
        return skipped(_STEP, "It is installed, but not enabled")
    try:
        known = [iptv_simple.settings(one.path) for one in iptv_simple.targets(addon["version"])]
    except InputFileError as error:
        return from_error(_STEP, error)
    ends = tuple(os.path.normpath(one) for one in ours)
    reading = [values for values in known if _normal(guide(values)).endswith(ends)]
    if any(map(playlist, reading)):
        return ok(_STEP, "It reads the guide")
    state = BROKEN if needed else SKIPPED
    if reading:
        saw, cure = "It has no playlist, so it shows no channels", "Set one in its own settings"
    else:
        there = ", ".join(map(redact_playlist_url, filter(None, map(guide, known))))
        saw = f"It reads another guide: {there}" if there else "It reads no guide"
        cure = "Choose 'Set up IPTV Simple' in the menu"
    return Finding(_STEP, state, saw, cure, "iptv simple")


def _normal(address: str) -> str:
    return os.path.normpath(xbmcvfs.translatePath(address)) if address else ""


class Shown(NamedTuple):
    """What Kodi shows: its TV channels, how many of these were looked at, and how many of those
    have the guide."""

    channels: int
    looked: int
    with_guide: int


def shown(
    target: Target, titles: Set[str], stop: threading.Event, patience: float, clock: Clock
) -> Shown:
    """What Kodi shows once no more channels get the guide, or after so many seconds.

    titles: those that are on now; a channel with one of them has the guide. Programmes alone prove
    nothing, Kodi keeps those that it had before. Without titles they have to do.
    """
    ours = set(map(_bare, titles)) - {""}
    began = nudged = grown = clock.monotonic()
    most = 0
    while True:
        seen = _seen(ours)
        now = clock.monotonic()
        if seen.with_guide > most:
            most, grown = seen.with_guide, now
        settled = seen.with_guide and (seen.with_guide == seen.looked or now - grown > QUIET)
        if settled or now - began > patience or clock.wait(stop, 1.0):
            break
        if target.live and now - nudged > NUDGE:  # in its first minute it does not always hear
            nudged = now
            addon = xbmcaddon.Addon(iptv_simple.ADDON)
            addon.setSetting("epgPath", addon.getSetting("epgPath"))
    log.info("IPTV Simple: %d channels; of the first %d, %d have the guide", *seen)
    return seen


def _seen(titles: Set[str]) -> Shown:
    first = {"start": 0, "end": MOST_LOOKED_AT}
    asked = {"channelgroupid": "alltv", "properties": ["broadcastnow"], "limits": first}
    found = call("PVR.GetChannels", **asked)
    now = [
        _bare((row.get("broadcastnow") or {}).get("title", "")) for row in found.get("channels", ())
    ]
    count = sum(title in titles if titles else bool(title) for title in now)
    return Shown(found.get("limits", {}).get("total", 0), len(now), count)


def _bare(title: str) -> str:
    """A title without what the guide's style or Kodi may write in another way."""
    return "".join(filter(str.isalnum, title)).casefold()
