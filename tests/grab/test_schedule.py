"""When the next run is due."""

import time

from gracenote2epg.grab.schedule import Schedule, next_run
from support.builders import DAY, HOUR, NOW
from support.tables import wrong

EVERY_12_HOURS = Schedule(12 * HOUR, installation_id=5)


def due(schedule, ended_ago, failed):
    """Seconds from now."""
    return next_run(schedule, NOW - ended_ago, failed, NOW) - NOW


def test_a_run_is_due_an_interval_after_the_last_one_and_an_hour_after_a_failure():
    assert not wrong(
        due,
        [
            (EVERY_12_HOURS, HOUR, False, 11 * HOUR),
            (EVERY_12_HOURS, 40 * HOUR, False, -28 * HOUR),
            (EVERY_12_HOURS, 1, True, HOUR - 1),
            (EVERY_12_HOURS._replace(hour=4), 0, True, HOUR),
            (EVERY_12_HOURS._replace(own_minute=True), 0, True, HOUR),
            (EVERY_12_HOURS, -400 * DAY, False, 0),  # the clock was wrong
            (EVERY_12_HOURS._replace(own_minute=True), -400 * DAY, True, 0),
            (EVERY_12_HOURS, -60, False, 12 * HOUR + 60),  # the clock was corrected
        ],
    )


def test_a_run_is_due_in_the_hour_that_the_user_wants():
    def due_at(last, hours):
        ended_at = new_york(last)
        schedule = Schedule(hours * HOUR, 3600 + 605, hour=4)
        return time.strftime(FORM, time.localtime(next_run(schedule, ended_at, False, ended_at)))

    assert not wrong(
        due_at,
        [
            ("2026-01-05 18:00:00", 12, "2026-01-06 04:10:05"),
            ("2026-01-06 04:12:00", 12, "2026-01-07 04:10:05"),
            ("2026-01-06 04:12:00", 24, "2026-01-07 04:10:05"),
            ("2026-01-06 04:12:00", 48, "2026-01-08 04:10:05"),
            ("2026-01-06 03:50:00", 12, "2026-01-07 04:10:05"),  # no two runs within an hour
            ("2026-01-06 02:00:00", 1, "2026-01-06 04:10:05"),
            ("2026-03-07 12:00:00", 12, "2026-03-08 04:10:05"),  # the clocks go forward at two
            ("2026-10-31 12:00:00", 12, "2026-11-01 04:10:05"),  # and back
        ],
    )


FORM = "%Y-%m-%d %H:%M:%S"


def new_york(text):
    return time.mktime(time.strptime(text, FORM))


def test_each_installation_has_its_own_minute():
    for installation_id in (0, 35, 100, 1700, 12 * 3600 - 1, 1 << 30):
        schedule = Schedule(12 * HOUR, installation_id, own_minute=True)
        at = next_run(schedule, NOW, False, NOW)
        assert (at - installation_id) % (12 * HOUR) == 0
        assert 60 < at - NOW <= 12 * HOUR + 60
