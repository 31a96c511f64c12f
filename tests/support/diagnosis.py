"""The doctor's report, with shortcuts for tests."""

from typing import List, Optional, Tuple

from gracenote2epg.doctor.failures import Check
from gracenote2epg.doctor.report import DoctorReport, Finding


class Diagnosis(DoctorReport):
    @property
    def first(self) -> Optional[Tuple[str, str]]:
        """The first broken check and its diagnosis; None = all is well."""
        return (self.broken.check.name, self.broken.name) if self.broken else None

    @property
    def states(self) -> List[str]:
        return [finding.state for finding in self.findings]

    def of(self, check: Check) -> Finding:
        return next(finding for finding in self.findings if finding.check is check)
