"""The set-up by remote control: the questions of ``setup``, as Kodi's dialogs.

The user can go back or leave at each question. Nothing is saved before the last one is answered.
"""

from __future__ import annotations

import contextlib
import re
import threading
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, Sequence, Tuple, Union

import xbmc

from ...errors import GrabError, LineupNotFound, NoChannelMatches, SettingError
from .. import addon_settings, iptv_simple
from ..messages import PAUSE, RESUME, tell_service
from ..strings import localize
from . import first_run, player_setup, tonight
from .dialogs import CUSTOM, GOOD, NO, YES, Dialogs, Report, Row, title

if TYPE_CHECKING:
    from ...setup.engine import Setup
    from ...setup.questions import Option, Question

KINDS = ("OTA", "CABLE", "SATELLITE")
LANGUAGES = ("en", "fr", "es")  # of stations
OPTIONAL = ("tvh_url", "tvh_username")  # texts
BACK, STAY, LEAVE = "back", "stay", "leave"
MAX_DETAILED = 30  # stations in a list that has two lines and a logo for each
# What the user waits for after the answer to a step.
WAITS = {
    "postal_code": "looking_for_lineups",
    "lineup": "looking_at_tonight",
    **dict.fromkeys(
        ("channels", "playlist", "hdhomerun", "tvh_url", "tvh_username", "tvh_password"),
        "comparing",
    ),
}
# The setting that an answer is for, and what to say when it is refused.
REFUSED = {
    "postal_code": ("postal_code", "bad_zip"),
    "stations": ("channels", "no_channel"),
    "playlist": ("channels_from", "bad_address"),
    "hdhomerun": ("channels_from", "bad_address"),
    "tvh_url": ("tvh_url", "bad_address"),
}
CHANNELS = {
    "keep": "channels_keep",
    "pick": "channels_by_hand",
    "iptv_simple": "channels_iptv",
    "playlist": "channels_playlist",
    "hdhomerun": "channels_hdhomerun",
    "tvheadend": "channels_tvheadend",
}

Values = Tuple[str, ...]
Answer = Union[Values, str, None]  # BACK, STAY, LEAVE; None = the user pressed "back"


def greet(dialogs: Dialogs) -> None:
    """Offer the set-up to a new user."""
    set_up, later = localize("set_up"), localize("later")
    if dialogs.confirm(localize("title"), localize("greeting"), set_up, later):
        run(dialogs)


def run(dialogs: Dialogs) -> None:
    """Ask, save, run once. Meanwhile the service starts no run."""
    with contextlib.ExitStack() as pause:
        tell_service(PAUSE)
        pause.callback(tell_service, RESUME)
        texts = addon_settings.read().texts
        wizard = Wizard(dialogs, player_setup.new_setup(dialogs.clock), texts)
        if wizard.ask_all():
            addon_settings.write(wizard.values)
            first_run.finish(dialogs, wizard.player, wizard.instance, pause)


