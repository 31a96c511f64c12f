"""What each action of the command line does and prints."""

import functools
import os
import sys
from typing import TYPE_CHECKING

from ..clock import Clock
from .stdio import print_err, print_out, send_text

if TYPE_CHECKING:
    from ..config.settings import Config
    from ..grab.run import RunReport
    from .options import Command


MOST_DAYS = 14  # that the source has


# Actions


def _grab(settings: "Config", asked: "Command", clock: Clock) -> int:
    from ..errors import GrabError, Stopped
    from . import grabber, tables

    try:
        report = _download(settings, clock)
    except Stopped:
        raise
    except GrabError:
        # What the player had yesterday is better than nothing, as long as it is not over.
        grabber.send_published(settings, clock)
        raise
    grabber.deliver(settings, report.path)
    if settings.output != "-" and not settings.quiet:
        print_out(tables.format_report(report))
    return 0


def answer(settings: "Config", days: str, clock: Clock) -> int:
    """As a grabber. days: as the caller asks for them, maybe more than there are."""
    from ..errors import Incomplete
    from ..guide import span as guide_span
    from . import grabber

    shown = settings.enable_monitoring
    grabber.run_as_grabber(settings, lambda: _download(settings, clock, shown), clock)
    asked = int(days) if days.isdecimal() else settings.days
    now = clock.now()
    if asked > MOST_DAYS or guide_span.is_too_far(
        guide_span.span(now, asked, settings.offset), now
    ):
        after = f" from day {settings.offset} on" if settings.offset else ""
        raise Incomplete(
            f"Gracenote lists {MOST_DAYS} days, not {asked}{after}", "The guide ends where they end"
        )
    return 0


def _download(settings: "Config", clock: Clock, shown: bool = True) -> "RunReport":
    """One run; ``shown`` says whether anything of it is."""
    from ..grab import run as grab_run
    from . import progress, signals

    screen = sys.stderr if shown else None
    with signals.stop_on_signal() as stop, progress.progress_display(settings, screen) as view:
        if settings.enable_monitoring and settings.monitoring_web_api:
            from ..web.app import run_watched

            return run_watched(settings, stop, view, print_err, clock)
        return grab_run.run(settings, stop, view, clock)


def _serve(settings: "Config", asked: "Command", clock: Clock) -> int:
    from .serve import serve

    return serve(settings, clock)


def _find_lineups(settings: "Config", asked: "Command", clock: Clock) -> int:
    from ..grab import listing
    from . import tables
    from .signals import at_source

    with at_source(settings, clock) as way:
        found = listing.find_lineups(way)
        failure = way.end_error()
    print_out(tables.format_table([tables.LINEUPS, *map(tables.lineup_row, found)]))
    if failure:  # some numbers are missing
        raise failure
    return 0


def _list_stations(settings: "Config", asked: "Command", clock: Clock) -> int:
    from ..grab import listing
    from . import tables
    from .signals import at_source

    with at_source(settings, clock) as way:
        found = listing.list_stations(way)
    print_out(tables.format_stations([station.station for station in found]))
    return 0


def _match(settings: "Config", asked: "Command", clock: Clock) -> int:
    """Show which stations the channels of the players mean, once what is said of some is noted."""
    from ..channels import player_channels
    from ..grab import listing
    from . import tables
    from .signals import at_source

    if not settings.tvh_url and not settings.channels_from:
        raise settings.invalid("tvh_url", "", "an address, or a channels_from: a list to match")
    with at_source(settings, clock) as way:
        known = listing.known_stations(settings, way.store)
        known = known or listing.list_stations(way)
        found = player_channels.load(settings, way.store, way.stop, everything=True, now=True)
        for text in asked.assign:
            found = player_channels.assign(way.store, found, known, text)
    for player in found.all:
        if player.note:
            print_err(player.note)
        print_out(
            tables.format_matches(
                player, found.matches(player, known), [own.station for own in known]
            )
        )
    return 0


