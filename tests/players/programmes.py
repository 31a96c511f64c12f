"""The rows of the table: what the source says of a programme, and what a person should see."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from gracenote2epg.models import Airing, Details
from support.builders import DAY, HOUR, NOW, airing, credit, details, episode

from .reading import Seen

TODAY, TOMORROW = "2026-09-12", "2026-09-13"  # in New York, at NOW and a day later
SHORT, LONG = "A band plays.", "A band plays on a pier, and misses the boat."
LONGER = f"{LONG} The captain waits."
STILL = "p900100_e_h9_aa"
GAMES = "Team sports (excluding football)"


# The class of each kind in words, where it is not a series alone.
_CLASSES = {
    "movie": ("Movie",), "game": ("Sports event", "Sports"), "sports": ("Sports",),
    "news": ("News",), "children": ("Children",), "talk": ("Talk",),
}  # fmt: skip


class Programme(NamedTuple):
    name: str
    airing: Airing
    details: Optional[Details]
    country: str
    wanted: Seen  # by the names in players.FIELDS, and what best() of the players asks for


def row(
    name: str, changes: Dict[str, Any], genres: Sequence[str] = ("Comedy", "Sitcom"),
    first: Optional[str] = TODAY, country: str = "USA", known: bool = True, **wanted: str,
) -> Programme:  # fmt: skip
    """A programme, new and with a sub-title unless changed. first: its first showing in the
    details, "" = they have none. known: whether there are details. wanted: what does not follow
    from the airing."""
    plain = {"title": "Harbor Night", "subtitle": "Low Tide", "description": SHORT, "season": "",
             "episode": "", "flags": ("New",)}  # fmt: skip
    shown = airing(**{**plain, **changes})
    coming = episode(tms_id=shown.tms_id, air_date=(first or "").replace("-", ""), synopsis="",
                     rating="", genres=(), flags=())  # fmt: skip
    cast, crew = (credit("host", "Ada"), credit(name="Bo")), (credit("director", "Di"),)
    series = details(shown.series_id, description=LONG, genres=tuple(genres), episodes=(coming,),
                     cast=cast, crew=crew)  # fmt: skip
    season, number = shown.season, shown.episode
    aired = first or ""
    is_movie = shown.tms_id.startswith("MV")
    kind = wanted.get("kind", "movie" if is_movie else "talk" if "talk" in shown.filters else "")
    categories = dict.fromkeys((*_CLASSES.get(kind, ()), *(genres if known else ())))
    seen = {
        **{name: getattr(shown, name) for name in ("title", "subtitle", "description", "rating")},
        "number": (f"S{season}" if season else "") + (f"E{number}" if number else ""),
        "kind": "movie" if is_movie else "series",
        "colour": "Comedy",
        "words": "Comedy, Sitcom",  # in Kodi's guide window
        "categories": ", ".join(categories),  # all, but for Series
        "marks": "new" if shown.flags else "repeat",
        "aired": aired,
        "year": aired[:4] or shown.year,
        "picture": "landscape",
        "pictures": "portrait backdrop" if is_movie else "landscape backdrop",
        "people": "Di, Bo, Ada",
        "series": "" if is_movie else "yes",
        "day": f"2026-09-{12 + (shown.start - NOW + 20 * HOUR) // DAY}",
        "unknown": "",
        **wanted,
    }
    return Programme(name, shown, series if known else None, country, seen)


def movie(name: str, genres: Sequence[str], changes: Dict[str, Any], **wanted: str) -> Programme:
    plain = {"title": "The Pier", "tms_id": "MV090003000000", "series_id": "MV09000300",
             "subtitle": "", "year": "1999", "rating": "PG-13", "flags": ()}  # fmt: skip
    drama = {"colour": "Movie / Drama", "marks": "", "description": LONG, "first": ""}
    return row(name, {**plain, **changes}, genres, **{**drama, **wanted})


def game(name: str, changes: Dict[str, Any], **wanted: str) -> Programme:
    plain = {"title": "College Football", "tms_id": "EP090004000021", "filters": ("sports",),
             "subtitle": "Iowa at Ohio"}  # fmt: skip
    sport = {"kind": "game", "colour": GAMES, "words": f"{GAMES}, Sports, Football"}
    return row(name, {**plain, **changes}, ("Football",), **{**sport, **wanted})


def premiere(name: str, number: Sequence[str]) -> Programme:
    numbers = {"season": number[0], "episode": number[1], "flags": ("New", "Premiere")}
    return row(name, numbers, marks="new premiere")


NUMBERED = {"season": "3", "episode": "17"}
REPEAT = {**NUMBERED, "flags": ()}
NEWS = {"title": "News at Ten", "tms_id": "SH090002000000", "subtitle": "", "generic": True,
        "filters": ("news",), "flags": ()}  # fmt: skip
NIGHTLY = {"kind": "news", "colour": "News / Current affairs", "words": "News / Current affairs",
           "marks": "", "description": LONG, "aired": "", "year": ""}  # fmt: skip
TALK = {"colour": "Talk show", "words": "Talk show, Interview"}
DAILY_ID = {"title": "Wire News", "tms_id": "EP050626060001", "filters": ("news",), "subtitle": ""}
OLD_DATE = {"kind": "news", "colour": "News / Current affairs", "words": "News / Current affairs",
            "aired": "", "year": ""}  # fmt: skip
UNKNOWN = {"unknown": "yes", "colour": "", "words": "Series"}
DRAMA = {"colour": "Movie / Drama", "words": "Movie / Drama"}
FRENCH = {"title": "Le Port d’à côté", "subtitle": "Marée basse",
          "description": "Le groupe joue sur le quai et la chanteuse n’est pas là."}  # fmt: skip
SPANISH = {"title": "La noche del muelle", "subtitle": "¿Quién llegó?",
           "description": "La banda toca en el muelle y la cantante no está con él."}  # fmt: skip

ROWS: List[Programme] = [
    row("numbered episode", {**NUMBERED, "image": STILL}, pictures="landscape backdrop still"),
    row("repeat a day later", {**REPEAT, "start": NOW + DAY}),
    row("repeat on the same day", {**REPEAT, "start": NOW + 3 * HOUR}),
    row("episode without a title", {**NUMBERED, "subtitle": ""}),
    row("repeat without a date", REPEAT, first=""),
    row("repeat without date and number", {"flags": ()}, first=""),
    row("special", {"season": "0", "episode": "3"}),
    row("season without an episode", {"season": "3"}),
    row("daily show without numbers", {"filters": ("talk",)}, ("Talk", "Interview"), **TALK),
    row("live talk show", {**NUMBERED, "filters": ("talk",), "flags": ("Live",)},
        ("Talk", "Interview"), marks="new live", **TALK),
    row("news on Saturday", NEWS, ("News",), first="1999-09-06", **NIGHTLY),
    row("news on Sunday", {**NEWS, "start": NOW + DAY}, ("News",), first="1999-09-06", **NIGHTLY),
    row("children's cartoon", {**NUMBERED, "filters": ("family",), "rating": "TV-Y7"},
        ("Children", "Animated"), kind="children", colour="Cartoons / Puppets",
        words="Cartoons / Puppets, Children, Animated"),
    row("documentary", NUMBERED, ("Documentary", "Nature"), colour="Documentary",
        words="Documentary, Nature"),
    movie("movie with a longer text in the details", ("Comedy",), {}, colour="Comedy",
          words="Comedy, Movie"),
    movie("movie with a longer text of its own", ("Drama",), {"description": LONGER},
          description=LONGER, words="Movie / Drama"),
    movie("documentary film", ("Documentary",), {}, words="Movie / Drama, Documentary"),
    movie("football film", ("Drama", "Football", "Sports"),
          {"subtitle": "Part 1", "season": "1", "episode": "2"}, subtitle="", number="",
          words="Movie / Drama, Football, Sports"),
    game("live game", {"flags": ("Live", "New")}, marks="new live"),
    game("new game", {"tms_id": "EP090004000022"}),
    game("next game of the league", {"tms_id": "EP090004000023", "subtitle": "Army at Rice",
                                    "start": NOW + 3 * HOUR}),
    game("game with an id of its own", {"tms_id": "SP090004000000"}, series="", aired="", year=""),
    game("replay of a game", {"flags": ()}, first=""),
    row("live sports talk", {"title": "SportsCenter", "subtitle": "", "flags": ("Live",),
                              "filters": ("sports",)}, ("Sports talk",), kind="sports",
        marks="new live", colour="Sports magazines", words="Sports magazines, Sports talk"),
    premiere("premiere of a series", "11"), premiere("premiere of a season", "41"),
    premiere("another premiere", "45"),
    movie("premiere of a movie", ("Drama",), {"flags": ("Premiere",)}, marks="new premiere",
          words="Movie / Drama"),
    row("paid programming", {"title": "Paid Programming", "subtitle": "", "generic": True,
                             "tms_id": "SH000000010000", "series_id": "SH00000001", "image": "",
                             "flags": ()},
        ("Shopping",), known=False, first="", marks="", picture="", pictures="", people="",
        unknown="yes", colour="Advertisement / Shopping", words="Advertisement / Shopping",
        categories="Shopping"),
    row("TBA", {"title": "To Be Announced", "subtitle": "", "description": "", "image": "",
                "tms_id": "SH090005000000", "flags": (), "rating": ""},
        known=False, first="", marks="", picture="", pictures="", people="", **UNKNOWN),
    game("game with teams TBA", {"subtitle": "Teams TBA"}, unknown="yes", kind="sports"),
    row("in French", {**NUMBERED, **FRENCH}, ("Drama",), **DRAMA),
    row("in Spanish", {**NUMBERED, **SPANISH}, ("Drama",), **DRAMA),
    row("Canadian rating", {**NUMBERED, "rating": "14+"}, country="CAN"),
    row("Canadian PG", {**NUMBERED, "rating": "PG"}, country="CAN"),
    row("rating of no system", {**NUMBERED, "rating": "13+"}),
    row("an id that is used daily", DAILY_ID, ("News",), first="2023-01-02", **OLD_DATE),
    row("the same id a day later", {**DAILY_ID, "start": NOW + DAY}, ("News",),
        first="2023-01-02", **OLD_DATE),
]  # fmt: skip
