"""Kinds of series: how often stations show each, how long it takes, and how it is labelled."""

from typing import Dict, Optional, Tuple

SERIAL, TITLED, NUMBERED, SEGMENTS = "serial", "titled", "numbered", "segments"
NEWS, DAILY, SPORTS, MOVIE, SPECIAL, SHOPPING = (
    "news", "daily", "sports", "movie", "special", "shopping",
)  # fmt: skip
PAID, SIGN_OFF, TBA = "paid", "signoff", "tba"

GENERAL = (
    SERIAL, NEWS, MOVIE, SERIAL, TITLED, SERIAL, SPORTS, NUMBERED, MOVIE, SERIAL, DAILY, SEGMENTS,
    SERIAL, MOVIE, SPECIAL, SERIAL, NUMBERED, MOVIE, TITLED, SERIAL,
)  # fmt: skip
CYCLES: Dict[str, Tuple[str, ...]] = {
    "news": (NEWS, DAILY, NEWS, TITLED, SPECIAL),
    "sports": (SPORTS, SPORTS, SPORTS, TITLED),
    "kids": (SEGMENTS, SEGMENTS, SERIAL, TITLED, SEGMENTS, MOVIE),
    "movie": (MOVIE, MOVIE, MOVIE, MOVIE, MOVIE, MOVIE, SERIAL),
    "shopping": (SHOPPING, SHOPPING, TITLED),
}
BORROWS: Dict[str, Tuple[str, ...]] = {
    "news": (NEWS, DAILY),
    "sports": (SPORTS,),
    "kids": (SEGMENTS,),
    "movie": (MOVIE,),
    "shopping": (SHOPPING, TITLED),
}
GENERAL_BORROWS = (SERIAL, TITLED, NUMBERED, SEGMENTS, MOVIE, SPECIAL, DAILY)

MINUTES: Dict[str, Tuple[int, ...]] = {
    SERIAL: (30, 60, 60, 60),
    TITLED: (60, 30, 94, 60),
    NUMBERED: (60, 30),
    SEGMENTS: (30, 30, 28, 15, 12),
    NEWS: (30, 60, 60, 35, 29),
    DAILY: (60, 30, 120),
    SPORTS: (150, 180, 120, 210, 90),
    MOVIE: (120, 120, 105, 135, 90, 150, 94),
    SPECIAL: (60, 90, 120),
    SHOPPING: (60, 120),
}
FILTERS = {
    NEWS: ("filter-news",), DAILY: ("filter-news",), SPORTS: ("filter-sports",),
    MOVIE: ("filter-movie",), SEGMENTS: ("filter-family",), TITLED: ("filter-talk",),
}  # fmt: skip
RATINGS: Dict[str, Tuple[Optional[str], ...]] = {
    SERIAL: ("TV-14", "TV-PG", "TV-G", "TV-MA", "TV-PG"),
    TITLED: ("TV-PG", None, "TV-14"),
    NUMBERED: ("TV-PG", "TV-G"),
    SEGMENTS: ("TV-Y", "TV-Y7", "TV-G"),
    MOVIE: (None, None, "TV-14", "TV-PG", None, "TV-MA", "PG-13"),
    SPECIAL: (None, "TV-G"),
}
# From the genres that the service is known to use; capitals as in the captured answer.
GENRES: Dict[str, Tuple[str, ...]] = {
    SERIAL: ("Drama", "Crime drama|Drama|Mystery", "Sitcom", "Comedy|Romance", "Drama|Medical",
             "Action|Crime drama|Mystery|Thriller", "Soap", "Science fiction|Drama", "Western"),
    TITLED: ("Talk|Comedy|Entertainment", "Cooking|How-to", "Travel|Nature|Documentary",
             "House/garden|Home improvement", "Arts/crafts|How-to", "Game show"),
    NUMBERED: ("Reality|Auction", "Documentary|History", "Reality|Competition reality", "Animals"),
    SEGMENTS: ("Children|Animated", "Children|Educational|Animated", "Animated|Fantasy|Children"),
    NEWS: ("News",),
    DAILY: ("News|Newsmagazine", "News|Bus./financial", "Public affairs|News"),
    SPORTS: ("Sports|Basketball", "Sports|Football", "Soccer|Sports", "Multi-sport event", "Golf"),
    MOVIE: ("Drama|Comedy", "Horror|Thriller", "Western", "Romantic comedy", "Fantasy|Adventure",
            "Science fiction|Action", "Docudrama|History", "Musical|Family"),
    SPECIAL: ("Special|Music", "Documentary|Special", "Holiday|Special", "Standup|Comedy"),
    SHOPPING: ("Shopping|Consumer", "Shopping|Fashion", "Shopping|Collectibles"),
}  # fmt: skip
