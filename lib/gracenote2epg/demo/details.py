"""The overviewDetails answer of one series or movie, in the service's shape."""

import random
from typing import Any, Dict, List, Optional, Sequence

from . import text_generator
from .day_schedule import DAY
from .json_format import encoded, moment, prose
from .programme_kinds import DAILY, MOVIE, NEWS, SERIAL, SPORTS
from .programmes import Airing, Programme, Series

Json = Dict[str, Any]

FULL = 40  # entries of upcomingEpisodeTab before repeats are left out
_UNKNOWN = ("", "1000-01-01T00:00Z")  # both forms of "no original air date"
_CAST = ("Actor", "Actor", "Actor", "Guest Star", "Voice", "Narrator")
_PRESENTERS = ("Host", "Judge", "Contestant", "Guest", "Presenter")
_CREW = (
    "Director", "Executive Producer", "Writer", "Producer", "Creator", "Composer", "Editor",
)  # fmt: skip


def answer(seed: int, series: Series, coming: Sequence[Airing]) -> Json:
    """Return the answer; ``coming``: the airings to list, by start."""
    rng = random.Random(f"{seed}/{series.place}/details")
    movie = series.kind == MOVIE
    text: Optional[str] = prose(series, text_generator.description(rng, series.language, 700))
    shape = "p" if movie else "b"
    image = f"p{series.image}_{shape}_{'v13_ab' if movie else 'h10_aa'}"
    if rng.random() < 0.04:
        image = f"noImage_{series.image}_h10"
    genres: Optional[str] = series.genres
    if rng.random() < 0.06:
        text, genres = rng.choice((("", None), (None, ""), (text, None), (text, "")))
    tab = [] if movie else _tab(series, coming)
    overview: Json = {"cast": _people(rng, _cast_of(rng, series), "Cast"), "crew": []}
    if series.kind not in (NEWS, SPORTS) and series.place >= 0:
        crew = sorted(rng.sample(_CREW, rng.randrange(1, 6)), key=_CREW.index)
        overview["crew"] = _people(rng, crew, "Crew")
    if tab and coming:
        overview["upcomingEpisode"] = {key: tab[0][key] for key in ("tmsID", "originalAirDate")}
    return {
        "seriesTitle": encoded(series, series.title),
        "seriesDescription": text,
        "seriesImage": image,
        "backgroundImage": None if rng.random() < 0.2 else f"p{series.image}_i_h9_aa",
        "releaseYear": str(series.year) if movie else "0",
        "seriesGenres": genres,
        "totalTMSIDs": "1" if movie else str(len(tab) + rng.randrange(300)),
        "overviewTab": overview,
        "upcomingEpisodeTab": None if movie and series.variant % 5 == 4 else tab,
    }


def _cast_of(rng: random.Random, series: Series) -> List[str]:
    if series.kind in (NEWS, SPORTS) or series.place < 0:
        return []
    if series.kind in (SERIAL, MOVIE):
        return [rng.choice(_CAST) for _ in range(rng.randrange(16))]
    return ["Host"] + [rng.choice(_PRESENTERS) for _ in range(rng.randrange(5))]


def _people(rng: random.Random, roles: Sequence[str], kind: str) -> List[Json]:
    return [
        {
            "priority": str(number),
            "type": kind,
            "role": role,
            "characterName": text_generator.person(rng) if role in _CAST else "",
            "assetId": "" if rng.random() < 0.2 else f"{rng.randrange(990000, 999999)}_v9_aa",
            "name": text_generator.person(rng),
        }
        for number, role in enumerate(roles, 1)
    ]


def _tab(series: Series, coming: Sequence[Airing]) -> List[Json]:
    """Return an entry per showing; beyond the first FULL only episodes not listed yet."""
    listed: Dict[str, int] = {}
    tab: List[Json] = []
    for airing in coming:
        if len(tab) < FULL or airing.programme.tms_id not in listed:
            listed[airing.programme.tms_id] = 1
            tab.append(_entry(series, airing))
    return tab


def _entry(series: Series, airing: Airing) -> Json:
    """Return one entry. Some series write ids in small letters or flags as "true" or "1"."""
    programme = airing.programme
    style = series.variant % 7
    ids = programme.tms_id.lower() if series.place % 4 == 3 else programme.tms_id
    return {
        "tmsID": ids,
        "episodeTitle": encoded(series, programme.episode_title) or "",
        "originalAirDate": _air_date(programme),
        "synopsis": prose(series, programme.description) or "",
        "displayRating": programme.rating or "",
        "programGenres": "|".join(series.genres.split("|")[:2]),
        "isNew": _flag("New" in airing.flags, style),
        "isLive": _flag("Live" in airing.flags, style),
        "isPremier": _flag("Premiere" in airing.flags, style),
        "isFinale": _flag("Finale" in airing.flags, style),
    }


def _flag(on: bool, style: int) -> Any:
    if style == 5:
        return "true" if on else "false"
    if style == 6:
        return "1" if on else "0"
    return on


def _air_date(programme: Programme) -> str:
    """Return the *date* of the first showing at 00:00Z, or one of the two words for unknown."""
    variant = programme.series.variant
    if programme.generic or variant % 9 == 8 or (programme.series.kind == DAILY and variant % 2):
        return _UNKNOWN[variant % 2]
    return moment(programme.first_shown * DAY * 60)[:11] + "00:00Z"
