"""The windows of one guide: which are due, what came of them, and which hours are missing."""

import math
from typing import Dict, List, Optional, Sequence, Set

from .. import errors
from ..clock import DAY, HOUR, TWO_RUNS
from ..config.settings import Config
from ..downloader import retry
from ..gracenote.tasks import GuideTask, Outcome, Verdict
from ..guide.span import HORIZON, TimeSpan
from ..models import Lineup
from ..store.answers import Store
from ..util.format import join_names
from . import canary, cooldown, refresh
from .in_vain import AskedInVain
from .source import SourceSession

HOURS = "hours asked in vain"  # store fact
ALONE = 2  # times in vain that count as proof: in two runs, or apart from hours that came
RESTS = (0.0, refresh.ONCE_A_DAY)  # seconds, after so many times
# Store fact: by lineup whose listings end before the guide does, how many seconds ahead at least.
END_FACT = "end of listings"
END_VARIES = DAY / 2 + HOUR  # seconds: it may move at midnight only, and runs begin twice a day
NOT_THERE = (Verdict.BAD, Verdict.GONE)
# Store fact: by lineup, how many stations had a programme in its best hour, and when.
STATIONS_FACT = "stations in an hour"
MIN_STATIONS = 5  # of a lineup: those of a smaller one may all be off the air at night


