"""The settings of a long-running process: read again when they have changed, and saved."""

import os
import threading
from types import MappingProxyType
from typing import Callable, Dict, List, Mapping, Optional

from ..clock import Clock
from ..errors import GrabError, OutputError, SettingError, os_error_text
from . import paths, saving, sources
from .settings import Config, all_settings
from .sources import Reading

NO_VALUES: Mapping[str, str] = MappingProxyType({})


class Keeper:
    """Reads and saves the settings; any thread may. ``changed`` is to be called when something else
    has changed that the guide depends on, such as an assignment."""

    def __init__(self) -> None:
        self.changed: Callable[[], None] = lambda: None
        self._guard = threading.Lock()

    def read(self, values: Mapping[str, str] = NO_VALUES) -> Reading:
        """The settings as they are now, or would be with these values saved. Raises GrabError when
        there is no place for any data."""
        raise NotImplementedError

    def fixed(self) -> Dict[str, str]:
        """The settings that cannot be changed here: where each comes from, by name."""
        raise NotImplementedError

    def _write(self, values: Mapping[str, str]) -> None:
        """Save these, and see to it that the process takes them. Raises GrabError; nothing is then
        changed."""
        raise NotImplementedError

    @property
    def stamp(self) -> object:
        """Differs once somebody else may have changed the settings; None = nobody can."""
        return None

    def texts(self) -> Mapping[str, str]:
        """The present settings as texts, by name; those that are not set are missing."""
        return self.read().texts

    def config(self, values: Mapping[str, str]) -> Config:
        """The settings with these values. Raises the first mistake."""
        return sources.without_mistakes(self.read(values))

    def mistakes(self, values: Mapping[str, str]) -> List[GrabError]:
        """What is wrong with these values; mistakes in other settings do not matter."""
        fixed, texts = self.fixed(), self.texts()
        rows = {row.name: row for row in all_settings()}
        wrong: List[GrabError] = [
            SettingError(name, None, "the page", f"changing {fixed[name]}, which comes first")
            for name in values
            if name in fixed and values[name] != texts.get(name, "")
        ]
        wrong += [
            SettingError(name, None, "the page", "a setting of docs/settings.md")
            for name in values
            if name not in rows
        ]
        read = self.read(values).mistakes
        return wrong + [row for row in read if isinstance(row, SettingError) and row.name in values]

    def save(self, values: Mapping[str, str]) -> None:
        """Check these values, and save them all or none; "" removes one. Raises GrabError."""
        with self._guard:
            for mistake in self.mistakes(values):
                raise mistake
            self._write(values)


class FileKeeper(Keeper):
    """The settings of a command: options and variables fix them, the config file keeps the rest."""

    def __init__(
        self,
        options: Mapping[str, str],
        environ: Mapping[str, str],
        file: Optional[str],
        typed: Mapping[str, str],
        clock: Clock,
    ) -> None:
        super().__init__()
        self._options, self._environ, self._typed, self._clock = options, environ, typed, clock
        self._file = file or paths.default_config_file(environ)

    def read(self, values: Mapping[str, str] = NO_VALUES) -> Reading:
        file = self._file if os.path.exists(self._file) else os.devnull  # saving makes it
        given = sources.all_sources(self._options, self._environ, file, self._typed)
        options, variables, saved, addon = given
        saved = saved._replace(
            values={**saved.values, **values},
            origin=lambda name: "the page" if name in values else self._file,
        )
        reading = sources.read_sources([options, variables, saved, addon])
        config = sources.in_data_dir(reading.config, self._environ)
        return reading._replace(config=config)

    def fixed(self) -> Dict[str, str]:
        given = sources.all_sources(self._options, self._environ, os.devnull, self._typed)[:2]
        return {
            name: source.origin(name)
            for source in reversed(given)
            for name in source.values
            if source.values[name].strip()
        }

    def _write(self, values: Mapping[str, str]) -> None:
        if not self._file:
            raise OutputError("the config file", "this user has no home", "Use --config-file")
        saving.save(self._file, values, self._clock.now())
        self.changed()

    @property
    def stamp(self) -> object:
        try:
            stat = os.stat(self._file)
        except OSError as error:
            return os_error_text(error)
        return stat.st_mtime_ns, stat.st_size, stat.st_ino
