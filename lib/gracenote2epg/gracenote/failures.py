"""What keeps us from the listings: its name among the failures, and the error of it.

A run and the doctor say the same in the same words. "Your network" and "an outage of its own" are
told apart by what was seen of one host: no other one is asked.
"""

from typing import Dict, NamedTuple, Type

from ..errors import (
    AffiliateRefused,
    RequestRefused,
    SourceError,
    SourceUnavailable,
    SourceUnreachable,
)
from ..net.errors import NO_NAME, PROXY, REFUSED, TLS
from ..util.redact import strip_credentials
from .tasks import Outcome, Verdict

EMPTY_ANSWERS = ("no channels in it", "no programme on any station")  # parser.guide's words

ERRORS: Dict[str, Type[SourceError]] = {
    **dict.fromkeys((NO_NAME, REFUSED, TLS, PROXY, "no network"), SourceUnreachable),
    **dict.fromkeys(("rate limited", "blocked", "portal"), RequestRefused),
    **dict.fromkeys(("slow", "outage", "moved", "changed"), SourceUnavailable),
    "affiliate": AffiliateRefused,
}

_GRACENOTE = "It is Gracenote, not you"


class SourceFailure(NamedTuple):
    """A way in which the source, or the way to it, can be broken. step: its name among the
    doctor's checks."""

    check: str
    name: str
    symptom: str
    remedy: str


SOURCE_FAILURES: Dict[str, SourceFailure] = {
    row.name: row
    for row in (
        SourceFailure(
            "source",
            "no name",
            "The name {host} leads to no address",
            "Check this machine's network and its name server; one that filters advertising may"
            " leave the name out",
        ),
        SourceFailure(
            "source",
            "connection refused",
            "{host} refuses the connection",
            "Check whether a firewall, or a filter of your network or provider, is in between",
        ),
        SourceFailure(
            "source",
            "tls",
            "The connection to {host} is not safe ({detail})",
            "Check this machine's date and time first; then whether this network wants you to log"
            " in on a page of its own, or filters what you open",
        ),
        SourceFailure(
            "source",
            "proxy",
            "The proxy {proxy} does not let us through ({detail})",
            "Correct HTTPS_PROXY, or name the host in NO_PROXY",
        ),
        SourceFailure(
            "source",
            "no network",
            "{host} cannot be reached ({detail})",
            "Check this machine's network; if other pages open, try again in an hour",
        ),
        SourceFailure(
            "source",
            "slow",
            "{host} does not answer ({detail})",
            "Try again in an hour: the source, or the way to it, is overloaded",
        ),
        SourceFailure(
            "source",
            "portal",
            "{host} answers with {detail}",
            "Open that address in a browser on this network: where you have to log in first, do."
            " Otherwise wait an hour: then it is Gracenote, not you",
        ),
        SourceFailure(
            "source",
            "rate limited",
            "{host} refuses this address ({detail})",
            "Wait an hour: each new try prolongs it. A slower strategy (the setting"
            " worker_strategy) keeps it from happening again",
        ),
        SourceFailure(
            "source",
            "blocked",
            "{host} refuses this address, as it does robots ({detail})",
            "Wait some hours, and leave user_agent out of the settings. When it lasts for days,"
            " look for a newer version of gracenote2epg",
        ),
        SourceFailure(
            "source",
            "moved",
            "The listings have {detail}",
            f"{_GRACENOTE}: look for a newer version of gracenote2epg. Until then base_url takes"
            " another address",
        ),
        SourceFailure(
            "source",
            "outage",
            "{host} has a failure of its own ({detail})",
            f"{_GRACENOTE}: wait; the next run asks again",
        ),
        SourceFailure(
            "source",
            "changed",
            "{host} answers, but not with listings ({detail})",
            f"{_GRACENOTE}: try again later. When it lasts for days, look for a newer version of"
            " gracenote2epg",
        ),
        SourceFailure(
            "affiliate",
            "affiliate",
            "Gracenote accepts neither the affiliate id {affiliate} nor another one that is known"
            " ({detail}), so it refuses everybody who asks as we do",
            f"{_GRACENOTE}: look for a newer version of gracenote2epg, or set affiliate"
            " (GRACENOTE_AFFILIATE) to one that others report to work",
        ),
    )
}


def classify(outcome: Outcome) -> str:
    """The name of what an outcome shows; "" = the source is well, though it may not know what was
    asked for.
    """
    verdict, status = outcome.verdict, outcome.status
    if verdict is Verdict.UNREACHABLE:
        return outcome.cause or "no network"
    if verdict is Verdict.RATE_LIMITED:
        return "rate limited"
    if verdict is Verdict.BLOCKED:
        return "blocked" if status != 200 or "Human" in outcome.detail else "portal"
    if verdict is Verdict.OVERLOADED:
        return "outage" if status else "slow"
    if verdict is Verdict.GONE and status < 400:
        return "moved"
    if verdict is Verdict.BAD and outcome.detail not in EMPTY_ANSWERS:
        return "outage" if status >= 500 else "changed"
    return ""


def make_error(name: str, **seen: object) -> SourceError:
    """The error of that name, with what was seen filled in."""
    _, _, saw, cure = SOURCE_FAILURES[name]
    return ERRORS[name](saw.format(**seen), cure.format(**seen))


def error_for(outcome: Outcome, host: str, proxy: str) -> SourceError:
    """The error for a run that ended with this outcome."""
    seen = {"host": host, "detail": strip_credentials(outcome.detail), "proxy": proxy}
    return make_error(classify(outcome) or "changed", **seen)
