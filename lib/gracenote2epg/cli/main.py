"""The command line: options, exit codes, and what each action prints.

Nothing heavy is imported before it is needed: a grabber may be called every minute.
"""

import contextlib
import logging
import os
from typing import TYPE_CHECKING, Dict, List, Sequence

from .. import GRABBER
from ..clock import SYSTEM, Clock
from .commands import COMMANDS, MOST_DAYS, answer
from .grabber_info import static_answer
from .stdio import broken_pipe, print_err, print_out, set_redactions

if TYPE_CHECKING:
    from ..config.settings import Config
    from .options import Command


log = logging.getLogger(__name__)

_FORM = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"  # of a line in the log


def main(argv: Sequence[str], clock: Clock = SYSTEM) -> int:
    """Run what ``argv`` asks for; return the exit code. ``argv[0]`` says whether as a grabber."""
    from ..errors import GrabError, MissingDependency, Stopped
    from .kodi_packages import add_kodi_packages
    from .options import read_options

    os.umask(os.umask(0o022) | 0o022)  # Tvheadend's is 0: nobody else shall write what we keep
    as_grabber = os.path.basename(argv[0]).startswith("tv_grab_")
    logging.raiseExceptions = False  # stderr may be a full pipe: that is no reason to die
    logging.captureWarnings(True)  # of packages about each other: no news for who reads stderr
    root = logging.getLogger("gracenote2epg")
    root.addHandler(logging.NullHandler())  # until the settings say where to log
    root.propagate = False
    add_kodi_packages()
    try:
        words = list(argv[1:])
        said = static_answer(words)
        if said:
            print_out(said)
            return 0
        program = GRABBER if as_grabber else "gracenote2epg"
        options, asked = read_options(program, words)
        return _do(options, asked, as_grabber, clock)
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
    except KeyboardInterrupt:  # before our own handler is there
        return 130
    except Exception:  # the one edge: everything else is a bug, and its story belongs in the log
        log.exception("a bug")
        print_err(
            "Unexpected failure, a bug; your guide is as it was. Please report the last lines of"
            f" {_log_file()}"
        )
        return 70


def _do(options: Dict[str, str], asked: "Command", as_grabber: bool, clock: Clock) -> int:
    days = options.get("days", "")
    if as_grabber:
        _obey_the_contract(options)
    elif asked.action in ("list-channels", "configure-api"):
        options.setdefault("output", "-")  # where the guide goes is no place for these
    settings = _settings(options, asked)
    _start_logging(settings)
    if asked.action == "grab" and as_grabber:
        return answer(settings, days, clock)
    return COMMANDS[asked.action](settings, asked, clock)


def _obey_the_contract(options: Dict[str, str]) -> None:
    """Whatever variables and files say: stdout is what a caller of grabbers reads, and stderr is
    for errors. More is for those who ask for it with the call.
    """
    options.setdefault("output", "-")
    for name in ("enable_monitoring", "console"):
        options.setdefault(name, "off")
    if options.get("days", "").isdecimal():  # callers ask for more than there is, to get all
        options["days"] = str(min(int(options["days"]), MOST_DAYS))


def _settings(options: Dict[str, str], asked: "Command") -> "Config":
    from ..config import sources
    from ..errors import SettingError

    file = asked.config_file
    if asked.action.startswith("configure") and file and not os.path.exists(file):
        file = os.devnull  # it is yet to be written
    try:
        return sources.read(options, os.environ, file)
    except SettingError as error:
        if asked.action != "configure":
            raise
        print_err(str(error))  # which may be what is to be mended now
        return sources.read(options, os.environ, os.devnull)


def _start_logging(settings: "Config") -> None:
    """The log file in the data directory, and stderr when asked for."""
    from logging.handlers import RotatingFileHandler

    from ..config import secrets as config_secrets
    from ..util import redact

    secrets = config_secrets.secrets_of(settings)
    set_redactions(secrets)
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
        handler.setFormatter(redact.RedactingFormatter(_FORM, secrets))
        root.addHandler(handler)


def _log_file() -> str:
    handlers = logging.getLogger("gracenote2epg").handlers
    files = [getattr(handler, "baseFilename", "") for handler in handlers]
    return next(filter(None, files), "the log")
