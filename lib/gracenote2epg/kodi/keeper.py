"""The add-on's settings as the page reads and saves them."""

from typing import Dict, Mapping

from ..config.keeper import NO_VALUES, Keeper
from ..config.settings import all_settings, as_text
from ..config.sources import Reading
from . import addon_settings
from .ids import ELSEWHERE


class AddonKeeper(Keeper):
    """Kodi tells the service what was saved."""

    def read(self, values: Mapping[str, str] = NO_VALUES) -> Reading:
        return addon_settings.read().with_values(values).reading()

    def fixed(self) -> Dict[str, str]:
        return dict.fromkeys(ELSEWHERE, "the add-on")

    def _write(self, values: Mapping[str, str]) -> None:
        defaults = {row.name: as_text(row.default) for row in all_settings()}
        addon_settings.write({name: text or defaults[name] for name, text in values.items()})
