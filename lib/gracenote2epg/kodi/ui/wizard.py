"""The set-up wizard: from a postal code to tonight's programmes, by remote control.

The user can go back or leave at each question. Nothing is saved before the last one is answered.
"""

import contextlib
import os
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

from ...config.settings import Config
from ...config.types import postal
from ...errors import GrabError
from ...util.redact import strip_credentials
from .. import addon_settings, backend, iptv_simple
from ..log import redact_secrets
from ..messages import PAUSE, RESUME, tell_service
from ..strings import localize
from . import first_run, player_setup, tonight
from .dialogs import CUSTOM, NO, YES, Dialogs, Row, title

COUNTRIES = ("USA", "CAN")
KINDS = ("OTA", "CABLE", "SATELLITE")
PROFILES = {player_setup.IPTV_SIMPLE: "kodi", player_setup.TVHEADEND: "tvheadend"}
BACK, STAY, LEAVE = "back", "stay", "leave"
MAX_MARKED = 60  # stations that are all marked before the user chooses by hand


class Draft(NamedTuple):
    """The answers so far. postal_code to profile: the settings of these names."""

    country: str
    postal_code: str
    lineup: str
    channels: str
    output: str
    profile: str
    lineup_name: str = ""
    preview: backend.Preview = backend.Preview((), ())
    player: str = ""
    instance: Optional[iptv_simple.Instance] = None
    server: Tuple[Tuple[str, str], ...] = ()  # settings that name a Tvheadend

    @property
    def values(self) -> Dict[str, str]:
        """The settings to save."""
        values = {
            "postal_code": self.postal_code,
            "lineup": self.lineup,
            "channels": self.channels,
            "channels_from": "",  # the player's channels are only a proposal for ``channels``
            "tvh_filter": "false",
            "output": self.output,
            **dict(self.server),
        }
        if self.player in PROFILES:
            values["profile"] = PROFILES[self.player]
        elif self.player and self.profile in PROFILES.values():
            values["profile"] = Config.profile
        return values


# The draft with one more answer; None = the user went back or Kodi quits; or BACK, STAY, LEAVE.
Answer = Union[Draft, str, None]


def greet(dialogs: Dialogs) -> None:
    """Offer the set-up to a new user."""
    set_up, later = localize("action_set_up"), localize("later")
    if dialogs.confirm(localize("title"), localize("greeting"), set_up, later):
        run(dialogs)


def run(dialogs: Dialogs) -> None:
    """Ask, save, run once. Meanwhile the service starts no run."""
    with contextlib.ExitStack() as pause:
        tell_service(PAUSE)
        pause.callback(tell_service, RESUME)
        draft = _ask_all(dialogs, _initial_draft())
        if draft is not None:
            addon_settings.write(draft.values)
            first_run.finish(dialogs, draft.player, draft.instance, pause)


def _settings(draft: Draft) -> addon_settings.Settings:
    """The settings with the draft's values; from now on the log hides its secrets."""
    settings = addon_settings.read().with_values(draft.values)
    redact_secrets(settings)
    return settings


def _initial_draft() -> Draft:
    texts = addon_settings.read().texts
    country = "CAN" if texts["postal_code"][:1].isalpha() else "USA"
    names = ("postal_code", "lineup", "channels", "output", "profile")
    return Draft(country, *[texts[name] for name in names])  # type: ignore[arg-type]


def _ask_all(dialogs: Dialogs, draft: Draft) -> Optional[Draft]:
    """Ask all questions; None = the user left, or Kodi quits. A question that is asked again
    proposes its last answer."""
    number = 0
    while number < len(_QUESTIONS):
        try:
            answer = _QUESTIONS[number](dialogs, draft)
        except GrabError as error:
            dialogs.error(title("action_set_up"), error)
            answer = None
        if answer is None:
            answer = LEAVE if number == 0 else _back_or_leave(dialogs)
        if dialogs.kodi_quits or answer == LEAVE:
            return None
        if isinstance(answer, Draft):
            draft, number = answer, number + 1
        elif answer == BACK:
            number -= 1
    return draft


