"""``--configure-api``: the questions as XML, for programs; these write the config file."""

from typing import Any, Dict, Iterable, Tuple

from .. import GRABBER
from ..channels.stations import station_label
from ..config.settings import Config
from ..config.xml_files import to_text
from ..errors import SettingError
from ..grab import listing
from .configure import OpenSource


def stage(settings: Config, name: str, open_source: OpenSource) -> str:
    """The questions of a stage, as an XML document.

    Raises SettingError for an unknown stage, and what looking up lineups or stations raises.
    """
    if name == "start":
        default = {"@default": settings.postal_code} if settings.postal_code else {}
        label = _label("Postal code", "US ZIP or Canadian postal code of the antenna or cable.")
        question = {"string": {"@id": "postal_code", **default, **label}}
        next_stage = "lineup"
    elif name == "lineup":
        with open_source(settings) as source:
            rows = [row for row, _ in listing.find_lineups(source)]
        label = _label("Lineup", "The antenna, or the cable or satellite company.")
        options = _options((row.lineup.lineup_id, f"{row.kind} {row.name}") for row in rows)
        question = {"selectone": {"@id": "lineup", **label, **options}}
        next_stage = "select-channels"
    elif name == "select-channels":
        with open_source(settings) as source:
            stations = [row.station for row in listing.list_stations(source)]
        label = _label("Channels", "The channels of the guide.")
        options = _options((row.station_id, station_label(row)) for row in stations)
        question = {"selectmany": {"@id": "channel", **label, **options}}
        next_stage = "end"
    else:
        raise SettingError("stage", name, "the option --stage", "start, lineup, select-channels")
    root = {"@grabber": GRABBER, **question, "nextstage": {"@stage": next_stage}}
    return to_text({"xmltvconfiguration": root})


def _label(title: str, description: str) -> Dict[str, Any]:
    return {"title": _english(title), "description": _english(description)}


def _options(rows: Iterable[Tuple[str, str]]) -> Dict[str, Any]:
    return {"option": [{"@value": value, "text": _english(text)} for value, text in rows]}


def _english(text: str) -> Dict[str, str]:
    return {"@lang": "en", "#text": text}
