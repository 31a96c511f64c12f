"""The guide as JSON, from the answers of a real run."""

import json

import pytest

from gracenote2epg.clock import HOUR
from gracenote2epg.config.sources import override
from gracenote2epg.grab.lineups import resolve_lineups
from gracenote2epg.guide.span import TimeSpan
from gracenote2epg.models import GuideBlock
from gracenote2epg.store.answers import Store
from gracenote2epg.web import app, listings
from gracenote2epg.web.status import RunStatus
from support import guides


@pytest.fixture(name="settings")
def _settings(server, clock, prepared):
    """After a run."""

    def settings(folder):
        return guides.settings(server, folder, days=2, details=True)

    return settings(prepared(lambda folder: guides.grab(settings(folder), clock))[0])


@pytest.fixture(name="ask")
def _ask(settings, clock):
    """The answer of a route to these fields: its document, and its HTTP status."""
    return asking(RunStatus(settings, clock))


def asking(status):
    def ask(path, **fields):
        texts = {name: str(value) for name, value in fields.items()}
        answer = app.routes(status)[path](texts)
        return json.loads(answer.body), answer.status

    return ask


def test_the_grid_is_what_is_on(ask, server, clock):
    begin = int(clock.now()) // HOUR * HOUR
    grid, _ = ask("/guide.json", **{"from": begin, "hours": 3})
    shown = {
        guides.Programme(station["id"], row["start"], row["stop"], row["title"])
        for station in grid["stations"]
        for row in station["programmes"]
    }
    assert shown == guides.on(server.world, TimeSpan(begin, begin + 3 * HOUR))
    numbers = [station["number"] for station in grid["stations"]]
    assert numbers == ["2.1", "2.2", "2.3", "4.1", "4.2", "4.3", "5.1", "5.2"]
    assert len(ask("/guide.json", hours=999)[0]["stations"]) == 8  # a day of them


def test_only_the_chosen_stations_are_there(settings, clock):
    routes = app.routes(RunStatus(override(settings, {"channels": ("2.1", "4.1")}), clock))
    lineup = json.loads(routes["/lineup.json"]({}).body)
    assert [station["number"] for station in lineup["stations"]] == ["2.1", "4.1"]
    ids = [f'tvc-guide-stationid="{station["id"]}"' for station in lineup["stations"]]
    playlist = routes["/channels.m3u"]({}).body.decode().splitlines()
    assert [line for line in playlist if line.startswith("#EXTINF")] == [
        line for line, id_ in zip(playlist[1::2], ids) if id_ in line
    ]


def test_a_programme_has_its_details(ask):
    grid, _ = ask("/guide.json")
    rows = [(station["id"], row) for station in grid["stations"] for row in station["programmes"]]
    whole = [ask("/programme.json", station=key, start=row["start"])[0] for key, row in rows]
    assert [row["title"] for row in whole] == [row["title"] for _, row in rows]
    assert any(row["people"] and row["genres"] and row["description"] for row in whole)
    assert all(row["picture"].startswith("https://") for row in whole if row["picture"])
    assert ask("/programme.json", station="1", start=rows[0][1]["start"])[0] == {}


def test_a_search_finds_coming_programmes_by_all_words(ask, server, clock):
    word = ask("/guide.json")[0]["stations"][0]["programmes"][-1]["title"].split()[0].upper()
    found, _ = ask("/search.json", q=word)
    assert found["count"] == len(found["programmes"]) > 0
    for row in found["programmes"]:
        assert word.casefold() in f"{row['title']} {row['subtitle']}".casefold()
        assert row["stop"] > clock.now()
    assert ask("/search.json", q=f"{word} nowhere-at-all")[0]["programmes"] == []
    assert ask("/search.json")[0]["programmes"] == []


def test_before_the_first_run_nothing_is_on_and_a_wrong_query_is_told(server, clock, tmp_path):
    ask = asking(RunStatus(guides.settings(server, tmp_path), clock))
    assert ask("/guide.json")[0]["stations"] == []
    for fields in ({"from": "x"}, {"hours": "-1"}, {"from": "9" * 13}):
        with pytest.raises(ValueError, match="whole number"):
            ask("/guide.json", **fields)


def test_an_answer_about_the_last_guide_is_not_kept_for_the_next(settings, clock, monkeypatch):
    asked, query, fresh = listings.Listings(settings, clock), {}, []
    programme = listings._programme

    def replaced_meanwhile(airing):  # and another client asks before this answer is whole
        monkeypatch.setattr(listings, "_programme", programme)
        monkeypatch.setattr(listings, "file_stamp", lambda path: [1, 2])
        fresh.append(asked.grid(query))
        return programme(airing)

    monkeypatch.setattr(listings, "_programme", replaced_meanwhile)
    asked.grid(query)
    assert asked.grid(query) is fresh[0]


def test_a_programme_has_the_same_times_in_every_span(ask, settings, clock):
    """A later answer to the window before says that its last programme ends 15 minutes later."""
    with Store(settings.data_dir, clock) as store:
        (lineup,) = resolve_lineups(settings, store, None)
        window = store.windows(lineup)[0]
        (station, *_) = store.station_answers(lineup)[-1]
        edge, ids = window.stop, [station.station_id]
        _, airings = store.airings(ids, [lineup], edge - 1, edge)[0]
        longer = [row for row in airings if row.start < edge]
        longer[-1] = longer[-1]._replace(stop=edge + 900)
        block = GuideBlock((station,), ((station.station_id, tuple(longer)),))
        store.save_guide(lineup, window.start, window.hours, block, clock.now() + 1)

    def first(begin):
        grid, _ = ask("/guide.json", **{"from": begin, "hours": 1})
        rows = {row["id"]: row["programmes"] for row in grid["stations"]}[station.station_id]
        return next(row["start"] for row in rows if row["stop"] > edge + 901)

    assert [first(edge + 901), first(edge - 60)] == [edge + 900] * 2


def test_a_bad_file_of_categories_does_not_end_the_page(settings, clock, tmp_path):
    (tmp_path / "categories").write_text("tvh_password")
    config = override(settings, {"category_map": str(tmp_path / "categories")})
    ask = asking(RunStatus(config, clock))
    assert len(ask("/guide.json")[0]["stations"]) == len(ask("/lineup.json")[0]["stations"]) == 8


def test_no_error_tells_a_postal_code(settings, clock):
    config = override(settings, {"lineup": ("USA-OTA10001-DEFAULT",)})
    routes = app.routes(RunStatus(config, clock))
    answers = [routes[path]({}) for path in ("/guide.json", "/lineup.json", "/channels.m3u")]
    told = [(answer.status, b"10001" in answer.body, b"OTA" in answer.body) for answer in answers]
    assert told == [(404, False, True)] * 3
