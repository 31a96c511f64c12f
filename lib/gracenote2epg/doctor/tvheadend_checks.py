"""Does the guide arrive in Tvheadend? Grabber, links and programmes.

Source: tvheadend reference, sections 3 and 4; Tvheadend's src/api/api_epggrab.c, api_idnode.c,
src/epggrab/module.c and channel.c: a module's title is its (translated) type and its name. A
grabber's name is "XMLTV: " and its ``--description``; the socket's name is "XMLTV".
"""

import posixpath
import re
import threading
from collections import defaultdict
from typing import (
    AbstractSet,
    Collection,
    Dict,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Set,
)

from ..channels.matching import Match, PlayerChannel
from ..channels.player_channels import ChannelList, ChannelLists
from ..channels.stations import GuideStation
from ..channels.tvheadend import TvhChannel, Tvheadend, TvhEvent, TvhModule, TvhSource, connect
from ..clock import DAY
from ..config.settings import UNIX_SOCKET_PREFIX, Config
from ..errors import PlayerError, Sentence, TvheadendForbidden, TvheadendLogin
from ..guide.player_names import SURE
from ..util.format import Names
from ..util.sanitize import parse_int
from .failures import AGAIN, AGAIN_THERE, CHANNELS_PAGE, EVENTS, LINKS, MODULE, RUN, TVHEADEND
from .report import Finding, failed, from_error, ok, skipped

GRABBER = "tv_grab_gracenote2epg"
MAX_CHANNEL_REQUESTS = 50
MAX_NAMES = 5  # of channels, in one sentence
_DESCRIPTIONS = ("(Gracenote)", "gracenote2epg")  # one of them is in --description
_CARRIERS = ("xmltv", "tv_grab_file")  # modules that take a guide from anywhere
_SOCKET_TITLE = ": XMLTV"  # how the socket's title ends
_DEFAULT_PRIORITY = 3  # of XMLTV modules


class KnownGuide(NamedTuple):
    """The guide that Tvheadend should show, as far as it is known here.

    stations: of the lineups. assigned: by the user, as in ChannelLists. channel_ids: in the
    published file at ``path``; empty = unknown. kept: station ids by an earlier guide's ids.
    """

    stations: Sequence[GuideStation] = ()
    assigned: Mapping[str, str] = {}
    path: str = ""
    channel_ids: AbstractSet[str] = frozenset()
    kept: Mapping[str, str] = {}

    def has(self, source: TvhSource) -> bool:
        """Whether the source is a channel of the guide; Tvheadend replaces "/" in ids."""
        ids = {channel_id.replace("/", "#") for channel_id in self.channel_ids}
        return not ids or source.xmltv_id in ids

    def numbers_in(self, ids: Iterable[str]) -> Set[str]:
        """The numbers in these channel ids, which may be station ids."""
        numbers = (re.findall(r"\d+", self.kept.get(key, key)) for key in ids)
        return {number for found in numbers for number in found}

    def station_of(self, source: TvhSource) -> Optional[GuideStation]:
        """The station that the source's XMLTV id names; None = none of the lineups."""
        numbers = self.numbers_in([source.xmltv_id])
        return next((row for row in self.stations if not set(row.ids).isdisjoint(numbers)), None)


class TvheadendState(NamedTuple):
    """The server's answers. channels: the enabled ones with programmes of their own. sources: of
    our guide; None = the user is not an administrator, so sources and modules are hidden. grabbers:
    our modules by path."""

    version: str
    channels: Sequence[TvhChannel]
    disabled: int  # channels
    sources: Optional[Sequence[TvhSource]] = None
    modules: Sequence[TvhModule] = ()
    grabbers: Mapping[str, TvhModule] = {}

    def sources_of(self, channel: TvhChannel) -> List[TvhSource]:
        """The channel's sources of our guide."""
        sources = self.sources or ()
        return [row for row in sources if row.enabled and row.uuid in channel.sources]

    @property
    def linked(self) -> List[TvhChannel]:
        """The channels linked to our guide; to any guide if its sources are hidden."""
        hidden = self.sources is None
        return [row for row in self.channels if (row.sources if hidden else self.sources_of(row))]

    @property
    def carriers(self) -> List[TvhModule]:
        """The enabled modules through which the guide comes."""
        ours = [module for module in self.grabbers.values() if module.enabled]
        ends = tuple(f": {source.grabber}" for source in self.sources or () if source.grabber)
        return ours or [row for row in self.modules if row.enabled and row.title.endswith(ends)]


