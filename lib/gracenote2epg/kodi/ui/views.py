"""The views: status, tonight, the doctor's report, the page's address, the support file.

And the reset, which deletes the stored answers.
"""

import threading
from typing import TYPE_CHECKING, Any, Dict, List, cast

import xbmc
import xbmcgui

from ...config.settings import ADDON_ID
from ...errors import GrabError
from .. import addon_settings, backend, iptv_simple_check, support_file
from ..ids import HOME_WINDOW, RUN_PROPERTY
from ..messages import PAUSE, RESUME, tell_service
from ..state_file import StateFile
from ..strings import day_and_time, describe_error, localize, time_of_day
from .dialogs import NO, Dialogs, Report, Row, title

if TYPE_CHECKING:
    from ...channels.stations import GuideStation
    from ...config.settings import Config
    from ...setup.lookups import Programmes

KINDS = ("OTA", "CABLE", "SATELLITE")
MAX_STATIONS = 8  # of an evening
MAX_RUNS = 8  # of the history
MAX_CHANGES = 10  # new or removed stations, and the soonest programmes
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def status(dialogs: Dialogs) -> None:
    """Show /stats and /changes as text."""
    settings, heading = addon_settings.read(), title("action_status")
    config = settings.config()
    stats = dialogs.run(
        heading, localize("reading"), lambda stop, report: backend.stats(config, dialogs.clock)
    )
    if stats is not None:
        changes = _changes(dialogs, heading, config) if stats["guide"] else []
        now = dialogs.clock.now()
        next_run = settings.next_run(StateFile(settings.profile, dialogs.clock).read(), now)
        dialogs.text(heading, _status_text(stats, changes, next_run, now))


def _changes(dialogs: Dialogs, heading: str, config: "Config") -> List[str]:
    """The changes since the last guide, or why there are none to show."""
    try:
        changes = dialogs.run(
            heading,
            localize("comparing_guides"),
            lambda stop, report: backend.changes(config, stop, dialogs.clock),
        )
    except GrabError as error:
        return [describe_error(error)]
    return changes_text(changes, dialogs.clock.now()) if changes else []


def _status_text(stats: Dict[str, Any], changes: List[str], next_run: float, now: float) -> str:
    lines = [xbmcgui.Window(HOME_WINDOW).getProperty(RUN_PROPERTY) or localize("status_idle")]
    if next_run > now:
        lines.append(localize("status_next", at=day_and_time(next_run, now)))
    guide = stats["guide"]
    if guide:
        stations, programmes = guide["stations"], guide["programmes"]
        lines += [
            "",
            localize("status_guide", stations=stations, programmes=programmes),
            localize("status_until", at=day_and_time(guide["end"], now)),
            localize("status_made", at=day_and_time(guide["made"], now)),
            *_health_text(guide["health"], now),
            *(["", *changes] if changes else []),
        ]
    else:
        lines += ["", localize("status_no_guide")]
    if stats["history"]:
        lines += ["", _bold(localize("status_history"))]
    for run in stats["history"][:MAX_RUNS]:
        outcome, seconds = run["error"] or localize("status_ok"), round(run["seconds"])
        figures = localize("status_run", requests=run["requests"], seconds=seconds)
        lines.append(f"{day_and_time(run['at'], now)}  {outcome} ({figures})")
    return "\n".join(lines)


def _health_text(health: Dict[str, Any], now: float) -> List[str]:
    """The guide's grade, and what would raise it most."""
    lines = []
    if health["points"] is not None:
        lines.append(localize("status_grade", grade=health["grade"], points=health["points"]))
    for advice in health["advice"][:1]:
        values = dict(advice["values"])
        for name in {"at", "until"} & set(values):
            values[name] = day_and_time(values[name], now)
        lines.append(localize(f"advice_{advice['name']}", **values))
    return lines


def changes_text(changes: Dict[str, Any], now: float) -> List[str]:
    """The number of changes by kind; new and removed stations, then the soonest programmes."""
    heading = localize("status_changes", at=day_and_time(changes["before"]["made"], now))
    stations = [
        localize(f"station_{row['station']}", station=row["name"])
        for row in changes["stations"]
        if row["station"] != "same"
    ]
    programmes = [(row["name"], change) for row in changes["stations"] for change in row["changes"]]
    programmes.sort(key=lambda pair: int(_programme(pair[1])["start"]))
    soonest = [_change_text(name, change, now) for name, change in programmes[:MAX_CHANGES]]
    lines = [*stations, *soonest][:MAX_CHANGES]
    remaining = len(stations) + len(programmes) - len(lines)
    more = [localize("more", count=remaining)] if remaining else []
    return [_bold(heading), localize("status_changed", **changes["sums"]), *lines, *more]


