"""The add-on's texts: all of them in each language, of the same values, and fitting the screen."""

import os
import re
import xml.etree.ElementTree as ElementTree

import pytest

from gracenote2epg.config.settings import all_settings
from gracenote2epg.doctor import failures
from gracenote2epg.errors import OutputError
from gracenote2epg.gracenote.failures import SOURCE_FAILURES, make_error
from gracenote2epg.guide import diff, health
from gracenote2epg.setup.steps import STEPS
from support import ROOT, estuary, fake_kodi, text_of
from support.kodi_addon import classes, error_of_kind, ours
from support.sentences import fields, modules, sentences

LANGUAGES = ("en_gb", "es_es", "es_mx", "fr_ca", "fr_fr")


def texts(language):
    """(number, English, translated) of every text of a language."""
    file = text_of("resources", "language", f"resource.language.{language}", "strings.po")
    return re.findall(r'msgctxt "#(\d+)"\nmsgid "(.*)"\nmsgstr "(.*)"\n', file)


def test_every_text_is_used_and_every_used_one_exists(kodi):
    numbers = {int(number) for number, _, _ in texts("en_gb")}
    on_page = {
        int(number) for number in re.findall(r"\b30\d{3}\b", text_of("resources/settings.xml"))
    }
    assert numbers == set(ours("strings").STRINGS.values()) | on_page


def test_every_name_in_the_code_has_a_text(kodi):
    known = set(ours("strings").STRINGS)
    said = set()
    for code in modules("kodi"):
        said |= set(re.findall(r'\b(?:localize|title)\(\s*"(\w+)"', code))
    wizard = ours("ui.wizard")
    shown = {step.name for step in STEPS if step.kind != "show"}
    said |= {f"ask_{name}" for name in shown - {"postal_code", "stations", "output"}}
    said |= {"country_USA", "country_CAN", "earlier_yes", "earlier_no"}
    said |= {*wizard.WAITS.values(), *wizard.CHANNELS.values()}
    said |= {text for _, text in wizard.REFUSED.values()}
    said |= set(ours("strings").REASONS.values())
    said |= {f"mark_{word}" for word in ("all", "none", "hd", *wizard.LANGUAGES)}
    said |= {f"kind_{word}" for word in wizard.KINDS}
    said |= {f"action_{word}" for word in (*fake_kodi.buttons(), "settings", "tonight")}
    said |= {f"advice_{word}" for word in health.ADVICE}
    said |= {f"change_{word}" for word in diff.KINDS} | {"station_new", "station_gone"}
    said |= {f"check_{row.name}" for row in failures.CHECKS} | {"check_iptv_simple"}
    chosen = {"guide_good", "guide_short", "guide_failed", "guide_over"}
    chosen |= {"guide_ends", "guide_ended", "tomorrow", "yesterday"}
    chosen |= {"ask_zip", "ask_postal_code", "bad_zip", "bad_postal_code"}  # by a condition
    chosen |= {"phase_guide", "phase_details", "verdict_well", "verdict_unchecked"}
    told = {name for name, _ in sentences()}
    in_texts = set.union(*(fields(text) for _, text in english(kodi).items()))
    assert said <= known
    ones = {name for name in known if name.endswith("_one") and name[:-4] in known}
    of_errors = {name for name in known if name.startswith(("error_", "seen_", "cure_"))}
    assert known - said - told - in_texts - ones - of_errors <= chosen
    words = {
        word.replace(" ", "_") for code in modules() for word in re.findall(r'"([\w ]+)"', code)
    }
    ones |= {"error_Stopped", "error_SettingError_refused", "cure_OutputError_full"}
    assert {name for name in of_errors - told - ones if name[5:] not in words} == set()


def english(kodi):
    kodi.speak("en_gb")
    return {name: kodi.strings[number] for name, number in ours("strings").STRINGS.items()}


def test_all_that_the_library_tells_has_a_text_of_the_same_values(kodi):
    """A text may leave a value out; what else it names is a text, a setting or Kodi's own."""
    found = english(kodi)
    own = {*found, *(row.name for row in all_settings()), "addon_name"}
    own |= {f"kodi_{number}" for number in kodi.own_words}
    hidden = {"seen_offline", "seen_tvheadend_unchecked"}  # no such setting, no such row
    on_the_page = (
        "allowed_",
        "given_",
        "not_before",
        "error_changes",
        "error_comparing",
        "decision_",
    )
    wrong = []
    for name, values in sentences():
        if name.startswith(on_the_page):
            continue
        if name not in found:
            wrong += [name] if name not in hidden else []
        elif values is not None and fields(found[name]) - values - own:
            wrong.append((name, fields(found[name]) - values))
    assert wrong == []


@pytest.mark.parametrize(
    ("language", "whole", "long", "half", "none"),
    [("en_gb", "9999", "12,345", "26.5", "0"), ("fr_fr", "9999", "12\xa0345", "26,5", "0")],
)
def test_numbers_are_written_as_the_language_does(kodi, language, whole, long, half, none):
    kodi.speak(language)
    number = ours("strings").number
    assert [number(value) for value in (9999, 12345, 26.5, 0.0)] == [whole, long, half, none]


def test_texts_name_what_exists(kodi):
    """Other texts, labels of settings, and Kodi's own: none is left as it is written."""
    found, label = english(kodi), ours("strings").setting_label
    settings = {row.name for row in all_settings()} - set(found)
    named = settings & set.union(*map(fields, found.values()))
    assert named
    assert [name for name in named if label(name) == name] == []


