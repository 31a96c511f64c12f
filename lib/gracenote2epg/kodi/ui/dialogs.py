"""Kodi's dialogs. None or "" as an answer = the user went back, or Kodi quits."""

import logging
import re
import threading
from typing import Any, Callable, List, NamedTuple, Optional, Sequence, TypeVar

import xbmc
import xbmcgui

from ...clock import Clock
from ...errors import GrabError
from ..strings import describe_error, localize, say

log = logging.getLogger(__name__)

T = TypeVar("T")

POLL_INTERVAL = 0.2  # seconds between two checks of a progress dialog's button
MAX_LINE = 50  # letters of a dialog's line
JOB_TIMEOUT = 4.0  # seconds for a job to end; Kodi waits for 5
SHOW_AND_GET_FILE, SHOW_AND_GET_WRITABLE_DIRECTORY = 1, 3

# Pictures that every skin has.
GOOD, NEUTRAL, BAD = "DefaultIconInfo.png", "DefaultIconWarning.png", "DefaultIconError.png"
TV, DOWNLOAD = "DefaultTVShows.png", "DefaultAddonsUpdates.png"

YES, NO, CUSTOM = "yes", "no", "custom"
_BUTTONS = {0: NO, 1: YES, 2: CUSTOM}

# A job's progress: takes per cent and a text.
Report = Callable[[int, str], None]
Job = Callable[[threading.Event, Report], T]


class Row(NamedTuple):
    """A line of a list, and more about it. picture: a path, an address, or Kodi's name of
    one of its own."""

    label: str
    detail: str = ""
    picture: str = ""


class Entry(NamedTuple):
    """A row that opens something, which returns when the user has gone back."""

    row: Row
    open: Callable[[], None]


