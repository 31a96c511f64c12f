"""stdout and stderr as callers give them: closed, full, gone, not waiting, or poor in letters."""

import contextlib
import io
import os
import sys
from typing import Any, BinaryIO, Iterable, Iterator, List, Tuple

from ..util.sanitize import escape_controls

PATIENCE = 600.0  # seconds for a reader who lets us wait

_hidden: List[Tuple[str, str]] = []  # what no line to stderr may hold, and what stands for it


def set_redactions(secrets: Iterable[Tuple[str, str]]) -> None:
    """Keep these out of stderr from now on: whoever calls us may log it."""
    _hidden[:] = secrets


def print_out(text: str) -> None:
    """To stdout, whatever letters it can show; a reader who went away is found out at once."""
    text = escape_controls(text)
    if sys.stdout is None:  # closed by our caller
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    with _to_stdout():
        print(text.encode(encoding, "replace").decode(encoding), flush=True)


def write_stdout(file: BinaryIO) -> None:
    """All of the file to stdout as it is, also through a pipe that does not wait for its reader.

    Raises OutputError, and BrokenPipeError when the reader is gone.
    """
    with _to_stdout():
        if sys.stdout is None:
            raise OSError("it is closed")
        sys.stdout.flush()
        out = sys.stdout.fileno()
        for piece in iter(lambda: file.read(1 << 16), b""):
            left = memoryview(piece)
            while left:
                left = left[_write(out, left) :]


def send_text(text: str) -> None:
    """A document to stdout: in UTF-8, whatever the locale says."""
    write_stdout(io.BytesIO(text.encode("utf-8")))


def _write(out: int, data: memoryview) -> int:
    try:
        return os.write(out, data)
    except BlockingIOError:
        import select

        if not select.select((), (out,), (), PATIENCE)[1]:
            raise OSError(f"nobody has read it for {PATIENCE:.0f} s") from None
        return 0


@contextlib.contextmanager
def _to_stdout() -> Iterator[None]:
    """Tell what stdout says: a disk may be full there too. A reader who is gone is no error."""
    from ..errors import OutputError, os_error_text

    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _drop_stdout()
        raise OutputError("to stdout", os_error_text(error)) from error


def broken_pipe() -> int:
    """Nobody reads our stdout any more; return the exit code."""
    _drop_stdout()
    return 141


def _drop_stdout() -> None:
    """Python must not try once more at the end, and complain."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_err(text: str) -> None:
    """A line to stderr if it goes: not through Python's buffer, which would keep what a full pipe
    does not take, and fail once more at the end.
    """
    if _hidden:
        from ..util.redact import redact  # where nothing is set yet, nothing of it is loaded

        text = redact(text, tuple(_hidden))
    text = escape_controls(text)
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
        encoding = sys.stderr.encoding or "utf-8"
        line = f"gracenote2epg: {text}\n".encode(encoding, "backslashreplace")
        os.write(sys.stderr.fileno(), line)


def write(stream: Any, text: str) -> None:
    """To a stream that may be full, closed or gone: that must not end the run."""
    with contextlib.suppress(OSError, ValueError):
        stream.write(text)
        stream.flush()
