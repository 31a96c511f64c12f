"""A file layer that records the order of writes, and fails at a chosen one."""

import builtins
import io
import itertools
import os
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence

import pytest

CREATE, WRITE, SYNC, RENAME, REMOVE = "create", "write", "sync", "rename", "remove"
_ANSWERED = (CREATE, WRITE, SYNC, RENAME)  # operations that may fail


class Operation(NamedTuple):
    """path: the file, or the folder that is synced. data: what is written; to: the new name."""

    kind: str
    path: str
    data: bytes = b""
    to: str = ""


class Disk:
    """While entered, everything that Python writes below ``folder`` goes through it.

    fail: the number, from 0, of the operation that fails with the error ``code``; None = none does.
    A write that fails has written half. SQLite writes past it.
    """

    def __init__(self, folder: Any, fail: Optional[int] = None, code: int = 0) -> None:
        self.operations: List[Operation] = []
        self.failed: Optional[Operation] = None
        self._folder = os.path.realpath(os.fspath(folder))
        self._fail, self._code = fail, code
        self._numbers = itertools.count()
        self._paths: Dict[int, str] = {}  # of what is open
        self._patch = pytest.MonkeyPatch()
        self._real = {name: getattr(os, name) for name in ("fsync", "replace", "remove", "open")}
        self._real_open = builtins.open

    def __enter__(self) -> "Disk":
        for module in (builtins, io):
            self._patch.setattr(module, "open", self._open)
        for name, own in (
            ("fsync", self._fsync),
            ("replace", self._replace),
            ("remove", self._remove),
            ("open", self._open_low),
        ):
            self._patch.setattr(os, name, own)
        return self

    def __exit__(self, *exc: object) -> None:
        self._patch.undo()

    def happens(self, operation: Operation, file: Optional[io.FileIO] = None) -> None:
        """Record the operation, or let it fail."""
        if operation.kind in _ANSWERED and next(self._numbers) == self._fail:
            self.failed = operation
            if file is not None:
                io.FileIO.write(file, operation.data[: len(operation.data) // 2])
            raise OSError(self._code, os.strerror(self._code))
        self.operations.append(operation)

    def _ours(self, path: Any) -> bool:
        return isinstance(path, (str, os.PathLike)) and os.path.realpath(path).startswith(
            self._folder
        )

    def _open(
        self, file: Any, mode: str = "r", buffering: int = -1, *args: Any, **more: Any
    ) -> Any:
        written = set(mode) & set("wax+")
        open_path = self._paths.get(file) if isinstance(file, int) else None
        if not written or not (open_path or self._ours(file)):
            return self._real_open(file, mode, buffering, *args, **more)
        opener = more.pop("opener", None)  # calls os.open, which is patched
        raw = _File(self, file, "".join(sorted(set(mode) - set("bt"))), open_path, opener)
        self._paths[raw.fileno()] = raw.path
        plain = io.BufferedWriter(raw)
        if "b" in mode:
            return plain
        text = io.TextIOWrapper(plain, *args, **more)
        text.mode = mode
        return text

    def _open_low(self, path: Any, flags: int, *args: Any, **more: Any) -> int:
        if self._ours(path) and flags & os.O_CREAT:
            self.happens(Operation(CREATE, os.path.realpath(path)))
        descriptor: int = self._real["open"](path, flags, *args, **more)
        self._paths.pop(descriptor, None)
        if self._ours(path):
            self._paths[descriptor] = os.path.realpath(path)
        return descriptor

    def _fsync(self, descriptor: int) -> None:
        path = self._paths.get(descriptor)
        if path:
            self.happens(Operation(SYNC, path))
        self._real["fsync"](descriptor)

    def _replace(self, source: Any, target: Any) -> None:
        if self._ours(target):
            self.happens(Operation(RENAME, os.path.realpath(source), to=os.path.realpath(target)))
        self._real["replace"](source, target)

    def _remove(self, path: Any) -> None:
        self._real["remove"](path)
        if self._ours(path):
            self.happens(Operation(REMOVE, os.path.realpath(path)))


class _File(io.FileIO):
    """A file that reports every write to the disk."""

    def __init__(
        self, disk: Disk, file: Any, mode: str, open_path: Optional[str], opener: Any
    ) -> None:
        self._disk = disk
        self.path = open_path or os.path.realpath(file)
        if not (open_path or opener):
            disk.happens(Operation(CREATE, self.path))
        super().__init__(file, mode, opener=opener)

    def write(self, data: Any) -> int:
        self._disk.happens(Operation(WRITE, self.path, bytes(data)), self)
        return super().write(data)


class _Inode:
    """A file's bytes: all, and those that a power cut leaves."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = self.synced = data


def after_a_power_cut(
    before: Mapping[str, bytes], operations: Sequence[Operation]
) -> Iterator[Dict[str, bytes]]:
    """The files that may be there when the power goes before, between or after these operations.

    What was not synced is lost. A new name may have reached the disk by itself, or only when its
    folder was synced: both may be.
    """
    names = {path: _Inode(data) for path, data in before.items()}
    on_disk = dict(names)
    for operation in (None, *operations):
        if operation:
            on_disk = _done(operation, names, on_disk)
        for there in (names, on_disk):
            yield {path: inode.synced for path, inode in there.items()}


def _done(
    operation: Operation, names: Dict[str, _Inode], on_disk: Dict[str, _Inode]
) -> Dict[str, _Inode]:
    """Change the names; return those that are surely on the disk."""
    kind, path, data, to = operation
    if kind == CREATE:
        inode = names.setdefault(path, _Inode())
        inode.data = inode.synced = b""
    elif kind == WRITE:
        names[path].data += data
    elif kind == SYNC and path in names:
        names[path].synced = names[path].data
    elif kind == SYNC:
        return dict(names)
    elif kind == RENAME:
        names[to] = names.pop(path)
    else:
        names.pop(path, None)
    return on_disk
