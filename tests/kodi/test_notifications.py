"""What the service tells by itself: notifications, the bar in the corner, Kodi's log."""

import logging
import re
import time

import pytest

from gracenote2epg import errors
from gracenote2epg.downloader.monitor import Statistics, TypeStatistics
from support.builders import DAY, HOUR
from support.kodi_addon import HERE, Grabs, ours, publish

REFUSED, NO_NETWORK = (
    errors.RequestRefused("example.org", "429"),
    errors.SourceUnreachable("example.org", "no route"),
)

# Failures


@pytest.mark.parametrize(
    "failure",
    [
        errors.SettingError("days", "x", "there", "a number"),
        errors.ChannelError(["2.1 is no station"]),
        errors.LineupNotFound("that"),
        errors.EmptyGuide("no station"),
        errors.OutputError("/x", "the disk is full"),
        errors.InputFileError("/x", "no XML"),
        errors.NoChannelMatches("no station"),
    ],
)
def test_a_failure_that_the_user_can_end_is_told_once(kodi, failure):
    kodi.set(postal_code=HERE)
    assert len(kodi.serve(4.5, failure, failure, failure).at) == 4
    ((icon, told),) = kodi.notifications
    assert icon == "warning"
    assert told == ours("strings").describe_error(failure)
    assert sum(failure.what in line for line in kodi.lines("WARNING")) == 3


@pytest.mark.parametrize(
    "failure",
    [
        NO_NETWORK,
        REFUSED,
        errors.SourceUnavailable("example.org", "500"),
        errors.Incomplete("It lacks hours", "Wait"),
        errors.WorseGuide("fewer hours"),
        errors.AlreadyRunning("there"),
    ],
)
def test_a_failure_that_passes_is_not_told(kodi, failure):
    kodi.set(postal_code=HERE)
    kodi.serve(1.5, failure)
    assert kodi.notifications == []
    assert [str(failure) in line for line in kodi.lines("WARNING")] == [True]


def test_a_source_that_refuses_is_told_when_the_guide_ends(kodi):
    kodi.set(postal_code=HERE)
    grabs = Grabs(kodi, REFUSED)
    grabs.guide_lasts = 20 * HOUR
    kodi.serve_backend(grabs, 1)
    ((_, told),) = kodi.notifications
    now, moment = kodi.began + 30, ours("strings").day_and_time
    assert told == (
        f"End of the guide: {moment(now + 20 * HOUR, now)}. The source refuses this address for"
        f" now; next try {moment(now + HOUR, now)}"
    )


def test_since_when_the_source_refuses_is_told_too(kodi):
    kodi.set(postal_code=HERE)
    error = errors.RequestRefused("example.org", "429")
    error.since = kodi.began - DAY
    grabs = Grabs(kodi, error)
    grabs.guide_lasts = 20 * HOUR
    kodi.serve_backend(grabs, 0.5)
    ((_, told),) = kodi.notifications
    since = ours("strings").day_and_time(error.since, kodi.began + 30)
    assert f"{ours('strings').describe_error(error)} since {since}; next" in told


def test_a_source_that_refuses_for_days_is_told_once_a_day(kodi):
    kodi.set(postal_code=HERE)
    grabs = Grabs(kodi, *[NO_NETWORK] * 100)
    grabs.guide_lasts = None
    kodi.serve_backend(grabs, 50)
    days = {(kodi.began + at) // DAY for at in grabs.at}
    assert len(kodi.notifications) - len(days) in (-1, 0, 1)  # a run may be at midnight
    assert all("There is no guide. The source cannot" in told for _, told in kodi.notifications)


def test_a_failure_that_comes_back_is_told_again(kodi):
    kodi.set(postal_code=HERE, interval=1)
    failure = errors.LineupNotFound("that")
    kodi.serve(4.5, failure, failure, None, failure)
    assert len(kodi.notifications) == 2


def test_a_guide_that_lacks_hours_ends_an_earlier_failure(kodi):
    kodi.set(postal_code=HERE, interval=1)
    full = errors.OutputError("/x", "the disk is full")
    ends = [full, errors.Incomplete("It lacks hours", "Wait"), full]

    def grab(config, stop):
        publish(config)
        raise ends.pop(0)

    kodi.serve_with(grab, hours=2.5)
    assert ends == []
    assert len(kodi.notifications) == 2


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (NO_NETWORK, "The source cannot be reached"),
        (errors.AlreadyRunning("there"), "Another download is at work"),
        (errors.LineupNotFound("that"), "The source has no lineup"),
        (ZeroDivisionError("by 0"), "This did not work"),
        (errors.Stopped(), None),
    ],
)
def test_the_end_of_a_run_that_was_asked_for_is_told_each_time(kodi, end, told):
    kodi.set(postal_code=HERE)
    for hour in (2, 3):
        kodi.after(hour * HOUR, kodi.ask, "run_now")
    kodi.serve(3.5, None, end, end)
    assert [text.startswith(told) for _, text in kodi.notifications] == ([True] * 2 if told else [])


def test_success_is_not_told(kodi):
    kodi.set(postal_code=HERE, interval=1)
    assert len(kodi.serve(5).at) == 5
    assert kodi.notifications == []


# Words


def test_the_words_are_in_kodis_language(kodi):
    kodi.speak("fr_ca")
    assert (
        ours("strings").describe_error(errors.SourceUnreachable("x", "y"))
        == "La source est injoignable"
    )
    now = new_york("2026-11-24 09:05")
    assert ours("strings").day_and_time(now + DAY, now) == "demain 09:05"


