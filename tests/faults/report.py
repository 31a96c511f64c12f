"""The table of what the fault suite tried."""

import itertools
from typing import Iterator, Mapping, Tuple

HEAD = """# What was tried, and what came of it

Each row is a fault that `make torture` caused, the outcome that the test checked each time, and how
often.
"""


def document(tried: Mapping[Tuple[str, str, str], int]) -> str:
    """The page. tried: (kind, fault, outcome) to how often."""
    return "".join(_pieces(tried))


def _pieces(tried: Mapping[Tuple[str, str, str], int]) -> Iterator[str]:
    yield HEAD
    for kind, rows in itertools.groupby(sorted(tried.items()), key=lambda row: row[0][0]):
        yield f"\n## {kind}\n\n| fault | outcome | times |\n|---|---|---:|\n"
        for (_, fault, outcome), times in rows:
            yield f"| {fault} | {outcome} | {times:,} |\n"
