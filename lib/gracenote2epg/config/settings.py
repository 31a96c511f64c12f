"""All settings: name, default, type and help.

The rest follows from the name: ``worker_strategy`` is the Kodi setting ``worker_strategy``, the
variable ``GRACENOTE_WORKER_STRATEGY``, the key of the config file and ``--worker-strategy``.
A value comes from the first of: option, variable, config file, the add-on's settings, default.
An invalid one raises SettingError with its origin; it never falls back to the default.
"""

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
from typing import Any, List, Mapping, NamedTuple, Tuple, TypeVar

from ..errors import SettingError
from . import types
from .profiles import CHANNEL_IDS, PROFILES
from .types import SettingType, boolean, choice, integer

ADDON_ID = "service.gracenote2epg"
UNIX_SOCKET_PREFIX = "unix:"  # of an output that is a socket of another program
# The groups that decide what is in the guide, and their settings that do not.
GUIDE_GROUPS = ("Guide", "Output", "Tvheadend", "Source")
_NOT_IN_FINGERPRINT = ("output", "data_dir", "tvh_username", "tvh_password")
STRATEGIES = ("conservative", "balanced", "aggressive", "auto")

T = TypeVar("T")


def setting(default: T, kind: SettingType, text: str, group: str, *aliases: str) -> T:
    """Declare a setting: a dataclass field with its type and help.

    Secrets, and values that may contain one, are left out of ``repr``.
    """
    metadata = {"kind": kind, "help": text, "group": group, "aliases": aliases}
    public = kind.display in (str, types.without_address) and kind is not types.postal
    return dataclasses.field(default=default, metadata=metadata, repr=public)


