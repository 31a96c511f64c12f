"""Writes what the code tells: pages of docs/, and the page of settings in Kodi. A test fails when
one of them is stale."""

import inspect
import os
import re
import sys
from typing import Dict, Iterable, Iterator, List, Sequence, Tuple, Type

from gracenote2epg import errors
from gracenote2epg.cli.options import SHORTCUTS
from gracenote2epg.config import settings as config_settings
from gracenote2epg.config.profiles import CHANNEL_IDS, ELEMENTS, PROFILES, Profile
from gracenote2epg.doctor import failures as doctor_failures
from gracenote2epg.util.template import PLACEHOLDERS
from gracenote2epg.xmltv.categories import CHOICES

HERE = os.path.dirname(os.path.abspath(__file__))
_PLACES = ("output", "data_dir")  # settings of the group Output that change no text
for _folder in ("tests", "tools"):  # which are no packages
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), _folder))

import floors  # noqa: E402
import languages  # noqa: E402
import settings_page  # noqa: E402

import players.page  # noqa: E402

GRABBERS = {
    "gracenote2epg": "this program, and gracenote2epg 1.x and 2.0",
    "zap2epg": "zap2epg",
    "zap2it": "tv_grab_na_dd",
    "schedulesdirect": "tv_grab_zz_sdjson",
    "epg123": "EPG123",
    "zap2xml": "zap2xml, the Perl program",
    "station": "zap2xml of today, GraceNoteScraper, zap2it-GuideScraping",
    "player": "your playlist",
}
TVG_ID = "the tvg-id of the playlist's channel that surely is this station, else "


def settings() -> str:
    lines = [
        "# Settings",
        "",
        "Each setting is an option (`--worker-strategy`), a variable",
        "(`GRACENOTE_WORKER_STRATEGY`), a key of the config file (`worker_strategy`) and, but for",
        "a few, a setting of the Kodi add-on. A value comes from the first of these that gives it:",
        "option, variable, config file, the add-on's settings, default. A true/false setting has",
        "two options, such as `--details` and `--no-details`.",
        "",
        "A pair of quotes around a value is no part of it.",
        "",
        "The config file has `key=value` lines; `#` begins a comment, but not in quotes. Unless",
        "`--config-file` names another, it is `~/.xmltv/tv_grab_gracenote2epg.conf`.",
    ]
    group = ""
    for row in config_settings.all_settings():
        if row.group != group:
            group = row.group
            lines += ["", f"## {group}", "", "| setting | options | default | what it is for |"]
            lines += ["|---|---|---|---|"]
        options = ", ".join(f"`{option}`" for option in row.options)
        if row.name in SHORTCUTS:
            options += ", `{}` ({})".format(*SHORTCUTS[row.name])
        text = f"{row.help}. Allowed: {row.kind.allowed}"
        lines.append(f"| `{row.name}` | {options} | {_default(row.default)} | {text} |")
    return "\n".join(lines) + "\n"


def _default(value: object) -> str:
    if value in ("", ()):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def failures() -> str:
    lines = [
        "# Errors and exit codes",
        "",
        "An error is one line on stderr: what happened, and what to do about it. The log has more:",
        "`gracenote2epg.log` in the data directory (`data_dir`). `--debug` logs every request, and",
        "`--console` shows it on the terminal. No error damages the published guide.",
        "",
        "Below … stands for details.",
        "",
        "| code | name | what happened | what to do |",
        "|---|---|---|---|",
        "| 0 | | The guide is complete and published, or nothing was due | |",
    ]
    for name, kind in sorted(_errors().items(), key=lambda item: (item[1].exit_code, item[0])):
        advice = _example(kind)[1].replace("|", "\\|")
        if advice == "…":
            advice = "The error itself says it; for more, `--doctor` and [doctor.md](doctor.md)"
        lines.append(f"| {kind.exit_code} | {name} | {_sentence(kind)} | {advice} |")
    lines += [
        "| 70 | | A bug | Please report the last lines of the log |",
        "| 130, 143 | | Stopped by Ctrl-C or SIGTERM; what had arrived is kept | |",
        "| 141 | | The reader of the output has gone, as `head` does | |",
    ]
    return "\n".join(lines) + "\n"


