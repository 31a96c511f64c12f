"""Rows of a table, and child processes with what they used."""

import json
import os
import subprocess
import sys
import time
from typing import Callable, List, NamedTuple, Optional, Sequence, Union

HERE = os.path.dirname(os.path.abspath(__file__))
KIB = 1 << 20 if sys.platform == "darwin" else 1 << 10  # ru_maxrss: bytes on macOS, else KiB

LAUNCHER = """import json, os, sys, time
start = time.perf_counter()
_, status, used = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
wall = time.perf_counter() - start
print(file=sys.stderr)
print(json.dumps([wall, used.ru_utime + used.ru_stime, used.ru_maxrss]), file=sys.stderr)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1)
"""


class Row(NamedTuple):
    """One line of a table. measured: by column; ok: None = no target."""

    name: str
    measured: Union[str, Sequence[str]]
    target: str = ""
    ok: Optional[bool] = None


class Table(NamedTuple):
    """Rows that share their columns."""

    rows: List[Row]
    columns: Sequence[str] = ("measured",)


class Usage(NamedTuple):
    """What a child process used. wall, cpu (user and system): seconds; peak: MiB."""

    wall: float
    cpu: float
    peak: float


def at_least(name: str, value: float, target: float, text: str = "{:,.0f}") -> Row:
    return Row(name, text.format(value), ">= " + text.format(target), value >= target)


def at_most(name: str, value: float, target: float, text: str = "{:,.0f}") -> Row:
    return Row(name, text.format(value), "<= " + text.format(target), value <= target)


def say(text: str) -> None:
    """Progress, for people."""
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


def child(words: Sequence[str], home: str) -> Usage:
    """Run Python with these words to its end. home: its home folder, so that no settings leak in;
    it also holds the compiled modules, as an installed package has them.

    A small launcher stands between: the system reports a peak memory of a child that is never less
    than its parent's when it was started. Raises RuntimeError when the child fails.
    """
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("GRACENOTE_", "XDG_"))}
    environ.update(HOME=home, PYTHONPATH=package_path(), PYTHONPYCACHEPREFIX=f"{home}/compiled")
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-I", "-S", "-c", LAUNCHER, sys.executable, *words]
    result = subprocess.run(command, env=environ, cwd=home, stdout=-1, stderr=-1, check=False)
    error, _, usage = result.stderr.decode("utf-8", "replace").strip().rpartition("\n")
    if result.returncode:
        raise RuntimeError(f"{' '.join(words)}: exit code {result.returncode}: {error}")
    wall, cpu, peak = json.loads(usage)
    return Usage(wall, cpu, peak * KIB / (1 << 20))


def package_path() -> str:
    """The folder that holds the package under test."""
    import gracenote2epg

    return os.path.dirname(os.path.dirname(os.path.abspath(gracenote2epg.__file__)))


def cpu_seconds(work: Callable[[], object]) -> float:
    """Processor seconds of this process for the work."""
    began = time.process_time()
    work()
    return time.process_time() - began


def text(table: Table) -> str:
    """The table as aligned text; misses are marked."""
    verdict = {None: "", True: "ok", False: "MISSED"}
    lines: List[Sequence[str]] = [("", *table.columns, "target", "")]
    for row in table.rows:
        cells = (row.measured,) if isinstance(row.measured, str) else row.measured
        lines.append((row.name, *cells, row.target, verdict[row.ok]))
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join(
        "  ".join(
            [f"{line[0]:{widths[0]}}", *map(str.rjust, line[1:-1], widths[1:-1]), line[-1]]
        ).rstrip()
        for line in lines
    )
