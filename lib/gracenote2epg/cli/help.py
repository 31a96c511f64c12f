"""--help on one screen, and what to say about an unknown word."""

import argparse
import sys
from typing import Any, Dict

from ..util.format import did_you_mean

_SHORT = """usage: {program} [CODE] [options]

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
  --doctor                why is the guide empty? --health: how good is it?

  {program} --demo                                 a made-up guide, to see how it works
  {program} 90210 --find-lineups                   what is there
  {program} 90210 --lineup USA-NY31519-X --output xmltv.xml

All options: --help all; those of a group: --help guide, output, tvheadend, downloads …
Every setting is a variable too: --days is GRACENOTE_DAYS.
"""


_OF_ARGPARSE = ("positional", "options", "optional")  # groups without an option of ours


class Help(argparse.Action):
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
            text = _SHORT.format(program=parser.prog)
        else:
            parser.error(f"there is no --help {word}{did_you_mean(word, ['all', *groups])}")
        parser._print_message(text, sys.stdout)
        parser.exit()


def _groups(parser: Any) -> Dict[str, Any]:
    """The groups of options, by the first word of their title."""
    titled = {group.title.split()[0].lower(): group for group in parser._action_groups}
    return {name: group for name, group in titled.items() if name not in _OF_ARGPARSE}
