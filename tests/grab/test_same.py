"""The same guide, to the byte, however it came about."""

import functools
import gzip
import subprocess
import sys
import time
from typing import Any, Dict, List, Set
from xml.etree import ElementTree

import pytest

from gracenote2epg import grab, plan
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.demo.answers import Answer, to_json
from gracenote2epg.gracenote import parse
from gracenote2epg.guide import Guide
from gracenote2epg.plan import Span
from gracenote2epg.store import Store
from support import LIB, guides
from support.awkward_world import Awkward
from support.awkward_world import details as awkward_details
from support.builders import HOUR, NOW, lineup

HERE = lineup()
NOON = f"NOON{time.gmtime().tm_hour - 12:+}"  # a time zone where midnight is far: no test meets it


@pytest.fixture(autouse=True)
def _at_noon(in_zone):
    in_zone(NOON)


@pytest.fixture(name="server")
def _server():
    """A few stations and series; its clock stands still, so that all runs see the same."""
    with DemoServer(World(6, 12, now=time.time())) as server:
        yield server


def child(server: DemoServer, folder: Any, *words: str, **environment: str) -> bytes:
    """What a run as a process of its own writes to stdout, in the poorest environment."""
    command = [sys.executable, "-m", "gracenote2epg", "--output", "-", "--postal", "90210"]
    command += ["--data-dir", str(folder), "--base-url", server.url, *words]
    plain = {"PATH": "/usr/bin:/bin", "PYTHONPATH": LIB, "TZ": NOON}
    done = subprocess.run(
        command,
        env={**plain, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


# The order of answers, threads and hashes


@pytest.mark.parametrize("hours", [1, 2, 3, 4, 5, 6])
def test_an_awkward_guide_is_the_same_whatever_the_windows_and_their_order(tmp_path, hours):
    world = Awkward(plan.span(NOW, 2, 0))
    texts = []
    for name, own, shuffle in (("plain", 6, 0), ("other", hours, hours)):
        with Store(str(tmp_path / name)) as store:
            world.keep(store, HERE, own, shuffle)
            texts.append(guides.text(store, [HERE], world.span))
    assert texts[0] == texts[1]


def test_cold_runs_are_the_same_whatever_their_timing_and_hash_seed(server, tmp_path):
    ways: List[Dict[str, Any]] = [
        {"latency": 0.0, "late": 0, "seed": "1", "words": ("--strategy", "auto")},
        {"latency": 0.05, "late": 1, "seed": "2", "words": ("--strategy", "auto", "--workers=2")},
        {"latency": 0.0, "late": 2, "seed": "3", "words": ("--strategy=auto", "--no-parallel")},
    ]
    found = set()
    for number, way in enumerate(ways):
        server.faults.clear()
        server.faults.latency = way["latency"]
        for turn in range(way["late"]):  # others overtake these
            server.faults.late(
                0.2, "grid", when=lambda query, turn=turn: int(query["time"]) // 21600 % 3 == turn
            )
        folder = tmp_path / str(number)
        cold = child(server, folder, "--days", "1", *way["words"], PYTHONHASHSEED=way["seed"])
        again = child(server, folder, "--days", "1", "--offline", PYTHONHASHSEED=way["seed"] * 2)
        found |= {cold, again}
    (only,) = found
    assert only.count(b"<credits>") > 50


def test_an_hour_later_what_is_still_to_come_is_the_same(tmp_path):
    now = NOW
    world = World(8, 40, now=lambda: now)
    answer = functools.partial(guides.grid, world, HERE)
    span = plan.span(NOW, 2, 0)
    texts = []
    with Store(str(tmp_path)) as store:
        for now in (NOW, NOW + HOUR):
            tasks = plan.windows(HERE, span, 6, now)
            for task in plan.due_windows(tasks, store.windows(HERE), now):
                block = parse.guide(answer(task.start, task.hours))
                store.keep_guide(HERE, task.start, task.hours, block, now)
            for series_id in Guide(store, [HERE], span).showings(now):
                body = to_json(world.details(series_id))
                store.keep_details(parse.details(body, series_id), now)
            texts.append(guides.text(store, [HERE], Span(NOW + 2 * HOUR, span.end)))
    assert texts[0] == texts[1]


# Days and places


def days_of(server: DemoServer, folder: Any, *spans: Any) -> List[str]:
    """The files of guides of (offset, days), one run after the other."""
    paths = []
    for offset, days in spans:
        path = str(folder / f"{offset}-{days}.xml")
        made = guides.settings(server, folder, offset=offset, days=days, output=path)
        paths.append(grab.run(made).path)
    return paths


def written(tag: str, *documents: ElementTree.Element) -> Set[str]:
    found = [own for tv in documents for own in tv.iter(tag)]
    return {ElementTree.tostring(own, "unicode").strip() for own in found}


def add_up(whole: ElementTree.Element, *parts: ElementTree.Element) -> bool:
    return (
        written("programme", *parts) == written("programme", whole)
        and written("channel", *parts) == written("channel", whole)
        and all(tv.attrib == whole.attrib for tv in parts)
    )


def test_two_days_are_one_day_and_the_next(server, tmp_path):
    paths = days_of(server, tmp_path, (1, 2), (1, 1), (2, 1))
    assert add_up(*map(guides.read, paths))


def test_two_awkward_days_are_one_day_and_the_next(tmp_path):
    world = Awkward(plan.span(NOW, 2, 0))
    with Store(str(tmp_path)) as store:
        world.keep(store, HERE)
        spans = [plan.span(NOW, days, offset) for days, offset in ((2, 0), (1, 0), (1, 1))]
        assert add_up(*(ElementTree.fromstring(guides.text(store, [HERE], own)) for own in spans))


def test_two_days_are_one_day_and_the_next_for_xmltvs_own_tools(server, tmp_path):
    """As tv_validate_grabber compares them."""

    def said(*command: str) -> bytes:
        done = guides.tool(*command)
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout

    whole, first, second = days_of(server, tmp_path, (1, 2), (1, 1), (2, 1))
    together = tmp_path / "together.xml"
    together.write_bytes(said("tv_cat", first, second))
    assert said("tv_sort", str(together)) == said("tv_sort", whole)


def test_a_packed_guide_is_the_plain_one_and_packed_the_same_each_time(server, tmp_path):
    plain = grab.run(guides.settings(server, tmp_path)).path
    packed = []
    for name in ("a.xml.gz", "b.xml.gz"):
        made = guides.settings(server, tmp_path, offline=True, output=str(tmp_path / name))
        packed.append(_bytes(grab.run(made).path))
    assert packed[0] == packed[1]
    assert packed[0][3:8] == bytes(5)  # neither a name nor a time in its head
    assert gzip.decompress(packed[0]) == _bytes(plain)


def test_an_awkward_source_over_sockets_makes_the_same_on_the_poorest_stdout(server, tmp_path):
    span = plan.span(time.time(), 2, 0)
    world = Awkward(span)
    for task in plan.windows(HERE, span, 6, time.time()):
        answer = Answer(200, world.body(task.start, 6))
        server.faults.answer("grid", answer, when=lambda q, at=task.start: q["time"] == str(at))
    for series_id, body in awkward_details().items():
        server.faults.answer(
            "details", Answer(200, body), when=lambda q, own=series_id: q["programSeriesID"] == own
        )
    with Store(str(tmp_path / "in-process")) as store:
        world.keep(store, HERE)
        text = guides.text(store, [HERE], span, guides.STYLE._replace(image_host="zpmc.tmsimg.com"))
    words = ("--days", "2", "--strategy", "auto")
    assert child(server, tmp_path / "process", *words).decode("utf-8") == text


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
