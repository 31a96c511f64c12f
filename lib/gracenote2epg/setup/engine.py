"""One set-up: it asks one question after the other, and holds the answers until the end."""

import threading
from typing import Dict, Mapping, NamedTuple, Sequence, Tuple

from .questions import Question, Tools


class Step(NamedTuple):
    name: str


STEPS: Tuple[Step, ...] = ()


class Setup:
    """One set-up, for one thread at a time. Nothing is written before the end.

    texts: the present settings. After a GrabError the question is the same as before.
    """

    is_done = False

    def __init__(self, texts: Mapping[str, str], tools: Tools) -> None:
        self.values: Dict[str, str] = {}  # the settings to save, when done

    def question(self, stop: threading.Event) -> Question:
        """What to ask now. Raises GrabError."""
        raise NotImplementedError

    def answer(self, values: Sequence[str], stop: threading.Event) -> None:
        """Check the answer and go on. Raises GrabError."""
        raise NotImplementedError

    def back(self) -> bool:
        """Go back to the question before; False at the first one."""
        raise NotImplementedError
