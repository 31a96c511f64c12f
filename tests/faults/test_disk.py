"""Full and broken disks, and power cuts: the old guide or the new one, nothing else."""

import contextlib
import errno
import os
from typing import Any, Optional

import pytest

from gracenote2epg.config.saving import save
from gracenote2epg.config.xml_files import write_xml
from gracenote2epg.errors import GrabError
from gracenote2epg.util.files import write_text
from support.builders import NOW

from .conftest import slow
from .disk import RENAME, SYNC, Disk, Operation, after_a_power_cut
from .machine import Machine, read

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
        return self.machine.within(offline=True, output=self.path, **changes)

    def put_old(self) -> None:
        assert self.write(days=1) is None


@pytest.fixture(name="machine")
def _machine(machine: Machine) -> Machine:
    """One that has the answers for two days."""
    assert machine.run(days=2, details=False) is None
    return machine


# Writing fails


@pytest.mark.parametrize("name", ["guide.xml.gz", *slow("guide.xml")])
@pytest.mark.parametrize("code", [FULL, *slow(BROKEN)])
def test_the_old_guide_stays_when_a_write_fails(machine, name, code, torture):
    desk = Desk(machine, name)
    with Disk(desk.folder) as disk:
        assert desk.write(days=2) is None
    answered = [operation for operation in disk.operations if operation.kind != "remove"]
    numbers = range(len(answered))
    share = sorted({0, len(numbers) // 2, *numbers[-3:]})
    for number in numbers if torture else share:
        desk.put_old()
        before = sorted(os.listdir(desk.folder))
        with Disk(desk.folder, number, code) as disk:
            failure = desk.write(days=2)
        assert disk.failed
        assert sorted(os.listdir(desk.folder)) == before
        after = [step.path for step in disk.operations if step.kind == RENAME]
        if disk.failed.kind == SYNC and disk.failed.path == os.path.realpath(desk.folder):
            assert failure is None  # of the folder, once the guide is in its place
            assert read(desk.path) == desk.new
            continue
        assert failure
        assert (failure.exit_code, "\n" in str(failure)) == (7, False)
        assert after == []
        assert read(desk.path) == desk.old
        assert desk.write(days=2) is None
        assert read(desk.path) == desk.new


# The power goes


@pytest.mark.parametrize("name", ["guide.xml", "guide.xml.gz"])
def test_a_power_cut_leaves_the_old_guide_or_the_new_one(machine, name):
    desk = Desk(machine, name)
    path = os.path.realpath(desk.path)
    before = {path: raw(path)}
    with Disk(desk.folder) as disk:
        assert desk.write(days=2) is None
    after = raw(path)
    (placed,) = [number for number, step in enumerate(disk.operations) if step.to == path]
    assert Operation(SYNC, os.path.dirname(path)) in disk.operations[placed:]
    left = [files[path] for files in after_a_power_cut(before, disk.operations)]
    assert set(left) == {before[path], after}
    assert left[-2:] == [after, after]


def test_a_first_guide_is_whole_or_absent_after_a_power_cut(machine):
    folder = os.path.join(machine.folder, "out")
    path = os.path.realpath(os.path.join(folder, "guide.xml"))
    with Disk(folder) as disk:
        assert machine.within(offline=True, output=path) is None
    assert {files.get(path) for files in after_a_power_cut({}, disk.operations)} == {
        None,
        raw(path),
    }


def _by_write_text(path: str, text: str) -> None:
    write_text(path, text, NOW)


def _by_saving(path: str, text: str) -> None:
    save(path, {"description_template": text}, NOW)


def _by_write_xml(path: str, text: str) -> None:
    write_xml(path, {"settings": {"setting": text}}, NOW)


WRITERS = [_by_write_text, _by_write_xml, _by_saving]


@pytest.mark.parametrize("write", WRITERS)
def test_settings_are_old_or_new_after_power_cuts_and_failed_writes(write, tmp_path):
    path = os.path.realpath(tmp_path / "settings.xml")
    write(path, "old " * 9999)
    before = {path: raw(path)}
    with Disk(tmp_path) as disk:
        write(path, "new " * 9999)
    operations, after = disk.operations, raw(path)
    assert {files[path] for files in after_a_power_cut(before, operations)} == {before[path], after}
    for number in range(len(operations)):
        write(path, "old " * 9999)
        with Disk(tmp_path, number, FULL) as disk, contextlib.suppress(OSError, GrabError):
            write(path, "new " * 9999)
        if disk.failed:
            placed = disk.failed == Operation(SYNC, os.path.dirname(path))
            assert raw(path) == (after if placed else before[path])
            assert os.listdir(tmp_path) == ["settings.xml"]


def raw(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
