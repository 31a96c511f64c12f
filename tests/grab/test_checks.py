"""Whole guides, of the demo world and of an awkward one: what validators and players demand.

Source of the rules: the XMLTV reference, sections 2 and 4.
"""

import functools
import os
import re
import shutil
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Set, Tuple
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
    text: str
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
            _made[name] = Made(str(path), text, ElementTree.fromstring(text), truth)
        return _made[name]

    return make


@pytest.fixture(name="made", params=list(MAKERS))
def _made_one(request, make):
    return make(request.param)


# Content


def test_the_guide_is_the_schedule_by_channel_and_start(made):
    shows = guides.listed(made.tv)
    assert len(shows) > 280
    assert shows == sorted(made.truth)


def test_programmes_have_a_length_and_do_not_overlap(made):
    shows = guides.listed(made.tv)
    assert all(show.start < show.stop for show in shows)
    for before, after in zip(shows, shows[1:]):
        assert before.station != after.station or before.stop <= after.start


def test_every_channel_is_declared_once_and_has_programmes_and_names(made):
    declared = [channel.get("id") for channel in made.tv.findall("channel")]
    assert declared == sorted({show.get("channel") for show in made.programmes})
    assert all(name.text for name in made.tv.iter("display-name"))


def test_a_channel_number_is_a_display_name_unless_two_stations_share_it(make):
    channels = make("awkward").tv.findall("channel")
    names = {
        channel.get("id").split(".")[0]: {name.text for name in channel.findall("display-name")}
        for channel in channels
    }
    assert names["30003"] >= {"4.1", "704", "1004.10"}
    assert "205" not in names["30004"] | names["30005"]
    assert {"W30004", "W30004 205"} <= names["30004"]


def test_programmes_have_the_episode_numbers_that_players_need(make):
    found = [(_kind(own), own, _numbers(own)) for own in make("demo").programmes]
    assert all(numbers.get("dd_progid") for _, _, numbers in found)

    def share(kind: str, has: Any) -> float:
        have = [bool(has(own, numbers)) for its, own, numbers in found if its == kind]
        assert len(have) > 20
        return sum(have) / len(have)

    assert share("EP", lambda own, numbers: len(numbers) > 1 or _is_undated_repeat(own)) == 1
    assert share("MV", lambda own, numbers: own.findtext("date")) >= 0.95


# Text


def test_the_text_is_utf_8_without_forbidden_characters(made):
    with open(made.path, "rb") as file:
        text = file.read().decode("utf-8")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n<tv '
    assert text.startswith(head)
    assert text.endswith("</tv>\n")
    assert set(text) & FORBIDDEN == set()


def test_each_element_is_on_a_line_of_its_own(made):
    line = re.compile(r" *<[^<>]+>(?:[^<>]*</[\w-]+>)?")
    assert [own[:200] for own in made.text.split("\n")[:-1] if not line.fullmatch(own)] == []


def test_urls_and_ids_need_no_decoding(made):
    addresses = re.findall(r'(?:src|id|channel)="([^"]*)"', made.text)
    assert len(addresses) > 500
    assert {own for own in addresses if not re.fullmatch(r"[\w.:/%~+-]+", own, re.ASCII)} == set()


def test_no_entity_is_escaped_twice(made):
    text = made.text.replace("Bread &amp;amp; Butter", "")  # the source escaped this one twice
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


def _known_rating(programme: ElementTree.Element) -> bool:
    ratings = [(node.get("system"), node.findtext("value")) for node in programme.iter("rating")]
    return len(ratings) <= 1 and all(
        value in RATINGS[name] if name else re.fullmatch(r"C8|\d\d?[+A]?", value)
        for name, value in ratings
    )


def _categories(programme: ElementTree.Element) -> bool:
    words = [text.lower() for text in _texts(programme, "category")]
    return len(words) == len(set(words)) > 0 and not any("," in word for word in words)


RATINGS = {
    "VCHIP": {"TV-Y", "TV-Y7", "TV-Y7-FV", "TV-G", "TV-PG", "TV-14", "TV-MA"},
    "MPAA": {"G", "PG", "PG-13", "R", "NC-17"},
    "CHVRS": {"C", "C8", "G", "PG", "14+", "18+"},
}
SOUNDS = {"mono", "stereo", "dolby", "dolby digital", "bilingual", "surround"}
MAY_BE_EMPTY = {"new", "previously-shown", "premiere", "icon", "subtitles"}
RULES: Dict[str, Callable[[ElementTree.Element], bool]] = {
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
    "dates are digits": lambda programme: _all(
        _texts(programme, "date"), r"(18|19|20)\d\d((0[1-9]|1[0-2])[0-3]\d)?"
    ),
    "a known sound": lambda programme: {*_texts(programme, "audio/stereo")} <= SOUNDS,
    "an aspect": lambda programme: _all(_texts(programme, "video/aspect"), r"\d+:\d+"),
    "a known rating": _known_rating,
    "whole addresses": lambda programme: _all(
        [node.get("src") for node in programme.findall("icon")] + _texts(programme, "image"),
        r"(?i)(?!.*noimage)https://[\w.-]+/[\w./-]+",
    ),
    "categories once and without a comma": _categories,
    "names without a pipe": lambda programme: (
        not any("|" in name for name in _texts(programme, "credits/*"))
    ),
    "times in full": lambda programme: _all(
        [programme.get("start"), programme.get("stop")], r"\d{14} [+-]\d{4}"
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


# XMLTV's tools


@pytest.mark.slow
def test_the_guide_is_valid_by_the_dtd(made, tmp_path):
    # The document names its DTD too, and xmllint looks for it beside it.
    beside = shutil.copy(made.path, tmp_path)
    if os.path.exists(guides.DTD):
        shutil.copy(guides.DTD, tmp_path)
    process = guides.tool("xmllint", "--noout", "--nonet", "--dtdvalid", guides.DTD, beside)
    assert (process.returncode, process.stderr) == (0, b"")


@pytest.mark.slow
def test_xmltvs_tools_accept_the_guide_and_find_nothing_to_sort(made):
    validates(made.path)
    for command in (["tv_sort", "--duplicate-error"], ["tv_cat"]):
        process = guides.tool(*command, made.path)
        assert (process.returncode, process.stderr) == (0, b"")
        shows = guides.listed(ElementTree.fromstring(process.stdout))
        assert sorted(shows) == guides.listed(made.tv)


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_writes_valid_guides(profile, tmp_path):
    world = Awkward(guide_span.span(NOW, 2, 0))
    how = options.from_config(
        sources.override(settings.Config(), {"profile": profile, "images": "all"})
    )
    path = tmp_path / "guide.xml"
    with Store(str(tmp_path)) as store:
        world.keep(store, HERE)
        path.write_bytes(guides.text(store, [HERE], world.span, how).encode())
    validates(str(path))
    assert guides.tool("tv_sort", "--duplicate-error", str(path)).stderr == b""


def validates(path: str) -> None:
    process = guides.tool("tv_validate_file", "--dtd-file", guides.DTD, path)
    output = (process.stdout + process.stderr).decode().replace("Validated ok.", "").strip()
    assert (process.returncode, output) == (0, "")
