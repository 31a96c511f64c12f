"""Find out why the guide is empty: run all checks, and name the first that is broken.

At most three requests to the source; none if it answered recently or another run is in progress.
"""

import contextlib
import gzip
import os
import threading
import zlib
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Type,
)
from urllib.parse import urlsplit

from ..channels import player_channels
from ..channels.kept_channels import kept_channels
from ..channels.stations import stored_stations
from ..clock import DAY, HOUR, Clock
from ..config import secrets as config_secrets
from ..config.settings import Config
from ..downloader import learned_limit
from ..errors import AlreadyRunning, GrabError, OutputError, Stopped, format_time, os_error_text
from ..grab import cooldown, refresh
from ..grab import lineups as grab_lineups
from ..grab import run as grab_run
from ..grab import source as grab_source
from ..gracenote import failures
from ..guide import published as guide_published
from ..guide import span as guide_span
from ..guide.summary import Summary
from ..models import Lineup
from ..store.answers import Store
from ..store.choices import ASSIGNED_STATIONS
from ..store.database import RunLock
from ..util import redact
from ..util.format import format_ago, format_duration
from ..xmltv.reader import read_channel_ids
from . import tvheadend_checks
from .failures import AFFILIATE, FILE, FRESHNESS, LINEUP, LISTINGS, RUN, SOURCE, STATIONS, Check
from .probe import IN_PROGRESS, ProbeResult, probe
from .report import DoctorReport, Finding, failed, from_error, ok, skipped

_MENDED_BY_A_RUN = ("no run", "holes", "no file", "over", "thin", "old")
MAX_GUIDE_AGE = 2 * DAY  # seconds; an older guide is no longer being made


class CheckContext(NamedTuple):
    """What the checks look at.

    problem: why there is no lineup. file_problem: as ``_file_problem`` returns it.
    """

    config: Config
    now: float
    stop: threading.Event
    store: Store
    busy: bool  # another run is in progress
    lineups: Sequence[Lineup]
    problem: Optional[GrabError]
    probe: ProbeResult
    path: str
    file_problem: Tuple[str, str]

    @property
    def last(self) -> str:
        """The error of the last run, as the end of a symptom; "" = it succeeded."""
        for at, run in self.store.runs(1):
            if run.get("error"):
                error = run.get("what") or str(run["error"]).rstrip(".")
                return f". The last run, {format_ago(self.now - at)}, failed: {error}"
        return ""


def run_checks(
    config: Config, stop: threading.Event, clock: Clock, how_to_run: str = RUN
) -> DoctorReport:
    """Run all checks, also those after a broken one. Raises Stopped, and nothing else.

    how_to_run: how the user of this face starts a run, for the remedies.
    """
    guide = tvheadend_checks.KnownGuide()
    codes: Set[str] = set()  # earlier postal codes, which the error of an old run may name
    try:
        with contextlib.ExitStack() as resources:
            context = _context(config, stop, clock, resources)
            findings = [_run_check(check, function, context) for check, function in _CHECKS]
            with contextlib.suppress(GrabError):
                codes = context.store.postal_codes()
                guide = _known_guide(context)
            findings = list(_told_once(findings, context.last))
    except Stopped:
        raise
    except GrabError as error:  # of the data directory
        reason = "The data directory cannot be used"
        findings = [
            from_error(FILE, error) if check is FILE else skipped(check, reason)
            for check, _ in _CHECKS
        ]
    findings += tvheadend_checks.check_tvheadend(config, guide, clock.now(), stop)
    findings = [row._replace(remedy=row.remedy.replace(RUN, how_to_run)) for row in findings]
    if stop.is_set():
        raise Stopped()
    forms = [form for code in codes for form in config_secrets.postal_code_forms(code)]
    secrets = {
        **dict.fromkeys(forms, redact.POSTAL_CODE),
        **dict(config_secrets.secrets_of(config)),
    }
    return DoctorReport(tuple(findings), redact.ordered(secrets))


def _told_once(findings: Sequence[Finding], last: str) -> Iterator[Finding]:
    """The findings; only the first one has the last run's error, and none if another tells it."""
    what, told = last.partition(" failed: ")[2], ""
    for finding in findings:
        symptom = finding.symptom.replace(last, "") if what and what in told else finding.symptom
        told += symptom
        yield finding._replace(symptom=symptom)


