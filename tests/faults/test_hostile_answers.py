"""Mutated answers: each is a model or a bad answer, and what is accepted makes a valid guide.
Quick tests have a second, so slow parsing would fail.
"""

import json
import os
import random
from contextlib import suppress
from typing import Any, Callable, Dict, List, Tuple
from xml.etree import ElementTree

import pytest

from gracenote2epg import models as models_module
from gracenote2epg.channels.playlist import parse as playlist
from gracenote2epg.gracenote import parser
from gracenote2epg.gracenote.parser import BadAnswer
from gracenote2epg.guide import span as guide_span
from gracenote2epg.store.answers import Store
from gracenote2epg.util.sanitize import parse_json_as_text
from gracenote2epg.xmltv.options import Style
from support import guides
from support.builders import (
    DAY,
    NOW,
    channel_row,
    details_body,
    event,
    grid_body,
    lineup,
    movie_body,
    providers_body,
)
from support.clock import VirtualClock

from .conftest import slow
from .spoilt_json import DEEP, mutant


def all_clean(value: Any) -> bool:
    """Every text of a model has one line and nothing that XML, a terminal or a disk chokes on."""
    if isinstance(value, tuple):
        return all(map(all_clean, value))
    if isinstance(value, str):
        return (
            len(value) <= 10_001  # one letter can become two, in a capital
            and value == " ".join(value.split())
            and not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in value)
            and value.encode() is not None
        )
    return value is None or isinstance(value, (bool, int))


GRID = json.loads(
    grid_body(
        channel_row(event(), event(startTime="2026-09-13T05:03:00Z", endTime="", duration="60")),
        channel_row(event(tmsId="MV090003000000", seriesId="MV09000300"), channelId="90002"),
    )
)
SERIES, MOVIE = json.loads(details_body()), json.loads(movie_body())
LISTS = json.loads(providers_body())
READERS: Dict[str, Tuple[Any, Callable[[bytes], Any], int]] = {
    "the grid": (GRID, parser.guide, 5),
    "a series": (SERIES, lambda body: parser.details(body, "SH09000100"), 2),
    "a movie": (MOVIE, lambda body: parser.details(body, "MV09000300"), 1),
    "the lineups": (LISTS, lambda body: parser.providers(body, "USA", "10001"), 2),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("share", [30, *slow(240)])
def test_mutants_are_models_or_bad_answers(torture, record_property, tmp_path, name, share):
    original, reader, weight = READERS[name]
    count = weight * (1000 if torture and share > 30 else share)
    models, refused = [], set()
    for seed in range(count):
        try:
            models.append(reader(mutant(original, random.Random(f"{name} {seed}"))))
        except BadAnswer as error:
            refused.add(str(error))
        except Exception as error:
            pytest.fail(f"{name}, seed {seed}: {type(error).__name__}: {error}"[:300])
    assert len(models) > count / 3  # wilder mutants would test nothing
    assert all(all_clean(tuple(model)) for model in models)
    if reader is parser.guide:
        shown = [airing for model in models for _, airings in model.airings for airing in airings]
        assert all(airing.stop > airing.start and airing.title for airing in shown)
    assert all(map(str.isprintable, refused))
    keep(models, reader, tmp_path, validate=share > 30)
    record_property("cases", count)


def keep(models: List[Any], reader: Any, folder: Any, validate: bool) -> None:
    """Store accepted models, read them back, and write guides from them."""
    with Store(str(folder / "data"), VirtualClock(NOW)) as store:
        for number, model in enumerate(models):
            if reader is parser.guide:
                here = lineup(lineup_id=f"USA-ZZ{number:05}-DEFAULT")
                store.save_guide(here, NOW, 6, model, NOW)
                if number % 10 == 0:
                    strictly = validate and number % 100 == 0
                    check_guide(store, here, folder / f"{number}.xml", strictly)
            elif isinstance(model, models_module.Details):
                store.save_details(model, NOW)
            else:
                store.save_providers("USA", "10001", model, NOW)
                assert store.providers("USA", "10001")[0] == model


def check_guide(store: Store, here: Any, path: Any, strictly: bool) -> None:
    span = guide_span.TimeSpan(NOW - DAY, NOW + DAY)
    listed = guides.Guide(store, [here], span).listings()
    if not listed:
        return
    style = Style("img.example", images="all", live=False)
    path.write_text(guides.text(store, [here], span, style), encoding="utf-8")
    ElementTree.parse(str(path))
    if strictly and os.path.exists(guides.DTD):
        result = guides.tool("xmllint", "--noout", "--nonet", "--dtdvalid", guides.DTD, str(path))
        assert result.returncode == 0, result.stderr.decode()[:500]


def test_deep_nesting_is_a_bad_answer():
    for deep in DEEP:
        for reader in (parser.guide, lambda body: parser.details(body, "SH09000100")):
            with pytest.raises(BadAnswer):
                reader(deep.encode())
        with pytest.raises(ValueError, match=r"nested|JSON|line 1|lists no"):
            playlist([b"[" + deep.encode()])


def test_a_very_long_number_is_read_quickly():
    body = b'{"channels": ' + b"9" * (8 << 20) + b"}"
    assert len(parse_json_as_text(body)["channels"]) == 8 << 20


@pytest.mark.slow
def test_odd_playlists_are_read_quickly():
    texts = ("a-a=", 'a="', "a='b\"", ", ", "a-a=b,", "a", " ", "a ", 'a="b" ', '"', "x-y= ")
    for text in texts:
        with suppress(ValueError):
            playlist([f"#EXTM3U\n#EXTINF:-1 {text * 50_000}\nx\n".encode()])


def test_ids_like_paths_are_dropped():
    bad = ["../../x", "'; drop table", "a\x00/b", "a/b", "a\nb", "a|b", "<x>", "a" * 100, "é"]
    row = LISTS["Providers"][1]
    for key in ("lineupId", "headendId", "device"):
        rows = [{**row, key: text} for text in bad]
        assert parser.providers(providers_body(*rows), "USA", "10001") == ()
    grid = grid_body(*[channel_row(event(), channelId=text) for text in bad], channel_row(event()))
    assert [airings.station_id for airings in parser.guide(grid).stations] == ["90001"]
    ids = [event(seriesId=text, tmsId=text, id=text) for text in bad]
    assert {airings.series_id for _, rows in parser.guide(grid_body(channel_row(*ids))).airings
            for airings in rows} == {""}  # fmt: skip
