"""A real Kodi, started, watched and driven as a person with a remote control would."""

import contextlib
import glob
import json
import os
import re
import subprocess
import tempfile
import time
from typing import Any, Callable, Dict, List, Optional

from . import rpc
from .home import PLAYER, REMOTE, Home, environment
from .screen import WITH_US, Screen

# Seconds; none is a promise: a slower machine takes a multiple of what it should.
START, QUIT, USUAL = 120.0, 60.0, 60.0
POLL = 0.1
HEADING, FOCUS = "Control.GetLabel(1)", "System.CurrentControl"  # of what is in front
PACE = 0.2  # seconds from one key to the next
MOVE = 2.0  # seconds for the focus to move, unless it cannot

_COMPLAINTS = re.compile(
    r"Error Type|Traceback|let's kill it|waiting on thread|EXCEPTION|could not be satisfied"
    r"|is missing\. Add-on|<CSetting\w*>: (missing|error|unknown|unable|invalid)|error reading"
    r"|RunScript called for|POParser|terminated unexpected",
    re.IGNORECASE,
)


# In a mount namespace of its own, so that nothing has to be unmounted.
_IN_ROOT = """
mount --bind /proc "$0/proc" && mount --rbind /dev "$0/dev" && mount --bind "$1" "$0$1"
folder=$PWD && cd "$0" && exec chroot "$0" env --chdir="$folder" "$2" --windowing=x11
"""


def command(root: str) -> List[str]:
    """The command that starts the Kodi of the system in this folder; "/" = of this system."""
    (program,) = glob.glob(os.path.join(root, "usr/lib/*/kodi/kodi.bin"))
    if root == "/":
        return [program, "--windowing=x11"]
    words = [root, tempfile.gettempdir(), program[len(root) :]]
    return ["unshare", "--mount", "sh", "-c", _IN_ROOT, *words]


