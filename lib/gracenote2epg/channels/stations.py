"""The stations of the lineups."""

import functools
import itertools
from collections import Counter, defaultdict
from typing import Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Sequence, Set, Tuple

from ..models import Lineup, Station
from ..store.answers import Store
from ..store.choices import FORMER_IDS
from .brands import NO_NETWORK, brand_rows


class GuideStation(NamedTuple):
    """A station of the guide.

    former: its earlier ids, which the source replaced under the same call sign and number.
    """

    station: Station
    lineup: Lineup
    former: Tuple[str, ...] = ()

    @property
    def ids(self) -> Tuple[str, ...]:
        return (self.station.station_id, *self.former)


def station_label(station: Station) -> str:
    """A station as people know it: "ABC · WABCDT 7.1", with its first number."""
    call_sign = f"{station.call_sign} {station.number}".rstrip()
    network = network_of(station)
    return f"{network} · {call_sign}" if network else call_sign


def network_of(station: Station) -> str:
    """The network or brand as people know it; "" = the source has none, or the call sign is it."""
    name = station.name.upper()
    name = name[:-3] if name.endswith(" HD") else name
    brand = _brands().get(name, station.name)
    word, sign = ("".join(filter(str.isalnum, text.upper())) for text in (brand, station.call_sign))
    return "" if name in NO_NETWORK or sign in (word, f"{word}HD") else brand


@functools.lru_cache(maxsize=None)
def _brands() -> Dict[str, str]:
    """By each name of a brand, in capitals, the first one."""
    return {name.upper(): names[0] for _, names in brand_rows() for name in names}


def stations_of_lineup(lineup: Lineup, answers: Iterable[Sequence[Station]]) -> List[GuideStation]:
    """The stations of a lineup, from its stored answers in order of time.

    Each is as in its latest answer, with the language that most answers give it. Two that share a
    call sign and a number, but never an answer, are one station that got a new id.
    """
    latest: Dict[str, Station] = {}
    answers_with: Dict[str, Set[int]] = defaultdict(set)
    languages: Dict[str, Counter[str]] = defaultdict(Counter)
    for index, stations in enumerate(answers):
        for station in stations:
            station_id = station.station_id
            latest.pop(station_id, None)
            latest[station_id] = station
            answers_with[station_id].add(index)
            languages[station_id][station.language] += bool(station.language)
    merged = {
        station_id: GuideStation(
            station._replace(language=_most_common(languages[station_id])), lineup
        )
        for station_id, station in latest.items()
    }
    # Compare only stations of one call sign: few share one, and a lineup has hundreds of stations.
    ids_by_call_sign: Dict[str, List[str]] = {}
    for station_id, station in latest.items():
        ids_by_call_sign.setdefault(station.call_sign, []).append(station_id)
    for ids in ids_by_call_sign.values():
        for old, new in itertools.product(ids, ids[::-1]):
            if old not in merged or new not in merged or answers_with[old] & answers_with[new]:
                continue
            if not set(latest[old].numbers).isdisjoint(latest[new].numbers):
                former = (*merged[new].former, *merged.pop(old).ids)
                merged[new] = merged[new]._replace(former=former)
                answers_with[new] |= answers_with[old]  # never merge two of one answer
    return list(merged.values())


def _most_common(languages: "Counter[str]") -> str:
    return min(languages, key=lambda language: (-languages[language], language), default="")


def merge_lineups(lineups: Iterable[Iterable[GuideStation]]) -> List[GuideStation]:
    """Each station of several lineups once: as in the first lineup, with the numbers of all."""
    rows = [row for lineup in lineups for row in lineup]
    all_ids: Dict[str, FrozenSet[str]] = {}  # by id; lineups may disagree which one is new
    for row in rows:
        ids = frozenset(row.ids).union(*(all_ids.get(key, ()) for key in row.ids))
        all_ids.update(dict.fromkeys(ids, ids))
    merged: Dict[FrozenSet[str], GuideStation] = {}
    for row in rows:
        first = merged.setdefault(all_ids[row.station.station_id], row)
        if first is not row:
            numbers = tuple(dict.fromkeys((*first.station.numbers, *row.station.numbers)))
            former = tuple(dict.fromkeys((*first.ids, *row.ids)))[1:]
            station = first.station._replace(numbers=numbers)
            merged[all_ids[row.station.station_id]] = first._replace(station=station, former=former)
    return list(merged.values())


def with_former_ids(
    stations: Sequence[GuideStation], successors: Mapping[str, str]
) -> List[GuideStation]:
    """Add the former ids that the stored answers no longer show.

    successors: by former id the one that replaced it. An id that is in use again is dropped.
    """
    ids_in_use = {key for row in stations for key in row.ids}
    predecessors: Dict[str, List[str]] = {}
    for old, new in successors.items():
        if old not in ids_in_use:
            predecessors.setdefault(new, []).append(old)
    return [
        row._replace(
            former=(*row.former, *(old for key in row.ids for old in predecessors.get(key, ())))
        )
        for row in stations
    ]


def number_sort_key(name: str) -> Tuple[List[int], str]:
    """A sort key: "2.1 WABC" or "ABC · WABC 2.1" before "10.1 WXYZ", without a number last."""
    words = name.split(" ")
    numbers = ([int(p) for p in word.split(".") if p.isdecimal()] for word in (words[0], words[-1]))
    return next(filter(None, numbers), [99999]), name


def sort_by_number(stations: Iterable[GuideStation]) -> List[GuideStation]:
    """Sort by first channel number: 2.1, 4, 10.1, 10.2, then stations without one."""
    return sorted(stations, key=lambda row: number_sort_key(row.station.number))


def stored_stations(store: Store, lineups: Iterable[Lineup]) -> List[GuideStation]:
    """The stored stations of some lineups, each once, with all its former ids."""
    merged = merge_lineups(
        stations_of_lineup(lineup, store.station_answers(lineup)) for lineup in lineups
    )
    return with_former_ids(merged, store.choices.get(FORMER_IDS, {}))


def remember_ids(store: Store, stations: Iterable[GuideStation]) -> None:
    """Store which ids were replaced: answers are pruned, but a user's selection is not."""
    successors: Dict[str, str] = store.choices.get(FORMER_IDS, {})
    replaced = {old: row.station.station_id for row in stations for old in row.former}
    if not replaced.items() <= successors.items():
        store.choices.merge(FORMER_IDS, replaced)
