"""Durations, names and wrapped lines as text for people."""

import difflib
import textwrap
import time
from typing import Iterable, NamedTuple, Sequence

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))
MAX_NAMES = 8  # in one sentence


def wrap(line: str, width: int, indent: str) -> str:
    """Wrap the line unless width is 0; long words stay whole, since they are file names."""
    wrapper = textwrap.TextWrapper(
        width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return wrapper.fill(line) if width else line


def format_duration(seconds: float) -> str:
    """Format seconds in the largest unit: "3 days", "1 hour", "12 minutes"."""
    for unit, name in _UNITS:
        count = int(seconds // unit)
        if count > 0:
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "a moment"


def format_ago(seconds: float) -> str:
    """Format seconds: "3 days ago"."""
    return f"{format_duration(seconds)} ago"


class Moment(NamedTuple):
    """A time in a sentence, seconds since the epoch: "3 days ago", "in 2 hours". now: 0.0 = by its
    date, "Tue 24 Nov 21:40"."""

    at: float
    now: float = 0.0

    def __str__(self) -> str:
        if not self.now:
            return time.strftime("%a %d %b %H:%M", time.localtime(self.at))
        if self.at > self.now:
            return f"in {format_duration(self.at - self.now)}"
        return format_ago(self.now - self.at)


class Names(NamedTuple):
    """Names in a sentence: "A, B and 3 more"."""

    names: Sequence[str]
    limit: int = MAX_NAMES

    def __str__(self) -> str:
        return join_names(self.names, self.limit)


def join_names(names: Sequence[str], limit: int = MAX_NAMES) -> str:
    """List names in a sentence: "A, B and 3 more"."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def did_you_mean(word: str, names: Iterable[str], prefix: str = "") -> str:
    """The end of a sentence: the one of these names that is nearest to the word; "" = none is.

    prefix: of the word and the names; it says nothing of how near they are.
    """
    ends = [name[len(prefix) :] for name in names]
    near = difflib.get_close_matches(word[len(prefix) :], ends, 1, 0.6)
    return f" (did you mean {prefix}{near[0]}?)" if near else ""
