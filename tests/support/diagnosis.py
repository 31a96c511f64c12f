"""The doctor's report, as tests ask it."""

from typing import List, Optional, Tuple

from gracenote2epg.doctor.failures import Check
from gracenote2epg.doctor.report import DoctorReport, Finding


class Diagnosis(DoctorReport):
    @property
    def first(self) -> Optional[Tuple[str, str]]:
        """The step and the failure that it names; None = all is well."""
        return (self.broken.step.name, self.broken.name) if self.broken else None

    @property
    def states(self) -> List[str]:
        return [finding.state for finding in self.findings]

    def of(self, step: Check) -> Finding:
        return next(finding for finding in self.findings if finding.step is step)
