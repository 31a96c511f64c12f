"""Which words the players understand: classes, genres, EIT strings, ratings, roles.

Source: xmltv reference, sections 2.5, 3.8 and 3.9. Tvheadend maps exact EIT strings only, and
colours a programme by the lowest code among its categories: so each programme gets exactly one EIT
string, and a genre that happens to be an EIT string of a lower code goes among the keywords.
"""

from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

EIT: Dict[str, int] = {
    "Movie / Drama": 0x10,
    "Detective / Thriller": 0x11,
    "Adventure / Western / War": 0x12,
    "Science fiction / Fantasy / Horror": 0x13,
    "Comedy": 0x14,
    "Soap / Melodrama / Folkloric": 0x15,
    "Romance": 0x16,
    "Serious / Classical / Religious / Historical movie / Drama": 0x17,
    "News / Current affairs": 0x20,
    "News / Weather report": 0x21,
    "News magazine": 0x22,
    "Documentary": 0x23,
    "Discussion / Interview / Debate": 0x24,
    "Show / Game show": 0x30,
    "Game show / Quiz / Contest": 0x31,
    "Variety show": 0x32,
    "Talk show": 0x33,
    "Sports": 0x40,
    "Sports magazines": 0x42,
    "Football / Soccer": 0x43,
    "Tennis / Squash": 0x44,
    "Team sports (excluding football)": 0x45,
    "Athletics": 0x46,
    "Motor sport": 0x47,
    "Water sport": 0x48,
    "Winter sports": 0x49,
    "Equestrian": 0x4A,
    "Martial sports": 0x4B,
    "Children's / Youth programs": 0x50,
    "Cartoons / Puppets": 0x55,
    "Music / Ballet / Dance": 0x60,
    "Jazz": 0x64,
    "Ballet": 0x66,
    "Performing arts": 0x71,
    "Fine arts": 0x72,
    "Religion": 0x73,
    "Literature": 0x75,
    "Fashion": 0x7B,
    "Education / Science / Factual topics": 0x90,
    "Nature / Animals / Environment": 0x91,
    "Technology / Natural sciences": 0x92,
    "Tourism / Travel": 0xA1,
    "Handicraft": 0xA2,
    "Motoring": 0xA3,
    "Fitness and health": 0xA4,
    "Cooking": 0xA5,
    "Advertisement / Shopping": 0xA6,
    "Gardening": 0xA7,
}
_CODES = {name.lower().replace(" ", ""): code for name, code in EIT.items()}

# The first row with one of its genres decides. Gracenote's genres, lower case.
_BY_SPORT: Tuple[Tuple[str, str], ...] = (
    ("soccer", "Football / Soccer"),
    ("tennis", "Tennis / Squash"),
    (
        "football,baseball,basketball,3x3 basketball,hockey,volleyball,beach volleyball,softball,"
        "lacrosse,rugby,cricket",
        "Team sports (excluding football)",
    ),
    ("track/field,athletics", "Athletics"),
    ("auto racing,motorsports,drag racing,motorcycle racing", "Motor sport"),
    ("swimming,surfing,diving,kayaking,boating,water polo", "Water sport"),
    ("skiing,figure skating,snowboarding", "Winter sports"),
    ("horse racing,equestrian,bull riding,rodeo", "Equestrian"),
    (
        "boxing,martial arts,mixed martial arts,pro wrestling,wrestling,sumo wrestling",
        "Martial sports",
    ),
    ("sports talk", "Sports magazines"),
)
_BY_GENRE: Tuple[Tuple[str, str], ...] = (
    ("game show", "Game show / Quiz / Contest"),
    ("variety", "Variety show"),
    ("music,musical,dance", "Music / Ballet / Dance"),
    ("documentary,docudrama", "Documentary"),
    ("reality,competition reality,entertainment", "Show / Game show"),
    ("cooking", "Cooking"),
    ("travel", "Tourism / Travel"),
    ("house/garden", "Gardening"),
    ("home improvement,how-to,arts/crafts", "Handicraft"),
    ("auto", "Motoring"),
    ("exercise,health", "Fitness and health"),
    ("shopping,consumer,auction", "Advertisement / Shopping"),
    ("religious", "Religion"),
    ("nature,animals,environment", "Nature / Animals / Environment"),
    ("science,technology", "Technology / Natural sciences"),
    ("history,educational,biography", "Education / Science / Factual topics"),
    ("soap", "Soap / Melodrama / Folkloric"),
    ("crime,crime drama,mystery,suspense,thriller", "Detective / Thriller"),
    ("western,war,adventure", "Adventure / Western / War"),
    ("science fiction,fantasy,horror,paranormal", "Science fiction / Fantasy / Horror"),
    ("sitcom,comedy,comedy drama,dark comedy,standup,musical comedy", "Comedy"),
    ("drama,historical drama,romance,romantic comedy", "Movie / Drama"),
)
_BY_MOVIE: Tuple[Tuple[str, str], ...] = (
    ("crime,crime drama,mystery,suspense,thriller", "Detective / Thriller"),
    ("western,war,adventure", "Adventure / Western / War"),
    ("science fiction,fantasy,horror,paranormal", "Science fiction / Fantasy / Horror"),
    ("comedy,comedy drama,dark comedy,musical comedy", "Comedy"),
    ("romance,romantic comedy", "Romance"),
    (
        "religious,historical drama,history",
        "Serious / Classical / Religious / Historical movie / Drama",
    ),
)

