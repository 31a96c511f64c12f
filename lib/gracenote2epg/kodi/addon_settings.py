"""The add-on's settings, a snapshot of Kodi's."""

import contextlib
import dataclasses
import hashlib
import json
import os
import threading
from typing import Dict, Mapping, NamedTuple

import xbmcvfs

from ..clock import HOUR
from ..config import secrets as config_secrets
from ..config.paths import with_paths
from ..config.settings import ADDON_ID, GUIDE_GROUPS, Config, all_settings, as_text
from ..config.sources import Reading, from_environment, read_sources, without_mistakes
from ..config.types import path, place, postal
from ..errors import SettingError
from ..grab import schedule
from ..util import redact
from .ids import REFRESH_FILE, fresh_addon, is_configured
from .state_file import State

PROFILE = f"special://profile/addon_data/{ADDON_ID}/"
DEFAULT_GUIDE, GENRES = f"{PROFILE}xmltv.xml", f"{PROFILE}genres.xml"
REFRESH_NOTE = f"{PROFILE}{REFRESH_FILE}"
_SAVING = threading.RLock()  # the page saves several at once: no run begins with some of them


class Settings(NamedTuple):
    """The user's settings. texts: by name, "" = not set. profile: the add-on's data folder."""

    texts: Mapping[str, str]
    profile: str

    @property
    def configured(self) -> bool:
        """Whether there is anything to download."""
        return is_configured(self.texts.__getitem__)

    @property
    def fingerprint(self) -> str:
        """Equal for settings that make the same guide: another one starts a run at once. It reveals
        none of them."""
        texts = [self.texts[row.name] for row in all_settings() if row.group in GUIDE_GROUPS]
        return hashlib.sha256(json.dumps(texts).encode()).hexdigest()

    @property
    def interval(self) -> int:
        """Seconds between runs."""
        return HOUR * self.number("interval", Config.interval)

    def next_run(self, state: State, now: float) -> float:
        """When the next run is due, seconds since the epoch; now if these settings had none yet."""
        last = state.last
        if last is None or last.fingerprint != self.fingerprint:
            return now
        plan = schedule.Schedule(
            self.interval, state.installation_id, self.number("hour", Config.hour)
        )
        return schedule.next_run(plan, last.ended_at, bool(last.error), now)

    def is_on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.texts[name] == "true"

    def number(self, name: str, default: int) -> int:
        """The value of a setting; ``default`` if it is not a whole number."""
        try:
            return int(self.texts[name])
        except ValueError:
            return default

    @property
    def serves_page(self) -> bool:
        return self.is_on("enable_monitoring")

    @property
    def page_port(self) -> int:
        return self.number("monitoring_port", Config.monitoring_port)

    @property
    def secrets(self) -> redact.Secrets:
        """What no log line may hold; the postal code as typed and as requests write it."""
        texts = self.texts
        codes = [*config_secrets.postal_code_forms(texts["postal_code"], texts["lineup"])]
        with contextlib.suppress(ValueError):  # the run reports an invalid postal code
            codes += config_secrets.postal_code_forms(postal.parse(texts["postal_code"]))
        passwords = texts["tvh_password"], texts["web_code"]
        addresses = texts["notify"].replace(",", " ").split()
        hidden = config_secrets.collected(codes, texts["channels_from"], addresses, *passwords)
        return redact.ordered({texts["tvh_username"]: redact.USER, **dict(hidden)})

    @property
    def share_address(self) -> str:
        """The guide's address when only Kodi can write to it, such as smb://; "" = a local path."""
        address = xbmcvfs.translatePath(self.texts["output"])
        return address if "://" in address else ""

    def environment(self) -> Dict[str, str]:
        """The settings as GRACENOTE_* variables.

        Kodi does not tell defaults from the user's values. Defaults are left out, because a run
        may depart from a default (see grab/lineups.py), but not from what the user chose.
        """
        variables = {
            row.variable: xbmcvfs.translatePath(text) if row.kind in (path, place) else text
            for row, text in ((row, self.texts[row.name]) for row in all_settings())
            if text not in ("", as_text(row.default))
        }
        if self.share_address:
            suffix = ".gz" if self.share_address.endswith(".gz") else ""
            variables["GRACENOTE_OUTPUT"] = os.path.join(self.profile, f"xmltv.xml{suffix}")
        return variables

    def config(self) -> Config:
        """The settings of a run. Raises SettingError."""
        return without_mistakes(self.reading())

    def reading(self) -> Reading:
        """The settings, and all mistakes in them."""
        source = from_environment(self.environment())
        reading = read_sources([source._replace(origin=lambda name: "the add-on's settings")])
        config, mistakes = reading.config, [*reading.mistakes]
        # Neither stdout nor Kodi's working directory is a place for a guide.
        if config.output and not os.path.isabs(config.output):
            allowed = "a file, with its full path or address"
            mistakes.append(config.invalid("output", config.output, allowed))
            config = dataclasses.replace(config, output="")
        return Reading(with_paths(config, self.profile), reading.texts, mistakes)

    def with_values(self, values: Mapping[str, str]) -> "Settings":
        return self._replace(texts={**self.texts, **values})


def read() -> Settings:
    """The settings as they are now."""
    with _SAVING:
        addon = fresh_addon()
        texts = {row.name: addon.getSetting(row.name).strip() for row in all_settings()}
    if texts["output"].endswith(("/", "\\")):  # a folder: Kodi's file browser names no new file
        texts["output"] += "xmltv.xml"
    return Settings(texts, xbmcvfs.translatePath(addon.getAddonInfo("profile")))


def write(values: Mapping[str, str]) -> None:
    """Save those values that differ, all or none: each write notifies every monitor of the add-on.
    Raises SettingError for one that Kodi did not take, about which it says nothing."""
    kinds = {row.name: row.kind for row in all_settings()}
    with _SAVING:
        before, addon = read().texts, fresh_addon()
        changed = {name: text for name, text in values.items() if before[name] != text}
        for name, text in changed.items():
            addon.setSetting(name, text)
        saved = fresh_addon()
        taken = {name: saved.getSetting(name).strip() == changed[name].strip() for name in changed}
        for name in changed if not all(taken.values()) else ():
            if taken[name]:
                saved.setSetting(name, before[name])
    for name, is_taken in taken.items():
        if not is_taken:
            shown = kinds[name].display(changed[name])
            raise SettingError(name, shown, "the add-on", "what Kodi's page of settings accepts")
