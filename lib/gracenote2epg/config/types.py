"""What a setting may hold: how its text becomes a value, and what is allowed, in words."""

import ipaddress
import os
import re
from typing import Any, Callable, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

from ..util import template as util_template
from ..util.redact import redact_playlist_url, strip_credentials

YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SettingType(NamedTuple):
    """What a setting may hold. ``parse`` turns text into the value or raises ValueError."""

    name: str
    allowed: str
    parse: Callable[[str], Any]
    low: Optional[int] = None
    high: Optional[int] = None
    choices: Tuple[str, ...] = ()
    display: Callable[[str], str] = str  # a value as others may read it; another one hides a secret


def integer(low: int, high: int) -> SettingType:
    def parse(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError
        return number

    return SettingType("integer", f"a whole number from {low} to {high}", parse, low, high)


def choice(*choices: str) -> SettingType:
    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError
        return text.lower()

    return SettingType("choice", ", ".join(choices), parse, choices=choices)


def _boolean(text: str) -> bool:
    if text.lower() not in YES + NO:
        raise ValueError
    return text.lower() in YES


def _words(text: str) -> Tuple[str, ...]:
    found = tuple(word for word in re.split(r"[,\s]+", text) if word)
    if not found:
        raise ValueError
    return found


def _postal_code(text: str) -> str:
    """A US ZIP without its +4, or a Canadian code (or its first half) without the space."""
    code = text.upper().replace(" ", "")
    zip_code = re.fullmatch(r"(\d{5})(-?\d{4})?", code, re.ASCII)
    if zip_code:
        return zip_code.group(1)
    if not re.fullmatch(r"[A-Z]\d[A-Z](-?\d[A-Z]\d)?", code, re.ASCII):
        raise ValueError
    return code.replace("-", "")


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError
    return text.rstrip("/")


def _line(text: str) -> str:
    """Text that may stand in an HTTP header or an address."""
    if not (text.isprintable() and text.isascii()):
        raise ValueError
    return text


def _template(text: str) -> str:
    util_template.parse(text)
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d+)?", text):
        raise ValueError
    return text


def _address(text: str) -> str:
    ipaddress.ip_address(text)
    return text


def _server(text: str) -> str:
    """http is what Tvheadend speaks; https is a proxy's. The password has a setting of its own."""
    text = text if "://" in text else f"http://{text}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError
    if parts.query or parts.fragment or (parts.port is not None and not parts.port):
        raise ValueError
    return text.rstrip("/")


def _place(text: str) -> str:
    """An address alone is an HDHomeRun's; what is no address is a file."""
    if re.fullmatch(r"\d+(\.\d+){3}(:\d+)?/?", text):
        return f"http://{text}"
    parts = urlsplit(text) if "://" in text else None
    if parts and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError
    return text if parts else os.path.expanduser(text)


def _secret(text: str) -> str:
    if not text.isprintable():
        raise ValueError
    return text


boolean = SettingType("boolean", "true, yes, on, 1 or false, no, off, 0", _boolean)
words = SettingType("list", "words separated by commas", _words)


address = SettingType("address", "an IP address of this machine", _address)
line = SettingType("text", "one line of text", _line)
host = SettingType("text", "the name of a host, such as zpmc.tmsimg.com", _host)
path = SettingType("path", "a file or folder", str)
template = SettingType("template", util_template.ALLOWED, _template)
postal = SettingType(
    "postal", "a US ZIP such as 90210 or a Canadian code such as J3B 1M4", _postal_code
)
base_url = SettingType(
    "url",
    "an https address (http for this machine only), without user and query",
    _base_url,
    display=lambda text: re.sub(r"//[^/]*@", "//(user)@", re.sub(r"\?.*", "?...", text)),
)
server = SettingType(
    "url", "an address such as http://127.0.0.1:9981", _server, display=strip_credentials
)
place = SettingType(
    "place", "an http address, or a file of this machine", _place, display=redact_playlist_url
)
secret = SettingType("secret", "one line of text", _secret, display=lambda text: "(hidden)")
