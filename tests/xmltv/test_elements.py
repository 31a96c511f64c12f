"""The rules of a programme's elements."""

import re
from xml.etree import ElementTree

from gracenote2epg.config.profiles import PROFILES
from gracenote2epg.xmltv.writer import ProgrammeWriter
from support.builders import DAY, HOUR, NOW, airing, credit, details, episode
from support.programmes import STYLE, element, listing, written
from support.tables import wrong

DOTTED, NOW_SHOWN = ("dd_progid", "EP09000100.0017"), ("original-air-date", "2026-09-12 20:00:00")
NONE = {"season": "", "episode": ""}
NEW = {**NONE, "flags": ("New",)}
GAME = {**NEW, "filters": ("sports",), "subtitle": "Air Force at Navy"}


def numbers(changes, known=None, style=STYLE):
    rows = element(changes, known, style=style).findall("episode-num")
    return [(row.get("system"), row.text) for row in rows]


def of_profile(name, **settings):
    return STYLE._replace(profile=PROFILES[name], **settings)


def test_numbers():
    assert wrong(numbers, [
        ({"season": "51", "episode": "217"},
         [DOTTED, ("onscreen", "S51E217"), ("xmltv_ns", "50.216.")]),
        ({"season": "", "episode": "5"}, [DOTTED, ("onscreen", "E05"), ("xmltv_ns", ".4.")]),
        ({"season": "3", "episode": "0"}, [DOTTED, ("onscreen", "S03E00")]),
        ({**NEW, "season": "3"}, [DOTTED, ("xmltv_ns", "2.."), NOW_SHOWN]),
        ({**NEW, "season": "0"}, [DOTTED, NOW_SHOWN]),
        ({**NEW, "tms_id": ""}, [NOW_SHOWN]), ({**NEW, "tms_id": "EP0900010"}, [NOW_SHOWN]),
        # Those of the details where the listing has none; not for an id of all editions.
        (NONE, details(episodes=(episode(season="3", number="4"),)),
         [DOTTED, ("onscreen", "S03E04"), ("xmltv_ns", "2.3.")]),
        ({"season": "5", "episode": "6"}, details(episodes=(episode(season="3", number="4"),)),
         [DOTTED, ("onscreen", "S05E06"), ("xmltv_ns", "4.5.")]),
    ]) == []  # fmt: skip


def test_the_original_air_date_is_that_of_this_showing():
    """To Plex one title on one day is one programme, which is new on its day."""

    def shown(changes, date):
        tms_id = changes.get("tms_id", "EP090001000017")
        coming = () if date is None else (episode(tms_id=tms_id, air_date=date, flags=()),)
        found = dict(numbers({**NONE, **changes}, details(episodes=coming)))
        return found.get("original-air-date")

    daily = {"flags": ("New",), "tms_id": "SH090001000000"}
    assert wrong(shown, [
        ({}, "20260911", "2026-09-11"), ({}, "20260912", "2026-09-12"),
        ({}, "", None), ({}, None, None), ({}, "20260914", None),  # repeats
        (NEW, "20260912", "2026-09-12"), (NEW, "20260911", "2026-09-11"),
        (NEW, None, NOW_SHOWN[1]), (NEW, "20260910", NOW_SHOWN[1]),
        # An id of all editions has the date of one of them.
        (daily, "19990906", NOW_SHOWN[1]), ({"tms_id": "SP090001000000"}, "19990906", NOW_SHOWN[1]),
        # A league has several games a day.
        ({**GAME, "start": NOW + HOUR}, "20260912", "2026-09-12 21:00:00"),
        ({**GAME, "flags": ()}, "20260909", "2026-09-09"),
    ]) == []  # fmt: skip
    text = written(airing(**NEW), style=STYLE._replace(utc=True))
    assert 'start="20260913000000 +0000"' in text
    assert f'"original-air-date">{NOW_SHOWN[1]}<' in text


