"""Each strategy against a near source: does it send as fast as its limiter allows, and politely?"""

import json
import os
import tempfile
from typing import Any, Dict, List

import measure
import near
from measure import Row

CLIENT = os.path.join(measure.HERE, "client.py")
STRATEGIES = ("conservative", "balanced", "aggressive")
REACHED = 0.95  # share of the allowed rate


def rows() -> List[Row]:
    found: List[Row] = []
    measure.say("preparing the stand-in of the source")
    with near.server() as server:
        for name in STRATEGIES:
            measure.say(f"downloading with the strategy {name}")
            server.reset_counts()
            with tempfile.TemporaryDirectory() as home:
                used = measure.child([CLIENT, "strategy", server.url, home, name], home)
            found += _rows(name, json.loads(used.stdout), server.counts.connections)
    return found


def _rows(name: str, seen: Dict[str, Any], connections: int) -> List[Row]:
    title = f"download, {name}:"
    found = []
    for kind, what in (("guide", "windows"), ("series", "details")):
        own = seen[kind]
        reached, allowed = own["sent"] / own["seconds"], own["allowed"] / own["seconds"]
        found.append(Row(f"{title} {what}/s, allowed", f"{reached:.2f}, {allowed:.2f}"))
        ratio = reached / allowed
        found.append(measure.at_least(f"{title} {what}, of allowed", ratio, REACHED, "{:.3f}"))
    return [
        *found,
        *polite(title, seen, connections),
        Row(f"{title} wall s", f"{seen['wall']:.1f}"),
    ]


def polite(title: str, seen: Dict[str, Any], connections: int) -> List[Row]:
    """Connections, requests and refusals of a run."""
    return [
        measure.at_most(f"{title} connections, largest pool", connections, seen["largest"]),
        Row(f"{title} requests", str(seen["requests"])),
        measure.at_most(f"{title} refusals", seen["refusals"], 0),
    ]
