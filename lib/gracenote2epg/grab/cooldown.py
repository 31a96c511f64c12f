"""When the source is left alone: for a while after a good run, and after it has refused."""

from typing import Any, NamedTuple, Optional, Sequence

from ..config.settings import Config
from ..errors import SourceError
from ..store.answers import Store
from . import schedule

GOOD_RUN = "good run"  # the store's name for what the last good run asked for, and when
REFUSED = "refused"  # for what the source refused, how often in a row, and when it last did


class GoodRun(NamedTuple):
    """What the last good run asked for."""

    lineups: Sequence[str]  # their keys
    kind: str  # what its guide was made for


def asked_recently(store: Store, config: Config, now: float, **same: Any) -> bool:
    """Whether the last good run had the ``same`` lineups, or kind, and is so recent that nothing of
    it is asked again.
    """
    known, at = store.fact(GOOD_RUN)
    if not isinstance(known, dict) or not 0 <= now - at < 60 * config.min_interval:
        return False
    return all(known.get(name) == value for name, value in same.items())


def record_success(store: Store, config: Config, run: GoodRun, began: float) -> float:
    """Remember a good run; return when it asked.

    One that rested itself has asked nothing that could grow old, so it begins no interval anew.
    """
    rested = asked_recently(store, config, began, lineups=run.lineups)
    asked = store.fact(GOOD_RUN)[1] if rested else began
    store.set_fact(GOOD_RUN, run._asdict(), asked)
    return asked


class Refusal(NamedTuple):
    """The source refused. what: in words; since, until: since when, and when it is asked again,
    seconds since the epoch.
    """

    what: str
    since: float
    until: float


def record_refusal(store: Store, config: Config, failure: SourceError, now: float) -> None:
    """Remember that the source refused what is asked by these settings."""
    before, _ = store.fact(REFUSED)
    times = before["times"] + 1 if before else 1
    kind = type(failure).__name__
    fact = {"of": _asked(config), "times": times, "what": failure.what, "kind": kind}
    store.set_fact(REFUSED, fact, now)


def clear_refusal(store: Store, now: float) -> None:
    """Remember that the source answers."""
    if store.fact(REFUSED)[0]:
        store.set_fact(REFUSED, None, now)


def active_refusal(store: Store, config: Config, now: float) -> Optional[Refusal]:
    """The refusal for which the source is still left alone; None = it may be asked."""
    known, at = store.fact(REFUSED)
    if not known or known["of"] != _asked(config):
        return None
    until = at + schedule.refusal_cooldown(known["times"])
    if not at <= now < until:
        return None
    return Refusal(known["what"], failing_since(store, known.get("kind", "")), until)


def failing_since(store: Store, kind: str) -> float:
    """When the source, or the way to it, began to fail in this way, as far as runs tell: the first
    of the last ones that all did, seconds since the epoch; 0.0 = the last one did not.

    kind: the name of the SourceError.
    """
    for _, run in store.runs():
        if run.get("failure") == kind:
            return float(run["since"])
        if run.get("requests"):
            break  # it answered, or failed in another way
    return 0.0


def _asked(config: Config) -> Sequence[Any]:
    """What is asked of whom: the user who changes one of these need not wait."""
    source = [config.base_url, config.affiliate, config.user_agent]
    return [*source, config.postal_code, list(config.lineup)]
