"""What the doctor finds, step by step, in words for people and as data for machines."""

from typing import Any, Dict, NamedTuple, Optional, Tuple

from ..errors import GrabError
from ..util.format import wrap
from ..util.redact import Secrets, redact
from .failures import FAILURES, FIRST_CODE, Check

OK, BROKEN, SKIPPED = "ok", "broken", "skipped"
_MARKS = {OK: "ok", BROKEN: "!!", SKIPPED: "--"}  # any terminal can show them


class Finding(NamedTuple):
    """What one step shows.

    state: SKIPPED = it does not apply, or cannot be judged. cure: what to do, also where nothing is
    broken but better. name: of the failure, or of the error; "" = nothing is broken.
    """

    step: Check
    state: str
    saw: str
    cure: str = ""
    name: str = ""

    @property
    def sentences(self) -> str:
        return " ".join(f"{text}." for text in (self.saw, self.cure) if text)


def ok(step: Check, saw: str, cure: str = "") -> Finding:
    return Finding(step, OK, saw, cure)


def skipped(step: Check, saw: str, cure: str = "") -> Finding:
    return Finding(step, SKIPPED, saw, cure)


def failed(name: str, **seen: object) -> Finding:
    """The failure of this name, with what was seen filled in."""
    step, _, saw, cure = FAILURES[name]
    return Finding(step, BROKEN, saw.format(**seen), cure.format(**seen), name)


def from_error(step: Check, error: GrabError) -> Finding:
    """What an error says of the step that it broke."""
    return Finding(step, BROKEN, error.what, error.advice, type(error).__name__)


class DoctorReport(NamedTuple):
    """What was found, in the order of the steps."""

    findings: Tuple[Finding, ...]
    private: Secrets = ()

    @property
    def broken(self) -> Optional[Finding]:
        """The first step that is broken; None = none is."""
        return next((one for one in self.findings if one.state == BROKEN), None)

    @property
    def exit_code(self) -> int:
        return FIRST_CODE + self.broken.step.number if self.broken else 0

    @property
    def diagnosis(self) -> str:
        first = self.broken
        if first:
            return f"{first.step.title}: {first.sentences}"
        if any(one.state == SKIPPED for one in self.findings):
            return "Nothing is broken, as far as it could be looked at."
        return "All is well."

    def text(self, width: int = 0) -> str:
        """A line for each step, and the diagnosis; lines are wrapped at ``width``, 0 = not."""
        lines = [
            f"{_MARKS[one.state]}  {one.step.title:<14}  "
            + (one.sentences if one.state != BROKEN else f"{one.saw}.")
            for one in self.findings
        ]
        lines = [wrap(line, width, " " * 20) for line in lines]
        return "\n".join([*lines, "", wrap(self.diagnosis, width, "")])

    def as_json(self) -> Dict[str, Any]:
        """The same as data, without what is private: this is what people send to others."""
        return {
            "ok": self.broken is None,
            "code": self.exit_code,
            "step": self.broken.step.name if self.broken else None,
            "failure": self.broken.name if self.broken else None,
            "diagnosis": self._public(self.diagnosis),
            "steps": [
                {
                    "number": one.step.number,
                    "step": one.step.name,
                    "title": one.step.title,
                    "state": one.state,
                    "failure": one.name or None,
                    "saw": self._public(one.saw),
                    "cure": self._public(one.cure),
                }
                for one in self.findings
            ],
        }

    def _public(self, text: str) -> str:
        return redact(text, self.private)
