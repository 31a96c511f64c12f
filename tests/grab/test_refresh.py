"""Which windows and series are due, by tables."""

from gracenote2epg.config.settings import Config
from gracenote2epg.grab import refresh
from gracenote2epg.grab.refresh import due_details, due_windows, missing_hours, windows
from gracenote2epg.gracenote.tasks import GuideTask
from gracenote2epg.guide.span import Showing, TimeSpan, span
from gracenote2epg.store.answers import StoredWindow
from support.builders import DAY, HOUR, MINUTE, NOW, lineup
from support.tables import wrong

HERE = lineup()
WEEK_OLD = 7 * DAY + HOUR


def task(hour, hours=6):
    """A window that begins so many hours from NOW."""
    return GuideTask(HERE, NOW + hour * HOUR, hours)


def tasks(*hours):
    return [task(hour) for hour in hours]


def stored(hour, hours=6, age=HOUR, tba=0):
    """A window whose answer is so many seconds old."""
    return StoredWindow(NOW + hour * HOUR, hours, NOW - age, tba)


# Windows


def test_windows_are_aligned_to_utc_and_cover_the_span_up_to_the_sources_horizon():
    def starts(begin, end, hours):
        wanted = TimeSpan(NOW + int(begin * HOUR), NOW + int(end * HOUR))
        return [(own.start - NOW) // HOUR for own in windows(HERE, wanted, hours, NOW)]

    rows = [
        # begin, end, hours per window, starts of the windows; all in hours from NOW
        (4, 28, 6, [0, 6, 12, 18, 24]),
        (5.5, 6.5, 3, [3, 6]),
        (6, 12, 6, [6]),
        (14 * 24 - 12, 20 * 24, 6, [14 * 24 - 12, 14 * 24 - 6]),
        (15 * 24, 16 * 24, 6, []),
    ]
    assert wrong(starts, rows) == []
    wanted = TimeSpan(NOW, NOW + 20 * DAY)
    assert windows(HERE, wanted, 6, NOW + HOUR)[-1].start == NOW + 14 * DAY


def test_windows_of_any_length_leave_no_hole():
    wanted = TimeSpan(NOW + 4 * HOUR, NOW + 7 * DAY + 5 * HOUR)
    for hours in range(1, 7):
        made = windows(HERE, wanted, hours, NOW)
        assert made[0].start <= wanted.begin < made[0].stop
        assert made[-1].start < wanted.end <= made[-1].stop
        assert [window.start for window in made[1:]] == [window.stop for window in made[:-1]]
        assert {(window.start % (hours * HOUR), window.hours) for window in made} == {(0, hours)}


def test_the_budget_carries_a_first_run_of_14_days_and_5000_series():
    first = len(windows(HERE, span(NOW, 14, 0), 6, NOW)) + 5000
    assert Config().request_budget > 1.1 * first


def test_windows_are_cut_where_hours_are_asked_for_apart():
    def pieces(apart):
        cut = refresh.cut([task(0), task(6)], {NOW + hour * HOUR for hour in apart})
        return [((own.start - NOW) // HOUR, own.hours) for own in cut]

    rows = [
        ((), [(0, 6), (6, 6)]),
        ((2,), [(0, 2), (2, 1), (3, 3), (6, 6)]),
        ((0, 5, 6, 7), [(0, 1), (1, 4), (5, 1), (6, 2), (8, 4)]),
        (tuple(range(6, 12)), [(0, 6), (6, 6)]),
    ]
    assert wrong(pieces, rows) == []


# Windows that are due

DUE = [
    ("never stored", 0, [], True),
    ("never stored and far ahead", 300, [], True),
    ("never stored and past", -12, [], True),
    ("stored, in the next day", 12, [stored(12)], True),
    ("stored, begins within the next day", 23, [stored(23)], True),
    ("stored, begins after the next day", 24, [stored(24)], False),
    ("stored, runs now", -3, [stored(-3)], True),
    ("stored, is just over", -6, [stored(-6)], False),
    ("stored, past, old and TBA", -12, [stored(-12, age=WEEK_OLD, tba=4)], False),
    ("stored, far ahead, six days old", 72, [stored(72, age=6 * DAY)], False),
    ("stored, far ahead, more than a week old", 72, [stored(72, age=WEEK_OLD)], True),
    ("stored with TBA yesterday", 60, [stored(60, age=DAY + HOUR, tba=1)], True),
    ("stored with TBA today", 60, [stored(60, age=DAY - HOUR, tba=1)], False),
    ("stored with TBA, in three days", 72, [stored(72, age=2 * DAY, tba=1)], False),
    ("stored in halves", 72, [stored(72, 3), stored(75, 3)], False),
    ("stored in halves, one of them old", 72, [stored(72, 3), stored(75, 3, age=WEEK_OLD)], True),
    ("stored in halves, one of them TBA",
     60, [stored(60, 3, age=2 * DAY), stored(63, 3, age=2 * DAY, tba=1)], True),
    ("only the first half", 72, [stored(72, 3)], True),
    ("only the second half", 72, [stored(75, 3)], True),
    ("halves and an old whole one",
     72, [stored(72, age=WEEK_OLD, tba=9), stored(72, 3), stored(75, 3)], False),
    ("an old half under a new whole one",
     72, [stored(72, 3, age=WEEK_OLD, tba=9), stored(72)], False),
    ("lengths that overlap its edges", 72, [stored(70, 5), stored(75, 5)], False),
    ("lengths that leave one hour", 72, [stored(70, 5), stored(76, 4)], True),
    ("single hours", 72, [stored(hour, 1) for hour in range(72, 78)], False),
    ("its neighbours only", 72, [stored(66), stored(78)], True),
]  # fmt: skip


def test_whether_a_window_is_due():
    is_due = {name: bool(due_windows(tasks(hour), rows, NOW)) for name, hour, rows, _ in DUE}
    assert is_due == {name: due for name, _, _, due in DUE}


def test_without_refresh_only_windows_with_missing_hours_are_due():
    rows = [stored(12), stored(72, age=WEEK_OLD, tba=1)]
    assert due_windows(tasks(0, 12, 72), rows, NOW, refresh=False) == [task(0)]


def test_an_interrupted_run_does_not_repeat_its_last_requests():
    def is_due(age):
        return bool(due_windows(tasks(0), [stored(0, age=age * MINUTE)], NOW, rest=30 * MINUTE))

    assert wrong(is_due, [(0, False), (29, False), (30, True), (-60, True)]) == []


def test_due_windows_come_soonest_first():
    hours = (0, 6, 48, 54, 60, 66, 72)
    rows = [stored(hour, age=2 * DAY, tba=1) for hour in hours]
    assert due_windows(tasks(90, *hours), rows, NOW) == tasks(*hours[:-1], 90)


def test_a_daily_refresh_of_a_week_is_nine_requests_and_one_for_each_tba_of_three_days():
    """Answers come a few seconds after their run began, and daily runs are a day apart."""
    yesterday = windows(HERE, span(NOW - DAY, 7, 0), 6, NOW - DAY)

    def due(tba, later):
        rows = [StoredWindow(own.start, own.hours, NOW - DAY + later, tba) for own in yesterday]
        return len(due_windows(windows(HERE, span(NOW, 7, 0), 6, NOW), rows, NOW))

    assert wrong(due, [(0, 0, 8), (0, 5, 8), (1, 0, 16), (1, 5, 16), (1, 5 * MINUTE, 16)]) == []


def test_missing_hours_are_joined_to_stretches():
    def missing(starts, rows):
        stretches = missing_hours(tasks(*starts), rows)
        return [((begin - NOW) // HOUR, (end - NOW) // HOUR) for begin, end in stretches]

    rows = [
        ((0, 6, 12), [stored(0, 3), stored(4, 2), stored(12, 3)], [(3, 4), (6, 12), (15, 18)]),
        ((0, 6), [], [(0, 12)]),
        ((0, 12), [], [(0, 6), (12, 18)]),
        ((0, 6), [stored(0, 4, age=30 * DAY), stored(3, 6), stored(9, 3)], []),
    ]
    assert wrong(missing, rows) == []


# Details that are due

DETAILS_DUE = [
    # series, its next airing, whether that is new, age of the details, whether they are due
    ("SH1", 9 * DAY, False, None, True),
    ("SH1", HOUR, False, 90 * DAY, False),
    ("SH1", HOUR, False, 180 * DAY, True),
    ("SH1", HOUR, True, 6 * DAY, False),
    ("SH1", HOUR, True, WEEK_OLD, True),
    ("SH1", 2 * DAY - 1, True, WEEK_OLD, True),
    ("SH1", 2 * DAY, True, WEEK_OLD, False),
    ("MV1", 0, False, None, True),
    ("MV1", 0, True, 30 * DAY, False),
    ("MV1", 0, True, 119 * DAY, False),
    ("MV1", 9 * DAY, False, 121 * DAY, True),
]


def test_whether_details_are_due():
    def is_due(series_id, start, new, age):
        ages = {} if age is None else {series_id: NOW - age}
        return due_details({series_id: Showing(NOW + start, new)}, ages, NOW) == [series_id]

    assert wrong(is_due, DETAILS_DUE) == []
    assert due_details({}, {"SH1": 0.0}, NOW) == []  # no longer in the guide


def test_details_come_in_the_order_of_the_airings():
    starts = {"SH3": 5, "MV9": 1, "SH2": 9, "SH1": 5}
    showings = {name: Showing(NOW + start * MINUTE, False) for name, start in starts.items()}
    assert due_details(showings, {}, NOW) == ["MV9", "SH1", "SH3", "SH2"]


def test_a_run_refreshes_a_seventh_of_the_details_but_at_least_fifty():
    def refreshed(count):
        showings = {f"SH{n:08d}": Showing(NOW + HOUR + n, True) for n in range(count)}
        ages = dict.fromkeys(showings, NOW - 8 * DAY)
        del ages[f"SH{count - 1:08d}"]  # new, so due in any case
        return [int(series_id[2:]) for series_id in due_details(showings, ages, NOW)]

    assert wrong(refreshed, [(700, [*range(100), 699]), (60, [*range(50), 59])]) == []


def test_of_details_that_are_never_new_the_oldest_few_are_refreshed_each_day():
    """Two years: the first run asks for all, and no later day for many of them."""
    showings = {f"SH{number:08d}": Showing(NOW, False) for number in range(360)}
    ages, counts = {}, []
    for day in range(720):
        now = NOW + day * DAY
        due = due_details({name: Showing(now, False) for name in showings}, ages, now)
        ages.update(dict.fromkeys(due, now))
        counts.append(len(due))
        assert min(ages.values()) >= now - 180 * DAY
    assert (counts[0], sum(counts[1:90])) == (360, 0)
    assert max(counts[1:]) <= 16
