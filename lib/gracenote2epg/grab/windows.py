"""The windows of one guide: which are due, what came of them, and which hours are missing."""

from typing import Dict, List, Optional, Sequence, Set

from .. import errors
from ..clock import HOUR
from ..config.settings import Config
from ..downloader import retry
from ..gracenote.tasks import GuideTask, Outcome, Verdict
from ..guide.span import TimeSpan
from ..models import Lineup
from ..store.answers import Store
from . import canary, cooldown, refresh
from .in_vain import AskedInVain
from .source import SourceSession

HOURS = "hours asked in vain"  # store fact
ALONE = 2  # times in vain that count as proof: in two runs, or apart from hours that came
RESTS = (0.0, refresh.ONCE_A_DAY)  # seconds, after so many times


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
        if failure is None:
            self._learn(outcomes, is_whole=session.manager.ended is None)
        return failure

    def ask_again(self, session: SourceSession) -> None:
        """Download once more what broke on the way, now that some time has passed."""
        if self._broken and not session.manager.ended:
            tasks = list(self._broken)
            results = session.manager.download_guide_blocks(tasks)
            self._broken = {
                task: result.outcome
                for task, result in zip(tasks, results)
                if result.outcome.transient
            }

    @property
    def broke(self) -> str:
        """What happened to the windows that broke on the way; "" = there are none."""
        details = dict.fromkeys(outcome.detail for outcome in self._broken.values())
        return f"asked again and again ({'; '.join(details)})" if details else ""

    def missing(self) -> List[str]:
        """The hours to come that the guide lacks, though the source may have them."""
        return self._lacking(absent=False)

    def absent(self) -> List[str]:
        """The hours to come that the source does not have: it was asked for just them, in vain."""
        return self._lacking(absent=True)

    def stale(self) -> List[refresh.Stretch]:
        """The stretches that this run failed to refresh: the guide has older listings there."""
        stretches: Set[refresh.Stretch] = set()
        for lineup in self._wanted:
            due = [task for task in self.due if task.lineup == lineup]
            stretches.update(refresh.stale_hours(due, self._store.windows(lineup), self._began))
        return sorted(stretches)

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
        for task, outcome in outcomes:
            new = [row for row in self._store.windows(task.lineup) if row.fetched >= self._began]
            missed = {
                hour
                for begin, end in refresh.missing_hours([task], new)
                for hour in range(begin, end, HOUR)
            }
            came = set(refresh.hours_of([task])) - missed
            self._in_vain.forget(_key(task.lineup, hour) for hour in came)
            if outcome.verdict in (Verdict.BAD, Verdict.GONE):
                # The hours around them came: the downloader has asked for just these.
                is_proof = is_whole and came and not retry.is_outage(outcome)
                for key in (_key(task.lineup, hour) for hour in missed):
                    times = ALONE if is_proof else self._in_vain.last(key).times + 1
                    self._in_vain.add(key, self._began, times)
        self._in_vain.save(self._began)


def _key(lineup: Lineup, hour: int) -> str:
    return f"{lineup.key} {hour}"


def format_stretch(stretch: refresh.Stretch) -> str:
    begin, end = map(errors.format_time, stretch)
    return f"{begin} to {end}"
