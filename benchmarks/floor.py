"""The least that such a guide can cost: the source's raw answers by json.loads, and a plain writer.

Runs as a process of its own: ``python floor.py ANSWERS GUIDE``. The writer escapes and joins; it
checks, remembers and compares nothing, but makes the text of a series once.
"""

import json
import sys
import zipfile
from typing import Any, Dict, List, Set, Tuple
from xml.sax.saxutils import escape

Json = Dict[str, Any]
IMAGES = "https://zpmc.tmsimg.com/assets/"


def main(answers: str, path: str) -> None:
    with zipfile.ZipFile(answers) as archive:
        names = archive.namelist()
        series = {
            name.partition("/")[2]: _series(json.loads(archive.read(name)))
            for name in names
            if name.startswith("details/")
        }
        written: Set[Tuple[str, str]] = set()
        by_channel: Dict[str, List[str]] = {}
        for name in names:
            if name.startswith("grid/"):
                for row in json.loads(archive.read(name))["channels"]:
                    lines = by_channel.setdefault(row["channelId"], [])
                    for event in row["events"]:
                        key = row["channelId"], event["startTime"]
                        if key not in written:
                            written.add(key)
                            text, episodes = series.get(event["seriesId"], ("", {}))
                            lines.append(_programme(row["channelId"], event, text, episodes))
    with open(path, "w", encoding="utf-8") as file:
        file.write("<tv>\n")
        for lines in by_channel.values():
            file.writelines(lines)
        file.write("</tv>\n")


def _series(details: Json) -> Tuple[str, Dict[str, Json]]:
    """What the programmes of a series share, and its coming episodes."""
    overview = details["overviewTab"]
    people = "".join(
        f"      <{person['role']}>{escape(person['name'])}</{person['role']}>\n"
        for person in (*overview["cast"], *overview["crew"])
    )
    genres = "".join(
        f"    <category>{escape(genre)}</category>\n"
        for genre in (details["seriesGenres"] or "").split("|")
    )
    episodes = {entry["tmsID"]: entry for entry in details["upcomingEpisodeTab"] or ()}
    return f"    <credits>\n{people}    </credits>\n{genres}", episodes


def _programme(channel: str, event: Json, series: str, episodes: Dict[str, Json]) -> str:
    programme = event["program"]
    tms_id, season, number = programme["tmsId"], programme["season"], programme["episode"]
    episode = episodes.get(tms_id, {})
    start, stop = (
        event[key].replace("-", "").replace("T", "").replace(":", "").replace("Z", " +0000")
        for key in ("startTime", "endTime")
    )
    text = f'  <programme start="{start}" stop="{stop}" channel="{channel}">\n'
    text += f"    <title>{escape(programme['title'])}</title>\n"
    if programme["episodeTitle"]:
        text += f"    <sub-title>{escape(programme['episodeTitle'])}</sub-title>\n"
    description = episode.get("synopsis") or programme["shortDesc"]
    if description:
        text += f"    <desc>{escape(description)}</desc>\n"
    text += f"{series}    <date>{episode.get('originalAirDate', '')[:10]}</date>\n"
    if event["thumbnail"]:
        text += f'    <icon src="{IMAGES}{event["thumbnail"]}.jpg"/>\n'
    text += f'    <episode-num system="dd_progid">{tms_id[:10]}.{tms_id[10:]}</episode-num>\n'
    if season and number:
        text += f'    <episode-num system="onscreen">S{season}E{number}</episode-num>\n'
    if "New" in event["flag"]:
        text += "    <new/>\n"
    if event["rating"]:
        text += f"    <rating>\n      <value>{event['rating']}</value>\n    </rating>\n"
    return f"{text}  </programme>\n"


if __name__ == "__main__":
    main(*sys.argv[1:])
