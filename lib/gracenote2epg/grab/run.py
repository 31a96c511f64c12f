"""One run: settings to a published guide."""

import contextlib
import dataclasses
import json
import logging
import threading
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from ..channels import player_channels
from ..channels import stations as channels_stations
from ..channels.stations import GuideStation, remember_ids, stored_stations
from ..clock import DAY, Clock
from ..config import secrets
from ..config.settings import Config
from ..downloader.events import Phase, Published
from ..downloader.monitor import EventDrivenMonitor, Statistics
from ..errors import (
    EmptyGuide,
    GrabError,
    Incomplete,
    LineupNotFound,
    NoChannelMatches,
    SourceError,
    SourceUnreachable,
    Stopped,
    StoreCorrupted,
    WorseGuide,
    format_time,
)
from ..gracenote.tasks import GuideTask, Verdict
from ..guide import backups
from ..guide import span as guide_span
from ..guide.builder import Guide, station_changes
from ..guide.publish import publish
from ..guide.published import covers, forget_gone, guide_end, output_path, published
from ..guide.summary import Summary
from ..models import Lineup
from ..store.answers import Store
from ..store.database import RunLock
from ..util import redact
from ..xmltv import options
from . import canary, cooldown
from . import lineups as grab_lineups
from . import refresh as grab_refresh
from . import source as grab_source
from .source import open_source

log = logging.getLogger(__name__)


KEEP_PAST_DAYS = (
    2  # days that are kept whatever the guide shows: an offline run may begin yesterday
)
MIN_COVERAGE = (
    12 * 3600
)  # seconds; a guide that does not reach so far is replaced as early as can be
DETAILS_NOT_FOUND = "series without details"  # the store's name for when which were asked in vain

Listener = Callable[[Statistics], None]


class RunReport(NamedTuple):
    """What a run did. Seconds are from its beginning."""

    path: str
    summary: Summary
    statistics: Statistics
    first_guide: float  # when the first usable guide was published
    seconds: float
    notes: Sequence[str]  # what the user may want to know, a sentence each


def run(config: Config, stop: threading.Event, listen: Listener, clock: Clock) -> RunReport:
    """Download what is due and publish the guide.

    listen: gets the statistics after each event. Raises GrabError; then the published guide is the
    old one, except for Incomplete: that one is published, and lacks hours.
    """
    try:
        return _attempt(config, stop, listen, clock)
    except StoreCorrupted as error:  # it is set aside by now
        log.warning("%s", error)
        return _attempt(config, stop, listen, clock)


def _attempt(config: Config, stop: threading.Event, listen: Listener, clock: Clock) -> RunReport:
    with RunLock(config.data_dir), Store(config.data_dir, clock) as store:
        current = _Run(config, store, stop)
        try:
            report = (current.offline if config.offline else current.online)(listen)
        except StoreCorrupted:  # there is nothing to record it in
            raise
        except GrabError as error:
            current.record(error)
            raise
        current.record(None)
        return report


