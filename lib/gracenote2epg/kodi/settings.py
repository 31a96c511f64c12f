"""The add-on's settings, as Kodi tells them at one moment."""

import contextlib
import os
from typing import Any, Dict, Mapping, NamedTuple, Tuple

import xbmcaddon
import xbmcvfs

from ..config import ADDON_ID, Config, from_environment, load, table, with_places
from ..kinds import path, place, postal

# A change of these makes another guide, so it is not left to the schedule.
_MAKES_THE_GUIDE = (
    "postal_code",
    "lineup",
    "channels",
    "channels_from",
    "days",
    "output",
    "tvh_url",
    "tvh_filter",
)


class Settings(NamedTuple):
    """What the user has set. texts: by name; "" = nothing. profile: the add-on's own folder."""

    texts: Mapping[str, str]
    profile: str

    @property
    def chosen(self) -> bool:
        """Whether there is anything to grab."""
        return bool(self.texts["postal_code"] or self.texts["lineup"])

    @property
    def asked(self) -> Tuple[str, ...]:
        """What the guide is to be made of."""
        return tuple(self.texts[name] for name in _MAKES_THE_GUIDE)

    @property
    def interval(self) -> float:
        """Seconds from the end of a run to the next one."""
        text = self.texts["interval"]
        return 3600.0 * (int(text) if text.isdecimal() else Config.interval)

    @property
    def debug(self) -> bool:
        return self.texts["debug"] == "true"

    @property
    def secrets(self) -> Tuple[str, ...]:
        """What no line of a log may hold: the postal code, as typed and as the engine writes it."""
        typed = self.texts["postal_code"]
        found = {typed}
        with contextlib.suppress(ValueError):  # the run will say that it is no postal code
            found.add(postal.parse(typed))
        return tuple(sorted(filter(None, found), key=len, reverse=True))

    def environment(self) -> Dict[str, str]:
        """The settings as GRACENOTE_* variables.

        Kodi tells defaults like values of the user. They are left out, because the engine may
        depart from a default (see lookup.known_affiliate), but not from what the user says.
        """
        return {
            row.variable: xbmcvfs.translatePath(text) if row.kind in (path, place) else text
            for row, text in ((row, self.texts[row.name]) for row in table())
            if text not in ("", as_text(row.default))
        }

    def config(self) -> Config:
        """The settings of a run. Raises SettingError."""
        source = from_environment(self.environment())
        source = source._replace(origin=lambda name: "the add-on's settings")
        config = load([source])
        # Neither stdout nor Kodi's working directory is a place for a guide, and Python opens no
        # smb:// or nfs:// address.
        if config.output and not os.path.isabs(config.output):
            raise config.bad("output", config.output, "a file of this machine, with its full path")
        return with_places(config, self.profile)


def read() -> Settings:
    """Ask Kodi, by a fresh object: an older one keeps the values of its own time."""
    addon = xbmcaddon.Addon(ADDON_ID)
    texts = {row.name: addon.getSetting(row.name).strip() for row in table()}
    return Settings(texts, xbmcvfs.translatePath(addon.getAddonInfo("profile")))


def as_text(value: Any) -> str:
    """A value as Kodi's settings write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, tuple) else str(value)
