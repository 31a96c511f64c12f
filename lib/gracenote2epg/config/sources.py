"""Where settings come from: options, variables, a config file, the add-on, defaults."""

import dataclasses
import os
import re
from types import MappingProxyType
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

from ..errors import GrabError, InputFileError, Sentence, SettingError, os_error_text
from ..util.files import read_limited
from ..util.format import did_you_mean
from . import paths, types
from .settings import Config, Setting, all_settings

MAX_MISTAKES = 20  # of a file
_SECRETS = tuple(row.name for row in all_settings() if row.kind.name == types.secret.name)
# A line up to the end of a value in quotes, in which a "#" starts no comment.
_QUOTED = re.compile(r"""\s*[\w-]+\s*[=!]\s*("[^"]*"|'[^']*')(?=\s*(#|$))""")


_PREFIX = "GRACENOTE_"  # of variables
_OF_VARIABLES = re.compile(rf"(export\s+)?({_PREFIX})?", re.IGNORECASE)

OPTION = "the option "  # how the origins of options begin


class SettingsSource(NamedTuple):
    """The texts of settings by name. origin: returns where a setting's text is from, for errors.
    mistakes: the lines and files that cannot be read."""

    values: Mapping[str, str]
    origin: Callable[[str], str]
    mistakes: Sequence[GrabError] = ()


class Reading(NamedTuple):
    """The settings as read. texts: as their sources have them, by name. mistakes: SettingError and
    InputFileError; of these settings, ``config`` has the default."""

    config: Config
    texts: Mapping[str, str]
    mistakes: Sequence[GrabError]

    @property
    def said(self) -> object:
        """Equal for sources with the same texts and mistakes."""
        return self.texts, [str(mistake) for mistake in self.mistakes]


def load(sources: Iterable[SettingsSource]) -> Config:
    """Return the settings, each from the first source that has it. Raises the first mistake."""
    return without_mistakes(read_sources(sources))


def without_mistakes(reading: Reading) -> Config:
    """The settings. Raises SettingError and InputFileError."""
    if reading.mistakes:
        raise reading.mistakes[0]
    return reading.config


def read_sources(sources: Iterable[SettingsSource]) -> Reading:
    """Read each setting from the first source that has it, and collect the mistakes."""
    sources = tuple(sources)
    values: Dict[str, Any] = {}
    texts: Dict[str, str] = {}
    origins: Dict[str, str] = {}
    mistakes = [mistake for source in sources for mistake in source.mistakes]
    for row in all_settings():
        for source in sources:
            text, is_closed = _without_quotes(source.values.get(row.name, ""))
            if not text:  # an empty variable, or an empty field in Kodi, is not set
                continue
            texts[row.name], origins[row.name] = text, source.origin(row.name)
            try:
                if not is_closed:
                    raise ValueError
                values[row.name] = row.kind.parse(text)
            except ValueError:
                mistakes.append(_mistake(row, text, is_closed, origins[row.name]))
            break
    return Reading(Config(origins=origins, **values), texts, mistakes)


def _mistake(row: Setting, text: str, is_closed: bool, origin: str) -> SettingError:
    allowed = row.kind.allowed
    if not is_closed:
        english = "{allowed}, with both quotes or none"
        allowed = Sentence("allowed_quotes", english, {"allowed": allowed})
    elif row.kind.choices:
        near = did_you_mean(text.lower(), row.kind.choices)
        allowed = allowed._replace(
            english="{choices}{near}", values={**allowed.values, "near": near}
        )
    return SettingError(row.name, row.kind.display(text), origin, allowed)


def _without_quotes(text: str) -> Tuple[str, bool]:
    """The value without a pair of quotes around it, which Docker and systemd leave there; and
    whether its first quote is closed. Quotes within a value are a part of it."""
    text = text.strip()
    quote, inner = text[:1], text[1:-1]
    if quote not in ("'", '"') or quote in inner:
        return text, True
    return (inner, True) if len(text) > 1 and text.endswith(quote) else (text, False)


def from_options(values: Mapping[str, str], typed: Mapping[str, str]) -> SettingsSource:
    """The settings given as command-line options. values: by the setting's name; typed: the option
    that the user wrote, where it may have another name."""

    def origin(name: str) -> str:
        return f"{OPTION}{typed.get(name) or '--' + name.replace('_', '-')}"

    return SettingsSource(values, origin)


def from_environment(environ: Mapping[str, str]) -> SettingsSource:
    """The settings given as GRACENOTE_ variables, by their names or their aliases."""
    given = {
        row.name: name for row in all_settings() for name in row.variables[::-1] if name in environ
    }
    values = {name: environ[variable] for name, variable in given.items()}
    return SettingsSource(values, lambda name: f"the variable {given[name]}")


def unknown_variables(environ: Mapping[str, str]) -> List[str]:
    """A sentence about each unknown GRACENOTE_ variable, in alphabetical order."""
    known = [name for row in all_settings() for name in row.variables]
    return [
        f"There is no variable {name}{did_you_mean(name, known, _PREFIX)}."
        for name in sorted(environ)
        if name.startswith(_PREFIX) and name not in known
    ]


