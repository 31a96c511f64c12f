"""What Kodi reads of the add-on and starts: its page of settings, its texts, its doorbells."""

import ast
import inspect
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from support import fake_kodi
import gracenote2epg
from support.kodi_addon import ours
from support.fake_kodi import ROOT
from gracenote2epg import config, cures, difference, errors, health

sys.path.insert(0, os.path.join(ROOT, "tools"))

import settings_page

LANGUAGES = ("en_gb", "es_es", "es_mx", "fr_ca", "fr_fr")


# The page


def test_the_page_and_the_table_agree():
    table = {row.name: row for row in config.table()}
    for name, element in fake_kodi.settings().items():
        low, high = element.findtext(".//minimum"), element.findtext(".//maximum")
        numbers = [option.text for option in element.iter("option")]
        if element.get("type") == "integer" and numbers:
            low, high = numbers[0], numbers[-1]
            assert numbers == [str(number) for number in range(int(low), int(high) + 1)]
        found = (element.get("type"), element.findtext("default") or "", low, high)
        expected = kodis(table[name])
        assert found == (
            *expected[:2],
            *(None if number is None else str(number) for number in expected[2:]),
        ), name


def kodis(row):
    """A row of the table as the page has it: type, default, lowest, highest."""
    kind = row.kind.name if row.kind.name in ("integer", "boolean") else "string"
    default = ",".join(row.default) if isinstance(row.default, tuple) else str(row.default)
    if kind == "boolean":
        default = default.lower()
    return kind, default, row.kind.low, row.kind.high


def test_the_page_offers_every_choice():
    table = {row.name: row for row in config.table()}
    for name, element in fake_kodi.settings().items():
        if table[name].kind.choices:
            choices = tuple(option.text for option in element.iter("option"))
            assert choices == table[name].kind.choices


def test_the_page_holds_all_settings_that_make_sense_in_kodi():
    names = {row.name for row in config.table()}
    assert set(fake_kodi.settings()) == names - settings_page.ELSEWHERE


def test_no_setting_has_a_fault_for_which_kodi_drops_it():
    for name, element in fake_kodi.settings().items():
        assert element.find("control") is not None, name
        default = element.find("default")
        assert default is not None, name
        assert default.text or element.findtext(".//allowempty") == "true", name
        assert int(element.findtext("level")) in range(4), name


def test_the_essentials_are_seen_at_the_basic_level():
    levels = {name: found.findtext("level") for name, found in fake_kodi.settings().items()}
    for name in ("postal_code", "lineup", "channels", "days"):
        assert levels[name] == "0"


def test_the_password_is_typed_unseen():
    assert fake_kodi.settings()["tvh_password"].findtext("control/hidden") == "true"


def test_every_button_is_an_action_that_sees_what_was_typed(kodi):
    actions = ours("actions")
    buttons = fake_kodi.buttons()
    for name, button in buttons.items():
        assert button.findtext("data") == f"RunScript(service.gracenote2epg,{name})"
        assert button.findtext("control/close") == "true"  # which saves
    assert set(buttons) == set(actions.MENU) - {"settings"}


def test_the_categories_are_those_that_users_know():
    page = ElementTree.parse(os.path.join(ROOT, "resources", "settings.xml"))
    assert [found.get("id") for found in page.iter("category")] == [
        "guide",
        "downloads",
        "output",
        "tvheadend",
        "schedule",
        "monitoring",
        "advanced",
    ]


# The texts


def texts(language):
    """(number, English, translated) of every text of a language."""
    name = f"resource.language.{language}"
    path = os.path.join(ROOT, "resources", "language", name, "strings.po")
    with open(path, encoding="utf-8") as file:
        return re.findall(r'msgctxt "#(\d+)"\nmsgid "(.*)"\nmsgstr "(.*)"\n', file.read())


def test_every_text_that_is_used_exists_and_none_is_left_over(kodi):
    with open(os.path.join(ROOT, "resources", "settings.xml"), encoding="utf-8") as file:
        on_page = {int(number) for number in re.findall(r"\b30\d{3}\b", file.read())}
    said = set(ours("words").STRINGS.values())
    assert on_page == set(settings_page.strings())
    assert {int(number) for number, _, _ in texts("en_gb")} == said | set(settings_page.strings())


