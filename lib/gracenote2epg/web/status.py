"""What is going on and what there is: for /stats, the page and Prometheus, made when asked.

The statistics come from the run's monitor; earlier guides and runs from the store, which is read
between runs only; what changed from the guides themselves, when somebody asks for that.
"""

import json
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from .. import __version__
from ..channels.call_signs import number_sort_key
from ..clock import Clock
from ..config.settings import Config
from ..downloader.events import Published
from ..downloader.monitor import Statistics, TypeStatistics, as_document
from ..grab import run as grab_run
from ..guide import health
from ..guide import span as guide_span
from ..guide.changes import CachedChanges
from ..guide.published import output_path, published
from ..guide.summary import Summary
from ..store.answers import Store
from .page import read_page

if TYPE_CHECKING:
    from ..net.server import Route, WebServer

_PHASES = {
    "": "Idle",
    "lineup": "Looking up the lineup",
    "guide": "Downloading the guide",
    "details": "Downloading series details",
    "writing": "Writing the guide",
}
_RUNS = 15
_MISSING = {
    "hole_hours": "Hours without a programme",
    "tba_hours": "Hours to be announced",
    "stale_hours": "Hours from earlier answers",
}
CACHE_TTL = 300.0  # seconds for which what is said of a guide is true: hours pass


class RunStatus:
    """The runs of one process and their guide, for those who look on; any thread may ask.

    ``next_run``: seconds since the epoch, 0.0 = none is planned.
    Raises what opening the store raises.
    """

    def __init__(self, config: Config, clock: Clock) -> None:
        self.next_run = 0.0
        self._config, self._path, self._clock = config, output_path(config), clock
        self._seen = Statistics()
        self._changes = CachedChanges(config, clock)
        self._shown: Tuple[Dict[str, Any], float] = ({}, 0.0)  # of a guide, and when it was made
        self._recall()

    def run(self, stop: threading.Event, listen: grab_run.Listener) -> grab_run.RunReport:
        """One run, watched. Raises as ``grab.run`` does."""

        def both(seen: Statistics) -> None:
            self._seen = seen
            listen(seen)

        self.next_run = 0.0
        try:
            return grab_run.run(self._config, stop, both, self._clock)
        finally:
            self._recall()
            self._seen = self._seen._replace(phase="")

    def server(self) -> "WebServer":
        """The web server of the page; not started yet. Raises OSError when the port is taken."""
        from ..net.server import WebServer  # where nobody looks, nothing of it is imported

        ending = self._changes.stop

        class Server(WebServer):
            def close(self) -> None:
                ending.set()  # or it would wait for a comparison
                super().close()

        config = self._config
        return Server(
            config.monitoring_host, config.monitoring_port, self.routes(), config.monitoring_names
        )

    def _recall(self) -> None:
        """Read what the store knows of earlier runs, while none is under way here."""
        with Store(self._config.data_dir, self._clock) as store:
            self.notice = store.notice
            self.installation = store.installation_id()
            self._history = [{"at": at, **value} for at, value in store.runs(_RUNS)]
            fact = published(store, self._path)
        self._last: Optional[Published] = (
            Published(0.0, fact["made"], Summary.from_json(fact["summary"])) if fact else None
        )

    def document(self) -> Dict[str, Any]:
        """What /stats answers: the specification's keys, and more beside them."""
        seen, now, at = self._seen, self._clock.now(), self._clock.monotonic()
        return {
            **as_document(seen, at),
            "run": self._run(seen),
            "guide": self._published(seen),
            "history": self._history,
            "decisions": [
                {"at": round(now - (at - told.at), 1), "text": told.text} for told in seen.decisions
            ],
            "version": __version__,
        }

    def _published(self, seen: Statistics) -> Dict[str, Any]:
        """The guide of this run as soon as it has one, else the last one's."""
        found = seen.published or self._last
        if found is None:
            return {}
        (shown, at), now = self._shown, self._clock.now()
        if shown.get("made") != found.made or not 0 <= now - at < CACHE_TTL:
            self._shown = _guide(found.summary, found.made, self._config, now), now
        return self._shown[0]

    def metrics(self) -> str:
        """The figures in Prometheus' text format."""
        seen = self._seen
        guide = self._published(seen)
        lines: List[str] = []

        def add(name: str, kind: str, text: str, values: Dict[str, float]) -> None:
            lines.append(f"# HELP gracenote2epg_{name} {text}")
            lines.append(f"# TYPE gracenote2epg_{name} {kind}")
            lines.extend(
                f"gracenote2epg_{name}{label} {value:.15g}" for label, value in values.items()
            )

        types = {'{type="guide"}': seen.guide, '{type="series"}': seen.series}
        taken: Tuple[Tuple[str, str, str, Callable[[TypeStatistics], float]], ...] = (
            ("workers", "gauge", "Downloads at once that are allowed.", lambda o: o.pace.workers),
            ("busy", "gauge", "Downloads under way.", lambda o: o.busy),
            ("rate", "gauge", "Requests a second that are allowed.", lambda o: o.pace.rate),
            ("requests_total", "counter", "Requests sent in this run.", lambda o: o.requests),
            ("refusals_total", "counter", "Refusals met in this run.", lambda o: o.refused),
            ("bytes_total", "counter", "Bytes received in this run.", lambda o: o.bytes),
        )
        for name, kind, text, take in taken:
            add(name, kind, text, {label: take(own) for label, own in types.items()})
        add(
            "waiting",
            "gauge",
            "1 while the source refuses.",
            {"": float(bool(seen.breaker_reason))},
        )
        if guide:
            add("programmes", "gauge", "Programmes in the guide.", {"": guide["programmes"]})
            add("stations", "gauge", "Stations in the guide.", {"": guide["stations"]})
            add("guide_end_seconds", "gauge", "When the guide ends, epoch.", {"": guide["end"]})
            add("guide_made_seconds", "gauge", "When it was made, epoch.", {"": guide["made"]})
            if guide["health"]["points"] is not None:
                points = {"": float(guide["health"]["points"])}
                add("guide_points", "gauge", "How good the guide is, of 100.", points)
                for name, value in guide["missing"].items():
                    add(f"guide_{name}", "gauge", f"{_MISSING[name]}, from now on.", {"": value})
        return "\n".join(lines) + "\n"

    def routes(self) -> "Dict[str, Route]":
        """What the web server serves."""
        from ..net.server import File, Text

        page = read_page()

        def changes() -> Text:
            status, body = self._changes.answer()
            return Text(body, "application/json", status=status)

        return {
            "/": lambda: page,
            "/stats": lambda: Text(json.dumps(self.document()).encode(), "application/json"),
            "/changes": changes,
            "/metrics": lambda: Text(self.metrics().encode(), "text/plain; version=0.0.4"),
            "/healthz": lambda: Text(b"ok\n", "text/plain"),
            "/guide.xml": lambda: File(self._path, "application/xml; charset=utf-8"),
        }

    def _run(self, seen: Statistics) -> Dict[str, Any]:
        own = seen.series if seen.phase == "details" else seen.guide
        text = _PHASES[seen.phase]
        if not seen.phase and self.next_run:
            text = time.strftime(
                "Waiting; the next run begins at %H:%M", time.localtime(self.next_run)
            )
        return {
            "phase": seen.phase,
            "phase_text": _PHASES[seen.phase],
            "text": text,
            "done": own.done if seen.phase else 0,
            "tasks": own.tasks if seen.phase else 0,
            "percent": round(100 * own.done / own.tasks) if seen.phase and own.tasks else 0,
            "requests": seen.requests,
            "refusals": seen.refusals,
            "next": self.next_run,
        }


