"""The commands: what each action does and prints. Each returns the exit code."""

import contextlib
import dataclasses
import functools
import os
import sys
import threading
from typing import TYPE_CHECKING, Dict, Iterator, List, Tuple

from .. import GRABBER
from ..clock import Clock
from .stdio import print_err, print_out, send_text

if TYPE_CHECKING:
    from ..channels.stations import GuideStation
    from ..config.settings import Config
    from ..grab.run import RunReport
    from ..grab.source import SourceSession
    from ..store.answers import Store
    from .options import Command

MAX_DAYS = 14  # the source lists no more


def _grab(settings: "Config", command: "Command", clock: Clock) -> int:
    from ..errors import GrabError, Stopped
    from . import grabber, tables

    try:
        report = download(settings, clock)
    except Stopped:
        raise
    except GrabError:
        # Yesterday's guide is better than none, as long as it has not ended.
        grabber.send_published(settings, clock)
        raise
    grabber.deliver(settings, report.path)
    if settings.output != "-" and not settings.quiet:
        print_out(tables.format_report(report))
        if not command.demo:
            from . import save_offer

            save_offer.offer(settings, command.config_file, clock)
    return 0


def run_as_grabber(settings: "Config", days: str, clock: Clock) -> int:
    """Send the guide as a grabber does; return the exit code.

    days: the option as given, which may exceed MAX_DAYS. Raises GrabError; Incomplete if the guide
    was sent, but the source does not list all of these days.
    """
    from ..errors import Incomplete
    from ..guide import span as guide_span
    from . import grabber

    visible = settings.enable_monitoring
    grabber.run_as_grabber(settings, lambda: download(settings, clock, visible), clock)
    wanted = int(days) if days.isdecimal() else settings.days
    now = clock.now()
    span = guide_span.span(now, wanted, settings.offset)
    if wanted > MAX_DAYS or guide_span.is_too_far(span, now):
        after = f" from day {settings.offset} on" if settings.offset else ""
        raise Incomplete(
            f"Gracenote lists {MAX_DAYS} days, not {wanted}{after}", "The guide ends where they end"
        )
    return 0


def download(settings: "Config", clock: Clock, visible: bool = True) -> "RunReport":
    """One run. visible: show its progress on stderr. Raises as ``grab.run`` does."""
    from ..grab import run as grab_run
    from . import progress, signals

    screen = sys.stderr if visible else None
    with signals.stop_on_signal() as stop, progress.progress_display(
        settings, screen, clock
    ) as show:
        if settings.enable_monitoring and settings.monitoring_web_api:
            from ..web.app import run_watched

            return run_watched(settings, stop, show, print_err, clock)
        return grab_run.run(settings, stop, show, clock)


def _web_code(settings: "Config", command: "Command", clock: Clock) -> int:
    from ..web.sessions import kept_code

    fixed = "The setting web_code fixes it: it is not shown."
    print_out(fixed if settings.web_code else kept_code(settings.data_dir, clock.now()))
    return 0


def _find_lineups(settings: "Config", command: "Command", clock: Clock) -> int:
    from ..grab import listing
    from . import tables
    from .signals import at_source

    with at_source(settings, clock) as source:
        _tell_refusals(source, clock)
        lineups = listing.find_lineups(source)
        failure = source.end_error()
    print_out(tables.format_lineups(lineups))
    if failure:  # some counts are missing
        raise failure
    return 0


def _list_stations(settings: "Config", command: "Command", clock: Clock) -> int:
    from . import tables

    with _stations(settings, clock) as (_, stations, _):
        print_out(tables.format_stations(stations))
    print_out(f"{len(stations)} stations; the guide leaves out those without programmes.")
    return 0


def _tell_refusals(source: "SourceSession", clock: Clock) -> None:
    from .progress import Refusals

    source.manager.monitor.listeners.append(Refusals(clock).show)


