"""What the grabber says of itself.

Nothing is imported for it: Tvheadend waits for ``--description`` with its main lock held, once for
every grabber there is.
"""

from .. import GRABBER, __version__

_ANSWERS = {
    "--description": "USA/Canada (Gracenote)",
    "--capabilities": "baseline\nmanualconfig\npreferredmethod\ncache\napiconfig",
    "--version": f"gracenote2epg {__version__}\nThis is {GRABBER} version {__version__}",
    "--preferredmethod": "allatonce",
}


def static_answer(words: "list[str]") -> str:
    """The answer that needs no settings, no network and no file; "" = that is not what is asked."""
    return next((_ANSWERS[word] for word in words if word in _ANSWERS), "")
