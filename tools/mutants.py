"""Mutation testing: change one thing in the product, and see whether a test notices.

    make mutants SEED=1 COUNT=300

Seeded mutants of the packages in PACKAGES: an operator exchanged, a number off by one, a statement
or an argument left out, a returned value replaced. First the suite runs once to record which test
enters which function; then each mutant is written into a copy of the tree and meets the tests that
enter its function, the quickest first, until one fails. The survivors are listed: each is an
assertion that is missing, or the same program written differently.

Standard library only; needs Python 3.12 or newer (sys.monitoring).
"""

import argparse
import ast
import concurrent.futures
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGE = "lib/gracenote2epg"
# What must not be wrong: from the source's answer to the published file.
PACKAGES = (
    "channels", "config", "downloader", "grab", "gracenote", "guide", "net", "store", "xmltv",
)  # fmt: skip
COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
FIRST = 60  # tests that a mutant meets before all the others: most die here
SLACK = 20.0  # seconds on top of thrice a test's time, after which a mutant counts as hanging


class Mutant(NamedTuple):
    path: str  # relative to the root
    line: int
    function: int  # the first line of the function around it; 0 = the module's own level
    what: str  # before and after, for a reader
    source: str


# Making mutants


class _Place(NamedTuple):
    """A node that can be changed: ``change`` does it and returns how to undo it."""

    node: ast.AST
    function: int
    change: Callable[[], Callable[[], None]]


def sample(seed: int, count: int) -> List[Mutant]:
    """``count`` mutants, spread over the files by what there is to change in them."""
    trees = {path: _parsed(path) for path in _files()}
    places = [(path, place) for path, tree in trees.items() for place in _places(tree, 0)]
    chosen = random.Random(seed).sample(places, min(count, len(places)))
    return sorted(_mutant(path, trees[path], place) for path, place in chosen)


def _parsed(path: str) -> ast.AST:
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return ast.parse(file.read())


def _mutant(path: str, tree: ast.AST, place: _Place) -> Mutant:
    before = ast.unparse(place.node)
    undo = place.change()
    source, after = ast.unparse(tree), ast.unparse(place.node)
    undo()
    line = getattr(place.node, "lineno", 0)
    what = f"{_short(before)}  ->  {_short(after) if after != before else 'left out'}"
    return Mutant(path, line, place.function, what, source)


def _short(text: str) -> str:
    first, *more = text.splitlines() or [""]
    return first[:90] + (" …" if more or len(first) > 90 else "")


def _places(node: ast.AST, function: int) -> Iterator[_Place]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        function = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    if _is_beside_the_point(node):
        return
    for change in _changes(node):
        yield _Place(node, function, change)
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "args") and not isinstance(
            node, ast.Call
        ):
            continue
        children = value if isinstance(value, list) else [value]
        for index, child in enumerate(children):
            if not isinstance(child, ast.AST):
                continue
            if name in ("body", "orelse", "finalbody") and isinstance(value, list):
                yield from _left_out(value, index, function)
            yield from _places(child, function)


def _is_beside_the_point(node: ast.AST) -> bool:
    """Imports, docstrings, log lines and type checking: no behaviour that a test is about."""
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.JoinedStr)):
        return True
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return True
    if isinstance(node, ast.Expr):
        is_text = isinstance(node.value, ast.Constant)
        return is_text or ast.unparse(node.value).startswith("log.")
    return False


def _left_out(body: List[ast.stmt], index: int, function: int) -> Iterator[_Place]:
    node = body[index]
    plain = (ast.Expr, ast.Assign, ast.AugAssign, ast.Delete, ast.Raise)
    if not isinstance(node, plain) or _is_beside_the_point(node) or not function:
        return

    def change() -> Callable[[], None]:
        body[index] = ast.copy_location(ast.Pass(), node)

        def undo() -> None:
            body[index] = node

        return undo

    yield _Place(node, function, change)


