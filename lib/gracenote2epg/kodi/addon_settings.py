"""The add-on's settings, as Kodi tells them at one moment."""

import contextlib
import hashlib
import json
import os
from typing import Dict, Mapping, NamedTuple

import xbmcaddon
import xbmcvfs

from ..config import secrets as config_secrets
from ..config.paths import with_paths
from ..config.settings import ADDON_ID, Config, all_settings, as_text
from ..config.sources import from_environment, load
from ..config.types import path, place, postal
from ..util import redact
from .timing import Schedule

# Groups of what is in the guide, how it is written, and who is asked: a change of these is not left
# to the schedule.
_MAKES_THE_GUIDE = ("Guide", "Output", "Tvheadend", "Source")
PROFILE = f"special://profile/addon_data/{ADDON_ID}/"
OWN_GUIDE, GENRES = f"{PROFILE}xmltv.xml", f"{PROFILE}genres.xml"


class Settings(NamedTuple):
    """What the user has set. texts: by name; "" = nothing. profile: the add-on's own folder."""

    texts: Mapping[str, str]
    profile: str

    @property
    def chosen(self) -> bool:
        """Whether there is anything to grab."""
        return bool(self.texts["postal_code"] or self.texts["lineup"])

    @property
    def asked(self) -> str:
        """What the guide is to be made of: equal for equal settings; it gives none of them away."""
        made_of = [self.texts[row.name] for row in all_settings() if row.group in _MAKES_THE_GUIDE]
        return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()

    def schedule(self, own: int) -> Schedule:
        """own: the installation's number."""
        hours = self._number("interval", Config.interval)
        return Schedule(3600.0 * hours, self._number("hour", Config.hour), own)

    @property
    def at_start(self) -> bool:
        return self.texts["at_start"] == "true"

    @property
    def not_while_playing(self) -> bool:
        return self.texts["not_while_playing"] == "true"

    @property
    def page(self) -> bool:
        """Whether the page is served."""
        return self.texts["enable_monitoring"] == self.texts["monitoring_web_api"] == "true"

    @property
    def port(self) -> int:
        """Of the page."""
        return self._number("monitoring_port", Config.monitoring_port)

    @property
    def debug(self) -> bool:
        return self.texts["debug"] == "true"

    @property
    def secrets(self) -> redact.Secrets:
        """What no line of a log may hold. The postal code is among them as typed and as the engine
        writes it.
        """
        texts = self.texts
        places = [*config_secrets.postal_code_forms(texts["postal_code"], texts["lineup"])]
        with contextlib.suppress(ValueError):  # the run will say that it is no postal code
            places += config_secrets.postal_code_forms(postal.parse(texts["postal_code"]))
        found = config_secrets.collected(places, texts["channels_from"], texts["tvh_password"])
        return redact.ordered({texts["tvh_username"]: redact.USER, **dict(found)})

    @property
    def elsewhere(self) -> str:
        """Where the guide is to be copied, an address that Kodi alone can write to; "" = nowhere.

        Python opens no smb:// or nfs:// address.
        """
        text = xbmcvfs.translatePath(self.texts["output"])
        return text if "://" in text else ""

    def environment(self) -> Dict[str, str]:
        """The settings as GRACENOTE_* variables.

        Kodi tells defaults like values of the user. They are left out, because the engine may
        depart from a default (see lookup.known_affiliate), but not from what the user says.
        """
        found = {
            row.variable: xbmcvfs.translatePath(text) if row.kind in (path, place) else text
            for row, text in ((row, self.texts[row.name]) for row in all_settings())
            if text not in ("", as_text(row.default))
        }
        if self.elsewhere:
            packed = ".gz" if self.elsewhere.endswith(".gz") else ""
            found["GRACENOTE_OUTPUT"] = os.path.join(self.profile, f"xmltv.xml{packed}")
        return found

    def config(self) -> Config:
        """The settings of a run. Raises SettingError."""
        source = from_environment(self.environment())
        source = source._replace(origin=lambda name: "the add-on's settings")
        config = load([source])
        # Neither stdout nor Kodi's working directory is a place for a guide.
        if config.output and not os.path.isabs(config.output):
            raise config.invalid("output", config.output, "a file, with its full path or address")
        return with_paths(config, self.profile)

    def but(self, values: Mapping[str, str]) -> "Settings":
        """The settings with other values for some."""
        return self._replace(texts={**self.texts, **values})

    def _number(self, name: str, default: int) -> int:
        try:
            return int(self.texts[name])
        except ValueError:
            return default


def read() -> Settings:
    """Ask Kodi, by a fresh object: an older one keeps the values of its own time."""
    addon = xbmcaddon.Addon(ADDON_ID)
    texts = {row.name: addon.getSetting(row.name).strip() for row in all_settings()}
    return Settings(texts, xbmcvfs.translatePath(addon.getAddonInfo("profile")))


def write(values: Mapping[str, str]) -> None:
    """Change some of the user's settings; those that are already so are left alone, because each
    one calls everyone who waits for changes."""
    before = read().texts
    addon = xbmcaddon.Addon(ADDON_ID)
    for name, text in values.items():
        if before[name] != text:
            addon.setSetting(name, text)
