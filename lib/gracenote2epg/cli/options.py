"""The options of the command line, made from the table of settings."""

import argparse
import re
from typing import Any, Dict, NamedTuple, NoReturn, Optional, Sequence, Tuple

from ..config.settings import Setting, all_settings
from ..errors import UsageError


class Command(NamedTuple):
    """What to do, beside the settings."""

    action: str
    config_file: Optional[str]
    stage: str
    assign: Sequence[str]
    restore: Optional[str]  # the day of a backup; "" = the latest; None = nothing is restored
    json: bool


def read_options(program: str, words: Sequence[str]) -> Tuple[Dict[str, str], Command]:
    """The settings given as options, as text, and what to do. Raises UsageError."""
    parser = _parser(program)
    parsed = vars(parser.parse_args(words))
    asked = Command(*[parsed.pop(name) for name in Command._fields])
    if asked.assign and asked.action not in ("grab", "match"):
        parser.error("--assign goes with --match")
    if asked.json and asked.action not in ("doctor", "health", "diff"):
        parser.error("--json goes with --doctor, --health and --diff")
    if asked.assign:
        asked = asked._replace(action="match")
    if asked.restore is not None:
        asked = asked._replace(action="restore")
    cache = parsed.pop("cache")
    given = {name: value for name, value in parsed.items() if value is not None}
    if cache:
        given.setdefault("data_dir", cache)
    return given, asked


# Options that stand for a value of a setting.
SHORTCUTS = {
    "max_workers": ("--no-parallel", "1", "one download after the other: --workers 1"),
    "worse_below": ("--force", "0", "publish a worse guide this time: --worse-below 0"),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(self.prog, _without_values(message))


def _without_values(message: str) -> str:
    """Of an option that there is not the value may be a password; a stray word a postal code."""
    text, mark, words = message.partition("unrecognized arguments: ")
    options = [word.split("=")[0] for word in words.split() if word.startswith("-")]
    shown = " ".join(options) or re.sub(r"\S*\d\S*", "(hidden)", words)
    return text + mark + shown


def _parser(program: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=program,
        usage="%(prog)s --postal 90210 [options]",
        description="Writes the TV listings of your lineup as an XMLTV guide.",
        epilog="Every option is a variable too: --days is GRACENOTE_DAYS. Try --demo first.",
        allow_abbrev=False,
    )
    actions = parser.add_argument_group("What to do (default: grab the guide)")
    one = actions.add_mutually_exclusive_group()
    for option, text in (
        ("find-lineups", "show the lineups of the postal code"),
        ("list-stations", "show the stations of the lineup"),
        ("match", "show which station each channel of Tvheadend or the playlist means"),
        ("doctor", "find out why the guide is empty, and what to do about it"),
        ("health", "show how good the published guide is, and what would make it better"),
        ("diff", "show what changed since the guide before"),
        ("serve", "stay, grab on a schedule, and serve the page and /guide.xml"),
        ("demo", "grab a made-up guide from this machine, to see how it works"),
        ("configure", "ask what the guide shall have, and write the config file"),
        ("configure-api", "say in XML what to ask, for programs that configure grabbers"),
        ("list-channels", "write all channels of the lineup, as XMLTV"),
    ):
        one.add_argument(
            f"--{option}",
            action="store_const",
            dest="action",
            const=option,
            default="grab",
            help=text,
        )
    one.add_argument(
        "--restore",
        nargs="?",
        const="",
        metavar="YYYY-MM-DD",
        help="put the guide of that day back, or the one before the present one",
    )
    for option, text in (
        ("description", "say what this grabber covers"),
        ("capabilities", "say what this grabber can do"),
        ("version", "say which version this is"),
        ("preferredmethod", "say how this grabber is called best: for all days at once"),
    ):
        actions.add_argument(
            f"--{option}", action="store_true", default=argparse.SUPPRESS, help=text
        )
    actions.add_argument(
        "--assign",
        action="append",
        default=[],
        metavar="CHANNEL=STATION",
        help="remember it for --match and the guide; CHANNEL= forgets it, CHANNEL=- is none",
    )
    actions.add_argument(
        "--stage", metavar="NAME", default="start", help="with --configure-api: which questions"
    )
    actions.add_argument("--info", "--man", action="help", help="show this")
    actions.add_argument(
        "--json",
        action="store_true",
        help="with --doctor, --health and --diff: for programs to read",
    )
    groups: Dict[str, Any] = {}
    for row in all_settings():
        if row.group not in groups:
            groups[row.group] = parser.add_argument_group(row.group)
        _add(groups[row.group], row)
    groups["Running"].add_argument(
        "--config-file",
        metavar="FILE",
        help="a file of key=value lines (default: in ~/.xmltv)",
    )
    groups["Output"].add_argument(
        "--cache", metavar="FOLDER", nargs="?", help="XMLTV's word for --data-dir"
    )
    return parser


def _add(group: Any, row: Setting) -> None:
    text = (
        f"{row.help} ({row.kind.allowed})" if row.kind.name in ("integer", "choice") else row.help
    )
    if row.kind.name == "boolean":
        text += " (default: {})".format("on" if row.default else "off")
        group.add_argument(*row.options, dest=row.name, action="store_const", const="on", help=text)
        no = [option.replace("--", "--no-", 1) for option in row.options]
        group.add_argument(
            *no,
            dest=row.name,
            action="store_const",
            const="off",
            help=f"the opposite of {row.options[0]}" if row.default else argparse.SUPPRESS,
        )
    else:
        if row.default not in ("", ()) and row.group != "Source":
            text += f" (default: {row.default})"
        group.add_argument(*row.options, dest=row.name, metavar=_metavar(row), help=text)
    if row.name in SHORTCUTS:
        option, value, text = SHORTCUTS[row.name]
        group.add_argument(option, dest=row.name, action="store_const", const=value, help=text)


def _metavar(row: Setting) -> str:
    names = {
        "integer": "N",
        "list": "A,B",
        "path": "PATH",
        "place": "PATH",
        "postal": "CODE",
        "url": "URL",
    }
    return names.get(row.kind.name, "TEXT")
