"""A first run in a fresh folder, over the air, with the default strategy."""

import json
import os
import tempfile
from typing import Any, Dict, List

import measure
import near
from download import CLIENT, polite
from measure import Row, Usage

BUDGET = 45  # seconds of download: the details go on at the same rate, so not all are waited for
ALL = 3600


def rows(whole: bool = False) -> List[Row]:
    """whole: wait for all details."""
    measure.say("preparing the stand-in of the source")
    budget = ALL if whole else BUDGET
    with near.server() as server, tempfile.TemporaryDirectory() as home:
        measure.say(f"a first run, {'to its end' if whole else f'stopped after {budget} s'}")
        server.reset_counts()
        folder = os.path.join(home, "data")
        used = measure.child([CLIENT, "cold", server.url, folder, str(budget)], home)
        return _rows(json.loads(used.stdout), used, server.counts.connections)


def _rows(seen: Dict[str, Any], used: Usage, connections: int) -> List[Row]:
    left = seen["due"] - seen["good"]
    full = seen["seconds"] + left / seen["rate"]
    how = "" if not left else f", {left} of {seen['due']} details reckoned at {seen['rate']:.1f}/s"
    return [
        measure.at_most("cold: first guide, s", seen["first_guide"], 10, "{:.1f}"),
        Row(f"cold: full guide, s{how}", f"{full:.1f}"),
        Row("cold: programmes", f"{seen['programmes']:,}"),
        *polite("cold:", seen, connections),
        measure.at_most("cold: peak MiB", used.peak, 100, "{:.1f}"),
        Row("cold: CPU s", f"{used.cpu:.1f}"),
    ]