def _guide(summary: Summary, made: float, config: Config, now: float) -> Dict[str, Any]:
    days = summary.days
    wanted = guide_span.span(now, config.days, config.offset).end
    found = health.grade_guide(summary, made, now, wanted, config.details)
    told = found.as_json()
    stations = {own["id"]: own for own in told["stations"]}
    return {
        "made": made,
        "stations": len(summary.stations),
        "programmes": summary.programmes,
        "detailed": sum(summary.detailed.values()),
        "begin": summary.begin,
        "end": summary.end,
        "health": {name: told[name] for name in ("grade", "points", "advice")},
        "missing": {
            name: round(sum(own[name] for own in stations.values()), 1) for name in _MISSING
        },
        "days": days[:-1],
        "day_hours": [(after - day) / 3600 for day, after in zip(days, days[1:])],
        "stale_days": [
            any(begin < after and end > day for begin, end in summary.stale)
            for day, after in zip(days, days[1:])
        ],
        "coverage": [
            {
                "id": station_id,
                "name": own.name,
                "hours": [round(seconds / 3600, 1) for seconds in own.seconds],
                "tba": [round(seconds / 3600, 1) for seconds in own.tba],
                "health": stations.get(station_id),
            }
            for station_id, own in sorted(
                summary.stations.items(), key=lambda item: number_sort_key(item[1].name)
            )
        ],
    }
