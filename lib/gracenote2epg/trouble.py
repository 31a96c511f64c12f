"""What keeps us from the listings: its name among the failures of ``cures``, and the error of it.

A run and the doctor say the same in the same words. "Your network" and "an outage of its own" are
told apart by what was seen of one host: no other one is asked.
"""

from typing import Dict, Type

from .cures import FAILURES
from .downloader.tasks import NO_NAME, NOBODY, PROXY, TLS, Outcome, Verdict
from .errors import AffiliateRefused, BadSource, NoNetwork, Refused, SourceError
from .kinds import without_secrets

EMPTY = ("no channels in it", "no programme on any station")  # parse.guide's words

ERRORS: Dict[str, Type[SourceError]] = {
    **dict.fromkeys((NO_NAME, NOBODY, TLS, PROXY, "no network"), NoNetwork),
    **dict.fromkeys(("throttled", "blocked", "portal"), Refused),
    **dict.fromkeys(("slow", "outage", "moved", "changed"), BadSource),
    "affiliate": AffiliateRefused,
}


def name_of(outcome: Outcome) -> str:
    """The name of what an outcome shows; "" = the source is well, though it may not know what was
    asked for.
    """
    verdict, status = outcome.verdict, outcome.status
    if verdict is Verdict.UNREACHABLE:
        return outcome.trouble or "no network"
    if verdict is Verdict.THROTTLED:
        return "throttled"
    if verdict is Verdict.BLOCKED:
        return "blocked" if status != 200 or "Human" in outcome.detail else "portal"
    if verdict is Verdict.OVERLOADED:
        return "outage" if status else "slow"
    if verdict is Verdict.GONE and status < 400:
        return "moved"
    if verdict is Verdict.BAD and outcome.detail not in EMPTY:
        return "outage" if status >= 500 else "changed"
    return ""


def error(name: str, **seen: object) -> SourceError:
    """The error of that name, with what was seen filled in."""
    _, _, saw, cure = FAILURES[name]
    return ERRORS[name](saw.format(**seen), cure.format(**seen))


def of(outcome: Outcome, host: str, proxy: str) -> SourceError:
    """The error for a run that ended with this outcome."""
    seen = {"host": host, "detail": without_secrets(outcome.detail), "proxy": proxy}
    return error(name_of(outcome) or "changed", **seen)
