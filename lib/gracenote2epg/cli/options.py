"""The options of the command line, made from the table of settings."""

import argparse
import contextlib
import functools
import re
import sys
from typing import Any, Dict, List, Mapping, NamedTuple, NoReturn, Optional, Sequence, Tuple

from ..config import types
from ..config.settings import Setting, all_settings
from ..errors import UsageError
from ..util.format import did_you_mean

# Options that stand for a value of a setting.
SHORTCUTS = {
    "max_workers": ("--no-parallel", "1", "one download at a time: --workers 1"),
    "worse_below": ("--force", "0", "publish a worse guide this time: --worse-below 0"),
}
# What gracenote2epg 1.x and 2.0 called them; Tvheadend users have these in their set-up.
FORMER = {"postal_code": ("--zip", "--code"), "lineup": ("--lineupid",)}
# Options of earlier versions, and how many values they take.
WITHOUT_EFFECT = {
    "--langdetect": 1, "--refresh": 1, "--norefresh": 0, "--basedir": 1, "--warning": 0, "-w": 0,
}  # fmt: skip
_SHORT = {"output": "-o", "quiet": "-q"}
_OF_THE_ADDON = ("hour", "at_start", "not_while_playing")  # useless on a command line
_ACTIONS = (
    ("find-lineups", "list the lineups of the postal code"),
    ("list-stations", "list the stations of the lineup"),
    ("match", "show which station each channel of Tvheadend or the playlist matches"),
    ("doctor", "find out why the guide is empty, and what to do about it"),
    ("health", "show how good the published guide is, and what would make it better"),
    ("tonight", "show what is on tonight, by channel, from what is stored"),
    ("diff", "show what changed since the previous guide"),
    ("forget-limit", "forget the source's limit that earlier runs met: go at full speed again"),
    ("notify-test", "send a message to each address in notify, and show whether it was sent"),
    ("serve", "keep running: grab on a schedule, and serve the page and /guide.xml"),
    ("configure", "ask for lineup, channels and player, and write the config file"),
    ("configure-api", "print the questions as XML, for programs that configure grabbers"),
    ("list-channels", "print all channels of the lineup, as XMLTV"),
)
# What --demo can do with its made-up source.
_OF_THE_DEMO = ("grab", "find-lineups", "list-stations", "health", "tonight", "serve")
_WITH_DEMO = ", ".join(f"--{name}" for name in _OF_THE_DEMO[1:])
_ANSWERS = (
    ("description", "print what this grabber covers"),
    ("capabilities", "print what this grabber can do"),
    ("version", "print the version"),
    ("preferredmethod", "print how to call this grabber: for all days at once"),
)
_METAVARS = {  # by the name of a setting's kind
    "integer": "N", "list": "A,B", "path": "PATH", "place": "PATH", "postal": "CODE", "url": "URL",
}  # fmt: skip

_HELP = """usage: {program} [CODE] [options]

Writes the TV listings of your lineup as an XMLTV guide.

  CODE, --postal CODE     your ZIP or Canadian postal code: 90210, J3B1M4
  --lineup ID             a cable or satellite lineup; without it, the antenna's
  --channels A,B          only these: 2.1, 19629, WABC, 2-61; all but these: !7.1
  --days N                days of listings, from 1 to 14 (7)
  --output PATH           where the guide goes; - is stdout
  --profile NAME          the player that it is for: plex, jellyfin, kodi, tvheadend …
  --find-lineups          the lineups of the postal code; --list-stations: the stations of one
  --configure             answer some questions instead, and keep the answers
  --serve                 keep running, with a page, and /guide.xml for players
  --tonight               what is on tonight
  --doctor                why is the guide empty? --health: how good is it?

  {program} --demo --tonight                       a made-up guide, to see how it works
  {program} 90210 --find-lineups                   what is there
  {program} 90210 --lineup USA-NY31519-X --output xmltv.xml

All options: --help all; those of a group: --help guide, output, tvheadend, downloads …
Every setting is a variable too: --days is GRACENOTE_DAYS.
"""


