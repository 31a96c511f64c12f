"""What follows a failed request, as tables."""

from gracenote2epg.downloader import retry
from gracenote2epg.downloader.jobs import Job
from gracenote2epg.downloader.retry import MAX_EMPTY, OUTAGE_FAILURES, Streak
from gracenote2epg.gracenote.tasks import ProvidersTask
from support.tables import wrong
from support.virtual_time import BAD, GONE, NO_LINEUP, OVERLOADED, UNREACHABLE, series, windows

(WINDOW,), (DETAILS,) = windows(1), series(1)
HOUR = WINDOW._replace(hours=1)
PROVEN = Streak(WINDOW)
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
        (WINDOW._replace(asked_in_vain=True), EMPTY, []),
        (HOUR, EMPTY, [1]), (HOUR, EMPTY, 2, []), (HOUR, EMPTY, 2, PROVEN, False, True, [1]),
        (DETAILS, EMPTY, []), (DETAILS, BAD, [2]), (DETAILS, BAD, 2, []),
        (DETAILS, UNREACHABLE, 2, [3]), (DETAILS, UNREACHABLE, 3, []),
        (DETAILS, OVERLOADED, 2, [3]), (DETAILS, OVERLOADED, 3, []),
        (DETAILS, OVERLOADED, 3, PROVEN, False, True, [3]),  # an outage uses up no attempt
        (WINDOW, OVERLOADED._replace(retry_after=121.0), 1, []),
        (WINDOW, OVERLOADED._replace(retry_after=119.0), 1, [6]),
    ]) == []  # fmt: skip


def test_how_long_a_task_is_set_aside():
    def waited(outcome, attempt, streak, before=0.0):
        job = Job(WINDOW, 0, attempt, waited=before)
        return [job.waited for job in retry.next_jobs(job, outcome, streak, False)]

    later = OVERLOADED._replace(retry_after=47.0)
    assert wrong(waited, [
        (UNREACHABLE, 1, PROVEN, [2.0]), (UNREACHABLE, 2, PROVEN, 2.0, [10.0]),
        (later, 1, PROVEN, [47.0]), (later, 2, PROVEN, 47.0, [94.0]),
        (later._replace(retry_after=0.0), 1, PROVEN, [2.0]), (later, 2, PROVEN, 80.0, []),
        (UNREACHABLE, 2, Streak(None, 2), 1.0, [3.0]),  # the canary
    ]) == []  # fmt: skip


def test_what_ends_the_run():
    def end(task, outcome, *streak):
        made = retry.run_end(task, outcome, Streak(*streak))
        return made and made.verdict.name

    moved = GONE._replace(status=301)
    assert wrong(end, [
        (DETAILS, EMPTY, WINDOW, 0, MAX_EMPTY, "NOT_ATTEMPTED"),
        (DETAILS, GONE, None, 0, MAX_EMPTY, "NOT_ATTEMPTED"),
        (DETAILS, EMPTY, WINDOW, 0, MAX_EMPTY - 1, None),
        (WINDOW, EMPTY, WINDOW, 0, MAX_EMPTY, None),
        (WINDOW, BAD, WINDOW, 99, None), (WINDOW, moved, "GONE"), (WINDOW, GONE, None),
        (WINDOW, moved, WINDOW, 0, 5, None), (WINDOW, moved, WINDOW, 0, 6, "GONE"),
        (DETAILS, moved, WINDOW, 0, 6, "GONE"), (WINDOW, GONE, WINDOW, 0, 6, None),
        (WINDOW, UNREACHABLE, None, 3, "UNREACHABLE"),
        (WINDOW, UNREACHABLE, None, 1, 4, None), (WINDOW, UNREACHABLE, None, 1, 5, "UNREACHABLE"),
        (WINDOW, EMPTY, None, 0, 5, None), (WINDOW, EMPTY, None, 0, 6, "BAD"),
        (DETAILS, EMPTY, None, 0, 6, None),
        (WINDOW, BAD, None, 5, None), (WINDOW, BAD, None, 6, "BAD"),
    ]) == []  # fmt: skip


def test_a_streak_counts_failures_and_empty_responses_apart():
    def failed(task, outcome, streak=PROVEN, attempt=1):
        after = streak.failed(Job(task, 0, attempt), outcome)
        return after.proven, after.failures, after.empty

    assert wrong(failed, [
        (WINDOW, UNREACHABLE, (True, 1, 0)), (WINDOW, EMPTY, (True, 0, 1)),
        (WINDOW, UNREACHABLE, PROVEN, 2, (True, 0, 0)),  # it may be the task that fails
        (WINDOW, UNREACHABLE, Streak(), 2, (False, 1, 0)),
        (WINDOW, EMPTY, Streak(), (False, 0, 1)), (DETAILS, EMPTY, Streak(), (False, 0, 1)),
        (DETAILS._replace(asked_in_vain=True), EMPTY, (True, 0, 0)),
    ]) == []  # fmt: skip
    assert Streak(None, 3, 2).succeeded(WINDOW) == PROVEN
    assert PROVEN.succeeded(ProvidersTask("USA", "90210")) == PROVEN
    assert Streak().succeeded(ProvidersTask("USA", "90210")) == Streak()


def test_what_was_good_before_is_asked_for_again_after_six_denials_in_a_row():
    def control(outcome, before, after, good=WINDOW):
        streaks = Streak(good, 0, before), Streak(good, 0, after)
        job = retry.control(Job(DETAILS, 7), outcome, *streaks)
        return job and (job.task, job.index)

    assert wrong(control, [
        (GONE, 5, 6, (WINDOW, 7)), (GONE, 4, 5, None), (GONE, 6, 7, None),
        (GONE, 6, 6, None),  # series asked in vain before are not counted
        (GONE, 5, 6, None, None), (EMPTY, 5, 6, None),
    ]) == []  # fmt: skip


def test_a_control_that_is_denied_is_a_refusal():
    def judged(status, is_control=True):
        outcome = BAD._replace(status=status)
        return retry.judge(Job(WINDOW, 0, is_control=is_control), outcome).refused

    assert wrong(judged, [(418, True), (404, True), (418, False, False), (200, False), (500, False)
    ]) == []  # fmt: skip
    assert retry.next_jobs(Job(WINDOW, 0, is_control=True), EMPTY, PROVEN, False) == []


def test_after_failures_of_the_source_only_a_window_gets_a_control_request():
    def control(task, outcome, before, after):
        return (
            retry.control(Job(task, 7), outcome, Streak(WINDOW, before), Streak(WINDOW, after))
            is not None
        )

    later = OVERLOADED._replace(retry_after=9.0)
    assert wrong(control, [
        (WINDOW, BAD, 5, 6, True), (WINDOW, UNREACHABLE, 5, 6, True), (DETAILS, BAD, 5, 6, False),
        (WINDOW, BAD, 6, 7, False), (WINDOW, BAD, 2, 3, False), (WINDOW, later, 2, 3, True),
    ]) == []  # fmt: skip
