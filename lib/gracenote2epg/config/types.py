"""The types of settings: parsing, and the allowed values in words."""

import ipaddress
import os
import re
from typing import Any, Callable, NamedTuple, Optional, Tuple
from urllib.parse import unquote, urlsplit

from ..errors import Sentence
from ..util import notify_address
from ..util import template as util_template
from ..util.redact import redact_playlist_url

YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
# nas:9191/hdhr, 192.168.1.20, tv.local/lineup.json
_SURE_HOST = re.compile(
    r"[a-z\d.-]+:\d+(?:/.*)?|(?:\d+(?:\.\d+){3}|[a-z\d.-]+\.(?:local|lan|home|internal|box))(?:/.*)?",
    re.IGNORECASE,
)
# hdhomerun, tv.example/list, but not tv.m3u
_MAYBE_HOST = re.compile(
    r"(?!.*\.(?:m3u8?|json|txt|gz|pls)$)(?:[a-z\d-]+|[a-z\d-]+(?:\.[a-z\d-]+)+(?:/.*)?)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+://")  # dav://nas/tv, but not C:/tv
LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 (the user chooses it)


class SettingType(NamedTuple):
    """The type of a setting. ``parse`` turns text into the value or raises ValueError."""

    name: str
    allowed: Sentence
    parse: Callable[[str], Any]
    low: Optional[int] = None
    high: Optional[int] = None
    choices: Tuple[str, ...] = ()
    display: Callable[[str], str] = str  # the value without secrets


def integer(low: int, high: int) -> SettingType:
    """A whole number from low to high, both included."""

    def parse(text: str) -> int:
        return int(_require(text, low <= int(text) <= high))

    bounds = {"low": low, "high": high}
    allowed = Sentence("allowed_integer", "a whole number from {low} to {high}", bounds)
    return SettingType("integer", allowed, parse, low, high)


def choice(*choices: str) -> SettingType:
    """One of these words, typed in upper or lower case."""

    def parse(text: str) -> str:
        return _require(text.lower(), text.lower() in choices)

    allowed = Sentence("allowed_choice", "{choices}", {"choices": ", ".join(choices)})
    return SettingType("choice", allowed, parse, choices=choices)


def _require(text: str, valid: object) -> str:
    """Return the text. Raises ValueError if ``valid`` is false."""
    if not valid:
        raise ValueError
    return text


def _words(text: str) -> Tuple[str, ...]:
    return tuple(_require(text, re.search(r"[^,\s]", text)).replace(",", " ").split())


def _notify_addresses(text: str) -> Tuple[str, ...]:
    return tuple(_require(word, notify_address.is_allowed(word)) for word in _words(text))


def _hide_addresses(text: str) -> str:
    """Which of the addresses is wrong, for an error: the addresses themselves are secret."""
    words = text.replace(",", " ").split()
    wrong = [n for n, word in enumerate(words, 1) if not notify_address.is_allowed(word)]
    return "(hidden)" if not wrong or len(words) == 1 else f"(hidden; number {wrong[0]} is wrong)"


def _postal_code(text: str) -> str:
    """A US ZIP without its +4, or a Canadian code (or its first half) without the space."""
    code = text.upper().replace(" ", "")
    zip_code = re.fullmatch(r"(\d{5})(-?\d{4})?", code, re.ASCII)
    if zip_code:
        return zip_code.group(1)
    canadian = re.fullmatch(r"[A-Z]\d[A-Z](-?\d[A-Z]\d)?", code, re.ASCII)
    return _require(code.replace("-", ""), canadian)


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    is_plain = parts.hostname and not (parts.query or parts.fragment or parts.username)
    return _require(text.rstrip("/"), is_plain and (is_local or parts.scheme == "https"))


def _server(text: str) -> str:
    """http for Tvheadend itself, https for a proxy. The password has its own setting."""
    text = text if "://" in text else f"http://{text}"
    parts = urlsplit(text)
    valid = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return _require(
        text.rstrip("/"), valid and not (parts.query or parts.fragment or parts.port == 0)
    )


def _without_secrets(text: str) -> str:
    """The address for an error, which has to show that there is a user or a query."""
    return re.sub(r"^(\w+://)?.*@", r"\1(user)@", re.sub(r"\?.*", "?...", text))


