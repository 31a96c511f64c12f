"""What the user may choose about the guide's text: each option by what it changes in it."""

import re
from xml.etree import ElementTree

import pytest

from support.builders import HOUR, NOW, airing, credit, details, episode, station
from gracenote2epg import config
from gracenote2epg.errors import DataError
from gracenote2epg.xmltv import style
from gracenote2epg.xmltv.style import Style, file_safe
from gracenote2epg.xmltv.vocabulary import CHANNEL_IDS, ELEMENTS, PLAYERS, PROFILES
from gracenote2epg.xmltv.writer import Listing, Programmes, channel

NEWS = airing(
    flags=("New", "Live", "Premiere", "Finale"), tags=("HDTV", "Stereo", "CC"), filters=("talk",)
)
REPEAT = airing(NOW + HOUR)
GENERIC = airing(NOW + 2 * HOUR, tms_id="SH090001000000", generic=True, season="", episode="")
MOVIE = airing(NOW + 3 * HOUR, tms_id="MV090003000000", image="", year="2019", filters=("movie",))
MATCH = airing(
    NOW + 4 * HOUR,
    tms_id="SP090004000001",
    flags=("Live",),
    season="1",
    episode="2",
    filters=("sports",),
)
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
    return style.of(config.override(config.Config(), changes))


def written(how, *airings, language="", known=KNOWN):
    here = Listing(station(language=language), "USA", frozenset())
    text = Programmes(lambda series_id: known, how).text(here, airings or ALL)
    return ElementTree.fromstring(f"<tv>{channel(here, how)}{text}</tv>")


def texts(tv, path):
    return [found.text for found in tv.findall(path)]


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
    assert seen == {element.name for element in ELEMENTS}


def test_the_elements_of_a_programme_come_in_the_order_of_the_table():
    order = [element.name.split(" ")[0] for element in ELEMENTS]
    tv = written(of(images="all", live_element=True), *ALL, FRENCH, language="fr")
    for programme in tv.iter("programme"):
        tags = [own.tag for own in programme]
        assert tags == sorted(tags, key=order.index)


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_writes_what_the_table_says_that_its_player_reads(name):
    found = parts(written(of(profile=name, images="all"), *ALL, FRENCH, language="fr"))
    assert found == of(profile=name, images="all").elements
    letter = PROFILES[name].letter
    unread = {own.name for own in ELEMENTS if own.readers and letter not in own.readers}
    assert not PROFILES[name].whole or found >= unread - {
        "live", "episode-num schedulesdirect.org",
    }  # fmt: skip
    assert PROFILES[name].whole or not found & unread


def test_the_table_names_players_and_settings_that_exist():
    settings = {row.name for row in config.table()}
    for element in ELEMENTS:
        assert set(element.readers) <= set(PLAYERS)
        assert set(element.options) <= settings


def test_the_settings_offer_the_profiles_and_channel_ids_that_there_are():
    assert tuple(PROFILES) == config.PROFILES
    assert tuple(CHANNEL_IDS) == config.CHANNEL_IDS


def test_no_profile_writes_what_xmltv_does_not_have():
    for name in PROFILES:
        assert "live" not in parts(written(of(profile=name)))


# Genres


def test_the_genre_style_both_has_class_genres_and_one_eit_string():
    found = texts(written(of(), NEWS), "programme/category")
    assert found == ["Talk", "Series", "Entertainment", "Talk show"]


def test_the_genre_style_plain_has_gracenotes_words_only():
    tv = written(of(genre_style="plain"), NEWS)
    assert texts(tv, "programme/category") == ["Talk", "Series", "Comedy", "Entertainment"]


def test_the_genre_style_eit_has_the_eit_string_only():
    tv = written(of(genre_style="eit"), NEWS)
    assert texts(tv, "programme/category") == ["Talk show"]
    assert texts(tv, "programme/keyword")[:2] == ["Talk", "Comedy"]


@pytest.mark.parametrize("name", PROFILES)
def test_the_users_genre_style_wins_over_the_profiles(name):
    assert of(profile=name).genre_style == PROFILES[name].genre_style
    assert of(profile=name, genre_style="profile").genre_style == PROFILES[name].genre_style
    for own in ("plain", "eit", "both"):
        assert of(profile=name, genre_style=own).genre_style == own


def test_what_is_special_about_an_airing_is_among_the_keywords():
    found = texts(written(of(), NEWS), "programme/keyword")
    assert found == ["Comedy", "live", "premiere", "season-finale"]
    assert texts(written(of(), REPEAT), "programme/keyword") == ["Comedy"]


def categories(tmp_path, text):
    path = tmp_path / "words.txt"
    path.write_text(text, encoding="utf-8")
    return of(category_map=str(path))


def test_a_file_of_own_categories(tmp_path):
    how = categories(
        tmp_path, "\ufeff# mine\nseries = Show # yes\n\nTalk=\nTALK SHOW = Chat & talk\n"
    )
    found = texts(written(how, NEWS), "programme/category")
    assert found == ["Show", "Entertainment", "Chat & talk"]


def test_two_words_that_become_one_are_there_once_and_no_comma_splits_one(tmp_path):
    how = categories(tmp_path, "Series = Talk, and more\nTalk = talk and more\n")
    found = texts(written(how, NEWS), "programme/category")
    assert found == ["talk and more", "Entertainment", "Talk show"]


@pytest.mark.parametrize("text", ["Series", "= Show", "Series = Show\nnonsense"])
def test_a_bad_line_of_that_file_is_an_error_that_names_it(tmp_path, text):
    with pytest.raises(DataError, match=r"words\.txt.*line \d"):
        categories(tmp_path, text)


