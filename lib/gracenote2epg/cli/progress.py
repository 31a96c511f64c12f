"""What people see on a terminal: progress while a run goes on, its report, tables."""

import contextlib
import shutil
from typing import Any, Callable, Iterator, List

from ..config.settings import Config
from ..downloader.monitor import Statistics, TypeStatistics
from ..util.sanitize import escape_controls
from .stdio import write

WIDTH = 24  # characters of a bar
PLAIN_INTERVAL = 5.0  # seconds between plain lines

Show = Callable[[Statistics], None]


@contextlib.contextmanager
def progress_display(settings: Config, stream: Any) -> Iterator[Show]:
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
        lines = [escape_controls(line)[:columns] for line in lines]
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
        self._next, self._phase = seen.at + PLAIN_INTERVAL, seen.phase
        lines = monitored(seen)
        if lines:
            lines = [escape_controls(line) for line in lines]
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
    if lines and seen.breaker_reason:
        wait = max(0.0, seen.probe_at - seen.at)
        lines[-1] += f"  waiting {wait:.0f} s: {seen.breaker_reason}"
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
                f"{'':8} workers {own.busy}/{own.pace.workers} of {own.max_workers},"
                f" {own.pace.rate:.1f}/s of {own.max_rate:.1f}, {own.success_rate:.0%} good,"
                f" {own.average:.2f} s, {own.refused} refused, {own.pace.status}"
            )
    if lines and seen.decisions:
        lines.append(f"{'':8} {seen.decisions[0].text}")
    return lines


def _bar(own: TypeStatistics) -> str:
    full = WIDTH * own.done // own.tasks
    return f"[{'#' * full}{'.' * (WIDTH - full)}] {own.done}/{own.tasks}"
