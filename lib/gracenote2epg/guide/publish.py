"""Publishes a guide: whole, at once, and never a worse one."""

import threading
from typing import Iterable, List, Optional

from ..config.settings import Config
from ..errors import Stopped, WorseGuide
from ..store.answers import Store
from . import comparison
from .guide_file import in_place_of
from .published import DOUBTED_FACT, PUBLISHED_FACT, file_stamp, published, summarize_file
from .summary import Summary


def publish(
    store: Store,
    path: str,
    chunks: Iterable[str],
    summary: List[Summary],
    made_for: str,
    stop: threading.Event,
    fingerprint: str = "",
    completed: float = 0.0,
    worse_below: int = Config.worse_below,
    is_complete: bool = False,
    players: str = "",
) -> Summary:
    """Write the guide to ``path``, unless it is worse than the one published there.

    summary: gets its one element before the chunks end. made_for: the settings that made it, as
    text; only guides for the same ones are compared. fingerprint, completed, players: see
    PublishedGuide. worse_below: percent. is_complete: nothing is missing; an incomplete guide is
    also compared with a file of unknown origin. Raises WorseGuide, OutputError, Stopped; then the
    file is unchanged.
    """
    old = published(store, path)
    previous: Optional[Summary] = None
    if old and old["asked"] == made_for:
        previous = Summary.from_json(old["summary"])
    elif not (old or is_complete):
        previous = summarize_file(path, stop)
    with in_place_of(path, store.clock.now()) as file:
        for chunk in chunks:
            if stop.is_set():
                raise Stopped()
            file.write(chunk)
        reason = _why_refused(store, path, previous, summary[0], worse_below) if previous else ""
        if reason:
            raise WorseGuide(reason)
    made = store.clock.now()
    fact = {
        "asked": made_for,
        "form": fingerprint,
        "good": completed,
        "players": players,
        "file": file_stamp(path),
        "made": made,
        "summary": summary[0]._asdict(),
    }
    store.set_fact(f"{PUBLISHED_FACT}{path}", fact, made)
    store.delete_fact(f"{DOUBTED_FACT}{path}")
    return summary[0]


def _why_refused(store: Store, path: str, old: Summary, new: Summary, percent: int) -> str:
    """Why the new guide must not replace the old one; "" = it may.

    The store remembers since when each loss has been seen: it is believed after some time.
    """
    now, fact = store.clock.now(), f"{DOUBTED_FACT}{path}"
    losses = comparison.find_losses(old, new, now, percent)
    seen, _ = store.fact(fact)
    since = {loss.measure: min((seen or {}).get(loss.measure, now), now) for loss in losses}
    for loss in losses:
        if not comparison.is_believed(loss, now - since[loss.measure], old, new, now):
            store.set_fact(fact, since, now)
            return loss.text
    return ""