MOVIE, SPORTS, NEWS, TALK, CHILDREN, SERIES = [
    "Movie",
    "Sports",
    "News",
    "Talk",
    "Children",
    "Series",
]


class Words(NamedTuple):
    """The categories of a programme, the class first and the EIT string last; and its keywords."""

    categories: Tuple[str, ...]
    keywords: Tuple[str, ...]


def words(is_movie: bool, is_event: bool, filters: Sequence[str], genres: Sequence[str]) -> Words:
    """is_event: a sports match, not a talk about it. filters and genres: Gracenote's words."""
    lower = frozenset(genre.lower() for genre in genres)
    kinds = _classes(is_movie, filters, lower)
    eit = _eit(kinds[0], filters, lower)
    chosen: List[str] = ["Sports event"] if is_event else []
    keywords: List[str] = []
    for word in (*kinds, *genres):
        code = _CODES.get(word.lower().replace(" ", ""), 0xFF)
        (keywords if code < EIT[eit] and code >> 4 != EIT[eit] >> 4 else chosen).append(word)
    return Words(_once((*chosen, eit)), _once(keywords))


def _classes(is_movie: bool, filters: Sequence[str], genres: "frozenset[str]") -> List[str]:
    if is_movie:
        return [MOVIE]
    if "sports" in filters:
        return [SPORTS]
    found = [kind for kind in (NEWS, TALK) if kind.lower() in filters]
    if "family" in filters or genres & {"children", "kids"}:
        found.append(CHILDREN)
    return [*found, SERIES]


def _eit(kind: str, filters: Sequence[str], genres: "frozenset[str]") -> str:
    """The one EIT string: by class before genre."""
    if kind == MOVIE:
        return _first(_BY_MOVIE, genres) or "Movie / Drama"
    if kind == SPORTS:
        return _first(_BY_SPORT, genres) or "Sports"
    if kind == NEWS and "weather" in genres:
        return "News / Weather report"
    if kind == NEWS:
        return "News magazine" if "newsmagazine" in genres else "News / Current affairs"
    if kind == TALK:
        return "Talk show"
    if kind == CHILDREN:
        animated = genres & {"animated", "anime"}
        return "Cartoons / Puppets" if animated else "Children's / Youth programs"
    return _first(_BY_GENRE, genres) or "Show / Game show"


def _first(rows: Iterable[Tuple[str, str]], genres: "frozenset[str]") -> Optional[str]:
    return next((eit for named, eit in rows if genres & frozenset(named.split(","))), None)


def _once(found: Iterable[str]) -> Tuple[str, ...]:
    """Each word once, whatever its case."""
    return tuple({word.lower(): word for word in reversed(tuple(found))}.values())[::-1]


_MPAA = frozenset(("G", "PG", "PG-13", "R", "NC-17"))
_CHVRS = frozenset(("C", "C8", "G", "PG", "14+", "18+"))


def rating_system(rating: str, country: str) -> str:
    """The system a rating belongs to; "" for one that is none (NR, and what nobody knows)."""
    if rating.startswith("TV-"):
        return "VCHIP"
    if country == "CAN" and rating in _CHVRS:
        return "CHVRS"
    return "MPAA" if rating in _MPAA else ""


def credit_element(role: str) -> str:
    """The XMLTV element of a Gracenote role, lower case; "" for roles that XMLTV does not know."""
    if role in _ROLES:
        return _ROLES[role]
    # "executive producer", "associate director of photography" … : by the word in it.
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
