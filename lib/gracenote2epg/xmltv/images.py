"""The pictures of a programme and its people.

An asset's id tells its subject and its shape: ``p184820_b_h10_ag`` is a series' landscape art
(gracenote-api reference, section 3.5).
"""

import re
from typing import Sequence, Tuple

from .markup import Memo
from .options import Style

_ASSET = re.compile(r"[^_]+_([a-z0-9]+)_([hv])\d+_\w+")
_TYPES = {"e": "still", **dict.fromkeys("bpv", "poster"), **dict.fromkeys("ik", "backdrop")}
_ORIENT = {"h": ' orient="L"', "v": ' orient="P"'}


class Pictures:
    """Lines with the addresses of pictures; "" where the style has none.

    image: the airing's own asset id, "" = none. art: those of its series, poster first.
    """

    def __init__(self, style: Style) -> None:
        self._host = f"https://{style.image_host}/assets/"
        self._has_icon = "icon" in style.elements
        self._types = style.image_types if "image" in style.elements else ()
        self._has_people = bool(self._types) and style.images == "all"
        self._portrait_movies = style.profile.portrait
        self._is_portrait = Memo(lambda asset: _subject_and_shape(asset)[1] == "v")
        self._image = Memo(lambda key: self._new_image(*key))

    def icon(self, image: str, art: Sequence[str], is_movie: bool) -> str:
        """The first in landscape (portrait for a movie's poster), or else the first."""
        if not self._has_icon:
            return ""
        portrait = is_movie and self._portrait_movies
        first = ""
        for asset in (image, *art):
            if asset and self._is_portrait[asset] is portrait:
                break
            first = first or asset
        else:
            asset = first
        return f'    <icon src="{self._host}{asset}.jpg"/>\n' if asset else ""

    def images(self, image: str, art: Sequence[str]) -> str:
        if not self._types:
            return ""
        types = dict(zip(art, ("poster", "backdrop")))
        types.setdefault(image, "still")
        return "".join([self._image[asset, kind] for asset, kind in types.items() if asset])

    def person(self, asset: str) -> str:
        """The picture, for directly behind the name: Kodi takes all text before it as the name."""
        if not (asset and self._has_people):
            return ""
        return f'<image type="person">{self._host}{asset}.jpg</image>\n      '

    def _new_image(self, asset: str, default: str) -> str:
        subject, shape = _subject_and_shape(asset)
        kind = _TYPES.get(subject, default)
        if kind not in self._types:
            return ""
        attributes = f'type="{kind}"{_ORIENT.get(shape, "")}'
        return f"    <image {attributes}>{self._host}{asset}.jpg</image>\n"


def _subject_and_shape(asset: str) -> Tuple[str, str]:
    """As the id tells them; "" for ids of another form."""
    match = _ASSET.fullmatch(asset)
    return (match.group(1), match.group(2)) if match else ("", "")
