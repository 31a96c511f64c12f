"""The doctor on the page: its checks in a thread of their own, one at a time."""

import logging
import threading
from typing import Any, Dict

from ..clock import Clock
from ..config.settings import Config
from ..doctor.checks import run_checks
from ..doctor.failures import RUN
from ..doctor.report import DoctorReport
from ..errors import Stopped
from .sentences import said

log = logging.getLogger(__name__)

HOW_TO_RUN = RUN._replace(english="press Run now")
END = 3.0  # seconds for checks to end
KEPT = 60.0  # seconds in which the same report is returned: checks may send requests


class Checkup:
    """Makes a report when asked for one. ``stop`` ends the checks in progress, for good."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self.stop = threading.Event()
        self._config, self._clock = config, clock
        self._guard = threading.Lock()
        self._thread = self._new_thread()
        self._report: Dict[str, Any] = {}
        self._made_at = 0.0  # by the monotonic clock

    def answer(self) -> Dict[str, Any]:
        """The report as ``--doctor --json`` prints it, with its sentences; {} while it is being
        made: ask again."""
        with self._guard:
            if self._report and self._clock.monotonic() - self._made_at < KEPT:
                return self._report
            if not self._thread.is_alive():
                self._report, self._thread = {}, self._new_thread()
                self._thread.start()
        return {}

    def close(self) -> None:
        """End the checks in progress, and wait up to END seconds for that."""
        self.stop.set()
        if self._thread.is_alive():
            self._thread.join(END)

    def _new_thread(self) -> threading.Thread:
        return threading.Thread(target=self._make, name="doctor", daemon=True)

    def _make(self) -> None:
        try:
            report = _as_json(run_checks(self._config, self.stop, self._clock, HOW_TO_RUN))
        except Stopped:
            return
        except Exception:  # a bug: kept as a report, or the page would begin again each second
            log.exception("a bug in the doctor's checks")
            ended = "The checks ended by a bug: please report the last lines of the log."
            sentences = [["checks_ended", {}]]
            report = {"ok": False, "diagnosis": ended, "diagnosis_said": sentences, "steps": []}
        with self._guard:
            self._report, self._made_at = report, self._clock.monotonic()


def _as_json(report: DoctorReport) -> Dict[str, Any]:
    document = report.as_json()
    for step, finding in zip(document["steps"], report.findings):
        step["saw_said"] = said(finding.seen, report.secrets)
        step["cure_said"] = said(finding.cures, report.secrets)
    return document
