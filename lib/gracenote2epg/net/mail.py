"""One mail through the user's SMTP server. The only module that knows smtplib."""

import contextlib
import hashlib
import os
import smtplib
import socket
import ssl
import threading
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import Optional

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from ..clock import Clock
from ..util.notify_address import NONE, STARTTLS, TLS, MailAddress
from ..util.sanitize import one_line
from .errors import describe
from .sockets import SocketRegistry

_OUR_NAME = "[127.0.0.1]"  # instead of this machine's name, which is private


def send(
    address: MailAddress,
    subject: str,
    text: str,
    seconds: float,
    stop: threading.Event,
    clock: Clock,
) -> str:
    """Send a mail; return why it was not sent, "" = the server has taken it.

    The password is sent over TLS only, unless the address says that there is none.
    """
    sockets = SocketRegistry(clock)
    mail = _mail(address, subject, text, clock.now())
    try:
        with sockets.within(seconds, stop), contextlib.closing(
            _Server(address, sockets, seconds)
        ) as server:
            if address.security == STARTTLS:
                server.starttls(context=_tls())
            if address.user:
                server.login(address.user, address.password)
            server.sendmail(address.sender, [address.to], mail)
            with contextlib.suppress(smtplib.SMTPException, OSError):  # the mail is sent
                server.quit()
        return ""
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        if sockets.stopped.is_set():
            return "stopped" if stop.is_set() else f"it takes longer than {seconds:.0f} s"
        return _reason(error, address, seconds)


class _Server(smtplib.SMTP):
    """A connection that another thread can end."""

    def __init__(self, address: MailAddress, sockets: SocketRegistry, seconds: float) -> None:
        self._address, self._sockets = address, sockets
        self._duplicate: Optional[socket.socket] = None
        # A second more, so that it is the registry that ends it.
        super().__init__(address.server, address.port, _OUR_NAME, seconds + 1)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = self._sockets.connect(host, port, timeout, ())
        self._duplicate = self._sockets.add(sock)
        if self._address.security != TLS:
            return sock
        try:
            return _tls().wrap_socket(sock, server_hostname=host)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        super().close()
        duplicate, self._duplicate = self._duplicate, None
        if duplicate is not None:
            self._sockets.remove(duplicate)


def _tls() -> ssl.SSLContext:
    """A context that checks certificates by the list of authorities that all our requests use."""
    path = os.environ.get("REQUESTS_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH
    if os.path.isdir(path):
        return ssl.create_default_context(capath=path)
    return ssl.create_default_context(cafile=path)


def _mail(address: MailAddress, subject: str, text: str, now: float) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = address.sender, address.to, subject
    mail["Date"] = formatdate(now, localtime=True)
    own = hashlib.sha256(f"{subject}{text}{now}".encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{own}@{address.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="quoted-printable")
    return mail.as_bytes(policy=SMTP)


def _reason(error: Exception, address: MailAddress, seconds: float) -> str:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        if address.security == STARTTLS and "STARTTLS" in str(error):
            return f"it has no STARTTLS: set security={TLS}, or {NONE} if the network is yours"
        return "it takes no user and password here"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"it does not accept the user and password ({_answer(error)})"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it closed the connection"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((code, text),) = error.recipients.values()
        error = smtplib.SMTPResponseException(code, text)
    if isinstance(error, smtplib.SMTPResponseException):
        later = "it asks to try again later" if 400 <= error.smtp_code < 500 else "it refuses"
        return f"{later} ({_answer(error)})"
    return describe(error, seconds)


def _answer(error: smtplib.SMTPResponseException) -> str:
    text = error.smtp_error
    text = text.decode("ascii", "replace") if isinstance(text, bytes) else str(text)
    return one_line(f"{error.smtp_code} {text}")[:120]
