"""After a run with its place in the options: the offer to save the place in the config file."""

import contextlib
import os
import sys
from typing import Optional

from ..clock import Clock
from ..config import paths, saving
from ..config.settings import Config, as_text
from ..config.sources import OPTION
from ..store.choices import SAVE_OFFERED, Choices
from .stdio import print_out

NAMES = ("postal_code", "lineup", "channels")


def on_terminal() -> bool:
    """Whether a user can answer."""
    return all(stream and stream.isatty() for stream in (sys.stdin, sys.stderr))


def offer(settings: Config, config_file: Optional[str], clock: Clock) -> None:
    """Ask on a terminal, print the lines elsewhere; once for each place, and only if there is no
    config file yet. Raises OutputError."""
    file = config_file or paths.default_config_file(os.environ)
    values = {
        name: as_text(getattr(settings, name))
        for name in NAMES
        if settings.origins.get(name, "").startswith(OPTION)
    }
    lines = [f"{name}={text}" for name, text in values.items()]
    choices = Choices(settings.data_dir, clock)
    is_place = "postal_code" in values or "lineup" in values
    if not (file and is_place) or os.path.exists(file) or choices.get(SAVE_OFFERED, []) == lines:
        return
    choices.put(SAVE_OFFERED, lines)
    if not on_terminal():
        print_out(f"To run without options, write into {file}: {'  '.join(lines)}")
        return
    from .configure import Back, Prompt, Quit  # loads requests

    prompt = Prompt(sys.stdin, sys.stderr)
    question = f"Save {' '.join(lines)} in {file}, to run without options?"
    with contextlib.suppress(Back, Quit):
        if prompt.confirm(question, "yes"):
            saving.save(file, values, clock.now())
            prompt.print("Saved.")
