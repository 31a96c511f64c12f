"""The command line: options, exit codes, and what each action prints.

Nothing heavy is imported before it is needed: a grabber may be called every minute.
"""

import contextlib
import functools
import logging
import os
import sys
from typing import TYPE_CHECKING, Dict, List, Sequence

from . import GRABBER
from .clock import SYSTEM, Clock
from .introduce import introduction
from .streams import complain, hide, reader_gone, say, send_text

if TYPE_CHECKING:
    from .config import Config
    from .grab import Report
    from .options import Asked


MOST_DAYS = 14  # that the source has
_FORM = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"  # of a line in the log

log = logging.getLogger(__name__)


def main(argv: Sequence[str], clock: Clock = SYSTEM) -> int:
    """Run what ``argv`` asks for; return the exit code. ``argv[0]`` says whether as a grabber."""
    from .errors import GrabError, MissingModule, Stopped
    from .options import read_options
    from .packages import find_kodis

    os.umask(os.umask(0o022) | 0o022)  # Tvheadend's is 0: nobody else shall write what we keep
    as_grabber = os.path.basename(argv[0]).startswith("tv_grab_")
    logging.raiseExceptions = False  # stderr may be a full pipe: that is no reason to die
    logging.captureWarnings(True)  # of packages about each other: no news for who reads stderr
    root = logging.getLogger("gracenote2epg")
    root.addHandler(logging.NullHandler())  # until the settings say where to log
    root.propagate = False
    find_kodis()
    try:
        words = list(argv[1:])
        said = introduction(words)
        if said:
            say(said)
            return 0
        program = GRABBER if as_grabber else "gracenote2epg"
        options, asked = read_options(program, words)
        return _do(options, asked, as_grabber, clock)
    except Stopped as stopped:
        from . import signals

        complain(str(stopped))
        return 128 + signals.seen
    except GrabError as error:
        log.error(str(error))
        complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        return reader_gone()
    except ModuleNotFoundError as error:
        complain(str(MissingModule(error.name or "")))
        return MissingModule.exit_code
    except KeyboardInterrupt:  # before our own handler is there
        return 130
    except Exception:  # the one edge: everything else is a bug, and its story belongs in the log
        log.exception("a bug")
        complain(
            "Unexpected failure, a bug; your guide is as it was. Please report the last lines of"
            f" {_log_file()}"
        )
        return 70


def _do(options: Dict[str, str], asked: "Asked", as_grabber: bool, clock: Clock) -> int:
    days = options.get("days", "")
    if as_grabber:
        _obey_the_contract(options)
    elif asked.action in ("list-channels", "configure-api"):
        options.setdefault("output", "-")  # where the guide goes is no place for these
    settings = _settings(options, asked)
    _start_logging(settings)
    if asked.action == "grab" and as_grabber:
        return _answer(settings, days, clock)
    return _ACTIONS[asked.action](settings, asked, clock)


def _obey_the_contract(options: Dict[str, str]) -> None:
    """Whatever variables and files say: stdout is what a caller of grabbers reads, and stderr is
    for errors. More is for those who ask for it with the call.
    """
    options.setdefault("output", "-")
    for name in ("enable_monitoring", "console"):
        options.setdefault(name, "off")
    if options.get("days", "").isdecimal():  # callers ask for more than there is, to get all
        options["days"] = str(min(int(options["days"]), MOST_DAYS))


def _settings(options: Dict[str, str], asked: "Asked") -> "Config":
    from . import config
    from .errors import SettingError

    file = asked.config_file
    if asked.action.startswith("configure") and file and not os.path.exists(file):
        file = os.devnull  # it is yet to be written
    try:
        return config.read(options, os.environ, file)
    except SettingError as error:
        if asked.action != "configure":
            raise
        complain(str(error))  # which may be what is to be mended now
        return config.read(options, os.environ, os.devnull)


