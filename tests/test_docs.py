"""Documentation that can fail the build stays true."""

import glob
import importlib.util
import inspect
import os
import re

import pytest

from gracenote2epg import __version__
from gracenote2epg.cli.options import _parser, read_options
from gracenote2epg.config.settings import all_settings
from gracenote2epg.doctor import failures
from gracenote2epg.downloader.strategies import STRATEGIES
from gracenote2epg.gracenote.tasks import GUIDE, SERIES
from support import LIB, ROOT, text_of

DOCS = os.path.join(ROOT, "docs")
ALL = sorted(
    os.path.relpath(path, ROOT)
    for pattern in ("*.md", "docs/*.md", "docs/howto/*.md", ".github/*.md")
    for path in glob.glob(os.path.join(ROOT, pattern))
)
FOR_DEVELOPERS = [
    page
    for page in ALL
    if page.startswith(("docs/howto", "docs/architecture", "docs/testing", ".github/CONTR"))
]


@pytest.fixture(name="generated", scope="module")
def _generated():
    path = os.path.join(DOCS, "generate.py")
    spec = importlib.util.spec_from_file_location("generate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.pages())


def test_the_generated_pages_are_what_the_code_says(generated):
    assert len(generated) == 9
    stale = [os.path.relpath(path, ROOT) for path, text in generated if text_of(path) != text]
    assert stale == [], "run `make docs`"


def test_pages_name_only_options_and_variables_that_exist():
    known = {option for action in _parser("")._actions for option in action.option_strings}
    known |= {row.variable for row in all_settings()}
    unknown = []
    for page in sorted({*ALL} - {*FOR_DEVELOPERS}):
        # these lines have others' options
        text = re.sub(r"(?m)^(docker|RUN pip|    -v|    -e).*$", "", text_of(page))
        names = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+|GRACENOTE_[A-Z_]+", text))
        unknown += [(page, name) for name in names - known]
    assert unknown == []


def test_the_readme_names_the_commands_that_a_fresh_machine_needs():
    assert {"make demo", "make test"} <= set(re.findall(r"make \w+", text_of("README.md")))


def test_the_readme_is_short_and_its_options_take_these_values():
    readme = text_of("README.md")
    assert readme.count("\n") <= 100
    rows = re.findall(r"(?m)^\| `(--[^`]+)` \| (.+) \|$", readme)
    assert len(rows) > 5
    rules = {option: row for row in all_settings() for option in row.options}
    for example, about in rows:
        kind, name = rules[example.split()[0]].kind, rules[example.split()[0]].name
        kind.parse(read_options("gracenote2epg", example.split())[0][name])
        for low, high in re.findall(r"(\d+) to (\d+)", about):
            assert (int(low), int(high)) == (kind.low, kind.high), name


def test_the_page_about_downloads_lists_the_strategies_as_they_are():
    row = r"(?m)^\| `(\w+)`(?: \(default\))? \| ([\d-]+) \| ([\d-]+) \| (?:up to )?([\d.-]+) \|"
    rows = re.findall(row, text_of("docs/downloads.md"))
    assert [name for name, *_ in rows] == list(STRATEGIES)
    for name, guide, series, rates in rows:
        own = STRATEGIES[name]
        for kind, workers in ((GUIDE, guide), (SERIES, series)):
            assert workers == f"{own[kind].initial}-{own[kind].maximum}", name
        slow, fast = own[GUIDE].slow_rate, own[GUIDE].fast_rate
        assert rates in (f"{slow:g}-{fast:g}", f"{fast:g}"), name


def test_every_link_and_picture_of_the_pages_is_there():
    wrong = []
    for page in ALL:
        for link in re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", text_of(page)):
            if not os.path.exists(os.path.join(ROOT, os.path.dirname(page), link)):
                wrong.append(f"{page}: {link}")
    assert wrong == []
    assert "SECURITY.md" in text_of("README.md")


def test_the_changelogs_latest_release_is_this_version():
    assert re.findall(r"(?m)^## (\S+)", text_of("CHANGELOG.md"))[:2] == ["Unreleased", __version__]


def test_the_page_for_tvheadend_speaks_the_doctors_own_words():
    page = text_of("docs/tvheadend.md")
    for name in ("not there", "off", "not run", "no events"):
        assert failures.FAILURES[name].symptom in page


def test_the_pages_for_developers_name_only_code_that_exists():
    """As `grab/run.py`, or with a name in it as `grab/run.py:run`."""
    wrong = []
    roots = (os.path.join(LIB, "gracenote2epg"), ROOT)
    for page in FOR_DEVELOPERS:
        for path, name in re.findall(r"`([\w./-]+\.[a-z]+)(?::(\w+))?`", text_of(page)):
            if "/" not in path and not path.endswith(".py"):
                continue  # a file that the program makes
            found = [root for root in roots if os.path.isfile(os.path.join(root, path))]
            defined = rf"(?m)^ *((def|class) {name}\b|{name}\b.* = )"
            if not found or (name and not re.search(defined, text_of(found[0], path))):
                wrong.append(f"{page}: {path}:{name}")
    assert wrong == []


@pytest.fixture(name="examples", scope="module")
def _examples():
    names = {}
    for code in re.findall(r"```python\n(.*?)```", text_of("docs/testing.md"), re.DOTALL):
        exec(code, names)
    return [test for name, test in names.items() if name.startswith("test_")]


def test_the_examples_of_the_page_about_testing_pass(examples, server, clock, tmp_path):
    given = {"server": server, "clock": clock, "tmp_path": tmp_path}
    assert len(examples) == 3
    for test in examples:
        test(**{name: given[name] for name in inspect.signature(test).parameters})
