"""The words that players understand. The EIT table below is the reference's, not the product's."""

import itertools
import random

import pytest

from gracenote2epg.xmltv.categories import EIT, words
from gracenote2epg.xmltv.vocabulary import CREDITS, credit_element, rating_system

# The XMLTV reference, section 3.8, as it stands there: what Tvheadend maps, and to which code.
TVHEADEND = """
Movie / Drama 10 · Detective / Thriller 11 · Adventure / Western / War 12 ·
Science fiction / Fantasy / Horror 13 · Comedy 14 · Soap / Melodrama / Folkloric 15 · Romance 16 ·
Serious / Classical / Religious / Historical movie / Drama 17 · Adult movie / Drama 18 ·
News / Current affairs 20 · News / Weather report 21 · News magazine 22 · Documentary 23 ·
Discussion / Interview / Debate 24 · Show / Game show 30 · Game show / Quiz / Contest 31 ·
Variety show 32 · Talk show 33 · Sports 40 ·
Special events (Olympic Games, World Cup, etc.) 41 · Sports magazines 42 · Football / Soccer 43 ·
Tennis / Squash 44 · Team sports (excluding football) 45 · Athletics 46 · Motor sport 47 ·
Water sport 48 · Winter sports 49 · Equestrian 4A · Martial sports 4B ·
Children's / Youth programs 50 · Pre-school children's programs 51 ·
Entertainment programs for 6 to 14 52 · Entertainment programs for 10 to 16 53 ·
Informational / Educational / School programs 54 · Cartoons / Puppets 55 ·
Music / Ballet / Dance 60 · Rock / Pop 61 · Serious music / Classical music 62 ·
Folk / Traditional music 63 · Jazz 64 · Musical / Opera 65 · Ballet 66 ·
Arts / Culture (without music) 70 · Performing arts 71 · Fine arts 72 · Religion 73 ·
Popular culture / Traditional arts 74 · Literature 75 · Film / Cinema 76 · Fashion 7B ·
Social / Political issues / Economics 80 · Magazines / Reports / Documentary 81 ·
Economics / Social advisory 82 · Remarkable people 83 ·
Education / Science / Factual topics 90 · Nature / Animals / Environment 91 ·
Technology / Natural sciences 92 · Medicine / Physiology / Psychology 93 ·
Foreign countries / Expeditions 94 · Social / Spiritual sciences 95 · Leisure hobbies A0 ·
Tourism / Travel A1 · Handicraft A2 · Motoring A3 · Fitness and health A4 · Cooking A5 ·
Advertisement / Shopping A6 · Gardening A7
"""
NAMES = dict(entry.strip().rsplit(" ", 1) for entry in TVHEADEND.replace("\n", " ").split("·"))
CODES = {name.lower().replace(" ", ""): int(code, 16) for name, code in NAMES.items()}

# Genres that Gracenote was seen to use (API reference, section 3.2).
GENRES = """3x3 basketball, action, action sports, adventure, agriculture, american history,
animals, animated, anime, anthology, archery, art, arts/crafts, auction, auto, auto racing,
baseball, basketball, beach volleyball, biography, boxing, bull riding, bus./financial, children,
comedy, comedy drama, community, competition reality, computers, consumer, cooking, crime, crime
drama, dance, dark comedy, docudrama, documentary, drag racing, drama, educational, entertainment,
environment, event, exercise, family, fantasy, fashion, figure skating, fishing, football, game
show, golf, health, historical drama, history, hockey, holiday, home improvement, horror, horse
racing, house/garden, how-to, interview, kayaking, law, martial arts, medical, miniseries,
motorsports, music, musical, musical comedy, mystery, nature, news, newsmagazine, paranormal,
politics, pro wrestling, public affairs, reality, religious, romance, romantic comedy, science,
science fiction, shopping, sitcom, skiing, soap, soccer, special, sports, sports talk, standup,
sumo wrestling, suspense, swimming, talk, technology, tennis, thriller, track/field, travel,
variety, volleyball, war, weather, western"""
GENRES = [genre.strip().capitalize() for genre in GENRES.replace("\n", " ").split(",")]
# What may come as a genre and is a whole EIT string too.
TREACHEROUS = """Comedy, Romance, News magazine, Documentary, Variety show, Talk show, Sports,
Sports magazines, Athletics, Motor sport, Water sport, Winter sports, Equestrian, Martial sports,
Jazz, Ballet, Performing arts, Fine arts, Religion, Literature, Fashion, Handicraft, Motoring,
Fitness and health, Cooking, Gardening"""
TREACHEROUS = [genre.strip() for genre in TREACHEROUS.replace("\n", " ").split(",")]
FILTERS = [(), ("news",), ("sports",), ("movie",), ("family",), ("talk",), ("talk", "news")]


def code(word):
    return CODES.get(word.lower().replace(" ", ""))


def eit_of(is_movie=False, is_event=False, filters=(), genres=()):
    return words(is_movie, is_event, filters, genres).categories[-1]


def test_the_products_table_agrees_with_tvheadends():
    assert {name: NAMES[name] for name in EIT} == {name: f"{at:02X}" for name, at in EIT.items()}


