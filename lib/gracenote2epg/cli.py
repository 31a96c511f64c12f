"""The command line: options, exit codes, stdout and stderr, signals, the grabber contract.

Nothing heavy is imported before it is needed: Tvheadend waits for ``--description`` with its main
lock held, once for every grabber there is.
"""

import contextlib
import logging
import sys
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Optional, Sequence

from . import __version__

if TYPE_CHECKING:
    from .config import Config
    from .lookup import Source
    from .status import Status

DESCRIPTION = "USA/Canada (Gracenote)"
CAPABILITIES = ("baseline",)
GRABBER = "tv_grab_gracenote2epg"

log = logging.getLogger(__name__)


def main(argv: Sequence[str]) -> int:
    """Run what ``argv`` asks for; return the exit code. ``argv[0]`` says whether as a grabber."""
    quick = _quick(argv[1:])
    if quick is not None:
        from .errors import OutputError

        try:
            _say(quick)
        except BrokenPipeError:
            return _reader_gone()
        except OutputError as error:
            _complain(str(error))
            return error.exit_code
        return 0
    return _main(argv[0], list(argv[1:]))


def _quick(words: Sequence[str]) -> Optional[str]:
    """The answers that need nothing: no settings, no network, no file."""
    if "--description" in words:
        return DESCRIPTION
    if "--capabilities" in words:
        return "\n".join(CAPABILITIES)
    if "--version" in words:
        return f"gracenote2epg {__version__}\nThis is {GRABBER} version {__version__}"
    return None


def _main(program: str, words: List[str]) -> int:
    import os

    from .errors import GrabError, MissingModule, Stopped
    from .options import read_options

    os.umask(os.umask(0o022) | 0o022)  # Tvheadend's is 0: nobody else shall write what we keep
    as_grabber = os.path.basename(program).startswith("tv_grab_")
    logging.raiseExceptions = False  # stderr may be a full pipe: that is no reason to die
    root = logging.getLogger("gracenote2epg")
    root.addHandler(logging.NullHandler())  # until the settings say where to log
    root.propagate = False
    try:
        options, action = read_options(GRABBER if as_grabber else "gracenote2epg", words)
        return _ACTIONS[action.pop("action")](_settings(options, action, as_grabber), **action)
    except Stopped as stopped:
        _complain(str(stopped))
        return 128 + _signal_seen
    except GrabError as error:
        log.error(str(error))
        _complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        return _reader_gone()
    except ModuleNotFoundError as error:
        _complain(str(MissingModule(error.name or "")))
        return MissingModule.exit_code
    except KeyboardInterrupt:  # before our own handler is there
        return 130
    except Exception:  # the one edge: everything else is a bug, and its story belongs in the log
        log.exception("a bug")
        _complain(
            "Unexpected failure, a bug; your guide is as it was. Please report the last lines of"
            f" {_log_file()}"
        )
        return 70


# Settings


def _settings(options: Dict[str, str], action: Dict[str, Any], as_grabber: bool) -> "Config":
    import os

    from . import config

    if as_grabber:  # whatever the settings say: stdout is what a caller of grabbers reads
        options.setdefault("output", "-")
    settings = config.read(options, os.environ, action.pop("config_file"))
    _start_logging(settings)
    return settings


def _start_logging(settings: "Config") -> None:
    """The log file in the data directory, and stderr when asked for."""
    import os
    from logging.handlers import RotatingFileHandler

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
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
        root.addHandler(handler)


# Actions


def _grab(settings: "Config") -> int:
    from . import console, grab
    from .errors import GrabError

    stop = _stop_on_signals()
    try:
        with console.view(settings, sys.stderr) as view:
            if settings.enable_monitoring and settings.monitoring_web_api:
                from .status import run_watched

                report = run_watched(settings, stop, view, _complain)
            else:
                report = grab.run(settings, stop, view)
    except GrabError:
        # What the player had yesterday is better than nothing, as long as it is not over.
        if settings.output == "-":
            _copy_to_stdout(settings, still_good=True)
        raise
    if settings.output == "-":
        _copy_to_stdout(settings, still_good=False)
    elif not settings.quiet:
        _say(console.report(report))
    return 0


def _status(settings: "Config") -> "Status":
    from .status import Status

    status = Status(settings)
    if status.notice:
        _complain(status.notice)
    return status


def _serve(settings: "Config") -> int:
    """Stay: grab on a schedule, and serve the page and the guide."""
    from . import console, plan
    from .errors import (
        ChannelError,
        GrabError,
        Incomplete,
        NoLineup,
        NothingChosen,
        PortTaken,
        SettingError,
        Stopped,
    )

    status = _status(settings)
    stop = _stop_on_signals()
    try:
        server = status.server()
    except OSError as error:
        raise PortTaken(settings.monitoring_port, str(error.strerror)) from error
    with server:
        if not settings.quiet:
            _say(f"Serving http://{settings.monitoring_host}:{server.port}/ and /guide.xml there.")
        while not stop.is_set():
            failed = True
            try:
                with console.view(settings, sys.stderr) as view:
                    report = status.run(stop, view)
                failed = False
                if not settings.quiet:
                    _say(console.report(report))
            except Stopped:
                break
            except (SettingError, NothingChosen, ChannelError, NoLineup):
                raise  # time does not mend these
            except GrabError as error:
                # Hours that the source does not have are no reason to ask for all again in an hour.
                failed = not isinstance(error, Incomplete)
                log.error("%s", error)
                _complain(str(error))
            now = time.time()
            status.next_run = plan.next_run(now, settings.interval, status.installation, failed)
            # In steps: Windows hears no Ctrl-C in a long wait, and a machine that slept is late.
            while time.time() < status.next_run and not stop.wait(1.0):
                pass
    return 0


