"""The command line as a process of its own, in a hurry: python -m faults.child --postal 90210."""

import os
import sys
from typing import Any, Dict, List

from gracenote2epg import cli, publish

from .hurry import hurry

NO_SPARE = "FAULTS_NO_SPARE"  # write until the disk is really full, not until it is nearly so


class _ForEver:
    """Sets what pytest's MonkeyPatch would undo."""

    @staticmethod
    def setattr(module: Any, name: str, value: Any) -> None:
        setattr(module, name, value)

    @staticmethod
    def setitem(into: Dict[str, Any], name: str, value: Any) -> None:
        into[name] = value


def main(words: List[str]) -> int:
    hurry(_ForEver)
    if NO_SPARE in os.environ:
        publish.SPARE = -1 << 40
    return cli.main(["gracenote2epg", *words])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
