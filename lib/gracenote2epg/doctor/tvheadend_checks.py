"""Whether the guide arrives in Tvheadend: grabber, links, programmes.

Source: tvheadend reference, sections 3 and 4; Tvheadend's src/api/api_epggrab.c, api_idnode.c and
src/epggrab/module.c: a module's title is its type, which is translated, and its name; that of a
grabber is "XMLTV: " and what its ``--description`` says, that of the socket is "XMLTV".
"""

import posixpath
import re
import threading
from typing import AbstractSet, List, NamedTuple, Optional, Sequence

from ..channels.tvheadend import TvhChannel, Tvheadend, TvhModule, TvhSource, connect
from ..config.settings import Config
from ..errors import PlayerError, TvheadendForbidden, TvheadendLogin
from .failures import EVENTS, LINKS, MODULE, TVHEADEND
from .report import Finding, failed, from_error, ok, skipped

GRABBER = "tv_grab_gracenote2epg"
MOST = 50  # channels that are asked one by one
_DESCRIPTIONS = ("(Gracenote)", "gracenote2epg")  # one of them is in --description
_CARRIERS = ("xmltv", "tv_grab_file")  # modules that take a guide from anywhere
_TOLD = 3  # channels that are named


class TvheadendState(NamedTuple):
    """What the server tells of itself. sources: those of our guide; None = only an administrator
    may see them, and the modules."""

    version: str
    channels: Sequence[TvhChannel]
    sources: Optional[Sequence[TvhSource]] = None
    modules: Sequence[TvhModule] = ()

    @property
    def linked(self) -> List[TvhChannel]:
        """The channels that take their programmes from our guide, as far as one may see that."""
        if self.sources is None:
            return [one for one in self.channels if one.sources]
        ours = {source.uuid for source in self.sources if source.enabled}
        return [one for one in self.channels if not ours.isdisjoint(one.sources)]


def check_tvheadend(
    config: Config, stations: AbstractSet[str], stop: Optional[threading.Event] = None
) -> List[Finding]:
    """Tvheadend's side of the chain. stations: the ids of the guide's. Raises Stopped."""
    rest = [skipped(step, "Not looked at: see Tvheadend") for step in (MODULE, LINKS, EVENTS)]
    if not config.tvh_url:
        return [skipped(TVHEADEND, "tvh_url is not set, so Tvheadend is not looked at"), *rest]
    with connect(config, stop) as server:
        try:
            seen = _look(server, stations)
            return [
                ok(TVHEADEND, f"{server.address} answers: version {seen.version}"),
                _module(server, seen),
                _links(seen),
                _events(server, seen),
            ]
        except PlayerError as error:
            return [from_error(TVHEADEND, error), *rest]


def _look(server: Tvheadend, stations: AbstractSet[str]) -> TvheadendState:
    version = server.version()
    channels = [one for one in server.channels() if one.enabled]
    try:
        sources = [one for one in server.sources() if _ours(one, stations)]
        return TvheadendState(version, channels, sources, server.modules())
    except (TvheadendForbidden, TvheadendLogin):
        return TvheadendState(version, channels)


def _ours(source: TvhSource, stations: AbstractSet[str]) -> bool:
    """Whether it is of our guide: by who brought it, and what anybody may bring by its id, in which
    a station's stands however the ids are written."""
    module = posixpath.basename(source.module)
    if module in _CARRIERS:
        return "gracenote2epg" in source.xmltv_id or not stations.isdisjoint(
            re.findall(r"\d+", source.xmltv_id)
        )
    return module.startswith(GRABBER)


def _module(server: Tvheadend, seen: TvheadendState) -> Finding:
    if seen.sources is None:
        return skipped(
            MODULE,
            "Only an administrator may see Tvheadend's grabbers",
            "To have them looked at, give the user of tvh_username the right 'Admin'",
        )
    named = [one for one in seen.modules if any(name in one.title for name in _DESCRIPTIONS)]
    paths = {one.uuid: server.path(one) for one in named}
    ours = [one for one in named if posixpath.basename(paths[one.uuid]).startswith(GRABBER)]
    enabled = [one for one in ours if one.enabled]
    if len(enabled) > 1:
        places = " and ".join(paths[one.uuid] for one in enabled)
        return ok(
            MODULE,
            f"The grabber is enabled {len(enabled)} times: {places}",
            "Switch off all but one: each of them fetches the whole guide",
        )
    if enabled:
        return ok(MODULE, f"'{enabled[0].title}' is enabled")
    brought = {source.grabber for source in seen.sources}
    carriers = [one for one in seen.modules if one.enabled and one not in ours]
    for one in carriers:
        if any(name and one.title.endswith(f": {name}") for name in brought):
            return ok(MODULE, f"The guide comes through '{one.title}'")
    if ours:
        return failed("off", title=ours[0].title)
    sockets = [one for one in carriers if one.title.endswith(": XMLTV")]
    return failed("socket", title=sockets[0].title) if sockets else failed("not there")


def _links(seen: TvheadendState) -> Finding:
    channels, sources, linked = len(seen.channels), seen.sources, seen.linked
    if not channels:
        return failed("no channels")
    if sources is not None and not sources:
        return failed("not run")
    if sources and not any(source.enabled for source in sources):
        return failed("links off", count=len(sources))
    if not linked:
        what = "any EPG source" if sources is None else f"one of the guide's {len(sources)}"
        return failed("not linked", channels=channels, sources=what)
    saw = f"{len(linked)} of {channels} channels are linked"
    others = [one.name for one in seen.channels if one not in linked]
    if others:
        saw += f", not {_few(others)}"
    return ok(LINKS, saw)


def _events(server: Tvheadend, seen: TvheadendState) -> Finding:
    """Channels with nothing on soon are asked one by one, up to a limit: beyond it they are taken
    for empty."""
    linked = seen.linked
    if not linked:
        return skipped(EVENTS, "No channel is linked")
    soon = server.on_soon()
    quiet = [one for one in linked if one.uuid not in soon]
    empty = [
        one.name
        for at, one in enumerate(quiet)
        if at >= MOST or not server.total("epg/events/grid", channel=one.uuid)
    ]
    if len(empty) == len(linked):
        return failed("no events")
    saw = f"{len(linked) - len(empty)} of {len(linked)} linked channels have programmes"
    if not empty:
        return ok(EVENTS, saw)
    return ok(EVENTS, f"{saw}, not {_few(empty)}", "The next grab fills what the last one linked")


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:_TOLD]) + (", ..." if len(names) > _TOLD else "")
