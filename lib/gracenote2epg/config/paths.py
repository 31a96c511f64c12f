"""Where settings, data and guides are, on each platform."""

import dataclasses
import os
import sys
from typing import List, Mapping, Optional

from .settings import ADDON_ID, UNIX_SOCKET_PREFIX, Config


def addon_profile(environ: Mapping[str, str]) -> Optional[str]:
    """The folder where Kodi keeps the add-on's settings, when there are any that can be read."""
    for profile in kodi_profile_dirs(environ, ADDON_ID):
        if os.access(os.path.join(profile, "settings.xml"), os.R_OK):
            return profile
    return None


def kodi_profile_dirs(environ: Mapping[str, str], addon_id: str) -> List[str]:
    """Where Kodi may keep the settings of an add-on.

    First beside the add-on that this code belongs to, then where Kodi's platforms keep theirs
    (kodi.wiki, "Special protocol").
    """
    here = os.path.dirname(os.path.abspath(__file__))
    roots = [os.path.join(here, *[os.pardir] * 5)] if ADDON_ID in here else []
    places = (".kodi", ".var/app/tv.kodi.Kodi/data", "Library/Application Support/Kodi", "Kodi")
    above = [*home_dirs(environ), environ.get("APPDATA", "")]
    roots += [os.path.join(folder, place) for folder in above if folder for place in places]
    return [
        os.path.normpath(os.path.join(root, "userdata", "addon_data", addon_id)) for root in roots
    ]


def home_dirs(environ: Mapping[str, str]) -> List[str]:
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
        for home in home_dirs(environ) or ["."]
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
        bases = [os.path.join(home, ".local", "share") for home in home_dirs(environ)]
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


def with_paths(config: Config, data_dir: str) -> Config:
    """Return the settings with the data directory and the output file filled in, paths whole."""
    data_dir = os.path.abspath(os.path.expanduser(data_dir))
    output = config.output or os.path.join(data_dir, "xmltv.xml")
    if output != "-":
        kind = UNIX_SOCKET_PREFIX if output.startswith(UNIX_SOCKET_PREFIX) else ""
        output = kind + os.path.abspath(os.path.expanduser(output[len(kind) :]))
    named = config.category_map and os.path.abspath(os.path.expanduser(config.category_map))
    listed = config.channels_from
    if listed and "://" not in listed:
        listed = os.path.abspath(listed)
    return dataclasses.replace(
        config, data_dir=data_dir, output=output, category_map=named, channels_from=listed
    )