class Dialogs:
    """All dialogs of the script. Made in its main thread; shows nothing once Kodi quits."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._monitor = xbmc.Monitor()
        self._dialog = xbmcgui.Dialog()

    @property
    def kodi_quits(self) -> bool:
        return bool(self._monitor.abortRequested())

    def select(self, heading: str, rows: Sequence[Row], preselected: int = -1) -> Optional[int]:
        """Return the number of the row."""
        if self.kodi_quits:
            return None
        number = int(self._dialog.select(heading, *_list(rows, preselected)))
        return number if number >= 0 else None

    def walk(self, heading: str, entries: Sequence[Entry]) -> None:
        """A list whose rows the user opens one after the other, until he goes back."""
        number: Optional[int] = 0
        while number is not None:
            number = self.select(heading, [entry.row for entry in entries], number)
            if number is not None:
                entries[number].open()

    def multiselect(
        self, heading: str, rows: Sequence[Row], preselected: List[int]
    ) -> Optional[List[int]]:
        """Return the numbers of the rows; [] = none of them."""
        if self.kodi_quits:
            return None
        numbers = self._dialog.multiselect(heading, *_list(rows, preselected))
        return None if numbers is None else list(numbers)

    def input(self, heading: str, text: str, hidden: bool = False) -> Optional[str]:
        """Return the text, which may be empty."""
        if self.kodi_quits:
            return None
        keyboard = xbmc.Keyboard(text, heading, hidden)
        keyboard.doModal()
        return str(keyboard.getText()).strip() if keyboard.isConfirmed() else None

    def digits(self, heading: str, text: str) -> str:
        if self.kodi_quits:
            return ""
        return str(self._dialog.input(heading, text, xbmcgui.INPUT_NUMERIC)).strip()

    def folder(self, heading: str) -> str:
        if self.kodi_quits:
            return ""
        return str(self._dialog.browseSingle(SHOW_AND_GET_WRITABLE_DIRECTORY, heading, "files"))

    def file(self, heading: str, endings: str) -> str:
        """endings: such as ".m3u|.m3u8"."""
        if self.kodi_quits:
            return ""
        return str(self._dialog.browseSingle(SHOW_AND_GET_FILE, heading, "files", endings))

    def confirm(self, heading: str, text: str, yes: str, no: str = "", default: str = YES) -> bool:
        """default: the focused button."""
        if self.kodi_quits:
            return False
        labels = {"nolabel": no or localize("no"), "yeslabel": yes}
        return bool(
            self._dialog.yesno(heading, on_lines(text), **labels, defaultbutton=_button(default))
        )

    def ask(
        self, heading: str, text: str, yes: str, no: str, custom: str, default: str = YES
    ) -> Optional[str]:
        """Return YES, NO or CUSTOM."""
        if self.kodi_quits:
            return None
        labels = {"nolabel": no, "yeslabel": yes}
        number = self._dialog.yesnocustom(
            heading, on_lines(text), custom, **labels, defaultbutton=_button(default)
        )
        return _BUTTONS.get(int(number))

    def message(self, heading: str, text: str) -> None:
        if not self.kodi_quits:
            self._dialog.ok(heading, on_lines(text))

    def error(self, heading: str, error: GrabError, more: str = "") -> None:
        """Show what happened, and what to do about it. more: another sentence."""
        log.warning("%s", error)
        sentences = filter(None, (describe_error(error), say(error.cure), more))
        self.message(heading, "[CR]".join(f"{sentence}." for sentence in sentences))

    def text(self, heading: str, text: str) -> None:
        """Show a long text, to scroll."""
        if not self.kodi_quits:
            self._dialog.textviewer(heading, text)

    def wait_for(self, is_done: Callable[[], bool]) -> None:
        """Wait until it is done or Kodi quits; meanwhile Kodi calls the windows of the script."""
        while not is_done() and not self._monitor.waitForAbort(POLL_INTERVAL):
            pass

    def run(self, heading: str, text: str, job: "Job[T]", cancelable: bool = True) -> Optional[T]:
        """Run the job in a thread behind a progress dialog, and return its result.

        job: gets the event that asks it to stop, and reports its progress. None = the user or Kodi
        stopped it. Raises the job's exceptions.
        """
        if self.kodi_quits:
            return None
        thread = _JobThread(job)
        bar = xbmcgui.DialogProgress()
        bar.create(heading, text)
        thread.start()

        def is_canceled() -> bool:
            return cancelable and bool(bar.iscanceled())

        while thread.is_alive():
            if self._monitor.waitForAbort(POLL_INTERVAL) or is_canceled():
                break
            percent, detail = thread.progress
            bar.update(percent, detail or text)
        stopped = self.kodi_quits or is_canceled()  # also at the moment when the job ended
        if stopped:
            thread.stop.set()
        thread.join(JOB_TIMEOUT)
        bar.close()
        return None if stopped else thread.result()


class _JobThread(threading.Thread):
    """progress: per cent and text."""

    def __init__(self, job: "Job[Any]") -> None:
        super().__init__(name="job")
        self.stop, self.progress = threading.Event(), (0, "")
        self._job = job
        self._result: Any = None
        self._error: Optional[Exception] = None

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._result

    def run(self) -> None:
        try:
            self._result = self._job(self.stop, self._report)
        except Exception as error:  # noqa: BLE001 (raised again by result())
            self._error = error

    def _report(self, percent: int, text: str) -> None:
        self.progress = (percent, text)


def on_lines(text: str) -> str:
    """The text with breaks in long paths, after slashes: a dialog breaks lines at blanks alone."""
    return re.sub(r"[^\s\[\]]+", lambda found: _on_lines(found.group()), text)


def _on_lines(path: str) -> str:
    lines = [""]
    for part in re.findall(r"[^/\\]*[/\\]*", path):
        if len(lines[-1] + part) > MAX_LINE:
            lines.append("")
        lines[-1] += part
    return "[CR]".join(filter(None, lines))


def title(name: str) -> str:
    """The heading of a dialog: the add-on's name, and its topic."""
    return localize("heading", topic=localize(name))


def _button(answer: str) -> int:
    yes, no = xbmcgui.DLG_YESNO_YES_BTN, xbmcgui.DLG_YESNO_NO_BTN
    return int(yes if answer == YES else no)


def _list(rows: Sequence[Row], preselected: Any) -> Sequence[Any]:
    """The arguments for a list: its items, no timeout, the selection, whether to show details.

    Kodi keeps a column for the pictures beside details: without any, a row is one line; with some,
    every row has one.
    """
    if not any(row.picture for row in rows):
        labels = (" · ".join(filter(None, (row.label, row.detail))) for row in rows)
        return [*map(xbmcgui.ListItem, labels)], 0, preselected, False
    items = []
    for row in rows:
        items.append(xbmcgui.ListItem(row.label, row.detail))
        items[-1].setArt({"icon": row.picture or TV})
    return items, 0, preselected, True
