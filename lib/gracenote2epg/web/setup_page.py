"""The set-up in a browser: one at a time, the one that was begun last; saved at its end."""

import contextlib
import secrets
import threading
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Sequence

from ..channels.stations import GuideStation, network_of, station_label
from ..clock import Clock
from ..config.keeper import Keeper
from ..config.secrets import secrets_of
from ..config.settings import Config
from ..errors import GrabError, LineupNotFound, SourceError, Stopped
from ..models import Airing
from ..net.http_handler import texts
from ..setup.earlier_grabber import EarlierGrabber
from ..setup.engine import Setup
from ..setup.questions import Option, Question, Tools
from ..util.redact import Secrets, hide
from .channels import station_json
from .sentences import error_json

WAIT = 5.0  # seconds for another request of the set-up, which may ask the network
SHOWN = 3  # programmes of a station's evening

Json = Dict[str, Any]
Body = Mapping[str, Any]


class SetupPage:
    """Answers the page; any thread may ask. Its actions raise GrabError, BadQuery."""

    def __init__(
        self, keeper: Keeper, clock: Clock, earlier: Optional[EarlierGrabber] = None
    ) -> None:
        self._keeper, self._clock, self._earlier = keeper, clock, earlier
        self._asking = threading.Lock()
        self._id = ""
        self._setup: Optional[Setup] = None
        self._stop = threading.Event()  # ends what the present set-up asks the network
        self._secrets: Secrets = ()  # of the answers

    @property
    def actions(self) -> Dict[str, Callable[[Body], Json]]:
        """What the set-up answers, by path."""
        return {
            "/setup": self.begin,
            "/setup/answer": self.answer,
            "/setup/back": self.back,
            "/setup/leave": self.leave,
        }

    def begin(self, body: Body) -> Json:
        """The question of the set-up ``id``, or the first one of a new set-up."""
        if body.get("id") != self._id or self._setup is None:
            self.close()
            with self._one_at_a_time():
                self._id, self._stop = secrets.token_urlsafe(8), threading.Event()
                tools = Tools(self._clock, self._config, self._earlier, self._keeper.fixed())
                self._setup = Setup(self._keeper.texts(), tools)
        return self._next({"id": self._id})

    def answer(self, body: Body) -> Json:
        """The next question; after the last answer the settings are saved. An answer to another
        ``step`` than the present one is not taken: it was given twice, or in a second tab."""

        def take(setup: Setup) -> None:
            if body.get("step", setup.step) != setup.step:
                return
            values = texts(body.get("values", []))
            if values == [""] and body.get("unchanged"):  # a secret that is set
                values = list(setup.question(self._stop).default)
            setup.answer(values, self._stop)
            if setup.is_done:
                try:
                    self._keeper.save(setup.values)
                except GrabError:
                    setup.back()
                    raise

        return self._next(body, take)

    def back(self, body: Body) -> Json:
        return self._next(body, lambda setup: setup.back())

    def leave(self, body: Body) -> Json:
        """Forget the answers, and end the requests in progress."""
        if body.get("id") == self._id:
            self.close()
        return {}

    def close(self) -> None:
        self._stop.set()
        self._setup = None

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if not self._asking.acquire(timeout=WAIT):
            raise GrabError("The set-up is still asking", "Wait a moment", "setup_busy")
        try:
            yield
        finally:
            self._asking.release()

    def _next(self, body: Body, act: Callable[[Setup], object] = lambda setup: None) -> Json:
        """What to show after an act: a question, or why there is none, or that all is saved.

        ended: "elsewhere" = another browser or tab has begun a set-up since; "over" = none is open.
        """
        with self._one_at_a_time():
            setup = self._setup
            if setup is None or body.get("id") != self._id:
                return {"ended": "elsewhere" if setup else "over"}
            try:
                act(setup)
                if setup.is_done:
                    self._setup = None
                    return {"step": "saved", "player": setup.values.get("profile", "")}
                question = setup.question(self._stop)
            except Stopped:
                return {"ended": "elsewhere"}
            except GrabError as error:
                again = isinstance(error, SourceError) and not isinstance(error, LineupNotFound)
                told = error_json(error, self._secrets)
                return {"id": self._id, "step": setup.step, "again": again, **told}
        return {"id": self._id, "can_go_back": setup.can_go_back, **_document(question)}

    def _config(self, values: Mapping[str, str]) -> Config:
        config = self._keeper.config(values)
        self._secrets = secrets_of(config)
        hide(self._secrets)
        return config


def _document(question: Question) -> Json:
    """As JSON, without a secret's value."""
    document = question._asdict()
    if question.is_secret:
        document.update(default=[], is_set=any(question.default))
    document["options"] = [_option(question, row) for row in question.options]
    facts = dict(question.facts)
    if "programmes" in facts:
        facts["programmes"] = [_evening(*row) for row in facts["programmes"]]
    matches = facts.pop("matches", None)
    if matches:
        facts.update(matched=len(matches.channels), missing=matches.missing)
    return {**document, "facts": facts}


def _evening(row: GuideStation, airings: Sequence[Airing]) -> Json:
    return {
        "label": station_label(row.station),
        "network": network_of(row.station),
        "programmes": [{"title": each.title, "start": each.start} for each in airings[:SHOWN]],
    }


def _option(question: Question, option: Option) -> Json:
    """As JSON; a station as /stations.json has it."""
    facts = option.facts
    if question.step != "stations":
        return {"value": option.value, "facts": facts}
    return {
        **station_json(facts["station"]),
        "channel": facts["channel"],
        "chosen": option.value in question.default,
        "possible": not question.fixed,
    }
