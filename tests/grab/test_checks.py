"""Whole guides, of the made-up world and of an awkward one: what validators and players demand.

Source of the rules: the XMLTV reference, sections 2 and 4.
"""

import functools
import os
import re
import shutil
from typing import Any, Dict, List, NamedTuple, Set, Tuple
from xml.etree import ElementTree

import pytest

from gracenote2epg import config, plan
from gracenote2epg.demo import World
from gracenote2epg.demo.answers import to_json
from gracenote2epg.gracenote import parse
from gracenote2epg.guide import Guide
from gracenote2epg.models import Lineup
from gracenote2epg.store import Store
from gracenote2epg.xmltv import style
from gracenote2epg.xmltv.vocabulary import PROFILES
from support import guides
from support.awkward_world import FORBIDDEN, HUGE, LOGOS, Awkward, details
from support.builders import NOW, lineup
from support.guides import Programme

HERE = lineup()


class Made(NamedTuple):
    """A guide, and what is on according to those who made it up."""

    path: str
    text: str
    tv: ElementTree.Element
    truth: Set[Programme]

    @property
    def programmes(self) -> List[ElementTree.Element]:
        return self.tv.findall("programme")


def the_demos(store: Store) -> Tuple[str, Set[Programme]]:
    """A day of an antenna and of a cable company that has its stations too, with all details."""
    span = plan.span(NOW, 1, 0)
    world = World(16, 60, now=span.begin)
    row = world.lineups()[1]
    cable = Lineup("USA", row["lineupId"], row["headendId"], row["device"], row["postalCode"])
    for own in (HERE, cable):
        guides.keep(store, own, functools.partial(guides.grid, world, own), span)
    for series_id in Guide(store, [HERE, cable], span).showings(span.begin):
        store.keep_details(parse.details(to_json(world.details(series_id)), series_id), NOW)
    text = guides.text(store, [HERE, cable], span)
    return text, guides.on(world, span) | guides.on(world, span, row)


def the_awkward_ones(store: Store) -> Tuple[str, Set[Programme]]:
    world = Awkward(plan.span(NOW, 2, 0))
    world.keep(store, HERE)
    return guides.text(store, [HERE], world.span), world.on(world.span)


MAKERS = {"demo": the_demos, "awkward": the_awkward_ones}
_made: Dict[str, Made] = {}


@pytest.fixture(name="make")
def _make(tmp_path_factory):
    """A guide by its name; each is made once, for no test changes it."""

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


# What is in it


def test_a_guide_holds_each_programme_that_is_on_once_and_nothing_else(made):
    found = guides.listed(made.tv)
    assert len(found) == len(set(found)) > 280
    assert set(found) == made.truth


def test_programmes_are_by_channel_then_by_start(made):
    found = guides.listed(made.tv)
    assert found == sorted(found)


def test_no_programme_begins_before_the_last_one_on_its_channel_ends(made):
    found = guides.listed(made.tv)
    for before, after in zip(found, found[1:]):
        assert before.station != after.station or before.stop <= after.start


def test_every_programme_ends_after_it_begins(made):
    assert all(own.start < own.stop for own in guides.listed(made.tv))


def test_every_channel_is_declared_once_and_has_a_programme_and_names(made):
    declared = [channel.get("id") for channel in made.tv.findall("channel")]
    assert declared == sorted({own.get("channel") for own in made.programmes})
    names = [name.text for name in made.tv.iter("display-name")]
    assert all(names)


def test_a_channel_with_a_number_of_its_own_is_named_by_it_and_by_no_other(make):
    channels = make("awkward").tv.findall("channel")
    names = {
        channel.get("id").split(".")[0]: {name.text for name in channel.findall("display-name")}
        for channel in channels
    }
    assert names["30003"] >= {"4.1", "704", "1004.10"}
    assert "205" not in names["30004"] | names["30005"]
    assert {"205 W30004"} <= names["30004"]


def test_a_logo_is_there_without_its_query_or_not_at_all(make):
    channels = {own.get("id")[:5]: own.find("icon") for own in make("awkward").tv.iter("channel")}
    found = [channels[f"2{number:04}"] for number in range(len(LOGOS))]
    assert [None if own is None else own.get("src") for own in found] == [
        *("https://img.example/h3/s1_ll.png", "https://img.example/s1.png"),
        *[None] * (len(LOGOS) - 3),
        "https://img.example/s%26.png",
    ]


