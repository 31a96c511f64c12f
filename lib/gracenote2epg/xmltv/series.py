"""What the airings of a series share, made once."""

from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

from ..models import Credit, Details
from .images import Pictures
from .markup import escape
from .vocabulary import CREDITS, credit_element

MOST_ACTORS = 6
_PAID = "SH00000001"  # Paid Programming, whose details nobody asks (summary.NO_DETAILS)


class Series(NamedTuple):
    """The texts and values of a series; all empty where its details are not known."""

    description: str
    credits: str  # the whole element
    genres: Tuple[str, ...]
    art: Tuple[str, ...]  # asset ids: the poster, the backdrop
    year: str
    episodes: Dict[str, Tuple[Any, ...]]  # by tms_id, the rest of an Episode
    cast: str  # names with commas
    directors: str


def series_of(series_id: str, details: Optional[Details], pictures: Optional[Pictures]) -> Series:
    """pictures: for the people; None leaves the credits out."""
    if details is None:
        return Series("", "", ("Shopping",) if series_id == _PAID else (), (), "", {}, "", "")
    people = (*details.cast, *details.crew)
    return Series(
        details.description,
        _credits(people, pictures) if pictures else "",
        details.genres,
        (details.image, details.backdrop),
        details.year,
        {episode.tms_id: episode[1:] for episode in details.episodes},
        ", ".join(_named(people, "actor", "presenter")),
        ", ".join(_named(people, "director")),
    )


def _named(people: Iterable[Credit], *elements: str) -> List[str]:
    names = [person.name for person in people if credit_element(person.role) in elements]
    return list(dict.fromkeys(names))[:MOST_ACTORS]


def _credits(people: Iterable[Credit], pictures: Pictures) -> str:
    found: Dict[str, Dict[str, str]] = {element: {} for element in CREDITS}
    for person in people:
        element = credit_element(person.role)
        if element and (element != "actor" or len(found["actor"]) < MOST_ACTORS):
            attributes = ""
            if person.role == "guest star":
                # And no role beside it: tv_sort writes two attributes in an order that changes from
                # call to call, for which tv_validate_grabber then blames the grabber.
                attributes = ' guest="yes"'
            elif element == "actor" and person.character:
                attributes = f' role="{escape(person.character)}"'
            start = f"      <{element}{attributes}>{escape(person.name)}"
            found[element].setdefault(start, f"{pictures.person(person.image)}</{element}>\n")
    lines = [start + end for own in found.values() for start, end in own.items()]
    return f"    <credits>\n{''.join(lines)}    </credits>\n" if lines else ""
