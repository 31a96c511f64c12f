"""The words that players understand."""

import itertools
import random

from gracenote2epg.xmltv import categories as product
from gracenote2epg.xmltv.categories import EIT, words
from gracenote2epg.xmltv.vocabulary import CREDITS, credit_element, rating_system
from support.tables import wrong

# From the XMLTV reference, section 3.8: the last names of Tvheadend's rows, and their codes.
LAST = {
    "Adult movie / Drama": 0x18, "Discussion / Interview / Debate": 0x24, "Talk show": 0x33,
    "Martial sports": 0x4B, "Cartoons / Puppets": 0x55, "Ballet": 0x66, "Film / Cinema": 0x76,
    "Fashion": 0x7B, "Remarkable people": 0x83, "Social / Spiritual sciences": 0x95,
    "Gardening": 0xA7,
}  # fmt: skip
CODES = {name.lower().replace(" ", ""): code for name, code in EIT.items()}

# Known genres, unknown ones, and some that are whole EIT strings.
GENRES = ["Special", "Event", "Holiday"]
GENRES += [
    name.capitalize()
    for _, rows, _ in product.CHOICES
    for names, _ in rows
    for name in names.split(",")
]
TREACHEROUS = [name for name in EIT if "/" not in name and "," not in name]
FILTERS = [(), ("news",), ("sports",), ("movie",), ("family",), ("talk",), ("talk", "news")]


def code(word):
    return CODES.get(word.lower().replace(" ", ""))


def test_the_rows_of_eit_strings_count_up_to_their_last():
    assert {name: EIT[name] for name in LAST} == LAST
    assert len(EIT) == len(CODES) == 69


# By (is a movie, filter): genres = the EIT string.
CHOICES = {
    (True, ""): """
Action = Adventure / Western / War ·
Drama = Movie / Drama · Thriller, Comedy = Detective / Thriller · Comedy, Romance = Comedy ·
War = Adventure / Western / War · Horror = Science fiction / Fantasy / Horror ·
Romantic comedy = Romance ·
Historical drama = Serious / Classical / Religious / Historical movie / Drama
""",
    (True, "movie"): "= Movie / Drama",
    (False, "news"): """
= News / Current affairs · Weather = News / Weather report · Newsmagazine = News magazine ·
Comedy = News / Current affairs
""",
    (False, "sports"): """
= Sports · Golf = Sports · Soccer = Football / Soccer · Tennis = Tennis / Squash ·
Football = Team sports (excluding football) · Baseball = Team sports (excluding football) ·
Hockey = Team sports (excluding football) · Track/field = Athletics · Auto racing = Motor sport ·
Swimming = Water sport · Figure skating = Winter sports · Horse racing = Equestrian ·
Boxing = Martial sports · Pro wrestling = Martial sports · Sports talk = Sports magazines
""",
    (False, "talk"): "Comedy = Talk show",
    (False, "family"): "= Children's / Youth programs · Animated = Cartoons / Puppets",
    (False, ""): """
Children, Anime = Cartoons / Puppets · Children, Comedy = Children's / Youth programs ·
Game show = Game show / Quiz / Contest · Variety = Variety show · Music = Music / Ballet / Dance ·
Documentary = Documentary · Reality = Show / Game show · Cooking = Cooking ·
Travel = Tourism / Travel · House/garden = Gardening · Home improvement = Handicraft ·
How-to = Handicraft · Auto = Motoring · Exercise = Fitness and health ·
Health = Fitness and health · Shopping = Advertisement / Shopping · Religious = Religion ·
Animals = Nature / Animals / Environment · Science = Technology / Natural sciences ·
History = Education / Science / Factual topics · Soap = Soap / Melodrama / Folkloric ·
Crime drama = Detective / Thriller · Western = Adventure / Western / War ·
Science fiction = Science fiction / Fantasy / Horror · Sitcom = Comedy · Drama = Movie / Drama ·
CRIME DRAMA = Detective / Thriller · Action = Adventure / Western / War · Fashion = Fashion ·
Special, jazz = Jazz · Medical = Medicine / Physiology / Psychology
""",
}


def test_the_eit_string_of_a_programme():
    rows = []
    for (is_movie, kind), text in CHOICES.items():
        for entry in text.replace("\n", " ").split("·"):
            given, eit = (part.strip() for part in entry.split("="))
            genres = given.split(", ") if given else []
            rows.append((is_movie, False, [kind] * bool(kind), genres, eit))
    assert wrong(lambda *programme: words(*programme).categories[-1], rows) == []


def test_the_class_comes_first():
    def first(is_movie, is_event, *filters):
        return words(is_movie, is_event, filters, ("Soccer",)).categories[:3]

    assert wrong(lambda *given: ", ".join(first(*given)).split(", Soccer")[0], [
        (True, False, "movie", "Movie"),
        (False, True, "sports", "Sports event, Sports"),
        (False, False, "sports", "Sports"), (False, False, "news", "News, Series"),
        (False, False, "talk", "Talk, Series"), (False, False, "family", "Children, Series"),
        (False, False, "Series"),
    ]) == []  # fmt: skip