class _Run:
    """What the steps of one run share."""

    def __init__(self, config: Config, store: Store, stop: threading.Event) -> None:
        self._config, self._store, self._stop, self._clock = config, store, stop, store.clock
        self._began = began = store.clock.now()
        self._style = options.from_config(config)
        self._span = guide_span.span(began, config.days, config.offset)
        past = guide_span.span(began, config.past_days, config.offset - config.past_days)
        self._shown = guide_span.TimeSpan(past.begin, self._span.end)
        self._path = output_path(config)
        self._notes: List[str] = [store.notice] if store.notice else []
        if guide_span.is_too_far(self._span, began):
            self._notes.append("Gracenote lists 14 days ahead; the guide ends there.")
        self._monitor = EventDrivenMonitor()
        self._players = player_channels.ChannelLists()
        self._gone: List[str] = []
        self._due: List[GuideTask] = []
        self._denied: List[str] = []  # of several lineups those that the source does not know
        self._first_guide = 0.0
        self._failure: Optional[SourceError] = None  # of the source, whatever came of the run

    def offline(self, listen: Listener) -> RunReport:
        self._monitor.listeners.append(listen)
        lineups = grab_lineups.resolve_lineups(self._config, self._store, None)
        self._players = player_channels.load(self._config, self._store, self._stop)
        return self._report(lineups, self._publish(lineups))

    def online(self, listen: Listener) -> RunReport:
        self._store.prune(self._began, KEEP_PAST_DAYS + self._config.past_days)
        forget_gone(self._store, self._began)
        with open_source(self._config, self._store, self._stop) as way:
            self._monitor = way.manager.monitor
            self._monitor.listeners.append(listen)
            self._phase("lineup")
            lineups = grab_lineups.resolve_lineups(self._config, self._store, way)
            self._players = player_channels.load(self._config, self._store, self._stop)
            self._phase("guide")
            wanted, failure = self._windows(way, lineups)
            self._check_stop()
            ended = way.manager.ended
            if ended and not any(self._store.windows(lineup) for lineup in lineups):
                raise failure or Incomplete(
                    f"There is no guide yet: {ended.detail}", "The next run goes on from here"
                )
            if failure is None:
                self._publish_early(lineups)
                self._details(way, lineups)
                self._check_stop()
            return self._finish(way, lineups, wanted, failure)

    def _phase(self, name: str) -> None:
        self._monitor.on(Phase(self._clock.monotonic(), name))

    # The steps

    def _windows(
        self, way: grab_source.SourceSession, lineups: Sequence[Lineup]
    ) -> Tuple[List[GuideTask], Optional[SourceError]]:
        """Download the windows that are due; return all that the guide wants, and what kept us."""
        wanted: List[GuideTask] = []
        due: List[GuideTask] = []
        keys = [lineup.key for lineup in lineups]
        refresh = not cooldown.asked_recently(self._store, self._config, self._began, lineups=keys)
        interval = 60.0 * self._config.min_interval
        for lineup in lineups:
            tasks = grab_refresh.windows(lineup, self._span, self._config.block_hours, self._began)
            wanted += tasks
            stored = self._store.windows(lineup)
            due += grab_refresh.due_windows(tasks, stored, self._began, refresh, interval)
        # What is on now first: of hours that are over the source may have nothing to say.
        due.sort(key=lambda task: (task.stop <= self._began, task.start))
        log.info("%d of %d windows are due", len(due), len(wanted))
        self._due = due
        asked, failure = (
            canary.download_windows(way, due) if due else ([], grab_source.end_error(way))
        )
        self._denied = canary.denied_lineups(asked)
        return wanted, failure

    @property
    def _kind(self) -> str:
        """What a guide was made for, as far as its size depends on it."""
        config = self._config
        made_for = (
            config.postal_code,
            config.lineup,
            config.channels,
            config.days,
            config.offset,
            config.details,
        )
        mark = self._players.fingerprint
        return json.dumps((*made_for, mark) if mark else made_for)

    def _publish_early(self, lineups: Sequence[Lineup]) -> None:
        """When no published guide covers the next hours, the windows alone make a better one."""
        if self._due and not covers(self._store, self._path, self._began + MIN_COVERAGE):
            with contextlib.suppress(WorseGuide):  # the details that it lacks are still to come
                self._publish(lineups)

    def _details(self, way: grab_source.SourceSession, lineups: Sequence[Lineup]) -> None:
        kind = self._kind
        rests = cooldown.asked_recently(self._store, self._config, self._began, kind=kind)
        if not self._config.details or (rests and not self._due):
            return
        showings = self._guide(lineups).showings(self._began, self._stop.is_set)
        self._check_stop()
        due = grab_refresh.due_details(showings, self._store.details_ages(), self._began)
        tried, _ = self._store.fact(DETAILS_NOT_FOUND)
        in_vain = {one: at for one, at in (tried or {}).items() if self._began - at < DAY}
        due = [series_id for series_id in due if series_id not in in_vain]
        log.info("the details of %d series are due", len(due))
        if due:
            self._phase("details")
            results = way.manager.download_series_details(due)
            for series_id, (_, outcome) in zip(due, results):
                if outcome.verdict in (Verdict.BAD, Verdict.GONE):
                    in_vain[series_id] = self._began
            self._store.set_fact(DETAILS_NOT_FOUND, in_vain, self._began)
        left = way.manager.monitor.statistics.series.left
        if left:
            ended = way.manager.ended
            why = f": {ended.detail}" if ended else ""
            self._notes.append(f"Details of {left} series are left to the next run{why}.")

    def _finish(
        self,
        way: grab_source.SourceSession,
        lineups: Sequence[Lineup],
        wanted: Sequence[GuideTask],
        failure: Optional[GrabError],
    ) -> RunReport:
        """Publish what there is; then say what is missing of it."""
        if failure:
            # What has arrived may still make a better guide; either way the failure is the news.
            with contextlib.suppress(WorseGuide, EmptyGuide, NoChannelMatches):
                self._publish(lineups)
            raise failure
        self._failure = grab_source.end_error(way)  # the details may have met it
        ended = way.manager.ended
        good = 0.0
        if ended is None:  # the source gave what it has: to ask again at once would be rude
            run = cooldown.GoodRun([lineup.key for lineup in lineups], self._kind)
            good = cooldown.record_success(self._store, self._config, run, self._began)
        to_come = [task for task in wanted if task.stop > self._began]
        missing = [
            f"{lineup.lineup_id or lineup.headend_id}: {_hours(hole)}"
            for lineup in lineups
            for hole in grab_refresh.missing_hours(
                [task for task in to_come if task.lineup == lineup], self._store.windows(lineup)
            )
        ]
        whole = ended is None and not missing
        report = self._report(lineups, self._publish(lineups, good, whole))
        if missing:
            why = ended.detail if ended else "; ".join(self._denied)
            why = why or "the source does not give them"
            raise Incomplete(
                f"The guide is published as {self._path}, but lacks hours ({'; '.join(missing)}):"
                f" {why}",
                "The next run asks for them again",
            )
        elsewhere = grab_lineups.foreign_lineup_warning(self._config, self._store, lineups)
        notes = [f"The lineup {elsewhere}."] if elsewhere else []
        notes += [f"{what} any more: choose another one." for what in self._denied]
        stale = "; ".join(_hours(stretch) for stretch in self._stale(lineups))
        if stale:
            notes.append(f"From an earlier run: {stale}.")
        return report._replace(notes=(*report.notes, *notes))

    def _publish(
        self, lineups: Sequence[Lineup], good: float = 0.0, whole: bool = False
    ) -> Summary:
        self._phase("writing")
        guide = self._guide(lineups)
        stale = self._stale(lineups)
        before = published(self._store, self._path)
        found: List[Summary] = []
        summary = publish(
            self._store,
            self._path,
            guide.text(self._style, found.append, stale),
            found,
            self._kind,
            self._stop,
            self._config.fingerprint,
            good,
            self._config.worse_below,
            whole,
        )
        log.info("%d programmes are published in %s", summary.programmes, self._path)
        known = stored_stations(self._store, lineups)
        remember_ids(self._store, known, self._began)
        if before and before["asked"] == self._kind:
            was = Summary.from_json(before["summary"])
            silent = self._store.silent_stations(lineups, self._began)
            self._notes += station_changes(was, summary, known, silent, self._began)
        self._monitor.on(Published(self._clock.monotonic(), self._clock.now(), summary))
        self._first_guide = self._first_guide or self._clock.now() - self._began
        return summary

    def _stale(self, lineups: Sequence[Lineup]) -> List[Tuple[int, int]]:
        """The stretches that were asked again in vain, so that an older answer stands for them."""
        found: List[Tuple[int, int]] = []
        for lineup in lineups:
            due = [task for task in self._due if task.lineup == lineup]
            found += grab_refresh.stale_hours(due, self._store.windows(lineup), self._began)
        return sorted(set(found))

    def _guide(self, lineups: Sequence[Lineup]) -> Guide:
        chosen: Optional[Set[str]] = None
        if self._config.channels or self._players.all:
            known = stored_stations(self._store, lineups)
            config = self._config
            self._gone = self._gone_channels(lineups, known)
            left = tuple(word for word in config.channels if word not in self._gone)
            chosen = player_channels.selected_stations(
                dataclasses.replace(config, channels=left), self._players, known
            )
        return Guide(self._store, lineups, self._shown, chosen, self._config.details)

    def _gone_channels(self, lineups: Sequence[Lineup], known: Sequence[GuideStation]) -> List[str]:
        """The chosen channels that the lineup had when this guide was last published.

        One station that leaves is no reason to let the others' guide run out.
        """
        before = published(self._store, self._path)
        if not before or before["asked"] != self._kind:
            return []
        gone = channels_stations.unmatched(self._config.channels, known)
        return gone if len(gone) < len(self._config.channels) else []

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise Stopped()

    def _report(self, lineups: Sequence[Lineup], summary: Summary) -> RunReport:
        if self._gone:
            named = ", ".join(self._gone)
            self._notes.append(f"The lineup has these chosen channels no more: {named}.")
        if self._players.all:
            self._notes += player_channels.notes(
                self._players, stored_stations(self._store, lineups)
            )
        config = self._config
        trouble = backups.save_backup(
            self._store, config.data_dir, self._path, config.backups, self._stop
        )
        if trouble:
            log.warning("%s", trouble)
            self._notes.append(trouble)
        return RunReport(
            self._path,
            summary,
            self._monitor.statistics,
            self._first_guide,
            self._clock.now() - self._began,
            tuple(self._notes),
        )

    def record(self, error: Optional[GrabError]) -> None:
        """Enter the run in the history, and its refusal by the source, or that there was none."""
        failure = error if isinstance(error, SourceError) else self._failure
        value: Dict[str, Any] = {}
        if failure:
            kind = type(failure).__name__
            if not isinstance(
                failure, LineupNotFound
            ):  # the one before may have been of another place
                failure.since = cooldown.failing_since(self._store, kind)
            failure.guide_end, failure.now = guide_end(self._store, self._path), self._clock.now()
            value = {"failure": kind, "since": failure.since or self._began}
        value.update(
            error=redact.redact(str(error or ""), secrets.secrets_of(self._config)),
            requests=self._monitor.statistics.requests,
            refusals=self._monitor.statistics.refusals,
            seconds=round(self._clock.now() - self._began, 1),
        )
        self._store.add_run(self._began, value)
        if failure and not isinstance(failure, SourceUnreachable):
            cooldown.record_refusal(self._store, self._config, failure, self._clock.now())
        elif self._monitor.statistics.guide.good and failure is None:
            cooldown.clear_refusal(self._store, self._clock.now())


def _hours(hole: Any) -> str:
    begin, end = map(format_time, hole)
    return f"{begin} to {end}"