class Kodi:
    """One Kodi, from ``start`` to ``quit``; may be started again with the same home.

    presses: how many keys were pressed. As a context it ends Kodi, whatever happened.
    """

    def __init__(self, home: Home, screen: Screen) -> None:
        self.home, self.screen, self.presses = home, screen, 0
        self._rpc, self._started_at = rpc.Rpc(home.port), 0.0
        self._process: Optional[subprocess.Popen[bytes]] = None

    # Life

    def start(self, *addons: str) -> "Kodi":
        """Start and wait for the home window, then enable these add-ons in this order."""
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            [*WITH_US, *command(self.home.root)],
            env=environment(self.home, self.screen.number),
            cwd=self.home.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.wait(lambda: self.visible("home"), "home window", START)
        for addon_id in (REMOTE, *addons):
            self.enable(addon_id)
        return self

    def quit(self) -> float:
        """Quit; return how many seconds Kodi took. Raises when it had to be killed."""
        began = time.monotonic()
        self.rpc("Application.Quit")
        self._process.wait(QUIT)
        self._process = None
        self._rpc.close()
        return time.monotonic() - began

    def close(self) -> None:
        self._rpc.close()
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> "Kodi":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def age(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self._started_at

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def memory(self) -> float:
        """MiB of this process in memory; shared ones too, which change when others come and go."""
        with open(f"/proc/{self._process.pid}/status", encoding="ascii") as file:
            (kib,) = re.findall(r"VmRSS:\s+(\d+) kB", file.read())
        return int(kib) / 1024

    # Waiting: Kodi tells nobody that it is ready, so it is asked

    def wait(self, done: Callable[[], Any], what: str, seconds: float = USUAL) -> Any:
        """Return what ``done`` gives as soon as that is something."""
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError, rpc.RpcError):
                found = done()
                if found:
                    return found
            if not self.running:
                code = self._process.returncode if self._process else "none"
                raise AssertionError(f"Kodi ended before there was {what}; its exit code: {code}")
            if time.monotonic() > end:
                raise AssertionError(f"no {what} within {seconds} s")
            time.sleep(POLL)

    # Asking and telling

    def rpc(self, method: str, params: Optional[Any] = None) -> Any:
        return self._rpc.call(method, params)

    def visible(self, window: str) -> bool:
        condition = f"Window.IsVisible({window})"
        found: Dict[str, bool] = self.rpc("XBMC.GetInfoBooleans", {"booleans": [condition]})
        return found[condition]

    def see(self, heading: str, focus: str, seconds: float = USUAL) -> None:
        """Wait for the dialog that is called so, with the focus on what begins so."""

        def seen() -> bool:
            return self.label(HEADING) == heading and self.label(FOCUS).startswith(focus)

        self.wait(seen, f"{heading!r} with {focus!r}", seconds)

    def label(self, name: str) -> str:
        found: Dict[str, str] = self.rpc("XBMC.GetInfoLabels", {"labels": [name]})
        return found[name]

    def press(self, *actions: str) -> None:
        for action in actions:
            self.presses += 1
            self.rpc("Input.ExecuteAction", {"action": action})
            time.sleep(PACE)

    def enabled(self, addon_id: str) -> bool:
        return self._about(addon_id, "enabled") is True

    def version(self, addon_id: str) -> str:
        return str(self._about(addon_id, "version"))

    def _about(self, addon_id: str, property: str) -> Any:
        asked = {"addonid": addon_id, "properties": [property]}
        return self.rpc("Addons.GetAddonDetails", asked)["addon"][property]

    def enable(self, addon_id: str, on: bool = True) -> None:
        def is_so() -> bool:
            self.dismiss()
            if self.enabled(addon_id) is not on:
                self.rpc("Addons.SetAddonEnabled", {"addonid": addon_id, "enabled": on})
            return self.enabled(addon_id) is on

        self.wait(is_so, f"{addon_id} {'enabled' if on else 'disabled'}")

    def dismiss(self) -> None:
        """Say no to what Kodi asks about add-ons that it did not install itself."""
        for _ in range(5):
            if not (self.visible("yesnodialog") or self.visible("okdialog")):
                return
            self.press("back")
            time.sleep(0.5)

    def change_profile(self, name: str) -> None:
        self.rpc("Profiles.LoadProfile", {"profile": name})

        def there() -> bool:
            return self.rpc("Profiles.GetCurrentProfile")["label"] == name and self.visible("home")

        self.wait(there, f"profile {name}")
        time.sleep(3)  # Kodi 21 may crash when it is told to change again a second later

    def python(self, code: str) -> Any:
        """Run Python inside Kodi; return what it left in ``result``."""
        with tempfile.TemporaryDirectory(dir=self.home.folder) as folder:
            path = os.path.join(folder, "code.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(code)
            self.rpc("Addons.ExecuteAddon", {"addonid": REMOTE, "params": [path], "wait": False})
            self.wait(lambda: os.path.exists(f"{path}.json"), "answer from Kodi's Python")
            with open(f"{path}.json", encoding="utf-8") as file:
                answer = json.load(file)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def builtin(self, what: str) -> None:
        self.python(f"import xbmc; xbmc.executebuiltin({what!r})")

    def set(self, addon_id: str, **values: object) -> None:
        """Change an add-on's settings, as its own code would: its service hears of each."""
        texts = {name: str(value) for name, value in values.items()}
        self.python(
            f"import xbmcaddon; addon = xbmcaddon.Addon({addon_id!r})\n"
            f"for item in {texts!r}.items(): addon.setSetting(*item)"
        )

    def setting(self, addon_id: str, name: str) -> str:
        code = f"import xbmcaddon; result = xbmcaddon.Addon({addon_id!r}).getSetting({name!r})"
        return str(self.python(code))

    def install(self, file: str) -> None:
        """Install a zip that is in ``home.zips``, through the windows, as a person does."""
        self.builtin("InstallFromZip")
        for label in ("[zips]", file):
            self.wait(lambda: self.visible("filebrowser"), "file browser")
            self.choose(label)

    def choose(self, label: str, step: str = "down") -> None:
        """Move the focus to what is called so, and press it."""
        for _ in range(60):
            focus = self.label(FOCUS)
            if focus == label:
                return self.press("select")
            self.press(step)
            end = time.monotonic() + MOVE
            while self.label(FOCUS) == focus and time.monotonic() < end:
                time.sleep(POLL)
        raise AssertionError(f"there is no {label} to choose")

    def lines(self, pattern: str = "") -> List[str]:
        """The lines of Kodi's log that match."""
        with open(self.home.log, encoding="utf-8", errors="replace") as file:
            return [line.rstrip("\n") for line in file if re.search(pattern, line)]

    def complaints(self) -> List[str]:
        """What Kodi says in its log when an add-on is at fault; the player's own are not ours."""
        return [
            line
            for line in self.lines()
            if _COMPLAINTS.search(line) and " debug <" not in line and PLAYER not in line
        ]