@contextlib.contextmanager
def _stations(
    settings: "Config", clock: Clock, read_only: bool = True
) -> Iterator[Tuple["Store", "List[GuideStation]", threading.Event]]:
    """The store, the lineups' stations by number, and the stop event. read_only: during
    another run, the stored stations are enough."""
    from ..grab import listing
    from ..store.answers import Store
    from ..store.database import is_running
    from .signals import at_source, stop_on_signal

    settings = _as_last_used(settings, clock)
    if read_only and is_running(settings.data_dir):
        with stop_on_signal() as stop, Store.open_read_only(settings.data_dir, clock) as store:
            stations = listing.known_stations(settings, store)
            if stations:
                yield store, stations, stop
                return
    with at_source(settings, clock) as source:
        _tell_refusals(source, clock)
        stations = listing.known_stations(settings, source.store) or listing.list_stations(source)
        yield source.store, stations, source.stop


def _match(settings: "Config", command: "Command", clock: Clock) -> int:
    """Apply ``--assign``, then show how player channels match stations."""
    import json

    from ..channels import player_channels
    from ..doctor import tvheadend_checks
    from ..errors import UsageError
    from ..store.choices import Choices
    from . import tables

    known = player_channels.remembered_players(Choices(settings.data_dir, clock, read_only=True))
    if not (settings.tvh_url or settings.channels_from or known):
        option = "--assign" if command.assign else "--match"
        raise UsageError(command.program, f"{option} needs --channels-from or --tvh-url")
    with _stations(settings, clock, read_only=not command.assign) as (store, stations, stop):
        lists = player_channels.load(settings, store, stop, everything=True, now=True)
        for text in command.assign:
            lists = player_channels.assign(store.choices, lists, stations, text)
    rows: List[Dict[str, object]] = []
    for channels in lists.everyone:
        matches = lists.matches(channels, stations)
        if channels.note:
            print_err(f"{channels.note}.")
        if command.json:
            rows += tables.matches_as_json(channels, matches, stations)
            continue
        print_out(tables.format_matches(channels, matches, stations))
        if command.assign and channels is lists.tvheadend:
            for sentence in tvheadend_checks.overtaken_links(matches):
                print_out(sentence)
    if command.json:
        print_out(json.dumps(rows, indent=2))
    return 0


def _list_channels(settings: "Config", command: "Command", clock: Clock) -> int:
    from ..channels import player_channels
    from ..channels.kept_channels import kept_channels
    from ..channels.stations import stored_stations
    from ..errors import PlayerError
    from ..grab import listing
    from ..guide import span as guide_span
    from ..guide.builder import Guide
    from ..xmltv import options as xmltv_options
    from .signals import at_source

    with at_source(settings, clock) as source:
        store, lineups = source.store, listing.lineups_with_stations(source)
        span = guide_span.span(clock.now(), settings.days, settings.offset)
        lists, stations = player_channels.ChannelLists(), stored_stations(store, lineups)
        with contextlib.suppress(PlayerError):  # its names are not worth a failure
            lists = player_channels.load(settings, store, source.stop)
        matches = [lists.matches(player, stations) for player in lists.everyone]
        guide = Guide(store, lineups, span, players=matches, kept=kept_channels(store))
        text = "".join(guide.channels(xmltv_options.from_config(settings)))
    _write_document(settings, text, clock)
    return 0


def _configure(settings: "Config", command: "Command", clock: Clock) -> int:
    from ..config import paths
    from ..errors import SettingError
    from ..setup import earlier_grabber
    from . import configure

    file = command.config_file or paths.default_config_file(os.environ)
    if not file:
        allowed = "a file, as this user has no home directory"
        raise SettingError("config_file", "", "the default", allowed)
    if not earlier_grabber.find(os.environ):  # whose place is asked about
        settings = _as_last_used(settings, clock)
    prompt = configure.Prompt(sys.stdin, sys.stderr)
    # The caller of a grabber decides where its guide goes.
    skip = "output" if command.program == GRABBER else ""
    grab = functools.partial(download, clock=clock)
    configure.configure(settings, file, prompt, clock, grab, skip)
    return 0


