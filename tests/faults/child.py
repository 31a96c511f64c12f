"""The command line in a hurry, for a process of its own."""

import os
import sys
import threading
import time
from typing import Any, Dict, Mapping, Sequence

from gracenote2epg import cli, publish
from gracenote2epg.store import Store
from gracenote2epg.summary import Summary

from .hurry import hurry

STREAMS = (".out", ".err")
NO_SPARE = "FAULTS_NO_SPARE"  # write until the disk is really full, not until it is nearly so


class _ForEver:
    """Sets what pytest's MonkeyPatch would undo."""

    @staticmethod
    def setattr(module: Any, name: str, value: Any) -> None:
        setattr(module, name, value)

    @staticmethod
    def setitem(into: Dict[str, Any], name: str, value: Any) -> None:
        into[name] = value


def main(words: Sequence[str]) -> int:
    """The command line with these words; its exit code."""
    hurry(_ForEver)
    return cli.main(["gracenote2epg", *words])


def run(words: Sequence[str], environment: Mapping[str, str], said: str) -> None:
    """The same with this environment. said: the beginning of the names of two files for what it
    says.
    """
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    for descriptor, name in enumerate(STREAMS, 1):
        os.dup2(os.open(said + name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
    if NO_SPARE in environment:
        publish.SPARE = -1 << 40
    sys.exit(main(words))


def publish_often(data_dir: str, path: str, letter: str, times: int) -> None:
    """Publish guides that are full of this letter, from the data directory."""
    pieces = ["<tv>\n", *[letter * 9999] * 50, "</tv>\n"]
    with Store(data_dir) as store:
        for _ in range(times):
            what = Summary(1, 0, [0, 1], {}, {}, {}, [])
            publish.publish(store, path, pieces, [what], "", threading.Event())