def test_a_genre_that_is_another_eit_string_is_a_keyword():
    def keywords(filters, *genres):
        return words(False, False, filters, genres).keywords

    assert wrong(keywords, [
        (("news",), "Comedy", "Politics", ("Comedy",)),
        (("sports",), "Comedy", "Romance", ("Comedy", "Romance")),
        (("talk",), "Comedy", "Talk", ("Comedy",)),
        (("family",), "Comedy", "Children", ("Comedy",)),
        ((), "Documentary", "Cooking", ("Cooking",)),
        ((), "Travel", "Cooking", ()),
        ((), "Travel", "Documentary", "Romance", ("Romance",)),
        ((), "Sitcom", "Comedy", ()),
        ((), "Reality", "Performing arts", ("Performing arts",)),
        ((), "Educational", "Performing arts", ("Performing arts",)),
    ]) == []  # fmt: skip


def programmes():
    """Every class with every genre alone, then random genres with EIT strings among them."""
    kinds = [(True, False, ())] + [(False, event, each) for event in (0, 1) for each in FILTERS]
    for kind, genre in itertools.product(kinds, [*GENRES, *TREACHEROUS]):
        yield (*kind, (genre,))
    random_ = random.Random(3)
    for _ in range(1500):
        genres = random_.sample(GENRES, random_.randint(0, 4))
        genres += random_.sample(TREACHEROUS, random_.randint(0, 2))
        random_.shuffle(genres)
        yield (*random_.choice(kinds), tuple(genres))


def test_words_are_unique_and_the_one_eit_string_is_last_and_gives_the_colour():
    for programme in programmes():
        categories, keywords = words(*programme)
        eit = [word for word in categories if code(word) is not None]
        assert eit or (categories[0] == "Series" and not keywords), programme
        assert eit[-1:] in ([], [categories[-1]]), programme
        # "Sports" is both the class and an EIT string; Tvheadend folds it into the finer one.
        assert set(eit[:-1]) <= {"Sports"}, programme
        assert len({code(word) >> 4 for word in eit}) <= 1, programme
        lower = [word.lower() for word in (*categories, *keywords)]
        assert len(lower) == len(set(lower)), programme
        folded = {word.replace(" ", "") for word in lower}  # Newsmagazine is News magazine
        assert {genre.lower().replace(" ", "") for genre in programme[3]} <= folded, programme


def test_without_a_known_genre_there_is_no_eit_string():
    for genres in ((), ("Special",), ("Holiday", "Event")):
        assert words(False, False, (), genres).categories == ("Series", *genres)
        assert words(False, False, (), genres, "eit") == ((), genres)


def test_a_class_that_is_the_eit_string_too_is_written_once_and_last():
    assert words(False, True, ("sports",), ("Golf",)).categories == (
        "Sports event", "Golf", "Sports",
    )  # fmt: skip


# Ratings


def test_the_system_of_a_rating():
    systems = {
        ("VCHIP", "USA"): "TV-Y TV-14", ("VCHIP", "CAN"): "TV-MA",
        ("MPAA", "USA"): "G PG PG-13 R NC-17", ("MPAA", "CAN"): "PG-13 R",
        ("CHVRS", "CAN"): "G PG C C8 14+ 18+",
        ("", "USA"): "14+ C8 NR TV- TV-15", ("", "CAN"): "NONE",
    }  # fmt: skip
    rows = [
        (rating, country, system)
        for (system, country), ratings in systems.items()
        for rating in ratings.split()
    ]
    assert wrong(rating_system, [*rows, ("", "USA", "")]) == []


def test_the_element_of_a_role():
    elements = {
        "actor": ["actor", "voice", "guest star", "self"],
        "director": ["director", "co-director"],
        "writer": ["writer", "creator", "screenwriter", "staff writer"],
        "producer": ["producer", "executive producer", "co-producer"],
        "composer": ["composer"], "editor": ["editor"], "adapter": ["adapter"],
        "presenter": ["host", "guest host", "anchor", "narrator", "judge", "reporter",
                      "field reporter"],
        "commentator": ["commentator", "analyst", "color commentator"],
        "guest": ["guest", "musical guest", "contestant", "athlete"],
        "": ["casting director", "director of photography", "assistant director", "music director",
             "art director", "second unit director", "writer's assistant", "gaffer", ""],
    }  # fmt: skip
    rows = [(role, element) for element, roles in elements.items() for role in roles]
    assert wrong(credit_element, rows) == []


def test_the_credits_are_in_the_dtds_order():
    order = "director actor writer adapter producer composer editor presenter commentator guest"
    assert " ".join(CREDITS) == order