def _start_logging(settings: "Config") -> None:
    """The log file in the data directory, and stderr when asked for."""
    from logging.handlers import RotatingFileHandler

    from . import privacy

    secrets = privacy.of(settings)
    hide(secrets)
    root = logging.getLogger("gracenote2epg")
    root.setLevel(logging.DEBUG if settings.debug else logging.INFO)
    handlers: List[logging.Handler] = []
    with contextlib.suppress(OSError):  # the store will say that the folder cannot be written
        os.makedirs(settings.data_dir, exist_ok=True)
        path = os.path.join(settings.data_dir, "gracenote2epg.log")
        handlers.append(
            RotatingFileHandler(path, maxBytes=1 << 20, backupCount=3, encoding="utf-8", delay=True)
        )
    if settings.console:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(privacy.LogFormat(_FORM, secrets))
        root.addHandler(handler)


# Actions


def _grab(settings: "Config", asked: "Asked", clock: Clock) -> int:
    from . import console, grabber
    from .errors import GrabError, Stopped

    try:
        report = _download(settings, clock)
    except Stopped:
        raise
    except GrabError:
        # What the player had yesterday is better than nothing, as long as it is not over.
        grabber.send_last(settings, clock)
        raise
    grabber.deliver(settings, report.path)
    if settings.output != "-" and not settings.quiet:
        say(console.report(report))
    return 0


def _answer(settings: "Config", days: str, clock: Clock) -> int:
    """As a grabber. days: as the caller asks for them, maybe more than there are."""
    from . import grabber, plan
    from .errors import Incomplete

    shown = settings.enable_monitoring
    grabber.answer(settings, lambda: _download(settings, clock, shown), clock)
    asked = int(days) if days.isdecimal() else settings.days
    now = clock.now()
    if asked > MOST_DAYS or plan.is_too_far(plan.span(now, asked, settings.offset), now):
        after = f" from day {settings.offset} on" if settings.offset else ""
        raise Incomplete(
            f"Gracenote lists {MOST_DAYS} days, not {asked}{after}", "The guide ends where they end"
        )
    return 0


def _download(settings: "Config", clock: Clock, shown: bool = True) -> "Report":
    """One run; ``shown`` says whether anything of it is."""
    from . import console, grab, signals

    screen = sys.stderr if shown else None
    with signals.stopping() as stop, console.view(settings, screen) as view:
        if settings.enable_monitoring and settings.monitoring_web_api:
            from .status import run_watched

            return run_watched(settings, stop, view, complain, clock)
        return grab.run(settings, stop, view, clock)


def _serve(settings: "Config", asked: "Asked", clock: Clock) -> int:
    from .serve import serve

    return serve(settings, clock)


def _find_lineups(settings: "Config", asked: "Asked", clock: Clock) -> int:
    from . import console, lookup
    from .signals import at_source

    with at_source(settings, clock) as way:
        found = lookup.find_lineups(way)
        failure = lookup.why_ended(way)
    say(console.table([console.LINEUPS, *map(console.lineup, found)]))
    if failure:  # some numbers are missing
        raise failure
    return 0


def _list_stations(settings: "Config", asked: "Asked", clock: Clock) -> int:
    from . import channels, console, lookup
    from .signals import at_source

    with at_source(settings, clock) as way:
        found = lookup.list_stations(way)
    say(console.stations([own.station for own in sorted(found, key=channels.by_number)]))
    return 0


def _match(settings: "Config", asked: "Asked", clock: Clock) -> int:
    """Show which stations the channels of the players mean, once what is said of some is noted."""
    from . import console, lookup, players
    from .signals import at_source

    if not settings.tvh_url and not settings.channels_from:
        raise settings.bad("tvh_url", "", "an address, or a channels_from: a list to match")
    with at_source(settings, clock) as way:
        known = lookup.known_stations(settings, way.store)
        known = known or lookup.list_stations(way)
        found = players.read(settings, way.store, way.stop, everything=True, now=True)
        for text in asked.assign:
            found = players.assign(way.store, found, known, text)
    for player in found.all:
        if player.note:
            complain(player.note)
        say(console.matches(player, found.matches(player, known), [own.station for own in known]))
    return 0


