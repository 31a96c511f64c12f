"""Who may import whom (the layout in the README), and what no module may do."""

import ast
import functools
import glob
import os
import sys
from typing import Dict, Iterable, List, Set, Tuple

import pytest

from support import LIB, ROOT

PACKAGE = "gracenote2epg"

# Packages and modules by floor: each imports from lower floors only, and of its own floor nothing
# but itself. demo imports nothing of ours; up here it is out of reach for all but the faces.
FLOORS: Tuple[Tuple[str, ...], ...] = (
    ("errors", "models", "clock"),
    ("util",),
    ("config", "net", "store"),
    ("gracenote", "channels", "xmltv"),
    ("downloader", "guide"),
    ("grab",),
    ("doctor", "web", "demo"),
    ("cli", "kodi"),
    ("__main__",),
)
# Inside kodi: what stands in neither folder, then these.
KODI = ("service", "ui")
ONLY_IN = {
    "requests": "gracenote net",
    "urllib3": "gracenote net",
    "xmltodict": "config.xml_files",
    "defusedxml": "config.xml_files xmltv.reader",
    "sqlite3": "store",
    "concurrent": "downloader.worker_pool",
    "http": "demo net",
    "signal": "cli.signals",
    "argparse": "cli.options",
    "xbmc": "kodi",
    "xbmcaddon": "kodi",
    "xbmcgui": "kodi",
    "xbmcvfs": "kodi",
}
NOT_EVERYWHERE = {"fcntl", "pwd", "grp", "termios", "resource", "msvcrt", "winreg"}


@functools.lru_cache(maxsize=None)
def modules() -> Dict[str, ast.Module]:
    """The syntax trees, by the module's name within the package; the package's own is ''."""
    trees = {}
    root = os.path.join(LIB, PACKAGE)
    for folder, _, files in os.walk(root):
        for file in sorted(files):
            if file.endswith(".py"):
                path = os.path.join(folder, file)
                name = os.path.relpath(path, root)[:-3].replace(os.sep, ".")
                with open(path, encoding="utf-8") as text:
                    trees["" if name == "__init__" else name.replace(".__init__", "")] = ast.parse(
                        text.read()
                    )
    return trees


@functools.lru_cache(maxsize=None)
def nodes(name: str) -> List[ast.AST]:
    return list(ast.walk(modules()[name]))


@pytest.fixture(autouse=True, scope="module")
def _read_all() -> None:
    """The trees are read and walked once, and in no rule's own time."""
    for name in modules():
        nodes(name)


@functools.lru_cache(maxsize=None)
def imports(name: str) -> Set[str]:
    """Absolute names behind a slash; those of our package without its name in front."""
    imported: Set[str] = set()
    is_package = any(other.startswith(f"{name}.") for other in modules()) or not name
    here = name.split(".") if is_package and name else name.split(".")[:-1]
    for node in nodes(name):
        if isinstance(node, ast.Import):
            imported |= {f"/{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            imported.add(f"/{node.module}")
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1]
            if node.module:
                imported.add(".".join([*base, *node.module.split(".")]))
            else:
                names = [".".join([*base, alias.name]) for alias in node.names]
                imported |= {full if full in modules() else ".".join(base) for full in names}
    return imported


def outside(name: str) -> Set[str]:
    """The names of what is imported from outside of our package."""
    return {other[1:].split(".")[0] for other in imports(name) if other.startswith("/")}


def floor(name: str) -> int:
    """Of a module; -1 = of the package itself, which all may import."""
    top = name.split(".")[0]
    return next((n for n, names in enumerate(FLOORS) if top in names), -1)


def part_of_kodi(name: str) -> int:
    """0 = of its root, then by KODI."""
    second = name.split(".")[1] if "." in name else ""
    return KODI.index(second) + 1 if second in KODI else 0


def ours(name: str) -> Set[str]:
    """The modules of ours that a module imports."""
    return {other for other in imports(name) if other and other[:1] != "/"}


