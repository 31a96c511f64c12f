"""What the user may look at: the guide's state, tonight, the doctor's findings, the page's address.

And what a user in need does next: forget the stored answers, write a file for those who help.
"""

import threading
from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Tuple, cast

import xbmc
import xbmcgui

from ...config.settings import ADDON_ID
from ...errors import GrabError
from .. import addon_settings, backend, iptv_simple_check, support_file, timing
from ..ids import HOME, PROPERTY
from ..messages import PAUSE, RESUME, tell_service
from ..state_file import StateFile
from ..strings import clock, failure, moment, say
from .dialogs import NO, Dialogs, Row, Say, title

if TYPE_CHECKING:
    from ...channels.stations import GuideStation
    from ...config.settings import Config
    from ...models import Airing


KINDS = ("OTA", "CABLE", "SATELLITE")
SHOWN = 8  # stations of an evening
RUNS = 8  # of the history
CHANGES = 10  # stations that came or went, and the soonest programmes
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def status(dialogs: Dialogs) -> None:
    """What /stats and /changes say, as text."""
    chosen, heading = addon_settings.read(), title("action_status")
    config = chosen.config()
    found = dialogs.work(
        heading, say("reading"), lambda stop, tell: backend.document(config, dialogs.clock)
    )
    if found is not None:
        state = StateFile(chosen.profile, dialogs.clock).now()
        changed = _changed(dialogs, heading, config) if found["guide"] else []
        now = dialogs.clock.now()
        next_run = timing.due(state.last, chosen.asked, chosen.schedule(state.own), now)
        dialogs.show(heading, _status(found, changed, next_run, now))


def _changed(dialogs: Dialogs, heading: str, config: "Config") -> List[str]:
    """What changed since the last guide; the user need not wait for it, and it may fail."""
    try:
        found = dialogs.work(
            heading,
            say("comparing_guides"),
            lambda stop, tell: backend.changes(config, stop, dialogs.clock),
        )
    except GrabError as error:
        return [failure(error)]
    return _changes(found, dialogs.clock.now()) if found else []


def _status(found: Dict[str, Any], changed: List[str], next_run: float, now: float) -> str:
    lines = [xbmcgui.Window(HOME).getProperty(PROPERTY) or say("status_idle")]
    if next_run > now:
        lines.append(say("status_next", at=moment(next_run, now)))
    guide = found["guide"]
    if guide:
        lines += [
            "",
            say("status_guide", stations=guide["stations"], programmes=guide["programmes"]),
            say("status_until", at=moment(guide["end"], now)),
            say("status_made", at=moment(guide["made"], now)),
            *_health(guide["health"], now),
            *(["", *changed] if changed else []),
        ]
    else:
        lines += ["", say("status_no_guide")]
    heading = say("status_history")
    if found["history"]:
        lines += ["", f"[B]{heading}[/B]"]
    for one in found["history"][:RUNS]:
        what = one["error"] or say("status_well")
        figures = say("status_run", requests=one["requests"], seconds=round(one["seconds"]))
        lines.append(f"{moment(one['at'], now)}  {what} ({figures})")
    return "\n".join(lines)


def _health(found: Dict[str, Any], now: float) -> List[str]:
    """The guide's grade, and what would raise it most."""
    lines = []
    if found["points"] is not None:
        lines.append(say("status_grade", grade=found["grade"], points=found["points"]))
    for one in found["advice"][:1]:
        values = dict(one["values"])
        for name in {"at", "until"} & set(values):
            values[name] = moment(values[name], now)
        lines.append(say(f"advice_{one['name']}", **values))
    return lines


def _changes(found: Dict[str, Any], now: float) -> List[str]:
    """How many there are of each kind; the stations that came or went, and the first programmes."""
    heading = say("status_changes", at=moment(found["before"]["made"], now))
    stations = [
        say(f"station_{own['station']}", station=own["name"])
        for own in found["stations"]
        if own["station"] != "same"
    ]
    programmes = [(own["name"], one) for own in found["stations"] for one in own["changes"]]
    programmes.sort(key=lambda programme: int(_there(programme[1])["start"]))
    soonest = [_change(name, one, now) for name, one in programmes[:CHANGES]]
    shown = [*stations, *soonest][:CHANGES]
    left = len(stations) + len(programmes) - len(shown)
    return [
        f"[B]{heading}[/B]",
        say("status_changed", **found["sums"]),
        *shown,
        *([say("more", count=left)] if left else []),
    ]


