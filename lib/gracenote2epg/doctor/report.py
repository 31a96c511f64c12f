"""The doctor's report: one finding per check, as text and as JSON."""

from typing import Any, Dict, NamedTuple, Optional, Tuple

from .. import __version__
from ..errors import GrabError
from ..util.format import wrap
from ..util.redact import Secrets, redact
from .failures import CAUSES, FAILURES, FIRST_CODE, Check

OK, BROKEN, SKIPPED = "ok", "broken", "skipped"
_MARKS = {OK: "ok", BROKEN: "!!", SKIPPED: "--"}  # ASCII, so that any terminal shows them


class Finding(NamedTuple):
    """The result of one check.

    state: OK, BROKEN, or SKIPPED = not applicable or undecidable. remedy: may be set on any state.
    name: of the Diagnosis or the error class; "" unless BROKEN.
    """

    check: Check
    state: str
    symptom: str
    remedy: str = ""
    name: str = ""

    @property
    def sentences(self) -> str:
        return " ".join(f"{text}." for text in (self.symptom, self.remedy) if text)


def ok(check: Check, symptom: str, remedy: str = "") -> Finding:
    return Finding(check, OK, symptom, remedy)


def skipped(check: Check, symptom: str, remedy: str = "") -> Finding:
    return Finding(check, SKIPPED, symptom, remedy)


def failed(name: str, **details: object) -> Finding:
    """The diagnosis of this name, filled in with ``details``."""
    check, _, symptom, remedy = FAILURES[name]
    details = {"version": __version__, **details}
    return Finding(check, BROKEN, symptom.format(**details), remedy.format(**details), name)


def from_error(check: Check, error: GrabError) -> Finding:
    return Finding(check, BROKEN, error.what, error.advice, type(error).__name__)


class DoctorReport(NamedTuple):
    """The findings, in the order of the checks. secrets: redacted from JSON."""

    findings: Tuple[Finding, ...]
    secrets: Secrets = ()

    @property
    def broken(self) -> Optional[Finding]:
        """The first broken finding that no other one explains."""
        broken = [finding for finding in self.findings if finding.state == BROKEN]
        names = {finding.name for finding in broken}
        unexplained = (row for row in broken if names.isdisjoint(CAUSES.get(row.name, ())))
        return next(unexplained, None)

    @property
    def exit_code(self) -> int:
        return FIRST_CODE + self.broken.check.number if self.broken else 0

    @property
    def diagnosis(self) -> str:
        if self.broken:
            return f"{self.broken.check.title}: {self.broken.sentences}"
        if any(finding.state == SKIPPED for finding in self.findings):
            return "Nothing is broken among the checks that could be made."
        return "All is well."

    def text(self, width: int = 0) -> str:
        """A line per check, then the diagnosis. width: characters to wrap at; 0 = no wrapping."""
        lines = [
            f"{_MARKS[finding.state]}  {finding.check.title:<14}  "
            + (f"{finding.symptom}." if finding.state == BROKEN else finding.sentences)
            for finding in self.findings
        ]
        lines = [wrap(line, width, " " * 20) for line in lines]
        return "\n".join([*lines, "", wrap(self.diagnosis, width, "")])

    def as_json(self) -> Dict[str, Any]:
        """The report as data, redacted: users post it in issues."""
        broken = self.broken
        return {
            "ok": broken is None,
            "code": self.exit_code,
            "step": broken.check.name if broken else None,
            "failure": broken.name if broken else None,
            "diagnosis": redact(self.diagnosis, self.secrets),
            "steps": [
                {
                    "number": finding.check.number,
                    "step": finding.check.name,
                    "title": finding.check.title,
                    "state": finding.state,
                    "failure": finding.name or None,
                    "saw": redact(finding.symptom, self.secrets),
                    "cure": redact(finding.remedy, self.secrets),
                }
                for finding in self.findings
            ],
        }
