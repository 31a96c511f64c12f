"""The doctor's report: one finding per check, as text and as JSON."""

from typing import Any, Dict, NamedTuple, Optional, Sequence, Tuple

from .. import __version__
from ..errors import GrabError, Sentence
from ..util.format import wrap
from ..util.redact import Secrets, redact
from .failures import AGAIN, AGAIN_THERE, CAUSES, FAILURES, FIRST_CODE, RUN, Check

OK, BROKEN, SKIPPED = "ok", "broken", "skipped"
_MARKS = {OK: "ok", BROKEN: "!!", SKIPPED: "--"}  # ASCII, so that any terminal shows them


class Finding(NamedTuple):
    """The result of one check.

    state: OK, BROKEN, or SKIPPED = not applicable or undecidable. cures: may be there in any state.
    name: of the Diagnosis or the error class; "" unless BROKEN.
    """

    check: Check
    state: str
    seen: Tuple[Sentence, ...]
    cures: Tuple[Sentence, ...] = ()
    name: str = ""

    @property
    def symptom(self) -> str:
        return ". ".join(map(str, self.seen))

    @property
    def remedy(self) -> str:
        return ". ".join(map(str, self.cures))

    @property
    def sentences(self) -> str:
        return " ".join(f"{text}." for text in (self.symptom, self.remedy) if text)

    def and_saw(self, *sentences: Optional[Sentence]) -> "Finding":
        """With these sentences added; None is skipped."""
        return self._replace(seen=(*self.seen, *filter(None, sentences)))

    def curing(self, english: str, **values: object) -> "Finding":
        """With a cure added; its name is that of the first sentence, with cure_ for seen_."""
        name = self.seen[0].name.replace("seen_", "cure_")
        return self._replace(cures=(*self.cures, Sentence(name, english, values)))

    def replacing(self, words: Sequence[Sentence], by: Sentence) -> "Finding":
        """With the cures' sentences ``words`` (how to do something) replaced."""
        cures = [
            row._replace(values={k: by if v in words else v for k, v in row.values.items()})
            for row in self.cures
        ]
        return self._replace(cures=tuple(cures))


def ok(check: Check, name: str, english: str, **values: object) -> Finding:
    """A finding in the state OK. name: of its sentence, without seen_. values: fill it in."""
    return Finding(check, OK, (Sentence(f"seen_{name}", english, values),))


def skipped(check: Check, name: str, english: str, **values: object) -> Finding:
    """The same in the state SKIPPED."""
    return ok(check, name, english, **values)._replace(state=SKIPPED)


def failed(name: str, **details: object) -> Finding:
    """The diagnosis of this name, filled in with ``details``."""
    check, _, symptom, remedy = FAILURES[name]
    how = {"run": RUN, "again": AGAIN, "again_there": AGAIN_THERE}
    values, kind = {"version": __version__, **how, **details}, name.replace(" ", "_")
    seen, cure = (
        Sentence(f"error_{kind}", symptom, values),
        Sentence(f"cure_{kind}", remedy, values),
    )
    return Finding(check, BROKEN, (seen,), (cure,), name)


def from_error(check: Check, error: GrabError) -> Finding:
    """A broken check, with the symptom and remedy of the error."""
    return Finding(check, BROKEN, (error.said,), (error.cure,), type(error).__name__)


class DoctorReport(NamedTuple):
    """The findings, in the order of the checks. secrets: redacted from JSON."""

    findings: Tuple[Finding, ...]
    secrets: Secrets = ()

    @property
    def broken(self) -> Optional[Finding]:
        """The first broken finding that no other one explains; None = none is broken."""
        broken = [finding for finding in self.findings if finding.state == BROKEN]
        names = {finding.name for finding in broken}
        unexplained = (row for row in broken if names.isdisjoint(CAUSES.get(row.name, ())))
        return next(unexplained, None)

    @property
    def exit_code(self) -> int:
        return FIRST_CODE + self.broken.check.number if self.broken else 0

    @property
    def diagnosis(self) -> str:
        """The first broken check with its remedy, or that nothing is broken."""
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
