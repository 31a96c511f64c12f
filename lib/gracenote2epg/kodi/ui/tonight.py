"""Tonight's programmes, station by station."""

from functools import partial
from typing import TYPE_CHECKING, List

from .. import addon_settings, backend
from ..strings import localize, time_of_day
from .dialogs import Dialogs, Entry, Row, title

if TYPE_CHECKING:
    from ...models import Airing
    from ...setup.lookups import Programmes

MAX_STATIONS = 8  # of an evening that is looked at in passing
MAX_LISTED = 200  # of one that the user asked for


def tonight(dialogs: Dialogs) -> None:
    """Show the evening of the guide's stations."""
    config, heading = addon_settings.read().config(), title("tonight")
    programmes = dialogs.run(
        heading,
        localize("reading"),
        lambda stop, report: backend.tonight(config, MAX_LISTED, dialogs.clock),
    )
    if programmes is not None:
        show(dialogs, heading, programmes)


def show(dialogs: Dialogs, heading: str, programmes: "Programmes") -> None:
    """A list of the stations, each with its programmes; one opens those of a station."""
    if not programmes:
        dialogs.message(heading, localize("nothing_tonight"))
        return
    dialogs.walk(heading, entries(dialogs, programmes))


def entries(dialogs: Dialogs, programmes: "Programmes") -> List[Entry]:
    """The stations, each with its programmes; one opens those of a station."""
    rows = []
    for station, airings in programmes:
        label, logo = backend.station_label(station.station), station.station.logo
        detail = " · ".join(f"{time_of_day(row.start)} {row.title}" for row in airings)
        text = "\n\n".join(map(_airing_text, airings))
        rows.append(Entry(Row(label, detail, logo), partial(dialogs.text, label, text)))
    return rows


def _airing_text(airing: "Airing") -> str:
    head = f"[B]{time_of_day(airing.start)}  {full_title(airing.title, airing.subtitle)}[/B]"
    return "\n".join(filter(None, (head, airing.description)))


def full_title(*parts: str) -> str:
    return ": ".join(filter(None, parts))
