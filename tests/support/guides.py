"""Make a guide in this process or by a run against the fake service, and read it back."""

import calendar
import functools
import gzip
import json
import os
import re
import shutil
import subprocess
import threading
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Set
from xml.etree import ElementTree

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg import errors
from gracenote2epg.clock import Clock
from gracenote2epg.config import paths, saving, sources
from gracenote2epg.config import settings as config_settings
from gracenote2epg.config.keeper import FileKeeper
from gracenote2epg.grab import refresh
from gracenote2epg.grab.run import Listener, RunReport, run
from gracenote2epg.gracenote import parser
from gracenote2epg.gracenote.client import Client
from gracenote2epg.gracenote.tasks import Outcome, Task
from gracenote2epg.guide import backups, guide_file
from gracenote2epg.guide import span as guide_span
from gracenote2epg.guide.builder import Guide
from gracenote2epg.models import Lineup
from gracenote2epg.store.answers import Store
from gracenote2epg.xmltv.options import Style
from support.clock import VirtualClock, days_before

STYLE = Style("img.example")
DTD = "/usr/share/xmltv/xmltv.dtd"
Source = Callable[[int, int], bytes]  # the answer to a window: its start, its hours


class Programme(NamedTuple):
    station: str
    start: int
    stop: int
    title: str


def fetch(client: Client, task: Task) -> Outcome:
    """Send and parse one request; the coordinator does this in two steps."""
    return client.parse(task, client.fetch(task))


@functools.lru_cache(maxsize=None)
def moment(text: str) -> int:
    """Seconds since the epoch of an XMLTV time."""
    stamp, sign, hours, minutes = re.fullmatch(r"(\d{14}) ([+-])(\d\d)(\d\d)", text).groups()
    offset = 3600 * int(hours) + 60 * int(minutes)
    return calendar.timegm(time.strptime(stamp, "%Y%m%d%H%M%S")) - int(f"{sign}{offset}")


def utc(moment: int) -> str:
    """A time as the source writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def read(path: str) -> ElementTree.Element:
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as file:
        return ElementTree.fromstring(file.read())


def programmes(path: str) -> List[Programme]:
    return listed(read(path))


def listed(tv: ElementTree.Element) -> List[Programme]:
    return [
        Programme(
            node.get("channel").split(".")[0],
            moment(node.get("start")),
            moment(node.get("stop")),
            node.findtext("title"),
        )
        for node in tv.iter("programme")
    ]


def channels(path: str) -> List[str]:
    return [node.get("id").split(".")[0] for node in read(path).iter("channel")]


def grid(world: World, lineup: Lineup, start: int, hours: int) -> bytes:
    """The fake service's answer to a window, without a server."""
    params = {
        "lineupId": lineup.lineup_id,
        "headendId": lineup.headend_id,
        "country": lineup.country,
        "device": lineup.device,
        "postalCode": lineup.postal_code,
        "time": str(start),
        "timespan": str(hours),
    }
    return json.dumps(world.grid(params)).encode()


def keep(
    store: Store,
    lineup: Lineup,
    answer: Source,
    span: guide_span.TimeSpan,
    hours: int = 6,
    at: float = 1.0,
) -> None:
    """Save the answers to the windows of a span; the first one came at ``at``."""
    for number, task in enumerate(refresh.windows(lineup, span, hours, span.begin)):
        block = parser.guide(answer(task.start, hours))
        store.save_guide(lineup, task.start, hours, block, at + number)


def text(
    store: Store, lineups: Sequence[Lineup], span: guide_span.TimeSpan, style: Style = STYLE
) -> str:
    """The guide of the stored answers."""
    return "".join(Guide(store, lineups, span).text(style, lambda summary: None))


def truth(server: FakeGracenote, days: int, clock: Clock, offset: int = 0) -> Set[Programme]:
    """The programmes of these days by the fake service's schedule."""
    return on(server.world, guide_span.span(clock.now(), days, offset))


def on(world: World, span: guide_span.TimeSpan, lineup: Any = None) -> Set[Programme]:
    """The programmes of a span by the world's schedule."""
    return {
        Programme(row["channelId"], row["start"], row["stop"], row["title"])
        for row in world.truth(span.begin, span.end, lineup)
    }