def from_file(file: str) -> SettingsSource:
    """Read XMLTV's configuration format: ``key=value`` lines; ``#`` starts a comment, but not in a
    value in quotes.

    ``key!value`` means "not selected": it is skipped, but ``channels!`` alone means all but these.
    A repeated key of a list adds to it. Mistakes: InputFileError if the file cannot be read,
    SettingError for an unknown key.
    """
    rows = {key: row for row in all_settings() for key in (row.name, *row.aliases)}
    values: Dict[str, str] = {}
    excluded: List[str] = []
    mistakes: List[GrabError] = []
    try:
        lines = [*_lines(file)]
    except InputFileError as error:
        return SettingsSource({}, lambda name: file, [error])
    if lines and lines[0][1].startswith("<"):
        english = "key=value; run --configure, which takes over the settings of earlier grabbers"
        allowed = Sentence("allowed_no_xml", english)
        return SettingsSource(
            {}, lambda name: file, [SettingError(Sentence("given_xml", "XML"), None, file, allowed)]
        )
    for number, text in lines:
        key, separator, value = re.split(r"([=!]|$)", text, maxsplit=1)
        row = rows.get(key.strip().replace("-", "_"))
        if row is None or not separator:
            name = re.match(r"\s*((?:export\s+)?[A-Za-z][\w.-]*)\s*[=!:]", text)
            given = Sentence("given_line", "a line that is not key=value")
            if name:
                given = Sentence("given_key", "the key {key!r}", {"key": name[1]})
            near = _near_key(name[1], rows) if name else ""
            english = "key=value; docs/settings.md lists the keys{near}"
            allowed = Sentence("allowed_key", english, {"near": near})
            mistakes.append(SettingError(given, None, f"{file}, line {number}", allowed))
            if len(mistakes) == MAX_MISTAKES:  # this is not a config file
                break
            continue
        if separator == "!":
            if row.name == "channels":
                excluded += (f"!{word}" for word in value.replace(",", " ").split())
            continue
        if isinstance(row.default, tuple) and row.name in values:
            parts = (values[row.name], value)
            value = ",".join(text for text, _ in map(_without_quotes, parts))
        values[row.name] = value
    if excluded and "channels" not in values:
        values["channels"] = ",".join(excluded)
    return SettingsSource(values, lambda name: file, mistakes)


def _near_key(name: str, keys: Mapping[str, object]) -> str:
    """The end of a sentence: the key that may be meant. A right key that is only written wrongly
    (``days: 3``, ``GRACENOTE_DAYS``) is shown with its sign."""
    key = _OF_VARIABLES.sub("", name, count=1).lower().replace("-", "_")
    return f" (did you mean {key}=...?)" if key in keys else did_you_mean(name, keys)


def _lines(file: str) -> Iterator[Tuple[int, str]]:
    """The lines that are neither empty nor comments, as (number, text). Raises InputFileError."""
    try:
        lines = read_limited(file).decode("utf-8-sig").splitlines()  # Windows writes a BOM
    except (OSError, ValueError) as error:
        raise InputFileError(file, os_error_text(error)) from error
    for number, line in enumerate(lines, 1):
        # A "#" inside a password is part of it.
        is_secret = line.lstrip().replace("-", "_").startswith(_SECRETS)
        comment = r"(^|\s)#.*" if is_secret else "#.*"
        quoted = _QUOTED.match(line)
        text = (quoted.group() if quoted else re.sub(comment, "", line)).strip()
        if text:
            yield number, text


def from_addon(profile: Optional[str]) -> SettingsSource:
    """The settings that Kodi stored for the add-on, for a run outside Kodi; none without a profile.

    Mistakes: InputFileError.
    """
    values: Dict[str, str] = {}
    mistakes: List[GrabError] = []
    if profile:
        from .xml_files import read_settings  # the grabber must start without xmltodict

        try:
            values = read_settings(os.path.join(profile, "settings.xml"))
        except InputFileError as error:
            mistakes.append(error)
        if "://" in values.get("output", ""):  # only Kodi can write there
            del values["output"]
    return SettingsSource(values, lambda name: "the add-on's settings", mistakes)


def all_sources(
    options: Mapping[str, str],
    environ: Mapping[str, str],
    file: Optional[str],
    typed: Mapping[str, str] = MappingProxyType({}),
) -> List[SettingsSource]:
    """The sources of a run outside Kodi; the config file is the third. file: None = the default
    one, which may be missing. typed: see ``from_options``."""
    if file is None:
        default = paths.default_config_file(environ)
        file = default if os.path.isfile(default) else os.devnull
    return [
        from_options(options, typed),
        from_environment(environ),
        from_file(file),
        from_addon(paths.addon_profile(environ)),
    ]


def read(
    options: Mapping[str, str],
    environ: Mapping[str, str],
    file: Optional[str],
    typed: Mapping[str, str] = MappingProxyType({}),
) -> Config:
    """Return the settings of a run outside Kodi; writes nothing. Arguments as of ``all_sources``.
    Raises SettingError and InputFileError.
    """
    config = load(all_sources(options, environ, file, typed))
    return in_data_dir(config, environ)


def in_data_dir(config: Config, environ: Mapping[str, str]) -> Config:
    """The settings with their data directory and absolute paths. Raises SettingError."""
    data_dir = config.data_dir or paths.default_data_dir(environ, paths.addon_profile(environ))
    return paths.with_paths(config, data_dir)


def override(config: Config, values: Mapping[str, Any]) -> Config:
    """Replace the values that are not None. Raises SettingError."""
    texts = {
        name: ",".join(value) if isinstance(value, tuple) else str(value)
        for name, value in values.items()
        if value is not None
    }
    checked = load([SettingsSource(texts, lambda name: f"the argument {name}")])
    return dataclasses.replace(config, **{name: getattr(checked, name) for name in texts})
