"""What is due. All of it is pure: the clock is an argument."""

import time
from calendar import timegm

from gracenote2epg.grab.refresh import due_details, due_windows, missing_hours, windows
from gracenote2epg.gracenote.tasks import GuideTask
from gracenote2epg.guide.span import Showing, TimeSpan, span
from gracenote2epg.store.answers import StoredWindow
from support.builders import DAY, HOUR, MINUTE, NOW, lineup

HERE = lineup()


def utc(text):
    return timegm(time.strptime(text, "%Y-%m-%d %H:%M"))


def task(hour, hours=6):
    """A window that begins so many hours from NOW."""
    return GuideTask(HERE, NOW + hour * HOUR, hours)


def had(hour, hours=6, age=HOUR, tba=0):
    """A stored window that was asked so long ago."""
    return StoredWindow(NOW + hour * HOUR, hours, NOW - age, tba)


# The span

NEW_YORK, ST_JOHNS, PHOENIX = "America/New_York", "America/St_Johns", "America/Phoenix"

DAYS = [
    # zone, now, days, offset, begin, end
    # plain days, from local midnight
    (NEW_YORK, "2026-09-12 12:00", 1, 0, "2026-09-12 04:00", "2026-09-13 04:00"),
    (NEW_YORK, "2026-09-13 03:59", 1, 0, "2026-09-12 04:00", "2026-09-13 04:00"),
    (NEW_YORK, "2026-09-13 04:00", 1, 0, "2026-09-13 04:00", "2026-09-14 04:00"),
    (NEW_YORK, "2026-09-12 12:00", 2, 3, "2026-09-15 04:00", "2026-09-17 04:00"),
    (NEW_YORK, "2026-12-30 12:00", 7, 0, "2026-12-30 05:00", "2027-01-06 05:00"),
    # the day that has 25 hours, and the one that has 23
    (NEW_YORK, "2026-11-01 12:00", 1, 0, "2026-11-01 04:00", "2026-11-02 05:00"),
    (NEW_YORK, "2027-03-14 12:00", 1, 0, "2027-03-14 05:00", "2027-03-15 04:00"),
    (NEW_YORK, "2026-10-31 12:00", 7, 0, "2026-10-31 04:00", "2026-11-07 05:00"),
    (NEW_YORK, "2026-10-30 12:00", 1, 3, "2026-11-02 05:00", "2026-11-03 05:00"),
    # asked between the two one o'clocks of that night
    (NEW_YORK, "2026-11-01 05:30", 1, 0, "2026-11-01 04:00", "2026-11-02 05:00"),
    (NEW_YORK, "2026-11-01 06:30", 1, 0, "2026-11-01 04:00", "2026-11-02 05:00"),
    # half an hour off
    (ST_JOHNS, "2026-09-12 12:00", 1, 0, "2026-09-12 02:30", "2026-09-13 02:30"),
    (ST_JOHNS, "2026-11-01 12:00", 1, 0, "2026-11-01 02:30", "2026-11-02 03:30"),
    (ST_JOHNS, "2027-03-14 12:00", 1, 0, "2027-03-14 03:30", "2027-03-15 02:30"),
    # no clock change
    (PHOENIX, "2026-11-01 12:00", 1, 0, "2026-11-01 07:00", "2026-11-02 07:00"),
    (PHOENIX, "2027-03-14 12:00", 1, 0, "2027-03-14 07:00", "2027-03-15 07:00"),
    ("UTC", "2026-09-12 12:00", 1, 0, "2026-09-12 00:00", "2026-09-13 00:00"),
]


def test_the_days_of_a_guide(in_zone):
    wrong = []
    for zone, now, days, offset, begin, end in DAYS:
        in_zone(zone)
        if span(utc(now), days, offset) != TimeSpan(utc(begin), utc(end)):
            wrong.append((zone, now, days, offset))
    assert wrong == []


def test_days_follow_each_other_without_gap_or_overlap_all_year(in_zone):
    for zone in (NEW_YORK, ST_JOHNS, PHOENIX):
        in_zone(zone)
        for day in range(365):
            now = NOW + day * DAY
            today, tomorrow = span(now, 1, 0), span(now, 1, 1)
            assert today.end == tomorrow.begin
            assert span(now, 2, 0) == TimeSpan(today.begin, tomorrow.end)
            assert today.begin <= now < today.end
            assert (today.end - today.begin) // HOUR in (23, 24, 25)


# Windows


def test_windows_are_aligned_to_utc_and_cover_the_span():
    found = windows(HERE, TimeSpan(NOW + 4 * HOUR, NOW + 28 * HOUR), 6, NOW)
    assert found == [task(0), task(6), task(12), task(18), task(24)]


