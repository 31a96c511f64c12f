"""The rules of a programme's elements."""

import itertools
import re
from xml.etree import ElementTree

from gracenote2epg.xmltv.writer import ProgrammeWriter
from support.builders import DAY, HOUR, NOW, airing, credit, details, episode
from support.programmes import STYLE, element, listing, written
from support.tables import wrong

ALL_FLAGS = ("New", "Live", "Premiere", "Finale")


def test_numbers():
    def numbers(changes, known=None):
        rows = element(changes, known).findall("episode-num")
        return [(row.get("system"), row.text) for row in rows]

    dotted, shown = ("dd_progid", "EP09000100.0017"), ("original-air-date", "2026-09-12 20:00:00")
    game = {"season": "", "episode": "", "filters": ("sports",), "flags": ("Live",)}
    assert wrong(numbers, [
        ({"season": "1", "episode": "1"}, [dotted, ("onscreen", "S01E01"), ("xmltv_ns", "0.0.")]),
        ({"season": "51", "episode": "217"},
         [dotted, ("onscreen", "S51E217"), ("xmltv_ns", "50.216.")]),
        ({"season": "", "episode": "5"}, [dotted, ("onscreen", "E05"), ("xmltv_ns", ".4.")]),
        ({"season": "0", "episode": "5"}, [dotted, ("onscreen", "S00E05")]),
        ({"season": "3", "episode": "0"}, [dotted, ("onscreen", "S03E00")]),
        ({"season": "3", "episode": ""}, [dotted, ("xmltv_ns", "2.."), shown]),
        ({"season": "", "episode": ""}, [dotted, shown]),
        ({"season": "0", "episode": ""}, [dotted, shown]),
        # Without a number, the day of the first showing, if it is known;
        ({"season": "", "episode": ""}, details(), [dotted, ("original-air-date", "2026-09-12")]),
        # but each game of a day has its own time.
        (game, details(), [dotted, shown]),
        ({**game, "start": NOW + HOUR}, details(),
         [dotted, ("original-air-date", "2026-09-12 21:00:00")]),
        ({"tms_id": "MV090003000000", "season": "1", "episode": "2"},
         [("dd_progid", "MV09000300.0000")]),
        ({"tms_id": "", "season": "", "episode": ""}, [shown]),
        ({"tms_id": "EP0900010", "season": "", "episode": ""}, [shown]),
    ]) == []  # fmt: skip


def test_an_original_air_date_is_local_in_a_guide_in_utc_too():
    text = written(airing(season="", episode=""), style=STYLE._replace(utc=True))
    assert 'start="20260913000000 +0000"' in text
    assert '"original-air-date">2026-09-12 20:00:00<' in text


def test_description_date_and_subtitle():
    def text(path, changes, known=None):
        return element(changes, known).findtext(path)

    of_series = "A late talk show set in a harbor that does not exist."
    of_airing = "A host & a band visit the harbor."
    movie, older = {"tms_id": "MV090003000000"}, details(year="2001")
    assert wrong(text, [
        ("desc", {}, details(), "The band misses the boat and plays on the pier."),
        ("desc", {}, details(episodes=()), of_airing),
        ("desc", {"description": ""}, details(episodes=()), of_series),
        ("desc", {"generic": True}, details(), of_series),
        ("desc", {"generic": True}, details(description="", episodes=()), of_airing),
        ("desc", {"description": ""}, None),
        ("desc", {"tms_id": "EP090001000099"}, details(), of_airing),
        ("date", {}, details(), "20260912"),
        ("date", {}, older._replace(episodes=()), "2001"),
        ("date", {"year": "1999"}, older._replace(episodes=()), "1999"),
        ("date", movie, older, "2001"),
        ("date", {}, details(episodes=(episode(air_date=""),)), None),
        ("date", {}, None),
        ("sub-title", {}, "Low Tide; High Tide"),
        ("sub-title", {"subtitle": ""}, None),
        ("sub-title", {"subtitle": "Harbor Night Show"}, None),
        ("sub-title", movie, None),
    ]) == []  # fmt: skip


