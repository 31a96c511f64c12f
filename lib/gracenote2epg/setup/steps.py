"""The steps of the set-up, as a table: when each is asked, what it asks, what it takes."""

import contextlib
import os
import threading
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from ..channels import tvheadend
from ..channels.choosing import select
from ..channels.player_channels import ChannelList
from ..channels.stations import GuideStation, station_label
from ..config import paths, types
from ..config.types import SettingType
from ..errors import (
    NoChannelMatches,
    PlayerHasNoChannels,
    Sentence,
    SettingError,
    TvheadendForbidden,
    TvheadendLogin,
)
from ..gracenote.lineup_ids import country_of
from ..util.redact import redact_playlist_url
from . import lookups
from .draft import ACCOUNT, ALL, IPTV_SIMPLE, KEEP, OF_CHANNELS, PICK, TVHEADEND, Draft, StepContent
from .questions import Option

HDHOMERUN_ADDRESS, TVH_ADDRESS = "http://hdhomerun.local", "http://127.0.0.1:9981"
ZIP_CODE = Sentence("allowed_zip_code", "a US ZIP such as 90210; go back to change the country")
CANADIAN_CODE = Sentence(
    "allowed_canadian_code", "a Canadian code such as J3B 1M4; go back to change the country"
)
MAX_MARKED = 60  # with more stations, none is marked at first

Values = Tuple[str, ...]
Ask = Callable[[Draft, threading.Event], StepContent]
Take = Callable[[Draft, Values, threading.Event], Values]


def refused(name: str, value: str, allowed: Sentence) -> SettingError:
    """The error for a wrong answer to a step."""
    return SettingError(name, value, "", allowed)


def _parsed(name: str, kind: SettingType, text: str) -> str:
    try:
        return str(kind.parse(text))
    except ValueError:
        raise refused(name, kind.display(text), kind.allowed) from None


def _ask_text(step: str, setting: str, otherwise: str = "") -> Ask:
    return lambda draft, stop: StepContent((draft.get(step) or draft.before(setting) or otherwise,))


# The place


def _ask_earlier(draft: Draft, stop: threading.Event) -> StepContent:
    old = draft.tools.earlier
    facts: Dict[str, Any] = {}
    if old:  # or the step would not apply
        facts = {"program": old.program, "path": old.path, "others": tuple(draft.others(old))}
    return StepContent((draft.get("earlier") or "yes",), (Option("yes"), Option("no")), facts)


def _ask_country(draft: Draft, stop: threading.Event) -> StepContent:
    country = draft.get("country") or country_of(draft.before("postal_code"))
    return StepContent((country,), (Option("USA"), Option("CAN")))


def _ask_postal_code(draft: Draft, stop: threading.Event) -> StepContent:
    country = draft.get("country")
    codes = (draft.get("postal_code"), draft.before("postal_code"))
    proposed = [code for code in codes if code and country in ("", country_of(code))]
    return StepContent(tuple(proposed[:1]), facts={"country": country})


def _take_postal_code(draft: Draft, values: Values, stop: threading.Event) -> Values:
    """Look up the lineups: the source alone knows whether there is such a code."""
    text = "".join(values)
    code = _parsed("postal_code", types.postal, text)
    if draft.get("country") not in ("", country_of(code)):
        allowed = CANADIAN_CODE if draft.get("country") == "CAN" else ZIP_CODE
        raise refused("postal_code", text, allowed)
    config = draft.tools.config({**draft.place, "postal_code": code, "lineup": ""})
    draft.lineups = lookups.lineups(config, stop, draft.tools.clock)
    return (code,)


def _ask_lineup(draft: Draft, stop: threading.Event) -> StepContent:
    default = draft.answers.get("lineup") or draft.lineups_before()
    options = [
        Option(
            row.lineup.lineup_id,
            {"name": row.name, "kind": row.kind, "place": row.place, "stations": count},
        )
        for row, count in draft.lineups
    ]
    unlisted = [word for word in default if word not in [row.value for row in options]]
    facts = {"kind": "", "place": "", "stations": None}
    options += [Option(word, {"name": word, **facts}) for word in unlisted]
    return StepContent(default, tuple(options))


