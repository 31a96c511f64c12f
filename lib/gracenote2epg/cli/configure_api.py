"""``--configure-api``: the questions as XML, for programs; these write the config file."""

import threading
from typing import Any, Dict, Iterable, Tuple

from .. import GRABBER
from ..config.xml_files import to_text
from ..errors import SettingError
from ..setup.draft import PICK
from ..setup.engine import Setup
from ..setup.questions import Question

# By stage: the step of the set-up that the stage asks, and the next stage.
STAGES = {
    "start": ("postal_code", "lineup"),
    "lineup": ("lineup", "select-channels"),
    "select-channels": ("stations", "end"),
}


def stage(setup: Setup, name: str, stop: threading.Event) -> str:
    """The question of a stage, as an XML document. Earlier answers are in the settings.

    Raises SettingError for an unknown stage, and what looking up lineups or stations raises.
    """
    if name not in STAGES:
        raise SettingError("stage", name, "the option --stage", ", ".join(STAGES))
    step, next_stage = STAGES[name]
    while setup.step != step:
        proposed = setup.question(stop).default if setup.step == "lineup" else ()
        setup.answer([PICK] if setup.step == "channels" else proposed, stop)
    asked = _as_xml(setup.question(stop))
    root = {"@grabber": GRABBER, **asked, "nextstage": {"@stage": next_stage}}
    return to_text({"xmltvconfiguration": root})


def _as_xml(question: Question) -> Dict[str, Any]:
    rows = [(row.value, row.facts) for row in question.options]
    if question.step == "lineup":
        label = _label("Lineup", "The antenna, or the cable or satellite company.")
        options = _options((value, f"{facts['kind']} {facts['name']}") for value, facts in rows)
        return {"selectone": {"@id": "lineup", **label, **options}}
    if question.step == "stations":
        label = _label("Channels", "The channels of the guide.")
        options = _options((value, facts["name"]) for value, facts in rows)
        return {"selectmany": {"@id": "channel", **label, **options}}
    label = _label("Postal code", "US ZIP or Canadian postal code of the antenna or cable.")
    default = {"@default": question.default[0]} if question.default else {}
    return {"string": {"@id": "postal_code", **default, **label}}


def _label(title: str, description: str) -> Dict[str, Any]:
    return {"title": _english(title), "description": _english(description)}


def _options(rows: Iterable[Tuple[str, str]]) -> Dict[str, Any]:
    return {"option": [{"@value": value, "text": _english(text)} for value, text in rows]}


def _english(text: str) -> Dict[str, str]:
    return {"@lang": "en", "#text": text}
