"""Who may import whom (the layout in the README), and what no module may do."""

import ast
import glob
import os
import sys
from typing import Dict, Iterator, List, Set, Tuple

import pytest

LIB = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib")
PACKAGE = "gracenote2epg"

# A module imports from lower levels, and beside itself only within its own package.
LEVELS: Dict[str, float] = {
    "": 0,
    "clock": 0,
    "errors": 0,
    "harmless": 0,
    "packages": 0,
    "introduce": 0.1,
    "models": 0,
    "language": 0,
    "template": 0,
    "kinds": 0.5,
    "files": 0.3,
    "xmlfile": 0.5,
    "config": 1,
    "privacy": 1.2,
    "store": 1,
    "downloader.tasks": 1.5,
    "gracenote": 2,
    "xmltv": 2,
    "plan": 2,
    "channels": 2,
    "names": 1,
    "cures": 0.5,
    "trouble": 2,
    "findings": 1.3,
    "reception": 2.5,
    "asking": 4.1,
    "doctor": 4.2,
    "matching": 2,
    "fetch": 2.1,
    "playlist": 2.2,
    "tvheadend": 2.2,
    "players": 2.5,
    "summary": 2.3,
    "guide": 2.5,
    "zap2epg": 2.5,
    "publish": 3,
    "health": 3,
    "difference": 2.9,
    "backups": 3.2,
    "changes": 3.4,
    "rest": 3,
    "downloader": 3,
    "lookup": 3.5,
    "console": 4.5,
    "grab": 4,
    "status": 4.5,
    "web": 2,
    "demo": 4,
    "options": 4.5,
    "kodi": 5,
    "streams": 5,
    "signals": 5,
    "grabber": 5.2,
    "aftercare": 5.2,
    "configure": 5.2,
    "configure_api": 5.2,
    "serve": 5.4,
    "cli": 5.6,
    "__main__": 6,
}
ONLY_IN = {
    "requests": ("gracenote.api", "gracenote.wire", "fetch"),
    "urllib3": ("gracenote.api", "gracenote.wire", "fetch"),
    "xmltodict": ("xmlfile",),
    "defusedxml": ("xmlfile", "difference"),
    "sqlite3": ("store",),
    "concurrent": ("downloader.worker_pool",),
    "http": ("demo", "web", "gracenote.wire"),
    "signal": ("signals",),
    "argparse": ("options",),
    "xbmc": ("kodi",),
    "xbmcaddon": ("kodi",),
    "xbmcgui": ("kodi",),
    "xbmcvfs": ("kodi",),
}
NOT_EVERYWHERE = {"fcntl", "pwd", "grp", "termios", "resource", "msvcrt", "winreg"}


def modules() -> Iterator[Tuple[str, ast.Module]]:
    for folder, _, files in os.walk(os.path.join(LIB, PACKAGE)):
        for file in sorted(files):
            if file.endswith(".py"):
                path = os.path.join(folder, file)
                name = os.path.relpath(path, os.path.join(LIB, PACKAGE))[:-3].replace(os.sep, ".")
                name = "" if name == "__init__" else name.replace(".__init__", "")
                with open(path, encoding="utf-8") as text:
                    yield name, ast.parse(text.read())


MODULES = dict(modules())


def imports(name: str, tree: ast.AST) -> Set[str]:
    """Absolute names; those of our package without its name in front."""
    found: Set[str] = set()
    is_package = any(other.startswith(f"{name}.") for other in MODULES) or not name
    here = name.split(".") if is_package and name else name.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {f"/{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(f"/{node.module}")
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1]
            if node.module:
                found.add(".".join([*base, *node.module.split(".")]))
            else:
                names = [".".join([*base, alias.name]) for alias in node.names]
                found |= {full if full in MODULES else ".".join(base) for full in names}
    return found


def level(name: str) -> float:
    while name not in LEVELS:
        name = name.rpartition(".")[0]
    return LEVELS[name]


def test_no_module_is_forgotten():
    assert set(LEVELS) - {name.split(".")[0] for name in MODULES} <= {"downloader.tasks"}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_imports_from_lower_levels_only(name):
    own = name.split(".")[0]
    wrong = {
        other
        for other in imports(name, MODULES[name])
        if not other.startswith("/")
        and other.split(".")[0] != own
        and level(other) >= level(name)
        and other != ""
    }
    assert wrong == set()


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_library_is_imported_where_it_belongs(name):
    for other in imports(name, MODULES[name]):
        root = other.lstrip("/").split(".")[0]
        if other.startswith("/") and root in ONLY_IN:
            assert any(f"{name}.".startswith(f"{place}.") for place in ONLY_IN[root]), other


@pytest.mark.parametrize("name", sorted(MODULES))
def test_nothing_is_imported_that_is_not_on_a_kodi_box(name):
    known = set(ONLY_IN) | {PACKAGE} | STANDARD
    foreign = {o.lstrip("/").split(".")[0] for o in imports(name, MODULES[name]) if o[:1] == "/"}
    assert foreign - known == set()


