"""``--configure-api``: tells programs, in XML, what to ask; they write the answers as key=value."""

from typing import Any, Callable, ContextManager, Dict

from .. import GRABBER
from ..config.settings import Config
from ..config.xml_files import to_text
from ..errors import SettingError
from ..grab import listing, source

Look = Callable[[Config], ContextManager[source.SourceSession]]


def stage(settings: Config, name: str, look: Look) -> str:
    """The questions of a stage, as XML; the answers belong into the config file as key=value."""
    if name == "start":
        asked: Dict[str, Any] = {
            "string": {
                "@id": "postal_code",
                **({"@default": settings.postal_code} if settings.postal_code else {}),
                **_words("Postal code", "US ZIP or Canadian postal code of the antenna or cable."),
            }
        }
        following = "lineup"
    elif name == "lineup":
        with look(settings) as way:
            rows = [row for row, _ in listing.find_lineups(way)]
        asked = {
            "selectone": {
                "@id": "lineup",
                **_words("Lineup", "The antenna, or the cable or satellite company."),
                "option": [_option(row.lineup.lineup_id, f"{row.kind} {row.name}") for row in rows],
            }
        }
        following = "select-channels"
    elif name == "select-channels":
        with look(settings) as way:
            known = listing.list_stations(way)
        asked = {
            "selectmany": {
                "@id": "channel",
                **_words("Channels", "The channels that the guide shall have."),
                "option": [
                    _option(own.station_id, " ".join((*own.numbers[:1], own.call_sign)))
                    for own in (one.station for one in known)
                ],
            }
        }
        following = "end"
    else:
        raise SettingError("stage", name, "the option --stage", "start, lineup, select-channels")
    root = {"@grabber": GRABBER, **asked, "nextstage": {"@stage": following}}
    return to_text({"xmltvconfiguration": root})


def _words(title: str, description: str) -> Dict[str, Any]:
    return {
        "title": {"@lang": "en", "#text": title},
        "description": {"@lang": "en", "#text": description},
    }


def _option(value: str, text: str) -> Dict[str, Any]:
    return {"@value": value, "text": {"@lang": "en", "#text": text}}
