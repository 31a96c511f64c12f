"""What the source was asked for in vain: it rests for a while before it is asked for again."""

from typing import Iterable, NamedTuple, Sequence

from ..clock import DAY
from ..store.answers import Store

_KEPT_FOR = 60 * DAY  # seconds since the last request; nobody asks for it any more


class InVain(NamedTuple):
    """When it was last asked for, in seconds since the epoch, and how often in a row. in_doubt: all
    like it had nothing then, so that it may have been the source's fault."""

    at: float = 0.0
    times: int = 0
    in_doubt: bool = False


class AskedInVain:
    """The keys of which the source had nothing.

    fact: its name in the store. rests: seconds without a request after the first time, the second,
    …; the last one stands for all that follow.
    """

    def __init__(self, store: Store, fact: str, rests: Sequence[float]) -> None:
        self._store, self._fact, self._rests = store, fact, rests
        self._asked = {key: InVain(*row) for key, row in (store.fact(fact)[0] or {}).items()}

    def last(self, key: str) -> InVain:
        return self._asked.get(key, InVain())

    def is_resting(self, key: str, now: float) -> bool:
        at, times, _ = self.last(key)
        return times > 0 and 0 <= now - at < self._rests[min(times, len(self._rests)) - 1]

    def add(self, key: str, at: float, times: int, in_doubt: bool = False) -> None:
        self._asked[key] = InVain(at, times, in_doubt)

    def forget(self, keys: Iterable[str]) -> None:
        """The source has them."""
        for key in keys:
            self._asked.pop(key, None)

    def save(self, now: float) -> None:
        kept = {key: row for key, row in self._asked.items() if abs(now - row.at) < _KEPT_FOR}
        if kept or self._store.fact(self._fact)[0]:
            self._store.set_fact(self._fact, kept, now)
