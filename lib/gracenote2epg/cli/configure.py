"""``--configure`` asks a person or a pipe; ``--configure-api`` tells programs what to ask."""

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

from .. import GRABBER
from ..channels import stations
from ..channels.stations import GuideStation
from ..clock import Clock
from ..config.settings import Config
from ..config.sources import override
from ..errors import (
    ChannelError,
    LineupNotFound,
    NotConfigured,
    OutputError,
    SettingError,
    os_error_text,
)
from ..grab import listing, schedule, source
from ..gracenote.lineup_ids import resolve
from ..models import Provider
from ..util.files import read_limited, write_text
from ..util.sanitize import escape_controls
from . import stdio, tables, zap2epg_import

OWN_KEYS = ("postal", "postal_code", "lineup", "channel", "channels")
HEAD = f"# Written by {GRABBER} --configure; docs/settings.md has all keys."

T = TypeVar("T")
OpenSource = Callable[[Config], ContextManager[source.SourceSession]]

_BETTER_ANSWERS = (SettingError, NotConfigured, ChannelError, LineupNotFound)  # there may be


class Prompt:
    """Asks one line at a time. Nobody there, or the end of a pipe, means what is proposed."""

    def __init__(self, answers: Optional[TextIO], screen: Optional[TextIO]) -> None:
        self._answers, self._screen = answers, screen
        self._patient = answers is not None and answers.isatty()

    def tell(self, text: str = "", end: str = "\n") -> None:
        if self._screen:
            stdio.write(self._screen, escape_controls(text) + end)

    def ask(self, question: str, proposed: str, parse: Callable[[str], T]) -> T:
        """Return what ``parse`` makes of the answer. A person may give a better one."""
        while True:
            self.tell(f"{question} [{proposed}]: " if proposed else f"{question}: ", end="")
            line = self._answers.readline() if self._answers else ""
            if not (self._patient and line):
                self.tell()  # nobody has pressed Enter
            try:
                return parse(line.strip() or proposed)
            except _BETTER_ANSWERS as error:
                if not (self._patient and line):
                    raise
                self.tell(str(error))

    def agree(self, question: str, proposed: str) -> bool:
        return self.ask(f"{question} (yes or no)", proposed, _yes_or_no)


def configure(settings: Config, file: str, look: OpenSource, talk: Prompt, clock: Clock) -> None:
    """Ask for postal code, lineup and channels, and write them to the config file."""
    kept = _other_lines(file)
    if kept is not None and not talk.agree(f"{file} is there. Write it anew?", "no"):
        talk.tell("It stays as it is.")
        return
    old = zap2epg_import.find(os.environ)
    if old and not talk.agree(f"Take over the choices of zap2epg, in {old.path}?", "yes"):
        old = None
    place = talk.ask(
        "Postal code: US ZIP or Canadian code",
        old.postal_code if old else settings.postal_code,
        lambda text: _at(settings, text, look),
    )
    providers = [row for row, _ in place.lineups]
    talk.tell(_lineup_table(place.lineups))
    named = zap2epg_import.lineup_of(old, providers) if old else None
    if not named and place.settings.postal_code == settings.postal_code:
        named = ",".join(settings.lineup)
    settings, known = talk.ask(
        "Lineup, by its row or id; several with commas",
        named or _antenna_row(providers),
        lambda text: _with_lineups(place.settings, text, providers, look),
    )
    talk.tell(tables.format_stations([own.station for own in known]))
    wanted = old.stations if old else settings.channels
    chosen = talk.ask(
        "Channels: all, or numbers, call signs and ids with commas",
        ",".join(_of_them(wanted, known)) or "all",
        lambda text: _choose(text, known),
    )
    lines = [HEAD, *_lines(settings, providers, known, chosen), *(kept or ())]
    _write(file, lines, clock.now())
    talk.tell(_next_steps(file, place.cron))


def _yes_or_no(text: str) -> bool:
    if text.lower() not in ("y", "yes", "n", "no"):
        raise SettingError("the answer", text, "you", "yes, no")
    return text.lower() in ("y", "yes")


class _Place(NamedTuple):
    """A postal code and what there is. cron: this installation's line."""

    settings: Config
    lineups: Sequence[Tuple[Provider, Optional[int]]]
    cron: str