class Wizard:
    """player, instance: that the user has chosen. texts: the present settings."""

    def __init__(self, dialogs: Dialogs, setup: Setup, texts: Mapping[str, str]) -> None:
        self._dialogs, self._setup = dialogs, setup
        self._question: Optional[Question] = None  # None = it could not be looked up
        is_new = not (texts["postal_code"] or texts["lineup"])
        self._country = _country_of_region() if is_new else ""  # to propose once
        self.player = ""
        self.instance: Optional[iptv_simple.Instance] = None

    @property
    def values(self) -> dict[str, str]:
        """The settings to save, when all is answered."""
        return self._setup.values

    def ask_all(self) -> bool:
        """Ask all questions; False = the user left, or Kodi quits."""
        self._look()
        first = self._setup.step
        while not self._setup.is_done:
            question = self._question
            answer = self._ask(question) if question else None
            if answer is None:
                answer = LEAVE if self._setup.step == first else self._back_or_leave()
            if self._dialogs.kodi_quits or answer == LEAVE:
                return False
            if answer == BACK:
                self._setup.back()
                self._look()
            elif isinstance(answer, tuple) and question:
                is_lookup = answer and answer[0] not in ("all", "pick", "keep")
                self._look(WAITS.get(question.step, "") if is_lookup else "", answer)
            elif question is None:
                self._look(waiting="looking_at_tonight")
        return True

    def _look(self, waiting: str = "", values: Optional[Values] = None) -> None:
        """Answer the question, if there are values, and look up the next one, or tell why not.

        waiting: what the user waits for meanwhile, "" = nothing that takes time.
        """
        before, heading = self._question, title("action_set_up")
        if before and before.kind != "secret" and values and any(values):
            before = self._question = before._replace(default=values)  # if it is asked again
        setup, found = self._setup.copy(), [before]  # a cancelled job may end late: it is ignored

        def job(stop: threading.Event, report: Optional[Report]) -> bool:
            if values is not None:
                setup.answer(values, stop)
            found[0] = None
            if not setup.is_done:
                found[0] = setup.question(stop)
            return True

        try:
            if not waiting:
                job(threading.Event(), None)
            elif not self._dialogs.run(heading, localize(waiting), job):
                return
        except GrabError as error:
            text = _refusal(error, before, "".join(values or ())) if before else ""
            if text:
                self._dialogs.message(heading, text)
            else:
                self._dialogs.error(heading, error)
        self._setup, self._question = setup, found[0]

    def _back_or_leave(self) -> str:
        heading, back, leave = title("action_set_up"), localize("back"), localize("leave")
        if self._question is None:
            text, again = localize("ask_again"), localize("again")
            button = self._dialogs.ask(heading, text, again, back, leave)
            return {YES: STAY, CUSTOM: LEAVE}.get(button or "", BACK)
        text, stay = localize("ask_back_or_leave"), localize("stay")
        button = self._dialogs.ask(heading, text, leave, back, stay, default=NO)
        return {YES: LEAVE, NO: BACK}.get(button or "", STAY)

    # The dialogs

    def _ask(self, question: Question) -> Answer:
        own: dict[str, Callable[[Question], Answer]] = {
            "postal_code": self._postal_code,
            "tonight": self._tonight,
            "stations": self._stations,
            "player": self._choose_player,
            "output": self._output,
            "confirm": self._confirm,
        }
        ask = own.get(question.step)
        if ask:
            return ask(question)
        return self._select(question) if question.options else self._input(question)

    def _select(self, question: Question) -> Optional[Values]:
        """One of the options; several, where several were chosen before."""
        heading, default = localize(f"ask_{question.step}"), question.default
        if question.step == "country" and self._country:
            default, self._country = (self._country,), ""
        rows = [_row(question, option) for option in question.options]
        values = [option.value for option in question.options]
        marked = [values.index(value) for value in default if value in values]
        if len(marked) > 1:
            numbers = self._dialogs.multiselect(heading, rows, marked)
            return tuple(values[number] for number in numbers) if numbers else None
        number = self._dialogs.select(heading, rows, *marked)
        return None if number is None else (values[number],)

    def _input(self, question: Question) -> Optional[Values]:
        heading, default = localize(f"ask_{question.step}"), "".join(question.default)
        text = self._dialogs.input(heading, default, hidden=question.kind == "secret")
        return (text,) if text or (text == "" and question.step in OPTIONAL) else None

    def _postal_code(self, question: Question) -> Optional[Values]:
        is_canadian = question.facts["country"] == "CAN"
        ask = self._dialogs.input if is_canadian else self._dialogs.digits
        heading = localize("ask_postal_code" if is_canadian else "ask_zip")
        text = ask(heading, "".join(question.default))
        return (text,) if text else None

    def _tonight(self, question: Question) -> Answer:
        """The evening of some stations; above them the row to go on."""
        facts, number = question.facts, 0
        heading = ", ".join(facts["lineups"])
        count = localize("stations", count=facts["stations"])
        yes = Row(localize("tonight_is_right"), count, GOOD)
        entries = tonight.entries(self._dialogs, facts["programmes"])
        rows = [yes, *(entry.row for entry in entries)]
        while True:
            picked = self._dialogs.select(heading, rows, number)
            if not picked:
                return None if picked is None else ()
            number = picked
            entries[number - 1].open()

    def _stations(self, question: Question) -> Answer:
        """A long list has one line for each station, and above them rows that mark many."""
        heading, facts = localize("ask_channels"), [option.facts for option in question.options]
        values = [option.value for option in question.options]
        rows = [Row(one["name"], one["channel"], one["station"].station.logo) for one in facts]
        marked = {number for number, value in enumerate(values) if value in question.default}
        kinds: list[Tuple[str, set[int]]] = []
        if len(rows) > MAX_DETAILED:
            rows, kinds = [Row(row.label) for row in rows], _kinds(facts)
        above = [Row(localize(name)) for name, _ in kinds]
        while True:
            preselected = [len(above) + number for number in sorted(marked)]
            picked = self._dialogs.multiselect(heading, above + rows, preselected)
            if picked is None:
                return BACK
            chosen = [kinds[number][1] for number in picked if number < len(above)]
            if not chosen:
                return tuple(values[number - len(above)] for number in picked)
            marked = set().union(*chosen)

    def _choose_player(self, question: Question) -> Answer:
        values = self._select(question)
        if values is None:
            return None
        (self.player,), self.instance = values, None
        if self.player == player_setup.IPTV_SIMPLE:
            self.instance = player_setup.choose_instance(self._dialogs, iptv_simple.version())
            if self.instance is None:
                return STAY
        return values

    def _output(self, question: Question) -> Answer:
        output = player_setup.ask_output(self._dialogs, "".join(question.default))
        return BACK if output is None else (output,)

    def _confirm(self, question: Question) -> Answer:
        facts = question.facts
        text = localize(
            "ask_confirm",
            lineup=", ".join(facts["lineups"]),
            count=localize("channels_keep") if facts["stations"] is None else facts["stations"],
            way=player_setup.player_row(facts["player"]).label,
        )
        labels = (localize("save"), localize("back"), localize("leave"))
        button = self._dialogs.ask(title("action_set_up"), text, *labels)
        answers: dict[str, Answer] = {YES: (), NO: BACK, CUSTOM: LEAVE}
        return answers.get(button or "")


