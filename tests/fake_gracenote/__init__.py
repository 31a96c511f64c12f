"""A fake of the service for tests and benchmarks: the demo's world and endpoints, with the
service's checks and oddities, a log of the requests, and faults on demand."""

from .faults import Faults
from .server import FakeGracenote
from .world import World

__all__ = ["FakeGracenote", "Faults", "World"]
