"""A guide that is clearly worse than the one that is there does not replace it."""

import os
import threading

import pytest

from gracenote2epg.errors import Stopped, WorseGuide
from gracenote2epg.guide.publish import why_worse
from gracenote2epg.guide.published import covers, guide_end, published
from gracenote2epg.guide.summary import SLOT
from support.builders import DAY, HOUR, NOW
from support.place import HEAD, Place, document, summary

SCORES = {"known": 60 * HOUR, "described": 80, "numbered": 40}  # of a guide, in each slot


def refused(place, **changes):
    """Why the guide with these changes is refused; the old one stays."""
    before = place.bytes
    with pytest.raises(WorseGuide) as caught:
        place.put("worse", **changes)
    assert caught.value.exit_code == 6
    assert (place.bytes, place.names) == (before, [os.path.basename(place.path)])
    return str(caught.value)


def is_published(place, **changes):
    place.put("new", **changes)
    assert place.text == "new"


def test_a_clearly_smaller_guide_is_refused_again_and_again(store, place):
    place.put("old")
    for changes, words in (
        ({"stations": 8}, "8 stations from now on, and it had 10"),
        ({"hours": 53}, "424 hours from now on, and it had 480"),
        ({"slots": 7}, "420 hours from now on, and it had 480"),
        ({"detailed": 89}, "712 programmes with details from now on, and it had 800"),
        ({"stations": 0, "slots": 0}, "0 stations"),
    ):
        for _ in range(2):  # it is still compared with the good one
            assert words in refused(place, **changes)
    assert published(store, place.path)["summary"]["programmes"] == 500


def test_the_error_names_the_stations_that_are_lost_and_how_to_insist(place):
    place.put(stations=20)
    said = refused(place, stations=9)
    assert "it lacks W9, W10, W11, W12, W13, W14, W15, W16 and 3 more" in said
    assert "--force" in said


def test_a_guide_that_says_clearly_less_is_refused(place):
    place.put(**SCORES)
    for changes, words in (
        ({"known": 50 * HOUR}, "400 hours that are not TBA from now on, and it had 480"),
        ({"described": 71}, "568 programmes with a description from now on, and it had 640"),
        ({"numbered": 35}, "280 episodes with a number from now on, and it had 320"),
    ):
        assert words in refused(place, **{**SCORES, **changes})


def test_a_guide_that_is_as_good_within_a_tenth_is_published(store, place):
    less = {"known": 54 * HOUR, "described": 72, "numbered": 36}
    for changes in (
        {}, {"stations": 9}, {"hours": 54}, {"detailed": 90}, {"stations": 99, "slots": 99}, less,
    ):  # fmt: skip
        place.store.delete_fact(f"published {place.path}")
        place.put("old", whole=True, **SCORES)
        is_published(place, **{**SCORES, **changes})


def test_what_an_older_version_did_not_count_is_not_compared(store, place):
    place.put("old", **SCORES)
    fact, at = store.fact(f"published {place.path}")
    for name in ("known", "described", "numbered", "lacking"):
        del fact["summary"][name]
    stations = fact["summary"]["stations"]
    fact["summary"]["stations"] = {name: row[:4] for name, row in stations.items()}
    store.set_fact(f"published {place.path}", fact, at)
    is_published(place, known=0, described=0, numbered=0)


# The comparison itself


def test_the_user_says_how_much_less_is_worse():
    refusals = [
        bool(why_worse(summary(), summary(stations=8), NOW, least)) for least in (100, 81, 80)
    ]
    assert refusals == [True, True, False]
    assert why_worse(summary(), summary(stations=0, slots=0), NOW, 0) == ""


def test_what_the_source_has_no_more_is_accepted_within_some_days():
    """A week of which a fifth lacks a description stands against a week that grows shorter."""
    old, less = summary(**SCORES), {**SCORES, "described": 64}
    assert why_worse(old, summary(**less), NOW)
    later = NOW + 2 * SLOT
    moved = summary(later, **less)._replace(days=old.days, stations=old.stations)
    assert why_worse(old, moved, later) == ""


