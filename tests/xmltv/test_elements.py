"""The rules of a programme's elements."""

import itertools
import re
from xml.etree import ElementTree

from gracenote2epg.xmltv.writer import ProgrammeWriter
from support.builders import DAY, HOUR, NOW, airing, credit, details, episode
from support.programmes import STYLE, element, listing, written
from support.tables import wrong

ALL_FLAGS = ("New", "Live", "Premiere", "Finale")


def numbers(changes, known=None):
    rows = element(airing(**changes), known).findall("episode-num")
    return [(row.get("system"), row.text) for row in rows]


def test_numbers():
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
        # of what has no numbers the day when it was first shown, if that is known
        ({"season": "", "episode": ""}, details(), [dotted, ("original-air-date", "2026-09-12")]),
        # but the games of one day have each its own time
        (game, details(), [dotted, shown]),
        ({**game, "start": NOW + HOUR}, details(),
         [dotted, ("original-air-date", "2026-09-12 21:00:00")]),
        ({"tms_id": "MV090003000000", "season": "1", "episode": "2"},
         [("dd_progid", "MV09000300.0000")]),
        ({"tms_id": "", "season": "", "episode": ""}, [shown]),
        ({"tms_id": "EP0900010", "season": "", "episode": ""}, [shown]),
    ]) == []  # fmt: skip


def test_the_day_of_what_has_no_number_is_the_viewers_in_utc_too():
    shown = written(airing(season="", episode=""), style=STYLE._replace(utc=True))
    assert 'start="20260913000000 +0000"' in shown
    assert '"original-air-date">2026-09-12 20:00:00<' in shown


def found_text(path):
    """A maker for tables: the text at that path, of an airing with these changes."""
    return lambda changes, known=None: element(airing(**changes), known).findtext(path)


def test_the_description():
    of_series = "A late talk show set in a harbor that does not exist."
    of_airing = "A host & a band visit the harbor."
    assert wrong(found_text("desc"), [
        ({}, details(), "The band misses the boat and plays on the pier."),
        ({}, details(episodes=()), of_airing),
        ({"description": ""}, details(episodes=()), of_series),
        ({"generic": True}, details(), of_series),
        ({"generic": True}, details(description="", episodes=()), of_airing),
        ({"description": ""}, None, None),
        ({"tms_id": "EP090001000099"}, details(), of_airing),
    ]) == []  # fmt: skip


def test_the_date():
    assert wrong(found_text("date"), [
        ({}, details(), "20260912"),
        ({}, details(year="2001", episodes=()), "2001"),
        ({"year": "1999"}, details(year="2001", episodes=()), "1999"),
        ({"tms_id": "MV090003000000"}, details(year="2001"), "2001"),
        ({}, details(episodes=(episode(air_date=""),)), None),
        ({}, None, None),
    ]) == []  # fmt: skip


def test_the_sub_title():
    assert wrong(found_text("sub-title"), [
        ({"subtitle": ""}, None), ({"subtitle": "Harbor Night Show"}, None),
        ({"tms_id": "MV090003000000"}, None), ({}, "Low Tide; High Tide"),
    ]) == []  # fmt: skip


NEWNESS = [
    # flags of the grid, of the episode, other changes; what is written
    ((), (), {}, ['<previously-shown start="20260912120000 +0000" />']),
    ((), ("New", "Premiere", "Finale"), {}, ['<previously-shown start="20260912120000 +0000" />']),
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
    (("Finale",), (), {}, ['<previously-shown start="20260912120000 +0000" />',
                           "<last-chance>Season Finale</last-chance>"]),
    (("New", "Premiere", "Finale"), (), {"episode": "1"},
     ["<premiere>Season Premiere</premiere>", "<last-chance>Season Finale</last-chance>",
      "<new />"]),
    ((), (), {"generic": True}, []), ((), (), {"tms_id": "SH090001000000"}, []),
    ((), (), {"tms_id": "MV090003000000"}, []), ((), (), {"tms_id": "SP090001000000"}, []),
]  # fmt: skip


def test_new_or_shown_before():
    def kinds(flags, of_episode, changes):
        own = airing(NOW + DAY, flags=flags, **changes)
        made = element(own, details(episodes=(episode(flags=of_episode),)))
        tags = ("previously-shown", "premiere", "last-chance", "new")
        return [ElementTree.tostring(kid, "unicode").strip() for kid in made if kid.tag in tags]

    assert wrong(kinds, NEWNESS) == []


