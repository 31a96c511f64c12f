"""IPTV Simple, as Kodi and the add-on meet it."""

import os
import xml.etree.ElementTree as ElementTree

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
    """IPTV Simple, of one version: it is started and stopped, and shows channels."""

    NAME = "pvr.iptvsimple"

    def __init__(self, kodi, version, channels=0, with_guide=0, title="The News"):
        self.kodi = kodi
        kodi.others[self.NAME] = {}
        self.version, self.enabled, self.tv, self.lost = version, True, True, 0
        self.channels, self.with_guide, self.title = channels, with_guide, title
        self.story = []
        self.folder = os.path.join(kodi.userdata, "addon_data", "pvr.iptvsimple")
        os.makedirs(self.folder)
        kodi.rpc.update(
            {
                "Addons.GetAddonDetails": self.details,
                "Addons.SetAddonEnabled": self.enable,
                "PVR.GetProperties": lambda **_: {"available": self.tv},
                "PVR.GetChannels": self.first_channels,
            }
        )

    def details(self, addonid, properties):
        assert addonid == "pvr.iptvsimple"
        return {"addon": {"version": self.version, "enabled": self.enabled}}

    def enable(self, addonid, enabled):
        """Kodi's TV may stay away after a start, so many times as are ``lost``."""
        self.enabled = enabled
        self.story.append(enabled)
        self.tv = enabled and self.lost <= 0
        self.lost -= enabled
        return "OK"

    def first_channels(self, channelgroupid, properties, limits):
        assert properties == ["broadcastnow"]
        on = {"broadcastnow": {"title": self.title}}
        rows = [on if number < self.with_guide else {} for number in range(self.channels)]
        total = {"limits": {"total": self.channels}}
        return {"channels": rows[: limits["end"]], **total} if rows else total

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
