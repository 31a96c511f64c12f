"""Sentences as JSON: the page says them in its own languages, by their names.

A sentence is its name, its values and the library's English. A value is text, a number, another
sentence, {at, now} for a Moment or {names, limit} for Names.
"""

import re
from typing import Any, Dict, Iterable, List, Mapping

from ..errors import GrabError, Sentence
from ..util.files import REASONS
from ..util.format import Moment, Names
from ..util.redact import Secrets, redact

# What an error says in brackets, as a pattern of its English, which is all that the history has.
_DETAILS = {
    "reason_locked": "database is locked",
    "reason_no_locks": "the file system of this folder has no locks",
    "reason_protected": "the file is write-protected",
    "reason_no_folder": "there is no folder (?P<folder>.+)",
    "reason_file_not_folder": "(?P<folder>.+) is a file, not a folder",
    "reason_no_file": "it is (no|not a) file(;.*)?",
    "reason_not_a_guide": "the file there is not a guide",
    "reason_no_channels": "it has no channels",
    "reason_cut": "it is cut",
    "reason_large": r"more than (?P<size>\d+) MB",
    "reason_xml": r"[\w ()-]+: line (?P<line>\d+), column \d+",
    "reason_entities": "it defines entities, or has a DTD",
    "reason_encoding": "its encoding is not known",
    "reason_category": r"line (?P<line>\d+) is not like: .+",
}


def said(sentences: Iterable[Sentence], secrets: Secrets = ()) -> List[Any]:
    """Each sentence as [name, values, English], without the secrets."""
    return [_plain(row, secrets) for row in sentences]


def said_of(error: GrabError, secrets: Secrets = ()) -> List[Any]:
    """The error as sentences: what happened, what to do, and until when no request is sent."""
    sentences = [error.said, error.cure]
    not_before = getattr(error, "not_before", 0.0)
    if not_before:
        sentences.append(Sentence("not_before", "", {"at": Moment(not_before)}))
    return said(sentences, secrets)


def error_json(error: GrabError, secrets: Secrets = ()) -> Dict[str, Any]:
    """The error in English, and as sentences."""
    return {"error": redact(str(error), secrets), "error_said": said_of(error, secrets)}


def said_of_run(run: Mapping[str, Any]) -> List[Any]:
    """How a run of the history failed; [] = it did not, or an older version kept only English."""
    if not (run.get("error") and run.get("said")):
        return []
    name, values = run["said"]
    return said(Sentence(each, "", values) for each in (name, name.replace("error_", "cure_")))


def _plain(value: object, secrets: Secrets) -> Any:
    if isinstance(value, Sentence):
        values = {name: _plain(each, secrets) for name, each in value.values.items()}
        return [value.name, values, redact(str(value), secrets)]
    if isinstance(value, Moment):
        return value._asdict()
    if isinstance(value, Names):
        return {"names": [redact(name, secrets) for name in value.names], "limit": value.limit}
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = redact(str(value), secrets)
    reason = REASONS.get(text.partition(":")[0])  # the system has its own language
    if reason:
        return [reason, {}, text]
    for name, form in _DETAILS.items():
        match = re.fullmatch(form, text)
        if match:
            return [name, match.groupdict(), text]
    return text
