"""What is written, from where and for whom: elements, player profiles, ratings, roles.

ELEMENTS and PROFILES are the tables that the writer goes by and docs/xmltv.md is generated from.
Source: xmltv reference, sections 2.5, 3 and 3.9.
"""

from typing import Dict, FrozenSet, NamedTuple, Tuple

PLAYERS: Dict[str, str] = {
    "T": "Tvheadend",
    "K": "Kodi's IPTV Simple",
    "J": "Jellyfin, Emby",
    "P": "Plex",
    "C": "Channels DVR",
    "M": "MythTV",
    "N": "NextPVR",
    "D": "Dispatcharr",
}


class Element(NamedTuple):
    """One thing that the guide holds. readers: letters of PLAYERS, "" = all of them."""

    name: str
    source: str  # the fields it comes from: in words, then as the source calls them
    readers: str
    options: Tuple[str, ...] = ()  # the settings that change or remove it, beside the profile
    note: str = ""


# In the order of the document. A profile of a player whose source was read leaves out what that
# player does not read, except for those marked "": without them there is no guide.
ELEMENTS: Tuple[Element, ...] = (
    Element(
        "channel id",
        "the station's number at Gracenote (`channelId`), with an ending",
        "",
        ("channel_id",),
        "the same for ever, on whatever channel number",
    ),
    Element(
        "display-name",
        "call sign (`callSign`); then, for each number (`channelNo`), number and call sign, and"
        " the number alone",
        "",
        (),
        "the preferred number is last; one that two stations share is never alone; never the"
        " network's name, which many stations have",
    ),
    Element("channel icon", "logo (`thumbnail`)", "", ("images",), "https, without a query"),
    Element(
        "start, stop",
        "`startTime`, `endTime`",
        "",
        ("utc",),
        "local time with the offset of that moment",
    ),
    Element(
        "title",
        "`title`",
        "",
        ("safe_titles",),
        "with `lang` where the station is French or Spanish",
    ),
    Element(
        "sub-title",
        "`episodeTitle`; of sports who plays whom",
        "",
        ("safe_titles",),
        "not of movies, and not when it is the title again",
    ),
    Element(
        "desc",
        "the episode's `synopsis`, else `shortDesc`, else `seriesDescription`, which comes first"
        " where the episode is not known (`isGeneric`)",
        "",
        ("description_template",),
    ),
    Element(
        "credits",
        "`cast` and `crew`, in billing order, six actors at most",
        "TKJMD",
        ("images", "details"),
        'guests are actors with `guest="yes"`; Tvheadend wants *Scrape credits*',
    ),
    Element(
        "date",
        "episodes: `originalAirDate`; movies and others: `releaseYear`",
        "TKJMPD",
        ("details",),
        "a day or a year, never empty",
    ),
    Element(
        "category",
        "class, then `seriesGenres`, then one EIT string",
        "",
        ("genre_style", "category_map", "details"),
        "one EIT string, for the lowest decides Tvheadend's colour",
    ),
    Element(
        "keyword",
        "genres that would win the colour from the class; live, premiere and finale",
        "TD",
        ("genre_style",),
    ),
    Element("language", "of French and Spanish stations, by their texts", "D"),
    Element(
        "icon",
        "`thumbnail`, `seriesImage` or `backgroundImage`: the first landscape one",
        "TKJPCD",
        ("images", "image_host"),
    ),
    Element(
        "episode-num dd_progid",
        "`tmsId`, with its dot",
        "TMJND",
        (),
        "first of its kind, or Tvheadend counts it as the episode",
    ),
    Element("episode-num onscreen", "`season`, `episode`: S03E17", "TKPMD", (), "not of movies"),
    Element(
        "episode-num xmltv_ns",
        "`season`, `episode`, from zero: `2.16.`",
        "",
        (),
        "the third field stays empty: Kodi would take it for the episode",
    ),
    Element(
        "episode-num schedulesdirect.org",
        "`originalAirDate`",
        "M",
        (),
        "with the profile mythtv only",
    ),
    Element(
        "episode-num original-air-date",
        "`originalAirDate`; of a match, and else, the start",
        "P",
        (),
        "of what has no episode number and is no movie: Plex would take it for one",
    ),
    Element("video", "`tags`: HD, UHD", "MD"),
    Element("audio", "`tags`: DD 5.1, Dolby, Surround, Stereo, Mono", "MD"),
    Element(
        "previously-shown",
        "an episode without New, Live or Premiere (`flag`); `originalAirDate`",
        "TJMPD",
        (),
        "at noon UTC, which is that day in all of America",
    ),
    Element("premiere", "Premiere (`flag`, `isPremier`)", "TKJPD"),
    Element("last-chance", "Finale (`flag`, `isFinale`)", "D"),
    Element("new", "New, Live or Premiere (`flag`)", "TKJPCND"),
    Element(
        "live",
        "Live (`flag`)",
        "JCD",
        ("live_element",),
        "off: XMLTV has no such element, and validators refuse the guide with it",
    ),
    Element("subtitles", "`tags`: CC", "TMD"),
    Element(
        "rating",
        "`rating`, else `displayRating`",
        "TKJMD",
        (),
        "one, with its system: VCHIP, MPAA, or CHVRS in Canada",
    ),
    Element(
        "image",
        "`thumbnail`, `seriesImage`, `backgroundImage` as still, poster and backdrop",
        "JD",
        ("images", "image_host"),
        "with `images=all`",
    ),
)
_NAMES = frozenset(element.name for element in ELEMENTS)


