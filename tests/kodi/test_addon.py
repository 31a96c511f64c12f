"""What Kodi reads and starts: the settings page, the texts, the entry points."""

import ast
import os
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

import gracenote2epg
from gracenote2epg.config import settings
from support import fake_kodi, text_of
from support.fake_kodi import ROOT
from support.kodi_addon import ours

sys.path.insert(0, os.path.join(ROOT, "tools"))


LANGUAGES = ("en_gb", "es_es", "es_mx", "fr_ca", "fr_fr")


TABLE = {row.name: row for row in settings.all_settings()}


# The page


def test_the_settings_page_and_the_table_agree():
    shown, expected = {}, {}
    for name, element in fake_kodi.settings().items():
        kind, default = TABLE[name].kind, TABLE[name].default
        default = ",".join(default) if isinstance(default, tuple) else str(default)
        if kind.name == "boolean":
            default = default.lower()
        type_name = kind.name if kind.name in ("integer", "boolean", "path") else "string"
        limits = [None if limit is None else str(limit) for limit in (kind.low, kind.high)]
        expected[name] = (type_name, default, *limits)
        low, high = element.findtext(".//minimum"), element.findtext(".//maximum")
        options = [option.text for option in element.iter("option")]
        if type_name == "integer" and options:
            low, high = options[0], options[-1]
            assert options == [str(number) for number in range(int(low), int(high) + 1)]
        if kind.choices:
            assert tuple(options) == kind.choices
        shown[name] = element.get("type"), element.findtext("default") or "", low, high
    assert shown == expected
    assert set(shown) == set(TABLE) - set(ours("ids").ELSEWHERE)


def test_kodi_accepts_every_setting():
    for name, element in fake_kodi.settings().items():
        assert element.find("control") is not None, name
        default = element.find("default")
        assert default is not None, name
        assert default.text or element.findtext(".//allowempty") == "true", name
        assert int(element.findtext("level")) in range(4), name


def test_the_essentials_are_on_the_basic_level_and_the_password_is_hidden():
    page = fake_kodi.settings()
    essentials = ("postal_code", "lineup", "channels", "days")
    assert {page[name].findtext("level") for name in essentials} == {"0"}
    assert page["tvh_password"].findtext("control/hidden") == "true"


def test_the_page_fits_a_screen_and_uses_no_word_of_kodis_twice(kodi):
    """Of 720 lines, on which Kodi shows six categories, and ten rows of one at the standard
    level. It calls a level of the settings "Advanced"."""
    page = ElementTree.parse(os.path.join(ROOT, "resources", "settings.xml"))
    rows = {
        found.get("id"): sum(int(level.text) < 2 for level in found.iter("level"))
        for found in page.iter("category")
    }
    assert len(rows) <= 6
    assert max(rows.values()) <= 10
    labels = [text for number, text in fake_kodi.strings("en_gb").items() if number < 30200]
    assert "Advanced" not in labels
    assert len(set(labels)) == len(labels)


def test_every_button_is_an_action_that_closes_the_page_first(kodi):
    buttons = fake_kodi.buttons()
    for name, button in buttons.items():
        assert button.findtext("data") == f"RunScript(service.gracenote2epg,{name})"
        assert button.findtext("control/close") == "true"  # which saves
    assert set(buttons) == {*ours("messages").MENU, "choose_playlist"} - {"settings", "tonight"}


def test_texts_and_metadata_are_in_the_same_languages(kodi):
    folder = os.path.join(ROOT, "resources", "language")
    assert sorted(os.listdir(folder)) == [f"resource.language.{name}" for name in LANGUAGES]
    addon = ElementTree.parse(os.path.join(ROOT, "addon.xml")).getroot()
    for tag in ("summary", "description", "disclaimer"):
        told = {found.get("lang").lower(): found.text for found in addon.iter(tag)}
        assert sorted(told) == sorted(LANGUAGES)
        assert (told["fr_ca"], told["es_mx"]) == (told["fr_fr"], told["es_es"])
    assert "Not affiliated with" in addon.findtext(".//disclaimer")
    title = fake_kodi.strings("en_gb")[ours("strings").STRINGS["title"]]
    assert addon.get("name") == title  # one name: on the tile and in the headings


def test_the_documentation_has_every_action(kodi):
    words = re.findall(r"(?m)^\| `(\w+)` \|", text_of("docs", "kodi.md"))
    assert set(words) == set(ours("messages").MENU)


# The entry points


@pytest.mark.parametrize("bell", ["service.py", "lib/script.py"])
def test_an_entry_point_has_no_branch(bell):
    body = ast.parse(text_of(bell)).body
    assert {type(node) for node in body} == {ast.Expr, ast.Import, ast.ImportFrom}
    assert len(body) < 15


