"""When no requests are sent: for a while after a successful run, and after a refusal."""

import json
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ..clock import DAY
from ..config.settings import Config
from ..errors import SourceError
from ..store.answers import Store
from . import schedule

GOOD_RUN = "good run"  # store fact: what the last successful run covered, and when
LAST_RUN = "the last run"  # origin of settings that only ``last_place`` knows
REFUSED = "refused"  # store fact: what was refused, how often in a row, and when last


class GoodRun(NamedTuple):
    """What a successful run covered."""

    lineups: Sequence[str]  # their keys
    kind: str  # the settings that determine the size of its guide, as text


def asked_recently(store: Store, config: Config, now: float, **expected: Any) -> bool:
    """Whether the last successful run is less than ``min_interval`` old; less than a day, if runs
    follow each other as they do where a player calls every minute.

    expected: fields of GoodRun, with the values that it must have had.
    """
    run, at = store.fact(GOOD_RUN)
    rest = 60.0 * config.min_interval
    if any(0 <= now - began < 2 * rest and not last["error"] for began, last in store.runs(1)):
        rest = max(rest, DAY)
    if not isinstance(run, dict) or not 0 <= now - at < rest:
        return False
    return all(run.get(name) == value for name, value in expected.items())


def record_success(store: Store, config: Config, run: GoodRun, began: float) -> float:
    """Remember a successful run; return when its requests were sent, seconds since the epoch.

    A run during the cooldown sends no requests, so it does not start the interval again.
    """
    cooling_down = asked_recently(store, config, began, lineups=run.lineups)
    at = store.fact(GOOD_RUN)[1] if cooling_down else began
    store.set_fact(GOOD_RUN, run._asdict(), at)
    return at


def last_place(store: Store) -> Dict[str, Any]:
    """The postal code and lineups of the last successful run, as settings; {} = unknown."""
    run, _ = store.fact(GOOD_RUN)
    try:
        code, lineup, *_ = json.loads(run["kind"])
    except (TypeError, KeyError, ValueError):
        return {}
    return {"postal_code": code, "lineup": tuple(lineup)}


class Refusal(NamedTuple):
    """The source refused requests. since, until: the first refusal in a row, and the end of the
    cooldown, seconds since the epoch.
    """

    what: str
    since: float
    until: float


def record_refusal(store: Store, config: Config, failure: SourceError, now: float) -> None:
    """Begin a cooldown for these settings; from the second refusal in a row on it is longer."""
    previous, _ = store.fact(REFUSED)
    times = previous["times"] + 1 if previous else 1
    kind = type(failure).__name__
    fact = {"of": _identity(config), "times": times, "what": failure.what, "kind": kind}
    store.set_fact(REFUSED, fact, now)


def clear_refusal(store: Store, now: float) -> None:
    """End the cooldown: the source answers."""
    if store.fact(REFUSED)[0]:
        store.set_fact(REFUSED, None, now)


def active_refusal(store: Store, config: Config, now: float) -> Optional[Refusal]:
    """The refusal whose cooldown is not over; None = requests may be sent."""
    fact, at = store.fact(REFUSED)
    if not fact or fact["of"] != _identity(config):
        return None
    until = at + schedule.refusal_cooldown(fact["times"])
    if not at <= now < until:
        return None
    return Refusal(fact["what"], failing_since(store, fact.get("kind", "")), until)


def failing_since(store: Store, kind: str) -> float:
    """When runs began to fail in this way without a break, seconds since the epoch; 0.0 = the last
    run did not.

    kind: class name of the SourceError.
    """
    for _, run in store.runs():
        if run.get("failure") == kind:
            return float(run["since"])
        if run.get("requests"):
            break  # the source answered, or failed in another way
    return 0.0


def _identity(config: Config) -> List[Any]:
    """The settings whose change ends the cooldown."""
    source = [config.base_url, config.affiliate, config.user_agent]
    return [*source, config.postal_code, list(config.lineup)]
