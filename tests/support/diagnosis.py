"""The doctor's report, with shortcuts for tests, and what it is about in Tvheadend."""

from typing import Any, List, Optional, Sequence, Tuple

from gracenote2epg.channels.stations import GuideStation
from gracenote2epg.config import settings as config_settings
from gracenote2epg.config import sources
from gracenote2epg.doctor import failures, tvheadend_checks
from gracenote2epg.doctor.failures import Check
from gracenote2epg.doctor.report import DoctorReport, Finding
from gracenote2epg.doctor.tvheadend_checks import KnownGuide
from support.builders import lineup, station
from support.fake_tvheadend import TvhStandIn

OURS = "/usr/bin/tv_grab_gracenote2epg"
TITLE = "Internal: XMLTV: USA/Canada (Gracenote)"
SOCKET = "External: XMLTV"
STATIONS = {
    key: GuideStation(station(key, call_sign=sign, numbers=(number,), name=""), lineup())
    for key, sign, number in (
        ("20461", "WZAADT", "2.1"), ("20462", "WZBBDT", "4.1"), ("20463", "WZCCDT", "5.1"),
    )
}  # fmt: skip


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


def report_of(
    tvh: TvhStandIn,
    stations: Sequence[str] = ("20461",),
    guide: Optional[KnownGuide] = None,
    now: float = 0.0,
    **changes: Any,
) -> Diagnosis:
    """The doctor's report about Tvheadend. stations: of STATIONS, in the lineup."""
    access = {"tvh_url": tvh.url, "tvh_username": "viewer", "tvh_password": "pass:word"}
    origins = changes.pop("origins", {})
    settings = sources.override(config_settings.Config(origins=origins), {**access, **changes})
    guide = guide or KnownGuide([STATIONS[key] for key in stations])
    report = Diagnosis(tuple(tvheadend_checks.check_tvheadend(settings, guide, now)))
    assert tuple(finding.check for finding in report.findings) == failures.CHECKS[7:]
    return report
