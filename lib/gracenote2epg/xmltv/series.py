"""The text that the airings of a series share."""

from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from ..models import PAID_PROGRAMMING, Credit, Details, Episode
from .images import Pictures
from .markup import escape
from .vocabulary import CREDITS, credit_element

MAX_ACTORS = 6


class Series(NamedTuple):
    """Text and values of a series; all empty where its details are unknown."""

    description: str = ""
    credits: str = ""  # the whole element
    genres: Tuple[str, ...] = ()
    art: Tuple[str, ...] = ()  # asset ids: the poster, the backdrop
    year: str = ""
    episodes: Mapping[str, Episode] = {}  # by tms_id
    cast: str = ""  # names with commas; only where a template needs them
    directors: str = ""


_UNKNOWN, _ADVERTISING = Series(), Series(genres=("Shopping",))


def series_of(
    details: Optional[Details], series_id: str, pictures: Optional[Pictures], has_template: bool
) -> Series:
    """The text of a series. pictures: of its people; None leaves the credits out."""
    if details is None:
        return _ADVERTISING if series_id == PAID_PROGRAMMING else _UNKNOWN
    people = (*details.cast, *details.crew)
    return Series(
        details.description,
        _credits(people, pictures) if pictures else "",
        details.genres,
        (details.image, details.backdrop),
        details.year,
        {episode.tms_id: episode for episode in details.episodes},
        ", ".join(_names(people, "actor", "presenter")) if has_template else "",
        ", ".join(_names(people, "director")) if has_template else "",
    )


def _names(people: Iterable[Credit], *elements: str) -> List[str]:
    names = [person.name for person in people if credit_element(person.role) in elements]
    return list(dict.fromkeys(names))[:MAX_ACTORS]


def _credits(people: Iterable[Credit], pictures: Pictures) -> str:
    # By element: the ends of its lines by their beginnings, so that a credit appears once.
    lines: Dict[str, Dict[str, str]] = {element: {} for element in CREDITS}
    for person in people:
        element = credit_element(person.role)
        if element and (element != "actor" or len(lines["actor"]) < MAX_ACTORS):
            attributes = ""
            if person.role == "guest star":
                # Without the role: tv_sort writes two attributes in an order that differs from call
                # to call, and tv_validate_grabber then blames the grabber.
                attributes = ' guest="yes"'
            elif element == "actor" and person.character:
                attributes = f' role="{escape(person.character)}"'
            start = f"      <{element}{attributes}>{escape(person.name)}"
            lines[element].setdefault(start, f"{pictures.person(person.image)}</{element}>\n")
    text = "".join(start + end for ends in lines.values() for start, end in ends.items())
    return f"    <credits>\n{text}    </credits>\n" if text else ""
