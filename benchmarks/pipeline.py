"""From the source's answers to the file, stage by stage, and other ways to write the same guide."""

import json
import os
import time
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple
from xml.etree import ElementTree

import measure
import writer
import xmltodict
from answers import LINEUP
from measure import Row
from writer import Prepared, Written

from gracenote2epg.gracenote import parser
from gracenote2epg.guide import span as guide_span
from gracenote2epg.guide.builder import Guide
from gracenote2epg.models import Airing
from gracenote2epg.store.answers import Store
from gracenote2epg.xmltv.options import Style
from gracenote2epg.xmltv.writer import Listing, ProgrammeWriter

SAMPLE = 60  # stations that are written in several ways
RUNS = 3
Json = Dict[str, Any]


class Stages(NamedTuple):
    """Processor seconds for all answers. models: JSON parsing is in it."""

    json: float
    models: float
    stored: float  # models, and keeping them


def rows(ready: Prepared, written: Written) -> List[Row]:
    """written: the offline run that made the file of all these answers."""
    stages = _stages(ready)
    whole = stages.stored + written.cpu
    return [
        Row("all answers: json.loads, CPU seconds", f"{stages.json:.2f}"),
        Row("all answers: parsed into models, x json.loads", f"{stages.models / stages.json:.1f}"),
        Row("all answers: parsed and stored, x json.loads", f"{stages.stored / stages.json:.1f}"),
        measure.at_most(
            "all answers: the guide from the store, x json.loads",
            written.cpu / stages.json, 6, "{:.1f}",
        ),
        Row("all answers: parsed, stored and written, x json.loads", f"{whole / stages.json:.1f}"),
        *_ways(ready),
    ]  # fmt: skip


def _stages(ready: Prepared) -> Stages:
    measure.say("parsing all answers")
    spent = [0.0, 0.0]
    for _, body in ready.answers.windows():
        spent[0] += measure.cpu_seconds(lambda body=body: json.loads(body))
        spent[1] += measure.cpu_seconds(lambda body=body: parser.guide(body))
    for series_id, body in ready.answers.details():
        spent[0] += measure.cpu_seconds(lambda body=body: json.loads(body))
        spent[1] += measure.cpu_seconds(lambda body=body, s=series_id: parser.details(body, s))
    return Stages(spent[0], spent[1], ready.filled.cpu)


def _ways(ready: Prepared) -> List[Row]:
    """The same programmes, from the same models in memory, by us and by two libraries."""
    measure.say("writing the same programmes in three ways")
    span = guide_span.span(time.time(), writer.WORLD.days, 0)
    with Store(os.path.join(ready.home, "data")) as store:
        guide = Guide(store, [LINEUP], span)
        listed = guide.listings()[:SAMPLE]
        work = [(own, guide.airings(own.station.station_id)) for own in listed]
        known = {
            airing.series_id: store.details(airing.series_id) for _, own in work for airing in own
        }
    count = sum(len(own) for _, own in work)

    def ours() -> None:
        programmes = ProgrammeWriter(known.get, Style())
        for listing, airings in work:
            programmes.text(listing, airings)

    dictionaries = _as_dictionaries(work, known.get)
    speeds = [
        count / min(measure.cpu_seconds(way) for _ in range(RUNS))
        for way in (
            ours,
            lambda: xmltodict.unparse({"tv": {"programme": dictionaries}}, pretty=True),
            lambda: ElementTree.tostring(_elements(dictionaries), "utf-8"),
        )
    ]
    return [
        Row("writing: our writer, programmes per CPU second", f"{speeds[0]:,.0f}"),
        Row("writing: ElementTree, x the speed of ours", f"{speeds[2] / speeds[0]:.2f}"),
        Row("writing: xmltodict.unparse, x the speed of ours", f"{speeds[1] / speeds[0]:.2f}"),
    ]


def _as_dictionaries(
    work: Sequence[Tuple[Listing, Sequence[Airing]]], known: Callable[[str], Any]
) -> List[Json]:
    """The programmes as xmltodict has them; made beforehand, so that only the writing counts."""
    programmes = ProgrammeWriter(known, Style())
    rows_: List[Json] = []
    for listing, airings in work:
        text = f"<tv>{programmes.text(listing, airings)}</tv>"
        parsed = xmltodict.parse(text, force_list=("programme",))["tv"]["programme"]
        rows_ += parsed
    return rows_


def _elements(dictionaries: Sequence[Json]) -> ElementTree.Element:
    root = ElementTree.Element("tv")
    for own in dictionaries:
        _add(root, "programme", own)
    return root


def _add(parent: ElementTree.Element, name: str, value: Any) -> None:
    for item in value if isinstance(value, list) else [value]:
        element = ElementTree.SubElement(parent, name)
        if not isinstance(item, dict):
            element.text = item
            continue
        for key, inner in item.items():
            if key.startswith("@"):
                element.set(key[1:], inner)
            elif key == "#text":
                element.text = inner
            else:
                _add(element, key, inner)