def _place(text: str) -> str:
    """A file's path or an address. An HDHomeRun's needs no scheme; if a file has the same name, the
    file is meant."""
    if text.lower().startswith("file:"):
        return _path_of(text)
    if "://" in text:
        parts = urlsplit(text)
        return _require(text, parts.scheme in ("http", "https") and parts.hostname)
    path = _path(text)
    is_host = _SURE_HOST.fullmatch(text) or _MAYBE_HOST.fullmatch(text)
    return f"http://{text}" if is_host and not os.path.exists(path) else path


def _path(text: str) -> str:
    """The path, with the home directory for ~. Raises ValueError for a ~ without a home, and for an
    address, whose user and password would become names of folders."""
    path = os.path.expanduser(text)
    return _require(path, not (path.startswith("~") or _ADDRESS.match(path)))


def without_address(text: str) -> str:
    """The path for an error; an address, which is not allowed, without its secrets."""
    return _without_secrets(text) if _ADDRESS.match(text) else text


def _path_of(address: str) -> str:
    """The path in file:///tv.m3u, file:/tv.m3u, file://localhost/tv.m3u or file:///C:/tv.m3u."""
    parts = urlsplit(address)
    path = unquote(parts.path)
    if re.match(r"/[A-Za-z]:", path):
        path = path[1:]
    elif parts.netloc not in ("", "localhost"):  # a share, which only Windows finds by this
        path = _require(f"//{parts.netloc}{path}", os.name == "nt")
    return _require(path, path.strip("/"))


def _text(valid: Callable[[str], object]) -> Callable[[str], str]:
    """A parser that accepts texts for which ``valid`` is true and does not raise ValueError."""
    return lambda text: _require(text, valid(text))


boolean = SettingType(
    "boolean",
    Sentence("allowed_boolean", "true, yes, on, 1 or false, no, off, 0"),
    lambda text: _require(text.lower(), text.lower() in YES + NO) in YES,
)
words = SettingType("list", Sentence("allowed_list", "words separated by commas"), _words)
address = SettingType(
    "address",
    Sentence("allowed_address", "an IP address of this machine"),
    _text(ipaddress.ip_address),
)
_ONE_LINE = Sentence("allowed_line", "one line of text")
line = SettingType(  # for HTTP headers and addresses
    "text", _ONE_LINE, _text(lambda text: text.isprintable() and text.isascii())
)
host = SettingType(
    "text",
    Sentence("allowed_host", "a host name, such as zpmc.tmsimg.com"),
    _text(re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d+)?").fullmatch),
)
path = SettingType(
    "path",
    Sentence("allowed_path", "a file or folder on this machine"),
    _path,
    display=without_address,
)
template = SettingType(
    "template",
    Sentence(
        "allowed_template",
        "text with {words}; [parts] may be empty",
        {"words": util_template.WORDS},
    ),
    _text(util_template.parse),
)
postal = SettingType(
    "postal",
    Sentence("allowed_postal", "a US ZIP such as 90210 or a Canadian code such as J3B 1M4"),
    _postal_code,
)
base_url = SettingType(
    "url",
    Sentence(
        "allowed_base_url", "an https address (http for this machine only) without user and query"
    ),
    _base_url,
    display=_without_secrets,
)
server = SettingType(
    "url",
    Sentence(
        "allowed_server", "an address such as http://127.0.0.1:9981, without user and password"
    ),
    _server,
    display=_without_secrets,
)
place = SettingType(
    "place",
    Sentence("allowed_place", "an http address or a file on this machine"),
    _place,
    display=redact_playlist_url,
)
secret = SettingType("secret", _ONE_LINE, _text(str.isprintable), display=lambda text: "(hidden)")
web_code = secret._replace(
    allowed=Sentence("allowed_web_code", "8 characters or more, without spaces"),
    parse=_text(lambda text: text.isprintable() and len(text) >= 8 and " " not in text),
)
notify = secret._replace(
    allowed=Sentence("allowed_notify", notify_address.ALLOWED),
    parse=_notify_addresses,
    display=_hide_addresses,
)