CHOICES = [
    # movies: by genre, else drama
    (True, (), ("Drama",), "Movie / Drama"),
    (True, ("movie",), (), "Movie / Drama"),
    (True, (), ("Thriller", "Comedy"), "Detective / Thriller"),
    (True, (), ("War",), "Adventure / Western / War"),
    (True, (), ("Horror",), "Science fiction / Fantasy / Horror"),
    (True, (), ("Comedy", "Romance"), "Comedy"),
    (True, (), ("Romantic comedy",), "Romance"),
    (True, (), ("Historical drama",), "Serious / Classical / Religious / Historical movie / Drama"),
    # news
    (False, ("news",), (), "News / Current affairs"),
    (False, ("news",), ("Weather",), "News / Weather report"),
    (False, ("news",), ("Newsmagazine",), "News magazine"),
    (False, ("news",), ("Comedy",), "News / Current affairs"),
    # sports
    (False, ("sports",), (), "Sports"),
    (False, ("sports",), ("Golf",), "Sports"),
    (False, ("sports",), ("Soccer",), "Football / Soccer"),
    (False, ("sports",), ("Tennis",), "Tennis / Squash"),
    (False, ("sports",), ("Football",), "Team sports (excluding football)"),
    (False, ("sports",), ("Baseball",), "Team sports (excluding football)"),
    (False, ("sports",), ("Hockey",), "Team sports (excluding football)"),
    (False, ("sports",), ("Track/field",), "Athletics"),
    (False, ("sports",), ("Auto racing",), "Motor sport"),
    (False, ("sports",), ("Swimming",), "Water sport"),
    (False, ("sports",), ("Figure skating",), "Winter sports"),
    (False, ("sports",), ("Horse racing",), "Equestrian"),
    (False, ("sports",), ("Boxing",), "Martial sports"),
    (False, ("sports",), ("Pro wrestling",), "Martial sports"),
    (False, ("sports",), ("Sports talk",), "Sports magazines"),
    # talk and children
    (False, ("talk",), ("Comedy",), "Talk show"),
    (False, ("family",), (), "Children's / Youth programs"),
    (False, ("family",), ("Animated",), "Cartoons / Puppets"),
    (False, (), ("Children", "Anime"), "Cartoons / Puppets"),
    (False, (), ("Children", "Comedy"), "Children's / Youth programs"),
    # the rest: by genre
    (False, (), ("Game show",), "Game show / Quiz / Contest"),
    (False, (), ("Variety",), "Variety show"),
    (False, (), ("Music",), "Music / Ballet / Dance"),
    (False, (), ("Documentary",), "Documentary"),
    (False, (), ("Reality",), "Show / Game show"),
    (False, (), ("Cooking",), "Cooking"),
    (False, (), ("Travel",), "Tourism / Travel"),
    (False, (), ("House/garden",), "Gardening"),
    (False, (), ("Home improvement",), "Handicraft"),
    (False, (), ("How-to",), "Handicraft"),
    (False, (), ("Auto",), "Motoring"),
    (False, (), ("Exercise",), "Fitness and health"),
    (False, (), ("Health",), "Fitness and health"),
    (False, (), ("Shopping",), "Advertisement / Shopping"),
    (False, (), ("Religious",), "Religion"),
    (False, (), ("Animals",), "Nature / Animals / Environment"),
    (False, (), ("Science",), "Technology / Natural sciences"),
    (False, (), ("History",), "Education / Science / Factual topics"),
    (False, (), ("Soap",), "Soap / Melodrama / Folkloric"),
    (False, (), ("Crime drama",), "Detective / Thriller"),
    (False, (), ("Western",), "Adventure / Western / War"),
    (False, (), ("Science fiction",), "Science fiction / Fantasy / Horror"),
    (False, (), ("Sitcom",), "Comedy"),
    (False, (), ("Drama",), "Movie / Drama"),
    (False, (), ("CRIME DRAMA",), "Detective / Thriller"),
]


@pytest.mark.parametrize(("is_movie", "filters", "genres", "expected"), CHOICES)
def test_the_eit_string_of_a_programme(is_movie, filters, genres, expected):
    assert eit_of(is_movie, False, filters, genres) == expected


@pytest.mark.parametrize(
    ("is_movie", "is_event", "filters", "expected"),
    [
        (True, False, ("movie",), ["Movie"]),
        (False, True, ("sports",), ["Sports event", "Sports"]),
        (False, False, ("sports",), ["Sports"]),
        (False, False, ("news",), ["News", "Series"]),
        (False, False, ("talk",), ["Talk", "Series"]),
        (False, False, ("family",), ["Children", "Series"]),
        (False, False, (), ["Series"]),
    ],
)
def test_the_class_comes_first(is_movie, is_event, filters, expected):
    found = words(is_movie, is_event, filters, ("Soccer",)).categories
    assert list(found[: len(expected)]) == expected
    assert found[len(expected)] == "Soccer"


