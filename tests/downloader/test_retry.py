"""What follows a failed request, as tables."""

from gracenote2epg.downloader import retry
from gracenote2epg.downloader.jobs import Job
from gracenote2epg.downloader.retry import MAX_EMPTY, OUTAGE_FAILURES, Streak
from gracenote2epg.gracenote.tasks import ProvidersTask
from support.tables import wrong
from support.virtual_time import BAD, GONE, NO_LINEUP, OVERLOADED, UNREACHABLE, series, windows

(WINDOW,), (DETAILS,) = windows(1), series(1)
HOUR = WINDOW._replace(hours=1)
PROVEN = Streak(proven=True)
EMPTY = BAD._replace(status=200)


def test_what_is_requested_next():
    def next_jobs(task, outcome, attempt=1, streak=PROVEN, is_half=False, is_open=False):
        job = Job(task, 0, attempt, is_half)
        jobs = retry.next_jobs(job, outcome, streak, is_open)
        return [getattr(job.task, "hours", 0) or job.attempt for job in jobs]

    empty = PROVEN._replace(empty=OUTAGE_FAILURES + 1)
    assert wrong(next_jobs, [
        (WINDOW, BAD, [3, 3]), (WINDOW, BAD, 1, PROVEN, True, []),
        (WINDOW, EMPTY, 1, PROVEN, True, [3, 3]), (WINDOW, EMPTY, 1, Streak(), True, []),
        (WINDOW, EMPTY, 1, empty, []), (WINDOW, GONE, []), (WINDOW, NO_LINEUP, []),
        (HOUR, EMPTY, [1]), (HOUR, EMPTY, 2, []), (HOUR, EMPTY, 2, PROVEN, False, True, [1]),
        (DETAILS, EMPTY, []), (DETAILS, BAD, [2]), (DETAILS, BAD, 2, []),
        (DETAILS, UNREACHABLE, 2, [3]), (DETAILS, UNREACHABLE, 3, []),
        (DETAILS, OVERLOADED, 5, [6]), (DETAILS, OVERLOADED, 6, []),
    ]) == []  # fmt: skip


def test_what_ends_the_run():
    def end(task, outcome, *streak):
        made = retry.run_end(task, outcome, Streak(*streak))
        return made and made.verdict.name

    moved = GONE._replace(status=301)
    assert wrong(end, [
        (DETAILS, EMPTY, True, 0, MAX_EMPTY, "NOT_ATTEMPTED"),
        (DETAILS, GONE, False, 0, MAX_EMPTY, "NOT_ATTEMPTED"),
        (DETAILS, EMPTY, True, 0, MAX_EMPTY - 1, None), (WINDOW, EMPTY, True, 0, MAX_EMPTY, None),
        (WINDOW, BAD, True, 99, None), (WINDOW, moved, "GONE"), (WINDOW, GONE, None),
        (WINDOW, UNREACHABLE, False, 3, "UNREACHABLE"),
        (WINDOW, BAD, False, 5, None), (WINDOW, BAD, False, 6, "BAD"),
    ]) == []  # fmt: skip


def test_a_streak_counts_failures_and_empty_responses_apart():
    assert PROVEN.failed(WINDOW, UNREACHABLE) == Streak(True, 1, 0)
    assert PROVEN.failed(WINDOW, EMPTY) == Streak(True, 0, 1)
    assert Streak().failed(WINDOW, EMPTY) == Streak(False, 1, 1)
    assert Streak().failed(DETAILS, EMPTY) == Streak(False, 0, 1)
    assert PROVEN.failed(DETAILS._replace(asked_in_vain=True), EMPTY) == PROVEN
    assert Streak(False, 3, 2).succeeded(WINDOW) == PROVEN
    assert Streak().succeeded(ProvidersTask("USA", "90210")) == Streak()
