"""Full, read-only and broken disks, and power cuts: the old guide or the new one, nothing else."""

import contextlib
import errno
import os
import random
from typing import Any, Callable, Iterator, List, Optional

import pytest

from gracenote2epg import configure
from gracenote2epg.demo import DemoServer
from gracenote2epg.errors import GrabError
from gracenote2epg.files import write_text
from gracenote2epg.xmlfile import write_xml

from .conftest import Tried
from .disk import RENAME, SYNC, Disk, Operation, after_a_power_cut, renames_without_sync
from .machine import HANGS, Machine, read, small_world, within

pytestmark = pytest.mark.usefixtures("morning")
KEPT = "one sentence; the old guide byte for byte, nothing beside it; the next run is right"
FULL, BROKEN = errno.ENOSPC, errno.EIO


class Desk:
    """A machine with a filled store, and a guide of it that is old: of one day."""

    def __init__(self, machine: Machine, name: str) -> None:
        self.machine, self.folder = machine, os.path.join(machine.folder, "out")
        self.path = os.path.join(self.folder, name)
        assert self.write(days=2) is None
        self.new = read(self.path)
        self.put_old()
        self.old = read(self.path)
        assert self.old != self.new

    def write(self, **changes: Any) -> Optional[GrabError]:
        """A guide of what is stored."""
        settings = self.machine.settings(offline=True, output=self.path, **changes)
        return within(HANGS, settings)

    def put_old(self) -> None:
        assert self.write(days=1) is None

    def files(self) -> List[str]:
        return sorted(os.listdir(self.folder))


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[DemoServer]:
    with DemoServer(small_world()) as server:
        yield server


@pytest.fixture(name="machine")
def _machine(server: DemoServer, tmp_path: Any) -> Machine:
    machine = Machine(server, tmp_path / "machine")
    assert machine.run(days=2) is None
    return machine


@pytest.fixture(name="desk", params=["guide.xml", "guide.xml.gz"])
def _desk(request: pytest.FixtureRequest, machine: Machine) -> Desk:
    return Desk(machine, request.param)


def fails_well(failure: Optional[GrabError]) -> None:
    assert failure
    assert failure.exit_code == 7
    assert "\n" not in str(failure)


# Writing fails


@pytest.mark.parametrize("code", [FULL, BROKEN], ids=["full", "broken"])
def test_whichever_write_fails_the_old_guide_stays(
    desk: Desk, code: int, torture: bool, tried: Tried
) -> None:
    with Disk(desk.folder) as disk:
        assert desk.write(days=2) is None
    answered = [operation for operation in disk.operations if operation.kind != "remove"]
    numbers = range(len(answered))
    share = sorted(
        {0, 1, *numbers[-3:], *random.Random(code).sample(numbers, min(3, len(numbers)))}
    )
    for number in numbers if torture else share:
        desk.put_old()
        before = desk.files()
        with Disk(desk.folder, number, code) as disk:
            failure = desk.write(days=2)
        assert disk.failed
        assert desk.files() == before
        after = [one.path for one in disk.operations if one.kind == RENAME]
        if disk.failed.kind == SYNC and disk.failed.path == os.path.realpath(desk.folder):
            assert failure is None  # of the folder, once the guide is in its place
            assert read(desk.path) == desk.new
            continue
        fails_well(failure)
        assert after == []
        assert read(desk.path) == desk.old
        assert desk.write(days=2) is None
        assert read(desk.path) == desk.new
        what = (
            "every write in turn fails, as on a full disk"
            if code == FULL
            else ("every write in turn fails, as on a broken disk")
        )
        tried("The disk", f"{what}: {os.path.basename(desk.path)}", KEPT)


# The power goes


def test_a_power_cut_leaves_the_old_guide_or_the_new_one(desk: Desk, tried: Tried) -> None:
    before = {os.path.realpath(desk.path): raw(desk.path)}
    with Disk(desk.folder) as disk:
        assert desk.write(days=2) is None
    after = raw(desk.path)
    assert renames_without_sync(disk.operations) == []
    path = os.path.realpath(desk.path)
    (placed,) = [number for number, one in enumerate(disk.operations) if one.to == path]
    assert Operation(SYNC, os.path.dirname(path)) in disk.operations[placed:]
    for number in range(len(disk.operations) + 1):
        for files in after_a_power_cut(before, disk.operations[:number]):
            assert files[path] in (before[path], after)
        tried(
            "Power cuts",
            f"the power goes after each operation in turn: {os.path.basename(desk.path)}",
            "the old guide or the new one, whole",
        )
    assert all(files[path] == after for files in after_a_power_cut(before, disk.operations))


def test_a_first_guide_is_there_whole_or_not_at_all(machine: Machine, tried: Tried) -> None:
    folder = os.path.join(machine.folder, "out")
    path = os.path.realpath(os.path.join(folder, "guide.xml"))
    with Disk(folder) as disk:
        assert within(HANGS, machine.settings(offline=True, output=path)) is None
    for number in range(len(disk.operations) + 1):
        for files in after_a_power_cut({}, disk.operations[:number]):
            assert files.get(path, raw(path)) == raw(path)
        tried("Power cuts", "the same of a first guide", "no guide, or all of it")


def _by_configure(path: str, text: str) -> None:
    configure._write(path, [text])


def _by_write_xml(path: str, text: str) -> None:
    write_xml(path, {"settings": {"setting": text}})


@pytest.mark.parametrize("write", [write_text, _by_write_xml, _by_configure])
def test_a_power_cut_leaves_settings_of_others_as_they_were_or_as_they_shall_be(
    write: Callable[[str, str], None], tmp_path: Any, tried: Tried
) -> None:
    path = os.path.realpath(tmp_path / "settings.xml")
    write(path, "old " * 9999)
    before = {path: raw(path)}
    with Disk(tmp_path) as disk:
        write(path, "new " * 9999)
    assert [one for one in disk.operations if one.kind == RENAME]
    assert renames_without_sync(disk.operations) == []
    for number in range(len(disk.operations) + 1):
        for files in after_a_power_cut(before, disk.operations[:number]):
            assert files[path] in (before[path], raw(path))
        tried("Power cuts", "the same of players' settings and of the config file", "old or new")


@pytest.mark.parametrize("write", [write_text, _by_write_xml, _by_configure])
def test_whichever_write_fails_settings_of_others_stay(
    write: Callable[[str, str], None], tmp_path: Any, tried: Tried
) -> None:
    path = os.path.realpath(tmp_path / "settings.xml")
    write(path, "old " * 9999)
    old = raw(path)
    with Disk(tmp_path) as disk:
        write(path, "new " * 9999)
    for number in range(len(disk.operations)):
        write(path, "old " * 9999)
        with Disk(tmp_path, number, FULL) as disk, contextlib.suppress(OSError, GrabError):
            write(path, "new " * 9999)
        if disk.failed:
            placed = disk.failed == Operation(SYNC, os.path.dirname(path))
            assert (raw(path) == old) is not placed
            assert os.listdir(tmp_path) == ["settings.xml"]
            tried(
                "The disk", "every write of players' settings in turn fails", "they are as before"
            )


def raw(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