@dataclasses.dataclass(frozen=True)
class Config:
    """The settings of one run; its fields are the table of all settings."""

    postal_code: str = setting("", types.postal, "Your ZIP or postal code", "Guide", "postal")
    lineup: Tuple[str, ...] = setting(
        (), types.words, "Lineups, such as USA-NY31519-X; default: the antenna's", "Guide"
    )
    channels: Tuple[str, ...] = setting(
        (),
        types.words,
        "Stations by number (2.1, 2-61), station id (19629), call sign (WABC) or pattern (*HD);"
        " ! leaves some out, @FILE is a list; default: all",
        "Guide",
        "channel",
    )
    channels_from: str = setting(
        "",
        types.place,
        "Stations of a playlist (m3u) or an HDHomeRun: a file or an address",
        "Guide",
    )
    days: int = setting(7, integer(1, 14), "Days of listings, from local midnight", "Guide")
    offset: int = setting(0, integer(0, 13), "Days after today to start at", "Guide")
    past_days: int = setting(0, integer(0, 14), "Past days to keep in the guide", "Guide")
    details: bool = setting(True, boolean, "Download series details: cast, genres, dates", "Guide")
    output: str = setting(
        "",
        types.path,
        "The guide's file; - is stdout, unix:PATH Tvheadend's socket, .gz compresses; default:"
        " xmltv.xml in data_dir",
        "Output",
    )
    data_dir: str = setting(
        "",
        types.path,
        "Folder of the store, the log and the backups; default: the add-on's, else"
        " ~/.local/share/gracenote2epg",
        "Output",
    )
    profile: str = setting(
        "any", choice(*PROFILES), "Player that the guide is for; any suits all", "Output"
    )
    genre_style: str = setting(
        "profile",
        choice("profile", "plain", "eit", "both"),
        "Categories: as in the profile, Gracenote's words, Tvheadend's strings, or both",
        "Output",
    )
    category_map: str = setting(
        "", types.path, "File of your own categories, with lines Gracenote's word = yours", "Output"
    )
    description_template: str = setting(
        "",
        types.template,
        "Template of descriptions, such as {description}[ ({year})][ With {cast}.]; default:"
        " unchanged",
        "Output",
    )
    channel_id: str = setting(
        "gracenote2epg",
        choice(*CHANNEL_IDS),
        "Channel ids as another grabber writes them, to keep a player's channel mapping; player:"
        " the playlist's tvg-id",
        "Output",
    )
    ids_from: str = setting(
        "",
        types.path,
        "An earlier guide, of any grabber, whose channel ids, names and order stay; read once;"
        " - forgets it",
        "Output",
    )
    images: str = setting(
        "icon",
        choice("none", "icon", "all"),
        "Images: none, one per programme and channel, or also posters and people",
        "Output",
    )
    image_host: str = setting("zpmc.tmsimg.com", types.host, "Host of the images", "Output")
    date_numbers: bool = setting(
        True,
        boolean,
        "With the profile jellyfin: season and episode from the date for shows without numbers",
        "Output",
    )
    safe_titles: bool = setting(
        False, boolean, "Remove from titles the characters that file names cannot hold", "Output"
    )
    live_element: bool = setting(
        False, boolean, "Write a live element: some players read it, validators reject it", "Output"
    )
    utc: bool = setting(False, boolean, "Write times in UTC instead of local time", "Output")
    worse_below: int = setting(
        90,
        integer(0, 100),
        "Publish no guide with less than this percentage of the published one, and use a player's"
        " list that shrinks as much only after 36 hours; 0: accept any",
        "Publishing",
    )
    backups: int = setting(
        7, integer(0, 31), "Days to keep backups for --restore and --diff; 0: none", "Publishing"
    )
    tvh_url: str = setting("", types.server, "Address of Tvheadend's web page", "Tvheadend")
    tvh_username: str = setting("", types.line, "User name for Tvheadend", "Tvheadend")
    tvh_password: str = setting("", types.secret, "Password for Tvheadend", "Tvheadend")
    tvh_filter: bool = setting(
        False, boolean, "Only stations that match a channel of Tvheadend", "Tvheadend"
    )
    worker_strategy: str = setting(
        "balanced", choice(*STRATEGIES), "How fast to download", "Downloads", "strategy"
    )
    max_workers: int = setting(
        10, integer(1, 10), "Maximum of parallel downloads", "Downloads", "workers"
    )
    enable_adaptive: bool = setting(
        True, boolean, "Adapt workers and rate to the source's answers", "Downloads"
    )
    block_hours: int = setting(6, integer(1, 6), "Hours of listings per request", "Downloads")
    time_budget: int = setting(
        3600,
        integer(10, 86400),
        "Seconds of downloads per run; the next run continues",
        "Downloads",
    )
    request_budget: int = setting(
        6000, integer(1, 100000), "Requests per run; the next run continues", "Downloads"
    )
    min_interval: int = setting(
        30, integer(0, 1440), "Minutes without requests after a successful run", "Downloads"
    )
    interval: int = setting(
        12, integer(1, 48), "Hours between runs of the add-on and --serve", "Schedule"
    )
    hour: int = setting(
        -1,
        integer(-1, 23),
        "Hour, in local time, of the add-on's daily run; -1: every interval",
        "Schedule",
    )
    at_start: bool = setting(False, boolean, "Run the add-on when Kodi starts", "Schedule")
    not_while_playing: bool = setting(
        False, boolean, "Pause the add-on while Kodi plays or records", "Schedule"
    )
    enable_monitoring: bool = setting(
        False,
        boolean,
        "Show the downloads live while they run (tv_grab_gracenote2epg: only as an option)",
        "Monitoring",
    )
    monitoring_web_api: bool = setting(
        True, boolean, "With enable_monitoring: serve the page and /stats", "Monitoring"
    )
    monitoring_port: int = setting(
        9989, integer(1, 65535), "Port of the page and /stats", "Monitoring"
    )
    monitoring_host: str = setting(
        "127.0.0.1",
        types.address,
        "Address to serve the page on; 0.0.0.0 is the whole network",
        "Monitoring",
    )
    monitoring_names: Tuple[str, ...] = setting(
        (), types.words, "More host names by which browsers may call this machine", "Monitoring"
    )
    web_code: str = setting(
        "",
        types.web_code,
        "Code that the page asks for before it changes something; default: a random one, which"
        " --web-code prints",
        "Monitoring",
    )
    notify: Tuple[str, ...] = setting(
        (),
        types.notify,
        "Whom to tell that the guide runs out, is not updated, lost a station, or is well again:"
        " ntfy, webhooks, mail",
        "Monitoring",
    )
    offline: bool = setting(
        False, boolean, "Send no requests: write the guide from stored data", "Running"
    )
    quiet: bool = setting(False, boolean, "Show errors only", "Running")
    debug: bool = setting(False, boolean, "Log every request", "Running")
    console: bool = setting(False, boolean, "Log to stderr and the log file", "Running")
    base_url: str = setting(
        "https://tvlistings.gracenote.com", types.base_url, "Address of the listings site", "Source"
    )
    affiliate: str = setting("orbebb", types.line, "Affiliate id (aid) for requests", "Source")
    user_agent: str = setting(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
        types.line,
        "User agent for requests; the source accepts only those of browsers",
        "Source",
    )
    origins: Mapping[str, str] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    @property
    def settings_hash(self) -> str:
        """Equal for settings that ask for the same guide. A hash reveals no secret."""
        values = {
            row.name: getattr(self, row.name)
            for row in all_settings()
            if row.group in GUIDE_GROUPS and row.name not in _NOT_IN_FINGERPRINT
        }
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """Equal for settings that make the same guide: also the files that they name are equal."""
        values: List[object] = [self.settings_hash]
        lists = [word.partition("@")[2] for word in self.channels]
        for file in (self.category_map, *filter(None, lists)):
            with contextlib.suppress(OSError):
                values.append((file, os.path.getmtime(file)))
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()

    def invalid(self, name: str, value: object, allowed: object) -> SettingError:
        """The error for a value that only its user can check, such as a lineup id."""
        return SettingError(name, value, self.origins.get(name, "the default"), allowed)


class Setting(NamedTuple):
    """One row of the table, for options, documentation and Kodi's page."""

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
    def variables(self) -> Tuple[str, ...]:
        """The variable, and those of the aliases: GRACENOTE_POSTAL is one."""
        return (self.variable, *(f"GRACENOTE_{alias.upper()}" for alias in self.aliases))

    @property
    def options(self) -> Tuple[str, ...]:
        return tuple(f"--{name.replace('_', '-')}" for name in (self.name, *self.aliases))


def as_text(value: Any) -> str:
    """Format a value the way its setting is written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, tuple) else str(value)


@functools.lru_cache(maxsize=None)
def all_settings() -> Tuple[Setting, ...]:
    """The settings in the order of Config's fields."""
    return tuple(
        Setting(field.name, field.default, **field.metadata)
        for field in dataclasses.fields(Config)
        if field.metadata
    )