RING = """
import os, runpy, sys
tests, folder, bell, is_script = sys.argv[1:5]
sys.path.insert(0, tests)
from support import fake_kodi, text_of
class Clock:
    passed = 0.0
    def now(self):
        return self.passed
    monotonic = now
    def advance(self, seconds):
        self.passed += max(0.0, seconds)
kodi = fake_kodi.Kodi(folder, Clock())
kodi.install()
kodi.in_script = bool(is_script)
kodi.after(7200, kodi.quit)
sys.argv[1:] = []
sys.path.insert(0, os.path.dirname(bell))  # as Kodi does
runpy.run_path(bell, run_name="__main__")
heavy = {"requests", "urllib3", "sqlite3", "xmltodict", "http.server", "ssl"}
heavy.add("gracenote2epg.grab.run")
print(sorted(heavy & set(sys.modules)), *kodi.kinds(), *kodi.lines(), sep="\\n")
"""


def run_python(code, *words, flags=()):
    """Run it as Kodi does, from another folder; return the lines of its output."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    environment.update(PYTHONOPTIMIZE="1", PYTHONDONTWRITEBYTECODE="1")  # the last for the tree
    command = [sys.executable, *flags, "-c", code, *words]
    said = subprocess.run(
        command, cwd=words[1], env=environment, check=True, stdout=subprocess.PIPE, timeout=60
    )
    return said.stdout.decode().splitlines()


@pytest.mark.slow
def test_the_entry_points_work_from_anywhere_and_import_nothing_heavy(tmp_path):
    tests, folder = os.path.join(ROOT, "tests"), str(tmp_path)
    label = "[service.gracenote2epg] kodi.service.monitor:"
    assert run_python(RING, tests, folder, os.path.join(ROOT, "service.py"), "") == [
        "[]",
        f"{label} {gracenote2epg.__version__} is ready",
        f"{label} ended",
    ]
    lines = run_python(RING, tests, folder, os.path.join(ROOT, "lib/script.py"), "script")
    assert lines == ["[]", "select"]  # its menu


# A Kodi without the fake's own imports.
BARE = """
import os, sys
from types import ModuleType, SimpleNamespace as Some
waits = [True, False]
addon = Some(getSetting=lambda name: "", getAddonInfo=lambda name: "")
class Monitor:
    def waitForAbort(self, seconds):
        return waits.pop()
for name, content in {
    "xbmc": dict(Monitor=Monitor, LOGINFO=1, log=print, executebuiltin=print,
        Player=lambda: Some(isPlaying=lambda: False)),
    "xbmcaddon": dict(Addon=lambda name: addon),
    "xbmcvfs": dict(translatePath=lambda path: sys.argv[2]),
}.items():
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__dict__.update(content)
with open(sys.argv[1]) as file:
    bell = compile(file.read(), sys.argv[1], "exec")
before = set(sys.modules)
exec(bell, {"__file__": sys.argv[1]})
print(sorted(set(sys.modules) - before))
"""


@pytest.mark.slow
def test_an_idle_service_imports_next_to_nothing(tmp_path):
    said = run_python(BARE, os.path.join(ROOT, "service.py"), str(tmp_path), flags=["-S"])
    imported = set(ast.literal_eval(said[-1]))
    ours_alone = {
        f"gracenote2epg{name}"
        for name in ("", ".clock", ".kodi", ".kodi.ids", ".kodi.service", ".kodi.service.monitor")
    }
    assert ours_alone <= imported
    assert imported - ours_alone <= {"__future__", "time", "gc"}


def test_addon_xml_names_existing_files(kodi):
    assert ours("ids").ADDON_ID == settings.ADDON_ID
    addon = ElementTree.parse(os.path.join(ROOT, "addon.xml")).getroot()
    assert (addon.get("id"), addon.get("version")) == (settings.ADDON_ID, gracenote2epg.__version__)
    service = addon.find("extension[@point='xbmc.service']")
    script = addon.find("extension[@point='xbmc.python.script']")
    assert script.findtext("provides") == "executable"  # so it is among the program add-ons
    named = [service.get("library"), script.get("library")]
    assert named == ["service.py", "lib/script.py"]
    named += [found.text for found in addon.find(".//assets")]
    assert all(os.path.isfile(os.path.join(ROOT, name)) for name in named)


@pytest.mark.parametrize(("name", "size"), [("icon", (512, 512)), ("fanart", (1920, 1080))])
def test_the_pictures_are_as_kodi_wants_them(name, size):
    with open(os.path.join(ROOT, "resources", f"{name}.png"), "rb") as file:
        head = file.read(26)
    assert struct.unpack(">II", head[16:24]) == size
    assert head[25] == 2  # RGB: Kodi's repository refuses transparency
