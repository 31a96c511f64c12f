"""Makes resources/settings.xml, the add-on's page in Kodi; a test fails when it is stale.

The values of a setting come from config/settings.py; here are its place on the page and how it is
edited. A row more is a line here, its label and help in every strings.po, and `make docs`.
"""

import os
from typing import Dict, Iterator, List, NamedTuple, Sequence, Tuple
from xml.sax.saxutils import escape

from gracenote2epg.config.profiles import CHANNEL_IDS, PROFILES
from gracenote2epg.config.settings import ADDON_ID, STRATEGIES, Setting, all_settings, as_text

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATH = os.path.join(ROOT, "resources", "settings.xml")

BASIC, STANDARD, ADVANCED, EXPERT = range(4)
LABELS, HELPS = 30100, 30200  # the label of row 1 is string 30101, its help 30201


class Row(NamedTuple):
    """A line of the page. number: of its strings. options: the string of each value that can be
    chosen. needs: the setting that must be on. hidden: typed as a password. browse: "path" for a
    folder and "file" for a file, which Kodi's file browser then finds.
    """

    name: str
    number: int
    level: int
    options: Sequence[Tuple[str, int]] = ()
    needs: str = ""
    hidden: bool = False
    browse: str = ""


class Action(NamedTuple):
    """A button."""

    name: str
    number: int
    level: int


_HOURS = [("-1", 30313), *((str(hour), 30350 + hour) for hour in range(24))]
_STRATEGIES = list(zip(STRATEGIES, range(30301, 30305)))
_HOSTS = [("127.0.0.1", 30311), ("0.0.0.0", 30312)]  # noqa: S104 (a choice, not ours)
_PROFILES = list(zip(PROFILES, range(30321, 30328)))
_GENRES = list(zip(("plain", "eit", "both", "profile"), range(30331, 30335)))
_IDS = list(zip(CHANNEL_IDS, (30381, 30382, 30383, 30384, 30388, 30385, 30386, 30387)))
_IMAGES = list(zip(("none", "icon", "all"), range(30341, 30344)))

# Six categories fit a screen of 720 lines. None is called "Advanced": Kodi calls
# a level of its settings so.
PAGE = (
    (
        "guide",
        30001,
        (
            Action("set_up", 51, BASIC),
            Row("postal_code", 1, BASIC),
            Row("lineup", 2, BASIC),
            Row("channels", 3, BASIC),
            Row("channels_from", 31, STANDARD),
            Action("choose_playlist", 59, STANDARD),
            Row("days", 4, BASIC),
            Row("past_days", 32, ADVANCED),
            Row("details", 5, STANDARD),
        ),
    ),
    (
        "output",
        30003,
        (
            Action("iptv_simple", 52, BASIC),
            Row("output", 11, STANDARD, browse="path"),
            Row("profile", 33, STANDARD, options=_PROFILES),
            Row("genre_style", 35, ADVANCED, options=_GENRES),
            Row("description_template", 36, ADVANCED),
            Row("images", 37, ADVANCED, options=_IMAGES),
            Row("backups", 46, ADVANCED),
            Row("channel_id", 34, EXPERT, options=_IDS),
            Row("ids_from", 60, EXPERT, browse="file"),
            Row("safe_titles", 38, EXPERT),
            Row("live_element", 39, EXPERT),
            Row("category_map", 40, EXPERT, browse="file"),
            Row("utc", 12, EXPERT),
            Row("image_host", 13, EXPERT),
            Row("worse_below", 45, EXPERT),
        ),
    ),
    (
        "tvheadend",
        30006,
        (
            Row("tvh_url", 41, STANDARD),
            Row("tvh_username", 42, STANDARD),
            Row("tvh_password", 43, STANDARD, hidden=True),
            Row("tvh_filter", 44, STANDARD),
        ),
    ),
    (
        "downloads",
        30002,
        (
            Action("run_now", 54, BASIC),
            Action("status", 55, BASIC),
            Row("interval", 14, STANDARD),
            Row("hour", 22, STANDARD, options=_HOURS),
            Row("at_start", 23, STANDARD),
            Row("not_while_playing", 24, STANDARD),
            Row("worker_strategy", 6, STANDARD, options=_STRATEGIES),
            Row("max_workers", 7, ADVANCED),
            Row("enable_adaptive", 8, ADVANCED),
            Row("time_budget", 9, ADVANCED),
            Row("request_budget", 10, ADVANCED),
        ),
    ),
    (
        "monitoring",
        30007,
        (
            Action("page", 56, BASIC),
            Row("enable_monitoring", 15, STANDARD),
            Row("monitoring_host", 25, STANDARD, options=_HOSTS, needs="enable_monitoring"),
            Row("monitoring_port", 17, ADVANCED, needs="enable_monitoring"),
            Row("notify", 49, ADVANCED, hidden=True),
        ),
    ),
    (
        "troubleshooting",
        30005,
        (
            Action("doctor", 53, BASIC),
            Action("support", 57, BASIC),
            Action("reset", 58, STANDARD),
            Row("debug", 21, STANDARD),
            Row("base_url", 18, EXPERT),
            Row("affiliate", 19, EXPERT),
            Row("user_agent", 20, EXPERT),
        ),
    ),
)


