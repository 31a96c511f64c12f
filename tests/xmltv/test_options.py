"""What the user may choose about the guide's text: each option by what it changes in it."""

import os
import re
from xml.etree import ElementTree

import pytest

from gracenote2epg.config import settings as config_settings
from gracenote2epg.config import sources
from gracenote2epg.config.profiles import CHANNEL_IDS, ELEMENTS, PROFILES
from gracenote2epg.errors import InputFileError
from gracenote2epg.xmltv import options
from gracenote2epg.xmltv.options import Style, file_safe
from gracenote2epg.xmltv.writer import Listing, ProgrammeWriter, channel
from support import ROOT
from support.builders import HOUR, NOW, airing, credit, details, episode, station
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
ALL = (NEWS, REPEAT, GENERIC, MOVIE, MATCH)
FRENCH = airing(
    tms_id="", title="Le phare de Quillmere",
    description="Une famille découvre que son phare est à vendre, et personne ne veut partir.",
)  # fmt: skip
KNOWN = details(
    image="p900100_b_v13_aa",
    cast=(credit(character="The Captain"), credit("host", "Ada Example")),
    episodes=(episode(air_date="20250102", genres=(), flags=()),),
)


def of(**changes):
    return options.from_config(sources.override(config_settings.Config(), changes))


def written(how, *airings, language="", known=KNOWN):
    here = Listing(station(language=language), "USA", frozenset())
    text = ProgrammeWriter(lambda series_id: known, how).text(here, airings or ALL)
    return ElementTree.fromstring(f"<tv>{channel(here, how)}{text}</tv>")


def texts(tv, path):
    return [found.text for found in tv.findall(path)]


def shown(tag, own, known=KNOWN, language="", **settings):
    """The texts of these elements of one programme, by these settings."""
    return texts(written(of(**settings), own, language=language, known=known), f"programme/{tag}")


def parts(tv):
    """The names of what is in the guide, as the vocabulary has them."""
    found = {"channel id", "display-name", "start, stop"}
    found |= {"channel icon"} if tv.find("channel/icon") is not None else set()
    for own in tv.iterfind("programme/*"):
        system = f" {own.get('system')}" if own.tag == "episode-num" else ""
        found.add(own.tag + system)
    return found


# The table of elements


def test_the_settings_without_a_word_of_the_users_are_the_plain_style():
    assert of() == Style()


def test_every_element_of_the_table_can_be_written_and_nothing_else():
    seen = set()
    for how in (of(images="all", live_element=True), of(profile="mythtv")):
        seen |= parts(written(how, *ALL, FRENCH, language="fr"))
    assert seen == set(ELEMENTS)


def test_the_elements_of_a_programme_come_in_the_order_of_the_table():
    order = [name.split(" ")[0] for name in ELEMENTS]
    tv = written(of(images="all", live_element=True), *ALL, FRENCH, language="fr")
    for programme in tv.iter("programme"):
        tags = [own.tag for own in programme]
        assert tags == sorted(tags, key=order.index)


def test_a_profile_writes_what_the_table_says_that_its_player_reads():
    for name, profile in PROFILES.items():
        how = of(profile=name, images="all")
        found = parts(written(how, *ALL, FRENCH, language="fr"))
        assert found == how.elements, name
        unread = {
            own for own, readers in ELEMENTS.items() if readers and profile.letter not in readers
        }
        if profile.complete:
            assert found >= unread - {"live", "episode-num schedulesdirect.org"}, name
        else:
            assert not found & unread, name


def test_the_manual_explains_each_element_with_its_readers_and_settings():
    players = {
        "T": "Tvheadend", "K": "Kodi's IPTV Simple", "J": "Jellyfin, Emby", "P": "Plex",
        "C": "Channels DVR", "M": "MythTV", "N": "NextPVR", "D": "Dispatcharr",
    }  # fmt: skip
    with open(os.path.join(ROOT, "docs", "xmltv.md"), encoding="utf-8") as file:
        table = file.read().partition("## Elements")[2].partition("## Profiles")[0]
    rows = [row.split(" | ") for row in table.splitlines() if row.startswith("| `")]
    assert [(row[0][3:-1], row[2]) for row in rows] == [
        (name, ", ".join(title for key, title in players.items() if key in readers) or "all")
        for name, readers in ELEMENTS.items()
    ]
    settings = {row.name for row in config_settings.all_settings()}
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row[3])} <= settings


def test_no_profile_writes_what_xmltv_does_not_have():
    assert [name for name in PROFILES if "live" in parts(written(of(profile=name)))] == []


