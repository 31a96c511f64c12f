"""What the service shows by itself: notifications, the bar in the corner, Kodi's log."""

import errno
import logging
import os
import re
import time

import pytest

from gracenote2epg import errors
from gracenote2epg.downloader.monitor import Statistics, TypeStatistics
from gracenote2epg.util import files
from support import estuary
from support.builders import DAY, HOUR
from support.kodi_addon import HERE, Grabs, classes, error_of_kind, ours, publish
from support.tables import wrong

REFUSED = errors.RequestRefused("example.org", "429")
UNREACHABLE = errors.SourceUnreachable("example.org", "no route")

# Failures


@pytest.mark.parametrize(
    "failure",
    [
        errors.SettingError("days", "x", "there", "a number"),
        errors.ChannelError("2.1 is not a station", "2.1"),
        errors.LineupNotFound("that"),
        errors.EmptyGuide("no station"),
        errors.OutputError("/x", "the disk is full"),
        errors.InputFileError("/x", "no XML"),
        errors.NoChannelMatches("no station"),
    ],
)
def test_a_failure_that_needs_the_user_notifies_once(kodi, failure):
    kodi.set(postal_code=HERE)
    assert len(kodi.serve(4.5, failure, failure, failure).at) == 4
    (heading, text), described = kodi.notifications[0], ours("strings").describe_error(failure)
    assert described in (text, f"{heading}: {text}")
    assert len(kodi.notifications) == 1
    assert sum(failure.what in line for line in kodi.lines("WARNING")) == 3


@pytest.mark.parametrize(
    "failure",
    [
        UNREACHABLE,
        REFUSED,
        errors.SourceUnavailable("example.org", "500"),
        errors.Incomplete("It lacks hours", "Wait"),
        errors.WorseGuide("fewer hours"),
        errors.AlreadyRunning("there"),
    ],
)
def test_a_failure_that_passes_is_only_logged(kodi, failure):
    kodi.set(postal_code=HERE)
    kodi.serve(1.5, failure)
    assert kodi.notifications == []
    assert [str(failure) in line for line in kodi.lines("WARNING")] == [True]


def test_a_source_that_refuses_notifies_when_the_guide_is_about_to_end(kodi):
    kodi.set(postal_code=HERE)
    strings, now = ours("strings"), kodi.began + 30
    grabs = Grabs(kodi, REFUSED)
    grabs.guide_lasts = 20 * HOUR
    kodi.serve_backend(grabs, 0.5)
    end = strings.day_and_time(now + 20 * HOUR, now)
    text = f"The guide ends {end}. {strings.describe_error(REFUSED)}"
    assert kodi.notifications == [("TV guide", text)]


@pytest.mark.parametrize("language", ["en_gb", "fr_fr", "es_es"])
def test_a_notification_is_a_short_heading_and_a_line(kodi, language):
    kodi.region = "%I:%M:%S %p"
    kodi.speak(language)
    strings, notifications = ours("strings"), ours("service.notifications")
    for kind in classes():
        notifications.show(strings.describe_error(error_of_kind(kind)))
        error = error_of_kind(kind, "something long in words that tell it all; " * 3)
        if kind is errors.SettingError:
            error = kind("description_template", str(error), "there", "that")
        ends = (0.0, kodi.began + 20 * HOUR)
        texts = [notifications.text_for(error, end, kodi.began) for end in ends]
        for text in filter(None, [strings.describe_error(error), *texts]):
            notifications.show(text)
    notifications.show(strings.localize("settings_lost"))
    assert len(kodi.notifications) > 50
    headings, texts = zip(*kodi.notifications)
    assert [text for text in headings if estuary.width(text, 37) > estuary.CORNER] == []
    assert max(map(len, texts)) <= 80