def check_tvheadend(
    config: Config,
    guide: KnownGuide,
    now: float,
    stop: Optional[threading.Event] = None,
) -> List[Finding]:
    """The findings for Tvheadend. now: seconds since the epoch. Raises Stopped."""
    why = ("tvheadend_unchecked", "Not checked: see Tvheadend")
    unchecked = [skipped(check, *why) for check in (MODULE, LINKS, EVENTS)]
    if not config.tvh_url:
        unset = skipped(TVHEADEND, "no_tvheadend", "Not checked: tvh_url is not set")
        return [unset, *unchecked]
    with connect(config, stop) as server:
        try:
            state = _load(server, guide)
            findings = [
                ok(
                    TVHEADEND,
                    "tvheadend_answers",
                    "{address} answers: version {version}",
                    address=server.address,
                    version=state.version,
                ),
                _module(state, config),
                _links(state, guide, config),
                _events(server, state, now),
            ]
        except PlayerError as error:
            return [from_error(TVHEADEND, error), *unchecked]
    sockets = [module.title.endswith(_SOCKET_TITLE) for module in state.carriers]
    if config.output.startswith(UNIX_SOCKET_PREFIX) or any(sockets):  # each run is a grab
        findings = [row.replacing([AGAIN, AGAIN_THERE], RUN) for row in findings]
    return findings


def _load(server: Tvheadend, guide: KnownGuide) -> TvheadendState:
    version, channels = server.version(), server.channels()
    disabled = sum(not channel.enabled for channel in channels)
    own = [channel for channel in channels if channel.enabled and not channel.borrows]
    state = TvheadendState(version, own, disabled)
    try:
        sources = [source for source in server.sources() if _is_ours(source, guide)]
        modules = server.modules()
        named = [row for row in modules if any(text in row.title for text in _DESCRIPTIONS)]
        grabbers = {server.module_fields(module).get("path", ""): module for module in named}
    except (TvheadendForbidden, TvheadendLogin):
        return state
    ours = {path: row for path, row in grabbers.items() if _name(path).startswith(GRABBER)}
    return state._replace(sources=sources, modules=modules, grabbers=ours)


_name = posixpath.basename


def _is_ours(source: TvhSource, guide: KnownGuide) -> bool:
    """Judge by its module; if that carries any guide, by the station in the channel's XMLTV id."""
    module = _name(source.module)
    if module not in _CARRIERS:
        return module.startswith(GRABBER)
    return "gracenote2epg" in source.xmltv_id or guide.station_of(source) is not None


def _module(state: TvheadendState, config: Config) -> Finding:
    if state.sources is None:
        hidden = "Only an administrator can see Tvheadend's grabbers"
        finding = skipped(MODULE, "grabbers_hidden", hidden)
        return finding.curing("To check them, give the user of tvh_username the right 'Admin'")
    ours = [module for module in state.grabbers.values() if module.enabled]
    sockets = [row for row in state.modules if row.enabled and row.title.endswith(_SOCKET_TITLE)]
    is_pushed = config.output.startswith(UNIX_SOCKET_PREFIX)
    if is_pushed and not sockets:
        return failed("socket off")
    if len(ours) > 1:
        places = Names([path for path, row in state.grabbers.items() if row.enabled])
        several = "The grabber is enabled {count} times: {names}"
        finding = ok(MODULE, "grabbers", several, count=len(ours), names=places)
        return finding.curing("Disable all but one: each of them fetches the whole guide")
    if ours and not is_pushed:
        return ok(MODULE, "grabber_enabled", "'{title}' is enabled", title=ours[0].title)
    if state.carriers:
        through, title = "The guide comes through '{title}'", state.carriers[0].title
        return ok(MODULE, "guide_through", through, title=title)
    if sockets:
        return failed("not pushed" if is_pushed else "socket", title=sockets[0].title)
    if state.grabbers:
        return failed("off", title=next(iter(state.grabbers.values())).title)
    return failed("not there")


