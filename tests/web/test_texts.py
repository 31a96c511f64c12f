"""The page's texts: all that the library tells, in each language, of the same values."""

import ast
import json
import os
import re
import xml.etree.ElementTree as ElementTree

import pytest

from gracenote2epg.config import xml_files
from gracenote2epg.config.profiles import PROFILES
from gracenote2epg.config.settings import all_settings
from gracenote2epg.config.sources import from_file
from gracenote2epg.doctor import failures
from gracenote2epg.errors import CooldownActive, GrabError, OutputError, Sentence
from gracenote2epg.gracenote.failures import SOURCE_FAILURES
from gracenote2epg.guide import changes, guide_file, health
from gracenote2epg.util.format import Moment, Names
from gracenote2epg.web.sentences import _DETAILS as DETAILS
from gracenote2epg.web.sentences import error_json, said, said_of_run
from gracenote2epg.xmltv import options
from support import ROOT, text_of
from support.kodi_addon import classes, error_of_kind
from support.sentences import fields, modules, sentences

LIBRARY = os.path.join(ROOT, "lib", "gracenote2epg")
ROW = re.compile(r'(?:(\w+)|"([^"]+)"): (\["(?:[^"\\]|\\.)*"(?:,\s*"(?:[^"\\]|\\.)*")*\])')
# What only Kodi tells.
KODIS = re.compile("iptv|_not_asked|_not_in_the_guide|check_title|error_of_run|OutputError_full")


def read(*names):
    return text_of("lib", "gracenote2epg", *names)


def texts(file):
    """(name, texts) of a file of the page."""
    found = ROW.findall(read("web", "pages", f"{file}.js.txt"))
    return [(name or english, json.loads(row)) for name, english, row in found]


OWN = texts("texts")
SENTENCES = texts("sentences")[: -len(all_settings())]
TOLD = [(name, row[-2:]) for name, row in SENTENCES]
IN_ENGLISH = {name: row[0] for name, row in SENTENCES if len(row) == 3}
LABELS = [(f"label_{name}", row) for name, row in texts("sentences")[len(TOLD) :]]


def of_kinds():
    """The names in GrabError("what", "advice", "kind", …), which only the page shows."""
    for call in (call for code in modules("web") for call in ast.walk(ast.parse(code))):
        is_call = isinstance(call, ast.Call) and len(call.args) == 3
        if is_call and getattr(call.func, "id", "") in ("GrabError", "WrongCode"):
            yield from (f"{part}_{call.args[2].value}" for part in ("error", "cure"))


def needed():
    """The names of all that the library may tell on the page."""
    names = {name for name, _ in sentences()} | {f"advice_{name}" for name in health.ADVICE}
    names |= set(re.findall(r"\b(?:error|cure|seen|check)_\w+", read("kodi", "strings.py")))
    names |= {"error_WrongCode", "cure_WrongCode", "cure_Stopped", *of_kinds()}
    names.add("seen_tvheadend_unchecked")  # a row that Kodi leaves out
    for row in all_settings():
        names |= {f"label_{row.name}", f"help_{row.name}", f"group_{row.group}"}
    names |= set(DETAILS)
    return {name for name in names if not KODIS.search(name)}


def test_each_text_stands_once_in_each_language():
    names = [name for name, _ in OWN + TOLD + LABELS]
    assert (len(OWN) > 200, len(TOLD) > 250, len(LABELS)) == (True, True, len(all_settings()))
    assert [name for name in set(names) if names.count(name) > 1] == []
    assert [name for name, row in OWN + LABELS if len(row) != 3] == []


def test_all_that_the_library_tells_has_a_text():
    assert needed() - {name for name, _ in TOLD + LABELS} == set()


def named():
    """The names of texts in the page's code."""
    files = [name for name in os.listdir(os.path.join(LIBRARY, "web", "pages")) if ".js" in name]
    code = "".join(read("web", "pages", name) for name in files)
    page = read("web", "pages", "index.html")
    of_page = re.findall(r'data-(?:text|label|placeholder)="(\w+)"', page)
    return {*re.findall(r'\btext\("(\w+)"[,)]', code), *of_page}


def test_the_page_has_no_pattern_that_an_older_safari_refuses_with_its_whole_file():
    folder = os.path.join(LIBRARY, "web", "pages")
    found = [name for name in os.listdir(folder) if re.search(r"\(\?<[=!]", read(folder, name))]
    assert found == []