def _take_lineup(draft: Draft, values: Values, stop: threading.Event) -> Values:
    if not values:
        raise refused("lineup", "", Sentence("allowed_one_at_least", "one of the list at least"))
    words: List[str] = []
    for word in values:
        try:
            words.append(draft.listed(word, len(values) > 1))
        except ValueError as error:
            allowed = Sentence(
                "allowed_one_of_list", "one of the list, {form}", {"form": str(error)}
            )
            raise refused("lineup", word, allowed) from None
    # For the place of the new lineup, which is not an answer yet.
    config = draft.tools.config({**draft.place, "lineup": ",".join(words)})
    draft.stations, draft.evening = lookups.stations(config, stop, draft.tools.clock), None
    draft.matches.clear()
    return tuple(dict.fromkeys(words))


def _lineup_names(draft: Draft) -> Values:
    names = {row.lineup.lineup_id: row.name for row, _ in draft.lineups}
    return tuple(names.get(word, word) for word in draft.answers["lineup"])


def _ask_tonight(draft: Draft, stop: threading.Event) -> StepContent:
    if draft.evening is None:
        draft.evening = lookups.evening(draft.tools.config(draft.place), stop, draft.tools.clock)
    count, names = len(draft.stations), _lineup_names(draft)
    return StepContent(facts={"programmes": draft.evening, "stations": count, "lineups": names})


# The channels


def _ask_channels(draft: Draft, stop: threading.Event) -> StepContent:
    options = [Option(ALL), Option(PICK)]
    if draft.can_keep:
        options.insert(0, Option(KEEP))
    for number, address in enumerate(draft.tools.playlists, 1):
        facts = {"address": redact_playlist_url(address)}
        options.append(Option(f"{IPTV_SIMPLE}:{number}", facts))
    options += [Option("playlist"), Option("hdhomerun"), Option(TVHEADEND)]
    default = PICK if draft.channels_before.get("channels") else ALL
    default = draft.get("channels") or (KEEP if draft.can_keep else default)
    return StepContent((default,), tuple(options), {"stations": len(draft.stations)})


def _take_channels(draft: Draft, values: Values, stop: threading.Event) -> Values:
    choice, _, number = values[0].partition(":")
    if choice == IPTV_SIMPLE:
        address = draft.tools.playlists[int(number) - 1]
        channels = draft.tools.read_playlist(address, stop).channels
        _match(draft, values[0], stop, {}, ChannelList(redact_playlist_url(address), channels))
    if choice == KEEP and draft.keeps_an_unseen_tvheadend:
        account = {name: draft.before(name) for name in ACCOUNT}
        _match(draft, KEEP, stop, {**account, "tvh_filter": "true"})
    return values


def _match(
    draft: Draft,
    choice: str,
    stop: threading.Event,
    player: Dict[str, str],
    listed: Optional[ChannelList] = None,
    needed: bool = True,
) -> None:
    """Find the stations of a player's channels. player: the settings that name it. listed: its
    channels, if they are known. needed: it is an error if there are none."""
    config = draft.tools.config({**draft.place, "tvh_url": "", **player})
    draft.matches.pop(choice, None)
    with contextlib.nullcontext() if needed else contextlib.suppress(PlayerHasNoChannels):
        rows, clock = draft.stations, draft.tools.clock
        matches = lookups.match_player(config, rows, listed, stop, clock)
        if needed and not matches.channels:
            raise NoChannelMatches("no station matches a channel of this player")
        draft.matches[choice] = matches


def _take_address(draft: Draft, values: Values, stop: threading.Event) -> Values:
    address = _parsed("channels_from", types.place, "".join(values))
    if not address:
        raise refused("channels_from", "", types.place.allowed)
    if "://" not in address:  # a later run may begin in another folder
        address = os.path.abspath(address)
    _match(draft, draft.get("channels"), stop, {"channels_from": address})
    return (address,)


def _ask_account(name: str) -> Ask:
    def ask(draft: Draft, stop: threading.Event) -> StepContent:
        # To choose channels by Tvheadend it is needed; else it only gives the guide their names.
        needed = TVH_ADDRESS if name == "tvh_url" and _needs_tvheadend(draft) else ""
        text = draft.get(name) if name in draft.answers else draft.before(name)
        return StepContent((text or needed,))

    return ask