def settings(server: FakeGracenote, folder: Any, **changes: Any) -> config_settings.Config:
    """Settings for a run of one day, without details."""
    values: Dict[str, Any] = {
        "base_url": server.url,
        "postal_code": "90210",
        "days": 1,
        "details": False,
        "worker_strategy": "aggressive",
    }
    config = sources.override(config_settings.Config(), {**values, **changes})
    return paths.with_paths(config, os.fspath(folder))


def keeper(config: config_settings.Config, clock: Clock) -> FileKeeper:
    """These settings in a config file in their data directory."""
    file = os.path.join(config.data_dir, "my.conf")
    rows = [
        row for row in config_settings.all_settings() if getattr(config, row.name) != row.default
    ]
    values = {row.name: config_settings.as_text(getattr(config, row.name)) for row in rows}
    saving.save(file, values, clock.now())
    return FileKeeper({}, {"HOME": config.data_dir}, file, {}, clock)


def grab(
    config: config_settings.Config,
    clock: Clock,
    stop: Optional[threading.Event] = None,
    listen: Listener = lambda statistics: None,
) -> RunReport:
    return run(config, stop or threading.Event(), listen, clock)


class User(NamedTuple):
    """Grabs from the fake service into a folder, by the test's clock."""

    server: FakeGracenote
    folder: Any
    clock: VirtualClock

    @property
    def guide(self) -> str:
        return os.path.join(os.fspath(self.folder), "xmltv.xml")

    @property
    def written(self) -> bytes:
        with open(self.guide, "rb") as file:
            return file.read()

    def settings(self, **changes: Any) -> config_settings.Config:
        return settings(self.server, self.folder, **changes)

    def grab(self, **changes: Any) -> RunReport:
        try:
            return grab(self.settings(**changes), self.clock)
        finally:
            self.clock.advance(1.0)  # each run begins at another time

    def fails(
        self, kind: Any = errors.GrabError, match: Optional[str] = None, **changes: Any
    ) -> Any:
        with pytest.raises(kind, match=match) as failed:
            self.grab(**changes)
        return failed.value

    def store(self) -> Store:
        return Store(os.fspath(self.folder), self.clock)

    def span(self, days: int = 1, offset: int = 0) -> guide_span.TimeSpan:
        return guide_span.span(self.clock.now(), days, offset)

    def truth(self, days: int = 1, offset: int = 0, lineup: Any = None) -> List[Programme]:
        """The programmes of a guide of these days, in order."""
        return sorted(on(self.server.world, self.span(days, offset), lineup))


def yesterday(
    data_dir: Any, path: Any, clock: Clock, old: str = "", new: str = ""
) -> backups.Backup:
    """Make the backup of the guide at ``path`` a day older, with ``old`` instead of ``new``."""
    with Store(os.fspath(data_dir), clock) as store:
        (backup,) = backups.list_backups(store, os.fspath(data_dir), os.fspath(path))
        at = days_before(clock.now(), 1)
        date = time.strftime("%Y-%m-%d", time.localtime(at))
        earlier = os.path.join(os.path.dirname(backup.path), f"{date}.xml.gz")
        text = b"".join(guide_file.read_chunks(backup.path)).decode()
        assert new in text
        os.remove(backup.path)
        with gzip.open(earlier, "wt", encoding="utf-8", newline="\n") as file:
            file.write(text.replace(new, old) if new else text)
        store.set_fact(f"backup {earlier}", {**backup.fact, "made": at}, at)
        store.delete_fact(f"backup {backup.path}")
        (backup,) = backups.list_backups(store, os.fspath(data_dir), os.fspath(path))
    return backup


def tool(*command: str) -> "subprocess.CompletedProcess[bytes]":
    """Run an external tool; skip the test if it is not installed."""
    package = {"xmllint": "libxml2-utils"}.get(command[0], "xmltv-util")
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed (Debian: {package})")
    if DTD in command and not os.path.exists(DTD):
        pytest.skip(f"{DTD} is missing (Debian: xmltv-util)")
    return subprocess.run(
        command,
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        check=False,
    )
