"""A guide that is clearly worse than the published one does not replace it."""

import os

import pytest

from gracenote2epg.errors import WorseGuide
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


def accepted(place, **changes):
    place.put("new", **changes)
    assert place.text == "new"


def test_a_clearly_smaller_guide_is_refused_again_and_again(store, place):
    place.put("old", **SCORES)
    for changes, words in (
        ({"stations": 8}, "8 stations from now on, and it had 10"),
        ({"hours": 53}, "424 hours from now on, and it had 480"),
        ({"slots": 7}, "420 hours from now on, and it had 480"),
        ({"detailed": 89}, "712 programmes with details from now on, and it had 800"),
        ({"stations": 0, "slots": 0}, "0 stations"),
        ({"known": 50 * HOUR}, "400 hours that are not TBA from now on, and it had 480"),
        ({"described": 71}, "568 programmes with a description from now on, and it had 640"),
        ({"numbered": 35}, "280 episodes with a number from now on, and it had 320"),
    ):
        for _ in range(2):  # the second one is still compared with the good one
            assert words in refused(place, **{**SCORES, **changes})
    assert published(store, place.path)["summary"]["programmes"] == 500


def test_the_error_names_the_lost_stations_and_the_option_that_insists(place):
    place.put(stations=20)
    text = refused(place, stations=9)
    assert "it lacks W9, W10, W11, W12, W13, W14, W15, W16 and 3 more" in text
    assert "--force" in text


def test_a_guide_that_is_as_good_within_a_tenth_is_published(store, place):
    less = {"known": 54 * HOUR, "described": 72, "numbered": 36}
    for changes in (
        {}, {"stations": 9}, {"hours": 54}, {"detailed": 90}, {"stations": 99, "slots": 99}, less,
    ):  # fmt: skip
        store.delete_fact(f"published {place.path}")
        place.put("old", is_complete=True, **SCORES)
        accepted(place, **{**SCORES, **changes})


def test_counts_missing_from_an_older_versions_fact_are_not_compared(store, place):
    place.put("old", **SCORES)
    fact, at = store.fact(f"published {place.path}")
    for name in ("known", "described", "numbered", "lacking"):
        del fact["summary"][name]
    stations = fact["summary"]["stations"]
    fact["summary"]["stations"] = {name: row[:4] for name, row in stations.items()}
    store.set_fact(f"published {place.path}", fact, at)
    accepted(place, known=0, described=0, numbered=0)


# The comparison itself


def test_the_user_chooses_how_much_less_is_worse():
    refusals = [bool(why_worse(summary(), summary(stations=8), NOW, n)) for n in (100, 81, 80)]
    assert refusals == [True, True, False]
    assert why_worse(summary(), summary(stations=0, slots=0), NOW, 0) == ""


def test_a_permanent_loss_at_the_source_is_accepted_after_some_time():
    """A week of which a fifth lacks a description, against a week that gets shorter."""
    old, less = summary(**SCORES), {**SCORES, "described": 64}
    assert why_worse(old, summary(**less), NOW)
    later = NOW + 2 * SLOT
    moved = summary(later, **less)._replace(days=old.days, stations=old.stations)
    assert why_worse(old, moved, later) == ""


def test_hours_beyond_the_new_guides_days_do_not_count():
    """The old guide was made while the clock was a day ahead."""
    old = summary(NOW + DAY)._replace(stations=summary().stations, detailed=summary().detailed)
    assert why_worse(old, summary(hours=54), NOW) == ""
    assert "hours" in why_worse(old, summary(slots=3), NOW)


def test_only_the_future_is_compared():
    old, later = summary(slots=8), NOW + SLOT
    new = summary(later, slots=7)._replace(stations=old.stations, days=old.days)  # no first slot
    assert why_worse(old, new, later) == ""
    assert "hours" in why_worse(old, new, NOW)
    assert why_worse(old, summary(stations=0, slots=0), NOW + 9 * SLOT) == ""
    ended = {name: old.stations[name]._replace(end=NOW + DAY) for name in "01"}
    new = old._replace(stations={**old.stations, **ended})
    assert why_worse(old, new, NOW + HOUR) == ""
    lost = "8 stations from now on, and it had 10; it lacks W0, W1"
    assert why_worse(old, new, NOW + DAY) == lost


# Not compared


def test_guides_for_other_settings_or_at_another_path_are_not_compared(store, place, tmp_path):
    place.put("old", made_for="seven days")
    accepted(Place(store, tmp_path / "other.xml"), stations=1)
    accepted(place, stations=1, made_for="one day")


@pytest.mark.parametrize("content", [None, "", HEAD + "theirs"])
def test_a_deleted_or_overwritten_guide_is_not_compared(store, place, content):
    place.put("old and long")
    os.remove(place.path)
    if content is not None:
        place.write(content)
    assert published(store, place.path) is None
    assert not covers(store, place.path, 0)
    accepted(place, stations=1)


def test_a_guide_whose_file_was_only_touched_is_compared(place):
    place.put("old")
    os.utime(place.path, (0, 0))
    refused(place, stations=1)


# Files of unknown origin


@pytest.fixture(name="unknown")
def _unknown(place):
    """A file of ten stations with eight described programmes of six hours each."""
    starts = range(place.slot, place.slot + 8 * SLOT, SLOT)
    programmes = [(start, start + SLOT, "A", "", True) for start in starts]
    place.write(document({f"{number}.x": programmes for number in range(10)}))
    return place


def test_an_incomplete_guide_does_not_replace_a_clearly_better_file(unknown):
    for changes, words in (
        ({"stations": 8}, "8 stations from now on, and it had 10; it lacks W8, W9"),
        ({"slots": 7}, "420 hours from now on, and it had 480"),
        ({"described": 8}, "64 programmes with a description from now on, and it had 80"),
    ):
        assert words in refused(unknown, **{"described": 10, **changes})
    accepted(unknown, stations=8, worse_below=0)


def test_an_incomplete_guide_that_is_as_good_replaces_it(unknown):
    accepted(unknown, described=9)


def test_a_complete_guide_replaces_any_file(unknown):
    """The user may have chosen other channels, or used another grabber before."""
    accepted(unknown, stations=1, is_complete=True)


@pytest.mark.parametrize("harm", [lambda text: text[:-20], lambda text: "<tv></tv>", lambda _: ""])
def test_an_unreadable_file_is_replaced(unknown, harm):
    unknown.write(harm(HEAD + unknown.text))
    accepted(unknown, stations=1)


def test_the_file_itself_tells_where_an_unknown_guide_ends(store, unknown):
    assert guide_end(store, unknown.path) == unknown.slot + 8 * SLOT
    os.truncate(unknown.path, 0)
    assert guide_end(store, unknown.path) == 0
