"""IPTV Simple: whether it reads our guide, and what Kodi shows of it."""

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
from .json_rpc import call

log = logging.getLogger(__name__)


SETTLED_AFTER = 5.0  # seconds without another channel that gets the guide
NUDGE_AFTER = 10.0  # seconds until an instance that Kodi changes live is set once more
MAX_CHANNELS = 30  # to look at
_CHECK = Check(len(CHECKS) + 1, "iptv simple", "IPTV Simple", "Does it read the guide?")


def check(guides: Set[str], needed: bool) -> Optional[Finding]:
    """The doctor's finding, in English like the rest of its report; None = it is not installed.

    guides: the guide's paths and addresses, or how these end. needed: the guide is for Kodi.
    """
    version, enabled = iptv_simple.installed()
    if not version:
        return None
    if not enabled:
        return skipped(_CHECK, "It is installed, but not enabled")
    try:
        all_settings = [
            iptv_simple.settings(instance.path) for instance in iptv_simple.instances(version)
        ]
    except InputFileError as error:
        return from_error(_CHECK, error)
    endings = tuple(map(os.path.normpath, guides))
    reading = [
        values for values in all_settings if _normal(iptv_simple.guide(values)).endswith(endings)
    ]
    if any(map(iptv_simple.playlist, reading)):
        return ok(_CHECK, "It reads the guide")
    if reading:
        symptom = "It has no playlist, so it shows no channels"
        remedy = "Set one in its own settings"
    else:
        others = filter(None, map(iptv_simple.guide, all_settings))
        names = ", ".join(map(redact_playlist_url, others))
        symptom = f"It reads another guide: {names}" if names else "It reads no guide"
        remedy = "Choose 'Set up IPTV Simple' in the menu"
    return Finding(_CHECK, BROKEN if needed else SKIPPED, symptom, remedy, "iptv simple")


def _normal(address: str) -> str:
    return os.path.normpath(xbmcvfs.translatePath(address)) if address else ""


class ShownChannels(NamedTuple):
    """Kodi's TV channels: how many there are, were looked at, and of those have the guide."""

    total: int
    looked_at: int
    with_guide: int


def shown_channels(
    instance: iptv_simple.Instance,
    titles: Set[str],
    stop: threading.Event,
    timeout: float,
    clock: Clock,
) -> ShownChannels:
    """Count Kodi's channels once no more of them get the guide, or after ``timeout`` seconds.

    titles: of the programmes now; a channel that shows one of them has the guide. Other programmes
    prove nothing, because Kodi keeps earlier ones; only without titles do they count.
    """
    titles = set(map(_normalize_title, titles)) - {""}
    started_at = nudged_at = grown_at = clock.monotonic()
    most_with_guide = 0
    while True:
        counts = _count(titles)
        now = clock.monotonic()
        if counts.with_guide > most_with_guide:
            most_with_guide, grown_at = counts.with_guide, now
        settled = counts.with_guide == counts.looked_at or now - grown_at > SETTLED_AFTER
        timed_out = now - started_at > timeout
        if (counts.with_guide and settled) or timed_out or clock.wait(stop, 1.0):
            break
        if instance.live and now - nudged_at > NUDGE_AFTER:  # it may miss the first change
            nudged_at = now
            addon = xbmcaddon.Addon(iptv_simple.ADDON)
            addon.setSetting("epgPath", addon.getSetting("epgPath"))
    log.info("IPTV Simple: %d channels; of the first %d, %d have the guide", *counts)
    return counts


def _count(titles: Set[str]) -> ShownChannels:
    result = call(
        "PVR.GetChannels",
        channelgroupid="alltv",
        properties=["broadcastnow"],
        limits={"start": 0, "end": MAX_CHANNELS},
    )
    on_now = [
        _normalize_title((row.get("broadcastnow") or {}).get("title", ""))
        for row in result.get("channels", ())
    ]
    with_guide = sum(title in titles if titles else bool(title) for title in on_now)
    return ShownChannels(result.get("limits", {}).get("total", 0), len(on_now), with_guide)


def _normalize_title(title: str) -> str:
    """Only letters and digits: the output options or Kodi may write the others in another way."""
    return "".join(filter(str.isalnum, title)).casefold()
