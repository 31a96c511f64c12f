"""Why is my guide empty? A walk from the source to the screen that names the first broken step.

Polite: one request to the source, two more when it does not know what is asked for, none when it
has answered a short while ago or another run is at work.
"""

import contextlib
import gzip
import os
import threading
import zlib
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple, Type
from urllib.parse import urlsplit

from ..channels import player_channels
from ..channels.stations import stored_stations
from ..clock import DAY, HOUR, Clock
from ..config import secrets as config_secrets
from ..config.settings import Config
from ..errors import AlreadyRunning, GrabError, OutputError, Stopped, format_time, os_error_text
from ..grab import cooldown, refresh, source
from ..grab import lineups as grab_lineups
from ..grab import run as grab_run
from ..gracenote import failures
from ..guide import published as guide_published
from ..guide import span as guide_span
from ..guide.summary import Summary
from ..models import Lineup
from ..store.answers import Store
from ..store.database import RunLock
from ..util import redact
from ..util.format import format_ago, format_duration
from ..util.redact import strip_credentials
from . import tvheadend_checks
from .failures import AFFILIATE, FILE, FRESHNESS, LINEUP, LISTINGS, SOURCE, STATIONS, Check
from .probe import ProbeResult, probe
from .report import DoctorReport, Finding, failed, from_error, ok, skipped

MAX_GUIDE_AGE = 2 * DAY  # seconds; of a guide that nobody makes any more


class CheckContext(NamedTuple):
    """What the steps look at. problem: why there is no lineup; flaw: the name of what is wrong with
    the guide's file, and its detail."""

    config: Config
    now: float
    stop: threading.Event
    store: Store
    busy: bool  # another run is at work
    lineups: Sequence[Lineup]
    problem: Optional[GrabError]
    asked: ProbeResult
    path: str
    flaw: Tuple[str, str]

    @property
    def last(self) -> str:
        """How the last run ended, as the end of a sentence; "" = well."""
        for at, run in self.store.runs(1):
            if run.get("error"):
                error = str(run["error"]).rstrip(".")
                return f". The last run, {format_ago(self.now - at)}, ended so: {error}"
        return ""


def run_checks(config: Config, stop: threading.Event, clock: Clock) -> DoctorReport:
    """Walk all steps, also those after a broken one. Raises Stopped, and nothing else."""
    ids: List[str] = []
    former: Set[str] = set()  # postal codes, which the error of an old run may name
    try:
        with contextlib.ExitStack() as closing:
            chart = _chart(config, stop, clock, closing)
            found = [_safely(step, look, chart) for step, look in _LOOKS]
            with contextlib.suppress(GrabError):
                known = stored_stations(chart.store, chart.lineups)
                ids += [name for one in known for name in one.ids]
                former = chart.store.postal_codes()
    except Stopped:
        raise
    except GrabError as error:  # the data directory cannot be had
        why = "The data directory cannot be used"
        found = [
            from_error(FILE, error) if step is FILE else skipped(step, why) for step, _ in _LOOKS
        ]
    found += tvheadend_checks.check_tvheadend(config, frozenset(ids), stop)
    if stop.is_set():
        raise Stopped()
    places = [form for code in former for form in config_secrets.postal_code_forms(code)]
    own = dict(config_secrets.secrets_of(config))
    secrets = redact.ordered({**dict.fromkeys(places, redact.POSTAL_CODE), **own})
    return DoctorReport(tuple(found), secrets)


def _safely(step: Check, look: Callable[[CheckContext], Finding], chart: CheckContext) -> Finding:
    try:
        return look(chart)
    except Stopped:
        raise
    except GrabError as error:
        return from_error(step, error)


def _chart(
    config: Config, stop: threading.Event, clock: Clock, closing: contextlib.ExitStack
) -> CheckContext:
    busy, problem = False, None
    try:
        closing.enter_context(RunLock(config.data_dir))
    except AlreadyRunning:
        busy = True
    store = (_beside_a_run if busy else Store)(config.data_dir, clock)
    closing.enter_context(store)
    lineups: List[Lineup] = []
    try:
        lineups = grab_lineups.resolve_lineups(config, store, None)
    except GrabError as error:
        problem = error
    path = guide_published.published_path(config)
    now = clock.now()
    asked = probe(config, store, stop, now, busy, lineups)
    return CheckContext(config, now, stop, store, busy, lineups, problem, asked, path, _flaw(path))


def _beside_a_run(data_dir: str, clock: Clock) -> Store:
    """The store as it is, neither checked nor written; one that is yet to be made is empty."""
    try:
        return Store.open_read_only(data_dir, clock)
    except OutputError:
        return Store.in_memory(clock)


# The steps


def _source(chart: CheckContext) -> Finding:
    asked, host = chart.asked, urlsplit(chart.config.base_url).netloc
    if asked.at:
        return ok(SOURCE, f"{host} was asked {format_ago(chart.now - asked.at)}, fine")
    if asked.outcome is None:
        return skipped(SOURCE, asked.why_not)
    if asked.trouble:
        detail = strip_credentials(asked.outcome.detail)
        found = failed(asked.trouble, host=host, detail=detail, proxy=asked.proxy)
        return _since(chart, failures.SOURCE_FAILURES[asked.trouble].error, found)
    return ok(SOURCE, f"{host} answers")