def _run_check(
    check: Check, function: Callable[[CheckContext], Finding], context: CheckContext
) -> Finding:
    try:
        finding = function(context)
    except Stopped:
        raise
    except GrabError as error:
        return from_error(check, error)
    if context.busy and finding.name in _MENDED_BY_A_RUN:
        return skipped(check, f"{finding.symptom}. {IN_PROGRESS}")
    return finding


def _context(
    config: Config, stop: threading.Event, clock: Clock, resources: contextlib.ExitStack
) -> CheckContext:
    busy, problem = False, None
    try:
        resources.enter_context(RunLock(config.data_dir))
    except AlreadyRunning:
        busy = True
    store = resources.enter_context((_open_beside_run if busy else Store)(config.data_dir, clock))
    lineups: List[Lineup] = []
    try:
        lineups = grab_lineups.resolve_lineups(config, store, None)
    except GrabError as error:
        problem = error
    path = guide_published.published_path(config)
    now = clock.now()
    result = probe(config, store, stop, now, busy, lineups)
    file_problem = _file_problem(path)
    return CheckContext(
        config, now, stop, store, busy, lineups, problem, result, path, file_problem
    )


def _known_guide(context: CheckContext) -> tvheadend_checks.KnownGuide:
    stations = stored_stations(context.store, context.lineups)
    assigned: Dict[str, str] = context.store.choices.get(ASSIGNED_STATIONS, {})
    ids = read_channel_ids(context.path)
    kept = {row.id: row.station_id for row in kept_channels(context.store)}
    return tvheadend_checks.KnownGuide(stations, assigned, context.path, ids, kept)


def _open_beside_run(data_dir: str, clock: Clock) -> Store:
    """The store, neither checked nor written; an empty one if there is none yet."""
    try:
        return Store.open_read_only(data_dir, clock)
    except OutputError:
        return Store.in_memory(clock)


# The checks


def _source(context: CheckContext) -> Finding:
    result, host = context.probe, urlsplit(context.config.base_url).netloc
    limit = learned_limit.slowing(context.store)
    text = f"; {limit.text}" if limit else ""
    remedy = "--forget-limit (in Kodi: Forget the stored answers) lifts that" if limit else ""
    if result.skipped_because:
        return skipped(SOURCE, result.skipped_because)
    if result.answered_at:
        ago = format_ago(context.now - result.answered_at)
        return ok(SOURCE, f"{host} answered {ago}{text}", remedy)
    if result.outcome and result.failure:
        detail = redact.strip_credentials(result.outcome.detail)
        finding = failed(result.failure, host=host, detail=detail, proxy=result.proxy)
        return _with_since(context, failures.SOURCE_FAILURES[result.failure].error, finding)
    return ok(SOURCE, f"{host} answers{text}", remedy)


def _affiliate(context: CheckContext) -> Finding:
    result = context.probe
    if result.working_affiliate:
        return ok(
            AFFILIATE,
            f"{result.affiliate} is refused; {result.working_affiliate} is accepted, and used from"
            " now on",
            "Remove affiliate from the settings" if "affiliate" in context.config.origins else "",
        )
    if result.lineup_known:
        affiliate = grab_source.known_affiliate(context.config, context.store)
        return ok(AFFILIATE, f"{affiliate} is accepted")
    if result.outcome and result.listed:
        finding = failed("affiliate", affiliate=result.affiliate, detail=result.outcome.detail)
        return _with_since(context, failures.SOURCE_FAILURES["affiliate"].error, finding)
    return skipped(AFFILIATE, "Unknown without an answer for an existing lineup")


def _with_since(context: CheckContext, kind: Type[GrabError], finding: Finding) -> Finding:
    """Add when runs began to fail in the same way."""
    since = cooldown.failing_since(context.store, kind.__name__)
    if not since:
        return finding
    return finding._replace(symptom=f"{finding.symptom}, since {format_time(since)}")


def _lineup(context: CheckContext) -> Finding:
    result, problem = context.probe, context.problem or context.probe.problem
    if problem:
        return from_error(LINEUP, problem)
    if result.lineup_known:
        warning = grab_lineups.foreign_lineup_warning(
            context.config, context.store, context.lineups
        )
        if context.config.origins.get("postal_code") == cooldown.LAST_RUN:
            used = f"{result.lineup} is known: the last run used it, but it is not saved"
            return ok(LINEUP, used, "--configure saves it; until then name it in each call")
        return ok(LINEUP, f"{result.lineup} is known", warning)
    if result.outcome is None or result.failure or result.listed:
        return skipped(LINEUP, f"{result.lineup} cannot be checked now")
    return failed("lineup", lineup=result.lineup, detail=result.outcome.detail)


