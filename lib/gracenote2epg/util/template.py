"""The template of descriptions: ``{description}[ ({year})][ With {cast}.]``.

``{name}`` is replaced; a part in brackets is dropped if none of its placeholders has a value;
``\\n`` is a line break. Not str.format, which would let a setting reach into Python's objects.
"""

import re
from typing import Dict, Mapping, Match, NamedTuple, Tuple

PLACEHOLDERS: Dict[str, str] = {
    "description": "the description without a template",
    "title": "the programme's title",
    "subtitle": "the episode's title",
    "number": "season and episode: S03E17",
    "season": "the season's number",
    "episode": "the episode's number",
    "year": "the year of a movie's release or an episode's first showing",
    "date": "the date of the first showing: 2026-09-12",
    "rating": "TV-14, PG-13, 14+",
    "flags": "New, Live, Premiere, Finale",
    "genres": "Gracenote's genres, separated by commas",
    "cast": "the first six actors or presenters, separated by commas",
    "director": "the directors, separated by commas",
}
WORDS = "{" + "}, {".join(PLACEHOLDERS) + "}"

_NAME = re.compile(r"\{(\w+)\}")
_PART = re.compile(r"\[([^\[\]]*)\]|([^\[\]]+)")


class Part(NamedTuple):
    """A piece of a template; an optional one is dropped if none of its placeholders has a value."""

    text: str
    optional: bool


Template = Tuple[Part, ...]


def parse(text: str) -> Template:
    """Parse a template. Raises ValueError for unknown placeholders, unmatched brackets, and
    optional parts without a placeholder.
    """
    pieces = _PART.findall(text)
    parts = tuple(
        Part((bracketed or plain).replace("\\n", "\n"), optional=not plain)
        for bracketed, plain in pieces
    )
    unknown = set(_NAME.findall(text)) - set(PLACEHOLDERS) or set("{}") & set(_NAME.sub("", text))
    matched_length = sum(
        len(plain) if plain else len(f"[{bracketed}]") for bracketed, plain in pieces
    )
    has_constant = any(part.optional and not _NAME.search(part.text) for part in parts)
    if unknown or has_constant or matched_length != len(text):
        raise ValueError(WORDS)
    return parts


def fill(template: Template, values: Mapping[str, str]) -> str:
    """Fill in the template. values: by placeholder, all of them; "" = unknown."""

    def value(match: Match[str]) -> str:
        return values[match.group(1)]

    return "".join(
        _NAME.sub(value, part.text)
        for part in template
        if not part.optional or any(values[name] for name in _NAME.findall(part.text))
    ).strip()