class Command(NamedTuple):
    """The command line, except for its settings. typed: an option as the user wrote it, by the
    setting's name; only those that take a value."""

    action: str
    config_file: Optional[str]
    stage: str
    assign: Sequence[str]
    restore: Optional[str]  # the day of a backup; "" = the latest; None = no --restore
    json: bool
    typed: Mapping[str, str]
    program: str  # the name to call it by
    without_effect: Sequence[str]  # options of earlier versions
    demo: bool  # run it against the made-up source


def read_options(program: str, words: Sequence[str]) -> Tuple[Dict[str, str], Command]:
    """The settings given as options, as text, and the command. Raises UsageError."""
    parser = _parser(program)
    given = parser.parse_args(words, argparse.Namespace(typed={}, without_effect=[]))
    values = {**vars(given), "program": program}
    code = "".join(values.pop("code"))
    command = Command(*[values.pop(name) for name in Command._fields])
    if code:
        values["postal_code"] = values["postal_code"] or _postal_code(parser, code)
    if command.assign and command.action not in ("grab", "match"):
        parser.error("--assign goes with --match")
    if command.assign:
        command = command._replace(action="match")
    if command.json and command.action not in ("doctor", "health", "diff", "match"):
        parser.error("--json goes with --doctor, --health, --diff and --match")
    if command.restore is not None:
        command = command._replace(action="restore")
    if command.demo and command.action not in _OF_THE_DEMO:
        parser.error(f"--demo goes with these commands only: {_WITH_DEMO}")
    cache = values.pop("cache")
    options = {name: value for name, value in values.items() if value is not None}
    if cache:
        options.setdefault("data_dir", cache)
    return options, command


def _postal_code(parser: argparse.ArgumentParser, word: str) -> str:
    with contextlib.suppress(ValueError):
        return str(types.postal.parse(word))
    near = did_you_mean(f"--{word}", parser._option_string_actions)
    parser.error(f"only {types.postal.allowed} may stand without an option{near}")


_OF_ARGPARSE = ("positional", "options", "optional")  # groups without an option of ours


class _Help(argparse.Action):
    """--help, --help all, or --help GROUP."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        groups = _groups(parser)
        word = "all" if option in ("--info", "--man") else (values or "").lower()
        if word == "all":
            text = parser.format_help()
        elif word in groups:
            formatter = parser._get_formatter()
            formatter.start_section(groups[word].title)
            formatter.add_arguments(groups[word]._group_actions)
            formatter.end_section()
            text = formatter.format_help()
        elif not word:
            text = _HELP.format(program=parser.prog)
        else:
            parser.error(f"there is no --help {word}{did_you_mean(word, ['all', *groups])}")
        parser._print_message(text, sys.stdout)
        parser.exit()


def _groups(parser: Any) -> Dict[str, Any]:
    """The groups of options, by the first word of their title."""
    titled = {group.title.split()[0].lower(): group for group in parser._action_groups}
    return {name: group for name, group in titled.items() if name not in _OF_ARGPARSE}


class _Typed(argparse.Action):
    """Stores a value, and the name by which the option was given."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        setattr(namespace, self.dest, values)
        namespace.typed[self.dest] = option


class _WebCode(_Typed):
    """Without a value, --web-code is a command: it prints the code."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        if values is None:
            namespace.action = "web-code"
        else:
            super().__call__(parser, namespace, values, option)


class _WithoutEffect(argparse.Action):
    """Takes an option of an earlier version, and remembers it."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        namespace.without_effect = [*namespace.without_effect, option]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        text, mark, words = message.partition("unrecognized arguments: ")
        if not mark:
            raise UsageError(self.prog, message)
        shown = _without_values(words)
        first = shown.split()[0].lstrip("-")
        names = [
            name
            for name, action in self._option_string_actions.items()
            if name.startswith("--") and action.help != argparse.SUPPRESS
        ]
        raise UsageError(self.prog, f"{text}{mark}{shown}{did_you_mean('--' + first, names)}")


def _without_values(words: str) -> str:
    """Hide values of unknown options: they may be passwords or postal codes."""
    options = [word.split("=")[0] for word in words.split() if word.startswith("-")]
    return " ".join(options) or re.sub(r"\S*\d\S*", "(hidden)", words)


