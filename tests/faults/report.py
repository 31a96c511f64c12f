"""The table of what the fault suite proved, out of the names of its tests."""

import itertools
from typing import Iterable, Iterator, NamedTuple

HEAD = """# What the fault suite proved

Written by `make torture`: each row is a test that passed, its case, and how many faults it caused.
"""


class Proof(NamedTuple):
    """node: the test's id, as tests/faults/test_kill.py::test_a_run[first]."""

    node: str
    cases: int = 1


def document(proofs: Iterable[Proof]) -> str:
    return "".join(_lines(sorted(proofs)))


def _lines(proofs: Iterable[Proof]) -> Iterator[str]:
    yield HEAD
    for path, group in itertools.groupby(proofs, key=lambda proof: proof.node.split("::")[0]):
        title = _words(path.rpartition("/")[2][:-3])
        yield f"\n## {title}\n\n| proved | case | faults |\n|---|---|---:|\n"
        for node, cases in group:
            name, _, case = node.split("::")[-1].partition("[")
            yield f"| {_words(name)} | {case.rstrip(']')} | {cases:,} |\n"


def _words(name: str) -> str:
    return name.replace("test_", "", 1).replace("_", " ")
