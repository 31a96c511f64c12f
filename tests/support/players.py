"""How players find the guide of their channels, as their sources say and running ones do."""

from typing import Dict, Iterable, Tuple

from gracenote2epg.channels.matching import PlayerChannel
from support import guides


def names_of(path: str) -> Dict[str, Tuple[str, ...]]:
    """The display names of a guide's channels, by channel id."""
    return {
        node.get("id"): tuple(name.text for name in node.findall("display-name"))
        for node in guides.read(path).findall("channel")
    }


def in_tvheadend(path: str, names: Iterable[str]) -> Dict[str, Tuple[str, ...]]:
    """The ids of the guide's channels that Tvheadend links, by the names of its own: each is whole
    one of the display names."""
    return {
        name: tuple(
            key
            for key, shown in names_of(path).items()
            if name.lower() in [text.lower() for text in shown]
        )
        for name in names
    }


def in_iptv_simple(path: str, channels: Iterable[PlayerChannel]) -> Dict[str, str]:
    """The id of the guide's channel that IPTV Simple takes, by the names of its channels: that of
    the tvg-id, else the first with the tvg-name, else with the name; "" = none."""
    guide = names_of(path)

    def found(channel: PlayerChannel) -> str:
        for key in guide:
            if channel.tvg_id and key.lower() == channel.tvg_id.lower():
                return key
        for wanted in (*channel.names, channel.name):
            for key, shown in guide.items():
                forms = {form.lower() for text in shown for form in (text, text.replace(" ", "_"))}
                if wanted.lower() in forms:
                    return key
        return ""

    return {channel.name: found(channel) for channel in channels}
