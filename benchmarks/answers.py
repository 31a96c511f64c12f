"""The source's answers of a made-up world as bytes, made once and kept for repeated runs.

They are in one archive in the system's temporary folder, named after what they depend on: the
world's parameters, its code, and today, for a guide begins at local midnight.
"""

import contextlib
import glob
import hashlib
import json
import os
import tempfile
import time
import zipfile
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

import measure

from fake_gracenote import World
from gracenote2epg import demo
from gracenote2epg.grab import refresh
from gracenote2epg.gracenote.lineup_ids import over_the_air
from gracenote2epg.gracenote.tasks import GuideTask
from gracenote2epg.guide import span as guide_span

POSTAL_CODE = "90210"
HOURS = 6  # of a window
LINEUP = over_the_air(POSTAL_CODE)


class Parameters(NamedTuple):
    """Of the world and its guide: what the answers depend on.

    spread: on how many stations a series is shown, as syndicated ones are, far apart in the lineup;
    1 = clustered: on its own station and now and then on another one.
    """

    stations: int
    series: int
    days: int
    spread: int = 1

    @property
    def name(self) -> str:
        return "x".join(map(str, self))


class _SpreadWorld(World):
    """A world whose stations of one kind show each other's series."""

    def __init__(self, spread: int, stations: int, *given: Any, **more: Any) -> None:
        super().__init__(stations, *given, **more)
        kinds: Dict[Tuple[str, str], List[int]] = {}
        for own in self.stations[:stations]:
            kinds.setdefault((own.role, own.language), []).append(own.place)
        shares = list(self.catalogue.repertoires)
        for places in kinds.values():
            step = len(places) // spread or 1
            for at, place in enumerate(places):
                others = {places[(at + step * number) % len(places)] for number in range(spread)}
                shown = (each for other in others for each in self.catalogue.repertoires[other])
                shares[place] = tuple(dict.fromkeys(shown))
        self.catalogue.repertoires = tuple(shares)
        self._shown_on = self.catalogue.shown_on(range(stations))


class Answers:
    """The stored answers of a world, read on demand. path: of their archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.path, self._archive = str(archive.filename), archive

    def windows(self) -> Iterator[Tuple[GuideTask, bytes]]:
        for name in self._names("grid"):
            start = int(name.split("/")[1])
            yield GuideTask(LINEUP, start, HOURS), self._archive.read(name)

    def details(self) -> Iterator[Tuple[str, bytes]]:
        """Series ids, each with its answer."""
        for name in self._names("details"):
            yield name.split("/")[1], self._archive.read(name)

    def _names(self, folder: str) -> Iterator[str]:
        return (name for name in self._archive.namelist() if name.startswith(folder + "/"))


@contextlib.contextmanager
def stored(parameters: Parameters) -> Iterator[Answers]:
    """The answers, made when they are not there yet."""
    span = guide_span.span(time.time(), parameters.days, 0)
    folder = os.path.join(tempfile.gettempdir(), f"gracenote2epg-bench-{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    name = parameters.name
    path = os.path.join(folder, f"{name}-{_key(span)}.zip")
    if not os.path.exists(path):
        for old in glob.glob(os.path.join(folder, f"{name}-*.zip")):
            with contextlib.suppress(FileNotFoundError):
                os.remove(old)
        measure.say(f"making the answers of {parameters.stations} stations, {parameters.days} days")
        unfinished = f"{path}.{os.getpid()}"  # another run may be making the same
        _make(unfinished, parameters, span)
        os.replace(unfinished, path)
    with zipfile.ZipFile(path) as archive:
        yield Answers(archive)


def _key(span: guide_span.TimeSpan) -> str:
    digest = hashlib.sha256(repr(span).encode())
    folder = os.path.dirname(os.path.abspath(demo.__file__))
    for source in sorted(glob.glob(os.path.join(folder, "*.py"))):
        with open(source, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()[:12]


def _make(path: str, parameters: Parameters, span: guide_span.TimeSpan) -> None:
    stations, series, _, spread = parameters
    world = _SpreadWorld(spread, stations, series, now=span.begin)
    series_ids = set()
    with zipfile.ZipFile(path, "w") as archive:  # not packed: reading it shall cost nothing
        for task in refresh.windows(LINEUP, span, HOURS, span.begin):
            answer = world.grid(_params(task))
            archive.writestr(f"grid/{task.start}", json.dumps(answer))
            series_ids |= {
                event["seriesId"] for row in answer["channels"] for event in row["events"]
            }
        for series_id in sorted(series_ids):
            details = world.details(series_id)
            if details is not None:
                archive.writestr(f"details/{series_id}", json.dumps(details))


def _params(task: GuideTask) -> Dict[str, str]:
    lineup = task.lineup
    return {
        "lineupId": lineup.lineup_id,
        "headendId": lineup.headend_id,
        "country": lineup.country,
        "device": lineup.device,
        "postalCode": lineup.postal_code,
        "time": str(task.start),
        "timespan": str(task.hours),
    }
