"""What a new guide lacks that the published one has. Pure; times are seconds since the epoch.

Only hours that both guides cover are compared, so that a new day never makes up for what is lost of
today.
"""

from collections import defaultdict
from typing import Dict, Iterator, List, Mapping, NamedTuple

from ..clock import DAY, HOUR, TWO_RUNS
from ..errors import format_time
from ..util.format import join_names
from .summary import SLOT, Summary

_MIN_HOURS = 1  # a smaller loss does not count, however few hours a guide has
_MIN_KNOWN_HOURS = 6
_MIN_PROGRAMMES = 10
_FURTHER = DAY - SLOT  # the last programmes of two days seldom end at the same time of day


class Loss(NamedTuple):
    """Less of something than before. measure: of what; text: the end of a sentence.

    is_essential: of stations or hours. With any other loss, the new guide is still the better one
    once the published guide gets old.
    """

    measure: str
    text: str
    is_essential: bool = False


def find_losses(old: Summary, new: Summary, now: float, percent: int) -> List[Loss]:
    """Of what the new guide has less than ``percent`` of what the old one has, from now on.

    Days beyond the new guide's do not count: the old one was made while the clock was ahead.
    """
    return [
        *_lost_stations(old, new, now, percent),
        *_lost_hours(old, new, now, percent),
        *_lost_counts(old, new, now, percent),
    ]


def is_believed(loss: Loss, seen_for: float, old: Summary, new: Summary, now: float) -> bool:
    """Whether the guide is published in spite of a loss. seen_for: seconds since it was first seen.

    No loss may keep a good guide from replacing one that runs dry.
    """
    if loss.is_essential:
        return seen_for >= TWO_RUNS and 2 * (old.end - now) < new.end - now
    return seen_for >= TWO_RUNS or new.end - old.end >= _FURTHER


def _lost_stations(old: Summary, new: Summary, now: float, percent: int) -> Iterator[Loss]:
    before, after = _station_names(old, now), _station_names(new, now)
    if 100 * len(after) < percent * len(before):
        present = {*after, *after.values()}  # a summary made from a file has other ids
        lost = join_names([name for key, name in before.items() if not {key, name} & present])
        text = f"{len(after)} stations from now on, and it had {len(before)}"
        yield Loss("stations", f"{text}; it lacks {lost}" if lost else text, True)


def _lost_hours(old: Summary, new: Summary, now: float, percent: int) -> Iterator[Loss]:
    """As a whole, and in each slot of the coming day."""
    had, has = (_common_slots(old, new, now, each.seconds) for each in (old, new))
    stretches = {"from now on": (sum(had.values()), sum(has.values()))}
    for slot in sorted(had):
        if slot < now + DAY:
            stretch = f"from {format_time(slot)} to {format_time(slot + SLOT)}"
            stretches[stretch] = (had[slot], has[slot])
    for stretch, (before, after) in stretches.items():
        if 100 * after < percent * before and before - after >= _MIN_HOURS * HOUR:
            text = f"{after // HOUR} hours {stretch}, and it had {before // HOUR}"
            yield Loss("hours", text, True)


def _lost_counts(old: Summary, new: Summary, now: float, percent: int) -> Iterator[Loss]:
    for name, before, after, unit, least in (
        ("hours that are not TBA", old.known, new.known, HOUR, _MIN_KNOWN_HOURS),
        ("programmes with details", old.detailed, new.detailed, 1, _MIN_PROGRAMMES),
        ("programmes with a description", old.described, new.described, 1, _MIN_PROGRAMMES),
        ("episodes with a number", old.numbered, new.numbered, 1, _MIN_PROGRAMMES),
    ):
        had, has = (
            sum(_common_slots(old, new, now, counts).values()) // unit for counts in (before, after)
        )
        if 100 * has < percent * had and had - has >= least:
            yield Loss(name, f"{has} {name} from now on, and it had {had}")


def _common_slots(
    old: Summary, new: Summary, now: float, counts: Mapping[int, int]
) -> Dict[int, int]:
    """One of the summaries' counts, by the slots that are not over and that both cover."""
    begin, end = new.days[0], min(new.days[-1], old.days[-1] if old.days else old.end)
    slots: Dict[int, int] = defaultdict(int)
    for piece, count in counts.items():
        slot = piece - piece % SLOT
        if begin <= piece < end and slot + SLOT > now:
            slots[slot] += count
    return slots


def _station_names(summary: Summary, now: float) -> Dict[str, str]:
    """The names of the stations with programmes still to come, by id."""
    return {key: station.name for key, station in summary.stations.items() if station.end > now}