def test_a_span_of_half_hours_is_covered_too():
    found = windows(HERE, TimeSpan(NOW + 5 * HOUR + 1800, NOW + 6 * HOUR + 1800), 3, NOW)
    assert found == [task(3, 3), task(6, 3)]


def test_a_span_that_fits_has_no_window_too_many():
    assert windows(HERE, TimeSpan(NOW + 6 * HOUR, NOW + 12 * HOUR), 6, NOW) == [task(6)]


def test_windows_of_any_length_leave_no_hole():
    wanted = TimeSpan(NOW + 4 * HOUR, NOW + 7 * DAY + 5 * HOUR)
    for hours in range(1, 7):
        found = windows(HERE, wanted, hours, NOW)
        assert found[0].start <= wanted.begin < found[0].stop
        assert found[-1].start < wanted.end <= found[-1].stop
        assert [own.start for own in found[1:]] == [own.stop for own in found[:-1]]
        assert {(own.start % (hours * HOUR), own.hours) for own in found} == {(0, hours)}


def test_nothing_is_asked_that_begins_beyond_what_the_source_has():
    found = windows(HERE, TimeSpan(NOW, NOW + 20 * DAY), 6, NOW + HOUR)
    assert found[-1].start == NOW + 14 * DAY
    assert windows(HERE, TimeSpan(NOW + 15 * DAY, NOW + 16 * DAY), 6, NOW) == []


# Windows that are due

WEEK_OLD = 7 * DAY + HOUR

DUE = [
    ("never had", 0, [], True),
    ("never had and far ahead", 300, [], True),
    ("never had and over", -12, [], True),
    ("had, in the next day", 12, [had(12)], True),
    ("had, begins within the next day", 23, [had(23)], True),
    ("had, begins after the next day", 24, [had(24)], False),
    ("had, runs now", -3, [had(-3)], True),
    ("had, is just over", -6, [had(-6)], False),
    ("had, is over, old and unknown", -12, [had(-12, age=WEEK_OLD, tba=4)], False),
    ("had, far ahead, six days old", 72, [had(72, age=6 * DAY)], False),
    ("had, far ahead, more than a week old", 72, [had(72, age=WEEK_OLD)], True),
    ("had with TBA yesterday", 60, [had(60, age=DAY + HOUR, tba=1)], True),
    ("had with TBA today", 60, [had(60, age=DAY - HOUR, tba=1)], False),
    ("had with TBA, in three days", 72, [had(72, age=2 * DAY, tba=1)], False),
    ("had by halves", 72, [had(72, 3), had(75, 3)], False),
    ("had by halves, one of them old", 72, [had(72, 3), had(75, 3, age=WEEK_OLD)], True),
    ("had by halves, one of them unknown",
     60, [had(60, 3, age=2 * DAY), had(63, 3, age=2 * DAY, tba=1)], True),
    ("only the first half", 72, [had(72, 3)], True),
    ("only the second half", 72, [had(75, 3)], True),
    ("halves and an old whole one",
     72, [had(72, age=WEEK_OLD, tba=9), had(72, 3), had(75, 3)], False),
    ("an old half under a new whole one", 72, [had(72, 3, age=WEEK_OLD, tba=9), had(72)], False),
    ("lengths that overlap its edges", 72, [had(70, 5), had(75, 5)], False),
    ("lengths that leave one hour", 72, [had(70, 5), had(76, 4)], True),
    ("single hours", 72, [had(hour, 1) for hour in range(72, 78)], False),
    ("its neighbours only", 72, [had(66), had(78)], True),
]  # fmt: skip


def test_whether_a_window_is_due():
    found = {name: due_windows([task(hour)], stored, NOW) for name, hour, stored, _ in DUE}
    assert {name: bool(tasks) for name, tasks in found.items()} == {
        name: due for name, _, _, due in DUE
    }


def test_without_refresh_only_what_was_never_had_is_due():
    stored = [had(12), had(72, age=WEEK_OLD, tba=1)]
    tasks = [task(0), task(12), task(72)]
    assert due_windows(tasks, stored, NOW, refresh=False) == [task(0)]


def test_a_run_that_goes_on_asks_for_no_window_that_came_a_short_while_ago():
    due = {
        age: bool(due_windows([task(0)], [had(0, age=age * MINUTE)], NOW, rest=30 * MINUTE))
        for age in (0, 29, 30, -60)
    }
    assert due == {0: False, 29: False, 30: True, -60: True}


