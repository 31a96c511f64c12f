"""A Kodi small enough to read: its settings, log, dialogs, and waits that move the test's clock.

As in the real one, callbacks come in the main thread and only while it waits, an Addon object is a
copy of the settings of its time, and a wait of 0 seconds never ends. A dialog gets the next of the
answers that the test has prepared; without one it is as if the user pressed "back".
"""

import json
import os
import re
import sys
import threading
import xml.etree.ElementTree as ElementTree
from functools import lru_cache, partial
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable, Dict, List, NamedTuple, Optional, Set, Tuple

from support import ROOT, estuary, text_of

if TYPE_CHECKING:
    from support.clock import VirtualClock  # which needs our package

ADDON_ID = "service.gracenote2epg"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "FATAL")
REAL_SECONDS = 20.0  # that a grab may take before the test has failed
# What "back" gives; else "".
BACK = {"select": -1, "multiselect": None, "input": None, "yesnocustom": -1}
NOTHING: Any = object()
WIDTH, HEIGHT = 1280, 720
MOST_ASKED = 100  # dialogs, after which the test has failed


# Kodi 20's own texts, by number.
_NUMBERS = (5, 106, 107, 1043, 24001, 24019, 24033)
OWN_WORDS = {
    language: dict(zip(_NUMBERS, text.split("; ")))
    for language, text in {
        "en_gb": "Settings; No; Yes; Program add-ons; Add-ons; PVR clients;"
        " Install from repository",
        "fr_fr": "Paramètres; Non; Oui; Extensions Programmes; Extensions;"
        " Clients enregistreur vidéo; Installer d'un dépôt",
        "fr_ca": "Paramètres; Non; Oui; Addiciels de programmes; Addiciels; Clients de numériscope;"
        " Installer d’un dépôt",
        "es_es": "Ajustes; No; Sí; Add-ons de programas; Add-ons; Clientes PVR; Instalar desde"
        " repositorio",
        "es_mx": "Configuración; No; Sí; Complementos de programa; Complementos; Clientes PVR;"
        " Instalar desde repositorio",
    }.items()
}


class Line(NamedTuple):
    level: str
    text: str


class Asked(NamedTuple):
    """A dialog that was shown. rows: (label, smaller label) of a list; marked: those chosen yet.
    pictures: of its rows."""

    kind: str
    heading: str
    text: str = ""
    rows: Tuple[Tuple[str, str], ...] = ()
    marked: Any = None
    pictures: Tuple[str, ...] = ()