def test_every_word_that_the_code_says_has_a_text(kodi):
    known = set(ours("words").STRINGS)
    said = set()
    folder = os.path.join(ROOT, "lib", "gracenote2epg", "kodi")
    for name in os.listdir(folder):
        if name.endswith(".py"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                said |= set(re.findall(r'\b(?:say|title)\(\s*"(\w+)"', file.read()))
    wizard, player, looks = ours("wizard"), ours("player"), ours("looks")
    said |= {f"country_{word}" for word in wizard.COUNTRIES}
    said |= {f"way_{word}" for word in player.WAYS}
    said |= {f"kind_{word}" for word in looks.KINDS}
    said |= {f"action_{word}" for word in ours("actions").MENU}
    said |= {f"advice_{word}" for word in health.ADVICE}
    said |= {f"change_{word}" for word in difference.KINDS} | {"station_new", "station_gone"}
    chosen = {"page_off", "guide_ends", "guide_ended"}
    chosen |= {"ask_zip", "ask_postal_code", "bad_zip", "bad_postal_code"}  # by a condition
    assert said <= known
    assert {name for name in known - said if not name.startswith("error_")} <= chosen


def test_every_failure_has_words(kodi):
    kinds = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.GrabError)
    }
    has = {name[6:] for name in ours("words").STRINGS if name.startswith("error_")}
    unseen = {"UsageError", "PortTaken"}  # in no dialog of the add-on
    assert has == kinds - {"GrabError", "SourceError", "PlayerError", "Stopped"} - unseen


def of_kind(kind):
    """An error of that kind, whatever it is made of."""
    return kind(*["1"] * (len(inspect.signature(kind.__init__).parameters) - 1))


def test_no_advice_is_for_the_command_line_alone(kodi):
    names = {row.name for row in config.table()}
    kinds = [getattr(errors, name[6:]) for name in ours("words").STRINGS if name[:6] == "error_"]
    advice = [of_kind(kind).advice for kind in kinds]
    advice += [failure.cure for failure in cures.FAILURES.values()]
    for text in advice:
        others = set(re.findall(r"\w+", re.sub(r"--[\w-]+|GRACENOTE_\w+", "", text)))
        assert "--" not in text or "add-on" in text or others & names, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_with_the_same_places_to_fill_in(language):
    english = {number: text for number, text, _ in texts("en_gb")}
    found = texts(language)
    assert {number: text for number, text, _ in found} == english
    for number, text, translated in found:
        assert bool(translated) == (language != "en_gb"), number
        if translated:
            assert places(translated) == places(text), number


def places(text):
    """What code or Kodi replaces in a text."""
    return sorted(re.findall(r"\{\w*(?::\w+)?\}|\[/?\w+\]|\\n|special://\S+?(?=[ ,.]|$)", text))


def test_there_is_no_other_language():
    folder = os.path.join(ROOT, "resources", "language")
    assert sorted(os.listdir(folder)) == [f"resource.language.{name}" for name in LANGUAGES]


def test_the_metadata_speaks_the_same_languages():
    addon = ElementTree.parse(os.path.join(ROOT, "addon.xml")).getroot()
    for tag in ("summary", "description"):
        spoken = sorted(found.get("lang").lower() for found in addon.iter(tag))
        assert spoken == sorted(LANGUAGES)


def test_the_page_about_kodi_has_every_word(kodi):
    with open(os.path.join(ROOT, "docs", "kodi.md"), encoding="utf-8") as file:
        assert set(re.findall(r"(?m)^\| `(\w+)` \|", file.read())) == set(ours("actions").MENU)


# The doorbells


@pytest.mark.parametrize("bell", ["service.py", "action.py"])
def test_a_doorbell_has_no_branch(bell):
    with open(os.path.join(ROOT, bell), encoding="utf-8") as file:
        body = ast.parse(file.read()).body
    assert {type(node) for node in body} == {ast.Expr, ast.Import, ast.ImportFrom}
    assert len(body) < 15


