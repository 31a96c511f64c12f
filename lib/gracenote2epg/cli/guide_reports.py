"""``--health``, ``--tonight``, ``--diff`` and ``--restore``: the published guide, what is stored of
this evening, the guide's changes and its backups.

A report is a text and the exit code. All but ``--restore`` only read: they work beside a run, and
without the network.
"""

import json
import threading
from typing import Callable, Dict, List, Sequence, Tuple

from ..clock import Clock
from ..config.settings import Config
from ..errors import GrabError, GuideNotFound, format_time
from ..guide import backups, changes, published
from ..guide import health as guide_health
from ..guide import span as guide_span
from ..guide.changes import AS_PUBLISHED, CHANGED, GONE_FILE
from ..guide.diff import MOVED, RETITLED, Change, ChannelChanges
from ..guide.health import Health, StationHealth
from ..guide.summary import Summary
from ..setup import lookups
from ..store.answers import Store
from ..store.database import RunLock, is_running
from ..util.format import format_ago, format_duration, wrap
from .options import Command
from .tables import format_evening, format_table

Report = Tuple[str, int]
MISSING_COLUMNS = ("NO TEXT", "NO DET", "NO EP", "NO PIC")  # in the order of health.POINTS
COLUMNS = ("STATION", "HOURS", "HOLES", "TBA", "STALE", *MISSING_COLUMNS, "GRADE")
WIDTH = 80  # characters
MAX_NAME_WIDTH = 14  # characters; keeps the table within WIDTH
MAX_CHANGES_SHOWN = 12  # per station
_WARNINGS = {
    AS_PUBLISHED: "",
    CHANGED: "Another program has written this file since: the report is about the guide that was"
    " here before.",
    GONE_FILE: "This file is gone: the report is about the guide that was here. Run again, or"
    " --restore an earlier one.",
}


def health(settings: Config, command: Command, clock: Clock) -> Report:
    """The guide's health. Exit code 1 = its file has changed or is gone. Raises GuideNotFound."""
    now = clock.now()
    with changes.open_store(settings, clock) as store:
        path = published.published_path(settings)
        fact = published.remembered(store, path)
    if not fact:
        raise GuideNotFound(path)
    state = changes.file_state(path, fact)
    wanted_end = guide_span.span(now, settings.days, settings.offset).end
    summary = Summary.from_json(fact["summary"])
    graded = guide_health.grade_guide(summary, fact["made"], now, wanted_end, settings.details)
    running = is_running(settings.data_dir)
    if running:  # the run may be about to do what the advice says
        graded = graded._replace(advice=())
    code = 0 if state == AS_PUBLISHED else 1
    if command.json:
        document = {"path": path, "file": state, **graded.as_json(), "running": running}
        if running:
            document.update(grade="?", points=None)
        return json.dumps(document, indent=2), code
    return "\n".join(_health_lines(path, state, graded, now, running)), code


def _health_lines(path: str, state: str, graded: Health, now: float, running: bool) -> List[str]:
    lines = []
    if graded.stations:
        lines += [format_table([COLUMNS, *map(_row, graded.stations)], len(COLUMNS) - 1), ""]
    lines.append(f"Guide  {path}")
    if _WARNINGS[state]:
        lines.append(wrap(f"       {_WARNINGS[state]}", WIDTH, " " * 7))
    time_left = f"{format_duration(graded.end - now)} from now" if graded.end > now else "over"
    lines.append(f"Made   {format_time(graded.made)}, {format_ago(now - graded.made)}")
    lines.append(f"Ends   {format_time(graded.end)}, {time_left}")
    if graded.stations and running:
        lines.append("Grade  None yet: a run is in progress, and may fetch what is missing")
    elif graded.stations:
        lines.append(f"Grade  {graded.grade}, {graded.points:.0f} of 100")
    if graded.advice:
        lines += ["", "What would make it better, and by how many points:"]
    for advice in graded.advice:
        gain = f"{advice.gain:5.1f}" if advice.gain else f"{'-':>5}"
        lines.append(wrap(f"{gain}  {advice.text}.", WIDTH, " " * 7))
    return lines


def _row(station: StationHealth) -> Sequence[str]:
    return (
        station.name.rpartition(" · ")[2][:MAX_NAME_WIDTH],  # there is no room for the network
        _hours(station.covered),
        _hours(sum(stop - start for start, stop in station.holes)),
        _hours(station.tba),
        _hours(station.stale),
        *(
            f"{station.lacks[name]:.0%}" if station.lacks[name] else "-"
            for name in guide_health.POINTS
        ),
        guide_health.letter(station.points),
    )


def _hours(seconds: int) -> str:
    hours = seconds / 3600
    return "-" if not seconds else f"{hours:.0f}" if hours >= 1 else "<1"


def diff(settings: Config, command: Command, clock: Clock) -> Report:
    """The changes since the last guide. Raises as ``changes.since_last`` does."""
    result = changes.since_last(settings, threading.Event(), clock)
    data = result.as_json()
    if command.json:
        before = {"path": result.before.path, **data["before"]}
        data = {"path": result.path, **data, "before": before}
        return json.dumps(data, indent=2, ensure_ascii=False), 0
    lines = [line for station in result.stations for line in _station_lines(station)]
    totals = ", ".join(f"{count} {kind}" for kind, count in data["sums"].items())
    lines.append(f"Since the guide of {format_time(result.before.made)}: {totals}.")
    if result.state == CHANGED:
        lines.append(f"{result.path}: another program has written this file since.")
    return "\n".join(lines), 0


def tonight(settings: Config, command: Command, clock: Clock) -> Report:
    """What is on, station by station, from the stored answers. Raises GrabError."""
    evening = guide_span.tonight(clock.now())
    table = format_evening(lookups.tonight(settings, None, clock))
    if not table:
        raise GrabError("Nothing is stored for this evening", "Make a guide first")
    begin, end = (format_time(at, "%H:%M") for at in evening)
    return f"Tonight, {begin} to {end}\n{table}", 0


def _station_lines(station: ChannelChanges) -> List[str]:
    if not (station.kind or station.changes):
        return []
    if station.kind:
        return [f"{station.name}: the station is {station.kind}", ""]
    shown = [f"  {_change_line(change)}" for change in station.changes[:MAX_CHANGES_SHOWN]]
    rest = len(station.changes) - MAX_CHANGES_SHOWN
    return [station.name, *shown, *([f"  and {rest} more"] if rest > 0 else []), ""]


def _change_line(change: Change) -> str:
    before, after = change.before, change.after
    line = f"{format_time(change.at)}  {change.kind:8}"
    if change.kind == MOVED and before and after:
        if before.start == after.start:
            end, was = format_time(after.stop), format_time(before.stop)
            return f"{line}  {after.full_title} (until {end}, was {was})"
        return f"{line}  {after.full_title} (was {format_time(before.start)})"
    if change.kind == RETITLED and before and after:
        return f"{line}  {after.full_title} (was {before.full_title})"
    programme = after or before
    return f"{line}  {programme.full_title if programme else ''}"


def restore(settings: Config, command: Command, clock: Clock) -> Report:
    """Replace the guide by a backup. Raises BackupNotFound, AlreadyRunning, …"""
    with RunLock(settings.data_dir), Store(settings.data_dir, clock) as store:
        path = published.published_path(settings)
        backup = backups.restore(store, settings.data_dir, path, command.restore or "", clock.now())
    return f"The guide of {format_time(backup.made)} is back as {path}.", 0


REPORTS: Dict[str, Callable[[Config, Command, Clock], Report]] = {
    "health": health,
    "tonight": tonight,
    "diff": diff,
    "restore": restore,
}
