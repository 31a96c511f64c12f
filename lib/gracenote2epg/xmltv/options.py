"""What the user may choose about the guide's text, ready for the writer."""

import re
from typing import Dict, FrozenSet, Mapping, NamedTuple

from ..config.settings import Config
from ..errors import InputFileError, os_error_text
from ..models import Station
from ..util.files import read_limited
from ..util.template import Template, parse
from .vocabulary import CHANNEL_IDS, PROFILES, Profile

_UNSAFE = str.maketrans({":": " -", "/": "-", "\\": "-", "|": "-", '"': "'", "<": "", ">": ""})
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")  # Windows: no file's name


class Style(NamedTuple):
    """How programmes and channels are written. Its defaults are those of the settings."""

    image_host: str = Config.image_host
    utc: bool = False
    profile: Profile = PROFILES["any"]
    genre_style: str = "both"
    template: Template = ()  # of the description; () = as it is
    channel_ids: str = "gracenote2epg"
    images: str = "icon"
    safe_titles: bool = False
    live: bool = False
    categories: Mapping[str, str] = {}  # the user's own words, by the lower-case ones they replace

    @property
    def elements(self) -> FrozenSet[str]:
        """The names of the vocabulary's elements that are written."""
        left_out = set() if self.live else {"live"}
        if self.images != "all":
            left_out.add("image")
        if self.images == "none":
            left_out |= {"icon", "channel icon"}
        return self.profile.elements - left_out

    def channel_id(self, station: Station) -> str:
        """By the station alone, so that it stays when the channel gets another number; but
        zap2xml's has the number in it.
        """
        number = station.numbers[0] if station.numbers else "0"
        return CHANNEL_IDS[self.channel_ids].format(id=station.station_id, number=number)


def of(config: Config) -> Style:
    """The style that the settings ask for. Raises DataError for a bad file of categories."""
    profile = PROFILES[config.profile]
    is_profiles = config.genre_style == "profile"
    return Style(
        image_host=config.image_host,
        utc=config.utc,
        profile=profile,
        genre_style=profile.genre_style if is_profiles else config.genre_style,
        template=parse(config.description_template),
        channel_ids=config.channel_id,
        images=config.images,
        safe_titles=config.safe_titles,
        live=config.live_element,
        categories=read_categories(config.category_map) if config.category_map else {},
    )


def read_categories(path: str) -> Dict[str, str]:
    """The user's own categories, by the lower-case word that each replaces; "" leaves it out.

    The file has ``Gracenote's word = own word`` lines; ``#`` begins a comment.
    """
    found: Dict[str, str] = {}
    try:
        lines = read_limited(path).decode("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise InputFileError(path, os_error_text(error)) from error
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        word, mark, own = text.partition("=")
        if text and not (mark and word.strip()):
            raise InputFileError(path, f"line {number} is not like: Sitcom = Comedy series")
        if text:
            found[word.strip().lower()] = " ".join(own.split())
    return found


def file_safe(title: str) -> str:
    """The title without what some system forbids in the name of a file."""
    text = " ".join(title.translate(_UNSAFE).replace("?", "").replace("*", "").split())
    text = text.rstrip(". ")
    return f"{text}_" if not text or _RESERVED.fullmatch(text) else text
