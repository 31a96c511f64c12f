"""Answers about the grabber itself: ``--description``, ``--capabilities``, …

This imports no other module: Tvheadend waits for ``--description`` with its main lock held, once
for every grabber on the system.
"""

from .. import GRABBER, __version__

_ANSWERS = {
    "--description": "USA/Canada (Gracenote)",
    "--capabilities": "baseline\nmanualconfig\npreferredmethod\ncache\napiconfig",
    "--version": f"gracenote2epg {__version__}\nThis is {GRABBER} version {__version__}",
    "--preferredmethod": "allatonce",
}
_SHORT = {"-d": "--description", "-c": "--capabilities", "-v": "--version"}  # of version 2.0


def static_answer(words: "list[str]") -> str:
    """The answer that needs no settings, network or files; "" = another command."""
    names = (_SHORT.get(word, word) for word in words)
    return next((_ANSWERS[name] for name in names if name in _ANSWERS), "")
