"""Documentation that can fail the build stays true."""

import importlib.util
import os
import re

from gracenote2epg import __version__
from gracenote2epg.cli.options import _parser
from gracenote2epg.config.settings import all_settings
from gracenote2epg.doctor import failures
from gracenote2epg.downloader.strategies import STRATEGIES
from gracenote2epg.gracenote.tasks import GUIDE, SERIES
from support import ROOT

DOCS = os.path.join(ROOT, "docs")


def text_of(*path: str) -> str:
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def generated():
    path = os.path.join(DOCS, "generate.py")
    spec = importlib.util.spec_from_file_location("generate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.pages())


def test_the_generated_pages_are_what_the_code_says():
    pages = generated()
    assert len(pages) == 5
    stale = [os.path.relpath(path, ROOT) for path, text in pages if text_of(path) != text]
    assert stale == [], "run `make docs`"


PAGES = [
    "README.md",
    "SECURITY.md",
    *(f"docs/{name}.md" for name in ("tvheadend", "kodi", "xmltv", "channels", "doctor", "health")),
]


def test_pages_name_only_options_and_variables_that_exist():
    known = {option for action in _parser("")._actions for option in action.option_strings}
    known |= {row.variable for row in all_settings()}
    unknown = []
    for page in PAGES:
        # these lines have others' options
        text = re.sub(r"(?m)^(docker|    -v|    -e).*$", "", text_of(page))
        names = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+|GRACENOTE_[A-Z_]+", text))
        unknown += [(page, name) for name in names - known]
    assert unknown == []


def test_the_readme_names_the_commands_that_a_fresh_machine_needs():
    assert {"make demo", "make test"} <= set(re.findall(r"make \w+", text_of("README.md")))


def test_the_readmes_settings_have_these_names_options_and_ranges():
    kinds = {row.name: row.kind for row in all_settings()}
    rows = re.findall(r"(?m)^\| `(\w+)` \| `(--[^`]+)` \| (.+) \|$", text_of("README.md"))
    assert len(rows) > 12
    for name, example, about in rows:
        kinds[name].parse(getattr(_parser("").parse_args(example.split()), name))
        for low, high in re.findall(r"(\d+) to (\d+)", about):
            assert (int(low), int(high)) == (kinds[name].low, kinds[name].high), name


def test_the_readmes_strategies_are_those_that_there_are():
    row = r"(?m)^\| (\w+) \| ([\d-]+) \| ([\d-]+) \| (?:up to )?([\d.-]+) \|"
    rows = re.findall(row, text_of("README.md"))
    assert [name for name, *_ in rows] == list(STRATEGIES)
    for name, guide, series, rates in rows:
        own = STRATEGIES[name]
        for kind, workers in ((GUIDE, guide), (SERIES, series)):
            assert workers == f"{own[kind].initial}-{own[kind].maximum}", name
        slow, fast = own[GUIDE].slow_rate, own[GUIDE].fast_rate
        assert rates in (f"{slow:g}-{fast:g}", f"{fast:g}"), name


def test_every_link_of_the_readme_leads_to_a_page_and_one_to_what_is_promised():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text_of("README.md"))
    assert [link for link in links if not os.path.exists(os.path.join(ROOT, link))] == []
    assert "SECURITY.md" in links


def test_every_picture_of_the_docs_is_there():
    for page in ("README.md", *(os.path.join("docs", name) for name in os.listdir(DOCS))):
        if page.endswith(".md"):
            for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text_of(page)):
                assert os.path.isfile(os.path.join(ROOT, os.path.dirname(page), name)), (page, name)


def test_the_changelog_begins_with_this_version():
    assert re.search(r"^## (\S+)", text_of("CHANGELOG.md"), re.MULTILINE).group(1) == __version__


def test_the_page_for_tvheadend_speaks_the_doctors_own_words():
    page = text_of("docs/tvheadend.md")
    for name in ("not there", "off", "not run", "no events"):
        assert failures.FAILURES[name].saw in page
