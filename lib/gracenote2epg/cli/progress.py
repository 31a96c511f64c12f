"""The progress of a run on a terminal, or as plain lines."""

import contextlib
import shutil
from typing import Any, Callable, Iterator, List

from ..config.settings import Config
from ..downloader.monitor import Statistics, TypeStatistics
from ..util.sanitize import escape_controls
from .stdio import write

BAR_WIDTH = 24  # characters
PLAIN_INTERVAL = 5.0  # seconds between plain lines

Show = Callable[[Statistics], None]


@contextlib.contextmanager
def progress_display(settings: Config, stream: Any) -> Iterator[Show]:
    """A callable that shows the statistics of a run.

    On a terminal: lines updated in place, with more detail if monitoring is on. Elsewhere: plain
    lines if monitoring is on, else nothing.
    """
    if stream is None or settings.quiet or settings.console:
        yield lambda statistics: None
    elif stream.isatty():
        yield _InPlace(stream, monitored if settings.enable_monitoring else progress).show
    elif settings.enable_monitoring:
        yield _Plain(stream).show
    else:
        yield lambda statistics: None


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
    """Writes a line at each new phase, and every PLAIN_INTERVAL."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._next, self._phase = 0.0, ""

    def show(self, statistics: Statistics) -> None:
        if statistics.at < self._next and statistics.phase == self._phase:
            return
        self._next, self._phase = statistics.at + PLAIN_INTERVAL, statistics.phase
        lines = [" ".join(escape_controls(line).split()) for line in monitored(statistics)]
        if lines:
            write(self._stream, " | ".join(lines) + "\n")


def progress(statistics: Statistics) -> List[str]:
    """A line for each phase that has begun."""
    lines = []
    guide, series = statistics.guide, statistics.series
    if guide.tasks:
        # The first two tasks do not tell how many follow: the lineup, and the first window alone.
        lines.append(f"Guide    {_bar(guide) if guide.tasks > 2 else 'asking the source'}")
    if series.tasks:
        lines.append(f"Details  {_bar(series)}")
    if lines and statistics.breaker_reason:
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
        lines.append(f"{'':8} {statistics.decisions[0].text}")
    return lines


def _bar(row: TypeStatistics) -> str:
    full = BAR_WIDTH * row.done // row.tasks
    return f"[{'#' * full}{'.' * (BAR_WIDTH - full)}] {row.done}/{row.tasks}"
