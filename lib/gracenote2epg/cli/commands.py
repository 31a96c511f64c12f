"""The commands: what each action does and prints. Each returns the exit code."""

import contextlib
import functools
import os
import sys
from typing import TYPE_CHECKING, Dict, List

from .. import GRABBER
from ..clock import Clock
from .stdio import print_err, print_out, send_text

if TYPE_CHECKING:
    from ..config.settings import Config
    from ..grab.run import RunReport
    from .options import Command

MAX_DAYS = 14  # that the source lists ahead


def _grab(settings: "Config", command: "Command", clock: Clock) -> int:
    from ..errors import GrabError, Stopped
    from . import grabber, tables

    try:
        report = _download(settings, clock)
    except Stopped:
        raise
    except GrabError:
        # Yesterday's guide is better than none, as long as it has not ended.
        grabber.send_published(settings, clock)
        raise
    grabber.deliver(settings, report.path)
    if settings.output != "-" and not settings.quiet:
        print_out(tables.format_report(report))
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
    grabber.run_as_grabber(settings, lambda: _download(settings, clock, visible), clock)
    wanted = int(days) if days.isdecimal() else settings.days
    now = clock.now()
    span = guide_span.span(now, wanted, settings.offset)
    if wanted > MAX_DAYS or guide_span.is_too_far(span, now):
        after = f" from day {settings.offset} on" if settings.offset else ""
        raise Incomplete(
            f"Gracenote lists {MAX_DAYS} days, not {wanted}{after}", "The guide ends where they end"
        )
    return 0


def _download(settings: "Config", clock: Clock, visible: bool = True) -> "RunReport":
    """One run. visible: show its progress on stderr. Raises as ``grab.run`` does."""
    from ..grab import run as grab_run
    from . import progress, signals

    screen = sys.stderr if visible else None
    with signals.stop_on_signal() as stop, progress.progress_display(settings, screen) as show:
        if settings.enable_monitoring and settings.monitoring_web_api:
            from ..web.app import run_watched

            return run_watched(settings, stop, show, print_err, clock)
        return grab_run.run(settings, stop, show, clock)


def _serve(settings: "Config", command: "Command", clock: Clock) -> int:
    from .serve import serve

    return serve(settings, clock)


def _find_lineups(settings: "Config", command: "Command", clock: Clock) -> int:
    from ..grab import listing
    from . import tables
    from .signals import at_source

    with at_source(settings, clock) as source:
        lineups = listing.find_lineups(source)
        failure = source.end_error()
    print_out(tables.format_lineups(lineups))
    if failure:  # some counts are missing
        raise failure
    return 0


def _list_stations(settings: "Config", command: "Command", clock: Clock) -> int:
    from ..grab import listing
    from . import tables
    from .signals import at_source

    with at_source(settings, clock) as source:
        stations = listing.list_stations(source)
    print_out(tables.format_stations(stations))
    return 0


def _match(settings: "Config", command: "Command", clock: Clock) -> int:
    """Apply ``--assign``, then show how player channels match stations."""
    import json

    from ..channels import player_channels
    from ..doctor import tvheadend_checks
    from ..errors import UsageError
    from ..grab import listing
    from . import tables
    from .signals import at_source

    with at_source(settings, clock) as source:
        store = source.store
        is_set = settings.tvh_url or settings.channels_from
        if not (is_set or player_channels.remembered_players(store)):
            raise UsageError(command.program, "--match needs --channels-from or --tvh-url")
        stations = listing.known_stations(settings, store) or listing.list_stations(source)
        lists = player_channels.load(settings, store, source.stop, everything=True, now=True)
        for text in command.assign:
            lists = player_channels.assign(store, lists, stations, text)
    rows: List[Dict[str, object]] = []
    for channels in lists.everyone:
        matches = lists.matches(channels, stations)
        if channels.note:
            print_err(channels.note)
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
        guide = Guide(store, lineups, span, players=matches)
        text = "".join(guide.channels(xmltv_options.from_config(settings)))
    _write_document(settings, text, clock)
    return 0


