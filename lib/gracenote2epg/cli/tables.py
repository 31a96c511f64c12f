"""Reports and tables as text."""

import time
from typing import Any, List, Optional, Sequence, Tuple

from ..channels.matching import Match
from ..channels.player_channels import ChannelList
from ..grab.run import RunReport
from ..models import Provider, Station


def format_report(done: RunReport) -> str:
    """What a run did, in lines."""
    summary, seen = done.summary, done.statistics

    def day(moment: int) -> str:
        return time.strftime("%a %d %b %H:%M", time.localtime(moment))

    hours = sum(summary.seconds.values()) // 3600
    detailed = sum(summary.detailed.values())
    begin = max(summary.begin, summary.days[0])
    lines = [
        f"Stations    {len(summary.stations)}",
        f"Programmes  {summary.programmes}, {detailed} of them with details",
        f"Covered     {day(begin)} to {day(summary.end)}, {hours} programme hours",
        f"Requests    {seen.guide.requests} guide, {seen.series.requests} details,"
        f" {seen.refusals} refused",
        f"Time        {done.seconds:.1f} s, the first guide after {done.first_guide:.1f} s",
        f"Guide       {done.path}",
    ]
    return "\n".join([*lines, *done.notes])


def format_matches(player: ChannelList, found: Sequence[Match], stations: Sequence[Station]) -> str:
    """The table of what a player's channels mean: what matches first, by number; and its sums."""
    own = {station.station_id: station for station in stations}

    def named(station_id: str) -> str:
        station = own[station_id]
        return " ".join((*station.numbers[:1], station.call_sign, station_id))

    def place(one: Match) -> Tuple[Any, ...]:
        parts = one.channel.number.split(".") if one.channel.number else ["99999"]
        return not one.station_id, [int(part) for part in parts], one.channel.name

    rows: List[Sequence[str]] = [("CHANNEL", "STATION", "HOW", "SURE", "DOUBTS")]
    for one in sorted(found, key=place):
        station = named(one.station_id) if one.station_id else "-"
        sure = f"{one.confidence}%" if one.how else ""
        rows.append((one.channel.label, station, one.how, sure, ", ".join(map(named, one.doubts))))
    matched = [one for one in found if one.station_id]
    doubtful = sum(bool(one.doubts) for one in found)
    sums = f"{player.name}: {len(matched)} of {len(found)} channels match a station"
    return f"{format_table(rows)}\n{sums}; doubtful: {doubtful}."


LINEUPS = ("LINEUP", "KIND", "NAME", "PLACE", "STATIONS")


def lineup_row(row: Tuple[Provider, Optional[int]]) -> Tuple[str, ...]:
    """A lineup and its number of stations as cells under LINEUPS."""
    provider, count = row
    name = provider.lineup.lineup_id
    known = "?" if count is None else str(count)
    return name, provider.kind, provider.name, provider.place, known


def format_stations(found: Sequence[Station]) -> str:
    """A table of stations."""
    rows: List[Sequence[str]] = [("NUMBER", "CALL SIGN", "ID", "NETWORK")]
    rows += [(" ".join(own.numbers), own.call_sign, own.station_id, own.name) for own in found]
    return format_table(rows)


def format_table(rows: Sequence[Sequence[str]], figures: int = 0) -> str:
    """figures: the number of columns, from the last one, that are flush right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    words = len(widths) - figures
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at < words else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    )
