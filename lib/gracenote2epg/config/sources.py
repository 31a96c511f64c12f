"""Where settings come from: options, variables, a file, the add-on, defaults."""

import contextlib
import dataclasses
import os
import re
from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from ..errors import InputFileError, SettingError, os_error_text
from ..util.files import read_limited
from .paths import addon_profile, default_config_file, default_data_dir, with_paths
from .settings import Config, all_settings
from .types import postal, secret, words

_SECRETS = tuple(
    field.name for field in dataclasses.fields(Config) if field.metadata.get("kind") is secret
)


class SettingsSource(NamedTuple):
    """Where values come from: their texts by setting, and words for each one's origin."""

    values: Mapping[str, str]
    origin: Callable[[str], str]


def load(sources: Iterable[SettingsSource]) -> Config:
    """Return the settings, each from the first source that gives it. Raises SettingError."""
    sources = tuple(sources)
    values: Dict[str, Any] = {}
    origins: Dict[str, str] = {}
    for row in all_settings():
        for source in sources:
            text = source.values.get(row.name, "").strip()
            if not text:  # an empty variable, or an empty field of Kodi's page, is one not given
                continue
            origins[row.name] = source.origin(row.name)
            try:
                values[row.name] = row.kind.parse(text)
            except ValueError:
                shown = row.kind.display(text)
                raise SettingError(row.name, shown, origins[row.name], row.kind.allowed) from None
            break
    return Config(origins=origins, **values)


def from_options(values: Mapping[str, str]) -> SettingsSource:
    return SettingsSource(values, lambda name: f"the option --{name.replace('_', '-')}")


def from_environment(environ: Mapping[str, str]) -> SettingsSource:
    values = {row.name: environ[row.variable] for row in all_settings() if row.variable in environ}
    return SettingsSource(values, lambda name: f"the variable GRACENOTE_{name.upper()}")


def from_file(file: str) -> SettingsSource:
    """Read XMLTV's configuration format: ``key=value`` lines, ``#`` comments anywhere in a line.

    ``key!value`` says "not chosen" and is passed over; a repeated key of a list adds to it.
    Raises DataError when the file cannot be read, SettingError for a key that does not exist.
    """
    names = {word: row for row in all_settings() for word in (row.name, *row.aliases)}
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
    return SettingsSource(values, lambda name: file)


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
        raise InputFileError(file, os_error_text(error)) from error
    return [(number, text) for number, text in enumerate(texts, 1) if text]


def _without_comment(text: str) -> str:
    """The line up to its ``#``; within a password it is a letter like others."""
    return re.sub(r"(^|\s)#.*" if text.lstrip().startswith(_SECRETS) else "#.*", "", text)


def from_addon(profile: Optional[str]) -> SettingsSource:
    """The add-on's settings as Kodi stored them, for a run outside Kodi; none without a profile."""
    values: Dict[str, str] = {}
    if profile:
        from .xml_files import read_settings  # only here: the grabber must start without xmltodict

        values = read_settings(os.path.join(profile, "settings.xml"))
        if "://" in values.get("output", ""):  # an address that only Kodi can write to
            del values["output"]
    return SettingsSource(values, lambda name: "the add-on's settings")


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
    return with_paths(config, config.data_dir or default_data_dir(environ, profile))


def override(config: Config, given: Mapping[str, Any]) -> Config:
    """Return the settings with the values that are not None; these are checked like all others."""
    texts = {
        name: ",".join(value) if isinstance(value, tuple) else str(value)
        for name, value in given.items()
        if value is not None
    }
    checked = load([SettingsSource(texts, lambda name: f"the argument {name}")])
    return dataclasses.replace(config, **{name: getattr(checked, name) for name in texts})