def _links(state: TvheadendState, guide: KnownGuide, config: Config) -> Finding:
    count, sources, linked = len(state.channels), state.sources, state.linked
    if not count:
        return failed("channels off" if state.disabled else "no channels", count=state.disabled)
    if sources is not None and not sources:
        return failed("not run")
    if sources is not None:
        matches = _matches(state, guide)
        is_told = "option" not in config.origins.get("tvh_url", "")
        finding = _wrong_links(state, guide, matches)
        finding = finding or _missing_links(state, guide, matches, is_told)
        if finding:
            return finding
    if not linked:
        what = f"one of the guide's {len(sources)}" if sources else "any EPG source"
        return failed("not linked", channels=count, sources=what)
    others = [channel.name for channel in state.channels if channel not in linked]
    figures = {"count": len(linked), "all": count}
    finding = ok(LINKS, "linked", "{count} of {all} channels are linked", **figures)
    return finding.and_saw(_but_not(others))


def _matches(state: TvheadendState, guide: KnownGuide) -> Dict[str, Match]:
    """The sure matches to stations of the guide, by the channel's uuid. A number alone is not
    enough: a diagnosis that names the wrong channel makes work for nothing."""
    ids = guide.channel_ids or {source.xmltv_id for source in state.sources or ()}
    numbers = guide.numbers_in(ids)
    stations = [row for row in guide.stations if not numbers.isdisjoint(row.ids)]
    channels = tuple(PlayerChannel(channel.name, channel.number) for channel in state.channels)
    player = ChannelList("Tvheadend", channels)
    matches = ChannelLists(assigned=guide.assigned).matches(player, stations)
    return {
        channel.uuid: match
        for channel, match in zip(state.channels, matches)
        if match.station_id and match.confidence > SURE
    }


def _wrong_links(
    state: TvheadendState, guide: KnownGuide, matches: Mapping[str, Match]
) -> Optional[Finding]:
    """Links to two stations, or to none of the guide."""
    two: List[str] = []
    old: List[str] = []
    new: List[str] = []
    linked = state.linked
    for channel in linked:
        sources = [source for source in state.sources_of(channel) if guide.has(source)]
        ids = sorted({source.xmltv_id for source in sources})
        match = matches.get(channel.uuid)
        meant = [row for row in guide.stations if match and match.station_id in row.ids]
        is_assigned = match is not None and match.how == "your assignment"
        stations = [guide.station_of(source) for source in sources]
        if not sources or (is_assigned and meant[0] not in stations):
            linked_to = {source.xmltv_id for source in state.sources_of(channel)}
            old.append(f"{channel.name} -> {', '.join(sorted(linked_to))}")
            new += [f"{channel.name} -> {_label(row)}" for row in meant]
        elif len(ids) > 1:
            two.append(f"{channel.name} -> {', '.join(ids)}")
    if linked and guide.channel_ids and not any(map(guide.has, state.sources or ())):
        return failed("other guide", path=guide.path)
    if old:
        link = Sentence("and_link", ", link {names}, and press it once more", {"names": Names(new)})
        return failed("old link", old=Names(old, MAX_NAMES), new=link if new else "")
    return failed("two sources", links=Names(two, MAX_NAMES)) if two else None


def overtaken_links(matches: Sequence[Match]) -> List[str]:
    """A sentence for each channel of Tvheadend whose link is not to its assigned station."""
    return [
        f"Tvheadend does not change its link of {match.channel.label} to {match.channel.ids[0]}:"
        f" after its next grab, link it to {match.station_id or 'none'} in {CHANNELS_PAGE}."
        for match in matches
        if match.how == "your assignment"
        and match.channel.ids
        and match.station_id not in re.findall(r"\d+", " ".join(match.channel.ids))
    ]


