"""Publishes made-up guides without a run, and reads them back."""

import os
import threading
import time
from typing import Any, Iterable, List, Mapping, Optional, Sequence, Tuple

from gracenote2epg.config.settings import Config
from gracenote2epg.guide.guide_file import read_chunks
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
    """Of a guide with so much of everything in each of its slots of six hours."""
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
    """Where guides are published, at the present time of the store's clock."""

    def __init__(self, store: Store, path: Any) -> None:
        self.store, self.path = store, os.fspath(path)

    def put(
        self,
        *texts: str,
        chunks: Optional[Iterable[str]] = None,
        made_for: str = "all",
        stop: threading.Event = NEVER,
        completed: float = 1.0,
        worse_below: int = Config.worse_below,
        is_complete: bool = False,
        **scores: int,
    ) -> None:
        """Publish these texts behind the head, or all these chunks, with a summary."""
        publish(
            self.store,
            self.path,
            (HEAD, *texts) if chunks is None else chunks,
            [summary(self.slot, **scores)],
            made_for,
            stop,
            "f",
            completed,
            worse_below,
            is_complete,
        )

    def write(self, content: str) -> None:
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path, "w", encoding="utf-8", newline="") as file:
            file.write(content)

    @property
    def slot(self) -> int:
        """Begin of the present slot, seconds since the epoch."""
        return int(self.store.clock.now() // SLOT * SLOT)

    @property
    def text(self) -> str:
        """What follows the head in the published guide."""
        text = b"".join(read_chunks(self.path)).decode()
        assert text.startswith(HEAD)
        return text[len(HEAD) :]

    @property
    def bytes(self) -> bytes:
        with open(self.path, "rb") as file:
            return file.read()

    @property
    def names(self) -> List[str]:
        return sorted(os.listdir(os.path.dirname(self.path)))
