"""Every fault of the fake server, as rows for the tests."""

import itertools
import math
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from fake_gracenote import FakeGracenote, responses
from support import guides
from support.builders import DAY, HOUR, lineup

ENDPOINTS = ("grid", "details", "providers")
ONCE, ALWAYS, LATER, NOW_AND_THEN = "once", "always", "after a while", "now and then"
MOMENTS = (ONCE, ALWAYS, LATER, NOW_AND_THEN)
HASTY = 0.1  # seconds of real patience where something hangs on purpose

Options = Dict[str, Any]


class Mishap(NamedTuple):
    """name: for people. method: of Faults. arguments: its own, beside on, when and times; of an
    answer it may be what makes it.
    """

    name: str
    method: str
    arguments: Tuple[Any, ...] = ()
    options: Mapping[str, Any] = {}
    hangs: bool = False  # really, so a run that meets it has less patience

    def needs(self, moment: str) -> float:
        """Return the number of requests of a run after which it surely happened."""
        if self.method in UNSURE:
            return math.inf
        if self.method in TIMED:
            return {LATER: 4, NOW_AND_THEN: 2}.get(moment, 1)
        return 2 + self.arguments[0] if self.method == "block_after" else 1

    def happen(self, server: FakeGracenote, on: Optional[str], moment: str) -> None:
        """Switch the fault on, at an endpoint and at moments if it has a choice."""
        faults = server.faults
        if self.method in ATTRIBUTES:
            setattr(faults, self.method, *self.arguments)
            return
        options: Options = dict(self.options)
        arguments = self.arguments
        if self.method == "answer":
            (body,) = arguments
            arguments = (on, body(server) if callable(body) else body)
        elif self.method in PLACED:
            options["on"] = on
        if self.method in TIMED:
            options.update(_at(moment))
        if self.method in CROWDED:
            faults.latency = 0.02  # without latency there are no simultaneous requests
        getattr(faults, self.method)(*arguments, **options)


def _at(moment: str) -> Options:
    if moment == ONCE:
        return {"times": 1}
    if moment == ALWAYS:
        return {}
    numbers = itertools.count()
    if moment == LATER:
        return {"when": lambda params: next(numbers) >= 3}
    return {"when": lambda params: next(numbers) % 3 == 1}


def wrong_hours(server: FakeGracenote) -> responses.Answer:
    """A good guide answer for other hours than requested."""
    far = server.world.now - server.world.now % (6 * HOUR) + 10 * DAY
    return responses.Answer(200, guides.grid(server.world, lineup(), far, 6))


ATTRIBUTES = ("latency", "affiliates")
TIMED = (
    *("answer", "refuse", "drop", "reset", "cut", "cut_gzip", "cut_chunks", "drip", "late"),
    *("hang", "hang_in_head", "hang_in_body"),
)
PLACED = (*TIMED, "hold")
CROWDED = ("connection_limit", "concurrency_limit")
# Left to chance; not counted; depend on how fast the server really answers.
UNSURE = ("scatter", "latency", "affiliates", *CROWDED)

_BODIES = {
    "a page of HTML": responses.html_page(),
    "400, no lineups": responses.no_lineups(),
    "400 without a word": responses.bad_request(),
    "404": responses.not_found(),
    "the page 'Oops'": responses.oops(),
    "JSON that breaks off": responses.malformed(),
    "JSON of another shape": responses.wrong_shape(),
    "a guide without a channel": responses.empty_guide(),
    "no body": responses.nothing(),
    "301 to another host": responses.Answer(
        301, b"", responses.HTML, (("Location", "https://moved.example/"),)
    ),
    "an unknown 418": responses.refusal(418),
    "listings of other hours": wrong_hours,
}
_OVER = "Sun, 13 Sep 2026 00:00:00 GMT"
_AGAIN = {"per": 9999, "closed": 30}  # seconds of the test's clock

MISHAPS: Tuple[Mishap, ...] = (
    *(Mishap(name, "answer", (body,)) for name, body in _BODIES.items()),
    *(
        Mishap(f"refused with {status}", "refuse", (status,))
        for status in (202, 403, 405, 429, 500, 502, 503, 504)
    ),
    Mishap("refused for a minute", "refuse", (429,), {"retry_after": "60"}),
    Mishap("refused for an hour", "refuse", (429,), {"retry_after": "3600"}),
    Mishap("refused until a moment that is over", "refuse", (503,), {"retry_after": _OVER}),
    Mishap("refused until nonsense", "refuse", (429,), {"retry_after": "soon; -1"}),
    Mishap("connection closed", "drop"),
    Mishap("connection reset", "reset"),
    Mishap("body cut", "cut"),
    Mishap("gzip stream cut", "cut_gzip"),
    Mishap("chunked body cut", "cut_chunks"),
    Mishap("body in drips", "drip", (0.05,)),
    Mishap("answers that are late", "late", (0.05,)),
    Mishap("answers that are too late", "late", (30.0,), hangs=True),
    Mishap("never an answer", "hang", hangs=True),
    Mishap("half a head, then nothing", "hang_in_head", hangs=True),
    Mishap("half a body, then nothing", "hang_in_body", hangs=True),
    Mishap("accepted and never read", "mute", (2,), hangs=True),
    Mishap("answers held back", "hold", hangs=True),
    Mishap("one answer in three broken in one of six ways", "scatter", (0.33,)),
    Mishap("answers after 20 ms", "latency", (0.02,)),
    Mishap("affiliate refused", "affiliates", (frozenset(["chi"]),)),
    Mishap("every affiliate refused", "affiliates", (frozenset(),)),
    Mishap("a block", "block_after", (5,), _AGAIN),
    Mishap("a block with 403", "block_after", (5,), {**_AGAIN, "status": 403}),
    Mishap("a block with robot checks", "block_after", (5,), {**_AGAIN, "status": 405}),
    Mishap("a block that names seconds", "block_after", (5,), {**_AGAIN, "retry_after": "seconds"}),
    Mishap("a block that names a date", "block_after", (5,), {**_AGAIN, "retry_after": "date"}),
    Mishap("a block for an hour", "block_after", (5,), {"per": 9999, "closed": 3600}),
    Mishap("a block among the details", "block_after", (15,), _AGAIN),
    Mishap("too many connections", "connection_limit", (2,), _AGAIN),
    Mishap("too many at once", "concurrency_limit", (1,)),
)
