"""All that the library tells a user, as sentences by name."""

import ast
import glob
import os
import string

from gracenote2epg.doctor import failures, report
from gracenote2epg.gracenote.failures import SOURCE_FAILURES, make_error
from support import ROOT
from support.kodi_addon import classes, error_of_kind


def modules(*folder):
    folder = os.path.join(ROOT, "lib", "gracenote2epg", *folder)
    for path in glob.glob(os.path.join(folder, "**", "*.py"), recursive=True):
        with open(path, encoding="utf-8") as file:
            yield file.read()


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def sentences():
    """(name, values) of all that the library tells a viewer."""
    for kind in classes():
        error = error_of_kind(kind)
        yield from ((row.name, set(row.values)) for row in (error.said, error.cure))
    for row in failures.FAILURES.values():
        values = fields(row.symptom + row.remedy)
        finding = report.failed(row.name, **dict.fromkeys(values, "x"))
        yield from ((said.name, set(said.values)) for said in (*finding.seen, *finding.cures))
    for row in SOURCE_FAILURES.values():
        error = make_error(row.name, **dict.fromkeys(fields(row.symptom + row.remedy), "x"))
        yield from ((said.name, set(said.values)) for said in (error.said, error.cure))
    for code in modules():
        for call in ast.walk(ast.parse(code)):
            if isinstance(call, ast.Call) and call.args:
                yield from _of_call(call)


def _of_call(call):
    """Those of ok(check, "name", …), skipped(…), … .curing(…) and Sentence("name", …)."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    words = [row.value for row in call.args if isinstance(row, ast.Constant)]
    if name == "Sentence" and isinstance(call.args[0], ast.Constant):
        yield words[0], None
    elif name in ("ok", "skipped") and len(call.args) > 2 and words:
        names = {row.arg for row in call.keywords}  # None: more, which are not in sight
        yield f"seen_{words[0]}", None if None in names else names
