"""Kodi's dialogs, as questions with an answer; None or "" = the user went back, or Kodi quits."""

import logging
import threading
from typing import Any, Callable, List, NamedTuple, Optional, Sequence, TypeVar

import xbmc
import xbmcgui

from ...clock import Clock
from ...errors import GrabError
from ..strings import failure, say

log = logging.getLogger(__name__)


T = TypeVar("T")

LOOK = 0.2  # seconds between two looks at the button of a progress dialog
PATIENCE = 4.0  # seconds for a job to end; Kodi waits for 5
FOLDER = 3  # xbmcgui's ShowAndGetWriteableDirectory

YES, NO, OTHER = "yes", "no", "other"
_ANSWERS = {0: NO, 1: YES, 2: OTHER}

# Tells how far a job is: per cent, and what it does.
Say = Callable[[int, str], None]


class Row(NamedTuple):
    """A line of a list, and a smaller one below it."""

    label: str
    more: str = ""


class Dialogs:
    """All that the script shows. Made in its main thread; nothing is shown once Kodi quits."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._kodi = xbmc.Monitor()
        self._box = xbmcgui.Dialog()

    @property
    def over(self) -> bool:
        """Whether Kodi quits."""
        return bool(self._kodi.abortRequested())

    def choose(self, heading: str, rows: Sequence[Row], marked: int = -1) -> Optional[int]:
        """One of the rows."""
        if self.over:
            return None
        found = int(self._box.select(heading, _items(rows), 0, marked, _detailed(rows)))
        return found if found >= 0 else None

    def pick(self, heading: str, rows: Sequence[Row], marked: List[int]) -> Optional[List[int]]:
        """Any of the rows, which may be none of them: []."""
        if self.over:
            return None
        found = self._box.multiselect(heading, _items(rows), 0, marked, _detailed(rows))
        return None if found is None else list(found)

    def ask(self, heading: str, text: str, digits: bool = False, hidden: bool = False) -> str:
        """A line of text."""
        if self.over:
            return ""
        kind = xbmcgui.INPUT_NUMERIC if digits else xbmcgui.INPUT_ALPHANUM
        option = xbmcgui.ALPHANUM_HIDE_INPUT if hidden else 0
        return str(self._box.input(heading, text, kind, option)).strip()

    def folder(self, heading: str) -> str:
        if self.over:
            return ""
        return str(self._box.browseSingle(FOLDER, heading, "files"))

    def agree(self, heading: str, text: str, yes: str, no: str = "", proposed: str = YES) -> bool:
        """proposed: the button that OK presses."""
        if self.over:
            return False
        no, button = no or say("no"), _button(proposed)
        return bool(self._box.yesno(heading, text, nolabel=no, yeslabel=yes, defaultbutton=button))

    def decide(
        self, heading: str, text: str, yes: str, no: str, other: str, proposed: str = YES
    ) -> Optional[str]:
        """One of YES, NO and OTHER."""
        if self.over:
            return None
        found = self._box.yesnocustom(
            heading, text, other, nolabel=no, yeslabel=yes, defaultbutton=_button(proposed)
        )
        return _ANSWERS.get(int(found))

    def tell(self, heading: str, text: str) -> None:
        if not self.over:
            self._box.ok(heading, text)

    def failed(self, heading: str, error: GrabError) -> None:
        """What happened in the user's language, then what to do as the log says it."""
        log.warning("%s", error)
        happened = failure(error)
        more = f"{error.advice}." if error.what in happened else str(error)
        self.tell(heading, f"{happened}[CR]{more}")

    def show(self, heading: str, text: str, columns: bool = False) -> None:
        """A long text, to scroll. columns: its letters are to be of one width."""
        if not self.over:
            self._box.textviewer(heading, text, columns)

    def wait(self, seconds: float) -> bool:
        """Return whether Kodi quits within so many seconds."""
        return bool(self._kodi.waitForAbort(seconds))

    def work(
        self,
        heading: str,
        text: str,
        job: Callable[[threading.Event, Say], T],
        whole: bool = False,
    ) -> Optional[T]:
        """Do the job in a thread behind a progress dialog, and return what it returns.

        job: gets the event that tells it to end. whole: the user cannot end it. None = the user or
        Kodi ended it. Raises what the job raises.
        """
        if self.over:
            return None
        current = _Job(job)
        bar = xbmcgui.DialogProgress()
        bar.create(heading, text)
        current.start()

        def is_canceled() -> bool:
            return not whole and bool(bar.iscanceled())

        while current.alive and not (self.wait(LOOK) or is_canceled()):
            percent, said = current.said
            bar.update(percent, said or text)
        ended = self.over or is_canceled()  # also in the moment in which the job ended
        if ended:
            current.stop.set()
        current.join(PATIENCE)
        bar.close()
        return None if ended else current.result()


class _Job:
    """A job in a thread of its own: what it says, what it returns, what it raises."""

    def __init__(self, job: Callable[[threading.Event, Say], Any]) -> None:
        self.stop, self.said = threading.Event(), (0, "")
        self._job = job
        self._value: Any = None
        self._error: Optional[Exception] = None
        self._thread = threading.Thread(target=self._go, name="job")
        self.start, self.join = self._thread.start, self._thread.join

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._value

    def _go(self) -> None:
        try:
            self._value = self._job(self.stop, self._say)
        except Exception as error:  # noqa: BLE001 (handed to the thread that waits)
            self._error = error

    def _say(self, percent: int, text: str) -> None:
        self.said = (percent, text)


def title(name: str) -> str:
    """The heading of a dialog: the add-on's name, and what this one is about."""
    return f"{say('title')}: {say(name)}"


def _button(answer: str) -> int:
    yes, no = xbmcgui.DLG_YESNO_YES_BTN, xbmcgui.DLG_YESNO_NO_BTN
    return int(yes if answer == YES else no)


def _items(rows: Sequence[Row]) -> List[Any]:
    return [xbmcgui.ListItem(row.label, row.more) for row in rows]


def _detailed(rows: Sequence[Row]) -> bool:
    return any(row.more for row in rows)
