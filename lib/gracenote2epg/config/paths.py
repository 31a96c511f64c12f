"""Default folders for settings, data and guides, per platform."""

import dataclasses
import os
import sys
from typing import List, Mapping, Optional

from ..errors import SettingError
from .settings import ADDON_ID, UNIX_SOCKET_PREFIX, Config

SUPPORT_FILE = "support.txt"  # in the data directory; only Kodi has one
# script.module.requests, .xmltodict and .defusedxml, and their dependencies.
_KODI_PACKAGES = ("requests", "xmltodict", "defusedxml", "urllib3", "certifi", "chardet", "idna")


def addon_profile(environ: Mapping[str, str]) -> Optional[str]:
    """The add-on's profile folder in Kodi, if it has readable settings."""
    for profile in kodi_profile_dirs(environ, ADDON_ID):
        if os.access(os.path.join(profile, "settings.xml"), os.R_OK):
            return profile
    return None


def kodi_profile_dirs(environ: Mapping[str, str], addon_id: str) -> List[str]:
    """The folders where Kodi may keep an add-on's settings.

    First beside the add-on that this code belongs to, then those of Kodi's platforms (kodi.wiki,
    "Special protocol").
    """
    here = os.path.dirname(os.path.abspath(__file__))
    roots = [os.path.join(here, *[os.pardir] * 5)] if ADDON_ID in here else []
    kodi_dirs = (".kodi", ".var/app/tv.kodi.Kodi/data", "Library/Application Support/Kodi", "Kodi")
    parents = [*home_dirs(environ), environ.get("APPDATA", "")]
    roots += [os.path.join(parent, name) for parent in parents if parent for name in kodi_dirs]
    return [
        os.path.normpath(os.path.join(root, "userdata", "addon_data", addon_id)) for root in roots
    ]


def home_dirs(environ: Mapping[str, str]) -> List[str]:
    """HOME, and the home that the system knows if HOME is missing or not writable: services may
    run with an odd HOME or none. Empty for a user whom the system does not know, without HOME.
    """
    home = environ.get("HOME", "")
    homes = [home] if os.path.isdir(home) else []
    if homes and os.access(home, os.W_OK):
        return homes
    try:
        import pwd

        homes.append(pwd.getpwuid(os.getuid()).pw_dir)
    except (ImportError, KeyError):  # Windows; a user id without an account
        homes.append(os.path.expanduser("~"))
    return list(filter(os.path.isabs, homes))


def default_config_file(environ: Mapping[str, str]) -> str:
    """The config file, in the folder where every XMLTV grabber keeps its own; "" without a home."""
    name = os.path.join(".xmltv", "tv_grab_gracenote2epg.conf")
    files = [os.path.join(home, name) for home in home_dirs(environ)]
    return next(filter(os.path.isfile, files), files[0] if files else "")


def config_file(config: Config) -> str:
    """The config file that settings came from, or where it would be."""
    files = filter(os.path.isfile, config.origins.values())
    return next(files, "") or default_config_file(os.environ)


def default_data_dir(environ: Mapping[str, str], profile: Optional[str]) -> str:
    """The add-on's profile if this user owns it, else the user's data directory.

    Raises SettingError without a home directory.
    """
    if profile and _is_ours(profile):
        return profile
    if sys.platform == "win32":
        parents = [environ.get("LOCALAPPDATA") or os.path.expanduser("~")]
    elif sys.platform == "darwin":
        parents = [os.path.expanduser("~/Library/Application Support")]
    elif environ.get("XDG_DATA_HOME"):
        parents = [environ["XDG_DATA_HOME"]]
    else:
        parents = [os.path.join(home, ".local", "share") for home in home_dirs(environ)]
    parents = list(filter(os.path.isabs, parents))
    if not parents:
        allowed = "a folder, as this user has no home directory"
        raise SettingError("data_dir", "", "the default", allowed)
    return os.path.join(next(filter(can_create, parents), parents[0]), "gracenote2epg")


def _is_ours(folder: str) -> bool:
    """Whether this user owns the folder. Root can write anywhere, but the owner could not replace
    root's files."""
    if not os.access(folder, os.W_OK):
        return False
    return not hasattr(os, "geteuid") or os.stat(folder).st_uid == os.geteuid()


def can_create(folder: str) -> bool:
    """Whether the folder, or the nearest existing one above it, is writable."""
    while not os.path.exists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return os.path.isdir(folder) and os.access(folder, os.W_OK)


def with_paths(config: Config, data_dir: str) -> Config:
    """Return the settings with the data directory and output filled in and all paths absolute."""
    data_dir = _absolute(data_dir)
    output = config.output or os.path.join(data_dir, "xmltv.xml")
    if output != "-":
        prefix = UNIX_SOCKET_PREFIX if output.startswith(UNIX_SOCKET_PREFIX) else ""
        output = prefix + _absolute(output[len(prefix) :])
    playlist = config.channels_from
    return dataclasses.replace(
        config,
        data_dir=data_dir,
        output=output,
        category_map=_absolute(config.category_map),
        ids_from=config.ids_from if config.ids_from == "-" else _absolute(config.ids_from),
        channels=tuple(map(_absolute_list, config.channels)),
        channels_from=playlist if "://" in playlist else _absolute(playlist),
    )


def _absolute_list(word: str) -> str:
    """The word of the setting ``channels``, with an absolute path if it is the list @FILE."""
    mark, at, file = word.partition("@")
    return f"{mark}@{_absolute(file)}" if at and mark in ("", "!") else word


def _absolute(path: str) -> str:
    """The absolute path, with ~ expanded; "" stays ""."""
    return path and os.path.abspath(os.path.expanduser(path))


def add_kodi_packages() -> None:
    """Append the packages of the add-ons beside ours to sys.path; the system's come first.

    LibreELEC has no pip, but Kodi has these packages.
    """
    package = os.path.dirname(os.path.abspath(__file__))
    addons = os.path.abspath(os.path.join(package, *[os.pardir] * 4))
    for name in _KODI_PACKAGES:
        folder = os.path.join(addons, f"script.module.{name}", "lib")
        if os.path.isdir(folder) and folder not in sys.path:
            sys.path.append(folder)
