"""docs/players.md: the table in words."""

from collections import Counter
from typing import Dict, Iterable, Iterator, List, Mapping, Sequence, Tuple

from . import programmes, table
from .reading import FIELDS

_HEAD = """# What each player shows

The programmes below are made up. The guide of each was written with the profile of the player, and
read by a model of that player: after its source code or, for Plex and Channels DVR, after reports
of their users. A test compares that with what a person should see. [xmltv.md](xmltv.md) explains
the elements of the guide and the profiles.

It is Saturday, 12 September 2026, 8 p.m. in New York.

## The programmes, as they should be seen"""
_NAMES = {"subtitle": "sub-title", "words": "genres", "aired": "first showing",
          "series": "records the series"}  # fmt: skip
_GIVEN = ("title", "subtitle", "description", "number", "aired", "rating")
_OTHERS = 9  # a field that at most so many programmes have otherwise is no column


def page() -> str:
    given = [
        (row.name, *(row.wanted[field] for field in _GIVEN), ", ".join(row.airing.flags))
        for row in programmes.ROWS
    ]
    lines = [_HEAD, "", *_table(("programme", *map(_name, _GIVEN), "flags"), given)]
    own, with_any = table.shown(), table.shown("any")
    for player in table.PLAYERS:
        rows = own[player.NAME]
        lines += ["", f"## {player.NAME}", "", f"With `--profile {player.PROFILE}`.", player.ABOUT]
        lines += ["", *_player(rows)]
        other = list(_other(rows, with_any[player.NAME]))
        lines += ["", "With the profile `any` some are otherwise:", "", *other] if other else []
    return "\n".join([*lines, *_items(), *_links()]) + "\n"


def _player(rows: Mapping[str, table.Shown]) -> Iterator[str]:
    cells = {
        field: {key: row.seen[field] for key, row in rows.items()}
        for field in FIELDS
        if any(field in row.seen for row in rows.values())
    }
    wanted = {row.name: row.wanted for row in programmes.ROWS}
    same = [field for field in cells if _is_as(cells[field], wanted, field)]
    yield f"- {', '.join(map(_name, same))}: as they should be, always"
    columns = []
    for field in cells:
        counted = Counter(cells[field].values())
        usual, count = counted.most_common(1)[0]
        if field not in same and len(rows) - count > _OTHERS:
            columns.append(field)
        elif field not in same:
            others = [
                f"{value or 'none'} (*{_list(cells[field], value)}*)"
                for value in counted
                if value != usual
            ]
            yield f"- {_name(field)}: {'; '.join([usual or 'none', *others])}"
    # Programmes that look the same share a row.
    groups: Dict[Tuple[str, ...], List[str]] = {}
    for key in rows:
        groups.setdefault(tuple(cells[field][key] for field in columns), []).append(key)
    yield ""
    yield from _table(
        ("programme", *map(_name, columns)),
        [(", ".join(keys), *values) for values, keys in groups.items()],
    )


def _is_as(cells: Mapping[str, str], wanted: Mapping[str, Mapping[str, str]], field: str) -> bool:
    return field in _GIVEN and all(text == wanted[key][field] for key, text in cells.items())


def _other(own: Mapping[str, table.Shown], others: Mapping[str, table.Shown]) -> Iterator[str]:
    """Fields that one guide for all players cannot give, each with its first programme."""
    for field in FIELDS:
        keys = [
            key for key, row in own.items() if row.seen.get(field) != others[key].seen.get(field)
        ]
        if keys:
            before, after = (rows[keys[0]].seen[field] or "none" for rows in (own, others))
            more = f", and {len(keys) - 1} more" if len(keys) > 1 else ""
            yield f"- {_name(field)}: {before} is {after} (*{keys[0]}*{more})"


def _items() -> Iterator[str]:
    yield from ("", "## What is recorded once", "")
    yield "Whether two showings are one programme: the player records the second one only if not."
    yield ""
    pairs = table.are_one()
    yield from _table(
        ("showings", *next(iter(pairs.values()))),
        [
            (
                "; ".join(pair),
                *("one" if is_one else "two" for is_one in by_player.values()),
            )
            for pair, by_player in pairs.items()
        ],
    )


def _links() -> Iterator[str]:
    yield from ("", "## Which station a channel shows", "")
    yield "The guide has five stations: 1 and 2 have the number 2.1, 3 and 4 the call sign PPV, and"
    yield "5 is *WZAC-HD* in the player, which the guide knows. Empty: it must be mapped by hand."
    yield ""
    yield from _table(
        ("channel", "number", "tvg-id", *(player.NAME for player in table.PLAYERS)),
        [(own.name, own.number, own.tvg_id, *taken.values()) for own, _, taken in table.links()],
    )


def _name(field: str) -> str:
    return _NAMES.get(field, field)


def _list(cells: Mapping[str, str], value: str) -> str:
    return ", ".join(key for key, text in cells.items() if text == value)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> List[str]:
    return [f"| {' | '.join(cells)} |" for cells in (columns, ("---",) * len(columns), *rows)]