def test_a_day_is_named_as_people_say_it(kodi):
    moment, failures = ours("strings").day_and_time, []
    for now, at, expected in [
        ("2026-11-24 09:05", "2026-11-24 00:00", "00:00"),
        ("2026-11-24 09:05", "2026-11-24 23:59", "23:59"),
        ("2026-11-24 23:59", "2026-11-25 00:01", "tomorrow 00:01"),
        ("2026-11-24 00:01", "2026-11-23 23:59", "yesterday 23:59"),
        ("2026-11-24 09:05", "2026-11-26 00:00", "2026-11-26 00:00"),
        ("2026-12-31 23:59", "2027-01-01 23:59", "tomorrow 23:59"),
        ("2026-10-31 23:59", "2026-11-01 23:59", "tomorrow 23:59"),  # a day of 25 hours
        ("2026-03-08 23:59", "2026-03-07 00:00", "yesterday 00:00"),  # and of 23
    ]:
        said = moment(new_york(at), new_york(now))
        if said != expected:
            failures.append((now, at, said))
    assert failures == []


def new_york(text):
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M"))


def test_the_time_is_written_as_in_the_users_region(kodi):
    written = {
        "%H:%M:%S": "09:05",
        "%I:%M:%S %p": "9:05 AM",
        "%I%I:%M:%S %p": "9:05 AM",  # as Kodi has it of a region that writes 09
        "%H.%M.%S": "09.05",
        "": "09:05",
    }
    said = {}
    for kodi.region in written:
        said[kodi.region] = ours("strings").time_of_day(new_york("2026-11-24 09:05"))
    assert said == written


# The bar


def statistics(phase, done=0, tasks=0, breaker_reason=""):
    part = TypeStatistics(settled=done, tasks=tasks)
    return Statistics(phase=phase, guide=part, series=part, breaker_reason=breaker_reason)


def test_progress_is_told_in_words(kodi):
    said = {
        ("lineup",): (0, "Looking up the lineup"),
        ("guide", 5, 10): (30, "Downloading the guide 5/10"),
        ("guide", 0, 0): (0, "Downloading the guide "),
        ("details", 10, 20): (77, "Downloading details 10/20"),
        ("writing",): (60, "Writing the guide"),
        ("guide", 1, 10, "HTTP 429"): (0, "The source asks for patience"),
        ("",): (0, "Looking up the lineup"),
    }
    assert {seen: ours("service.progress").progress(statistics(*seen)) for seen in said} == said


def test_a_long_run_shows_itself_unless_something_plays(kodi, clock):
    bar = ours("service.progress").Bar(at_once=False, clock=clock)
    seen = statistics("guide", 1, 2)
    kodi.playing = True
    for _ in range(10):
        bar.listener(seen)
        clock.advance(1.1)
    assert kodi.bars == []
    assert kodi.properties["gracenote2epg.run"] == "Downloading the guide 1/2 (30 %)"
    kodi.playing = False
    bar.listener(seen)
    bar.listener(seen)  # too soon for another change
    bar.close()
    assert kodi.bars == [[(30, "Downloading the guide 1/2"), (100, "closed")]]


# Kodi's log


def warnings_of(kodi, name, *said):
    kodi.serve_with(lambda config, stop: logging.getLogger(name).warning(*said))
    return [
        line.partition(f" {name.rpartition('gracenote2epg.')[2]}: ")[2]
        for line in kodi.lines("WARNING")
    ]


def test_no_line_holds_the_postal_code(kodi):
    kodi.set(postal_code="j3b 1m4")
    failure = errors.LineupNotFound("the postal code J3B1M4 (typed: j3b 1m4)")
    kodi.serve(1, failure)
    text = "\n".join(kodi.lines())
    assert "no lineup for the postal code (postal code) (typed: (postal code))" in text
    assert not re.search("j3b ?1m4", text, re.IGNORECASE)


def test_what_a_library_warns_of_is_marked_and_hidden_too(kodi):
    kodi.set(postal_code=HERE)
    said = warnings_of(kodi, "urllib3.connectionpool", "trouble with /grid?postalCode=%s", HERE)
    assert said == ["trouble with /grid?postalCode=(postal code)"]
    assert kodi.lines("WARNING")[0].startswith("[service.gracenote2epg] urllib3.connectionpool: ")


def test_a_line_holds_no_password_of_an_address_and_cannot_pass_for_two(kodi):
    kodi.set(postal_code=HERE, channels_from="http://robin:geheim@tv.lan/list.m3u?token=t0ken5")
    said = "geheim, t0ken5\n[service.gracenote2epg] forged \x1b[2J"
    assert warnings_of(kodi, "gracenote2epg.somewhere", "%s", said) == [
        "(password), (password)\\n[service.gracenote2epg] forged \\x1b[2J"
    ]


@pytest.mark.parametrize(("debug", "level"), [("false", "DEBUG"), ("true", "INFO")])
def test_the_debug_setting_lifts_debug_lines(kodi, debug, level):
    before = list(logging.getLogger().handlers)
    kodi.set(postal_code=HERE, debug=debug)
    say = logging.getLogger("gracenote2epg.somewhere").debug
    kodi.serve_with(lambda config, stop: say("one request"))
    assert "[service.gracenote2epg] somewhere: one request" in kodi.lines(level)
    assert logging.getLogger().handlers == before