@pytest.mark.parametrize(
    ("number", "language", "text"),
    [
        (errno.ENOSPC, "en_gb", "The guide cannot be written: the disk is full (/x)"),
        (errno.EACCES, "fr_fr", "Le guide ne peut pas être écrit : Kodi n'en a pas le droit (/x)"),
        (errno.EROFS, "es_es", "No se puede escribir la guía: el disco es de solo lectura (/x)"),
        (errno.EIO, "en_gb", "The guide cannot be written: /x"),
    ],
)
def test_the_systems_reason_is_told_in_kodis_language(kodi, number, language, text):
    kodi.speak(language)
    assert ours("strings").describe_error(errors.OutputError("/x", os.strerror(number))) == text


@pytest.mark.parametrize("value", [None, ""])
def test_a_mistake_without_a_value_names_the_setting_alone(kodi, value):
    error = errors.SettingError("days", value, "the page", "1 to 14")
    assert ours("strings").describe_error(error) == "“Days of listings” is not valid"


def test_a_full_disk_is_told_as_the_writer_of_the_guide_found_it(kodi):
    error, strings = errors.OutputError("/x", files.room_text("/x", 1 << 20)), ours("strings")
    assert "the disk is full (/x)" in strings.describe_error(error)
    assert strings.say(error.cure).startswith("Make room on that disk")


def test_a_source_that_fails_for_days_notifies_once_a_day(kodi):
    kodi.set(postal_code=HERE)
    grabs = Grabs(kodi, *[UNREACHABLE] * 100)
    grabs.guide_lasts = None
    kodi.serve_backend(grabs, 50)
    assert len(kodi.notifications) == 1 + (grabs.at[-1] - grabs.at[0]) // DAY
    assert all(
        "There is no guide. The listings site cannot" in text for _, text in kodi.notifications
    )


@pytest.mark.parametrize("between", [None, errors.Incomplete("It lacks hours", "Wait")])
def test_a_failure_that_comes_back_after_a_guide_notifies_again(kodi, between):
    kodi.set(postal_code=HERE, interval=1)
    full = errors.OutputError("/x", "the disk is full")
    ends = [full, full, between, full]

    def grab(config, stop):
        publish(config)
        error = ends.pop(0)
        if error:
            raise error

    kodi.serve_with(grab, hours=3.5)
    assert ends == []
    assert len(kodi.notifications) == 2


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UNREACHABLE, "The listings site cannot be reached"),
        (errors.AlreadyRunning("there"), "Another download is "),
        (errors.LineupNotFound("that"), "The listings site does not know"),
        (ZeroDivisionError("by 0"), "This did not work"),
        (errors.Stopped(), None),
    ],
)
def test_the_failure_of_a_run_that_was_asked_for_notifies_each_time(kodi, error, text):
    kodi.set(postal_code=HERE)
    for hour in (2, 3):
        kodi.after(hour * HOUR, kodi.ask, "run_now")
    kodi.serve(3.5, None, error, error)
    assert [shown.startswith(text) for _, shown in kodi.notifications] == [True] * 2 * bool(text)


# Texts


def new_york(text):
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M"))


def test_days_are_named_as_people_say_it(kodi):
    def text(now, at):
        return ours("strings").day_and_time(new_york(at), new_york(now))

    assert not wrong(
        text,
        [
            ("2026-11-24 09:05", "2026-11-24 00:00", "00:00"),
            ("2026-11-24 09:05", "2026-11-24 23:59", "23:59"),
            ("2026-11-24 23:59", "2026-11-25 00:01", "tomorrow 00:01"),
            ("2026-11-24 00:01", "2026-11-23 23:59", "yesterday 23:59"),
            ("2026-11-24 09:05", "2026-11-26 00:00", "26/11 00:00"),
            ("2026-12-31 23:59", "2027-01-01 23:59", "tomorrow 23:59"),
            ("2026-10-31 23:59", "2026-11-01 23:59", "tomorrow 23:59"),  # a day of 25 hours
            ("2026-03-08 23:59", "2026-03-07 00:00", "yesterday 00:00"),  # and of 23
        ],
    )


