"""Does the guide arrive in Tvheadend? Grabber, links and programmes.

Source: tvheadend reference, sections 3 and 4; Tvheadend's src/api/api_epggrab.c, api_idnode.c and
src/epggrab/module.c: a module's title is its (translated) type and its name. A grabber's name is
"XMLTV: " and its ``--description``; the socket's name is "XMLTV".
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
MAX_CHANNEL_REQUESTS = 50
MAX_NAMES = 3  # of channels, in one sentence
_DESCRIPTIONS = ("(Gracenote)", "gracenote2epg")  # one of them is in --description
_CARRIERS = ("xmltv", "tv_grab_file")  # modules that take a guide from anywhere


class TvheadendState(NamedTuple):
    """The server's answers. sources: of our guide; None = the user is not an administrator, so
    sources and modules are hidden."""

    version: str
    channels: Sequence[TvhChannel]
    sources: Optional[Sequence[TvhSource]] = None
    modules: Sequence[TvhModule] = ()

    @property
    def linked(self) -> List[TvhChannel]:
        """The channels linked to our guide; to any guide if its sources are hidden."""
        if self.sources is None:
            return [channel for channel in self.channels if channel.sources]
        ours = {source.uuid for source in self.sources if source.enabled}
        return [channel for channel in self.channels if not ours.isdisjoint(channel.sources)]


def check_tvheadend(
    config: Config, station_ids: AbstractSet[str], stop: Optional[threading.Event] = None
) -> List[Finding]:
    """The findings for Tvheadend. station_ids: of the guide. Raises Stopped."""
    unchecked = [skipped(check, "Not checked: see Tvheadend") for check in (MODULE, LINKS, EVENTS)]
    if not config.tvh_url:
        return [skipped(TVHEADEND, "Not checked: tvh_url is not set"), *unchecked]
    with connect(config, stop) as server:
        try:
            state = _load(server, station_ids)
            return [
                ok(TVHEADEND, f"{server.address} answers: version {state.version}"),
                _module(server, state),
                _links(state),
                _events(server, state),
            ]
        except PlayerError as error:
            return [from_error(TVHEADEND, error), *unchecked]


def _load(server: Tvheadend, station_ids: AbstractSet[str]) -> TvheadendState:
    version = server.version()
    channels = [channel for channel in server.channels() if channel.enabled]
    try:
        sources = [source for source in server.sources() if _is_ours(source, station_ids)]
        return TvheadendState(version, channels, sources, server.modules())
    except (TvheadendForbidden, TvheadendLogin):
        return TvheadendState(version, channels)


def _is_ours(source: TvhSource, station_ids: AbstractSet[str]) -> bool:
    """Judge by its module; if that carries any guide, by the station in the channel's XMLTV id."""
    module = posixpath.basename(source.module)
    if module not in _CARRIERS:
        return module.startswith(GRABBER)
    numbers = re.findall(r"\d+", source.xmltv_id)
    return "gracenote2epg" in source.xmltv_id or not station_ids.isdisjoint(numbers)


def _module(server: Tvheadend, state: TvheadendState) -> Finding:
    if state.sources is None:
        return skipped(
            MODULE,
            "Only an administrator can see Tvheadend's grabbers",
            "To check them, give the user of tvh_username the right 'Admin'",
        )
    candidates = [
        module for module in state.modules if any(text in module.title for text in _DESCRIPTIONS)
    ]
    paths = {module.uuid: server.path(module) for module in candidates}
    ours = [
        module
        for module in candidates
        if posixpath.basename(paths[module.uuid]).startswith(GRABBER)
    ]
    enabled = [module for module in ours if module.enabled]
    if len(enabled) > 1:
        places = " and ".join(paths[module.uuid] for module in enabled)
        return ok(
            MODULE,
            f"The grabber is enabled {len(enabled)} times: {places}",
            "Disable all but one: each of them fetches the whole guide",
        )
    if enabled:
        return ok(MODULE, f"'{enabled[0].title}' is enabled")
    names = {source.grabber for source in state.sources}
    carriers = [module for module in state.modules if module.enabled and module not in ours]
    for module in carriers:
        if any(name and module.title.endswith(f": {name}") for name in names):
            return ok(MODULE, f"The guide comes through '{module.title}'")
    if ours:
        return failed("off", title=ours[0].title)
    sockets = [module for module in carriers if module.title.endswith(": XMLTV")]
    return failed("socket", title=sockets[0].title) if sockets else failed("not there")


def _links(state: TvheadendState) -> Finding:
    count, sources, linked = len(state.channels), state.sources, state.linked
    if not count:
        return failed("no channels")
    if sources is not None and not sources:
        return failed("not run")
    if sources and not any(source.enabled for source in sources):
        return failed("links off", count=len(sources))
    if not linked:
        what = "any EPG source" if sources is None else f"one of the guide's {len(sources)}"
        return failed("not linked", channels=count, sources=what)
    others = [channel.name for channel in state.channels if channel not in linked]
    return ok(LINKS, f"{len(linked)} of {count} channels are linked{_but_not(others)}")


def _events(server: Tvheadend, state: TvheadendState) -> Finding:
    """Channels with nothing on soon need a request each; those beyond the limit count as empty."""
    linked = state.linked
    if not linked:
        return skipped(EVENTS, "No channel is linked")
    on_soon = server.on_soon()
    idle = [channel for channel in linked if channel.uuid not in on_soon]
    empty = [
        channel.name
        for number, channel in enumerate(idle)
        if number >= MAX_CHANNEL_REQUESTS
        or not server.total("epg/events/grid", channel=channel.uuid)
    ]
    if len(empty) == len(linked):
        return failed("no events")
    filled = len(linked) - len(empty)
    return ok(
        EVENTS,
        f"{filled} of {len(linked)} linked channels have programmes{_but_not(empty)}",
        "The next grab fills those that the last one linked" if empty else "",
    )


def _but_not(names: Sequence[str]) -> str:
    """The end of a sentence about some channels: the exceptions."""
    if not names:
        return ""
    return f", not {', '.join(names[:MAX_NAMES])}" + (", ..." if len(names) > MAX_NAMES else "")