REPEAT = '<previously-shown start="20260912120000 +0000" />'
NEWNESS = [
    # flags of the airing, of the episode, other changes; the elements
    ((), (), {}, [REPEAT]),
    ((), ("New", "Premiere", "Finale"), {}, [REPEAT]),
    (("New",), (), {}, ["<new />"]), (("Live",), (), {}, ["<new />"]),
    (("Live", "New"), (), {}, ["<new />"]),
    (("Premiere",), (), {}, ["<premiere />", "<new />"]),
    (("New",), ("Premiere",), {"season": "1", "episode": "1"},
     ["<premiere>Series Premiere</premiere>", "<new />"]),
    (("New", "Premiere"), (), {"season": "4", "episode": "1"},
     ["<premiere>Season Premiere</premiere>", "<new />"]),
    (("Premiere",), (), {"tms_id": "MV090003000000"},
     ["<premiere>Movie Premiere</premiere>", "<new />"]),
    (("New", "Finale"), (), {}, ["<last-chance>Season Finale</last-chance>", "<new />"]),
    (("New",), ("Finale",), {"season": ""}, ["<last-chance>Finale</last-chance>", "<new />"]),
    (("Finale",), (), {}, [REPEAT, "<last-chance>Season Finale</last-chance>"]),
    (("New", "Premiere", "Finale"), (), {"episode": "1"},
     ["<premiere>Season Premiere</premiere>", "<last-chance>Season Finale</last-chance>",
      "<new />"]),
    ((), (), {"generic": True}, []), ((), (), {"tms_id": "SH090001000000"}, []),
    ((), (), {"tms_id": "MV090003000000"}, []), ((), (), {"tms_id": "SP090001000000"}, []),
]  # fmt: skip


def test_new_or_shown_before():
    def kinds(flags, of_episode, changes):
        known = details(episodes=(episode(flags=of_episode),))
        programme = element({"start": NOW + DAY, "flags": flags, **changes}, known)
        tags = ("previously-shown", "premiere", "last-chance", "new")
        return [
            ElementTree.tostring(kid, "unicode").strip() for kid in programme if kid.tag in tags
        ]

    assert wrong(kinds, NEWNESS) == []


def test_a_repeat_has_the_first_showing_only_if_that_is_earlier():
    def attributes(date):
        known = date and details(episodes=(episode(air_date=date.strip()),))
        return element({}, known).find("previously-shown").attrib

    assert wrong(attributes, [
        ("20260913", {}), ("20260914", {}), (" ", {}),
        (None, {}),  # without details
        ("20260911", {"start": "20260911120000 +0000"}),
    ]) == []  # fmt: skip


def test_new_and_previously_shown_exclude_each_other():
    subsets = [c for size in range(5) for c in itertools.combinations(ALL_FLAGS, size)]
    ids = ("EP090001000017", "MV090003000000")
    for flags, of_episode, (tms_id, generic) in itertools.product(
        subsets, subsets, [*((each, False) for each in ids), (ids[0], True)]
    ):
        known = details(episodes=(episode(tms_id=tms_id, flags=of_episode),))
        text = written(airing(flags=flags, tms_id=tms_id, generic=generic), known)
        assert not ("<new/>" in text and "<previously-shown" in text)


def test_categories():
    def categories(known=None, **changes):
        return [node.text for node in element(changes, known).findall("category")]

    event = "Sports event"
    assert event in categories(filters=("sports",), flags=("Live",))
    assert event in categories(filters=("sports",), tms_id="SP090001000000")
    assert event not in categories(filters=("sports",), flags=("New",))
    assert event not in categories(filters=("talk",), flags=("Live",))
    # The series' genres win over those of the episode.
    assert "Cooking" in categories(details(genres=("Cooking",)))
    episodes = categories(details(genres=()))
    assert "Talk" in episodes
    assert episodes[-1] == "Comedy"