@functools.lru_cache(maxsize=None)
def _parser(program: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=program,
        usage="%(prog)s [CODE] [options]",
        description="Writes the TV listings of your lineup as an XMLTV guide.",
        epilog="Every setting is a variable too: --days is GRACENOTE_DAYS. Try --demo first.",
        allow_abbrev=False,
        add_help=False,
    )
    hidden = argparse.SUPPRESS
    parser.add_argument("code", nargs="*", help=hidden)
    commands = parser.add_argument_group("Commands (default: grab the guide)")
    one_of = commands.add_mutually_exclusive_group()
    actions = [(name, name, text) for name, text in _ACTIONS]
    for name, action, text in (*actions, ("show-lineup", "find-lineups", hidden)):
        one_of.add_argument(
            f"--{name}", action="store_const", dest="action", const=action, help=text
        )
    parser.set_defaults(action="grab")
    text = "bring back the guide of that day, or the one before the present guide"
    one_of.add_argument("--restore", nargs="?", const="", metavar="YYYY-MM-DD", help=text)
    for name, text in _ANSWERS:
        commands.add_argument(f"--{name}", action="store_true", default=hidden, help=text)
    text = "assign this station to this channel for good; CHANNEL= undoes it, CHANNEL=-: none"
    commands.add_argument(
        "--assign", action="append", default=[], metavar="CHANNEL=STATION", help=text
    )
    text = f"a made-up guide from this machine, to see how it works; also with {_WITH_DEMO}"
    commands.add_argument("--demo", action="store_true", help=text)
    text = "with --configure-api: which questions"
    commands.add_argument("--stage", metavar="NAME", default="start", help=text)
    text = "the most used options; with all, every option; with GROUP, those of a group"
    names = ("-h", "--help", "--info", "--man")
    commands.add_argument(*names, action=_Help, nargs="?", metavar="GROUP", help=text)
    text = "with --doctor, --health, --diff and --match: print JSON"
    commands.add_argument("--json", action="store_true", help=text)
    for name, values in WITHOUT_EFFECT.items():
        parser.add_argument(name, action=_WithoutEffect, nargs=values, help=hidden)
    groups: Dict[str, Any] = {}
    for setting in all_settings():
        if setting.group not in groups:
            groups[setting.group] = parser.add_argument_group(setting.group)
        _add(groups[setting.group], setting)
    text = "a file of key=value lines (default: in ~/.xmltv)"
    groups["Running"].add_argument("--config-file", metavar="FILE", help=text)
    text = "XMLTV's name for --data-dir"
    groups["Output"].add_argument("--cache", metavar="FOLDER", nargs="?", help=text)
    return parser


def _add(group: Any, setting: Setting) -> None:
    name, kind, text = setting.name, setting.kind, setting.help
    names: List[str] = [*setting.options, *filter(None, [_SHORT.get(name)])]
    if kind.name in ("integer", "choice"):
        text = f"{text} ({kind.allowed})"
    if kind.name == "boolean":
        text += " (default: {})".format("on" if setting.default else "off")
        text = argparse.SUPPRESS if name in _OF_THE_ADDON else text
        group.add_argument(*names, dest=name, action="store_const", const="on", help=text)
        negated = [option.replace("--", "--no-", 1) for option in setting.options]
        text = f"the opposite of {setting.options[0]}" if setting.default else argparse.SUPPRESS
        group.add_argument(*negated, dest=name, action="store_const", const="off", help=text)
    else:
        if setting.default not in ("", ()) and setting.group != "Source":
            text += f" (default: {setting.default})"
        text = argparse.SUPPRESS if name in _OF_THE_ADDON else text
        metavar = _METAVARS.get(kind.name, "TEXT")
        if name == "web_code":
            text = "print the code that the page asks for; with a value: fix it"
            group.add_argument(*names, action=_WebCode, nargs="?", metavar="CODE", help=text)
        else:
            group.add_argument(*names, action=_Typed, dest=name, metavar=metavar, help=text)
        for option in FORMER.get(name, ()):
            group.add_argument(option, action=_Typed, dest=name, help=argparse.SUPPRESS)
    if name in SHORTCUTS:
        option, value, text = SHORTCUTS[name]
        group.add_argument(option, dest=name, action="store_const", const=value, help=text)