def _changes(node: ast.AST) -> Iterator[Callable[[], Callable[[], None]]]:
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            if type(operator) in COMPARISONS:
                yield _setting(node.ops, index, COMPARISONS[type(operator)]())
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in ARITHMETIC:
        if not any(isinstance(part, ast.Constant) and isinstance(part.value, str)
                   for part in ast.walk(node)):  # fmt: skip
            yield _setting(node, "op", ARITHMETIC[type(node.op)]())
    elif isinstance(node, ast.BoolOp):
        yield _setting(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _setting(node, "op", ast.UAdd())
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield _setting(node, "value", not node.value)
        elif isinstance(node.value, (int, float)):
            yield _setting(node, "value", node.value + 1)
    elif isinstance(node, ast.Call):
        for index in range(len(node.args)):
            yield _setting(node, "args", node.args[:index] + node.args[index + 1 :])
        for index in range(len(node.keywords)):
            yield _setting(node, "keywords", node.keywords[:index] + node.keywords[index + 1 :])
    elif isinstance(node, ast.Return) and node.value is not None:
        empty = isinstance(node.value, ast.Constant) and not node.value.value
        yield _setting(node, "value", ast.Constant(1 if empty else None))


def _setting(target: Any, key: Any, value: Any) -> Callable[[], Callable[[], None]]:
    def change() -> Callable[[], None]:
        if isinstance(key, int):
            before, target[key] = target[key], value
            return lambda: target.__setitem__(key, before)
        before = getattr(target, key)
        setattr(target, key, value)
        return lambda: setattr(target, key, before)

    return change


def _files() -> List[str]:
    found = []
    for package in PACKAGES:
        for name in os.listdir(os.path.join(ROOT, PACKAGE, package)):
            if name.endswith(".py") and name != "__init__.py":
                found.append(f"{PACKAGE}/{package}/{name}")
    return sorted(found)


# Which test enters which function: recorded by this file as a plug-in of pytest, in its process
# and in the child processes of the product.

_entered: set = set()


def record(lib: str) -> None:
    """From now on note each function of the product that is entered."""
    monitoring = sys.monitoring
    monitoring.use_tool_id(monitoring.COVERAGE_ID, "mutants")

    def on_start(code: Any, offset: int) -> Any:
        if code.co_filename.startswith(lib):
            _entered.add((code.co_filename, code.co_firstlineno))
        return monitoring.DISABLE

    monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.PY_START, on_start)
    monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.PY_START)


CHILD = """
import atexit, sys as _sys
if "pytest" not in _sys.modules:
    _sys.path.append({tools!r})
    import mutants as _mutants
    _mutants.record({lib!r})
    atexit.register(_mutants.write_child, {folder!r})
"""


def write_child(folder: str) -> None:
    with open(os.path.join(folder, f"child-{os.getpid()}"), "w", encoding="utf-8") as file:
        json.dump(sorted(_entered), file)


class Recorder:
    """A plug-in: per test the functions it enters, and how long it takes."""

    def __init__(self, lib: str, folder: str) -> None:
        self.lib, self.folder = lib, folder
        self.tests: Dict[str, Tuple[float, List[Tuple[str, int]]]] = {}
        self._failed: set = set()
        record(lib)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        _entered.clear()
        sys.monitoring.restart_events()
        self._began = time.monotonic()

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed or report.skipped:
            self._failed.add(report.nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        seconds = time.monotonic() - self._began
        entered = set(_entered)
        for name in os.listdir(self.folder):
            path = os.path.join(self.folder, name)
            try:
                with open(path, encoding="utf-8") as file:
                    entered.update(map(tuple, json.load(file)))
            except ValueError:  # still being written
                continue
            os.remove(path)
        if nodeid not in self._failed:
            self.tests[nodeid] = (seconds, sorted(entered))

    def pytest_sessionfinish(self) -> None:
        with open(os.path.join(os.path.dirname(self.folder), "reach.json"), "w") as file:
            json.dump(self.tests, file)


class Chooser:
    """A plug-in: only these tests, in this order."""

    def __init__(self, wanted: List[str]) -> None:
        self._order = {nodeid: place for place, nodeid in enumerate(wanted)}

    def pytest_collection_modifyitems(self, items: List[Any]) -> None:
        last = len(self._order)
        items[:] = [item for item in items if item.nodeid in self._order]
        items.sort(key=lambda item: self._order.get(item.nodeid, last))


def run_pytest(arguments: List[str], plugin: Any) -> int:
    import pytest

    return int(pytest.main(["-q", "-p", "no:cacheprovider", *arguments], plugins=[plugin]))


# Running


def copy_tree(folder: str) -> str:
    tree = os.path.join(folder, "tree")
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode().split("\0")  # fmt: skip
    for name in filter(None, names):
        source = os.path.join(ROOT, name)
        if os.path.exists(source):
            os.makedirs(os.path.dirname(os.path.join(tree, name)), exist_ok=True)
            shutil.copy2(source, os.path.join(tree, name))
    return tree


def reach(folder: str, selection: List[str]) -> Dict[str, Any]:
    """Per test that passes: its seconds, and the functions it enters."""
    tree = copy_tree(folder)
    lib, children = os.path.join(tree, "lib"), os.path.join(folder, "children")
    os.makedirs(children, exist_ok=True)
    with open(os.path.join(tree, PACKAGE, "__init__.py"), "a", encoding="utf-8") as file:
        tools = os.path.join(ROOT, "tools")
        file.write(CHILD.format(tools=tools, lib=lib, folder=children))
    command = [sys.executable, os.path.abspath(__file__), "--record", children, "--lib", lib]
    subprocess.run([*command, "--", *selection], cwd=tree, env=_environment(tree), check=False)
    with open(os.path.join(folder, "reach.json"), encoding="utf-8") as file:
        return {
            nodeid: (seconds, [(os.path.relpath(name, tree), line) for name, line in entered])
            for nodeid, (seconds, entered) in json.load(file).items()
        }


def _environment(tree: str) -> Dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.path.join(tree, "lib"), "PYTHONDONTWRITEBYTECODE": "1"}


