"""Guides made in different ways are the same, byte for byte."""

import time
from typing import Set
from xml.etree import ElementTree

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.clock import SYSTEM
from gracenote2epg.guide import span as guide_span
from gracenote2epg.store.answers import Store
from support import guides
from support.awkward_world import Awkward
from support.builders import NOW, lineup
from support.machine import Box

HERE = lineup()


def elements(*texts: str) -> Set[str]:
    nodes = [node for text in texts for node in ElementTree.fromstring(text)]
    return {ElementTree.tostring(node, "unicode").strip() for node in nodes}


def test_an_awkward_guide_depends_on_no_order_of_windows_and_is_the_sum_of_its_days(tmp_path):
    two_days, one, other = (guide_span.span(NOW, *days) for days in ((2, 0), (1, 0), (1, 1)))
    world = Awkward(two_days)
    with Store(str(tmp_path / "six")) as store:
        world.keep(store, HERE)
        whole, *days = (guides.text(store, [HERE], span) for span in (two_days, one, other))
    assert elements(*days) == elements(whole)
    for hours in (1, 4):
        with Store(str(tmp_path / str(hours))) as store:
            world.keep(store, HERE, hours, shuffle=hours)
            assert guides.text(store, [HERE], two_days) == whole


@pytest.mark.slow
def test_neither_hash_seed_nor_workers_change_the_guide(tmp_path):
    noon = f"NOON{time.gmtime(SYSTEM.now()).tm_hour - 12:+}"
    texts = set()
    with FakeGracenote(World(6, 12, now=SYSTEM.now())) as server:
        for seed, workers in ((1, 10), (2, 2), (3, 1)):
            server.faults.clear()
            # The first windows come late, and the others overtake them.
            server.faults.late(0.02, "grid", when=lambda q: int(q["time"]) // 21600 % 3 == 0)
            box = Box(server, tmp_path / str(seed))
            for hashing, *more in ((seed,), (10 * seed, "--offline")):
                words = ("--postal=90210", "--output=-", "--details", f"--workers={workers}", *more)
                made = box.cli(*words, TZ=noon, PYTHONHASHSEED=str(hashing))
                assert (made.code, made.err) == (0, "")
                texts.add(made.out)
    (guide,) = texts
    assert guide.count("<credits>") > 50
