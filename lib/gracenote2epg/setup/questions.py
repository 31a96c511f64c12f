"""What the set-up asks, and what a face hands in. The sentences are in the faces."""

import threading
from typing import Any, Callable, FrozenSet, Mapping, NamedTuple, Optional, Tuple

from ..channels import playlist
from ..channels.playlist import Playlist
from ..clock import Clock
from ..config.settings import Config
from ..util.redact import redact_playlist_url
from .earlier_grabber import EarlierGrabber

# Profiles to choose from. kodi stands for IPTV Simple, any for a file that any player reads.
PLAYERS = ("kodi", "tvheadend", "plex", "jellyfin", "channels", "mythtv", "any")


class Option(NamedTuple):
    """One of the answers to choose from.

    facts: of a lineup, its name, kind, place and number of stations (None = unknown); of a station,
    that GuideStation, its name for people, and the player's channel that means it ("" = none);
    of a way to choose channels, the address of IPTV Simple's playlist, without secrets.
    """

    value: str
    facts: Mapping[str, Any] = {}


class Question(NamedTuple):
    """What to ask now.

    step: its name in STEPS. kind: one, many, text, secret, or show, which is only to go on from.
    default: the proposed answer; of stations those marked. facts: what is shown beside it; see the
    step's function in steps.py. fixed: where the value comes from if it cannot be changed here,
    such as "the variable GRACENOTE_POSTAL_CODE"; any answer then goes on.
    """

    step: str
    kind: str
    default: Tuple[str, ...] = ()
    options: Tuple[Option, ...] = ()
    facts: Mapping[str, Any] = {}
    fixed: str = ""

    @property
    def is_secret(self) -> bool:
        """Whether the proposed answer is a password, or an address that holds one."""
        return self.kind == "secret" or any(redact_playlist_url(row) != row for row in self.default)


class Tools(NamedTuple):
    """What a face hands in.

    config: the settings of a run, with these texts in place of the present ones; raises
    SettingError. The texts hold passwords, so it has to hide them in the log. fixed: where settings
    come from that cannot be changed here, by name. playlists: of Kodi's IPTV Simple. players: those
    that are offered. player: the one that is proposed. skip: steps that this face never asks, so
    that their settings stay.
    """

    clock: Clock
    config: Callable[[Mapping[str, str]], Config]
    earlier: Optional[EarlierGrabber] = None
    fixed: Mapping[str, str] = {}
    playlists: Tuple[str, ...] = ()
    read_playlist: Callable[[str, Optional[threading.Event]], Playlist] = playlist.read
    players: Tuple[str, ...] = PLAYERS
    player: str = "any"
    skip: FrozenSet[str] = frozenset()
