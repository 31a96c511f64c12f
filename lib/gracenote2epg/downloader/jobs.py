"""Tasks on their way to one final outcome each."""

import dataclasses
from typing import List, Optional, Sequence

from ..gracenote.tasks import Outcome, Result, Task


@dataclasses.dataclass
class Job:
    """A request to be sent for a task.

    index: the task's place among the results. attempt: from 1 on. ready_at: not to be sent before.
    waited: seconds that it was set aside for so far. sent_at, ready_at: monotonic seconds.
    """

    task: Task
    index: int
    attempt: int = 1
    is_half: bool = False  # of a window that was split
    is_control: bool = False  # repeats one that was answered well; see ``retry.control``
    is_probe: bool = False
    sent_at: float = 0.0
    ready_at: float = 0.0
    waited: float = 0.0


class Ledger:
    """Collects one outcome per task; a split task takes its first failed part's, if any failed."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._parts = [1] * len(tasks)
        self._outcomes: List[Optional[Outcome]] = [None] * len(tasks)

    def split(self, index: int, parts: int) -> None:
        """Replace a task, or a part of it, by so many parts."""
        self._parts[index] += parts - 1

    def settle(self, index: int, outcome: Outcome) -> Optional[Outcome]:
        """Enter a part's outcome; return the task's outcome if this was its last part."""
        before = self._outcomes[index]
        if before is None or before.ok:
            self._outcomes[index] = outcome
        self._parts[index] -= 1
        return None if self._parts[index] else self._outcomes[index]

    def results(self) -> List[Result]:
        """The settled tasks with their outcomes, in the tasks' order."""
        return [
            Result(task, outcome) for task, outcome in zip(self._tasks, self._outcomes) if outcome
        ]