def test_a_missing_file_of_categories_is_an_error(tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        of(category_map=str(tmp_path / "nowhere"))


# Pictures


def test_images_none_leave_no_address_of_a_picture():
    tv = written(of(images="none"))
    assert not list(tv.iter("icon")) + list(tv.iter("image"))


def test_images_all_are_typed_and_each_is_there_once():
    tv = written(of(images="all"), NEWS._replace(image="p900100_e_h9_ab"))
    found = [
        (own.get("type"), own.get("orient"), own.text.rsplit("/", 1)[1])
        for own in tv.findall("programme/image")
    ]
    assert found == [
        ("poster", "P", "p900100_b_v13_aa.jpg"),
        ("backdrop", "L", "p900100_i_h9_aa.jpg"),
        ("still", "L", "p900100_e_h9_ab.jpg"),
    ]
    again = written(of(images="all"), NEWS._replace(image="p900100_b_v13_aa"))
    assert len(again.findall("programme/image")) == 2


def test_an_image_of_another_kind_of_id_is_a_still_without_a_shape():
    tv = written(of(images="all"), NEWS._replace(image="GNLZZGG0036K82Q"))
    assert tv.findall("programme/image")[-1].attrib == {"type": "still"}


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


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Harbor Night Show", "Harbor Night Show"),
        ("CSI: Harbor", "CSI - Harbor"),
        ("24/7 on the Pier", "24-7 on the Pier"),
        ('Who Moved "It"?', "Who Moved 'It'"),
        ("A\\B|C<D>E*F", "A-B-CDEF"),
        ("The End...", "The End"),
        ("???", "_"),
        ("Con", "Con_"),
        ("L’Été à Quillmere", "L’Été à Quillmere"),
    ],
)
def test_a_title_that_is_safe_in_the_name_of_a_file(title, expected):
    assert file_safe(title) == expected


def test_safe_titles_are_titles_and_subtitles_and_no_descriptions():
    own = NEWS._replace(title="A/B", subtitle="C: D", description="E/F", tms_id="")
    tv = written(of(safe_titles=True), own)
    found = [texts(tv, f"programme/{name}")[0] for name in ("title", "sub-title", "desc")]
    assert found == ["A-B", "C - D", "E/F"]
    assert texts(written(of(), own), "programme/title") == ["A/B"]


def test_a_template_makes_the_description():
    how = of(
        description_template=r"{number} {description}[ ({year})][ {rating}.][\n{flags}.][ {cast}]"
    )
    assert texts(written(how, NEWS), "programme/desc") == [
        "S03E17 The band misses the boat and plays on the pier. (2025) TV-14.\n"
        "New, Live, Premiere, Finale. Bo Sample, Ada Example"
    ]


def test_a_template_names_a_flag_once_that_both_answers_have():
    known = KNOWN._replace(episodes=(episode(flags=("New", "Premiere", "Finale")),))
    own = NEWS._replace(flags=("New", "Premiere"))
    tv = written(of(description_template="{flags}"), own, known=known)
    assert texts(tv, "programme/desc") == ["New, Premiere, Finale"]


def test_a_description_is_clean_without_a_template():
    (found,) = texts(written(of(), NEWS), "programme/desc")
    assert found == "The band misses the boat and plays on the pier."


# Channels


@pytest.mark.parametrize(("scheme", "form"), CHANNEL_IDS.items())
def test_the_ids_of_channels_as_another_grabber_writes_them(scheme, form):
    tv = written(of(channel_id=scheme))
    expected = form.format(id="90001", number="4.1")
    assert tv.find("channel").get("id") == expected
    assert {own.get("channel") for own in tv.findall("programme")} == {expected}
    assert scheme == "station" or re.fullmatch(r"[-a-zA-Z0-9]+(\.[-a-zA-Z0-9]+)+", expected)


def test_mythtv_finds_the_number_at_the_third_place():
    assert texts(written(of(profile="mythtv")), "channel/display-name") == [
        "WZZZDT",
        "WZZZDT",
        "4.1",
    ]


def test_mythtv_gets_its_type_first():
    found = written(of(profile="mythtv"))
    first = [own.find("category").text for own in found.findall("programme")]
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
    found = texts(written(of(), own, known=None), "programme/category")
    assert found == ["Series", "Shopping", "Advertisement / Shopping"]


# Languages

ENGLISH = airing(
    tms_id="", title="The Harbor",
    description="She finds out that the harbor is for sale and that nobody wants to leave.",
)  # fmt: skip


def languages(tv):
    return {own.tag: own.get("lang") for own in tv.find("programme") if own.get("lang")}


@pytest.mark.parametrize("language", ["fr", "es"])
def test_what_a_french_or_spanish_station_shows_has_its_language(language):
    own = airing(tms_id="", title="Quillmere", subtitle="Ulm", description="")
    tv = written(of(), own, language=language, known=None)
    assert languages(tv) == {"title": language, "sub-title": language}
    assert texts(tv, "programme/language") == [language]


def test_a_programme_in_french_on_a_spanish_station_is_french():
    tv = written(of(), FRENCH, language="es")
    assert set(languages(tv).values()) == {"fr"}


def test_a_programme_that_is_surely_in_english_has_no_language():
    tv = written(of(), ENGLISH, language="fr", known=None)
    assert languages(tv) == {}
    assert texts(tv, "programme/language") == []


@pytest.mark.parametrize("language", ["en", ""])
def test_english_stations_and_unknown_ones_stay_without(language):
    assert languages(written(of(), FRENCH, language=language)) == {}
