"""IPTV Simple: whether it reads our guide, and what Kodi shows of it."""

import contextlib
import logging
import os
import threading
from typing import Callable, Dict, List, NamedTuple, Optional, Set, Tuple

import xbmcaddon
import xbmcvfs

from ..clock import Clock
from ..doctor.failures import CHECKS, Check
from ..doctor.report import BROKEN, SKIPPED, Finding, from_error, ok, skipped
from ..errors import InputFileError, PlaylistError, Sentence
from ..util.format import Names
from ..util.redact import redact_playlist_url
from . import backend, iptv_simple
from .json_rpc import call

log = logging.getLogger(__name__)

SETTLED_AFTER = 5.0  # seconds without another channel that gets the guide
NUDGE_AFTER = 10.0  # seconds until an instance that Kodi changes live is set once more
SHOW_TIMEOUT = 30.0  # seconds for Kodi to show the guide once IPTV Simple has it
MAX_CHANNELS = 300  # to look at
MAX_NAMES = 3  # of channels in a sentence
_CHECK = Check(len(CHECKS) + 1, "iptv simple", "IPTV Simple", "Does it read the guide?")


def check(
    guides: Set[str], needed: bool, path: str, stop: threading.Event, clock: Clock
) -> Optional[Finding]:
    """The doctor's finding; None = it is not installed, or off and not needed.

    guides: the guide's paths and addresses, or how these end. needed: the guide is for Kodi. path:
    of the guide's file.
    """
    version, enabled = iptv_simple.installed()
    if not version or not (enabled or needed):
        return None
    if not enabled:
        return skipped(_CHECK, "iptv_disabled", "It is installed, but not enabled")
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
        finding = _check_channels(path, version, stop, clock)
        return finding if needed or finding.state != BROKEN else finding._replace(state=SKIPPED)
    if reading:
        finding = ok(_CHECK, "iptv_no_list", "It has no playlist, so it shows no channels")
        finding = finding.curing("Set one in its own settings")
    else:
        others = filter(None, map(iptv_simple.guide, all_settings))
        names = Names(list(map(redact_playlist_url, others)))
        finding = ok(_CHECK, "iptv_no_guide", "It reads no guide")
        if names.names:
            finding = ok(_CHECK, "iptv_other", "It reads another guide: {names}", names=names)
        finding = finding.curing("Choose 'Set up IPTV Simple' in the menu")
    return finding._replace(state=BROKEN if needed else SKIPPED, name="iptv simple")


def _check_channels(path: str, version: str, stop: threading.Event, clock: Clock) -> Finding:
    """Whether Kodi shows the guide, which IPTV Simple reads."""
    if not os.path.exists(path):
        return ok(_CHECK, "iptv_too_early", "It reads the guide, which is not there yet")
    try:
        listed = backend.listed_channels(path, stop, clock)
    except InputFileError:  # the check of the file says it
        return ok(_CHECK, "iptv_reads", "It reads the guide")
    shown = _shown_now(_normalize(set(listed.titles)))
    if not shown.total:
        finding = ok(_CHECK, "iptv_empty", "It reads the guide, but Kodi shows no TV channels")
        finding = finding.curing(
            "Look at its playlist: it is empty, or cannot be read; or its TV is switched off"
        )
        return finding._replace(state=BROKEN, name="no channels in kodi")
    figures = {"count": shown.with_guide, "all": shown.looked_at}
    finding = ok(_CHECK, "iptv_shows", "{count} of {all} channels show programmes", **figures)
    if shown.total > shown.looked_at:
        first = {"count": shown.looked_at, "all": shown.total}
        text = "only the first {count} of Kodi's {all} channels were looked at"
        finding = finding.and_saw(Sentence("seen_iptv_first", text, first))
    name = ""
    for names, row in zip(why_without(shown, listed, version, stop), _REASONS):
        if names:
            name, symptom, cure = row
            text, values = name.replace(" ", "_"), {"names": Names(names, MAX_NAMES)}
            finding = finding.and_saw(Sentence(f"seen_{text}", symptom, values))
            finding = finding._replace(cures=(*finding.cures, Sentence(f"cure_{text}", cure)))
    if name and 2 * shown.with_guide < shown.looked_at:
        return finding._replace(state=BROKEN, name=name)
    return finding


# Of each list of Reasons: the finding's name, what is seen, and the cure.
_REASONS = (
    (
        "not asked",
        "Kodi has not asked yet for the programmes of {names}",
        "Choose 'Set up IPTV Simple' in the menu, which makes Kodi ask; by itself it does so"
        " within two hours",
    ),
    (
        "not in the guide",
        "These do not, their names are not in the guide: {names}",
        "Choose 'Set up the guide' in the menu, which compares the playlist with the stations;"
        " or give these channels a tvg-id or a name from the guide in the playlist",
    ),
)


