"""The events that the coordinator and a run report. ``at``: seconds of the coordinator's clock."""

from typing import Any, NamedTuple, Union

from ..gracenote.tasks import Outcome, Verdict
from .adaptive import Pace


class Phase(NamedTuple):
    """What the run does now: lineup, guide, details, writing, or "" when it is over."""

    at: float
    name: str


class Published(NamedTuple):
    """A guide was published. made: when, in seconds since the epoch; summary: what is in it."""

    at: float
    made: float
    summary: Any


class Began(NamedTuple):
    """Downloads of a type began. tasks: how many more there are; max_rate: requests a second."""

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
    """The workers, the rate, the reason or the status changed."""

    at: float
    type: str
    pace: Pace


class BreakerTripped(NamedTuple):
    """Nothing is sent until the probe at ``probe_at``; 0.0 = the run ends before."""

    at: float
    reason: str
    probe_at: float


class BreakerReset(NamedTuple):
    """The source answers again."""

    at: float


class Ended(NamedTuple):
    """The downloads of a type ended."""

    at: float
    type: str


class Closed(NamedTuple):
    """The workers have ended."""

    at: float


OfType = Union[Began, RequestSent, ResponseReceived, TaskDone, PaceChanged, Ended]
Event = Union[OfType, Phase, Published, BreakerTripped, BreakerReset, Closed]