def _back_or_leave(dialogs: Dialogs) -> str:
    heading, text = title("action_set_up"), localize("ask_back_or_leave")
    labels = (localize("leave"), localize("back"), localize("stay"))
    button = dialogs.ask(heading, text, *labels, default=NO)
    return {YES: LEAVE, NO: BACK}.get(button or "", STAY)


# The questions, in their order


def _country(dialogs: Dialogs, draft: Draft) -> Answer:
    rows = [Row(localize(f"country_{country}")) for country in COUNTRIES]
    number = dialogs.select(localize("ask_country"), rows, COUNTRIES.index(draft.country))
    return None if number is None else draft._replace(country=COUNTRIES[number])


def _postal_code(dialogs: Dialogs, draft: Draft) -> Answer:
    is_canadian = draft.country == "CAN"
    is_same_country = draft.postal_code[:1].isalpha() == is_canadian
    heading = localize("ask_postal_code" if is_canadian else "ask_zip")
    default = draft.postal_code if is_same_country else ""
    text = dialogs.input(heading, default, digits=not is_canadian)
    if not text:
        return None
    try:
        code = postal.parse(text)
        if code[:1].isalpha() != is_canadian:
            raise ValueError
    except ValueError:
        name = "bad_postal_code" if is_canadian else "bad_zip"
        dialogs.message(heading, localize(name, code=text))
        return STAY
    is_same = draft.postal_code in (text, code)
    return draft._replace(postal_code=code, channels=draft.channels if is_same else "")


def _lineup(dialogs: Dialogs, draft: Draft) -> Answer:
    config = _settings(draft).with_values({"lineup": "", "channels": ""}).config()
    lineups = dialogs.run(
        title("action_set_up"),
        localize("looking_for_lineups"),
        lambda stop, report: backend.lineups(config, stop, dialogs.clock),
    )
    if not lineups:
        return None
    rows = [Row(provider.name, _lineup_detail(provider, count)) for provider, count in lineups]
    ids = ["" if provider.kind == "OTA" else provider.lineup.lineup_id for provider, _ in lineups]
    preselected = ids.index(draft.lineup) if draft.lineup in ids else 0
    number = dialogs.select(localize("ask_lineup"), rows, preselected)
    if number is None:
        return None
    lineup, name = ids[number], lineups[number][0].name
    channels = draft.channels if lineup == draft.lineup else ""
    return draft._replace(lineup=lineup, lineup_name=name, channels=channels)


def _lineup_detail(provider: Any, station_count: Optional[int]) -> str:
    kind = localize(f"kind_{provider.kind}") if provider.kind in KINDS else provider.kind
    stations = localize("stations", count=station_count) if station_count else ""
    return " · ".join(filter(None, (kind, provider.place, stations)))


def _preview(dialogs: Dialogs, draft: Draft) -> Answer:
    config = _settings(draft).with_values({"channels": ""}).config()
    preview = dialogs.run(
        title("action_set_up"),
        localize("looking_at_tonight"),
        lambda stop, report: backend.preview(config, stop, tonight.MAX_STATIONS, dialogs.clock),
    )
    if preview is None:
        return None
    tonight.show(dialogs, draft.lineup_name, preview.evening)
    text = localize("ask_preview", lineup=draft.lineup_name, count=len(preview.stations))
    return _ask_to_continue(dialogs, text, localize("yes"), draft._replace(preview=preview))


def _channels(dialogs: Dialogs, draft: Draft) -> Answer:
    stations = draft.preview.stations
    ids = [row.station.station_id for row in stations]
    settings = _settings(draft)
    before = backend.stations_in_setting(settings.config(), stations)
    preselected = before or (set(ids) if len(ids) <= MAX_MARKED else set())
    by_hand = player_setup.PlayerStations(preselected, {})
    sources: List[Tuple[Row, player_setup.Lookup]] = [
        (Row(localize("channels_all", count=len(ids))), lambda: by_hand),
        (Row(localize("channels_by_hand")), lambda: by_hand),
        *player_setup.sources(dialogs, settings, stations),
    ]
    rows = [row for row, _ in sources]
    number = dialogs.select(localize("ask_channels"), rows, int(bool(before)))
    if number is None:
        return None
    if number == 0:
        return draft._replace(channels="")
    proposal = sources[number][1]()
    if proposal is None:
        return STAY
    proposed = [index for index, station_id in enumerate(ids) if station_id in proposal.ids]
    picked = _pick(dialogs, [tonight.station_row(row) for row in stations], proposed)
    if not picked:
        if picked is not None:
            dialogs.message(title("action_set_up"), localize("no_channel"))
        return STAY
    channels = "" if len(picked) == len(ids) else ",".join(ids[index] for index in picked)
    return draft._replace(channels=channels, server=tuple(proposal.server.items()) or draft.server)