def test_numbers_that_only_one_player_gets():
    """Tvheadend makes a number of dd_progid; Jellyfin records as a series only what has one."""

    def found(profile, changes, date="", **settings):
        known = details(episodes=(episode(air_date=date, flags=()),))
        return [text for _, text in numbers(changes, known, of_profile(profile, **settings))][1:]

    special, daily = {"season": "0", "episode": "3"}, {**NEW, "tms_id": "SH090001000000"}
    assert wrong(found, [
        ("tvheadend", NONE, [".65535."]), ("tvheadend", special, ["S00E03", ".65535."]),
        ("tvheadend", {"season": "3", "episode": "0"}, ["S03E00", "2.65535."]),
        ("jellyfin", {"season": "", "episode": "5"}, [".4."]),
        ("jellyfin", NONE, "20250102", ["2024.101."]), ("jellyfin", NEW, "20250102", ["2025.911."]),
        ("jellyfin", {**daily, "tms_id": "SP090001000000"}, []),
        ("jellyfin", {**daily, "series_id": "SH00000001"}, []),
        ("mythtv", {"subtitle": "Harbor Night Show"}, ["2.16."]),
        ("any", {"subtitle": ""}, ["S03E17", "2.16."]),
    ]) == []  # fmt: skip
    without = of_profile("jellyfin", date_numbers=False)
    assert numbers(daily, style=without) == [("dd_progid", "SH09000100.0000")]


def test_description_date_and_subtitle():
    def text(path, changes, known=None):
        return element(changes, known).findtext(path)

    of_series = "A late talk show set in a harbor that does not exist."
    of_airing = "A host & a band visit the harbor."
    movie, older = {"tms_id": "MV090003000000"}, details(year="2001")
    old, late = (
        details(year="2001", episodes=(episode(air_date=date, flags=()),))
        for date in ("20230102", "20260905")
    )
    show, untitled = {"tms_id": "SH090001000000"}, {"subtitle": ""}
    titled = details(episodes=(episode(title="The Pier"),))
    assert wrong(text, [
        ("desc", {"description": ""}, details(episodes=()), of_series),
        ("desc", {"generic": True}, details(), of_series),
        ("desc", {"generic": True}, details(description="", episodes=()), of_airing),
        ("desc", {"description": ""}, None),
        ("desc", {"tms_id": "EP090001000099"}, details(), of_airing),
        # Movies, and shows without episodes: the longer one.
        ("desc", movie, details(), of_series), ("desc", show, details(), of_series),
        ("desc", {**show, "generic": True, "description": 9 * of_airing}, details(), 9 * of_airing),
        ("desc", {"tms_id": "SP090001000000"}, details(), of_airing),
        ("date", {}, older._replace(episodes=()), "2001"),
        ("date", {"year": "1999"}, older._replace(episodes=()), "1999"),
        ("date", movie, older, "2001"),
        ("date", {}, details(episodes=(episode(air_date=""),)), None),
        ("date", {}, None),
        # New, but years ago: an id that is used each day, unless it is an import with a number.
        ("date", {**NEW, "flags": ("Live",)}, old, None),
        ("date", NONE, old, "20230102"), ("date", {"flags": ("New",)}, old, "20230102"),
        ("date", NEW, late, "20260905"),
        ("episode-num", NEW, old, "SH09000100.0000"),
        ("episode-num", NEW, late, "EP09000100.0017"),
        ("sub-title", untitled, titled, "The Pier"),
        ("sub-title", {}, titled, "Low Tide; High Tide"),
        ("sub-title", {**untitled, "generic": True}, titled, None),
        ("sub-title", {"subtitle": "Harbor Night Show"}, None),
        ("sub-title", movie, None),
    ]) == []  # fmt: skip


