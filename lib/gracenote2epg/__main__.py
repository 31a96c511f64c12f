"""Entry point of ``python -m gracenote2epg`` and of the installed commands."""

import sys

from .cli.grabber_info import static_answer


def run() -> None:
    """gracenote2epg; as a grabber if the program's name begins with tv_grab_."""
    answer = static_answer(sys.argv[1:])
    if answer and sys.stdout:
        try:
            sys.stdout.write(f"{answer}\n")
            sys.stdout.flush()
            sys.exit(0)
        except OSError:  # main reports it
            pass
    from .cli.main import main
    from .clock import SYSTEM

    sys.exit(main(sys.argv, SYSTEM))


if __name__ == "__main__":
    run()
