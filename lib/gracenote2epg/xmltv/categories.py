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
    ("western,war,adventure,action", "Adventure / Western / War"),
    ("science fiction,fantasy,horror,paranormal", "Science fiction / Fantasy / Horror"),
    ("sitcom,comedy,comedy drama,dark comedy,standup,musical comedy", "Comedy"),
    ("drama,historical drama,romance,romantic comedy,miniseries,anthology", "Movie / Drama"),
    ("talk,interview", "Talk show"),
    ("news,newsmagazine", "News / Current affairs"),
    ("medical", "Medicine / Physiology / Psychology"),
    (
        "politics,public affairs,bus./financial,law,community",
        "Social / Political issues / Economics",
    ),
    ("computers", "Technology / Natural sciences"),
    ("art", "Arts / Culture (without music)"),
)
_BY_MOVIE: _Rows = (
    ("crime,crime drama,mystery,suspense,thriller", "Detective / Thriller"),
    ("western,war,adventure,action", "Adventure / Western / War"),
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
    (SERIES, _BY_GENRE, ""),  # without a known genre no colour is better than a game show's
)

# The genres by which a player takes a programme for one of these classes.
_CLASS_WORDS = {
    SPORTS: frozenset(("sports", "basketball", "baseball", "football")),
    NEWS: frozenset(("news", "journalism", "documentary", "current affairs")),
}


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
    exact_classes: bool = False,
    at_most: int = 0,
) -> Words:
    """The categories and keywords. style: plain (class and genres), eit (the EIT string), or both.

    is_event: a sports match, not a talk about it. filters and genres: Gracenote's words.
    exact_classes: without the genres of a class that the programme is not of. at_most: as many
    categories, the EIT string first; 0 = all.
    """
    lower = frozenset(genre.lower() for genre in genres)
    classes = _classes(is_movie, is_event, filters, lower)
    eit = _eit(classes[0], genres, lower)
    if style == "eit":
        others = unique(genre for genre in genres if genre.lower() != eit.lower())
        return Words((eit,) if eit else (), others)
    chosen = ["Sports event", *classes] if is_event else classes
    if exact_classes:
        wrong = {
            word for name in _CLASS_WORDS if name not in classes for word in _CLASS_WORDS[name]
        }
        genres = [genre for genre in genres if genre.lower() not in wrong]
    if style == "plain":
        return Words(unique((*chosen, *genres))[: at_most or None], ())
    if at_most:
        return Words(_few(eit, chosen, genres, at_most), ())
    moved = [genre for genre in genres if _folded(genre) in _BY_FOLDED.keys() - {_folded(eit)}]
    keywords = [genre for genre in moved if genre.capitalize() not in classes]
    chosen = [*chosen, *(genre for genre in genres if genre not in moved)]
    shown = [word for word in chosen if _folded(word) != _folded(eit)]
    return Words((*unique(shown), *([eit] if eit else ())), unique(keywords))


def _few(eit: str, classes: Sequence[str], genres: Sequence[str], count: int) -> Tuple[str, ...]:
    """The EIT string, and the words that tell a viewer more."""
    told = eit.lower().split(" / ")
    more = [
        word
        for word in (*classes, *genres)
        if word not in (SERIES, "Sports event")
        and not any(part.startswith(word.lower()) for part in told)
    ]
    return unique([word for word in (eit, *more) if word])[:count] or (SERIES,)


def mythtv_type(is_movie: bool, is_event: bool, filters: Sequence[str]) -> str:
    if is_movie:
        return "movie"
    return "sports" if is_event or "sports" in filters else "series"


def _folded(name: str) -> str:
    """The form that Tvheadend compares: without case and spaces."""
    return name.lower().replace(" ", "")


_BY_FOLDED = {_folded(name): name for name in EIT}


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


def _eit(first_class: str, genres: Iterable[str], lower: "frozenset[str]") -> str:
    """The EIT string; "" = none fits. A genre may be one itself."""
    rows, default = next((rows, default) for name, rows, default in CHOICES if name == first_class)
    found = next((eit for names, eit in rows if lower & frozenset(names.split(","))), default)
    own = (_BY_FOLDED.get(_folded(genre), "") for genre in genres)
    return found or next(filter(None, own), "")


def unique(words: Iterable[str]) -> Tuple[str, ...]:
    """Each word once, whatever its case."""
    by_lower: Dict[str, str] = {}
    for word in words:
        by_lower.setdefault(word.lower(), word)
    return tuple(by_lower.values())
