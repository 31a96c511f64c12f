"""The set-up: from a postal code to tonight's programmes, by remote control.

Each step is a question that can be taken back, or left. Nothing is saved before the last of them
is answered.
"""

import os
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

from ...config.settings import Config
from ...config.types import postal
from ...errors import GrabError
from .. import addon_settings, backend, iptv_simple
from ..log import hide
from ..messages import PAUSE, RESUME, tell_service
from ..strings import say
from . import first_run, player_setup, views
from .dialogs import NO, OTHER, YES, Dialogs, Row, title

COUNTRIES = ("USA", "CAN")
PROFILES = {player_setup.IPTV_SIMPLE: "kodi", player_setup.TVHEADEND: "tvheadend"}
BACK, STAY, LEAVE = "back", "stay", "leave"


class Draft(NamedTuple):
    """What is chosen so far; texts as the settings have them."""

    country: str
    postal_code: str
    lineup: str
    channels: str
    output: str
    profile: str  # of before
    lineup_name: str = ""
    preview: backend.Preview = backend.Preview((), ())
    way: str = ""  # to the player
    target: Optional[iptv_simple.Target] = None
    server: Tuple[Tuple[str, str], ...] = ()  # settings that name a Tvheadend

    @property
    def values(self) -> Dict[str, str]:
        """The settings that it makes."""
        made = {
            "postal_code": self.postal_code,
            "lineup": self.lineup,
            "channels": self.channels,
            "channels_from": "",  # what the player has is marked once, then the user's to change
            "tvh_filter": "false",
            "output": self.output,
            **dict(self.server),
        }
        if self.way in PROFILES:
            made["profile"] = PROFILES[self.way]
        elif self.way and self.profile in PROFILES.values():
            made["profile"] = Config.profile
        return made


# The draft with an answer more; None = the question was left; BACK, LEAVE.
Answer = Union[Draft, str, None]


def greet(dialogs: Dialogs) -> None:
    """Offer the set-up to someone who has just installed the add-on."""
    if dialogs.agree(say("title"), say("greeting"), say("action_set_up"), say("later")):
        run(dialogs)


def run(dialogs: Dialogs) -> None:
    """From the first question to tonight's programmes. Meanwhile the service starts nothing."""
    tell_service(PAUSE)
    try:
        draft = ask(dialogs, begin())
        if draft is not None:
            addon_settings.write(draft.values)
            first_run.finish(dialogs, draft.way, draft.target)
    finally:
        tell_service(RESUME)


def chosen(draft: Draft) -> addon_settings.Settings:
    """The settings as the draft would have them; what of it is secret no log shows from now on."""
    found = addon_settings.read().but(draft.values)
    hide(found)
    return found


def begin() -> Draft:
    """What is set now."""
    texts = addon_settings.read().texts
    country = "CAN" if texts["postal_code"][:1].isalpha() else "USA"
    return Draft(
        country,
        texts["postal_code"],
        texts["lineup"],
        texts["channels"],
        texts["output"],
        texts["profile"],
    )


def ask(dialogs: Dialogs, draft: Draft) -> Optional[Draft]:
    """Ask all questions; None = the user left, or Kodi quits. What was answered before is what the
    question proposes when it is asked again."""
    at = 0
    while at < len(_STEPS):
        try:
            answer = _STEPS[at](dialogs, draft)
        except GrabError as error:
            dialogs.failed(title("action_set_up"), error)
            answer = None
        if answer is None:
            answer = LEAVE if at == 0 else _where_to(dialogs)
        if dialogs.over or answer == LEAVE:
            return None
        if isinstance(answer, Draft):
            draft, at = answer, at + 1
        elif answer == BACK:
            at -= 1
    return draft


def _where_to(dialogs: Dialogs) -> str:
    heading, text = title("action_set_up"), say("where_to")
    leave, back, stay = say("leave"), say("back"), say("stay")
    answer = dialogs.decide(heading, text, leave, back, stay, proposed=NO)
    return {YES: LEAVE, NO: BACK}.get(answer or OTHER, STAY)


# The questions, in their order


def _country(dialogs: Dialogs, draft: Draft) -> Answer:
    rows = [Row(say(f"country_{country}")) for country in COUNTRIES]
    one = dialogs.choose(say("ask_country"), rows, COUNTRIES.index(draft.country))
    return None if one is None else draft._replace(country=COUNTRIES[one])


def _postal_code(dialogs: Dialogs, draft: Draft) -> Answer:
    canadian = draft.country == "CAN"
    same_country = draft.postal_code[:1].isalpha() == canadian
    text = draft.postal_code if same_country else ""
    heading = say("ask_postal_code" if canadian else "ask_zip")
    text = dialogs.ask(heading, text, digits=not canadian)
    if not text:
        return None
    try:
        code = postal.parse(text)
        if code[:1].isalpha() != canadian:
            raise ValueError
    except ValueError:
        dialogs.tell(heading, say("bad_postal_code" if canadian else "bad_zip", code=text))
        return STAY
    same = text == draft.postal_code or code == draft.postal_code
    return draft._replace(postal_code=code, channels=draft.channels if same else "")