def test_each_text_that_the_page_names_is_there_and_each_sentence_is_told():
    every = dict(OWN + TOLD + LABELS)
    assert len(named()) > 100
    assert named() - set(every) == set()
    in_texts = {name for row in every.values() for text in row for name in fields(text)}
    used = needed() | named() | in_texts
    chosen = re.compile("_one$|SettingError_|reason_|^the |origin_|verdict_|checks_ended")
    assert {name for name, _ in TOLD if name not in used and not chosen.search(name)} == set()


def test_a_text_names_the_values_of_its_sentence_or_another_text():
    every, values = dict(OWN + TOLD + LABELS), {}
    for name, given in sentences():
        values.setdefault(name, set()).update(given or ())
        if given is None:  # not in sight
            values[name] |= fields(" ".join(every[name])) if name in every else set()
    by_hand = {
        "diagnosis": {"check", "saw", "cure"},
        "origin_line": {"file", "number"},
        "error_many_codes": {"count"},
        "cure_many_codes": {"seconds"},
    }
    by_hand.update((name, set(re.compile(form).groupindex)) for name, form in DETAILS.items())
    wrong = []
    for name, row in TOLD:
        basic = re.sub("_one$|(?<=SettingError)_.*", "", name)
        own = values.get(basic) or by_hand.get(name) or ({"name"} if "origin_" in name else set())
        if name.startswith("advice_"):
            own = fields(health.ADVICE[basic[len("advice_") :]])
        if name.startswith("help_"):  # shown as it is
            own = fields(row[0])
        named = [fields(text) for text in row]
        wrong += [name] if named[0] != named[1] or named[0] - own - set(every) else []
    assert wrong == []


def test_no_text_speaks_of_another_face():
    other = re.compile(r"(?<![\w-])--\w|GRACENOTE_|\bpip\b|docs/|\.md\b|kodi_\d|\baddon\b|\[CR\]")
    shown = [*TOLD, *LABELS, *((name, [text]) for name, text in IN_ENGLISH.items()), *OWN]
    assert [name for name, row in shown if other.search(" ".join(row))] == []
    # The library's English speaks of the command line where the page has no text of its own.
    known = {"cure_MissingDependency"}  # without the command line it cannot be mended
    assert {name for name, text in english() if other.search(text)} - {*IN_ENGLISH} == known


def english():
    """(name, text) of what the library tells on the page in English, with its fields."""
    for error in map(error_of_kind, classes()):
        yield from ((row.name, row.english) for row in (error.said, error.cure))
    for row in (*failures.FAILURES.values(), *SOURCE_FAILURES.values()):
        kind = row.name.replace(" ", "_")
        yield from ((f"error_{kind}", row.symptom), (f"cure_{kind}", row.remedy))
    yield from ((f"advice_{name}", text) for name, text in health.ADVICE.items())
    yield from ((f"help_{row.name}", row.help) for row in all_settings())
    yield from ((row.kind.allowed.name, row.kind.allowed.english) for row in all_settings())
    yield changes._DEFAULT_REASON[:2]


def test_punctuation_is_that_of_the_language():
    """French has a space before some marks, Spanish a mark before the question."""
    schemes = re.compile(r"\w+:(?=//|/|\w+@)|unix:|mailto:|External: XMLTV|spawn: gracenote2epg:")
    rows = [[name, *row[-2:]] for name, row in OWN + TOLD + LABELS]
    plain = [(name, schemes.sub("", text)) for name, text, _ in rows]
    french = [name for name, text in plain if re.search(r"\w[:;?!»](\s|$)|«\w", text)]
    asked = re.compile(r"\?(?!\w)")  # not in an address
    spanish = [name for name, _, text in rows if len(asked.findall(text)) != text.count("¿")]
    marks = [name for name, *row in rows if re.search(r"\.\.\.|''", " ".join(row))]
    stops = [name for name, row in TOLD + LABELS if any(text.endswith(".") for text in row)]
    assert (french, spanish, marks, stops) == ([], [], [], [])


def test_a_sentence_is_sent_with_its_values_and_without_secrets():
    hidden = (("geheim", "(hidden)"),)
    inner = Sentence("how_to_run", "run geheim", {"who": "geheim"})
    values = {
        "how": inner, "at": Moment(5.0, 7.0), "count": 3, "none": None,
        "names": Names(["geheim", "B"], 1), "detail": "Permission denied: geheim",
    }  # fmt: skip
    assert said([Sentence("x", "{how}", values)], hidden) == [
        [
            "x",
            {
                "how": ["how_to_run", {"who": "(hidden)"}, "run (hidden)"],
                "at": {"at": 5.0, "now": 7.0},
                "count": 3,
                "none": None,
                "names": {"names": ["(hidden)", "B"], "limit": 1},
                "detail": ["reason_permission", {}, "Permission denied: (hidden)"],
            },
            "run (hidden)",
        ]
    ]