def _list_channels(settings: "Config", asked: "Asked", clock: Clock) -> int:
    from . import lookup, plan
    from .guide import Guide
    from .signals import at_source
    from .xmltv import style

    with at_source(settings, clock) as way:
        lineups = lookup.described(way)
        span = plan.span(clock.now(), settings.days, settings.offset)
        text = "".join(Guide(way.store, lineups, span).channels(style.of(settings)))
    _document(settings, text, clock)
    return 0


def _configure(settings: "Config", asked: "Asked", clock: Clock) -> int:
    from . import config, configure, configure_api
    from .signals import at_source

    look = functools.partial(at_source, clock=clock)
    if asked.action == "configure-api":
        _document(settings, configure_api.stage(settings, asked.stage, look), clock)
    else:
        file = asked.config_file or config.default_config_file(os.environ)
        talk = configure.Talk(sys.stdin, sys.stderr)
        configure.configure(settings, file, look, talk, clock)
    return 0


def _document(settings: "Config", text: str, clock: Clock) -> None:
    """To stdout, or to the file that ``--output`` names with the call."""
    from .errors import OutputError, reason
    from .files import write_text

    if settings.output == "-":
        send_text(text)
        return
    try:
        write_text(settings.output, text, clock.now())
    except OSError as error:
        raise OutputError(settings.output, reason(error)) from error


def _doctor(settings: "Config", asked: "Asked", clock: Clock) -> int:
    """Say why the guide is empty; the exit code tells the first step that is broken."""
    import json
    import shutil

    from . import doctor, signals

    with signals.stopping() as stop:
        report = doctor.examine(settings, stop, clock)
    width = min(100, shutil.get_terminal_size((100, 0)).columns)
    say(json.dumps(report.as_json(), indent=2) if asked.json else report.text(width))
    return report.exit_code


def _health(settings: "Config", asked: "Asked", clock: Clock) -> int:
    from . import aftercare

    text, code = aftercare.health(settings, asked.json, clock)
    say(text)
    return code


def _diff(settings: "Config", asked: "Asked", clock: Clock) -> int:
    from . import aftercare

    say(aftercare.diff(settings, asked.json, clock))
    return 0


def _restore(settings: "Config", asked: "Asked", clock: Clock) -> int:
    from . import aftercare

    said = aftercare.restore(settings, asked.restore or "", clock)
    if not settings.quiet:
        say(said)
    return 0


def _demo(settings: "Config", asked: "Asked", clock: Clock) -> int:
    """The real pipeline against the stand-in of the service, from nothing."""
    import dataclasses
    import shutil

    from .config import Config
    from .demo import DemoServer, World

    folder = os.path.join(settings.data_dir, "demo")
    shutil.rmtree(folder, ignore_errors=True)
    own_output = "output" in settings.origins
    days = settings.days if "days" in settings.origins else 3
    with DemoServer(World(now=clock.now), clock=clock.monotonic) as server:
        server.faults.latency = 0.13  # seconds, as measured on the real one
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
            say(f"Grabbing {days} days of a made-up guide from {server.url}, on this machine.")
        code = _grab(made, asked, clock)
    if not settings.quiet and settings.output != "-":
        say("\nFor your own guide, with your ZIP or postal code (once: pip install .):")
        say("  gracenote2epg --postal 90210        (or: python -m gracenote2epg --postal 90210)")
        say("  gracenote2epg --find-lineups --postal 90210        for cable and satellite")
    return code


_ACTIONS = {
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


def _log_file() -> str:
    handlers = logging.getLogger("gracenote2epg").handlers
    files = [getattr(handler, "baseFilename", "") for handler in handlers]
    return next(filter(None, files), "the log")