def test_airings_of_one_series_may_differ_in_filters_and_country():
    writer = ProgrammeWriter(lambda series_id: details(), STYLE)
    texts = [writer.text(listing(), [airing(filters=each)]) for each in ((), ("talk",), ("news",))]
    last = [re.findall("<category>(.*)</category>", text)[-1] for text in texts]
    assert last == ["Show / Game show", "Talk show", "News / Current affairs"]
    for country, system in (("USA", "MPAA"), ("CAN", "CHVRS")):
        assert f'system="{system}"' in writer.text(listing(country), [airing(rating="PG")])


def test_audio_video_and_captions():
    def look(*tags):
        programme = element({"tags": tags})
        hd = programme.findtext("video/quality") == "HDTV"
        return programme.findtext("audio/stereo"), hd, programme.find("subtitles") is not None

    assert wrong(look, [
        ((None, False, False),), ("CC", (None, False, True)), ("Mono", ("mono", False, False)),
        ("Stereo", "CC", "DVS", ("stereo", False, True)),
        ("Stereo", "Surround", ("surround", False, False)),
        ("Stereo", "Dolby", ("dolby", False, False)),
        ("Stereo", "DD", ("dolby", False, False)),
        ("DD 5.1", "Stereo", ("dolby digital", False, False)),
        ("Dolby Digital", ("dolby digital", False, False)),
        *((tag, (None, True, False)) for tag in ("HD", "HDTV", "HD 1080p", "UHD")),
    ]) == []  # fmt: skip


def test_the_rating():
    def rating(of_airing, of_episode, country):
        known = details(episodes=(episode(rating=of_episode),))
        node = element({"rating": of_airing}, known, country=country).find("rating")
        return node if node is None else (node.get("system"), node.findtext("value"))

    assert wrong(rating, [
        ("TV-14", "TV-G", "USA", ("VCHIP", "TV-14")), ("", "TV-G", "USA", ("VCHIP", "TV-G")),
        ("PG", "", "USA", ("MPAA", "PG")), ("PG", "", "CAN", ("CHVRS", "PG")),
        ("NR", "", "USA", None), ("", "", "USA", None),
    ]) == []  # fmt: skip


def test_the_icon_is_the_first_landscape_picture_or_else_the_first():
    def picture(image, known):
        icon = element({"image": image}, known).find("icon")
        return icon if icon is None else icon.get("src").split("/assets/")[1][:-4]

    plain, portrait = "p900100_b_v13_aa", details(image="p900100_b_v10_aa")
    assert 'src="https://img.example/assets/p900100_b_v13_aa.jpg"' in written(airing())
    assert wrong(picture, [
        (plain, details(), "p900100_b_h10_aa"),
        ("p900100_e_h9_ab", details(), "p900100_e_h9_ab"),
        ("GNLZZGG0036K82Q", details(), "GNLZZGG0036K82Q"),
        (plain, portrait, "p900100_i_h9_aa"), (plain, portrait._replace(backdrop=""), plain),
        (plain, None, plain), ("", details(), "p900100_b_h10_aa"),
        ("", details(image=""), "p900100_i_h9_aa"),
        ("", portrait._replace(backdrop=""), "p900100_b_v10_aa"),
        ("", None, None),
    ]) == []  # fmt: skip


def test_credits():
    cast = tuple(credit(name=f"Actor {number // 2}") for number in range(40))
    actors = [node.text for node in element({}, details(cast=cast)).findall("credits/actor")]
    assert actors[:3] == ["Actor 0", "Actor 1", "Actor 2"]
    assert len(actors) == len(set(actors)) <= 10
    unknown = details(cast=(), crew=(credit("gaffer"),))
    assert element({}, unknown).find("credits") is None
