"""The whole program on a small, full or read-only disk."""

import contextlib
import os
import random
import shutil
import subprocess
from typing import Any, Iterator, List

import pytest

from . import child
from .machine import Machine, Process

pytestmark = pytest.mark.slow
KIB = 1 << 10
SIZE = 4096  # KiB


def mount(*words: str) -> None:
    """Mount something; the test is skipped where that cannot be done."""
    command = shutil.which("mount")
    if not command or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    result = subprocess.run([command, *words], capture_output=True, check=False)
    if result.returncode:
        pytest.skip(f"mount: {result.stderr.decode().strip()}")


@pytest.fixture(name="disk")
def _disk(tmp_path: Any) -> Iterator[str]:
    """A folder that is a disk of 4 MiB."""
    folder = str(tmp_path / "disk")
    os.mkdir(folder)
    mount("-t", "tmpfs", "-o", f"size={SIZE}k", "none", folder)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@contextlib.contextmanager
def read_only(folder: str) -> Iterator[None]:
    """Nobody can write into the folder meanwhile: not even root, whom modes do not stop."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        os.chmod(folder, 0o555)
        yield
        os.chmod(folder, 0o755)
        return
    mount("--bind", folder, folder)
    try:
        mount("-o", "remount,ro,bind", folder)
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: str, left: int) -> str:
    """A file that leaves so many KiB."""
    name = os.path.join(folder, "ballast")
    with open(name, "wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while shutil.disk_usage(folder).free > left * KIB:
            ballast.write(bytes(4 * KIB))
    return name


def left_beside(folder: str) -> List[str]:
    return [name for name in os.listdir(folder) if name.endswith((".new", ".gz"))]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forks")
def test_a_small_disk_leaves_the_old_guide_or_a_new_one(server, clock, disk, tmp_path, torture):
    whole = Machine(server, tmp_path / "whole", clock)
    assert whole.run(days=2) is None
    early = Machine(server, tmp_path / "early", clock)  # is published before the details come
    assert early.run(days=2, details=False) is None
    rooms = range(0, 1536, 32) if torture else sorted(random.Random(1).sample(range(0, 1024), 4))
    for number, room in enumerate(rooms):
        data = os.path.join(disk, str(number))
        machine = Machine(server, data, clock, min_interval=30)
        assert machine.run(details=False) is None
        before = machine.guide
        process = Process(
            machine, GRACENOTE_DAYS="2", GRACENOTE_OUTPUT=machine.path, **{child.NO_SPARE: "yes"}
        )
        ballast = fill(disk, room)
        result = process.run()
        assert result.code in (0, 7), result.err
        assert "Traceback" not in result.err
        assert result.err.count("\n") == (result.code != 0)
        assert machine.guide in (before, early.guide, whole.guide)
        assert left_beside(data) == []
        os.remove(ballast)
        assert machine.run(days=2) is None
        assert machine.guide == whole.guide
        shutil.rmtree(data)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forks")
@pytest.mark.parametrize("where", ["the guide's folder", "the data directory"])
@pytest.mark.parametrize("filled", [True, False], ids=["old guide", "no guide yet"])
def test_a_read_only_folder_is_one_sentence(server, clock, tmp_path, where, filled):
    machine = Machine(server, tmp_path / "data", clock)
    out = str(tmp_path / "out")
    os.mkdir(out)
    guide = os.path.join(out, "guide.xml")
    if filled:
        assert machine.run(output=guide) is None
    before = listing(out)
    process = Process(machine, GRACENOTE_OUTPUT=guide, GRACENOTE_MIN_INTERVAL="0")
    with read_only(out if where == "the guide's folder" else machine.folder):
        result = process.run()
        assert listing(out) == before
    assert result.code == 7
    assert "Traceback" not in result.err
    assert result.err.count("\n") == 1
    assert machine.run(output=guide) is None


def listing(folder: str) -> Any:
    content = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            content.append((name, file.read()))
    return content
