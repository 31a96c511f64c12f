"""The user's choices about the guide's text: each option by its effect."""

import re
from xml.etree import ElementTree

import pytest

from gracenote2epg.config import settings as config_settings
from gracenote2epg.config import sources
from gracenote2epg.config.profiles import CHANNEL_IDS, ELEMENTS, PROFILES
from gracenote2epg.errors import InputFileError
from gracenote2epg.xmltv import options
from gracenote2epg.xmltv.options import Style, file_safe
from gracenote2epg.xmltv.writer import ProgrammeWriter, channel
from support import text_of
from support.builders import HOUR, NOW, airing, credit, details, episode
from support.programmes import listing
from support.tables import not_refused, wrong

NEWS = airing(
    flags=("New", "Live", "Premiere", "Finale"), tags=("HDTV", "Stereo", "CC"), filters=("talk",)
)
REPEAT = airing(NOW + HOUR)
GENERIC = airing(NOW + 2 * HOUR, tms_id="SH090001000000", generic=True, season="", episode="")
MOVIE = airing(NOW + 3 * HOUR, tms_id="MV090003000000", image="", year="2019", filters=("movie",))
MATCH = airing(
    NOW + 4 * HOUR, tms_id="SP090004000001", flags=("Live",), season="1", episode="2",
    filters=("sports",),
)  # fmt: skip
SPECIAL = airing(NOW + 5 * HOUR, season="0", episode="3")
ALL = (NEWS, REPEAT, GENERIC, MOVIE, MATCH, SPECIAL)
OF_ONE_PLAYER = {"episode-num schedulesdirect.org", "episode-num SxxExx"}
FRENCH = airing(
    tms_id="", title="Le phare de Quillmere",
    description="Une famille découvre que son phare est à vendre, et personne ne veut partir.",
)  # fmt: skip
KNOWN = details(
    image="p900100_b_v13_aa",
    cast=(credit(character="The Captain"), credit("host", "Ada Example")),
    episodes=(episode(air_date="20250102", genres=(), flags=()),),
)


def style(**changes):
    return options.from_config(sources.override(config_settings.Config(), changes))


def guide(*airings, language="", known=KNOWN, **settings):
    here, chosen = listing(language=language), style(**settings)
    text = ProgrammeWriter(lambda series_id: known, chosen).text(here, airings or ALL)
    return ElementTree.fromstring(f"<tv>{channel(here, chosen)}{text}</tv>")


def texts(tag, *airings, **given):
    return [node.text for node in guide(*airings, **given).findall(f"programme/{tag}")]


def parts(tv):
    names = {"channel id", "display-name", "start, stop"}
    names |= {"channel icon"} if tv.find("channel/icon") is not None else set()
    for node in tv.iterfind("programme/*"):
        names.add(node.tag + (f" {node.get('system')}" if node.tag == "episode-num" else ""))
    return names


# The table of elements


def test_the_default_settings_are_the_plain_style():
    assert style() == Style()


def test_all_elements_of_the_table_and_no_others_are_written_in_its_order():
    everything = {"images": "all", "live_element": True}
    written = guide(*ALL, FRENCH, language="fr", **everything)
    own = [
        parts(guide(*ALL, FRENCH, language="fr", profile=name)) for name in ("mythtv", "jellyfin")
    ]
    assert parts(written).union(*own) == set(ELEMENTS)
    order = [name.split(" ")[0] for name in ELEMENTS]
    for programme in written.iter("programme"):
        tags = [node.tag for node in programme]
        assert tags == sorted(tags, key=order.index)


def test_a_profile_writes_the_elements_that_its_player_reads():
    for name, profile in PROFILES.items():
        chosen = {"profile": name, "images": "all"}
        written = parts(guide(*ALL, FRENCH, language="fr", **chosen))
        assert written == style(**chosen).elements, name
        assert "live" not in written  # XMLTV has no such element
        unread = {n for n, readers in ELEMENTS.items() if readers and profile.letter not in readers}
        if profile.complete:
            assert written >= unread - {"live", *OF_ONE_PLAYER}, name
        else:
            assert not written & unread, name