def _take_account(name: str, kind: SettingType) -> Take:
    def take(draft: Draft, values: Values, stop: threading.Event) -> Values:
        text = "".join(values)
        if text or (name == "tvh_url" and _needs_tvheadend(draft)):
            text = _parsed(name, kind, text)
        if name == "tvh_url" and text:
            _find_tvheadend(draft, text, stop)
        if name == "tvh_password" or (name == "tvh_username" and not text):
            _match_tvheadend(draft, draft.account(**{name: text}), stop)
        return (text,)

    return take


def _needs_tvheadend(draft: Draft) -> bool:
    return draft.get("channels") == TVHEADEND


def _find_tvheadend(draft: Draft, address: str, stop: threading.Event) -> None:
    """Check that Tvheadend answers there, before its user is asked for. Raises GrabError."""
    account = dict(zip(ACCOUNT, (address, "", "")))
    config = draft.tools.config({**draft.place, **account})
    without_user = contextlib.suppress(TvheadendForbidden, TvheadendLogin)
    with tvheadend.connect(config, stop) as server, without_user:
        server.version()


def _match_tvheadend(draft: Draft, account: Dict[str, str], stop: threading.Event) -> None:
    """A Tvheadend without channels is a new one, and may have the guide all the same."""
    player = {**account, "tvh_filter": "true"}
    _match(draft, TVHEADEND, stop, player, needed=_needs_tvheadend(draft))


def _ask_stations(draft: Draft, stop: threading.Event) -> StepContent:
    rows = [row.station for row in draft.stations]
    matches = draft.matches.get(draft.get("channels"), lookups.Matches({}, ()))
    marked = set(draft.answers.get("stations", matches.channels))
    if not marked:
        channels = draft.channels_before.get("channels", "")
        config = draft.tools.config({**draft.place, "channels": channels})
        marked = lookups.stations_in_setting(config, draft.stations)
        few = len(rows) <= MAX_MARKED
        marked = marked or {row.station_id for row in rows if few}
    options = tuple(_station(row, matches) for row in draft.stations)
    default = tuple(row.station_id for row in rows if row.station_id in marked)
    return StepContent(default, options, {"missing": matches.missing})


def _station(row: GuideStation, matches: lookups.Matches) -> Option:
    key = row.station.station_id
    name, channel = station_label(row.station), matches.channels.get(key, "")
    return Option(key, {"station": row, "name": name, "channel": channel})


def _take_stations(draft: Draft, values: Values, stop: threading.Event) -> Values:
    """Ids, or the words of the setting ``channels``, but no lists: a browser may not read files."""
    for word in values:
        if "@" in word:
            allowed = "numbers, call signs, ids and patterns, not a list"
            raise refused("channels", word, Sentence("allowed_no_list", allowed))
    every = [row.station.station_id for row in draft.stations]
    ids = set(values) if set(values) <= set(every) else select(values, draft.stations)
    if not ids:
        raise refused("channels", "", Sentence("allowed_a_station", "at least one station"))
    return tuple(station_id for station_id in every if station_id in ids)


# The player


def _ask_player(draft: Draft, stop: threading.Event) -> StepContent:
    before, choice = draft.before("profile"), draft.get("channels").partition(":")[0]
    of_choice = {TVHEADEND: TVHEADEND, IPTV_SIMPLE: "kodi"}.get(choice)
    proposed = draft.get("player") or before or of_choice or draft.tools.player
    offered = dict.fromkeys((*draft.tools.players, proposed))
    return StepContent((proposed,), tuple(map(Option, offered)))


def _ask_output(draft: Draft, stop: threading.Event) -> StepContent:
    """facts: own, the guide's path if none is chosen."""
    own = draft.tools.config({"output": ""}).output
    return StepContent((draft.get("output") or draft.before("output"),), facts={"own": own})