def test_a_repeat_says_since_when_only_where_that_is_before_it():
    def shown(date):
        known = date and details(episodes=(episode(air_date=date.strip()),))
        return element(airing(), known).find("previously-shown").attrib

    assert wrong(shown, [
        ("20260913", {}), ("20260914", {}), (" ", {}),
        (None, {}),  # without details
        ("20260911", {"start": "20260911120000 +0000"}),
    ]) == []  # fmt: skip


def test_new_and_previously_shown_are_never_together():
    bunches = [c for size in range(5) for c in itertools.combinations(ALL_FLAGS, size)]
    ids = ("EP090001000017", "MV090003000000")
    for flags, of_episode, (tms_id, generic) in itertools.product(
        bunches, bunches, [*((own, False) for own in ids), (ids[0], True)]
    ):
        known = details(episodes=(episode(tms_id=tms_id, flags=of_episode),))
        text = written(airing(flags=flags, tms_id=tms_id, generic=generic), known)
        assert not ("<new/>" in text and "<previously-shown" in text)


def test_what_is_a_sports_event():
    def is_event(kind, *flags, tms_id="EP090001000017"):
        text = written(airing(filters=(kind,), flags=flags, tms_id=tms_id))
        return "<category>Sports event</category>" in text

    assert is_event("sports", "Live")
    assert is_event("sports", tms_id="SP090001000000")
    assert not is_event("sports", "New")
    assert not is_event("talk", "Live")


def test_one_series_has_other_words_where_its_filters_differ():
    programmes = ProgrammeWriter(lambda series_id: details(), STYLE)
    texts = [
        programmes.text(listing(), [airing(filters=own)]) for own in ((), ("talk",), ("news",))
    ]
    last = [re.findall("<category>(.*)</category>", text)[-1] for text in texts]
    assert last == ["Show / Game show", "Talk show", "News / Current affairs"]


def test_genres_of_the_series_are_before_those_of_the_episode():
    def categories(known):
        return [found.text for found in element(airing(), known).findall("category")]

    assert "Cooking" in categories(details(genres=("Cooking",)))
    alone = categories(details(genres=()))
    assert "Talk" in alone
    assert alone[-1] == "Comedy"


def test_sound_vision_and_captions():
    def look(*tags):
        made = element(airing(tags=tags))
        hd = made.findtext("video/quality") == "HDTV"
        return made.findtext("audio/stereo"), hd, made.find("subtitles") is not None

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
    def rating(own, of_episode, country):
        known = details(episodes=(episode(rating=of_episode),))
        made = element(airing(rating=own), known, country=country).find("rating")
        return made if made is None else (made.get("system"), made.findtext("value"))

    assert wrong(rating, [
        ("TV-14", "TV-G", "USA", ("VCHIP", "TV-14")), ("", "TV-G", "USA", ("VCHIP", "TV-G")),
        ("PG", "", "USA", ("MPAA", "PG")), ("PG", "", "CAN", ("CHVRS", "PG")),
        ("NR", "", "USA", None), ("", "", "USA", None),
    ]) == []  # fmt: skip


def test_one_rating_is_of_another_system_in_another_country():
    programmes = ProgrammeWriter(lambda series_id: None, STYLE)
    own = [airing(rating="PG")]
    assert 'system="MPAA"' in programmes.text(listing("USA"), own)
    assert 'system="CHVRS"' in programmes.text(listing("CAN"), own)


def test_the_picture_is_the_first_landscape_one_else_the_first():
    def picture(image, known):
        icon = element(airing(image=image), known).find("icon")
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


def test_actors_are_few_and_in_billing_order_each_once():
    cast = tuple(credit(name=f"Actor {number // 2}") for number in range(40))
    found = [own.text for own in element(airing(), details(cast=cast)).findall("credits/actor")]
    assert found[:3] == ["Actor 0", "Actor 1", "Actor 2"]
    assert len(found) == len(set(found)) <= 10


def test_credits_of_unknown_roles_alone_are_no_credits():
    known = details(cast=(), crew=(credit("gaffer"),))
    assert element(airing(), known).find("credits") is None
