"""Guides made in different ways are the same, byte for byte."""

import functools
import gzip
import os
import subprocess
import sys
import time
from typing import Any, Set
from xml.etree import ElementTree

import pytest

from fake_gracenote import FakeGracenote, World
from fake_gracenote.responses import Answer, to_json
from gracenote2epg.clock import SYSTEM
from gracenote2epg.grab import refresh
from gracenote2epg.gracenote import parser
from gracenote2epg.guide import span as guide_span
from gracenote2epg.guide.builder import Guide
from gracenote2epg.guide.span import TimeSpan
from gracenote2epg.store.answers import Store
from support import LIB, guides
from support.awkward_world import Awkward
from support.awkward_world import details as awkward_details
from support.builders import HOUR, NOW, lineup
from support.clock import VirtualClock
from support.guides import User
from support.machine import no_bytecode_in_the_tree

HERE = lineup()
STYLE = guides.STYLE._replace(image_host="zpmc.tmsimg.com")


@pytest.fixture
def child(in_zone, tmp_path):
    """The stdout of a run as a separate process with a minimal environment, where it is noon."""
    noon = f"NOON{time.gmtime(SYSTEM.now()).tm_hour - 12:+}"
    in_zone(noon)

    def run(server: FakeGracenote, folder: str, *words: str, **environment: str) -> bytes:
        command = [sys.executable, "-m", "gracenote2epg", "--output", "-", "--postal", "90210"]
        command += ["--data-dir", str(tmp_path / folder), "--base-url", server.url, *words]
        plain = {"PATH": "/usr/bin:/bin", "PYTHONPATH": LIB, "TZ": noon}
        process = subprocess.run(
            command,
            env={**plain, **no_bytecode_in_the_tree(), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert (process.returncode, process.stderr) == (0, b"")
        return process.stdout

    return run


# The order of answers, threads and hashes


def test_window_length_and_order_do_not_change_an_awkward_guide(tmp_path):
    world = Awkward(guide_span.span(NOW, 2, 0))
    texts = []
    for hours, shuffle in ((6, 0), (1, 1), (4, 4), (6, 6)):
        with Store(str(tmp_path / f"{hours}-{shuffle}")) as store:
            world.keep(store, HERE, hours, shuffle)
            texts.append(guides.text(store, [HERE], world.span))
    assert len(set(texts)) == 1


@pytest.mark.slow
def test_the_order_of_answers_does_not_change_the_guide(tmp_path, clock):
    began, texts = clock.now(), set()
    with FakeGracenote(World(6, 12, now=began)) as server:  # its clock stands still for all runs
        for late, workers in enumerate((10, 2, 1)):
            server.faults.clear()
            server.faults.latency = 0.005 * (late == 1)
            for turn in range(late):  # others overtake these
                server.faults.late(
                    0.02, "grid", when=lambda q, turn=turn: int(q["time"]) // 21600 % 3 == turn
                )
            user = User(server, tmp_path / str(late), VirtualClock(began))
            for offline in (False, True):
                user.grab(details=True, max_workers=workers, offline=offline)
                texts.add(user.written)
    (guide,) = texts
    assert guide.count(b"<credits>") > 10


@pytest.mark.slow
def test_the_hash_seed_does_not_change_the_guide(child):
    texts = set()
    with FakeGracenote(World(6, 12, now=SYSTEM.now())) as server:
        for seed in "123":
            for more in ("--workers=2", "--offline"):
                words = (seed, "--days", "1", "--strategy", "auto", more)
                texts.add(child(server, *words, PYTHONHASHSEED=seed + seed * (more == "--offline")))
    (guide,) = texts
    assert guide.count(b"<credits>") > 50


def test_a_refresh_does_not_change_coming_programmes(tmp_path):
    now = NOW
    world = World(3, 18, now=lambda: now)
    answer = functools.partial(guides.grid, world, HERE)
    span = guide_span.span(NOW, 2, 0)
    texts = []
    with Store(str(tmp_path)) as store:
        for now in (NOW, NOW + HOUR):
            tasks = refresh.windows(HERE, span, 6, now)
            for task in refresh.due_windows(tasks, store.windows(HERE), now):
                block = parser.guide(answer(task.start, task.hours))
                store.save_guide(HERE, task.start, task.hours, block, now)
            for series_id in Guide(store, [HERE], span).showings(now):
                body = to_json(world.details(series_id))
                store.save_details(parser.details(body, series_id), now)
            texts.append(guides.text(store, [HERE], TimeSpan(NOW + 2 * HOUR, span.end)))
    assert texts[0] == texts[1]


# Days and places


def written(tag: str, *documents: ElementTree.Element) -> Set[str]:
    nodes = [node for tv in documents for node in tv.iter(tag)]
    return {ElementTree.tostring(node, "unicode").strip() for node in nodes}


def add_up(whole: ElementTree.Element, *parts: ElementTree.Element) -> bool:
    return all(
        written(tag, *parts) == written(tag, whole) for tag in ("programme", "channel")
    ) and all(tv.attrib == whole.attrib for tv in parts)


def test_two_days_are_one_day_and_the_next(tmp_path):
    world = Awkward(guide_span.span(NOW, 2, 0))
    with Store(str(tmp_path)) as store:
        world.keep(store, HERE)
        spans = [guide_span.span(NOW, days, offset) for days, offset in ((2, 0), (1, 0), (1, 1))]
        assert add_up(*(ElementTree.fromstring(guides.text(store, [HERE], own)) for own in spans))


def test_a_packed_guide_equals_the_plain_one_each_time(user):
    user.grab()
    packed = []
    for name in ("a.xml.gz", "b.xml.gz"):
        path = user.grab(offline=True, output=os.path.join(user.folder, name)).path
        with open(path, "rb") as file:
            packed.append(file.read())
    assert packed[0] == packed[1]
    assert packed[0][3:8] == bytes(5)  # neither a name nor a time in its head
    assert gzip.decompress(packed[0]) == user.written


def serve_awkwardly(server: FakeGracenote, now: float, folder: Any) -> str:
    """Serve the answers of the awkward world; return the guide of its two days."""
    span = guide_span.span(now, 2, 0)
    world = Awkward(span)
    for task in refresh.windows(HERE, span, 6, now):
        answer = Answer(200, world.body(task.start, 6))
        server.faults.answer("grid", answer, when=lambda q, at=task.start: q["time"] == str(at))
    for series_id, body in awkward_details().items():
        server.faults.answer(
            "details",
            Answer(200, body),
            when=lambda q, name=series_id: q["programSeriesID"] == name,
        )
    with Store(str(folder / "in-process")) as store:
        world.keep(store, HERE)
        return guides.text(store, [HERE], span, STYLE)


def test_an_awkward_guide_is_the_same_over_sockets(user, server):
    text = serve_awkwardly(server, user.clock.now(), user.folder)
    user.grab(days=2, details=True)
    assert user.written.decode("utf-8") == text
