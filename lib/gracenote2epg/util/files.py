"""Bounded reading and atomic writing of files."""

import contextlib
import errno
import gzip
import logging
import os
import re
import secrets
import shutil
import stat
import sys
import threading
import zlib
from typing import IO, BinaryIO, Callable, Iterator, cast

log = logging.getLogger(__name__)

READ_ERRORS = (OSError, EOFError, zlib.error)  # of plain and packed files
MAX_SETTINGS_BYTES = 1 << 20  # every settings file is smaller
_OTHERS = 0o007  # the bits of a mode for users that neither own a file nor are of its group
TEMP_SUFFIX = r"(\.[0-9a-f]{8})?\.new"  # of a file that is being written
DISK_FULL = "the disk is full"
REASONS = {  # the system's reasons, which are in its own language, and their names
    DISK_FULL: "reason_disk_full",
    os.strerror(errno.ENOSPC): "reason_disk_full",
    os.strerror(errno.EACCES): "reason_permission",
    os.strerror(errno.EPERM): "reason_permission",
    os.strerror(errno.EROFS): "reason_read_only",
    os.strerror(errno.ENOENT): "reason_not_there",
}
FREE_ROOM = "Free some room there; nothing was lost"  # advice on a full disk
STALE_AFTER = 86400  # seconds after which the writer of such a file must have been killed
REPLACE_TRIES = 50  # every tenth of a second; on Windows a player may have the file open
LOCK_TRIES = 50  # every tenth of a second; the lock is held for milliseconds
_CHANGING = threading.Lock()


def read_limited(path: str, max_bytes: int = MAX_SETTINGS_BYTES) -> bytes:
    """Return the file's content. Raises OSError, and ValueError if it is larger."""
    with open(path, "rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ValueError(f"more than {max_bytes >> 20} MB")
    return content


def open_maybe_packed(path: str) -> BinaryIO:
    """Open a file for reading, unpacked if its name ends in .gz.

    Raises OSError; reading may raise any of READ_ERRORS.
    """
    return cast(BinaryIO, gzip.open(path)) if path.endswith(".gz") else open(path, "rb")


def write_text(path: str, text: str, now: float, mode: int = 0o644) -> None:
    """Write the text atomically; a link stays a link.

    fsync before rename: after a power cut the file is the old or the new one. now: seconds since
    the epoch, for ``STALE_AFTER``. mode: of a new file, less the umask; an existing one keeps its
    mode and owner, but is no longer open to others if a new one would not be. Raises OSError; the
    file is then unchanged.
    """
    with atomic_write(os.path.realpath(path), now, mode) as file:
        file.write(text.encode("utf-8"))


@contextlib.contextmanager
def atomic_write(target: str, now: float, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Yield a file that replaces ``target`` when the block ends, and is deleted if it raises.

    The file's temporary name is unique, since two programs may write the same target. now, mode:
    as in ``write_text``. Raises OSError.
    """
    _remove_stale(target, now)
    temporary = _temporary_name(target)
    try:
        with open(temporary, "xb", opener=opener_with_mode(mode)) as file:
            yield file
            _copy_mode_and_owner(file.fileno(), target, mode)
            file.flush()
            os.fsync(file.fileno())
        _replace(temporary, target)
    finally:
        with contextlib.suppress(OSError):
            os.remove(temporary)


@contextlib.contextmanager
def locked(path: str) -> Iterator[None]:
    """Keep the file from being changed by others between our reading and writing of it.

    The lock is on its folder, since a new file replaces the old one. Where there are no locks
    (Windows, some network shares), or another program keeps this one (``flock FOLDER COMMAND``),
    only the threads of this process wait for each other.
    """
    with _CHANGING, contextlib.ExitStack() as closing:
        with contextlib.suppress(OSError, ImportError):
            name = os.path.dirname(os.path.realpath(path))
            folder = os.open(name, os.O_RDONLY)
            closing.callback(os.close, folder)
            if not _lock(folder):
                log.warning("Another program keeps %s locked: %s is changed anyway", name, path)
        yield


def _lock(descriptor: int) -> bool:
    """Take the lock; False = somebody else had it for 5 seconds. Raises OSError, and ImportError,
    where there are no locks."""
    import fcntl

    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            threading.Event().wait(0.1)
    return False


def _temporary_name(target: str) -> str:
    return f"{target}.{secrets.token_hex(4)}.new"


def _remove_stale(target: str, now: float) -> None:
    folder, name = os.path.split(target)
    pattern = re.compile(re.escape(name) + TEMP_SUFFIX)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if pattern.fullmatch(entry.name) and entry.stat().st_mtime < now - STALE_AFTER:
                os.remove(entry.path)


def _replace(temporary: str, target: str) -> None:
    for tries_left in reversed(range(REPLACE_TRIES)):
        try:
            os.replace(temporary, target)
            break
        except OSError as error:
            if error.errno in (errno.EBUSY, errno.EXDEV):
                _write_in_place(temporary, target)
                break
            if not isinstance(error, PermissionError):
                raise
            if sys.platform != "win32" or not tries_left:
                raise
            threading.Event().wait(0.1)
    if hasattr(os, "O_DIRECTORY"):
        with contextlib.suppress(OSError):  # network shares refuse it; the rename is done anyway
            folder = os.open(os.path.dirname(target), os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def make_private_folder(path: str) -> None:
    """Make a folder that only its owner may enter, and those above it; one that is there stays as
    it is. Raises OSError."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
    if not os.path.isdir(path):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)


def is_disk_full(error: Exception) -> bool:
    """Whether the error, of the system or of SQLite, says that there is no room."""
    full = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    return getattr(error, "errno", None) in full or "disk is full" in str(error)


def room_text(path: str, needed: int) -> str:
    """How much room there is beside the path. needed: bytes, about."""
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    free = shutil.disk_usage(folder).free
    return f"{DISK_FULL}: {free >> 10} KiB free, about {needed >> 10} KiB needed"


def opener_with_mode(mode: int) -> Callable[[str, int], int]:
    """An ``opener`` for ``open`` that creates files with this mode, less the umask."""
    return lambda path, flags: os.open(path, flags, mode)


def _write_in_place(temporary: str, target: str) -> None:
    """Overwrite a file that is a mount of its own, as in a container, and cannot be replaced; what
    was in it comes back if that fails."""
    log.warning("%s is a mount of its own, so it is overwritten: better mount its folder", target)
    old = _temporary_name(target)
    try:
        shutil.copyfile(target, old)
        try:
            _overwrite(target, temporary)
        except OSError:
            _overwrite(target, old)
            raise
    finally:
        with contextlib.suppress(OSError):
            os.remove(old)


def _overwrite(target: str, source: str) -> None:
    with open(source, "rb") as content, open(target, "r+b") as file:
        shutil.copyfileobj(content, file)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _copy_mode_and_owner(descriptor: int, path: str, mode: int) -> None:
    """Copy mode and owner from the file to be replaced. A refusal is ignored: many file systems do
    that in many ways. Never by the new file's path: the folder's owner could put a link there."""
    with contextlib.suppress(OSError):
        replaced = os.lstat(path)
        if not stat.S_ISREG(replaced.st_mode) or not hasattr(os, "fchown"):
            return
        with contextlib.suppress(OSError):
            os.fchown(descriptor, replaced.st_uid, replaced.st_gid)
        hidden = 0 if mode & _OTHERS else _OTHERS
        os.fchmod(descriptor, stat.S_IMODE(replaced.st_mode) & ~hidden)
