"""The house has floors, and its rooms stay small. FLOORS and the reading are in tools/floors.py."""

import ast
import os
import subprocess
import sys
from typing import Dict, Iterable, Set, Tuple

import pytest

from support import ROOT

sys.path.insert(0, os.path.join(ROOT, "tools"))

from floors import FLOORS, MODULES, PACKAGE, floor, foreign, ours, package

# Other people's modules, and who alone may import them.
ONLY_IN: Dict[str, Tuple[str, ...]] = {
    "requests": ("gracenote", "net"),
    "urllib3": ("gracenote", "net"),
    "http": ("demo", "net"),
    "smtplib": ("net.mail",),
    "sqlite3": ("store",),
    "xmltodict": ("config.xml_files",),
    "defusedxml": ("config.xml_files", "xmltv.reader"),
    "concurrent": ("downloader.worker_pool",),
    "argparse": ("cli.options",),
    "signal": ("cli.signals",),
    **dict.fromkeys(("xbmc", "xbmcaddon", "xbmcgui", "xbmcvfs"), ("kodi",)),
}
ONE_PLATFORM = {"fcntl", "grp", "msvcrt", "pwd", "resource", "termios", "winreg"}
# What only some may use; the clock alone asks for the time, so that tests can set it.
TIMES = {
    *("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter"),
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
}
TIMES_UNLESS_GIVEN = {  # a moment, as their argument of this number
    "time.localtime": 1, "time.gmtime": 1, "time.ctime": 1, "time.asctime": 1, "time.strftime": 2,
}  # fmt: skip
ALLOWED_IN: Dict[str, Tuple[str, ...]] = {
    **dict.fromkeys((*TIMES, *TIMES_UNLESS_GIVEN), ("clock",)),
    "print": ("cli.stdio",),
    "sys.argv": ("__main__", "kodi"),
    "time.sleep": (),  # nobody can stop a sleep: wait for an event
    "datetime.strptime": (),  # breaks in Kodi, which has several interpreters in a process
}
GRABBER = "tv_grab_gracenote2epg"
MAX_LINES, MAX_FILES = 400, 16  # of a module; of a folder, with its __init__


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def used(tree: Iterable[ast.AST]) -> Set[str]:
    """The names of ALLOWED_IN that stand in the code, behind whatever name they were imported."""
    tree, names = list(tree), set()
    given = {id(node.func): len(node.args) for node in tree if isinstance(node, ast.Call)}
    for node in tree:
        if isinstance(node, (ast.Attribute, ast.Name)):
            name = ".".join(dotted(node).split(".")[-2:])
            if given.get(id(node), 0) < TIMES_UNLESS_GIVEN.get(name, 99):
                names.add(name)
        elif isinstance(node, ast.ImportFrom) and node.module in ("time", "datetime"):
            hidden = node.module == "time"  # "datetime.now" shows itself
            names |= {f"time.{alias.name}" for alias in node.names if hidden}
            names |= {"time.time" for alias in node.names if alias.asname}
        elif isinstance(node, ast.Import):
            hidden = {a.name for a in node.names if a.asname} & {"time", "datetime"}
            names |= {"time.time"} if hidden else set()
    return names & set(ALLOWED_IN)


def lives_in(name: str, homes: Tuple[str, ...]) -> bool:
    return any(name == home or name.startswith(f"{home}.") for home in homes)


def test_a_package_imports_from_lower_floors_only():
    assert {package(name) for name in MODULES} == {name for names in FLOORS for name in names}
    assert [
        f"{name} imports {other}"
        for name in MODULES
        for other in ours(name)
        if package(other) != package(name) and floor(other) >= floor(name)
    ] == []


def test_the_demo_cannot_share_the_parsers_mistakes():
    known = {other for name in MODULES if package(name) == "demo" for other in ours(name)}
    assert {package(other) for other in known} == {"demo", "clock"}


def test_no_modules_import_each_other_in_a_circle():
    left = {name: ours(name) for name in MODULES}
    while True:  # take away what imports nothing that is left; a circle cannot be taken away
        ground = {name for name, others in left.items() if not others & set(left)}
        if not ground:
            break
        left = {name: others for name, others in left.items() if name not in ground}
    assert left == {}


def test_in_kodi_the_screens_know_the_service_and_the_service_knows_the_root():
    def story(name: str) -> int:
        return {"service": 1, "ui": 2}.get(name.split(".")[1], 0)

    assert [
        f"{name} imports {other}"
        for name in MODULES
        for other in ours(name)
        if name.startswith("kodi.") and other.startswith("kodi.") and story(other) > story(name)
    ] == []