def _change_text(station: str, change: Dict[str, Any], now: float) -> str:
    programme, kind = _programme(change), change["kind"]
    values = {"title": _full_title(**programme)}
    if kind == "moved":
        edge = "stop" if change["before"]["start"] == programme["start"] else "start"
        values["before"] = day_and_time(change["before"][edge], now)
    elif kind == "retitled":
        values["before"] = _full_title(**change["before"])
    text = localize(f"change_{kind}", **values)
    return f"{day_and_time(programme['start'], now)}  {station}  {text}"


def _programme(change: Dict[str, Any]) -> Dict[str, Any]:
    """The programme as it is now, or as it was before it was removed."""
    return cast(Dict[str, Any], change["after"] or change["before"])


def _full_title(title: str, subtitle: str, **_: Any) -> str:
    return ": ".join(filter(None, (title, subtitle)))


def _bold(text: str) -> str:
    return f"[B]{text}[/B]"


def evening_text(programmes: "Programmes") -> str:
    """The programmes of an evening, station by station."""
    lines: List[str] = []
    for station, airings in programmes:
        lines.append(_bold(station_row(station).label))
        for airing in airings:
            text = _full_title(airing.title, airing.subtitle)
            lines.append(f"{time_of_day(airing.start)}  {text}")
        lines.append("")
    return "\n".join(lines) or localize("nothing_tonight")


def station_row(guide_station: "GuideStation") -> Row:
    """A station as a row of a list."""
    from ...channels.stations import station_label

    return Row(station_label(guide_station.station))


def doctor(dialogs: Dialogs) -> None:
    """Show why the guide may be empty."""
    settings, heading = addon_settings.read(), title("action_doctor")
    config = settings.config()
    guides = {config.output, settings.share_address} - {""}
    if settings.serves_page:
        guides.add(f":{settings.page_port}/guide.xml")
    needed, clock = config.profile != "tvheadend", dialogs.clock

    def diagnose(stop: threading.Event, report: Report) -> str:
        player = iptv_simple_check.check(guides, needed, config.output, stop, clock)
        return backend.doctor(config, stop, player, clock)

    text = dialogs.run(heading, localize("diagnosing"), diagnose)
    if text is not None:
        dialogs.text(heading, text, monospace=True)


def page(dialogs: Dialogs) -> None:
    """Show the page's address; offer to switch the page on."""
    settings, heading = addon_settings.read(), title("action_page")
    if not settings.serves_page:
        if not dialogs.confirm(heading, localize("page_off"), localize("switch_on")):
            return
        addon_settings.write({"enable_monitoring": "true"})
    name, host = "page_network", xbmc.getIPAddress()
    if settings.texts["monitoring_host"] in LOOPBACK:
        name, host = "page_local", "localhost"
    address = f"http://{host}:{settings.page_port}/"
    error = StateFile(settings.profile, dialogs.clock).read().page_error
    dialogs.message(heading, error or localize(name, address=address))


def reset(dialogs: Dialogs) -> None:
    """Delete the stored answers after a question; the next run requests all of them again."""
    heading = title("action_reset")
    if not dialogs.confirm(heading, localize("ask_reset"), localize("yes"), default=NO):
        return
    settings = addon_settings.read()
    config, state_file = settings.config(), StateFile(settings.profile, dialogs.clock)

    def delete(stop: threading.Event, report: Report) -> bool:
        backend.delete_store(config, stop, dialogs.clock)
        state_file.update(last=None)
        state_file.save_next_run(0.0)  # also for the next Kodi
        return True

    tell_service(PAUSE)
    try:
        if not dialogs.run(heading, localize("reading"), delete):
            return
    finally:
        tell_service(RESUME)
    dialogs.message(heading, localize("reset_done"))


def support(dialogs: Dialogs) -> None:
    """Write the support file, and show it."""
    settings = addon_settings.read()
    path = support_file.write(settings, StateFile(settings.profile, dialogs.clock).read())
    dialogs.message(title("action_support"), localize("support_done", path=path))
    with open(path, encoding="utf-8") as file:
        dialogs.text(path, file.read())


def settings(dialogs: Dialogs) -> None:
    xbmc.executebuiltin(f"Addon.OpenSettings({ADDON_ID})")


def choose_playlist(dialogs: Dialogs) -> None:
    """Find the file for the setting channels_from, which can also be typed, as an address."""
    path = dialogs.file(title("action_choose_playlist"), ".m3u|.m3u8")
    if path:
        values = {"channels_from": path}
        addon_settings.read().with_values(values).config()  # which cannot be on a share
        addon_settings.write(values)
    settings(dialogs)
