"""How well the guide is, and what led to it: health, changes, tonight, the last downloads."""

from functools import partial
from typing import Any, Dict, List

import xbmcgui

from ...errors import said_in
from .. import addon_settings, backend
from ..ids import HOME_WINDOW, RUN_PROPERTY
from ..state_file import StateFile
from ..strings import day_and_time, localize, say
from .changes import changes
from .dialogs import BAD, DOWNLOAD, GOOD, NEUTRAL, Dialogs, Entry, Row, title
from .tonight import tonight

_PICTURES = {"good": GOOD, "busy": GOOD, "warn": NEUTRAL, "bad": BAD}  # by the guide's level


def status(dialogs: Dialogs) -> None:
    """Show /stats and /changes as lists, the verdict first."""
    settings, heading = addon_settings.read(), title("action_status")
    config, now = settings.config(), dialogs.clock.now()
    stats = dialogs.run(
        heading, localize("reading"), lambda stop, report: backend.stats(config, dialogs.clock)
    )
    if stats is None:
        return
    entries = [_verdict(dialogs, stats, now)]
    if stats["guide"]:
        if stats["guide"]["health"]["points"] is not None:
            entries.append(_health(dialogs, stats, now))
        entries += [
            Entry(Row(localize("tonight")), partial(tonight, dialogs)),
            Entry(Row(localize("changes"), localize("since_before")), partial(changes, dialogs)),
        ]
    next_run = settings.next_run(StateFile(settings.profile, dialogs.clock).read(), now)
    entries.append(_downloads(dialogs, stats["history"], next_run, now))
    dialogs.walk(heading, entries)


def _verdict(dialogs: Dialogs, stats: Dict[str, Any], now: float) -> Entry:
    """Whether there is a guide, and how long it lasts."""
    guide, level, end = stats["guide"], stats["state"]["level"], stats["state"]["end"]
    lines: List[str] = []
    if not guide:
        label = localize("status_no_guide")
    else:
        name = {"warn": "guide_failed", "bad": "guide_short"}.get(level, "guide_good")
        label = localize(name if end > now else "guide_over", at=day_and_time(end, now))
        lines += [
            localize("status_guide", stations=guide["stations"], programmes=guide["programmes"]),
            localize("status_made", at=day_and_time(guide["made"], now)),
        ]
    text = "\n".join([label, *lines])
    row = Row(label, "".join(lines[:1]), _PICTURES[level] if guide else BAD)
    return Entry(row, partial(dialogs.text, title("action_status"), text))


def _health(dialogs: Dialogs, stats: Dict[str, Any], now: float) -> Entry:
    """The guide's grade, which opens those of its stations, the worst first."""
    grades = stats["guide"]["health"]
    label = localize("status_grade", grade=grades["grade"], points=grades["points"])
    advice = [_advice_text(row, now) for row in grades["advice"]]
    entries = []
    if advice:
        row = Row(localize("advice"))
        entries.append(Entry(row, partial(dialogs.text, label, "\n\n".join(advice))))
    stations = [row["health"] for row in stats["coverage"] if row["health"]]
    for station in sorted(stations, key=lambda row: int(row["points"])):
        # The grade first: a long name is cut.
        row = Row(f"{station['grade']} {station['points']}  {station['name']}")
        text = _station_text(station)
        entries.append(Entry(row, partial(dialogs.text, station["name"], text)))
    picture = GOOD if grades["grade"] in "AB" else NEUTRAL
    return Entry(Row(label, "".join(advice[:1]), picture), partial(dialogs.walk, label, entries))


def _advice_text(advice: Dict[str, Any], now: float) -> str:
    values = dict(advice["values"])
    for name in {"at", "until"} & set(values):
        values[name] = day_and_time(values[name], now)
    return localize(f"advice_{advice['name']}", **values)


def _station_text(station: Dict[str, Any]) -> str:
    hours = {name: value for name, value in station.items() if name.endswith("hours")}
    shares = {name[3:]: round(100 * value) for name, value in station.items() if name[:3] == "no_"}
    return "\n".join(
        (
            localize("status_grade", grade=station["grade"], points=station["points"]),
            localize("station_hours", **hours),
            localize("station_without", **hours),
            localize("station_lacks", **shares),
        )
    )


def _downloads(
    dialogs: Dialogs, history: List[Dict[str, Any]], next_run: float, now: float
) -> Entry:
    """What the service does now and next, which opens what it has done."""
    label = xbmcgui.Window(HOME_WINDOW).getProperty(RUN_PROPERTY) or localize("status_idle")
    detail = localize("status_next", at=day_and_time(next_run, now)) if next_run > now else ""
    heading, ok, entries = localize("status_history"), localize("status_ok"), []
    for run in history:
        at, seconds = day_and_time(run["at"], now), round(run["seconds"])
        figures = localize("status_run", requests=run["requests"], seconds=seconds)
        error = say(said_in(run)) if run["error"] else ""
        # The set-up stops its run when the guide is there: no fault of anybody.
        picture = NEUTRAL if said_in(run).name == "error_Stopped" else BAD
        row = Row(at, error, picture) if error else Row(f"{at}  {ok}", figures, GOOD)
        text = "\n".join(filter(None, (at, error, figures)))
        entries.append(Entry(row, partial(dialogs.text, heading, text)))

    def show() -> None:
        if entries:
            dialogs.walk(heading, entries)
        else:
            dialogs.text(title("action_status"), "\n".join(filter(None, (label, detail))))

    return Entry(Row(label, detail, DOWNLOAD), show)