REPEAT = '<previously-shown start="20260912120000 +0000" />'
NEWNESS = [
    # flags of the airing, of the episode, other changes; the elements
    ((), (), {}, [REPEAT]),
    ((), ("New", "Premiere", "Finale"), {}, [REPEAT]), (("Live",), (), {}, ["<new />"]),
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


def test_what_is_a_sports_event():
    def is_event(changes, *genres):
        known = genres and details(genres=genres, episodes=())
        words = [node.text for node in element(changes, known or None).findall("category")]
        return "Sports event" in words

    def sport(subtitle, *flags, **more):
        return {"subtitle": subtitle, "flags": flags, "filters": ("sports",), **more}

    match_ups = ("Air Force at Navy", "Group C: Leeds vs. York", "Leeds vs York", "Leeds v York",
                 "Army @ Rice", "Montréal à Boston", "Lyon c. Nice", "Lyon contre Nice",
                 "América contra Cruz Azul")  # fmt: skip
    assert wrong(is_event, [
        *((sport(text, *flags), True) for text in match_ups for flags in ((), ("New",))),
        (sport("", "Live"), True), (sport("", "New"), False), (sport("Inside Attack"), False),
        (sport("", tms_id="SP090001000000"), True),
        (sport("", "New", title="Fight Night: Oso vs. Lobo"), True),
        (sport("", "New", title="Football at Five"), False),
        ({**sport("", "Live"), "filters": ("talk",)}, False),
        (sport("Air Force at Navy", tms_id="MV090001000000"), False),
        *((sport(text, "Live"), "Sports talk", "Football", False) for text in ("", match_ups[0])),
        (sport("", "Live", tms_id="SP090001000000"), "sports talk", False),
        (sport("Catholics vs. Convicts", season="3"), "Documentary", "Football", False),
    ]) == []  # fmt: skip


def test_the_genres_are_those_of_the_series_or_else_of_the_episode_and_of_a_match_its_own():
    def categories(known, **changes):
        return [node.text for node in element(changes, known).findall("category")]

    assert "Cooking" in categories(details(genres=("Cooking",)))
    of_episode = categories(details(genres=()))
    assert (of_episode[1], of_episode[-1]) == ("Talk", "Comedy")
    games = details(genres=("Soccer", "Swimming"), episodes=(episode(genres=("Swimming",)),))
    assert categories(games, filters=("sports",), flags=("Live",))[2:] == [
        "Swimming",
        "Water sport",
    ]


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
        ("NR", "", "USA", None), ("TV-NR", "", "USA", None), ("", "", "USA", None),
        *((text, "", "USA", (None, text)) for text in ("13+", "16+", "14A", "18A", "14+")),
    ]) == []  # fmt: skip
    assert element(style=of_profile("kodi")).find("rating").attrib == {}


def test_the_icon_is_the_first_landscape_picture_or_else_the_first():
    def picture(image, known):
        icon = element({"image": image}, known).find("icon")
        return icon if icon is None else icon.get("src").split("/assets/")[1][:-4]

    plain, portrait = "p900100_b_v13_aa", details(image="p900100_b_v10_aa")
    assert 'src="https://img.example/assets/p900100_b_v13_aa.jpg"' in written(airing())
    assert wrong(picture, [
        ("GNLZZGG0036K82Q", details(), "GNLZZGG0036K82Q"),
        (plain, portrait, "p900100_i_h9_aa"), (plain, portrait._replace(backdrop=""), plain),
        ("", details(image=""), "p900100_i_h9_aa"),
        ("", portrait._replace(backdrop=""), "p900100_b_v10_aa"),
        ("", None, None),
    ]) == []  # fmt: skip


def test_credits():
    cast = tuple(credit(name=f"Actor {number // 2}") for number in range(40))
    actors = [node.text for node in element({}, details(cast=cast)).findall("credits/actor")]
    assert actors[:3] == ["Actor 0", "Actor 1", "Actor 2"]
    assert len(actors) == len(set(actors)) == 6
    host = details(cast=(credit("host", character="Himself"),))
    assert element({}, host).find("credits/presenter").attrib == {}
    unknown = details(cast=(), crew=(credit("gaffer"),))
    assert element({}, unknown).find("credits") is None
