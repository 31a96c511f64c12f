"""The container's entry point: who runs, and whose the data folder is."""

import functools
import os
import pathlib
import subprocess
import tempfile

import pytest

from support import ROOT

ENTRYPOINT = os.path.join(ROOT, "docker", "entrypoint.sh")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not hasattr(os, "getuid") or os.getuid() != 0 or not os.path.exists("/usr/bin/setpriv"),
        reason="only root becomes somebody else, by setpriv of util-linux",
    ),
]


@pytest.fixture(name="start")
def _start():
    """Call it with who starts the container and its variables; returns what it prints, and the
    owners of the data folder and of what is in it."""
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are for one user only
        yield functools.partial(run, pathlib.Path(folder))


def run(folder, user, **variables):
    folder.chmod(0o755)
    program = folder / "gracenote2epg"
    program.write_text('#!/bin/sh\necho "$(id -u):$(id -g) $*"\n')
    program.chmod(0o755)
    data = folder / "data"
    data.mkdir(exist_ok=True)
    (data / "old").write_text("of an earlier container")
    command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    done = subprocess.run(
        [*command, ENTRYPOINT, "--serve"],
        env={"PATH": f"{folder}:/usr/bin:/bin", "GRACENOTE_DATA_DIR": str(data), **variables},
        capture_output=True,
        check=True,
        timeout=30,
    )
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in (data, data / "old")}
    return done.stdout.decode(), done.stderr.decode(), owners


def test_root_gives_the_folder_away_and_becomes_the_user(start):
    assert start(0, PUID="1234", PGID="100") == ("1234:100 --serve\n", "", {(1234, 100)})
    assert start(0) == ("1000:1000 --serve\n", "", {(1000, 1000)})


def test_anybody_else_runs_as_they_are_and_is_told_why(start):
    assert start(4321) == ("4321:4321 --serve\n", "", {(0, 0)})
    out, err, _ = start(4321, PUID="1234")
    assert out == "4321:4321 --serve\n"
    assert 'user: "0" in compose.yaml' in err
