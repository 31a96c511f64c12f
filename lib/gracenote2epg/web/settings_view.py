"""The settings as the page shows and saves them. No secret is ever in an answer."""

from typing import Any, Dict, Iterable, List, Mapping

from ..config.keeper import Keeper
from ..config.settings import Setting, all_settings, as_text
from ..errors import GrabError, Sentence, SettingError
from ..net.http_handler import BadQuery, texts
from .sentences import said, said_of

NEED_RESTART = ("monitoring_host", "monitoring_port", "monitoring_names")


def rows(keeper: Keeper, needs_restart: bool) -> Dict[str, Any]:
    """Every setting: its value, where that comes from, what is allowed, and what is wrong.

    needs_restart: whether those in NEED_RESTART take effect after a restart only.
    """
    reading, fixed = keeper.read(), keeper.fixed()
    origins = reading.config.origins
    return {
        "settings": [
            {
                **_row(row, reading.texts.get(row.name, "")),
                "origin": origins.get(row.name, ""),
                "fixed": fixed.get(row.name, ""),
                "needs_restart": needs_restart and row.name in NEED_RESTART,
            }
            for row in all_settings()
        ],
        **_by_setting(reading.mistakes),
    }


def _row(row: Setting, text: str) -> Dict[str, Any]:
    """value: as the user wrote it; if it holds a secret, what may be seen of it."""
    shown = row.kind.display(text) if text else ""
    return {
        "name": row.name,
        "group": row.group,
        "help": row.help,
        "kind": row.kind.name,
        "allowed": str(row.kind.allowed),
        "allowed_said": said([row.kind.allowed])[0],
        "low": row.kind.low,
        "high": row.kind.high,
        "choices": row.kind.choices,
        "default": as_text(row.default),
        "value": shown,
        "is_hidden": shown != text,
    }


def save(keeper: Keeper, body: Mapping[str, Any]) -> Dict[str, Any]:
    """Save all values or none; return what is wrong as ``_by_setting`` does. Raises GrabError,
    BadQuery."""
    given = body.get("values")
    if not isinstance(given, dict):
        raise BadQuery("An object of strings is needed: values.")
    values = dict(zip(given, map(str.strip, texts([*given.values()]))))
    mistakes = [*_new_lists(keeper, values), *keeper.mistakes(values)]
    if values and not mistakes:
        keeper.save(values)
    return _by_setting(mistakes)


def _new_lists(keeper: Keeper, values: Mapping[str, str]) -> List[SettingError]:
    """A browser may keep the lists @FILE of the setting ``channels``, but not read other files."""
    words, present = (
        {word for word in rows.get("channels", "").replace(",", " ").split() if "@" in word}
        for rows in (values, keeper.texts())
    )
    allowed = Sentence(
        "allowed_no_files",
        "numbers, call signs, ids and patterns; write @FILE in the config file or the add-on's"
        " settings themselves",
    )
    return [SettingError("channels", word, "the page", allowed) for word in words - present]


def _by_setting(mistakes: Iterable[GrabError]) -> Dict[str, Any]:
    """The first mistake in each setting, by name, as text and as sentences; "" = in no setting."""
    names = {row.name for row in all_settings()}
    first: Dict[str, GrabError] = {}
    for mistake in mistakes:
        name = mistake.name if isinstance(mistake, SettingError) else ""
        first.setdefault(name if name in names else "", mistake)
    return {
        "errors": {name: str(mistake) for name, mistake in first.items()},
        "errors_said": {name: said_of(mistake) for name, mistake in first.items()},
    }
