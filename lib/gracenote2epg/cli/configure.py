"""``--configure``: the set-up's questions on a terminal or through a pipe.

Through a pipe it asks for postal code, lineup and channels only, as scripts expect; on a terminal
it asks everything, and again after a bad answer.
"""

import contextlib
import getpass
import os
import re
import sys
from typing import Any, Callable, Dict, FrozenSet, List, Mapping, Optional, TextIO

from ..channels.stations import network_of
from ..clock import Clock
from ..config import paths, types
from ..config.saving import save
from ..config.secrets import secrets_of
from ..config.settings import Config, all_settings, as_text
from ..config.sources import override
from ..errors import GrabError, SettingError, Stopped
from ..grab.run import RunReport
from ..setup import earlier_grabber, lookups
from ..setup.draft import PICK
from ..setup.engine import Setup
from ..setup.questions import Question, Tools
from ..setup.steps import STEPS
from ..util.redact import hide
from ..util.sanitize import escape_controls
from . import stdio, tables
from .signals import stop_on_signal

NOT_THROUGH_A_PIPE = frozenset(("country", "tonight", "player", "output", "confirm"))
NOT_ON_A_TERMINAL = frozenset(("country",))  # the postal code tells it
Download = Callable[[Config], RunReport]

_PROMPTS = {
    "earlier": "Import the choices of {program} from {path}? (yes or no)",
    "postal_code": "Postal code: US ZIP or Canadian code",
    "lineup": "Lineup, by its row or id; several with commas",
    "tonight": "Enter goes on, back goes to another lineup",
    "channels": "Channels: {choices} (pick lists them); or numbers, call signs, ids with commas",
    "playlist": "Playlist: a file or an address",
    "hdhomerun": "HDHomeRun: its address",
    "tvh_url": "Tvheadend: the address of its web page, - for none",
    "tvh_username": "Tvheadend's user, - for none",
    "tvh_password": "Password",
    "stations": "Numbers, call signs and ids with commas",
    "player": "Player: {choices}",
    "output": "The guide's file",
    "confirm": "Enter saves this",
}


class Back(Exception):
    """The user wants the previous question."""


class Quit(Exception):
    """The user wants to leave the set-up."""


class Prompt:
    """Asks for one line at a time. is_terminal: whether a user can be asked again."""

    def __init__(self, answers: Optional[TextIO], screen: Optional[TextIO]) -> None:
        self._answers, self._screen = answers, screen
        self.is_terminal = answers is not None and answers.isatty()

    def print(self, text: str = "", end: str = "\n") -> None:
        if self._screen:
            stdio.write(self._screen, escape_controls(text) + end)

    def ask(self, question: str, default: str, hidden: bool = False) -> str:
        """What was typed; "" = take the default, also at the end of input. Raises Back, Quit."""
        self.print(f"{question} [{default}]: " if default else f"{question}: ", end="")
        line = self._line(hidden)
        self.is_terminal = self.is_terminal and bool(line)
        text = line.strip()
        if not self.is_terminal:
            self.print()  # ends the line, as Enter would have
        elif text.lower() == "back":
            raise Back
        elif text.lower() == "quit":
            raise Quit
        return text

    def _line(self, hidden: bool) -> str:
        if hidden and self.is_terminal and self._answers is sys.__stdin__:
            try:
                return getpass.getpass("", self._screen) + "\n"
            except EOFError:
                return ""
        return self._answers.readline() if self._answers else ""

    def confirm(self, question: str, default: str) -> bool:
        while True:
            text = _yes_or_no(self.ask(f"{question} (yes or no)", default) or default)
            if text in ("yes", "no"):
                return text == "yes"
            error = SettingError("the answer", text, "", "yes, no")
            if not self.is_terminal:
                raise error
            self.print(str(error))


def _yes_or_no(text: str) -> str:
    return {"y": "yes", "n": "no"}.get(text.lower(), text.lower())