def _refusal(error: GrabError, question: Question, answer: str) -> str:
    """What to say when that is why an answer was not taken; "" = another error."""
    if isinstance(error, NoChannelMatches):
        return localize("none_matches")
    if isinstance(error, LineupNotFound) and question.step == "postal_code":
        return localize("no_such_code", code=answer)
    setting, name = REFUSED.get(question.step, ("", ""))
    if not (name and isinstance(error, SettingError) and error.name == setting):
        return ""
    if question.facts.get("country") == "CAN":
        name = "bad_postal_code"
    return localize(name, code=answer, text=answer)


def _row(question: Question, option: Option) -> Row:
    facts, (name, _, _) = option.facts, option.value.partition(":")
    if question.step == "earlier":
        return Row(localize(f"earlier_{name}", **question.facts))
    if question.step == "lineup":
        kind = localize(f"kind_{facts['kind']}") if facts["kind"] in KINDS else facts["kind"]
        stations = localize("stations", count=facts["stations"]) if facts["stations"] else ""
        return Row(facts["name"], " · ".join(filter(None, (kind, facts["place"], stations))))
    if question.step == "channels":
        if name == "all":
            return Row(localize("channels_all", count=question.facts["stations"]))
        return Row(localize(CHANNELS[name]), facts.get("address", ""))
    if question.step == "player":
        return player_setup.player_row(name)
    return Row(localize(f"{question.step}_{name}"))


def _kinds(stations: Sequence[Mapping[str, Any]]) -> list[Tuple[str, set[int]]]:
    """The texts of the rows that mark many stations, and the numbers of these. stations: facts."""
    every = set(range(len(stations)))
    of_language = {
        word: {number for number in every if stations[number]["station"].station.language == word}
        for word in LANGUAGES
    }
    in_hd = {number for number in every if re.search(r"HD\b", stations[number]["name"])}
    kinds = [("mark_hd", in_hd), *((f"mark_{word}", of_language[word]) for word in LANGUAGES)]
    some = [(name, one) for name, one in kinds if one and one != every]
    return [("mark_all", every), ("mark_none", set()), *some]


def _country_of_region() -> str:
    """The country that Kodi's region is for; "" = it does not tell."""
    return "CAN" if "canad" in xbmc.getLanguage(xbmc.ENGLISH_NAME, True).lower() else ""
