"""The home folder that a Kodi starts in: settings, add-ons, and no way off this machine.

Each setting is here because a Kodi without it asked, called out, made noise or went dark.
"""

import os
import shutil
import time
import zipfile
from typing import Dict, Mapping
from xml.sax.saxutils import escape, quoteattr

HERE = os.path.dirname(os.path.abspath(__file__))
REMOTE = "script.gracenote2epg.remote"
PLAYER = "pvr.iptvsimple"
# Hours from UTC, all year; in one of them it is evening.
ZONES = {
    "Pacific/Honolulu": -10,
    "America/Phoenix": -7,
    "America/Puerto_Rico": -4,
    "Atlantic/Cape_Verde": -1,
    "Africa/Johannesburg": 2,
    "Asia/Karachi": 5,
    "Asia/Singapore": 8,
    "Pacific/Noumea": 11,
}


def evening() -> str:
    """A zone where it is evening: pictures show the best programmes, and no day ends meanwhile."""
    hour = time.gmtime().tm_hour
    return next(name for name, offset in ZONES.items() if (hour + offset) % 24 in (19, 20, 21))


ZONE = evening()
CORE = {
    "services.esenabled": "true",  # JSON-RPC over TCP hangs on this one
    "services.esallinterfaces": "false",
    "services.webserver": "false",  # listens on every interface
    "services.zeroconf": "false",
    "services.upnp": "false",
    "services.airplay": "false",
    "services.wsdiscovery": "false",
    "general.addonupdates": "2",  # never look for any
    "addons.unknownsources": "true",  # or no zip is installed
    "lookandfeel.enablerssfeeds": "false",
    "weather.addon": "",
    "screensaver.mode": "",  # or pictures go dark after three minutes
    "audiooutput.guisoundmode": "0",
    "locale.country": "USA (12h)",
    "locale.timezone": ZONE,
    "epg.pastdaystodisplay": "1",
}


def modules() -> Dict[str, str]:
    """The versions of the add-ons that stand for Kodi's repository, by add-on id."""
    with open(os.path.join(HERE, "modules.list"), encoding="ascii") as file:
        rows = [line.split() for line in file]
    return {row[0]: row[1].split("==")[1] for row in rows}


MODULES = modules()


