"""A Kodi small enough to read: its settings, log, notifications, and a clock that only waits move.

As in the real one, callbacks come in the main thread and only while it waits, an Addon object is a
copy of the settings of its time, and a wait of 0 seconds never ends.
"""

import os
import sys
import threading
import xml.etree.ElementTree as ElementTree
from types import ModuleType
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ADDON_ID = "service.gracenote2epg"
SPECIAL = "special://profile/"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "FATAL")
REAL_SECONDS = 20.0  # that a grab may take before the test has failed


class Line(NamedTuple):
    """A line of Kodi's log."""

    level: str
    text: str


class Kodi:
    """What a test sees of it, and does to it.

    patient: grabs finish before time passes.
    """

    def __init__(self, userdata: str, now: float) -> None:
        self.userdata = userdata
        self.profile = os.path.join(userdata, "addon_data", ADDON_ID)
        self.patient = True
        self._now, self._waited = now, 0.0
        self.values = defaults()
        self.log: List[Line] = []
        self.notifications: List[Tuple[str, str]] = []
        self.waits: List[float] = []
        self.monitors: List[Any] = []
        self._quitting = False
        self._plan: List[Tuple[float, Callable[[], Any]]] = []

    # For tests

    @property
    def now(self) -> float:
        """The wall clock, in seconds since the epoch."""
        return self._now + self._waited

    def sleep(self, seconds: float) -> None:
        """The machine sleeps, or its clock is set: no wait counts it."""
        self._now += seconds

    def restart(self) -> None:
        self.monitors.clear()
        self._quitting = False

    def after(self, seconds: float, action: Callable[[], Any]) -> None:
        """Do something when so many seconds have been waited, in the main thread."""
        self._plan.append((self._waited + seconds, action))
        self._plan.sort(key=lambda item: item[0])

    def quit(self) -> None:
        self._quitting = True

    def set(self, **values: object) -> None:
        """Change settings, as the settings dialog does when it closes."""
        self.values.update({name: str(value) for name, value in values.items()})
        for monitor in self.monitors:
            monitor.onSettingsChanged()

    def lines(self, *levels: str) -> List[str]:
        return [line.text for line in self.log if not levels or line.level in levels]

    # For the add-on

    def wait(self, seconds: float) -> bool:
        """Return whether Kodi quits, as waitForAbort does; time moves by the seconds waited."""
        if seconds <= 0:
            raise AssertionError(f"waitForAbort({seconds}) waits for ever")
        if not self._plan and not self._quitting:
            raise AssertionError("this test forgot to quit")
        self.waits.append(seconds)
        until = self._waited + seconds
        while not self._quitting:
            self._let_threads_finish()
            if not self._plan or self._plan[0][0] > until:
                self._waited = until
                return False
            self._waited, action = self._plan.pop(0)
            action()
        return True

    def _let_threads_finish(self) -> None:
        for thread in threading.enumerate():
            if thread.name == "grab" and self.patient:
                thread.join(REAL_SECONDS)
                if thread.is_alive():
                    raise AssertionError("the grab does not end")

    def translate(self, path: str) -> str:
        if path.startswith(SPECIAL):
            return os.path.join(self.userdata, path[len(SPECIAL) :])
        return path

    def modules(self) -> Dict[str, ModuleType]:
        """Kodi's modules, which know this Kodi alone."""
        kodi = self

        class Monitor:
            def __new__(cls, *args: Any, **kwargs: Any) -> Any:
                kodi.monitors.append(object.__new__(cls))
                return kodi.monitors[-1]

            def waitForAbort(self, timeout: float = -1.0) -> bool:
                return kodi.wait(timeout)

            def onSettingsChanged(self) -> None:
                pass

        class Addon:
            def __init__(self, id: str) -> None:
                self._id, self._values = id, dict(kodi.values)

            def getSetting(self, id: str) -> str:
                return self._values.get(id, "")

            def getAddonInfo(self, id: str) -> str:
                return {"profile": f"{SPECIAL}addon_data/{self._id}/"}[id]

        class Dialog:
            def notification(self, heading: str, message: str, icon: str, time: int) -> None:
                kodi.notifications.append((icon, message))

        def log(msg: str, level: int = 0) -> None:
            kodi.log.append(Line(LEVELS[level], msg))

        numbers = {f"LOG{name}": number for number, name in enumerate(LEVELS)}
        return {
            "xbmc": module("xbmc", Monitor=Monitor, log=log, **numbers),
            "xbmcaddon": module("xbmcaddon", Addon=Addon),
            "xbmcgui": module("xbmcgui", Dialog=Dialog, NOTIFICATION_WARNING="warning"),
            "xbmcvfs": module("xbmcvfs", translatePath=self.translate),
        }


def module(name: str, **content: Any) -> ModuleType:
    made = ModuleType(name)
    made.__dict__.update(content)
    return made


def install(userdata: str, now: float, into: Any = None) -> Kodi:
    """Put a Kodi's modules into sys.modules, or hand them to ``into(name, module)``."""
    kodi = Kodi(userdata, now)
    for name, made in kodi.modules().items():
        (into or sys.modules.__setitem__)(name, made)
    return kodi


def settings() -> Dict[str, ElementTree.Element]:
    """The <setting> elements of the add-on's page, by id."""
    page = ElementTree.parse(os.path.join(ROOT, "resources", "settings.xml"))
    return {found.attrib["id"]: found for found in page.iter("setting")}


def defaults() -> Dict[str, str]:
    return {name: found.findtext("default") or "" for name, found in settings().items()}
