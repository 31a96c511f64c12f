"""1,500 random sources in virtual time: whatever they answer, a run ends, in order and in time."""

import random
from collections import Counter

import pytest

from gracenote2epg.clock import HOUR
from gracenote2epg.downloader import events, learned_limit
from gracenote2epg.gracenote.tasks import GuideTask
from support.virtual_time import (
    BAD,
    BLOCKED,
    GONE,
    LINEUP,
    NO_LINEUP,
    OK,
    OVERLOADED,
    RATE_LIMITED,
    STRATEGIES,
    UNREACHABLE,
    Run,
    series,
    windows,
)

SOURCES, BATCH = 1500, 100
LATE = 130.0  # seconds after its budget for which a request may still be in flight
LINEUPS = [LINEUP._replace(lineup_id=f"USA-{n}") for n in range(3)]
EMPTY = BAD._replace(status=200)
FAILURES = [RATE_LIMITED, BLOCKED, OVERLOADED, UNREACHABLE, BAD, EMPTY, GONE, NO_LINEUP]


def source(chance):
    """Answers in a mood that changes now and then; some tasks it never answers well."""
    moods = [chance.choice((0.0, 0.0, 0.0, 0.02, 0.3, 1.0)) for _ in range(6)]
    kinds = [chance.sample(FAILURES, chance.randint(1, 3)) for _ in moods]
    changes = chance.choice((5.0, 30.0, 300.0))  # seconds
    cursed, curse = chance.choice((0.0, 0.0, 0.02, 0.5)), chance.choice(FAILURES)
    fates, slowness = {}, chance.choice((0.05, 0.1, 0.5, 3.0, 60.0))

    def answer(now, task, busy):
        mood = int(now / changes) % len(moods)
        hour = (task.lineup, task.start) if isinstance(task, GuideTask) else task.series_id
        outcome = OK
        if fates.setdefault(hour, chance.random()) < cursed:
            outcome = curse
        elif chance.random() < moods[mood]:
            outcome = chance.choice(kinds[mood])
        if outcome.refused or outcome is OVERLOADED:
            waits = (None, None, 0.0, 3.0, 45.0, 700.0, 1e9)
            outcome = outcome._replace(retry_after=chance.choice(waits))
        return outcome, chance.uniform(0.01, 2.0) * slowness

    return answer


def problems(seed):
    """What a run against the source of this seed did wrong."""
    chance = random.Random(seed)
    seconds = chance.choice((20.0, 600.0, 3600.0, 3600.0))
    requests = chance.choice((5, 60, 5000, 5000, 5000))
    most = chance.choice((1, 2, 4, 10))
    limit = learned_limit.LearnedLimit(50, 9.0, 9.0, chance.choice((0.1, 1.0, 4.0)), True)
    run = Run(
        source(chance),
        chance.choice(list(STRATEGIES)),
        adaptive=chance.random() < 0.9,
        max_workers=most,
        seconds=seconds,
        requests=requests,
        limit=chance.choice((None, None, limit)),
    )
    stop_at = chance.choice((None, None, None, chance.uniform(0.0, 200.0)))
    if stop_at is not None:
        run.world.at_time.append((stop_at, run.stop.set))
    guide = [
        task._replace(lineup=lineup)
        for lineup in LINEUPS[: chance.randint(1, 3)]
        for task in windows(chance.randint(0, 30))
    ]
    details = [task._replace(asked_in_vain=chance.random() < 0.2) for task in series(60)]
    phases = [(run.guide, guide[:1]), (run.guide, guide[1:]), (run.details, details)]
    if chance.random() < 0.2:
        phases.reverse()
    wrong = []
    for download, tasks in phases:
        if [result.task for result in download(tasks)] != tasks:
            wrong.append("not one result for each task, in order")
    for statistics in (run.monitor.statistics.guide, run.monitor.statistics.series):
        if statistics.settled != statistics.tasks or statistics.busy:
            wrong.append(f"{statistics.settled} of {statistics.tasks} settled, {statistics.busy}")
    kept = parts(run.saved)
    kept.subtract(parts(sent.task for sent in run.world.sent if sent.is_control))
    if kept and max(kept.values()) > 1:
        wrong.append("kept twice")
    sent = run.request_times()
    if len(sent) > requests or len(sent) != len(run.world.sent):
        wrong.append(f"{len(sent)} requests of {requests}")
    if run.world.busy or not all(1 <= size <= most for size in run.world.sizes):
        wrong.append(f"{run.world.busy} in flight, workers {set(run.world.sizes)}")
    end = run.world.now
    if sent and end > sent[0] + seconds + LATE:
        wrong.append(f"{end - sent[0]:.0f} s of {seconds:.0f}")
    if stop_at is not None and end > stop_at + 1.0 and end > sent[-1] + 1.0:
        wrong.append(f"stopped after {end - stop_at:.0f} s")
    return wrong + beside_probes(run.events)


def parts(tasks):
    """How often each hour and each series is among these tasks."""
    return Counter(
        part
        for task in tasks
        for part in (
            [(task.lineup, hour) for hour in range(task.start, task.stop, HOUR)]
            if isinstance(task, GuideTask)
            else [task.series_id]
        )
    )


def beside_probes(all_events):
    """Requests that were sent while the circuit breaker was open, other than one probe a wait."""
    probe_at, probes, wrong = None, 0, []
    for event in all_events:
        if isinstance(event, events.BreakerTripped):
            probe_at, probes = event.probe_at, 0
        elif isinstance(event, events.BreakerReset):
            probe_at = None
        elif isinstance(event, events.RequestSent) and probe_at is not None:
            probes += 1
            if probes > 1 or event.at < probe_at:
                wrong.append(f"a request at {event.at:.1f}, the probe was due at {probe_at:.1f}")
    return wrong


def test_the_first_sources():
    assert {seed: found for seed in range(20) for found in [problems(seed)] if found} == {}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, SOURCES, BATCH))
def test_any_source(first):
    seeds = range(first, first + BATCH)
    assert {seed: found for seed in seeds for found in [problems(seed)] if found} == {}
