"""``--configure``: questions on a terminal or through a pipe; the answers go to the config file."""

import contextlib
import os
import re
from typing import (
    Callable,
    ContextManager,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    TextIO,
    Tuple,
    TypeVar,
)

from .. import GRABBER, errors
from ..channels import choosing
from ..channels.stations import GuideStation
from ..clock import Clock
from ..config.settings import Config
from ..config.sources import override
from ..grab import listing, schedule
from ..grab.source import SourceSession
from ..gracenote.lineup_ids import resolve
from ..models import Provider
from ..setup import earlier_grabber
from ..util.files import read_limited, write_text
from ..util.sanitize import escape_controls
from . import stdio, tables

# The settings that it asks for; lines with other keys stay in the file.
OWN_KEYS = ("postal", "postal_code", "lineup", "channel", "channels")
HEAD = f"# Written by {GRABBER} --configure; docs/settings.md has all keys."

T = TypeVar("T")
OpenSource = Callable[[Config], ContextManager[SourceSession]]

# Errors that a better answer fixes.
_RETRY = (errors.SettingError, errors.NotConfigured, errors.ChannelError, errors.LineupNotFound)


class Prompt:
    """Asks for one line at a time; at the end of input the default answer is used."""

    def __init__(self, answers: Optional[TextIO], screen: Optional[TextIO]) -> None:
        self._answers, self._screen = answers, screen
        self._interactive = answers is not None and answers.isatty()

    def print(self, text: str = "", end: str = "\n") -> None:
        if self._screen:
            stdio.write(self._screen, escape_controls(text) + end)

    def ask(self, question: str, default: str, parse: Callable[[str], T]) -> T:
        """Return the parsed answer; on a terminal, ask again until it can be parsed."""
        while True:
            self.print(f"{question} [{default}]: " if default else f"{question}: ", end="")
            line = self._answers.readline() if self._answers else ""
            typed = self._interactive and line
            if not typed:
                self.print()  # ends the line, as Enter would have
            try:
                return parse(line.strip() or default)
            except _RETRY as error:
                if not typed:
                    raise
                self.print(str(error))

    def confirm(self, question: str, default: str) -> bool:
        return self.ask(f"{question} (yes or no)", default, _yes_or_no)


def configure(
    settings: Config, file: str, open_source: OpenSource, prompt: Prompt, clock: Clock
) -> None:
    """Ask for postal code, lineup and channels, and write them to the config file.

    Raises GrabError; the file is then unchanged.
    """
    kept_lines = _other_lines(file)
    if kept_lines is not None and not prompt.confirm(f"{file} exists. Overwrite it?", "no"):
        prompt.print("It is unchanged.")
        return
    old = earlier_grabber.find(os.environ)
    if old and not prompt.confirm(f"Import the choices of {old.program} from {old.path}?", "yes"):
        old = None
    place = prompt.ask(
        "Postal code: US ZIP or Canadian code",
        old.postal_code if old else settings.postal_code,
        lambda text: _at_postal_code(settings, text, open_source),
    )
    providers = [row for row, _ in place.lineups]
    prompt.print(tables.format_lineups(place.lineups, numbered=True))
    default = earlier_grabber.lineup_of(old, providers) if old else None
    if not default and place.settings.postal_code == settings.postal_code:
        default = ",".join(settings.lineup)
    wanted = old.station_ids if old else settings.channels
    settings, stations = prompt.ask(
        "Lineup, by its row or id; several with commas",
        default or _antenna_row(providers),
        lambda text: _with_lineups(place.settings, text, providers, open_source),
    )
    prompt.print(tables.format_stations(stations))
    chosen = prompt.ask(
        "Channels: all, or numbers, call signs and ids with commas",
        ",".join(_existing(wanted, stations)) or "all",
        lambda text: _choose(text, stations),
    )
    kept_lines = kept_lines or []
    present = {line.partition("=")[0].strip().replace("-", "_") for line in kept_lines}
    others = old.others if old else {}
    imported = [f"{key}={value}" for key, value in others.items() if key not in present]
    if imported:
        names = ", ".join(line.partition("=")[0] for line in imported)
        prompt.print(f"Taken over as well: {names}.")
    lines = [HEAD, *_lines(settings, providers, stations, chosen), *imported, *kept_lines]
    _write(file, lines, clock.now())
    prompt.print(_next_steps(file, place.cron_line))


def _yes_or_no(text: str) -> bool:
    if text.lower() not in ("y", "yes", "n", "no"):
        raise errors.SettingError("the answer", text, "you", "yes, no")
    return text.lower() in ("y", "yes")


