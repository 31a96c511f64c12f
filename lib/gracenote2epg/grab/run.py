"""One run: from the settings to a published guide."""

import contextlib
import dataclasses
import json
import logging
import threading
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Set

from .. import errors
from ..channels import choosing, player_channels, stations
from ..channels.kept_channels import kept_channels
from ..clock import HOUR, Clock
from ..config import secrets
from ..config.settings import Config
from ..downloader.events import Phase, Published
from ..downloader.monitor import EventDrivenMonitor, Statistics
from ..guide import backups, earlier_guide, guide_file, published
from ..guide import span as guide_span
from ..guide.builder import Guide, StationChanges, station_changes, unknown_stations
from ..guide.publish import publish
from ..guide.summary import Summary
from ..models import Lineup
from ..store.answers import Store
from ..store.database import RunLock
from ..util import redact
from ..util.format import join_names
from ..xmltv import options
from . import cooldown, lineups, notify
from .details import download_details
from .source import SourceSession, open_source
from .windows import Windows

log = logging.getLogger(__name__)

KEEP_PAST_DAYS = 2  # at least, for an offline run whose guide begins yesterday
MIN_COVERAGE = 12 * HOUR  # a guide that ends sooner is replaced before the details are downloaded

Listener = Callable[[Statistics], None]


class RunReport(NamedTuple):
    """What a run did. first_guide, seconds: from its beginning until the first usable guide was
    published, and until its end. notes: sentences for the user.
    """

    path: str
    summary: Summary
    statistics: Statistics
    first_guide: float
    seconds: float
    notes: Sequence[str]


def run(config: Config, stop: threading.Event, listen: Listener, clock: Clock) -> RunReport:
    """Download what is due and publish the guide.

    listen: gets the statistics after each event. Raises GrabError; the published guide is then the
    old one, except after Incomplete: that one is new, and lacks hours.
    """
    try:
        return _attempt(config, stop, listen, clock)
    except errors.StoreCorrupted as error:  # closing the store has set it aside
        log.warning("%s", error)
        return _attempt(config, stop, listen, clock)


def _attempt(config: Config, stop: threading.Event, listen: Listener, clock: Clock) -> RunReport:
    with RunLock(config.data_dir), Store(config.data_dir, clock) as store:
        current = _Run(config, store, stop)
        try:
            report = (current.offline if config.offline else current.online)(listen)
        except errors.StoreCorrupted:  # it cannot record the error
            raise
        except errors.GrabError as error:
            current.record(error)
            current.tell(error)
            raise
        current.record(None)
        current.tell(None)
        return report