RING = """
import runpy, sys
sys.path.insert(0, sys.argv[1])
from support import fake_kodi
kodi = fake_kodi.install(sys.argv[2], 1e9)
kodi.after(7200, kodi.quit)
runpy.run_path(sys.argv[3], run_name="__main__")
heavy = {"requests", "urllib3", "sqlite3", "xmltodict", "gracenote2epg.grab", "http.server", "ssl"}
print(sorted(heavy & set(sys.modules)), *kodi.lines(), sep="\\n")
"""


def test_the_doorbell_works_from_anywhere(tmp_path):
    tests, bell = os.path.join(ROOT, "tests"), os.path.join(ROOT, "service.py")
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    environment.update(PYTHONOPTIMIZE="1", PYTHONDONTWRITEBYTECODE="1")  # as in Kodi; for the tree
    words = [sys.executable, "-c", RING, tests, str(tmp_path), bell]
    said = subprocess.run(
        words, cwd=str(tmp_path), env=environment, check=True, stdout=subprocess.PIPE, timeout=60
    )
    assert said.stdout.decode().splitlines() == [
        "[]",
        f"[service.gracenote2epg] service: {gracenote2epg.__version__} is ready",
        "[service.gracenote2epg] service: waiting for a postal code or a lineup in the add-on's"
        " settings",
        "[service.gracenote2epg] service: ended",
    ]


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
    "xbmcvfs": dict(translatePath=lambda path: sys.argv[1]),
}.items():
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__dict__.update(content)
with open(sys.argv[2]) as file:
    bell = compile(file.read(), sys.argv[2], "exec")
before = set(sys.modules)
exec(bell, {"__file__": sys.argv[2]})
print(sorted(set(sys.modules) - before))
"""


def test_an_idle_service_imports_next_to_nothing(tmp_path):
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-S", "-c", BARE, str(tmp_path), os.path.join(ROOT, "service.py")]
    said = subprocess.run(words, env=environment, check=True, stdout=subprocess.PIPE, timeout=60)
    imported = set(ast.literal_eval(said.stdout.decode().splitlines()[-1]))
    own = {f"gracenote2epg{name}" for name in ("", ".clock", ".kodi", ".kodi.service")}
    assert own <= imported
    assert imported - own <= {"__future__", "gc", "time"}


def test_the_script_asks_with_a_menu_and_imports_nothing_heavy(tmp_path):
    ring = RING.replace("kodi.after(7200, kodi.quit)", "kodi.script = True; sys.argv[1:] = []")
    ring = ring.replace("sys.argv[2]", "FOLDER").replace("sys.argv[3]", "BELL")
    ring = ring.replace("import fake_kodi", "import fake_kodi; FOLDER, BELL = sys.argv[2:4]")
    tests, bell = os.path.join(ROOT, "tests"), os.path.join(ROOT, "action.py")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-c", f"{ring}\nprint(kodi.kinds())", tests, str(tmp_path), bell]
    said = subprocess.run(words, env=environment, check=True, stdout=subprocess.PIPE, timeout=60)
    assert said.stdout.decode().splitlines() == ["[]", "['select']"]


def test_the_addon_names_what_there_is():
    addon = ElementTree.parse(os.path.join(ROOT, "addon.xml")).getroot()
    assert (addon.get("id"), addon.get("version")) == (config.ADDON_ID, gracenote2epg.__version__)
    service = addon.find("extension[@point='xbmc.service']")
    script = addon.find("extension[@point='xbmc.python.script']")
    assert script.findtext("provides") == "executable"  # so it is among the program add-ons
    named = [service.get("library"), script.get("library")]
    assert named == ["service.py", "action.py"]
    named += [found.text for found in addon.find(".//assets")]
    assert all(os.path.isfile(os.path.join(ROOT, name)) for name in named)


def test_the_icon_is_what_kodi_wants():
    with open(os.path.join(ROOT, "resources", "icon.png"), "rb") as file:
        head = file.read(26)
    size, colour = head[16:24], head[25]
    assert size == (512).to_bytes(4, "big") * 2
    assert colour == 2  # RGB: Kodi's repository refuses transparency


def test_the_service_and_the_settings_speak_of_the_same_addon(kodi):
    assert ours("service").ADDON_ID == config.ADDON_ID
