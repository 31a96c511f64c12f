"""Whole guides, of the demo world and of an awkward one: what validators and players demand.

Source of the rules: the XMLTV reference, sections 2 and 4.
"""

import functools
import itertools
import re
from typing import Callable, Dict, Iterable, List, NamedTuple, Set, Tuple
from xml.etree import ElementTree

import pytest

from fake_gracenote import World
from fake_gracenote.responses import to_json
from gracenote2epg.config import settings, sources
from gracenote2epg.config.profiles import PROFILES
from gracenote2epg.gracenote import fields, parser
from gracenote2epg.guide import span as guide_span
from gracenote2epg.guide.builder import Guide
from gracenote2epg.models import Lineup
from gracenote2epg.store.answers import Store
from gracenote2epg.xmltv import options
from support import guides
from support.awkward_world import FORBIDDEN, HUGE, Awkward
from support.builders import NOW, lineup
from support.guides import Programme

HERE = lineup()


class Made(NamedTuple):
    """A guide, and its programmes according to the world's schedule."""

    path: str
    tv: ElementTree.Element
    truth: Set[Programme]

    @property
    def programmes(self) -> List[ElementTree.Element]:
        return self.tv.findall("programme")


def demo_guide(store: Store) -> Tuple[str, Set[Programme]]:
    """A day of an antenna and of a cable company with the same stations and more, with details."""
    span = guide_span.span(NOW, 1, 0)
    world = World(16, 60, now=span.begin)
    row = world.lineups()[1]
    cable = Lineup("USA", row["lineupId"], row["headendId"], row["device"], row["postalCode"])
    for carrier in (HERE, cable):
        guides.keep(store, carrier, functools.partial(guides.grid, world, carrier), span)
    for series_id in Guide(store, [HERE, cable], span).showings(span.begin):
        store.save_details(parser.details(to_json(world.details(series_id)), series_id), NOW)
    text = guides.text(store, [HERE, cable], span)
    return text, guides.on(world, span) | guides.on(world, span, row)


def awkward_guide(store: Store) -> Tuple[str, Set[Programme]]:
    world = Awkward(guide_span.span(NOW, 2, 0))
    world.keep(store, HERE)
    return guides.text(store, [HERE], world.span), world.on(world.span)


MAKERS = {"demo": demo_guide, "awkward": awkward_guide}
_made: Dict[str, Made] = {}


@pytest.fixture(name="make")
def _make(tmp_path_factory):
    """A guide by its name; each is made once."""

    def make(name: str) -> Made:
        if name not in _made:
            folder = tmp_path_factory.mktemp(name)
            with Store(str(folder)) as store:
                text, truth = MAKERS[name](store)
            path = folder / "guide.xml"
            path.write_bytes(text.encode())
            _made[name] = Made(str(path), ElementTree.fromstring(text), truth)
        return _made[name]

    return make


@pytest.fixture(name="made", params=list(MAKERS))
def _made_one(request, make):
    return make(request.param)


def test_the_guide_is_the_schedule_by_channel_and_start(made):
    shows = guides.listed(made.tv)
    assert len(shows) > 280
    assert shows == sorted(made.truth)
    declared = [channel.get("id") for channel in made.tv.findall("channel")]
    assert declared == sorted({show.get("channel") for show in made.programmes})
    assert all(name.text for name in made.tv.iter("display-name"))


def test_the_text_is_plain(made):
    """UTF-8 without forbidden characters, an element on each line, nothing escaped twice."""
    with open(made.path, "rb") as file:
        text = file.read().decode("utf-8")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n<tv '
    assert text.startswith(head)
    assert set(text) & FORBIDDEN == set()
    line = re.compile(r" *<[^<>]+>(?:[^<>]*</[\w-]+>)?")
    assert [own[:200] for own in text.split("\n")[:-1] if not line.fullmatch(own)] == []
    addresses = re.findall(r'(?:src|id|channel)="([^"]*)"', text)
    assert len(addresses) > 500
    assert {own for own in addresses if not re.fullmatch(r"[\w.:/%~+-]+", own, re.ASCII)} == set()
    text = text.replace("Bread &amp;amp; Butter", "")  # the source escaped this one twice
    assert re.findall(r"&amp;(?:amp|lt|gt|quot|apos|nbsp|#\d+|#x[0-9a-fA-F]+);", text) == []


def test_a_text_of_200_kilobytes_is_complete(make):
    found = {own.findtext("desc") for own in make("awkward").programmes}
    assert {fields.clean(text) for text in HUGE} <= found


# Rules of players


def _kind(programme: ElementTree.Element) -> str:
    return _numbers(programme).get("dd_progid", "")[:2]


def _numbers(programme: ElementTree.Element) -> Dict[str, str]:
    return {node.get("system"): node.text for node in programme.findall("episode-num")}


def _is_undated_repeat(programme: ElementTree.Element) -> bool:
    """Nothing says on which day it would be a programme of its own."""
    node = programme.find("previously-shown")
    return node is not None and not node.attrib


