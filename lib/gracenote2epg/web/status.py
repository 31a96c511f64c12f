"""The state of a process's runs and their guide, for /stats, the page and Prometheus.

Statistics come from the run's monitor; earlier guides and runs from the store, which is read
between runs only; changes from the guides themselves, on request.
"""

import contextlib
import dataclasses
import threading
import time
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .. import __version__
from ..channels.stations import number_sort_key
from ..clock import DAY, HOUR, Clock
from ..config.secrets import secrets_of
from ..config.settings import Config
from ..downloader import learned_limit
from ..downloader.events import Published
from ..downloader.monitor import Statistics, as_document
from ..errors import (
    AlreadyRunning,
    CooldownActive,
    GrabError,
    OutputError,
    StoreCorrupted,
    format_time,
)
from ..grab import cooldown, listing
from ..grab import run as grab_run
from ..guide import health
from ..guide import span as guide_span
from ..guide.changes import CachedChanges
from ..guide.published import output_path, published
from ..guide.summary import Summary
from ..store.answers import INSTALLATION, Store
from ..store.database import RunLock
from ..util.redact import redact
from .channels import Channels
from .sentences import said, said_of, said_of_run

FIRST_RUN = HOUR  # seconds; after that, a process without a guide is not well
CACHE_TTL = 300.0  # seconds; a grade is about the hours from now on, so it changes
_MAX_RUNS = 15
_PHASES = {
    "": "Idle",
    "lineup": "Looking up the lineup",
    "guide": "Downloading the guide",
    "details": "Downloading series details",
    "writing": "Writing the guide",
}
_MISSING = {
    "hole_hours": "Hours without a programme",
    "tba_hours": "Hours to be announced",
    "stale_hours": "Hours from earlier answers",
}


