"""Gracenote's ratings and roles in XMLTV's words. Source: xmltv reference, sections 3 and 3.9."""

_VCHIP = frozenset(("TV-Y", "TV-Y7", "TV-Y7-FV", "TV-G", "TV-PG", "TV-14", "TV-MA"))
_MPAA = frozenset(("G", "PG", "PG-13", "R", "NC-17"))
_CHVRS = frozenset(("C", "C8", "G", "PG", "14+", "18+"))
# The elements of <credits> in the DTD's order, with the roles that each stands for.
_ROLES = {
    "director": "director",
    "actor": "actor, voice, guest star",
    "writer": "writer, creator, screenwriter",
    "adapter": "adapter, adaptation",
    "producer": "producer",
    "composer": "composer",
    "editor": "editor",
    "presenter": "host, co-host, anchor, presenter, narrator, judge, correspondent",
    "commentator": "commentator",
    "guest": "guest, musical guest, contestant, athlete",
}
CREDITS = tuple(_ROLES)
_ELEMENTS = {role: element for element, roles in _ROLES.items() for role in roles.split(", ")}


def rating_system(rating: str, country: str) -> str:
    """The system a rating belongs to; "" = none (NR, or an unknown one)."""
    if rating in _VCHIP:
        return "VCHIP"
    if country == "CAN" and rating in _CHVRS:
        return "CHVRS"
    return "MPAA" if rating in _MPAA else ""


def credit_element(role: str) -> str:
    """The XMLTV element of a Gracenote role, lower case; "" = XMLTV has none."""
    if role in _ELEMENTS:
        return _ELEMENTS[role]
    # "executive producer", "staff writer" … : by the word in it.
    if any(word in role for word in ("casting", "photography", "art director")):
        return ""  # "director" in these roles does not mean the film's
    return next((word for word in ("producer", "director", "writer") if word in role), "")