class Windows:
    """The windows of some lineups in a span. due: to be downloaded by this run, soonest first.
    denied: sentences about lineups that the source denies.
    """

    def __init__(
        self, config: Config, store: Store, lineups: Sequence[Lineup], span: TimeSpan, began: float
    ) -> None:
        self._store, self._began = store, began
        min_interval = 60.0 * config.min_interval
        self._wanted = {
            lineup: refresh.windows(lineup, span, config.block_hours, began) for lineup in lineups
        }
        keys = [lineup.key for lineup in lineups]
        self._is_fresh = cooldown.asked_recently(store, config, began, lineups=keys)
        self._in_vain = AskedInVain(store, HOURS, RESTS)
        self.denied: List[str] = []
        self._broken: Dict[GuideTask, Outcome] = {}
        self._doubtful: List[GuideTask] = []  # parts of windows of which little came
        self._most: Dict[Lineup, int] = {}  # stations with a programme, in the best hour
        self.due: List[GuideTask] = []
        for lineup, tasks in self._wanted.items():
            pieces = refresh.cut(tasks, self._hours_in_vain(lineup))
            self.due += refresh.due_windows(
                [piece for piece in pieces if not self._is_resting(piece)],
                store.windows(lineup),
                began,
                not self._is_fresh,
                min_interval,
            )
        # The source may have no past hours, so that these make no good canary.
        self.due.sort(key=lambda task: (task.stop <= began, task.start))

    @property
    def count(self) -> int:
        return sum(map(len, self._wanted.values()))

    def download(self, session: SourceSession) -> Optional[errors.SourceError]:
        """Download what is due; return the error that ended the downloads, if any."""
        if not self.due:
            return session.end_error()
        outcomes, failure = canary.download_windows(session, self.due, self._shows_outage)
        self.denied = canary.denied_lineups(outcomes)
        self._broken = {task: outcome for task, outcome in outcomes if outcome.transient}
        self._count_stations(outcomes)
        good = [(task, outcome) for task, outcome in outcomes if outcome.ok]
        self._doubtful = [part for row in good for part in self._doubts(*row)]
        if failure is None:
            self._learn(outcomes, is_whole=session.manager.ended is None)
        return failure

    def ask_again(self, session: SourceSession) -> None:
        """Download once more what broke on the way, and what came with too little in it, now that
        some time has passed."""
        broken, doubtful = list(self._broken), self._doubtful
        if session.manager.ended or not (broken or doubtful):
            return
        results = session.manager.download_guide_blocks([*broken, *doubtful])
        self._broken = {
            task: outcome for task, (_, outcome) in zip(broken, results) if outcome.transient
        }
        again = zip(doubtful, (outcome for _, outcome in results[len(broken) :]))
        self._doubtful = [part for row in again for part in self._doubts(*row)]

    @property
    def broke(self) -> str:
        """What happened to the windows that broke on the way; "" = there are none."""
        details = dict.fromkeys(outcome.detail for outcome in self._broken.values())
        return f"asked again and again ({'; '.join(details)})" if details else ""

    def missing(self) -> List[str]:
        """The hours to come that the guide lacks, though the source may have them."""
        return self._lacking(absent=False)

    def notes(self) -> List[str]:
        """Sentences about hours of which the source has little or nothing: it was asked for just
        them; and about older listings."""
        absent, poor = "; ".join(self._lacking(absent=True)), join_names(self._poor())
        stale = "; ".join(map(format_stretch, self.stale()))
        notes = [
            f"The source has no listings of some hours ({absent})." if absent else "",
            f"The source lists few programmes, or none, of some hours ({poor})." if poor else "",
            f"From an earlier run: {stale}." if stale else "",
        ]
        return [note for note in notes if note]

    def stale(self) -> List[refresh.Stretch]:
        """The stretches that this run failed to refresh: the guide has older listings there."""
        stretches: Set[refresh.Stretch] = set()
        for lineup in self._wanted:
            due = [task for task in self.due if task.lineup == lineup]
            stretches.update(refresh.stale_hours(due, self._store.windows(lineup), self._began))
        return sorted(stretches)

    def _poor(self) -> List[str]:
        return [
            f"{lineup.name}: {format_stretch(stretch)}"
            for lineup in self._wanted
            for stretch in refresh.stretches(
                refresh.hours_of(task for task in self._doubtful if task.lineup == lineup)
            )
        ]

    def _lacking(self, absent: bool) -> List[str]:
        return [
            f"{lineup.name}: {format_stretch(stretch)}"
            for lineup, tasks in self._wanted.items()
            for proven in [self._hours_in_vain(lineup, ALONE)]
            for stretch in refresh.missing_hours(
                [
                    piece
                    for piece in refresh.cut(tasks, proven)
                    if piece.stop > self._began and (piece.start in proven) == absent
                ],
                self._store.windows(lineup),
            )
        ]

    def _count_stations(self, outcomes: Sequence[canary.WindowOutcome]) -> None:
        """Set ``_most``; that of an earlier run counts, until a loss has lasted for TWO_RUNS."""
        known, _ = self._store.fact(STATIONS_FACT)
        known = known or {}
        for task, outcome in outcomes:
            self._most[task.lineup] = max(self._most.get(task.lineup, 0), *outcome.stations, 0)
        for lineup, most in self._most.items():
            before, at = known.get(lineup.key, (0, 0.0))
            if most >= before or not 0 <= self._began - at < TWO_RUNS:
                before, at = most, self._began
            known[lineup.key], self._most[lineup] = (before, at), before
        self._store.set_fact(STATIONS_FACT, known, self._began)

    def _doubts(self, task: GuideTask, outcome: Outcome) -> List[GuideTask]:
        """The parts of a window of which the source may have more: hours in which less than half as
        many stations have a programme as in another hour."""
        is_listed = self._began < task.stop < self._began + HORIZON - DAY
        if self._most[task.lineup] < MIN_STATIONS or not is_listed:
            return []
        counts = outcome.stations or (0,) * task.hours
        poor = [
            hour
            for hour, count in zip(refresh.hours_of([task]), counts)
            if 2 * count < self._most[task.lineup]
        ]
        return [
            task._replace(start=begin, hours=(end - begin) // HOUR, asked_in_vain=True)
            for begin, end in refresh.stretches(poor)
        ]

    # What was asked for in vain

    def _hours_in_vain(self, lineup: Lineup, times: int = 1) -> Set[int]:
        return {
            hour
            for hour in refresh.hours_of(self._wanted[lineup])
            if self._in_vain.last(_key(lineup, hour)).times >= times
        }

    def _is_resting(self, task: GuideTask) -> bool:
        return all(
            self._in_vain.is_resting(_key(task.lineup, hour), self._began)
            for hour in refresh.hours_of([task])
        )

    def _shows_outage(self, task: GuideTask, outcome: Outcome) -> bool:
        """Whether such an outcome, without a good one beside it, means that the source fails."""
        if self._in_vain.last(_key(task.lineup, task.start)).times >= ALONE:
            return False
        return retry.is_outage(outcome) or not (self._is_fresh or task.stop <= self._began)

    def _learn(self, outcomes: Sequence[canary.WindowOutcome], is_whole: bool) -> None:
        """Remember the hours that were asked for in vain, and forget those that came.

        is_whole: nothing is left to the next run.
        """
        ends = self._ends(outcomes) if is_whole else {}
        before, _ = self._store.fact(END_FACT)
        least: Dict[str, float] = before or {}
        for task, outcome in outcomes:
            missed = self._missed([task])
            came = set(refresh.hours_of([task])) - missed
            self._in_vain.forget(_key(task.lineup, hour) for hour in came)
            if outcome.verdict in NOT_THERE:
                # The hours around them came: the downloader has asked for just these. Or the
                # listings end before them, as far ahead as in the last run.
                end = ends.get(task.lineup, math.inf)
                is_beyond = task.start >= end >= self._began + least.get(task.lineup.key, math.inf)
                is_proof = is_whole and (came or is_beyond) and _is_denied(outcome)
                for key in (_key(task.lineup, hour) for hour in missed):
                    times = ALONE if is_proof else self._in_vain.last(key).times + 1
                    self._in_vain.add(key, self._began, times)
        self._in_vain.save(self._began)
        for lineup in self._wanted:
            ahead = ends.get(lineup, math.inf) - self._began
            if ahead < least.get(lineup.key, math.inf):
                least[lineup.key] = ahead - END_VARIES
            elif lineup not in ends and not self._hours_in_vain(lineup):
                least.pop(lineup.key, None)  # all came
        self._store.set_fact(END_FACT, least, self._began)

    def _ends(self, outcomes: Sequence[canary.WindowOutcome]) -> Dict[Lineup, int]:
        """When the listings end, of lineups that were asked in vain for all hours from then on."""
        ends = {}
        for lineup in self._wanted:
            own = [(task, outcome) for task, outcome in outcomes if task.lineup == lineup]
            vain = self._missed([task for task, outcome in own if _is_denied(outcome)])
            last = max({*refresh.hours_of(task for task, _ in own)} - vain, default=0)
            beyond = [hour for hour in vain if hour > last > 0]
            if beyond:
                ends[lineup] = min(beyond)
        return ends

    def _missed(self, tasks: Sequence[GuideTask]) -> Set[int]:
        """The hours of windows of one lineup that this run did not get."""
        stored = self._store.windows(tasks[0].lineup) if tasks else []
        new = [row for row in stored if row.fetched >= self._began]
        return {
            hour
            for begin, end in refresh.missing_hours(tasks, new)
            for hour in range(begin, end, HOUR)
        }


def _is_denied(outcome: Outcome) -> bool:
    return outcome.verdict in NOT_THERE and not retry.is_outage(outcome)


def _key(lineup: Lineup, hour: int) -> str:
    return f"{lineup.key} {hour}"


def format_stretch(stretch: refresh.Stretch) -> str:
    begin, end = map(errors.format_time, stretch)
    return f"{begin} to {end}"
