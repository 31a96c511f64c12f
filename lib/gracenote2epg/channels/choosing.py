"""The stations that the setting ``channels`` chooses. Pure, but for lists in files.

A word is a station id, a number, a call sign, a range of numbers (2-61, 7.1-7.4), or a pattern of
call signs and networks (*HD); with ! the stations are left out. @mine.txt are the words of a file.
"""

import difflib
import re
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from ..errors import ChannelError, InputFileError, os_error_text
from ..util.files import read_limited
from ..util.format import join_names
from ..util.sanitize import channel_number
from .call_signs import folded, is_translator, station_clues
from .stations import GuideStation, number_sort_key

# 20461, and the channel ids 20461.gracenote2epg, I20461.labs.zap2it.com, I5.1.20461.zap2it.com.
_STATION_ID = re.compile(r"(?:I(?:[\d.]+\.)?)?(\d{5,})(?:\.[a-z][a-z0-9.]*)?", re.ASCII)
_NUMBER = re.compile(r"\d{1,4}|\d+[._-]\d+", re.ASCII)
_RANGE = re.compile(r"(\d{1,4}(?:\.\d+)?)-(\d{1,4}(?:\.\d+)?)", re.ASCII)
_NEAR = 0.6  # how similar a suggestion has to be, of 1


class Choice(NamedTuple):
    """What some words choose."""

    ids: Optional[Set[str]]  # None = no word but exclusions: all stations
    excluded: Set[str]
    meant: Dict[str, str]  # the station's id by number or call sign, in lower case
    missing: List[str]  # the words that match no station
    several: Dict[str, List[GuideStation]]  # by word for a single one: what it may mean, best first


def choose(
    words: Iterable[str],
    stations: Sequence[GuideStation],
    before: Optional[Mapping[str, str]] = None,
) -> Choice:
    """Find the stations of the words. before: ids of stations by what they were called before, in
    lower case.

    A word for a single station means what it meant before as long as that one is there; else, of
    several stations, the first that is not a translator; else the first one. Raises InputFileError.
    """
    choice = Choice(None, set(), {}, [], {})
    ids: Set[str] = set()
    index = _index(stations)
    words = expand(words)
    for word in words:
        plain = word.lstrip("!")
        rows = index.get(_key(plain), [])
        if word == plain:
            kept = index.get(("id", (before or {}).get(word.casefold(), "")), [])
            others = [row for row in rows if row not in kept]
            others.sort(key=lambda row: is_translator(row.station.call_sign))
            rows = [*kept, *others]
            if len(rows) > 1:
                choice.several[word] = rows
            if rows and _key(word)[0] != "id":  # an id cannot get another meaning
                choice.meant[word.casefold()] = rows[0].station.station_id
            rows = rows[:1]
        rows = rows or [row for row in stations if _is_one_of(plain, row)]
        if not rows:
            choice.missing.append(word)
        (ids if word == plain else choice.excluded).update(row.station.station_id for row in rows)
    return choice._replace(ids=None if all(word[0] == "!" for word in words) else ids)


def select(words: Iterable[str], stations: Sequence[GuideStation]) -> Set[str]:
    """The ids of the stations that the words choose, for someone who can be asked again.

    Raises ChannelError if a word means no station, or if it is not clear which; InputFileError.
    """
    words = tuple(words)
    choice = choose(words, stations)
    several = {word: f"{word} is {_several(rows)}" for word, rows in choice.several.items()}
    if choice.missing or several:
        raise unclear({**problems(choice.missing, stations), **several})
    everything = {row.station.station_id for row in stations if words}
    return (everything if choice.ids is None else choice.ids) - choice.excluded


def select_one(word: str, stations: Sequence[GuideStation]) -> str:
    """The id of the station that the word means. Raises as ``select``, and if there are several."""
    ids = select([word], stations)
    if len(ids) != 1:
        raise ChannelError(f"{word} is {len(ids)} stations", word)
    return ids.pop()


def expand(words: Iterable[str]) -> Tuple[str, ...]:
    """The words, with each @FILE replaced by the words in that file. Raises InputFileError."""
    expanded: List[str] = []
    for word in words:
        mark, _, file = word.partition("@")
        if not file or mark not in ("", "!"):
            expanded.append(word)
            continue
        try:
            text = read_limited(file).decode("utf-8-sig")
        except (OSError, ValueError) as error:
            raise InputFileError(file, os_error_text(error)) from error
        listed = re.sub("#.*", "", text).replace(",", " ").split()
        if not (listed or mark):  # no words at all would mean all stations
            raise InputFileError(file, "it has no channels")
        expanded += [f"{mark}{row}".replace("!!", "") for row in listed]
    return tuple(expanded)


