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
from ..errors import (
    AlreadyRunning,
    GrabError,
    OutputError,
    Sentence,
    Stopped,
    os_error_text,
    said_in,
)
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
from ..util.format import Moment
from ..xmltv.reader import read_channel_ids
from . import tvheadend_checks
from .failures import AFFILIATE, FILE, FRESHNESS, LINEUP, LISTINGS, RUN, SOURCE, STATIONS, Check
from .probe import IN_PROGRESS, ProbeResult, probe
from .report import SKIPPED, DoctorReport, Finding, failed, from_error, ok, skipped

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
    def last(self) -> Optional[Sentence]:
        """The error of the last run; None = it succeeded."""
        for at, run in self.store.runs(1):
            if run.get("error"):
                values = {"at": self.moment(at), "error": said_in(run)}
                return Sentence("seen_last_failed", "The last run, {at}, failed: {error}", values)
        return None

    def moment(self, at: float) -> Moment:
        return Moment(at, self.now)


def run_checks(
    config: Config, stop: threading.Event, clock: Clock, how_to_run: Sentence = RUN
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
        reason = ("no_data_dir", "The data directory cannot be used")
        findings = [
            from_error(FILE, error) if check is FILE else skipped(check, *reason)
            for check, _ in _CHECKS
        ]
    findings += tvheadend_checks.check_tvheadend(config, guide, clock.now(), stop)
    findings = [row.replacing([RUN], how_to_run) for row in findings]
    if stop.is_set():
        raise Stopped()
    forms = [form for code in codes for form in config_secrets.postal_code_forms(code)]
    secrets = {
        **dict.fromkeys(forms, redact.POSTAL_CODE),
        **dict(config_secrets.secrets_of(config)),
    }
    return DoctorReport(tuple(findings), redact.ordered(secrets))


def _told_once(findings: Sequence[Finding], last: Optional[Sentence]) -> Iterator[Finding]:
    """Leave the last run's error in the first finding that has it, and out of all the following;
    and out of that one too, if a symptom has said it."""
    what, symptoms = str(last and last.values["error"]), ""
    for finding in findings:
        if last and what in symptoms:
            finding = finding._replace(seen=tuple(row for row in finding.seen if row != last))
        symptoms += finding.symptom
        yield finding


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
        return Finding(check, SKIPPED, finding.seen).and_saw(IN_PROGRESS)
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
    """The store, opened without checking or writing it; an empty one if there is none yet."""
    try:
        return Store.open_read_only(data_dir, clock)
    except OutputError:
        return Store.in_memory(clock)


# The checks


def _source(context: CheckContext) -> Finding:
    result, host = context.probe, urlsplit(context.config.base_url).netloc
    if result.skipped_because:
        return Finding(SOURCE, SKIPPED, result.skipped_because)
    if result.outcome and result.failure:
        detail = redact.strip_credentials(result.outcome.detail)
        finding = failed(result.failure, host=host, detail=detail, proxy=result.proxy)
        return _with_since(context, failures.SOURCE_FAILURES[result.failure].error, finding)
    finding = ok(SOURCE, "source_answers", "{host} answers", host=host)
    if result.answered_at:
        at = context.moment(result.answered_at)
        finding = ok(SOURCE, "source_answered", "{host} answered {at}", host=host, at=at)
    limit = learned_limit.slowing(context.store)
    if not limit:
        return finding
    cure = Sentence("cure_limited", "--forget-limit (in Kodi: Clear the cache) lifts that")
    return finding.and_saw(limit.sentence)._replace(cures=(cure,))


def _affiliate(context: CheckContext) -> Finding:
    result = context.probe
    if result.working_affiliate:
        finding = ok(
            AFFILIATE,
            "affiliate_replaced",
            "{refused} is refused; {accepted} is accepted, and used from now on",
            refused=result.affiliate,
            accepted=result.working_affiliate,
        )
        is_set = "affiliate" in context.config.origins
        return finding.curing("Remove affiliate from the settings") if is_set else finding
    if result.lineup_known:
        name = grab_source.known_affiliate(context.config, context.store)
        return ok(AFFILIATE, "affiliate_accepted", "{accepted} is accepted", accepted=name)
    if result.outcome and result.listed:
        finding = failed("affiliate", affiliate=result.affiliate, detail=result.outcome.detail)
        return _with_since(context, failures.SOURCE_FAILURES["affiliate"].error, finding)
    unknown = "Unknown without an answer for an existing lineup"
    return skipped(AFFILIATE, "affiliate_unknown", unknown)


def _with_since(context: CheckContext, kind: Type[GrabError], finding: Finding) -> Finding:
    """Add when runs began to fail in the same way."""
    since = cooldown.failing_since(context.store, kind.__name__)
    if not since:
        return finding
    values = {"at": Moment(since)}
    return finding.and_saw(Sentence("seen_since", "It has been so since {at}", values))


def _lineup(context: CheckContext) -> Finding:
    result, problem = context.probe, context.problem or context.probe.problem
    if problem:
        return from_error(LINEUP, problem)
    if result.lineup_known:
        if context.config.origins.get("postal_code") == cooldown.LAST_RUN:
            used = "{lineup} is known: the last run used it, but it is not saved"
            finding = ok(LINEUP, "lineup_unsaved", used, lineup=result.lineup)
            return finding.curing("--configure saves it; until then name it in each call")
        foreign = grab_lineups.foreign_lineups(context.config, context.store, context.lineups)
        finding = ok(LINEUP, "lineup_known", "{lineup} is known", lineup=result.lineup)
        return finding.curing(grab_lineups.FOREIGN, lineup=foreign) if foreign else finding
    if result.outcome is None or result.failure or result.listed:
        unchecked = "{lineup} cannot be checked now"
        return skipped(LINEUP, "lineup_unchecked", unchecked, lineup=result.lineup)
    return failed("lineup", lineup=result.lineup, detail=result.outcome.detail)


def _stations(context: CheckContext) -> Finding:
    config, result = context.config, context.probe
    stored = stored_stations(context.store, context.lineups)
    if not stored and result.outcome and result.empty:
        return failed("no stations", lineup=result.lineup, detail=result.outcome.detail)
    if not stored:
        return skipped(STATIONS, "no_station_known", "No station is known yet")
    lists = player_channels.load(config, context.store, context.stop)
    if not (config.channels or lists.all):
        return ok(STATIONS, "all_stations", "{count} stations", count=len(stored))
    selected = player_channels.selected_stations(config, lists, stored) or ()
    figures = {"count": len(selected), "all": len(stored)}
    chosen = ok(STATIONS, "some_stations", "{count} of {all} stations are chosen", **figures)
    return chosen.and_saw(*(channels.note for channels in lists.all))


def _listings(context: CheckContext) -> Finding:
    if not context.lineups:
        return skipped(LISTINGS, "no_lineup", "There is no lineup")
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
        return failed("holes", hours=hours).and_saw(context.last)
    return ok(LISTINGS, "listings_stored", "The listings of the next 24 hours are stored")


def _file(context: CheckContext) -> Finding:
    name, detail = context.file_problem
    if name:
        finding = failed(name, path=context.path, detail=detail)
        return finding.and_saw(context.last) if name == "no file" else finding
    return ok(FILE, "file_complete", "{path} is complete", path=context.path)


def _freshness(context: CheckContext) -> Finding:
    if context.file_problem[0]:
        return skipped(FRESHNESS, "no_complete_guide", "There is no complete guide")
    now = context.now
    fact = guide_published.published(context.store, context.path)
    made = os.path.getmtime(context.path)
    end: Optional[int] = None
    if fact and made < fact["made"] + 5:  # not written by another program since
        made, end = fact["made"], Summary.from_json(fact["summary"]).end
    values = {"made": context.moment(made), "end": context.moment(end or 0.0)}
    wanted = guide_span.span(now, context.config.days, context.config.offset).end
    if end is not None and end <= now:
        finding = failed("over", **values)
    elif end is not None and end < min(now + grab_run.MIN_COVERAGE, wanted):
        finding = failed("thin", **values)
    elif now - made > MAX_GUIDE_AGE:
        finding = failed("old", **values)
    elif end is not None:
        finding = ok(FRESHNESS, "fresh", "It was made {made}, and ends {end}", **values)
    else:
        finding = ok(FRESHNESS, "made", "It was made {made}", **values)
    return finding.and_saw(context.last)


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
