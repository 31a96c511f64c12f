"""The ``<episode-num>`` elements of a programme: its id, its number, its date."""

import time

from ..clock import DAY
from .markup import Memo, episode_num, local_day
from .options import Style

_DD_PROGID_TYPES = ("EP", "SH", "MV", "SP")
_NO_NUMBER = "65535"  # to Tvheadend, which adds one: the number overflows to none


class Numbers:
    """Lines with the numbers that the style has."""

    def __init__(self, style: Style) -> None:
        self._elements, self._profile = style.elements, style.profile
        self._has_date_numbers = style.profile.date_numbers and style.date_numbers
        self._days = Memo(local_day)
        self._numbers = Memo(lambda key: self._new_numbers(*key))

    def dd_progid(self, tms_id: str) -> str:
        """First of the numbers: Tvheadend uses it as the episode unless another one follows."""
        is_one = len(tms_id) == 14 and tms_id[:2] in _DD_PROGID_TYPES
        if not is_one or "episode-num dd_progid" not in self._elements:
            return ""
        return episode_num("dd_progid", f"{tms_id[:10]}.{tms_id[10:]}")

    def text(
        self, tms_id: str, season: str, number: str, has_subtitle: bool, start: int, air_date: str,
        is_first: bool, is_repeat: bool, is_single: bool,
    ) -> str:  # fmt: skip
        """Of anything but a movie. air_date: of the episode, YYYYMMDD; "" = unknown.

        is_first: New, Live or Premiere. is_single: not an episode of a series, but a match, or what
        the source does not know.
        """
        text = self.dd_progid(tms_id)
        if air_date and (
            # The id is used again each day, or the series came from abroad; or the date is wrong.
            air_date < self._days[start - DAY] if is_first else air_date > self._days[start]
        ):
            air_date = ""
        is_numbered = bool(number) or is_single or not self._has_date_numbers
        ends = self._profile.ends_numbers and bool(text) and tms_id[:2] == "EP"
        if is_numbered:
            text += self._numbers[season, number, has_subtitle, ends]
        else:
            day = air_date or self._days[start]
            text += episode_num("xmltv_ns", f"{int(day[:4]) - 1}.{int(day[4:]) - 1}.")
        if air_date and "episode-num schedulesdirect.org" in self._elements:
            text += episode_num("schedulesdirect.org", f"originalAirDate/{air_date} +0000")
        if number or "episode-num original-air-date" not in self._elements:
            return text
        # For Plex, which takes a programme without this and without numbers for a movie. To it one
        # title on one day is one programme, but a league has several games a day.
        if is_repeat or (air_date and not is_single):
            return text + (episode_num("original-air-date", dashed(air_date)) if air_date else "")
        # Local, even in a guide in UTC: the day is the viewers'.
        local = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(start))
        return text + episode_num("original-air-date", local)

    def _new_numbers(self, season: str, number: str, has_subtitle: bool, ends: bool) -> str:
        """The lines of a season and a number; ends: they must replace dd_progid's number."""
        lines = []
        on_screen = f"S{season:0>2}E{number:0>2}" if season else f"E{number:0>2}"
        is_titled = has_subtitle or not self._profile.titled_numbers
        if number and is_titled and "episode-num onscreen" in self._elements:
            lines.append(episode_num("onscreen", on_screen))
        has_parts = season != "0" and number != "0"
        if number and season and not has_parts and "episode-num SxxExx" in self._elements:
            lines.append(episode_num("SxxExx", on_screen))  # xmltv_ns has no zero
        if (season or number) and has_parts:
            parts = _from_zero(season), _from_zero(number) or (_NO_NUMBER if ends else "")
            lines.append(episode_num("xmltv_ns", f"{parts[0]}.{parts[1]}."))
        elif ends:
            season = "" if season == "0" else _from_zero(season)
            lines.append(episode_num("xmltv_ns", f"{season}.{_NO_NUMBER}."))
        return "".join(lines)


def _from_zero(number: str) -> str:
    return str(int(number) - 1) if number else ""


def dashed(date: str) -> str:
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if date else ""
