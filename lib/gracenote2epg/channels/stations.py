"""Which stations: those of the lineups, and among them what the user names."""

import re
from collections import Counter
from typing import Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Sequence, Set, Tuple

from ..errors import ChannelError
from ..models import Lineup, Station
from ..store.answers import Store
from .call_signs import number_sort_key

FORMER_IDS_FACT = (
    "former ids"  # the store's name for the ids that stations had, each with its follower
)


class GuideStation(NamedTuple):
    """A station of the guide, with what came before it.

    former: the ids that it had, when the source gave its call sign and number another one.
    """

    station: Station
    lineup: Lineup
    former: Tuple[str, ...] = ()

    @property
    def ids(self) -> Tuple[str, ...]:
        return (self.station.station_id, *self.former)


def stations_of_lineup(lineup: Lineup, answers: Iterable[Sequence[Station]]) -> List[GuideStation]:
    """The stations of a lineup, out of its answers, the latest last.

    A station is as its latest answer describes it, in the language of most answers. Two that no
    answer has together, with one call sign and a number in common, are one that got a new id.
    """
    latest: Dict[str, Station] = {}
    seen: Dict[str, Set[int]] = {}
    languages: Dict[str, Counter[str]] = {}
    for at, stations in enumerate(answers):
        for station in stations:
            name = station.station_id
            latest.pop(name, None)
            latest[name] = station
            seen.setdefault(name, set()).add(at)
            languages.setdefault(name, Counter())[station.language] += bool(station.language)
    found = {
        name: GuideStation(station._replace(language=_most(languages[name])), lineup)
        for name, station in latest.items()
    }
    for alike in _by_call_sign(found.values()):
        for old in alike:  # the one that was seen last comes last
            later = [
                new for new in reversed(alike) if new in found and _follows(found, seen, old, new)
            ]
            if later:
                new = later[0]
                found[new] = found[new]._replace(former=(*found[new].former, *found.pop(old).ids))
                seen[new] |= seen[old]  # so that not two of one answer become one
    return list(found.values())


def _by_call_sign(known: Iterable[GuideStation]) -> List[List[str]]:
    """The ids of those that share a call sign; few do, and a lineup has many hundred stations."""
    found: Dict[str, List[str]] = {}
    for own in known:
        found.setdefault(own.station.call_sign, []).append(own.station.station_id)
    return list(found.values())


def _most(languages: "Counter[str]") -> str:
    return min(languages, key=lambda name: (-languages[name], name), default="")


def _follows(found: Dict[str, GuideStation], seen: Dict[str, Set[int]], old: str, new: str) -> bool:
    was, now = found[old].station, found[new].station
    return bool(set(was.numbers) & set(now.numbers)) and not seen[old] & seen[new]


def merge_lineups(lineups: Sequence[Sequence[GuideStation]]) -> List[GuideStation]:
    """The stations of several lineups: each once, as the first one describes it, with the numbers
    of all.
    """
    every = [own for stations in lineups for own in stations]
    same: Dict[str, FrozenSet[str]] = {}  # by id all ids of the station, whichever way they changed
    for own in every:
        ids = frozenset(own.ids).union(*(same.get(name, ()) for name in own.ids))
        same.update(dict.fromkeys(ids, ids))
    found: Dict[FrozenSet[str], GuideStation] = {}
    for own in every:
        ids = same[own.station.station_id]
        found[ids] = _joined(found[ids], own) if ids in found else own
    return list(found.values())


def with_former_ids(known: Iterable[GuideStation], heirs: Mapping[str, str]) -> List[GuideStation]:
    """The stations with the ids that they had before what is known now.

    heirs: by a former id the one that followed it. An id that is in use again is nobody's former.
    """
    known = list(known)
    used = {name for own in known for name in own.ids}
    before: Dict[str, List[str]] = {}
    for old, heir in heirs.items():
        if old not in used:
            before.setdefault(heir, []).append(old)
    return [
        own._replace(
            former=(*own.former, *(old for name in own.ids for old in before.get(name, ())))
        )
        for own in known
    ]


def _joined(first: GuideStation, other: GuideStation) -> GuideStation:
    numbers = tuple(dict.fromkeys((*first.station.numbers, *other.station.numbers)))
    former = tuple(dict.fromkeys((*first.ids, *other.ids)))[1:]
    return first._replace(station=first.station._replace(numbers=numbers), former=former)


def select(wanted: Sequence[str], known: Iterable[GuideStation]) -> Set[str]:
    """Return the ids of the stations that are named.

    One to four digits, or digits with a dot or a hyphen, are a number; five and more a station id,
    be it a former one, or with what the guide puts around it; anything else a call sign. Raises
    ChannelError when a name matches none, or several.
    """
    known = list(known)
    chosen: Set[str] = set()
    problems: List[str] = []
    for word in wanted:
        found = sorted({own.station.station_id for own in known if _matches(word, own)})
        if len(found) == 1:
            chosen.add(found[0])
        elif found:
            named = ", ".join(
                _named(own.station) for own in known if own.station.station_id in found
            )
            problems.append(f"{word} is several stations ({named})")
        else:
            problems.append(f"{word} is no station of the lineup")
    if problems:
        raise ChannelError(problems)
    return chosen


def unmatched(wanted: Sequence[str], known: Sequence[GuideStation]) -> List[str]:
    """The words that name no station."""
    return [word for word in wanted if not any(_matches(word, own) for own in known)]


def sort_by_number(stations: Iterable[GuideStation]) -> List[GuideStation]:
    """Sort by first channel number: 2.1, 4, 10.1, 10.2, then stations without one."""
    return sorted(stations, key=lambda known: number_sort_key("".join(known.station.numbers[:1])))


# A station id as channel ids hold it: 20461.gracenote2epg, I20461.labs.zap2it.com,
# I5.1.20461.zap2it.com.
_BY_ID = re.compile(r"(?:I(?:[\d.]+\.)?)?(\d{5,})(?:\.[a-z][a-z0-9.]*)?", re.ASCII)


def _matches(word: str, own: GuideStation) -> bool:
    by_id = _BY_ID.fullmatch(word)
    if by_id:
        return by_id.group(1) in own.ids
    if re.fullmatch(r"\d{1,4}|\d+[.-]\d+", word):
        number = ".".join(part.lstrip("0") or "0" for part in re.split("[.-]", word))
        return number in own.station.numbers
    return word.upper() == own.station.call_sign.upper()


def _named(station: Station) -> str:
    return f"{station.station_id} {station.call_sign}"


def stations(store: Store, lineups: Sequence[Lineup]) -> List[GuideStation]:
    """The stations of some lineups as stored, each once, with all ids that it ever had."""
    found = merge_lineups([stations_of_lineup(one, store.station_answers(one)) for one in lineups])
    heirs, _ = store.fact(FORMER_IDS_FACT)
    return with_former_ids(found, heirs or {})


def remember_ids(store: Store, known: Iterable[GuideStation], now: float) -> None:
    """Keep which ids were followed: the answers that tell it are pruned, a user's choice is not."""
    heirs, _ = store.fact(FORMER_IDS_FACT)
    more = {old: own.station.station_id for own in known for old in own.former}
    if not more.items() <= (heirs or {}).items():
        store.set_fact(FORMER_IDS_FACT, {**(heirs or {}), **more}, now)
