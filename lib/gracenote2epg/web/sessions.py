"""Who may change something on the page: browsers that were given the code."""

import hmac
import os
import secrets
import threading
from typing import Callable, Dict, List, Tuple

from ..clock import Clock
from ..config.settings import Config
from ..errors import OutputError, WrongCode, os_error_text
from ..util.files import atomic_write, make_private_folder, read_limited

FILE = "web_code"  # in the data directory
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no letter that looks like a digit or another letter
LENGTH = 8
WITHIN = 60.0  # seconds, in which there may be the following numbers of wrong codes
MAX_WRONG = 5  # from one address
MAX_WRONG_ALL = 50  # from all addresses: an attacker may have many
MAX_SESSIONS = 100


def kept_code(folder: str, now: float) -> str:
    """The code in the data directory, made if there is none. now: seconds since the epoch.

    Raises OutputError.
    """
    path = os.path.join(folder, FILE)
    try:
        code = read_limited(path, 100).decode("ascii").strip()
        if len(code) == LENGTH and set(code) <= set(ALPHABET):
            return code
    except (OSError, ValueError):
        pass  # there is none, or it is damaged
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    try:
        make_private_folder(folder)
        with atomic_write(path, now, 0o600) as file:  # by its own path, which may not be a link
            file.write(f"{code}\n".encode())
            if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container the server is not
                owner = os.stat(folder)
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
    except OSError as error:
        raise OutputError(path, os_error_text(error)) from error
    return code


def code_of(config: Config, clock: Clock) -> str:
    """The code that the page asks for. Raises OutputError."""
    return config.web_code or kept_code(config.data_dir, clock.now())


class Sessions:
    """The sessions of a process. A session ends with the process, or when the code changes.

    code: returns the code to ask for. ask: tells the user where it is, once a browser needs it.
    """

    def __init__(self, code: Callable[[], str], ask: Callable[[], None], clock: Clock) -> None:
        self._code, self._ask, self._clock = code, ask, clock
        self._asked = False
        self._opened: Dict[str, str] = {}  # by token: the code that opened it
        # When the last codes were wrong, by the monotonic clock, and from which address.
        self._wrong: List[Tuple[float, str]] = []
        self._guard = threading.Lock()

    def open(self, given: str, address: str = "") -> str:
        """The token of a new session. address: of the client. Raises WrongCode."""
        with self._guard:
            now, code = self._clock.monotonic(), self._code()
            self._wrong = [row for row in self._wrong if now - row[0] < WITHIN]
            own = [row for row in self._wrong if row[1] == address]
            for rows, most in ((own, MAX_WRONG), (self._wrong, MAX_WRONG_ALL)):
                if len(rows) >= most:
                    left = rows[0][0] + WITHIN - now
                    what, cure = "{count} codes were wrong", "Wait {seconds} seconds"
                    raise WrongCode(what, cure, "many_codes", count=most, seconds=round(left))
            given = given.strip()
            if not any(is_same(form, code) for form in (given, given.upper())):
                self._wrong.append((now, address))
                raise WrongCode(
                    "That is not the code",
                    "It is in the log and on the console, in Kodi in the add-on's menu, unless the"
                    " setting web_code fixes it",
                )
            token = secrets.token_urlsafe(32)
            self._opened[token] = code
            for old in list(self._opened)[:-MAX_SESSIONS]:
                del self._opened[old]
            return token

    def is_open(self, token: str) -> bool:
        """Whether a request with this token belongs to a session; if not, the code is asked for."""
        with self._guard:
            opened_by = self._opened.get(token)
            if opened_by and is_same(opened_by, self._code()):
                return True
            is_first, self._asked = not self._asked, True
        if is_first:
            self._ask()
        return False


def is_same(given: str, code: str) -> bool:
    """Compare in constant time, so that the time does not tell how much of a guess is right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), code.encode())
