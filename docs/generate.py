"""Writes docs/settings.md and docs/errors.md from the code; a test fails when they are stale."""

import inspect
import os
import sys
from typing import Dict, Iterator, List, Type

from gracenote2epg import config, errors

HERE = os.path.dirname(os.path.abspath(__file__))


def settings() -> str:
    lines = [
        "# Settings",
        "",
        "Each setting is an option (`--worker-strategy`), a variable",
        "(`GRACENOTE_WORKER_STRATEGY`), a key of the config file and a setting of the Kodi add-on",
        "(`worker_strategy`), by one rule. A value comes from the first of these that gives it:",
        "option, variable, config file, the add-on's settings, default. A true/false setting has",
        "`--x` and `--no-x`.",
        "",
        "The config file has `key=value` lines; `#` begins a comment. Unless `--config-file` names",
        "another, it is `~/.xmltv/tv_grab_gracenote2epg.conf`.",
    ]
    group = ""
    for row in config.table():
        if row.group != group:
            group = row.group
            lines += ["", f"## {group}", "", "| setting | options | default | what it is for |"]
            lines += ["|---|---|---|---|"]
        options = ", ".join(f"`{option}`" for option in row.options)
        if row.name == "max_workers":
            options += ", `--no-parallel` (1)"
        text = f"{row.help}. Allowed: {row.kind.allowed}"
        lines.append(f"| `{row.name}` | {options} | {_default(row.default)} | {text} |")
    return "\n".join(lines) + "\n"


def _default(value: object) -> str:
    if value in ("", ()):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def failures() -> str:
    lines = [
        "# Exit codes",
        "",
        "What went wrong is one line on stderr: what happened, and what to do about it.",
        "",
        "| code | name | meaning |",
        "|---|---|---|",
        "| 0 | | The guide is complete and published, or nothing was due |",
    ]
    for name, kind in sorted(_errors().items(), key=lambda item: (item[1].exit_code, item[0])):
        lines.append(f"| {kind.exit_code} | {name} | {_sentence(kind)} |")
    lines += [
        "| 70 | | A bug; the log has its story. The published guide is as it was |",
        "| 130, 143 | | Stopped by Ctrl-C, by SIGTERM; what had arrived is kept |",
    ]
    return "\n".join(lines) + "\n"


def _errors() -> Dict[str, Type[errors.GrabError]]:
    found = inspect.getmembers(errors, inspect.isclass)
    roots = (errors.GrabError, errors.SourceError, errors.Stopped)
    return {
        n: kind for n, kind in found if issubclass(kind, errors.GrabError) and kind not in roots
    }


def _sentence(kind: Type[errors.GrabError]) -> str:
    return " ".join((kind.__doc__ or "").split()).rstrip(".")


def pages() -> Iterator[List[str]]:
    """Each generated page: its path and its text."""
    yield [os.path.join(HERE, "settings.md"), settings()]
    yield [os.path.join(HERE, "errors.md"), failures()]


def main() -> None:
    for path, text in pages():
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        sys.stdout.write(f"{os.path.relpath(path)}\n")


if __name__ == "__main__":
    main()