def test_an_error_is_sent_as_text_and_as_sentences():
    told = error_json(OutputError("/tv", "geheim"), (("geheim", "(hidden)"),))
    assert told["error"].startswith("Cannot write /tv ((hidden)). ")
    values = {"path": "/tv", "detail": "(hidden)"}
    assert [row[:2] for row in told["error_said"]] == [
        ["error_OutputError", values],
        ["cure_OutputError", values],
    ]
    assert ". ".join(row[2] for row in told["error_said"]) + "." == told["error"]
    assert error_json(CooldownActive("refused", 5.0))["error_said"][-1] == [
        "not_before",
        {"at": {"at": 5.0, "now": 0.0}},
        "",
    ]


def test_a_run_that_failed_is_sent_as_sentences():
    values = {"path": "/tv"}
    run = {"error": "It failed.", "said": ["error_OutputError", values]}
    told = [["error_OutputError", values, ""], ["cure_OutputError", values, ""]]
    assert [said_of_run(run), said_of_run({**run, "error": ""})] == [told, []]
    assert said_of_run({"error": "It failed."}) == []  # of an older version


def test_an_unknown_key_of_the_config_file_is_a_sentence(tmp_path):
    file = tmp_path / "conf"
    file.write_text("colour=red\nnonsense\n")
    found = from_file(str(file)).mistakes
    keys = [error_json(row)["error_said"][0][1]["setting"][:2] for row in found]
    assert keys == [["given_key", {"key": "colour"}], ["given_line", {}]]


def test_the_choices_of_a_setting_are_called_as_in_kodi():
    page, labels = ElementTree.fromstring(text_of("resources", "settings.xml")), {}
    for language in ("fr_fr", "es_es"):
        file = text_of("resources", "language", f"resource.language.{language}", "strings.po")
        for number, english, other in re.findall(r'"#(\d+)"\nmsgid "(.*)"\nmsgstr "(.*)"', file):
            labels.setdefault(number, [english]).append(other)
    own, products = dict(OWN), set()
    for row in all_settings():
        for value in row.kind.choices:
            (option,) = page.findall(f".//setting[@id='{row.name}']//option[.='{value}']")
            shown = own.get(f"choice_{row.name}_{value}")
            products |= set() if shown else {value}
            assert shown in (None, labels[option.get("label")])
    assert products == {*PROFILES, "gracenote2epg", "zap2epg", "zap2it"} - {"any"}


def test_what_an_error_adds_is_sent_as_a_sentence(tmp_path, clock):
    """In brackets, in the words of the code that finds it."""

    def reason(act, name, text=None):
        path = tmp_path / name
        if text is not None:
            path.write_text(text)
        with pytest.raises(GrabError) as refused:
            act(os.fspath(path))
        return said([refused.value.said])[0][1]["detail"][:2]

    def write(path):
        with guide_file.in_place_of(path, clock.now()):
            pass

    (tmp_path / "folder").mkdir()
    assert [
        reason(xml_files.read_settings, "broken.xml", "<settings><setting></settings>"),
        reason(xml_files.read_settings, "dtd.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
        reason(xml_files.read_settings, "code.xml", "<?xml version='1.0' encoding='no'?><a/>"),
        reason(options.read_categories, "map", "Sitcom"),
        reason(options.read_categories, "large", "#" * (1 << 21)),
        reason(write, "notes.txt", "my notes"),
        reason(write, "notes.txt/xmltv.xml"),
        reason(write, "folder"),
        reason(guide_file.make_folder, "a/b/xmltv.xml"),
    ] == [
        ["reason_xml", {"line": "1"}],
        ["reason_entities", {}],
        ["reason_encoding", {}],
        ["reason_category", {"line": "1"}],
        ["reason_large", {"size": "1"}],
        ["reason_not_a_guide", {}],
        ["reason_file_not_folder", {"folder": f"{tmp_path}/notes.txt"}],
        ["reason_no_file", {}],
        ["reason_no_folder", {"folder": f"{tmp_path}/a"}],
    ]
