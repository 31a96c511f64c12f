"""The events that the coordinator reports."""

from typing import Any, NamedTuple, Union

from ..gracenote.tasks import Outcome, Verdict
from .adaptive import Pace


class Phase(NamedTuple):
    """What the run does from now on: lineup, guide, details, writing, or "" when it is over."""

    at: float
    name: str


class Published(NamedTuple):
    """A guide was published. made: seconds since the epoch; summary: what is in it."""

    at: float
    made: float
    summary: Any


class Began(NamedTuple):
    """The downloads of a type begin, with so many tasks more. Its bounds are for those who show
    how near to them the pace is."""

    at: float
    type: str
    tasks: int
    pace: Pace
    max_workers: int
    max_rate: float


class RequestSent(NamedTuple):
    """A request went out."""

    at: float
    type: str


class ResponseReceived(NamedTuple):
    """It came back, well or not."""

    at: float
    type: str
    outcome: Outcome


class TaskDone(NamedTuple):
    """A task has its final outcome; it may have taken several requests, or none."""

    at: float
    type: str
    verdict: Verdict


class PaceChanged(NamedTuple):
    """Workers or rate changed, or why they did not."""

    at: float
    type: str
    pace: Pace


class BreakerTripped(NamedTuple):
    """The source refuses; the next probe goes at ``probe_at``."""

    at: float
    reason: str
    probe_at: float


class BreakerReset(NamedTuple):
    at: float


class Ended(NamedTuple):
    at: float
    type: str


class Closed(NamedTuple):
    """The workers are gone."""

    at: float


Event = Union[
    Phase,
    Published,
    Began,
    RequestSent,
    ResponseReceived,
    TaskDone,
    PaceChanged,
    BreakerTripped,
    BreakerReset,
    Ended,
    Closed,
]
