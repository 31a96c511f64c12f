"""The events that the coordinator and a run report. ``at``: seconds of the coordinator's clock."""

from typing import Any, NamedTuple, Union

from ..gracenote.tasks import Outcome, Verdict
from .adaptive import Pace


class Phase(NamedTuple):
    """What the run does now: lineup, guide, details, writing, or "" when it is over."""

    at: float
    name: str


class Published(NamedTuple):
    """A guide was published. made: seconds since the epoch; summary: what is in it."""

    at: float
    made: float
    summary: Any


class Began(NamedTuple):
    """Downloads of a type began, with so many more tasks, within these bounds of the pace."""

    at: float
    type: str
    tasks: int
    pace: Pace
    max_workers: int
    max_rate: float


class RequestSent(NamedTuple):
    at: float
    type: str


class ResponseReceived(NamedTuple):
    """The result of a request, good or not."""

    at: float
    type: str
    outcome: Outcome


class TaskDone(NamedTuple):
    """A task has its final outcome, after several requests or none."""

    at: float
    type: str
    verdict: Verdict


class PaceChanged(NamedTuple):
    """The workers or the rate changed, or the reason for them."""

    at: float
    type: str
    pace: Pace


class BreakerTripped(NamedTuple):
    """Nothing is sent until the probe at ``probe_at``."""

    at: float
    reason: str
    probe_at: float


class BreakerReset(NamedTuple):
    at: float


class Ended(NamedTuple):
    at: float
    type: str


class Closed(NamedTuple):
    """The workers have ended."""

    at: float


OfType = Union[Began, RequestSent, ResponseReceived, TaskDone, PaceChanged, Ended]
Event = Union[OfType, Phase, Published, BreakerTripped, BreakerReset, Closed]
