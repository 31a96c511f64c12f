"""The address of the page, with a code for the camera of a phone."""

import contextlib
import os
import tempfile
from typing import Any, Iterator, Sequence, Tuple

import xbmc
import xbmcgui

from ...config.types import EVERYWHERE, LOOPBACK
from ...util import png, qr
from .. import addon_settings, backend
from ..state_file import State, StateFile
from ..strings import localize
from .dialogs import NO, Dialogs, title

HEIGHT = 720  # lines of the drawing below, which grows with the screen
CODE_SIZE, CODE_TOP, TEXT_TOP = 420, 110, 560
CENTRED = 2 | 4  # Kodi's XBFONT_CENTER_X and _Y
NO_KEYS = (0, 107)  # actions of Kodi: nothing, and a mouse that moves


def page(dialogs: Dialogs) -> None:
    """Show the page's address; offer to switch the page on, and to open it to phones."""
    settings, heading = addon_settings.read(), title("action_page")
    settings.config()  # with an invalid setting no page is served
    if not settings.serves_page:
        if not dialogs.confirm(heading, localize("page_off"), localize("switch_on")):
            return
        addon_settings.write({"enable_monitoring": "true"})
    error = StateFile(settings.profile, dialogs.clock).read().page_error
    if error:
        dialogs.message(heading, f"{error}.")
        return
    if settings.texts["monitoring_host"] in LOOPBACK:
        text = localize("page_local", address=f"http://localhost:{settings.page_port}/")
        labels = (localize("open_page"), localize("leave_page"))
        if not dialogs.confirm(heading, text, *labels, default=NO):
            return
        addon_settings.write({"monitoring_host": EVERYWHERE[0]})
    code = backend.page_code(settings.profile, dialogs.clock)
    hints = (localize("page_network"), localize("code_for_changes", code=code), localize("any_key"))
    show_code(dialogs, heading, f"{_address(settings)}/", hints)


def shared_address(settings: addon_settings.Settings, state: State) -> str:
    """The page's address for the phones of the home network; "" = they cannot open it."""
    is_local = settings.texts["monitoring_host"] in LOOPBACK
    return "" if not settings.serves_page or is_local or state.page_error else _address(settings)


def _address(settings: addon_settings.Settings) -> str:
    return f"http://{xbmc.getIPAddress()}:{settings.page_port}"


def show_code(dialogs: Dialogs, heading: str, address: str, hints: Sequence[str]) -> None:
    """Show the address and its code until a key is pressed."""
    if dialogs.kodi_quits:
        return
    with _pictures(address) as pictures:
        window = _CodeWindow()
        window.draw(heading, address, hints, *pictures)
        window.show()
        dialogs.wait_for(lambda: window.is_closed)
        window.close()


class _CodeWindow(xbmcgui.WindowDialog):  # type: ignore[misc]
    is_closed = False

    def draw(
        self, heading: str, address: str, hints: Sequence[str], code: str, background: str
    ) -> None:
        width, height = self.getWidth(), self.getHeight()
        scale = height / HEIGHT
        size = int(CODE_SIZE * scale)

        def text(top: int, words: str, font: str) -> Any:
            box = (0, int(top * scale), width, int(40 * scale))
            return xbmcgui.ControlLabel(*box, words, font, "0xFFFFFFFF", alignment=CENTRED)

        self.addControls(
            [
                xbmcgui.ControlImage(0, 0, width, height, background),
                text(40, heading, "font13"),
                xbmcgui.ControlImage((width - size) // 2, int(CODE_TOP * scale), size, size, code),
                text(TEXT_TOP, address, "font13"),
                *(
                    text(TEXT_TOP + 40 + 35 * line, hint, "font12")
                    for line, hint in enumerate(hints)
                ),
            ]
        )

    def onAction(self, action: Any) -> None:
        self.is_closed = self.is_closed or action.getId() not in NO_KEYS


@contextlib.contextmanager
def _pictures(address: str) -> Iterator[Tuple[str, str]]:
    """The paths of the code's picture and of a dark background, while the block lasts.

    In a folder of their own each time: Kodi keeps the pictures of a path.
    """
    with tempfile.TemporaryDirectory(dir=_profile()) as folder:
        paths = (os.path.join(folder, "code.png"), os.path.join(folder, "background.png"))
        contents = (qr.picture(address, 10), png.encode(1, [b"\0\x14"]))
        for path, content in zip(paths, contents):
            with open(path, "wb") as file:
                file.write(content)
        yield paths


def _profile() -> str:
    profile = addon_settings.read().profile
    os.makedirs(profile, exist_ok=True)
    return profile