def test_no_cure_is_for_the_command_line(kodi):
    options = re.compile(r"(?<!\w)--\w|GRACENOTE_|\bpip\b|docs/|\.md\b")
    names = "|".join(sorted(row.name for row in all_settings() if "_" in row.name))
    shown = [re.sub(r"\{.*?\}", "", text) for _, text, _ in texts("en_gb")]
    assert [text for text in shown if options.search(text) or re.search(names, text)] == []


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


def test_one_text_serves_the_countries_of_a_language(kodi):
    """Kodi's own words differ, and come from Kodi."""
    assert texts("fr_fr") == texts("fr_ca")
    assert texts("es_es") == texts("es_mx")
    for language, menu in [
        ("fr_ca", "Addiciels, Addiciels de programmes, TV guide."),
        ("fr_fr", "Extensions, Extensions Programmes, TV guide."),
        ("es_mx", "Complementos, Complementos de programa, TV guide."),
        ("en_gb", "Add-ons, Program add-ons, TV guide."),
    ]:
        kodi.speak(language)
        assert ours("strings").localize("greeting").endswith(menu)


def test_numbers_and_plurals_are_those_of_the_language(kodi):
    localize = ours("strings").localize
    shown = {}
    for language in ("en_gb", "fr_fr", "es_es"):
        kodi.speak(language)
        shown[language] = [localize("stations", count=count) for count in (1, 9999, 12345)]
    assert shown == {
        "en_gb": ["1 station", "9999 stations", "12,345 stations"],
        "fr_fr": ["1 station", "9999 stations", "12\u00a0345 stations"],
        "es_es": ["1 emisora", "9999 emisoras", "12\u00a0345 emisoras"],
    }


def test_punctuation_is_that_of_the_language():
    """French has a space before some marks, Spanish a mark before the question; none has ASCII's
    dots or quotes."""
    schemes = re.compile(r"mailto:|\w+: XMLTV:?|spawn: gracenote2epg:")
    plain = [schemes.sub("", text) for _, _, text in texts("fr_fr")]
    french = [text for text in plain if re.search(r"\w[:;?!»](\s|$)|«\w", text)]
    spanish = [text for _, _, text in texts("es_es") if text.count("?") != text.count("¿")]
    quotes = [text for language in LANGUAGES for _, *pair in texts(language) for text in pair]
    assert french == []
    assert spanish == []
    assert [text for text in quotes if re.search(r"\.\.\.|''|\\\"", text)] == []


# Their room on the screen, in pixels, and the size of the font there: a bold one is wider

BUTTON, HEADING, CATEGORY = (
    (room, estuary.BOLD * size) for room, size in ((estuary.BUTTON, 25), (775, 32), (350, 25))
)
QUESTION, LINES = (estuary.TEXT, 30), 4
ROW, ROW_WITH_PICTURE, LABEL = (840, 30), (725, 33), (700, 30)
BUTTONS = (
    "set_up yes no later back stay again leave save switch_on open_page leave_page as_code as_text"
)
HEADINGS = (
    "action_set_up action_iptv_simple action_doctor action_run_now action_status action_page"
    " action_support action_reset tonight changes player_tvheadend"
)
QUESTIONS = "ask_(back|again|reset|iptv)|greeting|page_|bug|bad_|iptv_damaged"
PLACES = {
    ROW: r"action_|mark_|file_(own|folder|same)",
    ROW_WITH_PICTURE: r"channels_|player_(iptv_simple|tvheadend|file)$|kind_|earlier_|country_"
    r"|check_|nothing_broken|tonight|changes$|guide_(good|short|failed|over)|advice$|status_(idle|no_|changes)",
}
SHOWN = {"at": "26/11 12:59 PM", "count": "12,345", "program": "gracenote2epg", "of": "99/99"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_cut_on_the_screen(kodi, language):
    kodi.speak(language)
    strings = ours("strings")
    names = [name for name in strings.STRINGS if not name.endswith("_one")]
    shown = {name: strings.localize(name, **SHOWN) for name in names}
    buttons = [shown[name] for name in BUTTONS.split()]
    placed = [(text, BUTTON) for text in buttons]
    placed += [(ours("ui.dialogs").title(name), HEADING) for name in HEADINGS.split()]
    for place, pattern in PLACES.items():
        placed += [(text, place) for name, text in shown.items() if re.match(pattern, name)]
    for element in ElementTree.parse(os.path.join(ROOT, "resources", "settings.xml")).iter():
        if element.get("label"):
            label = kodi.strings[int(element.get("label"))]
            placed.append((label, CATEGORY if element.tag == "category" else LABEL))
    asked = [text for name, text in shown.items() if re.match(QUESTIONS, name)]
    failed = [error_of_kind(kind, "/home/ada/guide.xml") for kind in classes()]
    of_source = [
        make_error(name, host="tvlistings.example.com", proxy="", affiliate="", detail="")
        for name in SOURCE_FAILURES
    ]
    failed += [OutputError("/home/ada/guide.xml", reason) for reason in strings.REASONS]
    asked += [f"{strings.describe_error(row)}.[CR]{strings.say(row.cure)}." for row in failed]
    asked += [
        f"{strings.describe_error(row)}.[CR]{strings.say(row.cure)}.[CR]{shown['all_saved']}."
        for row in of_source
    ]
    assert [text for text, (room, size) in placed if estuary.width(text, size) > room] == []
    assert [text for text in buttons if len(text) > 12] == []
    assert [text for text in asked if estuary.lines(text, *QUESTION) > LINES] == []
