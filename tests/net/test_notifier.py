"""What arrives at ntfy, webhooks and mailboxes, and what is said when it does not."""

import base64
import email
import email.policy
import json
import threading

import pytest

from gracenote2epg.net import notifier
from support.receivers import CERTIFICATE, SmtpReceiver, WebReceiver
from support.tables import wrong

MESSAGE = notifier.Message("runs_failed", "The TV guide is not updated", "3 runs – «Fin».")


@pytest.fixture(name="web")
def _web():
    with WebReceiver() as web:
        yield web


@pytest.fixture(name="smtp")
def _smtp(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", CERTIFICATE)
    with SmtpReceiver() as smtp:
        yield smtp


@pytest.fixture(name="failure")
def _failure(clock):
    """Why a message was not sent to an address; "" = it was."""

    def failure(address):
        return notifier.send({address: [MESSAGE]}, threading.Event(), clock)[address].failure

    return failure


def test_ntfy_gets_the_text_and_webhooks_get_json(web, failure):
    here = f"127.0.0.1:{web.port}"
    basic = f"Basic {base64.b64encode(b'me:pass:w').decode()}"
    rows = (
        (f"ntfy+http://{here}/my_topic", "/my_topic", None),
        (f"ntfy+http://me:pass%3Aw@{here}/sub/t", "/sub/t", basic),
        (f"ntfy+http://:tk_1@{here}/t", "/t", "Bearer tk_1"),
        (f"http://{here}/api/webhook/-Id_1", "/api/webhook/-Id_1", None),
        (f"http://me:pass%3Aw@{here}/in?key=1", "/in?key=1", basic),
    )
    for address, path, login in rows:
        assert failure(address) == "", address
        post = web.posts[-1]
        assert (post.path, post.headers.get("Authorization")) == (path, login)
        if "ntfy" in address:
            assert (post.headers["Title"], post.body) == MESSAGE[1:]
        else:
            assert json.loads(post.body) == {"source": "gracenote2epg", **MESSAGE._asdict()}


def test_what_a_web_server_answers_is_said_in_words(web, failure):
    def at(status):
        web.status = status
        return failure(f"http://127.0.0.1:{web.port}/x")

    wants = "it wants another user, password or token"
    assert wrong(at, [
        (204, ""), (301, "HTTP 301: it answers at another address"), (401, f"HTTP 401: {wants}"),
        (404, "HTTP 404: there is nothing at this address"), (500, "HTTP 500"),
    ]) == []  # fmt: skip
    assert failure("http://127.0.0.1:1/secret") == "Connection refused"


def test_a_mail_arrives_as_it_was_meant(smtp, failure):
    smtp.login = ("me@example.org", "a+b&c")
    login = "user=me%40example.org&password=a+b%26c"
    for smtp.tls, security in ((False, ""), (True, "&security=tls")):
        address = f"mailto:you@example.com?server=127.0.0.1&port={smtp.port}&{login}{security}"
        assert failure(address) == ""
        mail = email.message_from_string(smtp.mails[-1], policy=email.policy.default)
        heads = [mail[name] for name in ("From", "To", "Subject", "Auto-Submitted")]
        assert heads == ["me@example.org", "you@example.com", MESSAGE.title, "auto-generated"]
        assert (mail.get_content().strip(), bool(mail["Date"])) == (MESSAGE.text, True)
    smtp.tls, smtp.offers = False, []
    plain = f"mailto:you@example.com?server=127.0.0.1&port={smtp.port}&security=none&from=a@b.org"
    assert (failure(plain), len(smtp.mails)) == ("", 3)
    assert "From: a@b.org" in smtp.mails[-1]


def test_why_a_mail_was_not_taken(smtp, failure, monkeypatch):
    secret = "user=me@example.org&password=geheim"

    def told(options, **changes):
        with SmtpReceiver() as server:
            server.login = ("me@example.org", "other")
            vars(server).update(changes)
            text = failure(f"mailto:a@b.org?server=127.0.0.1&port={server.port}{options}")
        assert (server.mails, "geheim" in text) == ([], False)
        # Never the password without TLS, whatever the server lacks.
        assert "AUTH" not in server.commands or "STARTTLS" in server.commands
        return text

    grey = {"RCPT": "451 4.7.1 Greylisted, \x1b[1mtry again"}
    rows = (
        (f"&{secret}", {}, "it does not accept the user and password (535 5.7.8 bad credentials)"),
        ("", {"answers": grey},
         "it asks to try again later (451 4.7.1 Greylisted, \\x1b[1mtry again)"),
        ("", {"answers": {"RCPT": "550 no such user"}}, "it refuses (550 no such user)"),
        ("", {"answers": {"DATA": "552 full"}}, "it refuses (552 full)"),
        (f"&{secret}", {"offers": ["AUTH PLAIN"]},
         "it has no STARTTLS: set security=tls, or none if the network is yours"),
        (f"&{secret}", {"answers": {"STARTTLS": "454 TLS not available"}},
         "it asks to try again later (454 TLS not available)"),
        (f"&{secret}", {"offers": ["STARTTLS"]}, "it takes no user and password here"),
        ("", {"hangs_at": "DATA"}, "it takes longer than 10 s"),
    )  # fmt: skip
    assert wrong(lambda options, changes: told(options, **changes), rows) == []
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert told("").startswith("TLS: ")  # a certificate of a stranger


def test_an_address_that_hangs_holds_up_no_other(web, smtp, clock):
    web.hangs = True
    addresses = [
        f"http://127.0.0.1:{web.port}/x",
        f"mailto:a@b.org?server=127.0.0.1&port={smtp.port}",
    ]
    began = clock.monotonic()
    sent = notifier.send({text: [MESSAGE] * 2 for text in addresses}, threading.Event(), clock)
    assert [sent[text].messages for text in addresses] == [0, 2]
    assert "10 s" in sent[addresses[0]].failure
    assert clock.monotonic() - began < 30  # several wait, and each of them moves the clock