class Kodi:
    """What a test sees of it, and does to it.

    began: when Kodi started. patient: grabs finish before time passes; else they begin, and set
    under_way if there is one. in_script: waits are those of the add-on's script, which last as long
    as what it waits for. region: how the user writes the time. rpc: answers by method. unknown:
    add-ons that are disabled or not installed. shares: what is at other addresses. renames_onto:
    also onto a file that is there. fails: whether a call to a share of this name does.
    """

    def __init__(self, userdata: str, clock: "VirtualClock") -> None:
        self.userdata, self.clock = userdata, clock
        self.speak("en_gb")
        self.began = clock.now()
        self.patient, self.in_script = True, False
        self.under_way: Optional[threading.Event] = None
        self.values = defaults()
        self.region = "%H:%M:%S"
        self.log: List[Line] = []
        self.notifications: List[Tuple[str, str]] = []
        self.waits: List[float] = []
        self.monitors: List[Any] = []
        self.answers: List[Any] = []
        self.asked: List[Asked] = []
        self.bars: List[List[Tuple[int, str]]] = []  # of the corner: what each showed
        self.progress: List[Tuple[int, str]] = []  # of the dialog
        self.language = "English-USA (12h)"
        self.canceled: Any = False
        self.on_progress: Callable[[], Any] = bool
        self.others: Dict[str, Dict[str, str]] = {}  # the settings of other add-ons
        self.builtins: List[str] = []
        self.properties: Dict[str, str] = {}
        self.being_written = 0  # how many times the settings are read while they are written
        self.playing = self.recording = False
        self.unknown: Set[str] = set()
        self.rpc: Dict[str, Callable[..., Any]] = {"JSONRPC.NotifyAll": self._notify_all}
        self.shares: Dict[str, bytes] = {}
        self.renames_onto = False
        self.fails: Callable[[str], Any] = lambda call: False
        self.room: Optional[int] = None  # bytes of a file at such an address; the rest is lost
        self._quitting = False
        self._plan: List[Tuple[float, Callable[[], Any]]] = []

    @property
    def profile(self) -> str:
        return os.path.join(self.userdata, "addon_data", ADDON_ID)

    # For tests

    @property
    def now(self) -> float:
        """Seconds since Kodi's start, by the clock on the wall."""
        return self.clock.now() - self.began

    def sleep(self, seconds: float) -> None:
        """The machine sleeps, or its clock is set: no wait counts it."""
        self.clock.set(self.clock.now() + seconds)

    def restart(self) -> None:
        self.monitors.clear()
        self._quitting = False
        self.unknown.discard(ADDON_ID)

    def after(self, seconds: float, action: Callable[..., Any], *words: Any, **named: Any) -> None:
        """Do something when so many seconds have been waited, in the main thread."""
        self._plan.append((self.clock.monotonic() + seconds, partial(action, *words, **named)))
        self._plan.sort(key=lambda item: item[0])

    def speak(self, language: str) -> None:
        self.strings, self.own_words = strings(language), OWN_WORDS[language]

    def quit(self) -> None:
        self._quitting = True

    def disable(self) -> None:
        """As for an update: Kodi lets go of the add-on before it stops what runs of it."""
        self.unknown.add(ADDON_ID)
        self._quitting = True

    def set(self, **values: object) -> None:
        """Change settings, as the settings dialog does when it closes."""
        self.values.update({name: str(value) for name, value in values.items()})
        for monitor in list(self.monitors):
            monitor.onSettingsChanged()

    def notify(self, sender: str, method: str) -> None:
        for monitor in list(self.monitors):
            monitor.onNotification(sender, method, "null")

    def ask(self, word: str) -> None:
        """Ask the service for something, as NotifyAll does."""
        self.notify(ADDON_ID, f"Other.{word}")

    def play(self) -> None:
        self.playing = True
        self.notify("xbmc", "Player.OnPlay")

    def stop(self) -> None:
        self.playing = False
        self.notify("xbmc", "Player.OnStop")

    def lines(self, *levels: str) -> List[str]:
        return [line.text for line in self.log if not levels or line.level in levels]

    def logged(self, words: str) -> int:
        return sum(words in line for line in self.lines())

    def kinds(self) -> List[str]:
        return [dialog.kind for dialog in self.asked]

    def texts(self, kind: str) -> List[str]:
        return [dialog.text for dialog in self.asked if dialog.kind == kind]

    def asked_for(self, heading: str) -> List["Asked"]:
        return [dialog for dialog in self.asked if dialog.heading == heading]

    def row(self, label: str) -> int:
        """The number of the row in the list that is shown; an answer. -1 = it is not there."""
        labels = [row[0] for row in self.asked[-1].rows]
        return labels.index(label) if label in labels else -1

    # For the add-on

    def install(self, into: Any = None) -> None:
        """Put its modules into sys.modules, or hand them to ``into(name, module)``."""
        for name, made in self.modules().items():
            (into or sys.modules.__setitem__)(name, made)

    def wait(self, seconds: float) -> bool:
        """Return whether Kodi quits, as waitForAbort does; time moves by the seconds waited."""
        if seconds <= 0:
            raise AssertionError(f"waitForAbort({seconds}) waits for ever")
        if self.in_script:
            self._let_threads_finish()
            return self._quitting
        if not self._plan and not self._quitting:
            raise AssertionError("this test forgot to quit")
        self.waits.append(seconds)
        until = self.clock.monotonic() + seconds
        while not self._quitting:
            self._let_threads_finish()
            at, action = self._plan[0] if self._plan else (until + 1, None)
            self.clock.advance(min(at, until) - self.clock.monotonic())
            if action is None or at > until:
                return False
            del self._plan[0]
            action()
        return True

    def _let_threads_finish(self) -> None:
        for thread in threading.enumerate():
            if thread.name in ("grab", "job"):
                if self.under_way is not None and not self.under_way.wait(REAL_SECONDS):
                    raise AssertionError(f"the {thread.name} does not begin")
                thread.join(REAL_SECONDS if self.patient else 0.01)
                if self.patient and thread.is_alive():
                    raise AssertionError(f"the {thread.name} does not end")

    def translate(self, path: str) -> str:
        for special, folder in (
            ("special://profile/", self.userdata),
            ("special://logpath/", os.path.join(self.userdata, "temp")),
            ("special://temp/", os.path.join(self.userdata, "temp")),
        ):
            if path.startswith(special):
                return os.path.join(folder, path[len(special) :])
        return path

    def answer(self, asked: Asked) -> Any:
        """The next prepared answer; one that is a function is called first."""
        self.asked.append(asked)
        found = self.answers.pop(0) if self.answers else NOTHING
        if len(self.asked) > MOST_ASKED:
            raise SystemExit("nobody answers: the same is asked for ever")
        if callable(found):
            found = found()
        return BACK.get(asked.kind, "") if found in (NOTHING, None) else found

    def _notify_all(self, sender: str, message: str) -> str:
        self.notify(sender, f"Other.{message}")
        return "OK"

    def _call(self, text: str) -> str:
        request = json.loads(text)
        handler = self.rpc.get(request["method"])
        if handler is None:
            return json.dumps({"id": request["id"], "error": {"code": -32601}})
        return json.dumps({"id": request["id"], "result": handler(**request["params"])})

    def modules(self) -> Dict[str, ModuleType]:
        kodi = self

        class Monitor:
            def __new__(cls, *args: Any, **kwargs: Any) -> Any:
                kodi.monitors.append(object.__new__(cls))
                return kodi.monitors[-1]

            def waitForAbort(self, timeout: float = -1.0) -> bool:
                return kodi.wait(timeout)

            def abortRequested(self) -> bool:
                return kodi._quitting

            def onSettingsChanged(self) -> None:
                pass

            def onNotification(self, sender: str, method: str, data: str) -> None:
                pass

        class Addon:
            def __init__(self, id: str) -> None:
                if id in kodi.unknown:
                    raise RuntimeError(f"Unknown addon id '{id}'.")
                self._id, self._values = id, dict(kodi.others.get(id, kodi.values))
                if id == ADDON_ID and kodi.being_written:
                    kodi.being_written -= 1
                    self._values = {}

            def getSetting(self, id: str) -> str:
                return self._values.get(id, "")

            def setSetting(self, id: str, value: str) -> None:
                if self._id == ADDON_ID and not accepts(id, value):
                    return  # and it says nothing
                self._values[id] = value  # and all of the copy is written, however old it is
                kodi.others.get(self._id, kodi.values).update(self._values)
                if self._id == ADDON_ID:
                    kodi.set()

            def getAddonInfo(self, id: str) -> str:
                return {
                    "profile": f"special://profile/addon_data/{self._id}/",
                    "name": "TV guide",
                }[id]

            def getLocalizedString(self, id: int) -> str:
                return kodi.strings.get(id, "")

        class Keyboard:
            def __init__(self, line: str, heading: str, hidden: bool) -> None:
                self._asked, self._text = Asked("input", heading, line), None

            def doModal(self) -> None:
                self._text = kodi.answer(self._asked)

            def isConfirmed(self) -> bool:
                return self._text is not None

            def getText(self) -> str:
                return str(self._text)

        def log(msg: str, level: int = 0) -> None:
            kodi.log.append(Line(LEVELS[level], msg))

        class Player:
            def isPlaying(self) -> bool:
                return kodi.playing

        numbers = {f"LOG{name}": number for number, name in enumerate(LEVELS)}
        return {
            "xbmc": module(
                "xbmc",
                *(Monitor, Player, Keyboard, log),
                executebuiltin=self.builtins.append,
                executeJSONRPC=self._call,
                getCondVisibility=lambda text: {"PVR.IsRecording": kodi.recording}[text],
                getInfoLabel=lambda name: f"({name})",
                getLanguage=lambda format, region: kodi.language,
                ENGLISH_NAME=2,
                getIPAddress=lambda: "192.0.2.7",
                getRegion=lambda name: {"time": kodi.region, "dateshort": "%d/%m/%Y"}[name],
                getLocalizedString=lambda id: kodi.own_words[id],
                **numbers,
            ),
            "xbmcaddon": module("xbmcaddon", Addon),
            "xbmcgui": _gui(self),
            "xbmcvfs": _vfs(self),
        }