def _stations(context: CheckContext) -> Finding:
    config, result = context.config, context.probe
    stored = stored_stations(context.store, context.lineups)
    if not stored and result.outcome and result.empty:
        return failed("no stations", lineup=result.lineup, detail=result.outcome.detail)
    if not stored:
        return skipped(STATIONS, "No station is known yet")
    lists = player_channels.load(config, context.store, context.stop)
    if not (config.channels or lists.all):
        return ok(STATIONS, f"{len(stored)} stations")
    selected = player_channels.selected_stations(config, lists, stored) or ()
    notes = " ".join(channels.note for channels in lists.all if channels.note)
    return ok(STATIONS, f"{len(selected)} of {len(stored)} stations are chosen", notes.rstrip("."))


def _listings(context: CheckContext) -> Finding:
    if not context.lineups:
        return skipped(LISTINGS, "There is no lineup")
    config, now = context.config, int(context.now)
    begin, end = guide_span.span(now, config.days, config.offset)
    first = max(now, begin)
    next_day = guide_span.TimeSpan(first, min(first + DAY, end))
    hours = 0
    for lineup in context.lineups:
        windows = refresh.windows(lineup, next_day, 1, now)
        missing = refresh.missing_hours(windows, context.store.windows(lineup))
        seconds = sum(min(stop, next_day.end) - max(start, first) for start, stop in missing)
        hours = max(hours, -(-seconds // HOUR))
    if not context.busy and not context.store.runs(1):
        return failed("no run")
    if hours:
        return failed("holes", hours=hours, last=context.last)
    return ok(LISTINGS, "The listings of the next 24 hours are stored")


def _file(context: CheckContext) -> Finding:
    name, detail = context.file_problem
    if name:
        return failed(name, path=context.path, detail=detail, last=context.last)
    return ok(FILE, f"{context.path} is complete")


def _freshness(context: CheckContext) -> Finding:
    if context.file_problem[0]:
        return skipped(FRESHNESS, "There is no complete guide")
    now = context.now
    fact = guide_published.published(context.store, context.path)
    made = os.path.getmtime(context.path)
    end: Optional[int] = None
    if fact and made < fact["made"] + 5:  # not written by another program since
        made, end = fact["made"], Summary.from_json(fact["summary"]).end
    details: Dict[str, Any] = {"made": format_ago(now - made), "last": context.last}
    if end is not None and end <= now:
        return failed("over", ago=format_ago(now - end), **details)
    wanted = guide_span.span(now, context.config.days, context.config.offset).end
    if end is not None and end < min(now + grab_run.MIN_COVERAGE, wanted):
        return failed("thin", ahead=format_duration(end - now), **details)
    if now - made > MAX_GUIDE_AGE:
        return failed("old", **details)
    lasts = f", and lasts another {format_duration(end - now)}" if end is not None else ""
    return ok(FRESHNESS, f"It was made {details['made']}{lasts}{context.last}")


_CHECKS: Tuple[Tuple[Check, Callable[[CheckContext], Finding]], ...] = (
    (SOURCE, _source),
    (AFFILIATE, _affiliate),
    (LINEUP, _lineup),
    (STATIONS, _stations),
    (LISTINGS, _listings),
    (FILE, _file),
    (FRESHNESS, _freshness),
)


def _file_problem(path: str) -> Tuple[str, str]:
    """The name of the file's diagnosis, and its detail; "" = the file is fine."""
    try:
        with open(path, "rb") as raw:
            first, last = _ends(raw)
    except FileNotFoundError:
        return "no file", ""
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return "cut", ""
    except OSError as error:
        return "unreadable", os_error_text(error)
    if first and b"<tv" not in first:
        return "no guide", ""
    return ("", "") if last.rstrip().endswith(b"</tv>") else ("cut", "")


def _ends(raw: Any) -> Tuple[bytes, bytes]:
    """The first and the last bytes, unpacked."""
    if raw.peek(2)[:2] != b"\x1f\x8b":
        first = raw.read(512)
        raw.seek(max(0, raw.seek(0, os.SEEK_END) - 64))
        return first, raw.read()
    first = last = b""
    with gzip.GzipFile(fileobj=raw) as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            first, last = first or chunk[:512], (last + chunk)[-64:]
    return first, last
