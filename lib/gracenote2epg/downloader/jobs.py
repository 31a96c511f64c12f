"""Tasks on their way to one final outcome each."""

import dataclasses
from typing import List, Optional, Sequence

from ..gracenote.tasks import Outcome, Result, Task


@dataclasses.dataclass
class Job:
    """One request of a task. index: the task's place among the results; sent_at: seconds."""

    task: Task
    index: int
    attempt: int = 1
    is_half: bool = False  # of a window that was split
    is_probe: bool = False
    sent_at: float = 0.0


class Ledger:
    """Collects one outcome per task; a split task takes its worst part's outcome."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._parts = [1] * len(tasks)
        self._outcomes: List[Optional[Outcome]] = [None] * len(tasks)

    def split(self, index: int, parts: int) -> None:
        self._parts[index] += parts - 1

    def settle(self, index: int, outcome: Outcome) -> Optional[Outcome]:
        """Enter a part's outcome; return the task's outcome if this was its last part."""
        before = self._outcomes[index]
        if before is None or before.ok:
            self._outcomes[index] = outcome
        self._parts[index] -= 1
        return None if self._parts[index] else self._outcomes[index]

    def results(self) -> List[Result]:
        return [Result(task, out) for task, out in zip(self._tasks, self._outcomes) if out]
