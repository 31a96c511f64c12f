"""Reports and tables as text."""

from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from ..channels.matching import Match
from ..channels.player_channels import ChannelList
from ..channels.stations import GuideStation, number_sort_key, station_label
from ..errors import format_time
from ..grab.run import RunReport
from ..models import Airing, Provider

Row = Sequence[str]


def format_report(report: RunReport) -> str:
    """The result of a run, in lines."""
    summary, statistics = report.summary, report.statistics
    hours = sum(summary.seconds.values()) // 3600
    detailed = sum(summary.detailed.values())
    begin = max(summary.begin, summary.days[0])
    lines = [
        f"Stations    {len(summary.stations)}",
        f"Programmes  {summary.programmes}, {detailed} of them with details",
        f"Covered     {format_time(begin)} to {format_time(summary.end)}, {hours} programme hours",
        f"Requests    {statistics.guide.requests} guide, {statistics.series.requests} details,"
        f" {statistics.refusals} refused",
        f"Time        {report.seconds:.1f} s, the first guide after {report.first_guide:.1f} s",
        f"Guide       {report.path}",
    ]
    return "\n".join([*lines, *report.notes])


def format_matches(
    channels: ChannelList, matches: Sequence[Match], stations: Sequence[GuideStation]
) -> str:
    """The stations of a player's channels, doubtful ones first, then matched ones, by number; and
    the totals."""
    names = {
        row.station.station_id: f"{station_label(row.station)} ({row.station.station_id})"
        for row in stations
    }

    def sort_key(match: Match) -> Tuple[bool, bool, object, str]:
        number = number_sort_key(match.channel.number)
        return not match.doubts, not match.station_id, number, match.channel.name

    rows: List[Row] = [("CHANNEL", "STATION", "HOW", "SURE", "DOUBTS")]
    for match in sorted(matches, key=sort_key):
        station = names[match.station_id] if match.station_id else "-"
        sure = f"{match.confidence}%" if match.how else ""
        doubts = ", ".join(names[station_id] for station_id in match.doubts)
        rows.append((match.channel.label, station, match.how, sure, doubts))
    matched = sum(bool(match.station_id) for match in matches)
    doubtful = sum(bool(match.doubts) for match in matches)
    totals = f"{channels.name}: {matched} of {len(matches)} channels match a station"
    skipped = f" No channels: {channels.skipped}." if channels.skipped else ""
    return f"{format_table(rows)}\n{totals}; doubtful: {doubtful}.{skipped}"


def matches_as_json(
    channels: ChannelList, matches: Sequence[Match], stations: Sequence[GuideStation]
) -> List[Dict[str, object]]:
    """One row per channel, in the player's order. doubts: ids of stations."""
    call_signs = {row.station.station_id: row.station.call_sign for row in stations}
    return [
        {
            "list": channels.name,
            "name": match.channel.name,
            "number": match.channel.number,
            "station_id": match.station_id,
            "call_sign": call_signs.get(match.station_id, ""),
            "confidence": match.confidence,
            "how": match.how,
            "doubts": list(match.doubts),
        }
        for match in matches
    ]


def format_lineups(lineups: Sequence[Tuple[Provider, Optional[int]]]) -> str:
    """Lineups with their number of stations; None = unknown."""
    rows: List[Row] = [("LINEUP", "KIND", "NAME", "PLACE", "STATIONS")]
    for provider, count in lineups:
        stations = "?" if count is None else str(count)
        name = provider.lineup.lineup_id
        rows.append((name, provider.kind, provider.name, provider.place, stations))
    return format_table(rows)


def format_evening(programmes: Iterable[Tuple[GuideStation, Iterable[Airing]]]) -> str:
    """The programmes of each station as a table; "" = none."""
    rows: List[Row] = []
    for station, airings in programmes:
        label = station_label(station.station)
        for airing in airings:
            title = ": ".join(filter(None, (airing.title, airing.subtitle)))
            rows.append((label, format_time(airing.start, "%H:%M"), title))
            label = ""
    return format_table(rows) if rows else ""


def format_stations(stations: Sequence[GuideStation]) -> str:
    """The stations as a table, in their order."""
    rows: List[Row] = [("NUMBER", "CALL SIGN", "ID", "NETWORK")]
    for station in (row.station for row in stations):
        numbers = " ".join(station.numbers)
        rows.append((numbers, station.call_sign, station.station_id, station.name))
    return format_table(rows)


def format_table(rows: Sequence[Row], figures: int = 0) -> str:
    """figures: the number of columns, from the last one, that are right-aligned."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    left_aligned = len(widths) - figures
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < left_aligned else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    )
