"""The user's template of a description: ``{description}[ ({year})][ With {cast}.]``.

``{name}`` is replaced; a part in brackets is left out when nothing in it is known; ``\\n`` is a
line break. It is a language of its own rather than str.format, which would let a setting reach
into Python's objects.
"""

import re
from typing import Dict, Mapping, Match, NamedTuple, Tuple

PLACEHOLDERS: Dict[str, str] = {
    "description": "the description as it is without a template",
    "title": "the programme's title",
    "subtitle": "the episode's title",
    "number": "season and episode: S03E17",
    "season": "the season's number",
    "episode": "the episode's number",
    "year": "the year of a movie's release, or of an episode's first showing",
    "date": "the day of the first showing: 2026-09-12",
    "rating": "TV-14, PG-13, 14+",
    "flags": "New, Live, Premiere, Finale",
    "genres": "Gracenote's genres, with commas",
    "cast": "the first six actors or presenters, with commas",
    "director": "the directors, with commas",
}
ALLOWED = "text with {" + "}, {".join(PLACEHOLDERS) + "}; [parts] may be empty"

_NAME = re.compile(r"\{(\w+)\}")
_PART = re.compile(r"\[([^\[\]]*)\]|([^\[\]]+)")


class Part(NamedTuple):
    """A stretch of a template; an optional one goes when none of its placeholders has a value."""

    text: str
    optional: bool


Template = Tuple[Part, ...]


def parse(text: str) -> Template:
    """Raises ValueError for placeholders that there are not, brackets that do not match, and
    optional parts that nothing could bring in.
    """
    names = _NAME.findall(text)
    rest = _NAME.sub("", text)
    parts = tuple(
        Part((inner or outer).replace("\\n", "\n"), optional=not outer)
        for inner, outer in _PART.findall(text)
    )
    written = sum(len(inner or outer) + 2 * (not outer) for inner, outer in _PART.findall(text))
    never = any(part.optional and not _NAME.search(part.text) for part in parts)
    if set(names) - set(PLACEHOLDERS) or set("{}") & set(rest) or written != len(text) or never:
        raise ValueError(ALLOWED)
    return parts


def fill(template: Template, values: Mapping[str, str]) -> str:
    """The text of one programme. values: by placeholder; "" = not known."""

    def value(match: Match[str]) -> str:
        return values[match.group(1)]

    return "".join(
        _NAME.sub(value, part.text)
        for part in template
        if not part.optional or any(values[name] for name in _NAME.findall(part.text))
    ).strip()
