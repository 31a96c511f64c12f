"""Answers, facts and runs come back as they were saved, until they are too old."""

from gracenote2epg.models import GuideBlock
from gracenote2epg.store.answers import Store, StoredWindow
from support.builders import (
    DAY,
    HOUR,
    NOW,
    airing,
    block,
    credit,
    details,
    episode,
    lineup,
    provider,
    station,
)
from support.tables import wrong

HERE, OTHER = lineup(), lineup(device="X")
SERIES = "SH09000100"


def airings_of(store, station_id, lineups=(HERE,), begin=NOW, end=NOW + DAY, **more):
    return store.airings([station_id], lineups, begin, end, **more)


# Round trips


def test_airings_come_back_equal(store):
    saved = [
        airing(
            NOW, title="A & <B> \U0001f600", flags=("New", "Live"), filters=("news",), generic=True
        ),
        airing(NOW + HOUR, season="", episode="", tags=(), subtitle='"', image=""),
    ]
    store.save_guide(HERE, NOW, 6, block({"90001": saved, "90002": saved[1:]}), 5.5)
    assert airings_of(store, "90001") == [(5.5, saved)]
    assert airings_of(store, "90002") == [(5.5, saved[1:])]
    assert airings_of(store, "90003") == []
    first = airings_of(store, "90001")[0][1][0]
    assert type(first) is type(saved[0])
    assert {type(first.flags), type(first.filters), type(first.tags)} == {tuple}
    assert first.generic is True


def test_details_come_back_equal(store):
    for saved in (
        details(),
        details("MV09000300", cast=(), crew=(), episodes=(), genres=(), year="2019"),
        details(
            "SH3",
            cast=(credit(), credit("host", "É")),
            episodes=(
                episode(title="The Pier", season="3", number="17"),
                episode(tms_id="EP2", flags=(), genres=()),
            ),
        ),
    ):
        store.save_details(saved, 7.0)
        read = store.details(saved.series_id)
        assert (read, hash(read)) == (saved, hash(saved))  # tuples all the way down
    assert store.details_ages() == {SERIES: 7.0, "MV09000300": 7.0, "SH3": 7.0}


def test_details_of_an_earlier_version_have_no_episode_titles(store):
    store.save_details(details(episodes=(episode()[:6],)), 7.0)
    assert store.details(SERIES).episodes == (episode(),)
    assert store.details("SH00000000") is None
    store.save_details(details(title="New"), 8.0)
    assert (store.details(SERIES).title, store.details_ages()[SERIES]) == ("New", 8.0)


def test_the_last_past_episodes_are_kept(store):
    def kept(*numbers):
        episodes = [episode(tms_id=f"EP{number}", synopsis=f"of {numbers}") for number in numbers]
        store.save_details(details(episodes=tuple(episodes)), 1.0)
        return [row.tms_id for row in store.details(SERIES).episodes]

    assert kept(1, 2, 3) == ["EP1", "EP2", "EP3"]
    assert kept(3, 4) == ["EP1", "EP2", "EP3", "EP4"]
    synopses = [row.synopsis for row in store.details(SERIES).episodes]
    assert synopses[1:3] == ["of (1, 2, 3)", "of (3, 4)"]
    kept(*range(100, 140))
    assert kept(139) == [f"EP{number}" for number in (*range(119, 139), 139)]


def test_providers_come_back_equal(store):
    saved = (provider(), provider(kind="OTA", place="", name="É"))
    store.save_providers("USA", "10001", saved, 9.0)
    assert store.providers("USA", "10001") == (saved, 9.0)
    assert store.providers("USA", "10002") == store.providers("CAN", "10001") == ((), 0.0)


def test_facts_come_back_equal_and_are_listed_by_prefix(store):
    for value in (None, 0, "x", [1, "a", None], {"a": {"b": [1.5]}}, "É"):
        store.set_fact("published /a_b", "before", 1.0)
        store.set_fact("published /a_b", value, 2.0)
        assert store.fact("published /a_b") == (value, 2.0)
    store.set_fact("published /axb", 2, 5.0)
    store.set_fact("limit", 3, 5.0)
    assert store.facts("published /a_") == {"b": "É"}
    assert store.facts("published ") == {"/a_b": "É", "/axb": 2}
    store.delete_fact("limit")
    assert store.fact("limit") == (None, 0.0)
    assert store.installation_id() == store.installation_id()


def test_runs_come_back_the_latest_first(store):
    for at in (2.0, 1.0, 3.0):
        store.add_run(at, {"at": at})
    assert store.runs(2) == [(3.0, {"at": 3.0}), (2.0, {"at": 2.0})]


