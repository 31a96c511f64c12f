"""The commands: in this process and by the test's clock, or, where a test is slow, for real."""

from typing import Any, Callable, List, Sequence

import pytest

from support.machine import Terminal


@pytest.fixture
def terminal(server, tmp_path, clock):
    return Terminal(server, tmp_path, clock)


@pytest.fixture
def unclear() -> Callable[..., List[Any]]:
    """Of rows of words, code, a part of the line, and maybe variables, those that do not end with
    that code and line and with nothing else."""

    def found(run: Callable[..., Any], rows: Sequence[Any]) -> List[Any]:
        wrong = []
        for words, code, line, *more in rows:
            ended = run(*words, **dict(*more))
            ends = (ended.code, ended.out, line in ended.err, "Traceback" in ended.err)
            if ends != (code, "", True, False):
                wrong.append((words, ended.code, ended.out, ended.err))
        return wrong

    return found