def _at(settings: Config, code: str, look: OpenSource) -> _Place:
    if not code:
        raise NotConfigured()
    settings = override(settings, {"postal_code": code})
    with look(settings) as way:
        return _Place(
            settings, listing.find_lineups(way), schedule.cron_line(way.store.installation_id())
        )


def _lineup_table(rows: Sequence[Tuple[Provider, Optional[int]]]) -> str:
    table: List[Sequence[str]] = [("ROW", *tables.LINEUPS)]
    table += [
        (str(number), *cells) for number, cells in enumerate(map(tables.lineup_row, rows), start=1)
    ]
    return tables.format_table(table)


def _antenna_row(providers: Sequence[Provider]) -> str:
    kinds = [row.kind for row in providers]
    return str(kinds.index("OTA") + 1 if "OTA" in kinds else 1)


def _with_lineups(
    settings: Config, text: str, providers: Sequence[Provider], look: OpenSource
) -> Tuple[Config, List[GuideStation]]:
    """The settings with the lineups that the text names, and their stations by number."""
    names = []
    for word in filter(None, re.split(r"[,\s]+", text)):
        if word.isdecimal() and 1 <= int(word) <= len(providers):
            word = providers[int(word) - 1].lineup.lineup_id
        try:
            resolve(word, settings.postal_code, providers)
        except ValueError as error:
            raise SettingError("lineup", word, "you", f"a row's number, {error}") from None
        names.append(word)
    settings = override(settings, {"lineup": tuple(names)})
    with look(settings) as way:
        return settings, listing.list_stations(way)


def _of_them(wanted: Sequence[str], known: Sequence[GuideStation]) -> List[str]:
    """Those that are stations of this lineup."""
    found = []
    for word in wanted:
        with contextlib.suppress(ChannelError):
            stations.select([word], known)
            found.append(word)
    return found


def _choose(text: str, known: Sequence[GuideStation]) -> Optional[Set[str]]:
    """The ids of the chosen stations; None = all, of today and of tomorrow."""
    if text.lower() == "all":
        return None
    return stations.select([word for word in re.split(r"[,\s]+", text) if word], known)


# The file


def _other_lines(file: str) -> Optional[List[str]]:
    """The lines of the file that say something else than what is asked here; None = it is empty."""
    if not os.path.exists(file) or not os.path.getsize(file):
        return None
    try:
        lines = read_limited(file).decode("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise OutputError(file, f"what is there cannot be read: {error}") from error
    keys = [re.split("[=!]", line)[0].strip().replace("-", "_") for line in lines]
    return [line for line, key in zip(lines, keys) if key not in OWN_KEYS and line != HEAD]


def _lines(
    settings: Config,
    providers: Sequence[Provider],
    known: Sequence[GuideStation],
    chosen: Optional[Set[str]],
) -> List[str]:
    names = {row.lineup.lineup_id: row.name for row in providers}
    lines = [f"postal_code={settings.postal_code}"]
    lines += [_commented(f"lineup={name}", names.get(name, "")) for name in settings.lineup]
    for station in (own.station for own in known) if chosen is not None else ():
        mark = "=" if chosen and station.station_id in chosen else "!"
        words = " ".join((*station.numbers, station.call_sign))
        lines.append(_commented(f"channel{mark}{station.station_id}", words))
    return lines


def _commented(line: str, words: str) -> str:
    return f"{line}  # {words}" if words else line


def _write(file: str, lines: Sequence[str], now: float) -> None:
    """At once, and for its owner alone: other lines may hold a password."""
    try:
        os.makedirs(os.path.dirname(os.path.realpath(file)), exist_ok=True)
        write_text(file, "\n".join(lines) + "\n", now, 0o600)
    except OSError as error:
        raise OutputError(
            file, os_error_text(error), "Name another one with --config-file"
        ) from error


def _next_steps(file: str, cron: str) -> str:
    return "\n".join(
        (
            f"{file} is written.",
            "",
            "In Tvheadend (docs/tvheadend.md has more):",
            "1. Restart it, if it has not seen this grabber yet.",
            "2. Configuration, Channel / EPG, EPG Grabber Modules: enable this grabber.",
            f"3. EPG Grabber, Cron multi-line: {cron}",
            "   (a minute of your own: most others call at 00:04, and the source is for all)",
            "4. Re-run internal EPG grabbers, twice: the first run links the channels, the second"
            " fills the guide.",
        )
    )