def test_the_manual_explains_each_element_with_its_readers_and_settings():
    players = {
        "T": "Tvheadend", "K": "Kodi's IPTV Simple", "J": "Jellyfin, Emby", "P": "Plex",
        "C": "Channels DVR", "M": "MythTV", "N": "NextPVR", "D": "Dispatcharr",
    }  # fmt: skip
    table = text_of("docs", "xmltv.md").partition("## Elements")[2].partition("## Profiles")[0]
    rows = [row.split(" | ") for row in table.splitlines() if row.startswith("| `")]
    assert [(row[0][3:-1], row[2]) for row in rows] == [
        (name, ", ".join(title for key, title in players.items() if key in readers) or "all")
        for name, readers in ELEMENTS.items()
    ]
    settings = {row.name for row in config_settings.all_settings()}
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row[3])} <= settings


# Genres


def test_the_genre_styles():
    assert texts("category", NEWS) == ["Talk", "Series", "Entertainment", "Talk show"]
    plain = ["Talk", "Series", "Comedy", "Entertainment"]
    assert texts("category", NEWS, genre_style="plain") == plain
    assert texts("category", NEWS, genre_style="eit") == ["Talk show"]
    assert texts("keyword", NEWS, genre_style="eit")[:2] == ["Talk", "Comedy"]
    few = texts("category", NEWS, profile="kodi", genre_style="plain")
    assert few == ["Talk", "Series", "Comedy"]


def test_the_users_genre_style_wins_over_the_profiles():
    for name, profile in PROFILES.items():
        assert style(profile=name).genre_style == profile.genre_style
        assert style(profile=name, genre_style="profile").genre_style == profile.genre_style
        for chosen in ("plain", "eit", "both"):
            assert style(profile=name, genre_style=chosen).genre_style == chosen


def test_live_premiere_and_finale_are_keywords():
    assert texts("keyword", NEWS) == ["Comedy", "live", "premiere", "season-finale"]
    assert texts("keyword", REPEAT) == ["Comedy"]


def test_a_file_of_own_categories(tmp_path):
    path = tmp_path / "words.txt"

    def categories(text):
        path.write_text(text, encoding="utf-8")
        return texts("category", NEWS, category_map=str(path))

    assert wrong(categories, [
        ("\ufeff# mine\nseries = Show # yes\n\nTalk=\nTALK SHOW = Chat & talk\n",
         ["Show", "Entertainment", "Chat & talk"]),
        # Equal words are written once, and without commas.
        ("Series = Talk, and more\nTalk = talk and more\n",
         ["talk and more", "Entertainment", "Talk show"]),
    ]) == []  # fmt: skip
    bad = ("Series", "= Show", "Series = Show\nnonsense")
    assert not_refused(categories, bad, InputFileError, r"words\.txt.*line \d") == []
    path.unlink()
    with pytest.raises(InputFileError, match="words"):
        style(category_map=str(path))


# Pictures


def test_jellyfin_gets_backdrops_without_asking_but_no_people():
    assert [node.get("type") for node in guide(NEWS, profile="jellyfin").iter("image")] == [
        "backdrop"
    ]


def test_images_none_leave_no_address_of_a_picture():
    tv = guide(images="none")
    assert not list(tv.iter("icon")) + list(tv.iter("image"))


def test_images_all_are_typed_and_written_once():
    def images(image):
        nodes = guide(NEWS._replace(image=image), images="all").findall("programme/image")
        return [(*node.attrib.values(), node.text.rsplit("/", 1)[1][:-4]) for node in nodes]

    poster = ("poster", "P", "p900100_b_v13_aa")
    backdrop = ("backdrop", "L", "p900100_i_h9_aa")
    assert wrong(images, [
        ("p900100_e_h9_ab", [poster, backdrop, ("still", "L", "p900100_e_h9_ab")]),
        ("p900100_b_v13_aa", [poster, backdrop]),
        # An id of another form: a still without a shape.
        ("GNLZZGG0036K82Q", [poster, backdrop, ("still", "GNLZZGG0036K82Q")]),
    ]) == []  # fmt: skip


