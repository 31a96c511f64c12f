"""What every measurement needs: rows of the table, child processes and what they used."""

import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Union

HERE = os.path.dirname(os.path.abspath(__file__))
LAUNCHER = os.path.join(HERE, "launch.py")
KIB = 1 << 20 if sys.platform == "darwin" else 1 << 10  # ru_maxrss: bytes on a Mac, else KiB


class Row(NamedTuple):
    """One line of a table. measured: by column; ok: None = nothing was promised."""

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
    stdout: str


def at_least(name: str, value: float, target: float, text: str = "{:,.0f}") -> Row:
    return Row(name, text.format(value), ">= " + text.format(target), value >= target)


def at_most(name: str, value: float, target: float, text: str = "{:,.0f}") -> Row:
    return Row(name, text.format(value), "<= " + text.format(target), value <= target)


def say(text: str) -> None:
    """Progress, for people."""
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


def child(words: Sequence[str], home: str) -> Usage:
    """Run Python with these words to its end. home: its home folder, so that no settings leak in.

    A small launcher stands between: the peak memory that the system tells of a child is never
    less than what its parent had in use when it was started. Raises RuntimeError when it fails.
    """
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("GRACENOTE_", "XDG_"))}
    environ.update(HOME=home, PYTHONPATH=package_path())
    with tempfile.TemporaryDirectory() as folder:
        told = os.path.join(folder, "usage.json")
        command = [sys.executable, "-I", "-S", LAUNCHER, told, sys.executable, *words]
        done = subprocess.run(command, env=environ, cwd=home, stdout=-1, stderr=-1, check=False)
        if done.returncode:
            error = done.stderr.decode("utf-8", "replace").strip()
            raise RuntimeError(f"{' '.join(words)}: exit code {done.returncode}: {error}")
        with open(told, encoding="utf-8") as file:
            used: Dict[str, float] = json.load(file)
    return Usage(
        used["wall"], used["cpu"], used["maxrss"] * KIB / (1 << 20), done.stdout.decode("utf-8")
    )


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
    """The table as aligned text; a miss is marked so that nobody overlooks it."""
    verdict = {None: "", True: "ok", False: "MISS <<<"}
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