def _change(name: str, one: Dict[str, Any], now: float) -> str:
    there, kind = _there(one), one["kind"]
    values = {"title": _titled(there)}
    if kind == "moved":
        values["before"] = moment(one["before"]["start"], now)
    elif kind == "retitled":
        values["before"] = _titled(one["before"])
    return f"{moment(there['start'], now)}  {name}  {say(f'change_{kind}', **values)}"


def _there(one: Dict[str, Any]) -> Dict[str, Any]:
    """The programme as it is now; one that is gone as it was."""
    return cast(Dict[str, Any], one["after"] or one["before"])


def _titled(programme: Dict[str, Any]) -> str:
    return ": ".join(filter(None, (programme["title"], programme["subtitle"])))


def evening(shown: "Sequence[Tuple[GuideStation, Sequence[Airing]]]") -> str:
    """The programmes of some stations, as text."""
    lines: List[str] = []
    for own, airings in shown:
        lines.append(f"[B]{named(own).label}[/B]  {named(own).more}")
        for airing in airings:
            titled = ": ".join(filter(None, (airing.title, airing.subtitle)))
            lines.append(f"{clock(airing.start)}  {titled}")
        lines.append("")
    return "\n".join(lines) or say("nothing_tonight")


def named(own: "GuideStation") -> Row:
    """A station as a line of a list."""
    station = own.station
    return Row(" ".join((*station.numbers[:1], station.call_sign)), station.name)


def doctor(dialogs: Dialogs) -> None:
    """Why the guide may be empty."""
    chosen = addon_settings.read()
    config = chosen.config()
    guides = {config.output, chosen.elsewhere} - {""}
    if chosen.page:
        guides.add(f":{chosen.port}/guide.xml")
    player = iptv_simple_check.examine(guides, config.profile != "tvheadend")
    found = dialogs.work(
        title("action_doctor"),
        say("examining"),
        lambda stop, tell: backend.doctor(config, stop, player, dialogs.clock),
    )
    if found is not None:
        dialogs.show(title("action_doctor"), found, columns=True)


def page(dialogs: Dialogs) -> None:
    """The address of the page; offers to switch it on."""
    chosen, heading = addon_settings.read(), title("action_page")
    if not chosen.page:
        if not dialogs.agree(heading, say("page_off"), say("switch_on")):
            return
        addon_settings.write({"enable_monitoring": "true", "monitoring_web_api": "true"})
    host = chosen.texts["monitoring_host"]
    if host in LOOPBACK:
        dialogs.tell(heading, say("page_here", address=f"http://localhost:{chosen.port}/"))
    else:
        address = f"http://{xbmc.getIPAddress()}:{chosen.port}/"
        dialogs.tell(heading, say("page_home", address=address))


def reset(dialogs: Dialogs) -> None:
    """Forget the stored answers; the next run asks for all of them again."""
    heading = title("action_reset")
    if not dialogs.agree(heading, say("ask_reset"), say("yes"), proposed=NO):
        return
    chosen = addon_settings.read()
    config, memory = chosen.config(), StateFile(chosen.profile, dialogs.clock)

    def forget(stop: threading.Event, tell: Say) -> bool:
        backend.forget(config, stop, dialogs.clock)
        memory.keep(last=None)
        memory.plan(0.0)  # also for the next Kodi
        return True

    tell_service(PAUSE)
    try:
        if not dialogs.work(heading, say("reading"), forget):
            return
    finally:
        tell_service(RESUME)
    dialogs.tell(heading, say("reset_done"))


def help_file(dialogs: Dialogs) -> None:
    """Write the file for those who help, and show what is in it."""
    chosen = addon_settings.read()
    path = support_file.write(chosen, StateFile(chosen.profile, dialogs.clock).now())
    dialogs.tell(title("action_support"), say("support_done", path=path))
    with open(path, encoding="utf-8") as file:
        dialogs.show(path, file.read())


def settings_page(dialogs: Dialogs) -> None:
    xbmc.executebuiltin(f"Addon.OpenSettings({ADDON_ID})")
