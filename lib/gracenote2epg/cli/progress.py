"""The progress of a run on a terminal, or as plain lines."""

import contextlib
import shutil
from typing import Any, Callable, Iterator, List

from ..clock import Clock
from ..config.settings import Config
from ..downloader.monitor import Statistics, TypeStatistics
from ..errors import format_time
from ..util.sanitize import escape_controls
from .stdio import can_redraw, print_err, write

BAR_WIDTH = 24  # characters
PLAIN_INTERVAL = 5.0  # seconds between plain lines

Show = Callable[[Statistics], None]


@contextlib.contextmanager
def progress_display(settings: Config, stream: Any, clock: Clock) -> Iterator[Show]:
    """A callable that shows the statistics of a run.

    On a terminal: lines updated in place, with more detail if monitoring is on; plain lines on one
    that cannot do that. Elsewhere: plain lines if monitoring is on, else refusals only.
    """
    make_lines = monitored if settings.enable_monitoring else progress
    if stream is None or settings.quiet or settings.console:
        yield lambda statistics: None
    elif can_redraw(stream):
        yield _InPlace(stream, make_lines).show
    elif settings.enable_monitoring or stream.isatty():
        yield _Plain(stream, make_lines).show
    else:
        yield Refusals(clock).show


class _InPlace:
    """Draws over its previous lines."""

    def __init__(self, stream: Any, make_lines: Callable[[Statistics], List[str]]) -> None:
        self._stream, self._make_lines = stream, make_lines
        self._lines: List[str] = []

    def show(self, statistics: Statistics) -> None:
        lines = self._make_lines(statistics)
        if lines == self._lines:
            return
        up = f"\x1b[{len(self._lines)}A" if self._lines else ""
        self._lines = lines
        width = shutil.get_terminal_size().columns - 1  # a wrapped line cannot be drawn over
        shown = "".join(f"\r\x1b[K{escape_controls(line)[:width]}\n" for line in lines)
        write(self._stream, up + shown)


class _Plain:
    """Writes a line at each new phase and refusal, and every PLAIN_INTERVAL."""

    def __init__(self, stream: Any, make_lines: Callable[[Statistics], List[str]]) -> None:
        self._stream, self._make_lines = stream, make_lines
        self._next, self._last = 0.0, ("", 0.0)

    def show(self, statistics: Statistics) -> None:
        state = (statistics.phase, statistics.probe_at)
        if statistics.at < self._next and state == self._last:
            return
        self._next, self._last = statistics.at + PLAIN_INTERVAL, state
        lines = [" ".join(escape_controls(line).split()) for line in self._make_lines(statistics)]
        if lines:
            write(self._stream, " | ".join(lines) + "\n")


class Refusals:
    """Says at once that the source refuses, and when it is tried again."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._told = clock, 0.0

    def show(self, statistics: Statistics) -> None:
        if statistics.breaker_reason and statistics.probe_at not in (0.0, self._told):
            self._told = statistics.probe_at
            at = self._clock.now() + max(0.0, statistics.probe_at - statistics.at)
            when = format_time(at, "%H:%M:%S")
            print_err(f"The source refuses ({statistics.breaker_reason}): next try at {when}")


def progress(statistics: Statistics) -> List[str]:
    """A line for each phase that has begun."""
    lines = []
    guide, series = statistics.guide, statistics.series
    if guide.tasks:
        # The first two tasks do not tell how many follow: the lineup, and the first window alone.
        lines.append(f"Guide    {_bar(guide) if guide.tasks > 2 else 'asking the source'}")
    if lines and statistics.published:
        lines[0] += "  the guide is usable now"
    if series.tasks:
        lines.append(f"Details  {_bar(series)}")
    if lines and statistics.breaker_reason and statistics.probe_at:
        wait = max(0.0, statistics.probe_at - statistics.at)
        lines[-1] += f"  waiting {wait:.0f} s: {statistics.breaker_reason}"
    elif lines and statistics.phase == "writing":
        lines[-1] += "  writing the guide"
    return lines


def monitored(statistics: Statistics) -> List[str]:
    """Two lines for each phase that has begun, with workers and rates; then the latest decision."""
    lines = []
    for name, row in (("Guide", statistics.guide), ("Details", statistics.series)):
        if row.tasks:
            lines.append(f"{name:8} {_bar(row)}")
            lines.append(
                f"{'':8} workers {row.busy}/{row.pace.workers} of {row.max_workers},"
                f" {row.pace.rate:.1f}/s of {row.max_rate:.1f}, {row.success_rate:.0%} good,"
                f" {row.average:.2f} s, {row.refused} refused, {row.pace.status}"
            )
    if lines and statistics.decisions:
        lines.append(f"{'':8} {statistics.decisions[0].said}")
    return lines


def _bar(row: TypeStatistics) -> str:
    full = BAR_WIDTH * row.done // row.tasks
    return f"[{'#' * full}{'.' * (BAR_WIDTH - full)}] {row.done}/{row.tasks}"