def _missing_links(
    state: TvheadendState, guide: KnownGuide, matches: Mapping[str, Match], is_told: bool
) -> Optional[Finding]:
    """Channels that have a station in the guide, and no link. is_told: runs know tvh_url, too."""
    linked, sources = state.linked, state.sources or ()
    found = map(guide.station_of, (source for source in sources if not source.enabled))
    disabled = {row.station.station_id for row in found if row}
    unlinked = [channel for channel in state.channels if channel not in linked]
    matched = [channel for channel in unlinked if channel.uuid in matches]
    off = [row.name for row in matched if matches[row.uuid].station_id in disabled]
    if off or not any(source.enabled for source in sources):
        names = off or [channel.name for channel in unlinked]
        return failed("links off", names=Names(names, MAX_NAMES))
    manual = [row.name for row in (matched if linked else unlinked) if not row.automap]
    if manual:
        return failed("automap off", names=Names(manual, MAX_NAMES))
    if not (linked and matched):
        return None
    stations = {row.station.station_id: row for row in guide.stations}
    links = [f"{row.name} -> {_label(stations[matches[row.uuid].station_id])}" for row in matched]
    names = [channel.name for channel in matched]
    first = "" if is_told else "set tvh_url for the runs, not only for the doctor, and "
    return failed("unlinked", names=Names(names, MAX_NAMES), first=first, links=Names(links))


def _label(row: GuideStation) -> str:
    return f"{row.station.station_id} ({row.station.call_sign})"


def _events(server: Tvheadend, state: TvheadendState, now: float) -> Finding:
    """Channels with nothing on soon need a request each; those beyond the limit count as empty."""
    linked = state.linked
    if not linked:
        return skipped(EVENTS, "none_linked", "No channel is linked")
    events: Dict[str, List[TvhEvent]] = defaultdict(list)
    for event in server.first_events():
        events[event.channel].append(event)
    idle = [channel.uuid for channel in linked if channel.uuid not in events]
    for uuid in idle[:MAX_CHANNEL_REQUESTS]:
        events[uuid] = server.first_events(1, channel=uuid)
    modules = {
        channel.name: {row.module for row in events[channel.uuid] if row.start < now + DAY} - {""}
        for channel in linked
    }
    ours = {source.module for source in state.sources or ()}
    foreign = {
        name: min(paths) for name, paths in modules.items() if paths - ours == paths != set()
    }
    priorities = _priorities(server, state, foreign.values())
    stubborn = [name for name, path in foreign.items() if path in priorities]
    if stubborn and state.carriers:
        path = foreign[stubborn[0]]
        return failed(
            "other programmes",
            module=path,
            names=Names(stubborn, MAX_NAMES),
            title=state.carriers[0].title,
            priority=priorities[path] + 1,
        )
    # The next grab replaces the programmes of a module that is gone.
    empty = [row.name for row in linked if not events[row.uuid] or row.name in foreign]
    if len(empty) == len(linked):
        return failed("no events")
    figures = {"count": len(linked) - len(empty), "all": len(linked)}
    finding = ok(EVENTS, "filled", "{count} of {all} linked channels have programmes", **figures)
    if not empty:
        return finding
    finding = finding.curing("The next grab fills those that the last one linked")
    return finding.and_saw(_but_not(empty))


def _priorities(server: Tvheadend, state: TvheadendState, paths: Collection[str]) -> Dict[str, int]:
    """The priorities of the modules with these paths that Tvheadend still has."""
    priorities: Dict[str, int] = {}
    for module in state.modules if paths else ():
        fields = server.module_fields(module)
        path = "xmltv" if module.title.endswith(_SOCKET_TITLE) else fields.get("path", "")
        if path in paths:
            priorities[path] = parse_int(fields.get("priority")) or _DEFAULT_PRIORITY
    return priorities


def _but_not(names: Sequence[str]) -> Optional[Sentence]:
    """The sentence about the channels that are exceptions; None = there are none."""
    values = {"names": Names(names, MAX_NAMES)}
    return Sentence("seen_but_not", "The others: {names}", values) if names else None