def test_a_store_in_memory_has_no_file(tmp_path, monkeypatch, clock):
    monkeypatch.chdir(tmp_path)
    with Store.in_memory(clock) as store:
        store.set_fact("fact", 1, 1.0)
        assert (store.fact("fact"), store.read_only) == ((1, 1.0), False)
    assert list(tmp_path.iterdir()) == []


# Windows


def test_windows_belong_to_one_lineup_and_postal_code(store):
    for saved in (HERE, lineup(postal_code="10001"), OTHER, lineup(headend_id="x")):
        store.save_guide(saved, NOW, 6, block({"1": [airing()]}), 1.0)
    store.save_guide(HERE, NOW - 6 * HOUR, 3, block({}), 2.0)
    windows = [StoredWindow(NOW - 6 * HOUR, 3, 2.0, 0), StoredWindow(NOW, 6, 1.0, 0)]
    assert store.windows(HERE) == windows
    assert windows[0].stop == NOW - 3 * HOUR
    assert [len(airings_of(store, "1", of)) for of in ([HERE], [HERE, OTHER], [])] == [1, 2, 0]


def test_a_new_answer_replaces_the_old_one_but_for_stations_that_it_lacks(store):
    old, new = airing(title="old"), airing(title="new")
    store.save_guide(HERE, NOW, 6, block({"1": [old], "2": [old]}), 1.0)
    store.save_guide(HERE, NOW, 6, block({"1": [new]}), 2.0)
    assert airings_of(store, "1") == [(2.0, [new])]
    assert airings_of(store, "2") == [(1.0, [old])]
    assert store.windows(HERE) == [StoredWindow(NOW, 6, 2.0, 0)]


def test_rows_come_the_latest_first_and_only_of_windows_that_touch(store):
    for hour, at in ((-6, 9.0), (0, 1.0), (6, 3.0), (12, 2.0), (18, 9.0)):
        start = NOW + hour * HOUR
        store.save_guide(HERE, start, 6, block({"1": [airing(start)]}), at)

    def ages(begin, end, **more):
        return [at for at, _ in airings_of(store, "1", begin=begin, end=end, **more)]

    begin, end = NOW, NOW + 18 * HOUR
    assert ages(begin, end) == [3.0, 2.0, 1.0]
    assert ages(begin - 1, end + 1)[:2] == [9.0, 9.0]
    assert ages(begin, end, most=1) == [3.0]


UNKNOWN = """TBA, NBA Game TBA, TBD, To Be Announced, TO BE ANNOUNCED, To be determined,
Programming Unavailable, Programming information is not available, Not available, No information,
Channel No Longer Available, No Programming Available, À communiquer, Programmation à communiquer,
Émission à déterminer, Programmation non disponible, Chaîne non disponible, Aucune information,
Programación por anunciar, Por confirmar, Por anunciarse, Programación no disponible,
Canal no disponible, Sin información, A confirmar, Equipos a definir, Programa no disponible,
No hay programación, Programme non disponible, This channel is no longer available, Unavailable,
Data not available, No data available, No Program Information Available, No Program Scheduled,
No Programming Scheduled, No Scheduled Programming, No Listings Found, No Programs Today,
No Program Listed, No Program Info Available, No Programming at this time, No Programmes,
No Information Available at This Time, No programme available"""
KNOWN = """Harbor Night Show, Tba the Bear, FOOTBALL, Available Light, The Unavailable, Sin City,
No Country for Old Men, À la carte, Por amor, Aucune chance, Program 100,
Available, No Program for Old Men, No Time at This Time, No Information Needed Today"""


def test_a_window_counts_its_airings_that_are_to_be_announced(store):
    def count(title, subtitle):
        own = [airing(title=title, subtitle=subtitle), airing(NOW + HOUR)]
        store.save_guide(HERE, NOW, 6, block({"1": own}), 1.0)
        return store.windows(HERE)[0].tba

    texts = [(" ".join(text.split()), 1) for text in UNKNOWN.split(",")]
    texts += [(" ".join(text.split()), 0) for text in KNOWN.split(",")]
    rows = [(text, "", tba) for text, tba in texts]
    rows += [("2026 NBA Playoffs", text, tba) for text, tba in [*texts, ("Teams TBA", 1)]]
    assert wrong(count, rows) == []


