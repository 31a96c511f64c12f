"""The windows of one guide: which are due, what came of them, and which hours are missing."""

import math
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Set

from .. import errors
from ..clock import DAY, HOUR
from ..config.settings import Config
from ..downloader import retry
from ..gracenote.tasks import GuideTask, Outcome, Verdict
from ..guide.span import TimeSpan
from ..models import Lineup
from ..store.answers import Store
from ..util.format import join_names
from . import canary, cooldown, refresh
from .in_vain import AskedInVain
from .source import SourceSession
from .sparse import SparseHours

HOURS = "hours asked in vain"  # store fact
ALONE = 2  # times in vain that count as proof: in two runs, or apart from hours that came
RESTS = (0.0, refresh.ONCE_A_DAY)  # seconds, after so many times
NOT_THERE = (Verdict.BAD, Verdict.GONE)
# Store fact: by lineup whose listings end before the guide does, how many seconds ahead that was,
# and when.
LISTINGS_END = "listings end"
END_VARIES = DAY + HOUR  # seconds: days are added once a day only


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
        self._sparse = SparseHours(store, began)
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
        self._sparse.learn(outcomes)
        if failure is None:
            self._learn(outcomes, is_whole=session.manager.ended is None)
        return failure

    def ask_again(self, session: SourceSession) -> None:
        """Download once more what broke on the way, and the sparse hours, now that some time has
        passed."""
        tasks = [*self._broken, *self._sparse.parts]
        if session.manager.ended or not tasks:
            return
        results = session.manager.download_guide_blocks(tasks)
        outcomes = [(task, result.outcome) for task, result in zip(tasks, results)]
        count = len(self._broken)
        self._broken = {task: outcome for task, outcome in outcomes[:count] if outcome.transient}
        self._sparse.find(outcomes[count:])

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
        sparse: List[str] = []
        for lineup in self._wanted:
            hours = refresh.hours_of(task for task in self._sparse.parts if task.lineup == lineup)
            sparse += _told(lineup, refresh.stretches(hours))
        notes = (
            ("The source has no listings of some hours ({}).", "; ".join(self._lacking(True))),
            ("The source lists few programmes, or none, of some hours ({}).", join_names(sparse)),
            ("From an earlier run: {}.", "; ".join(map(format_stretch, self.stale()))),
        )
        return [sentence.format(hours) for sentence, hours in notes if hours]

    def stale(self) -> List[refresh.Stretch]:
        """The stretches that this run failed to refresh: the guide has older listings there."""
        stretches: Set[refresh.Stretch] = set()
        for lineup in self._wanted:
            due = [task for task in self.due if task.lineup == lineup]
            stretches.update(refresh.stale_hours(due, self._store.windows(lineup), self._began))
        return sorted(stretches)

    def _lacking(self, absent: bool) -> List[str]:
        lacking: List[str] = []
        for lineup, tasks in self._wanted.items():
            proven = self._hours_in_vain(lineup, ALONE)
            pieces = [
                piece
                for piece in refresh.cut(tasks, proven)
                if piece.stop > self._began and (piece.start in proven) == absent
            ]
            lacking += _told(lineup, refresh.missing_hours(pieces, self._store.windows(lineup)))
        return lacking

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
        missed = self._missed(outcomes)
        for task, hours in missed.items():
            came = set(refresh.hours_of([task])) - hours
            self._in_vain.forget(_key(task.lineup, hour) for hour in came)
        ends = self._known_ends(outcomes, missed) if is_whole else {}
        for task, outcome in outcomes:
            if outcome.verdict in NOT_THERE:
                # Alone: the hours around them came, for the downloader has asked for just these.
                is_alone = len(missed[task]) < task.hours
                is_beyond = task.start >= ends.get(task.lineup, math.inf)
                is_proof = is_whole and (is_alone or is_beyond) and _is_denied(outcome)
                for key in (_key(task.lineup, hour) for hour in missed[task]):
                    times = ALONE if is_proof else self._in_vain.last(key).times + 1
                    self._in_vain.add(key, self._began, times)
        self._in_vain.save(self._began)

    def _known_ends(
        self, outcomes: Sequence[canary.WindowOutcome], missed: Mapping[GuideTask, Set[int]]
    ) -> Dict[Lineup, int]:
        """When the listings end, of lineups whose listings end before the guide does, and ended
        about as far ahead in an earlier run. The end of this run is kept for the next ones."""
        known = self._store.fact(LISTINGS_END)[0] or {}
        ends = {}
        for lineup, tasks in self._wanted.items():
            own = [(task, outcome) for task, outcome in outcomes if task.lineup == lineup]
            if not any(outcome.ok for _, outcome in own):
                continue  # it may be the lineup that fails, and no hour of it
            denied = [missed[task] for task, outcome in own if _is_denied(outcome)]
            vain = self._hours_in_vain(lineup).union(*denied)
            hours = refresh.hours_of(tasks)
            end = max((hour for hour in hours if hour not in vain), default=0) + HOUR
            if end > hours[-1]:
                known.pop(lineup.key, None)
                continue
            ahead, at = known.get(lineup.key, (math.inf, 0.0))
            is_sooner = end - self._began < ahead - END_VARIES
            if is_sooner or not 0 <= self._began - at < refresh.ONCE_A_DAY:
                known[lineup.key] = (end - self._began, self._began)
            if not is_sooner:
                ends[lineup] = end
        self._store.set_fact(LISTINGS_END, known, self._began)
        return ends

    def _missed(self, outcomes: Sequence[canary.WindowOutcome]) -> Dict[GuideTask, Set[int]]:
        """The hours of each window that this run did not get."""
        new = {
            lineup: [row for row in self._store.windows(lineup) if row.fetched >= self._began]
            for lineup in {task.lineup for task, _ in outcomes}
        }
        return {
            task: {
                hour
                for begin, end in refresh.missing_hours([task], new[task.lineup])
                for hour in range(begin, end, HOUR)
            }
            for task, _ in outcomes
        }


def _is_denied(outcome: Outcome) -> bool:
    return outcome.verdict in NOT_THERE and not retry.is_outage(outcome)


def _key(lineup: Lineup, hour: int) -> str:
    return f"{lineup.key} {hour}"


def _told(lineup: Lineup, stretches: Iterable[refresh.Stretch]) -> List[str]:
    return [f"{lineup.name}: {format_stretch(stretch)}" for stretch in stretches]


def format_stretch(stretch: refresh.Stretch) -> str:
    begin, end = map(errors.format_time, stretch)
    return f"{begin} to {end}"
