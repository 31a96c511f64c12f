"""The way in, for ``python -m gracenote2epg`` and the installed commands: a doorbell."""

import sys

from .cli.grabber_info import static_answer
from .clock import SYSTEM


def run() -> None:
    """gracenote2epg, and tv_grab_gracenote2epg as a grabber."""
    said = static_answer(sys.argv[1:])
    if said and sys.stdout:
        try:
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()
            sys.exit(0)
        except OSError:  # what comes of that is told as of all else
            pass
    from .cli.main import main

    sys.exit(main(sys.argv, SYSTEM))


if __name__ == "__main__":
    run()