# Genres


def test_the_genre_styles():
    classes_and_eit = ["Talk", "Series", "Entertainment", "Talk show"]
    assert shown("category", NEWS) == classes_and_eit
    plain = ["Talk", "Series", "Comedy", "Entertainment"]
    assert shown("category", NEWS, genre_style="plain") == plain
    assert shown("category", NEWS, genre_style="eit") == ["Talk show"]
    assert shown("keyword", NEWS, genre_style="eit")[:2] == ["Talk", "Comedy"]


def test_the_users_genre_style_wins_over_the_profiles():
    for name, profile in PROFILES.items():
        assert of(profile=name).genre_style == profile.genre_style
        assert of(profile=name, genre_style="profile").genre_style == profile.genre_style
        for own in ("plain", "eit", "both"):
            assert of(profile=name, genre_style=own).genre_style == own


def test_what_is_special_about_an_airing_is_among_the_keywords():
    assert shown("keyword", NEWS) == ["Comedy", "live", "premiere", "season-finale"]
    assert shown("keyword", REPEAT) == ["Comedy"]


def test_a_file_of_own_categories(tmp_path):
    path = tmp_path / "words.txt"

    def categories(text):
        path.write_text(text, encoding="utf-8")
        return shown("category", NEWS, category_map=str(path))

    assert wrong(categories, [
        ("\ufeff# mine\nseries = Show # yes\n\nTalk=\nTALK SHOW = Chat & talk\n",
         ["Show", "Entertainment", "Chat & talk"]),
        # two words that become one are there once, and no comma splits one
        ("Series = Talk, and more\nTalk = talk and more\n",
         ["talk and more", "Entertainment", "Talk show"]),
    ]) == []  # fmt: skip
    bad = ("Series", "= Show", "Series = Show\nnonsense")
    assert not_refused(categories, bad, InputFileError, r"words\.txt.*line \d") == []
    path.unlink()
    with pytest.raises(InputFileError, match="words"):
        of(category_map=str(path))


# Pictures


def test_images_none_leave_no_address_of_a_picture():
    tv = written(of(images="none"))
    assert not list(tv.iter("icon")) + list(tv.iter("image"))


def test_images_all_are_typed_and_each_is_there_once():
    def images(image):
        found = written(of(images="all"), NEWS._replace(image=image)).findall("programme/image")
        return [(*own.attrib.values(), own.text.rsplit("/", 1)[1][:-4]) for own in found]

    poster = ("poster", "P", "p900100_b_v13_aa")
    backdrop = ("backdrop", "L", "p900100_i_h9_aa")
    assert wrong(images, [
        ("p900100_e_h9_ab", [poster, backdrop, ("still", "L", "p900100_e_h9_ab")]),
        ("p900100_b_v13_aa", [poster, backdrop]),
        # an id of another kind: a still without a shape
        ("GNLZZGG0036K82Q", [poster, backdrop, ("still", "GNLZZGG0036K82Q")]),
    ]) == []  # fmt: skip


def test_people_have_pictures_directly_behind_their_names():
    tv = written(of(images="all"), NEWS)
    actor = tv.find("programme/credits/actor")
    assert (actor.text, actor.get("role")) == ("Bo Sample", "The Captain")
    assert actor.find("image").get("type") == "person"
    assert actor.find("image").text == "https://zpmc.tmsimg.com/assets/990002_v9_aa.jpg"
    assert actor.find("image").tail.isspace()  # Jellyfin passes over what follows at once
    assert written(of(), NEWS).find("programme/credits/actor/image") is None


def test_six_actors_at_most_with_or_without_pictures():
    cast = tuple(credit(name=f"Actor {number}") for number in range(9))
    for images in ("none", "icon", "all"):
        tv = written(of(images=images), NEWS, known=KNOWN._replace(cast=cast))
        assert len(tv.findall("programme/credits/actor")) == 6


def test_the_host_of_the_pictures_is_the_users():
    tv = written(of(images="all", image_host="pics.example:8080"))
    found = [own.get("src") for own in tv.iterfind("programme/icon")]
    found += [own.text for own in tv.iter("image")]
    assert {text.split("/")[2] for text in found} == {"pics.example:8080"}


def test_jellyfin_gets_movies_as_posters():
    movie = MOVIE._replace(image="p900300_i_h9_ab")
    assert "_h9_" in written(of(), movie).find("programme/icon").get("src")
    assert "_v13_" in written(of(profile="jellyfin"), movie).find("programme/icon").get("src")


# Texts