def _pick(dialogs: Dialogs, rows: List[Row], marked: List[int]) -> Optional[List[int]]:
    """The numbers of the rows that the user marks; None = the user went back.

    A long list has one line for each row, and rows above that mark all or none.
    """
    heading = localize("ask_channels")
    if len(rows) <= MAX_MARKED:
        return dialogs.multiselect(heading, rows, marked)
    extra = [Row(localize("mark_all")), Row(localize("mark_none"))]
    lines = extra + [Row(" ".join(filter(None, row))) for row in rows]
    while True:
        picked = dialogs.multiselect(heading, lines, [len(extra) + number for number in marked])
        if picked is None or not {0, 1} & set(picked):
            return picked and [number - len(extra) for number in picked]
        marked = list(range(len(rows))) if 0 in picked else []


def _player(dialogs: Dialogs, draft: Draft) -> Answer:
    version = iptv_simple.version()
    detail = localize("iptv_version", version=version) if version else localize("iptv_missing")
    rows = [
        Row(localize("player_iptv_simple"), detail),
        Row(localize("player_tvheadend"), localize("player_tvheadend_more")),
        Row(localize("player_file"), localize("player_file_more")),
    ]
    default = player_setup.PLAYERS.index(draft.player) if draft.player else 0 if version else 2
    number = dialogs.select(localize("ask_player"), rows, default)
    if number is None:
        return None
    draft = draft._replace(player=player_setup.PLAYERS[number], instance=None)
    if draft.player == player_setup.IPTV_SIMPLE:
        instance = player_setup.choose_instance(dialogs, version)
        return draft._replace(instance=instance) if instance else STAY
    if draft.player == player_setup.FILE:
        output = _ask_output(dialogs, draft.output)
        return STAY if output is None else draft._replace(output=output)
    server = player_setup.ask_tvheadend(dialogs, _settings(draft))
    return STAY if server is None else draft._replace(server=tuple(server.items()))


def _ask_output(dialogs: Dialogs, before: str) -> Optional[str]:
    """The setting ``output``; None = the user went back."""
    rows = [Row(localize("file_own"), addon_settings.DEFAULT_GUIDE), Row(localize("file_folder"))]
    if before:
        rows.append(Row(localize("file_same"), strip_credentials(before)))
    number = dialogs.select(localize("player_file"), rows, len(rows) - 1 if before else 0)
    if number != 1:
        return {0: "", 2: before}.get(number) if number is not None else None
    folder = dialogs.folder(localize("file_folder"))
    return os.path.join(folder, "xmltv.xml") if folder else None


def _confirm(dialogs: Dialogs, draft: Draft) -> Answer:
    count = len(draft.channels.split(",")) if draft.channels else len(draft.preview.stations)
    player = localize(f"player_{draft.player}")
    text = localize("ask_confirm", lineup=draft.lineup_name, count=count, way=player)
    return _ask_to_continue(dialogs, text, localize("save"), draft)


def _ask_to_continue(dialogs: Dialogs, text: str, yes: str, draft: Draft) -> Answer:
    labels = (yes, localize("back"), localize("leave"))
    button = dialogs.ask(title("action_set_up"), text, *labels)
    answers: Dict[str, Answer] = {YES: draft, NO: BACK, CUSTOM: LEAVE}
    return answers.get(button or "")


_QUESTIONS: Tuple[Callable[[Dialogs, Draft], Answer], ...] = (
    _country,
    _postal_code,
    _lineup,
    _preview,
    _channels,
    _player,
    _confirm,
)