def _copy_to_stdout(settings: "Config", still_good: bool) -> None:
    """Send the published guide, in one go: a document cut off would be taken for a whole one."""
    import shutil

    from . import grab, publish
    from .store import Store

    path = grab.target(settings)
    if still_good:
        with Store(settings.data_dir) as store:
            if not publish.covers(store, path, time.time()):
                return
    with open(path, "rb") as file, _to_stdout():
        shutil.copyfileobj(file, sys.stdout.buffer, 1 << 20)
        sys.stdout.buffer.flush()


@contextlib.contextmanager
def _at_source(settings: "Config") -> "Iterator[Source]":
    """A look at the source; Stopped when it was asked to stop meanwhile."""
    from . import grab
    from .errors import SourceError, Stopped

    stop = _stop_on_signals()
    try:
        with grab.at_source(settings, stop) as way:
            yield way
    except SourceError:
        if not stop.is_set():
            raise
    if stop.is_set():
        raise Stopped()


def _find_lineups(settings: "Config") -> int:
    from . import console, lookup

    with _at_source(settings) as way:
        found = lookup.find_lineups(way)
        failure = lookup.why_ended(way)
    rows: List[Sequence[str]] = [("LINEUP", "KIND", "NAME", "PLACE", "STATIONS")]
    for row, stations in found:
        lineup = row.lineup
        rows.append(
            (
                lineup.lineup_id,
                row.kind,
                row.name,
                row.place,
                "?" if stations is None else str(stations),
            )
        )
    _say(console.table(rows))
    if failure:  # some numbers are missing
        raise failure
    return 0


def _list_stations(settings: "Config") -> int:
    from . import channels, console, lookup

    with _at_source(settings) as way:
        found = lookup.list_stations(way)
    rows: List[Sequence[str]] = [("NUMBER", "CALL SIGN", "ID", "NETWORK")]
    for station in sorted((own.station for own in found), key=channels.by_number):
        rows.append(
            (" ".join(station.numbers), station.call_sign, station.station_id, station.name)
        )
    _say(console.table(rows))
    return 0


def _match(settings: "Config", assign: Sequence[str]) -> int:
    """Show which stations the channels of the players mean, once what is said of some is noted."""
    from . import console, lookup, players
    from .errors import BadSource

    if not settings.tvh_url and not settings.channels_from:
        raise settings.bad("tvh_url", "", "an address, or a channels_from: a list to match")
    with _at_source(settings) as way:
        known = lookup.known_stations(settings, way.store)
        if not known and settings.offline:
            raise BadSource(way.client.host, "no station is stored, and --offline asks for none")
        known = known or lookup.list_stations(way)
        found = players.read(settings, way.store, way.stop, everything=True)
        for text in assign:
            found = players.assign(way.store, found, known, text)
    for player in found.all:
        if player.note:
            _complain(player.note)
        _say(console.matches(player, found.matches(player, known), [own.station for own in known]))
    return 0


def _demo(settings: "Config") -> int:
    """The real pipeline against the stand-in of the service, from nothing."""
    import dataclasses
    import os
    import shutil

    from .config import Config
    from .demo import DemoServer, World

    folder = os.path.join(settings.data_dir, "demo")
    shutil.rmtree(folder, ignore_errors=True)
    own_output = "output" in settings.origins
    days = settings.days if "days" in settings.origins else 3
    with DemoServer(World()) as server:
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
        if not settings.quiet:
            _say(f"Grabbing {days} days of a made-up guide from {server.url}, on this machine.")
        code = _grab(made)
    if not settings.quiet and settings.output != "-":
        _say("\nFor your own guide, with your ZIP or postal code:")
        _say("  gracenote2epg --postal 90210        (or: python -m gracenote2epg --postal 90210)")
        _say("  gracenote2epg --find-lineups --postal 90210        for cable and satellite")
    return code


_ACTIONS: Dict[str, Callable[..., int]] = {
    "grab": _grab,
    "find-lineups": _find_lineups,
    "list-stations": _list_stations,
    "match": _match,
    "demo": _demo,
    "serve": _serve,
}


# Signals

_signal_seen = 2


def _stop_on_signals() -> Any:
    """An event that Ctrl-C and SIGTERM set; the second Ctrl-C ends the process the hard way."""
    import signal
    import threading

    stop = threading.Event()

    def on_signal(number: int, frame: Any) -> None:
        global _signal_seen
        _signal_seen = number
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), on_signal)
    return stop


# Streams


def _say(text: str) -> None:
    """To stdout, whatever letters it can show; a reader who went away is found out at once."""
    if sys.stdout is None:  # closed by our caller
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    with _to_stdout():
        print(text.encode(encoding, "replace").decode(encoding), flush=True)


@contextlib.contextmanager
def _to_stdout() -> "Iterator[None]":
    """Tell what stdout says: a disk may be full there too. A reader who is gone is no error."""
    from .errors import OutputError

    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _drop_stdout()
        raise OutputError("to stdout", error.strerror or str(error)) from error


def _log_file() -> str:
    handlers = logging.getLogger("gracenote2epg").handlers
    files = [getattr(handler, "baseFilename", "") for handler in handlers]
    return next(filter(None, files), "the log")


def _reader_gone() -> int:
    """Nobody reads our stdout any more."""
    _drop_stdout()
    return 141


def _drop_stdout() -> None:
    """Python must not try once more at the end, and complain."""
    import os

    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # it may be full, closed or gone
        sys.stderr.write(f"gracenote2epg: {text}\n")
        sys.stderr.flush()


def run() -> None:
    """The installed commands: gracenote2epg, and tv_grab_gracenote2epg as a grabber."""
    sys.exit(main(sys.argv))
