"""Looking after the published guide: how good it is, what changed in it, and the way back.

``--health`` and ``--diff`` read only: beside a run that is at work, and without the network.
"""

import json
import time
from typing import Any, Dict, List, Sequence, Tuple

from . import backups, difference, plan, publish
from . import health as grades
from .config import Config
from .console import table
from .difference import MOVED, RETITLED, Change, Changed
from .errors import NoBackup, NoGuide, OutputError, moment
from .findings import ago, lasting, wrapped
from .health import Health, StationHealth
from .store import Lock, Store
from .summary import Summary

LACKS = ("NO TEXT", "NO DET", "NO NR", "NO PIC")  # in the order of health.WORTH
HEALTH = ("STATION", "HOURS", "HOLES", "TBA", "STALE", *LACKS, "GRADE")
WIDTH = 80  # characters; the table fits whatever a station is called
MOST_NAME = 14
MOST_CHANGES = 12  # of a station, for people
# What has become of the file since we wrote it.
AS_PUBLISHED, CHANGED, GONE_FILE = "as published", "changed", "gone"
_WARNINGS = {
    AS_PUBLISHED: "",
    CHANGED: "Another program has written this file since: the report is of the guide that was"
    " here before.",
    GONE_FILE: "This file is gone: the report is of the guide that was here. Run again, or"
    " --restore an earlier one.",
}


def health(settings: Config, as_json: bool) -> Tuple[str, int]:
    """The report on the published guide, and the exit code: 1 when its file is another by now.

    Raises NoGuide.
    """
    now = time.time()
    with _opened(settings) as store:
        path = publish.at_hand(settings)
        fact = publish.remembered(store, path)
    if not fact:
        raise NoGuide(path)
    state = _state(path, fact)
    wanted = plan.span(now, settings.days, settings.offset).end
    summary = Summary.from_fact(fact["summary"])
    found = grades.examine(summary, fact["made"], now, wanted, settings.details)
    code = 0 if state == AS_PUBLISHED else 1
    if as_json:
        return json.dumps({"path": path, "file": state, **found.as_json()}, indent=2), code
    return "\n".join(_report(path, state, found, now)), code


def _state(path: str, fact: Dict[str, Any]) -> str:
    """What has become of the file."""
    is_now = publish.seen(path)
    return AS_PUBLISHED if is_now == fact.get("file") else CHANGED if is_now else GONE_FILE


def _report(path: str, state: str, found: Health, now: float) -> List[str]:
    lines = []
    if found.stations:
        lines += [table([HEALTH, *map(_row, found.stations)], len(HEALTH) - 1), ""]
    lines.append(f"Guide  {path}")
    if _WARNINGS[state]:
        lines.append(wrapped(f"       {_WARNINGS[state]}", WIDTH, " " * 7))
    reach = f"{lasting(found.end - now)} from now" if found.end > now else "over"
    lines.append(f"Made   {moment(found.made)}, {ago(now - found.made)}")
    lines.append(f"Ends   {moment(found.end)}, {reach}")
    if found.stations:
        lines.append(f"Grade  {found.grade}, {found.points:.0f} of 100")
    if found.advice:
        lines += ["", "What would make it better, and by how many points:"]
    for one in found.advice:
        gain = f"{one.gain:5.1f}" if one.gain else f"{'-':>5}"
        lines.append(wrapped(f"{gain}  {one.text}.", WIDTH, " " * 7))
    return lines


def _row(own: StationHealth) -> Sequence[str]:
    return (
        own.name[:MOST_NAME],
        _hours(own.covered),
        _hours(sum(until - at for at, until in own.holes)),
        _hours(own.tba),
        _hours(own.stale),
        *(f"{own.lacks[name]:.0%}" if own.lacks[name] else "-" for name in grades.WORTH),
        grades.grade(own.points),
    )


def _hours(seconds: int) -> str:
    hours = seconds / 3600
    return "-" if not seconds else f"{hours:.0f}" if hours >= 1 else "<1"


# What changed


def diff(settings: Config, as_json: bool) -> str:
    """What the published guide has, from now on, that the one before had not; and the reverse.

    Raises NoGuide, NoBackup, DataError.
    """
    now = time.time()
    with _opened(settings) as store:
        path = publish.at_hand(settings)
        fact = publish.remembered(store, path)
        found = backups.found(store, settings.data_dir, path)
    state = _state(path, fact or {})
    if state == GONE_FILE:
        raise NoGuide(path)
    digest = backups.digest(path)
    before = next((one for one in found if backups.digest(one.path) != digest), None)
    if before is None:
        raise NoBackup(path, "", [])
    changed = difference.compare(before.path, path, now)
    sums = difference.sums(changed)
    if as_json:
        return json.dumps(
            {
                "path": path,
                "file": state,
                "before": {"path": before.path, "date": before.date, "made": before.made},
                "sums": sums,
                "stations": difference.as_json(changed),
            },
            indent=2,
            ensure_ascii=False,
        )
    lines = [line for own in changed for line in _station(own)]
    counted = ", ".join(f"{count} {kind}" for kind, count in sums.items())
    lines.append(f"Since the guide of {moment(before.made)}: {counted}.")
    if state == CHANGED:
        lines.append(f"{path} is not as it was published: another program has written it since.")
    return "\n".join(lines)


def _station(own: Changed) -> List[str]:
    if own.kind:
        return [f"{own.name}: the station is {own.kind}", ""]
    lines = [own.name, *(f"  {_line(change)}" for change in own.changes[:MOST_CHANGES])]
    more = len(own.changes) - MOST_CHANGES
    return [*lines, *([f"  and {more} more"] if more > 0 else []), ""]


def _line(change: Change) -> str:
    before, after = change.before, change.after
    when = f"{moment(change.at)}  {change.kind:8}"
    if change.kind == MOVED and before and after:
        return f"{when}  {after.title} (was {moment(before.start)})"
    if change.kind == RETITLED and before and after:
        return f"{when}  {after.title} (was {before.title})"
    shown = after or before
    return f"{when}  {shown.title if shown else ''}"


# The way back


def restore(settings: Config, date: str) -> str:
    """Put a backup in its place; return what was done, in words. Raises NoBackup, Busy, …"""
    with Lock(settings.data_dir), Store(settings.data_dir) as store:
        path = publish.at_hand(settings)
        backup = backups.restore(store, settings.data_dir, path, date, time.time())
    return f"The guide of {moment(backup.made)} is back as {path}."


def _opened(settings: Config) -> Store:
    """The store, to be read. Raises NoGuide where there is none."""
    try:
        return Store.to_read(settings.data_dir)
    except OutputError as error:
        raise NoGuide(publish.at_hand(settings)) from error