def configure(
    settings: Config, file: str, prompt: Prompt, clock: Clock, download: Download, skip: str = ""
) -> None:
    """Ask the questions, and save the answers in the config file.

    skip: a step that is not asked. download: one run, which is offered on a terminal.

    Raises GrabError; the file is then unchanged.
    """
    is_there = os.path.exists(file) and os.path.getsize(file)
    not_asked = NOT_ON_A_TERMINAL if prompt.is_terminal else NOT_THROUGH_A_PIPE
    setup = new_setup(settings, clock, not_asked | {skip})
    face = _Face(setup, prompt)
    if prompt.is_terminal:
        prompt.print("At each question, back goes to the previous one, and quit leaves the set-up.")
    try:
        if is_there and not prompt.confirm(f"{file} exists. Change it?", "no"):
            raise Quit
        face.ask_all()
    except (Quit, Back):
        prompt.print(f"{file} is unchanged." if is_there else "Nothing was written.")
        return
    defaults = {row.name: as_text(row.default) for row in all_settings()}
    values = {name: "" if text == defaults[name] else text for name, text in setup.values.items()}
    save(file, values, clock.now(), face.comments)
    prompt.print(f"{file} is written.")
    config = paths.with_paths(override(settings, setup.values), settings.data_dir)
    if config.profile in ("any", "tvheadend"):
        prompt.print(_in_tvheadend(lookups.cron_line(config, clock)))
    elif prompt.is_terminal:
        prompt.print(
            "\ngracenote2epg makes the guide; --serve does so again and again, and gives it"
        )
        prompt.print(f"an address that ends in /guide/{config.profile}.xml (docs/serve.md).")
    with contextlib.suppress(Quit, Back):
        if prompt.is_terminal and prompt.confirm("Download the guide now?", "yes"):
            report = download(config)
            prompt.print("\nTonight:")
            prompt.print(
                tables.format_evening(lookups.tonight(config, lookups.MAX_STATIONS, clock))
            )
            prompt.print(f"Your guide: {report.path}")


def new_setup(settings: Config, clock: Clock, skip: FrozenSet[str]) -> Setup:
    """A set-up that begins with these settings. Options and variables propose answers; of the
    settings that no step asks for, it gets those in the config file only."""

    def config(values: Mapping[str, str]) -> Config:
        changed = paths.with_paths(override(settings, values), settings.data_dir)
        hide(secrets_of(changed))
        return changed

    asked = {name for step in STEPS for name in step.settings}
    names = [name for name, origin in settings.origins.items() if os.path.isfile(origin)]
    names += asked.intersection(settings.origins)
    texts = {name: as_text(getattr(settings, name)) for name in names}
    return Setup(texts, Tools(clock, config, earlier_grabber.find(os.environ), skip=skip))


class _Face:
    """Asks the questions at the prompt. comments: names of lineups and stations by id."""

    def __init__(self, setup: Setup, prompt: Prompt) -> None:
        self._setup, self._prompt = setup, prompt
        self.comments: Dict[str, str] = {}

    def ask_all(self) -> None:
        while not self._setup.is_done:
            try:
                self._ask()
            except Back:
                if not self._setup.back():
                    self._prompt.print("This is the first question.")
            except Stopped:
                raise
            except GrabError as error:
                if not self._prompt.is_terminal:
                    raise
                self._prompt.print(str(error))

    def _ask(self) -> None:
        question = self._question()
        options = [option.value for option in question.options]
        facts = {"choices": ", ".join(options), **question.facts}
        shown = _SHOWN.get(question.step)
        if self._prompt.is_terminal:
            self._prompt.print()
        if shown:
            self._prompt.print(shown(question))
        text = _PROMPTS[question.step].format(**facts)
        text = self._prompt.ask(text, _default(question), question.kind == "secret")
        if question.kind == "show" and text and _yes_or_no(text) != "yes":
            raise SettingError("the answer", text, "", "Enter, back, quit")
        if question.step == "channels" and text and text.lower() not in options:
            self._pick(text)
        else:
            with stop_on_signal() as stop:
                self._setup.answer(_values(question, text), stop)
        if question.step == "earlier" and facts["others"] and _yes_or_no(text or "yes") == "yes":
            self._prompt.print(f"Taken over as well: {', '.join(facts['others'])}.")

    def _question(self) -> Question:
        with stop_on_signal() as stop:
            try:
                question = self._setup.question(stop)
            except Stopped:
                raise
            except GrabError as error:  # about tonight, which can be left out
                self._prompt.print(str(error))
                return Question(self._setup.step, "show")
        if question.step in ("lineup", "stations"):
            self.comments.update((row.value, _comment(row.facts)) for row in question.options)
        return question

    def _pick(self, text: str) -> None:
        """Take stations as the answer to the step that asks for a way to choose them."""
        with stop_on_signal() as stop:
            self._setup.answer([PICK], stop)
            question = self._question()
            try:
                self._setup.answer(_values(question, text), stop)
            except GrabError:
                self._setup.back()
                raise