def test_the_time_is_written_as_in_the_users_region(kodi):
    def text(region):
        kodi.region = region
        return ours("strings").time_of_day(new_york("2026-11-24 09:05"))

    assert not wrong(
        text,
        [
            ("%H:%M:%S", "09:05"),
            ("%I:%M:%S %p", "9:05 AM"),
            ("%I%I:%M:%S %p", "9:05 AM"),  # Kodi's for a region that writes 09
            ("%H.%M.%S", "09.05"),
            ("", "09:05"),
        ],
    )


# The bar


def statistics(phase, done=0, tasks=0, probe_at=0.0):
    part = TypeStatistics(settled=done, tasks=tasks)
    return Statistics(
        phase=phase, guide=part, series=part, breaker_reason="HTTP 429", probe_at=probe_at
    )


def test_progress_in_per_cent_and_words(kodi):
    def progress(*values):
        return ours("service.progress").progress(statistics(*values))

    waiting = ours("strings").localize("phase_waiting")
    assert not wrong(
        progress,
        [
            ("lineup", (0, "Looking up the lineup")),
            ("guide", 5, 10, (30, "Downloading the guide 5/10")),
            ("guide", 0, 0, (0, "Downloading the guide ")),
            ("details", 10, 20, (77, "Downloading details 10/20")),
            ("writing", (60, "Writing the guide")),
            ("guide", 1, 10, 7.0, (0, waiting)),
            ("", (0, "Looking up the lineup")),
        ],
    )


def test_a_long_run_shows_its_bar_unless_kodi_plays(kodi, clock):
    bar = ours("service.progress").Bar(at_once=False, clock=clock)
    halfway = statistics("guide", 1, 2)
    kodi.playing = True
    for _ in range(10):
        bar.listener(halfway)
        clock.advance(1.1)
    assert kodi.bars == []
    assert kodi.properties["gracenote2epg.run"] == "Downloading the guide 1/2 (30 %)"
    kodi.playing = False
    bar.listener(halfway)
    bar.listener(halfway)  # too soon for another update
    bar.close()
    assert kodi.bars == [[(30, "Downloading the guide 1/2"), (100, "closed")]]


# Kodi's log


def logged_warnings(kodi, name, *message):
    kodi.serve_with(lambda config, stop: logging.getLogger(name).warning(*message))
    return [line.partition("[service.gracenote2epg] ")[2] for line in kodi.lines("WARNING")]


def test_no_line_holds_the_postal_code(kodi):
    kodi.set(postal_code="j3b 1m4")
    kodi.serve(1, errors.LineupNotFound("the postal code J3B1M4 (typed: j3b 1m4)"))
    text = "\n".join(kodi.lines())
    assert "no lineup for the postal code (postal code) (typed: (postal code))" in text
    assert not re.search("j3b ?1m4", text, re.IGNORECASE)


def test_warnings_of_libraries_are_logged_and_redacted_too(kodi):
    kodi.set(postal_code=HERE)
    message = ("trouble with /grid?postalCode=%s", HERE)
    assert logged_warnings(kodi, "urllib3.connectionpool", *message) == [
        "urllib3.connectionpool: trouble with /grid?postalCode=(postal code)"
    ]


def test_a_line_holds_no_password_and_cannot_pass_for_two(kodi):
    kodi.set(postal_code=HERE, channels_from="http://robin:geheim@tv.lan/list.m3u?token=t0ken5")
    message = "geheim, t0ken5\n[service.gracenote2epg] forged \x1b[2J"
    assert logged_warnings(kodi, "gracenote2epg.kodi.service.run", "%s", message) == [
        "kodi.service.run: (password), (password)\\n[service.gracenote2epg] forged \\x1b[2J"
    ]


@pytest.mark.parametrize(("debug", "level"), [("false", "DEBUG"), ("true", "INFO")])
def test_the_debug_setting_shows_debug_lines(kodi, debug, level):
    before = list(logging.getLogger().handlers)
    kodi.set(postal_code=HERE, debug=debug)
    write = logging.getLogger("gracenote2epg.somewhere").debug
    kodi.serve_with(lambda config, stop: write("one request"))
    assert "[service.gracenote2epg] somewhere: one request" in kodi.lines(level)
    assert logging.getLogger().handlers == before