def unclear(problems: Mapping[str, str]) -> ChannelError:
    """The error for words of the setting, with what is wrong with each."""
    return ChannelError("; ".join(problems.values()), ", ".join(problems))


def problems(words: Iterable[str], stations: Sequence[GuideStation]) -> Dict[str, str]:
    """What to tell about words that match no station, each with the nearest ones."""
    texts = {}
    for word in words:
        near = _nearest(word.lstrip("!"), stations)
        hint = f" (did you mean {' or '.join(near)}?)" if near else ""
        texts[word] = f"{word} is not a station of the lineup{hint}"
    return texts


def notes(choice: Choice) -> List[str]:
    """What the user should know about a choice, as sentences."""
    return [
        f"{word} may be {_several(rows)}: the guide has {_name(rows[0])}; ids choose the others."
        for word, rows in choice.several.items()
        if rows[0].station.station_id in (choice.ids or ())
    ]


def _several(rows: Sequence[GuideStation]) -> str:
    return f"several stations ({join_names([_name(row) for row in rows])})"


def _name(row: GuideStation) -> str:
    return f"{row.station.station_id} {row.station.call_sign}"


def _index(stations: Sequence[GuideStation]) -> Dict[Tuple[str, str], List[GuideStation]]:
    """The stations by the keys of single words, in the lineup's order."""
    index: Dict[Tuple[str, str], List[GuideStation]] = {}
    plain: Dict[Tuple[str, str], List[GuideStation]] = {}  # WABC is WABCDT, if there is no WABC
    for row in stations:
        keys = {("id", station_id) for station_id in row.ids}
        keys.update(("number", number) for number in row.station.numbers)
        keys.add(("call sign", row.station.call_sign.upper().replace("-", "")))
        for key in keys:
            index.setdefault(key, []).append(row)
        clues = station_clues(row.station)
        if clues.subchannel == 1:
            plain.setdefault(("call sign", clues.call_sign), []).append(row)
    return {**plain, **index}


def _key(word: str) -> Tuple[str, str]:
    """What the word is, if it is for a single station: a station's id, number or call sign."""
    station_id = _STATION_ID.fullmatch(word)
    if station_id:
        return "id", station_id.group(1)
    if _NUMBER.fullmatch(word):
        return "number", channel_number(word)
    return "call sign", word.upper().replace("-", "")  # WABC-DT2 is WABCDT2


def _is_one_of(word: str, row: GuideStation) -> bool:
    """Whether the station is in a range of numbers, or matches a pattern."""
    ends = _RANGE.fullmatch(word)
    if ends:
        low, high = map(_position, ends.groups())
        last = high if len(high) > 1 else (*high, 99999)
        return any(low <= _position(number) <= last for number in row.station.numbers)
    if "*" not in word and "?" not in word:
        return False
    pattern = re.escape(folded(word)).replace(r"\*", ".*").replace(r"\?", ".")
    names = (row.station.call_sign, row.station.name)
    return any(re.fullmatch(pattern, folded(name)) for name in names)


def _position(number: str) -> Tuple[int, ...]:
    return tuple(map(int, number.split(".")))


def _nearest(word: str, stations: Sequence[GuideStation]) -> List[str]:
    """Up to two numbers or call signs that are like the word."""
    if _NUMBER.fullmatch(word):
        major = channel_number(word).split(".")[0]
        numbers = {number for row in stations for number in row.station.numbers}
        same = [number for number in numbers if number.split(".")[0] == major]
        return sorted(same, key=number_sort_key)[:2]
    names: Dict[str, str] = {}
    for row in (row.station for row in stations):
        names.setdefault(row.name.upper(), row.call_sign)
        names[row.call_sign.upper()] = row.call_sign
    text = word.upper().strip("*?")
    near = [name for name in names if len(text) > 2 and text in name]
    near = near or difflib.get_close_matches(text, names, 2, _NEAR)
    return list(dict.fromkeys(names[name] for name in near))[:2]
