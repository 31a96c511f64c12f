"""The table of the simulation: the real coordinator against models of a server, in virtual time.

The models are described in tests/support/virtual_time.py.
"""

import logging
from typing import Callable, Dict, Iterator, List, Sequence, Tuple

import measure
from measure import Row, Table

from gracenote2epg.downloader.strategies import STRATEGIES
from gracenote2epg.gracenote.tasks import GUIDE
from support import virtual_time as sim

NAMES = ("conservative", "balanced", "aggressive", "auto")
REQUESTS = 1000
TOP = {name: own[GUIDE].fast_rate for name, own in STRATEGIES.items()}
MOST = {name: own[GUIDE].maximum for name, own in STRATEGIES.items()}
MEETING = (("conservative", 0.75, 0.70, 0.80), ("balanced", 1.08, 0.85, 0.95),
           ("aggressive", 1.17, 0.90, 0.98))  # fmt: skip
# shortest: the time of a client that knows the limit. Run 2 knows what run 1 learned of it.
COLUMNS = (
    "done", "refused", "probes per wait", "seconds", "x the shortest", "refused in run 2",
)  # fmt: skip

TROUBLES: Dict[str, Tuple[Callable[[], sim.Model], float]] = {  # and the requests open it bears
    "answers rise to 8 s": (lambda: sim.rising(40, 160), 99),
    "2 % of answers are 500": (lambda: sim.scattered(0.02, sim.BAD), 99),
    "2 % of answers are 503": (lambda: sim.scattered(0.02, sim.OVERLOADED), 99),
    "503 beyond 3 requests at once": (lambda: sim.crowded(3, 1.0), 3),
}
REFUSALS = {"429": sim.RATE_LIMITED, "403": sim.BLOCKED, "503": sim.OVERLOADED, "500": sim.BAD}


def tables() -> Iterator[Table]:
    measure.say("simulating")
    logging.getLogger("gracenote2epg").setLevel(logging.ERROR)  # there will be many refusals
    limits = [_limit(m, name) for m in sim.LIMITS for name in NAMES]
    troubles = [_trouble(m, name) for m in TROUBLES for name in NAMES]
    hopeless = [_hopeless(status, name) for status in REFUSALS for name in NAMES]
    yield Table([*limits, *troubles, *hopeless], COLUMNS)
    calm = [_calm(latency, name) for latency in (0.13, 1.0) for name in NAMES]
    used = [_used(name, at, low, high) for name, at, low, high in MEETING]
    little = [_used_near(name) for name in NAMES]
    yield Table([*calm, *used, *little])
    yield Table(
        [_gain(model, name) for model in ("answers in 1 s", "answers get slow") for name in NAMES],
        ("seconds, adapting", "seconds, not adapting", "saved"),
    )


def _run(model: sim.Model, name: str, count: int = REQUESTS, **given: object) -> sim.Run:
    run = sim.Run(model, name, **given)
    run.guide(sim.windows(count))
    return run


def _figures(run: sim.Run, optimum: float, again: str = "") -> Sequence[str]:
    refusals = run.monitor.statistics.breaker_trips
    probes = f"{(len(run.trips()) - refusals) / refusals:.1f}" if refusals else ""
    factor = f"{run.world.now / optimum:.2f}" if optimum else ""
    return (
        f"{_done(run):.0%}", str(len(run.refusals)), probes, f"{run.world.now:.0f}", factor, again,
    )  # fmt: skip


def _done(run: sim.Run) -> float:
    own = run.monitor.statistics.guide
    return own.good / own.tasks


def _limit(model: str, name: str) -> Row:
    """Run twice: the second run knows what the first one learned."""
    limited = sim.LIMITS[model]
    run = _run(limited.make(), name)
    limit = run.coordinator.limit
    again = _run(limited.make(), name, limit=limit and limit._replace(certain=True))
    optimum, refusals = limited.knowing(REQUESTS, TOP[name]), run.monitor.statistics.breaker_trips
    met = (
        run.world.now <= 1.4 * optimum
        and len(run.trips()) - refusals <= 2 * refusals
        and _done(run) == 1.0
        and not again.refusals
    )
    figures = _figures(run, optimum, str(len(again.refusals)))
    return Row(f"{model}: {name}", figures, "<= 1.4 x, <= 2 probes, 0 in run 2", met)


def _trouble(model: str, name: str) -> Row:
    make, bears = TROUBLES[model]
    run = _run(make(), name)
    share = _done(run)
    return Row(f"{model}: {name}", _figures(run, _optimum(make(), name, bears)), ">= 99.5%",
               share >= 0.995)  # fmt: skip


def _optimum(model: sim.Model, name: str, bears: float) -> float:
    """Seconds of one that has all workers that the server bears busy from the beginning."""
    now, sent, step = 0.0, 0.0, 0.1
    while sent < REQUESTS:
        latency = model(now, sim.windows(1)[0], 0)[1]
        sent += step * min(TOP[name], min(bears, MOST[name]) / latency)
        now += step
    return now


def _hopeless(status: str, name: str) -> Row:
    run = _run(sim.scattered(1.0, REFUSALS[status]), name, 28)
    ended = run.coordinator.ended
    met = run.world.now <= 610 and len(run.world.sent) <= 8 and ended is not None
    why = ended.verdict.value if ended else "never"
    title = f"all answers are {status} (ended by: {why}): {name}"
    return Row(title, _figures(run, 0), "ends within 610 s", met)


def _calm(latency: float, name: str) -> Row:
    run = _run(sim.calm(latency), name, 1500)
    title = f"answers in {1000 * latency:.0f} ms: {name}, used share of the allowed rate"
    return measure.at_least(title, sim.share_of_limit(run), 0.98, "{:.3f}")


def _used(name: str, latency: float, low: float, high: float) -> Row:
    """Utilization where rate and workers meet; the first half minute is for growing."""
    run = _run(sim.calm(latency), name)
    sent = [request.at for request in run.world.sent if request.at >= 30.0]
    used = len(sent) * latency / (sent[-1] - 30.0) / run.world.size
    return Row(
        f"answers in {1000 * latency:.0f} ms: {name}, busy share of the workers", f"{used:.2f}",
        f"{low:.2f} to {high:.2f}", low <= used <= high,
    )  # fmt: skip


def _used_near(name: str) -> Row:
    run = _run(sim.calm(0.13), name, 500)
    used = run.world.busy_seconds / run.world.sent[-1].at / run.world.size
    law = TOP[name] * 0.13 / run.world.size
    title = f"answers in 130 ms: {name}, busy share of the workers (Little's law says {law:.3f})"
    return Row(title, f"{used:.3f}")


def _gain(model: str, name: str) -> Row:
    times: List[float] = []
    for adaptive in (True, False):
        server = sim.calm(1.0) if model == "answers in 1 s" else sim.rising(30, 90, 8.0, 0.9)
        times.append(_run(server, name, 600, adaptive=adaptive).world.now)
    adapting, without = times
    figures = (f"{adapting:.0f}", f"{without:.0f}", f"{1 - adapting / without:.0%}")
    return Row(f"{model}: {name}", figures, ">= -2%", adapting <= 1.02 * without)
