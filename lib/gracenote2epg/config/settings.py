"""Every setting, once: name, default, what is allowed, and what it is for.

All else follows from the name by rule: ``worker_strategy`` is the Kodi setting ``worker_strategy``,
the variable ``GRACENOTE_WORKER_STRATEGY``, the key of the config file and ``--worker-strategy``.
A value comes from the first of: option, variable, config file, the add-on's settings, default.
A bad one is a SettingError that names where it came from; it never becomes the default.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
from typing import Any, Dict, Mapping, NamedTuple, Tuple, TypeVar

from ..errors import SettingError
from .profiles import CHANNEL_IDS, PROFILES
from .types import (
    SettingType,
    address,
    base_url,
    boolean,
    choice,
    host,
    integer,
    line,
    path,
    place,
    postal,
    secret,
    server,
    template,
    words,
)

ADDON_ID = "service.gracenote2epg"
UNIX_SOCKET_PREFIX = "unix:"  # how an output begins that is a socket of another program
# What makes no other guide: groups of settings, and settings.
_GROUPS_NOT_IN_FINGERPRINT = ("Publishing", "Downloads", "Schedule", "Monitoring", "Running")
_NOT_IN_FINGERPRINT = ("output", "data_dir", "tvh_username", "tvh_password")
STRATEGIES = ("conservative", "balanced", "aggressive", "auto")

T = TypeVar("T")


def setting(default: T, kind: SettingType, text: str, group: str, *aliases: str) -> T:
    """Declare a setting: a dataclass field that knows what it may hold and what it is for."""
    metadata = {"kind": kind, "help": text, "group": group, "aliases": aliases}
    return dataclasses.field(
        default=default, metadata=metadata, repr=kind.display is str and kind is not postal
    )


@dataclasses.dataclass(frozen=True)
class Config:
    """The settings of one run; its fields are the table of all there are."""

    postal_code: str = setting("", postal, "Where you are: ZIP or postal code", "Guide", "postal")
    lineup: Tuple[str, ...] = setting(
        (),
        words,
        "Lineups, such as USA-NY31519-X; left out: over the air at the postal code",
        "Guide",
    )
    channels: Tuple[str, ...] = setting(
        (),
        words,
        "Stations: 2.1 (number), 19629 (station id), WABC (call sign); left out: all",
        "Guide",
        "channel",
    )
    channels_from: str = setting(
        "",
        place,
        "Stations of a playlist (m3u) or an HDHomeRun: a file or an address",
        "Guide",
    )
    days: int = setting(7, integer(1, 14), "Days of listings, from local midnight", "Guide")
    offset: int = setting(0, integer(0, 13), "Start so many days after today", "Guide")
    past_days: int = setting(
        0,
        integer(0, 14),
        "Days before the first one to keep in the guide, as far as stored",
        "Guide",
    )
    details: bool = setting(True, boolean, "Fetch series details: cast, genres, dates", "Guide")
    output: str = setting(
        "",
        path,
        "The guide's file; - is stdout, unix:PATH Tvheadend's socket, .gz compresses; left out:"
        " xmltv.xml in data_dir",
        "Output",
    )
    data_dir: str = setting("", path, "Folder for what is kept between runs", "Output")
    profile: str = setting(
        "any", choice(*PROFILES), "Player that the guide is for; any is for all at once", "Output"
    )
    genre_style: str = setting(
        "profile",
        choice("profile", "plain", "eit", "both"),
        "Categories: as the profile has them, Gracenote's words, Tvheadend's strings, or both",
        "Output",
    )
    category_map: str = setting(
        "", path, "A file of your own categories: lines of Gracenote's word = your word", "Output"
    )
    description_template: str = setting(
        "",
        template,
        "How descriptions are made, such as {description}[ ({year})][ With {cast}.]; left out: as"
        " they are",
        "Output",
    )
    channel_id: str = setting(
        "gracenote2epg",
        choice(*CHANNEL_IDS),
        "Channel ids as another grabber writes them, to keep a player's channel mapping",
        "Output",
    )
    images: str = setting(
        "icon",
        choice("none", "icon", "all"),
        "Pictures: none, one for each programme and channel, or posters and people too",
        "Output",
    )
    image_host: str = setting("zpmc.tmsimg.com", host, "Host of the pictures", "Output")
    safe_titles: bool = setting(
        False, boolean, "Leave out of titles what a file's name cannot hold", "Output"
    )
    live_element: bool = setting(
        False,
        boolean,
        "Write a live element, which some players read and validators refuse",
        "Output",
    )
    utc: bool = setting(False, boolean, "Write times in UTC rather than local time", "Output")
    worse_below: int = setting(
        90,
        integer(0, 100),
        "A new guide that has less than so many percent of the published one is not published, and"
        " a player's list so much shorter is not believed for 36 hours; 0: any is",
        "Publishing",
    )
    backups: int = setting(
        7,
        integer(0, 31),
        "Days of which a guide is kept, for --restore and --diff; 0: none is",
        "Publishing",
    )
    tvh_url: str = setting("", server, "Address of Tvheadend's web page", "Tvheadend")
    tvh_username: str = setting("", line, "User to ask Tvheadend as", "Tvheadend")
    tvh_password: str = setting("", secret, "That user's password", "Tvheadend")
    tvh_filter: bool = setting(
        False, boolean, "Only stations that match a channel of Tvheadend", "Tvheadend"
    )
    worker_strategy: str = setting(
        "balanced", choice(*STRATEGIES), "How fast to download", "Downloads", "strategy"
    )
    max_workers: int = setting(
        10,
        integer(1, 10),
        "Downloads at once, at most; 1 is one after the other",
        "Downloads",
        "workers",
    )
    enable_adaptive: bool = setting(
        True, boolean, "Adapt workers and rate to the source's answers", "Downloads"
    )
    block_hours: int = setting(6, integer(1, 6), "Hours of listings in one request", "Downloads")
    time_budget: int = setting(
        3600,
        integer(10, 86400),
        "Seconds a run may download; the rest is the next run's",
        "Downloads",
    )
    request_budget: int = setting(
        5000, integer(1, 100000), "Requests a run may send; the rest is the next run's", "Downloads"
    )
    min_interval: int = setting(
        30,
        integer(0, 1440),
        "Minutes after a good run in which nothing is asked again",
        "Downloads",
    )
    interval: int = setting(
        12, integer(1, 48), "Hours between runs, for the add-on and --serve", "Schedule"
    )
    hour: int = setting(
        -1,
        integer(-1, 23),
        "The add-on runs once a day in this hour, local time; -1: by the interval alone",
        "Schedule",
    )
    at_start: bool = setting(False, boolean, "The add-on runs when Kodi has started", "Schedule")
    not_while_playing: bool = setting(
        False, boolean, "The add-on waits while Kodi plays or records", "Schedule"
    )
    enable_monitoring: bool = setting(
        False, boolean, "Show the downloads live while they run", "Monitoring"
    )
    monitoring_web_api: bool = setting(
        True, boolean, "With enable_monitoring: serve the page and /stats", "Monitoring"
    )
    monitoring_port: int = setting(
        9989, integer(1, 65535), "Port of the page and /stats", "Monitoring"
    )
    monitoring_host: str = setting(
        "127.0.0.1",
        address,
        "Address that the page is served on; 0.0.0.0 is the whole network",
        "Monitoring",
    )
    monitoring_names: Tuple[str, ...] = setting(
        (), words, "Names by which browsers may call this machine, beside its own", "Monitoring"
    )
    offline: bool = setting(
        False, boolean, "Ask nothing: write the guide from what is stored", "Running"
    )
    quiet: bool = setting(False, boolean, "Show errors only", "Running")
    debug: bool = setting(False, boolean, "Log every request", "Running")
    console: bool = setting(False, boolean, "Log to stderr as well as to the log file", "Running")
    base_url: str = setting(
        "https://tvlistings.gracenote.com", base_url, "Address of the listings site", "Source"
    )
    affiliate: str = setting("orbebb", line, "Affiliate id (aid) to ask with", "Source")
    user_agent: str = setting(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
        line,
        "User agent to ask with; the source refuses all but browsers",
        "Source",
    )
    origins: Mapping[str, str] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    @property
    def fingerprint(self) -> str:
        """Equal for settings that make the same guide; it gives none of them away."""
        made_of: Dict[str, object] = {
            row.name: getattr(self, row.name)
            for row in all_settings()
            if row.group not in _GROUPS_NOT_IN_FINGERPRINT and row.name not in _NOT_IN_FINGERPRINT
        }
        for file in (self.category_map, self.channels_from):  # what is in them counts too
            with contextlib.suppress(OSError):
                made_of[f"file {file}"] = os.path.getmtime(file)
        return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()

    def invalid(self, name: str, value: object, allowed: str) -> SettingError:
        """The error for a value that only its user could find wrong, such as a lineup id."""
        return SettingError(name, value, self.origins.get(name, "the default"), allowed)


class Setting(NamedTuple):
    """One row of the table, for those who list them: options, documentation, Kodi's page."""

    name: str
    default: Any
    kind: SettingType
    help: str
    group: str
    aliases: Tuple[str, ...]

    @property
    def variable(self) -> str:
        return f"GRACENOTE_{self.name.upper()}"

    @property
    def options(self) -> Tuple[str, ...]:
        return tuple(f"--{name.replace('_', '-')}" for name in (self.name, *self.aliases))


def as_text(value: Any) -> str:
    """A value as its setting's text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def all_settings() -> Tuple[Setting, ...]:
    return tuple(
        Setting(field.name, field.default, **field.metadata)
        for field in dataclasses.fields(Config)
        if field.metadata
    )
