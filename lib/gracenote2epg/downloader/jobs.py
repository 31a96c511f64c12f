"""Tasks on their way to one final outcome each."""

import dataclasses
from typing import List, Optional, Sequence

from ..gracenote.tasks import Outcome, Result, Task


@dataclasses.dataclass
class Job:
    """A task on its way to its final outcome."""

    task: Task
    index: int  # of its result
    attempt: int = 1
    half: bool = False  # one of two that a window was cut into
    probe: bool = False
    asked: float = 0.0


class Ledger:
    """One final outcome per task, in however many parts it was asked. The worst part speaks."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._parts = [1] * len(tasks)
        self._outcomes: List[Optional[Outcome]] = [None] * len(tasks)

    def split(self, index: int, parts: int) -> None:
        self._parts[index] += parts - 1

    def settle(self, index: int, outcome: Outcome) -> Optional[Outcome]:
        """Enter a part's outcome; return the task's when this was its last part."""
        before = self._outcomes[index]
        if before is None or before.ok:
            self._outcomes[index] = outcome
        self._parts[index] -= 1
        return None if self._parts[index] else self._outcomes[index]

    def results(self) -> List[Result]:
        return [Result(task, out) for task, out in zip(self._tasks, self._outcomes) if out]