def test_unknown_windows_of_the_next_three_days_are_asked_again_beside_what_is_due_anyway():
    stored = [had(hour, age=2 * DAY, tba=1) for hour in (0, 6, 48, 54, 60, 66, 72)]
    found = due_windows([task(hour) for hour in (0, 6, 48, 54, 60, 66, 72, 90)], stored, NOW)
    assert found == [task(hour) for hour in (0, 6, 48, 54, 60, 66, 90)]


def test_the_soonest_window_is_the_first():
    found = due_windows([task(96), task(0), task(48)], [had(0)], NOW)
    assert found == [task(0), task(48), task(96)]


def test_a_daily_refresh_of_a_week_is_about_a_dozen_requests():
    wanted = span(NOW, 7, 0)
    yesterday = windows(HERE, span(NOW - DAY, 7, 0), 6, NOW - DAY)
    stored = [StoredWindow(own.start, own.hours, NOW - DAY, 1) for own in yesterday]
    found = due_windows(windows(HERE, wanted, 6, NOW), stored, NOW)
    assert 5 <= len(found) <= 13


# Missing hours


def test_hours_that_no_answer_covers_are_told_as_stretches():
    tasks = [task(0), task(6), task(12)]
    stored = [had(0, 3), had(4, 2), had(12, 3)]
    found = missing_hours(tasks, stored)
    at = [((begin - NOW) // HOUR, (end - NOW) // HOUR) for begin, end in found]
    assert at == [(3, 4), (6, 12), (15, 18)]


def test_a_stretch_goes_on_over_the_edge_of_windows():
    assert missing_hours([task(0), task(6)], []) == [(NOW, NOW + 12 * HOUR)]


def test_stretches_that_do_not_touch_are_two():
    assert len(missing_hours([task(0), task(12)], [])) == 2


def test_nothing_is_missing_of_what_is_covered_by_halves_or_in_part_twice():
    stored = [had(0, 4, age=30 * DAY), had(3, 6), had(9, 3)]
    assert missing_hours([task(0), task(6)], stored) == []


# Details that are due

EPISODE_DUE = [
    ("never had", "SH1", Showing(NOW + 9 * DAY, False), None, True),
    ("had and nothing new", "SH1", Showing(NOW + HOUR, False), 100 * DAY, False),
    ("new soon, fresh", "SH1", Showing(NOW + HOUR, True), 6 * DAY, False),
    ("new soon, old", "SH1", Showing(NOW + HOUR, True), WEEK_OLD, True),
    ("new just within two days", "SH1", Showing(NOW + 2 * DAY - 1, True), WEEK_OLD, True),
    ("new in two days", "SH1", Showing(NOW + 2 * DAY, True), WEEK_OLD, False),
    ("movie never had", "MV1", Showing(NOW, False), None, True),
    ("movie of last month", "MV1", Showing(NOW, True), 30 * DAY, False),
    ("movie of 119 days", "MV1", Showing(NOW, True), 119 * DAY, False),
    ("movie of 121 days", "MV1", Showing(NOW + 9 * DAY, False), 121 * DAY, True),
]


def test_whether_details_are_due():
    wrong = []
    for name, series_id, showing, age, due in EPISODE_DUE:
        ages = {} if age is None else {series_id: NOW - age}
        if due_details({series_id: showing}, ages, NOW) != [series_id] * due:
            wrong.append(name)
    assert wrong == []


def test_details_are_asked_in_the_order_of_the_screen():
    starts = {"SH3": 5, "MV9": 1, "SH2": 9, "SH1": 5}
    showings = {name: Showing(NOW + start * MINUTE, False) for name, start in starts.items()}
    assert due_details(showings, {}, NOW) == ["MV9", "SH1", "SH3", "SH2"]


def test_details_of_what_is_not_on_are_not_asked():
    assert due_details({}, {"SH1": 0.0}, NOW) == []


def test_a_week_after_the_first_run_the_details_are_asked_again_in_seventh_parts():
    showings = {f"SH{n:08d}": Showing(NOW + HOUR + n, True) for n in range(700)}
    ages = dict.fromkeys(showings, NOW - 8 * DAY)
    del ages["SH00000650"]
    found = due_details(showings, ages, NOW)
    assert found == [f"SH{n:08d}" for n in (*range(100), 650)]


def test_a_seventh_of_a_few_is_not_fewer_than_fifty():
    showings = {f"SH{n:08d}": Showing(NOW + HOUR + n, True) for n in range(60)}
    assert len(due_details(showings, dict.fromkeys(showings, NOW - 8 * DAY), NOW)) == 50
