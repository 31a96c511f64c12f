"""Looking after the published guide: how good it is, what changed in it, and the way back.

``--health`` and ``--diff`` read only: beside a run that is at work, and without the network.
"""

import json
import threading
from typing import List, Sequence, Tuple

from ..clock import Clock
from ..config.settings import Config
from ..errors import GuideNotFound, format_time
from ..guide import backups, changes, published
from ..guide import health as guide_health
from ..guide import span as guide_span
from ..guide.changes import AS_PUBLISHED, CHANGED, GONE_FILE
from ..guide.diff import MOVED, RETITLED, Change, ChannelChanges
from ..guide.health import Health, StationHealth
from ..guide.summary import Summary
from ..store.answers import Store
from ..store.database import RunLock
from ..util.format import format_ago, format_duration, wrap
from .tables import format_table

MISSING_COLUMNS = ("NO TEXT", "NO DET", "NO NR", "NO PIC")  # in the order of health.WORTH
HEALTH = ("STATION", "HOURS", "HOLES", "TBA", "STALE", *MISSING_COLUMNS, "GRADE")
WIDTH = 80  # characters; the table fits whatever a station is called
MAX_NAME_WIDTH = 14
MAX_CHANGES_SHOWN = 12  # of a station, for people
_WARNINGS = {
    AS_PUBLISHED: "",
    CHANGED: "Another program has written this file since: the report is of the guide that was"
    " here before.",
    GONE_FILE: "This file is gone: the report is of the guide that was here. Run again, or"
    " --restore an earlier one.",
}


def health(settings: Config, as_json: bool, clock: Clock) -> Tuple[str, int]:
    """The report on the published guide, and the exit code: 1 when its file is another by now.

    Raises NoGuide.
    """
    now = clock.now()
    with changes.open_store(settings, clock) as store:
        path = published.published_path(settings)
        fact = published.remembered(store, path)
    if not fact:
        raise GuideNotFound(path)
    state = changes.file_state(path, fact)
    wanted = guide_span.span(now, settings.days, settings.offset).end
    summary = Summary.from_json(fact["summary"])
    found = guide_health.grade_guide(summary, fact["made"], now, wanted, settings.details)
    code = 0 if state == AS_PUBLISHED else 1
    if as_json:
        return json.dumps({"path": path, "file": state, **found.as_json()}, indent=2), code
    return "\n".join(_report(path, state, found, now)), code


def _report(path: str, state: str, found: Health, now: float) -> List[str]:
    lines = []
    if found.stations:
        lines += [format_table([HEALTH, *map(_row, found.stations)], len(HEALTH) - 1), ""]
    lines.append(f"Guide  {path}")
    if _WARNINGS[state]:
        lines.append(wrap(f"       {_WARNINGS[state]}", WIDTH, " " * 7))
    reach = f"{format_duration(found.end - now)} from now" if found.end > now else "over"
    lines.append(f"Made   {format_time(found.made)}, {format_ago(now - found.made)}")
    lines.append(f"Ends   {format_time(found.end)}, {reach}")
    if found.stations:
        lines.append(f"Grade  {found.grade}, {found.points:.0f} of 100")
    if found.advice:
        lines += ["", "What would make it better, and by how many points:"]
    for one in found.advice:
        gain = f"{one.gain:5.1f}" if one.gain else f"{'-':>5}"
        lines.append(wrap(f"{gain}  {one.text}.", WIDTH, " " * 7))
    return lines


def _row(own: StationHealth) -> Sequence[str]:
    return (
        own.name[:MAX_NAME_WIDTH],
        _hours(own.covered),
        _hours(sum(until - at for at, until in own.holes)),
        _hours(own.tba),
        _hours(own.stale),
        *(f"{own.lacks[name]:.0%}" if own.lacks[name] else "-" for name in guide_health.POINTS),
        guide_health.letter(own.points),
    )


def _hours(seconds: int) -> str:
    hours = seconds / 3600
    return "-" if not seconds else f"{hours:.0f}" if hours >= 1 else "<1"


# What changed


def diff(settings: Config, as_json: bool, clock: Clock) -> str:
    """What changed since the last guide. Raises as ``changes.since_last`` does."""
    found = changes.since_last(settings, threading.Event(), clock)
    told = found.as_json()
    if as_json:
        before = {"path": found.before.path, **told["before"]}
        told = {"path": found.path, **told, "before": before}
        return json.dumps(told, indent=2, ensure_ascii=False)
    lines = [line for own in found.stations for line in _station(own)]
    counted = ", ".join(f"{count} {kind}" for kind, count in told["sums"].items())
    lines.append(f"Since the guide of {format_time(found.before.made)}: {counted}.")
    if found.state == CHANGED:
        lines.append(
            f"{found.path} is not as it was published: another program has written it since."
        )
    return "\n".join(lines)


def _station(own: ChannelChanges) -> List[str]:
    if own.kind:
        return [f"{own.name}: the station is {own.kind}", ""]
    lines = [own.name, *(f"  {_line(change)}" for change in own.changes[:MAX_CHANGES_SHOWN])]
    more = len(own.changes) - MAX_CHANGES_SHOWN
    return [*lines, *([f"  and {more} more"] if more > 0 else []), ""]


def _line(change: Change) -> str:
    before, after = change.before, change.after
    when = f"{format_time(change.at)}  {change.kind:8}"
    if change.kind == MOVED and before and after:
        return f"{when}  {after.full_title} (was {format_time(before.start)})"
    if change.kind == RETITLED and before and after:
        return f"{when}  {after.full_title} (was {before.full_title})"
    shown = after or before
    return f"{when}  {shown.full_title if shown else ''}"


# The way back


def restore(settings: Config, date: str, clock: Clock) -> str:
    """Put a backup in its place; return what was done, in words. Raises NoBackup, Busy, …"""
    with RunLock(settings.data_dir), Store(settings.data_dir, clock) as store:
        path = published.published_path(settings)
        backup = backups.restore(store, settings.data_dir, path, date, clock.now())
    return f"The guide of {format_time(backup.made)} is back as {path}."