def test_in_kodi_the_screens_know_the_library_by_its_one_door():
    light = {"clock", "errors", "models", "config", "util"}
    screens = [tree for name, tree in MODULES.items() if name.startswith("kodi.ui.")]
    only_types = {
        row
        for tree in screens
        for node in tree.body
        if isinstance(node, ast.If) and dotted(node.test) == "TYPE_CHECKING"
        for row in node.body
    }
    rows = {row for tree in screens for row in ast.walk(tree) if isinstance(row, ast.ImportFrom)}
    names = {(row.module or "").split(".")[0] for row in rows - only_types if row.level == 3}
    assert names <= light
    assert [name for name in ours("kodi.backend") if name.startswith("kodi.ui")] == []


def test_the_idle_service_imports_next_to_nothing():
    """Kodi keeps in memory what a running add-on imports, and even typing costs too much."""
    tree = MODULES["kodi.service.monitor"]
    rows = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {alias.name for row in rows if isinstance(row, ast.Import) for alias in row.names}
    names |= {
        f"{'.' * row.level}{row.module or ''}" for row in rows if isinstance(row, ast.ImportFrom)
    }
    assert names <= {
        *("__future__", "gc", "os", "xbmc", "xbmcaddon", "xbmcvfs"),
        *("...", "...clock", "..ids"),
    }


@pytest.mark.slow
def test_what_makes_a_guide_of_stored_answers_loads_no_http_client():
    """They would take a tenth of the time and a sixth of the memory of an antenna's guide."""
    code = (
        "import sys\n"
        "from gracenote2epg.cli import commands, grabber, main, save_offer, tables\n"
        "from gracenote2epg.grab import run\n"
        "print(*{'requests', 'urllib.request', 'xmltodict'} & set(sys.modules))"
    )
    environ = {**os.environ, "PYTHONPATH": os.path.dirname(PACKAGE), "PYTHONDONTWRITEBYTECODE": "1"}
    said = subprocess.run([sys.executable, "-c", code], env=environ, stdout=-1, check=True).stdout
    assert said.split() == []


def test_other_peoples_modules_have_one_home():
    wrong = []
    for name, tree in MODULES.items():
        known = {home for home in foreign(name) & set(ONLY_IN) if lives_in(name, ONLY_IN[home])}
        if sys.version_info >= (3, 10):
            known |= sys.stdlib_module_names - set(ONLY_IN)
        else:
            known |= foreign(name) - set(ONLY_IN)
        wrong += [f"{name} imports {other}" for other in foreign(name) - known - {"gracenote2epg"}]
        at_top = {a.name for node in tree.body if isinstance(node, ast.Import) for a in node.names}
        wrong += [f"{name} imports {other} on every system" for other in at_top & ONE_PLATFORM]
    assert wrong == []


def test_only_the_clock_asks_for_the_time_and_only_stdio_prints():
    wrong = []
    for name, tree in MODULES.items():
        names = used(ast.walk(tree))
        wrong += [f"{name} uses {what}" for what in names if not lives_in(name, ALLOWED_IN[what])]
    for path in map(os.path.join, [ROOT] * 3, ("service.py", "lib/script.py", "bin/" + GRABBER)):
        with open(path, encoding="utf-8") as file:
            names = used(ast.walk(ast.parse(file.read()))) - {"sys.argv"}
        wrong += [f"{path} uses {what}" for what in names]
    assert wrong == []


def test_no_time_is_asked_for_behind_another_name():
    asking = ("began = time.monotonic()", "now: Callable = time.time", "from time import monotonic",
              "time.localtime()", "time.gmtime()", "time.strftime('%H')",
              "datetime.datetime.now()", "datetime.now(timezone.utc)", "date.today()",
              "from datetime import datetime as when", "import time as clock")  # fmt: skip
    telling = ("time.localtime(at)", "time.gmtime(at)", "time.strftime('%H', when)", "clock.now()")
    assert [line for line in asking if not used(ast.walk(ast.parse(line)))] == []
    assert [line for line in telling if used(ast.walk(ast.parse(line)))] == []


EDGES = ("cli.main", "cli.serve", "kodi", "net.server", "web.checkup")  # where a thread begins, too


def test_every_exception_is_caught_only_at_the_edges():
    def everything(nodes: Iterable[ast.AST]) -> bool:
        return any(dotted(node) in ("Exception", "BaseException") for node in nodes)

    wrong = []
    for name, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                broad = node.type is None or everything(ast.walk(node.type))
                wrong += [name] if broad and not lives_in(name, EDGES) else []
            elif isinstance(node, ast.Call) and dotted(node.func).endswith("suppress"):
                wrong += [name] if everything(node.args) else []
    assert wrong == []


def test_no_room_is_too_large():
    wrong = []
    for folder, _, files in os.walk(PACKAGE):
        paths = [os.path.join(folder, file) for file in files if file.endswith(".py")]
        wrong += [f"{folder} has {len(paths)} files"] if len(paths) > MAX_FILES else []
        for path in paths:
            with open(path, encoding="utf-8") as text:
                lines = sum(1 for _ in text)
            wrong += [f"{path} has {lines} lines"] if lines > MAX_LINES else []
    assert wrong == []
