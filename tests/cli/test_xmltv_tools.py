"""XMLTV's programs accept the grabber and its guide."""

import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from fake_gracenote import FakeGracenote, World
from support.guides import DTD
from support.machine import GRABBER, Box, Tvheadend, python_on_path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shutil.which("tv_validate_grabber"), reason="xmltv-util is not installed"
    ),
]


@pytest.fixture(name="tvheadend")
def _tvheadend(tmp_path):
    with FakeGracenote(World(8, 24)) as server:
        yield Tvheadend(Box(server, tmp_path), GRACENOTE_POSTAL_CODE="")


@pytest.fixture(name="few")
def _few(tmp_path):
    """A config file with a few channels: XMLTV's programs are slow."""
    path = tmp_path / "few.conf"
    names = (20006, 20071, 20122, 20242)
    path.write_text("postal_code=90210\n" + "".join(f"channel={name}\n" for name in names))
    return str(path)


def counted(text):
    """The number of stations and of programmes."""
    tree = ElementTree.fromstring(text)
    return len(tree.findall("channel")), len(tree.findall("programme"))


def test_tv_validate_grabber_finds_no_fault(tvheadend, few):
    """With details."""
    path = f"{tvheadend.environment['PATH']}:{os.path.dirname(GRABBER)}"
    command = ["tv_validate_grabber", "--dtd-file", DTD, "--config-file", few]
    result = subprocess.run(
        [*command, "tv_grab_gracenote2epg"],
        env={**tvheadend.environment, "PATH": path, "GRACENOTE_DETAILS": "yes"},
        capture_output=True,
        check=False,
    )
    assert result.stdout.decode().endswith("Grabber validated ok.\nValidated ok.\n")
    assert result.returncode == 0


@pytest.mark.parametrize("more", [[], ["--slow"]])
def test_tv_find_grabbers_lists_it(tvheadend, more):
    """Without /usr/bin: it would call all of XMLTV's grabbers, too."""
    path = f"{python_on_path(tvheadend.environment['HOME'])}:{os.path.dirname(GRABBER)}"
    result = subprocess.run(
        [shutil.which("tv_find_grabbers"), *more, "baseline", "manualconfig", "apiconfig"],
        env={**tvheadend.environment, "PATH": path},
        capture_output=True,
        check=True,
    )
    assert result.stdout.decode() == f"{GRABBER}|USA/Canada (Gracenote)\n"


def test_tv_grab_combiner_accepts_it(tvheadend, few, tmp_path):
    config, output = tmp_path / "combiner.conf", tmp_path / "both.xml"
    with open(few, encoding="utf-8") as file:
        lines = file.read().replace("\n", "&n")
    config.write_text(f"grabber={GRABBER};{lines}\n" * 2)
    result = subprocess.run(
        ["tv_grab_combiner", "--quiet", "--config-file", config, "--output", output],
        env=tvheadend.environment,
        capture_output=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, b"")
    alone = counted(tvheadend.call("--config-file", few).out)
    assert counted(output.read_bytes()) == (2 * alone[0], 2 * alone[1])


def test_the_filters_accept_it(tvheadend, few):
    guide = tvheadend.call("--config-file", few).out
    for command in (
        ["tv_cat"],
        ["tv_sort", "--duplicate-error"],
        ["tv_grep", "--channel-id", "20006.gracenote2epg"],
    ):
        result = subprocess.run(
            command,
            input=guide.encode(),
            capture_output=True,
            env=tvheadend.environment,
            check=False,
        )
        assert (result.returncode, result.stderr) == (0, b"")
        stations, programmes = counted(result.stdout)
        if command[0] == "tv_grep":
            assert 0 < programmes < counted(guide)[1]
        else:
            assert (stations, programmes) == counted(guide)
