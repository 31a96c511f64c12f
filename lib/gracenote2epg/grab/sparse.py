"""Hours in which few stations have a programme: the answer may have been cut."""

from typing import Dict, List, Sequence

from ..clock import DAY, HOUR, TWO_RUNS
from ..gracenote.tasks import GuideTask
from ..guide.span import HORIZON
from ..models import Lineup
from ..store.answers import Store
from . import refresh
from .canary import WindowOutcome

# Store fact: by lineup, how many stations had a programme in its best hour, and when.
BEST_HOUR = "stations in the best hour"
MIN_STATIONS = 5  # of a lineup: those of a smaller one may all be off the air at night


class SparseHours:
    """The sparse hours of a run. parts: of windows, to be asked for once more by themselves."""

    def __init__(self, store: Store, began: float) -> None:
        self.parts: List[GuideTask] = []
        self._store, self._began = store, began
        self._best: Dict[Lineup, int] = {}  # stations with a programme in the lineup's best hour

    def learn(self, outcomes: Sequence[WindowOutcome]) -> None:
        """Find them in the first answers of a run.

        The best hour may be one of an earlier run, until less has come for TWO_RUNS.
        """
        known = self._store.fact(BEST_HOUR)[0] or {}
        for lineup in {task.lineup for task, _ in outcomes}:
            counts = [outcome.stations for task, outcome in outcomes if task.lineup == lineup]
            best = max(map(max, filter(None, counts)), default=0)
            before, at = known.get(lineup.key, (0, 0.0))
            if best >= before or not 0 <= self._began - at < TWO_RUNS:
                known[lineup.key] = (best, self._began)
            self._best[lineup] = known[lineup.key][0]
        self._store.set_fact(BEST_HOUR, known, self._began)
        self.find([row for row in outcomes if row[1].ok])

    def find(self, outcomes: Sequence[WindowOutcome]) -> None:
        """Set the parts: hours in which less than half as many stations have a programme as in the
        best hour, and all hours of windows that did not come."""
        self.parts = []
        for task, outcome in outcomes:
            best = self._best[task.lineup]
            is_listed = self._began < task.stop < self._began + HORIZON - DAY
            counts = outcome.stations if outcome.ok else (0,) * task.hours
            # The counts of a window that came in halves are those of one half.
            if best < MIN_STATIONS or not is_listed or len(counts) < task.hours:
                continue
            hours = zip(refresh.hours_of([task]), counts)
            sparse = [hour for hour, count in hours if 2 * count < best]
            self.parts += [
                task._replace(start=begin, hours=(end - begin) // HOUR, asked_in_vain=True)
                for begin, end in refresh.stretches(sparse)
            ]