def _lineup(dialogs: Dialogs, draft: Draft) -> Answer:
    config = chosen(draft).but({"lineup": "", "channels": ""}).config()
    found = dialogs.work(
        title("action_set_up"),
        say("looking_for_lineups"),
        lambda stop, tell: backend.lineups(config, stop, dialogs.clock),
    )
    if not found:
        return None
    rows = [Row(provider.name, _about(provider, stations)) for provider, stations in found]
    ids = ["" if row.kind == "OTA" else row.lineup.lineup_id for row, _ in found]
    marked = ids.index(draft.lineup) if draft.lineup in ids else 0
    one = dialogs.choose(say("ask_lineup"), rows, marked)
    if one is None:
        return None
    channels = draft.channels if ids[one] == draft.lineup else ""
    return draft._replace(lineup=ids[one], lineup_name=found[one][0].name, channels=channels)


def _about(provider: Any, stations: Optional[int]) -> str:
    kind = say(f"kind_{provider.kind}") if provider.kind in views.KINDS else provider.kind
    count = say("stations", count=stations) if stations else ""
    return " · ".join(filter(None, (kind, provider.place, count)))


def _preview(dialogs: Dialogs, draft: Draft) -> Answer:
    config = chosen(draft).but({"channels": ""}).config()
    preview = dialogs.work(
        title("action_set_up"),
        say("looking_at_tonight"),
        lambda stop, tell: backend.preview(config, stop, views.SHOWN, dialogs.clock),
    )
    if preview is None:
        return None
    dialogs.show(draft.lineup_name, views.evening(preview.evening))
    text = say("ask_preview", lineup=draft.lineup_name, count=len(preview.stations))
    heading = title("action_set_up")
    answer = dialogs.decide(heading, text, yes=say("yes"), no=say("back"), other=say("leave"))
    return _decided(answer, draft._replace(preview=preview))


def _channels(dialogs: Dialogs, draft: Draft) -> Answer:
    known = draft.preview.stations
    ids = [own.station.station_id for own in known]
    now = chosen(draft)
    before = backend.named(now.config(), known)
    sources: List[Tuple[Row, player_setup.Ask]] = [
        (Row(say("channels_all", count=len(ids))), lambda: player_setup.PlayerStations(set(), {})),
        (Row(say("channels_pick")), lambda: player_setup.PlayerStations(before or set(ids), {})),
        *player_setup.sources(dialogs, now, known),
    ]
    one = dialogs.choose(say("ask_channels"), [row for row, _ in sources], int(bool(before)))
    if one is None:
        return None
    marked = sources[one][1]()
    if marked is None:
        return STAY
    if one == 0:
        return draft._replace(channels="")
    rows = [views.named(own) for own in known]
    at = [number for number, name in enumerate(ids) if name in marked.ids]
    picked = dialogs.pick(say("ask_channels"), rows, at)
    if picked is None:
        return STAY
    if not picked:
        dialogs.tell(title("action_set_up"), say("no_channel"))
        return STAY
    every = len(picked) == len(ids)
    channels = "" if every else ",".join(ids[number] for number in picked)
    server = tuple(marked.needed.items()) or draft.server
    return draft._replace(channels=channels, server=server)


def _way(dialogs: Dialogs, draft: Draft) -> Answer:
    version = iptv_simple.version()
    about = say("iptv_version", version=version) if version else say("iptv_missing")
    rows = [
        Row(say("way_iptv_simple"), about),
        Row(say("way_tvheadend"), say("way_tvheadend_more")),
        Row(say("way_file"), say("way_file_more")),
    ]
    marked = player_setup.WAYS.index(draft.way) if draft.way else 0 if version else 2
    one = dialogs.choose(say("ask_way"), rows, marked)
    if one is None:
        return None
    way = player_setup.WAYS[one]
    if way == player_setup.IPTV_SIMPLE:
        target = player_setup.target(dialogs, version)
        return draft._replace(way=way, target=target) if target else STAY
    if way == player_setup.FILE:
        output = _file(dialogs, draft.output)
        return STAY if output is None else draft._replace(way=way, target=None, output=output)
    server = player_setup.ask_tvheadend(dialogs, chosen(draft))
    if server is None:
        return STAY
    return draft._replace(way=way, target=None, server=tuple(server.items()))


def _file(dialogs: Dialogs, now: str) -> Optional[str]:
    """The setting for the guide's file; None = the user went back."""
    rows = [Row(say("file_own"), addon_settings.OWN_GUIDE), Row(say("file_folder"))]
    if now:
        rows.append(Row(say("file_same"), now))
    one = dialogs.choose(say("way_file"), rows, len(rows) - 1 if now else 0)
    if one != 1:
        return None if one is None else ("", "", now)[one]
    folder = dialogs.folder(say("file_folder"))
    return os.path.join(folder, "xmltv.xml") if folder else None


def _confirm(dialogs: Dialogs, draft: Draft) -> Answer:
    channels = len(draft.channels.split(",")) if draft.channels else len(draft.preview.stations)
    text = say(
        "ask_confirm",
        lineup=draft.lineup_name,
        count=channels,
        way=say(f"way_{draft.way}"),
    )
    heading = title("action_set_up")
    answer = dialogs.decide(heading, text, yes=say("save"), no=say("back"), other=say("leave"))
    return _decided(answer, draft)


def _decided(answer: Optional[str], draft: Draft) -> Answer:
    """What an answer comes to: yes goes on, no is a step back, the third leaves."""
    if answer == YES:
        return draft
    return {NO: BACK, OTHER: LEAVE}.get(answer or "")


_STEPS: Tuple[Callable[[Dialogs, Draft], Answer], ...] = (
    _country,
    _postal_code,
    _lineup,
    _preview,
    _channels,
    _way,
    _confirm,
)
