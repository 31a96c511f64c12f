"""Why the guide may be empty: what each check found, and its cure."""

import threading
from functools import partial
from typing import TYPE_CHECKING, Sequence

from ...errors import Sentence
from .. import addon_settings, backend, iptv_simple_check
from ..strings import STRINGS, localize, say_all, verdict
from .dialogs import BAD, GOOD, NEUTRAL, Dialogs, Entry, Report, Row, title

if TYPE_CHECKING:
    from ...doctor.report import DoctorReport, Finding

_PICTURES = {"ok": GOOD, "broken": BAD, "skipped": NEUTRAL}  # by a finding's state


def doctor(dialogs: Dialogs) -> None:
    """Show the diagnosis, then each finding."""
    settings, heading = addon_settings.read(), title("action_doctor")
    config = settings.config()
    guides = {config.output, settings.share_address} - {""}
    if settings.serves_page:
        guides.add(f":{settings.page_port}/guide.xml")
    needed, clock = config.profile != "tvheadend", dialogs.clock

    def diagnose(stop: threading.Event, report: Report) -> "DoctorReport":
        player = iptv_simple_check.check(guides, needed, config.output, stop, clock)
        return backend.doctor(config, stop, player, clock)

    report = dialogs.run(heading, localize("diagnosing"), diagnose)
    if report is not None:
        broken = report.broken
        first = _entry(dialogs, broken) if broken else _no_fault(dialogs, report)
        others = [row for row in report.findings if row is not broken and not _is_left_out(row)]
        dialogs.walk(heading, [first, *(_entry(dialogs, finding) for finding in others)])


def _is_left_out(finding: "Finding") -> bool:
    """Whether it says no more than "Not checked: see Tvheadend"."""
    return [sentence.name for sentence in finding.seen] == ["seen_tvheadend_unchecked"]


def _no_fault(dialogs: Dialogs, report: "DoctorReport") -> Entry:
    text = f"{verdict(report)}."
    row = Row(localize("nothing_broken"), text, GOOD)
    return Entry(row, partial(dialogs.text, title("action_doctor"), text))


def _entry(dialogs: Dialogs, finding: "Finding") -> Entry:
    name, seen = localize(f"check_{finding.check.name.replace(' ', '_')}"), say_all(finding.seen)
    text = "\n\n".join(filter(None, (seen, say_all(_cures(finding)))))
    row = Row(name, seen, _PICTURES[finding.state])
    return Entry(row, partial(dialogs.text, name, text))


def _cures(finding: "Finding") -> "Sequence[Sentence]":
    """The cure of the last run's error, if it is among what was seen: a new run would fail too."""
    for sentence in finding.seen:
        error = sentence.values.get("error")
        if sentence.name == "seen_last_failed" and isinstance(error, Sentence):
            cure = error._replace(name=error.name.replace("error_", "cure_"))
            if cure.name in STRINGS:
                return [cure]
    return finding.cures
