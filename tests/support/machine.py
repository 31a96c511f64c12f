"""A user's machine: a home of its own, the stand-in as the source, and child processes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any, Callable, Dict, List

import pytest

from support import ROOT
from gracenote2epg.demo import DemoServer

GRABBER = os.path.join(ROOT, "bin", "tv_grab_gracenote2epg")
# What Tvheadend's children inherit blocked (SigBlk of a grab: fffffffe7ffbba13).
BLOCKED = ("SIGINT", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE")


root_only = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may do that"
)


class Ended:
    def __init__(self, code: int, out: bytes, err: bytes, seconds: float = 0.0) -> None:
        self.code, self.out, self.err = code, out.decode(), err.decode()
        self.seconds = seconds


class Box:
    """A user's machine: a home of its own, and the stand-in as the source."""

    def __init__(self, server: DemoServer, home: Any) -> None:
        self.home = str(home)
        self.environment: Dict[str, str] = {
            "HOME": self.home,
            "PATH": "/usr/bin:/bin",
            "TZ": "America/New_York",
            "PYTHONPATH": os.path.join(ROOT, "lib"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "GRACENOTE_BASE_URL": server.url,
            "GRACENOTE_WORKER_STRATEGY": "aggressive",
            "GRACENOTE_DETAILS": "no",
            "GRACENOTE_DAYS": "1",
        }

    @property
    def data(self) -> str:
        return os.path.join(self.home, ".local/share/gracenote2epg")

    @property
    def guide(self) -> str:
        return os.path.join(self.data, "xmltv.xml")

    def start(self, command: List[str], **more: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command,
            env={**self.environment, **more},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, command: List[str], **more: str) -> Ended:
        with self.start(command, **more) as process:
            out, err = process.communicate(timeout=60)
            return Ended(process.returncode, out, err)

    def cli(self, *words: str, **more: str) -> Ended:
        return self.run([sys.executable, "-m", "gracenote2epg", *words], **more)


class Tvheadend:
    """A Tvheadend on the user's machine: calls the grabber as the real one does.

    By its path and its first line, stdin from /dev/null, cwd /, umask 0, most signals blocked,
    stderr a pipe that is shared with others and does not wait, and an environment of its own.
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

    def start(self, *words: str, stderr: Any, **more: str) -> "subprocess.Popen[bytes]":
        environment = {**self.environment, **more}
        return subprocess.Popen(
            [self.grabber, *words],
            env={name: value for name, value in environment.items() if value},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            preexec_fn=_as_tvheadend,
        )

    def call(self, *words: str, full_stderr: bool = False, **more: str) -> Ended:
        """Call it; ``more`` changes the environment, and "" takes a variable out of it."""
        read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        with contextlib.suppress(BlockingIOError):
            while full_stderr:
                os.write(write_end, b"[others' words]\n")
        began = time.monotonic()
        with self.start(*words, stderr=write_end, **more) as process:
            os.close(write_end)
            out, _ = process.communicate(timeout=60)
        seconds = time.monotonic() - began
        with open(read_end, "rb") as pipe:
            err = pipe.read().replace(b"[others' words]\n", b"")
        return Ended(process.returncode, out, err, seconds)


def python_on_path(folder: Any) -> str:
    """A folder for PATH in which python3 is the interpreter of these tests."""
    found = os.path.join(str(folder), "python")
    os.makedirs(found, exist_ok=True)
    name = os.path.join(found, "python3")
    with open(name, "w", encoding="utf-8") as script:
        script.write(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    os.chmod(name, 0o755)
    return found


def as_nobody(work: Callable[[], Any]) -> Any:
    """What ``work`` returns, as JSON tells it, to a user who owns nothing; root may ask that."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgid(65534)
            os.setuid(65534)
            said = work()
        except BaseException as error:
            said = repr(error)
        os.write(write_end, json.dumps(said).encode())
        os._exit(0)
    os.close(write_end)
    with open(read_end, "rb") as pipe:
        said = json.loads(pipe.read())
    os.waitpid(child, 0)
    return said


def _as_tvheadend() -> None:
    os.umask(0)
    signal.pthread_sigmask(signal.SIG_BLOCK, {getattr(signal, name) for name in BLOCKED})
