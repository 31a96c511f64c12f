"""Reading a guide back, and a run against the stand-in of the service."""

import calendar
import gzip
import os
import re
import time
from typing import Any, Dict, List, NamedTuple, Set, Tuple
from xml.etree import ElementTree

from gracenote2epg import config, plan
from gracenote2epg.demo import DemoServer


class Programme(NamedTuple):
    station: str
    start: int
    stop: int
    title: str


def moment(text: str) -> int:
    """Seconds since the epoch of an XMLTV time."""
    stamp, sign, hours, minutes = re.fullmatch(r"(\d{14}) ([+-])(\d\d)(\d\d)", text).groups()
    offset = 3600 * int(hours) + 60 * int(minutes)
    return calendar.timegm(time.strptime(stamp, "%Y%m%d%H%M%S")) - int(f"{sign}{offset}")


def read(path: str) -> ElementTree.Element:
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as file:
        return ElementTree.fromstring(file.read())


def programmes(path: str) -> List[Programme]:
    return [
        Programme(
            node.get("channel").split(".")[0],
            moment(node.get("start")),
            moment(node.get("stop")),
            node.findtext("title"),
        )
        for node in read(path).iter("programme")
    ]


def channels(path: str) -> List[str]:
    return [node.get("id").split(".")[0] for node in read(path).iter("channel")]


def truth(server: DemoServer, days: int, offset: int = 0) -> Set[Programme]:
    """What the stand-in says that a guide of these days holds, by its own schedule."""
    span = plan.span(time.time(), days, offset)
    return {
        Programme(row["channelId"], row["start"], row["stop"], row["title"])
        for row in server.world.truth(span.begin, span.end)
    }


def settings(server: DemoServer, folder: Any, **changes: Any) -> config.Config:
    """A run of one day against the server, without details, in a folder of its own."""
    values: Dict[str, Any] = {
        "base_url": server.url,
        "postal_code": "90210",
        "days": 1,
        "details": False,
        "worker_strategy": "aggressive",
    }
    made = config.override(config.Config(), {**values, **changes})
    return config.with_places(made, os.fspath(folder))


def by_status(server: DemoServer) -> List[Tuple[str, int]]:
    return [(entry.endpoint, entry.status) for entry in server.log]