def test_pictures_of_people_follow_their_names():
    actor = guide(NEWS, images="all").find("programme/credits/actor")
    assert (actor.text, actor.get("role")) == ("Bo Sample", "The Captain")
    assert actor.find("image").get("type") == "person"
    assert actor.find("image").text == "https://zpmc.tmsimg.com/assets/990002_v9_aa.jpg"
    assert actor.find("image").tail.isspace()  # Jellyfin skips an element that follows at once
    assert guide(NEWS).find("programme/credits/actor/image") is None


def test_the_host_of_all_pictures_is_the_users():
    tv = guide(images="all", image_host="pics.example:8080")
    addresses = [node.get("src") for node in tv.iterfind("programme/icon")]
    addresses += [node.text for node in tv.iter("image")]
    assert {address.split("/")[2] for address in addresses} == {"pics.example:8080"}


# Texts


def test_file_safe_titles():
    assert wrong(file_safe, [
        ("Harbor Night Show", "Harbor Night Show"), ("CSI: Harbor", "CSI - Harbor"),
        ("24/7 on the Pier", "24-7 on the Pier"), ('Who Moved "It"?', "Who Moved 'It'"),
        ("A\\B|C<D>E*F", "A-B-CDEF"), ("The End...", "The End"), ("???", "_"), ("Con", "Con_"),
        ("L’Été à Quillmere", "L’Été à Quillmere"),
    ]) == []  # fmt: skip
    show = NEWS._replace(title="A/B", subtitle="C: D", description="E/F", tms_id="")
    safe = [texts(tag, show, safe_titles=True) for tag in ("title", "sub-title", "desc")]
    assert safe == [["A-B"], ["C - D"], ["E/F"]]
    assert texts("title", show) == ["A/B"]


def test_a_template_makes_the_description():
    template = r"{number} {description}[ ({year})][ {rating}.][\n{flags}.][ {cast}]"
    plain = "The band misses the boat and plays on the pier."
    assert texts("desc", NEWS) == [plain]
    assert texts("desc", NEWS, description_template=template) == [
        f"S03E17 {plain} (2025) TV-14.\nNew, Live, Premiere, Finale. Bo Sample, Ada Example"
    ]
    known = KNOWN._replace(episodes=(episode(flags=("New", "Premiere", "Finale")),))
    show = NEWS._replace(flags=("New", "Premiere"))  # some flags are in both answers
    flags = texts("desc", show, known=known, description_template="{flags}")
    assert flags == ["New, Premiere, Finale"]


# Channels, elements and classes


def test_channel_ids_in_the_forms_of_other_grabbers():
    for scheme, form in CHANNEL_IDS.items():
        tv = guide(channel_id=scheme)
        expected = form.format(id="90001", number="4.1")
        assert tv.find("channel").get("id") == expected
        assert {node.get("channel") for node in tv.findall("programme")} == {expected}
        assert scheme == "station" or re.fullmatch(r"[-a-zA-Z0-9]+(\.[-a-zA-Z0-9]+)+", expected)


def test_mythtv_gets_the_type_as_first_category():
    first = [node.find("category").text for node in guide(profile="mythtv").iter("programme")]
    assert first == ["series", "series", "series", "movie", "sports", "series"]


def test_a_programme_has_its_own_language_or_its_stations_unless_that_is_english():
    def languages(shown, of_station):
        tv = guide(shown, language=of_station, known=None)
        tags = {node.tag: node.get("lang") for node in tv.find("programme") if node.get("lang")}
        return tags, [node.text for node in tv.findall("programme/language")]

    short = airing(tms_id="", title="Quillmere", subtitle="Ulm", description="")
    english = airing(
        tms_id="", title="The Harbor",
        description="She finds out that the harbor is for sale and that nobody wants to leave.",
    )  # fmt: skip
    french = dict.fromkeys(("title", "sub-title", "desc"), "fr")
    assert wrong(languages, [
        (short, "fr", ({"title": "fr", "sub-title": "fr"}, ["fr"])),
        (short, "es", ({"title": "es", "sub-title": "es"}, ["es"])),
        (FRENCH, "es", (french, ["fr"])), (FRENCH, "en", ({}, [])), (FRENCH, "", ({}, [])),
        (english, "fr", ({}, [])),
    ]) == []  # fmt: skip
