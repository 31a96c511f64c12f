"""What people see on a terminal: progress while a run goes on, its report, tables."""

import contextlib
import shutil
import time
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple

from .config import Config
from .downloader.monitor import Statistics, TypeStatistics
from .grab import Report
from .harmless import visible
from .matching import Match
from .models import Provider, Station
from .players import Player

WIDTH = 24  # characters of a bar
EVERY = 5.0  # seconds between plain lines

Show = Callable[[Statistics], None]


@contextlib.contextmanager
def view(settings: Config, stream: Any) -> Iterator[Show]:
    """What to show the statistics of a run to.

    On a terminal a line per phase, updated in place, and more of them with monitoring. Where nobody
    looks nothing, unless monitoring is asked for: then a plain line now and then.
    """
    if stream is None or settings.quiet or settings.console:
        yield lambda seen: None
    elif stream.isatty():
        yield _InPlace(stream, monitored if settings.enable_monitoring else progress).show
    elif settings.enable_monitoring:
        yield _Plain(stream).show
    else:
        yield lambda seen: None


class _InPlace:
    """Draws lines over the ones before."""

    def __init__(self, stream: Any, make: Callable[[Statistics], List[str]]) -> None:
        self._stream, self._make = stream, make
        self._wanted: List[str] = []
        self._drawn: List[str] = []

    def show(self, seen: Statistics) -> None:
        lines = self._make(seen)
        if lines == self._wanted:
            return
        self._wanted = lines
        columns = shutil.get_terminal_size().columns - 1  # a line that wraps cannot be drawn over
        lines = [visible(line)[:columns] for line in lines]
        up = f"\x1b[{len(self._drawn)}A" if self._drawn else ""
        write(self._stream, up + "".join(f"\r\x1b[K{line}\n" for line in lines))
        self._drawn = lines


class _Plain:
    """One line after the other, for those who keep them."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._next, self._phase = 0.0, ""

    def show(self, seen: Statistics) -> None:
        if seen.at < self._next and seen.phase == self._phase:
            return
        self._next, self._phase = seen.at + EVERY, seen.phase
        lines = monitored(seen)
        if lines:
            lines = [visible(line) for line in lines]
            write(self._stream, " | ".join(" ".join(line.split()) for line in lines) + "\n")


def progress(seen: Statistics) -> List[str]:
    """A line for each phase that has begun."""
    lines = []
    if seen.guide.tasks:
        # The lineup, and the one window that goes ahead, are no measure of the work.
        bar = _bar(seen.guide) if seen.guide.tasks > 2 else "asking the source"
        lines.append(f"Guide    {bar}")
    if seen.series.tasks:
        lines.append(f"Details  {_bar(seen.series)}")
    if lines and seen.wall:
        wait = max(0.0, seen.probe_at - seen.at)
        lines[-1] += f"  waiting {wait:.0f} s: {seen.wall}"
    elif lines and seen.phase == "writing":
        lines[-1] += "  writing the guide"
    return lines


def monitored(seen: Statistics) -> List[str]:
    """The same with workers, rates and answers, and the latest decision in words."""
    lines = []
    for name, own in (("Guide", seen.guide), ("Details", seen.series)):
        if own.tasks:
            lines.append(f"{name:8} {_bar(own)}")
            lines.append(
                f"{'':8} workers {own.busy}/{own.pace.workers} of {own.most_workers},"
                f" {own.pace.rate:.1f}/s of {own.most_rate:.1f}, {own.success_rate:.0%} good,"
                f" {own.average:.2f} s, {own.refused} refused, {own.pace.status}"
            )
    if lines and seen.story:
        lines.append(f"{'':8} {seen.story[0].text}")
    return lines


def _bar(own: TypeStatistics) -> str:
    full = WIDTH * own.done // own.tasks
    return f"[{'#' * full}{'.' * (WIDTH - full)}] {own.done}/{own.tasks}"


def report(done: Report) -> str:
    """What a run did, in lines."""
    summary, seen = done.summary, done.statistics

    def day(moment: int) -> str:
        return time.strftime("%a %d %b %H:%M", time.localtime(moment))

    hours = sum(summary.seconds.values()) // 3600
    detailed = sum(summary.detailed.values())
    begin = max(summary.begin, summary.days[0])
    lines = [
        f"Stations    {len(summary.stations)}",
        f"Programmes  {summary.programmes}, {detailed} of them with details",
        f"Covered     {day(begin)} to {day(summary.end)}, {hours} programme hours",
        f"Requests    {seen.guide.requests} guide, {seen.series.requests} details,"
        f" {seen.refusals} refused",
        f"Time        {done.seconds:.1f} s, the first guide after {done.first_guide:.1f} s",
        f"Guide       {done.path}",
    ]
    return "\n".join([*lines, *done.notes])


def matches(player: Player, found: Sequence[Match], stations: Sequence[Station]) -> str:
    """The table of what a player's channels mean: what matches first, by number; and its sums."""
    own = {station.station_id: station for station in stations}

    def named(station_id: str) -> str:
        station = own[station_id]
        return " ".join((*station.numbers[:1], station.call_sign, station_id))

    def place(one: Match) -> Tuple[Any, ...]:
        parts = one.wanted.number.split(".") if one.wanted.number else ["99999"]
        return not one.station_id, [int(part) for part in parts], one.wanted.name

    rows: List[Sequence[str]] = [("CHANNEL", "STATION", "HOW", "SURE", "DOUBTS")]
    for one in sorted(found, key=place):
        station = named(one.station_id) if one.station_id else "-"
        sure = f"{one.confidence}%" if one.how else ""
        rows.append((one.wanted.label, station, one.how, sure, ", ".join(map(named, one.doubts))))
    matched = [one for one in found if one.station_id]
    doubtful = sum(bool(one.doubts) for one in found)
    sums = f"{player.name}: {len(matched)} of {len(found)} channels match a station"
    return f"{table(rows)}\n{sums}; doubtful: {doubtful}."


LINEUPS = ("LINEUP", "KIND", "NAME", "PLACE", "STATIONS")


def lineup(row: Tuple[Provider, Optional[int]]) -> Tuple[str, ...]:
    """A lineup and its number of stations as cells under LINEUPS."""
    provider, count = row
    name = provider.lineup.lineup_id
    known = "?" if count is None else str(count)
    return name, provider.kind, provider.name, provider.place, known


def stations(found: Sequence[Station]) -> str:
    """A table of stations."""
    rows: List[Sequence[str]] = [("NUMBER", "CALL SIGN", "ID", "NETWORK")]
    rows += [(" ".join(own.numbers), own.call_sign, own.station_id, own.name) for own in found]
    return table(rows)


def table(rows: Sequence[Sequence[str]], figures: int = 0) -> str:
    """figures: the number of columns, from the last one, that are flush right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    words = len(widths) - figures
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at < words else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    )


def write(stream: Any, text: str) -> None:
    """To a stream that may be full, closed or gone: that must not end the run."""
    with contextlib.suppress(OSError, ValueError):
        stream.write(text)
        stream.flush()