class Profile(NamedTuple):
    """What a player gets that others do not. whole: nothing is left out."""

    letter: str = ""
    whole: bool = True
    genre_style: str = "both"  # unless the user names another
    portrait: bool = False  # posters rather than landscape pictures for movies
    by_position: bool = False  # names of a channel: call sign, call sign, number
    typed: bool = False  # the first category is MythTV's type, lower case
    why: str = ""

    @property
    def elements(self) -> FrozenSet[str]:
        """The names of ELEMENTS that this player gets."""
        left_out = {
            element.name
            for element in ELEMENTS
            if element.readers and self.letter not in element.readers
        }
        only_myth = set() if self.letter == "M" else {"episode-num schedulesdirect.org"}
        return _NAMES - (only_myth if self.whole else left_out)


PROFILES: Dict[str, Profile] = {
    "any": Profile(why="One guide for all players at once."),
    "kodi": Profile(
        "K",
        whole=False,
        why="IPTV Simple holds the whole file in memory. The EIT strings stay: they are what a"
        " genres file gives its colours by.",
    ),
    "tvheadend": Profile("T", whole=False, why="It reads genres by exact EIT strings."),
    "plex": Profile(
        "P", genre_style="plain", why="It shows each category; EIT strings would be noise."
    ),
    "jellyfin": Profile(
        "J",
        whole=False,
        genre_style="plain",
        portrait=True,
        why="For Emby too. `--images all` gives it posters and backdrops; `--live-element` the"
        " live mark, which makes the file invalid XMLTV.",
    ),
    "channels": Profile(
        "C",
        genre_style="plain",
        why="It knows a live match by the category `Sports event`; `--live-element` is read too.",
    ),
    "mythtv": Profile(
        "M",
        whole=False,
        genre_style="plain",
        by_position=True,
        typed=True,
        why="It reads the names of a channel by their position, and first-aired dates of new"
        " episodes from Schedules Direct's number.",
    ),
}

# Ids under which other grabbers know the same stations.
CHANNEL_IDS: Dict[str, str] = {
    "gracenote2epg": "{id}.gracenote2epg",
    "zap2epg": "{id}.zap2epg",
    "zap2it": "I{id}.labs.zap2it.com",
    "schedulesdirect": "I{id}.json.schedulesdirect.org",
    "zap2xml": "I{number}.{id}.zap2it.com",
    "station": "{id}",
}
_VCHIP = frozenset(("TV-Y", "TV-Y7", "TV-Y7-FV", "TV-G", "TV-PG", "TV-14", "TV-MA"))
_MPAA = frozenset(("G", "PG", "PG-13", "R", "NC-17"))
_CHVRS = frozenset(("C", "C8", "G", "PG", "14+", "18+"))


def rating_system(rating: str, country: str) -> str:
    """The system a rating belongs to; "" for one that is none (NR, and what nobody knows)."""
    if rating in _VCHIP:
        return "VCHIP"
    if country == "CAN" and rating in _CHVRS:
        return "CHVRS"
    return "MPAA" if rating in _MPAA else ""


def credit_element(role: str) -> str:
    """The XMLTV element of a Gracenote role, lower case; "" for roles that XMLTV does not know."""
    if role in _ROLES:
        return _ROLES[role]
    # "executive producer", "staff writer" … : by the word in it.
    if any(word in role for word in ("casting", "photography", "art director")):
        return ""  # they direct no film
    return next((word for word in ("producer", "director", "writer") if word in role), "")


_ROLES = {
    "actor": "actor",
    "voice": "actor",
    "guest star": "actor",
    "director": "director",
    "writer": "writer",
    "creator": "writer",
    "screenwriter": "writer",
    "adapter": "adapter",
    "adaptation": "adapter",
    "composer": "composer",
    "editor": "editor",
    "host": "presenter",
    "co-host": "presenter",
    "anchor": "presenter",
    "presenter": "presenter",
    "narrator": "presenter",
    "judge": "presenter",
    "correspondent": "presenter",
    "commentator": "commentator",
    "guest": "guest",
    "musical guest": "guest",
    "contestant": "guest",
    "athlete": "guest",
}
# The order that the DTD wants.
CREDITS = (
    "director",
    "actor",
    "writer",
    "adapter",
    "producer",
    "composer",
    "editor",
    "presenter",
    "commentator",
    "guest",
)