def test_the_numbers_that_players_ask_for_are_there(make):
    found = [(_kind(own), own, _numbers(own)) for own in make("demo").programmes]
    assert all(numbers.get("dd_progid") for _, _, numbers in found)

    def share(kind: str, has: Any) -> float:
        have = [bool(has(own, numbers)) for its, own, numbers in found if its == kind]
        assert len(have) > 20
        return sum(have) / len(have)

    assert share("EP", lambda own, numbers: len(numbers) > 1) == 1
    assert share("MV", lambda own, numbers: own.findtext("date")) >= 0.95


# Its text


def test_the_bytes_are_utf_8_without_what_xml_forbids_and_validators_refuse(made):
    text = _bytes(made.path).decode("utf-8")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n<tv '
    assert text.startswith(head)
    assert text.endswith("</tv>\n")
    assert set(text) & FORBIDDEN == set()


def test_each_element_is_on_a_line_of_its_own(made):
    line = re.compile(r" *<[^<>]+>(?:[^<>]*</[\w-]+>)?")
    assert [own[:200] for own in made.text.split("\n")[:-1] if not line.fullmatch(own)] == []


def test_no_address_in_an_attribute_holds_what_a_player_would_have_to_decode(made):
    addresses = re.findall(r'(?:src|id|channel)="([^"]*)"', made.text)
    assert len(addresses) > 500
    assert {own for own in addresses if not re.fullmatch(r"[\w.:/%~+-]+", own, re.ASCII)} == set()


def test_no_entity_is_escaped_twice(made):
    text = made.text.replace("Bread &amp;amp; Butter", "")  # the source escaped this one twice
    assert re.findall(r"&amp;(?:amp|lt|gt|quot|apos|nbsp|#\d+|#x[0-9a-fA-F]+);", text) == []


def test_a_text_of_200_kilobytes_is_there_whole(make):
    found = {own.findtext("desc") for own in make("awkward").programmes}
    assert {parse.clean(text) for text in HUGE} <= found


# What players stumble over


def _kind(programme: ElementTree.Element) -> str:
    return _numbers(programme).get("dd_progid", "")[:2]


def _numbers(programme: ElementTree.Element) -> Dict[str, str]:
    return {own.get("system"): own.text for own in programme.findall("episode-num")}


def _texts(programme: ElementTree.Element, path: str) -> List[str]:
    return [own.text or "" for own in programme.findall(path)]


def _one_line(programme: ElementTree.Element) -> bool:
    own = [text for tag in ("title", "sub-title", "category", "keyword")
           for text in _texts(programme, tag)]  # fmt: skip
    return all(text == " ".join(text.split()) for text in own)


def _nothing_empty(programme: ElementTree.Element) -> bool:
    may_be = {"new", "previously-shown", "premiere", "icon", "subtitles"}
    return all(
        len(own) or own.tag in may_be or (own.text or "").strip() for own in programme.iter()
    )


def _dotted_id_first(programme: ElementTree.Element) -> bool:
    numbers = _numbers(programme)
    if "dd_progid" not in numbers:
        return True
    known = re.fullmatch(r"(EP|SH|MV|SP)\d{8}\.\d{4}", numbers["dd_progid"])
    return bool(known) and next(iter(numbers)) == "dd_progid"


def _third_field_empty(programme: ElementTree.Element) -> bool:
    text = _numbers(programme).get("xmltv_ns")
    return text is None or bool(re.fullmatch(r"\d*\.\d*\.", text) and text != "..")


def _numbers_agree(programme: ElementTree.Element) -> bool:
    numbers = _numbers(programme)
    if "onscreen" not in numbers or "xmltv_ns" not in numbers:
        return True
    season, number = re.fullmatch(r"(?:S(\d+))?E(\d+)", numbers["onscreen"]).groups()
    zero_based = f"{int(season) - 1 if season else ''}.{int(number) - 1}."
    return numbers["xmltv_ns"] == zero_based


def _no_movie_with_numbers(programme: ElementTree.Element) -> bool:
    is_movie = _kind(programme) == "MV" or "Movie" in _texts(programme, "category")
    return not is_movie or set(_numbers(programme)) <= {"dd_progid"}


def _no_show_without_numbers(programme: ElementTree.Element) -> bool:
    return _kind(programme) == "MV" or bool({*_numbers(programme)} - {"dd_progid"})


def _not_both_new_and_old(programme: ElementTree.Element) -> bool:
    return programme.find("new") is None or programme.find("previously-shown") is None


def _date_in_digits(programme: ElementTree.Element) -> bool:
    return all(
        re.fullmatch(r"(18|19|20)\d\d((0[1-9]|1[0-2])[0-3]\d)?", text)
        for text in _texts(programme, "date")
    )


