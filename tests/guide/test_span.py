"""The days of a guide, also where clocks change."""

import time
from calendar import timegm

from gracenote2epg.guide.span import TimeSpan, is_too_far, midnights, span
from support.builders import HOUR
from support.tables import wrong

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


def utc(text):
    return timegm(time.strptime(text, "%Y-%m-%d %H:%M"))


def test_the_days_of_a_guide(in_zone):
    def span_in(zone, now, days, offset):
        in_zone(zone)
        return span(utc(now), days, offset)

    rows = [(*given, TimeSpan(utc(begin), utc(end))) for *given, begin, end in DAYS]
    assert wrong(span_in, rows) == []


def test_a_day_in_which_the_clocks_change_is_one_day(in_zone):
    in_zone(NEW_YORK)
    for noon, hours in (("2026-11-01 12:00", 25), ("2027-03-14 12:00", 23)):
        days = midnights(span(utc(noon), 3, -1))
        assert [(end - begin) / HOUR for begin, end in zip(days, days[1:])] == [24, hours, 24]


def test_the_hour_of_a_clock_change_is_no_day_too_many(in_zone):
    in_zone(NEW_YORK)
    now = utc("2026-10-31 04:34")  # just after midnight
    assert [is_too_far(span(now, 14, offset), now) for offset in (1, 2)] == [False, True]