def _configure(settings: "Config", command: "Command", clock: Clock) -> int:
    from ..config import paths
    from ..errors import SettingError
    from . import configure

    file = command.config_file or paths.default_config_file(os.environ)
    if not file:
        allowed = "a file, as this user has no home directory"
        raise SettingError("config_file", "", "the default", allowed)
    prompt = configure.Prompt(sys.stdin, sys.stderr)
    # Who calls a grabber says where its guide goes.
    skip = "output" if command.program == GRABBER else ""
    download = functools.partial(_download, clock=clock)
    configure.configure(settings, file, prompt, clock, download, skip)
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

    from ..doctor import checks
    from . import signals

    prints_guide = command.program == GRABBER
    how_to_run = f"run {command.program}{' > /dev/null' if prints_guide else ''}"
    with signals.stop_on_signal() as stop:
        report = checks.run_checks(settings, stop, clock, how_to_run)
    width = min(100, shutil.get_terminal_size((100, 0)).columns)
    print_out(json.dumps(report.as_json(), indent=2) if command.json else report.text(width))
    return report.exit_code


def _forget_limit(settings: "Config", command: "Command", clock: Clock) -> int:
    from ..downloader import learned_limit
    from ..store.answers import Store
    from ..store.database import RunLock

    with RunLock(settings.data_dir), Store(settings.data_dir, clock) as store:
        limit = learned_limit.slowing(store)
        store.delete_fact(learned_limit.FACT)
    print_out(f"Forgotten: {limit.text}." if limit else "No limit slows the runs.")
    return 0


def _health(settings: "Config", command: "Command", clock: Clock) -> int:
    from . import guide_reports

    text, code = guide_reports.health(settings, command.json, clock)
    print_out(text)
    return code


def _diff(settings: "Config", command: "Command", clock: Clock) -> int:
    from . import guide_reports

    print_out(guide_reports.diff(settings, command.json, clock))
    return 0


def _restore(settings: "Config", command: "Command", clock: Clock) -> int:
    from . import guide_reports

    text = guide_reports.restore(settings, command.restore or "", clock)
    if not settings.quiet:
        print_out(text)
    return 0


def _demo(settings: "Config", command: "Command", clock: Clock) -> int:
    """One run against a simulated source, with an empty data directory."""
    import dataclasses
    import shutil

    from ..config.settings import Config
    from ..errors import GrabError

    try:
        from ..demo.server import DemoServer
        from ..demo.world import World
    except ModuleNotFoundError:
        what = "The made-up source of --demo is not part of the Kodi add-on"
        raise GrabError(what, "Run --demo from a checkout of the sources") from None
    folder = os.path.join(settings.data_dir, "demo")
    shutil.rmtree(folder, ignore_errors=True)
    path = settings.output if "output" in settings.origins else os.path.join(folder, "xmltv.xml")
    days = settings.days if "days" in settings.origins else 3
    visible = not settings.quiet and settings.output != "-"
    latency = 0.13  # seconds, as measured on the real service
    with DemoServer(World(now=clock.now), latency) as server:
        demo = dataclasses.replace(
            settings,
            base_url=server.url,
            data_dir=folder,
            postal_code="90210",
            days=days,
            lineup=(),
            channels=(),
            channels_from="",
            tvh_filter=False,
            affiliate=Config.affiliate,
            offline=False,
            output=path,
        )
        if visible:
            print_out(f"Grabbing {days} days of a made-up guide from {server.url}.")
        code = _grab(demo, command, clock)
    if visible:
        print_out(
            "\nFor your own guide, with your ZIP or postal code (once: pip install .):\n"
            "  gracenote2epg --postal 90210        (or: python -m gracenote2epg --postal 90210)\n"
            "  gracenote2epg --find-lineups --postal 90210        for cable and satellite"
        )
    return code


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
    "health": _health,
    "diff": _diff,
    "restore": _restore,
    "demo": _demo,
    "serve": _serve,
}