class RunStatus:
    """The runs of one process and their guide; any thread may read it.

    ``next_run``: seconds since the epoch, 0.0 = none is planned. ``notice``: of the store, "" =
    none. ``installation``: the store's id, 0 while the first run is in progress elsewhere, or
    nobody can make a store; then the run says why. ``actions``: the paths of what the page may
    change. mistakes: in the settings, for which ``config`` has the defaults: there is no run until
    they are mended.
    """

    def __init__(self, config: Config, clock: Clock, mistakes: Sequence[GrabError] = ()) -> None:
        self.config, self.path, self.clock = config, output_path(config), clock
        self._mistakes = mistakes
        self.next_run = 0.0
        self.actions: List[str] = []
        self._began = clock.now()
        self.changes, self.channels = CachedChanges(config, clock), Channels(config, clock)
        self._statistics = Statistics()
        self._guide: Tuple[Dict[str, Any], float] = ({}, 0.0)  # the cached document, and since when
        self.installation, self.notice = 0, ""
        self._history: List[Dict[str, Any]] = []
        self._remade = False  # the last run here only made the guide of stored answers
        self._last: Optional[Published] = None
        self._limit: Optional[learned_limit.LearnedLimit] = None
        self._load()
        if not self.installation:
            folder = config.data_dir
            with contextlib.suppress(AlreadyRunning, OutputError, StoreCorrupted), RunLock(
                folder
            ), Store(folder, clock) as store:
                self.installation, self.notice = store.installation_id(), store.notice

    def run(
        self, stop: threading.Event, listen: grab_run.Listener, offline: bool = False
    ) -> grab_run.RunReport:
        """One run, watched. offline: make the guide of the stored answers only. Raises as
        ``grab.run`` does."""

        def update(statistics: Statistics) -> None:
            self._statistics = statistics
            listen(statistics)

        self.next_run = 0.0
        try:
            config = dataclasses.replace(self.config, offline=offline or self.config.offline)
            return grab_run.run(config, stop, update, self.clock)
        finally:
            self._load()
            self._remade = offline
            self._statistics = self._statistics._replace(phase="")

    def check_may_run(self) -> None:
        """Raise why no run begins when the user asks for one: CooldownActive, or a mistake in the
        settings."""
        for mistake in self._mistakes:
            raise mistake
        with contextlib.suppress(OutputError, StoreCorrupted), Store.open_read_only(
            self.config.data_dir, self.clock
        ) as store:
            refusal = cooldown.active_refusal(store, self.config, self.clock.now())
            if refusal:
                raise CooldownActive(refusal.what, refusal.until)

    @property
    def can_remake(self) -> bool:
        """Whether there are stored answers to make a guide of these settings."""
        with contextlib.suppress(GrabError), Store.open_read_only(
            self.config.data_dir, self.clock
        ) as store:
            return not self._mistakes and bool(listing.known_stations(self.config, store))
        return False

    def _load(self) -> None:
        """Read the earlier runs and the last guide, if there is a store that can be read.

        Another process may be in the middle of a run: nothing is written, checked or set aside.
        """
        with contextlib.suppress(OutputError, StoreCorrupted), Store.open_read_only(
            self.config.data_dir, self.clock
        ) as store:
            self.installation = store.fact(INSTALLATION)[0] or 0
            self._history = [
                {"at": at, **run, "error_said": said_of_run(run)}
                for at, run in store.runs(_MAX_RUNS)
            ]
            self._limit = learned_limit.slowing(store)
            fact = published(store, self.path)
            summary = Summary.from_json(fact["summary"]) if fact else None
            self._last = Published(0.0, fact["made"], summary) if fact and summary else None

    def document(self) -> Dict[str, Any]:
        """The answer of /stats: the keys of the specification, and more."""
        statistics = self._statistics
        guide = self._guide_document(statistics)
        now, at = self.clock.now(), self.clock.monotonic()
        return {
            **as_document(statistics, at),
            "learned_limit": learned_limit.as_document(self._limit),
            "run": self._run_document(statistics),
            "guide": {name: value for name, value in guide.items() if name != "coverage"},
            "state": self._state(),
            "actions": self.actions,
            "player": self.config.profile,
            "configured": bool(self.config.postal_code or self.config.lineup),
            "zone": zone_offsets(now - DAY, now + 16 * DAY),
            "history": self._history,
            "decisions": [
                {
                    "at": round(now - (at - row.at), 1),
                    "text": str(row.said),
                    "text_said": said([row.said]),
                }
                for row in statistics.decisions
            ],
            "version": __version__,
        }

    @property
    def has_guide(self) -> bool:
        """Whether a guide was published, by this run or an earlier one."""
        return bool(self._statistics.published or self._last)

    def coverage(self) -> List[Dict[str, Any]]:
        """The answer of /coverage: each station's hours by day, and its health."""
        stations: List[Dict[str, Any]] = self._guide_document(self._statistics).get("coverage", [])
        return stations

    def problem(self) -> str:
        """The answer of /healthz: no guide, or one that ends soon; "" = all is well."""
        state = self._state()
        if state["level"] != "bad":
            return ""
        end = state["end"]
        tense = "ends" if end > self.clock.now() else "ended"
        return f"The guide {tense} {format_time(end)}." if end else "There is no guide."

    def _state(self) -> Dict[str, Any]:
        """level: good, busy (a first guide is being made), warn or bad. end: of the guide's days;
        0 = no guide."""
        guide, now = self._statistics.published or self._last, self.clock.now()
        last: Dict[str, Any] = self._history[0] if self._history else {}
        # The last programme of the last day may end on the next one.
        end = min(guide.summary.end, guide.summary.days[-1]) if guide else 0
        error = last.get("error", "")
        if guide is None:
            level = "bad" if now - self._began > FIRST_RUN else "warn" if last else "busy"
        elif end - now < min(DAY, self.config.days * DAY / 2):
            # Until the first run for a place has ended, its guide has only the days stored so far.
            is_first = bool(self._statistics.published) or self._remade or not last
            is_growing = bool(self._statistics.phase) and is_first and end > now
            level = "busy" if is_growing else "bad"
        else:
            level = "warn" if error or self._mistakes else "good"
        secrets = secrets_of(self.config)
        return {
            "level": level,
            "end": end,
            "error": error,
            "error_said": last.get("error_said", []),
            "next": self.next_run,
            "mistakes": [
                {
                    "text": redact(str(row), secrets),
                    "text_said": said_of(row, secrets),
                    "setting": getattr(row, "name", ""),
                }
                for row in self._mistakes
            ],
        }

    def metrics(self) -> str:
        """The figures in Prometheus' text format."""
        statistics = self._statistics
        guide = self._guide_document(statistics)
        lines: List[str] = []

        def add(name: str, text: str, *values: float, kind: str = "gauge") -> None:
            """values: one, or those of guide and series downloads."""
            name = f"gracenote2epg_{name}"
            lines.append(f"# HELP {name} {text}")
            lines.append(f"# TYPE {name} {kind}")
            labels = ('{type="guide"}', '{type="series"}') if len(values) > 1 else ("",)
            lines.extend(f"{name}{label} {value:.15g}" for label, value in zip(labels, values))

        types = (statistics.guide, statistics.series)
        add("workers", "Downloads allowed at once.", *(row.pace.workers for row in types))
        add("busy", "Downloads in flight.", *(row.busy for row in types))
        add("rate", "Requests allowed per second.", *(row.pace.rate for row in types))
        for name, text, counts in (
            ("requests", "Requests sent in this run.", [row.requests for row in types]),
            ("refusals", "Requests refused in this run.", [row.refused for row in types]),
            ("bytes", "Bytes received in this run.", [row.bytes for row in types]),
        ):
            add(f"{name}_total", text, *counts, kind="counter")
        add("waiting", "1 while the source refuses.", bool(statistics.breaker_reason))
        good_runs = [run["at"] for run in self._history if not run["error"]]
        if good_runs:
            add("last_good_run_seconds", "When the last good run began, epoch.", max(good_runs))
        if guide:
            add("programmes", "Programmes in the guide.", guide["programmes"])
            add("stations", "Stations in the guide.", guide["stations"])
            add("guide_end_seconds", "When the guide ends, epoch.", guide["end"])
            add("guide_made_seconds", "When it was made, epoch.", guide["made"])
            if guide["health"]["points"] is not None:
                add("guide_points", "How good the guide is, of 100.", guide["health"]["points"])
                for name, hours in guide["missing"].items():
                    add(f"guide_{name}", f"{_MISSING[name]}, from now on.", hours)
        return "\n".join(lines) + "\n"

    def _run_document(self, statistics: Statistics) -> Dict[str, Any]:
        phase = statistics.phase
        downloads = statistics.series if phase == "details" else statistics.guide
        done, tasks = (downloads.done, downloads.tasks) if phase else (0, 0)
        text = _PHASES[phase]
        if not phase and self.next_run:
            text = time.strftime(
                "Waiting; the next run begins at %H:%M", time.localtime(self.next_run)
            )
        return {
            "phase": phase,
            "phase_text": _PHASES[phase],
            "text": text,
            "done": done,
            "tasks": tasks,
            "percent": round(100 * done / tasks) if tasks else 0,
            "requests": statistics.requests,
            "refusals": statistics.refusals,
            "next": self.next_run,
        }

    def _guide_document(self, statistics: Statistics) -> Dict[str, Any]:
        """The guide of this run as soon as there is one, else the last one's."""
        guide = statistics.published or self._last
        if guide is None:
            return {}
        (cached, cached_at), now = self._guide, self.clock.now()
        if cached.get("made") != guide.made or not 0 <= now - cached_at < CACHE_TTL:
            self._guide = _describe(guide.summary, guide.made, self.config, now), now
        document = self._guide[0]
        if statistics.phase:  # the run in progress may be about to do what the advice says
            document = {**document, "health": {**document["health"], "advice": []}}
        return document