def _texts(programme: ElementTree.Element, *paths: str) -> List[str]:
    return [node.text or "" for path in paths for node in programme.findall(path)]


def _all(texts: Iterable[str], pattern: str) -> bool:
    return all(re.fullmatch(pattern, text, re.ASCII) for text in texts)


def _dotted_id_first(programme: ElementTree.Element) -> bool:
    numbers = _numbers(programme)
    dotted = re.fullmatch(r"(EP|SH|MV|SP)\d{8}\.\d{4}", numbers.get("dd_progid", ""))
    return "dd_progid" not in numbers or bool(dotted and next(iter(numbers)) == "dd_progid")


def _numbers_agree(programme: ElementTree.Element) -> bool:
    numbers = _numbers(programme)
    if "onscreen" not in numbers or "xmltv_ns" not in numbers:
        return True
    season, number = re.fullmatch(r"(?:S(\d+))?E(\d+)", numbers["onscreen"]).groups()
    return numbers["xmltv_ns"] == f"{int(season) - 1 if season else ''}.{int(number) - 1}."


def _categories(programme: ElementTree.Element) -> bool:
    words = [text.lower() for text in _texts(programme, "category")]
    return len(words) == len(set(words)) > 0 and not any("," in word for word in words)


DTD_ORDER = """title sub-title desc credits date category keyword language orig-language length icon
url country episode-num video audio previously-shown premiere last-chance new subtitles rating
star-rating review image"""
MAY_BE_EMPTY = {"new", "previously-shown", "premiere", "icon", "subtitles"}
RULES: Dict[str, Callable[[ElementTree.Element], bool]] = {
    "the DTD's order": lambda programme: (
        [node.tag for node in programme]
        == sorted((node.tag for node in programme), key=DTD_ORDER.split().index)
    ),
    "short texts are one line": lambda programme: all(
        text == " ".join(text.split())
        for text in _texts(programme, "title", "sub-title", "category", "keyword")
    ),
    "nothing is empty": lambda programme: all(
        len(node) or node.tag in MAY_BE_EMPTY or (node.text or "").strip()
        for node in programme.iter()
    ),
    "a dotted id comes first": _dotted_id_first,
    "the third number is empty": lambda programme: _all(
        [_numbers(programme).get("xmltv_ns", "0..")], r"(?!\.\.)\d*\.\d*\."
    ),
    "numbers agree": _numbers_agree,
    "a movie has no numbers": lambda programme: (
        (_kind(programme) != "MV" and "Movie" not in _texts(programme, "category"))
        or {*_numbers(programme)} <= {"dd_progid"}
    ),
    "a show has numbers": lambda programme: (
        _kind(programme) == "MV"
        or _is_undated_repeat(programme)
        or bool({*_numbers(programme)} - {"dd_progid"})
    ),
    "new or old": lambda programme: (
        programme.find("new") is None or programme.find("previously-shown") is None
    ),
    "whole addresses": lambda programme: _all(
        [node.get("src") for node in programme.findall("icon")] + _texts(programme, "image"),
        r"(?i)(?!.*noimage)https://[\w.-]+/[\w./-]+",
    ),
    "categories once and without a comma": _categories,
    "names without a pipe": lambda programme: (
        not any("|" in name for name in _texts(programme, "credits/*"))
    ),
}


def test_every_programme_keeps_the_rules_of_players(made):
    odd = {
        rule: ElementTree.tostring(programme, "unicode")[:2000]
        for rule, is_kept in RULES.items()
        for programme in made.programmes
        if not is_kept(programme)
    }
    assert odd == {}


# XMLTV's tools; each of these commands leaves every programme as it is

COMMANDS = ("tv_sort --duplicate-error", "tv_cat", "tv_grep --title .")


@pytest.mark.slow
def test_xmltvs_tools_accept_the_guides_and_find_nothing_to_sort(make, tmp_path):
    paths = [make("demo").path]
    world = Awkward(guide_span.span(NOW, 2, 0))
    with Store(str(tmp_path)) as store:
        world.keep(store, HERE)
        for profile in PROFILES:
            changes = {"profile": profile, "images": "all"}
            how = options.from_config(sources.override(settings.Config(), changes))
            path = tmp_path / f"{profile}.xml"
            path.write_text(guides.text(store, [HERE], world.span, how), encoding="utf-8")
            paths.append(str(path))
    for path in paths:
        process = guides.tool("tv_validate_file", "--dtd-file", guides.DTD, path)
        output = (process.stdout + process.stderr).decode().replace("Validated ok.", "").strip()
        assert (process.returncode, output) == (0, "")
    for path, command in itertools.product(paths[:2], COMMANDS):
        process = guides.tool(*command.split(), path)
        assert (process.returncode, process.stderr) == (0, b"")
        shows = guides.listed(ElementTree.fromstring(process.stdout))
        assert sorted(shows) == guides.programmes(path)
