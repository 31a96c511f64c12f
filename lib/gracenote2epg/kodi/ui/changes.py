"""What changed since the guide before."""

from functools import partial
from typing import Any, Dict, List, cast

from ...errors import GrabError
from .. import addon_settings, backend
from ..strings import day_and_time, localize
from .dialogs import Dialogs, Entry, Row, title
from .tonight import full_title

MAX_LISTED = 200


def changes(dialogs: Dialogs) -> None:
    """Show the new and removed stations, then the programmes that changed, the soonest first."""
    config, heading = addon_settings.read().config(), title("changes")
    try:
        document = dialogs.run(
            heading,
            localize("comparing_guides"),
            lambda stop, report: backend.changes(config, stop, dialogs.clock),
        )
    except GrabError as error:
        dialogs.error(heading, error)
        return
    if document is not None:
        rows = changes_rows(document, dialogs.clock.now())
        texts = ("\n".join(filter(None, row)) for row in rows)
        dialogs.walk(
            heading,
            [Entry(row, partial(dialogs.text, heading, text)) for row, text in zip(rows, texts)],
        )


def changes_rows(document: Dict[str, Any], now: float) -> List[Row]:
    """The number of changes by kind, then one row for each."""
    since = localize("status_changes", at=day_and_time(document["before"]["made"], now))
    rows = [Row(since), Row(localize("status_changed", **document["sums"]))]
    rows += [
        Row(localize(f"station_{row['station']}", station=row["name"]))
        for row in document["stations"]
        if row["station"] != "same"
    ]
    programmes = [
        (row["name"], change) for row in document["stations"] for change in row["changes"]
    ]
    programmes.sort(key=lambda pair: int(_programme(pair[1])["start"]))
    rows += [_change_row(name, change, now) for name, change in programmes]
    remaining = len(rows) - MAX_LISTED
    return [*rows[:MAX_LISTED], Row(localize("more", count=remaining))] if remaining > 0 else rows


def _change_row(station: str, change: Dict[str, Any], now: float) -> Row:
    programme, kind = _programme(change), change["kind"]
    values = {"title": _title_of(programme)}
    if kind == "moved":
        edge = "stop" if change["before"]["start"] == programme["start"] else "start"
        values["before"] = day_and_time(change["before"][edge], now)
    elif kind == "retitled":
        values["before"] = _title_of(change["before"])
    text = localize(f"change_{kind}", **values)
    return Row(f"{day_and_time(programme['start'], now)}  {text}", station)


def _programme(change: Dict[str, Any]) -> Dict[str, Any]:
    """The programme as it is now, or as it was before it was removed."""
    return cast(Dict[str, Any], change["after"] or change["before"])


def _title_of(programme: Dict[str, Any]) -> str:
    return full_title(programme["title"], programme["subtitle"])
