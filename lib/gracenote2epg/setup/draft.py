"""The answers so far, and the settings that they make."""

import contextlib
import copy
import re
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ..channels.stations import GuideStation
from ..config.settings import all_settings, as_text
from ..config.types import postal
from ..gracenote.lineup_ids import postal_code_of, resolve
from ..models import Lineup
from .earlier_grabber import EarlierGrabber, lineup_of
from .lookups import Lineups, Matches, Programmes
from .questions import Option, Tools

OF_CHANNELS = ("channels", "channels_from", "tvh_filter")
ACCOUNT = ("tvh_url", "tvh_username", "tvh_password")
ALL, KEEP, PICK = "all", "keep", "pick"  # answers to "channels"; the others name a player
TVHEADEND, IPTV_SIMPLE = "tvheadend", "iptv_simple"
ADDRESSES = ("playlist", "hdhomerun")  # answers with a step of their own, for ``channels_from``
# By step, the steps whose answers are dropped when its own changes.
_DEPENDENTS: Dict[str, Tuple[str, ...]] = {
    "earlier": ("postal_code", "lineup", "channels", "stations"),
    "postal_code": ("lineup", "channels", "stations"),
    "lineup": ("channels", "stations"),
    **dict.fromkeys(("channels", "playlist", "hdhomerun", *ACCOUNT), ("stations",)),
}


class StepContent(NamedTuple):
    """What a step shows: these fields of its Question."""

    default: Tuple[str, ...] = ()
    options: Tuple[Option, ...] = ()
    facts: Mapping[str, Any] = {}