class _Place(NamedTuple):
    """Settings with a postal code, and its lineups.

    lineups: each with its number of stations, None = unknown. cron_line: for Tvheadend.
    """

    settings: Config
    lineups: Sequence[Tuple[Provider, Optional[int]]]
    cron_line: str


def _at_postal_code(settings: Config, code: str, open_source: OpenSource) -> _Place:
    if not code:
        raise errors.NotConfigured()
    settings = override(settings, {"postal_code": code})
    with open_source(settings) as source:
        cron_line = schedule.cron_line(source.store.installation_id())
        return _Place(settings, listing.find_lineups(source), cron_line)


def _antenna_row(providers: Sequence[Provider]) -> str:
    kinds = [row.kind for row in providers]
    return str(kinds.index("OTA") + 1 if "OTA" in kinds else 1)


def _with_lineups(
    settings: Config, text: str, providers: Sequence[Provider], open_source: OpenSource
) -> Tuple[Config, List[GuideStation]]:
    """The settings with the lineups named by row or id, and their stations by number."""
    names = []
    for word in filter(None, re.split(r"[,\s]+", text)):
        if word.isdecimal() and 1 <= int(word) <= len(providers):
            word = providers[int(word) - 1].lineup.lineup_id
        try:
            resolve(word, settings.postal_code, providers)
        except ValueError as error:
            raise errors.SettingError("lineup", word, "you", f"a row's number, {error}") from None
        names.append(word)
    settings = override(settings, {"lineup": tuple(names)})
    with open_source(settings) as source:
        return settings, listing.list_stations(source)


def _existing(words: Sequence[str], stations: Sequence[GuideStation]) -> List[str]:
    """The words that name a station of this lineup."""
    existing = []
    for word in words:
        with contextlib.suppress(errors.ChannelError):
            choosing.select([word], stations)
            existing.append(word)
    return existing


def _choose(text: str, stations: Sequence[GuideStation]) -> Optional[Set[str]]:
    """The ids of the chosen stations; None = all, including future ones."""
    if text.lower() == "all":
        return None
    words = [word for word in re.split(r"[,\s]+", text) if word]
    return choosing.select(words, stations)


# The file


def _other_lines(file: str) -> Optional[List[str]]:
    """The file's lines without HEAD and OWN_KEYS; None = the file is missing or empty."""
    if not os.path.exists(file) or not os.path.getsize(file):
        return None
    try:
        lines = read_limited(file).decode("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        detail = f"the existing file cannot be read: {errors.os_error_text(error)}"
        raise errors.OutputError(file, detail) from error
    keys = [re.split("[=!]", line)[0].strip().replace("-", "_") for line in lines]
    return [line for line, key in zip(lines, keys) if key not in OWN_KEYS and line != HEAD]


def _lines(
    settings: Config,
    providers: Sequence[Provider],
    stations: Sequence[GuideStation],
    chosen: Optional[Set[str]],
) -> List[str]:
    """The lines to write. chosen: station ids; None = all channels, so that none is listed."""
    names = {row.lineup.lineup_id: row.name for row in providers}
    lines = [f"postal_code={settings.postal_code}"]
    lines += [_commented(f"lineup={name}", names.get(name, "")) for name in settings.lineup]
    for station in (row.station for row in stations) if chosen is not None else ():
        mark = "=" if chosen and station.station_id in chosen else "!"
        comment = " ".join((*station.numbers, station.call_sign))
        lines.append(_commented(f"channel{mark}{station.station_id}", comment))
    return lines


def _commented(line: str, comment: str) -> str:
    return f"{line}  # {comment}" if comment else line


def _write(file: str, lines: Sequence[str], now: float) -> None:
    """Write the file, readable by its owner only because it may hold a password.

    Raises OutputError.
    """
    try:
        os.makedirs(os.path.dirname(os.path.realpath(file)), exist_ok=True)
        write_text(file, "\n".join(lines) + "\n", now, 0o600)
    except OSError as error:
        advice = "Name another one with --config-file"
        raise errors.OutputError(file, errors.os_error_text(error), advice) from error


def _next_steps(file: str, cron_line: str) -> str:
    return (
        f"{file} is written.\n\n"
        "In Tvheadend (docs/tvheadend.md has more):\n"
        "1. Restart it, unless it lists this grabber already.\n"
        "2. Configuration, Channel / EPG, EPG Grabber Modules: enable this grabber.\n"
        f"3. EPG Grabber, Cron multi-line: {cron_line}\n"
        "   (a minute of your own: most others call at 00:04, which overloads the source)\n"
        "4. Re-run Internal EPG Grabbers, twice: the first run links the channels, the second"
        " fills the guide."
    )