def _gui(kodi: Kodi) -> ModuleType:
    def check(message: str, *buttons: str) -> None:
        cut = estuary.cut(message, *buttons)
        if cut:
            raise SystemExit(f"cut off on the screen: {cut}")

    def rows_of(items: Any, details: bool) -> Any:
        """Without details Kodi shows one line; with them it keeps a column for pictures."""
        rows, pictures = zip(*((item.row, item.picture) for item in items))
        if {details} != {*map(bool, pictures)} or (not details and any(more for _, more in rows)):
            raise AssertionError(f"rows that lack a picture or another part: {rows[0]}")
        return rows, pictures

    class ListItem:
        def __init__(self, label: str, label2: str = "") -> None:
            self.row, self.picture = (label, label2), ""

        def setArt(self, dictionary: Dict[str, str]) -> None:
            self.picture = dictionary["icon"]

    class Dialog:
        def notification(self, heading: str, message: str, icon: str, time: int) -> None:
            kodi.notifications.append((heading, message))

        def select(
            self, heading: str, list: Any, autoclose: int, preselect: int, useDetails: bool
        ) -> int:
            rows, pictures = rows_of(list, useDetails)
            return int(kodi.answer(Asked("select", heading, "", rows, preselect, pictures)))

        def multiselect(
            self, heading: str, options: Any, autoclose: int, preselect: Any, useDetails: bool
        ) -> Optional[List[int]]:
            rows, _ = rows_of(options, useDetails)
            return kodi.answer(Asked("multiselect", heading, "", rows, preselect))

        def input(self, heading: str, defaultt: str, type: int) -> str:
            """Of digits; "back" gives "", too."""
            return str(kodi.answer(Asked("input", heading, defaultt)) or "")

        def browseSingle(self, type: int, heading: str, shares: str, mask: str = "") -> str:
            return str(kodi.answer(Asked("browse", heading, mask)))

        def yesno(
            self, heading: str, message: str, nolabel: str, yeslabel: str, defaultbutton: int
        ) -> bool:
            check(message, nolabel, yeslabel)
            return bool(kodi.answer(Asked("yesno", heading, message)))

        def yesnocustom(
            self,
            heading: str,
            message: str,
            customlabel: str,
            nolabel: str,
            yeslabel: str,
            defaultbutton: int,
        ) -> int:
            check(message, nolabel, yeslabel, customlabel)
            return int(kodi.answer(Asked("yesnocustom", heading, message)))

        def ok(self, heading: str, message: str) -> bool:
            check(message)
            return bool(kodi.answer(Asked("ok", heading, message)))

        def textviewer(self, heading: str, text: str) -> None:
            kodi.answer(Asked("textviewer", heading, text))

    class DialogProgress:
        def create(self, heading: str, message: str) -> None:
            kodi.asked.append(Asked("progress", heading, message))
            kodi.on_progress()

        def update(self, percent: int, message: str) -> None:
            kodi.progress.append((percent, message))

        def iscanceled(self) -> bool:
            return bool(kodi.canceled() if callable(kodi.canceled) else kodi.canceled)

        def close(self) -> None:
            pass

    class DialogProgressBG:
        def create(self, heading: str, message: str) -> None:
            kodi.bars.append([])

        def update(self, percent: int, heading: str, message: str) -> None:
            kodi.bars[-1].append((percent, message))

        def close(self) -> None:
            kodi.bars[-1].append((100, "closed"))

    class Window:
        def __init__(self, id: int) -> None:
            if id != 10000:
                raise AssertionError("the home window is meant")

        def getProperty(self, name: str) -> str:
            return kodi.properties.get(name, "")

        def setProperty(self, name: str, value: str) -> None:
            kodi.properties[name] = value

        def clearProperty(self, name: str) -> None:
            kodi.properties.pop(name, None)

    class Control:
        """label: of a label, or the picture of an image."""

        def __init__(self, x: int, y: int, width: int, height: int, label: str, *_: Any) -> None:
            for begin, length, screen in ((x, width, WIDTH), (y, height, HEIGHT)):
                if begin < 0 or begin + length > screen:
                    raise AssertionError(f"{label} is off the screen")
            self.label = label

    class ControlLabel(Control):
        def __init__(self, *place: Any, alignment: int) -> None:
            super().__init__(*place)

    class ControlImage(Control):
        def content(self) -> bytes:
            with open(self.label, "rb") as file:
                return file.read()

    class WindowDialog:
        def getWidth(self) -> int:
            return WIDTH

        def getHeight(self) -> int:
            return HEIGHT

        def addControls(self, pControls: List[Control]) -> None:
            self._controls = pControls

        def show(self) -> None:
            """The answer is a list of the actions that Kodi then reports."""
            labels = [row.label for row in self._controls if isinstance(row, ControlLabel)]
            images = [row.content() for row in self._controls if isinstance(row, ControlImage)]
            asked = Asked("window", labels[0], "\n".join(labels[1:]), marked=images)
            for number in kodi.answer(asked) or [10]:
                self.onAction(SimpleNamespace(getId=lambda number=number: number))

        def onAction(self, action: Any) -> None:
            pass

        def close(self) -> None:
            kodi.asked.append(Asked("closed", ""))

    parts = (ControlImage, ControlLabel, WindowDialog, Dialog, DialogProgress, DialogProgressBG)
    return module(
        "xbmcgui", *parts, ListItem, Window, NOTIFICATION_WARNING="warning", INPUT_NUMERIC=1,
        DLG_YESNO_YES_BTN=11, DLG_YESNO_NO_BTN=10,
    )  # fmt: skip