def caught_by(mutant: Mutant, tree: str, tests: Dict[str, Any], selection: List[str],
              patience: float) -> Optional[str]:  # fmt: skip
    """The test that notices the mutant; None = it survives."""
    entering = {
        nodeid: seconds
        for nodeid, (seconds, entered) in tests.items()
        if any(
            path == mutant.path and mutant.function in (0, line) for path, line in entered
        )
    }  # fmt: skip
    order = sorted(entering, key=lambda nodeid: entering[nodeid])
    while order and sum(entering[nodeid] for nodeid in order) > patience:
        order.pop()
    place = os.path.join(tree, mutant.path)
    with open(place, encoding="utf-8") as file:
        before = file.read()
    try:
        with open(place, "w", encoding="utf-8") as file:
            file.write(mutant.source)
        for part in (order[:FIRST], order[FIRST:]):
            if part and _fails(part, tree, selection, 3 * sum(map(entering.get, part)) + SLACK):
                return part[0]
        return None
    finally:
        with open(place, "w", encoding="utf-8") as file:
            file.write(before)


def _fails(part: List[str], tree: str, selection: List[str], seconds: float) -> bool:
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as wanted:
        json.dump(part, wanted)
    files = sorted({nodeid.split("::")[0] for nodeid in part})
    command = [sys.executable, os.path.abspath(__file__), "--choose", wanted.name, "--", "-x"]
    options = [
        word for word in selection if not os.path.exists(os.path.join(tree, word.split("::")[0]))
    ]
    try:
        with subprocess.Popen(
            [*command, *options, *files], cwd=tree, env=_environment(tree), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            try:
                return process.wait(seconds) != 0
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return True
    finally:
        os.remove(wanted.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--patience", type=float, default=120.0, help="seconds of tests a mutant")
    parser.add_argument("--reach", help="keep what was recorded in this file, or take it from it")
    parser.add_argument("--record", help=argparse.SUPPRESS)
    parser.add_argument("--lib", help=argparse.SUPPRESS)
    parser.add_argument("--choose", help=argparse.SUPPRESS)
    parser.add_argument("selection", nargs="*", help="arguments of pytest, after --")
    given = parser.parse_args()
    if given.record:
        sys.exit(run_pytest(given.selection, Recorder(given.lib, given.record)))
    if given.choose:
        with open(given.choose, encoding="utf-8") as file:
            sys.exit(run_pytest(given.selection, Chooser(json.load(file))))
    if sys.version_info < (3, 12):
        sys.exit("make mutants needs Python 3.12 or newer: make mutants PYTHON=python3.13")
    with tempfile.TemporaryDirectory() as folder:
        _measure(given, folder)


def _measure(given: argparse.Namespace, folder: str) -> None:
    if given.reach and os.path.exists(given.reach):
        with open(given.reach, encoding="utf-8") as file:
            tests = json.load(file)
    else:
        tests = reach(folder, given.selection)
        if given.reach:
            with open(given.reach, "w", encoding="utf-8") as file:
                json.dump(tests, file)
    tests = {name: (took, list(map(tuple, entered))) for name, (took, entered) in tests.items()}
    trees = [copy_tree(os.path.join(folder, str(job))) for job in range(given.jobs)]
    chosen = sample(given.seed, given.count)
    survivors: List[Mutant] = []

    def work(job: int) -> None:
        for place, mutant in enumerate(chosen):
            if place % given.jobs == job and not caught_by(
                mutant, trees[job], tests, given.selection, given.patience
            ):
                survivors.append(mutant)
                print(f"survives: {mutant.path}:{mutant.line}: {mutant.what}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        list(pool.map(work, range(given.jobs)))
    caught = len(chosen) - len(survivors)
    share = 100 * caught / len(chosen)
    print(f"seed {given.seed}: {caught} of {len(chosen)} mutants caught, {share:.1f} %")


if __name__ == "__main__":
    main()
