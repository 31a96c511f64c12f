"""Sends messages to the user's addresses: ntfy, webhooks, mail. Bounded in time."""

import base64
import json
import threading
from typing import Dict, List, Mapping, NamedTuple, Sequence

from ..clock import Clock
from ..errors import Stopped
from ..util.notify_address import NTFY, MailAddress, WebAddress, parse
from .client import HttpClient, RequestFailed

TIMEOUT = 10.0  # seconds for all messages to one address; all addresses are tried at once
_TAGS = {"well": "white_check_mark"}  # ntfy's names of pictures
_ADVICE = {
    401: "it wants another user, password or token",
    403: "it wants another user, password or token",
    404: "there is nothing at this address",
    429: "it has had too many messages",
}


class Message(NamedTuple):
    """event: what happened, for programs. title, text: the same for people; no secrets."""

    event: str
    title: str
    text: str


class Sent(NamedTuple):
    """How many of an address's messages were sent, and why the next one was not."""

    messages: int
    failure: str = ""


def send(
    messages: Mapping[str, Sequence[Message]], stop: threading.Event, clock: Clock
) -> Dict[str, Sent]:
    """Send to each address of the setting ``notify`` its messages; return what became of them."""
    deadline = clock.monotonic() + TIMEOUT
    results = {text: Sent(0, f"it takes longer than {TIMEOUT:.0f} s") for text in messages}
    waiting: List[threading.Event] = []

    def work(text: str, done: threading.Event) -> None:
        for count, message in enumerate(messages[text]):
            failure = _send(text, message, deadline - clock.monotonic(), stop, clock)
            if failure:
                results[text] = Sent(count, failure)
                break
        else:
            results[text] = Sent(len(messages[text]))
        done.set()

    for text in messages:
        waiting.append(threading.Event())
        # A name lookup cannot be interrupted, so after the deadline this thread is not waited for.
        threading.Thread(target=work, args=(text, waiting[-1]), name="notify", daemon=True).start()
    for done in waiting:
        clock.watch(done, max(0.0, deadline + 1 - clock.monotonic()))
    return dict(results)


def _send(text: str, message: Message, seconds: float, stop: threading.Event, clock: Clock) -> str:
    """Send one message; return why it was not sent, "" = it was."""
    address = parse(text)
    if seconds <= 0:
        return f"it takes longer than {TIMEOUT:.0f} s"
    if isinstance(address, MailAddress):
        from . import mail  # smtplib and the modules of mails are large, and few need them

        return mail.send(address, message.title, message.text, seconds, stop, clock)
    return _post(address, message, seconds, stop, clock)


def _post(
    address: WebAddress, message: Message, seconds: float, stop: threading.Event, clock: Clock
) -> str:
    if address.kind == NTFY:
        body, kind = message.text, "text/plain; charset=utf-8"
        headers = {"Title": message.title, "Tags": _TAGS.get(message.event, "tv")}
    else:
        values = {"source": "gracenote2epg", **message._asdict()}
        body, kind, headers = json.dumps(values, ensure_ascii=False), "application/json", {}
    headers["Content-Type"] = kind
    if address.user:
        login = f"{address.user}:{address.password}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
    elif address.password:
        headers["Authorization"] = f"Bearer {address.password}"
    try:
        with HttpClient(stop=stop, timeout=seconds, total_timeout=seconds, clock=clock) as client:
            status = client.post(address.url, body.encode(), headers)
    except RequestFailed as error:
        return str(error)
    except Stopped:
        return "stopped"
    if 200 <= status < 300:
        return ""
    advice = _ADVICE.get(status, "it answers at another address" if status < 400 else "")
    return f"HTTP {status}{advice and ': '}{advice}"