@pytest.mark.parametrize(
    ("filters", "genres", "keywords"),
    [
        (("news",), ("Comedy", "Politics"), ("Comedy",)),
        (("sports",), ("Comedy", "Romance"), ("Comedy", "Romance")),
        (("talk",), ("Comedy", "Talk"), ("Comedy",)),
        (("family",), ("Comedy", "Children"), ("Comedy",)),
        ((), ("Documentary", "Cooking"), ("Cooking",)),
        ((), ("Travel", "Cooking"), ()),
        ((), ("Travel", "Documentary", "Romance"), ("Romance",)),
        ((), ("Sitcom", "Comedy"), ()),
        ((), ("Reality", "Performing arts"), ("Performing arts",)),
        ((), ("Educational", "Performing arts"), ("Performing arts",)),
    ],
)
def test_a_genre_that_is_another_eit_string_is_a_keyword(filters, genres, keywords):
    found = words(False, False, filters, genres)
    assert found.keywords == keywords
    assert not set(found.keywords) & set(found.categories)


def programmes():
    """Every class with every genre alone, then random bunches that mix in EIT strings."""
    kinds = [(True, False, ())] + [(False, event, own) for event in (0, 1) for own in FILTERS]
    for kind, genre in itertools.product(kinds, [*GENRES, *TREACHEROUS]):
        yield (*kind, (genre,))
    random_ = random.Random(3)
    for _ in range(4000):
        own = random_.sample(GENRES, random_.randint(0, 4))
        own += random_.sample(TREACHEROUS, random_.randint(0, 2))
        random_.shuffle(own)
        yield (*random_.choice(kinds), tuple(own))


def test_the_last_category_gives_the_colour_whatever_the_genres():
    for programme in programmes():
        found = words(*programme).categories
        codes = [code(word) for word in found if code(word) is not None]
        assert code(found[-1]) is not None, programme
        assert min(codes) >> 4 == code(found[-1]) >> 4, (programme, found)


def test_there_is_exactly_one_eit_string_whatever_the_genres():
    for programme in programmes():
        found = words(*programme).categories
        # "Sports" is both the class and an EIT string; Tvheadend folds it into the finer one.
        extra = {"Sports"} - {found[-1]}
        assert [word for word in found if code(word) and word not in extra] == [found[-1]]


def test_each_word_is_there_once_and_no_genre_is_lost():
    for programme in programmes():
        found = words(*programme)
        lower = [word.lower() for word in (*found.categories, *found.keywords)]
        assert len(lower) == len(set(lower)), programme
        folded = {word.replace(" ", "") for word in lower}  # Newsmagazine is News magazine
        assert {genre.lower().replace(" ", "") for genre in programme[3]} <= folded


def test_a_class_that_is_the_eit_string_too_is_there_once_and_last():
    assert words(False, True, ("sports",), ("Golf",)).categories == (
        "Sports event", "Golf", "Sports",
    )  # fmt: skip


# Ratings


@pytest.mark.parametrize(
    ("rating", "country", "system"),
    [
        ("TV-Y", "USA", "VCHIP"),
        ("TV-14", "USA", "VCHIP"),
        ("TV-MA", "CAN", "VCHIP"),
        ("G", "USA", "MPAA"),
        ("PG", "USA", "MPAA"),
        ("PG-13", "USA", "MPAA"),
        ("R", "USA", "MPAA"),
        ("NC-17", "USA", "MPAA"),
        ("G", "CAN", "CHVRS"),
        ("PG", "CAN", "CHVRS"),
        ("C", "CAN", "CHVRS"),
        ("C8", "CAN", "CHVRS"),
        ("14+", "CAN", "CHVRS"),
        ("18+", "CAN", "CHVRS"),
        ("PG-13", "CAN", "MPAA"),
        ("R", "CAN", "MPAA"),
        ("14+", "USA", ""),
        ("C8", "USA", ""),
        ("NR", "USA", ""),
        ("", "USA", ""),
        ("NONE", "CAN", ""),
        ("TV-", "USA", ""),
        ("TV-15", "USA", ""),
    ],
)
def test_the_system_of_a_rating(rating, country, system):
    assert rating_system(rating, country) == system


# Roles


@pytest.mark.parametrize(
    ("role", "element"),
    [
        ("actor", "actor"),
        ("voice", "actor"),
        ("guest star", "actor"),
        ("director", "director"),
        ("writer", "writer"),
        ("creator", "writer"),
        ("screenwriter", "writer"),
        ("producer", "producer"),
        ("executive producer", "producer"),
        ("co-producer", "producer"),
        ("assistant director", "director"),
        ("casting director", ""),
        ("director of photography", ""),
        ("staff writer", "writer"),
        ("composer", "composer"),
        ("editor", "editor"),
        ("adapter", "adapter"),
        ("host", "presenter"),
        ("anchor", "presenter"),
        ("narrator", "presenter"),
        ("judge", "presenter"),
        ("commentator", "commentator"),
        ("guest", "guest"),
        ("contestant", "guest"),
        ("athlete", "guest"),
        ("gaffer", ""),
        ("", ""),
    ],
)
def test_the_element_of_a_role(role, element):
    assert credit_element(role) == element


def test_the_elements_are_in_the_dtds_order():
    order = "director actor writer adapter producer composer editor presenter commentator guest"
    assert " ".join(CREDITS) == order
