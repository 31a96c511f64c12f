"""IPTV Simple, as Kodi and the add-on meet it."""

import os
import threading
import xml.etree.ElementTree as ElementTree

from support.kodi_addon import ours

OUR_FOLDER = "special://profile/addon_data/service.gracenote2epg/"
GUIDE, GENRES = f"{OUR_FOLDER}xmltv.xml", f"{OUR_FOLDER}genres.xml"
INSTANCE = "instance-settings-1.xml"
OLD = """\
<settings version="2">
    <setting id="m3uPathType">0</setting>
    <setting id="m3uPath">/tv/list.m3u</setting>
    <setting id="epgPathType" default="true">1</setting>
    <setting id="epgUrl">http://example.org/old.xml</setting>
    <setting id="m3uRefreshMode" default="true">0</setting>
    <setting id="startNum">1</setting>
    <setting id="defaultProviderName" default="true" />
</settings>
"""


class Iptv:
    """IPTV Simple, of one version: it is started and stopped, and shows channels.

    with_guide: how many of its channels are in the guide. From 20.8 on Kodi does not ask for their
    programmes after a change, but when an interval of one minute, read at the start, is over.
    """

    NAME = "pvr.iptvsimple"
    RELOAD = 62.0  # seconds from the start to the reload

    def __init__(self, kodi, version, channels=0, with_guide=0, title="The News"):
        self.kodi = kodi
        kodi.others[self.NAME] = {}
        self.version, self.tv, self.lost = version, True, 0
        self.channels, self.with_guide, self.title = channels, with_guide, title
        self.names = []  # of the first channels
        self._reloads_at, self._kodi_asked = None, False
        self.story = []
        self.folder = os.path.join(kodi.userdata, "addon_data", "pvr.iptvsimple")
        os.makedirs(self.folder)
        kodi.rpc.update(
            {
                "Addons.GetAddonDetails": self.details,
                "Addons.SetAddonEnabled": self.enable,
                "PVR.GetProperties": lambda **_: {"available": self.tv},
                "PVR.GetChannels": self.all_channels,
                "PVR.GetClients": self.clients,
            }
        )

    @property
    def enabled(self):
        return self.NAME not in self.kodi.unknown

    @enabled.setter
    def enabled(self, on):
        """Kodi lets others at the settings of an enabled add-on alone."""
        (self.kodi.unknown.discard if on else self.kodi.unknown.add)(self.NAME)

    def details(self, addonid, properties):
        if addonid != self.NAME:
            return {}  # it is not installed
        return {"addon": {"version": self.version, "enabled": self.enabled}}

    def enable(self, addonid, enabled):
        """Kodi's TV may stay away after a start, so many times as are ``lost``."""
        self._see_time()
        self.enabled = enabled
        self.story.append(enabled)
        self._reloads_at = self._reload_time() if enabled else None
        self.tv = enabled and self.lost <= 0
        self.lost -= enabled
        return "OK"

    def _reload_time(self):
        names = os.listdir(self.folder)
        instances = [self.settings(name) for name in names if name.endswith(".xml")]
        refresh = [
            (row.get("m3uRefreshMode"), row.get("m3uRefreshIntervalMins")) for row in instances
        ]
        return self.kodi.clock.monotonic() + self.RELOAD if ("1", "1") in refresh else None

    def _see_time(self):
        if self._reloads_at is not None and self.kodi.clock.monotonic() >= self._reloads_at:
            self._kodi_asked = True

    @property
    def shown(self):
        """How many of its channels show their programmes in Kodi."""
        self._see_time()
        return self.with_guide if self.version < "20.8" or self._kodi_asked else 0

    def all_channels(self, channelgroupid, properties):
        """Its channels, and one of another PVR add-on."""
        assert properties == ["broadcastnow", "clientid"]
        names = [*self.names, *(f"Channel {number}" for number in range(self.channels))]
        rows = [{"label": name, "clientid": 7} for name in names[: self.channels]]
        for row in rows[: self.shown]:
            row["broadcastnow"] = {"title": self.title}
        return {"channels": [{"label": "Of Tvheadend", "clientid": 3}, *rows]}

    def clients(self):
        return {
            "clients": [
                {"addonid": self.NAME, "clientid": 7},
                {"addonid": "pvr.hts", "clientid": 3},
            ]
        }

    def live(self):
        """What Kodi holds of its settings, where it lets others change them."""
        return self.kodi.others[self.NAME]

    def write(self, name, text=OLD):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(text)

    def settings(self, name):
        root = ElementTree.parse(os.path.join(self.folder, name)).getroot()
        assert root.get("version") == "2"
        return {row.get("id"): row.text or "" for row in root}


def connect(iptv):
    """Make the first instance read the guide, as the set-up does."""
    iptv_simple, clock = ours("iptv_simple"), iptv.kodi.clock
    instance = iptv_simple.instances(iptv.version)[0]
    target = iptv_simple.Target(GUIDE, GENRES, note(iptv))
    return iptv_simple.connect(instance, target, threading.Event(), clock)


def note(iptv):
    """Where the add-on keeps the refresh that the user has chosen."""
    return os.path.join(iptv.kodi.profile, "refresh.json")
