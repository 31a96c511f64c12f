"""Tables in tests: one test tries all rows and lists those that came out otherwise."""

import re
from typing import Any, Callable, Iterable, List, Sequence, Type


def wrong(make: Callable[..., Any], rows: Iterable[Sequence[Any]]) -> List[str]:
    """The failures: a row holds arguments and, last, what ``make`` returns for them."""
    failures = []
    for *given, expected in rows:
        try:
            made = make(*given)
        except Exception as error:
            made = error
        if made != expected:
            failures.append(f"{given} made {made!r}, not {expected!r}")
    return failures


def not_refused(
    take: Callable[..., Any], rows: Iterable[Any], error: Type[Exception], match: str = ""
) -> List[str]:
    """The failures: a row is an argument for which ``take`` raises this error, in these words.

    A row that is a tuple holds several arguments.
    """
    failures = []
    for row in rows:
        try:
            made = take(*row) if isinstance(row, tuple) else take(row)
            failures.append(f"{row!r:.200} made {made!r}")
        except error as refusal:
            if not re.search(match, str(refusal)):
                failures.append(f"{row!r:.200} was refused with {refusal}")
    return failures