def _errors() -> Dict[str, Type[errors.GrabError]]:
    found = inspect.getmembers(errors, inspect.isclass)
    roots = (errors.GrabError, errors.SourceError, errors.Stopped)
    return {
        n: kind for n, kind in found if issubclass(kind, errors.GrabError) and kind not in roots
    }


def _sentence(kind: Type[errors.GrabError]) -> str:
    return " ".join((kind.__doc__ or "").split()).rstrip(".")


def guide() -> str:
    """docs/xmltv.md as it stands, with the tables of xmltv/ in it."""
    return _filled("xmltv.md", _tables())


def architecture() -> str:
    """docs/architecture.md as it stands, with the drawing of the floors in it."""
    return _filled("architecture.md", {"floors": ["```", *floors.drawing(), "```"]})


def _filled(page: str, parts: Dict[str, List[str]]) -> str:
    """A page with new lines between its marks, such as <!-- floors --> and <!-- /floors -->."""
    with open(os.path.join(HERE, page), encoding="utf-8") as file:
        text = file.read()
    for name, lines in parts.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
        head, rest = text.split(begin)
        _, tail = rest.split(end)
        text = head + begin + "\n".join(lines) + end + tail
    return text


def _tables() -> Dict[str, List[str]]:
    chosen = [
        row
        for row in config_settings.all_settings()
        if row.group == "Output" and row.name not in _PLACES
    ]
    return {
        "profiles": _table(
            ("profile", "left out", "`genre_style`", "else", "why"),
            (
                (f"`{name}`", _left_out(own), f"`{own.genre_style}`", _else(own), own.reason)
                for name, own in PROFILES.items()
            ),
        ),
        "options": _table(
            ("setting", "values", "what it does"),
            ((f"`{row.name}`", str(row.kind.allowed), f"{row.help}.") for row in chosen),
        ),
        "channel ids": _table(
            ("value", "of", "id of station 20461 on channel 5.1"),
            (
                (
                    f"`{name}`",
                    GRABBERS[name],
                    f"{TVG_ID if name == 'player' else ''}"
                    f"`{scheme.format(id='20461', number='5.1')}`",
                )
                for name, scheme in CHANNEL_IDS.items()
            ),
        ),
        "placeholders": _table(
            ("placeholder", "is replaced by"),
            ((f"`{{{name}}}`", told) for name, told in PLACEHOLDERS.items()),
        ),
        "eit strings": _table(
            ("programme", "genres, the first row counts", "EIT string"), _eit_rows()
        ),
    }


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> List[str]:
    cells = [tuple(columns), ("---",) * len(columns), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]


def _left_out(profile: Profile) -> str:
    usual = PROFILES["any"].elements
    return ", ".join(f"`{name}`" for name in ELEMENTS if name in usual - profile.elements)


def _else(profile: Profile) -> str:
    told = {
        "the icon of a movie is its poster": profile.portrait,
        f"{profile.max_categories} categories at most, the EIT string first": bool(
            profile.max_categories
        ),
        "no genre by which a movie or documentary would be sports or news": profile.exact_classes,
        "backdrop and still without `--images all`": bool(profile.images),
        "`xmltv_ns` from the date where there is no number": profile.date_numbers,
        "`.65535.` in `xmltv_ns` where there is no number": profile.ends_numbers,
        "ratings without their system": not profile.rating_systems,
        "a repeat on the day of its first showing has the year in `date`": profile.new_by_date,
        "no `onscreen` without a sub-title": profile.titled_numbers,
        "channel names: call sign, call sign, number": profile.by_position,
        "`Series` also for sports": profile.sports_as_series,
        "`Series` also for replays without a date": profile.dateless_as_series,
        "the first category is `movie`, `series` or `sports`": profile.typed,
    }
    more = profile.elements - PROFILES["any"].elements
    return "; ".join([text for text, on in told.items() if on] + [f"`{name}`" for name in more])


