"""A stand-in of the service on this machine: a made-up world, its server, and its faults.

``gracenote2epg --demo`` runs against it, as do all tests that need a server. It shares no code
with the rest of the package but the clock, so that it cannot be wrong in the same way.
"""

from .faults import Faults
from .server import DemoServer
from .world import World

__all__ = ["DemoServer", "Faults", "World"]