def circle(graph: Dict[str, Set[str]]) -> List[str]:
    """Names that lead back to the first of them; [] = there is no such circle."""
    done: Set[str] = set()

    def walk(name: str, path: List[str]) -> List[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        done.add(name)
        for other in sorted(graph.get(name, ())):
            found = walk(other, [*path, name])
            if found:
                return found
        return []

    return next(filter(None, (walk(name, []) for name in sorted(graph))), [])


def test_every_module_has_a_floor():
    names = {name for floor_names in FLOORS for name in floor_names}
    assert {name.split(".")[0] for name in modules()} - {""} == names


def test_a_module_imports_from_lower_floors_only():
    wrong = [
        f"{name} imports {other}"
        for name in sorted(modules())
        for other in sorted(ours(name))
        if other.split(".")[0] != name.split(".")[0] and floor(other) >= floor(name) >= 0
    ]
    assert wrong == []


def test_no_module_imports_itself_by_way_of_others():
    assert circle({name: ours(name) - {name} for name in modules()}) == []


def test_of_kodi_the_root_knows_no_folder_and_the_service_no_dialog():
    wrong = [
        f"{name} imports {other}"
        for name in sorted(modules())
        for other in sorted(ours(name))
        if name.startswith("kodi.")
        and other.startswith("kodi.")
        and part_of_kodi(other) > part_of_kodi(name)
    ]
    assert wrong == []


def test_a_library_is_imported_where_it_belongs():
    assert [
        f"{name} imports {root}"
        for name in modules()
        for root in outside(name) & set(ONLY_IN)
        if not any(f"{name}.".startswith(f"{place}.") for place in ONLY_IN[root].split())
    ] == []


@pytest.mark.skipif(sys.version_info < (3, 10), reason="has no list of the standard library")
def test_nothing_is_imported_that_a_kodi_box_does_not_have():
    there = {*ONLY_IN, PACKAGE, *sys.stdlib_module_names}  # type: ignore[attr-defined]
    assert {name: outside(name) - there for name in modules() if outside(name) - there} == {}


def test_what_one_platform_lacks_is_not_imported_with_the_module():
    assert [
        f"{name} imports {alias.name}"
        for name, tree in modules().items()
        for node in tree.body
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name in NOT_EVERYWHERE
    ] == []


def test_nobody_sleeps_prints_or_asserts_where_it_does_harm():
    harm = []
    for name in modules():
        bad = {"time.sleep", "datetime.strptime"}  # the latter breaks in Kodi's second interpreter
        bad |= {"print"} if name != "cli.stdio" else set()
        called = {_name(node.func) for node in nodes(name) if isinstance(node, ast.Call)}
        harm += [f"{name} calls {call}" for call in called & bad]
        harm += [f"{name} asserts" for node in nodes(name) if isinstance(node, ast.Assert)]
        if name.split(".")[0] not in ("__main__", "kodi"):
            read = [_name(node) for node in nodes(name) if isinstance(node, ast.Attribute)]
            harm += [f"{name} reads sys.argv"] if "sys.argv" in read else []
    assert harm == []


def test_only_the_clock_asks_the_system_for_the_time():
    asking = [(name, what) for name in modules() for what in _times(nodes(name)) if name != "clock"]
    doorbells = [os.path.join(ROOT, name) for name in ("service.py", "lib/script.py")]
    for path in doorbells + glob.glob(os.path.join(ROOT, "bin", "*")):
        with open(path, encoding="utf-8") as file:
            asking += [(path, what) for what in _times(ast.walk(ast.parse(file.read())))]
    assert asking == []
    assert set(_times(nodes("clock"))) == {"time.time", "time.monotonic"}


def test_the_watchdog_knows_who_asks_for_the_time():
    asking = ("began = time.monotonic()", "now: Callable = time.time", "from time import monotonic",
              "time.localtime()", "time.gmtime()", "time.strftime('%H')",
              "datetime.datetime.now()", "datetime.now(timezone.utc)", "date.today()",
              "from datetime import datetime as when", "import time as clock")  # fmt: skip
    in_words = ("time.localtime(at)", "time.gmtime(at)", "time.strftime('%H', when)", "clock.now()")
    assert [line for line in asking if not _times(ast.walk(ast.parse(line)))] == []
    assert [line for line in in_words if _times(ast.walk(ast.parse(line)))] == []


# What asks for the time, with the number of arguments from which on it does not.
TIMES = {
    "time.time": 99, "time.monotonic": 99, "time.perf_counter": 99, "time.time_ns": 99,
    "time.monotonic_ns": 99, "time.ctime": 1, "time.asctime": 1, "time.localtime": 1,
    "time.gmtime": 1, "time.strftime": 2, "datetime.now": 99, "datetime.utcnow": 99,
    "datetime.today": 99, "date.today": 99,
}  # fmt: skip


def _times(tree: Iterable[ast.AST]) -> List[str]:
    """What asks the system for the time, or hides that it does behind another name."""
    tree = list(tree)
    told = {id(node.func): len(node.args) for node in tree if isinstance(node, ast.Call)}
    asking = []
    for node in tree:
        if isinstance(node, ast.Attribute):
            name = ".".join(_name(node).split(".")[-2:])
            asking += [name] if told.get(id(node), 0) < TIMES.get(name, 0) else []
        elif isinstance(node, ast.ImportFrom) and node.module in ("time", "datetime"):
            hides = node.module == "time"  # "datetime.now" is seen by its name
            asking += [alias.name for alias in node.names if hides or alias.asname]
        elif isinstance(node, ast.Import):
            asking += [a.name for a in node.names if a.asname and a.name in ("time", "datetime")]
    return asking


def test_every_exception_is_caught_only_at_the_edges():
    caught = []
    for name in modules():
        for node in nodes(name):
            if isinstance(node, ast.ExceptHandler) and (node.type is None or _is_any(node.type)):
                caught += [name] if name != "cli.main" and not name.startswith("kodi.") else []
            elif isinstance(node, ast.Call) and _name(node.func).endswith("suppress"):
                caught += [name for kind in node.args if _is_any(kind)]
    assert caught == []


def _is_any(node: ast.AST) -> bool:
    """Exception, alone or among others."""
    kinds: List[ast.expr] = node.elts if isinstance(node, ast.Tuple) else [node]  # type: ignore
    return any(_name(kind) in ("Exception", "BaseException") for kind in kinds)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""
