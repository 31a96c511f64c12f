"""The user's choices about the guide's text, ready for the writer."""

import re
from typing import Dict, FrozenSet, List, Mapping, NamedTuple, Tuple

from ..config.profiles import CHANNEL_IDS, PROFILES, Profile
from ..config.settings import Config
from ..errors import InputFileError, os_error_text
from ..models import Station
from ..util.files import read_limited
from ..util.template import Template, parse

_UNSAFE = str.maketrans(
    {":": " -", '"': "'", **dict.fromkeys("/\\|", "-"), **dict.fromkeys("<>?*")}
)
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")  # as file names on Windows


class Style(NamedTuple):
    """How programmes and channels are written; the defaults are those of the settings."""

    image_host: str = Config.image_host
    utc: bool = False
    profile: Profile = PROFILES["any"]
    genre_style: str = "both"
    template: Template = ()  # of descriptions; () = they stay as they are
    channel_ids: str = "gracenote2epg"
    images: str = "icon"
    date_numbers: bool = True  # where the profile has them
    safe_titles: bool = False
    live: bool = False
    categories: Mapping[str, str] = {}  # the user's words, by the lower-case words they replace

    @property
    def elements(self) -> FrozenSet[str]:
        """The names of the ELEMENTS to write."""
        left_out = set() if self.live else {"live"}
        if not self.image_types:
            left_out.add("image")
        if self.images == "none":
            left_out |= {"icon", "channel icon"}
        return self.profile.elements - left_out

    @property
    def image_types(self) -> Tuple[str, ...]:
        """The types of <image>, without those of people: only images=all has these."""
        if self.images == "icon":
            return self.profile.images
        return ("poster", "backdrop", "still") if self.images == "all" else ()

    def channel_id(self, station: Station) -> str:
        """From the station alone, so that it survives another channel number (except zap2xml's)."""
        return channel_ids(station)[list(CHANNEL_IDS).index(self.channel_ids)]


def channel_ids(station: Station) -> List[str]:
    """A station's ids in all the forms of CHANNEL_IDS."""
    number = station.number or "0"
    return [form.format(id=station.station_id, number=number) for form in CHANNEL_IDS.values()]


def from_config(config: Config) -> Style:
    """The style of these settings. Raises InputFileError for a bad file of categories."""
    profile = PROFILES[config.profile]
    by_profile = config.genre_style == "profile"
    return Style(
        image_host=config.image_host,
        utc=config.utc,
        profile=profile,
        genre_style=profile.genre_style if by_profile else config.genre_style,
        template=parse(config.description_template),
        channel_ids=config.channel_id,
        images=config.images,
        date_numbers=config.date_numbers,
        safe_titles=config.safe_titles,
        live=config.live_element,
        categories=read_categories(config.category_map) if config.category_map else {},
    )


def read_categories(path: str) -> Dict[str, str]:
    """The user's own categories, by the lower-case word that each replaces; "" removes the word.

    The file has lines of ``Gracenote's word = own word``; ``#`` begins a comment.
    """
    categories: Dict[str, str] = {}
    try:
        lines = read_limited(path).decode("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise InputFileError(path, os_error_text(error)) from error
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        word, equals, replacement = text.partition("=")
        if text and not (equals and word.strip()):
            raise InputFileError(path, f"line {number} is not like: Sitcom = Comedy series")
        if text:
            categories[word.strip().lower()] = " ".join(replacement.split())
    return categories


def file_safe(title: str) -> str:
    """The title without characters and words that some system forbids in a file's name."""
    text = " ".join(title.translate(_UNSAFE).split()).rstrip(". ")
    return f"{text}_" if not text or _RESERVED.fullmatch(text) else text
