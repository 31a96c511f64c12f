"""The television of a Kodi: a player with a playlist of the made-up world's stations."""

import contextlib
import glob
import os
import sqlite3
import time
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from fake_gracenote import World
from gracenote2epg.guide import span as guide_span

from .home import PLAYER
from .player import Kodi


class Television(NamedTuple):
    """A Kodi whose player has the guide, and the world that the guide is of."""

    kodi: Kodi
    world: World
    days: int

    @property
    def stations(self) -> Dict[str, str]:
        """Call signs by station id; a station on two numbers is there once."""
        return {row["channelId"]: row["callSign"] for row in self.world.channels()}

    def add_playlist(self, names: Optional[Mapping[str, str]] = None) -> None:
        """Give the player, which is not enabled yet, a playlist: names by station id, call signs
        otherwise."""
        path = os.path.join(self.kodi.home.folder, "tv.m3u")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#EXTM3U\n")
            for station, name in (names or self.stations).items():
                file.write(f'#EXTINF:-1 tvg-id="{station}.gracenote2epg",{name}\n')
                file.write(f"http://127.0.0.1:9/{station}\n")
        self.kodi.home.save_settings(PLAYER, {"m3uPathType": "0", "m3uPath": path})

    def channels(self) -> Dict[str, int]:
        """Kodi's number of each channel, by name, in their order."""
        found = self.kodi.rpc("PVR.GetChannels", {"channelgroupid": "alltv"})
        return {row["label"]: row["channelid"] for row in found.get("channels", [])}

    def with_programmes(self) -> int:
        """How many channels show something now."""
        asked = {"channelgroupid": "alltv", "properties": ["broadcastnow"]}
        return sum(
            "broadcastnow" in row
            for row in self.kodi.rpc("PVR.GetChannels", asked).get("channels", [])
        )

    def broadcasts(self, station: str, *properties: str) -> List[Dict[str, Any]]:
        channel = self.channels()[self.stations[station]]
        asked = {"channelid": channel, "properties": list(properties)}
        found: List[Dict[str, Any]] = self.kodi.rpc("PVR.GetBroadcasts", asked).get(
            "broadcasts", []
        )
        return found

    def truth(self, station: str) -> List[Any]:
        """The station's airings in the days of the guide."""
        span = guide_span.span(time.time(), self.days, 0)
        return self.world.airings(station, span.begin, span.end)

    def pairs(self, *properties: str) -> List[Tuple[Any, Dict[str, Any]]]:
        """Every airing of the world, with the broadcast that Kodi has at that station and time."""
        found = []
        for station in self.stations:
            shown = {
                row["starttime"]: row for row in self.broadcasts(station, "starttime", *properties)
            }
            found += [(airing, shown[kodis(airing.start)]) for airing in self.truth(station)]
        return found


def settings_file(kodi: Kodi) -> str:
    """The name of the file of the player's settings: from 20.8 on it has one per instance."""
    return "instance-settings-1.xml" if has_instances(kodi) else "settings.xml"


def has_instances(kodi: Kodi) -> bool:
    return tuple(map(int, kodi.version(PLAYER).split(".")[:2])) >= (20, 8)


def scanned(kodi: Kodi) -> int:
    """Of how many channels Kodi has written down that it asked for their programmes; it does
    so each minute."""
    (file,) = glob.glob(os.path.join(kodi.home.userdata, "Database", "Epg*.db"))
    with contextlib.closing(sqlite3.connect(file)) as database:
        ((count,),) = database.execute("SELECT count(*) FROM lastepgscan")
        return int(count)


def kodis(moment: int) -> str:
    """A moment as Kodi writes it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment))