def _eit_rows() -> Iterator[Sequence[str]]:
    for kind, rows, otherwise in CHOICES:
        for genres, eit in rows:
            yield kind, genres.replace(",", ", "), f"`{eit}`"
        yield kind, "any other", f"`{otherwise}`" if otherwise else "a genre that is one, or none"


def doctor() -> str:
    lines = [
        "# Why is my guide empty?",
        "",
        "`gracenote2epg --doctor` checks the chain from Gracenote to the screen, shows each result",
        "and ends with the first broken check and its remedy; a later one that explains it comes",
        "first. In Kodi it is *Why is my guide empty?*, on the page *Ask the doctor*. `ok` is",
        "fine, `!!` is broken, `--` does not apply or cannot be decided.",
        "",
        "The exit code is 0, or 20 plus the number of that check. `--json` prints the same for",
        "programs, and without your postal code: use it for reports to others.",
        "",
        "Run it as the user who makes the guide, with the same settings: for Tvheadend's grabber",
        "that is Tvheadend's user, and `tv_grab_gracenote2epg --doctor`. It sends one to three",
        "requests to the source, and none if the source answered recently or a run is in progress.",
        "With `tvh_url` it checks Tvheadend too; for all of that the user of `tvh_username` needs",
        "the right *Admin*. Some of Tvheadend's pages and fields are there only at a higher view",
        "level: choose it at the top right of its page, or in Configuration, General, Base.",
        "",
        "| code | check | question |",
        "|---|---|---|",
    ]
    for check in doctor_failures.CHECKS:
        code = doctor_failures.FIRST_CODE + check.number
        lines.append(f"| {code} | {check.title} | {check.question} |")
    lines += ["", "Below … stands for details."]
    for check in doctor_failures.CHECKS:
        diagnoses = doctor_failures.FAILURES.values()
        rows = [(row.symptom, row.remedy) for row in diagnoses if row.check is check]
        rows += [_example(kind) for kind in doctor_failures.ERRORS_BY_CHECK.get(check, ())]
        lines += ["", f"## {check.title}", "", "| it says | what to do |", "|---|---|"]
        lines += [f"| {_with_gaps(symptom)} | {_with_gaps(remedy)} |" for symptom, remedy in rows]
    return "\n".join(lines) + "\n"


_OPTIONAL = ("first", "new")  # parts that are there at times only


_HOW = {
    "{run}": doctor_failures.RUN,
    "{again}": doctor_failures.AGAIN,
    "{again_there}": doctor_failures.AGAIN_THERE,
}


def _with_gaps(text: str) -> str:
    text = re.sub("|".join(_HOW), lambda found: str(_HOW[found[0]]), text)
    text = re.sub(r"\{(\w+)\}", lambda found: "" if found[1] in _OPTIONAL else "…", text)
    return text.replace("</tv>", "`</tv>`")


def _example(kind: Type[errors.GrabError]) -> Tuple[str, str]:
    """What an error says, with gaps in it."""
    needed = inspect.signature(kind).parameters.values()
    error = kind(*["…" for one in needed if one.default is inspect.Parameter.empty])
    return error.what.replace("'…'", "…"), error.advice


def pages() -> Iterator[List[str]]:
    """Each generated page: its path and its text."""
    yield [os.path.join(HERE, "settings.md"), settings()]
    yield [os.path.join(HERE, "errors.md"), failures()]
    yield [os.path.join(HERE, "xmltv.md"), guide()]
    yield [os.path.join(HERE, "architecture.md"), architecture()]
    yield [os.path.join(HERE, "doctor.md"), doctor()]
    yield [os.path.join(HERE, "players.md"), players.page.page()]
    yield [settings_page.PATH, settings_page.page()]
    yield from languages.pages()


def main() -> None:
    for path, text in pages():
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        sys.stdout.write(f"{os.path.relpath(path)}\n")


if __name__ == "__main__":
    main()
