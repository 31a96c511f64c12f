"""Robust stdout and stderr: they may be closed, full, non-blocking, or not UTF-8."""

import contextlib
import io
import os
import sys
from typing import Any, BinaryIO, Iterator

from ..util.sanitize import escape_controls

PLATFORM = sys.platform


READER_TIMEOUT = 600.0  # seconds without progress


def print_out(text: str) -> None:
    """Print a line to stdout; characters outside its encoding are replaced.

    Raises OutputError, and BrokenPipeError when the reader is gone.
    """
    text = escape_controls(text)
    if sys.stdout is None:  # closed by the caller
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    with _stdout_errors():
        print(text.encode(encoding, "replace").decode(encoding), flush=True)


def write_stdout(file: BinaryIO) -> None:
    """Copy the whole file to stdout, also through a non-blocking pipe.

    Raises OutputError, and BrokenPipeError when the reader is gone.
    """
    with _stdout_errors():
        if sys.stdout is None:
            raise OSError("it is closed")
        sys.stdout.flush()
        out = sys.stdout.fileno()
        for chunk in iter(lambda: file.read(1 << 16), b""):
            rest = memoryview(chunk)
            while rest:
                rest = rest[_write(out, rest) :]


def send_text(text: str) -> None:
    """Write a document to stdout, in UTF-8 whatever the locale is. Raises as ``write_stdout``."""
    write_stdout(io.BytesIO(text.encode("utf-8")))


def _write(out: int, data: memoryview) -> int:
    """Write once, or wait until that is possible; return the number of bytes written."""
    try:
        return os.write(out, data)
    except BlockingIOError:
        import select

        if not select.select((), (out,), (), READER_TIMEOUT)[1]:
            raise OSError(f"nobody has read it for {READER_TIMEOUT:.0f} s") from None
        return 0


@contextlib.contextmanager
def _stdout_errors() -> Iterator[None]:
    """Turn OSError into OutputError, but not BrokenPipeError: stdout may be on a full disk."""
    from ..errors import OutputError, os_error_text

    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _drop_stdout()
        raise OutputError("to stdout", os_error_text(error)) from error


def broken_pipe() -> int:
    """Give up stdout, whose reader is gone; return the exit code."""
    _drop_stdout()
    return 141


def _drop_stdout() -> None:
    """Keep Python from flushing again at exit, and complaining."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_err(text: str) -> None:
    """Print a line to stderr if possible. Unbuffered: Python's buffer would keep what a full pipe
    rejects, and fail again at exit.
    """
    from ..util.redact import redact_hidden  # only now: most commands print nothing here

    line = f"gracenote2epg: {escape_controls(redact_hidden(text))}\n"
    with contextlib.suppress(OSError, ValueError, AttributeError):
        if PLATFORM == "win32" and sys.stderr.isatty():  # bytes would be in the console's code page
            write(sys.stderr, line)
            return
        sys.stderr.flush()
        encoding = sys.stderr.encoding or "utf-8"
        os.write(sys.stderr.fileno(), line.encode(encoding, "backslashreplace"))


def can_redraw(stream: Any) -> bool:
    """Whether the stream is a terminal that obeys ANSI's cursor movements; never on Windows."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and PLATFORM != "win32"


def write(stream: Any, text: str) -> None:
    """Write to a stream whose failure must not end the run."""
    with contextlib.suppress(OSError, ValueError):
        stream.write(text)
        stream.flush()
