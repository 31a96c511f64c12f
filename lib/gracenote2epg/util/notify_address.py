"""The addresses of the setting ``notify``, and what each form of them means."""

import re
from typing import Dict, NamedTuple, Optional, Tuple, Union
from urllib.parse import SplitResult, unquote, urlsplit

NTFY, HOME_ASSISTANT, WEBHOOK, MAIL = "ntfy", "Home Assistant", "webhook", "mail"
STARTTLS, TLS, NONE = "starttls", "tls", "none"
ALLOWED = (
    "addresses separated by commas: ntfy://HOST/TOPIC, https://... (a webhook),"
    " mailto:ME@HOST?server=HOST; docs/notify.md has all forms"
)

_HTTP = {"https": "https", "http": "http", "ntfy": "https", "ntfy+http": "http"}
_TOPIC = re.compile(r"/(?:[^/]+/)*[-\w]{1,64}", re.ASCII)
_HOST = re.compile(r"[a-z\d]([a-z\d.-]*[a-z\d])?", re.IGNORECASE | re.ASCII)
_MAILBOX = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+", re.ASCII)
_PORTS = {STARTTLS: 587, TLS: 465, NONE: 25}
_MAIL_KEYS = {"server", "port", "security", "user", "password", "from"}


class WebAddress(NamedTuple):
    """Where a POST request goes. kind: NTFY, HOME_ASSISTANT or WEBHOOK. url: without the login. A
    password without a user is a token."""

    kind: str
    url: str
    user: str
    password: str


class MailAddress(NamedTuple):
    """Who gets a mail, and the server that takes it. security: STARTTLS, TLS or NONE."""

    to: str
    sender: str
    server: str
    port: int
    security: str
    user: str
    password: str
    kind: str = MAIL


NotifyAddress = Union[WebAddress, MailAddress]


def parse(text: str) -> NotifyAddress:
    """Read an address. Raises ValueError."""
    parts = urlsplit(text)
    if not (text.isprintable() and text.isascii()) or "#" in text:
        raise ValueError("a character that must be written as %XX")
    return _mail(parts) if parts.scheme == "mailto" else _web(parts)


def is_allowed(text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _web(parts: SplitResult) -> WebAddress:
    if parts.scheme not in _HTTP or not parts.hostname or parts.port == 0:
        raise ValueError("no web address")
    kind = WEBHOOK
    if parts.scheme.startswith("ntfy") or parts.hostname == "ntfy.sh":
        kind = NTFY
        if parts.query or not _TOPIC.fullmatch(parts.path):
            raise ValueError("no topic")
    elif re.fullmatch(r"/api/webhook/[^/]+", parts.path):
        kind = HOME_ASSISTANT
    host = parts.netloc.rpartition("@")[2]
    url = parts._replace(scheme=_HTTP[parts.scheme], netloc=host).geturl()
    return WebAddress(kind, url, *_plain(parts.username, parts.password))


def _plain(*texts: Optional[str]) -> Tuple[str, ...]:
    """The texts without %XX. Raises ValueError for control characters."""
    plain = tuple(unquote(text or "") for text in texts)
    if not "".join(plain).isprintable():
        raise ValueError("a control character")
    return plain


def _mail(parts: SplitResult) -> MailAddress:
    values = _mail_values(parts.query)
    (to,) = _plain(parts.path)
    user, password = values.get("user", ""), values.get("password", "")
    server, port = values.get("server", ""), values.get("port", "")
    security = values.get("security") or (TLS if port == "465" else STARTTLS)
    number = int(port) if port else _PORTS.get(security, 0)
    sender = values.get("from") or (user if "@" in user else to)
    is_valid = (
        security in _PORTS
        and 0 < number < 65536
        and _HOST.fullmatch(server)
        and all(map(_MAILBOX.fullmatch, (to, sender)))
        and bool(user) == bool(password)
    )
    if not is_valid:
        raise ValueError("no mail address")
    return MailAddress(to, sender, server, number, security, user, password)


def _mail_values(query: str) -> Dict[str, str]:
    """The values behind the question mark, where a plus is a plus, as in any ``mailto:``. Raises
    ValueError."""
    pairs = [part.partition("=")[::2] for part in query.split("&")]
    values = {name: _plain(value)[0] for name, value in pairs}
    if len(values) < len(pairs) or not all(values.values()) or set(values) - _MAIL_KEYS:
        raise ValueError("a key that is twice, empty or unknown")
    return values