def test_a_guide_of_a_clock_that_was_a_day_ahead_is_replaced():
    """It had hours that the right day's guide does not have."""
    old = summary(NOW + DAY)._replace(stations=summary().stations, detailed=summary().detailed)
    assert why_worse(old, summary(hours=54), NOW) == ""
    assert "hours" in why_worse(old, summary(slots=3), NOW)


def test_only_what_is_still_to_come_is_compared():
    old, later = summary(slots=8), NOW + SLOT
    new = summary(later, slots=7)._replace(stations=old.stations, days=old.days)  # no first slot
    assert why_worse(old, new, later) == ""
    assert "hours" in why_worse(old, new, NOW)
    assert why_worse(old, summary(stations=0, slots=0), NOW + 9 * SLOT) == ""


def test_stations_that_have_ended_do_not_count():
    old = summary()
    ended = {name: old.stations[name]._replace(end=NOW + DAY) for name in "01"}
    new = old._replace(stations={**old.stations, **ended})
    assert why_worse(old, new, NOW + HOUR) == ""
    told = "8 stations from now on, and it had 10; it lacks W0, W1"
    assert why_worse(old, new, NOW + DAY) == told


# What is not compared


def test_guides_for_something_else_or_in_another_place_are_not_compared(store, place, tmp_path):
    place.put("old", asked="seven days")
    is_published(Place(store, tmp_path / "other.xml"), stations=1)
    is_published(place, stations=1, asked="one day")


@pytest.mark.parametrize("content", [None, "", HEAD + "theirs"])
def test_a_guide_that_was_deleted_or_overwritten_is_not_compared(store, place, content):
    place.put("old and long")
    os.remove(place.path)
    if content is not None:
        with open(place.path, "w") as file:
            file.write(content)
    assert published(store, place.path) is None
    assert not covers(store, place.path, 0)
    is_published(place, stations=1)


def test_a_guide_whose_file_was_only_touched_is_compared(place):
    place.put("old")
    os.utime(place.path, (0, 0))
    refused(place, stations=1)


# Where nothing is known of the guide that is there


@pytest.fixture(name="unknown")
def _unknown(place):
    """A file of ten stations with eight described programmes each, of six hours."""
    starts = range(place.slot, place.slot + 8 * SLOT, SLOT)
    shown = [(start, start + SLOT, "A", "", True) for start in starts]
    os.mkdir(os.path.dirname(place.path))
    with open(place.path, "w") as file:
        file.write(document({f"{number}.x": shown for number in range(10)}))
    return place


def test_a_guide_that_lacks_something_does_not_replace_a_clearly_better_file(unknown):
    for changes, words in (
        ({"stations": 8}, "8 stations from now on, and it had 10; it lacks W8, W9"),
        ({"slots": 7}, "420 hours from now on, and it had 480"),
        ({"described": 8}, "64 programmes with a description from now on, and it had 80"),
    ):
        assert words in refused(unknown, **{"described": 10, **changes})
    is_published(unknown, stations=8, worse_below=0)


def test_a_guide_that_lacks_something_but_is_as_good_replaces_it(unknown):
    is_published(unknown, described=9)


def test_a_whole_guide_replaces_any_file(unknown):
    """The user may have chosen other channels, or come from another grabber."""
    is_published(unknown, stations=1, whole=True)


@pytest.mark.parametrize("harm", [lambda text: text[:-20], lambda text: "<tv></tv>", lambda _: ""])
def test_a_file_that_cannot_be_read_is_replaced(unknown, harm):
    content = harm(HEAD + unknown.text)
    with open(unknown.path, "w") as file:
        file.write(content)
    is_published(unknown, stations=1)


def test_a_stop_ends_the_reading_of_a_file(unknown):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        unknown.put(pieces=iter(()), stop=stop)


def test_where_the_guide_ends_the_file_tells(store, unknown):
    assert guide_end(store, unknown.path) == unknown.slot + 8 * SLOT
    os.truncate(unknown.path, 0)
    assert guide_end(store, unknown.path) == 0
