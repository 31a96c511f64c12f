"""What IPTV Simple shows of the guide, compared with what the made-up world says is on."""

import contextlib
import glob
import os
import re
import sqlite3
import time
from typing import Any, Callable, Dict, Iterator, Tuple

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.xmltv.categories import EIT

from . import artwork
from .addon import RUN, connect_player, grab, guide_of, prepare, start
from .home import PLAYER
from .player import Kodi
from .television import Television, kodis

NEW = 2  # of iFlags in Kodi's database of programmes


@pytest.fixture(name="tv", scope="module")
def _tv(new_kodi: Callable[[], Kodi], zip_file: str) -> Iterator[Television]:
    """The guide of two days, which the add-on itself has brought to the player."""
    with FakeGracenote(World()) as server, new_kodi() as kodi:
        tv = Television(kodi, server.world, days=2)
        tv.add_playlist()
        kodi.home.unpack(zip_file)
        prepare(kodi.home, server, days=tv.days)
        start(kodi)
        kodi.enable(PLAYER)
        grab(kodi)
        with open(guide_of(kodi.home), encoding="utf-8") as file:
            artwork.fill(kodi, re.findall(r'https://[^"<]+', file.read()))
        connect_player(kodi)
        *_, last = tv.stations
        kodi.wait(lambda: tv.broadcasts(last), "guide in the player", RUN)
        yield tv
        assert kodi.complaints() == []


def test_the_channels_are_those_of_the_playlist(tv):
    assert list(tv.channels()) == list(tv.stations.values())


def test_every_programme_is_shown_with_its_title_and_times(tv):
    for station in tv.stations:
        shown = tv.broadcasts(station, "title", "starttime", "endtime")
        assert {(row["title"], row["starttime"], row["endtime"]) for row in shown} == {
            (airing.programme.title, kodis(airing.start), kodis(airing.stop))
            for airing in tv.truth(station)
        }


def test_episodes_have_their_names_and_numbers(tv):
    for airing, shown in tv.pairs("episodename", "episodenum"):
        programme = airing.programme
        assert shown["episodename"] == (programme.episode_title or "")
        assert shown["episodenum"] == int(programme.episode or -1)


def test_genres_are_shown_in_words(tv):
    for airing, shown in tv.pairs("genre"):
        series = airing.programme.series
        details = tv.world.details(series.series_id)
        known = (details["seriesGenres"] or "").split("|") if details else []
        assert shown["genre"]
        # A word that is also a class of programmes may go to the keywords, which Kodi has not.
        assert {word for word in known if word} - set(EIT) <= set(shown["genre"])


def test_seasons_and_new_episodes_are_marked(tv):
    """By Kodi's database, for JSON-RPC has neither; Kodi writes it when the player stops."""
    tv.kodi.enable(PLAYER, False)
    rows = tv.kodi.wait(lambda: stored(tv.kodi), "programmes in the database")
    time.sleep(2)  # after a shorter pause Kodi's TV may stay off
    tv.kodi.enable(PLAYER)
    tv.kodi.wait(tv.with_programmes, "TV again")
    compared = 0
    for station in tv.stations:
        for airing in tv.truth(station):
            season, flags = rows[tv.stations[station], airing.start]
            assert season == int(airing.programme.season or -1)
            if {"New", "Premiere"} & set(airing.flags):
                assert flags & NEW
            elif flags & NEW:  # the player's own rule: first shown on the day of the broadcast,
                days = (local_day(airing.start), airing.start // 86400)  # here or in UTC
                assert airing.programme.first_shown in days
            compared += 1
    assert compared == len(rows) > 1000


def test_the_guide_window_shows_what_is_on(tv, album):
    row, station = next(
        (row, station)
        for row, station in enumerate(tv.stations)
        if has_episode(now_on(tv, station))
    )

    def on_screen() -> bool:
        programme = now_on(tv, station).programme
        names = ("ChannelName", "Title", "EpisodeName", "Season")
        return [tv.kodi.label(f"ListItem.{name}") for name in names] == [
            tv.stations[station],
            programme.title,
            programme.episode_title,
            programme.season,
        ]

    tv.kodi.rpc("GUI.ActivateWindow", {"window": "tvguide"})
    tv.kodi.wait(lambda: tv.kodi.label("ListItem.ChannelName"), "guide window")
    tv.kodi.press(*["down"] * row)
    tv.kodi.wait(on_screen, "what is on in the guide window")
    tv.kodi.screen.picture(os.path.join(album, "guide.png"))
    tv.kodi.press("select")
    tv.kodi.wait(lambda: tv.kodi.visible("pvrguideinfo"), "window about a programme")
    time.sleep(5)  # its picture comes later
    tv.kodi.screen.picture(os.path.join(album, "programme.png"))
    tv.kodi.press("back", "back")


def now_on(tv: Television, station: str) -> Any:
    """What a station shows now; the one that is gone shows nothing."""
    now = time.time()
    found = [airing for airing in tv.truth(station) if airing.start <= now < airing.stop]
    return found[0] if found else None


def has_episode(airing: Any) -> bool:
    return bool(airing and airing.programme.season and airing.programme.episode_title)


def stored(kodi: Kodi) -> Dict[Tuple[str, int], Tuple[int, int]]:
    """By channel and start: season and flags of every programme."""
    (file,) = glob.glob(os.path.join(kodi.home.userdata, "Database", "Epg*.db"))
    with contextlib.closing(sqlite3.connect(file)) as database:
        return {
            (channel, start): (season, flags)
            for channel, start, season, flags in database.execute(
                "SELECT sName, iStartTime, iSeriesId, iFlags FROM epgtags JOIN epg USING (idEpg)"
            )
        }


def local_day(moment: int) -> int:
    """Days since 1970."""
    return (moment + time.localtime(moment).tm_gmtoff) // 86400