def test_a_title_that_fills_a_stations_day_is_to_be_announced(store):
    """As a line of "Comedy Hub Programming" for each six hours is no guide."""
    show = {"title": "Comedy Hub Streams Programming", "tms_id": "SH090001000000", "subtitle": ""}
    rows = [
        # changes, from which window on it is counted
        (show, 3), ({**show, "tms_id": "EP090001000017", "generic": True}, 3),
        ({**show, "tms_id": "EP090001000017"}, None), ({**show, "subtitle": "Part 1"}, None),
        ({**show, "series_id": "SH00000001"}, None),
    ]  # fmt: skip
    for station_id, (changes, first) in enumerate(rows):
        key = str(station_id)
        counts = []
        for hour in range(0, 36, 6):
            start = NOW + hour * HOUR
            own = [airing(start, start + 3 * HOUR, **changes),
                   airing(start + 3 * HOUR, start + 6 * HOUR, **changes)]  # fmt: skip
            store.save_guide(HERE, start, 6, block({key: own}), 1.0)
            counts.append(store.windows(HERE)[hour // 6].tba)
        assert counts == [2 * (first is not None and at >= first) for at in range(6)], changes


def test_stations_come_by_answer_the_latest_last_whatever_its_window(store):
    def save(hour, at, *stations):
        store.save_guide(HERE, NOW + hour * HOUR, 6, GuideBlock(stations, ()), at)
        return stations

    new = save(6, 3.0, station("1", numbers=("2.1", "1002"), name="É"))
    old = save(0, 1.0, station("1", call_sign="OLD"), station("2", numbers=(), logo=""))
    middle = save(12, 2.0, station("1", call_sign="MIDDLE"))
    assert store.station_answers(HERE) == [old, middle, new]
    assert store.station_answers(lineup(postal_code="10001")) == []


def test_a_station_is_silent_if_new_answers_about_its_windows_lack_it(store):
    later = NOW + 6 * HOUR
    store.save_guide(HERE, NOW, 6, block({"1": [airing()], "2": [airing()], "3": []}), 1.0)
    store.save_guide(HERE, later, 6, block({"4": [airing(later)]}), 1.0)
    assert store.silent_stations([HERE], 2.0) == set()
    store.save_guide(HERE, NOW, 6, block({"1": [airing()], "2": []}), 3.0)
    assert store.silent_stations([HERE], 2.0) == {"2"}
    assert store.silent_stations([OTHER], 2.0) == set()
    store.save_guide(HERE, later, 6, block({"2": [airing(later)]}), 3.0)
    assert store.silent_stations([HERE], 2.0) == {"4"}


def test_pruning_deletes_what_is_over_and_no_fact(store):
    for hour in (-55, -54, -53):
        start = NOW + hour * HOUR
        store.save_guide(HERE, start, 6, block({"1": [airing(start)]}), 1.0)
    store.set_fact("fact", 1, 0.0)
    for number in range(430):
        store.add_run(float(number), {})
    store.prune(NOW)
    assert [(window.start - NOW) // HOUR for window in store.windows(HERE)] == [-54, -53]
    assert len(airings_of(store, "1", begin=0)) == 2
    assert [at for at, _ in store.runs(1000)] == [float(number) for number in range(429, 29, -1)]
    assert store.fact("fact") == (1, 0.0)


def test_details_go_when_no_stored_airing_names_them_whatever_their_age(store):
    ages = {"SH1": 900, "SH2": 900, "MV3": 900, "SH4": 900, "SH5": 13}
    for series_id, age in ages.items():
        store.save_details(details(series_id), NOW - age * DAY)
    for station_id, series_id, hour in (("1", "SH1", 0), ("2", "SH2", -7 * 24), ("1", "MV3", 6)):
        start = NOW + hour * HOUR
        rows = [airing(start, series_id=series_id)]
        store.save_guide(HERE, start, 6, block({station_id: rows}), 1.0)
    store.prune(NOW)
    assert set(store.details_ages()) == {"SH1", "MV3", "SH5"}


def test_the_most_past_days_that_were_lately_kept_prune(store):
    def kept(day, past_days):
        store.prune(NOW + day * DAY, past_days)
        return len(store.windows(HERE))

    for day in range(40):
        store.save_guide(HERE, NOW + day * DAY, 6, block({"1": []}), 1.0)
    days = [(9, 7, 38), (9, 2, 38), (12, 2, 35), (38, 2, 9), (39.5, 2, 2), (39.5, 30, 2)]
    assert [kept(day, past_days) for day, past_days, _ in days] == [row[2] for row in days]


def test_a_placeholder_in_place_of_programmes_counts_as_tba(store):
    """One title around the clock, where an earlier answer had programmes."""

    def save(length, **changes):
        starts = range(NOW, NOW + DAY, length)
        own = [airing(start, start + length, **changes) for start in starts]
        store.save_guide(HERE, NOW, 24, block({"1": own}), 1.0)
        return store.windows(HERE)[0].tba

    assert [save(3 * HOUR), save(6 * HOUR, title="Hub Programming", generic=True)] == [0, 4]