def _vfs(kodi: Kodi) -> ModuleType:
    class File:
        def __init__(self, path: str, mode: str = "r") -> None:
            self._path, self._position = path, 0
            self._opened = mode == "w" and not kodi.fails("open")
            if self._opened:
                kodi.shares[path] = b""

        def size(self) -> int:
            return 0 if kodi.fails("size") else len(kodi.shares.get(self._path, b""))

        def readBytes(self, numBytes: int = 0) -> bytearray:
            begin, self._position = self._position, self._position + numBytes
            return bytearray(kodi.shares.get(self._path, b"")[begin : self._position])

        def write(self, buffer: bytearray) -> bool:
            if not self._opened or kodi.fails("write"):
                return False
            kodi.shares[self._path] = (kodi.shares[self._path] + bytes(buffer))[: kodi.room]
            return True

        def __enter__(self) -> "File":
            return self

        def __exit__(self, *exc: object) -> None:
            pass

    class Stat:
        def __init__(self, path: str) -> None:
            self._path = path

        def st_size(self) -> int:
            return 0 if kodi.fails("stat") else len(kodi.shares.get(self._path, b""))

    def mkdirs(path: str) -> bool:
        if not path.startswith(("smb://", "nfs://", "/")):
            text = f"CreateDirectoryEx called with an unsupported path: {path}"
            kodi.log.append(Line("ERROR", text))
        return not kodi.fails("mkdirs")

    def rename(old: str, new: str) -> bool:
        onto = new in kodi.shares and not kodi.renames_onto
        if onto or old not in kodi.shares or kodi.fails("rename"):
            return False
        kodi.shares[new] = kodi.shares.pop(old)
        return True

    def copy(old: str, new: str) -> bool:
        if old not in kodi.shares or kodi.fails("copy"):
            return False
        kodi.shares[new] = kodi.shares[old]
        return True

    def exists(path: str) -> bool:
        return path in kodi.shares and not kodi.fails("exists")

    def delete(path: str) -> bool:
        return not kodi.fails("delete") and kodi.shares.pop(path, None) is not None

    parts = (File, Stat, mkdirs, exists, delete, rename, copy)
    return module("xbmcvfs", *parts, translatePath=kodi.translate)


