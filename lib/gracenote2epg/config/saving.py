"""Save settings in a config file; its comments and other lines stay."""

import os
import re
from typing import Iterator, List, Mapping

from ..errors import OutputError, Sentence, SettingError, os_error_text
from ..util.files import locked, read_limited, write_text
from . import types
from .settings import Setting, all_settings

HEAD = "# Settings of gracenote2epg; docs/settings.md has all keys."


def save(
    file: str, values: Mapping[str, str], now: float, comments: Mapping[str, str] = {}
) -> None:
    """Replace the lines of these settings, or add some, in one step; "" removes a setting.

    values: as texts, by name. now: seconds since the epoch. comments: what the words of lists mean;
    a list with such a word has a line for each.

    A new file is readable by its owner only, and an older one no longer by others, because it may
    hold a password. Raises OutputError, and SettingError for a text that no line can hold; the file
    is then unchanged.
    """
    rows = {row.name: row for row in all_settings()}
    new = {name: [*_lines(rows[name], text, comments)] for name, text in values.items()}
    keys = {key: name for name in values for key in (name, *rows[name].aliases)}
    try:
        os.makedirs(os.path.dirname(os.path.realpath(file)), exist_ok=True)
        with locked(file):
            lines: List[str] = []
            for line in _present_lines(file) or [HEAD]:
                name = keys.get(re.split("[=!]", line)[0].strip().replace("-", "_"), "")
                # The new lines stand where the first old one was.
                lines += new.pop(name, []) if name else [line]
            for added in new.values():
                lines += added
            write_text(file, "\n".join(lines) + "\n", now, 0o600)
    except OSError as error:
        advice = "Name another one with --config-file"
        raise OutputError(file, os_error_text(error), advice) from error


def _present_lines(file: str) -> List[str]:
    try:
        return read_limited(file).decode("utf-8-sig").splitlines() if os.path.exists(file) else []
    except (OSError, ValueError) as error:
        detail = f"the existing file cannot be read: {os_error_text(error)}"
        raise OutputError(file, detail) from error


def _lines(row: Setting, text: str, comments: Mapping[str, str]) -> Iterator[str]:
    words = text.replace(",", " ").split() if row.kind is types.words else []
    if any(comments.get(word) for word in words):
        key = [*row.aliases, row.name][0]  # channel=…, as other grabbers have it
        for word in words:
            comment = " ".join(comments.get(word, "").split())
            yield f"{key}={_quoted(row, word)}" + (f"  # {comment}" if comment else "")
    elif text:
        yield f"{row.name}={_quoted(row, text)}"


def _quoted(row: Setting, text: str) -> str:
    """The text for a line: in quotes if it has a "#", begins with a quote, or has spaces at an end.
    Raises SettingError."""
    needs_quotes = "#" in text or text[0] in "'\"" or text != text.strip()
    quotes = [quote for quote in "\"'" if quote not in text] if needs_quotes else [""]
    if not quotes or not text.isprintable():
        shown = row.kind.display(text)
        english = "one line of text without both kinds of quotes"
        raise SettingError(row.name, shown, "", Sentence("allowed_quotable", english))
    return f"{quotes[0]}{text}{quotes[0]}"
