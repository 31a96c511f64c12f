"""A user's machine with its own home and the fake source: the commands in this process (Terminal)
and as child processes (Box, Tvheadend)."""

import contextlib
import fcntl
import glob
import io
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any, Callable, Dict, Iterator, List
from unittest import mock

import pytest

from fake_gracenote import FakeGracenote
from gracenote2epg.cli import signals
from gracenote2epg.cli.main import main
from gracenote2epg.clock import Clock
from gracenote2epg.config.settings import ADDON_ID
from gracenote2epg.util import redact
from support import ROOT

GRABBER = os.path.join(ROOT, "bin", "tv_grab_gracenote2epg")
# What Tvheadend's children inherit blocked (SigBlk of a grab: fffffffe7ffbba13).
BLOCKED = ("SIGINT", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE")


root_only = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may do that"
)


@contextlib.contextmanager
def held_by_another_process(folder: str) -> Iterator[None]:
    """The files of this folder are being changed: a lock by another descriptor is one of another
    process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Result:
    def __init__(self, code: int, out: bytes, err: bytes, seconds: float = 0.0) -> None:
        self.code, self.out, self.err = code, out.decode(), err.decode()
        self.seconds = seconds

    @property
    def is_guide(self) -> bool:
        """Whether stdout is a whole guide."""
        return self.out.startswith("<?xml") and self.out.endswith("</tv>\n")

    def failed(self, code: int, out: str = "") -> bool:
        """Whether it ended with this code, one line on stderr, and this text on stdout."""
        return (self.code, self.out, self.err.count("\n")) == (code, out, 1)


class _Home:
    """The user's home and environment, with settings for short runs."""

    def __init__(self, server: FakeGracenote, home: Any) -> None:
        self.environment: Dict[str, str] = {
            "PATH": "/usr/bin:/bin",
            "TZ": "America/New_York",
            "GRACENOTE_BASE_URL": server.url,
            "GRACENOTE_WORKER_STRATEGY": "aggressive",
            "GRACENOTE_DETAILS": "no",
            "GRACENOTE_DAYS": "1",
        }
        self.move(home)

    def move(self, home: Any) -> None:
        self.home = self.environment["HOME"] = str(home)
        os.makedirs(self.home, exist_ok=True)  # or the one that the system knows is taken

    @property
    def data(self) -> str:
        return os.path.join(self.home, ".local/share/gracenote2epg")

    @property
    def guide(self) -> str:
        return os.path.join(self.data, "xmltv.xml")

    @property
    def stdout_copies(self) -> List[str]:
        """The guides for stdout, one for all settings that ask for the same."""
        return sorted(glob.glob(os.path.join(self.data, "stdout*.xml")))

    @property
    def log(self) -> str:
        with open(os.path.join(self.data, "gracenote2epg.log"), encoding="utf-8") as file:
            return file.read()


class Terminal(_Home):
    """The commands in this process, with the test's clock.

    ``run`` is gracenote2epg, ``grab`` is tv_grab_gracenote2epg for 90210. stdin: a text or a
    stream. variables: of the environment; "" removes one.
    """

    def __init__(self, server: FakeGracenote, home: Any, clock: Clock) -> None:
        super().__init__(server, home)
        self._clock = clock

    def run(self, *words: str, stdin: Any = "", **variables: str) -> Result:
        return self._main(["gracenote2epg", *words], stdin, variables)

    def grab(self, *words: str, stdin: Any = "", **variables: str) -> Result:
        variables = {"GRACENOTE_POSTAL_CODE": "90210", **variables}
        return self._main(["tv_grab_gracenote2epg", *words], stdin, variables)

    @contextlib.contextmanager
    def serving(self, *words: str) -> Iterator[List[Result]]:
        """``run`` in a thread until this context ends; then the list holds the result."""
        stop, results = threading.Event(), []
        events = [stop]

        @contextlib.contextmanager
        def stopping(*more: threading.Event) -> Iterator[threading.Event]:
            events.extend(more)
            yield stop

        with mock.patch.object(signals, "stop_on_signal", stopping):
            work = threading.Thread(target=lambda: results.append(self.run(*words)))
            work.start()
            try:
                yield results
            finally:
                for event in events:
                    event.set()
                work.join(30)

    def _main(self, argv: List[str], stdin: Any, variables: Dict[str, str]) -> Result:
        environment = {**self.environment, **variables}
        began = self._clock.monotonic()
        with contextlib.ExitStack() as undo:
            undo.callback(time.tzset)
            environment = {name: value for name, value in environment.items() if value}
            undo.enter_context(mock.patch.dict(os.environ, environment, clear=True))
            time.tzset()
            undo.enter_context(_own_logging())
            undo.callback(os.umask, os.umask(0o022))
            undo.enter_context(mock.patch.object(redact, "_hidden", ()))  # as a process begins
            stream = io.StringIO(stdin) if isinstance(stdin, str) else stdin
            undo.enter_context(mock.patch.object(sys, "stdin", stream))
            out, err = (undo.enter_context(_captured(name)) for name in ("stdout", "stderr"))
            code = main(argv, self._clock)
            return Result(code, out(), err(), self._clock.monotonic() - began)