def _configure_api(settings: "Config", command: "Command", clock: Clock) -> int:
    from . import configure, configure_api
    from .signals import stop_on_signal

    setup = configure.new_setup(settings, clock, configure.NOT_THROUGH_A_PIPE)
    with stop_on_signal() as stop:
        text = configure_api.stage(setup, command.stage, stop)
    _write_document(settings, text, clock)
    return 0


def _write_document(settings: "Config", text: str, clock: Clock) -> None:
    from ..errors import OutputError, os_error_text
    from ..util.files import write_text

    if settings.output == "-":
        send_text(text)
        return
    try:
        write_text(settings.output, text, clock.now())
    except OSError as error:
        raise OutputError(settings.output, os_error_text(error)) from error


def _doctor(settings: "Config", command: "Command", clock: Clock) -> int:
    """Show why the guide is empty; the exit code names the first broken check."""
    import json
    import shutil

    from ..doctor import checks, failures
    from . import signals

    settings = _as_last_used(settings, clock)
    prints_guide = command.program == GRABBER
    how = f"run {command.program}{' > /dev/null' if prints_guide else ''}"
    how_to_run = failures.RUN._replace(english=how)
    with signals.stop_on_signal() as stop:
        report = checks.run_checks(settings, stop, clock, how_to_run)
    width = min(100, shutil.get_terminal_size((100, 0)).columns)
    print_out(json.dumps(report.as_json(), indent=2) if command.json else report.text(width))
    return report.exit_code


def _as_last_used(settings: "Config", clock: Clock) -> "Config":
    """The settings; without a postal code and lineup, with those of the last good run."""
    from ..errors import GrabError
    from ..grab import cooldown
    from ..store.answers import Store

    if settings.postal_code or settings.lineup:
        return settings
    with contextlib.suppress(GrabError), Store.open_read_only(settings.data_dir, clock) as store:
        place = cooldown.last_place(store)
        origins = {**settings.origins, **dict.fromkeys(place, cooldown.LAST_RUN)}
        return dataclasses.replace(settings, **place, origins=origins)
    return settings


def _forget_limit(settings: "Config", command: "Command", clock: Clock) -> int:
    from ..downloader import learned_limit
    from ..store.answers import Store
    from ..store.database import RunLock

    with RunLock(settings.data_dir), Store(settings.data_dir, clock) as store:
        limit = learned_limit.slowing(store)
        store.delete_fact(learned_limit.FACT)
    print_out(f"Forgotten: {limit.sentence}." if limit else "No limit slows the runs.")
    return 0


def _report(settings: "Config", command: "Command", clock: Clock) -> int:
    from . import guide_reports

    report = guide_reports.REPORTS[command.action]
    text, code = report(_as_last_used(settings, clock), command, clock)
    if not (command.action == "restore" and settings.quiet):
        print_out(text)
    return code


def _notify_test(settings: "Config", command: "Command", clock: Clock) -> int:
    """Send a message to each address; the exit code is 1 if one was not sent."""
    from ..errors import UsageError
    from ..grab import notify
    from ..net import notifier
    from . import signals

    if not settings.notify:
        raise UsageError(command.program, "--notify-test needs --notify, or that setting")
    text = "This is a test: messages about your TV guide arrive here."
    message = notifier.Message("test", "TV guide", text)
    with signals.stop_on_signal() as stop:
        sent = notifier.send({address: [message] for address in settings.notify}, stop, clock)
    for address, result in sent.items():
        print_out(f"{notify.label(settings, address)}: {result.failure or 'sent'}")
    return 1 if any(result.failure for result in sent.values()) else 0


COMMANDS = {
    "grab": _grab,
    "find-lineups": _find_lineups,
    "list-stations": _list_stations,
    "list-channels": _list_channels,
    "configure": _configure,
    "configure-api": _configure_api,
    "match": _match,
    "doctor": _doctor,
    "forget-limit": _forget_limit,
    **dict.fromkeys(("health", "tonight", "diff", "restore"), _report),
    "notify-test": _notify_test,
    "web-code": _web_code,
}
