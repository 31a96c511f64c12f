"""A guide that is clearly worse than the published one does not replace it."""

import os

import pytest

from gracenote2epg.clock import TWO_RUNS
from gracenote2epg.errors import WorseGuide
from gracenote2epg.guide.comparison import Loss, find_losses, is_believed
from gracenote2epg.guide.published import guide_end, published
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


def why_worse(old, new, now=NOW, percent=90):
    """The first loss; "" = none."""
    return next((loss.text for loss in find_losses(old, new, now, percent)), "")


def test_the_user_chooses_how_much_less_is_worse():
    refusals = [bool(why_worse(summary(), summary(stations=8), percent=n)) for n in (100, 81, 80)]
    assert refusals == [True, True, False]
    assert why_worse(summary(), summary(stations=0, slots=0), percent=0) == ""


def test_hours_beyond_the_new_guides_days_do_not_count():
    """The old guide was made while the clock was a day ahead."""
    old = summary(NOW + DAY)._replace(stations=summary().stations, detailed=summary().detailed)
    assert why_worse(old, summary(hours=54)) == ""
    assert "hours" in why_worse(old, summary(slots=3))


def test_a_new_day_does_not_pay_for_what_is_lost_of_today():
    """Not even where one slot loses and the rest of the old guide's days gains."""
    old = summary()
    longer = summary(slots=12)._replace(days=[NOW, NOW + 12 * SLOT])
    full = dict.fromkeys(range(NOW, NOW + 12 * SLOT, SLOT), 70 * HOUR)
    for slot, kept in ((0, 53), (1, 0), (3, 53)):
        new = longer._replace(seconds={**full, NOW + slot * SLOT: kept * HOUR})
        assert f"{kept} hours from " in why_worse(old, new), slot
    new = longer._replace(seconds={**full, NOW + 5 * SLOT: 53 * HOUR})  # the day after
    assert why_worse(old, new) == ""
    new = longer._replace(seconds={**dict.fromkeys(full, 50 * HOUR), NOW + 11 * SLOT: 999 * HOUR})
    assert why_worse(old, new) == "400 hours from now on, and it had 480"


def test_the_last_evening_is_compared_although_its_slot_is_cut_by_midnight():
    """A day in New York ends at 04:00 UTC, within a slot; the new guide goes on."""
    midnight = NOW + 2 * SLOT + 4 * HOUR
    seconds = {NOW: 60 * HOUR, NOW + SLOT: 60 * HOUR, NOW + 2 * SLOT: 40 * HOUR}
    old = summary(slots=2)._replace(days=[NOW, midnight], seconds=seconds)
    rest = {midnight: 20 * HOUR, NOW + 3 * SLOT: 60 * HOUR}
    for evening, is_worse in ((40, False), (37, False), (35, True), (0, True)):
        parts = {**seconds, NOW + 2 * SLOT: evening * HOUR, **rest}
        new = summary(slots=2)._replace(days=[NOW, midnight, midnight + DAY], seconds=parts)
        assert bool(why_worse(old, new, NOW + 2 * SLOT + HOUR)) == is_worse, evening


def test_small_guides_may_lose_a_little():
    one = {"stations": 1, "hours": 6, "known": 6 * HOUR, "detailed": 2, "described": 2}
    for had, has in ((10, 8), (5, 4), (2, 1)):
        for name in ("numbered", "described", "detailed"):
            old, new = (summary(slots=1, **{**one, name: count}) for count in (had, has))
            assert why_worse(old, new) == "", (name, had, has)
    special = summary(**{**one, "known": 5.5 * HOUR, "detailed": 1, "described": 1})
    assert why_worse(summary(**one), special) == ""
    shorter = summary(**{**one, "hours": 4})
    assert "hours" in why_worse(summary(**one), shorter)


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


# How long a loss is refused


def test_a_poorer_guide_is_believed_after_a_day_and_a_half(place, clock):
    """For each loss the time begins when it is first seen."""
    place.put("old", **SCORES)
    poorer = {**SCORES, "described": 70}
    for slots in (8, 6, 4):  # what is left of two days
        assert "a description" in refused(place, **poorer, slots=slots)
        clock.advance(2 * SLOT)
    assert TWO_RUNS == 6 * SLOT
    assert "episodes" in refused(place, **{**poorer, "numbered": 20}, slots=2)
    accepted(place, **poorer, slots=2)
    refused(place, **{**SCORES, "described": 50}, slots=2)  # from the beginning


def test_lost_hours_are_believed_before_the_guide_runs_dry():
    """Once half of the published guide is over, but not within a day and a half."""
    loss, new = Loss("hours", "fewer hours", True), summary(slots=8)
    for left, hours, believed in ((8, 99, False), (4, 99, False), (3, 36, True), (3, 35, False)):
        old = summary(slots=left)
        assert is_believed(loss, hours * HOUR, old, new, NOW) == believed, (left, hours)


def test_a_poorer_guide_that_reaches_a_day_further_is_published_at_once(place):
    place.put("old", **SCORES)
    refused(place, **{**SCORES, "described": 8, "slots": 10})
    accepted(place, **{**SCORES, "described": 8, "slots": 12})


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
