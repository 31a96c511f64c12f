"""What is going on and what there is, for /stats, the page and Prometheus: one value, made when
asked.

The statistics come from the run's monitor; the guide and the last runs from the store, read again
only when the published guide has changed.
"""

import base64
import hashlib
import json
import os
import re
import threading
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import __version__
from .config import Config
from .downloader.monitor import Statistics, TypeStatistics, as_document
from .guide import Summary
from .publish import published
from .store import Store
from .web.server import File, Route, Text

_PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "web", "index.html")
_PHASES = {
    "": "Idle",
    "lineup": "Looking up the lineup",
    "guide": "Downloading the guide",
    "details": "Downloading series details",
    "writing": "Writing the guide",
}
_RUNS = 15


class Status:
    """Listens to the runs of one process; any thread may ask.

    path: the published guide. clock: the coordinator's. ``next_run``: seconds since the epoch, 0.0
    = none is planned.
    """

    def __init__(
        self, config: Config, path: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.next_run = 0.0
        self._config, self._path, self._clock = config, path, clock
        self._seen = Statistics()
        self._made_of = -1.0  # the guide's time when the store was read
        self._stored: Dict[str, Any] = {"guide": {}, "history": []}
        self._guard = threading.Lock()

    def listen(self, seen: Statistics) -> None:
        """Take the run's statistics; the run's monitor calls this after each event."""
        self._seen = seen
        if not seen.phase:
            self._made_of = -1.0  # a run has ended: the history has a line more

    def document(self) -> Dict[str, Any]:
        """What /stats answers: the specification's keys, and more beside them."""
        seen, stored = self._seen, self._read()
        return {
            **as_document(seen, self._clock()),
            "run": self._run(seen),
            "guide": stored["guide"],
            "history": stored["history"],
            "story": [
                {"at": round(time.time() - (self._clock() - told.at), 1), "text": told.text}
                for told in seen.story
            ],
            "version": __version__,
        }

    def metrics(self) -> str:
        """The figures in Prometheus' text format."""
        seen, guide = self._seen, self._read()["guide"]
        lines: List[str] = []

        def add(name: str, kind: str, text: str, values: Dict[str, float]) -> None:
            lines.append(f"# HELP gracenote2epg_{name} {text}")
            lines.append(f"# TYPE gracenote2epg_{name} {kind}")
            lines.extend(
                f"gracenote2epg_{name}{label} {value:g}" for label, value in values.items()
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
        add("waiting", "gauge", "1 while the source refuses.", {"": float(bool(seen.wall))})
        if guide:
            add("programmes", "gauge", "Programmes in the guide.", {"": guide["programmes"]})
            add("stations", "gauge", "Stations in the guide.", {"": guide["stations"]})
            add("guide_end_seconds", "gauge", "When the guide ends, epoch.", {"": guide["end"]})
            add("guide_made_seconds", "gauge", "When it was made, epoch.", {"": guide["made"]})
        return "\n".join(lines) + "\n"

    def routes(self) -> Dict[str, Route]:
        """What the web server serves."""
        page = _page()
        return {
            "/": lambda: page,
            "/stats": lambda: Text(json.dumps(self.document()).encode(), "application/json"),
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
            "done": own.settled,
            "tasks": own.tasks,
            "percent": round(100 * own.settled / own.tasks) if own.tasks else 0,
            "requests": seen.requests,
            "refusals": seen.refusals,
            "next": self.next_run,
        }

    def _read(self) -> Dict[str, Any]:
        """The guide and the last runs, as the store has them since the guide last changed."""
        with self._guard:
            try:
                made = os.stat(self._path).st_mtime
            except OSError:
                made = 0.0
            if made != self._made_of:
                with Store(self._config.data_dir) as store:
                    fact = published(store, self._path)
                    runs = [{"at": at, **value} for at, value in store.runs(_RUNS)]
                    summary = Summary.from_fact(fact["summary"]) if fact else None
                self._stored = {"guide": _guide(summary, made), "history": runs}
                self._made_of = made
            return self._stored


def _guide(summary: Optional[Summary], made: float) -> Dict[str, Any]:
    if summary is None:
        return {}
    days = summary.days
    return {
        "made": made,
        "stations": len(summary.stations),
        "programmes": summary.programmes,
        "detailed": sum(summary.detailed.values()),
        "begin": summary.begin,
        "end": summary.end,
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
            }
            for station_id, own in summary.stations.items()
        ],
    }


def _page() -> Text:
    """The page, allowed to run its own script and style and to ask this server, and nothing
    else.
    """
    with open(_PAGE, "rb") as file:
        body = file.read()

    def allowed(name: bytes) -> str:
        inside = re.search(b"<%b>(.*?)</%b>" % (name, name), body, re.DOTALL)
        digest = hashlib.sha256(inside.group(1) if inside else b"").digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    policy = (
        f"default-src 'none'; script-src {allowed(b'script')}; style-src {allowed(b'style')};"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Text(body, "text/html; charset=utf-8", policy)