def zone_offsets(begin: float, end: float) -> List[Tuple[int, int]]:
    """The offsets of the server's zone from UTC in seconds, each with the hour it holds from."""
    offsets: List[Tuple[int, int]] = []
    for at in range(int(begin // HOUR * HOUR), int(end), int(HOUR)):
        offset = time.localtime(at).tm_gmtoff
        if not offsets or offsets[-1][1] != offset:
            offsets.append((at, offset))
    return offsets


def _describe(summary: Summary, made: float, config: Config, now: float) -> Dict[str, Any]:
    """The guide's part of /stats."""
    days = summary.days
    wanted_end = guide_span.span(now, config.days, config.offset).end
    graded = health.grade_guide(summary, made, now, wanted_end, config.details)
    grades = graded.as_json()
    for row, advice in zip(grades["advice"], graded.advice):
        row["text_said"] = said([advice.sentence])
    stations = {row["id"]: row for row in grades["stations"]}

    def hours(seconds: List[int]) -> List[float]:
        return [round(length / 3600, 1) for length in seconds]

    return {
        "made": made,
        "stations": len(summary.stations),
        "programmes": summary.programmes,
        "detailed": sum(summary.detailed.values()),
        "begin": summary.begin,
        "end": summary.end,
        "health": {name: grades[name] for name in ("grade", "points", "advice")},
        "missing": {
            name: round(sum(row[name] for row in stations.values()), 1) for name in _MISSING
        },
        "days": days[:-1],
        "day_hours": [(next_day - day) / 3600 for day, next_day in zip(days, days[1:])],
        "stale_days": [
            any(begin < next_day and end > day for begin, end in summary.stale)
            for day, next_day in zip(days, days[1:])
        ],
        "coverage": [
            {
                "id": station_id,
                "name": station.name,
                "hours": hours(station.seconds),
                "tba": hours(station.tba),
                "health": stations.get(station_id),
            }
            for station_id, station in sorted(
                summary.stations.items(), key=lambda item: number_sort_key(item[1].name)
            )
        ],
    }
