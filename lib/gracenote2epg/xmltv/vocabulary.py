"""Gracenote's ratings and roles in XMLTV's words. Source: xmltv reference, sections 3 and 3.9."""

import functools
import re

_VCHIP = frozenset(("TV-Y", "TV-Y7", "TV-Y7-FV", "TV-G", "TV-PG", "TV-14", "TV-MA"))
_MPAA = frozenset(("G", "PG", "PG-13", "R", "NC-17"))
_CHVRS = frozenset(("C", "C8", "G", "PG", "14+", "18+"))
_RATINGS = _VCHIP | _MPAA | _CHVRS
# The elements of <credits> in the DTD's order, with the roles that each stands for.
_ROLES = {
    "director": "director, co-director, series director, episode director",
    "actor": "actor, voice, guest star, guest voice, self",
    "writer": "writer, creator, screenwriter",
    "adapter": "adapter, adaptation",
    "producer": "producer",
    "composer": "composer",
    "editor": "editor",
    "presenter": "presenter, moderator, interviewer",
    "commentator": "commentator",
    "guest": "athlete, panelist, musician, comedian",
}
CREDITS = tuple(_ROLES)
_ELEMENTS = {role: element for element, roles in _ROLES.items() for role in roles.split(", ")}

# In such roles the other word does not mean the programme's director, producer or writer.
_OTHER_WORK = ("director", "assistant", "music ", "casting", "photography")
_BY_WORD = (
    *((word, "presenter") for word in ("host", "anchor", "narrator", "judge")),
    *((word, "presenter") for word in ("correspondent", "reporter", "presenter")),
    *((word, "commentator") for word in ("analyst", "commentator", "announcer")),
    *((word, "guest") for word in ("guest", "contestant")),
    *((word, word) for word in ("producer", "writer", "composer", "editor")),
)
_AGE = re.compile(r"\d\d?[+A]?")


def is_rating(text: str) -> bool:
    """Whether it is in a list, or an age such as 13+ or 14A."""
    return text in _RATINGS or bool(_AGE.fullmatch(text))


def rating_system(rating: str, country: str) -> str:
    """The system a rating belongs to; "" = none (NR, or an unknown one)."""
    if rating in _VCHIP:
        return "VCHIP"
    if country == "CAN" and rating in _CHVRS:
        return "CHVRS"
    return "MPAA" if rating in _MPAA else ""


@functools.lru_cache(maxsize=1024)
def credit_element(role: str) -> str:
    """The XMLTV element of a Gracenote role, lower case; "" = XMLTV has none."""
    if role in _ELEMENTS:
        return _ELEMENTS[role]
    # "executive producer", "guest host" … : by a word in it, the more telling one first.
    if any(word in role for word in _OTHER_WORK):
        return ""
    return next((element for word, element in _BY_WORD if word in role), "")