def test_a_title_that_is_safe_in_the_name_of_a_file():
    assert wrong(file_safe, [
        ("Harbor Night Show", "Harbor Night Show"), ("CSI: Harbor", "CSI - Harbor"),
        ("24/7 on the Pier", "24-7 on the Pier"), ('Who Moved "It"?', "Who Moved 'It'"),
        ("A\\B|C<D>E*F", "A-B-CDEF"), ("The End...", "The End"), ("???", "_"), ("Con", "Con_"),
        ("L’Été à Quillmere", "L’Été à Quillmere"),
    ]) == []  # fmt: skip


def test_safe_titles_are_titles_and_subtitles_and_no_descriptions():
    own = NEWS._replace(title="A/B", subtitle="C: D", description="E/F", tms_id="")
    safe = [shown(tag, own, safe_titles=True) for tag in ("title", "sub-title", "desc")]
    assert safe == [["A-B"], ["C - D"], ["E/F"]]
    assert shown("title", own) == ["A/B"]


def test_a_template_makes_the_description():
    template = r"{number} {description}[ ({year})][ {rating}.][\n{flags}.][ {cast}]"
    plain = "The band misses the boat and plays on the pier."
    assert shown("desc", NEWS) == [plain]
    assert shown("desc", NEWS, description_template=template) == [
        f"S03E17 {plain} (2025) TV-14.\nNew, Live, Premiere, Finale. Bo Sample, Ada Example"
    ]


def test_a_template_names_a_flag_once_that_both_answers_have():
    known = KNOWN._replace(episodes=(episode(flags=("New", "Premiere", "Finale")),))
    own = NEWS._replace(flags=("New", "Premiere"))
    assert shown("desc", own, known, description_template="{flags}") == ["New, Premiere, Finale"]


# Channels


def test_the_ids_of_channels_as_another_grabber_writes_them():
    for scheme, form in CHANNEL_IDS.items():
        tv = written(of(channel_id=scheme))
        expected = form.format(id="90001", number="4.1")
        assert tv.find("channel").get("id") == expected
        assert {own.get("channel") for own in tv.findall("programme")} == {expected}
        assert scheme == "station" or re.fullmatch(r"[-a-zA-Z0-9]+(\.[-a-zA-Z0-9]+)+", expected)


def test_mythtv_finds_the_number_at_the_third_place_and_the_type_first():
    tv = written(of(profile="mythtv"))
    assert texts(tv, "channel/display-name") == ["WZZZDT", "WZZZDT", "4.1"]
    first = [own.find("category").text for own in tv.findall("programme")]
    assert first == ["series", "series", "series", "movie", "sports"]


def test_the_live_element_follows_new():
    tags = [own.tag for own in written(of(live_element=True), NEWS).find("programme")]
    assert tags[tags.index("new") + 1] == "live"


# Classes


def test_a_match_has_no_numbers_whatever_the_source_says():
    tv = written(of(), MATCH, known=KNOWN._replace(genres=("Soccer",)))
    systems = [own.get("system") for own in tv.iter("episode-num")]
    assert systems == ["dd_progid", "original-air-date"]
    assert texts(tv, "programme/category")[:2] == ["Sports event", "Sports"]


def test_advertising_is_shopping():
    own = REPEAT._replace(series_id="SH00000001", tms_id="SH000000010000", title="Paid Programming")
    assert shown("category", own, None) == ["Series", "Shopping", "Advertisement / Shopping"]


# Languages

ENGLISH = airing(
    tms_id="", title="The Harbor",
    description="She finds out that the harbor is for sale and that nobody wants to leave.",
)  # fmt: skip


def test_a_programme_has_the_language_of_its_text_or_of_its_station_if_that_is_not_english():
    def languages(own, station_language):
        tv = written(of(), own, language=station_language, known=None)
        tags = {own.tag: own.get("lang") for own in tv.find("programme") if own.get("lang")}
        return tags, texts(tv, "programme/language")

    short = airing(tms_id="", title="Quillmere", subtitle="Ulm", description="")
    french = dict.fromkeys(("title", "sub-title", "desc"), "fr")
    assert wrong(languages, [
        (short, "fr", ({"title": "fr", "sub-title": "fr"}, ["fr"])),
        (short, "es", ({"title": "es", "sub-title": "es"}, ["es"])),
        (FRENCH, "es", (french, ["fr"])), (FRENCH, "en", ({}, [])), (FRENCH, "", ({}, [])),
        (ENGLISH, "fr", ({}, [])),
    ]) == []  # fmt: skip
