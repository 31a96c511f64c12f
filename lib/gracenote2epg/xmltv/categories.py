"""The categories of a programme: its class, Gracenote's genres, one EIT string.

Source: xmltv reference, sections 3.8 and 3.9. Tvheadend maps exact EIT strings only, and colours a
programme by the lowest code among its categories: so each programme gets exactly one EIT string,
and a genre that happens to be another one goes among the keywords. One exception: the class Sports
is an EIT string itself, and stays beside a more exact one, whose colour is the same.
"""

from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

# All that Tvheadend maps, with its codes.
EIT: Dict[str, int] = {
    "Movie / Drama": 0x10,
    "Detective / Thriller": 0x11,
    "Adventure / Western / War": 0x12,
    "Science fiction / Fantasy / Horror": 0x13,
    "Comedy": 0x14,
    "Soap / Melodrama / Folkloric": 0x15,
    "Romance": 0x16,
    "Serious / Classical / Religious / Historical movie / Drama": 0x17,
    "Adult movie / Drama": 0x18,
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
    "Special events (Olympic Games, World Cup, etc.)": 0x41,
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
    "Pre-school children's programs": 0x51,
    "Entertainment programs for 6 to 14": 0x52,
    "Entertainment programs for 10 to 16": 0x53,
    "Informational / Educational / School programs": 0x54,
    "Cartoons / Puppets": 0x55,
    "Music / Ballet / Dance": 0x60,
    "Rock / Pop": 0x61,
    "Serious music / Classical music": 0x62,
    "Folk / Traditional music": 0x63,
    "Jazz": 0x64,
    "Musical / Opera": 0x65,
    "Ballet": 0x66,
    "Arts / Culture (without music)": 0x70,
    "Performing arts": 0x71,
    "Fine arts": 0x72,
    "Religion": 0x73,
    "Popular culture / Traditional arts": 0x74,
    "Literature": 0x75,
    "Film / Cinema": 0x76,
    "Fashion": 0x7B,
    "Social / Political issues / Economics": 0x80,
    "Magazines / Reports / Documentary": 0x81,
    "Economics / Social advisory": 0x82,
    "Remarkable people": 0x83,
    "Education / Science / Factual topics": 0x90,
    "Nature / Animals / Environment": 0x91,
    "Technology / Natural sciences": 0x92,
    "Medicine / Physiology / Psychology": 0x93,
    "Foreign countries / Expeditions": 0x94,
    "Social / Spiritual sciences": 0x95,
    "Leisure hobbies": 0xA0,
    "Tourism / Travel": 0xA1,
    "Handicraft": 0xA2,
    "Motoring": 0xA3,
    "Fitness and health": 0xA4,
    "Cooking": 0xA5,
    "Advertisement / Shopping": 0xA6,
    "Gardening": 0xA7,
}

# Gracenote's genres, lower case.
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

MOVIE, SPORTS, NEWS, TALK, CHILDREN, SERIES = (
    "Movie", "Sports", "News", "Talk", "Children", "Series",
)  # fmt: skip
# By class: rows of genres, the first with one of the programme's decides; and what all others get.
CHOICES: Tuple[Tuple[str, Tuple[Tuple[str, str], ...], str], ...] = (
    (MOVIE, _BY_MOVIE, "Movie / Drama"),
    (SPORTS, _BY_SPORT, "Sports"),
    (
        NEWS,
        (("weather", "News / Weather report"), ("newsmagazine", "News magazine")),
        "News / Current affairs",
    ),
    (TALK, (), "Talk show"),
    (CHILDREN, (("animated,anime", "Cartoons / Puppets"),), "Children's / Youth programs"),
    (SERIES, _BY_GENRE, "Show / Game show"),
)


class Words(NamedTuple):
    """The categories of a programme, the class first and the EIT string last; and its keywords."""

    categories: Tuple[str, ...]
    keywords: Tuple[str, ...]


STYLES = ("plain", "eit", "both")


def words(
    is_movie: bool,
    is_event: bool,
    filters: Sequence[str],
    genres: Sequence[str],
    style: str = "both",
) -> Words:
    """The words in one of STYLES: class and genres, the EIT string alone, or all of them.

    is_event: a sports match, not a talk about it. filters and genres: Gracenote's words.
    """
    lower = frozenset(genre.lower() for genre in genres)
    kinds = _classes(is_movie, is_event, filters, lower)
    eit = _eit(kinds[0], lower)
    if style == "eit":
        return Words((eit,), once(genre for genre in genres if genre.lower() != eit.lower()))
    chosen: List[str] = ["Sports event", *kinds] if is_event else list(kinds)
    if style == "plain":
        return Words(once((*chosen, *genres)), ())
    moved = [genre for genre in genres if _is_another_eit(genre, eit)]
    stay = [genre for genre in genres if genre not in moved]
    keywords = [genre for genre in moved if genre.capitalize() not in kinds]
    shown = [word for word in (*chosen, *stay) if _folded(word) != _folded(eit)]
    return Words((*once(shown), eit), once(keywords))


def kind_of(is_movie: bool, is_event: bool, filters: Sequence[str]) -> str:
    """MythTV's type of a programme."""
    if is_movie:
        return "movie"
    return "sports" if is_event or "sports" in filters else "series"


def _is_another_eit(word: str, eit: str) -> bool:
    name = _folded(word)
    return name in _NAMES and name != _folded(eit)


def _folded(name: str) -> str:
    """As Tvheadend compares: case and spaces say nothing."""
    return name.lower().replace(" ", "")


_NAMES = frozenset(map(_folded, EIT))


def _classes(
    is_movie: bool, is_event: bool, filters: Sequence[str], genres: "frozenset[str]"
) -> List[str]:
    if is_movie:
        return [MOVIE]
    if is_event or "sports" in filters:
        return [SPORTS]
    found = [kind for kind in (NEWS, TALK) if kind.lower() in filters]
    if "family" in filters or genres & {"children", "kids"}:
        found.append(CHILDREN)
    return [*found, SERIES]


def _eit(kind: str, genres: "frozenset[str]") -> str:
    """The one EIT string: by class before genre."""
    rows, otherwise = next((rows, name) for own, rows, name in CHOICES if own == kind)
    return _first(rows, genres) or otherwise


def _first(rows: Iterable[Tuple[str, str]], genres: "frozenset[str]") -> Optional[str]:
    return next((eit for named, eit in rows if genres & frozenset(named.split(","))), None)


def once(found: Iterable[str]) -> Tuple[str, ...]:
    """Each word once, whatever its case."""
    words: Dict[str, str] = {}
    for word in found:
        words.setdefault(word.lower(), word)
    return tuple(words.values())
