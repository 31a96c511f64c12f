"""Sentences as JSON: the page says them in its own languages, by their names.

A sentence is its name, its values and the library's English. A value is text, a number, another
sentence, {at, now} for a Moment or {names, limit} for Names.
"""

from typing import Any, Dict, Iterable, List, Mapping

from ..errors import GrabError, Sentence
from ..util.files import REASONS
from ..util.format import Moment, Names
from ..util.redact import Secrets, redact


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
    text = str(value)
    reason = REASONS.get(text.partition(":")[0])  # the system has its own language
    return [reason, {}, redact(text, secrets)] if reason else redact(text, secrets)
