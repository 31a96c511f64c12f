"""A place of a guide: publishing made-up guides there without a run, and reading what is there."""

import gzip
import os
import threading
import time
from typing import Any, Iterable, List, Mapping, Optional, Sequence, Tuple

from gracenote2epg.config.settings import Config
from gracenote2epg.guide.publish import publish
from gracenote2epg.guide.summary import SLOT, StationCoverage, Summary
from gracenote2epg.store.answers import Store
from support.builders import HOUR, NOW

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<tv>\n'  # with which all guides begin
NEVER = threading.Event()


def summary(
    begin: int = NOW,
    stations: int = 10,
    slots: int = 8,
    hours: int = 60,
    detailed: int = 100,
    **scores: int,
) -> Summary:
    """Of a guide that has so much of everything in each of its slots of six hours."""
    end = begin + slots * SLOT
    counts = {"seconds": hours * HOUR, "detailed": detailed, **scores}
    return Summary(
        programmes=500,
        begin=begin,
        days=[begin, begin + 8 * SLOT],
        stations={
            str(n): StationCoverage(f"W{n}", end, [end - begin], [0]) for n in range(stations)
        },
        stale=[],
        **{name: dict.fromkeys(range(begin, end, SLOT), value) for name, value in counts.items()},
    )


def document(
    stations: Mapping[str, Iterable[Tuple[int, int, str, str, bool]]],
    names: Sequence[str] = (),
) -> str:
    """An XMLTV guide of the programmes of these stations: (start, stop, title, subtitle, whether
    it has a description). names: of every station, after its own."""
    lines = [HEAD]
    for name in stations:
        shown = "".join(
            f"<display-name>{each}</display-name>" for each in (f"W{name.split('.')[0]}", *names)
        )
        lines.append(f'<channel id="{name}">{shown}</channel>')
    for name, programmes in stations.items():
        for start, stop, title, subtitle, described in programmes:
            lines.append(
                f'<programme start="{stamp(start)}" stop="{stamp(stop)}" channel="{name}">'
                f"<title>{title}</title><sub-title>{subtitle}</sub-title>"
                f"{'<desc>A story.</desc>' if described else ''}"
                "<credits><actor>Bo</actor></credits></programme>"
            )
    return "\n".join([*lines, "</tv>\n"])


def stamp(moment: int) -> str:
    return time.strftime("%Y%m%d%H%M%S +0000", time.gmtime(moment))


class Place:
    """Where guides of the present moment, by the store's clock, are published."""

    def __init__(self, store: Store, path: Any) -> None:
        self.store, self.path = store, os.fspath(path)

    def put(
        self,
        *texts: str,
        pieces: Optional[Iterable[str]] = None,
        asked: str = "all",
        stop: threading.Event = NEVER,
        form: str = "f",
        good: float = 1.0,
        worse_below: int = Config.worse_below,
        whole: bool = False,
        what: Optional[Summary] = None,
        **scores: int,
    ) -> Summary:
        """Publish these texts behind the head, or all these pieces, with a summary."""
        what = what or summary(self.slot, **scores)
        pieces = (HEAD, *texts) if pieces is None else pieces
        return publish(
            self.store, self.path, pieces, [what], asked, stop, form, good, worse_below, whole
        )

    @property
    def slot(self) -> int:
        """The begin of the present slot."""
        return int(self.store.clock.now() // SLOT * SLOT)

    @property
    def text(self) -> str:
        """What follows the head in the guide that is there."""
        opener = gzip.open if self.path.endswith(".gz") else open
        with opener(self.path, "rb") as file:
            text = file.read().decode()
        assert text.startswith(HEAD)
        return text[len(HEAD) :]

    @property
    def bytes(self) -> bytes:
        with open(self.path, "rb") as file:
            return file.read()

    @property
    def names(self) -> List[str]:
        """Those in its folder."""
        return sorted(os.listdir(os.path.dirname(self.path)))