def _known_sound_and_aspect(programme: ElementTree.Element) -> bool:
    known = {"mono", "stereo", "dolby", "dolby digital", "bilingual", "surround"}
    return {*_texts(programme, "audio/stereo")} <= known and all(
        re.fullmatch(r"\d+:\d+", text) for text in _texts(programme, "video/aspect")
    )


RATINGS = {
    "VCHIP": {"TV-Y", "TV-Y7", "TV-Y7-FV", "TV-G", "TV-PG", "TV-14", "TV-MA"},
    "MPAA": {"G", "PG", "PG-13", "R", "NC-17"},
    "CHVRS": {"C", "C8", "G", "PG", "14+", "18+"},
}


def _known_rating(programme: ElementTree.Element) -> bool:
    found = programme.findall("rating")
    return len(found) <= 1 and all(
        own.findtext("value") in RATINGS.get(own.get("system"), ()) for own in found
    )


def _whole_addresses(programme: ElementTree.Element) -> bool:
    addresses = [own.get("src") for own in programme.findall("icon")]
    addresses += _texts(programme, "image")
    return all(
        re.fullmatch(r"https://[\w.-]+/[\w./-]+", own, re.ASCII) and "noimage" not in own.lower()
        for own in addresses
    )


def _categories_once_and_without_comma(programme: ElementTree.Element) -> bool:
    found = [text.lower() for text in _texts(programme, "category")]
    return len(found) == len(set(found)) > 0 and not any("," in text for text in found)


def _names_without_pipe(programme: ElementTree.Element) -> bool:
    return not any("|" in text for text in _texts(programme, "credits/*"))


def _times_in_full(programme: ElementTree.Element) -> bool:
    moments = (programme.get("start"), programme.get("stop"))
    return all(re.fullmatch(r"\d{14} [+-]\d{4}", text) for text in moments)


PITFALLS = [
    _one_line, _nothing_empty, _dotted_id_first, _third_field_empty, _numbers_agree,
    _no_movie_with_numbers, _no_show_without_numbers, _not_both_new_and_old, _date_in_digits,
    _known_sound_and_aspect, _known_rating, _whole_addresses, _categories_once_and_without_comma,
    _names_without_pipe, _times_in_full,
]  # fmt: skip


@pytest.mark.parametrize("is_well", PITFALLS, ids=lambda rule: rule.__name__[1:])
def test_no_programme_is_one_that_players_stumble_over(made, is_well):
    odd = [own for own in made.programmes if not is_well(own)]
    assert [ElementTree.tostring(own, "unicode")[:2000] for own in odd] == []


# Tools of others


def test_the_dtd_takes_it(made, tmp_path):
    # The document names its DTD too, and xmllint looks for it beside it.
    beside = shutil.copy(made.path, tmp_path)
    if os.path.exists(guides.DTD):
        shutil.copy(guides.DTD, tmp_path)
    done = guides.tool("xmllint", "--noout", "--nonet", "--dtdvalid", guides.DTD, beside)
    assert (done.returncode, done.stderr) == (0, b"")


def test_xmltvs_own_validator_takes_it(made):
    done = guides.tool("tv_validate_file", "--dtd-file", guides.DTD, made.path)
    said = (done.stdout + done.stderr).decode().replace("Validated ok.", "").strip()
    assert (done.returncode, said) == (0, "")


def test_tv_sort_has_nothing_to_say_and_nothing_to_sort(made):
    done = guides.tool("tv_sort", "--duplicate-error", made.path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(guides.listed(ElementTree.fromstring(done.stdout))) == len(made.programmes)


@pytest.mark.parametrize("profile", PROFILES)
def test_validators_take_what_every_profile_writes(profile, tmp_path):
    world = Awkward(plan.span(NOW, 2, 0))
    how = style.of(config.override(config.Config(), {"profile": profile, "images": "all"}))
    with Store(str(tmp_path)) as store:
        world.keep(store, HERE)
        for series_id, body in details().items():
            store.keep_details(parse.details(body, series_id), NOW)
        text = guides.text(store, [HERE], world.span, how)
    path = tmp_path / "guide.xml"
    path.write_bytes(text.encode())
    done = guides.tool("tv_validate_file", "--dtd-file", guides.DTD, str(path))
    said = (done.stdout + done.stderr).decode().replace("Validated ok.", "").strip()
    assert (done.returncode, said) == (0, "")
    assert guides.tool("tv_sort", "--duplicate-error", str(path)).stderr == b""


def test_tv_cat_takes_it_as_it_is(made):
    done = guides.tool("tv_cat", made.path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert guides.listed(ElementTree.fromstring(done.stdout)) == guides.listed(made.tv)


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
