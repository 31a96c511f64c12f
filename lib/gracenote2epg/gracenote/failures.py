"""What keeps us from the listings: the diagnosis of an outcome, and the error for it.

A run and the doctor describe the same failure in the same words. There is only one host, so its
outcomes have to show whether the user's network or the source fails.
"""

from typing import Dict, NamedTuple, Type

from .. import __version__
from ..errors import (
    AffiliateRefused,
    RequestRefused,
    SourceError,
    SourceUnavailable,
    SourceUnreachable,
)
from ..net import NO_NAME, PROXY, REFUSED, TLS
from ..util.redact import strip_credentials
from .tasks import Outcome, Verdict

# What parser.guide says of an answer that works but is empty.
EMPTY_ANSWERS = ("no channels in it", "no programme on any station")

_GRACENOTE = "It is Gracenote, not you"
_NEWER = "look where you got gracenote2epg for a version after {version}"


class SourceFailure(NamedTuple):
    """A way in which the source, or the way to it, fails. check: the doctor's check that finds it;
    ``{…}`` in the texts is filled in with the values that were observed."""

    name: str
    error: Type[SourceError]
    symptom: str
    remedy: str
    check: str = "source"


SOURCE_FAILURES: Dict[str, SourceFailure] = {
    row.name: row
    for row in (
        SourceFailure(NO_NAME, SourceUnreachable,
            "The name {host} does not resolve to an address",
            "Check this machine's network and its DNS server; one that blocks advertising may block"
            " the name"),
        SourceFailure(REFUSED, SourceUnreachable,
            "{host} refuses the connection",
            "Check whether a firewall, or a filter of your network or provider, is in between"),
        SourceFailure(TLS, SourceUnreachable,
            "The connection to {host} is not secure ({detail})",
            "Check this machine's date and time first; then whether this network has a login page,"
            " or a filter that intercepts HTTPS"),
        SourceFailure(PROXY, SourceUnreachable,
            "The proxy {proxy} does not let us through ({detail})",
            "Correct HTTPS_PROXY, or name the host in NO_PROXY"),
        SourceFailure("no network", SourceUnreachable,
            "{host} cannot be reached ({detail})",
            "Check this machine's network; if other pages open, try again in an hour"),
        SourceFailure("slow", SourceUnavailable,
            "{host} does not answer ({detail})",
            "Try again in an hour: the source, or the way to it, is overloaded"),
        SourceFailure("portal", RequestRefused,
            "{host} answers with {detail}",
            "Open that address in a browser on this network. If a login page appears, log in;"
            " otherwise it is Gracenote, not you: wait an hour"),
        SourceFailure("rate limited", RequestRefused,
            "{host} refuses this address ({detail})",
            "Wait an hour: each new try prolongs the refusal. A slower strategy (the setting"
            " worker_strategy) makes another one less likely"),
        SourceFailure("blocked", RequestRefused,
            "{host} refuses this address as a robot ({detail})",
            "Wait some hours, and leave user_agent out of the settings. If it lasts for days,"
            f" {_NEWER}"),
        SourceFailure("moved", SourceUnavailable,
            "The listings have {detail}",
            f"{_GRACENOTE}: {_NEWER}. Until then, base_url can be set to another address"),
        SourceFailure("outage", SourceUnavailable,
            "{host} has an outage ({detail})",
            f"{_GRACENOTE}: wait; the next run asks again"),
        SourceFailure("changed", SourceUnavailable,
            "{host} answers, but not with listings ({detail})",
            f"{_GRACENOTE}: try again later. If it lasts for days, {_NEWER}"),
        SourceFailure("affiliate", AffiliateRefused,
            "Gracenote accepts neither the affiliate id {affiliate} nor another one that is known"
            " ({detail}), so it refuses everybody who asks as we do",
            f"{_GRACENOTE}: {_NEWER}, or set affiliate (GRACENOTE_AFFILIATE) to one that others"
            " report to work",
            check="affiliate"),
    )
}  # fmt: skip


def classify(outcome: Outcome) -> str:
    """The name of the failure that an outcome shows; "" = the source works, though it may not know
    what was requested."""
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


def make_error(name: str, **values: object) -> SourceError:
    """The error for the failure of that name. values: fill in its texts."""
    failure, values = SOURCE_FAILURES[name], {"version": __version__, **values}
    return failure.error(failure.symptom, failure.remedy, name.replace(" ", "_"), **values)


def error_for(outcome: Outcome, host: str, proxy: str) -> SourceError:
    """The error for a run that ended with this outcome."""
    detail = strip_credentials(outcome.detail)
    return make_error(classify(outcome) or "changed", host=host, detail=detail, proxy=proxy)