def _comment(facts: Mapping[str, Any]) -> str:
    if "station" not in facts:
        return str(facts["name"])
    station = facts["station"].station
    return " ".join((*station.numbers, station.call_sign))


def _default(question: Question) -> str:
    """The proposed answer, as it is shown."""
    if question.step == "lineup":
        rows = [option.value for option in question.options]
        return ",".join(str(rows.index(value) + 1) for value in question.default)
    if question.step == "stations":
        return f"the {len(question.default)} marked"
    text = ",".join(question.default) or question.facts.get("own", "")
    if question.kind == "secret":
        return text and "as before"
    return types.place.display(text) if question.step in ("playlist", "hdhomerun") else text


def _values(question: Question, text: str) -> List[str]:
    """What was typed, as an answer; [] = the default."""
    if not text:
        return [*question.default]
    if question.kind == "many":
        rows = dict(enumerate((option.value for option in question.options), 1))
        is_lineup = question.step == "lineup"
        words = [word for word in re.split(r"[,\s]+", text) if word]
        return [
            rows.get(int(word), word) if is_lineup and word.isdecimal() else word for word in words
        ]
    if question.step == "earlier":
        return [_yes_or_no(text)]
    if question.kind == "one":
        return [text.lower()]
    return ["" if text == "-" and question.step.startswith("tvh_") else text]


def _lineups(question: Question) -> str:
    rows = [("ROW", "LINEUP", "KIND", "NAME", "PLACE", "STATIONS")]
    for number, (value, facts) in enumerate(question.options, 1):
        count = "?" if facts["stations"] is None else str(facts["stations"])
        rows.append((str(number), value, facts["kind"], facts["name"], facts["place"], count))
    return tables.format_table(rows)


def _stations(question: Question) -> str:
    rows = [("", "NUMBER", "CALL SIGN", "ID", "NETWORK", "CHANNEL")]
    for value, facts in question.options:
        mark = "*" if value in question.default else ""
        station, channel = facts["station"].station, facts["channel"]
        numbers, network = " ".join(station.numbers), network_of(station)
        rows.append((mark, numbers, station.call_sign, value, network, channel))
    return tables.format_table(rows)


def _tonight(question: Question) -> str:
    if not question.facts:
        return ""
    count, names = question.facts["stations"], " and ".join(question.facts["lineups"])
    evening = tables.format_evening(question.facts["programmes"]) or "Nothing is listed."
    return f"Tonight on {names} ({count} stations):\n{evening}"


def _summary(question: Question) -> str:
    facts = question.facts
    count = "as before" if facts["stations"] is None else str(facts["stations"])
    rows = [
        ("Postal code", facts["postal_code"]),
        ("Lineup", " and ".join(facts["lineups"])),
        ("Stations", count),
        ("Player", facts["player"]),
        ("Guide", facts["output"]),
    ]
    return tables.format_table(rows[:-1] if facts["output"] == "-" else rows)


_SHOWN: Dict[str, Callable[[Question], str]] = {
    "lineup": _lineups,
    "stations": _stations,
    "tonight": _tonight,
    "confirm": _summary,
}


def _in_tvheadend(cron_line: str) -> str:
    return (
        "\nIn Tvheadend (docs/tvheadend.md has more):\n"
        "1. Restart it, unless it lists this grabber already.\n"
        "2. Configuration, Channel / EPG, EPG Grabber Modules: enable this grabber.\n"
        f"3. EPG Grabber, Cron multi-line: {cron_line}\n"
        "   (a minute of your own: most others call at 00:04, which overloads the source)\n"
        "4. Re-run Internal EPG Grabbers, twice: the first run links the channels, the second"
        " fills the guide."
    )