class Draft:
    """The answers, by step. texts: the present settings.

    Looked up for the answers: lineups and stations to choose from, an evening of some stations,
    and what players' channels mean, by the answer to "channels".
    """

    def __init__(self, texts: Mapping[str, str], tools: Tools) -> None:
        defaults = {row.name: as_text(row.default) for row in all_settings()}
        self._texts = {  # those that the user set
            name: text
            for name, text in texts.items()
            if text and (text != defaults.get(name) or name in tools.fixed)
        }
        self.tools = tools
        self.answers: Dict[str, Tuple[str, ...]] = {}
        self.lineups: Lineups = ()
        self.stations: Tuple[GuideStation, ...] = ()
        self.evening: Optional[Programmes] = None
        self.matches: Dict[str, Matches] = {}

    def copy(self) -> "Draft":
        other = copy.copy(self)
        other.answers, other.matches = {**self.answers}, {**self.matches}
        return other

    def get(self, step: str) -> str:
        """The answer to a step, as one text; "" = none yet."""
        return ",".join(self.answers.get(step, ()))

    def put(self, step: str, values: Tuple[str, ...]) -> None:
        """Set the answer to a step; a change drops the answers that depend on it."""
        if self.answers.get(step, values) != values:
            for other in _DEPENDENTS.get(step, ()):
                self.answers.pop(other, None)
        self.answers[step] = values

    def before(self, name: str) -> str:
        """A setting as it is, or was in the earlier grabber; "" = not set."""
        old, known = self._earlier, {key for row in self.stations for key in row.ids}
        choices: Dict[str, str] = {}
        if old:
            channels = ",".join(word for word in old.station_ids if word in known)
            choices = {**old.others, "postal_code": old.postal_code, "channels": channels}
        text = self._texts.get(name) or choices.get(name, "")
        with contextlib.suppress(ValueError):
            return str(postal.parse(text)) if name == "postal_code" else text
        return text

    def others(self, old: EarlierGrabber) -> Dict[str, str]:
        """More settings that are taken over from the earlier grabber."""
        return {name: text for name, text in old.others.items() if name not in self._texts}

    @property
    def is_new(self) -> bool:
        """Whether nothing was set up before."""
        return not (self._texts.get("postal_code") or self._texts.get("lineup"))

    @property
    def _earlier(self) -> Optional[EarlierGrabber]:
        return self.tools.earlier if self.get("earlier") == "yes" else None

    # The place

    def listed(self, word: str, several: bool = False) -> str:
        """The lineup's id as the list has it, or the word if the lineup is not listed.

        several: there are other lineups too, so this one may be an antenna elsewhere. Raises
        ValueError if the word is not a lineup id.
        """
        code = (postal_code_of(word) if several else "") or self.get("postal_code")
        lineup = resolve(word, code, [row for row, _ in self.lineups])

        def without_id(one: Lineup) -> Lineup:
            return one._replace(lineup_id="")

        same = [row for row, _ in self.lineups if without_id(row.lineup) == without_id(lineup)]
        return same[0].lineup.lineup_id if same else word

    def lineups_before(self) -> Tuple[str, ...]:
        """The lineups as they are set, if the place is the same; else the antenna's."""
        texts, providers = self._texts.get("lineup", ""), [row for row, _ in self.lineups]
        if not texts and self._earlier:
            texts = lineup_of(self._earlier, providers) or ""
        words, is_fixed = texts.replace(",", " ").split(), "lineup" in self.tools.fixed
        known: List[str] = []
        for word in words if self._is_same_code or is_fixed else ():
            try:
                known.append(self.listed(word, len(words) > 1))
            except ValueError:  # a mistyped id, or one of another program
                known += [word] if is_fixed else []
        return tuple(known) or self._antenna or (providers[0].lineup.lineup_id,)

    @property
    def _antenna(self) -> Tuple[str, ...]:
        return tuple(row.lineup.lineup_id for row, _ in self.lineups if row.kind == "OTA")[:1]

    @property
    def _is_same_code(self) -> bool:
        return self.before("postal_code") in ("", self.get("postal_code"))

    @property
    def channels_before(self) -> Dict[str, str]:
        """The settings that choose channels, as they are; "" in other lineups."""
        is_same = self._is_same_code and self.answers["lineup"] == self.lineups_before()
        return {name: self.before(name) if is_same else "" for name in OF_CHANNELS}

    @property
    def can_keep(self) -> bool:
        """Whether the present choice of channels is more than a list, or cannot be changed here."""
        channels, address, is_of_tvheadend = self.channels_before.values()
        is_rule = re.search(r"[!@*?]|\d-\d", channels)
        is_fixed = not self.tools.fixed.keys().isdisjoint(OF_CHANNELS)
        return bool(address or is_of_tvheadend or is_rule or is_fixed)

    @property
    def keeps_an_unseen_tvheadend(self) -> bool:
        """Whether KEEP means the channels of a Tvheadend that only the earlier grabber knew. It
        may not exist: 2.0 has an address by default, and did without the server; our runs fail."""
        return bool(self.channels_before["tvh_filter"]) and "tvh_filter" not in self._texts

    # The settings

    @property
    def place(self) -> Dict[str, str]:
        """The settings of the place alone, for looking things up there."""
        # The antenna's is the default.
        lineup = "" if self.answers.get("lineup") == self._antenna else self.get("lineup")
        values = (self.get("postal_code"), lineup, "", "", "false")
        return dict(zip(("postal_code", "lineup", *OF_CHANNELS), values))

    def account(self, **given: str) -> Dict[str, str]:
        """The settings that name a Tvheadend. given: instead of the answers."""
        url, user, password = (given.get(name, self.get(name)) for name in ACCOUNT)
        user = user if url else ""
        return dict(zip(ACCOUNT, (url, user, password if user else "")))

    @property
    def _channels(self) -> Dict[str, str]:
        """The settings that choose channels, by the answers. A playlist or HDHomeRun is followed,
        and gives the guide its names; ``channels`` then has what differs from it."""
        choice, ticked = self.get("channels"), self.answers.get("stations", ())
        if choice == KEEP:
            return {name: text for name, text in self.channels_before.items() if text}
        listed = self.matches[choice].channels if choice in ADDRESSES else {}
        if not listed.keys().isdisjoint(ticked):
            words = [key for key in ticked if key not in listed]
            words += [f"!{key}" for key in listed if key not in ticked]
            return {"channels_from": self.get(choice), "channels": ",".join(words)}
        is_part = choice != ALL and len(ticked) < len(self.stations)
        return {"channels": ",".join(ticked)} if is_part else {}

    @property
    def values(self) -> Dict[str, str]:
        """The settings to save."""
        old, choice, player = self._earlier, self.get("channels"), self.get("player")
        values = {**(self.others(old) if old else {}), **self.place, **self._channels}
        if TVHEADEND in (choice, player):
            values.update(self.account())
        if player:
            values["profile"] = player
        if player not in ("", "kodi", TVHEADEND) and "output" in self.answers:
            values["output"] = self.get("output")
        return {name: text for name, text in values.items() if name not in self.tools.fixed}