def _take_output(draft: Draft, values: Values, stop: threading.Event) -> Values:
    path = "".join(values)
    is_address = "://" in path  # of a share: Kodi's settings allow it, and no others
    if path:
        path = path if is_address else _parsed("output", types.path, path)
        path = os.path.join(path, "xmltv.xml") if os.path.isdir(path) else path
        file = draft.tools.config({"output": path}).output  # a face may have rules of its own
        folder = os.path.dirname(file)
        if os.path.isabs(file) and not paths.can_create(folder):
            allowed = "a file in a folder that this user can write to"
            raise refused("output", path, Sentence("allowed_writable", allowed))
        if os.path.isabs(file) and not os.path.isdir(os.path.dirname(folder)):  # no run makes it
            allowed = "a file in a folder that is there"
            raise refused("output", path, Sentence("allowed_folder", allowed))
        path = path if is_address else file  # a later run may begin in another folder
    return (path,)


def _ask_confirm(draft: Draft, stop: threading.Event) -> StepContent:
    choice, player = draft.get("channels"), draft.get("player")
    chosen = draft.stations if choice == ALL else draft.answers.get("stations", ())
    output = {name: text for name, text in draft.values.items() if name == "output"}
    facts = {
        "postal_code": draft.get("postal_code"),
        "lineups": _lineup_names(draft),
        "channels": choice,
        "stations": None if choice == KEEP else len(chosen),
        "player": player,
        "output": draft.tools.config(output).output,
        "matches": draft.matches.get(player if player in draft.matches else choice),
    }
    return StepContent(facts=facts)


class Step(NamedTuple):
    """One question. applies: whether it is asked, after these answers. settings: those it sets."""

    name: str
    kind: str
    ask: Ask
    take: Take = lambda draft, values, stop: values
    applies: Callable[[Draft], bool] = lambda draft: True
    settings: Tuple[str, ...] = ()


def _account_steps(needed: Callable[[Draft], bool]) -> Iterator[Step]:
    kinds = (types.server, types.line, types.secret)
    for before, name, kind in zip(("", *ACCOUNT), ACCOUNT, kinds):

        def applies(draft: Draft, before: str = before) -> bool:
            return needed(draft) and (not before or bool(draft.get(before)))

        shown = "secret" if kind is types.secret else "text"
        yield Step(name, shown, _ask_account(name), _take_account(name, kind), applies, (name,))


def _after(step: str, *answers: str) -> Callable[[Draft], bool]:
    return lambda draft: draft.get(step) in answers


def _unless(step: str, *answers: str) -> Callable[[Draft], bool]:
    return lambda draft: draft.get(step) not in answers


def _is_earlier_found(draft: Draft) -> bool:
    return draft.tools.earlier is not None and draft.is_new


def _is_place_free(draft: Draft) -> bool:
    return "postal_code" not in draft.tools.fixed


def _plays_tvheadend(draft: Draft) -> bool:
    return draft.get("player") == TVHEADEND and not _needs_tvheadend(draft)


_has_a_file = _unless("player", "", "kodi", TVHEADEND)
_ask_playlist = _ask_text("playlist", "channels_from")
_ask_hdhomerun = _ask_text("hdhomerun", "channels_from", HDHOMERUN_ADDRESS)
STEPS: Tuple[Step, ...] = (
    Step("earlier", "one", _ask_earlier, applies=_is_earlier_found),
    Step("country", "one", _ask_country, applies=_is_place_free),
    Step("postal_code", "text", _ask_postal_code, _take_postal_code, settings=("postal_code",)),
    Step("lineup", "many", _ask_lineup, _take_lineup, settings=("lineup",)),
    Step("tonight", "show", _ask_tonight),
    Step("channels", "one", _ask_channels, _take_channels, settings=OF_CHANNELS),
    Step("playlist", "text", _ask_playlist, _take_address, _after("channels", "playlist")),
    Step("hdhomerun", "text", _ask_hdhomerun, _take_address, _after("channels", "hdhomerun")),
    *_account_steps(_needs_tvheadend),
    Step("stations", "many", _ask_stations, _take_stations, _unless("channels", ALL, KEEP)),
    Step("player", "one", _ask_player, settings=("profile",)),
    *_account_steps(_plays_tvheadend),
    Step("output", "text", _ask_output, _take_output, _has_a_file, ("output",)),
    Step("confirm", "show", _ask_confirm),
)