@contextlib.contextmanager
def _captured(name: str) -> Iterator[Callable[[], bytes]]:
    """Replace stdout or stderr by a file; yield a function that reads it."""

    def written() -> bytes:
        stream.flush()
        file.seek(0)
        return file.read()

    with tempfile.TemporaryFile() as file:
        stream = io.TextIOWrapper(file, encoding="utf-8", write_through=True)
        with mock.patch.object(sys, name, stream):
            yield written


@contextlib.contextmanager
def _own_logging() -> Iterator[None]:
    logger = logging.getLogger("gracenote2epg")
    before, level, propagate = list(logger.handlers), logger.level, logger.propagate
    raising = logging.raiseExceptions
    try:
        yield
    finally:
        for handler in logger.handlers[:]:
            if handler not in before:
                logger.removeHandler(handler)
                handler.close()
        logger.setLevel(level)
        logger.propagate, logging.raiseExceptions = propagate, raising
        logging.captureWarnings(False)


class Box(_Home):
    """The commands as child processes, with the system's clock."""

    def __init__(self, server: FakeGracenote, home: Any) -> None:
        super().__init__(server, home)
        self.environment.update(PYTHONPATH=os.path.join(ROOT, "lib"), **no_bytecode_in_the_tree())

    def start(self, command: List[str], **variables: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command,
            env={**self.environment, **variables},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, command: List[str], **variables: str) -> Result:
        with self.start(command, **variables) as process:
            out, err = process.communicate(timeout=60)
            return Result(process.returncode, out, err)

    def cli(self, *words: str, **variables: str) -> Result:
        return self.run([sys.executable, "-m", "gracenote2epg", *words], **variables)


class Tvheadend:
    """Calls the grabber as Tvheadend does: by its path, with stdin from /dev/null, cwd /, umask 0,
    most signals blocked, a shared non-blocking pipe as stderr, and its own environment.
    """

    def __init__(self, box: Box, **environment: str) -> None:
        self._box = box
        self.grabber = GRABBER
        self.environment = {
            name: value
            for name, value in box.environment.items()
            if name.startswith("GRACENOTE_") or name in ("HOME", "TZ")
        }
        self.environment.update(
            PATH=f"{python_on_path(box.home)}:/usr/bin:/bin", GRACENOTE_POSTAL_CODE="90210"
        )
        self.environment.update(environment)

    def start(self, *words: str, stderr: Any, **variables: str) -> "subprocess.Popen[bytes]":
        environment = {**self.environment, **variables}
        return subprocess.Popen(
            [self.grabber, *words],
            env={name: value for name, value in environment.items() if value},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            preexec_fn=_as_tvheadend,
        )

    def call(self, *words: str, full_stderr: bool = False, **variables: str) -> Result:
        """variables: of the environment; "" removes one."""
        read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        with contextlib.suppress(BlockingIOError):
            while full_stderr:
                os.write(write_end, b"[others' words]\n")
        began = time.monotonic()
        with self.start(*words, stderr=write_end, **variables) as process:
            os.close(write_end)
            out, _ = process.communicate(timeout=60)
        seconds = time.monotonic() - began
        with open(read_end, "rb") as pipe:
            err = pipe.read().replace(b"[others' words]\n", b"")
        return Result(process.returncode, out, err, seconds)


def store_addon_settings(home: Any, text: str = "", **values: str) -> str:
    """Store settings of the add-on, or this text in their place, as Kodi does; return its
    profile."""
    rows = [f'<setting id="{name}">{value}</setting>' for name, value in values.items()]
    profile = os.path.join(str(home), ".kodi", "userdata", "addon_data", ADDON_ID)
    os.makedirs(profile, exist_ok=True)
    with open(os.path.join(profile, "settings.xml"), "w", encoding="utf-8") as file:
        file.write(text or f'<settings version="2">{"".join(rows)}</settings>')
    return profile


def no_bytecode_in_the_tree() -> Dict[str, str]:
    """The variables of a child process: what it compiles goes where this process's does."""
    if sys.pycache_prefix:
        return {"PYTHONPYCACHEPREFIX": sys.pycache_prefix}
    return {"PYTHONDONTWRITEBYTECODE": "1"}


def python_on_path(folder: Any) -> str:
    """A folder for PATH whose python3 is the interpreter of these tests."""
    path = os.path.join(str(folder), "python")
    os.makedirs(path, exist_ok=True)
    name = os.path.join(path, "python3")
    with open(name, "w", encoding="utf-8") as script:
        script.write(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    os.chmod(name, 0o755)
    return path


def as_nobody(work: Callable[[], Any]) -> Any:
    """The result of ``work``, as JSON, run by a user who owns nothing; only root can do that."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgid(65534)
            os.setuid(65534)
            result = work()
        except BaseException as error:
            result = repr(error)
        os.write(write_end, json.dumps(result).encode())
        os._exit(0)
    os.close(write_end)
    with open(read_end, "rb") as pipe:
        result = json.loads(pipe.read())
    os.waitpid(child, 0)
    return result


def _as_tvheadend() -> None:
    os.umask(0)
    signal.pthread_sigmask(signal.SIG_BLOCK, {getattr(signal, name) for name in BLOCKED})
