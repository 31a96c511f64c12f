"""Times, durations and lists as text for people."""

import textwrap
from typing import Sequence

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))
MAX_NAMES = 8  # stations in one sentence


def wrap(line: str, width: int, indent: str) -> str:
    """Long words stay whole: they are names of files."""
    if not width:
        return line
    return textwrap.fill(
        line,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def format_duration(seconds: float) -> str:
    """A length of time in its largest unit: "3 days", "1 hour", "12 minutes"."""
    for unit, name in _UNITS:
        count = int(seconds // unit)
        if count > 0:
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "a moment"


def format_ago(seconds: float) -> str:
    return f"{format_duration(seconds)} ago"


def join_names(stations: Sequence[str]) -> str:
    """Their names as part of a sentence, the first ones of many."""
    more = f" and {len(stations) - MAX_NAMES} more" if len(stations) > MAX_NAMES else ""
    return ", ".join(stations[:MAX_NAMES]) + more