@pytest.mark.parametrize("name", sorted(MODULES))
def test_what_one_platform_lacks_is_not_imported_with_the_module(name):
    top = {alias.name for n in MODULES[name].body if isinstance(n, ast.Import) for alias in n.names}
    assert top & NOT_EVERYWHERE == set()


@pytest.mark.parametrize("name", sorted(MODULES))
def test_nobody_sleeps_prints_or_asserts_where_it_does_harm(name):
    calls = set(_calls(MODULES[name]))
    assert "time.sleep" not in calls
    assert "print" not in calls or name == "streams"
    assert "datetime.strptime" not in calls  # broken in Kodi after the first interpreter
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(MODULES[name]))
    if name.split(".")[0] not in ("__main__", "kodi"):
        assert "sys.argv" not in {_name(node) for node in ast.walk(MODULES[name])}


def test_only_the_clock_asks_the_system_for_the_time():
    root = os.path.dirname(LIB)
    doorbells = [os.path.join(root, name) for name in ("service.py", "action.py")]
    doorbells += glob.glob(os.path.join(root, "bin", "*"))
    trees = {name: tree for name, tree in MODULES.items() if name != "clock"}
    for path in doorbells:
        with open(path, encoding="utf-8") as file:
            trees[path] = ast.parse(file.read())
    assert [(name, what) for name, tree in trees.items() for what in _time_asked(tree)] == []
    assert set(_time_asked(MODULES["clock"])) == {"time.time", "time.monotonic"}


@pytest.mark.parametrize(
    "line",
    [
        "began = time.monotonic()", "now: Callable = time.time", "from time import monotonic",
        "time.localtime()", "time.gmtime()", "time.strftime('%H')", "datetime.datetime.now()",
        "datetime.now(timezone.utc)", "date.today()", "from datetime import datetime as when",
        "import time as clock",
    ],
)  # fmt: skip
def test_the_watchdog_knows_who_asks_for_the_time(line):
    assert _time_asked(ast.parse(line))


@pytest.mark.parametrize(
    "line", ["time.localtime(at)", "time.gmtime(at)", "time.strftime('%H', when)", "clock.now()"]
)
def test_a_moment_may_be_put_into_words_anywhere(line):
    assert not _time_asked(ast.parse(line))


# What asks for the time, with the number of arguments from which on it does not.
_TIMES = {
    "time.time": 99, "time.monotonic": 99, "time.perf_counter": 99, "time.time_ns": 99,
    "time.monotonic_ns": 99, "time.ctime": 1, "time.asctime": 1, "time.localtime": 1,
    "time.gmtime": 1, "time.strftime": 2, "datetime.now": 99, "datetime.utcnow": 99,
    "datetime.today": 99, "date.today": 99,
}  # fmt: skip


def _time_asked(tree: ast.AST) -> List[str]:
    """What in it asks the system for the time, or hides that it does behind another name."""
    nodes, lasts = list(ast.walk(tree)), {name.partition(".")[2] for name in _TIMES}
    told = {id(node.func): len(node.args) for node in nodes if isinstance(node, ast.Call)}
    found = []
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in lasts:
            name = ".".join(_name(node).split(".")[-2:])
            if told.get(id(node), 0) < _TIMES.get(name, 0):
                found.append(name)
        elif isinstance(node, ast.ImportFrom) and node.module in ("time", "datetime"):
            found += [
                alias.name
                for alias in node.names
                if node.module == "time" or alias.asname  # "datetime.now" is seen by its name
            ]
        elif isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.asname and a.name in ("time", "datetime")]
    return found


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_exception_is_caught_only_at_the_edges(name):
    caught = [
        node
        for node in ast.walk(MODULES[name])
        if isinstance(node, ast.ExceptHandler) and (node.type is None or _is_any(node.type))
    ]
    assert not caught or name == "cli" or name.startswith("kodi.")
    hushed = [
        node
        for node in ast.walk(MODULES[name])
        if isinstance(node, ast.Call) and _name(node.func).endswith("suppress")
    ]
    assert not any(_is_any(one) for node in hushed for one in node.args)


def _is_any(node: ast.AST) -> bool:
    """Exception, alone or among others."""
    named = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(_name(one) in ("Exception", "BaseException") for one in named)


def _calls(tree: ast.AST) -> List[str]:
    return [_name(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


STANDARD = set(getattr(sys, "stdlib_module_names", ())) or {
    "argparse",
    "base64",
    "hashlib",
    "ipaddress",
    "secrets",
    "ast",
    "bisect",
    "calendar",
    "collections",
    "concurrent",
    "contextlib",
    "ctypes",
    "dataclasses",
    "datetime",
    "email",
    "enum",
    "errno",
    "functools",
    "gc",
    "gzip",
    "heapq",
    "html",
    "http",
    "importlib",
    "io",
    "itertools",
    "json",
    "logging",
    "math",
    "operator",
    "os",
    "pathlib",
    "platform",
    "posixpath",
    "pwd",
    "queue",
    "random",
    "re",
    "select",
    "selectors",
    "shutil",
    "signal",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "stat",
    "string",
    "struct",
    "sys",
    "textwrap",
    "threading",
    "time",
    "traceback",
    "types",
    "typing",
    "unicodedata",
    "urllib",
    "uuid",
    "zlib",
    "__future__",
}
