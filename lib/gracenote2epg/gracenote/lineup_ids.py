"""Turn the forms of lineup ids that people and sites use into what the source requires.

Source: gracenote-api reference, section 2. The id alone gives the head-end and, by its suffix, the
device; the site's list of a postal code (``Provider``) has the device of its -DEFAULT ids.
"""

import re
from typing import Iterable, Optional

from ..models import Lineup, Provider

FORMS = (
    "OTA, USA-NY31519-X, NY31519, CAN-0005993-X, USA-OTA-DEFAULT, USA-lineupId-DEFAULT,"
    " USA-DITV-X, USA-DFLTE, KY16673:X, or a tvtv address that contains one"
)
# Services on the internet: the source requires a postal code with them, and no device.
STREAMING = frozenset(
    ["YOUTUBE", "HULUTV", "SLINGTV", "PHILO", "PLUTOTV", "DTVNOW", "AMZPV", "GNSTR"]
)
_ANTENNA = re.compile(r"AUTO|ANTENNA|([A-Z]{3}-)?(OTA|LINEUPID)([-:](DEFAULT|X|-))?")
_OVER_THE_AIR = re.compile(r"([A-Z]{3}-)?OTA-?(\d{5}|[A-Z]\d[A-Z](?:\d[A-Z]\d)?)(-DEFAULT)?")
_BY_TIME_ZONE = re.compile(r"([A-Z]{3}-)?(DFLT[A-Z]{1,2})(-.*)?")
_BY_HEADEND = re.compile(r"(?:((?!OTA)[A-Z]{3})-)?([A-Z0-9]+)(?:-([A-Z]|DEFAULT)|:([A-Z-]))?")
_BARE_HEADEND = re.compile(r"[A-Z]{2}\d{5}|\d{7}|[A-Z]{4,7}\d{3}")  # NY31519, 0005993, DITV501


def country_of(postal_code: str) -> str:
    """USA or CAN; a code that begins with a letter is Canadian."""
    return "CAN" if postal_code[:1].isalpha() else "USA"


def over_the_air(postal_code: str) -> Lineup:
    """The antenna's lineup at a postal code, in the site's own form."""
    country = country_of(postal_code)
    return Lineup(country, f"{country}-lineupId-DEFAULT", "lineupId", "-", postal_code)


def postal_code_of(text: str) -> str:
    """The postal code in an antenna's id; "" = none."""
    match = _OVER_THE_AIR.fullmatch(_without_address(text).upper())
    return match.group(2) if match else ""


def resolve(text: str, postal_code: str, providers: Iterable[Provider] = ()) -> Lineup:
    """Return the lineup that ``text`` names, at ``postal_code`` ("" = none given).

    Raises ValueError, with the remedy, for an unknown form, for an antenna or a streaming service
    without a postal code, and for an antenna's id with another postal code than the given one.
    """
    name = _without_address(text).upper()
    for listed, kind, *_ in providers:
        if kind != "OTA" and name in (listed.lineup_id.upper(), listed.headend_id.upper()):
            return listed
    for resolve_form in (_antenna, _time_zone, _headend):
        lineup = resolve_form(name, postal_code)
        if lineup:
            return lineup
    raise ValueError(FORMS)


def _without_address(text: str) -> str:
    """The id alone: the address of a tvtv page has it as /luUSA-NY31519-X."""
    path = re.sub(r"[?#].*", "", text.strip()).rstrip("/")
    in_path = re.search(r"(?:^|/)lu([A-Za-z]{3}-[^/]+)", path)
    return in_path.group(1) if in_path else path.rpartition("/")[2]


def _antenna(name: str, postal_code: str) -> Optional[Lineup]:
    match = _OVER_THE_AIR.fullmatch(name)
    if not match and not _ANTENNA.fullmatch(name):
        return None
    code_in_id = match.group(2) if match else ""
    if code_in_id and postal_code and code_in_id != postal_code:
        raise ValueError("an id for the same place as the postal code, or one without a code")
    if not (code_in_id or postal_code):
        raise ValueError("a postal code beside it, since that decides what an antenna receives")
    if not match:
        return over_the_air(postal_code)
    country = (match.group(1) or country_of(code_in_id)).strip("-")
    return Lineup(country, f"{country}-OTA{code_in_id}-DEFAULT", "lineupId", "-", code_in_id)


def _time_zone(name: str, postal_code: str) -> Optional[Lineup]:
    match = _BY_TIME_ZONE.fullmatch(name)
    if not match:
        return None
    headend = match.group(2)
    country = (match.group(1) or ("CAN" if len(headend) == 6 else "USA")).strip("-")
    return Lineup(country, "", headend, "-", postal_code or "-")


def _headend(name: str, postal_code: str) -> Optional[Lineup]:
    match = _BY_HEADEND.fullmatch(name)
    if not match:
        return None
    country, headend, suffix, zap2xml_device = match.groups("")
    if not country:
        is_one = _BARE_HEADEND.fullmatch(headend) or headend in STREAMING or zap2xml_device
        if not is_one:
            return None
        country = "CAN" if re.fullmatch(r"\d{7}", headend) else "USA"
    suffix = suffix or "DEFAULT"
    device = zap2xml_device or ("X" if suffix == "DEFAULT" else suffix)
    if headend in STREAMING and not postal_code:
        raise ValueError("a postal code beside it, since the source requires one with streaming")
    if headend in STREAMING or (country == "MEX" and suffix == "DEFAULT"):
        device = "-"
    code = postal_code or ("" if country == "MEX" else "-")
    return Lineup(country, f"{country}-{headend}-{suffix}", headend, device, code)
