"""What players read: the elements of the guide, the players' profiles, the forms of channel ids.

Source: xmltv reference, sections 2.5, 3 and 3.9. docs/xmltv.md explains each row.
"""

from typing import Dict, FrozenSet, NamedTuple, Tuple

# Every element of the guide, in the document's order, with its readers: T Tvheadend, K Kodi's IPTV
# Simple, J Jellyfin and Emby, P Plex, C Channels DVR, M MythTV, N NextPVR, D Dispatcharr; "" = all,
# so that no profile leaves it out.
ELEMENTS: Dict[str, str] = {
    "channel id": "",
    "display-name": "",
    "channel icon": "",
    "start, stop": "",
    "title": "",
    "sub-title": "",
    "desc": "",
    "credits": "TKJMD",
    "date": "TKJMPD",
    "category": "",
    "keyword": "TD",
    "language": "D",
    "icon": "TKJPCD",
    "episode-num dd_progid": "TMJND",
    "episode-num onscreen": "TKPMD",
    "episode-num SxxExx": "J",
    "episode-num xmltv_ns": "",
    "episode-num schedulesdirect.org": "M",
    "episode-num original-air-date": "P",
    "video": "MD",
    "audio": "MD",
    "previously-shown": "TJMPD",
    "premiere": "TKJPD",
    "last-chance": "D",
    "new": "TKJPCND",
    "live": "JCD",
    "subtitles": "TMD",
    "rating": "TKJMD",
    "image": "JD",
}


_OF_ONE_PLAYER = ("episode-num SxxExx", "episode-num schedulesdirect.org")  # noise to the others


class Profile(NamedTuple):
    """What one player gets that others do not. complete: no element is left out."""

    letter: str = ""
    complete: bool = True
    genre_style: str = "both"  # unless the user chose another one
    max_categories: int = 0  # 0 = all; the one that gives the colour comes first
    exact_classes: bool = False  # no genre by which the player takes a movie for sports or news
    images: Tuple[str, ...] = ()  # the types of <image> without images=all
    portrait: bool = False  # posters rather than landscape pictures for movies
    by_position: bool = False  # display names: call sign, call sign, number
    typed: bool = False  # the first category is MythTV's type, lower case
    sports_as_series: bool = False  # else a replay without a date would be a movie
    dateless_as_series: bool = False  # the same for such replays alone
    titled_numbers: bool = False  # onscreen only with a sub-title, or it becomes one
    ends_numbers: bool = False  # xmltv_ns clears the episode number made of dd_progid
    date_numbers: bool = False  # season and episode from the date, where there are none
    new_by_date: bool = False  # a <date> of today means new
    rating_systems: bool = True  # False = the player shows the system with the rating
    reason: str = ""

    @property
    def elements(self) -> FrozenSet[str]:
        """The names of ELEMENTS that this player gets."""
        return frozenset(
            name
            for name, readers in ELEMENTS.items()
            if not readers
            or (self.letter and self.letter in readers)
            or (self.complete and name not in _OF_ONE_PLAYER)
        )


PROFILES: Dict[str, Profile] = {
    "any": Profile(dateless_as_series=True, reason="One guide for all players at once."),
    "kodi": Profile(
        "K",
        complete=False,
        max_categories=3,
        new_by_date=True,
        rating_systems=False,
        reason="IPTV Simple holds the whole file in memory, and shows all categories in a row. The"
        " EIT string comes first: a genres file gives it its colour.",
    ),
    "tvheadend": Profile(
        "T",
        complete=False,
        ends_numbers=True,
        reason="It reads genres by exact EIT strings, and makes an episode number out of"
        " `dd_progid` unless another number follows.",
    ),
    "plex": Profile(
        "P",
        genre_style="plain",
        sports_as_series=True,
        reason="It shows each category; EIT strings would be noise. It takes for a movie what has"
        " neither a number nor a date, unless it is a series.",
    ),
    "jellyfin": Profile(
        "J",
        complete=False,
        genre_style="plain",
        exact_classes=True,
        images=("backdrop", "still"),
        portrait=True,
        date_numbers=True,
        reason="For Emby too. Only what has an episode number can be recorded as a series, so"
        " news, talk and daily shows get one from their date (`date_numbers`). `--images all` adds"
        " posters and people; `--live-element` the live mark, which makes the file invalid XMLTV.",
    ),
    "channels": Profile(
        "C",
        genre_style="plain",
        reason="It knows a live match by the category `Sports event`; it also reads"
        " `--live-element`.",
    ),
    "mythtv": Profile(
        "M",
        complete=False,
        genre_style="plain",
        by_position=True,
        typed=True,
        titled_numbers=True,
        reason="It reads the names of a channel by their position, and the first-aired dates of"
        " new episodes from Schedules Direct's number.",
    ),
}

# The ids by which other grabbers know the same stations. "player" is a playlist's tvg-id, and this
# where it has none.
CHANNEL_IDS: Dict[str, str] = {
    "gracenote2epg": "{id}.gracenote2epg",
    "zap2epg": "{id}.zap2epg",
    "zap2it": "I{id}.labs.zap2it.com",
    "schedulesdirect": "I{id}.json.schedulesdirect.org",
    "epg123": "EPG123.{id}.schedulesdirect.org",
    "zap2xml": "I{number}.{id}.zap2it.com",
    "station": "{id}",
    "player": "{id}.gracenote2epg",
}