class Home:
    """The folder and its places.

    root: of the system whose Kodi it is. zips: where Kodi's file browser finds what is to be
    installed.
    """

    def __init__(self, folder: str, port: int, root: str) -> None:
        self.folder, self.port, self.root = folder, port, root
        self.zips = os.path.join(folder, "zips")
        self.addons = os.path.join(folder, ".kodi", "addons")
        self.userdata = os.path.join(folder, ".kodi", "userdata")
        self.log = os.path.join(folder, ".kodi", "temp", "kodi.log")
        for place in (self.zips, self.addons, self.userdata):
            os.makedirs(place)
        shutil.copytree(os.path.join(HERE, REMOTE), os.path.join(self.addons, REMOTE))
        self._write_core()
        self._hide_system_packages()

    def profile(self, addon_id: str) -> str:
        return os.path.join(self.userdata, "addon_data", addon_id)

    def add_module(self, addon_id: str, packages: str) -> None:
        """Put pip's packages where Kodi's repository would have put an add-on of them."""
        folder = os.path.join(self.addons, addon_id)
        shutil.copytree(packages, os.path.join(folder, "lib"))
        self._write(
            os.path.join(folder, "addon.xml"),
            f'<addon id="{addon_id}" name="{addon_id}" version="{MODULES[addon_id]}"'
            ' provider-name="pip"><requires><import addon="xbmc.python" version="3.0.0"/>'
            '</requires><extension point="xbmc.python.module" library="lib"/>'
            '<extension point="xbmc.addon.metadata"><platform>all</platform></extension></addon>',
        )

    def unpack(self, file: str) -> None:
        with zipfile.ZipFile(file) as archive:
            archive.extractall(self.addons)

    def offer(self, file: str, name: str) -> None:
        """Put a zip where Kodi's file browser finds it."""
        shutil.copy(file, os.path.join(self.zips, name))

    def save_settings(self, addon_id: str, values: Mapping[str, str]) -> None:
        """Write an add-on's settings before Kodi starts.

        IPTV Simple's of this system, 20.6, are in settings.xml, of newer ones in a file per
        instance; one that has no name is taken for older than it is.
        """
        os.makedirs(self.profile(addon_id), exist_ok=True)
        name = "settings.xml"
        if addon_id == PLAYER and self.root != "/":
            name = "instance-settings-1.xml"
            instance = {"kodi_addon_instance_name": "TV", "kodi_addon_instance_enabled": "true"}
            values = {**instance, **values}
        self._write(os.path.join(self.profile(addon_id), name), _settings(values))

    def add_profile(self, name: str) -> None:
        """Another person at this Kodi, beside the first one."""
        folder = os.path.join(self.userdata, "profiles", name)
        os.makedirs(folder)
        shutil.copy(os.path.join(self.userdata, "guisettings.xml"), folder)
        row = "<profile><id>{}</id><name>{}</name><directory>{}</directory>{}</profile>"
        shared = "<hasdatabases>false</hasdatabases>"  # or no add-on is enabled there
        rows = row.format(0, "Master user", "special://masterprofile/", "")
        rows += row.format(1, name, f"profiles/{name}/", shared)
        text = f"<profiles><autologin>-1</autologin>{rows}</profiles>"
        self._write(os.path.join(self.userdata, "profiles.xml"), text)

    def _write_core(self) -> None:
        # Without <resolutions/> Kodi throws the whole file away.
        core = _settings(CORE).replace("</settings>", "<resolutions/></settings>")
        self._write(os.path.join(self.userdata, "guisettings.xml"), core)
        self._write(
            os.path.join(self.userdata, "advancedsettings.xml"),
            '<advancedsettings version="1.0"><loglevel hide="true">1</loglevel>'
            f"<jsonrpc><tcpport>{self.port}</tcpport></jsonrpc><splash>false</splash>"
            "</advancedsettings>",
        )
        self._write(
            os.path.join(self.userdata, "sources.xml"),
            "<sources><files><source><name>zips</name>"
            f'<path pathversion="1">{escape(self.zips)}/</path></source></files></sources>',
        )
        silence = "pcm.!default { type null }\nctl.!default { type null }\n"
        self._write(os.path.join(self.folder, ".asoundrc"), silence)

    def _hide_system_packages(self) -> None:
        """Make a home for Kodi's Python that has the standard library alone.

        Debian's Kodi uses the system's Python, whose packages would win over the script.module.*
        add-ons; a LibreELEC box, a television and Windows have none.
        """
        self.python = os.path.join(self.folder, "python")
        os.makedirs(os.path.join(self.python, "lib"))
        for name in os.listdir(os.path.join(self.root, "usr/lib")):
            library = os.path.join(self.root, "usr/lib", name, "os.py")
            if name.startswith("python3.") and os.path.exists(library):
                os.symlink(f"/usr/lib/{name}", os.path.join(self.python, "lib", name))

    @staticmethod
    def _write(path: str, text: str) -> None:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def _settings(values: Mapping[str, str]) -> str:
    rows = "".join(
        f"<setting id={quoteattr(name)}>{escape(value)}</setting>" for name, value in values.items()
    )
    return f'<settings version="2">{rows}</settings>'


def environment(home: Home, display: str) -> Dict[str, str]:
    """Kodi's environment. A proxy that is not there refuses whatever would leave this machine."""
    nowhere = "http://127.0.0.1:9"
    proxies = {f"{kind}_proxy": nowhere for kind in ("http", "https", "all")}
    return {
        **proxies,
        **{name.upper(): address for name, address in proxies.items()},
        "no_proxy": "127.0.0.1,localhost",
        "NO_PROXY": "127.0.0.1,localhost",
        "HOME": home.folder,
        "XDG_RUNTIME_DIR": home.folder,
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "TZ": ZONE,
        "DISPLAY": display,
        "MALLOC_MMAP_THRESHOLD_": "131072",  # as Kodi's start script has it, or memory is hoarded
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "LP_NUM_THREADS": "1",
        "PYTHONHOME": home.python,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
