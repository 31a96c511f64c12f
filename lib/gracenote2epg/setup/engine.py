"""One set-up: it asks one question after the other, and holds the answers until the end."""

import copy
import threading
from typing import Dict, List, Mapping, Sequence

from ..errors import Sentence
from .draft import Draft
from .questions import Question, Tools
from .steps import STEPS, Step, refused


class Setup:
    """One set-up, for one thread at a time. Nothing is written before the end.

    texts: the present settings. A question that is asked again proposes its last answer.
    """

    def __init__(self, texts: Mapping[str, str], tools: Tools) -> None:
        self._draft = Draft(texts, tools)
        self._path: List[int] = []  # the steps that are answered
        self._at = self._next(0)

    def copy(self) -> "Setup":
        """Another one with the same answers."""
        other = copy.copy(self)
        other._draft, other._path = self._draft.copy(), [*self._path]
        return other

    @property
    def is_done(self) -> bool:
        return self._at == len(STEPS)

    @property
    def step(self) -> str:
        """The name of the present step."""
        return STEPS[self._at].name

    @property
    def values(self) -> Dict[str, str]:
        """The settings to save, when done."""
        return self._draft.values

    def question(self, stop: threading.Event) -> Question:
        """What to ask now. For the step "tonight" this asks the source, and may raise GrabError;
        that step can be answered all the same."""
        step = STEPS[self._at]
        default, options, facts = step.ask(self._draft, stop)
        return Question(step.name, step.kind, default, options, facts, self._fixed(step))

    def answer(self, values: Sequence[str], stop: threading.Event) -> None:
        """Check the answer and go on.

        values: () = the default; of a list to tick, that nothing is ticked. Raises GrabError; the
        question then stays.
        """
        step = STEPS[self._at]
        if step.kind != "show" and (self._fixed(step) or (not values and step.kind != "many")):
            values = self.question(stop).default
        if step.kind == "one":
            allowed = [option.value for option in self.question(stop).options]
            if len(values) != 1 or values[0] not in allowed:
                words = Sentence("allowed_choice", "{choices}", {"choices": ", ".join(allowed)})
                raise refused(step.name, ",".join(values), words)
        self._draft.put(step.name, step.take(self._draft, tuple(values), stop))
        self._path.append(self._at)
        self._at = self._next(self._at + 1)

    def back(self) -> bool:
        """Go back to the last question whose answer can be changed; False = there is none."""
        free = self._free
        if free:
            self._at = self._path[free[-1]]
            del self._path[free[-1] :]
        return bool(free)

    @property
    def can_go_back(self) -> bool:
        return bool(self._free)

    @property
    def _free(self) -> List[int]:
        """The indices in ``_path`` of the questions whose answers can be changed."""
        return [place for place, at in enumerate(self._path) if not self._fixed(STEPS[at])]

    def _next(self, at: int) -> int:
        """The index of the first step from ``at`` on that is asked; len(STEPS) = none."""
        skip = self._draft.tools.skip
        while at < len(STEPS) and (STEPS[at].name in skip or not STEPS[at].applies(self._draft)):
            at += 1
        return at

    def _fixed(self, step: Step) -> str:
        fixed = self._draft.tools.fixed
        return next((fixed[name] for name in step.settings if name in fixed), "")