class Reasons(NamedTuple):
    """Why channels show nothing of the guide: their names."""

    not_asked: List[str]
    not_listed: List[str]


def why_without(
    shown: "ShownChannels", listed: "backend.ListedChannels", version: str, stop: threading.Event
) -> Reasons:
    """The channels for which Kodi has not asked yet, and those that are not in the guide.

    Neither, if the guide has nothing on now. version: of IPTV Simple.
    """
    ids: Dict[str, Set[str]] = {}
    for address in iptv_simple.playlists(version):
        try:
            channels = backend.read_playlist(address, stop).channels
        except PlaylistError as error:  # then the names alone have to do
            log.info("%s", error)
            continue
        for channel in channels:
            ids.setdefault(channel.name, set()).update((*channel.ids, *channel.names))
    reasons = Reasons([], [])
    for name in shown.without:
        states = {listed.is_on.get(backend.channel_key(key)) for key in {name, *ids.get(name, ())}}
        if True in states:
            reasons.not_asked.append(name)
        elif states == {None}:
            reasons.not_listed.append(name)
    return reasons


def _normal(address: str) -> str:
    return os.path.normpath(xbmcvfs.translatePath(address)) if address else ""


class ShownChannels(NamedTuple):
    """Its TV channels in Kodi: how many there are, were looked at, and which of those lack the
    guide."""

    total: int
    looked_at: int
    without: Tuple[str, ...]

    @property
    def with_guide(self) -> int:
        return self.looked_at - len(self.without)


def shown_channels(
    instance: iptv_simple.Instance,
    titles: Set[str],
    reloaded_at: float,
    stop: threading.Event,
    clock: Clock,
    report: Callable[[int], None],
) -> ShownChannels:
    """Kodi's channels once no more of them get the guide, or after SHOW_TIMEOUT.

    titles: of the programmes now. reloaded_at: by the monotonic clock, when IPTV Simple has
    reloaded the guide by itself, for an instance that is not live. report: takes per cent.
    """
    titles = _normalize(titles)
    started_at = nudged_at = grown_at = clock.monotonic()
    ends_at = max(started_at, reloaded_at) + SHOW_TIMEOUT
    most_with_guide = 0
    while True:
        shown = _shown_now(titles)
        now = clock.monotonic()
        report(int(100 * (now - started_at) / (ends_at - started_at)))
        if shown.with_guide > most_with_guide:
            most_with_guide, grown_at = shown.with_guide, now
        settled = now > max(reloaded_at, grown_at + SETTLED_AFTER) or not shown.without
        if (shown.with_guide and settled) or now > ends_at or clock.wait(stop, 1.0):
            break
        if instance.live and now - nudged_at > NUDGE_AFTER:  # it may miss the first change
            nudged_at = now
            with contextlib.suppress(RuntimeError):  # it has just been disabled
                addon = xbmcaddon.Addon(iptv_simple.ADDON)
                addon.setSetting("epgPath", addon.getSetting("epgPath"))
    log.info(
        "IPTV Simple: %d channels; of the first %d, %d have the guide",
        shown.total,
        shown.looked_at,
        shown.with_guide,
    )
    return shown


def _shown_now(titles: Set[str]) -> ShownChannels:
    """Its channels in Kodi. titles: normalized.

    A channel that shows one of them has the guide. Other programmes prove nothing, because Kodi
    keeps earlier ones; only without titles do they count.
    """
    clients = call("PVR.GetClients").get("clients", ())
    ours = {row["clientid"] for row in clients if row["addonid"] == iptv_simple.ADDON}
    properties = ["broadcastnow", "clientid"]
    found = call("PVR.GetChannels", channelgroupid="alltv", properties=properties)
    all_rows = [row for row in found.get("channels", ()) if row.get("clientid") in ours]
    rows = all_rows[:MAX_CHANNELS]
    on_now = [_normalize_title((row.get("broadcastnow") or {}).get("title", "")) for row in rows]
    without = [
        str(row.get("label", ""))
        for row, title in zip(rows, on_now)
        if not (title in titles if titles else title)
    ]
    return ShownChannels(len(all_rows), len(rows), tuple(without))


def all_show_programmes() -> bool:
    """Whether each of Kodi's channels shows something."""
    shown = _shown_now(set())
    return bool(shown.looked_at) and not shown.without


def _normalize(titles: Set[str]) -> Set[str]:
    return set(map(_normalize_title, titles)) - {""}


def _normalize_title(title: str) -> str:
    """Only letters and digits: the output options or Kodi may write the others in another way."""
    return "".join(filter(str.isalnum, title)).casefold()
