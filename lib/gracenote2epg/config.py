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
import re
import sys
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Tuple,
    TypeVar,
)

from .errors import DataError, SettingError, reason
from .files import read_limited
from .kinds import (
    Kind,
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
SOCKET = "unix:"  # how an output begins that is a socket of another program
# What makes no other guide: groups of settings, and settings.
_MAKE_NO_GUIDE = ("Publishing", "Downloads", "Schedule", "Monitoring", "Running")
_SAY_NOTHING = ("output", "data_dir", "tvh_username", "tvh_password")
STRATEGIES = ("conservative", "balanced", "aggressive", "auto")
# What these mean is in xmltv/vocabulary.py; a test holds the names to each other.
PROFILES = ("any", "kodi", "tvheadend", "plex", "jellyfin", "channels", "mythtv")
CHANNEL_IDS = ("gracenote2epg", "zap2epg", "zap2it", "schedulesdirect", "zap2xml", "station")

T = TypeVar("T")


def setting(default: T, kind: Kind, text: str, group: str, *aliases: str) -> T:
    """Declare a setting: a dataclass field that knows what it may hold and what it is for."""
    metadata = {"kind": kind, "help": text, "group": group, "aliases": aliases}
    return dataclasses.field(
        default=default, metadata=metadata, repr=kind.shown is str and kind is not postal
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
    def form(self) -> str:
        """Equal for settings that make the same guide; it gives none of them away."""
        made_of: Dict[str, object] = {
            row.name: getattr(self, row.name)
            for row in table()
            if row.group not in _MAKE_NO_GUIDE and row.name not in _SAY_NOTHING
        }
        for file in (self.category_map, self.channels_from):  # what is in them counts too
            with contextlib.suppress(OSError):
                made_of[f"file {file}"] = os.path.getmtime(file)
        return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()

    def bad(self, name: str, value: object, allowed: str) -> SettingError:
        """The error for a value that only its user could find wrong, such as a lineup id."""
        return SettingError(name, value, self.origins.get(name, "the default"), allowed)


_SECRETS = tuple(
    field.name for field in dataclasses.fields(Config) if field.metadata.get("kind") is secret
)


class Setting(NamedTuple):
    """One row of the table, for those who list them: options, documentation, Kodi's page."""

    name: str
    default: Any
    kind: Kind
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


def table() -> Tuple[Setting, ...]:
    return tuple(
        Setting(field.name, field.default, **field.metadata)
        for field in dataclasses.fields(Config)
        if field.metadata
    )


class Source(NamedTuple):
    """Where values come from: their texts by setting, and words for each one's origin."""

    values: Mapping[str, str]
    origin: Callable[[str], str]


def load(sources: Iterable[Source]) -> Config:
    """Return the settings, each from the first source that gives it. Raises SettingError."""
    sources = tuple(sources)
    values: Dict[str, Any] = {}
    origins: Dict[str, str] = {}
    for row in table():
        for source in sources:
            text = source.values.get(row.name, "").strip()
            if not text:  # an empty variable, or an empty field of Kodi's page, is one not given
                continue
            origins[row.name] = source.origin(row.name)
            try:
                values[row.name] = row.kind.parse(text)
            except ValueError:
                shown = row.kind.shown(text)
                raise SettingError(row.name, shown, origins[row.name], row.kind.allowed) from None
            break
    return Config(origins=origins, **values)


def from_options(values: Mapping[str, str]) -> Source:
    return Source(values, lambda name: f"the option --{name.replace('_', '-')}")


def from_environment(environ: Mapping[str, str]) -> Source:
    values = {row.name: environ[row.variable] for row in table() if row.variable in environ}
    return Source(values, lambda name: f"the variable GRACENOTE_{name.upper()}")


def from_file(file: str) -> Source:
    """Read XMLTV's configuration format: ``key=value`` lines, ``#`` comments anywhere in a line.

    ``key!value`` says "not chosen" and is passed over; a repeated key of a list adds to it.
    Raises DataError when the file cannot be read, SettingError for a key that does not exist.
    """
    names = {word: row for row in table() for word in (row.name, *row.aliases)}
    values: Dict[str, str] = {}
    for number, text in _lines(file):
        key, mark, value = re.split(r"([=!]|$)", text, maxsplit=1)
        row = names.get(key.strip().replace("-", "_"))
        if row is None or not mark:
            where = f"{file}, line {number}"
            word = (key.split() or [""])[0]
            if _is_private(key, text[len(word) :]):
                key, text = word, f"{word}=(hidden)"
            raise SettingError(
                f"the key {key.strip()!r}", text, where, "key=value; docs/settings.md has the keys"
            )
        if mark == "!":
            continue
        if row.kind is words and row.name in values:
            value = f"{values[row.name]},{value}"
        values[row.name] = value
    return Source(values, lambda name: file)


def _is_private(key: str, value: str) -> bool:
    """Whether what stands behind a mistyped key is nobody's business: a password, a postal code."""
    with contextlib.suppress(ValueError):
        return bool(re.search("pas|tvh", key) or postal.parse(value.strip(" \t=!:")))
    return False


def _lines(file: str) -> List[Tuple[int, str]]:
    """The lines that say something, with their numbers."""
    try:
        lines = read_limited(file).decode("utf-8-sig").splitlines()  # Windows puts a BOM in front
        texts = [_without_comment(text).strip() for text in lines]
    except (OSError, ValueError) as error:
        raise DataError(file, reason(error)) from error
    return [(number, text) for number, text in enumerate(texts, 1) if text]


def _without_comment(text: str) -> str:
    """The line up to its ``#``; within a password it is a letter like others."""
    return re.sub(r"(^|\s)#.*" if text.lstrip().startswith(_SECRETS) else "#.*", "", text)


def from_addon(profile: Optional[str]) -> Source:
    """The add-on's settings as Kodi stored them, for a run outside Kodi; none without a profile."""
    values: Dict[str, str] = {}
    if profile:
        from .xmlfile import read_settings  # only here: the grabber must start without xmltodict

        values = read_settings(os.path.join(profile, "settings.xml"))
        if "://" in values.get("output", ""):  # an address that only Kodi can write to
            del values["output"]
    return Source(values, lambda name: "the add-on's settings")


def addon_profile(environ: Mapping[str, str]) -> Optional[str]:
    """The folder where Kodi keeps the add-on's settings, when there are any that can be read."""
    for profile in profiles(environ, ADDON_ID):
        if os.access(os.path.join(profile, "settings.xml"), os.R_OK):
            return profile
    return None


def profiles(environ: Mapping[str, str], addon_id: str) -> List[str]:
    """Where Kodi may keep the settings of an add-on.

    First beside the add-on that this code belongs to, then where Kodi's platforms keep theirs
    (kodi.wiki, "Special protocol").
    """
    here = os.path.dirname(os.path.abspath(__file__))
    roots = [os.path.join(here, *[os.pardir] * 4)] if ADDON_ID in here else []
    places = (".kodi", ".var/app/tv.kodi.Kodi/data", "Library/Application Support/Kodi", "Kodi")
    above = [*homes(environ), environ.get("APPDATA", "")]
    roots += [os.path.join(folder, place) for folder in above if folder for place in places]
    return [
        os.path.normpath(os.path.join(root, "userdata", "addon_data", addon_id)) for root in roots
    ]


def homes(environ: Mapping[str, str]) -> List[str]:
    """The folder that HOME names; and the one that the system knows, when HOME leads nowhere or
    where nothing can be kept: a service may give its children an odd HOME, or none.
    """
    named = environ.get("HOME", "")
    found = [named] if os.path.isdir(named) else []
    if found and os.access(named, os.W_OK):
        return found
    try:
        import pwd

        found.append(pwd.getpwuid(os.getuid()).pw_dir)
    except (ImportError, KeyError):  # Windows; a user whom the system does not know
        found.append(os.path.expanduser("~"))
    return found


def default_config_file(environ: Mapping[str, str]) -> str:
    """Where every XMLTV grabber keeps its configuration."""
    found = [
        os.path.join(home, ".xmltv", "tv_grab_gracenote2epg.conf")
        for home in homes(environ) or ["."]
    ]
    return next(filter(os.path.isfile, found), found[0])


def default_data_dir(environ: Mapping[str, str], profile: Optional[str]) -> str:
    """The add-on's profile where it is ours to write, else the user's data directory."""
    if profile and _is_ours(profile):
        return profile
    if sys.platform == "win32":
        bases = [environ.get("LOCALAPPDATA") or os.path.expanduser("~")]
    elif sys.platform == "darwin":
        bases = [os.path.expanduser("~/Library/Application Support")]
    elif environ.get("XDG_DATA_HOME"):
        bases = [environ["XDG_DATA_HOME"]]
    else:
        bases = [os.path.join(home, ".local", "share") for home in homes(environ)]
    base = next(filter(_can_be_made, bases), bases[0])
    return os.path.join(base, "gracenote2epg")


def _is_ours(folder: str) -> bool:
    """Whether this user keeps it. Root may write everywhere, and what root leaves in the folder of
    another user that one cannot write any more."""
    if not os.access(folder, os.W_OK):
        return False
    return not hasattr(os, "geteuid") or os.stat(folder).st_uid == os.geteuid()


def _can_be_made(folder: str) -> bool:
    while not os.path.exists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return os.access(folder, os.W_OK)


def read(options: Mapping[str, str], environ: Mapping[str, str], file: Optional[str]) -> Config:
    """Return the settings of a run outside Kodi. ``file``: the config file named, None = default.

    Raises SettingError and DataError. Nothing is written.
    """
    profile = addon_profile(environ)
    sources = [from_options(options), from_environment(environ)]
    if file is not None or os.path.isfile(default_config_file(environ)):
        sources.append(from_file(file if file is not None else default_config_file(environ)))
    sources.append(from_addon(profile))
    config = load(sources)
    return with_places(config, config.data_dir or default_data_dir(environ, profile))


def with_places(config: Config, data_dir: str) -> Config:
    """Return the settings with the data directory and the output file filled in, paths whole."""
    data_dir = os.path.abspath(os.path.expanduser(data_dir))
    output = config.output or os.path.join(data_dir, "xmltv.xml")
    if output != "-":
        kind = SOCKET if output.startswith(SOCKET) else ""
        output = kind + os.path.abspath(os.path.expanduser(output[len(kind) :]))
    named = config.category_map and os.path.abspath(os.path.expanduser(config.category_map))
    listed = config.channels_from
    if listed and "://" not in listed:
        listed = os.path.abspath(listed)
    return dataclasses.replace(
        config, data_dir=data_dir, output=output, category_map=named, channels_from=listed
    )


def override(config: Config, given: Mapping[str, Any]) -> Config:
    """Return the settings with the values that are not None; these are checked like all others."""
    texts = {
        name: ",".join(value) if isinstance(value, tuple) else str(value)
        for name, value in given.items()
        if value is not None
    }
    checked = load([Source(texts, lambda name: f"the argument {name}")])
    return dataclasses.replace(config, **{name: getattr(checked, name) for name in texts})