def _affiliate(chart: CheckContext) -> Finding:
    asked = chart.asked
    if asked.works:
        return ok(
            AFFILIATE,
            f"{asked.affiliate} is refused; {asked.works} is accepted, and used from now on",
            "Leave affiliate out of the settings" if "affiliate" in chart.config.origins else "",
        )
    if asked.known:
        return ok(AFFILIATE, f"{source.known_affiliate(chart.config, chart.store)} is accepted")
    if asked.outcome and asked.listed:
        found = failed("affiliate", affiliate=asked.affiliate, detail=asked.outcome.detail)
        return _since(chart, failures.SOURCE_FAILURES["affiliate"].error, found)
    return skipped(AFFILIATE, "It cannot be told without an answer to a lineup that there is")


def _since(chart: CheckContext, kind: Type[GrabError], found: Finding) -> Finding:
    """The finding, and since when runs have met the same."""
    since = cooldown.failing_since(chart.store, kind.__name__)
    return found._replace(saw=f"{found.saw}, since {format_time(since)}") if since else found


def _lineup(chart: CheckContext) -> Finding:
    asked, problem = chart.asked, chart.problem or chart.asked.problem
    if problem:
        return from_error(LINEUP, problem)
    if asked.known:
        return ok(
            LINEUP,
            f"{asked.lineup} is known",
            grab_lineups.foreign_lineup_warning(chart.config, chart.store, chart.lineups),
        )
    if asked.outcome is None or asked.trouble or asked.listed:
        return skipped(LINEUP, f"{asked.lineup} cannot be asked for now")
    return failed("lineup", lineup=asked.lineup, detail=asked.outcome.detail)


def _stations(chart: CheckContext) -> Finding:
    config, asked = chart.config, chart.asked
    known = stored_stations(chart.store, chart.lineups)
    if not known and asked.outcome and asked.empty:
        return failed("no stations", lineup=asked.lineup, detail=asked.outcome.detail)
    if not known:
        return skipped(STATIONS, "None is known yet")
    found = player_channels.load(config, chart.store, chart.stop)
    if not (config.channels or found.all):
        return ok(STATIONS, f"{len(known)} stations")
    chosen = player_channels.selected_stations(config, found, known) or ()
    notes = " ".join(one.note for one in found.all if one.note)
    return ok(STATIONS, f"{len(chosen)} of {len(known)} stations are chosen", notes.rstrip("."))


def _listings(chart: CheckContext) -> Finding:
    if not chart.lineups:
        return skipped(LISTINGS, "There is no lineup to have listings of")
    config, now = chart.config, int(chart.now)
    begin, end = guide_span.span(now, config.days, config.offset)
    first = max(now, begin)
    soon = guide_span.TimeSpan(first, min(first + DAY, end))
    hours = 0
    for lineup in chart.lineups:
        tasks = refresh.windows(lineup, soon, 1, now)
        holes = refresh.missing_hours(tasks, chart.store.windows(lineup))
        hours = max(hours, sum(stop - start for start, stop in holes) // HOUR)
    if chart.busy and hours:
        return skipped(LISTINGS, f"A run is at work; {hours} hours of the next 24 are to come")
    if not chart.busy and not chart.store.runs(1):
        return failed("no run")
    if hours:
        return failed("holes", hours=hours, last=chart.last)
    return ok(LISTINGS, "What is on in the next 24 hours is there")


def _file(chart: CheckContext) -> Finding:
    name, detail = chart.flaw
    if name == "no file" and chart.busy:
        return skipped(FILE, "A run is at work; the guide is to come")
    if name:
        return failed(name, path=chart.path, detail=detail, last=chart.last)
    return ok(FILE, f"{chart.path} is whole")


def _freshness(chart: CheckContext) -> Finding:
    if chart.flaw[0]:
        return skipped(FRESHNESS, "There is no whole guide to look at")
    now = chart.now
    fact = guide_published.published(chart.store, chart.path)
    made = os.path.getmtime(chart.path)
    end: Optional[int] = None
    if fact and made < fact["made"] + 5:  # nobody else has written it since
        made, end = fact["made"], Summary.from_json(fact["summary"]).end
    seen: Dict[str, Any] = {"made": format_ago(now - made), "last": chart.last}
    if end is not None and end <= now:
        return failed("over", ago=format_ago(now - end), **seen)
    wanted = guide_span.span(now, chart.config.days, chart.config.offset).end
    if end is not None and end < min(now + grab_run.MIN_COVERAGE, wanted):
        return failed("thin", ahead=format_duration(end - now), **seen)
    if now - made > MAX_GUIDE_AGE:
        return failed("old", **seen)
    reach = f", and lasts another {format_duration(end - now)}" if end is not None else ""
    return ok(FRESHNESS, f"It was made {seen['made']}{reach}{chart.last}")


_LOOKS: Tuple[Tuple[Check, Callable[[CheckContext], Finding]], ...] = (
    (SOURCE, _source),
    (AFFILIATE, _affiliate),
    (LINEUP, _lineup),
    (STATIONS, _stations),
    (LISTINGS, _listings),
    (FILE, _file),
    (FRESHNESS, _freshness),
)


# The file


def _flaw(path: str) -> Tuple[str, str]:
    """The name of what is wrong with the file, and its detail; "" = nothing is."""
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
        for piece in iter(lambda: file.read(1 << 20), b""):
            first, last = first or piece[:512], (last + piece)[-64:]
    return first, last
