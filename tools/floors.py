"""Which package stands on which floor, and what the modules really import.

tests/test_architecture.py holds the modules to FLOORS; the drawing in docs/architecture.md is made
from their imports by docs/generate.py.
"""

import ast
import os
from typing import Dict, Iterator, List, Set, Tuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGE = os.path.join(ROOT, "lib", "gracenote2epg")

# From the ground up. A package imports from lower floors only: packages of one floor do not know
# each other. The doors (__main__, service.py, script.py, bin/) stand on top and make one call.
FLOORS: Tuple[Tuple[str, ...], ...] = (
    ("clock", "errors", "models", "util"),
    ("config", "net", "store"),
    ("channels", "gracenote", "xmltv"),
    ("downloader", "guide"),
    ("grab",),
    ("demo", "doctor", "setup"),
    ("web",),
    ("cli", "kodi"),
    ("__main__",),
)


def _modules() -> Iterator[Tuple[str, ast.Module]]:
    for folder, _, files in os.walk(PACKAGE):
        for file in sorted(files):
            if file.endswith(".py"):
                path = os.path.join(folder, file)
                name = os.path.relpath(path, PACKAGE)[:-3].replace(os.sep, ".")
                with open(path, encoding="utf-8") as text:
                    yield name.replace(".__init__", ""), ast.parse(text.read())


# Syntax trees by module name, as "grab.run"; a package has its own, as "grab". The root package
# ("__init__"), which holds the version, is everybody's.
MODULES: Dict[str, ast.Module] = {name: tree for name, tree in _modules() if name != "__init__"}


def _imports(name: str) -> Set[str]:
    is_package = os.path.isdir(os.path.join(PACKAGE, *name.split(".")))
    here = name.split(".") if is_package else name.split(".")[:-1]
    imported: Set[str] = set()
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.Import):
            imported.update(f"/{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imported.add(f"/{node.module}")
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1]
            base += node.module.split(".") if node.module else []
            names = {".".join([*base, alias.name]) for alias in node.names}
            imported |= names & set(MODULES) or {".".join(base)}
    return imported - {"", name}


_IMPORTED = {name: _imports(name) for name in MODULES}


def ours(name: str) -> Set[str]:
    """The modules of this package that a module imports, at any time."""
    return {other for other in _IMPORTED[name] if not other.startswith("/")}


def foreign(name: str) -> Set[str]:
    """The top-level names of everything else that it imports."""
    return {other[1:].split(".")[0] for other in _IMPORTED[name] if other.startswith("/")}


def package(name: str) -> str:
    return name.split(".")[0]


def floor(name: str) -> int:
    """The floor of a module's package, from 0; -1 = it has none."""
    return next((at for at, names in enumerate(FLOORS) if package(name) in names), -1)


def drawing() -> List[str]:
    """The floors as text, top first: each package, what it is, and what it imports."""
    uses: Dict[str, Set[str]] = {}
    for name in MODULES:
        others = {package(other) for other in ours(name)} - {package(name)}
        uses.setdefault(package(name), set()).update(others)
    lines: List[str] = []
    for at, names in reversed(list(enumerate(FLOORS))):
        for name in names:
            what = (ast.get_docstring(MODULES[name]) or "").splitlines()[0].replace("``", "")
            below = sorted(uses.get(name, set()), key=lambda other: (-floor(other), other))
            label = f"{at + 1}" if name == names[0] else " "
            lines.append(f"{label}  {name:<11} {what}")
            lines += [f"{'':<16}uses {' '.join(below)}"] if below else []
        lines += [""] if at else []
    return lines
