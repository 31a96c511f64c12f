"""The categories of a programme: its class, Gracenote's genres, one EIT string.

Source: xmltv reference, sections 3.8 and 3.9. Tvheadend maps exact EIT strings only, and colours a
programme by the lowest code among its categories. So each programme gets exactly one EIT string,
and a genre that happens to be another EIT string moves to the keywords. One exception: the class
Sports is an EIT string itself and stays beside a more exact one of the same colour.
"""

from typing import Dict, Iterable, List, NamedTuple, Sequence, Tuple

# All the names that Tvheadend maps: each row counts up from its code.
_EIT_ROWS = {
    0x10: "Movie / Drama; Detective / Thriller; Adventure / Western / War; "
    "Science fiction / Fantasy / Horror; Comedy; Soap / Melodrama / Folkloric; Romance; "
    "Serious / Classical / Religious / Historical movie / Drama; Adult movie / Drama",
    0x20: "News / Current affairs; News / Weather report; News magazine; Documentary; "
    "Discussion / Interview / Debate",
    0x30: "Show / Game show; Game show / Quiz / Contest; Variety show; Talk show",
    0x40: "Sports; Special events (Olympic Games, World Cup, etc.); Sports magazines; "
    "Football / Soccer; Tennis / Squash; Team sports (excluding football); Athletics; "
    "Motor sport; Water sport; Winter sports; Equestrian; Martial sports",
    0x50: "Children's / Youth programs; Pre-school children's programs; "
    "Entertainment programs for 6 to 14; Entertainment programs for 10 to 16; "
    "Informational / Educational / School programs; Cartoons / Puppets",
    0x60: "Music / Ballet / Dance; Rock / Pop; Serious music / Classical music; "
    "Folk / Traditional music; Jazz; Musical / Opera; Ballet",
    0x70: "Arts / Culture (without music); Performing arts; Fine arts; Religion; "
    "Popular culture / Traditional arts; Literature; Film / Cinema",
    0x7B: "Fashion",
    0x80: "Social / Political issues / Economics; Magazines / Reports / Documentary; "
    "Economics / Social advisory; Remarkable people",
    0x90: "Education / Science / Factual topics; Nature / Animals / Environment; "
    "Technology / Natural sciences; Medicine / Physiology / Psychology; "
    "Foreign countries / Expeditions; Social / Spiritual sciences",
    0xA0: "Leisure hobbies; Tourism / Travel; Handicraft; Motoring; Fitness and health; "
    "Cooking; Advertisement / Shopping; Gardening",
}
EIT: Dict[str, int] = {
    name: code
    for first, names in _EIT_ROWS.items()
    for code, name in enumerate(names.split("; "), first)
}

_Rows = Tuple[Tuple[str, str], ...]  # Gracenote's genres, lower case, and their EIT string

_BY_SPORT: _Rows = (
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
_BY_GENRE: _Rows = (
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
_BY_MOVIE: _Rows = (
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
# By class: rows of genres, of which the first match decides; and the EIT string without a match.
CHOICES: Tuple[Tuple[str, _Rows, str], ...] = (
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
    """A programme's categories (the class first, the EIT string last) and keywords."""

    categories: Tuple[str, ...]
    keywords: Tuple[str, ...]


def words(
    is_movie: bool,
    is_event: bool,
    filters: Sequence[str],
    genres: Sequence[str],
    style: str = "both",
) -> Words:
    """The categories and keywords. style: plain (class and genres), eit (the EIT string), or both.

    is_event: a sports match, not a talk about it. filters and genres: Gracenote's words.
    """
    lower = frozenset(genre.lower() for genre in genres)
    classes = _classes(is_movie, is_event, filters, lower)
    eit = _eit(classes[0], lower)
    if style == "eit":
        return Words((eit,), unique(genre for genre in genres if genre.lower() != eit.lower()))
    chosen = ["Sports event", *classes] if is_event else classes
    if style == "plain":
        return Words(unique((*chosen, *genres)), ())
    moved = [genre for genre in genres if _folded(genre) in _NAMES - {_folded(eit)}]
    keywords = [genre for genre in moved if genre.capitalize() not in classes]
    chosen = [*chosen, *(genre for genre in genres if genre not in moved)]
    shown = [word for word in chosen if _folded(word) != _folded(eit)]
    return Words((*unique(shown), eit), unique(keywords))


def mythtv_type(is_movie: bool, is_event: bool, filters: Sequence[str]) -> str:
    if is_movie:
        return "movie"
    return "sports" if is_event or "sports" in filters else "series"


def _folded(name: str) -> str:
    """The form that Tvheadend compares: without case and spaces."""
    return name.lower().replace(" ", "")


_NAMES = frozenset(map(_folded, EIT))


def _classes(
    is_movie: bool, is_event: bool, filters: Sequence[str], genres: "frozenset[str]"
) -> List[str]:
    if is_movie:
        return [MOVIE]
    if is_event or "sports" in filters:
        return [SPORTS]
    classes = [name for name in (NEWS, TALK) if name.lower() in filters]
    if "family" in filters or genres & {"children", "kids"}:
        classes.append(CHILDREN)
    return [*classes, SERIES]


def _eit(first_class: str, genres: "frozenset[str]") -> str:
    rows, default = next((rows, default) for name, rows, default in CHOICES if name == first_class)
    return next((eit for names, eit in rows if genres & frozenset(names.split(","))), default)


def unique(words: Iterable[str]) -> Tuple[str, ...]:
    """Each word once, whatever its case."""
    by_lower: Dict[str, str] = {}
    for word in words:
        by_lower.setdefault(word.lower(), word)
    return tuple(by_lower.values())