class _Run:
    """The state that the steps of one run share."""

    def __init__(self, config: Config, store: Store, stop: threading.Event) -> None:
        self._config, self._store, self._stop, self._clock = config, store, stop, store.clock
        self._began = store.clock.now()
        self._style = options.from_config(config)
        self._span = guide_span.span(self._began, config.days, config.offset)
        self._shown = guide_span.shown(self._began, config.days, config.offset, config.past_days)
        self._path = published.output_path(config)
        self._notes: List[str] = [store.notice] if store.notice else []
        if guide_span.is_too_far(self._span, self._began):
            self._notes.append("Gracenote lists 14 days ahead; the guide ends there.")
        self._monitor = EventDrivenMonitor()
        self._lineups: List[Lineup] = []
        self._stored: Sequence[stations.GuideStation] = ()  # when the guide was last made
        self._players = player_channels.ChannelLists()
        self._earlier: Optional[earlier_guide.EarlierGuide] = None
        self._chosen: Optional[Set[str]] = None  # ids of stations; None = all
        self._choice_notes: List[str] = []
        self._before: Optional[Summary] = None  # of the guide that this run replaces
        self._changes: Optional[StationChanges] = None  # since that one
        self._first_guide = 0.0
        self._failure: Optional[errors.SourceError] = None  # while downloading details

    def offline(self, listen: Listener) -> RunReport:
        self._monitor.listeners.append(listen)
        self._resolve(None)
        return self._report(self._publish())

    def online(self, listen: Listener) -> RunReport:
        with open_source(self._config, self._store, self._stop) as session:
            self._monitor = session.manager.monitor
            self._monitor.listeners.append(listen)
            self._phase("lineup")
            self._resolve(session)
            self._phase("guide")
            failure = self._download_windows(session)
            self._check_stop()
            ended = session.manager.ended
            if ended and not any(map(self._store.windows, self._lineups)):
                raise failure or errors.Incomplete(
                    f"There is no guide yet: {ended.detail}", "The next run goes on from here"
                )
            if failure:
                # The new windows may still make a better guide; the run fails in any case.
                with contextlib.suppress(
                    errors.WorseGuide, errors.EmptyGuide, errors.NoChannelMatches
                ):
                    self._publish()
                raise failure
            self._download_details(session)
            self._windows.ask_again(session)
            lineups.look_up_list(session, self._lineups)
            self._check_stop()
            report = self._finish(session)
        if self._failure is None:  # only now there is something new in the place of the old
            self._store.prune(self._began, KEEP_PAST_DAYS + self._config.past_days)
            published.forget_over(self._store, self._began)
        return report

    def _phase(self, name: str) -> None:
        self._monitor.on(Phase(self._clock.monotonic(), name))

    # The steps

    def _resolve(self, session: Optional[SourceSession]) -> None:
        guide_file.make_folder(self._path)  # an error now costs no request
        self._earlier = earlier_guide.read(self._config, self._store, self._stop)
        self._lineups = lineups.resolve_lineups(self._config, self._store, session)
        self._plan(self._lineups if session else [])
        self._players = player_channels.load(self._config, self._store, self._stop)

    def _plan(self, asked: List[Lineup]) -> None:
        """Find out which windows of these lineups are due."""
        self._last_good = self._store.fact(cooldown.GOOD_RUN)[1]
        self._windows = Windows(self._config, self._store, asked, self._span, self._began)
        log.info("%d of %d windows are due", len(self._windows.due), self._windows.count)

    def _download_windows(self, session: SourceSession) -> Optional[errors.SourceError]:
        """Return the error that ended the downloads."""
        try:
            return self._windows.download(session)
        except (errors.AffiliateRefused, errors.LineupNotFound):
            # The postal code's list may just have been fetched, with another id of the lineup.
            listed = lineups.resolve_lineups(self._config, self._store, None)
            if listed == self._lineups:
                raise
            self._lineups = listed
            self._plan(listed)
            return self._download_windows(session)

    @property
    def _kind(self) -> str:
        """The settings that determine the size of the guide, as text."""
        config = self._config
        return json.dumps(
            [
                config.postal_code,
                config.lineup,
                choosing.expand(config.channels),
                config.days,
                config.offset,
                config.details,
            ]
        )

    @property
    def _made_for(self) -> str:
        """What determines the size of the guide, as text: settings and players' channels."""
        return f"{self._kind}{self._players.fingerprint}"

    def _begin_details(self) -> None:
        """Publish a guide without new details, unless the published one has these settings and
        reaches MIN_COVERAGE."""
        previous = self._previous()
        if not previous or previous.end < self._began + MIN_COVERAGE:
            with contextlib.suppress(errors.WorseGuide):  # the missing details are the next step
                self._publish()
        self._phase("details")

    def _download_details(self, session: SourceSession) -> None:
        # Not for new channels of a player: their guide is written at once, and completed later.
        fresh = cooldown.asked_recently(self._store, self._config, self._began, kind=self._kind)
        if not self._config.details or (fresh and not self._windows.due):
            return
        showings = self._guide().showings(self._began, self._stop.is_set)
        self._check_stop()
        note = download_details(session, showings, self._began, self._begin_details)
        self._notes += [note] if note else []

    def _finish(self, session: SourceSession) -> RunReport:
        """Publish the guide; raises Incomplete if it lacks hours that are still to come."""
        cut_short, completed = session.cut_short(), 0.0
        if cut_short:
            self._failure = session.end_error()
        else:  # the source gave all that it has, so the next run can wait
            keys = [lineup.key for lineup in self._lineups]
            covered = cooldown.GoodRun(keys, self._kind)
            completed = cooldown.record_success(self._store, self._config, covered, self._began)
        missing, denied = "; ".join(self._windows.missing()), self._windows.denied
        report = self._report(self._publish(completed, whole=not (cut_short or missing)))
        if missing:
            reason = cut_short.detail if cut_short else "; ".join(denied) or self._windows.broke
            raise errors.Incomplete(
                f"The guide is published as {self._path}, but lacks hours ({missing}):"
                f" {reason or 'the source does not give them'}",
                "The next run asks for them again",
            )
        foreign = lineups.foreign_lineups(self._config, self._store, self._lineups)
        notes = [f"The lineup {lineups.FOREIGN.format(lineup=foreign)}."] if foreign else []
        notes += [f"{sentence} any more: choose another one." for sentence in denied]
        return report._replace(notes=(*report.notes, *notes, *self._windows.notes()))

    # The guide

    def _publish(self, completed: float = 0.0, whole: bool = False) -> Summary:
        """completed, whole: see ``completed`` and ``is_complete`` of ``publish``."""
        self._phase("writing")
        self._before = self._before or self._previous()  # a run may publish twice
        summaries: List[Summary] = []
        summary = publish(
            self._store,
            self._path,
            self._guide().text(self._style, summaries.append, self._windows.stale()),
            summaries,
            self._made_for,
            self._stop,
            fingerprint=self._config.fingerprint,
            completed=completed,
            worse_below=self._config.worse_below,
            is_complete=whole,
            players=self._players.state,
        )
        log.info("%d programmes are published in %s", summary.programmes, self._path)
        stored = self._stored
        if self._before:
            silent = self._store.silent_stations(self._lineups, self._began)
            self._changes = station_changes(self._before, summary, stored, silent, self._began)
        stations.remember_ids(self._store, stored)
        player_channels.remember(self._config, self._store, self._players, stored)
        self._monitor.on(Published(self._clock.monotonic(), self._clock.now(), summary))
        self._first_guide = self._first_guide or self._clock.now() - self._began
        return summary

    def _previous(self) -> Optional[Summary]:
        """The published guide's summary; None unless it was made with these settings."""
        fact = published.published(self._store, self._path)
        is_same = fact and fact["asked"] == self._made_for
        return Summary.from_json(fact["summary"]) if fact and is_same else None

    def _guide(self) -> Guide:
        config, players, chosen = self._config, self._players, None
        stored = self._stored = stations.stored_stations(self._store, self._lineups)
        if config.channels or players.all:
            choice = choosing.choose(config.channels, stored, players.meant_at(stored))
            self._choice_notes = choosing.notes(choice)
            # If the previous guide had these channels, the remaining ones are still worth a guide.
            missing_ok = bool(choice.missing and self._previous())
            chosen = player_channels.selected_stations(config, players, stored, missing_ok)
            if choice.missing:
                names = ", ".join(choice.missing)
                self._choice_notes.append(
                    f"The lineup no longer has these chosen channels: {names}."
                )
        self._chosen = chosen
        matches = [players.matches(player, stored) for player in players.everyone]
        if self._earlier:
            earlier, self._earlier = self._earlier, None
            self._notes.append(earlier_guide.keep_channels(self._store, earlier, stored, chosen))
            players = dataclasses.replace(players, kept=kept_channels(self._store))
            self._players = players
        return Guide(
            self._store, self._lineups, self._shown, chosen, config.details, matches, players.kept
        )

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise errors.Stopped()

    def _report(self, summary: Summary) -> RunReport:
        config, store, stored = self._config, self._store, self._stored
        self._notes += self._changes.sentences if self._changes else []
        self._notes += self._choice_notes
        if self._players.all:
            self._notes += player_channels.notes(self._players, stored)
        self._notes += unknown_stations(summary)
        self._notes += self._without_programmes(summary, stored)
        self._notes += self._why_unasked()
        backup_failure = backups.save_backup(
            store, config.data_dir, self._path, config.backups, self._stop
        )
        if backup_failure:
            log.warning("%s", backup_failure)
            self._notes.append(backup_failure)
        return RunReport(
            self._path,
            summary,
            self._monitor.statistics,
            self._first_guide,
            self._clock.now() - self._began,
            tuple(self._notes),
        )

    def _without_programmes(
        self, summary: Summary, stored: Sequence[stations.GuideStation]
    ) -> List[str]:
        """A sentence about chosen stations that the guide lacks, but for those that it had."""
        names = [
            row.station.call_sign
            for row in stations.sort_by_number(stored)
            if row.station.station_id not in summary.stations
            and (self._chosen is None or row.station.station_id in self._chosen)
            and not (self._before and row.station.station_id in self._before.stations)
        ]
        why = "the source lists no programmes for them in these days"
        return [f"Not in the guide, since {why}: {join_names(names)}."] if names else []

    def _why_unasked(self) -> List[str]:
        """A sentence about a run that sent no request."""
        if self._config.offline or self._monitor.statistics.requests:
            return []
        if self._last_good < self._began:
            when = errors.format_time(self._last_good, "%H:%M")
            return [f"No request was sent: the run at {when} got all that there is so far."]
        return ["No request was sent: all that is stored is recent enough."]

    def tell(self, error: Optional[errors.GrabError]) -> None:
        """Tell the addresses of ``notify`` how the run ended."""
        end = notify.RunEnd(self._path, self._span, error, self._changes)
        notify.after_run(self._config, self._store, end, self._stop)

    def record(self, error: Optional[errors.GrabError]) -> None:
        """Add the run to the history, and begin or end the cooldown after a refusal."""
        store, statistics = self._store, self._monitor.statistics
        store.remove_offline_runs()
        if self._config.offline and error is None:
            return
        failure = error if isinstance(error, errors.SourceError) else self._failure
        value: Dict[str, Any] = {}
        if failure:
            kind = type(failure).__name__
            if kind != "LineupNotFound":  # the previous one may be of another place
                failure.since = cooldown.failing_since(store, kind)
            failure.guide_end = published.guide_end(store, self._path)
            failure.now = self._clock.now()
            value = {"failure": kind, "since": failure.since or self._began}
        hidden = secrets.secrets_of(self._config)
        if error:
            name, _, values = error.said
            value["said"] = [name, {key: redact.redact(str(values[key]), hidden) for key in values}]
        value.update(
            error=redact.redact(str(error or ""), hidden),
            what=redact.redact(error.what if error else "", hidden),
            requests=statistics.requests,
            refusals=statistics.refusals,
            seconds=round(self._clock.now() - self._began, 1),
            offline=self._config.offline,
        )
        store.add_run(self._began, value)
        if isinstance(error, errors.Stopped) and statistics.refusals and statistics.breaker_reason:
            # To stop a refused run and begin another one would prolong the refusal.
            failure = errors.RequestRefused(
                f"The source refused requests ({statistics.breaker_reason})", "Wait an hour"
            )
        if failure and not isinstance(failure, errors.SourceUnreachable):
            cooldown.record_refusal(store, self._config, failure, self._clock.now())
        elif statistics.guide.good and failure is None:
            cooldown.clear_refusal(store, self._clock.now())