def module(name: str, *parts: Any, **content: Any) -> ModuleType:
    """parts: under their own names."""
    made = ModuleType(name)
    made.__dict__.update({part.__name__: part for part in parts}, **content)
    return made


def settings() -> Dict[str, ElementTree.Element]:
    """The <setting> elements of the add-on's page that hold a value, by id."""
    return {name: found for name, found in _elements().items() if found.get("type") != "action"}


def buttons() -> Dict[str, ElementTree.Element]:
    return {name: found for name, found in _elements().items() if found.get("type") == "action"}


@lru_cache(maxsize=None)
def _elements() -> Dict[str, ElementTree.Element]:
    page = ElementTree.parse(os.path.join(ROOT, "resources", "settings.xml"))
    return {found.attrib["id"]: found for found in page.iter("setting")}


def accepts(name: str, value: str) -> bool:
    """Whether Kodi takes this value for the add-on's setting; it stores what it does not know."""
    element = settings().get(name)
    if element is None or element.get("type") in ("string", "path"):
        return element is None or value != "" or element.findtext(".//allowempty") == "true"
    if element.get("type") == "boolean":
        return value in ("true", "false")
    options = [option.text for option in element.iter("option")]
    if options or not re.fullmatch(r"-?\d+", value):
        return value in options
    low, high = (int(element.findtext(f".//{limit}") or 0) for limit in ("minimum", "maximum"))
    return low <= int(value) <= high


def defaults() -> Dict[str, str]:
    return {name: found.findtext("default") or "" for name, found in settings().items()}


@lru_cache(maxsize=None)
def strings(language: str) -> Dict[int, str]:
    """The texts of a language by number; where it has none, the English ones."""
    name = f"resource.language.{language}"
    file = text_of("resources", "language", name, "strings.po")
    found = re.findall(r'msgctxt "#(\d+)"\nmsgid "(.*)"\nmsgstr "(.*)"', file)
    return {int(number): _plain(translated or text) for number, text, translated in found}


def _plain(text: str) -> str:
    return text.replace("\\n", "\n").replace('\\"', '"')