def page() -> str:
    rows = {row.name: row for row in all_settings()}
    lines = [
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>',
        "<!-- Made by tools/settings_page.py; change that, then `make docs`. -->",
        '<settings version="1">',
        f'  <section id="{ADDON_ID}">',
    ]
    for name, label, content in PAGE:
        lines += [f'    <category id="{name}" label="{label}">', '      <group id="1">']
        for entry in content:
            if isinstance(entry, Action):
                lines += _button(entry)
            else:
                lines += _setting(entry, rows[entry.name])
        lines += ["      </group>", "    </category>"]
    lines += ["  </section>", "</settings>"]
    return "\n".join(lines) + "\n"


def _button(action: Action) -> Iterator[str]:
    yield _head(action.name, "action", action.number)
    yield f"          <level>{action.level}</level>"
    yield f"          <data>RunScript({ADDON_ID},{action.name})</data>"
    yield '          <control type="button" format="action">'
    yield "            <close>true</close>"  # saves the settings first
    yield "          </control>"
    yield "        </setting>"


def _setting(row: Row, setting: Setting) -> Iterator[str]:
    kind = setting.kind
    type_ = kind.name if kind.name in ("integer", "boolean") else "string"
    type_ = "path" if row.browse else type_
    default = as_text(setting.default)
    yield _head(row.name, type_, row.number)
    yield f"          <level>{row.level}</level>"
    yield f"          <default>{escape(default)}</default>" if default else "          <default/>"
    constraints = list(_constraints(row, setting, default))
    if constraints:
        yield "          <constraints>"
        yield from constraints
        yield "          </constraints>"
    if row.needs:
        yield "          <dependencies>"
        yield f'            <dependency type="enable" setting="{row.needs}">true</dependency>'
        yield "          </dependencies>"
    yield from _control(row, type_, setting)
    yield "        </setting>"


def _constraints(row: Row, setting: Setting, default: str) -> Iterator[str]:
    kind = setting.kind
    if row.options:
        labels: Dict[str, int] = dict(row.options)
        yield "            <options>"
        for value in kind.choices or labels:
            yield f'              <option label="{labels[value]}">{value}</option>'
        yield "            </options>"
    elif kind.name == "integer":
        yield f"            <minimum>{kind.low}</minimum>"
        yield "            <step>1</step>"
        yield f"            <maximum>{kind.high}</maximum>"
    elif not default:
        yield "            <allowempty>true</allowempty>"
    if row.browse:
        yield "            <sources>"  # beside the drives and the network
        yield "              <source>files</source>"
        yield "            </sources>"
        yield f"            <writable>{str(row.browse == 'path').lower()}</writable>"


def _control(row: Row, type_: str, setting: Setting) -> Iterator[str]:
    high = setting.kind.high
    if type_ == "boolean":
        yield '          <control type="toggle"/>'
    elif row.options:
        yield '          <control type="spinner" format="string"/>'
    elif high is not None and high <= 60:
        yield '          <control type="slider" format="integer">'
        yield "            <popup>false</popup>"
        yield "          </control>"
    elif row.browse:
        yield f'          <control type="button" format="{row.browse}">'
        yield f"            <heading>{LABELS + row.number}</heading>"
        yield "          </control>"
    else:
        yield f'          <control type="edit" format="{type_}">'
        yield f"            <heading>{LABELS + row.number}</heading>"
        if row.hidden:
            yield "            <hidden>true</hidden>"
        yield "          </control>"


def _head(name: str, type_: str, number: int) -> str:
    label, help_ = LABELS + number, HELPS + number
    return f'        <setting id="{name}" type="{type_}" label="{label}" help="{help_}">'


def strings() -> List[int]:
    """Return the ids of all strings on the page."""
    numbers: List[int] = []
    for _, label, content in PAGE:
        numbers.append(label)
        for entry in content:
            numbers += [LABELS + entry.number, HELPS + entry.number]
            if isinstance(entry, Row):
                numbers += [text for _, text in entry.options]
    return sorted(set(numbers))
