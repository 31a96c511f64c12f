"""The command line: reading the options, logging, and exit codes.

Heavy modules are imported on first use: a grabber may be called every minute.
"""

import contextlib
import logging
import os
from typing import TYPE_CHECKING, Dict, List, Sequence

from .. import GRABBER
from ..clock import SYSTEM, Clock
from .commands import COMMANDS, MAX_DAYS, run_as_grabber
from .grabber_info import static_answer
from .stdio import broken_pipe, print_err, print_out

if TYPE_CHECKING:
    from ..config.settings import Config
    from .options import Command

log = logging.getLogger(__name__)

_LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


def main(argv: Sequence[str], clock: Clock = SYSTEM) -> int:
    """Run the command and return the exit code. A program named tv_grab_* runs as a grabber."""
    from ..errors import GrabError, MissingDependency, Stopped
    from .options import read_options

    os.umask(os.umask(0o022) | 0o022)  # Tvheadend sets 0: others could write our files
    as_grabber = os.path.basename(argv[0]).startswith("tv_grab_")
    logging.raiseExceptions = False  # stderr may be a full pipe
    logging.captureWarnings(True)  # packages' warnings do not belong on a grabber's stderr
    root = logging.getLogger("gracenote2epg")
    root.addHandler(logging.NullHandler())  # until the settings are read
    root.propagate = False
    try:
        answer = static_answer(list(argv[1:]))
        if answer:
            print_out(answer)
            return 0
        from ..config.paths import add_kodi_packages

        add_kodi_packages()
        program = GRABBER if as_grabber else "gracenote2epg"
        options, command = read_options(program, argv[1:])
        return _run(options, command, as_grabber, clock)
    except Stopped as stopped:
        from . import signals

        print_err(str(stopped))
        return 128 + signals.last_signal
    except GrabError as error:
        log.error(str(error))
        print_err(str(error))
        return error.exit_code
    except BrokenPipeError:
        return broken_pipe()
    except ModuleNotFoundError as error:
        print_err(str(MissingDependency(error.name or "")))
        return MissingDependency.exit_code
    except KeyboardInterrupt:  # before our own handler is installed
        return 130
    except Exception:  # anything else is a bug: its traceback goes to the log
        log.exception("a bug")
        print_err(
            "Unexpected failure, a bug; your guide is unchanged. Please report the last lines of"
            f" {_log_file()}"
        )
        return 70


def _run(options: Dict[str, str], command: "Command", as_grabber: bool, clock: Clock) -> int:
    from ..errors import InputFileError

    days = options.get("days", "")
    if as_grabber:
        _apply_grabber_contract(options)
    elif command.action in ("list-channels", "configure-api"):
        options.setdefault("output", "-")  # they must not overwrite the guide
    if command.action == "serve" and not command.demo:
        return _serve(options, command, clock)
    try:
        settings = _settings(options, command)
    except InputFileError:  # Kodi's settings, cut by a full disk
        if as_grabber and command.action == "grab" and options["output"] == "-":
            from . import grabber

            grabber.send_any_published(clock)
        raise
    _start_logging(settings)
    _log_unused(command, quiet=as_grabber or settings.quiet)
    if command.demo:
        from .demo import run_demo

        return run_demo(settings, command, clock)
    if command.action == "grab" and as_grabber:
        return run_as_grabber(settings, days, clock)
    return COMMANDS[command.action](settings, command, clock)


def _serve(options: Dict[str, str], command: "Command", clock: Clock) -> int:
    """Start the server, also with mistakes in the settings: the page shows them."""
    from ..config.keeper import FileKeeper
    from .serve import serve

    file = command.config_file
    keeper = FileKeeper(options, os.environ, file, command.typed, clock)
    settings = keeper.read().config
    _start_logging(settings)
    if file and not os.path.exists(file):
        sentence = f"The config file {file} is not there; the set-up on the page will write it."
        log.warning("%s", sentence)
        print_err(sentence)
    _log_unused(command, quiet=settings.quiet)
    return serve(keeper, clock)


def _log_unused(command: "Command", quiet: bool) -> None:
    """Report unknown GRACENOTE_ variables; log the options that no longer have an effect."""
    from ..config.sources import unknown_variables

    for sentence in unknown_variables(os.environ):
        log.warning("%s", sentence)
        if not quiet:
            print_err(sentence)
    if command.without_effect:
        log.info("without effect in this version: %s", ", ".join(command.without_effect))


def _apply_grabber_contract(options: Dict[str, str]) -> None:
    """Only options redirect a grabber's output: variables and files do not."""
    options.setdefault("output", "-")
    for name in ("enable_monitoring", "console"):
        options.setdefault(name, "off")
    if options.get("days", "").isdecimal():  # callers ask for more than exists, to get everything
        options["days"] = str(min(int(options["days"]), MAX_DAYS))


def _settings(options: Dict[str, str], command: "Command") -> "Config":
    from ..config import sources
    from ..errors import SettingError

    file = command.config_file
    if command.action.startswith("configure") and file and not os.path.exists(file):
        file = os.devnull  # --configure creates it
    try:
        return sources.read(options, os.environ, file, command.typed)
    except SettingError as error:
        if command.action != "configure":
            raise
        print_err(str(error))  # --configure may be called to fix it
        return sources.read(options, os.environ, os.devnull)


def _start_logging(settings: "Config") -> None:
    """Log to the data directory, and to stderr if ``console`` is set."""
    from ..config import secrets as config_secrets
    from ..util import files, redact
    from ..util.log_file import LogFile

    redact.hide(config_secrets.secrets_of(settings))
    root = logging.getLogger("gracenote2epg")
    root.setLevel(logging.DEBUG if settings.debug else logging.INFO)
    handlers: List[logging.Handler] = []
    with contextlib.suppress(OSError):  # the store reports a folder that is not writable
        files.make_private_folder(settings.data_dir)
        path = os.path.join(settings.data_dir, "gracenote2epg.log")
        handlers.append(LogFile(path))
    if settings.console:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(redact.RedactingFormatter(_LOG_FORMAT))
        root.addHandler(handler)


def _log_file() -> str:
    handlers = logging.getLogger("gracenote2epg").handlers
    files = [getattr(handler, "baseFilename", "") for handler in handlers]
    return next(filter(None, files), "the log")