def _list_channels(settings: "Config", asked: "Command", clock: Clock) -> int:
    from ..grab import listing
    from ..guide import span as guide_span
    from ..guide.builder import Guide
    from ..xmltv import options as xmltv_options
    from .signals import at_source

    with at_source(settings, clock) as way:
        lineups = listing.lineups_with_stations(way)
        span = guide_span.span(clock.now(), settings.days, settings.offset)
        text = "".join(
            Guide(way.store, lineups, span).channels(xmltv_options.from_config(settings))
        )
    _document(settings, text, clock)
    return 0


def _configure(settings: "Config", asked: "Command", clock: Clock) -> int:
    from ..config import paths
    from . import configure, configure_api
    from .signals import at_source

    look = functools.partial(at_source, clock=clock)
    if asked.action == "configure-api":
        _document(settings, configure_api.stage(settings, asked.stage, look), clock)
    else:
        file = asked.config_file or paths.default_config_file(os.environ)
        talk = configure.Prompt(sys.stdin, sys.stderr)
        configure.configure(settings, file, look, talk, clock)
    return 0


def _document(settings: "Config", text: str, clock: Clock) -> None:
    """To stdout, or to the file that ``--output`` names with the call."""
    from ..errors import OutputError, os_error_text
    from ..util.files import write_text

    if settings.output == "-":
        send_text(text)
        return
    try:
        write_text(settings.output, text, clock.now())
    except OSError as error:
        raise OutputError(settings.output, os_error_text(error)) from error


def _doctor(settings: "Config", asked: "Command", clock: Clock) -> int:
    """Say why the guide is empty; the exit code tells the first step that is broken."""
    import json
    import shutil

    from ..doctor import checks
    from . import signals

    with signals.stop_on_signal() as stop:
        report = checks.run_checks(settings, stop, clock)
    width = min(100, shutil.get_terminal_size((100, 0)).columns)
    print_out(json.dumps(report.as_json(), indent=2) if asked.json else report.text(width))
    return report.exit_code


def _health(settings: "Config", asked: "Command", clock: Clock) -> int:
    from . import guide_reports

    text, code = guide_reports.health(settings, asked.json, clock)
    print_out(text)
    return code


def _diff(settings: "Config", asked: "Command", clock: Clock) -> int:
    from . import guide_reports

    print_out(guide_reports.diff(settings, asked.json, clock))
    return 0


def _restore(settings: "Config", asked: "Command", clock: Clock) -> int:
    from . import guide_reports

    said = guide_reports.restore(settings, asked.restore or "", clock)
    if not settings.quiet:
        print_out(said)
    return 0


def _demo(settings: "Config", asked: "Command", clock: Clock) -> int:
    """Grab a guide of the made-up world into an empty folder."""
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
    own_output = "output" in settings.origins
    days = settings.days if "days" in settings.origins else 3
    latency = 0.13  # seconds, as measured on the real service
    with DemoServer(World(now=clock.now), latency) as server:
        made = dataclasses.replace(
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
            output=settings.output if own_output else os.path.join(folder, "xmltv.xml"),
        )
        if not settings.quiet and settings.output != "-":
            print_out(
                f"Grabbing {days} days of a made-up guide from {server.url}, on this machine."
            )
        code = _grab(made, asked, clock)
    if not settings.quiet and settings.output != "-":
        print_out("\nFor your own guide, with your ZIP or postal code (once: pip install .):")
        print_out(
            "  gracenote2epg --postal 90210        (or: python -m gracenote2epg --postal 90210)"
        )
        print_out("  gracenote2epg --find-lineups --postal 90210        for cable and satellite")
    return code


COMMANDS = {
    "grab": _grab,
    "find-lineups": _find_lineups,
    "list-stations": _list_stations,
    "list-channels": _list_channels,
    "configure": _configure,
    "configure-api": _configure,
    "match": _match,
    "doctor": _doctor,
    "health": _health,
    "diff": _diff,
    "restore": _restore,
    "demo": _demo,
    "serve": _serve,
}
